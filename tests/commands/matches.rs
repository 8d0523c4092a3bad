//! `matches`: the ledger of joins from the command line.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::reply::Request;
use odds::reply::{Basis, Reply};
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, PlayersFollower};
use predictive_play::record::Recorder;
use serde_json::json;
use store::Store;

use crate::Bench;

const ONE: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000001";
const OTHER: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000002";

/// A recorder on the store of a bench.
fn recorder(bench: &Bench) -> Recorder {
    let data = bench.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let address = format!("sqlite:{}", data.join("predictive-play.db").display());
    let store = Store::open(&address, None, data.join("archive")).unwrap();
    Recorder::new(Arc::new(store), Providers::all(), Arc::new(WallClock::default()))
}

/// Two old rows of what may be one game: the same two, the other way round.
fn two_rows(bench: &Bench) {
    let row = |id: &str, home: &str, away: &str| {
        let words =
            format!(r#""sport":"NBA","league":"NBA","home_team":"{home}","away_team":"{away}","start_time":"2026-01-11T00:10:00+00:00""#);
        format!(r#"{{"id":"{id}",{words},"updated_at":"2026-01-10T18:00:00+00:00"}}"#)
    };
    let rows = [row(ONE, "Celtics", "Heat"), row(OTHER, "Miami Heat", "Boston Celtics")];
    let rows = rows.iter().map(String::as_str).collect();
    let page = providers::legacy::page("2026-01-10T20:00:00Z".parse().unwrap(), &[("sports_events", rows)], &[]);
    let recorder = recorder(bench);
    let (request, headers) = (providers::legacy::request("sports_events", ONE), BTreeMap::new());
    let (fetched_at, basis) = ("2026-01-10T20:00:00Z".parse().unwrap(), Basis::Fetched);
    let reply = Reply {
        provider: "legacy",
        endpoint: "rows",
        request: &request,
        status: 200,
        headers: &headers,
        body: &page,
        fetched_at,
        basis,
        sport: None,
    };
    assert!(recorder.take(&[reply], None).unwrap()[0].seq.is_some());
}

#[test]
fn what_waits_is_listed_accepted_undone_and_refused() {
    let bench = Bench::set_up();
    two_rows(&bench);
    let waiting = || bench.run(&["matches", "list", "--json"]).json()["waiting"].clone();
    let (one, other) = (format!("legacy/{ONE}"), format!("legacy/{OTHER}"));
    let first = waiting();
    assert_eq!((first[0]["listing"].as_str(), first[0]["candidates"][0]["listing"].as_str()), (Some(&*other), Some(&*one)), "{first}");
    assert!(first[0]["candidates"][0]["why"].as_str().unwrap().contains("sides swapped"));
    assert!(bench.run(&["matches", "list"]).out.contains("may be"));

    let accepted = bench.run(&["matches", "accept", &other, "--by", "ana", "--reason", "neutral site", "--json"]).json();
    let decided = &accepted["decisions"][0];
    assert_eq!((decided["kind"].as_str(), decided["decided_by"].as_str()), (Some("joined"), Some("ana")), "{accepted}");
    assert_eq!(decided["evidence"]["reason"], "neutral site");
    assert_eq!(waiting().as_array().unwrap().len(), 0);
    let again = bench.run(&["matches", "accept", &other, &one]);
    assert!(again.code == 1 && again.err.contains("already"), "{}", again.err);

    assert_eq!(bench.run(&["matches", "undo", &other]).code, 0);
    assert_eq!(waiting(), first, "the question of before is open again");
    assert_eq!(bench.run(&["matches", "refuse", &other, &one]).code, 0);
    assert_eq!(waiting().as_array().unwrap().len(), 0);
    let ledger = bench.run(&["matches", "list", "--all", "--json"]).json();
    let kinds: Vec<&str> = ledger["decisions"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["refused", "undone", "joined", "founded", "founded"]);
    for (wrong, code) in
        [(&["matches", "split", "nothing"][..], 2), (&["matches", "split", &one], 1), (&["matches", "accept", &other, "espn/9"], 1)]
    {
        let ended = bench.run(wrong);
        assert!(ended.code == code && !ended.err.is_empty(), "{wrong:?}: {} {}", ended.code, ended.err);
    }
}

#[test]
fn a_key_that_may_decide_says_so_in_the_list() {
    let bench = Bench::set_up();
    bench.run(&["keys", "create", "--name", "reader", "--json"]).json();
    bench.run(&["keys", "create", "--name", "ana", "--may-decide", "--json"]).json();
    let keys = bench.run(&["keys", "list", "--json"]).json()["keys"].clone();
    let may: Vec<(&str, bool)> =
        keys.as_array().unwrap().iter().map(|key| (key["name"].as_str().unwrap(), key["may_decide"] == true)).collect();
    assert_eq!(may, [("reader", false), ("ana", true)]);
}

/// An injured player of ESPN, and a prop about somebody who may be he.
fn two_names(bench: &Bench) {
    let recorder = recorder(bench);
    let at = "2024-01-15T12:00:00Z";
    let injuries = json!({ "timestamp": at, "injuries": [{ "id": "25", "displayName": "Oklahoma City Thunder", "injuries": [{
        "status": "Out", "date": "2024-01-15T10:00Z",
        "athlete": { "displayName": "Jaylin Williams", "links": [{ "href": "https://www.espn.com/nba/player/_/id/12/x" }] },
    }] }] });
    let market = json!({ "key": "player_points", "last_update": at, "outcomes": [
        { "name": "Over", "description": "J. Williams", "price": 1.9, "point": 20.5 },
        { "name": "Under", "description": "J. Williams", "price": 1.9, "point": 20.5 },
    ] });
    let props = json!({ "id": "e912304de2b2ce35b473ce2ecd3d1502", "sport_key": "basketball_nba", "sport_title": "NBA",
        "commence_time": "2024-01-16T00:00:00Z", "home_team": "Brooklyn Nets", "away_team": "Oklahoma City Thunder",
        "bookmakers": [{ "key": "fanduel", "title": "FanDuel", "last_update": at, "markets": [market] }] });
    let list = Request::to("/apis/site/v2/sports/basketball/nba/injuries");
    let odds = Request::to("/v4/sports/basketball_nba/events/e912304de2b2ce35b473ce2ecd3d1502/odds").with("markets", "player_points");
    for (provider, endpoint, request, body) in [("espn", "injuries", list, injuries), ("the-odds-api", "event_odds", odds, props)] {
        let (headers, body) = (BTreeMap::new(), body.to_string());
        let (fetched_at, basis, body) = (at.parse().unwrap(), Basis::Fetched, body.as_bytes());
        let reply = Reply { provider, endpoint, request: &request, status: 200, headers: &headers, body, fetched_at, basis, sport: None };
        assert!(recorder.take(&[reply], None).unwrap()[0].seq.is_some(), "{provider}");
    }
    let follows = PlayersFollower::new(Providers::all());
    Follower::new(Arc::clone(recorder.store()), Arc::new(WallClock::default()), follows).catch_up().unwrap();
}

#[test]
fn a_players_name_that_waits_is_listed_accepted_undone_and_refused() {
    let bench = Bench::set_up();
    two_names(&bench);
    let waiting = || {
        let list = bench.run(&["matches", "list", "--json"]).json();
        list["waiting"].as_array().unwrap().iter().filter(|one| one["kind"] == "player").cloned().collect::<Vec<_>>()
    };
    let first = waiting();
    assert_eq!((first.len(), &first[0]["name"]), (1, &json!("the-odds-api/jwilliams")), "{first:?}");
    let him = first[0]["candidates"][0]["player"].as_str().unwrap().to_owned();
    assert_eq!(first[0]["candidates"][0]["name"], json!("Jaylin Williams"));
    assert!(bench.run(&["matches", "list"]).out.contains("player the-odds-api/jwilliams"));
    let told = |args: &[&str]| bench.run(&[&["matches"], args].concat());
    let accepted = told(&["accept", "--player", "the-odds-api/jwilliams", "--by", "ana", "--json"]).json();
    assert_eq!((&accepted["kind"], &accepted["player"]), (&json!("player"), &json!(him)), "{accepted}");
    assert!(waiting().is_empty());
    let again = told(&["accept", "--player", "the-odds-api/jwilliams", "espn/12"]);
    assert!(again.code == 1 && again.err.contains("already"), "{}{}", again.out, again.err);
    let split = told(&["split", "--player", "the-odds-api/jwilliams", "--json"]).json();
    assert_ne!(split["player"], json!(him), "{split}");
    assert_eq!(told(&["undo", "--player", "the-odds-api/jwilliams", "--json"]).json()["player"], json!(him));
    assert_eq!(told(&["undo", "--player", "the-odds-api/jwilliams"]).code, 0);
    assert_eq!(waiting().len(), 1, "as it was");
    let refused = told(&["refuse", "--player", "the-odds-api/jwilliams"]);
    assert_eq!((refused.code, waiting().len()), (0, 0), "{}{}", refused.out, refused.err);
    let nobody = told(&["accept", "--player", "the-odds-api/nobody", "espn/12"]);
    assert!(nobody.code == 1 && nobody.err.contains("names no player"), "{}", nobody.err);
    assert_eq!(told(&["split", "--player", "nobody"]).code, 2);
}
