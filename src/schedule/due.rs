//! What a decision says: what is due, and for everything that is not asked, why not and until when. Each ask passes the ceilings here.

use std::borrow::Cow;
use std::fmt;

use odds::Moment;
use providers::{Ask, Provider, What};

use super::backoff::Gate;
use super::budget::Funds;
use super::cadence::Phase;
use super::closing_first::Reserve;
use super::known::Priced;
use super::purpose::Purpose;

/// Why something is asked, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The closing pull of a game.
    Closing,
    /// Its turn by the cadence of a phase, in seconds.
    Cadence(Phase, i64),
    /// Its turn by a fixed cadence, in seconds.
    Routine(i64),
    /// The line of a push feed was down: what it missed is not known.
    LineWasDown,
    /// The page of an answer that follows.
    NextPage,
    /// Which prop markets there are is not known.
    FirstLook,
    /// Asked lately enough.
    NotYet,
    /// No game within the time at which asking begins.
    NoGamesNear,
    /// No game is on.
    NoGamesOn,
    /// A keyless source gives it.
    KeylessGives,
    /// A source of a better rank gives it.
    FirstGives,
    /// Credits do not reach for this phase: only the closing pull is kept.
    ClosingOnly,
    /// Credits are set aside for closing pulls.
    KeptForClosings,
    /// Credits do not reach for the closing pulls of all games, and this one was not chosen.
    GivenUp,
    /// The month's ceiling.
    MonthlyCeiling,
    /// The day's ceiling.
    DailyCeiling,
    /// The month's ceiling of what it is for.
    PurposeCeiling,
    /// The provider says that no more remains.
    NothingRemains,
    /// No ceiling is set, and the provider has not said yet what the plan has.
    CeilingUnknown,
    /// The provider fails, or asked for patience.
    BackingOff,
    /// The provider is tried with one ask.
    Probing,
    /// The provider says that credits are spent.
    QuotaSpent,
    /// The key is not accepted.
    KeyRefused,
    /// This request is refused.
    Refused,
    /// What it is about is not there.
    Gone,
    /// The answers have another shape.
    ChangedShape,
    /// The provider quotes no props of it, or none on the menu.
    NoProps,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Cadence(phase, gap) => return write!(f, "every {gap} s ({})", phase.as_str()),
            Self::Routine(gap) => return write!(f, "every {gap} s"),
            Self::Closing => "closing pull",
            Self::LineWasDown => "the line was down, and may have missed something",
            Self::NextPage => "the page that follows",
            Self::FirstLook => "which prop markets there are is not known yet",
            Self::NotYet => "asked lately enough",
            Self::NoGamesNear => "no game is near",
            Self::NoGamesOn => "no game is on",
            Self::KeylessGives => "a keyless source gives it",
            Self::FirstGives => "a source of a better rank gives it",
            Self::ClosingOnly => "credits reach for the closing pull only",
            Self::KeptForClosings => "credits are set aside for closing pulls",
            Self::GivenUp => "credits do not reach for the closing pulls of all games",
            Self::MonthlyCeiling => "the month's ceiling is reached",
            Self::DailyCeiling => "the day's ceiling is reached",
            Self::PurposeCeiling => "the month's ceiling of what it is for is reached",
            Self::NothingRemains => "the provider says that nothing remains",
            Self::CeilingUnknown => "no ceiling is set and the provider has not told the plan's size yet",
            Self::BackingOff => "the provider fails or asked for patience",
            Self::Probing => "the provider is tried with one ask first",
            Self::QuotaSpent => "the provider says that credits are spent",
            Self::KeyRefused => "the key is refused",
            Self::Refused => "this request is refused",
            Self::Gone => "what it asks about is gone",
            Self::ChangedShape => "the answers have changed their shape",
            Self::NoProps => "no props that are wanted are offered",
        };
        f.write_str(text)
    }
}

