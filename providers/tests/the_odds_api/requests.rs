//! Asks become the documented calls, never dearer than foretold.

use providers::the_odds_api::TheOddsApi;
use providers::{Ask, Call, Provider, What};

fn ask(what: What, sport: &str) -> Ask {
    Ask::of(what, sport)
}

fn listed(what: What) -> Ask {
    Ask { listing: Some("0a1b2c".into()), ..ask(what, "basketball_nba") }
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn only(ask: &Ask) -> Call {
    let mut calls = TheOddsApi.requests(ask);
    assert_eq!(calls.len(), 1, "{ask:?}");
    calls.remove(0)
}

/// A call as `endpoint credits path?query`.
fn text(ask: &Ask) -> String {
    let Call { endpoint, request, credits } = only(ask);
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{endpoint} {credits} {}?{}", request.path, query.join("&"))
}

#[test]
fn every_ask_becomes_its_documented_call() {
    let extras = "includeBetLimits=true&includeLinks=true";
    assert_eq!(text(&ask(What::Sports, "")), "sports 0 /v4/sports?all=true");
    assert_eq!(
        text(&ask(What::Events, "basketball_nba")),
        "events 0 /v4/sports/basketball_nba/events?dateFormat=iso&includeRotationNumbers=true"
    );
    assert_eq!(
        text(&ask(What::Odds, "basketball_nba")),
        format!(
            "odds 3 /v4/sports/basketball_nba/odds?dateFormat=iso&{extras}&includeRotationNumbers=true&includeSids=true&markets=h2h,spreads,totals&oddsFormat=decimal&regions=us"
        )
    );
    let props = Ask { markets: keys(&["player_points", "player_assists"]), regions: keys(&["us_dfs", "us"]), ..listed(What::EventOdds) };
    assert_eq!(
        text(&props),
        format!(
            "event_odds 4 /v4/sports/basketball_nba/events/0a1b2c/odds?dateFormat=iso&{extras}&includeMultipliers=true&includeRotationNumbers=true&includeSids=true&markets=player_assists,player_points&oddsFormat=decimal&regions=us,us_dfs"
        )
    );
    assert_eq!(
        text(&listed(What::EventMarkets)),
        "event_markets 1 /v4/sports/basketball_nba/events/0a1b2c/markets?dateFormat=iso&regions=us"
    );
    assert_eq!(text(&ask(What::Participants, "tennis_atp_dubai")), "participants 1 /v4/sports/tennis_atp_dubai/participants?");
}

#[test]
fn scores_cost_one_credit_and_two_with_days_past() {
    assert_eq!(text(&ask(What::Scores, "icehockey_nhl")), "scores 1 /v4/sports/icehockey_nhl/scores?dateFormat=iso");
    for (day, from) in [("1", "1"), ("2", "2"), ("3", "3"), ("2026-01-10", "3")] {
        let ask = Ask { day: Some(day.into()), ..ask(What::Scores, "icehockey_nhl") };
        assert_eq!(text(&ask), format!("scores 2 /v4/sports/icehockey_nhl/scores?dateFormat=iso&daysFrom={from}"));
    }
}

#[test]
fn history_is_asked_at_a_whole_second_in_utc_and_costs_ten_times_as_much() {
    let at = Some("2024-01-25T03:55:40.987654Z".parse().unwrap());
    let historical = |what| Ask { at, ..listed(what) };
    let odds = Ask { listing: None, ..historical(What::HistoricalOdds) };
    assert_eq!(
        text(&odds),
        "historical_odds 30 /v4/historical/sports/basketball_nba/odds?date=2024-01-25T03:55:40Z&dateFormat=iso&markets=h2h,spreads,totals&oddsFormat=decimal&regions=us"
    );
    let events = Ask { listing: None, ..historical(What::HistoricalEvents) };
    assert_eq!(text(&events), "historical_events 1 /v4/historical/sports/basketball_nba/events?date=2024-01-25T03:55:40Z&dateFormat=iso");
    let event_odds = Ask { markets: keys(&["player_points"]), ..historical(What::HistoricalEventOdds) };
    assert_eq!(
        text(&event_odds),
        "historical_event_odds 10 /v4/historical/sports/basketball_nba/events/0a1b2c/odds?date=2024-01-25T03:55:40Z&dateFormat=iso&markets=player_points&oddsFormat=decimal&regions=us"
    );
    assert!(TheOddsApi.requests(&listed(What::HistoricalEventOdds)).is_empty(), "history without its moment");
}

#[test]
fn books_beat_regions_and_each_started_ten_cost_as_one_region() {
    for (count, regions) in [(1, 1), (10, 1), (11, 2), (20, 2), (21, 3)] {
        let books = (0..count).map(|at| format!("book{at:02}")).collect();
        let call = only(&Ask { books, regions: keys(&["us", "eu", "uk", "au"]), ..ask(What::Odds, "basketball_nba") });
        assert_eq!(call.credits, 3 * regions, "{count} books");
        assert!(!call.request.query.contains_key("regions"));
    }
    let repeated = Ask { books: keys(&["fanduel", "betmgm", "fanduel"]), ..ask(What::Odds, "basketball_nba") };
    assert_eq!(only(&repeated).request.query["bookmakers"], "betmgm,fanduel");
}

#[test]
fn only_featured_markets_are_asked_of_a_whole_sport() {
    let mixed = Ask { markets: keys(&["totals", "player_points", "h2h_lay", "alternate_totals"]), ..ask(What::Odds, "basketball_nba") };
    let call = only(&mixed);
    assert_eq!((call.request.query["markets"].as_str(), call.credits), ("h2h,totals", 2));
    assert!(TheOddsApi.requests(&Ask { markets: keys(&["player_points"]), ..ask(What::Odds, "basketball_nba") }).is_empty());
}

#[test]
fn an_outright_sport_is_asked_for_outrights_alone() {
    assert_eq!(only(&ask(What::Odds, "golf_us_open_winner")).request.query["markets"], "outrights");
    let wrong = Ask { markets: keys(&["h2h"]), ..ask(What::Odds, "golf_us_open_winner") };
    assert!(TheOddsApi.requests(&wrong).is_empty(), "would be INVALID_MARKET_COMBO");
}

#[test]
fn lay_markets_that_may_come_unasked_are_foretold_where_each_market_is_paid() {
    let with = |books: &[&str], regions: &[&str]| {
        let ask = Ask { markets: keys(&["h2h"]), books: keys(books), regions: keys(regions), ..listed(What::EventOdds) };
        only(&ask).credits
    };
    assert_eq!(with(&["fanduel"], &[]), 1);
    assert_eq!(with(&["smarkets"], &[]), 2);
    assert_eq!(with(&[], &["us2"]), 1);
    assert_eq!(with(&[], &["eu", "uk"]), 4);
}

#[test]
fn a_leagues_day_is_asked_in_the_leagues_own_zone() {
    let call = only(&Ask { day: Some("2026-03-08".into()), ..ask(What::Odds, "basketball_nba") });
    assert_eq!(call.request.query["commenceTimeFrom"], "2026-03-08T05:00:00Z");
    assert_eq!(call.request.query["commenceTimeTo"], "2026-03-09T03:59:59Z", "the day on which clocks go forward has 23 hours");
}

#[test]
fn what_cannot_be_asked_gives_no_call() {
    for ask in [
        ask(What::Injuries, "basketball_nba"),
        ask(What::EventOdds, "basketball_nba"),
        ask(What::Odds, ""),
        ask(What::Odds, "../../admin"),
        Ask { listing: Some("a/../b?c".into()), ..ask(What::EventOdds, "basketball_nba") },
        Ask { day: Some("tomorrow".into()), ..ask(What::Odds, "basketball_nba") },
    ] {
        assert!(TheOddsApi.requests(&ask).is_empty(), "{ask:?}");
    }
}
