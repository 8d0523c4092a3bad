//! Record: archived replies into the log, each as one entry, many in one transaction where many are at hand.
//!
//! The raw reply is on the disk before it comes here; a crash before the commit leaves it pending, and it is recorded at the
//! next start (`pending.rs`). Recording a reply twice changes nothing.

use std::collections::HashSet;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, PoisonError, RwLock};

use odds::diff::Counts;
use odds::observation::{Decoded, ListingScope, Scope, Snapshot};
use odds::player::PlayerId;
use odds::reply::{Reply, Request};
use odds::{Moment, ReplyId, Seq};
use providers::Verdict;
use store::boards::Boards;
use store::log::{Appending, NewEntry};
use store::{Arrived, Decided, Result, Store};

use crate::account::account;
use crate::clock::Clock;
use crate::decode::Providers;
use crate::detect::{Detected, detect};
use crate::resolve::{self, Meeting};

/// What recording one reply came to.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The reply.
    pub reply: ReplyId,
    /// Its entry; `None` where the log had it already, or it was set aside or left.
    pub seq: Option<Seq>,
    /// Whether it could not be recorded, and stays pending.
    pub is_left: bool,
    /// What the provider's rules say of it.
    pub verdict: Verdict,
    /// What became of its outcomes.
    pub counts: Counts,
    /// How many things in it could not be used.
    pub problems: usize,
    /// Where the walk goes on, where it does.
    pub next: Option<Request>,
}

/// What became of a person's decision.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// The reply that it is; `None` where it was refused before it was one.
    pub reply: Option<ReplyId>,
    /// Its entry; `None` where it was no decision at all.
    pub seq: Option<Seq>,
    /// Why it changes nothing; empty where it stands.
    pub refused: Vec<String>,
    /// What was decided by it of listings.
    pub decided: Vec<Decided>,
    /// The player whom the name is by it, where it was about one.
    pub player: Option<PlayerId>,
}

impl Settled {
    /// A decision that cannot be, with the reason.
    #[must_use]
    pub fn refused(why: String) -> Self {
        Self { refused: vec![why], ..Self::default() }
    }
}

/// The step from replies to the log, with the boards that it keeps.
pub struct Recorder {
    store: Arc<Store>,
    providers: Providers,
    clock: Arc<dyn Clock>,
    boards: Arc<RwLock<Boards>>,
    most_slots: usize,
}

const MOST_SLOTS: usize = 3_000_000;
pub(crate) const CATCH_UP: i64 = 256;
/// Replies that are recorded in one transaction, at most.
const TOGETHER: usize = 128;
/// Replies whose rows the engine writes while the next are compared.
const LOADED_TOGETHER: usize = 32;

impl Recorder {
    /// A recorder on a store.
    #[must_use]
    pub fn new(store: Arc<Store>, providers: Providers, clock: Arc<dyn Clock>) -> Self {
        Self { store, providers, clock, boards: Arc::default(), most_slots: MOST_SLOTS }
    }

