//! What answers of the older dialect tell.

use odds::observation::{ListingKind, ListingScope};
use odds::reply::Request;
use providers::oddsjam::OddsJam;

use super::{facts, fixture, moment, problems, quotes, read};

#[test]
fn the_line_inside_a_name_is_read_where_the_market_has_lines() {
    let decoded = read(&OddsJam, "odds", Request::default(), &fixture("oddsjam", "odds_of_version_1.json"));
    assert_eq!(
        quotes(&decoded),
        ["4711 william_hill/total_points Under||32.5 1.909090909", "4711 betmgm/point_spread Hill Dogs||3.5 2.05"]
    );
    let market = &decoded.snapshots[0].listings[0].books[0].markets[0];
    assert_eq!(market.seen_at, Some(moment("2026-10-24T12:00:14.279342Z")), "checked_date is when the book was read");
    assert_eq!(market.outcomes[0].offer.unwrap().changed_at, Some(moment("2026-10-24T11:00:13.60137Z")));
    assert_eq!((decoded.unreadable, problems(&decoded)), (1, vec!["data[2]: missing_field".to_owned()]));
    assert_eq!(decoded.snapshots[0].listings[0].sport, "football/NFL");
    assert_eq!(decoded.snapshots[0].scope.markets, None);
}

#[test]
fn one_page_of_several_takes_nothing_down() {
    let request =
        Request::to("/game-odds").with("game_id", "33152-30886-2026-10-25").with("odds_format", "DECIMAL").with("sportsbook", "Caesars");
    let first = read(&OddsJam, "odds", request.clone(), &fixture("oddsjam", "odds_flat_pages.json"));
    assert_eq!(quotes(&first), ["33152-30886-2026-10-25 caesars_tennessee_/player_passing_yards:alternate Over|Lou Ash|250.5 1.87"]);
    assert_eq!(first.next, Some(request.clone().with("page", "2")));
    assert!(first.snapshots[0].scope.markets.is_none() && first.snapshots[0].listings[0].books[0].markets[0].is_damaged);
    let whole = read(&OddsJam, "odds", request, &fixture("oddsjam", "odds_below_their_game.json"));
    assert_eq!(quotes(&whole), ["33152-30886-2026-10-25 fanduel/moneyline Bay Cats|| 1.5"]);
    assert_eq!(whole.snapshots[0].scope.listings, ListingScope::Listed(vec!["33152-30886-2026-10-25".to_owned()]));
    assert!(whole.snapshots[0].scope.asks_book("caesars") && whole.snapshots[0].scope.asks_market("moneyline"));
    assert!(facts(&whole).contains(&"33152-30886-2026-10-25 home  Bay Cats".to_owned()));
}

#[test]
fn games_scores_and_futures_are_read() {
    let games = read(&OddsJam, "games", Request::default(), &fixture("oddsjam", "games.json"));
    assert_eq!(facts(&games), ["4711 start  2026-10-25T17:00:00Z", "4711 home  Bay Cats", "4711 away  Hill Dogs"]);
    assert_eq!(problems(&games), ["data[1]: missing_field"]);
    let scores = facts(&read(&OddsJam, "scores", Request::default(), &fixture("oddsjam", "scores.json")));
    for fact in [
        "4711 status  final",
        "4711 home_score  7",
        "4711 away_score  17",
        r#"4711 period_scores  {"home":[7,0],"away":[3,14]}"#,
        "4711 venue  The Bay",
    ] {
        assert!(scores.contains(&fact.to_owned()), "{fact} in {scores:#?}");
    }
    assert!(!scores.iter().any(|fact| fact.starts_with("4712 home_score")), "not begun, no score");
    let futures = read(&OddsJam, "futures_odds", Request::default(), &fixture("oddsjam", "future_odds.json"));
    assert_eq!(quotes(&futures), ["9 fanduel/futures Bay Cats|| 9"]);
    let listing = &futures.snapshots[0].listings[0];
    assert_eq!((listing.kind, &*listing.sport), (ListingKind::Outright, "football/NFL/futures"));
}

#[test]
fn frames_of_its_stream_are_those_of_the_newer_dialect() {
    let request = Request::to("/stream/odds").with("sport", "football").with("league", "NFL").with("odds_format", "DECIMAL");
    let decoded = read(&OddsJam, "stream_odds", request, &fixture("oddsjam", "stream.sse"));
    assert_eq!(quotes(&decoded), ["33152-30886-2026-10-25 fanduel/moneyline Bay Cats|| 1.5"]);
    assert_eq!(decoded.snapshots[0].listings[0].sport, "football/NFL");
}
