//! What is not over yet, or had not begun, is not asked: it would be paid for, and would keep the right answer from being asked later.

use std::collections::BTreeMap;

use jiff::civil::date;
use odds::Moment;
use predictive_play::backfill::known::Game;
use predictive_play::backfill::run::Ended;
use predictive_play::backfill::{Goal, Known, Plan, Resolution};
use providers::Provider;
use providers::the_odds_api::TheOddsApi;
use testkit::provider_server::{Act, Answer};

use crate::house::{House, NBA, goal, season, snapshots};
use crate::others;

const RICH: i64 = 10_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn games_to_come_are_not_paid_for_and_are_asked_once_they_are_over() {
    for resolution in Resolution::ALL {
        let days = if resolution == Resolution::FiveMinutes { 3 } else { 10 };
        let house = House::new(season(days), RICH);
        house.learn_the_games(days as i8).await;
        let goal = Goal { resolution, ..goal(days as i8) };
        let later = house.clock.0.now();
        let noon: Moment = "2025-01-08T17:00:00Z".parse().unwrap();
        house.clock.0.set(noon);
        let plan = house.plan(&goal, None);
        assert!(plan.steps.iter().all(|step| step.ask.at.is_none_or(|at| at < noon)), "{:#?}", plan.steps);
        assert_eq!(plan.coming_games, 3 * (days - 2 - usize::from(days > 6)), "{resolution}");
        assert_eq!(house.run(&goal, None).await, Ended::Done);
        house.clock.0.set(later);
        assert_eq!(house.run(&goal, None).await, Ended::Done);
        let told = house.calendar(&goal);
        assert!(told.iter().all(|day| day.with_close == 3 && day.holes.is_empty()), "{resolution}: {told:#?}");
        assert!(snapshots(&house.server).values().all(|times| *times == 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_are_not_over_are_not_asked_and_keep_nothing_from_being_asked_later() {
    let house = House::new(season(5), RICH);
    house.clock.0.set("2025-01-08T17:00:00Z".parse().unwrap());
    house.learn_the_games(5).await;
    let asked = |house: &House| house.server.count("/apis/site/v2/sports/basketball/nba/scoreboard");
    assert_eq!(asked(&house), 2, "the sixth and the seventh are over");
    house.clock.0.set("2025-01-11T17:00:00Z".parse().unwrap());
    house.learn_the_games(5).await;
    assert_eq!(asked(&house), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_season_that_goes_on_is_asked_again_once_more_of_it_is_over() {
    let house = House::with(others::SETTINGS);
    house.server.answer("/mmz4281", |_| {
        let body = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A\nE0,15/08/24,Northam,Ruddock,1,0,H,2.1,3.2,3.5\n";
        Act::Answer(Answer::text(200, body))
    });
    let asked = |house: &House| house.server.count("/mmz4281");
    let until = |to| others::goal("football-data", "E0", date(2023, 7, 1), to, &[]);
    house.clock.0.set("2024-12-20T12:00:00Z".parse().unwrap());
    for _ in 0..2 {
        assert_eq!(house.run(&until(date(2025, 6, 30)), Some(0)).await, Ended::Done);
        assert_eq!(asked(&house), 2, "two seasons, each once");
    }
    house.clock.0.set("2025-02-20T12:00:00Z".parse().unwrap());
    assert_eq!(house.run(&until(date(2024, 12, 10)), Some(0)).await, Ended::Done);
    assert_eq!(asked(&house), 2, "so far it was told already");
    for to in [date(2025, 2, 10), date(2025, 2, 10), date(2025, 6, 30)] {
        assert_eq!(house.run(&until(to), Some(0)).await, Ended::Done);
        assert_eq!(asked(&house), 3, "the season that went on, once");
    }
}

#[test]
fn what_was_before_a_provider_kept_history_is_not_priced() {
    let planned = |start: &str, markets: &[&str]| {
        let starts_at: Moment = start.parse().unwrap();
        let day = starts_at.day_in(&jiff::tz::TimeZone::UTC);
        let markets = markets.iter().map(|market| (*market).to_owned()).collect();
        let goal = Goal { from: day, to: day, markets, resolution: Resolution::OpenClose, ..goal(1) };
        let mut known = Known::default();
        let game = Game { listing: Some("a".repeat(32)), starts_at };
        (known.games, known.zone) = (vec![game], TheOddsApi.league(NBA).map(odds::sport::League::time_zone));
        let plan = Plan::of(&TheOddsApi, &goal, &BTreeMap::from([(NBA.to_owned(), known)]), "a-plan");
        (plan.credits_of(plan.steps.len()), plan.gone_games)
    };
    assert_eq!(planned("2019-12-20T19:00:00Z", &["h2h"]), (0, 1));
    assert_eq!(planned("2020-12-20T19:00:00Z", &["h2h"]), (20, 0));
    assert_eq!(planned("2022-12-20T19:00:00Z", &["h2h", "player_points"]), (20, 1), "the board alone");
    assert_eq!(planned("2023-12-20T19:00:00Z", &["h2h", "player_points"]), (40, 0));
}
