//! `check`: the findings of now, and since when each is open.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use predictive_play::check::{Severity, check};
use predictive_play::publish::{Follower, Retention, RowsFollower};
use store::FindingRow;

use super::{FAILED, Outcome, Product, tell};

const NOTES: &str =
    "Findings are kept with their history: when each was found first, last, and no more. docs/operations.md lists the kinds.

Exit codes: 0 nothing as grave as --fail-on, 1 findings, 2 wrong usage or configuration.";

#[derive(Args)]
#[command(after_help = NOTES)]
pub struct Arguments {
    /// From which severity on findings make the exit code 1.
    #[arg(long, value_name = "SEVERITY", default_value = "warn")]
    fail_on: FailOn,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Warn,
    Error,
}

/// Findings of one kind that are shown to people; --json has all.
const SHOWN_OF_A_KIND: usize = 20;

pub fn run(product: &Product, arguments: &Arguments) -> Outcome {
    // words are counted by the follower of the log, which nobody else may have run yet
    let rows = RowsFollower::new(product.recorder.providers().clone(), Retention::default());
    Follower::new(Arc::clone(&product.store), Arc::clone(&product.clock), rows).catch_up()?;
    let open = check(&product.store, product.recorder.providers(), &product.settings, &*product.clock)?;
    let least = match arguments.fail_on {
        FailOn::Warn => Severity::Warn,
        FailOn::Error => Severity::Error,
    };
    let fails = open.iter().any(|row| Severity::from_word(&row.severity) >= Some(least));
    if arguments.json {
        tell::json(&serde_json::json!({ "is_ok": !fails, "findings": open }))?;
    } else {
        show(&open);
    }
    Ok(if fails { FAILED } else { 0 })
}

fn show(open: &[FindingRow]) {
    for (at, row) in open.iter().enumerate() {
        let before = open[..at].iter().filter(|other| other.kind == row.kind).count();
        if before < SHOWN_OF_A_KIND {
            let FindingRow { severity, kind, subject, detail, opened_at, .. } = row;
            tell::line(format!("{severity:<5}  {kind}  {subject}: {detail} (since {opened_at})"));
        } else if before == SHOWN_OF_A_KIND {
            let all = open.iter().filter(|other| other.kind == row.kind).count();
            tell::line(format!("       {}: {} more, see --json", row.kind, all - SHOWN_OF_A_KIND));
        }
    }
    let count = |severity: &str| open.iter().filter(|row| row.severity == severity).count();
    tell::line(format!("{} findings: {} error, {} warn, {} info", open.len(), count("error"), count("warn"), count("info")));
}
