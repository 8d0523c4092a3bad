//! The route of the data, one file or folder a step: schedule, collect, decode, detect, resolve, record, publish, serve, check.

pub mod check;
pub mod clock;
pub mod decode;
pub mod detect;
pub mod doctor;
pub mod keys;
pub mod random;
pub mod record;
pub mod replay;
pub mod resolve;
pub mod settings;
