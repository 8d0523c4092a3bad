//! What lies beside a dump: what is in it, table by table, and the proof that it was restored. A folder without one is no backup.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::compare::ObjectKey;
use super::content::{Content, Sequence};
use super::error::{AdoptError, Result};
use super::objects::{Object, Role};

/// The file's name in the folder of a backup.
pub const MANIFEST: &str = "manifest.json";
/// The dump's name beside it.
pub const DUMP: &str = "old.dump";
const FORMAT: u32 = 1;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this file's own shape.
    pub format: u32,
    /// When the snapshot was taken.
    pub made_at: String,
    /// The name of the database.
    pub database: String,
    /// The server's version.
    pub server_version: String,
    /// What dumped it.
    pub pg_dump: String,
    /// The snapshot that dump, counts and hashes share.
    pub snapshot: String,
    /// Bytes of the dump.
    pub dump_bytes: u64,
    /// BLAKE3 of the dump, in hexadecimal.
    pub dump_blake3: String,
    /// How the tables' hashes were made.
    pub hash_method: String,
    /// Schemas that were left out because that was asked for.
    pub without_schemas: Vec<String>,
    /// Each table's rows and hash.
    pub tables: Vec<Content>,
    /// How far each sequence had counted.
    pub sequences: Vec<Sequence>,
    /// Everything that is not a row.
    pub objects: Vec<Object>,
    /// Roles that owners, grants and policies name.
    pub roles: Vec<Role>,
    /// The proof.
    pub restored: Restored,
}

/// How the backup was proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When.
    pub at: String,
    /// Where.
    pub into: String,
    /// Tables whose count and hash came back equal: all.
    pub tables: usize,
    /// Rows in them.
    pub rows: u64,
    /// Objects that came back equal: all but those that `not_valid` lists.
    pub objects: usize,
    /// Foreign keys that rows of the old database violate: put back as `not valid`.
    pub not_valid: Vec<NotValid>,
    /// Roles that were made there.
    pub roles_made: Vec<String>,
    /// Extensions that are not to be had there, and what was made in their place.
    pub stood_in: Vec<String>,
}

/// A foreign key that the old database holds and its own rows violate. It guards new rows; no server would accept it over these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotValid {
    /// Which one.
    pub constraint: ObjectKey,
    /// The table, quoted.
    pub table: String,
    /// The constraint's own name.
    pub name: String,
    /// Its definition.
    pub definition: String,
}

impl Manifest {
    /// The version of this file's own shape that this program writes.
    pub const FORMAT: u32 = FORMAT;

    /// Writes it into a folder, to the disk.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(MANIFEST);
        let text = serde_json::to_vec_pretty(self).map_err(|error| AdoptError::Failed(format!("writing the manifest: {error}")))?;
        let written = || {
            let mut file = std::fs::File::create(&path)?;
            file.write_all(&text)?;
            file.sync_all()
        };
        written().map_err(AdoptError::file("writing", &path))
    }

    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// [`AdoptError::Usage`] where the folder is no backup.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let refused = |why: String| AdoptError::Usage(format!("{} is no backup: {why}", folder.display()));
        let text = std::fs::read(&path).map_err(|error| refused(format!("{MANIFEST}: {error}")))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| refused(format!("{MANIFEST}: {error}")))?;
        if manifest.format != FORMAT {
            return Err(refused(format!("its manifest is of format {}, this program reads {FORMAT}", manifest.format)));
        }
        Ok(manifest)
    }

    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}
