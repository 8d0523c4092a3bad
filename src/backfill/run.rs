//! Asks the steps of a plan to their end, and plans again from every answer. Nothing is held that is not in the store: a run that is
//! broken off at any moment goes on where it stood, and a call whose reply never came is made again at most once.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::Moment;
use providers::{Ask, Call, What};
use store::StoreError;
use store::backfill::PURPOSE;
use tokio::task::JoinSet;

use super::goal::Goal;
use super::known::{Known, PERIOD_SECS};
use super::live::{self, Kept};
use super::note;
use super::plan::{Plan, Rank, Step};
use super::way::Way;
use crate::collect::desk::blocking;
use crate::collect::errand::{Came, Errand, Errands, Writing};
use crate::collect::ledger;
use crate::collect::{Brief, Doors};
use crate::record::Recorder;
use crate::schedule::backoff::Gate;
use crate::schedule::{Health, Outcome};

/// Calls under way at once, at most.
const AT_ONCE: usize = 8;
/// Pages of one list, at most: a provider that never comes to an end must not be asked for ever.
const MOST_PAGES: usize = 200;
/// How long the lease lasts; it is renewed before every batch.
const LEASE_SECS: i64 = 120;
/// Failures in a row after which a run ends: it goes on when it is started again.
const MOST_FAILURES: u32 = 12;
/// For how long what is kept for live collecting is not reckoned anew, in seconds.
const KEPT_SECS: f64 = 60.0;
/// Refusals in a row after which a run ends: the provider does not sell this.
const MOST_REFUSALS: u32 = 5;

/// Why a run came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// All that was planned was asked.
    Done,
    /// The plan's own money is spent.
    MaxCredits,
    /// The provider's, or the ceiling; so many are kept for live collecting.
    OutOfCredits {
        /// In words.
        reason: String,
    },
    /// The provider refuses the key, or what was asked, or cannot be reached.
    Refused {
        /// In words.
        reason: String,
    },
    /// Somebody asked to stop.
    Stopped,
}

impl Ended {
    /// The word that is kept with the plan.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::MaxCredits => "max_credits",
            Self::OutOfCredits { .. } => "out_of_credits",
            Self::Refused { .. } => "refused",
            Self::Stopped => "stopped",
        }
    }
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Two at once would make the same calls.
    #[error("another back-fill of this provider runs: wait for its end, or end it; where it was killed, wait two minutes")]
    NotOurs,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Steps that were asked in this run.
    pub asked: usize,
    /// Steps that are still to be asked, as far as is known.
    pub to_ask: usize,
    /// Credits that the plan has spent, in all its runs.
    pub spent: i64,
    /// The most that the steps to come can cost.
    pub to_spend: i64,
    /// Games that are known.
    pub games: usize,
    /// Those whose closing board is still to be asked for.
    pub to_close: usize,
    /// When it began.
    pub began_at: Option<Moment>,
    /// Now.
    pub at: Option<Moment>,
}

/// A run of a plan.
pub struct Run {
    id: String,
    goal: Goal,
    max_credits: Option<i64>,
    errands: Errands,
    known: BTreeMap<String, Known>,
    health: Health,
    free_at: Moment,
    spent: i64,
    kept: Option<(Moment, Kept)>,
    failures: u32,
    refusals: u32,
    progress: Progress,
}

