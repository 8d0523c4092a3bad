//! `doctor`: what the product stands on, one line each, with the reason and what to do.

use std::time::Duration;

use clap::Args;
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::doctor::{HttpProbe, Line, Patient, State, examine, worst};
use predictive_play::settings::Settings;

use super::{FAILED, Outcome, WRONG_USAGE, store_as_it_is, tell};

const NOTES: &str =
    "Looks at: each provider (no key, wrong key, no credits, unreachable), the clock, the database (unreachable, read-only, \
too old), the disk (full, not writable), Redis and the port. It asks providers only what is free, and leaves nothing behind.

Exit codes: 0 all well or warnings alone, 1 something is wrong, 2 a setting is wrong.";

#[derive(Args)]
#[command(after_help = NOTES)]
pub struct Arguments {
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
    /// How long one provider may take to answer, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    patience: u64,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> Outcome {
    let probe = HttpProbe::patient_for(Duration::from_secs(arguments.patience))?;
    let store = store_as_it_is(settings)?;
    let (providers, clock) = (Providers::all(), WallClock::default());
    let lines = examine(&Patient { settings, providers: &providers, probe: &probe, clock: &clock, store: &store });
    let worst = worst(&lines);
    if arguments.json {
        tell::json(&serde_json::json!({ "state": worst, "lines": lines }))?;
    } else {
        lines.iter().for_each(|line| tell::line(shown(line)));
    }
    Ok(match worst {
        State::Ok | State::Warning => 0,
        State::Wrong => FAILED,
        State::Misconfigured => WRONG_USAGE,
    })
}

fn shown(line: &Line) -> String {
    let mark = match line.state {
        State::Ok => "ok     ",
        State::Warning => "warning",
        State::Wrong | State::Misconfigured => "WRONG  ",
    };
    let advice = if line.advice.is_empty() { String::new() } else { format!("; {}", line.advice) };
    format!("{mark}  {}: {}{advice}", line.subject, line.reason)
}
