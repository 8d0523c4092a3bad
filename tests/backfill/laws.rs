//! Laws of the planner, over games, goals and histories that nobody wrote down: it never costs more than it may, never asks what is
//! there, brings more for more money, and comes to the same end whatever the order in which things became known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use odds::Moment;
use predictive_play::backfill::known::{Frame, Game, asked_for};
use predictive_play::backfill::{Coverage, Goal, Known, Plan, Resolution, Step, coverage};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use providers::the_odds_api::TheOddsApi;
use providers::{Provider, What};
use store::backfill::AnswerRow;
use testkit::history::History;

use crate::house::NBA;

const PLAN: &str = "a-plan";

/// A slate, what is wanted of it, and numbers for whatever is left to chance.
#[derive(Debug, Clone)]
struct Case {
    games: Vec<Game>,
    goal: Goal,
    chance: Vec<usize>,
}

fn case(most_days: i64) -> impl Strategy<Value = Case> {
    // Whole minutes, as games start; several share one often.
    let game = (0..most_days, 0..14_i64, prop_oneof![Just(0_i64), Just(0), Just(30), 0..60_i64], any::<bool>());
    let markets = prop_oneof![
        Just(vec!["h2h".to_owned()]),
        Just(vec!["h2h".to_owned(), "totals".to_owned()]),
        Just(vec!["h2h".to_owned(), "player_points".to_owned()]),
    ];
    let resolution = proptest::sample::select(Resolution::ALL.to_vec());
    let parts = (proptest::collection::vec(game, 0..8), markets, resolution, proptest::collection::vec(any::<usize>(), 40));
    parts.prop_map(move |(games, markets, resolution, chance)| {
        let first: Moment = crate::house::FIRST.parse().unwrap();
        let mut games: Vec<Game> = games
            .into_iter()
            .enumerate()
            .map(|(at, (day, hour, minute, is_named))| Game {
                listing: is_named.then(|| format!("{at:032x}")),
                starts_at: first.plus_secs(day * 86_400 + (10 + hour) * 3600 + minute * 60),
            })
            .collect();
        games.sort_by(|a, b| (a.starts_at, &a.listing).cmp(&(b.starts_at, &b.listing)));
        let goal = Goal {
            provider: "the-odds-api".to_owned(),
            sports: vec![NBA.to_owned()],
            from: date(2025, 1, 6),
            to: date(2025, 1, 6).checked_add(jiff::Span::new().days(most_days - 1)).unwrap(),
            markets,
            books: vec![],
            regions: vec!["us".to_owned()],
            resolution,
        };
        Case { games, goal, chance }
    })
}

impl Case {
    fn known(&self, answers: &[AnswerRow]) -> BTreeMap<String, Known> {
        let mut known = Known::default();
        (known.games, known.zone) = (self.games.clone(), TheOddsApi.league(NBA).map(odds::sport::League::time_zone));
        known.listed.extend(self.goal.days());
        answers.iter().for_each(|answer| known.note(answer));
        BTreeMap::from([(NBA.to_owned(), known)])
    }

    fn plan(&self, answers: &[AnswerRow]) -> Plan {
        Plan::of(&TheOddsApi, &self.goal, &self.known(answers), PLAN)
    }

    fn chance(&self, at: usize, of: usize) -> usize {
        self.chance[at % self.chance.len()].wrapping_add(at * 7) % of
    }

    fn shuffled(&self, mut answers: Vec<AnswerRow>) -> Vec<AnswerRow> {
        for at in (1..answers.len()).rev() {
            answers.swap(at, self.chance(at, at + 1));
        }
        answers
    }
}

/// What the provider's history answers a step, or how its reply was lost.
fn answered(step: &Step, ask: i64, is_lost: bool) -> AnswerRow {
    let stamp = History::stamp(step.ask.at.unwrap());
    AnswerRow {
        provider: "the-odds-api".to_owned(),
        what: step.ask.what.as_str().to_owned(),
        sport: NBA.to_owned(),
        listing: step.ask.listing.clone().unwrap_or_default(),
        day: step.ask.day.clone().unwrap_or_default(),
        asked_for: asked_for(&step.ask),
        frame: Frame::of(&step.ask).text(),
        plan: PLAN.to_owned(),
        ask,
        outcome: if is_lost { "lost" } else { "good" }.to_owned(),
        detail: String::new(),
        attempts: 1,
        losses: i64::from(is_lost),
        stamp: (!is_lost).then_some(stamp),
        next_stamp: (!is_lost).then(|| History::stamp(stamp.plus_secs(310))),
    }
}

/// The snapshot that a step brings: whose, in which markets, of when.
fn snapshot(step: &Step) -> (What, String, Frame, Moment) {
    (step.ask.what, step.ask.listing.clone().unwrap_or_default(), Frame::of(&step.ask), History::stamp(step.ask.at.unwrap()))
}

/// Asks all there is to ask, in an order that chance has a hand in; each call in `lost_every` loses its first reply, and what is known
/// is then read anew in any order. Gives the snapshots that came, none twice.
fn asked_to_the_end(case: &Case, by_chance: bool, lost_every: usize) -> BTreeSet<(What, String, Frame, Moment)> {
    let (mut came, mut answers, mut calls) = (BTreeSet::new(), Vec::new(), 0);
    loop {
        let plan = case.plan(&answers);
        let ready: Vec<&Step> = plan.steps.iter().filter(|step| step.is_ready).collect();
        if ready.is_empty() {
            assert!(plan.steps.is_empty(), "steps that nothing makes ready: {:#?}", plan.steps);
            return came;
        }
        let alone = ready.iter().find(|step| step.is_alone).copied();
        let step = alone.unwrap_or_else(|| ready[if by_chance { case.chance(calls, ready.len()) } else { 0 }]);
        calls += 1;
        let is_lost = alone.is_none() && lost_every > 0 && calls % lost_every == 0;
        answers.push(answered(step, calls as i64, is_lost));
        if !is_lost {
            assert!(came.insert(snapshot(step)), "asked twice: {step:#?}");
        }
        if is_lost {
            answers = case.shuffled(answers);
        }
        assert!(calls < 5000, "it comes to no end");
    }
}

