//! Which tables stand where: the old events and what belongs to them, found by name and column, whatever else was done to them.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Column, Table};
use super::sql;

/// Columns that a table of events has in every shape.
const OF_EVENTS: [&str; 4] = ["id", "home_team", "away_team", "start_time"];

/// Tables with their columns.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    tables: BTreeMap<(String, String), BTreeMap<String, String>>,
    events: Option<(String, String)>,
}

impl Layout {
    /// Of what the catalogue tells. Of several tables of events, the one with most of the known columns, then most rows, holds them.
    pub fn of(tables: &[Table], columns: &[Column]) -> Self {
        let mut found: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
        for table in tables.iter().filter(|table| table.holds_rows()) {
            found.entry((table.schema.clone(), table.name.clone())).or_default();
        }
        for column in columns {
            if let Some(known) = found.get_mut(&(column.schema.clone(), column.table.clone())) {
                known.insert(column.name.clone(), column.kind.clone());
            }
        }
        let rows = |key: &(String, String)| {
            let table = tables.iter().find(|table| (&table.schema, &table.name) == (&key.0, &key.1));
            table.and_then(|table| table.rows).unwrap_or_default()
        };
        let holds = |columns: &BTreeMap<String, String>| OF_EVENTS.iter().all(|name| columns.contains_key(*name));
        let is_events = |name: &str| name.starts_with("sports_events");
        let candidates = found.iter().filter(|((_, name), columns)| is_events(name) && holds(columns));
        let events = candidates.max_by_key(|(key, columns)| (columns.contains_key("odds"), rows(key), key.1 == "sports_events"));
        let events = events.map(|(key, _)| key.clone());
        Self { tables: found, events }
    }

    /// Schema and name of the table that holds the events.
    pub fn events(&self) -> Option<(&str, &str)> {
        self.events.as_ref().map(|(schema, name)| (schema.as_str(), name.as_str()))
    }

    /// Columns of the events; empty where there is no such table.
    pub fn event_columns(&self) -> BTreeSet<&str> {
        let columns = self.events.as_ref().and_then(|key| self.tables.get(key));
        columns.map(|columns| columns.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The name of a neighbour of the events, as it stands in a statement, where it has these columns.
    pub fn neighbour(&self, table: &str, columns: &[&str]) -> Option<String> {
        let schema = &self.events.as_ref()?.0;
        let known = self.tables.get(&(schema.clone(), table.to_owned()))?;
        columns.iter().all(|column| known.contains_key(*column)).then(|| sql::qualified(schema, table))
    }

    /// Names of the tables beside the events.
    pub fn neighbours(&self) -> BTreeSet<&str> {
        let Some((schema, _)) = self.events() else { return BTreeSet::new() };
        self.tables.keys().filter(|(of, _)| of == schema).map(|(_, name)| name.as_str()).collect()
    }

    /// Every column with its type: schema, table, column, type.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str, &str, &str)> {
        self.tables.iter().flat_map(|((schema, table), columns)| {
            columns.iter().map(move |(column, kind)| (schema.as_str(), table.as_str(), column.as_str(), kind.as_str()))
        })
    }
}
