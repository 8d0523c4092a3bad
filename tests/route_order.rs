//! The order of arrival changes nothing: a board as of a moment is what a fresh replay of what was observed by then gives, a
//! board as known at an entry is what the replies until then give, and boards in memory are what the log says.
#![allow(clippy::unwrap_used)]

mod route;

use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{BookScope, BookSeen, Decoded, ListingScope, ListingSeen, MarketSeen, Offer, OutcomeSeen, Scope, Snapshot};
use odds::reply::Reply;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use route::{Fresh, assert_same, boards_in, boards_of, followed, take};
use store::Cut;
use testkit::bodies::{self, GeneratedReply};

/// Replies, and how many come in each transaction.
#[derive(Clone)]
struct Case(Vec<GeneratedReply>, Vec<usize>);

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for generated in &self.0 {
            let reply = generated.reply();
            let start = reply.request.query.get("markets").cloned().unwrap_or_default();
            writeln!(f, "{} {} of {start}: {} of {}", reply.key().id(), generated.endpoint, generated.observed_at, generated.outcomes)?;
        }
        write!(f, "in groups of {:?}", self.1)
    }
}

/// Replies in any order of arrival, and how many come in each transaction.
fn case(most: usize) -> impl Strategy<Value = Case> {
    (bodies::replies(most), proptest::collection::vec(1_usize..4, most)).prop_map(|(replies, sizes)| Case(replies, sizes))
}

fn grouped<'a>(replies: &[Reply<'a>], sizes: &[usize]) -> Vec<Vec<Reply<'a>>> {
    let (mut rest, mut groups) = (replies, Vec::new());
    for size in sizes {
        let (group, later) = rest.split_at((*size).min(rest.len()));
        groups.push(group.to_vec());
        rest = later;
    }
    groups.push(rest.to_vec());
    groups.retain(|group| !group.is_empty());
    groups
}

fn in_order<'a>(replies: &[Reply<'a>]) -> Vec<Reply<'a>> {
    let mut sorted = replies.to_vec();
    sorted.sort_by_key(|reply| (observed_at(reply), reply.key().id()));
    sorted
}

/// The moment that a reply describes, as the decoder reads it.
fn observed_at(reply: &Reply<'_>) -> Moment {
    let (decoded, _) = predictive_play::decode::Providers::all().decode(reply);
    decoded.snapshots.iter().map(|snapshot| snapshot.observed_at).max().unwrap_or(reply.fetched_at)
}

/// The boards in memory, with those that are not taken from the log: a board may be dropped, never wrong.
fn live(fresh: &Fresh) -> BTreeMap<String, String> {
    let mut boards = boards_of(fresh.store(), Cut::ALL);
    boards.extend(boards_in(&fresh.recorder.boards().read().unwrap()));
    boards
}

