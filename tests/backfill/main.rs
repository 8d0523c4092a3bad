//! Back-fill against a scripted provider that behaves as the real history does: what a plan says is what is billed, every hole has its
//! reason, nothing is paid twice whatever ends a run, and live collecting beside it changes nothing of what was so.
#![allow(clippy::unwrap_used)]

mod deaths;
mod house;
mod killed;
mod laws;
mod others;
#[path = "../route/mod.rs"]
mod route;
mod season;
mod store_fails;
mod unfinished;
mod walked;
mod with_live;
mod year;
