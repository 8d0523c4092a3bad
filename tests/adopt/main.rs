//! Taking over an old database and giving it back, on real servers and on databases that the generator has soiled.
#![allow(clippy::unwrap_used)]

mod apply;
mod backup;
mod children;
mod commands;
mod cut_over;
mod followed;
mod house;
mod inspect;
mod killed;
mod rig;
mod rolled_back;
#[path = "../common/second.rs"]
mod second;
mod shapes;
mod sources;
mod stages;
mod walk;
mod ways;
mod whole_way;
mod written;
