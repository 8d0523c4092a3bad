//! `adopt report`: where the take-over stands, and what comes next.

use std::path::PathBuf;

use clap::Args;
use predictive_play::adopt::report::{self, Report};
use predictive_play::settings::Settings;

use super::{places, show, text};
use crate::commands::Outcome;

#[derive(Args)]
pub struct Stand {
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The folder of the backup: whether it is there and was proved.
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
}

pub fn run(settings: &Settings, step: &Stand, is_json: bool) -> Outcome {
    let places = places(settings, step.from.as_deref())?;
    show(&report::report(&places, step.backup.as_deref())?, is_json, lines)?;
    Ok(0)
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines = vec![format!("old database: {}", report.old), text::where_it_lies(&report.store, report.is_beside)];
    lines.push(match &report.backup {
        None => "backup: not named (--backup DIR)".to_owned(),
        Some(backup) => match &backup.refused {
            Some(why) => format!("backup: {why}"),
            None => format!(
                "backup: {} of {}, {} rows, restored and compared at {}",
                backup.folder, backup.made_at, backup.rows, backup.proved_at
            ),
        },
    });
    lines.push(match report.version {
        0 => "schema predictive_play: not there".to_owned(),
        version if version < report.needs_version => {
            format!("schema predictive_play: version {version}, this program needs {}", report.needs_version)
        }
        version => format!("schema predictive_play: version {version}"),
    });
    lines.extend(text::accounts(&report.accounts));
    if report.waiting > 0 {
        lines.push(format!("{} old rows wait for a person: GET /v1/decisions?waiting=true", report.waiting));
    }
    lines.extend(report.stages.iter().map(|done| format!("{} {} {}", done.at, done.stage.as_str(), done.detail)));
    if let Some(state) = &report.follower {
        let how = match (state.is_on, &state.switched_at) {
            (true, Some(since)) => format!("followed since {since}"),
            (false, Some(since)) => format!("not followed since {since}"),
            _ => "never followed".to_owned(),
        };
        lines.push(format!("old tables: {how}; read up to entry {} of {}, {} events due", state.seq, state.head, state.due));
        lines.push(format!(
            "  {} rows hold something of ours ({} of them added), {} fields are left to others, {} rows or values were refused",
            state.rows, state.added, state.conflicts, state.refused
        ));
        lines.extend((!report.off.is_empty()).then(|| format!("  switched off: {}", report.off.join(", "))));
    }
    lines.push("next:".to_owned());
    lines.extend(report.next.iter().map(|next| format!("  {next}")));
    lines
}
