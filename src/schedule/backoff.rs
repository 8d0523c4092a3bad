//! When a provider is left alone: after failures, while credits are spent, when its key is refused. Each provider has its own state,
//! and nothing in here sees two of them.

use odds::Moment;

use super::asked::{LastAsk, Outcome};
use super::budget::{Told, next_month};
use super::due::Reason;

/// How a provider has answered lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Health {
    /// It answers.
    #[default]
    Well,
    /// Calls fail.
    Struggling {
        /// Failures in a row, over all asks.
        failures: u32,
        /// Not before.
        until: Moment,
    },
    /// It says that the credits are spent.
    QuotaSpent {
        /// When it said so.
        since: Moment,
    },
    /// It does not accept the key.
    KeyRefused {
        /// When it was tried last.
        checked_at: Moment,
    },
}

/// What a provider's health lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Everything.
    Open,
    /// One ask, to see whether it answers again.
    Probe,
    /// What costs nothing.
    FreeOnly {
        /// Until when.
        until: Moment,
    },
    /// Nothing.
    Shut {
        /// Until when.
        until: Moment,
        /// Why.
        reason: Reason,
    },
}

const FIRST_WAIT_SECS: i64 = 5;
const LONGEST_WAIT_SECS: i64 = 300;
/// Failures in a row from which on only one ask is let through at a time.
const PROBE_FROM: u32 = 3;
/// An answer of another shape may be a page of somebody in between: it is tried again at least this often, so that the provider is not
/// left out for hours once it answers again.
const CHANGED_SHAPE_SECS: i64 = 1800;
/// How often a refused key is tried again.
const KEY_CHECK_SECS: i64 = 3600;

impl Health {
    /// The state after one more ask. `priced` says whether it cost credits: free calls answer well while the quota is spent.
    #[must_use]
    pub fn after(self, at: Moment, outcome: Outcome, retry_after: Option<Moment>, priced: bool) -> Self {
        match (outcome, self) {
            (Outcome::KeyRefused, _) => Self::KeyRefused { checked_at: at },
            (Outcome::QuotaSpent, _) => Self::QuotaSpent { since: at },
            (Outcome::TryAgain | Outcome::NoReply, Self::Struggling { failures, .. }) => Self::struggling(at, failures + 1, retry_after),
            (Outcome::TryAgain | Outcome::NoReply, Self::Well) => Self::struggling(at, 1, retry_after),
            (Outcome::TryAgain | Outcome::NoReply, Self::KeyRefused { .. }) => Self::KeyRefused { checked_at: at },
            (_, Self::QuotaSpent { .. }) if !priced || outcome != Outcome::Good => self,
            _ => Self::Well,
        }
    }

    fn struggling(at: Moment, failures: u32, retry_after: Option<Moment>) -> Self {
        let until = at.plus_secs(wait_secs(failures, FIRST_WAIT_SECS, LONGEST_WAIT_SECS));
        Self::Struggling { failures, until: retry_after.map_or(until, |asked_for| asked_for.max(until)) }
    }

    /// What it lets through at a moment.
    #[must_use]
    pub fn gate(self, at: Moment, told: Option<Told>) -> Gate {
        match self {
            Self::Well => Gate::Open,
            Self::Struggling { until, .. } if at < until => Gate::Shut { until, reason: Reason::BackingOff },
            Self::Struggling { failures, .. } if failures >= PROBE_FROM => Gate::Probe,
            Self::Struggling { .. } => Gate::Open,
            Self::QuotaSpent { since } => quota_gate(at, since, told),
            Self::KeyRefused { checked_at } => {
                let until = checked_at.plus_secs(KEY_CHECK_SECS);
                if at < until { Gate::Shut { until, reason: Reason::KeyRefused } } else { Gate::Probe }
            }
        }
    }
}

fn quota_gate(at: Moment, since: Moment, told: Option<Told>) -> Gate {
    let until = next_month(since);
    let has_credits_again = told.is_some_and(|told| told.at > since && told.remaining > 0);
    if at >= until || has_credits_again { Gate::Open } else { Gate::FreeOnly { until } }
}

/// Doubles from the first wait to the longest.
#[must_use]
pub fn wait_secs(failures: u32, first: i64, longest: i64) -> i64 {
    first.saturating_mul(1_i64 << failures.saturating_sub(1).min(30)).min(longest)
}

