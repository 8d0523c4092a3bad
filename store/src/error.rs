//! What can go wrong at rest. Errors answer questions; nobody matches on an engine's codes outside this file.

use std::error::Error;

/// Something that the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused or failed.
    #[error("{doing}: {source}")]
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
    /// What was to be written contradicts what is there: the same again will fail again.
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

/// What fallible functions of this room give.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
