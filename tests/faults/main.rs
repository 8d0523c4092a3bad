//! Faults played against the live half of the route: a provider that misbehaves, processes that are killed, clocks that are set back.
//! What is good is kept, what is bad is refused with its reason and visible, nothing is lost, nothing stops, credits are right to the unit.
#![allow(clippy::unwrap_used)]

mod bodies;
mod house;
mod patience;
mod play;
mod processes;
mod program;
#[path = "../route/mod.rs"]
mod route;
mod store_fails;
