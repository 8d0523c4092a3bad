//! What must hold of the scheduler: over a month of five leagues, and over whatever schedules, failures and restarts can be drawn.

use std::collections::BTreeSet;

use odds::Moment;
use proptest::prelude::*;
use providers::{Provider, What};

use super::cadence::CLOSING_SECS;
use super::closing_first::demand;
use super::due::Priority;
use super::forecast::{Forecast, Start, forecast};
use super::known::Props;
use super::ladder::{Cadence, TARGET_RUNG};
use super::stand::{Keyless, Metered, at, game, menu, october, slate};
use super::*;

const FROM: Moment = Moment::from_secs(1_790_812_800);

fn until() -> Moment {
    at("2026-11-01T00:00:00Z")
}

fn purse(per_month: Option<i64>) -> Purse {
    Purse::fresh(Ceilings { per_month, ..Ceilings::default() }, FROM)
}

fn month(slates: &[Slate], purse: Purse) -> Forecast {
    let (covered, asked) = (Covered::default(), Asked::default());
    let start = Start { provider: &Metered, slates, asked, purse, covered: &covered, targets: Targets::default(), seed: 7 };
    forecast(&start, FROM, until())
}

fn decide_at(moment: &str, provider: &dyn Provider, slates: &[Slate], asked: &Asked, purse: &Purse) -> Decision {
    let covered = Covered::default();
    let view = View { provider, slates, asked, purse, health: Health::Well, covered: &covered, with_holds: true };
    decide_one(at(moment), &view, Targets::default(), 1)
}

fn whats(decision: &Decision) -> Vec<What> {
    decision.due.iter().map(|due| due.ask.what).collect()
}

fn reasons(decision: &Decision, what: What) -> BTreeSet<String> {
    decision.holds.iter().filter(|hold| hold.what == what).map(|hold| hold.reason.to_string()).collect()
}

/// The mean gap of a band over all sports, worst first.
fn worst(forecast: &Forecast, band: usize, gap: impl Fn(&forecast::Band) -> Option<f64>) -> f64 {
    forecast.sports.iter().filter_map(|sport| gap(&sport.bands[band])).fold(0.0, f64::max)
}

#[test]
fn a_month_of_five_leagues_on_20_000_credits_asks_every_5_minutes_in_the_last_hour_and_every_30_before() {
    let told = month(&october(), {
        let mut purse = purse(None);
        purse.tell(FROM, 0, 20_000);
        purse
    });
    assert!(told.credits <= 18_000 && told.credits > 17_000, "{}", told.credits);
    assert!(worst(&told, 1, |band| band.odds_gap_secs) < 330.0, "{told:#?}");
    assert!(worst(&told, 2, |band| band.odds_gap_secs) < 1860.0, "{told:#?}");
    for sport in &told.sports {
        assert_eq!((sport.given_up.closings, sport.given_up.props_closings), (0, 0), "{}", sport.sport);
        assert!(sport.given_up.odds_pulls > 0 && sport.games > 30);
    }
    assert_eq!(told.target_plan, Some(5_000_000));
}

#[test]
fn on_5_000_000_credits_5_and_10_minutes_are_reached_everywhere() {
    let told = month(&october(), purse(Some(5_000_000)));
    for band in 0..5 {
        assert!(worst(&told, band, |band| band.odds_gap_secs) <= 301.0, "{band}");
        assert!(worst(&told, band, |band| band.props_gap_secs) <= 601.0, "{band}");
    }
    assert!(told.sports.iter().all(|sport| sport.given_up == forecast::GivenUp::default()), "{told:#?}");
    let (predicted, played) = (told.target_credits as f64 * 31.0 / 30.0, told.credits as f64);
    assert!((predicted / played - 1.0).abs() < 0.05, "{predicted} against {played}");
}

#[test]
fn five_leagues_times_three_markets_every_five_minutes_are_129_600_credits_a_month() {
    let daily: Vec<Moment> = (1..40).map(|day| FROM.plus_secs(day * 86_400)).collect();
    let thirty_days = FROM.plus_secs(30 * 86_400);
    let league = Slate::prepare(
        &Metered,
        &menu(),
        "soccer_epl",
        daily.iter().map(|start| Game { props: Some(Vec::new()), ..Game::coming(start.to_string(), *start) }).collect(),
    );
    let one = demand(FROM, thirty_days, &league, &Asked::default()).credits(&Cadence::of(TARGET_RUNG, Targets::default()));
    assert_eq!(one * 5.0, 129_600.0);
}

