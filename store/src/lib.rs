//! Where it rests: the log, the archive of raw replies, the directory of listings, the ledgers of asks and credits.
//!
//! One set of statements serves both engines (`engine`): SQLite inside the process, PostgreSQL for production. What differs
//! between them (placeholders, bulk loading, locks) is in `sqlite` and `postgres` and nowhere else.
#![deny(missing_docs)]
#![warn(clippy::missing_errors_doc)]

pub mod adopted;
mod anew;
pub mod archive;
mod as_of;
pub mod asks;
pub mod backfill;
pub mod boards;
mod books;
mod bucket;
pub mod calendar;
mod catalogue;
pub mod compat;
pub mod copy;
pub mod credits;
mod directory;
mod engine;
mod error;
mod findings;
mod follow;
pub mod handovers;
mod health;
mod history;
mod index;
pub mod keys;
mod later;
pub mod ledger;
mod line;
pub mod loaded;
pub mod log;
pub mod meanings;
mod meeting;
mod migrate;
mod misses;
pub mod old_tables;
pub mod players;
mod pool;
pub mod postgres;
mod proof;
pub mod quality;
mod read;
mod replica;
mod replies;
pub mod rows;
mod same;
mod scopes;
mod sealed;
mod size;
mod sqlite;
mod stats;
mod store;
mod tables;
mod together;
mod watch;
pub mod weights;
mod whole;
mod world;

pub use archive::{Archive, Keeper, Pass, Trained};
pub use as_of::{BoardsAsked, OnBoards};
pub use bucket::{Bucket, BucketAddress};
pub use catalogue::{KeyCount, MarketKnown, Named, PlayerKnown, TeamKnown};
pub use directory::{EventRow, ListingRow};
pub use engine::{Connection, Engine, Param, Row};
pub use error::{Failure, Result, StoreError};
pub use findings::{FindingRow, NewFinding};
pub use follow::Following;
pub use health::Server;
pub use history::{EntryOfReply, EventsAsked};
pub use index::IsForTheLog;
pub use ledger::Decided;
pub use migrate::{MIGRATIONS, Migration, Status};
pub use read::{Cut, Entry, ListingRows, Most};
pub use replica::Reading;
pub use replies::{Arrived, KeptReply, PendingPlace};
pub use sealed::{Over, Sealing};
pub use size::{StoreSize, TableSize};
pub use stats::StatPlace;
pub use store::{Store, engine, engine_for_answers};
pub use watch::{Asked, EntryDecision, Freshness, Sums};
pub use whole::{DatedFact, RawBlock, RawBlocks};
pub use world::{WorldName, WorldReply};
