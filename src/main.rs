//! `predictive-play`: one binary, a command per role. The doors (clock, wire, store) are opened here and handed in.

mod commands;

use std::process::ExitCode;

/// Decoding makes many small things and drops them together; docs/performance.md has it beside the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run()
}
