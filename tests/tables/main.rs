//! Tables of history, over HTTP and as files: what is in them is what the API answers, row by row.
#![allow(clippy::unwrap_used)]

mod broken;
#[path = "../common/mod.rs"]
mod common;
mod exported;
mod read;
mod readers;
mod streamed;
