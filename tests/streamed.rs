//! A listing that is met first in an event stream has no names: it stands alone, and is judged again when its names arrive.
#![allow(clippy::unwrap_used)]

mod common;

use common::Served;
use odds::reply::Request;
use serde_json::{Value, json};

const NOON: &str = "2026-10-24T12:00:00Z";
const START: &str = "2026-10-25T17:00:00Z";

fn get(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.get(path))
}

/// ESPN lists the game by its names.
fn espn(served: &Served) {
    let side = |side: &str, id: &str, name: &str| json!({ "id": id, "homeAway": side, "team": { "id": id, "displayName": name } });
    let competition = json!({ "id": "4001", "date": "2026-10-25T17:00Z", "competitors": [side("home", "1", "Buffalo Bills"), side("away", "2", "Miami Dolphins")],
        "status": { "type": { "name": "STATUS_SCHEDULED", "state": "pre", "completed": false } } });
    let body = json!({ "leagues": [{ "uid": "s:20~l:28", "slug": "nfl" }],
        "events": [{ "id": "4001", "uid": "s:20~l:28~e:4001", "date": "2026-10-25T17:00Z", "competitions": [competition] }] });
    let request = Request::to("/apis/site/v2/sports/football/nfl/scoreboard").with("dates", "20261025");
    served.take("espn", "scoreboard", &request, NOON, body.to_string().as_bytes());
}

/// A frame of a stream: a price of a game by its id, and no word of who plays.
fn frame(served: &Served, provider: &str, league: &str, id: &str) {
    let row = json!({ "fixture_id": id, "game_id": id, "id": "x", "is_main": true, "sport": "football", "league": league, "market": "Moneyline",
        "market_id": "moneyline", "name": "Buffalo Bills", "selection": "Buffalo Bills", "price": 1.5, "sportsbook": "FanDuel", "timestamp": 1_792_843_199.5 });
    let body = format!(": at 2026-10-24T12:01:00Z\nevent: odds\nid: 1792843200000-0\ndata: {}\n\n", json!({ "data": [row] }));
    let request = Request::to("/stream/odds/football").with("league", league).with("sport", "football").with("odds_format", "DECIMAL");
    served.take(provider, "stream_odds", &request, "2026-10-24T12:01:00Z", body.as_bytes());
}

/// The listing of a game whose answer came by asking: its names and its start.
fn names(served: &Served, provider: &str, id: &str, home: &str) {
    let (endpoint, path, row) = if provider == "opticodds" {
        let row = json!({ "id": id, "start_date": START, "home_team_display": home, "away_team_display": "Miami Dolphins", "status": "unplayed",
            "sport": { "id": "football" }, "league": { "id": "nfl" } });
        ("fixtures", "/fixtures/active", row)
    } else {
        let row = json!({ "id": id, "start_date": START, "home_team": home, "away_team": "Miami Dolphins", "sport": "football", "league": "NFL", "status": "unplayed" });
        ("games", "/games", row)
    };
    let request = Request::to(path).with("sport", "football");
    served.take(provider, endpoint, &request, "2026-10-24T12:02:00Z", json!({ "data": [row] }).to_string().as_bytes());
}

#[test]
fn a_listing_without_names_stands_alone_until_they_arrive_and_is_joined_then() {
    for (provider, league) in [("opticodds", "nfl"), ("oddsjam", "NFL")] {
        let served = Served::empty();
        espn(&served);
        frame(&served, provider, league, "F1");
        let event_of = |provider: &str, id: &str| get(&served, &format!("/v1/listings/{provider}/{id}"))["event"].clone();
        let theirs = event_of("espn", "4001");
        assert_ne!(event_of(provider, "F1"), theirs, "{provider}: nothing is known of it but a price");
        names(&served, provider, "F1", "Buffalo Bills");
        let listing = get(&served, &format!("/v1/listings/{provider}/F1"));
        assert_eq!(listing["event"], theirs, "{provider}: {listing:#}");
        let kinds: Vec<_> = listing["decisions"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["founded", "joined"], "{provider}");
        let event = get(&served, &format!("/v1/events/{}", theirs.as_str().unwrap()));
        assert_eq!(event["listings"].as_array().unwrap().len(), 2, "{event:#}");
        let board = get(&served, &format!("/v1/events/{}/odds", theirs.as_str().unwrap()));
        assert!(board["quotes"].as_array().unwrap().iter().any(|quote| quote["provider"] == provider), "its price goes along: {board:#}");
    }
}

#[test]
fn names_that_are_no_known_spelling_leave_it_alone() {
    for (provider, league) in [("opticodds", "nfl"), ("oddsjam", "NFL")] {
        let served = Served::empty();
        espn(&served);
        frame(&served, provider, league, "F1");
        names(&served, provider, "F1", "Buffalo Blizzard");
        let listing = get(&served, &format!("/v1/listings/{provider}/F1"));
        assert_ne!(listing["event"], get(&served, "/v1/listings/espn/4001")["event"], "{provider}: {listing:#}");
    }
}
