//! A desk looks after one provider: it decides what is due, writes the intent, makes the call, hands the reply to record and closes the
//! row. Desks share nothing but the store: what happens to one provider never delays another.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use providers::{Ask, Auth, Call, Provider, What};
use rustc_hash::{FxHashMap, FxHashSet};
use store::asks::{Begun, Intent};
use store::{Store, StoreError};
use tokio::task::JoinSet;

use super::collector::Doors;
use super::ledger::{self, Memory, Under, close_open, is_same_day, is_same_month};
use super::menu::{self, Known};
use super::outage::{News, Outage};
use super::roster::Roster;
use super::sent::{Answered, Sent};
use super::wire::{Fault, FaultKind, Outgoing};
use super::wishes::Wishes;
use crate::record::Recorder;
use crate::schedule::backoff::Gate;
use crate::schedule::due::Priority;
use crate::schedule::known::Priced;
use crate::schedule::{Ceilings, Covered, Due, Out, Outcome, Purpose, Reason, Slate, Targets, View, decide_one};
use crate::settings::{AskSettings, Secret};

/// What a desk is set up with.
#[derive(Clone)]
pub struct Brief {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Where it answers.
    pub base_url: String,
    /// The operator's key.
    pub secret: Option<Secret>,
    /// How long one call may take.
    pub timeout: Duration,
    /// Its sports that are wanted.
    pub sports: Vec<String>,
    /// What is wanted of them.
    pub ask: AskSettings,
    /// Whether its push feed is followed, where it has one.
    pub with_stream: bool,
    /// How often.
    pub targets: Targets,
    /// What may be spent.
    pub ceilings: Ceilings,
    /// What keyless sources give.
    pub covered: Arc<Covered>,
    /// What sources of a better rank give just now.
    pub roster: Arc<Roster>,
    /// The seed of the jitter.
    pub seed: u64,
}

/// Why a desk stops.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Another process has the lease.
    #[error("another process collects")]
    NotOurs,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Calls of one provider that are under way at once, at most.
const AT_ONCE: usize = 4;
/// Asks of one turn, at most: then it is decided again.
pub const MOST_IN_A_TURN: usize = 24;
/// Pages of one answer that are followed, at most: a provider that never comes to an end must not be asked for ever.
const MOST_PAGES: usize = 40;
/// Games are read again at least this often, and never oftener than the second.
const GAMES_SECS: (i64, i64) = (300, 5);
/// The longest sleep: something else may have become known.
const LONGEST_SLEEP_SECS: i64 = 60;

/// A desk.
pub struct Desk {
    brief: Brief,
    doors: Doors,
    recorder: Arc<Recorder>,
    holder: String,
    memory: Memory,
    slates: Vec<Slate>,
    games_at: Option<(Moment, odds::Seq)>,
    has_news: bool,
    has_backfill: bool,
    free_at: Moment,
    reserved_in_flight: i64,
    foreign_told: i64,
    outage: Outage,
    wishes: Arc<Wishes>,
}

impl Desk {
    /// Opens a desk: closes what was left open, and remembers what the store knows.
    ///
    /// # Errors
    /// What the store reports.
    pub fn open(brief: Brief, doors: Doors, recorder: Arc<Recorder>, holder: String) -> Result<Self, StoreError> {
        let (store, at, provider) = (Arc::clone(recorder.store()), doors.clock.now(), Arc::clone(&brief.provider));
        for lost in close_open(&store, &*provider, at)? {
            tracing::warn!(provider.key = provider.key(), ask = lost.ask, sent_at = %lost.sent_at, credits = lost.reserved,
                "an intent has no reply: it counts as spent and is asked again at most once");
        }
        let memory = Memory::read(&store, &*provider, brief.ceilings, at)?;
        Ok(Self {
            brief,
            doors,
            recorder,
            holder,
            memory,
            slates: Vec::new(),
            games_at: None,
            has_news: false,
            has_backfill: false,
            free_at: at,
            reserved_in_flight: 0,
            foreign_told: 0,
            outage: Outage::default(),
            wishes: Arc::default(),
        })
    }

