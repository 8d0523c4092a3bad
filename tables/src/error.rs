//! What can go wrong when history becomes tables.

use store::StoreError;

/// What can go wrong when history becomes tables.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The store could not be read.
    #[error("reading history")]
    Store(#[from] StoreError),
    /// What was read could not be put into columns or written.
    #[error("making columns of the table {table}")]
    Columns {
        /// The table.
        table: &'static str,
        /// What was wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Whoever takes the rows wants no more.
    #[error("nobody takes the rows any more")]
    NotWanted,
}

/// The result of making tables.
pub type Result<T> = std::result::Result<T, TablesError>;

impl TablesError {
    /// Columns of a table that could not be made or written.
    pub fn columns(table: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Columns { table, source: source.into() }
    }

    /// Whether the reader went away: nobody needs to be told.
    #[must_use]
    pub const fn is_not_wanted(&self) -> bool {
        matches!(self, Self::NotWanted)
    }
}
