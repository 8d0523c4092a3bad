//! What refers to what: foreign keys, and columns that refer by their name alone because the key was never made or was lost.

use serde::Serialize;

use super::catalogue::Reference;
use super::layout::Layout;
use super::sql;

/// A column that refers to events without a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loose {
    /// Its schema.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// Whether it holds many ids.
    pub is_array: bool,
}

/// Columns of uuids whose name speaks of events, and that no foreign key holds.
pub fn loose(layout: &Layout, references: &[Reference]) -> Vec<Loose> {
    let is_held = |schema: &str, table: &str, column: &str| {
        references
            .iter()
            .any(|key| key.from_schema == schema && key.from_table == table && key.from_columns.iter().any(|name| name == column))
    };
    let speaks_of_events = |column: &str| column == "event_id" || column.ends_with("_event_id") || column.ends_with("event_ids");
    let found = layout.columns().filter(|(schema, table, column, kind)| {
        speaks_of_events(column)
            && matches!(*kind, "uuid" | "uuid[]")
            && layout.events() != Some((schema, table))
            && !is_held(schema, table, column)
    });
    found
        .map(|(schema, table, column, kind)| Loose {
            schema: schema.to_owned(),
            table: table.to_owned(),
            column: column.to_owned(),
            is_array: kind == "uuid[]",
        })
        .collect()
}

/// The query that lists rows of a foreign key whose target is not there.
pub fn orphans_of(key: &Reference) -> String {
    let from = sql::qualified(&key.from_schema, &key.from_table);
    let to = sql::qualified(&key.to_schema, &key.to_table);
    let pairs: Vec<String> = key
        .from_columns
        .iter()
        .zip(&key.to_columns)
        .map(|(from, to)| format!("target.{} = child.{}", sql::name(to), sql::name(from)))
        .collect();
    let set: Vec<String> = key.from_columns.iter().map(|column| format!("child.{} is not null", sql::name(column))).collect();
    format!(
        "select child.* from {from} as child where {} and not exists (select from {to} as target where {})",
        set.join(" and "),
        pairs.join(" and ")
    )
}

/// The query that lists rows of a loose column whose event is not there.
pub fn orphans_of_loose(loose: &Loose, events: (&str, &str)) -> String {
    let (from, to, column) = (sql::qualified(&loose.schema, &loose.table), sql::qualified(events.0, events.1), sql::name(&loose.column));
    let missing = |id: &str| format!("not exists (select from {to} as target where target.\"id\" = {id})");
    if loose.is_array {
        let lost = missing("held");
        return format!("select child.* from {from} as child where exists (select from unnest(child.{column}) as held where {lost})");
    }
    format!("select child.* from {from} as child where child.{column} is not null and {}", missing(&format!("child.{column}")))
}
