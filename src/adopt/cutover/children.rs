//! Rows of a table that point to old events.
//!
//! Where the table has an index that begins with `event_id` they are asked for by it. Where it has none, each question would read the whole
//! table: then it is read once a turn, for all events whose turn it can be, and only which rows there are is kept. What is in them is
//! read by their keys, at every step.

use std::collections::{BTreeMap, HashMap};

use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value};

use super::batch::Params;
use super::old_table::{OldTable, quote};
use super::{MOST_EVENTS, MOST_STEPS};

/// Rows by the event that they point to.
pub(super) type ByEvent = HashMap<String, Vec<Map<String, Value>>>;

/// What was found in tables without an index, for the length of a turn.
#[derive(Debug, Default)]
pub(super) struct Children {
    /// By table and event the keys of rows; an event that was looked for and has none is here too.
    found: HashMap<String, BTreeMap<String, Vec<String>>>,
}

impl Children {
    /// A new turn: others may have written.
    pub(super) fn forget(&mut self) {
        self.found.clear();
    }

    /// A row that we added: it points to an event.
    pub(super) fn add(&mut self, table: &OldTable, event: &str, key: &str) {
        if let Some(keys) = self.found.get_mut(&table.name).and_then(|events| events.get_mut(event)) {
            keys.push(key.to_owned());
        }
    }

    /// The rows of a table that point to these events, in the order of their keys.
    pub(super) fn of(&mut self, tx: &mut Transaction<'_>, table: &OldTable, events: &[&str], events_table: &str) -> Result<ByEvent, Error> {
        if table.finds_by_event {
            return by_event(tx, table, events);
        }
        let is_known = |found: &BTreeMap<String, Vec<String>>| events.iter().all(|event| found.contains_key(*event));
        if !self.found.get(&table.name).is_some_and(is_known) {
            let found = look(tx, table, events, events_table)?;
            self.found.entry(table.name.clone()).or_default().extend(found);
        }
        let found = self.found.get(&table.name);
        let keys: Vec<&String> = events.iter().filter_map(|event| found?.get(*event)).flatten().collect();
        by_key(tx, table, &keys)
    }
}

fn by_event(tx: &mut Transaction<'_>, table: &OldTable, events: &[&str]) -> Result<ByEvent, Error> {
    let which = format!("t.event_id = any(array(select {} from unnest($1::text[]) k))", table.typed("event_id", "k"));
    read(tx, table, &which, &[(&events, Type::TEXT_ARRAY)])
}

fn by_key(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&String]) -> Result<ByEvent, Error> {
    if keys.is_empty() {
        return Ok(ByEvent::new());
    }
    let which = format!("t.{} = any(array(select {} from unnest($1::text[]) k))", quote(&table.key), table.keyed("k"));
    read(tx, table, &which, &[(&keys, Type::TEXT_ARRAY)])
}

fn read(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    which: &str,
    params: &[(&(dyn postgres::types::ToSql + Sync), Type)],
) -> Result<ByEvent, Error> {
    let sql =
        format!("select t.event_id::text, to_jsonb(t)::text from {} t where {which} order by t.{}", table.quoted(), quote(&table.key));
    let mut rows = ByEvent::new();
    for row in &tx.query_typed(&sql, params)? {
        let Some(event) = row.get::<_, Option<String>>(0) else { continue };
        rows.entry(event).or_default().push(serde_json::from_str(row.get(1)).expect("the server's own JSON of a row"));
    }
    Ok(rows)
}

/// Reads the whole table once: for these events, and for those that come next.
fn look(tx: &mut Transaction<'_>, table: &OldTable, events: &[&str], events_table: &str) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut wanted = next(tx, events_table)?;
    wanted.extend(events.iter().map(|event| (*event).to_owned()));
    // as texts: the migration may have left the two columns with different types
    let sql = format!(
        "select t.event_id::text, t.{}::text from {} t join (select distinct k from unnest($1::text[]) k) k on k.k = t.event_id::text",
        quote(&table.key),
        table.quoted(),
    );
    let rows = tx.query_typed(&sql, &[(&wanted, Type::TEXT_ARRAY)])?;
    let mut found: BTreeMap<String, Vec<String>> = wanted.into_iter().map(|event| (event, Vec::new())).collect();
    for row in &rows {
        if let Some(keys) = found.get_mut(row.get::<_, &str>(0)) {
            keys.push(row.get(1));
        }
    }
    Ok(found)
}

/// The rows of the events that a turn can come to.
fn next(tx: &mut Transaction<'_>, events_table: &str) -> Result<Vec<String>, Error> {
    let most = MOST_EVENTS * i64::try_from(MOST_STEPS).unwrap_or_default();
    let params: Params<'_> = vec![(&events_table, Type::TEXT), (&most, Type::INT8)];
    let rows = tx.query_typed(
        "with due as (select event_id from predictive_play.old_due where not_before is null or not_before <= clock_timestamp() order by event_id limit $2)
         select substr(a.old_row, length(a.old_table) + 2) from due d join predictive_play.listings l on l.event_id = d.event_id
             join predictive_play.adopted_rows a on a.listing_id = l.listing_id
         where a.old_table = $1 and a.outcome in ('adopted', 'joined')
         union select o.row_key from due d join predictive_play.old_rows o on o.event_id = d.event_id
         where o.old_table = $1 and o.is_added and o.undone is null",
        &params,
    )?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
