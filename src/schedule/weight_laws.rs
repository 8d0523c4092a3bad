//! What must hold whatever was learnt, and whatever ceilings purposes have.

use odds::Moment;
use proptest::prelude::*;
use providers::What;

use super::cadence::PHASES;
use super::closing_first::demand;
use super::forecast::{Forecast, Start, forecast};
use super::ladder::{Cadence, RUNGS};
use super::stand::{Metered, at, october, slate};
use super::weights::{LEAST, MOST, Weights};
use super::*;

const FROM: Moment = Moment::from_secs(1_790_812_800);
const SECS: i64 = 5 * 86_400;

fn starts() -> impl Strategy<Value = Vec<Moment>> {
    proptest::collection::vec(0_i64..4 * 288, 1..14).prop_map(|slots| {
        let mut starts: Vec<Moment> = slots.into_iter().map(|slot| FROM.plus_secs(7200 + slot * 300)).collect();
        starts.sort_unstable();
        starts
    })
}

/// Weights far outside their limits too: whoever gives them may be wrong.
fn weights() -> impl Strategy<Value = Weights> {
    let of_kind = || proptest::array::uniform6(0.001_f64..1000.0);
    (of_kind(), of_kind()).prop_map(|(odds, props)| Weights::given([odds, props]))
}

fn two(starts: (&[Moment], &[Moment]), weights: (Weights, Weights)) -> Vec<Slate> {
    let until = at("2026-11-01T00:00:00Z");
    vec![slate("basketball_nba", starts.0, until).weighted(weights.0), slate("icehockey_nhl", starts.1, until).weighted(weights.1)]
}

fn played(slates: &[Slate], ceilings: Ceilings) -> Forecast {
    let covered = Covered::default();
    let purse = Purse::fresh(ceilings, FROM);
    let start =
        Start { provider: &Metered, slates, asked: Asked::default(), purse, covered: &covered, targets: Targets::default(), seed: 3 };
    forecast(&start, FROM, FROM.plus_secs(SECS))
}

fn reserve(slates: &[Slate]) -> i64 {
    let odds: i64 = slates.iter().map(|slate| slate.timeline.clusters().len() as i64 * 3).sum();
    odds + slates.iter().flat_map(|slate| &slate.games).map(|listed| listed.props.closing_credits()).sum::<i64>()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn no_weight_passes_a_ceiling_or_takes_a_closing_pull(a in starts(), b in starts(), wa in weights(), wb in weights(), spare in 0_i64..500) {
        let slates = two((&a, &b), (wa, wb));
        let ceiling = reserve(&slates) + spare;
        let told = played(&slates, Ceilings { per_month: Some(ceiling), ..Ceilings::default() });
        prop_assert!(told.credits <= ceiling);
        for sport in &told.sports {
            prop_assert_eq!((sport.given_up.closings, sport.given_up.props_closings), (0, 0), "{} of {}", sport.sport, ceiling);
        }
    }

    #[test]
    fn a_look_that_is_worth_more_is_made_at_least_as_often(rung in 0..RUNGS, low in LEAST..MOST, more in 0.0_f64..MOST) {
        let cadence = Cadence::of(rung, Targets::default());
        let gaps = |weight: f64| {
            let weights = Weights::given([[weight; 6]; 2]);
            PHASES.map(|phase| cadence.props_gap_at(phase, &weights))
        };
        for (less, more) in gaps(low).into_iter().zip(gaps(low + more)) {
            prop_assert_eq!(less.is_some(), more.is_some(), "a weight makes no cadence and takes none away");
            prop_assert!(less >= more, "{less:?} and {more:?}");
        }
        for (even, light) in gaps(1.0).into_iter().zip(gaps(0.0)) {
            prop_assert!(light <= even.map(|gap| gap * 2), "no league is starved: {even:?} and {light:?}");
        }
    }

    #[test]
    fn what_is_reckoned_grows_with_the_weight(a in starts(), rung in 0..RUNGS, low in LEAST..MOST, more in 0.0_f64..MOST) {
        let cadence = Cadence::of(rung, Targets::default());
        let credits = |weight: f64| {
            let slates = two((&a, &a), (Weights::given([[weight; 6]; 2]), Weights::EVEN));
            demand(FROM, FROM.plus_secs(SECS), &slates[0], &Asked::default()).credits(&cadence)
        };
        prop_assert!(credits(low) <= credits(low + more) + 1e-6);
    }

    #[test]
    fn no_purpose_passes_its_own_ceiling(a in starts(), b in starts(), odds in 0_i64..400, props in 0_i64..400) {
        let slates = two((&a, &b), (Weights::EVEN, Weights::EVEN));
        let by_purpose = ByPurpose::from_fn(|purpose| match purpose {
            Purpose::Odds => Some(odds),
            Purpose::Props => Some(props),
            _ => None,
        });
        let told = played(&slates, Ceilings { per_month: Some(5_000), by_purpose, ..Ceilings::default() });
        let pulls = |count: fn(&forecast::SportForecast) -> usize| told.sports.iter().map(count).sum::<usize>() as i64;
        prop_assert!(pulls(|sport| sport.odds_pulls) * 3 <= odds, "{told:#?}");
        prop_assert!(pulls(|sport| sport.props_pulls) * 4 <= props, "{told:#?}");
    }
}