/// What an ask is for: the order in which credits are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// The closing pull of featured markets.
    Closing,
    /// The closing pull of a game's main props, or the look that it needs.
    ClosingProps,
    /// Costs nothing.
    Free,
    /// Everything else that costs credits.
    Regular,
}

/// An ask that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What to ask.
    pub ask: Ask,
    /// What it is for.
    pub priority: Priority,
    /// The most that it can cost, to be reserved before the call.
    pub predicted_credits: i64,
    /// Why now.
    pub reason: Reason,
}

/// Something that is not asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What.
    pub what: What,
    /// The provider's sport key; empty for catalogues.
    pub sport: String,
    /// The listing, where it is about one.
    pub listing: Option<String>,
    /// Until when at least; [`Moment::MAX`] where only new knowledge can change it.
    pub until: Moment,
    /// Why.
    pub reason: Reason,
}

/// What is to be done about one provider now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to ask, the most important first. Each is to be noted (see [`super::Asked::note`]) when it goes out.
    pub due: Vec<Due>,
    /// What is not asked, and why; filled where it was asked for.
    pub holds: Vec<Hold>,
    /// When to decide again if everything due is asked and answered well; sooner where something else becomes known.
    pub wake_at: Moment,
    /// The rung of the ladder that credits pay for; `None` where asking costs nothing or no ceiling is known.
    pub rung: Option<usize>,
}

/// One ask that its cadence lets through.
pub(super) struct Candidate<'a> {
    pub ask: Cow<'a, Ask>,
    pub credits: i64,
    pub priority: Priority,
    pub reason: Reason,
    /// How near the start is that it is for, in seconds: the nearest go first.
    pub nearness: i64,
    /// When to look again if credits do not let it through.
    pub again_at: Moment,
    /// When its next turn comes if it is let through.
    pub then_at: Moment,
    /// A lesser ask in its place, for which alone credits are set aside: what it costs on top must be free.
    pub otherwise: Option<&'a Priced>,
}

/// A decision that is being made.
pub(super) struct Draft<'a> {
    pub at: Moment,
    pub candidates: Vec<Candidate<'a>>,
    with_holds: bool,
    holds: Vec<Hold>,
    wake_at: Moment,
}

impl<'a> Draft<'a> {
    pub fn new(at: Moment, with_holds: bool) -> Self {
        Self { at, candidates: Vec::new(), with_holds, holds: Vec::new(), wake_at: Moment::MAX }
    }

    /// Something may become due then.
    pub fn wake(&mut self, at: Moment) {
        if at > self.at {
            self.wake_at = self.wake_at.min(at);
        }
    }

    pub fn hold(&mut self, what: What, sport: &str, listing: Option<&str>, until: Moment, reason: Reason) {
        self.wake(until);
        if self.with_holds {
            self.holds.push(Hold { what, sport: sport.to_owned(), listing: listing.map(str::to_owned), until, reason });
        }
    }

    /// Lets through what the provider's health, the ceilings and the reserve allow, the most important first.
    pub fn settle(
        mut self,
        provider: &dyn Provider,
        gate: Gate,
        priced: Option<Option<Funds>>,
        reserve: Reserve,
        rung: Option<usize>,
    ) -> Decision {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.sort_by(|a, b| (a.priority, a.nearness, &a.ask).cmp(&(b.priority, b.nearness, &b.ask)));
        let mut till = Till { at: self.at, gate, funds: priced, reserve, let_through: 0 };
        let mut due = Vec::new();
        for candidate in candidates {
            if is_told_by(provider, &candidate, &due) {
                continue;
            }
            let mut candidate = candidate;
            let mut paid = till.pay(&candidate);
            if let (Err(_), Some(lesser)) = (&paid, candidate.otherwise.take()) {
                (candidate.ask, candidate.credits) = (Cow::Borrowed(&lesser.ask), lesser.credits);
                paid = till.pay(&candidate);
            }
            match paid {
                Ok(()) => {
                    self.wake(candidate.then_at);
                    due.push(candidate.into_due());
                }
                Err((until, reason)) => {
                    let ask = &candidate.ask;
                    self.hold(ask.what, &ask.sport, ask.listing.as_deref(), until, reason);
                }
            }
        }
        Decision { due, holds: self.holds, wake_at: self.wake_at, rung }
    }
}

