//! A season over the scripted history: plan against bill, coverage against what was planned, and every hole with its reason.

use predictive_play::backfill::run::Ended;
use predictive_play::backfill::{Goal, Resolution, coverage};

use crate::house::{House, goal, season, snapshots};

const RICH: i64 = 10_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_what_is_billed_and_covers_what_it_said() {
    let house = House::new(season(40), RICH);
    house.learn_the_games(40).await;
    for resolution in [Resolution::Close, Resolution::OpenClose, Resolution::Hour] {
        let goal = Goal { resolution, ..goal(40) };
        let plan = house.plan(&goal, None);
        let (predicted, before) = (plan.credits_of(plan.steps.len()), house.meter.spent());
        assert_eq!(plan.unknown_days, 0, "the keyless provider told every day");
        assert_eq!(house.run(&goal, None).await, Ended::Done);
        let billed = house.meter.spent() - before;
        assert!((predicted - billed).abs() * 50 <= predicted, "{resolution}: {predicted} predicted, {billed} billed");
        let bill = house.bill(&goal, None);
        assert_eq!((bill.spent, bill.not_delivered.len()), (billed, 0));
        let days = house.calendar(&goal);
        assert_eq!(days.len(), 2 * 35, "35 days with games, two markets");
        assert!(days.iter().all(|day| day.games == 3 && day.with_close == 3 && day.holes.is_empty()), "{days:#?}");
        let must_open = resolution != Resolution::Close;
        assert!(days.iter().all(|day| day.with_open == 3 || !must_open), "{resolution}: {days:#?}");
        assert!(house.plan(&goal, None).steps.is_empty(), "what is there is never asked again");
        assert_eq!(house.run(&goal, None).await, Ended::Done);
        assert_eq!(house.meter.spent() - before, billed);
    }
    let snapshots = snapshots(&house.server);
    assert!(snapshots.values().all(|times| *times == 1), "{snapshots:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_that_days_share_are_planned_and_billed_once() {
    for resolution in [Resolution::OpenClose, Resolution::Hour] {
        let house = House::new(season(20), RICH);
        house.learn_the_games(20).await;
        let goal = Goal { resolution, ..goal(20) };
        let plan = house.plan(&goal, None);
        let predicted = plan.credits_of(plan.steps.len());
        let covered = coverage::of(&goal, &house.known(&goal), &plan, plan.steps.len());
        let opened: u32 = covered.iter().map(|month| month.with_open).sum();
        assert_eq!(opened, if resolution == Resolution::OpenClose { 54 } else { 0 }, "each of 18 days with games");
        assert_eq!(house.run(&goal, None).await, Ended::Done);
        assert_eq!(house.meter.spent(), predicted, "{resolution}");
        assert!(house.calendar(&goal).iter().all(|day| day.with_open == 3 && day.with_close == 3), "{:#?}", house.calendar(&goal));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_written_over_when_play_begins_is_not_bought_a_second_time() {
    let mut history = season(14);
    history.has_in_play = true;
    let house = House::new(history, RICH);
    house.learn_the_games(14).await;
    let goal = goal(14);
    let plan = house.plan(&goal, None);
    let predicted = plan.credits_of(plan.steps.len());
    assert_eq!(house.run(&goal, None).await, Ended::Done);
    let starts: Vec<i64> = house.store.all_listings().unwrap().iter().filter_map(|row| Some(row.starts_at?.secs() % 60)).collect();
    assert!(starts.contains(&37), "some starts were written over");
    assert_eq!(house.meter.spent(), predicted);
    assert!(house.calendar(&goal).iter().all(|day| day.with_close == 3 && day.holes.is_empty()), "{:#?}", house.calendar(&goal));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_snapshot_is_walked_to_by_the_stamp_that_the_one_before_told() {
    let house = House::new(season(3), RICH);
    house.learn_the_games(3).await;
    let goal = Goal { resolution: Resolution::FiveMinutes, ..goal(3) };
    let plan = house.plan(&goal, None);
    let predicted = plan.credits_of(plan.steps.len());
    assert_eq!(house.run(&goal, None).await, Ended::Done);
    let billed = house.meter.spent();
    assert!((predicted - billed).abs() * 50 <= predicted, "{predicted} predicted, {billed} billed");
    let snapshots = snapshots(&house.server);
    assert!(snapshots.values().all(|times| *times == 1), "{snapshots:#?}");
    let dates: Vec<String> = house.server.received().iter().map(|received| received.query("date").to_owned()).collect();
    let told =
        dates.iter().filter(|date| testkit::history::History::stamp(date.parse().unwrap_or(odds::Moment::MIN)).to_string() == **date);
    assert!(told.count() > 600, "most are asked for by their own stamp");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_nobody_knows_are_listed_first_and_empty_ones_cost_nothing() {
    let house = House::new(season(14), RICH);
    let goal = goal(14);
    let plan = house.plan(&goal, None);
    assert_eq!((plan.unknown_days, plan.credits_of(plan.steps.len())), (14, 14));
    assert_eq!(house.run(&goal, None).await, Ended::Done);
    assert_eq!(house.meter.spent(), 12 + 12 * 2 * 20, "a credit a day with games, two boards of two markets each");
    assert!(house.calendar(&goal).iter().all(|day| day.with_close == 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn further_markets_are_asked_game_by_game_by_the_ids_that_the_board_told() {
    let house = House::new(season(10), RICH);
    house.learn_the_games(10).await;
    let goal = Goal { markets: vec!["h2h".to_owned(), "player_points".to_owned()], ..goal(10) };
    let plan = house.plan(&goal, None);
    let predicted = plan.credits_of(plan.steps.len());
    assert_eq!(predicted, 9 * (2 * 10 + 3 * 10), "two boards and three games a day");
    assert_eq!(house.run(&goal, None).await, Ended::Done);
    assert_eq!(house.meter.spent(), predicted);
    let props: Vec<_> = house.calendar(&goal).into_iter().filter(|day| day.market == "player_points").collect();
    assert!(props.len() == 9 && props.iter().all(|day| day.with_close == 3), "{props:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_for_haste_are_waited_out_and_a_day_that_fails_is_a_hole_with_its_reason() {
    let mut history = season(10);
    (history.too_frequent_every, history.failing) = (7, vec![3]);
    let house = House::new(history, RICH);
    house.learn_the_games(10).await;
    let goal = goal(10);
    assert_eq!(house.run(&goal, None).await, Ended::Done);
    let days = house.calendar(&goal);
    let holes: Vec<_> = days.iter().filter(|day| !day.holes.is_empty()).collect();
    assert_eq!(holes.len(), 2, "{holes:#?}");
    assert!(holes.iter().all(|day| day.day == "2025-01-09" && day.holes.get("failed") == Some(&3)), "{holes:#?}");
    assert!(days.iter().filter(|day| day.holes.is_empty()).all(|day| day.with_close == 3));
    assert_eq!(house.bill(&goal, None).spent, house.meter.spent());
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_that_end_in_the_middle_end_the_run_and_the_rest_is_told() {
    let house = House::new(season(20), 405);
    house.learn_the_games(20).await;
    let goal = goal(20);
    let ended = house.run(&goal, None).await;
    assert!(matches!(ended, Ended::OutOfCredits { .. }), "{ended:?}");
    assert!(house.meter.spent() <= 405, "{}", house.meter.spent());
    let days = house.calendar(&goal);
    assert!(days.iter().any(|day| day.with_close == 3));
    assert!(days.iter().filter(|day| day.with_close < 3).all(|day| day.holes.contains_key("out_of_credits")), "{days:#?}");
    let last_hole = days.iter().filter(|day| day.with_close == 0).map(|day| &day.day).max();
    let first_close = days.iter().filter(|day| day.with_close > 0).map(|day| &day.day).min();
    assert!(last_hole <= first_close, "the newest were bought: {days:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_no_plan_wanted_are_not_out_of_credits() {
    let house = House::new(season(20), 405);
    house.learn_the_games(20).await;
    house.run(&Goal { to: jiff::civil::date(2025, 1, 15), ..goal(20) }, Some(40)).await;
    for day in house.calendar(&goal(20)).iter().filter(|day| day.with_close == 0) {
        let is_wanted = day.day.as_str() <= "2025-01-15";
        assert!(day.holes.contains_key(if is_wanted { "out_of_credits" } else { "not_asked" }), "{day:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_never_spends_more_than_it_may_and_brings_the_newest_first() {
    let house = House::new(season(20), RICH);
    house.learn_the_games(20).await;
    let goal = goal(20);
    assert_eq!(house.run(&goal, Some(410)).await, Ended::MaxCredits);
    assert_eq!(house.meter.spent(), 400, "twenty boards of 20");
    let closed: Vec<_> = house.calendar(&goal).into_iter().filter(|day| day.with_close > 0).map(|day| day.day).collect();
    assert!(closed.iter().all(|day| day.as_str() >= "2025-01-15"), "{closed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_never_make_the_same_call() {
    let house = House::new(season(4), RICH);
    house.learn_the_games(4).await;
    let first = house.open(&goal(4), None).await.unwrap();
    assert!(matches!(
        predictive_play::backfill::run::Run::open(
            ("other".to_owned(), goal(4), None),
            house.brief("the-odds-api"),
            house.doors(),
            std::sync::Arc::clone(&house.recorder),
            "another".to_owned()
        )
        .await,
        Err(predictive_play::backfill::run::RunError::NotOurs)
    ));
    assert_eq!(first.go(&|| false, &mut |_| {}).await.unwrap(), Ended::Done);
}
