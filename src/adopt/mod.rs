//! Takes over an old `sports_events` database and gives it back: one file a step.

pub mod cutover;
pub mod data;
pub mod pages;