/// When one ask that did not get a good answer may be asked again, and why not before. `None` where its cadence alone decides.
#[must_use]
pub fn not_before(last: &LastAsk) -> Option<(Moment, Reason)> {
    let wait = |secs: i64| last.asked_at.plus_secs(secs);
    match last.outcome {
        Outcome::Refused => Some((wait(wait_secs(last.failures, 6 * 3600, 86_400)), Reason::Refused)),
        Outcome::Gone => Some((wait(6 * 3600), Reason::Gone)),
        Outcome::ChangedShape => Some((wait(wait_secs(last.failures, 300, CHANGED_SHAPE_SECS)), Reason::ChangedShape)),
        _ => last.retry_after.map(|until| (until, Reason::BackingOff)),
    }
}

/// When a failed ask is tried again before its next turn: soon and a few times where the provider answered, once where no reply came.
#[must_use]
pub fn retry_at(last: &LastAsk) -> Option<Moment> {
    let (most, first) = match last.outcome {
        Outcome::TryAgain => (4, 10),
        Outcome::NoReply => (1, 60),
        _ => return None,
    };
    (last.failures <= most).then(|| last.asked_at.plus_secs(wait_secs(last.failures, first, 300)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment::from_secs(1_792_584_000);

    #[test]
    fn failures_wait_longer_each_time_and_then_one_ask_probes() {
        let mut health = Health::Well;
        let mut waits = Vec::new();
        for _ in 0..9 {
            health = health.after(NOON, Outcome::TryAgain, None, true);
            let Gate::Shut { until, .. } = health.gate(NOON, None) else { panic!("{health:?}") };
            waits.push(until.secs_since(NOON) as i64);
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(health.gate(NOON.plus_secs(300), None), Gate::Probe);
        assert_eq!(health.after(NOON, Outcome::Good, None, true), Health::Well);
    }

    #[test]
    fn a_provider_that_asks_for_patience_gets_it() {
        let health = Health::Well.after(NOON, Outcome::TryAgain, Some(NOON.plus_secs(900)), true);
        assert_eq!(health.gate(NOON.plus_secs(899), None), Gate::Shut { until: NOON.plus_secs(900), reason: Reason::BackingOff });
    }

    #[test]
    fn a_spent_quota_lets_free_calls_through_until_the_month_ends_or_credits_are_seen() {
        let health = Health::Well.after(NOON, Outcome::QuotaSpent, None, true);
        let until = next_month(NOON);
        assert_eq!(health.gate(NOON, None), Gate::FreeOnly { until });
        assert_eq!(health.after(NOON, Outcome::Good, None, false), health, "a free call that answers proves nothing");
        assert_eq!(health.gate(until, None), Gate::Open);
        let told = |at, remaining| Some(Told { at, used: 0, remaining, reserved_since: 0 });
        assert_eq!(health.gate(NOON.plus_secs(60), told(NOON.plus_secs(30), 5)), Gate::Open);
        assert_eq!(health.gate(NOON.plus_secs(60), told(NOON.plus_secs(30), 0)), Gate::FreeOnly { until });
        assert_eq!(health.gate(NOON.plus_secs(60), told(NOON.plus_secs(-30), 5)), Gate::FreeOnly { until }, "said before");
    }

    #[test]
    fn a_refused_key_is_tried_again_every_hour() {
        let health = Health::Well.after(NOON, Outcome::KeyRefused, None, false);
        assert!(matches!(health.gate(NOON.plus_secs(3599), None), Gate::Shut { reason: Reason::KeyRefused, .. }));
        assert_eq!(health.gate(NOON.plus_secs(3600), None), Gate::Probe);
    }

    #[test]
    fn an_answer_of_another_shape_is_tried_again_at_least_every_half_hour() {
        let mut last = None;
        let mut waits = Vec::new();
        for _ in 0..6 {
            let next = LastAsk::after(last.as_ref(), NOON, Outcome::ChangedShape, None);
            waits.push(not_before(&next).map(|(until, _)| until.secs_since(NOON) as i64));
            last = Some(next);
        }
        assert_eq!(waits, [300, 600, 1200, 1800, 1800, 1800].map(Some));
    }

    #[test]
    fn an_intent_without_a_reply_is_asked_again_once_before_its_next_turn() {
        let once = LastAsk::after(None, NOON, Outcome::NoReply, None);
        assert_eq!(retry_at(&once), Some(NOON.plus_secs(60)));
        assert_eq!(retry_at(&LastAsk::after(Some(&once), NOON, Outcome::NoReply, None)), None);
    }
}