    /// The provider's key.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.brief.provider.key()
    }

    /// What it was set up with.
    #[must_use]
    pub const fn brief(&self) -> &Brief {
        &self.brief
    }

    /// What it remembers.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Where lines of its push feed wish for everything of a sport to be asked at once.
    #[must_use]
    pub fn wishes(&self) -> Arc<Wishes> {
        Arc::clone(&self.wishes)
    }

    /// Asks for everything of the sports that are wished for. Of a provider that fails just now, the wishes stay.
    fn wished(&self) -> Vec<Due> {
        let gate = self.memory.health.gate(self.doors.clock.now(), self.memory.purse.told);
        if matches!(gate, Gate::Shut { .. }) || !self.brief.provider.is_asked_by_listing() {
            return Vec::new();
        }
        let wished = self.wishes.take();
        let slates = self.slates.iter().filter(|slate| wished.contains(&slate.sport));
        let asks = slates.filter_map(|slate| Priced::of(&*self.brief.provider, slate.ask_of_everything(&self.brief.ask.books)));
        asks.map(|priced| Due { ask: priced.ask, priority: Priority::Free, predicted_credits: priced.credits, reason: Reason::LineWasDown })
            .collect()
    }

    fn store(&self) -> &Arc<Store> {
        self.recorder.store()
    }

    /// Asks what costs nothing first, so that the provider's own word on credits is known before any is spent.
    ///
    /// # Errors
    /// See [`Stopped`].
    pub async fn greet(&mut self) -> Result<(), Stopped> {
        let offers = self.brief.provider.offers();
        let gate = self.memory.health.gate(self.doors.clock.now(), self.memory.purse.told);
        if !offers.is_metered || !offers.asks.contains(&What::Sports) || matches!(gate, Gate::Shut { .. }) {
            return Ok(());
        }
        let ask = Ask::of(What::Sports, "");
        let priority = Priority::Free;
        self.ask_all(vec![Due { ask, priority, predicted_credits: 0, reason: Reason::Routine(0) }], &|| false).await
    }

    /// One turn: decides, asks what is due to its end, and says when to decide again. `is_over` is asked before every call.
    ///
    /// # Errors
    /// See [`Stopped`]: then nothing more is asked.
    pub async fn turn(&mut self, is_over: &(dyn Fn() -> bool + Send + Sync)) -> Result<Moment, Stopped> {
        self.read_games().await?;
        self.reckon_with_backfill().await?;
        let at = self.doors.clock.now();
        self.memory.asked.heal(at);
        let covered = self.brief.roster.covered(self.key(), &self.brief.covered);
        let view = View {
            provider: &*self.brief.provider,
            slates: &self.slates,
            asked: &self.memory.asked,
            purse: &self.memory.purse,
            health: self.memory.health,
            covered: &covered,
            with_holds: false,
        };
        let decision = decide_one(at, &view, self.brief.targets, self.brief.seed);
        let is_more = decision.due.len() > MOST_IN_A_TURN;
        let due: Vec<Due> = self.wished().into_iter().chain(decision.due.into_iter().take(MOST_IN_A_TURN)).collect();
        let has_asked = !due.is_empty();
        self.ask_all(due, is_over).await?;
        self.note_on_roster().await?;
        let now = self.doors.clock.now();
        let latest = match (is_more || has_asked, self.games_at) {
            (true, _) => now.plus_secs(1),
            // An answer may have told of games that want to be asked about at once.
            (false, Some((read_at, _))) if self.has_news => read_at.plus_secs(GAMES_SECS.1),
            (false, _) => now.plus_secs(LONGEST_SLEEP_SECS),
        };
        Ok(decision.wake_at.min(latest).max(now))
    }

    /// Says whether the provider is out, or back.
    async fn note_on_roster(&self) -> Result<(), StoreError> {
        let (at, memory) = (self.doors.clock.now(), &self.memory);
        let how = (&memory.asked, &memory.purse, memory.health);
        let out = Out::of(at, &*self.brief.provider, &self.slates, how, self.brief.targets.odds_secs);
        let (roster, store, provider) = (Arc::clone(&self.brief.roster), Arc::clone(self.store()), self.key());
        blocking(move || roster.note(&store, provider, out, at)).await
    }

    /// Takes in what a back-fill beside this desk has spent of the same credits. Nothing of ours is under way between two turns.
    async fn reckon_with_backfill(&mut self) -> Result<(), StoreError> {
        if !self.brief.provider.offers().is_metered {
            return Ok(());
        }
        let (store, provider, ceilings) = (Arc::clone(self.store()), Arc::clone(&self.brief.provider), self.brief.ceilings);
        let (at, was_beside) = (self.doors.clock.now(), self.has_backfill);
        let (is_beside, purse) = blocking(move || {
            let is_beside = store.is_backfilled(provider.key())?;
            let purse = if is_beside || was_beside { Some(ledger::purse(&store, &*provider, ceilings, at)?) } else { None };
            Ok((is_beside, purse))
        })
        .await?;
        self.has_backfill = is_beside;
        self.memory.purse = purse.unwrap_or(self.memory.purse);
        Ok(())
    }

    /// Reads the games again where the log has moved on, off the runtime's threads.
    async fn read_games(&mut self) -> Result<(), StoreError> {
        let at = self.doors.clock.now();
        let age = self.games_at.map_or(i64::MAX, |(read_at, _)| at.secs() - read_at.secs());
        if age < GAMES_SECS.1 {
            return Ok(());
        }
        self.has_news = false;
        let (store, brief, known) = (Arc::clone(self.store()), self.brief.clone(), self.games_at);
        let read = blocking(move || {
            let seq = store.head()?.seq;
            if age < GAMES_SECS.0 && known.is_some_and(|(_, known)| known == seq) {
                return Ok(None);
            }
            let slates = menu::slates(&store, &*brief.provider, &brief.ask, &brief.sports, at, Known::Own)?;
            Ok(Some((slates, seq)))
        })
        .await?;
        if let Some((slates, seq)) = read {
            (self.slates, self.games_at) = (slates, Some((at, seq)));
        }
        Ok(())
    }

    async fn ask_all(&mut self, due: Vec<Due>, is_over: &(dyn Fn() -> bool + Send + Sync)) -> Result<(), Stopped> {
        let calls = |due: Due| self.brief.provider.requests(&due.ask).into_iter().map(move |call| (due.clone(), call)).collect::<Vec<_>>();
        let mut queue: VecDeque<(Due, Call)> = due.into_iter().flat_map(calls).collect();
        let mut under_way: JoinSet<Result<Answered, StoreError>> = JoinSet::new();
        let (mut sent, mut pages, mut is_ending, mut stopped) = (FxHashSet::default(), FxHashMap::default(), false, None);
        loop {
            let is_idle = is_ending || queue.is_empty();
            if is_idle && under_way.is_empty() {
                return stopped.map_or(Ok(()), Err);
            }
            if is_idle || under_way.len() >= AT_ONCE {
                // what else is under way is paid for, and waited for whatever has failed
                match self.take_next(&mut under_way).await {
                    Ok(next) => queue.extend(next),
                    Err(error) => (is_ending, stopped) = (true, stopped.or(Some(error.into()))),
                }
                continue;
            }
            let Some((due, call)) = queue.pop_front() else { continue };
            if !sent.insert((call.endpoint, call.request.clone())) || (due.reason == Reason::NextPage && self.is_beyond(&mut pages, &due)) {
                continue;
            }
            if is_over() || !self.may_still(Purpose::of(due.ask.what), &call) {
                is_ending = true;
                continue;
            }
            self.keep_pace().await;
            match self.begin(&due, &call).await {
                Ok(Some((id, sent_at))) => drop(under_way.spawn(self.make(id, sent_at, due.ask, call))),
                Ok(None) => is_ending = true,
                Err(error) => (is_ending, stopped) = (true, Some(error)),
            }
        }
    }

    /// Counts a page of an ask; says so where there are more than are followed.
    fn is_beyond(&self, pages: &mut FxHashMap<Ask, usize>, due: &Due) -> bool {
        let followed = pages.entry(due.ask.clone()).or_default();
        *followed += 1;
        let is_beyond = *followed >= MOST_PAGES;
        if is_beyond {
            let (key, what, sport) = (self.key(), due.ask.what.as_str(), &due.ask.sport);
            tracing::warn!(provider.key = key, what, sport, pages = MOST_PAGES, "an answer has more pages than are followed");
        }
        is_beyond
    }

    /// Whether health and credits still let a call through: an answer since the decision may have said otherwise.
    fn may_still(&self, purpose: Purpose, call: &Call) -> bool {
        let at = self.doors.clock.now();
        let cost = i64::from(call.credits);
        let is_open = match self.memory.health.gate(at, self.memory.purse.told) {
            Gate::Open => true,
            Gate::Probe => self.reserved_in_flight == 0,
            Gate::FreeOnly { .. } => cost == 0,
            Gate::Shut { .. } => false,
        };
        let has_credits = || self.memory.purse.funds(at).is_some_and(|funds| funds.pay(purpose, cost));
        is_open && (cost == 0 || !self.brief.provider.offers().is_metered || has_credits())
    }

    /// Waits until the provider's rate lets the next call out.
    async fn keep_pace(&mut self) {
        let gap = (1_000_000.0 / self.brief.provider.offers().per_second.max(0.01)) as i64;
        // Never further ahead than one gap, but where the clock was set back: then it is not waited out.
        self.free_at = self.free_at.min(self.doors.clock.now().plus_micros(gap));
        if self.doors.clock.now() < self.free_at {
            self.doors.alarm.until(self.free_at).await;
        }
        self.free_at = self.doors.clock.now().max(self.free_at).plus_micros(gap);
    }

    /// Writes the intent, on the disk, before anything goes out; `None` where a back-fill has spent meanwhile what it needs.
    async fn begin(&mut self, due: &Due, call: &Call) -> Result<Option<(i64, Moment)>, Stopped> {
        let (at, credits, ceilings) = (self.doors.clock.now(), i64::from(call.credits), self.brief.ceilings);
        let before = self.memory.asked.last(at, due.ask.what, &crate::schedule::asked::subject(&due.ask));
        let is_retry = before.is_some_and(|last| last.outcome != Outcome::Good);
        let (store, holder, provider) = (Arc::clone(self.store()), self.holder.clone(), Arc::clone(&self.brief.provider));
        let (ask, request) = (serde_json::to_string(&due.ask).unwrap_or_default(), call.request.canonical());
        let (reason, purpose) = (due.reason.to_string(), Purpose::of(due.ask.what));
        let begun = blocking(move || {
            let (due_at, sent_at, key) = (at, at, provider.key());
            let intent = Intent { provider: key, ask: &ask, request: &request, purpose: &reason, due_at, sent_at, credits, is_retry };
            ledger::begin(&store, &*provider, &intent, Under { lease: "collect", holder: &holder, purpose, ceilings })
        })
        .await?;
        // then the next turn reckons with what was spent beside this desk, whether that goes on or not
        self.has_backfill |= begun == Begun::NotPaid;
        let id = match begun {
            Begun::Row(id) => id,
            Begun::NotOurs => return Err(Stopped::NotOurs),
            Begun::NotPaid => return Ok(None),
        };
        self.memory.purse.reserve_for(at, purpose, credits);
        self.reserved_in_flight += credits;
        self.memory.asked.note(&due.ask, at, Outcome::NoReply, None);
        Ok(Some((id, at)))
    }

    /// The call, what its reply says, and the end of its row: runs on its own, so that others go on meanwhile.
    fn make(&self, id: i64, sent_at: Moment, ask: Ask, call: Call) -> impl Future<Output = Result<Answered, StoreError>> + Send + 'static {
        let outgoing = Outgoing {
            base_url: self.brief.base_url.clone(),
            request: call.request.clone(),
            auth: self.brief.provider.offers().auth,
            secret: self.brief.secret.clone().filter(|_| self.brief.provider.offers().auth != Auth::Keyless),
            timeout: self.brief.timeout,
        };
        let (doors, recorder, provider) = (self.doors.clone(), Arc::clone(&self.recorder), Arc::clone(&self.brief.provider));
        async move {
            let deadline = outgoing.timeout + Duration::from_secs(5);
            let came = tokio::time::timeout(deadline, doors.wire.call(&outgoing))
                .await
                .unwrap_or_else(|_| Err(Fault { kind: FaultKind::TimedOut, detail: "no end of the call".to_owned(), head: None }));
            let at = doors.clock.now();
            let reserved = i64::from(call.credits);
            let sent = Sent { id, sent_at, ask, call, reserved, at };
            blocking(move || match came {
                Ok(reply) => sent.take_reply(&recorder, &*provider, reply),
                Err(fault) => sent.take_fault(&recorder, &*provider, &fault),
            })
            .await
        }
    }

    /// Takes what came of the call that ends first; gives the call for the page that follows.
    async fn take_next(&mut self, under_way: &mut JoinSet<Result<Answered, StoreError>>) -> Result<Option<(Due, Call)>, StoreError> {
        let answered = match under_way.join_next().await {
            Some(Ok(answered)) => answered?,
            Some(Err(error)) => {
                tracing::error!(provider.key = self.key(), %error, "a call broke off");
                return Ok(None);
            }
            None => return Ok(None),
        };
        self.note(&answered);
        let Answered { ask, next, .. } = answered;
        let of_page = |call: Call| {
            let predicted_credits = i64::from(call.credits);
            (Due { ask, priority: Priority::Free, predicted_credits, reason: Reason::NextPage }, call)
        };
        Ok(next.map(of_page))
    }

    /// Takes what came of a call into memory: the row is closed already.
    fn note(&mut self, answered: &Answered) {
        let Answered { ask, sent_at, reserved, outcome, billed, meter, retry_after, done_at, .. } = answered;
        self.memory.asked.note(ask, *sent_at, *outcome, *retry_after);
        self.memory.health = self.memory.health.after(*done_at, *outcome, *retry_after, *reserved > 0);
        self.has_news |= *outcome == Outcome::Good;
        self.tell(answered);
        self.reserved_in_flight -= reserved;
        let change = billed.unwrap_or(*reserved) - reserved;
        let purse = &mut self.memory.purse;
        if is_same_month(purse.as_of, *sent_at) {
            purse.spent.month += change;
            *purse.spent.by_purpose.of_mut(Purpose::of(ask.what)) += change;
        }
        if is_same_day(purse.as_of, *sent_at) {
            purse.spent.day += change;
        }
        // An answer that was overtaken tells an older word.
        let is_overtaken = |used: i64| purse.told.is_some_and(|told| *sent_at <= told.at && used < told.used);
        match (meter.used, meter.remaining) {
            (Some(used), Some(remaining)) if !is_overtaken(used) => {
                purse.tell(*done_at, used, remaining);
                purse.told.iter_mut().for_each(|told| told.reserved_since = self.reserved_in_flight);
                self.look_for_others(used);
            }
            _ => purse.told.iter_mut().for_each(|told| told.reserved_since += change),
        }
        if change > 0 {
            tracing::warn!(provider.key = self.key(), predicted = reserved, over = change, "a call cost more than was predicted");
        }
    }

    /// Says what came of a call where somebody should know: a refused request each time, a provider that fails once.
    fn tell(&mut self, answered: &Answered) {
        let (key, Answered { endpoint, word, reason, done_at, .. }) = (self.key(), answered);
        let news = self.outage.after(*done_at, self.memory.health);
        let is_its_own = matches!(answered.outcome, Outcome::Refused | Outcome::Gone | Outcome::ChangedShape);
        if is_its_own {
            tracing::warn!(provider.key = key, endpoint, verdict = word, reason, "an ask was not answered");
        }
        match news {
            Some(News::Begins) if !is_its_own => {
                tracing::warn!(provider.key = key, endpoint, verdict = word, reason, "the provider cannot be used; it is tried again");
            }
            Some(News::GoesOn(spell)) => {
                let for_secs = done_at.secs_since(spell.since).round();
                tracing::warn!(
                    provider.key = key,
                    verdict = word,
                    reason,
                    for_secs,
                    calls = spell.calls,
                    "the provider still cannot be used"
                );
            }
            Some(News::Over(spell)) => {
                let for_secs = done_at.secs_since(spell.since).round();
                tracing::info!(provider.key = key, for_secs, calls = spell.calls, "the provider can be used again");
            }
            _ => tracing::debug!(provider.key = key, endpoint, verdict = word, reason, "a call came to its end"),
        }
    }

    /// Says it when somebody else spends from the same key; each time that it has grown.
    fn look_for_others(&mut self, used: i64) {
        let foreign = (used - self.memory.purse.spent.month).max(0);
        if foreign > self.foreign_told {
            tracing::warn!(provider.key = self.key(), credits = foreign, "credits were spent from this key that are not ours");
        }
        self.foreign_told = self.foreign_told.max(foreign);
    }
}

/// Runs work that waits for the store on a thread where waiting is allowed.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime ends, and this task with it.
        Err(_) => std::future::pending().await,
    }
}