/// Whether a free ask makes the same call as one that goes out already.
fn is_told_by(provider: &dyn Provider, candidate: &Candidate<'_>, due: &[Due]) -> bool {
    let calls = |ask: &Ask| provider.requests(ask).into_iter().map(|call| call.request).collect::<Vec<_>>();
    let is_alike =
        |other: &Ask| other.sport == candidate.ask.sport && other.day == candidate.ask.day && other.listing == candidate.ask.listing;
    candidate.credits == 0 && due.iter().any(|due| is_alike(&due.ask) && calls(&due.ask) == calls(&candidate.ask))
}

impl Candidate<'_> {
    fn into_due(self) -> Due {
        Due { ask: self.ask.into_owned(), priority: self.priority, predicted_credits: self.credits, reason: self.reason }
    }
}

/// Where credits are given out, one ask after the other.
struct Till {
    at: Moment,
    gate: Gate,
    /// `None`: nothing here costs credits. `Some(None)`: it does, and no ceiling is known.
    funds: Option<Option<Funds>>,
    reserve: Reserve,
    let_through: usize,
}

impl Till {
    fn pay(&mut self, candidate: &Candidate<'_>) -> Result<(), (Moment, Reason)> {
        self.pass_gate(candidate)?;
        if candidate.credits > 0 {
            self.pass_ceilings(candidate)?;
        }
        self.let_through += 1;
        Ok(())
    }

    fn pass_gate(&self, candidate: &Candidate<'_>) -> Result<(), (Moment, Reason)> {
        match self.gate {
            Gate::Open => Ok(()),
            Gate::Probe if self.let_through == 0 => Ok(()),
            Gate::Probe => Err((self.at.plus_secs(5), Reason::Probing)),
            Gate::FreeOnly { .. } if candidate.credits == 0 => Ok(()),
            Gate::FreeOnly { until } => Err((until, Reason::QuotaSpent)),
            Gate::Shut { until, reason } => Err((until, reason)),
        }
    }

    fn pass_ceilings(&mut self, candidate: &Candidate<'_>) -> Result<(), (Moment, Reason)> {
        let Some(known) = &mut self.funds else { return Ok(()) };
        let Some(funds) = known else { return Err((candidate.again_at, Reason::CeilingUnknown)) };
        let cost = candidate.credits;
        if cost > funds.month {
            let reason = if funds.is_told { Reason::NothingRemains } else { Reason::MonthlyCeiling };
            return Err((candidate.again_at, reason));
        }
        if funds.day.is_some_and(|day| cost > day) {
            return Err((funds.day_ends_at.min(candidate.again_at), Reason::DailyCeiling));
        }
        let purpose = Purpose::of(candidate.ask.what);
        if cost > funds.on(purpose) {
            return Err((candidate.again_at, Reason::PurposeCeiling));
        }
        let (kept_month, kept_day) = self.reserve.kept_from(candidate.priority);
        if cost as f64 > funds.month as f64 - kept_month || funds.day.is_some_and(|day| cost as f64 > day as f64 - kept_day) {
            return Err((candidate.again_at, Reason::KeptForClosings));
        }
        let set_aside = candidate.otherwise.map_or(cost, |lesser| lesser.credits);
        let all_kept = (self.reserve.month + self.reserve.month_props, self.reserve.day + self.reserve.day_props);
        let extra = (cost - set_aside) as f64;
        if extra > 0.0 && (extra > funds.month as f64 - all_kept.0 || funds.day.is_some_and(|day| extra > day as f64 - all_kept.1)) {
            return Err((candidate.again_at, Reason::KeptForClosings));
        }
        funds.spend(purpose, cost);
        self.reserve.release(candidate.priority, set_aside);
        Ok(())
    }
}