impl Run {
    /// Takes the lease, closes what an earlier run left open, and reads what is known.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn open(
        (id, goal, max_credits): (String, Goal, Option<i64>),
        brief: Brief,
        doors: Doors,
        recorder: Arc<Recorder>,
        holder: String,
    ) -> Result<Self, RunError> {
        let at = doors.clock.now();
        let lease = format!("{PURPOSE}{}", brief.provider.key());
        let purpose = format!("{PURPOSE}{id}");
        let errands = Errands { brief, doors, recorder, lease, holder, purpose };
        let mut run = Self {
            id,
            goal,
            max_credits,
            errands,
            known: BTreeMap::new(),
            health: Health::Well,
            free_at: at,
            spent: 0,
            kept: None,
            failures: 0,
            refusals: 0,
            progress: Progress { began_at: Some(at), ..Progress::default() },
        };
        run.renew().await?;
        let (errands, goal, purpose) = (run.errands.clone(), run.goal.clone(), run.errands.purpose.clone());
        let (known, spent) = blocking(move || {
            let (recorder, provider) = (&errands.recorder, &*errands.brief.provider);
            let store = recorder.store();
            recorder.record_pending()?;
            for lost in ledger::close_open_backfill(store, provider, at)? {
                tracing::warn!(provider.key = provider.key(), ask = lost.ask, sent_at = %lost.sent_at, credits = lost.reserved,
                    "an intent has no reply: it counts as spent and is asked again at most once");
            }
            note::catch_up(store, provider)?;
            let mut known = BTreeMap::new();
            for sport in &goal.sports {
                known.insert(sport.clone(), Known::read(store, recorder.providers(), provider, &goal, sport, at)?);
            }
            let spent = store.asks_for(provider.key(), &purpose)?.iter().map(store::asks::AskRow::spent).sum();
            Ok((known, spent))
        })
        .await?;
        (run.known, run.spent) = (known, spent);
        Ok(run)
    }

    /// Asks until all is asked, the money is spent, or `is_over` says so. Gives why it ended; the lease is given back.
    ///
    /// # Errors
    /// See [`RunError`]: what is under way then is closed at the next start.
    pub async fn go(mut self, is_over: &(dyn Fn() -> bool + Sync), tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Ended, RunError> {
        let ended = self.ask_all(is_over, tell).await?;
        let (errands, id, word, at) = (self.errands.clone(), self.id.clone(), ended.as_str(), self.now());
        blocking(move || {
            let store = errands.recorder.store();
            store.end_backfill_plan(&id, at, word)?;
            store.give_lease(&errands.lease, &errands.holder)
        })
        .await?;
        Ok(ended)
    }

    async fn ask_all(&mut self, is_over: &(dyn Fn() -> bool + Sync), tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Ended, RunError> {
        let mut has_greeted = false;
        loop {
            self.renew().await?;
            let plan = Plan::of(&*self.errands.brief.provider, &self.goal, &self.known, &self.id);
            let paid = plan.paid_by(self.max_credits.map(|max| max - self.spent));
            self.progress.to_ask = paid;
            self.progress.to_spend = plan.credits_of(paid);
            self.progress.spent = self.spent;
            let priced = self.known.iter().filter(|(sport, _)| Way::tells_prices(&*self.errands.brief.provider, sport));
            self.progress.games = priced.map(|(_, known)| known.games.len()).sum();
            self.progress.to_close = plan.steps.iter().filter(|step| step.rank == Rank::Close).map(|step| step.games as usize).sum();
            self.progress.at = Some(self.now());
            tell(self.progress);
            if is_over() {
                return Ok(Ended::Stopped);
            }
            if !std::mem::replace(&mut has_greeted, true) && !self.is_enough_left(plan.credits_of(paid)).await? {
                self.greet().await?;
            }
            let batch = batch(&plan.steps[..self.within_purse(&plan, paid).await?]);
            if batch.is_empty() {
                return Ok(if paid < plan.steps.len() { Ended::MaxCredits } else { Ended::Done });
            }
            if let Some(ended) = self.ask_batch(batch, is_over).await? {
                return Ok(ended);
            }
        }
    }

    /// Whether what is known to be left pays for so much.
    async fn is_enough_left(&mut self, credits: i64) -> Result<bool, RunError> {
        Ok(credits == 0 || self.left().await?.0.is_some_and(|left| left >= credits))
    }

    /// How many of the steps that the plan's money pays for the provider's pays for too, so that the worthiest are bought first; all of
    /// them where it pays for none, and the first then says what is wanting.
    async fn within_purse(&mut self, plan: &Plan, paid: usize) -> Result<usize, RunError> {
        let left = if plan.credits_of(paid) == 0 { None } else { self.left().await?.0 };
        let within = paid.min(plan.paid_by(left));
        Ok(if plan.steps[..within].iter().any(|step| step.is_ready) { within } else { paid })
    }

    /// Asks what costs nothing: the answer tells how many credits there are now, whoever spent or bought some since.
    async fn greet(&mut self) -> Result<(), RunError> {
        let (ask, offers) = (Ask::of(What::Sports, ""), self.errands.brief.provider.offers());
        if !offers.is_metered || !offers.asks.contains(&What::Sports) {
            return Ok(());
        }
        for call in self.errands.brief.provider.requests(&ask).into_iter().filter(|call| call.credits == 0).take(1) {
            let Some(errand) = self.begin(ask.clone(), call, false).await? else { return Ok(()) };
            let came = self.errands.clone().make(errand).await?;
            self.take(came).await?;
        }
        Ok(())
    }

    /// Asks the steps of a batch beside each other. Gives why the run ends, where it does.
    async fn ask_batch(&mut self, batch: Vec<Step>, is_over: &(dyn Fn() -> bool + Sync)) -> Result<Option<Ended>, RunError> {
        let mut under_way = JoinSet::new();
        let ended = self.ask_steps(batch, is_over, &mut under_way).await;
        // where the store has failed, what is still under way is paid for, and its replies are kept
        while under_way.join_next().await.is_some() {}
        ended
    }

    async fn ask_steps(
        &mut self,
        batch: Vec<Step>,
        is_over: &(dyn Fn() -> bool + Sync),
        under_way: &mut JoinSet<Result<Came, StoreError>>,
    ) -> Result<Option<Ended>, RunError> {
        let (mut reserved, mut ended) = (0, None);
        let sports: Vec<String> = batch.iter().map(|step| step.ask.sport.clone()).collect();
        'steps: for step in batch {
            for call in self.errands.brief.provider.requests(&step.ask) {
                if is_over() {
                    break 'steps;
                }
                ended = match self.may_send(&call, reserved).await? {
                    Sending::Yes => None,
                    Sending::Later if under_way.is_empty() => continue 'steps,
                    Sending::Later => break 'steps,
                    Sending::Never(ended) => Some(ended),
                };
                if ended.is_some() {
                    break 'steps;
                }
                self.keep_pace(step.ask.what).await;
                let is_retry = self.known.get(&step.ask.sport).is_some_and(|known| known.is_retry(&step.ask));
                let Some(errand) = self.begin(step.ask.clone(), call, is_retry).await? else {
                    ended = Some(spent_beside());
                    break 'steps;
                };
                reserved += i64::from(errand.call.credits);
                self.progress.asked += 1;
                under_way.spawn(self.errands.clone().make(errand));
            }
        }
        while let Some(joined) = under_way.join_next().await {
            let came = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
            let (mut page, mut pages) = (self.take(came).await?, 1);
            while let Some((ask, call)) = page.take() {
                pages += 1;
                if pages > MOST_PAGES {
                    let reason = format!("a list of {} has more than {MOST_PAGES} pages", ask.sport);
                    ended = ended.or(Some(Ended::Refused { reason }));
                    break;
                }
                self.keep_pace(ask.what).await;
                let Some(errand) = self.begin(ask, call, false).await? else {
                    ended = ended.or(Some(spent_beside()));
                    break;
                };
                let came = self.errands.clone().make(errand).await?;
                page = self.take(came).await?;
            }
        }
        self.read_games(sports).await?;
        Ok(ended.or_else(|| self.given_up()))
    }

    /// Whether a call may go out now; waits where the provider asks for patience.
    async fn may_send(&mut self, call: &Call, under_way: i64) -> Result<Sending, RunError> {
        let cost = i64::from(call.credits);
        let (mut at, told) = (self.now(), None);
        match self.health.gate(at, told) {
            Gate::Open => {}
            Gate::Probe if under_way == 0 => {}
            Gate::Probe => return Ok(Sending::Later),
            Gate::FreeOnly { .. } if cost == 0 => {}
            Gate::FreeOnly { .. } => return Ok(Sending::Never(out_of_credits("the provider says that the credits are spent"))),
            Gate::Shut { .. } if matches!(self.health, Health::KeyRefused { .. }) => {
                return Ok(Sending::Never(Ended::Refused { reason: "the provider does not accept the key".to_owned() }));
            }
            Gate::Shut { until, .. } if under_way == 0 => {
                while at < until {
                    self.renew().await?;
                    self.errands.doors.alarm.until(until.min(at.plus_secs(LEASE_SECS / 4))).await;
                    at = self.now();
                }
            }
            Gate::Shut { .. } => return Ok(Sending::Later),
        }
        if cost == 0 || !self.errands.brief.provider.offers().is_metered {
            return Ok(Sending::Yes);
        }
        let (left, kept) = self.left().await?;
        match left {
            None => Ok(Sending::Never(out_of_credits("no ceiling is known: set credits.per_month, or let the provider tell what is left"))),
            Some(credits) if cost > credits => Ok(Sending::Never(out_of_credits(&format!(
                "{credits} credits may be spent, {} are kept for live collecting, and the next call can cost {cost}",
                kept.month
            )))),
            _ => Ok(Sending::Yes),
        }
    }

    /// What may be spent, read anew each time, for others spend beside us; what is kept for them is reckoned once a minute.
    async fn left(&mut self) -> Result<(Option<i64>, Kept), RunError> {
        let (errands, at) = (self.errands.clone(), self.now());
        let held = self.kept.filter(|(since, _)| at.secs_since(*since).abs() < KEPT_SECS).map(|(_, kept)| kept);
        let (left, kept) = blocking(move || {
            let (store, brief) = (errands.recorder.store(), &errands.brief);
            let kept = held.map_or_else(|| live::kept(store, brief, at), Ok)?;
            Ok((live::left(store, brief, kept, at)?, kept))
        })
        .await?;
        if held.is_none() {
            self.kept = Some((at, kept));
        }
        Ok((left, kept))
    }

    /// Waits until the provider's rate lets the next call out.
    async fn keep_pace(&mut self, what: What) {
        let gap = (1_000_000.0 / self.errands.brief.provider.per_second(what).max(0.01)) as i64;
        self.free_at = self.free_at.min(self.now().plus_micros(gap));
        if self.now() < self.free_at {
            self.errands.doors.alarm.until(self.free_at).await;
        }
        self.free_at = self.now().max(self.free_at).plus_micros(gap);
    }

    /// Takes what came of a call into what is known, and gives the call for the page that follows.
    async fn take(&mut self, came: Came) -> Result<Option<(Ask, Call)>, RunError> {
        let (errands, id) = (self.errands.clone(), came.id);
        let answer = blocking(move || {
            let (store, provider) = (errands.recorder.store(), &*errands.brief.provider);
            let row = store.ask_row(id)?;
            let answer = row.map(|row| note::of_row(store, provider, &row)).transpose()?.flatten();
            answer.iter().try_for_each(|answer| store.note_backfill_answer(answer))?;
            Ok(answer)
        })
        .await?;
        if let (Some(answer), Some(known)) = (answer, self.known.get_mut(&came.ask.sport)) {
            known.note(&answer);
        }
        let cost = came.billed.unwrap_or(came.reserved);
        self.spent += cost;
        self.health = self.health.after(came.done_at, came.outcome, came.retry_after, came.reserved > 0);
        match came.outcome {
            Outcome::Good | Outcome::Gone => (self.failures, self.refusals) = (0, 0),
            Outcome::Refused | Outcome::ChangedShape => self.refusals += 1,
            Outcome::TryAgain | Outcome::NoReply => self.failures += 1,
            Outcome::QuotaSpent | Outcome::KeyRefused => {}
        }
        if came.outcome != Outcome::Good {
            tracing::warn!(
                provider.key = self.errands.brief.provider.key(),
                verdict = came.word,
                reason = came.reason,
                "an ask was not answered"
            );
        }
        if cost > came.reserved {
            tracing::warn!(predicted = came.reserved, over = cost - came.reserved, "a call cost more than was predicted");
        }
        Ok(came.next.map(|call| (came.ask, call)))
    }

    fn given_up(&self) -> Option<Ended> {
        let refused = |reason: String| Some(Ended::Refused { reason });
        match (self.failures, self.refusals) {
            (failures, _) if failures >= MOST_FAILURES => refused(format!("{failures} calls in a row failed; run it again later")),
            (_, refusals) if refusals >= MOST_REFUSALS => refused(format!("{refusals} calls in a row were refused")),
            _ => None,
        }
    }

    async fn read_games(&mut self, sports: Vec<String>) -> Result<(), RunError> {
        for sport in std::collections::BTreeSet::from_iter(sports) {
            let Some(mut known) = self.known.remove(&sport) else { continue };
            let (errands, goal, of) = (self.errands.clone(), self.goal.clone(), sport.clone());
            let known = blocking(move || {
                known.read_games(errands.recorder.store(), &*errands.brief.provider, &goal, &of)?;
                Ok(known)
            })
            .await?;
            self.known.insert(sport, known);
        }
        Ok(())
    }

    /// Writes the intent; `None` where others have spent meanwhile what it needs. A lease that ran out (a machine that slept) is taken
    /// again, unless somebody else has it now.
    async fn begin(&self, ask: Ask, call: Call, is_retry: bool) -> Result<Option<Errand>, RunError> {
        let mut writing = self.errands.begin(ask.clone(), call.clone(), is_retry).await?;
        if matches!(writing, Writing::NotOurs) {
            self.renew().await?;
            writing = self.errands.begin(ask, call, is_retry).await?;
        }
        match writing {
            Writing::Done(errand) => Ok(Some(*errand)),
            Writing::NotPaid => Ok(None),
            Writing::NotOurs => Err(RunError::NotOurs),
        }
    }

    /// Takes the lease, or renews it.
    async fn renew(&self) -> Result<(), RunError> {
        let (errands, now) = (self.errands.clone(), self.now());
        let is_ours =
            blocking(move || errands.recorder.store().take_lease(&errands.lease, &errands.holder, now, now.plus_secs(LEASE_SECS))).await?;
        if is_ours { Ok(()) } else { Err(RunError::NotOurs) }
    }

    fn now(&self) -> Moment {
        self.errands.doors.clock.now()
    }
}

