//! What may still be spent, now and until the month ends: ceilings, our ledger and the provider's own word put together.

use odds::Moment;

use super::purpose::{ByPurpose, Purpose};

/// Ceilings of one provider, in credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ceilings {
    /// A month, from its 1st in UTC. Unset: 90 % of what the provider says was used and remains.
    pub per_month: Option<i64>,
    /// A day in UTC. Unset: no ceiling of its own.
    pub per_day: Option<i64>,
    /// A month, for one purpose, inside the others. Unset: none of its own.
    pub by_purpose: ByPurpose<Option<i64>>,
}

/// What our ledger says was spent: billed, and what is reserved or unknown at its predicted upper bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// In the month of [`Purse::as_of`].
    pub month: i64,
    /// In the day of it.
    pub day: i64,
    /// In the month, by purpose.
    pub by_purpose: ByPurpose<i64>,
}

/// What the provider said of its own meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Moment,
    /// Used in the month, by whoever has the key.
    pub used: i64,
    /// What remains of it; below zero where calls raced.
    pub remaining: i64,
    /// What we reserved since, which it cannot have counted.
    pub reserved_since: i64,
}

/// The money of one provider, as seen at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purse {
    /// The ceilings that the operator set.
    pub ceilings: Ceilings,
    /// What we spent.
    pub spent: Spent,
    /// The moment whose month and day `spent` speaks of.
    pub as_of: Moment,
    /// The provider's newest word.
    pub told: Option<Told>,
}

/// What may still be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Funds {
    /// Until the month ends.
    pub month: i64,
    /// Until the day ends; `None` where no ceiling of its own stands.
    pub day: Option<i64>,
    /// Until the month ends, for one purpose; `None` where no ceiling of its own stands.
    pub by_purpose: ByPurpose<Option<i64>>,
    /// When the month ends.
    pub month_ends_at: Moment,
    /// When the day ends.
    pub day_ends_at: Moment,
    /// Whether the provider's word, and not our ceiling, sets the month's figure.
    pub is_told: bool,
}

/// The share of a plan that is spent where the operator sets no ceiling, in percent.
const DEFAULT_SHARE_PERCENT: i64 = 90;

impl Purse {
    /// A purse of which nothing was spent.
    #[must_use]
    pub fn fresh(ceilings: Ceilings, as_of: Moment) -> Self {
        Self { ceilings, spent: Spent::default(), as_of, told: None }
    }

    /// Takes what the provider said; what we reserved since begins anew.
    pub fn tell(&mut self, at: Moment, used: i64, remaining: i64) {
        self.told = Some(Told { at, used, remaining, reserved_since: 0 });
    }

    /// Sets credits aside for a call of no purpose that has a ceiling.
    pub fn reserve(&mut self, at: Moment, credits: i64) {
        self.reserve_for(at, Purpose::Other, credits);
    }

    /// Sets credits aside for a call.
    pub fn reserve_for(&mut self, at: Moment, purpose: Purpose, credits: i64) {
        *self = self.rolled_to(at);
        let of_purpose = self.spent.by_purpose.of_mut(purpose);
        *of_purpose = of_purpose.saturating_add(credits);
        self.spent.month = self.spent.month.saturating_add(credits);
        self.spent.day = self.spent.day.saturating_add(credits);
        if let Some(told) = &mut self.told {
            told.reserved_since = told.reserved_since.saturating_add(credits);
        }
    }

    /// The same at a later moment: a new day or month begins at nothing. A moment of an earlier day changes nothing.
    #[must_use]
    pub fn rolled_to(mut self, at: Moment) -> Self {
        if at >= next_month(self.as_of) {
            self.spent.month = 0;
            self.spent.by_purpose = ByPurpose::default();
        }
        if at >= next_day(self.as_of) {
            self.spent.day = 0;
        }
        self.as_of = self.as_of.max(at);
        self
    }

    /// The ceiling of the month that stands; `None` where it is not set and the provider has not said anything yet.
    #[must_use]
    pub fn monthly_ceiling(&self) -> Option<i64> {
        self.ceilings.per_month.or_else(|| self.told.map(|told| default_ceiling(told.used, told.remaining)))
    }

    /// What may still be spent; `None` where no ceiling is known.
    #[must_use]
    pub fn funds(&self, at: Moment) -> Option<Funds> {
        let purse = self.rolled_to(at);
        let told = purse.told.filter(|told| next_month(told.at) > purse.as_of);
        let ours = told.map_or(purse.spent.month, |told| purse.spent.month.min(told.used.saturating_add(told.reserved_since)));
        let by_ceiling = match purse.ceilings.per_month {
            Some(ceiling) => ceiling - ours,
            None => purse.monthly_ceiling()? - told.map_or(purse.spent.month, |told| told.used + told.reserved_since),
        };
        let by_provider = told.map_or(i64::MAX, |told| told.remaining - told.reserved_since);
        Some(Funds {
            month: by_ceiling.min(by_provider).max(0),
            day: purse.ceilings.per_day.map(|ceiling| (ceiling - purse.spent.day).max(0)),
            by_purpose: ByPurpose::from_fn(|purpose| {
                purse.ceilings.by_purpose.of(purpose).map(|ceiling| (ceiling - purse.spent.by_purpose.of(purpose)).max(0))
            }),
            month_ends_at: next_month(purse.as_of),
            day_ends_at: next_day(purse.as_of),
            is_told: by_provider < by_ceiling,
        })
    }
}

