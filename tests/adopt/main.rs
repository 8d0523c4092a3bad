//! Taking over an old database, on real servers.
#![allow(clippy::unwrap_used)]

mod cut_over;
mod written;
