//! `predictive-play`: one binary, a command per role. The doors (clock, wire, store) are opened here and handed in.

mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run()
}
