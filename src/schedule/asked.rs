//! What was asked last, and what came of it: the memory that survives a restart, because the store fills it from what it kept.

use odds::Moment;
use providers::{Ask, Verdict, What};
use rustc_hash::FxHashMap;

/// What came of an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// An answer.
    Good,
    /// An intent without a reply: killed in between, timed out, or still under way.
    NoReply,
    /// The provider asks for patience, or failed.
    TryAgain,
    /// Credits are spent.
    QuotaSpent,
    /// It will not answer this request.
    Refused,
    /// The key is not accepted.
    KeyRefused,
    /// What was asked about is not there.
    Gone,
    /// The answer has another shape.
    ChangedShape,
}

impl From<&Verdict> for Outcome {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::Good,
            Verdict::RetryAfter(..) => Self::TryAgain,
            Verdict::QuotaSpent(_) => Self::QuotaSpent,
            Verdict::Refused(_) => Self::Refused,
            Verdict::KeyRefused(_) => Self::KeyRefused,
            Verdict::Gone(_) => Self::Gone,
            Verdict::ChangedShape(_) => Self::ChangedShape,
        }
    }
}

/// The last time something was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastAsk {
    /// When it went out.
    pub asked_at: Moment,
    /// What came of it.
    pub outcome: Outcome,
    /// How often in a row, up to this one, it failed; 0 where it was good.
    pub failures: u32,
    /// Not before, where the provider said so.
    pub retry_after: Option<Moment>,
    /// When the last good answer was asked for.
    pub good_at: Option<Moment>,
}

impl LastAsk {
    /// The record that follows an earlier one.
    #[must_use]
    pub fn after(before: Option<&Self>, asked_at: Moment, outcome: Outcome, retry_after: Option<Moment>) -> Self {
        let is_good = outcome == Outcome::Good;
        let failures = if is_good { 0 } else { before.map_or(0, |last| last.failures).saturating_add(1) };
        let good_at = if is_good { Some(asked_at) } else { before.and_then(|last| last.good_at) };
        Self { asked_at, outcome, failures, retry_after, good_at }
    }

    /// The same as seen from a moment: what lies in the future (the clock was set back) counts as just asked.
    #[must_use]
    pub fn seen_from(mut self, at: Moment) -> Self {
        self.asked_at = self.asked_at.min(at);
        self.good_at = self.good_at.map(|good_at| good_at.min(at));
        self
    }
}

/// The last asks of one provider, by identity: what was asked, about which sport or listing, and which day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked(FxHashMap<What, FxHashMap<String, LastAsk>>);

/// The identity of an ask among those of its kind. The markets are no part of it: a pull of fewer markets is still a pull.
#[must_use]
pub fn subject(ask: &Ask) -> String {
    subject_of(ask.listing.as_deref().unwrap_or(&ask.sport), ask.day.as_deref())
}

/// The identity of an ask about a sport or listing, and a day.
#[must_use]
pub fn subject_of(about: &str, day: Option<&str>) -> String {
    day.map_or_else(|| about.to_owned(), |day| format!("{about}@{day}"))
}

impl Asked {
    /// The last ask of a kind about a subject, as seen from a moment.
    #[must_use]
    pub fn last(&self, at: Moment, what: What, subject: &str) -> Option<LastAsk> {
        self.0.get(&what)?.get(subject).map(|last| last.seen_from(at))
    }

    /// Keeps what came of an ask. Said twice, the second time counts as another attempt only if `asked_at` differs.
    pub fn note(&mut self, ask: &Ask, asked_at: Moment, outcome: Outcome, retry_after: Option<Moment>) {
        let of_kind = self.0.entry(ask.what).or_default();
        let subject = subject(ask);
        let before = of_kind.get(&subject).copied();
        let mut next = LastAsk::after(before.as_ref(), asked_at, outcome, retry_after);
        if let Some(before) = before.filter(|before| before.asked_at == asked_at && outcome != Outcome::Good) {
            next.failures = before.failures.max(1);
        }
        of_kind.insert(subject, next);
    }

    /// Puts back what the store kept.
    pub fn restore(&mut self, what: What, subject: String, last: LastAsk) {
        self.0.entry(what).or_default().insert(subject, last);
    }

    /// Everything, for whoever stores it.
    pub fn iter(&self) -> impl Iterator<Item = (What, &str, &LastAsk)> {
        self.0.iter().flat_map(|(what, of_kind)| of_kind.iter().map(|(subject, last)| (*what, subject.as_str(), last)))
    }

    /// After the clock was set back: what lies in the future becomes just asked, once, so that asking goes on from here.
    pub fn heal(&mut self, at: Moment) {
        self.0.values_mut().flat_map(|of_kind| of_kind.values_mut()).for_each(|last| *last = last.seen_from(at));
    }
}
