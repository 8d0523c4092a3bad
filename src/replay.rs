//! Replay: filled by the next commit.
