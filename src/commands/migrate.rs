//! `migrate`: the version of our own schema, looked at or changed on purpose. Nothing else here opens the store first.

use clap::{Args, Subcommand};
use odds::Moment;
use predictive_play::clock::{Clock, WallClock};
use predictive_play::settings::{Settings, StoreUrl};
use serde::Serialize;
use store::postgres::MissingRight;
use store::{MIGRATIONS, Status, Store, StoreError};

use super::{Outcome, WRONG_USAGE, store_as_it_is, tell};

const EXAMPLES: &str = "Examples:
  predictive-play migrate status
  predictive-play migrate up
  predictive-play migrate down --to 1 --yes

Going down deletes what the later versions brought, with what is in it. The program brings an older schema up by itself when it starts; a newer one it refuses.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    step: Step,
    /// Prints the result as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Step {
    /// Brings the schema to the version that this program knows. Twice changes nothing.
    Up,
    /// Takes the schema down to a version; what later versions brought is deleted.
    Down {
        /// The version to stop at; 0 takes everything away. Without it: one step.
        #[arg(long, value_name = "VERSION")]
        to: Option<u32>,
        /// Says that what is stored there may be deleted.
        #[arg(long)]
        yes: bool,
    },
    /// Shows the version that is there and what is still to be done. Changes nothing.
    Status,
}

#[derive(Serialize)]
struct Shown<'a> {
    store: &'a str,
    version: i64,
    known: i64,
    pending: &'a [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_rights: Vec<MissingRight>,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> Outcome {
    let store = store_as_it_is(settings)?;
    let before = status(&store, settings)?;
    let after = match &arguments.step {
        Step::Status => before.clone(),
        Step::Up => {
            store.migrate_up()?;
            store.turn_months(WallClock::default().now(), Moment::from_micros(0))?;
            store.settle_rights()?;
            status(&store, settings)?
        }
        Step::Down { to, yes } => {
            refuse_newer(&before)?;
            let to = to.map_or_else(|| (before.version - 1).max(0), i64::from);
            if let Some(refused) = refusal(&before, to, *yes) {
                tell::complaint(refused);
                return Ok(WRONG_USAGE);
            }
            if before.version > to { store.migrate_down(to)? } else { before.clone() }
        }
    };
    show(&store, &before, &after, arguments)?;
    Ok(if after.version > after.known { WRONG_USAGE } else { 0 })
}

/// The status; a SQLite file that is not there is not made by looking for it.
fn status(store: &Store, settings: &Settings) -> store::Result<Status> {
    match &settings.store.url {
        StoreUrl::Sqlite(path) if !path.exists() => {
            let known = MIGRATIONS.last().map_or(0, |step| step.version);
            Ok(Status { version: 0, known, pending: MIGRATIONS.iter().map(|step| step.name).collect() })
        }
        _ => store.migration_status(),
    }
}

fn refuse_newer(status: &Status) -> store::Result<()> {
    if status.version <= status.known {
        return Ok(());
    }
    Err(StoreError::Schema { found: status.version, known: status.known, advice: "a newer program wrote it; use that one" })
}

/// Why a way down is not gone.
fn refusal(before: &Status, to: i64, is_meant: bool) -> Option<String> {
    if to > before.version {
        return Some(format!("--to {to}: the schema is at version {}; `migrate up` goes up", before.version));
    }
    if before.version > to && !is_meant {
        let lost: Vec<String> =
            MIGRATIONS.iter().filter(|step| step.version > to && step.version <= before.version).map(|step| step.name.to_owned()).collect();
        return Some(format!(
            "going down from version {} to {to} deletes: {}; say --yes if that is meant",
            before.version,
            lost.join("; ")
        ));
    }
    None
}

fn show(store: &Store, before: &Status, after: &Status, arguments: &Arguments) -> anyhow::Result<()> {
    let address = store.engine().address();
    let missing_rights = store.missing_rights()?;
    if arguments.json {
        return tell::json(&Shown { store: &address, version: after.version, known: after.known, pending: &after.pending, missing_rights });
    }
    let way = match before.version.cmp(&after.version) {
        std::cmp::Ordering::Equal => format!("schema at version {}", after.version),
        _ => format!("schema taken from version {} to {}", before.version, after.version),
    };
    tell::line(format!("{address}: {way}, this program knows {}", after.known));
    if after.version > after.known {
        tell::line("a newer program wrote it; use that one");
    }
    for step in &after.pending {
        tell::line(format!("to be done: {step}"));
    }
    for MissingRight { right, sql } in missing_rights {
        tell::line(format!("the login lacks {right}; a superuser gives it with:\n    {sql}"));
    }
    Ok(())
}
