//! "10+" is over 9.5 and says that it was said so: in the log as a cursor, and in the stream.

use odds::reply::{Basis, Reply, Request};

use super::*;

/// Contracts of two scorers: at least ten points, and who wins, which is no milestone.
fn contracts() -> Vec<u8> {
    let contract = |ticker: &str, label: &str| {
        serde_json::json!({ "ticker": ticker, "event_ticker": ticker.rsplit_once('-').unwrap().0, "title": "Oklahoma City vs Brooklyn winner?",
            "yes_sub_title": label, "status": "active", "yes_ask_dollars": "0.4000", "yes_bid_dollars": "0.3900" })
    };
    let markets = [contract("KXNBAPTS-24JAN15OKCBKN-CT10", "Cam Thomas: 10+"), contract("KXNBAGAME-24JAN15OKCBKN-BKN", "Brooklyn")];
    serde_json::json!({ "cursor": "", "markets": markets }).to_string().into_bytes()
}

#[test]
fn changes_and_the_stream_say_of_a_milestone_that_it_was_said_so() {
    let house = House::open(Setting::default());
    let request = Request::to("/trade-api/v2/markets").with("series_ticker", "KXNBAPTS").with("status", "open").with("limit", "1000");
    let (headers, body) = (std::collections::BTreeMap::new(), contracts());
    let reply = Reply {
        provider: "kalshi",
        endpoint: "markets",
        request: &request,
        status: 200,
        headers: &headers,
        body: &body,
        fetched_at: REPLAYED,
        basis: Basis::Fetched,
        sport: None,
    };
    house.recorder.take(&[reply], None).unwrap();
    house.live.tail.wake();
    let quotes = |changes: &[serde_json::Value]| -> Vec<serde_json::Value> {
        changes.iter().filter(|change| change["kind"] == "quote").cloned().collect()
    };
    let changes = quotes(&house.all_changes(100));
    let last = id_of(changes.last().unwrap());
    let stream = house.send("/v1/stream?after=0", &[]);
    let streamed = quotes(&listen(stream, |got| got.last().is_some_and(|change| id_of(change) == last)));
    for told in [&changes, &streamed] {
        let (points, others): (Vec<_>, Vec<_>) = told.iter().partition(|change| change["subject"] == "Cam Thomas");
        assert!(!points.is_empty() && points.iter().all(|change| change["is_milestone"] == true && change["line"] == 9.5), "{points:?}");
        assert!(!others.is_empty() && others.iter().all(|change| change.get("is_milestone").is_none()), "{others:?}");
    }
    assert_eq!(changes, streamed);
}
