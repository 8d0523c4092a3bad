//! Where it rests: the log, the archive of raw replies, the directory of listings, the ledgers of asks and credits.
//!
//! One set of statements serves both engines (`engine`): SQLite inside the process, PostgreSQL for production. What differs
//! between them (placeholders, bulk loading, locks) is in `sqlite` and `postgres` and nowhere else.
#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

pub mod archive;
pub mod boards;
mod directory;
mod engine;
mod error;
pub mod keys;
pub mod log;
mod migrate;
mod pool;
mod postgres;
mod read;
mod replies;
mod scopes;
mod sqlite;
mod store;
mod watch;

pub use directory::{EventRow, ListingRow};
pub use engine::{Connection, Engine, Param, Row};
pub use error::{Failure, Result, StoreError};
pub use migrate::{MIGRATIONS, Migration, Status};
pub use read::{Cut, Entry, ListingRows};
pub use replies::{Arrived, KeptReply};
pub use store::{Store, engine};
pub use watch::{Asked, Decided, Freshness, OpenFinding, Sums};