#[test]
fn credits_that_do_not_reach_for_all_closings_are_spread_over_the_month_featured_first() {
    let told = month(&october(), purse(Some(400)));
    assert!(told.credits <= 400 && told.credits > 380);
    assert!(
        told.sports
            .iter()
            .all(|sport| sport.games > sport.given_up.closings && sport.given_up.props_closings == sport.props_closings_wanted()),
        "{told:#?}"
    );
    let more = month(&october(), purse(Some(2000)));
    assert!(more.sports.iter().all(|sport| sport.given_up.closings == 0), "{more:#?}");
}

impl forecast::SportForecast {
    fn props_closings_wanted(&self) -> usize {
        if self.sport.starts_with("soccer") { 0 } else { self.games }
    }
}

#[test]
fn an_empty_slate_costs_nothing_and_free_listings_are_asked_for() {
    let slates = [slate("basketball_nba", &[], until())];
    let decision = decide_at("2026-10-05T12:00:00Z", &Metered, &slates, &Asked::default(), &purse(Some(20_000)));
    assert_eq!(whats(&decision), [What::Events, What::Sports]);
    assert!(decision.due.iter().all(|due| due.predicted_credits == 0));
    assert_eq!(reasons(&decision, What::Odds), BTreeSet::from(["no game is near".to_owned()]));
    let far = [slate("basketball_nba", &[at("2026-10-25T00:00:00Z")], until())];
    let told = month(&far, purse(Some(20_000)));
    assert!(told.credits > 0 && told.sports[0].odds_pulls < 3000);
}

#[test]
fn without_a_ceiling_nothing_priced_is_asked_until_the_provider_tells_the_plan() {
    let slates = [slate("basketball_nba", &[at("2026-10-05T12:01:30Z")], until())];
    let mut purse = purse(None);
    let before = decide_at("2026-10-05T12:00:00Z", &Metered, &slates, &Asked::default(), &purse);
    assert_eq!(whats(&before), [What::Events, What::Sports]);
    assert!(reasons(&before, What::Odds).contains(&Reason::CeilingUnknown.to_string()));
    purse.tell(at("2026-10-05T12:00:00Z"), 0, 500);
    let after = decide_at("2026-10-05T12:00:01Z", &Metered, &slates, &Asked::default(), &purse);
    assert_eq!(
        after.due.iter().map(|due| due.priority).collect::<Vec<_>>(),
        [Priority::Closing, Priority::ClosingProps, Priority::Free, Priority::Free]
    );
}

#[test]
fn nothing_is_paid_for_that_a_keyless_source_gives() {
    let slates =
        [slate("basketball_nba", &[at("2026-10-05T11:00:00Z")], until()), slate("aussierules_afl", &[at("2026-10-05T11:00:00Z")], until())];
    let mut covered = Covered::default();
    covered.add(&Keyless, &["basketball_nba"]);
    covered.add(&Metered, &["aussierules_afl"]);
    let (asked, purse) = (Asked::default(), purse(Some(5_000_000)));
    let view = View {
        provider: &Metered,
        slates: &slates,
        asked: &asked,
        purse: &purse,
        health: Health::Well,
        covered: &covered,
        with_holds: true,
    };
    let decision = decide_one(at("2026-10-05T12:00:00Z"), &view, Targets::default(), 1);
    let scores: Vec<&str> = decision.due.iter().filter(|due| due.ask.what == What::Scores).map(|due| due.ask.sport.as_str()).collect();
    assert_eq!(scores, ["aussierules_afl"]);
    assert_eq!(reasons(&decision, What::Scores), BTreeSet::from([Reason::KeylessGives.to_string()]));
}

