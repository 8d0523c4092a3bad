//! Texts that a store cannot keep as they are, a NUL letter and names without end, cost no reply, stop nobody, and are told; on both
//! engines alike.
#![allow(clippy::unwrap_used)]

mod common;
mod route;

use common::{Served, fixture};
use odds::reply::{Basis, Reply, Request};
use odds::{Moment, Seq};
use predictive_play::record::Recorder;
use route::{Fresh, recorder_on};
use serde_json::{Value, json};
use store::Store;
use testkit::postgres::TestDatabase;

const NOON: &str = "2026-01-10T12:00:00Z";

/// A game of The Odds API whose home side and book are called so, and a second game as usual.
fn body(id: &str, home: &str, book: &str) -> String {
    let game = |id: &str, home: &str, book: &str| {
        json!({
            "id": id, "sport_key": "basketball_nba", "sport_title": "NBA", "commence_time": "2026-01-11T00:10:00Z", "home_team": home,
            "away_team": "Miami Heat", "bookmakers": [{ "key": book, "title": book, "last_update": "2026-01-10T11:59:00Z", "markets": [{
                "key": "h2h", "last_update": "2026-01-10T11:59:00Z",
                "outcomes": [{ "name": home, "price": 1.5 }, { "name": "Miami Heat", "price": 2.7 }],
            }] }],
        })
    };
    json!([game(id, home, book), game("ffffffffffffffffffffffffffffffff", "Boston Celtics", "draftkings")]).to_string()
}

fn take(recorder: &Recorder, request: &Request, body: &str, at: &str) -> predictive_play::record::Recorded {
    let headers = std::collections::BTreeMap::new();
    let reply = Reply {
        provider: "the-odds-api",
        endpoint: "odds",
        request,
        status: 200,
        headers: &headers,
        body: body.as_bytes(),
        fetched_at: at.parse::<Moment>().unwrap(),
        basis: Basis::Fetched,
        sport: None,
    };
    recorder.take(&[reply], None).unwrap().remove(0)
}

fn engines() -> Vec<Fresh> {
    std::iter::once(Fresh::sqlite()).chain(Fresh::postgres()).collect()
}

#[test]
fn a_name_with_a_nul_letter_or_without_end_is_kept_mended_on_both_engines_alike() {
    let long = "x".repeat(1_000_000);
    let request = Request::to("/v4/sports/basketball_nba/odds");
    let mut dumps = Vec::new();
    for fresh in engines() {
        for (n, (id, home, book)) in
            [("a\0", "Boston\0", "book"), ("b", "Boston", "bo\0ok"), (&*long, "Boston", "book"), ("c", &*long, &*long)]
                .into_iter()
                .enumerate()
        {
            let recorded = take(&fresh.recorder, &request, &body(id, home, book), &format!("2026-01-10T12:0{n}:00Z"));
            assert_eq!((recorded.seq, recorded.is_left), (Some(Seq(n as i64 + 1)), false), "{n}");
            assert!(recorded.problems > 0, "{n}");
            assert_eq!((recorded.counts.received, recorded.counts.refused, recorded.counts.is_conserved()), (4, 0, true), "{n}");
        }
        // The same again, by a process that begins now: it is known by the words that are kept.
        let again = recorder_on(Store::open(&fresh.address, None, fresh.folder.path().join("archive")).unwrap());
        let recorded = take(&again, &request, &body("c", &long, &long), "2026-01-10T12:10:00Z");
        assert_eq!((recorded.counts.opened, recorded.counts.unchanged), (0, 4));
        dumps.push(fresh.dump());
    }
    assert!(dumps[0].contains("a\u{fffd}") && dumps[0].contains("Boston\u{fffd}") && dumps[0].contains("kept as U+FFFD"));
    assert!(dumps.iter().all(|dump| *dump == dumps[0]), "the engines keep other words");
}

/// An ask for so many games by their ids that what it asked for is no key of a b-tree.
fn request_without_end() -> Request {
    let ids: Vec<String> = (0..400_u64).map(|n| blake3::hash(&n.to_le_bytes()).to_hex()[..32].to_owned()).collect();
    Request::to("/v4/sports/basketball_nba/odds").with("eventIds", ids.join(","))
}

#[test]
fn what_postgresql_will_never_keep_stays_pending_alone_and_the_others_go_on() {
    let Some(fresh) = Fresh::postgres() else { return };
    // an operator's own index, say
    let mut client = postgres::Client::connect(&fresh.address, postgres::NoTls).unwrap();
    client.batch_execute("create index on predictive_play.scopes (body)").unwrap();
    let left = take(&fresh.recorder, &request_without_end(), &body("a", "Boston Celtics", "draftkings"), NOON);
    assert!(left.is_left && left.seq.is_none(), "{left:?}");
    let again = recorder_on(Store::open(&fresh.address, None, fresh.folder.path().join("archive")).unwrap());
    assert_eq!(again.record_pending().unwrap(), 0);
    let next =
        take(&again, &Request::to("/v4/sports/basketball_nba/odds"), &body("b", "Boston Celtics", "draftkings"), "2026-01-10T12:05:00Z");
    assert_eq!(next.seq, Some(Seq(1)));
    assert_eq!(again.store().pending_replies(10).unwrap().len(), 1, "it stays, and can be seen");
}

fn served_engines() -> Vec<(Served, Option<TestDatabase>)> {
    let postgres = testkit::postgres::shared().map(|cluster| {
        let database = cluster.database();
        (Served::empty_at(&database.url).live(), Some(database))
    });
    std::iter::once((Served::empty().live(), None)).chain(postgres).collect()
}

fn get(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.get(path))
}

#[test]
fn followers_go_on_past_a_player_whose_name_no_index_takes() {
    let text = String::from_utf8(fixture("espn/injuries_nba.json")).unwrap();
    let request = Request::to("/apis/site/v2/sports/basketball/nba/injuries");
    // No two halves alike: a name that packs well would fit.
    let long: String = (0..400_u32).map(|n| blake3::hash(&n.to_le_bytes()).to_hex().to_string()).collect();
    for (served, _database) in served_engines() {
        for (at, name) in [(NOON, r"Al\u0000Ash"), ("2026-01-10T12:30:00Z", &*long), ("2026-01-10T13:00:00Z", "Al Ash")] {
            assert!(text.contains("Al Ash"));
            served.take("espn", "injuries", &request, at, text.replace("Al Ash", name).as_bytes());
            served.follow_players();
            served.follow();
        }
        let answer = get(&served, "/v1/injuries?sport=basketball.nba&player=al%20ash");
        assert_eq!(answer["injuries"].as_array().unwrap().len(), 1, "{answer}");
    }
}
