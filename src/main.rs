//! The command `predictive-play`: where clock, wire, store and randomness are handed in.

fn main() {}
