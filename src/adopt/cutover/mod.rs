//! Cut over: the old tables become one more follower of the log. They stay where they are, in their own columns and spelling; what we write
//! is in a ledger beside them, what others write is never overwritten.

mod events;
pub mod old_table;
pub mod proof;
pub mod reconcile;
pub mod spelling;
pub mod undo;
pub mod write;

use postgres::types::Type;
use postgres::{Client, Error, Transaction};

use self::events::Words;
use self::old_table::OldTable;
use self::write::Done;

/// The provider whose listings are the rows of the old database.
pub const OLD_DATABASE: &str = providers::legacy::KEY;

/// The name of the follower's cursor.
pub const FOLLOWER: &str = "old_tables";

/// Events in one transaction: no old row is held for long.
const MOST_EVENTS: i64 = 50;

/// The follower of the old tables.
pub struct Cutover {
    events_table: String,
    words: Option<Words>,
}

/// What a turn did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Turn {
    /// What was written.
    #[serde(flatten)]
    pub done: Done,
    /// Events that were looked at.
    pub events: u64,
    /// Whether there is more to look at now.
    pub is_behind: bool,
}

impl Cutover {
    /// A follower that writes into a table of events in schema `public`.
    #[must_use]
    pub fn of(events_table: &str) -> Self {
        Self { events_table: events_table.to_owned(), words: None }
    }

    /// Reads the log on up to where the rows follower stands, and writes what is due: one short transaction. Killed anywhere, it was not.
    ///
    /// # Errors
    /// What the server reports: a lock that was not to be had in time among it. The next turn tries again.
    pub fn turn(&mut self, client: &mut Client) -> Result<Turn, Error> {
        let mut tx = client.transaction()?;
        tx.batch_execute("set local lock_timeout = '2s'; set local statement_timeout = '30s'; set local timezone = 'UTC'")?;
        let Some(table) = OldTable::look(&mut tx, &self.events_table)? else { return Ok(Turn::default()) };
        note_due(&mut tx)?;
        let events = due(&mut tx)?;
        let words = match &self.words {
            Some(words) => words,
            None => self.words.insert(Words::read(&mut tx, &table)?),
        };
        let mut turn = Turn { events: events.len() as u64, is_behind: events.len() as i64 == MOST_EVENTS, done: Done::default() };
        let wanted = events::wanted(&mut tx, &table, words, &events)?;
        let later = write::write(&mut tx, &table, &wanted, &mut turn.done)?;
        let finished: Vec<&String> = events.iter().filter(|event| !later.contains(event)).collect();
        tx.execute_typed("delete from predictive_play.old_due where event_id = any($1)", &[(&finished, Type::TEXT_ARRAY)])?;
        tx.commit()?;
        Ok(turn)
    }
}

/// Moves the cursor to where the rows follower stands, and notes the events that entries between touched.
fn note_due(tx: &mut Transaction<'_>) -> Result<(), Error> {
    tx.batch_execute(&format!(
        "insert into predictive_play.cursors (follower, seq, moved_at) values ('{FOLLOWER}', 0, 0) on conflict (follower) do nothing"
    ))?;
    let from: i64 =
        tx.query_typed_one("select seq from predictive_play.cursors where follower = $1 for update", &[(&FOLLOWER, Type::TEXT)])?.get(0);
    let to = tx.query_typed_opt("select seq from predictive_play.cursors where follower = 'rows'", &[])?;
    let to: i64 = to.map_or(from, |row| row.get(0));
    if to <= from {
        return Ok(());
    }
    let span: [(&(dyn postgres::types::ToSql + Sync), Type); 2] = [(&from, Type::INT8), (&to, Type::INT8)];
    tx.execute_typed(
        "insert into predictive_play.old_due (event_id)
         select distinct l.event_id from (
             select listing_id from predictive_play.blocks where seq > $1 and seq <= $2
             union select listing_id from predictive_play.facts where seq > $1 and seq <= $2
             union select listing_id from predictive_play.covers where seq > $1 and seq <= $2) touched
         join predictive_play.listings l on l.listing_id = touched.listing_id
         on conflict (event_id) do nothing",
        &span,
    )?;
    tx.execute_typed(
        "update predictive_play.cursors set seq = $1, moved_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint where follower = $2",
        &[(&to, Type::INT8), (&FOLLOWER, Type::TEXT)],
    )?;
    Ok(())
}

/// Events of which something is to be written, those of rows that were written within the last minute left out.
fn due(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let sql = format!(
        "select d.event_id from predictive_play.old_due d where not exists (
             select from predictive_play.old_rows r where r.event_id = d.event_id and r.undone is null
             and r.written_at > clock_timestamp() - interval '{} seconds') order by d.event_id limit {MOST_EVENTS}",
        write::PACE_SECS
    );
    Ok(tx.query_typed(&sql, &[])?.iter().map(|row| row.get(0)).collect())
}
