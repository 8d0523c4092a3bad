//! Import: tables that people already have, as another `collect`. A file is cut into chunks, each a reply of the provider `import` with its
//! mapping inside, so that the log can be made again from the archive alone. The same file twice is the same replies twice.

mod bounded;
pub mod cut;
mod parquet;
pub mod propose;
mod run;
pub mod summary;
pub mod table;
mod workbook;

use std::path::{Path, PathBuf};

use anyhow::Context;
use providers::import::{ENDPOINT, KEY, Mapping};
use serde_json::Value;

use crate::record::Recorder;
use crate::replay::{Stored, read};
use cut::Chunk;
use run::{Group, Line};
use summary::Summary;
use table::Wanted;

/// A mapping with its canonical form, which goes with every chunk.
#[derive(Debug, Clone)]
pub struct Known {
    /// As it is read.
    pub mapping: Mapping,
    /// As it is kept.
    pub value: Value,
}

/// Reads a mapping's text.
///
/// # Errors
/// What is wrong with it, where, and what would be right: one line each.
pub fn mapping(text: &str) -> Result<Known, String> {
    let mapping: Mapping = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    let complaints = mapping.complaints();
    if !complaints.is_empty() {
        return Err(complaints.join("\n"));
    }
    let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let value = serde_json::to_value(table).map_err(|error| error.to_string())?;
    Ok(Known { mapping, value })
}

/// What becomes of a run.
pub trait Watch: Send {
    /// A file that cannot be taken, and why.
    fn bad(&mut self, wrong: &str);
    /// A file is done.
    fn file(&mut self, summary: &Summary);
    /// Whether somebody asked to stop.
    fn is_stopped(&self) -> bool;
}

/// Reads files; with a recorder, records them too. What is in already changes nothing.
///
/// # Errors
/// What the store or the archive report; what was recorded by then stays, and another run goes on from there.
pub fn import(files: &[PathBuf], known: &Known, recorder: Option<&Recorder>, watch: &mut dyn Watch) -> anyhow::Result<Summary> {
    run::take(recorder, watch, |line| read_all(files, known, line))
}

/// Feeds the chunks of all files; ends early, and says so, where no more is wanted.
fn read_all(files: &[PathBuf], known: &Known, line: &mut Line<'_>) -> bool {
    let mut group = Group::default();
    for file in files {
        let mut is_wanted = true;
        let read = read_file(file, known, &mut |chunk| {
            group.add(chunk);
            is_wanted = !group.is_full() || line.send(std::mem::take(&mut group));
            is_wanted
        });
        if !is_wanted {
            return false;
        }
        group.end_file(read.map_err(|wrong| format!("{wrong:#}")));
    }
    line.send(group);
    true
}

fn read_file(file: &Path, known: &Known, on_chunk: &mut dyn FnMut(Chunk) -> bool) -> anyhow::Result<()> {
    read(file, &mut |stored: Stored| {
        let name = stored.name.clone();
        let cut = cut::cut(stored, known, &mut |chunk| {
            anyhow::ensure!(on_chunk(chunk), "stopped");
            Ok(())
        });
        cut.with_context(|| name)
    })
}

/// Proposes a mapping for the first table of a file.
///
/// # Errors
/// Where it is no table that we read.
pub fn propose(file: &Path) -> anyhow::Result<Option<String>> {
    let mut first = None;
    read(file, &mut |stored: Stored| {
        let name = cut::plain_name(&stored.name);
        table::tables(&name, stored.body, Wanted { at: None, sheet: Some("*") }, &mut |table| {
            if first.is_none() {
                let (header, rows) = table::head(table, SHOWN)?;
                first = Some(propose::propose("mine", &header, &rows));
            }
            Ok(())
        })
    })?;
    Ok(first)
}

/// Rows that a proposal looks at.
const SHOWN: usize = 200;

/// The reply's provider and endpoint.
pub(crate) const OF: (&str, &str) = (KEY, ENDPOINT);
