//! What stands in the way of the follower of the old tables: fields that somebody else writes, and what the old database refused.
//! The ledger is in the database of those tables, so only PostgreSQL has it.

use crate::error::Result;
use crate::store::Store;

/// A field of an old row that somebody else wrote after us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldConflict {
    /// The table.
    pub table: String,
    /// The row's key.
    pub row: String,
    /// The field: a column, or a column and a key inside it.
    pub field: String,
    /// What stands there, as JSON.
    pub theirs: String,
    /// What we would write, as JSON.
    pub ours: String,
}

/// What the old database would not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRefusal {
    /// The table.
    pub table: String,
    /// The row's key, or what the row would have been.
    pub subject: String,
    /// The reason that it gave last.
    pub reason: String,
}

const CONFLICTS: &str = "select old_table, row_key, field, coalesce(found::text, 'null'), coalesce(wanted::text, asked::text, 'null')
    from @old_fields where state = 'theirs' order by old_table, row_key, field limit $1";
const REFUSALS: &str = "select old_table, subject, reason from @old_refused order by old_table, subject limit $1";

impl Store {
    /// Fields of old rows that somebody else writes too, at most so many; none where there are no old tables.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn old_conflicts(&self, limit: i64) -> Result<Vec<OldConflict>> {
        self.of_the_ledger(CONFLICTS, limit, |[table, row, field, theirs, ours]| OldConflict { table, row, field, theirs, ours })
    }

    /// What the old database would not have, at most so much.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn old_refusals(&self, limit: i64) -> Result<Vec<OldRefusal>> {
        self.of_the_ledger(REFUSALS, limit, |[table, subject, reason]| OldRefusal { table, subject, reason })
    }

    fn of_the_ledger<T, const N: usize>(&self, sql: &'static str, limit: i64, of: impl Fn([String; N]) -> T) -> Result<Vec<T>> {
        if self.engine().name() != "postgres" {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            let mut found = Vec::new();
            connection.query(sql, &[limit.into()], &mut |row| {
                let mut texts = [const { String::new() }; N];
                for (at, text) in texts.iter_mut().enumerate() {
                    row.text(at)?.clone_into(text);
                }
                found.push(of(texts));
                Ok(())
            })?;
            Ok(found)
        })
    }
}
