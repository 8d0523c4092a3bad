//! `adopt`: an old `sports_events` database is looked at, backed up, taken over, followed and given back.

mod apply;
mod cutover;
mod html;
mod report;
mod rollback;
mod text;
mod verify;
mod verify_text;

use std::path::PathBuf;
use std::sync::Arc;

use ::store::Store;
use clap::{Args, Subcommand};
use predictive_play::adopt::{Address, AdoptError, Places, backup, inspect, restore};
use predictive_play::clock::WallClock;
use predictive_play::settings::{OldDatabase, Secret, Settings, StoreUrl};
use serde::Serialize;

use super::{FAILED, Outcome, archive, store_as_it_is, tell};

const EXAMPLES: &str = "Examples:
  predictive-play adopt inspect
  predictive-play adopt inspect --from 'postgres://app:password@db.example.com:5432/Predictive Play' --json
  predictive-play adopt backup --out /srv/backups/before --dry-run
  predictive-play adopt backup --out /srv/backups/before
  predictive-play adopt restore --backup /srv/backups/before --into postgres://app@127.0.0.1:5432/restored
  predictive-play adopt apply --dry-run
  predictive-play adopt apply
  predictive-play adopt verify --html report.html
  predictive-play adopt cutover --dry-run
  predictive-play adopt cutover --without sports_events.status
  predictive-play adopt rollback --backup /srv/backups/before
  predictive-play adopt report --backup /srv/backups/before

The old database is the one of --from, else of DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD.
Exit codes: 0 ok, 1 problems found or a failure, 2 wrong usage or configuration.";

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
    /// Looks, and never writes: shape, counts, references, rights, and every problem with a query that lists its rows.
    Inspect(Inspect),
    /// Dumps the database with a manifest, restores it elsewhere, compares: only then it is a backup.
    Backup(Backup),
    /// Puts a backup back into an empty database, all or nothing, and compares it with its manifest.
    Restore(Restore),
    /// Adds our schema beside the old tables and takes every old row over; touches nothing of what is there. Twice changes nothing.
    Apply(apply::Apply),
    /// Compares what was taken over with the old rows: accounts, references, a sample read again through the API.
    Verify(verify::Verify),
    /// Switches the old tables over: from now on they follow the log, in their own columns and spelling.
    Cutover(cutover::Cutover),
    /// Takes back what was written into the old tables, keeps what others wrote, and proves it; at any stage.
    Rollback(rollback::Rollback),
    /// Tells where the take-over stands, and what comes next.
    Report(report::Stand),
}

