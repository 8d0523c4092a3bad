//! Takes over an old `sports_events` database and gives it back: one file a step. Nothing here prints, reads the clock or keeps state in a
//! session: a pooler may hand every transaction to another connection.

mod address;
pub mod apply;
pub mod backup;
mod catalogue;
mod compare;
mod content;
pub mod cutover;
pub mod data;
mod dump;
mod error;
mod guard;
mod hold;
pub mod inspect;
mod layout;
mod manifest;
mod objects;
pub mod pages;
mod places;
mod pooler;
mod problems;
mod programs;
mod references;
pub mod restore;
pub mod rights;
mod scratch;
mod session;
mod shape;
mod sql;
pub mod stages;
mod standins;
pub mod verify;

pub use address::Address;
pub use catalogue::{Column, Host, Reference, Table};
pub use compare::{Difference, ObjectKey};
pub use content::{Content, HASH_METHOD, Sequence};
pub use error::{AdoptError, Result};
pub use hold::Hold;
pub use manifest::{Manifest, NotValid, Restored};
pub use places::Places;
pub use problems::Problem;
pub use programs::Programs;
pub use rights::Missing;
pub use session::Session;
pub use shape::{Shape, recognise};
