//! The route of the data, one file or folder a step: schedule, collect, decode, detect, resolve, record, publish, serve, check.

pub mod account;
pub mod adopt;
pub mod archivist;
pub mod backfill;
pub mod backup;
pub mod check;
pub mod clock;
pub mod collect;
pub mod decode;
pub mod detect;
pub mod doctor;
pub mod dump;
pub mod import;
pub mod keys;
pub mod pending;
pub mod publish;
pub mod random;
pub mod rebuild;
pub mod record;
pub mod replay;
pub mod resolve;
pub mod schedule;
pub mod season;
pub mod settings;
pub mod v4;
