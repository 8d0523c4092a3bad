//! `matches`: the ledger of joins from the command line.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::reply::{Basis, Reply};
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use store::Store;

use crate::Bench;

const ONE: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000001";
const OTHER: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000002";

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
    let data = bench.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let address = format!("sqlite:{}", data.join("predictive-play.db").display());
    let store = Store::open(&address, None, data.join("archive")).unwrap();
    let recorder = Recorder::new(Arc::new(store), Providers::all(), Arc::new(WallClock::default()));
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
