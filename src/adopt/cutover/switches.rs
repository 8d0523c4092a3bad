//! Whether the follower is on, and what of its list is switched off: kept in the database, so that every process agrees.

use std::collections::BTreeSet;

use postgres::types::Type;
use postgres::{Client, Error, Transaction};

use super::FOLLOWER;
use super::columns::{Column, OldTables, columns_of};
use super::proof::{self, Hashed};
use crate::adopt::error::{AdoptError, Result};

/// Where the follower of the old tables stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct State {
    /// Whether it is on.
    pub is_on: bool,
    /// The table that holds the events; empty where it was never on.
    pub events_table: String,
    /// When it was switched last, as the server writes it.
    pub switched_at: Option<String>,
    /// The entry of the log up to which it has read.
    pub seq: i64,
    /// The entry at which the log ends.
    pub head: i64,
    /// Events of which something is to be written.
    pub due: u64,
    /// Rows that hold something of ours, those that we added among them.
    pub rows: u64,
    /// Rows that we added.
    pub added: u64,
    /// Fields that somebody else writes too.
    pub conflicts: u64,
    /// Rows and values that the database would not have.
    pub refused: u64,
}

/// Everything that we may write into the old tables, with its switch, in the order of the tables. Writes nothing.
///
/// # Errors
/// What the server reports.
pub fn columns(client: &mut Client) -> Result<Vec<Column>> {
    let failed = || AdoptError::query("listing what may be written into the old tables");
    let mut tx = client.build_transaction().read_only(true).start().map_err(failed())?;
    let columns = list(&mut tx).map_err(failed())?;
    tx.rollback().map_err(failed())?;
    Ok(columns)
}

fn list(tx: &mut Transaction<'_>) -> Result<Vec<Column>, Error> {
    let events = events_table(tx)?;
    let tables = OldTables::look(tx, &events)?;
    Ok(columns_of(&tables, &off(tx)?))
}

/// What would be written if the follower were switched on without what is named; writes nothing.
///
/// # Errors
/// As [`switch_on`].
pub fn would_switch_on(client: &mut Client, without: &[String]) -> Result<Vec<Column>> {
    let failed = || AdoptError::query("listing what would be written into the old tables");
    let mut tx = client.build_transaction().read_only(true).start().map_err(failed())?;
    let asked = Asked::read(&mut tx, without)?;
    tx.rollback().map_err(failed())?;
    Ok(asked.columns)
}

/// Switches the follower on, without what is named (`odds_data.outcome_price`, `odds_data:new`, or `odds_data` for all of it); what was
/// switched off before and is not named is on again. Before the first time every row of the tables is hashed, for the proof of a rollback:
/// in short transactions, taken up where they were ended. Switched on twice, it stays on and takes the new list. What went past it while
/// it was off is looked at anew. `on_rows` hears of each table how many rows were hashed.
///
/// # Errors
/// [`AdoptError::Usage`] where a name is in no list or no table holds events; what the server reports, then nothing is switched.
pub fn switch_on(client: &mut Client, without: &[String], on_rows: &mut dyn FnMut(&str, u64)) -> Result<Vec<Column>> {
    let failed = || AdoptError::query("switching the old tables on");
    let mut tx = client.build_transaction().read_only(true).start().map_err(failed())?;
    let asked = Asked::read(&mut tx, without)?;
    let was_ever_on = !tx.query_typed("select from predictive_play.old_follower", &[]).map_err(failed())?.is_empty();
    tx.rollback().map_err(failed())?;
    let which = if was_ever_on { Hashed::Missing } else { Hashed::Anew };
    for table in asked.tables.written() {
        let hashed = proof::begin(client, table, which, &mut |rows| on_rows(&table.name, rows));
        hashed.map_err(AdoptError::query("hashing the rows of the old tables"))?;
    }
    let mut tx = client.transaction().map_err(failed())?;
    hold(&mut tx).map_err(failed())?;
    let asked = Asked::read(&mut tx, without)?;
    write_switches(&mut tx, &asked).map_err(failed())?;
    tx.commit().map_err(failed())?;
    Ok(asked.columns)
}

/// What is asked for when the follower is to be on.
struct Asked {
    events: String,
    tables: OldTables,
    off: BTreeSet<String>,
    columns: Vec<Column>,
}

impl Asked {
    fn read(tx: &mut Transaction<'_>, without: &[String]) -> Result<Self> {
        let failed = || AdoptError::query("looking at the old tables");
        let events = events_table(tx).map_err(failed())?;
        let tables = OldTables::look(tx, &events).map_err(failed())?;
        if tables.events().is_none() {
            return Err(AdoptError::Usage(format!("there is no table public.{events} with a key of one column: nothing can be cut over")));
        }
        let off: BTreeSet<String> = without.iter().map(|name| name.trim().to_owned()).collect();
        let columns = columns_of(&tables, &off);
        if let Some(unknown) = off.iter().find(|name| !columns.iter().any(|column| column.name == **name || column.table == **name)) {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            return Err(AdoptError::Usage(format!("{unknown:?} is nothing that is written; allowed are {}", names.join(", "))));
        }
        Ok(Self { events, tables, off, columns })
    }
}