#[derive(Args)]
struct Inspect {
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

#[derive(Args)]
struct Backup {
    /// The folder that is to become the backup: not there yet, or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The way to it past a pooler; else DATABASE_DIRECT_URL.
    #[arg(long, value_name = "URL")]
    direct: Option<String>,
    /// A server on which the backup is proved, in a database of its own; else a private one is made and removed.
    #[arg(long, value_name = "URL")]
    scratch: Option<String>,
    /// Where that private server keeps its files meanwhile.
    #[arg(long, value_name = "DIR")]
    scratch_dir: Option<PathBuf>,
    /// The folder of pg_dump and pg_restore, where they are not found by themselves.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// A schema to leave out; may be given more than once.
    #[arg(long, value_name = "NAME")]
    without_schema: Vec<String>,
    /// Looks whether it can be done, and how; writes nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
struct Restore {
    /// The folder of the backup.
    #[arg(long, value_name = "DIR")]
    backup: PathBuf,
    /// The database to restore into.
    #[arg(long, value_name = "URL")]
    into: String,
    /// Puts what the backup holds in the place of what stands there under the same names.
    #[arg(long)]
    replace: bool,
    /// The folder of pg_restore, where it is not found by itself.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Looks whether it can be done, and what it would be; writes nothing.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> Outcome {
    match &arguments.step {
        Step::Inspect(step) => inspect(settings, step, arguments.json),
        Step::Backup(step) => backup(settings, step, arguments.json),
        Step::Restore(step) => restore(step, arguments.json),
        Step::Apply(step) => apply::run(settings, step, arguments.json),
        Step::Verify(step) => verify::run(settings, step, arguments.json),
        Step::Cutover(step) => cutover::run(settings, step, arguments.json),
        Step::Rollback(step) => rollback::run(settings, step, arguments.json),
        Step::Report(step) => report::run(settings, step, arguments.json),
    }
}

fn inspect(settings: &Settings, step: &Inspect, is_json: bool) -> Outcome {
    let report = inspect::inspect(&old_address(step.from.as_deref(), settings.old_database.as_ref())?)?;
    show(&report, is_json, text::inspected)?;
    Ok(if report.found().next().is_none() { 0 } else { FAILED })
}

fn backup(settings: &Settings, step: &Backup, is_json: bool) -> Outcome {
    let from = old_address(step.from.as_deref(), settings.old_database.as_ref())?;
    let direct = step.direct.as_deref().or_else(|| settings.store.direct_url.as_ref().map(Secret::expose));
    let direct = direct.map(Address::of_url).transpose()?;
    let scratch = step.scratch.as_deref().map(Address::of_url).transpose()?;
    let request = backup::Request {
        from: &from,
        direct: direct.as_ref(),
        out: &step.out,
        scratch: scratch.as_ref(),
        scratch_dir: &step.scratch_dir.clone().unwrap_or_else(std::env::temp_dir),
        programs: step.programs.as_deref(),
        without: &step.without_schema,
    };
    if step.dry_run {
        let plan = backup::plan(&request)?;
        show(&plan, is_json, |plan| text::planned(plan, &step.out))?;
        return Ok(if plan.missing_rights.is_empty() { 0 } else { FAILED });
    }
    let manifest = backup::backup(&request, &WallClock::default(), &mut |step| tell::complaint(format!("{step} ..")))?;
    show(&manifest, is_json, |manifest| text::backed_up(manifest, &step.out))?;
    Ok(0)
}

fn restore(step: &Restore, is_json: bool) -> Outcome {
    let into = Address::of_url(&step.into)?;
    let programs = step.programs.as_deref();
    let request = restore::Request { backup: &step.backup, into: &into, is_replacing: step.replace, programs };
    if step.dry_run {
        let plan = restore::plan(&request)?;
        show(&plan, is_json, |plan| text::put_back(plan, "would put back"))?;
        return Ok(0);
    }
    let done = restore::restore(&request, &mut |step| tell::complaint(format!("{step} ..")))?;
    show(&done, is_json, |done| text::put_back(done, "put back"))?;
    Ok(0)
}

/// The old database: what was told, else what the settings name.
fn old_address(told: Option<&str>, named: Option<&OldDatabase>) -> anyhow::Result<Address> {
    let nowhere = || {
        AdoptError::Usage(
            "the old database is not named: give --from URL, or set DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD".to_owned(),
        )
    };
    match (told, named) {
        (Some(url), _) => Ok(Address::of_url(url)?),
        (None, Some(old)) => Ok(Address::of_settings(old)),
        (None, None) => Err(nowhere().into()),
    }
}

/// The old database and our store: the one that DATABASE_URL names, else in the old database itself.
fn places(settings: &Settings, from: Option<&str>) -> anyhow::Result<Places> {
    let old = old_address(from, settings.old_database.as_ref())?;
    if !settings.store.is_named {
        let engine = ::store::engine(old.url().expose(), None)?;
        return Ok(Places::beside(old, Arc::new(Store::on(engine, archive(settings)?))));
    }
    let ours = match &settings.store.url {
        StoreUrl::Sqlite(_) => None,
        StoreUrl::Postgres(url) => Some(url.clone()),
    };
    Ok(Places::named(old, Arc::new(store_as_it_is(settings)?), ours)?)
}

fn show<T: Serialize>(value: &T, is_json: bool, text: impl FnOnce(&T) -> Vec<String>) -> anyhow::Result<()> {
    if is_json {
        return tell::json(value);
    }
    text(value).iter().for_each(tell::line);
    Ok(())
}
