//! What can go wrong while an old database is taken over, and whether asking again in the same way can help.

use std::path::Path;

/// The result of a step.
pub type Result<T, E = AdoptError> = std::result::Result<T, E>;

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// Asked for in a way that cannot work: an address, a setting, a target. Asking again changes nothing.
    #[error("{0}")]
    Usage(String),
    /// The server cannot be reached, or refuses us.
    #[error("connecting to {address}")]
    Connect {
        /// The address, without its password.
        address: String,
        /// What the client says.
        source: store::StoreError,
    },
    /// The server refused a statement.
    #[error("{doing}: {}", said(cause))]
    Query {
        /// What was being done.
        doing: String,
        /// What the server says.
        cause: postgres::Error,
    },
    /// A file or folder refused.
    #[error("{doing} {path}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// One of PostgreSQL's own programs failed.
    #[error("{program} {how}: {said}")]
    Program {
        /// Which one.
        program: String,
        /// How it ended (`ended with 1`, `was killed by signal 9`).
        how: String,
        /// The end of what it said.
        said: String,
    },
    /// A step that did not come to its end for a reason of its own.
    #[error("{0}")]
    Failed(String),
}

impl AdoptError {
    /// Whether only another way of asking helps.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_))
    }

    /// Whether somebody else held a lock for longer than we wait: the same may succeed later.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Query { cause, .. } => cause.code() == Some(&postgres::error::SqlState::LOCK_NOT_AVAILABLE),
            Self::Connect { source, .. } => source.is_retryable(),
            _ => false,
        }
    }

    /// Whether a disk was full.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == std::io::ErrorKind::StorageFull)
    }

    pub(crate) fn query(doing: impl Into<String>) -> impl FnOnce(postgres::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::Query { doing, cause }
    }

    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { doing, path, source }
    }
}

/// The server's own words, where it has some.
fn said(error: &postgres::Error) -> String {
    let Some(said) = error.as_db_error() else { return error.to_string() };
    let hint = said.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{}{hint}", said.message())
}