#[test]
fn a_providers_own_listings_are_paid_for_where_its_prices_are_asked() {
    let provider = providers::sportradar::Sportradar;
    let slates = ["sr:competition:132", "nba"].map(|sport| Slate::prepare(&provider, &menu(), sport, Vec::new()));
    let mut covered = Covered::default();
    covered.add(&Keyless, &["basketball_nba"]);
    let (asked, purse) = (Asked::default(), purse(Some(5_000)));
    let (health, targets) = (Health::Well, Targets::default());
    let view = View { provider: &provider, slates: &slates, asked: &asked, purse: &purse, health, covered: &covered, with_holds: true };
    let decision = decide_one(at("2026-10-05T12:00:00Z"), &view, targets, 1);
    let asked_of: Vec<&str> = decision.due.iter().filter(|due| due.ask.what == What::Events).map(|due| due.ask.sport.as_str()).collect();
    assert_eq!(asked_of, ["sr:competition:132"], "the keyless source knows none of the ids that prices are asked by");
}

#[test]
fn a_keyless_source_that_answers_by_day_is_asked_once_for_what_one_call_tells() {
    let slates = [Slate::prepare(&Keyless, &menu(), "basketball_nba", vec![game("basketball_nba", 1, at("2026-10-06T01:30:00Z"))])];
    let mut asked = Asked::default();
    let now = "2026-10-06T02:00:00Z";
    let first = decide_at(now, &Keyless, &slates, &asked, &purse(None));
    assert!(
        first.due.iter().any(|due| due.ask.what == What::Odds && due.ask.day.as_deref() == Some("2026-10-05")),
        "the league's day: {first:#?}"
    );
    let requests: BTreeSet<String> =
        first.due.iter().flat_map(|due| Keyless.requests(&due.ask)).map(|call| call.request.canonical()).collect();
    assert_eq!(requests.len(), first.due.len(), "no call twice: {first:#?}");
    for due in &first.due {
        asked.note(&due.ask, at(now), Outcome::Good, None);
    }
    let soon = decide_at("2026-10-06T02:06:00Z", &Keyless, &slates, &asked, &purse(None));
    assert_eq!(whats(&soon), [What::Odds], "{soon:#?}");
    asked.note(&soon.due[0].ask, at("2026-10-06T02:06:00Z"), Outcome::Good, None);
    assert_eq!(decide_at("2026-10-06T02:06:01Z", &Keyless, &slates, &asked, &purse(None)).due, []);
}

#[test]
fn rosters_are_asked_of_each_team_once_a_day_and_after_everything_else_while_games_are_near() {
    let provider = providers::espn::Espn;
    let teams = ["basketball/nba/1", "basketball/nba/2"].map(str::to_owned);
    let of = |starts: &str| {
        let games = [0_usize, 1].map(|day| game("basketball/nba", day, at(starts).plus_secs(day as i64 * 86_400))).to_vec();
        [Slate::prepare(&provider, &menu(), "basketball/nba", games).with_teams(teams.to_vec())]
    };
    let (near, now) = (of("2026-10-06T01:30:00Z"), "2026-10-05T12:00:00Z");
    let first = decide_at(now, &provider, &near, &Asked::default(), &purse(None));
    let is_of_people = |what: &What| matches!(what, What::Rosters | What::Transactions);
    assert_eq!(whats(&first).iter().filter(|what| is_of_people(what)).count(), 3, "{first:#?}");
    assert!(whats(&first).ends_with(&[What::Rosters, What::Rosters]), "the many come last: {first:#?}");
    let mut asked = Asked::default();
    first.due.iter().for_each(|due| asked.note(&due.ask, at(now), Outcome::Good, None));
    let later = |moment: &str| whats(&decide_at(moment, &provider, &near, &asked, &purse(None)));
    assert!(!later("2026-10-05T17:00:00Z").iter().any(is_of_people));
    assert!(later("2026-10-05T18:10:00Z").contains(&What::Transactions) && !later("2026-10-05T18:10:00Z").contains(&What::Rosters));
    assert_eq!(later("2026-10-06T12:10:00Z").iter().filter(|what| **what == What::Rosters).count(), 2);
    let far = decide_at(now, &provider, &of("2026-11-30T01:30:00Z"), &Asked::default(), &purse(None));
    assert!(!whats(&far).iter().any(is_of_people) && !reasons(&far, What::Rosters).is_empty(), "{far:#?}");
}

