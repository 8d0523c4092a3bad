//! History as typed tables, made from the log: for whoever reads Arrow, Parquet or CSV. The schema is written down in `docs/tables.md`.
//!
//! Rows become columns here and nowhere else: `odds` fills vectors from the bytes of blocks, the small tables go through one frame.
#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

mod asked;
mod beside;
mod closing;
mod columns;
mod csv_text;
mod encode;
mod error;
mod event;
mod facts;
mod frame;
mod injuries;
mod odds_table;
mod schema;
mod source;
mod words;

pub use asked::Asked;
pub use encode::{Encoder, Format};
pub use error::{Result, TablesError};
pub use event::{EventKnown, Place};
pub use frame::{Cell, Frame};
pub use schema::{Column, Kind, SCHEMA_VERSION, Table, schema_of};
pub use source::{Means, OnBatch, Source};
