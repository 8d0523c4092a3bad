//! The language of odds: what things are called, what must hold of them, and how they are written down.
//!
//! Pure: no I/O, no clock, no randomness. Every other room speaks it.
#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

pub mod attribute;
pub mod block;
pub mod board;
pub mod book;
pub mod closing;
pub mod cover;
pub mod decimal;
pub mod decision;
pub mod diff;
pub mod id;
pub mod injury;
pub mod joined;
pub mod keepable;
pub mod line;
pub mod market;
pub mod moment;
pub mod names;
pub mod observation;
pub mod participant;
pub mod player;
pub mod price;
mod problem;
pub mod reply;
pub mod roster;
pub mod rows;
pub mod sealed;
pub mod settlement;
pub mod sides;
pub mod sport;
pub mod stat;
pub mod timeline;
pub mod varint;
pub mod vig;

pub use id::{CellNo, EventId, ListingId, ReplyId, ReplyKey, Seq, SlotNo};
pub use line::Line;
pub use moment::Moment;
pub use price::Price;
