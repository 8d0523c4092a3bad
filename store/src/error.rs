//! What can go wrong at rest. Errors answer questions; nobody matches on an engine's codes outside this file.

use std::error::Error;

/// Something that the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused or failed.
    #[error("{doing}: {}", causes(&**source))]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What kind of failure it is.
        kind: Failure,
        /// The engine's own words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Stored bytes cannot be read.
    #[error("stored bytes of {what} cannot be read: {source}")]
    Damaged {
        /// Whose bytes.
        what: String,
        /// Where.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of the archive could not be read or written.
    #[error("{doing} {path}: {source}")]
    Archive {
        /// What was being done.
        doing: &'static str,
        /// To what, below the archive's folder.
        path: String,
        /// The system's own words.
        source: std::io::Error,
    },
    /// The bucket is away, or refuses.
    #[error("{doing} {name} in the bucket: {source}")]
    Bucket {
        /// What was being done.
        doing: &'static str,
        /// To what, below the bucket's prefix.
        name: String,
        /// The service's own words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A body's dictionary is not in the archive any more; the body is there and cannot be read without it.
    #[error(
        "{bundle} was packed with the dictionary {dictionary}, which is not in the archive: bring dictionaries/PROVIDER/ENDPOINT/{dictionary}.zdict back from a backup or the bucket"
    )]
    DictionaryLost {
        /// Its name: the first 16 bytes of its BLAKE3.
        dictionary: String,
        /// The bundle that needs it.
        bundle: String,
    },
    /// The address of a store that cannot be understood.
    #[error("store address {address:?} is not sqlite:PATH or postgres://...")]
    Address {
        /// The address, without password.
        address: String,
    },
    /// The address of a PostgreSQL database that cannot be understood, or a file that it names.
    #[error("the address of the database: {part} {reason}")]
    Connection {
        /// Which part of it, never a secret.
        part: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The login may not do what has to be done.
    #[error("the login lacks {right}; somebody who has it gives it with: {sql}")]
    Rights {
        /// The right, by its name in PostgreSQL.
        right: String,
        /// The statements that give it.
        sql: String,
    },
    /// The schema is of another version than this program knows.
    #[error("the store's schema is at version {found}, this program knows {known}: {advice}")]
    Schema {
        /// What is there.
        found: i64,
        /// What we know.
        known: i64,
        /// What to do.
        advice: &'static str,
    },
    /// Something asked for that is not there.
    #[error("no {what} {id}")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        id: String,
    },
}

/// What kind of failure an engine reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The connection is gone, or could not be made: later it may be there.
    Unreachable,
    /// Somebody else holds a lock: later it may be free.
    Busy,
    /// The store may be read only.
    ReadOnly,
    /// No room left.
    Full,
    /// What was to be written contradicts what is there, or is nothing that the engine keeps: the same again will fail again.
    Conflict,
    /// Anything else.
    Other,
}

impl StoreError {
    /// Whether the same again may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Engine { kind: Failure::Unreachable | Failure::Busy | Failure::Full, .. } | Self::Bucket { .. })
    }

    /// What failed, in few words: without what the engine says, which may name places that are nobody's business.
    #[must_use]
    pub fn in_short(&self) -> String {
        match self {
            Self::Engine { doing, kind, .. } => format!("{doing}: {}", kind.words()),
            other => other.to_string(),
        }
    }

    /// Whether somebody else held what was needed.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Engine { kind: Failure::Busy, .. })
    }

    /// Whether the connection has to be made anew.
    #[must_use]
    pub const fn is_disconnected(&self) -> bool {
        matches!(self, Self::Engine { kind: Failure::Unreachable, .. })
    }

    /// Whether the store can be read but not written.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        matches!(self, Self::Engine { kind: Failure::ReadOnly, .. })
    }

    /// Whether what was to be written contradicts what is stored.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Engine { kind: Failure::Conflict, .. })
    }

    /// Whether bytes of the archive are gone or damaged, so that reading them again gives the same.
    #[must_use]
    pub fn is_lost_for_good(&self) -> bool {
        match self {
            Self::Missing { .. } | Self::Damaged { .. } | Self::DictionaryLost { .. } => true,
            Self::Archive { source, .. } => {
                matches!(source.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData)
            }
            _ => false,
        }
    }

    /// Whether there is no room left.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Engine { kind, .. } => matches!(kind, Failure::Full),
            Self::Archive { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }

    /// Whether the archive or its bytes are at fault, and the database is well.
    pub(crate) const fn is_of_the_archive(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. } | Self::Damaged { .. } | Self::Archive { .. } | Self::Bucket { .. } | Self::DictionaryLost { .. }
        )
    }

    pub(crate) fn damaged(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Damaged { what: what.into(), source: source.into() }
    }
}

impl Failure {
    const fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "it does not answer",
            Self::Busy => "somebody else holds it, or it took too long",
            Self::ReadOnly => "it can only be read",
            Self::Full => "no room is left",
            Self::Conflict => "it contradicts what is there",
            Self::Other => "it failed",
        }
    }
}

/// What an engine's library calls every refusal of the server, which stands behind it.
const SAYS_NOTHING: &str = "db error";

/// An error with all that is behind it, in one line, each thing said once.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        next = error.source();
        let said = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let says_nothing = said == SAYS_NOTHING && next.is_some();
        if !says_nothing && !text.contains(&said) {
            text = if text.is_empty() { said } else { format!("{text}: {said}") };
        }
    }
    text
}

/// What fallible functions of this room give.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Said {
        said: &'static str,
        source: Option<Box<Said>>,
    }

    fn said(words: &[&'static str]) -> Option<Box<Said>> {
        let (said_first, behind) = words.split_first()?;
        Some(Box::new(Said { said: said_first, source: said(behind) }))
    }

    #[test]
    fn an_error_of_an_engine_tells_all_that_is_behind_it_once() {
        let error = |words: &[&'static str]| {
            let source = said(words).unwrap();
            StoreError::Engine { doing: "running a query", kind: Failure::Unreachable, source }
        };
        let told = |words: &[&'static str]| error(words).to_string();
        assert_eq!(told(&["db error", "ERROR: no such\nDETAIL: x"]), "running a query: ERROR: no such DETAIL: x");
        assert_eq!(told(&["no way", "no way: refused", "refused"]), "running a query: no way: no way: refused");
        assert_eq!(told(&["db error"]), "running a query: db error");
        assert_eq!(error(&["at db.example.com"]).in_short(), "running a query: it does not answer");
    }
}
