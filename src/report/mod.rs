//! What was to be reached, proved from the store: each figure stands beside the statement that tells it.

pub mod phase1;
