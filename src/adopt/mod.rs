//! Adopt: takes over an old database of `sports_events`, and gives it back on demand.

pub mod cutover;
