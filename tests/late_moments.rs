//! One reply may tell of several moments of a listing: a season's file, an old table. Late or in time, in any order of arrival, a board as
//! of a moment is what each moment, told alone and in its turn, would have given.
#![allow(clippy::unwrap_used)]

mod route;

use std::collections::BTreeMap;

use odds::attribute;
use odds::cover::FactMask;
use odds::observation::{
    BookScope, BookSeen, Decoded, FactKind, FactSeen, ListingScope, ListingSeen, MarketSeen, Offer, OutcomeSeen, Scope, Snapshot,
};
use odds::reply::{Basis, Reply, Request};
use odds::{Moment, Price, ReplyId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use route::{Fresh, assert_same, boards_in, boards_of, followed};
use store::{Arrived, Cut, Over, Sealing};

/// A reply: what it asked for, and what it saw at each of its moments.
#[derive(Debug, Clone)]
struct Telling {
    name: String,
    scope: Scope,
    moments: Vec<(Moment, Vec<ListingSeen<'static>>)>,
}

impl Telling {
    fn decoded(&self) -> Decoded<'static> {
        let snapshot = |(at, listings): &(Moment, Vec<_>)| Snapshot {
            observed_at: *at,
            basis: Basis::Stated,
            scope: self.scope.clone(),
            listings: listings.clone(),
        };
        Decoded { snapshots: self.moments.iter().map(snapshot).collect(), ..Decoded::default() }
    }

    /// The same, each moment a reply of its own.
    fn apart(&self) -> Vec<Telling> {
        let one = |(at, listings): &(Moment, Vec<_>)| Telling {
            name: format!("{}/{at}", self.name),
            scope: self.scope.clone(),
            moments: vec![(*at, listings.clone())],
        };
        self.moments.iter().map(one).collect()
    }
}

fn at(secs: i64) -> Moment {
    Moment::from_secs(1_774_980_000 + secs)
}

/// Records replies in one transaction. Gives their ids.
fn record(fresh: &Fresh, tellings: &[Telling]) -> Vec<ReplyId> {
    let requests: Vec<Request> = tellings.iter().map(|telling| Request::to(format!("/{}", telling.name))).collect();
    let headers = BTreeMap::new();
    let reply = |request| Reply {
        provider: "the-odds-api",
        endpoint: "odds",
        request,
        status: 200,
        headers: &headers,
        body: b"[]",
        fetched_at: at(1_000),
        basis: Basis::Fetched,
        sport: None,
    };
    let replies: Vec<Reply<'_>> = requests.iter().map(reply).collect();
    let arrived: Vec<Arrived<'_>> = replies.iter().map(|reply| Arrived { reply: reply.clone(), ask: None, is_for_the_log: true }).collect();
    let ids = fresh.store().archive_replies(&arrived, at(2_000)).unwrap();
    let batch: Vec<_> = ids.iter().copied().zip(&replies).collect();
    let decoded: Vec<_> = tellings.iter().map(|telling| (telling.decoded(), 1)).collect();
    for done in fresh.recorder.record(&batch, &decoded).unwrap() {
        assert!(done.counts.is_conserved(), "{:?}", done.counts);
    }
    ids
}

/// Moves all that lies open into sealed parts, as if everything were over.
fn seal(fresh: &Fresh) {
    let over = Over { started_before: Moment::MAX, read_before: Moment::MAX };
    let sealing = fresh.store().seal(over, &mut |_| true).unwrap();
    assert_eq!(sealing.damaged, 0);
    assert_eq!(fresh.store().seal(over, &mut |_| true).unwrap(), Sealing::default(), "twice changes nothing");
}

/// Records the replies in groups, everything being sealed behind every other, then each of their moments alone and in its turn in another store: both tell the same as of every moment.
fn prove(groups: &[Vec<Telling>], make: &dyn Fn() -> Fresh) {
    let (fresh, alone) = (make(), make());
    let mut ids = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        for (telling, id) in group.iter().zip(record(&fresh, group)) {
            ids.insert(telling.name.clone(), id);
        }
        if number % 2 == groups.len() % 2 {
            seal(&fresh);
        }
        let all = boards_of(fresh.store(), Cut::ALL);
        let mut live = all.clone();
        live.extend(boards_in(&fresh.recorder.boards().read().unwrap()));
        assert_same(&live, &all, "boards in memory (left) are those of the log (right)");
        assert_same(&followed(fresh.store()), &all, "boards of a follower (left) are those of the log (right)");
    }
    let tellings: Vec<&Telling> = groups.iter().flatten().collect();
    let mut moments: Vec<(&Telling, Telling)> =
        tellings.iter().flat_map(|telling| telling.apart().into_iter().map(|one| (*telling, one))).collect();
    moments.sort_by_key(|(_, one)| one.moments[0].0);
    let mut renamed = Vec::new();
    for (telling, one) in moments {
        let until = one.moments[0].0;
        let id = record(&alone, &[one])[0];
        renamed.push((format!("{id:?}"), format!("{:?}", ids[&telling.name])));
        let mut told = boards_of(alone.store(), Cut::ALL);
        for text in told.values_mut() {
            *text = renamed.iter().fold(text.clone(), |text, (one, whole)| text.replace(one, whole));
        }
        let what = format!("as of {until} (left) is what its moments alone tell until then (right)");
        assert_same(&sorted(boards_of(fresh.store(), Cut::as_of(until))), &sorted(told), &what);
    }
    let (ordered, mut in_order) = (make(), tellings);
    in_order.sort_by_key(|telling| telling.moments[0].0);
    in_order.into_iter().for_each(|telling| drop(record(&ordered, std::slice::from_ref(telling))));
    let (left, right) = (fresh.dump(), ordered.dump());
    let differs = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    assert_eq!(differs, None, "the canonical dump does not depend on the order of arrival");
    assert_eq!(left.len(), right.len());
}

