//! Collect, live: asks what the schedule finds due, and hands every reply to record.
//!
//! `client` is the one HTTP client and `wire` the door to it; a `desk` looks after one provider (its credits, its health, what it was
//! asked); `ledger` keeps all of that in the store; `collector` runs a desk for each provider, in one process at a time. A provider that
//! pushes has a `stream` task for each `line` besides, which `wishes` of its desk that everything be asked when it missed something.

pub mod client;
pub mod collector;
pub mod desk;
pub mod errand;
pub mod glance;
pub mod ledger;
pub mod line;
pub mod menu;
pub mod outage;
pub mod roster;
mod sent;
pub mod stream;
pub mod wire;
pub mod wishes;

pub use client::Client;
pub use collector::{Alarm, Collector, Doors, Terms, WallAlarm};
pub use desk::{Brief, Desk, Stopped};
pub use sent::page;
pub use wire::{Fault, FaultKind, Head, Outgoing, Wire, WireReply};
