//! The suite that every provider passes: its place in the house, and what becomes of its replies when they come half, empty, as another
//! page, with a field renamed, or with something of another type. Nothing is lost without a word, and damage stays where it is.
#![allow(clippy::unwrap_used)]

mod damage;
mod house;
mod sent;
mod withdrawn;