fn month(ceilings: Ceilings, weigh: impl Fn(&str) -> Weights) -> Forecast {
    let slates: Vec<Slate> = october()
        .into_iter()
        .map(|slate| {
            let weights = weigh(&slate.sport);
            slate.weighted(weights)
        })
        .collect();
    let covered = Covered::default();
    let purse = Purse::fresh(ceilings, FROM);
    let start = Start {
        provider: &Metered,
        slates: &slates,
        asked: Asked::default(),
        purse,
        covered: &covered,
        targets: Targets::default(),
        seed: 7,
    };
    forecast(&start, FROM, at("2026-11-01T00:00:00Z"))
}

fn of<'a>(told: &'a Forecast, sport: &str) -> &'a forecast::SportForecast {
    told.sports.iter().find(|one| one.sport == sport).unwrap()
}

#[test]
fn a_league_that_moves_faster_is_looked_at_more_often_and_others_keep_their_closing_pulls() {
    let ceilings = Ceilings { per_month: Some(9_000), ..Ceilings::default() };
    let even = month(ceilings, |_| Weights::EVEN);
    let fast = month(ceilings, |sport| if sport == "icehockey_nhl" { Weights::given([[3.0; 6]; 2]) } else { Weights::EVEN });
    assert!(of(&fast, "icehockey_nhl").odds_pulls > of(&even, "icehockey_nhl").odds_pulls, "{fast:#?}");
    assert!(of(&fast, "icehockey_nhl").props_pulls >= of(&even, "icehockey_nhl").props_pulls);
    for told in [&even, &fast] {
        assert!(told.credits <= 9_000);
        assert!(told.sports.iter().all(|sport| (sport.given_up.closings, sport.given_up.props_closings) == (0, 0)), "{told:#?}");
    }
}

#[test]
fn a_ceiling_of_props_leaves_odds_what_they_had() {
    let limited = |props| ByPurpose::from_fn(|purpose| if purpose == Purpose::Props { props } else { None });
    let per_month = Some(18_000);
    let free = month(Ceilings { per_month, ..Ceilings::default() }, |_| Weights::EVEN);
    let none = month(Ceilings { per_month, by_purpose: limited(Some(0)), ..Ceilings::default() }, |_| Weights::EVEN);
    assert!(none.sports.iter().all(|sport| sport.props_pulls == 0), "{none:#?}");
    let odds = |told: &Forecast| told.sports.iter().map(|sport| sport.odds_pulls).sum::<usize>();
    assert!(odds(&none) > odds(&free), "what props may not have, odds get");
    assert!(none.sports.iter().all(|sport| sport.given_up.closings == 0));
}

#[test]
fn why_a_purpose_is_not_asked_is_said() {
    let start = at("2026-10-05T12:00:00Z");
    let slates = [slate("basketball_nba", &[start], at("2026-11-01T00:00:00Z"))];
    let by_purpose = ByPurpose::from_fn(|purpose| if purpose == Purpose::Odds { Some(2) } else { None });
    let purse = Purse::fresh(Ceilings { per_month: Some(1_000), by_purpose, ..Ceilings::default() }, FROM);
    let (asked, covered) = (Asked::default(), Covered::default());
    let health = Health::Well;
    let view = View { provider: &Metered, slates: &slates, asked: &asked, purse: &purse, health, covered: &covered, with_holds: true };
    let decision = decide_one(start.plus_secs(-100), &view, Targets::default(), 1);
    assert!(decision.due.iter().all(|due| due.ask.what != What::Odds), "{decision:#?}");
    let why = decision.holds.iter().find(|hold| hold.what == What::Odds).map(|hold| hold.reason);
    assert!(matches!(why, Some(Reason::PurposeCeiling | Reason::GivenUp)), "{decision:#?}");
}
