//! What both are asked.

use std::collections::BTreeMap;

use providers::oddsjam::OddsJam;
use providers::opticodds::OpticOdds;
use providers::push::Push;
use providers::{Ask, Call, Provider, What};

/// A call as `endpoint path?name=value&..`, as it is sent.
fn told(call: &Call) -> String {
    let pairs: Vec<String> = call.request.pairs().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}?{}", call.endpoint, call.request.path, pairs.join("&"))
}

fn calls(provider: &dyn Provider, ask: &Ask) -> Vec<String> {
    provider.requests(ask).iter().map(told).collect()
}

fn named(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn prices_are_asked_for_by_five_fixtures_and_five_books() {
    let listings: Vec<String> = (0..7).map(|number| format!("F{number}")).collect();
    let ask = Ask {
        listings,
        markets: named(&["h2h", "totals"]),
        books: named(&["pinnacle", "williamhill_us"]),
        ..Ask::of(What::Odds, "baseball/mlb")
    };
    let calls = calls(&OpticOdds, &ask);
    assert_eq!(calls.len(), 4, "a poll and the prices, twice");
    assert_eq!(
        calls[1],
        "fixtures_odds /fixtures/odds?fixture_id=F0&fixture_id=F1&fixture_id=F2&fixture_id=F3&fixture_id=F4&is_main=true&market=moneyline&market=total_runs&odds_format=DECIMAL&sportsbook=caesars&sportsbook=pinnacle"
    );
    assert_eq!(
        calls[2],
        "sportsbooks_last_polled /sportsbooks/last-polled?fixture_id=F5&fixture_id=F6&sportsbook=caesars&sportsbook=pinnacle"
    );
    let usual = OpticOdds.requests(&Ask { listing: Some("F1".to_owned()), ..Ask::of(What::EventOdds, "baseball/mlb") });
    let books: Vec<usize> = usual.iter().map(|call| call.request.each("sportsbook").count()).collect();
    assert_eq!(books, [5, 5, 5, 5]);
    assert!(usual.iter().all(|call| !call.request.query.contains_key("market") && call.credits == 0), "all markets of one fixture");
    assert!(OpticOdds.requests(&Ask::of(What::Odds, "baseball/mlb")).is_empty(), "no fixture, no call");
}

#[test]
fn everything_else_is_asked_by_league() {
    let of = |what, sport: &str| calls(&OpticOdds, &Ask::of(what, sport));
    assert_eq!(of(What::Sports, ""), ["leagues /leagues?", "sportsbooks /sportsbooks/active?", "markets /markets/active?"]);
    assert_eq!(of(What::Events, "football/nfl"), ["fixtures /fixtures/active?league=nfl&sport=football"]);
    assert_eq!(of(What::Scores, "football/nfl"), ["fixtures /fixtures?league=nfl&sport=football"]);
    assert_eq!(of(What::Injuries, "football/nfl"), ["injuries /injuries?league=nfl&sport=football"]);
    assert_eq!(of(What::Injuries, "tennis/atp"), [""; 0]);
    assert_eq!(of(What::Participants, "football/nfl").len(), 2);
    assert_eq!(of(What::Odds, "football/nfl/futures").len(), 2);
    assert_eq!(of(What::Events, "nonsense"), [""; 0]);
    let history = Ask {
        listing: Some("F1".to_owned()),
        markets: named(&["moneyline"]),
        books: named(&["pinnacle"]),
        ..Ask::of(What::HistoricalEventOdds, "football/nfl")
    };
    assert_eq!(
        calls(&OpticOdds, &history),
        [
            "fixtures_odds_historical /fixtures/odds/historical?fixture_id=F1&include_timeseries=true&market=moneyline&odds_format=DECIMAL&sportsbook=pinnacle"
        ]
    );
}

#[test]
fn the_older_dialect_is_asked_in_its_words_game_by_game() {
    let ask = Ask {
        listings: named(&["a-b-2026-10-25", "c-d-2026-10-25"]),
        books: named(&["caesars", "goblins"]),
        ..Ask::of(What::Odds, "football/NFL")
    };
    assert_eq!(
        calls(&OddsJam, &ask),
        [
            "odds /game-odds?game_id=a-b-2026-10-25&is_main=true&odds_format=DECIMAL&sportsbook=Caesars&sportsbook=goblins",
            "odds /game-odds?game_id=c-d-2026-10-25&is_main=true&odds_format=DECIMAL&sportsbook=Caesars&sportsbook=goblins"
        ]
    );
    assert_eq!(calls(&OddsJam, &Ask::of(What::Scores, "football/NFL")), ["scores /scores?league=NFL&sport=football"]);
}

#[test]
fn every_ask_that_is_offered_leads_to_a_call() {
    let providers: [&dyn Provider; 2] = [&OpticOdds, &OddsJam];
    for provider in providers {
        for what in provider.offers().asks {
            let ask = Ask { listing: Some("1".to_owned()), ..Ask::of(*what, provider.offers().default_sports[0]) };
            assert!(!provider.requests(&ask).is_empty(), "{} {}", provider.key(), what.as_str());
        }
        assert!(provider.offers().default_sports.iter().all(|sport| provider.league(sport).is_some()));
    }
}

#[test]
fn lines_of_the_stream_take_as_many_books_as_they_may() {
    let lines = OpticOdds.subscriptions("football/nfl", &[]);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].request.path, "/stream/odds/football");
    assert_eq!(lines[0].request.each("sportsbook").count(), 5);
    let old = OddsJam.subscriptions("football/NFL", &[]);
    assert_eq!((old.len(), old[0].request.each("sportsbooks").count(), old[0].sport.as_str()), (1, 10, "football/NFL"));
    let query: BTreeMap<_, _> = old[0].request.query.clone();
    assert!(query.contains_key("league") && !query.contains_key("key"));
    assert!(OpticOdds.subscriptions("football/nfl/futures", &[]).is_empty());
}
