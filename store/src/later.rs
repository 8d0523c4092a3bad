//! Rows that wait until the end of a follower's transaction, so that those of many listings are loaded together: a load of its own for each
//! of thousands of listings costs more than their rows.

use std::collections::BTreeMap;

use crate::engine::{Connection, Held, Param, Table};
use crate::error::Result;

/// Values that are held of one table, before they are loaded.
const MOST_VALUES: usize = 400_000;

/// Rows by the table that they wait for.
#[derive(Default)]
pub(crate) struct Later {
    waiting: BTreeMap<&'static str, (&'static Table, Vec<Held>)>,
}

impl Later {
    /// Takes rows, their values one after another in the order of the table's columns.
    pub(crate) fn add(&mut self, connection: &mut dyn Connection, table: &'static Table, values: &[Param<'_>]) -> Result<()> {
        let (_, held) = self.waiting.entry(table.name).or_insert_with(|| (table, Vec::new()));
        held.extend(values.iter().map(Held::of));
        if held.len() < MOST_VALUES { Ok(()) } else { self.load(connection, table) }
    }

    /// Loads what waits for a table.
    pub(crate) fn load(&mut self, connection: &mut dyn Connection, table: &Table) -> Result<()> {
        let Some((table, held)) = self.waiting.remove(table.name) else { return Ok(()) };
        let values: Vec<Param<'_>> = held.iter().map(Held::param).collect();
        connection.load(table, &values)
    }

    /// Loads all that waits.
    pub(crate) fn load_all(&mut self, connection: &mut dyn Connection) -> Result<()> {
        let tables: Vec<&'static Table> = self.waiting.values().map(|(table, _)| *table).collect();
        tables.into_iter().try_for_each(|table| self.load(connection, table))
    }
}
