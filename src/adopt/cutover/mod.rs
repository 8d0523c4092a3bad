//! Cut over: the old tables become one more follower of the log. They stay where they are, in their own columns and spelling; what we write
//! is in a ledger beside them, what others write is never overwritten.
//!
//! For a command: [`columns`] lists what may be written ([`would_switch_on`] with other switches), [`switch_on`] and [`switch_off`] say
//! whether it is, [`state`] where it stands;
//! [`catch_up`] writes all that is due now, [`undo_all`] takes everything back (switched off first), [`proof_all`] proves it. All of them work
//! on one connection to the database that holds both the old tables and our schema, through any pooler. A service does
//! [`follow::spawn`] and nothing else: it looks itself whether the follower is on.
//!
//! No lock on an old table is stronger than ROW EXCLUSIVE, and a transaction writes a few rows only.

mod batch;
mod children;
mod columns;
mod dropped;
mod events;
pub mod follow;
mod injuries;
mod ledger;
mod lines;
mod names;
pub mod old_table;
mod prices;
pub mod proof;
mod props;
pub mod reconcile;
mod sources;
pub mod spelling;
mod switches;
mod take_out;
pub mod undo;
pub mod write;

use std::collections::BTreeSet;

use postgres::types::Type;
use postgres::{Client, Error, Transaction};

use self::batch::{Batch, Params};
use self::children::Children;
use self::columns::Plan;
use self::events::Words;
use self::injuries::Statuses;
use self::names::Names;
use self::old_table::OldTable;
use self::prices::Outcomes;
use self::write::{Done, Left, MOST_ROWS, Wanted};
use super::error::{AdoptError, Result};
use crate::schedule::Ranks;
pub use columns::{Column, OldTables, columns_of};
pub use dropped::note_dropped;
pub use proof::{proof_all, proof_rehearsed};
pub use switches::{State, columns, state, switch_off, switch_on, would_switch_on};
pub use undo::undo_all;

/// The provider whose listings are the rows of the old database.
pub const OLD_DATABASE: &str = providers::legacy::KEY;

/// The name of the follower's cursor.
pub const FOLLOWER: &str = "old_tables";

/// Events in one transaction: no old row is held for long.
const MOST_EVENTS: i64 = 10;
/// Transactions in one turn.
const MOST_STEPS: usize = 50;
/// Steps after which the tables and lists are looked at anew, whatever happened.
const LOOKED_FOR: usize = 500;
/// Waiting longer for somebody's lock would hold up whoever waits for ours.
const LIMITS: &str = "set local lock_timeout = '100ms'; set local statement_timeout = '30s'; set local timezone = 'UTC'";

/// The follower of the old tables.
#[derive(Default)]
pub struct Cutover {
    ranks: Ranks,
    memory: Option<Memory>,
}

/// What was looked up of the old tables.
struct Memory {
    events_table: String,
    off: BTreeSet<String>,
    plan: Plan,
    words: Words,
    names: Names,
    outcomes: Outcomes,
    statuses: Statuses,
    children: Children,
    steps: usize,
}

/// What a turn did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Turn {
    /// What was written.
    #[serde(flatten)]
    pub done: Done,
    /// Events that were looked at.
    pub events: u64,
    /// Whether there is more to do now.
    pub is_behind: bool,
}

impl Cutover {
    /// With the ranks of sources: of two that looked at a book at once, the better one's prices are written.
    #[must_use]
    pub fn ranked(ranks: Ranks) -> Self {
        Self { ranks, memory: None }
    }

    /// Reads the log on up to where the rows follower stands, and writes what is due, in short transactions. Killed anywhere, what was not
    /// committed was not. Where the follower is off, or somebody else follows just now, nothing is done.
    ///
    /// # Errors
    /// What the server reports: a lock that was not to be had in time among it. The next turn tries again.
    pub fn turn(&mut self, client: &mut Client) -> Result<Turn> {
        let mut turn = Turn::default();
        self.memory.iter_mut().for_each(|memory| memory.children.forget());
        for step in 0..MOST_STEPS {
            match self.step(client, &mut turn, step == 0) {
                Ok(is_behind) => turn.is_behind = is_behind,
                Err(error) => {
                    // What was looked up may be what failed.
                    self.memory = None;
                    return Err(AdoptError::query("following the log into the old tables")(error));
                }
            }
            if !turn.is_behind {
                break;
            }
        }
        Ok(turn)
    }

