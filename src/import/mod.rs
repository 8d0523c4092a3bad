//! Import: tables that people already have, as another `collect`. A file is cut into chunks, each a reply of the provider `import` with its
//! mapping inside, so that the log can be made again from the archive alone. The same file twice is the same replies twice.

pub mod cut;
pub mod propose;
pub mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::Context;
use odds::reply::Reply;
use providers::import::{ENDPOINT, KEY, Mapping};
use serde_json::Value;

use crate::pending::LEFT;
use crate::record::Recorder;
use crate::replay::{Stored, read};
use cut::Chunk;
use summary::Summary;

/// Chunks, and bytes of them, that are recorded in one go.
const TOGETHER: usize = 512;
const MOST_BYTES: usize = 64 << 20;

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
                Sent::Chunks(mut chunks) => {
                    chunks.iter_mut().for_each(|chunk| summary.add(std::mem::take(&mut chunk.told)));
                    if let Some(recorder) = recorder {
                        record(recorder, &chunks, &mut summary)?;
                    }
                }
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
            if waiting.len() < TOGETHER && bytes < MOST_BYTES {
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

fn record(recorder: &Recorder, chunks: &[Chunk], summary: &mut Summary) -> anyhow::Result<()> {
    let headers = BTreeMap::new();
    let replies: Vec<Reply<'_>> = chunks.iter().map(|chunk| chunk.reply(&headers)).collect();
    for recorded in recorder.take(&replies, None).context("recording rows")? {
        anyhow::ensure!(recorded.verdict.is_good(), "a chunk of rows cannot be read: {}", recorded.verdict.reason());
        anyhow::ensure!(!recorded.is_left, "{LEFT}");
        summary.counts.add(&recorded.counts);
        if recorded.seq.is_some() { summary.recorded += 1 } else { summary.known += 1 }
    }
    Ok(())
}

/// The reply's provider and endpoint.
pub(crate) const OF: (&str, &str) = (KEY, ENDPOINT);