fn write_switches(tx: &mut Transaction<'_>, asked: &Asked) -> Result<(), Error> {
    let off: Vec<&str> = asked.off.iter().map(String::as_str).collect();
    tx.execute_typed("delete from predictive_play.old_switches where name <> all($1)", &[(&off, Type::TEXT_ARRAY)])?;
    tx.execute_typed(
        "insert into predictive_play.old_switches (name) select unnest($1::text[]) on conflict (name) do nothing",
        &[(&off, Type::TEXT_ARRAY)],
    )?;
    let was_on = is_on(tx)?;
    tx.execute_typed(
        "insert into predictive_play.old_follower (one, is_on, events_table, switched_at) values (1, true, $1, clock_timestamp())
         on conflict (one) do update set is_on = true, events_table = excluded.events_table,
             switched_at = case when old_follower.is_on then old_follower.switched_at else excluded.switched_at end",
        &[(&asked.events, Type::TEXT)],
    )?;
    if was_on.is_none() {
        // What was written while it was off went past it: everything is looked at anew, and what is as wanted is left alone.
        tx.execute_typed("update predictive_play.cursors set seq = 0 where follower = $1", &[(&FOLLOWER, Type::TEXT)])?;
        tx.batch_execute("delete from predictive_play.old_told")?;
    }
    tx.batch_execute("delete from predictive_play.old_refused")?;
    Ok(())
}

/// Switches the follower off: when this comes back nothing is being written, and nothing will be. Gives whether it was on. What was
/// written stays until [`super::undo_all`].
///
/// # Errors
/// What the server reports; then it is as it was.
pub fn switch_off(client: &mut Client) -> Result<bool> {
    let failed = || AdoptError::query("switching the old tables off");
    let mut tx = client.transaction().map_err(failed())?;
    hold(&mut tx).map_err(failed())?;
    let sql = "update predictive_play.old_follower set is_on = false, switched_at = clock_timestamp() where is_on";
    let was_on = tx.execute_typed(sql, &[]).map_err(failed())? > 0;
    tx.commit().map_err(failed())?;
    Ok(was_on)
}

/// Where the follower stands. Writes nothing.
///
/// # Errors
/// What the server reports.
pub fn state(client: &mut Client) -> Result<State> {
    let row = client
        .query_typed(
            "select coalesce((select is_on from predictive_play.old_follower), false),
                 coalesce((select events_table from predictive_play.old_follower), ''),
                 (select to_jsonb(switched_at at time zone 'UTC') #>> '{}' || 'Z' from predictive_play.old_follower),
                 coalesce((select seq from predictive_play.cursors where follower = $1), 0),
                 (select seq from predictive_play.head),
                 (select count(*) from predictive_play.old_due),
                 (select count(*) from predictive_play.old_rows where undone is null),
                 (select count(*) from predictive_play.old_rows where undone is null and is_added),
                 (select count(*) from predictive_play.old_fields where state = 'theirs'),
                 (select count(*) from predictive_play.old_refused)",
            &[(&FOLLOWER, Type::TEXT)],
        )
        .map_err(AdoptError::query("asking where the old tables stand"))?
        .pop()
        .ok_or_else(|| AdoptError::Failed("asking where the old tables stand: no row came back".to_owned()))?;
    let count = |at: usize| row.get::<_, i64>(at).unsigned_abs();
    Ok(State {
        is_on: row.get(0),
        events_table: row.get(1),
        switched_at: row.get(2),
        seq: row.get(3),
        head: row.get(4),
        due: count(5),
        rows: count(6),
        added: count(7),
        conflicts: count(8),
        refused: count(9),
    })
}

/// Takes the cursor, after whoever has it: from here to the end of the transaction nobody else follows.
fn hold(tx: &mut Transaction<'_>) -> Result<(), Error> {
    tx.batch_execute("set local timezone = 'UTC'; set local statement_timeout = 0")?;
    make_cursor(tx)?;
    tx.query_typed("select from predictive_play.cursors where follower = $1 for update", &[(&FOLLOWER, Type::TEXT)]).map(drop)
}

/// Makes the cursor where there is none.
pub(super) fn make_cursor(tx: &mut Transaction<'_>) -> Result<(), Error> {
    let sql = "insert into predictive_play.cursors (follower, seq, moved_at) values ($1, 0, 0) on conflict (follower) do nothing";
    tx.execute_typed(sql, &[(&FOLLOWER, Type::TEXT)]).map(drop)
}

/// The table of events where the follower is on.
pub(super) fn is_on(tx: &mut Transaction<'_>) -> Result<Option<String>, Error> {
    let row = tx.query_typed("select events_table from predictive_play.old_follower where is_on", &[])?.pop();
    Ok(row.map(|row| row.get(0)))
}

/// What is switched off.
pub(super) fn off(tx: &mut Transaction<'_>) -> Result<BTreeSet<String>, Error> {
    Ok(tx.query_typed("select name from predictive_play.old_switches", &[])?.iter().map(|row| row.get(0)).collect())
}

/// The table that holds the events: the one whose rows were taken over, of the two names that it can have.
pub(super) fn events_table(tx: &mut Transaction<'_>) -> Result<String, Error> {
    let row = tx.query_typed(
        "select t.name from unnest(array['sports_events', 'sports_events_old']) t(name)
         where to_regclass('public.' || t.name) is not null
         order by (select count(*) from predictive_play.adopted_rows r where r.old_table = t.name) desc, t.name limit 1",
        &[],
    )?;
    Ok(row.first().map_or_else(|| "sports_events".to_owned(), |row| row.get(0)))
}
