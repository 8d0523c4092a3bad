//! Groups of chunks through the route: some at once, each read by whoever takes it, archived and recorded in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use odds::Moment;
use odds::ReplyId;
use odds::keepable::may_hold_nul;
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use providers::Provider;
use providers::import::Import;
use store::Arrived;

use super::Watch;
use super::cut::Chunk;
use super::summary::{Summary, Told};
use crate::pending::LEFT;
use crate::record::Recorder;

/// Chunks that are recorded in one transaction, at most.
const TOGETHER: usize = 16;
/// Their bytes, unless one alone is longer.
const MOST_BYTES: usize = 8 << 20;
/// Groups that are worked on at once: one is recorded, one archived, one read.
const AT_ONCE: usize = 3;

/// Chunks that are recorded in one transaction, and how the files went that end behind them.
#[derive(Default)]
pub(super) struct Group {
    chunks: Vec<Chunk>,
    bytes: usize,
    ended: Vec<Result<(), String>>,
}

impl Group {
    pub(super) fn add(&mut self, chunk: Chunk) {
        self.bytes += chunk.body.len();
        self.chunks.push(chunk);
    }

    pub(super) fn end_file(&mut self, how: Result<(), String>) {
        self.ended.push(how);
    }

    pub(super) fn is_full(&self) -> bool {
        self.chunks.len() >= TOGETHER || self.bytes >= MOST_BYTES
    }
}

/// What came of all groups so far: it goes from one to the next with the leave to record.
struct Baton<'w> {
    summary: Summary,
    watch: &'w mut dyn Watch,
    is_stopped: Arc<AtomicBool>,
}

/// A group with its place in the line. Who gives up lets go of what the next one waits for, and that one gives up too.
struct Turn<'w> {
    group: Group,
    may_archive: Receiver<()>,
    is_archived: SyncSender<()>,
    may_record: Receiver<Baton<'w>>,
    is_recorded: SyncSender<Baton<'w>>,
}

/// The end of the line, where groups come to stand.
pub(super) struct Line<'w> {
    to_workers: SyncSender<Turn<'w>>,
    last_archived: Receiver<()>,
    last_recorded: Receiver<Baton<'w>>,
    is_stopped: Arc<AtomicBool>,
}

impl<'w> Line<'w> {
    fn begin(watch: &'w mut dyn Watch, to_workers: SyncSender<Turn<'w>>) -> Self {
        let is_stopped = Arc::new(AtomicBool::new(false));
        let baton = Baton { summary: Summary::default(), watch, is_stopped: Arc::clone(&is_stopped) };
        let ((archived, last_archived), (recorded, last_recorded)) = (sync_channel(1), sync_channel(1));
        archived.send(()).expect("the line holds the other end");
        recorded.send(baton).expect("the line holds the other end");
        Self { to_workers, last_archived, last_recorded, is_stopped }
    }

    /// Whether more is wanted: nobody asked to stop, and none before it failed.
    pub(super) fn send(&mut self, group: Group) -> bool {
        let ((is_archived, archived), (is_recorded, recorded)) = (sync_channel(1), sync_channel(1));
        let may_archive = std::mem::replace(&mut self.last_archived, archived);
        let may_record = std::mem::replace(&mut self.last_recorded, recorded);
        self.to_workers.send(Turn { group, may_archive, is_archived, may_record, is_recorded }).is_ok()
            && !self.is_stopped.load(Ordering::Relaxed)
    }

    /// What came of all; `None` where one gave up.
    fn end(self) -> Option<Summary> {
        drop(self.to_workers);
        self.last_recorded.recv().ok().map(|baton| baton.summary)
    }
}

/// Takes the groups that are fed into the line, which tells whether it fed all there were; without a recorder, only says what they would
/// bring. Chunks that are in already change nothing.
///
/// # Errors
/// What the store reports; what was archived by then is recorded at the next start.
pub(super) fn take(
    recorder: Option<&Recorder>,
    watch: &mut dyn Watch,
    feed: impl FnOnce(&mut Line<'_>) -> bool,
) -> anyhow::Result<Summary> {
    std::thread::scope(|scope| {
        let (to_workers, turns) = sync_channel(1);
        let turns = Arc::new(Mutex::new(turns));
        let work = |_| {
            let turns = Arc::clone(&turns);
            scope.spawn(move || work(recorder, &turns))
        };
        let workers: Vec<_> = (0..AT_ONCE).map(work).collect();
        // nobody but the workers: where they end, feeding ends
        drop(turns);
        let mut line = Line::begin(watch, to_workers);
        let is_all = feed(&mut line);
        let summary = line.end().map(|summary| Summary { is_stopped: !is_all, ..summary });
        for worker in workers {
            worker.join().expect("a worker does not panic")?;
        }
        summary.context("the groups of an import lost each other")
    })
}

fn work(recorder: Option<&Recorder>, turns: &Mutex<Receiver<Turn<'_>>>) -> anyhow::Result<()> {
    loop {
        let turn = turns.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(turn) = turn else { return Ok(()) };
        if !turn.take(recorder)? {
            return Ok(());
        }
    }
}

impl Turn<'_> {
    /// Whether all before it went well; where not, whoever failed says why.
    fn take(self, recorder: Option<&Recorder>) -> anyhow::Result<bool> {
        let headers = BTreeMap::new();
        let read: Vec<Read<'_>> = self.group.chunks.iter().map(|chunk| Read::of(chunk, &headers)).collect();
        if self.may_archive.recv().is_err() {
            return Ok(false);
        }
        let ids = recorder.filter(|_| !read.is_empty()).map(|recorder| archive(recorder, &headers, &read)).transpose()?;
        let is_heard = self.is_archived.send(()).is_ok();
        let Ok(mut baton) = self.may_record.recv() else { return Ok(false) };
        record(recorder.zip(ids), &headers, read, &mut baton.summary)?;
        baton.end_files(self.group.ended);
        Ok(self.is_recorded.send(baton).is_ok() && is_heard)
    }
}

impl Baton<'_> {
    fn end_files(&mut self, ended: Vec<Result<(), String>>) {
        for file in ended {
            match file {
                Ok(()) => {
                    self.summary.files += 1;
                    self.watch.file(&self.summary);
                }
                Err(wrong) => {
                    self.summary.bad += 1;
                    self.watch.bad(&wrong);
                }
            }
        }
        self.is_stopped.store(self.watch.is_stopped(), Ordering::Relaxed);
    }
}

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

fn archive<'c>(recorder: &Recorder, headers: &'c BTreeMap<String, String>, read: &[Read<'c>]) -> anyhow::Result<Vec<ReplyId>> {
    let arrived = |read: &Read<'c>| Arrived { reply: read.chunk.reply(headers, read.newest), ask: None, is_for_the_log: true };
    let arrived: Vec<Arrived<'_>> = read.iter().map(arrived).collect();
    recorder.store().archive_replies(&arrived, recorder.clock().now()).context("archiving rows")
}

fn record(
    archived: Option<(&Recorder, Vec<ReplyId>)>,
    headers: &BTreeMap<String, String>,
    mut read: Vec<Read<'_>>,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    read.iter_mut().for_each(|read| summary.add(std::mem::take(&mut read.told)));
    let Some((recorder, ids)) = archived else { return Ok(()) };
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
