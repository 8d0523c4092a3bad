//! `adopt cutover`: the old tables become a follower of the log.

use std::sync::Arc;

use clap::Args;
use predictive_play::adopt::cutover::{Column, Turn};
use predictive_play::adopt::switchover::{self, Followed, Plan};
use predictive_play::adopt::{AdoptError, Hold, rights};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::schedule::Ranks;
use predictive_play::settings::Settings;
use serde::Serialize;

use super::{places, show};
use crate::commands::{FAILED, Outcome, tell};

#[derive(Args)]
pub struct Cutover {
    /// The old database; else DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// What is not written: a column (odds_data.outcome_price), new rows of a table (odds_data:new), or a table; may be given more than once.
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    /// Writes what is due now, and ends when nothing is left but rows whose turn comes within a minute.
    #[arg(long)]
    once: bool,
    /// Cuts over though no `adopt verify` passed since the last rows were taken over.
    #[arg(long)]
    unverified: bool,
    /// Lists what may be written and how many rows; writes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What was done.
#[derive(Serialize)]
struct CutOver {
    old: String,
    is_followed: bool,
    columns: Vec<Column>,
    /// What was written by this run, where it was asked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<Turn>,
    database_url: Option<String>,
}

pub fn run(settings: &Settings, step: &Cutover, is_json: bool) -> Outcome {
    let places = places(settings, step.from.as_deref())?;
    let plan = switchover::plan(&places, &step.without)?;
    if step.dry_run {
        show(&plan, is_json, planned)?;
        return Ok(if plan.missing_rights.is_empty() { 0 } else { FAILED });
    }
    if !plan.missing_rights.is_empty() {
        return Err(rights::refused(&plan.missing_rights).into());
    }
    if !plan.is_verified && !step.unverified {
        let refused = "no `adopt verify` has passed since the last rows were taken over: run it first, or say --unverified";
        return Err(AdoptError::Failed(refused.to_owned()).into());
    }
    let on_wait = &mut |why: &str| tell::complaint(format!("{why}; trying again"));
    let hold = Hold::take(&places.old)?;
    let columns = switchover::switch_on(&places, &step.without, &mut hashed(), on_wait)?;
    hold.release()?;
    let clock: Arc<dyn Clock> = Arc::new(WallClock::not_before(places.store.head()?.recorded_at));
    if step.once {
        tell::complaint("reading the log on to its end; the first time this takes about as long as taking the rows over did ..");
    }
    let on_progress = &mut |followed| tell::complaint(progress(followed));
    let turn = if step.once {
        Some(switchover::follow_once(&places, (&clock, &Ranks::of_settings(settings)), on_progress, on_wait)?)
    } else {
        None
    };
    let database_url = (!settings.store.is_named).then(|| places.old.shown_url());
    show(&CutOver { old: plan.old, is_followed: true, columns, turn, database_url }, is_json, done)?;
    Ok(0)
}

/// Says now and then how far the hashing of the old rows has come.
fn hashed() -> impl FnMut(&str, u64) {
    const SAID_EVERY: u64 = 250_000;
    |table, rows| {
        if rows.is_multiple_of(SAID_EVERY) {
            tell::complaint(format!("hashed {rows} rows of {table}, for the proof of a rollback .."));
        }
    }
}

fn progress(followed: Followed) -> String {
    match followed {
        Followed::Log(read, all) => format!("read {read} of {all} entries of the log .."),
        Followed::LinesLeft(left) => format!("telling opening and closing lines: {left} games are left .."),
        Followed::Games(looked_at, left) => format!("looked at {looked_at} games in the old tables, {left} are left .."),
    }
}

fn planned(plan: &Plan) -> Vec<String> {
    let mut lines = vec![format!("old tables in {}", plan.old), "what may be written (--without NAME switches it off):".to_owned()];
    lines.extend(plan.columns.iter().map(column));
    lines.push("rows of games that live listings tell of: no more than these are written, and only where a value changes:".to_owned());
    lines.extend(plan.rows.iter().map(|(table, rows)| format!("  {table}: {rows} rows")));
    lines.push(format!("games that live listings tell of and that have no row: {}", plan.new_events));
    lines.extend(
        plan.missing_rights
            .iter()
            .map(|missing| format!("right missing for {}: {} on {}; {}", missing.step, missing.right, missing.on, missing.remedy)),
    );
    let state = &plan.state;
    lines.extend(state.is_on.then(|| format!("the old tables are followed since {}", state.switched_at.as_deref().unwrap_or("?"))));
    if !plan.is_verified {
        lines.push("no `adopt verify` has passed since the last rows were taken over: cutover would refuse".to_owned());
    }
    lines.push("nothing was written".to_owned());
    lines
}

fn column(column: &Column) -> String {
    let why = column.why_not.as_ref().map(|why| format!(" (cannot be: {why})")).unwrap_or_default();
    let switch = if column.is_on { "on " } else { "off" };
    format!("  {switch} {}: {}{why}", column.name, column.what)
}

fn done(done: &CutOver) -> Vec<String> {
    let on = done.columns.iter().filter(|column| column.is_on).count();
    let off: Vec<&str> = done.columns.iter().filter(|column| !column.is_on).map(|column| column.name.as_str()).collect();
    let off = if off.is_empty() { String::new() } else { format!(" (off: {})", off.join(", ")) };
    let mut lines = vec![format!("the old tables in {} follow the log: {on} columns and additions{off}", done.old)];
    lines.extend(done.turn.as_ref().map(|turn| {
        let did = &turn.done;
        format!(
            "looked at {} events: wrote into {} rows, added {}, left {} fields to whoever else writes them, {} rows come within a minute, {} were refused",
            turn.events, did.written, did.added, did.theirs, did.later, did.refused
        )
    }));
    lines.push("`predictive-play up` (or `collect`) on this store keeps them up to date from now on, while it runs".to_owned());
    lines.extend(done.database_url.iter().map(|url| format!("  it needs DATABASE_URL={url}")));
    lines.push("the old ingestion service: leave it on for a day (what it writes is never overwritten), then switch it off;".to_owned());
    lines.push("its key: take it away a week later, when `adopt report` shows rows written and no conflicts that you mind".to_owned());
    lines.push("to go back at any time: switch both on again, then `adopt rollback`".to_owned());
    lines
}
