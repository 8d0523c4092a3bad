//! Switches the follower of the old tables on, once what was taken over is verified and every right for it is there.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use postgres::Client;
use serde::Serialize;
use serde_json::json;

use super::apply::patiently;
use super::cutover::{self, Column, Cutover, State, Turn};
use super::error::{AdoptError, Result};
use super::places::Places;
use super::rights::{self, Missing};
use super::session::Session;
use super::sql;
use super::stages::{self, Done, Stage};
use crate::clock::Clock;
use crate::decode::Providers;
use crate::publish::{Follower, Retention, RowsFollower};
use crate::schedule::Ranks;

/// What would be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The old database, and our schema in it.
    pub old: String,
    /// Whether the last `adopt verify` after the last `adopt apply` passed.
    pub is_verified: bool,
    /// Everything that may be written, with its switch.
    pub columns: Vec<Column>,
    /// Of each table, rows of games that live listings tell of: no more than these can be written.
    pub rows: Vec<(String, u64)>,
    /// Games that live listings tell of and that have no row: no more than these can be added.
    pub new_events: u64,
    /// Rights that are missing; nothing begins while there are any.
    pub missing_rights: Vec<Missing>,
    /// Where the follower stands.
    pub state: State,
}

/// Looks what would be followed. Writes nothing.
///
/// # Errors
/// [`AdoptError::Usage`] where our schema does not lie beside the old tables, or is older than this program.
pub fn plan(places: &Places, without: &[String]) -> anyhow::Result<Plan> {
    require_beside(places)?;
    let mut client = places.connect_ours()?;
    let columns = cutover::columns(&mut client)?;
    let state = cutover::state(&mut client)?;
    let events =
        columns.iter().map(|column| column.table.as_str()).find(|table| table.starts_with("sports_events")).unwrap_or("sports_events");
    let referring = referring(&mut client, events)?;
    let mut session = places.open_ours()?;
    let stages = stages::all(&mut session)?;
    let columns: Vec<Column> = columns.into_iter().map(|column| with_switch(column, without)).collect();
    refuse_unknown(&columns, without)?;
    let mut tables: Vec<String> = columns.iter().map(|column| column.table.clone()).collect();
    tables.dedup();
    session.begin_look()?;
    let wanted: Vec<&Column> = columns.iter().filter(|column| is_wanted(column, without)).collect();
    let mut missing_rights = rights::for_cutover(&mut session, &wanted)?;
    missing_rights.extend(rights::for_rollback(&mut session, &referring)?);
    let rows = touched(&mut session, &tables)?;
    let new_events = session.count(NEW_EVENTS, "counting games without a row")?;
    session.end()?;
    Ok(Plan { old: places.old.shown(), is_verified: is_verified(&stages), columns, rows, new_events, missing_rights, state })
}

/// Tables that may point to rows of the old tables, as a statement names them.
///
/// # Errors
/// What the server reports.
pub fn referring(client: &mut Client, events_table: &str) -> Result<Vec<String>> {
    let failed = || AdoptError::query("looking who points to old rows");
    let mut tx = client.transaction().map_err(failed())?;
    let tables = cutover::OldTables::look(&mut tx, events_table).map_err(failed())?;
    tx.rollback().map_err(failed())?;
    let all = tables.written().flat_map(|table| table.referred_from.iter().chain(&table.listed_in)).map(|(table, _)| table.clone());
    Ok(all.collect::<BTreeSet<_>>().into_iter().collect())
}

/// Whether it would be written, were the right for it there.
fn is_wanted(column: &Column, without: &[String]) -> bool {
    let lacks_a_right = column.why_not.as_ref().is_some_and(|why| why.starts_with("a right is missing"));
    column.is_on || lacks_a_right && !is_named(column, without)
}

fn is_named(column: &Column, names: &[String]) -> bool {
    names.iter().any(|name| *name == column.name || *name == column.table)
}

/// A second cut over takes the list that it is given; what was off before and is not named is on again.
fn with_switch(column: Column, without: &[String]) -> Column {
    Column { is_on: column.why_not.is_none() && !is_named(&column, without), ..column }
}

fn refuse_unknown(columns: &[Column], without: &[String]) -> Result<()> {
    let is_known = |name: &&String| columns.iter().any(|column| **name == column.name || **name == column.table);
    let Some(unknown) = without.iter().find(|name| !is_known(name)) else { return Ok(()) };
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    Err(AdoptError::Usage(format!("--without {unknown}: nothing of that name is written; allowed are {}, or a table", names.join(", "))))
}

/// Refuses where our schema is elsewhere, or not as this program needs it.
///
/// # Errors
/// [`AdoptError::Usage`] with what to do.
pub fn require_beside(places: &Places) -> anyhow::Result<()> {
    if !places.is_beside {
        return Err(places.is_elsewhere().into());
    }
    let status = places.store.migration_status()?;
    if status.version < status.known {
        let there = if status.version == 0 {
            "is not there yet".to_owned()
        } else {
            format!("is at version {}, this program needs {}", status.version, status.known)
        };
        return Err(AdoptError::Usage(format!("schema predictive_play {there}: run `adopt apply`")).into());
    }
    Ok(())
}