/// Whether a call goes out.
enum Sending {
    Yes,
    Later,
    Never(Ended),
}

fn spent_beside() -> Ended {
    out_of_credits("the last of the credits was spent beside this run")
}

fn out_of_credits(reason: &str) -> Ended {
    Ended::OutOfCredits { reason: reason.to_owned() }
}

/// The steps that are asked next, beside each other: in the order of the world, and no two that one snapshot may answer. What was lost
/// comes first, and alone.
fn batch(steps: &[Step]) -> Vec<Step> {
    if let Some(lost) = steps.iter().find(|step| step.is_ready && step.is_alone) {
        return vec![lost.clone()];
    }
    let mut ready: Vec<&Step> = steps.iter().filter(|step| step.is_ready).collect();
    ready.sort_by_key(|step| (step.credits > 0, step.day, step.ask.at));
    let mut batch: Vec<Step> = Vec::with_capacity(AT_ONCE);
    for step in ready {
        let is_near = |other: &Step| {
            let same = (other.ask.what, other.sport, &other.ask.listing) == (step.ask.what, step.sport, &step.ask.listing);
            let near =
                |a: Option<Moment>, b: Option<Moment>| a.zip(b).is_some_and(|(a, b)| a.secs_since(b).abs() <= 2.0 * PERIOD_SECS as f64);
            same && near(other.ask.at, step.ask.at)
        };
        if batch.len() < AT_ONCE && !batch.iter().any(is_near) {
            batch.push(step.clone());
        }
    }
    batch
}