fn hold(cases: u32, most_days: i64, law: impl Fn(&Case)) {
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() });
    let result = runner.run(&case(most_days), |case| {
        law(&case);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn covered(case: &Case, plan: &Plan, credits: i64) -> Coverage {
    let months = coverage::of(&case.goal, &case.known(&[]), plan, plan.paid_by(Some(credits)));
    months.into_iter().fold(Coverage::default(), |sum, month| Coverage {
        with_close: sum.with_close + month.with_close,
        with_open: sum.with_open + month.with_open,
        calls: sum.calls + month.calls,
        credits: sum.credits + month.credits,
        ..sum
    })
}

#[test]
fn no_plan_costs_more_than_it_may_and_more_money_never_brings_less() {
    hold(60, 4, |case| {
        let plan = case.plan(&[]);
        let all = plan.credits_of(plan.steps.len());
        let mut before = covered(case, &plan, 0);
        for tenth in 1..=20 {
            let money = all * tenth / 10;
            let covered = covered(case, &plan, money);
            assert!(covered.credits <= money && covered.credits == plan.credits_of(plan.paid_by(Some(money))));
            assert!(covered.calls >= before.calls && covered.with_close >= before.with_close && covered.with_open >= before.with_open);
            before = covered;
        }
        assert_eq!(plan.paid_by(Some(all)), plan.steps.len());
        assert!(plan.steps.windows(2).all(|two| two[0].rank <= two[1].rank), "the worthiest come first");
    });
}

#[test]
fn half_and_double_the_money_lie_about_a_plan_and_keep_within_theirs() {
    hold(40, 4, |case| {
        let plan = case.plan(&[]);
        let money = plan.credits_of(plan.steps.len()) * 2 / 3;
        let [half, plain, double] = [money / 2, money, money * 2].map(|money| (money, covered(case, &plan, money)));
        assert!(half.1.credits <= half.0 && plain.1.credits <= plain.0 && double.1.credits <= double.0);
        assert!(half.1.calls <= plain.1.calls && plain.1.calls <= double.1.calls);
        assert!(half.1.with_close <= plain.1.with_close && plain.1.with_close <= double.1.with_close);
        assert_eq!(double.1.calls as usize, plan.steps.len(), "two thirds doubled is enough for all");
    });
}

#[test]
fn what_is_there_is_never_asked_again() {
    hold(40, 3, |case| {
        let plan = case.plan(&[]);
        let some: Vec<&Step> =
            plan.steps.iter().enumerate().filter(|(at, step)| step.is_ready && case.chance(*at, 2) == 0).map(|(_, step)| step).collect();
        let answers: Vec<AnswerRow> = some.iter().enumerate().map(|(at, step)| answered(step, at as i64 + 1, false)).collect();
        let there: BTreeSet<_> = some.iter().map(|step| snapshot(step)).collect();
        for step in case.plan(&answers).steps.iter().filter(|step| step.is_ready) {
            assert!(!there.contains(&snapshot(step)), "{step:#?}");
        }
    });
}

#[test]
fn the_order_in_which_things_became_known_changes_nothing() {
    hold(40, 3, |case| {
        let plan = case.plan(&[]);
        let ready = plan.steps.iter().filter(|step| step.is_ready).enumerate();
        let answers: Vec<AnswerRow> = ready.map(|(at, step)| answered(step, at as i64 + 1, case.chance(at, 4) == 0)).collect();
        assert_eq!(case.plan(&case.shuffled(answers.clone())), case.plan(&answers));
        let mut other = case.clone();
        other.games.reverse();
        other.games.sort_by(|a, b| (a.starts_at, &a.listing).cmp(&(b.starts_at, &b.listing)));
        assert_eq!(other.plan(&answers), case.plan(&answers));
    });
}

#[test]
fn a_plan_comes_to_the_same_end_in_any_order_of_asking_and_wherever_it_is_cut() {
    hold(24, 2, |case| {
        // A walk by stamps has hundreds of calls a day: one of it is in the test below.
        let resolution = if case.goal.resolution == Resolution::FiveMinutes { Resolution::Hour } else { case.goal.resolution };
        ends_alike(&Case { goal: Goal { resolution, ..case.goal.clone() }, ..case.clone() });
    });
}

fn ends_alike(case: &Case) {
    let whole = asked_to_the_end(case, false, 0);
    assert_eq!(asked_to_the_end(case, true, 0), whole, "by chance");
    assert_eq!(asked_to_the_end(case, true, 3), whole, "every third reply lost once");
}

#[test]
fn so_does_a_walk_by_stamps() {
    let first: Moment = crate::house::FIRST.parse().unwrap();
    let games = vec![Game { listing: Some("a".repeat(32)), starts_at: first.plus_secs(19 * 3600) }];
    let goal = Goal { resolution: Resolution::FiveMinutes, markets: vec!["h2h".to_owned()], ..crate::house::goal(1) };
    ends_alike(&Case { games, goal, chance: (0..40).map(|at| at * 7919 + 13).collect() });
}