/// Whether a comparison passed after the last rows were taken over.
#[must_use]
pub fn is_verified(stages: &[Done]) -> bool {
    let last = stages::last(stages, &[Stage::Applied, Stage::Adopted, Stage::Verified, Stage::RolledBack]);
    last.is_some_and(|last| last.stage == Stage::Verified && last.detail["passed"] == true)
}

/// Events that live listings tell of.
const LIVE: &str = "(select distinct l.event_id from predictive_play.listings l where l.provider <> 'legacy' and l.kind = 'contest')";

const NEW_EVENTS: &str = "select count(*) from (select distinct l.event_id from predictive_play.listings l
    where l.provider <> 'legacy' and l.kind = 'contest'
      and exists (select from predictive_play.listings o where o.provider = 'legacy' and o.league = l.league)
      and not exists (select from predictive_play.listings o where o.provider = 'legacy' and o.event_id = l.event_id)) games";

fn touched(session: &mut Session, tables: &[String]) -> Result<Vec<(String, u64)>> {
    let doing = "counting rows of games that live listings tell of";
    let mut counts = Vec::new();
    for table in tables {
        let has_event =
            "select count(*) from pg_attribute a where a.attrelid = to_regclass($1) and a.attname = 'event_id' and not a.attisdropped";
        let named = sql::qualified("public", table);
        let row = session.row(has_event, &[&named], doing)?;
        let is_events = table.starts_with("sports_events");
        let has_event = row.try_get::<_, i64>(0).map_err(AdoptError::query(doing))? > 0;
        let of_live = format!(
            "select a.old_id from predictive_play.adopted a where a.outcome in ('adopted', 'joined') and a.old_table like 'sports\\_events%' and a.event_id in {LIVE}"
        );
        let count = match (is_events, has_event) {
            (true, _) => session.count(&format!("select count(*) from {named} t where t.id::text in ({of_live})"), doing)?,
            (false, true) => session.count(&format!("select count(*) from {named} t where t.event_id::text in ({of_live})"), doing)?,
            (false, false) => 0,
        };
        counts.push((table.clone(), count));
    }
    Ok(counts)
}

/// Switches the follower on. On already, it takes the new list. `on_rows` hears how many rows of a table were hashed by now.
///
/// # Errors
/// As [`cutover::switch_on`].
pub fn switch_on(
    places: &Places,
    without: &[String],
    on_rows: &mut dyn FnMut(&str, u64),
    on_wait: &mut dyn FnMut(&str),
) -> anyhow::Result<Vec<Column>> {
    let mut client = places.connect_ours()?;
    let was = cutover::state(&mut client)?.is_on;
    let before = cutover::columns(&mut client)?;
    let columns = patiently(on_wait, || Ok(cutover::switch_on(&mut client, without, on_rows)?))?;
    if !was || columns != before {
        stages::note(&mut places.open_ours()?, Stage::CutOver, &json!({ "without": without }))?;
    }
    Ok(columns)
}

/// How far the first reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Entries of the log that are read into rows, and all that there are.
    Log(i64, i64),
    /// Games whose opening and closing lines are still to be told.
    LinesLeft(u64),
    /// Games that were looked at, and those that are due still.
    Games(u64, u64),
}

/// Reads the log on to its end, and writes all that is due into the old tables. Rows that were written within the last minute come later.
/// `on_progress` hears now and then how far it has come.
///
/// # Errors
/// What the store or the server reports; what was committed stays, and another run goes on from there.
pub fn follow_once(
    places: &Places,
    (clock, ranks): (&Arc<dyn Clock>, &Ranks),
    on_progress: &mut dyn FnMut(Followed),
    on_wait: &mut dyn FnMut(&str),
) -> anyhow::Result<Turn> {
    let rows = RowsFollower::new(Providers::all(), Retention::default());
    let mut follower = Follower::new(Arc::clone(&places.store), Arc::clone(clock), rows);
    let head = places.store.head()?.seq;
    let mut now_and_then = NowAndThen::new(clock);
    let mut failed = None;
    let told = follower.catch_up_telling(&mut |seq| {
        if !now_and_then.is_due() || failed.is_some() {
            return;
        }
        if seq < head {
            return on_progress(Followed::Log(seq.0, head.0));
        }
        match places.store.histories_due(clock.now()) {
            Ok(left) => on_progress(Followed::LinesLeft(left)),
            Err(error) => failed = Some(error),
        }
    });
    told.context("following the log into rows")?;
    failed.map_or(Ok(()), Err).context("counting games whose lines are due")?;
    let mut client = places.connect_ours()?;
    patiently(on_wait, || {
        Ok(cutover::catch_up(Cutover::ranked(ranks.clone()), &mut client, &mut |events, client| {
            if now_and_then.is_due() {
                on_progress(Followed::Games(events, cutover::state(client)?.due));
            }
            Ok(())
        })?)
    })
}

/// Says every few seconds that it is time to speak.
struct NowAndThen<'a> {
    clock: &'a Arc<dyn Clock>,
    last: odds::Moment,
}

const SPEAKS_EVERY_SECS: f64 = 10.0;

impl<'a> NowAndThen<'a> {
    fn new(clock: &'a Arc<dyn Clock>) -> Self {
        Self { clock, last: clock.now() }
    }

    fn is_due(&mut self) -> bool {
        let now = self.clock.now();
        let is_due = now.secs_since(self.last) >= SPEAKS_EVERY_SECS;
        if is_due {
            self.last = now;
        }
        is_due
    }
}