#[test]
fn props_are_looked_for_first_and_only_what_was_seen_is_asked() {
    let unseen = |props| vec![Game { props, ..Game::coming("g", at("2026-10-05T13:00:00Z")) }];
    let of = |games| Slate::prepare(&Metered, &menu(), "basketball_nba", games);
    let looked = decide_at("2026-10-05T12:10:00Z", &Metered, &[of(unseen(None))], &Asked::default(), &purse(Some(3000)));
    assert!(looked.due.iter().any(|due| due.ask.what == What::EventMarkets && due.reason == Reason::FirstLook), "{looked:#?}");
    let known = of(unseen(Some(vec!["p2".to_owned(), "p9".to_owned()])));
    let Props::Known { main, .. } = &known.games[0].props else { panic!("{known:?}") };
    assert_eq!((main.ask.markets.clone(), main.credits), (vec!["p2".to_owned()], 1));
    let nothing = decide_at("2026-10-05T12:58:00Z", &Metered, &[of(unseen(Some(Vec::new())))], &Asked::default(), &purse(Some(3000)));
    assert_eq!(reasons(&nothing, What::EventOdds), BTreeSet::from([Reason::NoProps.to_string()]));
}

#[test]
fn a_clock_that_is_set_back_spends_nothing_twice() {
    let slates = [slate("basketball_nba", &[at("2026-10-05T12:01:00Z"), at("2026-10-05T20:00:00Z")], until())];
    let mut asked = Asked::default();
    let purse = purse(Some(5_000_000));
    let now = "2026-10-05T12:00:00Z";
    for due in decide_at(now, &Metered, &slates, &asked, &purse).due {
        asked.note(&due.ask, at(now), Outcome::Good, None);
    }
    for earlier in ["2026-10-05T11:59:30Z", "2026-10-05T11:30:00Z", "2026-10-04T12:00:00Z", "2026-09-30T12:00:00Z"] {
        assert_eq!(
            decide_at(earlier, &Metered, &slates, &asked, &purse).due.iter().map(|due| due.predicted_credits).sum::<i64>(),
            0,
            "{earlier}"
        );
    }
    asked.heal(at("2026-10-05T11:30:00Z"));
    assert!(
        whats(&decide_at("2026-10-05T11:36:00Z", &Metered, &slates, &asked, &purse)).contains(&What::Odds),
        "asking goes on from there"
    );
}

#[test]
fn what_ails_one_provider_changes_nothing_for_another() {
    let (slates, asked, covered) = (october(), Asked::default(), Covered::default());
    let well = View {
        provider: &Metered,
        slates: &slates,
        asked: &asked,
        purse: &purse(Some(18_000)),
        health: Health::Well,
        covered: &covered,
        with_holds: true,
    };
    let now = at("2026-10-18T16:58:30Z");
    let ailments = [
        Health::Well,
        Health::QuotaSpent { since: FROM },
        Health::KeyRefused { checked_at: now },
        Health::Struggling { failures: 9, until: until() },
    ];
    let alone = decide_one(now, &well, Targets::default(), 3);
    assert!(alone.due.iter().any(|due| due.priority == Priority::Closing));
    for health in ailments {
        let decisions = decide(now, &[View { health, ..well }, well], Targets::default(), 3);
        assert_eq!(decisions[1], alone);
        let priced = decisions[0].due.iter().filter(|due| due.predicted_credits > 0).count();
        assert_eq!(priced > 0, health == Health::Well, "{health:?}");
    }
}

#[test]
fn everything_that_is_not_asked_has_a_reason() {
    let (slates, asked) = (october(), Asked::default());
    let decision = decide_at("2026-10-18T16:58:30Z", &Metered, &slates, &asked, &purse(Some(18_000)));
    let told: BTreeSet<&str> = decision
        .holds
        .iter()
        .filter_map(|hold| hold.listing.as_deref())
        .chain(decision.due.iter().filter_map(|due| due.ask.listing.as_deref()))
        .collect();
    let to_come = slates.iter().flat_map(|slate| &slate.games[slate.first_after(at("2026-10-18T16:58:30Z"))..]);
    for listed in to_come {
        assert!(told.contains(listed.game.listing.as_str()), "{}", listed.game.listing);
    }
    assert_eq!(decision, decide_at("2026-10-18T16:58:30Z", &Metered, &slates, &asked, &purse(Some(18_000))), "same input, same output");
}

