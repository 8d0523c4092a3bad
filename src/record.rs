//! Record: archived replies into the log, each as one entry, many in one transaction where many are at hand.
//!
//! The raw reply is on the disk before it comes here; a crash before the commit leaves it pending, and it is recorded at the
//! next start. Recording a reply twice changes nothing.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use odds::diff::Counts;
use odds::observation::Decoded;
use odds::reply::Reply;
use odds::{Moment, ReplyId, Seq};
use providers::Verdict;
use store::boards::Boards;
use store::log::{Appending, NewEntry};
use store::{Arrived, KeptReply, Result, Store};

use crate::clock::Clock;
use crate::decode::Providers;
use crate::detect::{Detected, detect};
use crate::resolve::Meeting;

/// What recording one reply came to.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The reply.
    pub reply: ReplyId,
    /// Its entry; `None` where the log had it already, or it was set aside.
    pub seq: Option<Seq>,
    /// What the provider's rules say of it.
    pub verdict: Verdict,
    /// What became of its outcomes.
    pub counts: Counts,
    /// How many things in it could not be used.
    pub problems: usize,
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
const CATCH_UP: i64 = 256;
const DAY_SECS: i64 = 24 * 3600;

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

    /// The providers.
    #[must_use]
    pub const fn providers(&self) -> &Providers {
        &self.providers
    }

    /// Archives replies, then records them: those that a provider's rules refuse are kept and set aside.
    ///
    /// # Errors
    /// What the store reports; what was archived by then is recorded at the next start.
    pub fn take(&self, replies: &[Reply<'_>], ask: Option<i64>) -> Result<Vec<Recorded>> {
        let verdicts: Vec<Verdict> = replies.iter().map(|reply| self.judge(reply)).collect();
        let arrived: Vec<Arrived<'_>> = replies
            .iter()
            .zip(&verdicts)
            .map(|(reply, verdict)| Arrived { reply: reply.clone(), ask, is_for_the_log: verdict.is_good() })
            .collect();
        let ids = self.store.archive_replies(&arrived, self.clock.now())?;
        let mut recorded = Vec::with_capacity(replies.len());
        let mut good = Vec::new();
        for ((reply, verdict), id) in replies.iter().zip(verdicts).zip(ids) {
            if verdict.is_good() {
                good.push((id, reply));
            }
            recorded.push(Recorded { reply: id, seq: None, verdict, counts: Counts::default(), problems: 0 });
        }
        for (id, done) in self.record(&good)? {
            for one in recorded.iter_mut().filter(|one| one.reply == id) {
                (one.seq, one.counts, one.problems) = (done.seq, done.counts, done.problems);
            }
        }
        Ok(recorded)
    }

    /// What a provider's rules say of a reply.
    #[must_use]
    pub fn judge(&self, reply: &Reply<'_>) -> Verdict {
        self.providers
            .get(reply.provider)
            .map_or_else(|| Verdict::Refused(format!("no provider {:?}", reply.provider)), |provider| provider.judge(reply))
    }

    /// Records what was archived and is not in the log: after a crash, or after another process died. Gives how many.
    ///
    /// # Errors
    /// What the store reports.
    pub fn record_pending(&self) -> Result<usize> {
        let since = self.store.head()?.recorded_at.plus_secs(-DAY_SECS);
        self.store.index_lost_bundles(since, &|reply| self.judge(reply).is_good())?;
        self.record_indexed()
    }

    /// Records what is in the index and not in the log. Gives how many.
    ///
    /// # Errors
    /// What the store reports.
    pub fn record_indexed(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let pending = self.store.pending_replies(CATCH_UP)?;
            if pending.is_empty() {
                return Ok(done);
            }
            let bodies: Vec<Vec<u8>> = pending.iter().map(|kept| self.store.body(kept)).collect::<Result<_>>()?;
            let replies: Vec<Reply<'_>> = pending.iter().zip(&bodies).map(|(kept, body)| kept.with_body(body)).collect();
            let batch: Vec<(ReplyId, &Reply<'_>)> = pending.iter().map(|kept: &KeptReply| kept.id).zip(&replies).collect();
            done += self.record(&batch)?.len();
        }
    }

    /// Records archived replies in one transaction, in their order.
    fn record(&self, replies: &[(ReplyId, &Reply<'_>)]) -> Result<Vec<(ReplyId, Done)>> {
        if replies.is_empty() {
            return Ok(Vec::new());
        }
        let decoded: Vec<(Decoded<'_>, u16)> = replies
            .iter()
            .map(|(_, reply)| {
                let (_, decoded, version) = self.providers.decode(reply);
                (decoded, version)
            })
            .collect();
        let now = self.clock.now();
        let mut boards = self.boards.write().unwrap_or_else(PoisonError::into_inner);
        let appended = self.store.append(|log| {
            catch_up(log, &mut boards)?;
            let mut done = Vec::with_capacity(replies.len());
            for ((id, reply), (decoded, version)) in replies.iter().zip(&decoded) {
                done.push((*id, self.record_one(log, &mut boards, *id, reply, decoded, *version, now)?));
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
        if log.is_recorded(id)? {
            return Ok(Done::default());
        }
        let meeting =
            Meeting { provider: reply.provider, reply: id, speaks: self.providers.get(reply.provider).map(|provider| &**provider) };
        let mut found = Detected::default();
        let mut placed = HashSet::new();
        let mut in_order: Vec<_> = decoded.snapshots.iter().collect();
        in_order.sort_by_key(|snapshot| snapshot.observed_at);
        for snapshot in &in_order {
            detect(log, boards, &meeting, snapshot, &mut placed, &mut found)?;
        }
        found.counts.received += decoded.unreadable;
        found.counts.refused += decoded.unreadable;
        found.problems.splice(0..0, decoded.problems.iter().cloned());
        let last = in_order.last();
        let entry = NewEntry {
            reply: id,
            provider: reply.provider,
            endpoint: reply.endpoint,
            scope: Arc::new(in_order.first().map(|snapshot| snapshot.scope.clone()).unwrap_or_default()),
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
        Ok(Done { seq: Some(seq), counts: found.counts, problems })
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Done {
    seq: Option<Seq>,
    counts: Counts,
    problems: usize,
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
        for entry in entries? {
            boards.follow(&entry);
        }
    }
    Ok(())
}
