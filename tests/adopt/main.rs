//! Taking over an old database and giving it back, on real servers and on databases that the generator has soiled.
#![allow(clippy::unwrap_used)]

mod apply;
mod backup;
mod commands;
mod cut_over;
mod inspect;
mod killed;
mod rig;
mod rolled_back;
mod stages;
mod whole_way;
mod written;