/// Games of up to three sports within the first days of the month, some of them together.
fn schedules() -> impl Strategy<Value = Vec<Slate>> {
    let starts = proptest::collection::vec((0_i64..5 * 288, 0_i64..4), 1..14);
    proptest::collection::vec(starts, 1..4).prop_map(|sports| {
        let keys = ["basketball_nba", "icehockey_nhl", "soccer_epl"];
        let start = |(slot, minutes): &(i64, i64)| FROM.plus_secs(3600 + slot * 300 + minutes * 60);
        sports.iter().zip(keys).map(|(starts, key)| slate(key, &starts.iter().map(start).collect::<Vec<_>>(), until())).collect()
    })
}

/// What closing pulls of every game cost in all.
fn reserve(slates: &[Slate]) -> (i64, i64) {
    let odds = slates.iter().map(|slate| slate.timeline.clusters().len() as i64 * 3).sum();
    let props = slates.iter().flat_map(|slate| &slate.games).map(|listed| listed.props.closing_credits()).sum();
    (odds, props)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn closing_pulls_always_happen_where_the_ceiling_allows_the_reserve(slates in schedules(), spare in 0_i64..400, for_props in any::<bool>()) {
        let (odds, props) = reserve(&slates);
        let (covered, ceiling) = (Covered::default(), odds + if for_props { props + spare } else { 0 });
        let start = Start { provider: &Metered, slates: &slates, asked: Asked::default(), purse: purse(Some(ceiling)), covered: &covered, targets: Targets::default(), seed: 5 };
        let told = forecast(&start, FROM, FROM.plus_secs(6 * 86_400));
        prop_assert!(told.credits <= ceiling);
        for sport in &told.sports {
            prop_assert_eq!(sport.given_up.closings, 0, "{} of {}", sport.sport, ceiling);
            prop_assert!(!for_props || sport.given_up.props_closings == 0, "props of {} of {}", sport.sport, ceiling);
        }
    }

    #[test]
    fn no_ceiling_is_passed_whatever_fails_and_however_often_it_is_started_anew(
        slates in schedules(),
        per_month in 0_i64..1500,
        per_day in proptest::option::of(0_i64..300),
        fates in proptest::collection::vec((0_u8..10, 0_i64..4000), 60..400),
        seed in any::<u64>(),
    ) {
        let covered = Covered::default();
        let mut world = World { asked: Asked::default(), purse: Purse::fresh(Ceilings { per_month: Some(per_month), per_day, ..Ceilings::default() }, FROM), health: Health::Well, spent: Vec::new() };
        let mut now = FROM;
        for (fate, pause) in fates {
            let view = View { provider: &Metered, slates: &slates, asked: &world.asked, purse: &world.purse, health: world.health, covered: &covered, with_holds: fate % 2 == 0 };
            let decision = decide_one(now, &view, Targets::default(), seed);
            prop_assert!(decision.wake_at > now);
            for (index, due) in decision.due.into_iter().enumerate() {
                world.live_through(now, &due, fate.wrapping_add(index as u8));
            }
            if fate == 9 {
                world = world.started_anew();
            }
            prop_assert!(world.spent_since(FROM) <= per_month, "{} of {per_month}", world.spent_since(FROM));
            let today = Moment::from_secs(now.secs() - now.secs().rem_euclid(86_400));
            prop_assert!(per_day.is_none_or(|most| world.spent_since(today) <= most));
            now = decision.wake_at.min(now.plus_secs(pause + 1)).plus_secs(if fate == 8 { -600 } else { 0 }).max(today);
        }
    }
}

/// A life of asks with their fates.
struct World {
    asked: Asked,
    purse: Purse,
    health: Health,
    spent: Vec<(Moment, i64)>,
}

impl World {
    fn live_through(&mut self, now: Moment, due: &Due, fate: u8) {
        self.purse.reserve(now, due.predicted_credits);
        self.spent.push((now, due.predicted_credits));
        let (outcome, retry_after) = match fate % 10 {
            1 => (Outcome::NoReply, None),
            2 => (Outcome::TryAgain, None),
            3 => (Outcome::TryAgain, Some(now.plus_secs(120))),
            4 => (Outcome::Gone, None),
            5 if fate > 200 => (Outcome::QuotaSpent, None),
            _ => (Outcome::Good, None),
        };
        self.asked.note(&due.ask, now, outcome, retry_after);
        self.health = self.health.after(now, outcome, retry_after, due.predicted_credits > 0);
    }

    fn started_anew(self) -> Self {
        let mut asked = Asked::default();
        for (what, subject, last) in self.asked.iter() {
            asked.restore(what, subject.to_owned(), *last);
        }
        Self { asked, health: Health::Well, ..self }
    }

