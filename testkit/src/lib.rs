//! What tests need and the product must never have: private servers, providers that misbehave, wires that break, a clock in
//! the hand, recorded replies, builders of bodies. A dev-dependency of other rooms, never more.
#![deny(missing_docs)]

pub mod bodies;
pub mod certificates;
pub mod child;
pub mod clock;
pub mod corpus;
pub mod history;
pub mod legacy;
pub mod pgbouncer;
pub mod postgres;
pub mod provider_server;
pub mod redis;
pub mod statements;
mod supervised;
pub mod wire;

pub use clock::HandClock;

/// Says that a test was skipped, and why, past the capture of the test runner: a skip that nobody sees looks like a pass.
pub fn skipped(reason: &str) {
    use std::io::Write;
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    writeln!(std::io::stderr(), "skipped: {test}: {reason}").expect("standard error is open");
}
