//! Lays our schema beside the old tables and takes their rows over. Nothing of what is there is changed. Each step may be killed anywhere and
//! run again: what is done is passed over.

use anyhow::Context;
use odds::Moment;
use serde::Serialize;
use serde_json::json;
use store::adopted::Outcome;
use store::{Failure, Status, StoreError};

use super::catalogue::{self, Host, Table};
use super::data::{self, Progress};
use super::error::{AdoptError, Result};
use super::layout::Layout;
use super::pages::Tables;
use super::places::Places;
use super::rights::{self, Missing};
use super::session::Session;

use super::stages::{self, Stage};
use super::surroundings;
use crate::record::Recorder;

/// Tables that are read where they are there: rows, and the words of tables that those point to.
const READ: [&str; 13] = [
    "sports_events",
    "sports_events_old",
    "odds_data",
    "player_props_odds",
    "historical_odds",
    "predictions",
    "bookmakers",
    "teams",
    "injury_reports",
    "player_game_stats",
    "market_types",
    "players",
    "player_prop_types",
];
/// How often a lock that somebody else holds is waited for again; each wait is a few seconds.
const TRIES: usize = 24;

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The server of the old database.
    pub server: Host,
    /// Where our store is.
    pub store: String,
    /// Whether it lies beside the old tables, so that they can follow the log later.
    pub is_beside: bool,
    /// The version of our schema there; 0 where there is none.
    pub version: i64,
    /// The version that it will have.
    pub to_version: i64,
    /// The schema of the old tables.
    pub schema: String,
    /// The old tables that are read, the events first.
    pub tables: Vec<ToTake>,
    /// The other tables of that schema: their rows stay where they are, as they are.
    pub staying: Vec<Staying>,
    /// Rights that are missing; nothing begins while there are any.
    pub missing_rights: Vec<Missing>,
}

/// An old table of which no row is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Staying {
    /// Its name.
    pub table: String,
    /// Its rows; `None` where we may not count them.
    pub rows: Option<u64>,
    /// Why they are not taken over.
    pub why: &'static str,
}

/// An old table that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToTake {
    /// Its name.
    pub table: String,
    /// Its rows; `None` where we may not count them.
    pub rows: Option<u64>,
    /// Rows of it that are accounted for.
    pub accounted: u64,
}

impl Plan {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().filter_map(|table| table.rows).sum()
    }
}

/// What became of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The old table.
    pub table: String,
    /// What became of them.
    pub outcome: Outcome,
    /// How many.
    pub rows: u64,
}

/// Looks what there is to do. Writes nothing.
///
/// # Errors
/// Where a database cannot be reached, or no table holds events.
pub fn plan(places: &Places, on_wait: &mut dyn FnMut(&str)) -> anyhow::Result<Plan> {
    patiently(on_wait, || look(places))
}

fn look(places: &Places) -> anyhow::Result<Plan> {
    let mut session = places.open_old()?;
    session.begin_look()?;
    let server = catalogue::host(&mut session)?;
    let mut tables = catalogue::tables(&mut session)?;
    let columns = catalogue::columns(&mut session)?;
    let schema = Layout::of(&tables, &columns).events().map(|(schema, _)| schema.to_owned()).ok_or_else(no_events)?;
    tables.retain(|table| table.schema == schema && table.holds_rows());
    catalogue::count_rows(&mut session, &mut tables)?;
    let needed: Vec<&Table> = tables.iter().filter(|table| READ.contains(&table.name.as_str())).collect();
    let missing_rights = rights::for_apply(&mut session, &server, &needed, places.is_beside)?;
    session.end()?;
    // Without the rights it cannot be told which of them will be read: all that could be are listed.
    let found = if missing_rights.is_empty() { Tables::find(&mut places.old.connect()?, &schema)? } else { Tables::default() };
    let read: Vec<String> = if missing_rights.is_empty() {
        found.read().into_iter().map(str::to_owned).collect()
    } else {
        needed.iter().map(|table| table.name.clone()).collect()
    };
    let status = status(places)?;
    let accounts = if status.version == status.known { accounts(places)? } else { Vec::new() };
    let accounted = |name: &str| accounts.iter().filter(|account| account.table == name).map(|account| account.rows).sum();
    let rows = |name: &str| tables.iter().find(|table| table.name == name).and_then(|table| table.rows);
    let staying = found.staying().into_iter().map(|(table, why)| Staying { table: table.to_owned(), rows: rows(table), why }).collect();
    Ok(Plan {
        staying,
        server,
        store: places.store.engine().address(),
        is_beside: places.is_beside,
        version: status.version,
        to_version: status.known,
        schema,
        tables: read.into_iter().map(|table| ToTake { rows: rows(&table), accounted: accounted(&table), table }).collect(),
        missing_rights,
    })
}

fn no_events() -> AdoptError {
    AdoptError::Usage("no table holds events: none is named sports_events.. with id, home_team, away_team and start_time".to_owned())
}

