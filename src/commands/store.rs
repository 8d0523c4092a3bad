//! `store`: our own store as a whole: backed up, restored, verified, moved to another engine, and weighed.

use std::path::PathBuf;

use ::store::{Sealing, Store, TableSize};
use anyhow::Context;
use clap::{Args, Subcommand};
use predictive_play::archivist::over;
use predictive_play::backup;
use predictive_play::clock::{Clock, WallClock};
use predictive_play::rebuild::{Difference, compare};
use predictive_play::settings::Settings;
use serde::Serialize;

use super::{FAILED, Outcome, WRONG_USAGE, store_as_it_is, tell};

const EXAMPLES: &str = "Examples:
  predictive-play store backup --to /backups/2026-11-23
  predictive-play store verify --backup /backups/2026-11-23
  predictive-play store restore --from /backups/2026-11-23 --into postgres://odds@db/odds
  predictive-play store move --from sqlite:data/predictive-play.db --to postgres://odds@db/odds

A backup is one folder: the database in SQLite's form, whatever engine it came from, the archive, and a manifest with hashes.
It is made while collecting goes on, and read back before it counts. A move may be run again: it goes on where it stood. To change
over: run it once while collecting goes on, stop the service, run it again, and start the service with the new DATABASE_URL.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Prints the result as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum What {
    /// Copies database and archive into a new folder, and reads the copy back.
    Backup {
        /// The folder; it must not be there.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Puts a backup into an empty store, and compares the canonical dumps.
    Restore {
        /// The folder of the backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The empty store; without it the one that the settings name.
        #[arg(long, value_name = "URL")]
        into: Option<String>,
    },
    /// Reads everything back: every body of the archive, and of a backup every file, every table and the canonical dump.
    Verify {
        /// The folder of a backup; without it our own store is read.
        #[arg(long, value_name = "DIR")]
        backup: Option<PathBuf>,
    },
    /// Copies a store into another one, also of another engine, while collecting goes on; ends with byte-equal canonical dumps.
    Move {
        /// The store that is there (`sqlite:PATH` or `postgres://..`).
        #[arg(long, value_name = "URL")]
        from: String,
        /// The store that is to be: empty, or what an earlier run began.
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Rows and bytes of each table, of what is sealed, and of the archive.
    Size,
    /// Moves what was said of listings that are over into few bytes: what the service does by itself, now. No answer changes by it.
    Seal {
        /// Days since the start after which a listing is over; without it what the settings say.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(2..=3650))]
        after_days: Option<u32>,
    },
}

pub fn run(settings: &Settings, arguments: &Arguments) -> Outcome {
    match &arguments.what {
        What::Backup { to } => {
            let store = known(store_as_it_is(settings)?)?;
            let manifest = backup::make(&store, to, WallClock::default().now())?;
            told(arguments, &manifest, || {
                let bytes: u64 = manifest.files.values().map(|file| file.bytes).sum();
                format!(
                    "{}: entries 1 to {}, {} files, {bytes} bytes, read back and equal",
                    to.display(),
                    manifest.seq,
                    manifest.files.len()
                )
            })
        }
        What::Restore { from, into } => {
            let into = match into {
                Some(url) => at(url, settings)?,
                None => store_as_it_is(settings)?,
            };
            let manifest = backup::restore(from, &into)?;
            told(arguments, &manifest, || {
                format!("{} holds entries 1 to {}; its canonical dump equals the backup's", into.engine().address(), manifest.seq)
            })
        }
        What::Verify { backup } => verify(settings, backup.as_deref(), arguments),
        What::Move { from, to } => move_house(&at(from, settings)?, &at(to, settings)?, arguments),
        What::Seal { after_days } => seal(settings, *after_days, arguments),
        What::Size => size(&known(store_as_it_is(settings)?)?, arguments),
    }
}

/// A store by its address, with the archive that the settings name.
fn at(url: &str, settings: &Settings) -> anyhow::Result<Store> {
    Ok(Store::new(::store::engine(url, None)?, settings.data_dir.join("archive")))
}

/// A store whose schema this program knows: nothing is made or changed by looking.
fn known(store: Store) -> anyhow::Result<Store> {
    store.require_known()?;
    Ok(store)
}

fn told(arguments: &Arguments, value: &impl Serialize, text: impl FnOnce() -> String) -> Outcome {
    if arguments.json {
        tell::json(value)?;
    } else {
        tell::line(text());
    }
    Ok(0)
}

fn verify(settings: &Settings, folder: Option<&std::path::Path>, arguments: &Arguments) -> Outcome {
    let findings = match folder {
        Some(folder) => backup::verify(folder)?,
        None => known(store_as_it_is(settings)?)?.archive_damage()?,
    };
    told(arguments, &serde_json::json!({ "is_whole": findings.is_empty(), "findings": findings }), || {
        if findings.is_empty() { "everything is there, and as it was".to_owned() } else { findings.join("\n") }
    })?;
    Ok(if findings.is_empty() { 0 } else { FAILED })
}

fn move_house(from: &Store, to: &Store, arguments: &Arguments) -> Outcome {
    if from.is_same_as(to).context("looking whether --from and --to are two stores")? {
        tell::complaint("--from and --to name the same store");
        return Ok(WRONG_USAGE);
    }
    if from.migration_status()?.version == 0 {
        tell::complaint(format!("--from: there is no store at {}", from.engine().address()));
        return Ok(FAILED);
    }
    from.migrate_up().context("bringing the old store's schema up")?;
    to.migrate_up().context("making the new store")?;
    let mut difference = None;
    let (copied, ()) = from
        .move_into(to, || {
            difference = Some(compare(from, to));
            Ok(())
        })
        .context("moving")?;
    let difference = difference.transpose()?.flatten();
    let new = copied.seq.0 - copied.were_there;
    let value = serde_json::json!({ "seq": copied.seq, "copied": new, "is_equal": difference.is_none() });
    told(arguments, &value, || match &difference {
        None => format!("{new} entries copied, {} in all; the canonical dumps were byte-equal while nobody wrote", copied.seq),
        Some(Difference { line, before, rebuilt }) => {
            format!("the stores differ from line {line} of their dumps on:\n  from: {before:?}\n  to:   {rebuilt:?}")
        }
    })?;
    Ok(if difference.is_none() { 0 } else { FAILED })
}

/// Ctrl-C ends it between two listings: what is sealed by then is sealed.
fn seal(settings: &Settings, after_days: Option<u32>, arguments: &Arguments) -> Outcome {
    let store = known(store_as_it_is(settings)?)?;
    let Some(days) = after_days.or(settings.store.seal_after_days) else {
        tell::complaint("store.seal_after_days is 0, nothing is sealed: say --after-days");
        return Ok(WRONG_USAGE);
    };
    let stop = super::stop::Stop::listen()?;
    let sealing = store.seal(over(days, WallClock::default().now()), &mut |_| !stop.is_asked())?;
    told(arguments, &sealing, || {
        let Sealing { listings, rows, changes, bytes, damaged } = sealing;
        let each = if changes > 0 { format!(", {:.2} bytes a change", bytes as f64 / changes as f64) } else { String::new() };
        let left = if damaged > 0 { format!("; {damaged} listings are damaged and lie as they did (see the log)") } else { String::new() };
        format!("{listings} listings sealed: {rows} rows with {changes} changes are {bytes} bytes now{each}{left}")
    })?;
    Ok(if sealing.damaged == 0 { 0 } else { FAILED })
}

fn size(store: &Store, arguments: &Arguments) -> Outcome {
    let size = store.size()?;
    told(arguments, &size, || {
        let line = |table: &TableSize| {
            let bytes = table.bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
            format!("{:>14} bytes {:>12} rows  {}", bytes, table.rows, table.name)
        };
        let mut lines: Vec<String> = size.tables.iter().map(line).collect();
        let Sealing { listings, changes, bytes, .. } = size.sealed;
        lines.push(format!("{bytes:>14} bytes {changes:>12} changes of {listings} listings that are over, sealed (in the table sealed)"));
        lines.push(format!("{:>14} bytes {:>12} files archive", size.archive_bytes, size.archive_files));
        lines.push(format!("{:>14} bytes in all", size.database_bytes + size.archive_bytes));
        lines.join("\n")
    })
}
