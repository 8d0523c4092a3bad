//! Who is asked first for what several providers give, and when the first is out. Pure: what comes of it enters the scheduler as data
//! ([`super::Covered`]), so that a source of a lower rank spends nothing on what the first gives.

use std::collections::BTreeMap;

use odds::Moment;
use providers::{Provider, What};
use serde::Serialize;

use super::asked::{Asked, Outcome};
use super::backoff::{Gate, Health};
use super::budget::Purse;
use super::due::Reason;
use super::known::Slate;
use crate::settings::Settings;

/// A kind of fact that has ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RankedKind {
    /// Featured odds.
    Odds,
    /// Player props.
    Props,
    /// Scores.
    Scores,
    /// Injuries.
    Injuries,
}

impl RankedKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Odds, Self::Props, Self::Scores, Self::Injuries];

    /// What is asked for it.
    #[must_use]
    pub const fn what(self) -> What {
        match self {
            Self::Odds => What::Odds,
            Self::Props => What::EventOdds,
            Self::Scores => What::Scores,
            Self::Injuries => What::Injuries,
        }
    }

    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Odds => "odds",
            Self::Props => "props",
            Self::Scores => "scores",
            Self::Injuries => "injuries",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Providers in the order in which they are asked, for each kind of fact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranks {
    named: Vec<(Option<RankedKind>, &'static str)>,
    as_named: Vec<&'static str>,
}

impl Ranks {
    /// Ranks that the operator set, for a kind or for all of them; where he set none, the order in which providers were named.
    #[must_use]
    pub const fn of(named: Vec<(Option<RankedKind>, &'static str)>, as_named: Vec<&'static str>) -> Self {
        Self { named, as_named }
    }

    /// The ranks that settings give.
    #[must_use]
    pub fn of_settings(settings: &Settings) -> Self {
        let as_named = settings.providers.iter().filter(|provider| provider.is_asked).map(|provider| provider.key).collect();
        Self::of(settings.ask.ranks.clone(), as_named)
    }

    /// The place of a provider among those of a kind: what was said of the kind goes before what was said of all, and that before
    /// the order of names.
    #[must_use]
    pub fn place(&self, kind: RankedKind, provider: &str) -> usize {
        let among = |of: Option<RankedKind>| {
            let mut named = self.named.iter().filter(move |(kind, _)| *kind == of);
            named.position(|(_, named)| *named == provider)
        };
        let own = among(Some(kind));
        let general = || among(None).map(|place| 1_000 + place);
        let by_name = || self.as_named.iter().position(|named| *named == provider).map(|place| 2_000 + place);
        own.or_else(general).or_else(by_name).unwrap_or(usize::MAX)
    }
}

/// Why a provider gives nothing just now: of everything, or of one league.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Out {
    /// Of everything.
    pub all: Option<String>,
    /// Of a kind of fact of a league.
    pub leagues: BTreeMap<(RankedKind, &'static str), String>,
}

/// Failures in a row from which on a provider is out: the same from which on it is only tried with one ask.
const OUT_FROM_FAILURES: u32 = 3;

impl Out {
    /// Why a provider is out, by how it answered and what it may spend. `patience_secs` is the cadence: who asks to be left alone for
    /// longer is out at once.
    #[must_use]
    pub fn of(
        at: Moment,
        provider: &dyn Provider,
        slates: &[Slate],
        (asked, purse, health): (&Asked, &Purse, Health),
        patience_secs: i64,
    ) -> Self {
        let all = unwell(at, purse, health, patience_secs).or_else(|| without_credits(at, provider, slates, purse));
        let refused = |slate: &Slate| {
            let last = asked.last(at, What::Odds, &slate.sport)?;
            let why = match last.outcome {
                Outcome::Refused => Reason::Refused,
                Outcome::Gone => Reason::Gone,
                Outcome::ChangedShape => Reason::ChangedShape,
                _ => return None,
            };
            Some(((RankedKind::Odds, slate.league?.key), why.to_string()))
        };
        Self { all, leagues: slates.iter().filter_map(refused).collect() }
    }

    /// Why it does not give a kind of fact of a league.
    #[must_use]
    pub fn why(&self, kind: RankedKind, league: &str) -> Option<&str> {
        let of_league = self.leagues.iter().find(|((of, key), _)| *of == kind && *key == league).map(|(_, why)| why);
        self.all.as_ref().or(of_league).map(String::as_str)
    }
}

fn unwell(at: Moment, purse: &Purse, health: Health, patience_secs: i64) -> Option<String> {
    match (health, health.gate(at, purse.told)) {
        (Health::Well, _) => None,
        (Health::Struggling { failures, .. }, _) if failures >= OUT_FROM_FAILURES => Some(format!("{failures} calls in a row failed")),
        (Health::Struggling { until, .. }, _) if until > at.plus_secs(patience_secs) => {
            Some(format!("asked to be left alone until {until}"))
        }
        (Health::Struggling { .. }, _) => None,
        (Health::QuotaSpent { .. }, Gate::Open) => None,
        (Health::QuotaSpent { .. }, _) => Some(Reason::QuotaSpent.to_string()),
        (Health::KeyRefused { .. }, _) => Some(Reason::KeyRefused.to_string()),
    }
}

/// Credits that do not reach for one pull of any sport.
fn without_credits(at: Moment, provider: &dyn Provider, slates: &[Slate], purse: &Purse) -> Option<String> {
    let cheapest = slates.iter().filter_map(|slate| slate.odds.as_ref()).map(|odds| odds.credits).min().filter(|credits| *credits > 0)?;
    if !provider.offers().is_metered {
        return None;
    }
    let Some(funds) = purse.funds(at) else { return Some(Reason::CeilingUnknown.to_string()) };
    if funds.month < cheapest {
        return Some(if funds.is_told { Reason::NothingRemains } else { Reason::MonthlyCeiling }.to_string());
    }
    funds.day.filter(|day| *day < cheapest).map(|_| Reason::DailyCeiling.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::budget::Ceilings;
    use std::collections::BTreeSet;

    use super::super::stand::{Metered, at, slate};
    use super::super::{Covered, Targets, View, decide_one};
    use super::*;

    const NOON: &str = "2026-10-24T12:00:00Z";

    fn out(health: Health, ceiling: i64) -> Option<String> {
        let noon = at(NOON);
        let slates = [slate("basketball_nba", &[noon.plus_secs(7200)], noon.plus_secs(86_400))];
        let purse = Purse::fresh(Ceilings { per_month: Some(ceiling), ..Ceilings::default() }, noon);
        Out::of(noon, &Metered, &slates, (&Asked::default(), &purse, health), 300).all
    }

    #[test]
    fn a_provider_is_out_when_it_fails_for_long_or_cannot_be_paid() {
        let failing = |failures, secs| Health::Struggling { failures, until: at(NOON).plus_secs(secs) };
        assert_eq!(out(Health::Well, 1_000), None);
        assert_eq!(out(failing(2, 10), 1_000), None, "one bad answer is no outage");
        assert_eq!(out(failing(3, 20), 1_000).unwrap(), "3 calls in a row failed");
        assert!(out(failing(1, 900), 1_000).unwrap().starts_with("asked to be left alone until"));
        assert_eq!(out(Health::QuotaSpent { since: at(NOON) }, 1_000).unwrap(), "the provider says that credits are spent");
        assert_eq!(out(Health::KeyRefused { checked_at: at(NOON) }, 1_000).unwrap(), "the key is refused");
        assert_eq!(out(Health::Well, 2).unwrap(), "the month's ceiling is reached");
    }

    #[test]
    fn a_request_that_is_refused_puts_one_league_out_and_no_other() {
        let noon = at(NOON);
        let slates = [slate("basketball_nba", &[noon.plus_secs(7200)], noon), slate("soccer_epl", &[noon.plus_secs(7200)], noon)];
        let mut asked = Asked::default();
        asked.note(&slates[0].odds.as_ref().unwrap().ask, noon, Outcome::Gone, None);
        let purse = Purse::fresh(Ceilings { per_month: Some(1_000), ..Ceilings::default() }, noon);
        let out = Out::of(noon, &Metered, &slates, (&asked, &purse, Health::Well), 300);
        assert_eq!(out.why(RankedKind::Odds, "basketball.nba"), Some("what it asks about is gone"));
        assert_eq!((out.why(RankedKind::Odds, "soccer.eng.1"), out.why(RankedKind::Props, "basketball.nba")), (None, None));
    }

    #[test]
    fn a_second_in_rank_spends_nothing_on_what_the_first_gives_and_asks_at_once_when_it_does_not() {
        let noon = at(NOON);
        let slates = [slate("basketball_nba", &[noon.plus_secs(7200)], noon), slate("soccer_epl", &[noon.plus_secs(7200)], noon)];
        let (asked, purse) = (Asked::default(), Purse::fresh(Ceilings { per_month: Some(1_000), ..Ceilings::default() }, noon));
        let mut covered = Covered::default();
        let paid = |covered: &Covered| {
            let health = Health::Well;
            let view = View { provider: &Metered, slates: &slates, asked: &asked, purse: &purse, health, covered, with_holds: true };
            let decision = decide_one(noon, &view, Targets::default(), 1);
            let paid = decision.due.iter().filter(|due| due.predicted_credits > 0).map(|due| due.ask.sport.clone());
            (paid.collect::<BTreeSet<_>>(), decision.holds.iter().any(|hold| hold.reason == Reason::FirstGives))
        };
        assert!(paid(&covered).0.contains("basketball_nba"));
        RankedKind::ALL.into_iter().for_each(|kind| covered.add_first(kind.what(), "basketball.nba"));
        let (sports, is_told) = paid(&covered);
        assert!(sports.into_iter().eq(["soccer_epl"]) && is_told, "the other league is asked as before");
    }

    #[test]
    fn what_was_said_of_a_kind_goes_before_what_was_said_of_all() {
        let named = vec![(None, "b"), (Some(RankedKind::Props), "c"), (None, "a")];
        let ranks = Ranks::of(named, vec!["a", "b", "c"]);
        let order = |kind| {
            let mut order = ["a", "b", "c"];
            order.sort_by_key(|provider| ranks.place(kind, provider));
            order
        };
        assert_eq!((order(RankedKind::Odds), order(RankedKind::Props)), (["b", "a", "c"], ["c", "b", "a"]));
    }
}