    /// The boards that it keeps, for those who serve in the same process.
    #[must_use]
    pub fn boards(&self) -> Arc<RwLock<Boards>> {
        Arc::clone(&self.boards)
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The providers.
    #[must_use]
    pub const fn providers(&self) -> &Providers {
        &self.providers
    }

    /// Archives replies, then records them: those that a provider's rules refuse are kept and set aside. Many are taken in
    /// batches, the next being archived and read while the one before is recorded; they enter the log in their order.
    ///
    /// # Errors
    /// What the store reports; what was archived by then is recorded at the next start.
    pub fn take(&self, replies: &[Reply<'_>], ask: Option<i64>) -> Result<Vec<Recorded>> {
        self.take_by(TOGETHER, replies, ask)
    }

    /// The same with so many replies at most in one transaction: for replies that are large.
    ///
    /// # Errors
    /// As [`Recorder::take`].
    pub fn take_by(&self, together: usize, replies: &[Reply<'_>], ask: Option<i64>) -> Result<Vec<Recorded>> {
        if replies.len() <= together {
            return self.record_archived(self.archive(replies, ask)?.read(&self.providers));
        }
        std::thread::scope(|scope| {
            let (to_reader, archived) = sync_channel(1);
            let (to_recorder, read) = sync_channel(1);
            let archiving = scope.spawn(move || {
                for batch in replies.chunks(together) {
                    let batch = self.archive(batch, ask);
                    let is_last = batch.is_err();
                    if to_reader.send(batch).is_err() || is_last {
                        break;
                    }
                }
            });
            let reading = scope.spawn(move || {
                for batch in archived {
                    let batch: Result<Archived<'_, '_>> = batch;
                    if to_recorder.send(batch.map(|batch| batch.read(&self.providers))).is_err() {
                        break;
                    }
                }
            });
            let mut recorded = Vec::with_capacity(replies.len());
            for batch in read {
                recorded.extend(self.record_archived(batch?)?);
            }
            for stage in [archiving, reading] {
                stage.join().expect("a stage of the route does not panic");
            }
            Ok(recorded)
        })
    }

    fn archive<'a, 'b>(&self, replies: &'a [Reply<'b>], ask: Option<i64>) -> Result<Archived<'a, 'b>> {
        let verdicts: Vec<Verdict> = replies.iter().map(|reply| self.providers.judge(reply)).collect();
        let arrived: Vec<Arrived<'_>> = replies
            .iter()
            .zip(&verdicts)
            .map(|(reply, verdict)| Arrived { reply: reply.clone(), ask, is_for_the_log: verdict.is_good() })
            .collect();
        let ids = self.store.archive_replies(&arrived, self.clock.now())?;
        Ok(Archived { replies, verdicts, ids })
    }

    fn record_archived(&self, batch: Read<'_, '_>) -> Result<Vec<Recorded>> {
        let Read { archived: Archived { replies, verdicts, ids }, decoded } = batch;
        let good: Vec<(ReplyId, &Reply<'_>)> =
            ids.iter().copied().zip(replies).zip(&verdicts).filter(|(_, verdict)| verdict.is_good()).map(|(reply, _)| reply).collect();
        let mut next = decoded.iter().map(|(decoded, _)| decoded.next.clone()).collect::<Vec<_>>().into_iter();
        let mut done = self.record(&good, &decoded)?.into_iter();
        let recorded = ids.into_iter().zip(verdicts).map(|(reply, verdict)| {
            let done = if verdict.is_good() { done.next().unwrap_or_default() } else { Done::default() };
            let next = if verdict.is_good() { next.next().flatten() } else { None };
            Recorded { reply, seq: done.seq, is_left: done.is_left, verdict, counts: done.counts, problems: done.problems, next }
        });
        Ok(recorded.collect())
    }

    /// Records archived replies with what they say, in one transaction and in their order. Where what one says contradicts what is
    /// stored, they are recorded one by one, and that one alone stays pending.
    ///
    /// # Errors
    /// What the store reports: then all that were not recorded before are pending.
    pub fn record(&self, replies: &[(ReplyId, &Reply<'_>)], decoded: &[(Decoded<'_>, u16)]) -> Result<Vec<Done>> {
        match self.record_together(replies, decoded) {
            Err(error) if error.is_conflict() => self.record_one_by_one(replies, decoded),
            done => done,
        }
    }

    pub(crate) fn record_together(&self, replies: &[(ReplyId, &Reply<'_>)], decoded: &[(Decoded<'_>, u16)]) -> Result<Vec<Done>> {
        if replies.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut boards = self.boards.write().unwrap_or_else(PoisonError::into_inner);
        let appended = self.store.append(|log| {
            catch_up(log, &mut boards)?;
            let mut done = Vec::with_capacity(replies.len());
            let mut recorded = log.recorded_among(&replies.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
            for ((id, reply), (decoded, version)) in replies.iter().zip(decoded) {
                if !recorded.insert(*id) {
                    done.push(Done::default());
                    continue;
                }
                done.push(self.record_one(log, &mut boards, *id, reply, decoded, *version, now)?);
                if done.len().is_multiple_of(LOADED_TOGETHER) {
                    log.load_rows()?;
                }
            }
            Ok(done)
        });
        match appended {
            Ok((done, head)) => {
                boards.seq = head.seq;
                boards.shrink_to(self.most_slots);
                Ok(done)
            }
            Err(error) => {
                boards.forget();
                Err(error)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a reply, its reading and where it goes")]
    fn record_one(
        &self,
        log: &mut Appending<'_>,
        boards: &mut Boards,
        id: ReplyId,
        reply: &Reply<'_>,
        decoded: &Decoded<'_>,
        version: u16,
        now: Moment,
    ) -> Result<Done> {
        let mut in_order: Vec<_> = decoded.snapshots.iter().collect();
        in_order.sort_by_key(|snapshot| snapshot.observed_at);
        let scope = Arc::new(scope_of(&in_order));
        let introductions = resolve::introductions(&in_order);
        let speaks = self.providers.get(reply.provider).map(|provider| &**provider);
        let meeting = Meeting {
            provider: reply.provider,
            reply: id,
            speaks: speaks.map(|provider| provider as _),
            introductions: &introductions,
            snapshots: &in_order,
        };
        let mut found = Detected::default();
        let mut placed = HashSet::new();
        resolve::expect(log, boards, &meeting, &in_order)?;
        for snapshot in &in_order {
            detect(log, boards, &meeting, (snapshot, &scope), &mut placed, &mut found)?;
        }
        account(log, boards, &meeting, &decoded.rows, &found.met)?;
        if let Some(decision) = &decoded.decision {
            found.problems.extend(resolve::decide(log, boards, decision)?);
        }
        found.counts.received += decoded.unreadable;
        found.counts.refused += decoded.unreadable;
        found.problems.splice(0..0, decoded.problems.iter().cloned());
        let last = in_order.last();
        let entry = NewEntry {
            reply: id,
            provider: reply.provider,
            endpoint: reply.endpoint,
            scope,
            observed_at: last.map_or(reply.fetched_at, |snapshot| snapshot.observed_at),
            basis: last.map_or(reply.basis, |snapshot| snapshot.basis),
            recorded_at: now,
            decoder: version,
            counts: found.counts,
            problems: found.problems,
            catalogue: decoded.catalogue.clone(),
            listings: found.listings,
        };
        let problems = entry.problems.len();
        let seq = log.end_entry(&entry)?;
        Ok(Done { seq: Some(seq), is_left: false, counts: found.counts, problems })
    }
}

/// What a reply asked for, as its entry keeps it: one frame for all that it tells. A reply of several moments is no sweep, for one
/// that is missing at one of them may stand at another; and where its moments were not asked alike, no silence in it says anything.
fn scope_of(snapshots: &[&Snapshot<'_>]) -> Scope {
    let Some((first, others)) = snapshots.split_first() else { return Scope::default() };
    let scope = &first.scope;
    if others.is_empty() {
        return scope.clone();
    }
    if others.iter().all(|other| other.scope == *scope) {
        return if scope.can_miss_listings() { Scope { listings: ListingScope::Unknown, ..scope.clone() } } else { scope.clone() };
    }
    let is_one_sport = others.iter().all(|other| other.scope.sport == scope.sport);
    Scope { sport: if is_one_sport { scope.sport.clone() } else { String::new() }, ..Scope::default() }
}

/// Replies that are on the disk.
struct Archived<'a, 'b> {
    replies: &'a [Reply<'b>],
    verdicts: Vec<Verdict>,
    ids: Vec<ReplyId>,
}

/// Archived replies, with what the good ones say.
struct Read<'a, 'b> {
    archived: Archived<'a, 'b>,
    decoded: Vec<(Decoded<'b>, u16)>,
}

impl<'a, 'b> Archived<'a, 'b> {
    fn read(self, providers: &Providers) -> Read<'a, 'b> {
        let good = self.replies.iter().zip(&self.verdicts).filter(|(_, verdict)| verdict.is_good());
        let decoded = good.map(|(reply, _)| providers.decode(reply)).collect();
        Read { archived: self, decoded }
    }
}

/// What recording an archived reply came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// Its entry; `None` where the log had it already, or it stays pending.
    pub seq: Option<Seq>,
    /// Whether it could not be recorded, and stays pending.
    pub is_left: bool,
    /// What became of its outcomes.
    pub counts: Counts,
    /// How many things in it could not be used.
    pub problems: usize,
}

/// Takes in what others appended since the boards were right.
fn catch_up(log: &mut Appending<'_>, boards: &mut Boards) -> Result<()> {
    let head = log.head().seq;
    if boards.seq == head {
        return Ok(());
    }
    if boards.all().next().is_none() {
        boards.forget();
        boards.seq = head;
        return Ok(());
    }
    while boards.seq < head {
        let mut words = std::mem::take(&mut boards.words);
        let entries = log.entries_after(boards.seq, CATCH_UP, &mut words);
        boards.words = words;
        let entries = entries?;
        if entries.is_empty() {
            tracing::error!(seq = boards.seq.0, head = head.0, "the log has a hole; boards are read anew");
            boards.forget();
            boards.seq = head;
            return Ok(());
        }
        for entry in entries {
            boards.follow(&entry);
        }
    }
    Ok(())
}
