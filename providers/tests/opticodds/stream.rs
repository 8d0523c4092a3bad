//! What frames of the stream tell.

use odds::observation::{BookScope, ListingScope};
use odds::reply::Request;
use providers::Provider;
use providers::opticodds::OpticOdds;
use providers::push::{Beat, Note, Push};
use providers::sse::Frame;

use super::{facts, fixture, moment, problems, quotes, read};

fn line() -> Request {
    OpticOdds.subscriptions("baseball/mlb", &["pinnacle".to_owned()]).remove(0).request
}

#[test]
fn frames_are_told_at_their_own_moments_and_in_their_order() {
    let decoded = read(&OpticOdds, "stream_odds", line(), &fixture("opticodds", "stream_of_every_frame.sse"));
    assert_eq!(
        quotes(&decoded),
        [
            "F1X7UREAAAA1 pinnacle/total_runs Over||8 1.91",
            "F1X7UREAAAA1 pinnacle/total_runs Over||8 1.91 locked",
            "F1X7UREAAAA1 pinnacle/total_runs Over||8.5 1.95",
        ]
    );
    let at: Vec<String> = decoded.snapshots.iter().map(|snapshot| snapshot.observed_at.to_string()).collect();
    assert_eq!(at, ["2026-10-24T12:00:00Z", "2026-10-24T12:00:02Z", "2026-10-24T12:00:02Z"]);
    let facts = facts(&decoded);
    assert!(facts.contains(&"F1X7UREAAAA1 start  2026-10-24T23:20:00Z".to_owned()), "{facts:#?}");
    assert!(facts.contains(&"F1X7UREAAAA1 bet_limit pinnacle/total_runs/Over||8 1000".to_owned()), "{facts:#?}");
    assert_eq!(problems(&decoded), ["frame 6.data[1]: missing_field", "frame 8: not_the_shape", "frame 9: no_place"]);
    assert_eq!(decoded.unreadable, 1);
    for snapshot in &decoded.snapshots {
        assert!(snapshot.scope.markets.is_none() && snapshot.scope.listings == ListingScope::Unknown, "silence says nothing");
        assert!(snapshot.listings.iter().flat_map(|listing| &listing.books).flat_map(|book| &book.markets).all(|market| market.is_damaged));
    }
}

#[test]
fn a_new_main_line_takes_down_the_old_one_and_a_lock_takes_down_nothing() {
    let decoded = read(&OpticOdds, "stream_odds", line(), &fixture("opticodds", "stream_of_every_frame.sse"));
    let gone = |at: usize| {
        let markets = decoded.snapshots[at].listings[0].books[0].markets.iter();
        markets.map(|market| (market.key.to_string(), market.gone.has_other_points, market.gone.named.len())).collect::<Vec<_>>()
    };
    assert_eq!(gone(1), [("total_runs".to_owned(), false, 0)], "locked");
    assert_eq!(gone(2), [("total_runs:alternate".to_owned(), false, 1), ("total_runs".to_owned(), true, 0)]);
}

#[test]
fn a_note_of_a_gap_says_that_nothing_of_the_line_was_observed() {
    let note = Note::GapSince(moment("2026-10-24T11:59:00Z")).to_string();
    let decoded = read(&OpticOdds, "stream_odds", line(), note.as_bytes());
    let snapshot = &decoded.snapshots[0];
    assert_eq!((snapshot.observed_at, snapshot.listings.len()), (moment("2026-10-24T11:59:00Z"), 0));
    assert_eq!((&*snapshot.scope.sport, &snapshot.scope.listings), ("baseball/mlb", &ListingScope::Sport));
    assert!(
        snapshot.scope.can_miss_listings()
            && snapshot.scope.asks_market("any")
            && snapshot.scope.books == BookScope::Listed(vec!["pinnacle".to_owned()])
    );
}

#[test]
fn a_frame_tells_whether_the_line_is_alive_or_says_something() {
    let push = OpticOdds.push().unwrap();
    assert_eq!(push.beat(&Frame::read("event: ping\ndata: 2026-10-24T12:00:00Z")), Beat::Alive);
    assert_eq!(push.beat(&Frame::read("event: connected\ndata: ok go")), Beat::Alive);
    let data = Frame::read("event: odds\nid: 1792843200000-7\ndata: {}");
    assert!(matches!(push.beat(&data), Beat::Data(Some(entry), Some("1792843200000-7")) if entry.number == 7));
    assert!(matches!(push.beat(&Frame::read("event: odds\ndata: {}")), Beat::Data(None, None)));
}