fn sorted(boards: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let sorted = |text: String| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    boards.into_iter().map(|(id, text)| (id, sorted(text))).collect()
}

fn scope(listings: ListingScope) -> Scope {
    Scope { sport: "basketball_nba".into(), listings, markets: Some(vec!["h2h".into(), "totals".into()]), books: BookScope::All }
}

fn outcome(name: &'static str, cents: i64) -> OutcomeSeen<'static> {
    let offer = Offer { price: Price::from_nanos(cents * 10_000_000).unwrap(), is_suspended: false, changed_at: None };
    OutcomeSeen { name: name.into(), description: "".into(), point: None, offer: Ok(offer) }
}

fn fact(kind: FactKind, subject: impl Into<String>, value: &'static str) -> FactSeen<'static> {
    FactSeen { kind, subject: subject.into().into(), value: value.into() }
}

fn link(name: &str, value: &'static str) -> FactSeen<'static> {
    fact(FactKind::Link, attribute::of_outcome("ann", "h2h", name, "", None), value)
}

fn asked() -> FactMask {
    let mut asked = FactMask::default();
    asked.add(FactKind::Link);
    asked
}

fn listing(id: &'static str, outcomes: Vec<OutcomeSeen<'static>>, facts: Vec<FactSeen<'static>>) -> ListingSeen<'static> {
    let markets = vec![MarketSeen { key: "h2h".into(), outcomes, ..MarketSeen::default() }];
    let books = vec![BookSeen { key: "ann".into(), markets, ..BookSeen::default() }];
    ListingSeen { id: id.into(), sport: "basketball_nba".into(), books, facts, asked: asked(), ..ListingSeen::default() }
}

/// A reply, one that confirms all of it, and a late one with moments between: each of these changes something else, and one goes back
/// on what the other changed.
fn late_season() -> Vec<Vec<Telling>> {
    let seen = |over, under, link_of_under, status, score| {
        let facts = vec![
            link("Over", "\"o\""),
            link("Under", link_of_under),
            fact(FactKind::Status, "", status),
            fact(FactKind::HomeScore, "", score),
        ];
        let outcomes: Vec<_> =
            [("Over", over), ("Under", under)].into_iter().filter_map(|(name, cents)| Some(outcome(name, cents?))).collect();
        vec![listing("a", outcomes, facts)]
    };
    let first = seen(Some(190), Some(200), "\"u\"", "scheduled", "0");
    let single = |name: &str, secs, listings| Telling {
        name: name.into(),
        scope: scope(ListingScope::Unknown),
        moments: vec![(at(secs), listings)],
    };
    let late = Telling {
        name: "late".into(),
        scope: scope(ListingScope::Unknown),
        moments: vec![
            (at(10), seen(Some(195), Some(200), "\"u\"", "live", "0")),
            (at(20), seen(Some(185), Some(210), "\"v\"", "live", "2")),
            (at(30), seen(None, Some(210), "\"u\"", "scheduled", "4")),
            (at(150), seen(Some(170), Some(220), "\"v\"", "live", "6")),
        ],
    };
    vec![
        vec![single("first", 0, first.clone())],
        vec![single("confirms", 100, first.clone())],
        vec![single("again", 200, first)],
        vec![late],
    ]
}

#[test]
fn a_late_reply_of_several_moments_is_taken_in() {
    prove(&late_season(), &Fresh::sqlite);
}

#[test]
fn what_several_moments_say_anew_at_one_place_is_one_block() {
    let fresh = Fresh::sqlite();
    late_season().iter().for_each(|group| drop(record(&fresh, group)));
    let head = fresh.store().head().unwrap().seq;
    let entries = fresh.store().entries_after(odds::Seq(head.0 - 1), 1, &mut odds::names::Interner::default()).unwrap();
    let places = |at: Moment| {
        let changes = entries[0].rows.iter().filter(|(_, row)| row.order.at == at);
        changes.filter(|(_, row)| matches!(row.content, odds::timeline::RowContent::Changes(_))).count()
    };
    assert_eq!(places(at(100)), 1, "Over of the first moment and Under of the second");
    assert_eq!(places(at(200)), 1);
    assert!(entries[0].is_whole());
    assert_eq!(entries[0].blocks, 6, "four moments, and two places where later replies had confirmed");
}

#[test]
fn a_late_reply_of_several_moments_is_taken_in_on_postgresql() {
    if testkit::postgres::shared().is_some() {
        prove(&late_season(), &|| Fresh::postgres().expect("it is installed"));
    }
}

/// A sweep that brings nothing.
fn sweep(secs: i64) -> Telling {
    Telling { name: format!("sweep {secs}"), scope: scope(ListingScope::Sport), moments: vec![(at(secs), vec![])] }
}

/// A reply of several moments whose first lie behind a sweep: the sweep missed what they bring, though the last of them is newer than it.
fn begun_behind_a_sweep() -> Vec<Vec<Telling>> {
    let met = Telling { moments: vec![(at(0), vec![listing("a", vec![], vec![])])], ..sweep(0) };
    let brings = vec![listing("a", vec![outcome("Under", 190)], vec![])];
    let season = Telling { name: "season".into(), scope: scope(ListingScope::Unknown), moments: vec![(at(10), brings), (at(30), vec![])] };
    vec![vec![met, sweep(20), season]]
}

/// Some outcomes of a market were read apart, then its book was missed; a sweep had missed the listing before both.
fn read_in_part_after_a_sweep() -> Vec<Vec<Telling>> {
    let mut in_part = listing("a", vec![outcome("Under", 190)], vec![]);
    in_part.books[0].markets[0].is_damaged = true;
    let silent = || ListingSeen { books: vec![], ..listing("a", vec![], vec![]) };
    let moments = vec![(at(0), vec![silent()]), (at(20), vec![in_part]), (at(30), vec![silent()])];
    vec![vec![Telling { name: "season".into(), scope: scope(ListingScope::Unknown), moments }, sweep(10)]]
}

#[test]
fn sweeps_between_the_moments_of_a_reply_take_their_place() {
    prove(&begun_behind_a_sweep(), &Fresh::sqlite);
    prove(&read_in_part_after_a_sweep(), &Fresh::sqlite);
}

fn any_market(key: &'static str) -> impl Strategy<Value = MarketSeen<'static>> {
    let price = || prop::option::weighted(0.8, prop::sample::select(vec![190_i64, 200, 210]));
    (price(), price(), prop::bool::weighted(0.1)).prop_map(move |(over, under, is_damaged)| {
        let outcomes = [("Over", over), ("Under", under)].into_iter().filter_map(|(name, cents)| Some(outcome(name, cents?)));
        MarketSeen { key: key.into(), outcomes: outcomes.collect(), is_damaged, ..MarketSeen::default() }
    })
}

fn any_book(key: &'static str) -> impl Strategy<Value = BookSeen<'static>> {
    (prop::option::weighted(0.8, any_market("h2h")), prop::option::of(any_market("totals"))).prop_map(move |(h2h, totals)| BookSeen {
        key: key.into(),
        markets: [h2h, totals].into_iter().flatten().collect(),
        ..BookSeen::default()
    })
}

fn any_facts() -> impl Strategy<Value = Vec<FactSeen<'static>>> {
    let one_of = |words: &[&'static str]| prop::option::of(prop::sample::select(words.to_vec()));
    let starts = ["2026-01-01T00:00:00Z", "2026-03-31T18:01:00Z", "2026-06-01T00:00:00Z"];
    (one_of(&starts), one_of(&["scheduled", "live"]), one_of(&["0", "2"]), one_of(&["1", "2"]), one_of(&["1", "2"]), one_of(&["1", "2"]))
        .prop_map(|(start, status, score, over, under, injury)| {
            let of = |kind, value: Option<&'static str>| value.map(|value| fact(kind, "", value));
            let facts = [of(FactKind::Start, start), of(FactKind::Status, status), of(FactKind::HomeScore, score)];
            let besides = [over.map(|value| link("Over", value)), under.map(|value| link("Under", value))];
            let injury = injury.map(|value| fact(FactKind::Injury, "a player", value));
            facts.into_iter().chain(besides).chain([injury]).flatten().collect()
        })
}

fn any_listing(id: &'static str) -> impl Strategy<Value = ListingSeen<'static>> {
    let books = (prop::option::weighted(0.8, any_book("ann")), prop::option::of(any_book("bob")));
    (books, any_facts(), any::<bool>()).prop_map(move |((ann, bob), facts, is_asked)| ListingSeen {
        id: id.into(),
        sport: "basketball_nba".into(),
        facts,
        asked: if is_asked { asked() } else { FactMask::default() },
        books: [ann, bob].into_iter().flatten().collect(),
        ..ListingSeen::default()
    })
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let markets = prop::option::weighted(0.8, prop::sample::subsequence(vec!["h2h".to_owned(), "totals".to_owned()], 1..=2));
    let books = prop_oneof![Just(BookScope::Unknown), Just(BookScope::All), Just(BookScope::Listed(vec!["ann".to_owned()]))];
    (markets, books).prop_map(|(markets, books)| Scope { markets, books, ..scope(ListingScope::Unknown) })
}

/// Replies in any order of arrival, several in a transaction. Every moment belongs to one of them; one of a single moment is a sweep.
fn any_groups() -> impl Strategy<Value = Vec<Vec<Telling>>> {
    let listings = (prop::option::weighted(0.8, any_listing("a")), prop::option::of(any_listing("b")));
    let moments = prop::collection::vec((0_usize..4, listings), 2..11);
    let arrival = Just((0..4).collect::<Vec<usize>>()).prop_shuffle();
    (moments, prop::collection::vec(any_scope(), 4), arrival, prop::collection::vec(any::<bool>(), 4)).prop_map(
        |(moments, scopes, arrival, begins)| {
            let mut groups: Vec<Vec<Telling>> = Vec::new();
            for number in arrival {
                let of_reply = moments.iter().enumerate().filter(|(_, (owner, _))| *owner == number);
                let of_reply: Vec<_> =
                    of_reply.map(|(secs, (_, (a, b)))| (at(secs as i64 * 10), [a, b].into_iter().flatten().cloned().collect())).collect();
                if of_reply.is_empty() {
                    continue;
                }
                let listings = if of_reply.len() == 1 { ListingScope::Sport } else { ListingScope::Unknown };
                let telling = Telling { name: number.to_string(), scope: Scope { listings, ..scopes[number].clone() }, moments: of_reply };
                match groups.last_mut().filter(|_| !begins[number]) {
                    Some(group) => group.push(telling),
                    None => groups.push(vec![telling]),
                }
            }
            groups
        },
    )
}

fn run(cases: u32, make: &dyn Fn() -> Fresh) {
    let cases = std::env::var("LATE_MOMENTS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 400, failure_persistence: None, ..Config::default() });
    let result = runner.run(&any_groups(), |groups| {
        prove(&groups, make);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn replies_of_several_moments_tell_the_same_in_any_order_of_arrival_on_sqlite() {
    run(40, &Fresh::sqlite);
}

#[test]
fn replies_of_several_moments_tell_the_same_in_any_order_of_arrival_on_postgresql() {
    if testkit::postgres::shared().is_some() {
        run(4, &|| Fresh::postgres().expect("it is installed"));
    }
}