    fn spent_since(&self, from: Moment) -> i64 {
        self.spent.iter().filter(|(at, _)| *at >= from).map(|(_, credits)| credits).sum()
    }
}

#[test]
fn a_daily_ceiling_keeps_the_days_closings_too() {
    let slates = october();
    let mut purse = purse(Some(20_000));
    purse.ceilings.per_day = Some(400);
    let told = month(&slates, purse);
    assert!(told.credits <= 31 * 400);
    assert!(told.sports.iter().all(|sport| sport.given_up.closings == 0 && sport.given_up.props_closings == 0), "{told:#?}");
}

#[test]
fn one_closing_pull_that_fails_is_tried_again_before_the_start() {
    let start = at("2026-10-05T12:00:00Z");
    let slates = [slate("soccer_epl", &[start], until())];
    let (mut asked, purse) = (Asked::default(), purse(Some(3)));
    let now = start.plus_secs(-100);
    let first = decide_at(&now.to_string(), &Metered, &slates, &asked, &purse);
    let odds = first.due.iter().find(|due| due.ask.what == What::Odds).expect("the closing pull");
    asked.note(&odds.ask, now, Outcome::TryAgain, None);
    let again = |secs| whats(&decide_at(&now.plus_secs(secs).to_string(), &Metered, &slates, &asked, &purse)).contains(&What::Odds);
    assert!(!again(9) && again(10));
    assert!(now.plus_secs(10) < start && now >= start.plus_secs(-CLOSING_SECS));
}

/// The same slates as they are known on a day: a week ahead.
fn known_on(slates: &[Slate], day: Moment) -> Vec<Slate> {
    let horizon = day.plus_secs(7 * 86_400);
    let games = |slate: &Slate| {
        let games = slate.games.iter().filter(|listed| listed.game.starts_at < horizon && listed.game.starts_at > day.plus_secs(-86_400));
        games.map(|listed| listed.game.clone()).collect()
    };
    slates.iter().map(|slate| Slate::prepare(&Metered, &menu(), &slate.sport, games(slate)).complete_until(horizon.min(until()))).collect()
}

#[test]
fn a_month_that_is_known_only_a_week_ahead_keeps_credits_for_its_end() {
    let (whole, covered) = (october(), Covered::default());
    let (mut asked, mut purse, mut now, mut pulls) = (Asked::default(), purse(Some(18_000)), FROM, Vec::new());
    for day in 0..31 {
        let (today, tomorrow) = (FROM.plus_secs(day * 86_400), FROM.plus_secs((day + 1) * 86_400));
        let slates = known_on(&whole, today);
        while now < tomorrow {
            let view = View {
                provider: &Metered,
                slates: &slates,
                asked: &asked,
                purse: &purse,
                health: Health::Well,
                covered: &covered,
                with_holds: false,
            };
            let decision = decide_one(now, &view, Targets::default(), 1);
            for due in decision.due {
                purse.reserve(now, due.predicted_credits);
                asked.note(&due.ask, now, Outcome::Good, None);
                pulls.extend((due.ask.what == What::Odds).then_some((due.ask.sport, now.secs())));
            }
            now = decision.wake_at.min(tomorrow);
        }
    }
    let before = |slate: &Slate, start: Moment, secs: i64| {
        let is_near = |(sport, at): &&(String, i64)| *sport == slate.sport && *at < start.secs() && *at >= start.secs() - secs;
        pulls.iter().filter(is_near).count()
    };
    let games: Vec<(&Slate, Moment)> =
        whole.iter().flat_map(|slate| slate.games.iter().map(move |listed| (slate, listed.game.starts_at))).collect();
    assert!(games.iter().all(|(slate, start)| before(slate, *start, CLOSING_SECS) > 0));
    let last_week: Vec<_> = games.iter().filter(|(_, start)| *start > FROM.plus_secs(23 * 86_400)).collect();
    let mean = last_week.iter().map(|(slate, start)| before(slate, *start, 3600)).sum::<usize>() as f64 / last_week.len() as f64;
    assert!(mean > 8.0, "{mean} pulls in the last hour");
    assert!(purse.spent.month <= 18_000 && purse.spent.month > 15_000, "{}", purse.spent.month);
}
