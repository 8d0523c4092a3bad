//! Taking over an old database and giving it back, on real servers and on databases that the generator has soiled.
#![allow(clippy::unwrap_used)]

mod backup;
mod commands;
mod cut_over;
mod followed;
mod house;
mod inspect;
mod rig;
mod shapes;
mod written;
