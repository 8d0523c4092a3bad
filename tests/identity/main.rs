//! Identity: which listings are one event. An adversarial corpus of our own, stories that unfold over several replies, the same games
//! in two independent sources where the datasets are there, and what a person decides.
#![allow(clippy::unwrap_used)]

mod doubt;
mod pairs;
mod person;
mod real;
mod rig;
mod served;
mod stories;
#[path = "../common/rows.rs"]
mod text_rows;
mod turned;
mod undone;
