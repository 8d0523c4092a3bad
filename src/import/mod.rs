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
use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::Context;
use providers::import::{ENDPOINT, KEY, Mapping};
use serde_json::Value;

use crate::record::Recorder;
use crate::replay::{Stored, read};
use cut::Chunk;
use summary::Summary;
use table::Wanted;

/// Bytes of chunks that go through the route at a time.
const MOST_BYTES: usize = 32 << 20;

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

/// What the reading side sends.
enum Sent {
    Chunks(Vec<Chunk>),
    Bad(String),
    File,
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
    let mut summary = Summary::default();
    std::thread::scope(|scope| {
        let (to_recorder, read) = sync_channel(1);
        let reading = scope.spawn(move || read_all(files, known, &to_recorder));
        for sent in read {
            if watch.is_stopped() {
                summary.is_stopped = true;
                break;
            }
            match sent {
                Sent::Bad(wrong) => {
                    summary.bad += 1;
                    watch.bad(&wrong);
                }
                Sent::File => {
                    summary.files += 1;
                    watch.file(&summary);
                }
                Sent::Chunks(chunks) => match recorder {
                    Some(recorder) => run::record(recorder, &chunks, &mut summary)?,
                    None => run::look(&chunks, &mut summary),
                },
            }
        }
        reading.join().expect("reading does not panic");
        Ok(summary)
    })
}

/// Sends the chunks of all files; ends early where nobody listens any more.
fn read_all(files: &[PathBuf], known: &Known, to_recorder: &SyncSender<Sent>) {
    let (mut waiting, mut bytes) = (Vec::new(), 0);
    for file in files {
        let mut on_chunk = |chunk: Chunk| {
            bytes += chunk.body.len();
            waiting.push(chunk);
            if bytes < MOST_BYTES {
                return true;
            }
            bytes = 0;
            to_recorder.send(Sent::Chunks(std::mem::take(&mut waiting))).is_ok()
        };
        let wrong = read_file(file, known, &mut on_chunk).err();
        let is_last = Some(file) == files.last();
        if is_last && !waiting.is_empty() && to_recorder.send(Sent::Chunks(std::mem::take(&mut waiting))).is_err() {
            return;
        }
        let sent = wrong.map_or(Sent::File, |wrong| Sent::Bad(format!("{wrong:#}")));
        if to_recorder.send(sent).is_err() {
            return;
        }
    }
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
