//! Chunks through the route: read, archived and recorded beside each other, in their order.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::Context;
use odds::Moment;
use odds::ReplyId;
use odds::keepable::may_hold_nul;
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use providers::Provider;
use providers::import::Import;
use store::Arrived;

use super::cut::Chunk;
use super::summary::{Summary, Told};
use crate::pending::LEFT;
use crate::record::Recorder;

/// Chunks that are recorded in one transaction, at most.
const TOGETHER: usize = 16;

/// A chunk that was read.
struct Read<'c> {
    chunk: &'c Chunk,
    decoded: Decoded<'c>,
    told: Told,
    newest: (Moment, Basis),
}

impl<'c> Read<'c> {
    fn of(chunk: &'c Chunk, headers: &'c BTreeMap<String, String>) -> Self {
        let mut decoded = Import.decode(&chunk.reply(headers, NEVER));
        decoded.make_keepable(may_hold_nul(&chunk.body));
        let told = Told::of(&chunk.file, chunk.rows, &decoded);
        let newest = decoded.snapshots.last().map_or(NEVER, |snapshot| (snapshot.observed_at, snapshot.basis));
        Self { chunk, decoded, told, newest }
    }
}

/// Where a chunk stands that tells nothing.
const NEVER: (Moment, Basis) = (Moment::from_secs(0), Basis::Assumed);

/// Only says what chunks would bring.
pub(super) fn look(chunks: &[Chunk], summary: &mut Summary) {
    let headers = BTreeMap::new();
    chunks.iter().for_each(|chunk| summary.add(Read::of(chunk, &headers).told));
}

/// Chunks that are archived.
struct Archived<'c> {
    read: Vec<Read<'c>>,
    ids: Vec<ReplyId>,
}

/// Records chunks. Those that are in already change nothing.
///
/// # Errors
/// What the store reports; what was archived by then is recorded at the next start.
pub(super) fn record(recorder: &Recorder, chunks: &[Chunk], summary: &mut Summary) -> anyhow::Result<()> {
    let headers = BTreeMap::new();
    std::thread::scope(|scope| {
        let (to_archive, read) = sync_channel(1);
        let (to_log, archived) = sync_channel(1);
        let headers = &headers;
        let reading = scope.spawn(move || read_all(chunks, headers, &to_archive));
        let archiving = scope.spawn(move || archive_all(recorder, headers, read, &to_log));
        let done = archived.into_iter().try_for_each(|archived| log(recorder, headers, archived?, summary));
        for stage in [reading, archiving] {
            stage.join().expect("a stage of the route does not panic");
        }
        done
    })
}

fn read_all<'c>(chunks: &'c [Chunk], headers: &'c BTreeMap<String, String>, to_archive: &SyncSender<Vec<Read<'c>>>) {
    for together in chunks.chunks(TOGETHER) {
        let read = together.iter().map(|chunk| Read::of(chunk, headers)).collect();
        if to_archive.send(read).is_err() {
            return;
        }
    }
}

fn archive_all<'c>(
    recorder: &Recorder,
    headers: &BTreeMap<String, String>,
    read: Receiver<Vec<Read<'c>>>,
    to_log: &SyncSender<anyhow::Result<Archived<'c>>>,
) {
    for read in read {
        let arrived = |read: &Read<'c>| Arrived { reply: read.chunk.reply(headers, read.newest), ask: None, is_for_the_log: true };
        let arrived: Vec<Arrived<'_>> = read.iter().map(arrived).collect();
        let ids = recorder.store().archive_replies(&arrived, recorder.clock().now()).context("archiving rows");
        drop(arrived);
        let is_last = ids.is_err();
        if to_log.send(ids.map(|ids| Archived { read, ids })).is_err() || is_last {
            return;
        }
    }
}

fn log(recorder: &Recorder, headers: &BTreeMap<String, String>, archived: Archived<'_>, summary: &mut Summary) -> anyhow::Result<()> {
    let Archived { mut read, ids } = archived;
    read.iter_mut().for_each(|read| summary.add(std::mem::take(&mut read.told)));
    let version = Import.decoder_version();
    let replies: Vec<Reply<'_>> = read.iter().map(|read| read.chunk.reply(headers, read.newest)).collect();
    let decoded: Vec<(Decoded<'_>, u16)> = read.into_iter().map(|read| (read.decoded, version)).collect();
    let batch: Vec<(ReplyId, &Reply<'_>)> = ids.into_iter().zip(&replies).collect();
    for done in recorder.record(&batch, &decoded).context("recording rows")? {
        anyhow::ensure!(!done.is_left, "{LEFT}");
        summary.counts.add(&done.counts);
        if done.seq.is_some() { summary.recorded += 1 } else { summary.known += 1 }
    }
    Ok(())
}