/// Where our schema stands; a store that is a file is not made by asking.
pub(super) fn status(places: &Places) -> anyhow::Result<Status> {
    let address = places.store.engine().address();
    if address.strip_prefix("sqlite:").is_some_and(|path| !std::path::Path::new(path).exists()) {
        let known = store::MIGRATIONS.last().map_or(0, |step| step.version);
        return Ok(Status { version: 0, known, pending: Vec::new() });
    }
    Ok(places.store.migration_status()?)
}

/// What became of old rows by now, by table and outcome.
///
/// # Errors
/// What the store reports.
pub fn accounts(places: &Places) -> anyhow::Result<Vec<Account>> {
    let counts = places.store.adopted_counts().context("counting rows that were taken over")?;
    Ok(counts.into_iter().map(|(table, outcome, rows)| Account { table, outcome, rows: rows.unsigned_abs() }).collect())
}

/// Makes our schema, or brings it up. Twice changes nothing.
///
/// # Errors
/// What the store reports.
pub fn make_schema(places: &Places, now: Moment, on_wait: &mut dyn FnMut(&str)) -> anyhow::Result<Status> {
    // waits by itself for who holds one of our tables
    let status = places.store.migrate_up()?;
    patiently(on_wait, || {
        places.store.turn_months(now, Moment::from_micros(0))?;
        Ok(places.store.settle_rights()?)
    })?;
    if places.has_ledger() {
        let mut session = places.open_ours()?;
        surroundings::shut(&mut session)?;
        let stages = stages::all(&mut session)?;
        if stages::last(&stages, &[Stage::Applied, Stage::RolledBack]).is_none_or(|last| last.stage == Stage::RolledBack) {
            stages::note(&mut session, Stage::Applied, &json!({ "version": status.version }))?;
        }
    }
    Ok(status)
}

/// Takes every row over that is not accounted for with the text that it has.
///
/// # Errors
/// What a database or the archive report; what was recorded by then stays, and another run goes on from there.
pub fn take_over(
    places: &Places,
    schema: &str,
    recorder: &Recorder,
    on_progress: &mut dyn FnMut(Progress),
    on_wait: &mut dyn FnMut(&str),
) -> anyhow::Result<Progress> {
    let mut session = places.open_old()?;
    let (horizon, progress) = patiently(on_wait, || {
        let horizon = horizon(&mut session)?;
        let mut client = places.old.connect()?;
        Ok((horizon, data::migrate(&mut client, schema, recorder, on_progress)?))
    })?;
    places.store.keep_setting(HORIZON, &horizon)?;
    if places.has_ledger() {
        let mut ours = places.open_ours()?;
        if progress.recorded > 0 {
            count_figures(&mut ours)?;
        }
        let is_noted =
            stages::last(&stages::all(&mut ours)?, &[Stage::Adopted, Stage::RolledBack]).is_some_and(|last| last.stage == Stage::Adopted);
        if !is_noted || progress.recorded > 0 {
            stages::note(&mut ours, Stage::Adopted, &serde_json::to_value(progress)?)?;
        }
    }
    Ok(progress)
}

/// Has the server count what it plans by: the tables were empty a moment ago, and the followers come next. Where our role does not own
/// them it warns, and goes on.
fn count_figures(session: &mut Session) -> Result<()> {
    let doing = "counting what the server plans by";
    let tables =
        "select string_agg(c.oid::regclass::text, ', ' order by c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'predictive_play' and c.relkind = 'r' and not c.relispartition";
    let tables: Option<String> = session.row(tables, &[], doing)?.try_get(0).map_err(AdoptError::query(doing))?;
    tables.map_or(Ok(()), |tables| session.run(&format!("analyze {tables}"), doing))
}

/// The setting under which the store keeps where the last look at the old rows began.
pub const HORIZON: &str = "adopt.horizon";

/// What a look that begins now sees for certain, as the server writes a snapshot: which transactions were over.
fn horizon(session: &mut Session) -> Result<String> {
    let row = session.row("select pg_current_snapshot()::text", &[], "asking where the look begins")?;
    row.try_get(0).map_err(AdoptError::query("asking where the look begins"))
}

/// Tries again where somebody else held a lock for too long; another error ends it.
pub(super) fn patiently<T>(on_wait: &mut dyn FnMut(&str), mut work: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    for _ in 1..TRIES {
        match work() {
            Err(error) if is_busy(&error) => on_wait(&format!("{error:#}")),
            other => return other,
        }
    }
    work()
}

/// Whether somebody else held a lock.
#[must_use]
pub fn is_busy(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let lock = Some(&postgres::error::SqlState::LOCK_NOT_AVAILABLE);
        cause.downcast_ref::<postgres::Error>().is_some_and(|error| error.code() == lock)
            || cause.downcast_ref::<AdoptError>().is_some_and(AdoptError::is_busy)
            || cause.downcast_ref::<StoreError>().is_some_and(|error| matches!(error, StoreError::Engine { kind: Failure::Busy, .. }))
    })
}