    /// One transaction; gives whether there is more to do now. Games that have begun are looked for in the first of a turn: that asks for
    /// all of three days.
    fn step(&mut self, client: &mut Client, turn: &mut Turn, is_first: bool) -> Result<bool, Error> {
        let mut tx = client.transaction()?;
        tx.batch_execute(LIMITS)?;
        let Some(from) = take_cursor(&mut tx)? else { return Ok(false) };
        let Some(events_table) = switches::is_on(&mut tx)? else { return Ok(false) };
        let off = switches::off(&mut tx)?;
        let memory = match self.memory.take() {
            Some(memory) if memory.is_of(&events_table, &off) => self.memory.insert(memory),
            _ => match Memory::look(&mut tx, events_table, off)? {
                Some(memory) => self.memory.insert(memory),
                None => return Ok(false),
            },
        };
        memory.steps += 1;
        note_due(&mut tx, from)?;
        if is_first {
            note_begun(&mut tx)?;
        }
        let events = due(&mut tx)?;
        let refused = turn.done.refused;
        let left = memory.write(&mut tx, &events, &self.ranks, &mut turn.done)?;
        settle(&mut tx, &events, &left)?;
        tx.commit()?;
        turn.events += events.len() as u64;
        if turn.done.refused > refused {
            self.memory = None;
        }
        Ok(!left.now.is_empty() || events.len() as i64 == MOST_EVENTS)
    }
}

/// Writes all that is due now, until nothing is left but what the pace holds back. Does nothing where the follower is off. `on_turn` hears
/// after each turn how many events were looked at.
///
/// # Errors
/// As [`Cutover::turn`]; what was committed stays.
pub fn catch_up(mut cutover: Cutover, client: &mut Client, on_turn: &mut dyn FnMut(u64, &mut Client) -> Result<()>) -> Result<Turn> {
    let mut all = Turn::default();
    loop {
        let turn = cutover.turn(client)?;
        all.events += turn.events;
        all.done.add(&turn.done);
        if !turn.is_behind {
            return Ok(all);
        }
        on_turn(all.events, client)?;
    }
}

impl Memory {
    fn look(tx: &mut Transaction<'_>, events_table: String, off: BTreeSet<String>) -> Result<Option<Self>, Error> {
        let plan = Plan::new(OldTables::look(tx, &events_table)?, &off);
        let Some(events) = plan.tables.events() else { return Ok(None) };
        let words = Words::read(tx, events)?;
        let names = Names::read(tx, &plan)?;
        let outcomes = plan.tables.get("odds_data").map(|table| Outcomes::read(tx, table)).transpose()?.unwrap_or_default();
        let statuses = plan.tables.get("injury_reports").map(|table| Statuses::read(tx, table)).transpose()?.unwrap_or_default();
        Ok(Some(Self { events_table, off, plan, words, names, outcomes, statuses, children: Children::default(), steps: 0 }))
    }

    fn is_of(&self, events_table: &str, off: &BTreeSet<String>) -> bool {
        self.events_table == events_table && self.off == *off && self.steps < LOOKED_FOR
    }

    /// Writes what is wanted of these events: games first, for the other rows point to them.
    fn write(&mut self, tx: &mut Transaction<'_>, events: &[String], ranks: &Ranks, done: &mut Done) -> Result<Left, Error> {
        let mut left = Left::default();
        let Some(table) = self.plan.tables.events().cloned() else { return Ok(left) };
        let mut batch = Batch::read(tx, &table, events, ranks)?;
        let before = *done;
        let wanted = events::wanted(tx, &table, &self.words, &self.names, &batch)?;
        left.merge(put(tx, &self.plan, &table, wanted, done)?);
        if done.added > before.added {
            batch = Batch::read(tx, &table, events, ranks)?;
        }
        for name in ["odds_data", "player_props_odds", "injury_reports", "historical_odds"] {
            if done.touched() - before.touched() >= MOST_ROWS {
                left.now.extend(events.iter().cloned());
                break;
            }
            let Some(table) = self.plan.tables.get(name).cloned() else { continue };
            let (plan, names, children) = (&self.plan, &mut self.names, &mut self.children);
            let wanted = match name {
                "odds_data" => prices::wanted(tx, plan, names, (&self.outcomes, children), &batch, done)?,
                "player_props_odds" => props::wanted(tx, plan, names, children, &batch, done)?,
                "injury_reports" => injuries::wanted(tx, plan, names, (&self.statuses, children), events, done)?,
                _ => lines::wanted(tx, plan, names, (&self.outcomes, children), (&batch, ranks), done)?,
            };
            let put = put(tx, plan, &table, wanted, done)?;
            put.added.iter().for_each(|(event, key)| self.children.add(&table, event, key));
            left.merge(put);
        }
        Ok(left)
    }
}

/// Writes what is switched on of what is wanted.
fn put(tx: &mut Transaction<'_>, plan: &Plan, table: &OldTable, mut wanted: Vec<Wanted>, done: &mut Done) -> Result<Left, Error> {
    wanted.iter_mut().for_each(|want| plan.allow(table, want));
    write::write(tx, table, &wanted, done)
}

