//! What a backup says of itself: every file with its hash, every table with its content, and the canonical dump of the whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use odds::Moment;
use serde::{Deserialize, Serialize};
use store::copy::Contents;

/// The only form there is so far.
const FORM: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";

/// What a backup holds. It is written last: a folder without it is no backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the backup.
    pub form: u32,
    /// When it was made.
    pub made_at: Moment,
    /// The program that made it.
    pub program: String,
    /// The engine of the store that it is of.
    pub engine: String,
    /// The last entry of the log.
    pub seq: i64,
    /// The version of the schema.
    pub schema: i64,
    /// BLAKE3 of the canonical dump, in hexadecimal.
    pub dump: String,
    /// What each table held, read in one snapshot of the store.
    pub tables: Contents,
    /// Every file below the folder: the database, and the archive.
    pub files: BTreeMap<String, Kept>,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3, in hexadecimal.
    pub hash: String,
}

impl Kept {
    /// What a file holds now.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let (mut file, mut hasher, mut bytes) = (File::open(path)?, blake3::Hasher::new(), 0);
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(Self { bytes, hash: hasher.finalize().to_hex().to_string() }),
                n => {
                    hasher.update(&piece[..n]);
                    bytes += n as u64;
                }
            }
        }
    }
}

impl Manifest {
    pub(super) fn new(made_at: Moment, engine: &str, seq: i64, schema: i64) -> Self {
        let program = format!("predictive-play {}", env!("CARGO_PKG_VERSION"));
        let (dump, tables, files) = Default::default();
        Self { form: FORM, made_at, program, engine: engine.to_owned(), seq, schema, dump, tables, files }
    }

    /// The manifest of a backup.
    ///
    /// # Errors
    /// Where there is none, or one of another form.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).with_context(|| format!("{} is no backup: reading {MANIFEST}", folder.display()))?;
        let manifest: Self = serde_json::from_slice(&text).with_context(|| format!("understanding {}", path.display()))?;
        ensure!(manifest.form == FORM, "the backup is of form {}, this program knows {FORM}", manifest.form);
        Ok(manifest)
    }
}

/// Every file below a folder, by its path from there, sorted; what is being written just now is left out.
///
/// # Errors
/// Where a folder cannot be read.
pub(super) fn files_below(folder: &Path) -> anyhow::Result<Vec<String>> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = folders.pop() {
        let path = folder.join(&below);
        let entries = match std::fs::read_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && below == Path::new("") => return Ok(found),
            other => other.with_context(|| format!("listing {}", path.display()))?,
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("listing {}", path.display()))?;
            let name = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else if !name.extension().is_some_and(|extension| extension.to_string_lossy().starts_with("partial-")) {
                found.push(name.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