fn prove(replies: &[Reply<'_>], sizes: &[usize], make: &dyn Fn() -> Fresh) {
    let shuffled = make();
    let mut known = Vec::new();
    for group in grouped(replies, sizes) {
        shuffled.recorder.take(&group, None).unwrap();
        let head = shuffled.store().head().unwrap().seq;
        known.push((head, live(&shuffled)));
    }
    let all = boards_of(shuffled.store(), Cut::ALL);
    assert_same(&live(&shuffled), &all, "boards in memory (left) are those of the log (right)");
    assert_same(&followed(shuffled.store()), &all, "boards of a follower (left) are those of the log (right)");
    for (seq, then) in known {
        let cut = Cut { known: seq, ..Cut::ALL };
        assert_same(&boards_of(shuffled.store(), cut), &then, &format!("known at {seq} (left) is what stood then (right)"));
    }
    let ordered = make();
    for reply in in_order(replies) {
        take(&ordered.recorder, &[vec![reply.clone()]]);
        let at = observed_at(&reply);
        let is_last_of_its_moment = !in_order(replies).iter().any(|other| observed_at(other) == at && other.key().id() > reply.key().id());
        if is_last_of_its_moment {
            let what = format!("as of {at} (left) is a fresh replay until then (right)");
            assert_same(&boards_of(shuffled.store(), Cut::as_of(at)), &live(&ordered), &what);
        }
    }
    let (left, right) = (shuffled.dump(), ordered.dump());
    let differs = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    assert_eq!(differs, None, "the canonical dump does not depend on the order of arrival");
    assert_eq!(left.len(), right.len());
}

fn run(cases: u32, most: usize, make: &dyn Fn() -> Fresh) {
    let cases = std::env::var("ROUTE_ORDER_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 400, failure_persistence: None, ..Config::default() });
    let result = runner.run(&case(most), |Case(generated, sizes)| {
        let replies: Vec<Reply<'_>> = generated.iter().map(GeneratedReply::reply).collect();
        prove(&replies, &sizes, make);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn any_order_of_arrival_gives_the_same_history_on_sqlite() {
    run(40, 10, &Fresh::sqlite);
}

#[test]
fn any_order_of_arrival_gives_the_same_history_on_postgresql() {
    if testkit::postgres::shared().is_none() {
        return;
    }
    run(4, 8, &|| Fresh::postgres().expect("it is installed"));
}

fn seen(id: &'static str, market: &'static str, price: &str) -> ListingSeen<'static> {
    let offer = Ok(Offer { price: odds::Price::from_decimal(price).unwrap(), is_suspended: false, changed_at: None });
    let outcomes = vec![OutcomeSeen { name: "Over".into(), description: "".into(), point: None, offer }];
    let markets = vec![MarketSeen { key: market.into(), outcomes, ..MarketSeen::default() }];
    let books = vec![BookSeen { key: "ann".into(), markets, ..BookSeen::default() }];
    ListingSeen { id: id.into(), sport: "basketball_nba".into(), books, ..ListingSeen::default() }
}

/// A snapshot of a sweep for one market.
fn sweep(at: Moment, market: &str, listings: Vec<ListingSeen<'static>>) -> Snapshot<'static> {
    let scope = Scope {
        sport: "basketball_nba".into(),
        listings: ListingScope::Sport,
        markets: Some(vec![market.into()]),
        books: BookScope::Listed(vec!["ann".into()]),
    };
    Snapshot { observed_at: at, basis: odds::reply::Basis::Fetched, scope, listings }
}

#[test]
fn a_reply_of_several_snapshots_tells_in_memory_what_the_log_tells() {
    let fresh = Fresh::sqlite();
    let at = |secs: i64| Moment::from_secs(1_774_980_000 + secs);
    let tellings = [
        vec![sweep(at(0), "h2h", vec![seen("a", "h2h", "1.9"), seen("b", "h2h", "2.1")])],
        vec![sweep(at(60), "h2h", vec![seen("a", "h2h", "1.8")]), sweep(at(60), "totals", vec![seen("b", "totals", "1.7")])],
        vec![sweep(at(120), "h2h", vec![seen("a", "h2h", "1.7")]), sweep(at(180), "h2h", vec![seen("b", "h2h", "2.2")])],
        vec![sweep(at(240), "h2h", vec![seen("a", "h2h", "1.6"), seen("a", "h2h", "1.5")])],
    ];
    for (number, snapshots) in tellings.into_iter().enumerate() {
        let request = odds::reply::Request::to(format!("/{number}"));
        let headers = BTreeMap::new();
        let reply = Reply {
            provider: "the-odds-api",
            endpoint: "odds",
            request: &request,
            status: 200,
            headers: &headers,
            body: b"[]",
            fetched_at: at(240),
            basis: odds::reply::Basis::Fetched,
            sport: None,
        };
        let arrived = store::Arrived { reply: reply.clone(), ask: None, is_for_the_log: true };
        let ids = fresh.store().archive_replies(&[arrived], at(500)).unwrap();
        let decoded = Decoded { snapshots, ..Decoded::default() };
        let done = fresh.recorder.record(&[(ids[0], &reply)], &[(decoded, 1)]).unwrap();
        assert!(done[0].counts.is_conserved(), "{:?}", done[0].counts);
        let what = format!("after reply {number} boards in memory (left) are those of the log (right)");
        assert_same(&boards_in(&fresh.recorder.boards().read().unwrap()), &boards_of(fresh.store(), Cut::ALL), &what);
        assert_same(&followed(fresh.store()), &boards_of(fresh.store(), Cut::ALL), "and so are those of a follower");
    }
    let head = fresh.store().head().unwrap().seq;
    for listing in fresh.store().all_listings().unwrap() {
        let seq = fresh.store().board(listing, Cut::ALL).unwrap().seq;
        assert!(seq > odds::Seq(0) && seq <= head, "a board names the last entry that touched it: {seq}");
    }
}
