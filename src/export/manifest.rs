//! What an export says of itself: which days it holds, up to which entry of the log each is complete, and every file with its hash.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use odds::Moment;
use serde::{Deserialize, Serialize};
use tables::SCHEMA_VERSION;

/// Where the manifest lies in an export.
pub const MANIFEST: &str = "manifest.json";

/// What an export holds. It is written after the files that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the schema of `docs/tables.md`.
    pub schema_version: u32,
    /// The program that wrote it last.
    pub program: String,
    /// `parquet`, `csv` or `arrow`.
    pub format: String,
    /// The moment of the world as of which it speaks; absent where it is appended to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// The moment by which its entries were recorded; absent where it is appended to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Moment>,
    /// The entry of the log up to which the last run read.
    pub seq: i64,
    /// The reply of that entry: two stores differ in it.
    pub reply: Option<String>,
    /// Days by `sport=SPORT/day=DAY`.
    pub days: BTreeMap<String, Day>,
    /// Files by their place.
    pub files: BTreeMap<String, Kept>,
}

/// A day of a sport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The entry of the log up to which it is complete.
    pub seq: i64,
    /// Whether it was over when it was written: until something more is recorded of it, it stays as it is.
    pub is_over: bool,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its rows.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3, in hexadecimal.
    pub blake3: String,
}

impl Manifest {
    /// An export without files.
    #[must_use]
    pub fn new(format: &str, as_of: Option<Moment>, known_at: Option<Moment>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            format: format.to_owned(),
            as_of,
            known_at,
            seq: 0,
            reply: None,
            days: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(bytes: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(bytes).with_context(|| format!("{MANIFEST} of the export cannot be read; take another folder"))
    }

    /// Whether this export can be gone on with; every file is to be written again where another program, or another schema, wrote it.
    ///
    /// # Errors
    /// Where it is of another format or of another moment.
    pub fn goes_on(&self, wished: &Self) -> anyhow::Result<bool> {
        if self.format != wished.format {
            bail!("the folder holds an export in {}, not in {}: take another folder", self.format, wished.format);
        }
        if (self.as_of, self.known_at) != (wished.as_of, wished.known_at) {
            bail!("the folder holds an export as of another moment ({}): take another folder", self.moment());
        }
        Ok(self.schema_version == wished.schema_version && self.program == wished.program)
    }

    fn moment(&self) -> String {
        let told = |name: &str, at: Option<Moment>| at.map(|at| format!("{name} {at}"));
        let moments: Vec<String> = [told("as of", self.as_of), told("known at", self.known_at)].into_iter().flatten().collect();
        if moments.is_empty() { "that goes on with the log".to_owned() } else { moments.join(", ") }
    }

    /// As it is written.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn text(&self) -> anyhow::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self).context("writing the manifest")?;
        text.push(b'\n');
        Ok(text)
    }
}