/// Takes the cursor for this transaction; `None` where somebody else has it.
fn take_cursor(tx: &mut Transaction<'_>) -> Result<Option<i64>, Error> {
    let sql = "select seq from predictive_play.cursors where follower = $1 for no key update skip locked";
    let by_name: [(&(dyn postgres::types::ToSql + Sync), Type); 1] = [(&FOLLOWER, Type::TEXT)];
    if let Some(row) = tx.query_typed(sql, &by_name)?.first() {
        return Ok(Some(row.get(0)));
    }
    if tx.query_typed("select from predictive_play.cursors where follower = $1", &by_name)?.is_empty() {
        switches::make_cursor(tx)?;
        return Ok(Some(0));
    }
    Ok(None)
}

/// Moves the cursor to where the rows follower stands, and notes the events that entries between touched. At the beginning of the log every
/// event that somebody beside the old database tells of is one.
fn note_due(tx: &mut Transaction<'_>, from: i64) -> Result<(), Error> {
    let to = tx.query_typed_opt("select seq from predictive_play.cursors where follower = 'rows'", &[])?;
    let to: i64 = to.map_or(from, |row| row.get(0));
    if to <= from {
        return Ok(());
    }
    let touched = if from == 0 {
        "select distinct l.event_id from predictive_play.listings l where l.provider <> $3 and l.founded_seq > $1 and l.founded_seq <= $2"
    } else {
        "select distinct l.event_id from (
             select listing_id from predictive_play.blocks where seq > $1 and seq <= $2
             union select listing_id from predictive_play.facts where seq > $1 and seq <= $2
             union select listing_id from predictive_play.covers where seq > $1 and seq <= $2
             union select listing_id from predictive_play.sealed where last_seq > $1 and first_seq <= $2
             union select listing_id from predictive_play.decisions where seq > $1 and seq <= $2) touched
         join predictive_play.listings l on l.listing_id = touched.listing_id
         where exists (select from predictive_play.listings o where o.event_id = l.event_id and o.provider <> $3)"
    };
    let params: Params<'_> = vec![(&from, Type::INT8), (&to, Type::INT8), (&OLD_DATABASE, Type::TEXT)];
    let sql = format!("insert into predictive_play.old_due (event_id) {touched} on conflict (event_id) do nothing");
    tx.execute_typed(&sql, &params)?;
    tx.execute_typed(
        "update predictive_play.cursors set seq = $1, moved_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint where follower = $2",
        &[(&to, Type::INT8), (&FOLLOWER, Type::TEXT)],
    )?;
    Ok(())
}

/// Notes games that began within three days and whose lines were told since: that happens after the entries of the log went by.
fn note_begun(tx: &mut Transaction<'_>) -> Result<(), Error> {
    tx.batch_execute(
        "insert into predictive_play.old_due (event_id)
         select e.event_id from predictive_play.event_rows e
         where e.starts_at between (extract(epoch from clock_timestamp() - interval '3 days') * 1000000)::bigint
                 and (extract(epoch from clock_timestamp()) * 1000000)::bigint
             and e.is_history_due = 0 and e.kind = 'contest'
             and not exists (select from predictive_play.old_told t where t.event_id = e.event_id)
         on conflict (event_id) do nothing",
    )
}

/// Events of which something is to be written now.
fn due(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let sql = format!(
        "select event_id from predictive_play.old_due where not_before is null or not_before <= clock_timestamp()
         order by event_id limit {MOST_EVENTS}"
    );
    Ok(tx.query_typed(&sql, &[])?.iter().map(|row| row.get(0)).collect())
}

/// Takes out what was finished, puts off what has to wait, and notes whose lines were looked at.
fn settle(tx: &mut Transaction<'_>, events: &[String], left: &Left) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let finished: Vec<&String> = events.iter().filter(|event| !left.now.contains(*event) && !left.later.contains_key(*event)).collect();
    tx.execute_typed("delete from predictive_play.old_due where event_id = any($1)", &[(&finished, Type::TEXT_ARRAY)])?;
    for (event, secs) in left.later.iter().filter(|(event, _)| !left.now.contains(*event)) {
        tx.execute_typed(
            "update predictive_play.old_due set not_before = clock_timestamp() + make_interval(secs => $2) where event_id = $1",
            &[(event, Type::TEXT), (secs, Type::FLOAT8)],
        )?;
    }
    tx.execute_typed(
        "delete from predictive_play.old_told t using predictive_play.event_rows e
         where t.event_id = any($1) and e.event_id = t.event_id and e.is_history_due = 1",
        &[(&events, Type::TEXT_ARRAY)],
    )?;
    tx.execute_typed(
        "insert into predictive_play.old_told (event_id) select e.event_id from predictive_play.event_rows e
         where e.event_id = any($1) and e.is_history_due = 0 and e.starts_at <= (extract(epoch from clock_timestamp()) * 1000000)::bigint
         on conflict (event_id) do nothing",
        &[(&finished, Type::TEXT_ARRAY)],
    )?;
    Ok(())
}