impl Funds {
    /// What may be spent on a purpose: of the month, and of its own ceiling where one stands.
    #[must_use]
    pub fn on(&self, purpose: Purpose) -> i64 {
        self.by_purpose.of(purpose).map_or(self.month, |own| own.min(self.month))
    }

    /// Whether they pay for a call of a purpose: of the month, the day and the purpose's own ceiling.
    #[must_use]
    pub fn pay(&self, purpose: Purpose, credits: i64) -> bool {
        credits <= self.on(purpose) && self.day.is_none_or(|day| credits <= day)
    }

    /// Takes off what a call can cost.
    pub(super) fn spend(&mut self, purpose: Purpose, credits: i64) {
        self.month -= credits;
        self.day = self.day.map(|day| day - credits);
        let own = self.by_purpose.of_mut(purpose);
        *own = own.map(|own| own - credits);
    }
}

/// The monthly ceiling where none is set, from what the provider says was used and remains.
#[must_use]
pub const fn default_ceiling(used: i64, remaining: i64) -> i64 {
    used.saturating_add(remaining).saturating_mul(DEFAULT_SHARE_PERCENT) / 100
}

/// The 1st of the next month, 00:00 UTC.
#[must_use]
pub fn next_month(at: Moment) -> Moment {
    midnight_after(at.day_in(&jiff::tz::TimeZone::UTC).last_of_month())
}

/// The next midnight in UTC.
#[must_use]
pub fn next_day(at: Moment) -> Moment {
    Moment::from_secs((at.secs().div_euclid(86_400) + 1) * 86_400)
}

fn midnight_after(day: jiff::civil::Date) -> Moment {
    let next = day.tomorrow().unwrap_or(day);
    next.to_zoned(jiff::tz::TimeZone::UTC).map_or(Moment::MAX, |zoned| Moment::from(zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn purse(per_month: Option<i64>, month: i64, told: Option<(i64, i64)>) -> Purse {
        let mut purse = Purse::fresh(Ceilings { per_month, ..Ceilings::default() }, at("2026-10-05T00:00:00Z"));
        purse.reserve(at("2026-10-05T00:00:00Z"), month);
        if let Some((used, remaining)) = told {
            purse.tell(at("2026-10-05T12:00:00Z"), used, remaining);
        }
        purse
    }

    fn month(purse: &Purse) -> Option<i64> {
        purse.funds(at("2026-10-05T13:00:00Z")).map(|funds| funds.month)
    }

    #[test]
    fn what_the_provider_says_beats_our_ledger_both_ways() {
        assert_eq!(month(&purse(Some(1000), 400, None)), Some(600));
        assert_eq!(month(&purse(Some(1000), 400, Some((400, 50)))), Some(50), "others spent from the same key");
        assert_eq!(month(&purse(Some(1000), 400, Some((390, 19_610)))), Some(610), "unknown calls turned out not to be billed");
        assert_eq!(month(&purse(Some(1000), 400, Some((9000, 11_000)))), Some(600), "a share of a key that others use");
        assert_eq!(month(&purse(Some(1000), 400, Some((1000, -60)))), Some(0), "the meter can go below zero");
    }

    #[test]
    fn an_unset_ceiling_is_nine_tenths_of_the_plan_and_unknown_until_the_provider_speaks() {
        assert_eq!(month(&purse(None, 0, None)), None);
        assert_eq!(month(&purse(None, 0, Some((0, 20_000)))), Some(18_000));
        assert_eq!(month(&purse(None, 100, Some((15_000, 5000)))), Some(3000));
    }

    #[test]
    fn what_was_reserved_since_the_provider_spoke_is_taken_off_its_word() {
        let mut purse = purse(None, 0, Some((0, 20_000)));
        purse.reserve(at("2026-10-05T12:30:00Z"), 30);
        assert_eq!(month(&purse), Some(17_970));
    }

    #[test]
    fn a_new_month_and_a_new_day_begin_at_nothing_and_the_plan_is_remembered() {
        let mut purse = purse(None, 17_000, Some((17_000, 3000)));
        purse.ceilings.per_day = Some(500);
        assert_eq!(purse.funds(at("2026-10-05T23:59:59Z")).unwrap().day, Some(0));
        let later = purse.funds(at("2026-11-01T00:00:00Z")).unwrap();
        assert_eq!((later.month, later.day, later.month_ends_at), (18_000, Some(500), at("2026-12-01T00:00:00Z")));
    }

    #[test]
    fn a_clock_that_is_set_back_opens_no_closed_day_or_month() {
        let mut purse = purse(Some(100), 0, None);
        purse.reserve(at("2026-11-01T00:00:10Z"), 100);
        assert_eq!(purse.funds(at("2026-10-31T23:59:00Z")).unwrap().month, 0);
        assert_eq!(next_month(at("2026-12-31T23:59:59Z")), at("2027-01-01T00:00:00Z"));
    }
}
