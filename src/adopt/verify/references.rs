//! Whatever refers to the old events, by a foreign key or by its name alone: each event that it names is there, and answers by its old id.

use std::collections::HashMap;

use serde::Serialize;
use store::adopted::{Outcome, old_row};

use super::Differences;
use crate::adopt::catalogue::Reference;
use crate::adopt::error::{AdoptError, Result};
use crate::adopt::layout::Layout;
use crate::adopt::places::Places;
use crate::adopt::references;
use crate::adopt::session::Session;
use crate::adopt::sql;

/// A column that refers to old events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReferenceCheck {
    /// Where it is (`public.predictions.event_id`).
    pub from: String,
    /// Whether a foreign key holds it.
    pub has_key: bool,
    /// Rows (of a list: entries) that refer to an event that is there and was taken over.
    pub alive: u64,
    /// Rows that refer to an event that is there and could not be taken over: the reason is in the account.
    pub refused: u64,
    /// Rows that refer to an event that others added since the last `adopt apply`.
    pub later: u64,
    /// Rows that refer to nothing.
    pub orphans: u64,
    /// Why it could not be looked at.
    pub failed: Option<String>,
}

/// A column to look at.
struct Column {
    schema: String,
    table: String,
    name: String,
    is_array: bool,
    has_key: bool,
}

const AT_ONCE: usize = 2000;

pub(super) fn check(
    session: &mut Session,
    places: &Places,
    layout: &Layout,
    keys: &[Reference],
    differences: &mut Differences,
) -> anyhow::Result<Vec<ReferenceCheck>> {
    let Some(events) = layout.events() else { return Ok(Vec::new()) };
    let mut checks = Vec::new();
    for column in columns(layout, keys, events) {
        let from = format!("{}.{}.{}", column.schema, column.table, column.name);
        let mut check = ReferenceCheck { from, has_key: column.has_key, ..ReferenceCheck::default() };
        match session.trying("looking at references", |session| named(session, &column, events)) {
            Ok(named) => count(places, events.1, &named, &mut check, differences)?,
            Err(error) => check.failed = Some(error.to_string()),
        }
        checks.push(check);
    }
    Ok(checks)
}

fn columns(layout: &Layout, keys: &[Reference], events: (&str, &str)) -> Vec<Column> {
    let to_events = keys.iter().filter(|key| (key.to_schema.as_str(), key.to_table.as_str()) == events && key.to_columns == ["id"]);
    let held = to_events.map(|key| Column {
        schema: key.from_schema.clone(),
        table: key.from_table.clone(),
        name: key.from_columns.concat(),
        is_array: false,
        has_key: true,
    });
    let loose = references::loose(layout, keys).into_iter().map(|loose| Column {
        schema: loose.schema,
        table: loose.table,
        name: loose.column,
        is_array: loose.is_array,
        has_key: false,
    });
    held.chain(loose.filter(|column| column.schema != "predictive_play")).collect()
}

/// Each id that is named: how often, and whether its event is there.
fn named(session: &mut Session, column: &Column, events: (&str, &str)) -> Result<Vec<(String, u64, bool)>> {
    let doing = format!("looking at what {}.{} refers to", column.table, column.name);
    let (from, name, to) = (sql::qualified(&column.schema, &column.table), sql::name(&column.name), sql::qualified(events.0, events.1));
    let ids = if column.is_array {
        format!("select held::text as id from {from} c, unnest(c.{name}) held where held is not null")
    } else {
        format!("select c.{name}::text as id from {from} c where c.{name} is not null")
    };
    let sql = format!("select n.id, count(*)::int8, count(e.id)::int8 from ({ids}) n left join {to} e on e.id::text = n.id group by 1");
    let rows = session.rows(&sql, &[], &doing)?;
    let read = |row: &postgres::Row| {
        let failed = || AdoptError::query(doing.clone());
        let rows: i64 = row.try_get(1).map_err(failed())?;
        Ok((row.try_get(0).map_err(failed())?, rows.unsigned_abs(), row.try_get::<_, i64>(2).map_err(failed())? > 0))
    };
    rows.iter().map(read).collect()
}

fn count(
    places: &Places,
    events: &str,
    named: &[(String, u64, bool)],
    check: &mut ReferenceCheck,
    differences: &mut Differences,
) -> anyhow::Result<()> {
    let added = added(places, events)?;
    for some in named.chunks(AT_ONCE) {
        let names: Vec<String> = some.iter().map(|(id, ..)| old_row(events, id)).collect();
        let accounted = places.store.accounted(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        for ((id, rows, is_there), name) in some.iter().zip(&names) {
            match (is_there, accounted.get(name)) {
                (true, Some(accounted)) if accounted.listing.is_some() => check.alive += rows,
                (true, Some(accounted)) if accounted.outcome == Outcome::Refused => check.refused += rows,
                (true, Some(_)) => {
                    check.refused += rows;
                    let why = "its account names no listing; run `adopt apply` again";
                    differences.add(format!("{events}/{id}"), format!("{rows} rows of {} refer to it", check.from), why);
                }
                (true, None) if added.contains_key(id) => check.alive += rows,
                (true, None) => check.later += rows,
                (false, _) => {
                    check.orphans += rows;
                    if added.get(id).is_some_and(|undone| undone == "removed") {
                        let why = "the rollback removed the event that it refers to; that must not happen";
                        differences.add(format!("{}={id}", check.from), format!("{rows} rows refer to nothing"), why);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Events that the follower added, and what a rollback did with them.
fn added(places: &Places, events: &str) -> Result<HashMap<String, String>> {
    if !places.has_ledger() {
        return Ok(HashMap::new());
    }
    let sql = "select row_key, coalesce(undone, '') from predictive_play.old_rows where old_table = $1 and is_added";
    let doing = "reading which events we added";
    let rows = places.open_ours()?.rows(sql, &[events], doing)?;
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
    rows.iter().map(|row| Ok((text(row, 0)?, text(row, 1)?))).collect()
}
