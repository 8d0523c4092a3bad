//! Boards in bulk are the single ones, of whatever history, moments and cuts, in whatever order they are asked for.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use odds::block::{Change, Value};
use odds::board::{Fact, FactChange, Order};
use odds::cover::{CellCover, Cover, Extent};
use odds::diff::Counts;
use odds::id::{CellNo, ListingId, ReplyId, SlotNo};
use odds::names::{CellName, SlotName, Word};
use odds::observation::{BookScope, FactKind, ListingKind, ListingScope, Scope};
use odds::reply::Basis;
use odds::{Moment, Price};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::super::tests::{AT, on_both};
use super::*;
use crate::log::{Appending, NewEntry, NewListing, NewRows};

/// Two listings of one event by two providers, and one of another event.
const LISTINGS: [(&str, &str, &str); 3] = [("p", "game", "game"), ("q", "same game", "game"), ("p", "other", "other")];
const MARKETS: [&str; 2] = ["h2h", "totals"];

/// A reply: when, of which listing, what it read of each market, whether prices move, and the start that it states.
#[derive(Debug, Clone)]
struct Said {
    minute: i64,
    listing: usize,
    read: [Option<u8>; 2],
    moves: bool,
    start: Option<i64>,
}

/// A board that is asked for: of which event, when, and by what was known after how many replies.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    event: usize,
    minute: i64,
    known: Option<i64>,
}

fn any_said() -> impl Strategy<Value = Said> {
    let read = || proptest::option::weighted(0.7, 0_u8..4);
    (0_i64..120, 0_usize..3, read(), read(), any::<bool>(), proptest::option::weighted(0.2, 60_i64..180))
        .prop_map(|(minute, listing, h2h, totals, moves, start)| Said { minute, listing, read: [h2h, totals], moves, start })
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    (0_usize..2, -5_i64..140, proptest::option::weighted(0.3, 0_i64..40)).prop_map(|(event, minute, known)| Wanted { event, minute, known })
}

fn meet(log: &mut Appending<'_>, case: usize, (provider, id, event): (&str, &str, &str)) -> ListingId {
    let (id, sport) = (format!("{id} {case}"), format!("sport {case}"));
    let listing = NewListing { provider, external_id: &id, sport: &sport, league: None, kind: ListingKind::Contest };
    let listing = log.add_listing(&listing, event_of(case, event)).unwrap();
    for (at, market) in MARKETS.into_iter().enumerate() {
        let cell = CellNo(at as u32);
        log.add_cell(listing, cell, &CellName { book: "b".into(), market: market.into() });
        for (half, name) in ["Home", "Away"].into_iter().enumerate() {
            log.add_slot(
                listing,
                SlotNo((2 * at + half) as u32),
                &SlotName { cell, name: name.into(), description: "".into(), point: None },
            );
        }
    }
    listing
}

fn event_of(case: usize, name: &str) -> EventId {
    EventId::founded_by("p", &format!("{name} {case}"))
}

/// How far a market was read: in full, all but its first slot, its second slot alone.
fn cover_of(cell: usize, how: u8, at: Moment) -> CellCover {
    let first = SlotNo(2 * cell as u32);
    let extent = match how {
        0 | 1 => Extent::Whole,
        2 => Extent::Except(vec![first]),
        _ => Extent::Only(vec![SlotNo(first.0 + 1)]),
    };
    CellCover { cell: CellNo(cell as u32), seen_at: (how == 1).then(|| at.plus_secs(-30)), extent }
}

/// One reply; one that reads nothing is a sweep that missed the listing.
fn say(log: &mut Appending<'_>, case: usize, turn: usize, said: &Said, listings: &[ListingId]) {
    let at = AT.plus_secs(60 * said.minute);
    let order = Order { at, reply: ReplyId(case as i64 * 1000 + 999 - turn as i64) };
    let markets = Some(vec![MARKETS[turn % 2].to_owned()]);
    let sport = format!("sport {case}");
    let scope = Arc::new(Scope { sport, listings: ListingScope::Sport, markets, books: BookScope::All });
    log.open_entry(&scope);
    let cells: Vec<CellCover> = said.read.iter().enumerate().filter_map(|(cell, how)| Some(cover_of(cell, (*how)?, at))).collect();
    let is_read = !cells.is_empty();
    if is_read {
        let price = Value::Live(Price::from_nanos(1_500_000_000 + 10_000_000 * turn as i64).unwrap());
        let value = |slot: u32| if (slot as usize + turn).is_multiple_of(5) { Value::Withdrawn } else { price };
        let change = |slot: u32| Change { slot: SlotNo(slot), value: value(slot), changed_at: None };
        let changes: Vec<Change> =
            cells.iter().filter(|_| said.moves).flat_map(|cell| [2 * cell.cell.0, 2 * cell.cell.0 + 1]).map(change).collect();
        let start = said.start.map(|minute| AT.plus_secs(60 * minute).to_string().into());
        let facts: Vec<FactChange> =
            start.map(|start| FactChange { kind: FactKind::Start, subject: "".into(), value: Some(start) }).into_iter().collect();
        let cover = Cover { cells, ..Cover::empty(Basis::Fetched) };
        log.add_rows(&NewRows { listing: listings[said.listing], order, cover: Some(&cover), changes: &changes, facts: &facts });
    }
    let entry = NewEntry {
        reply: order.reply,
        provider: LISTINGS[said.listing].0,
        endpoint: "odds",
        scope,
        observed_at: at,
        basis: Basis::Fetched,
        recorded_at: at,
        decoder: 1,
        counts: Counts::default(),
        problems: Vec::new(),
        catalogue: Vec::new(),
        listings: usize::from(is_read),
    };
    log.end_entry(&entry).unwrap();
}

type Shown = (ListingId, Seq, Vec<String>, Option<Order>, BTreeMap<(FactKind, Word), Fact>);

fn shown(kept: &Kept) -> Shown {
    let slot = |number: u32| {
        let (slot, number) = (kept.board.slots()[number as usize], SlotNo(number));
        let words = kept.names.words(number).unwrap();
        let sight = (kept.board.seen(number), kept.board.not_observed_since(number), kept.board.is_standing(number));
        format!("{words:?} {:?} {:?} {:?} {sight:?}", slot.value, slot.said, slot.changed_at)
    };
    let slots = (0..kept.board.slots().len() as u32).map(slot).collect();
    (kept.listing.id, kept.seq, slots, kept.board.last(), kept.board.facts().clone())
}

/// Asks for all of them at once and for each by itself.
fn compare(store: &Store, events: &[EventRow], wanted: &[Wanted], first: Seq) {
    let cut = |wanted: &Wanted| {
        let known = wanted.known.map_or(Cut::ALL.known, |turns| Seq(first.0 + turns));
        Cut { as_of: AT.plus_secs(60 * wanted.minute), known }
    };
    let asked: Vec<BoardsAsked<'_>> = wanted.iter().map(|one| BoardsAsked { event: &events[one.event], cut: cut(one) }).collect();
    let mut answers: Vec<Option<Vec<Shown>>> = vec![None; asked.len()];
    let mut take = |at: usize, boards: &[Kept]| {
        assert!(answers[at].replace(boards.iter().map(shown).collect()).is_none(), "told once");
        Ok(())
    };
    store.boards_as_of(&asked, &mut take).unwrap();
    for (asked, answer) in asked.iter().zip(answers) {
        let met = asked.event.listings.iter().filter(|listing| listing.founded <= asked.cut.known);
        let single: Vec<Shown> = met.map(|listing| shown(&store.board(listing.clone(), asked.cut).unwrap())).collect();
        assert_eq!(answer.unwrap(), single, "{:?}", asked.cut);
    }
}

#[test]
fn boards_in_bulk_are_the_single_ones() {
    on_both(|store| {
        let cases = Cell::new(0);
        let script = (proptest::collection::vec(any_said(), 1..40), proptest::collection::vec(any_wanted(), 1..30));
        let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
        let proven = runner.run(&script, |(script, wanted)| {
            let case = cases.replace(cases.get() + 1);
            let first = store.head().unwrap().seq;
            let (listings, _) = store
                .append(|log| {
                    let listings = LISTINGS.map(|listing| meet(log, case, listing));
                    script.iter().enumerate().for_each(|(turn, said)| say(log, case, turn, said, &listings));
                    Ok(listings)
                })
                .unwrap();
            assert_eq!(listings.len(), 3);
            let ids = [event_of(case, "other"), event_of(case, "nowhere"), event_of(case, "game")];
            let events = store.events_known(&ids, Cut::ALL.known).unwrap();
            let expected: Vec<EventRow> = ids.iter().filter_map(|id| store.event(*id).unwrap()).collect();
            let by_id = |events: &[EventRow]| events.iter().map(|event| (event.id, event.clone())).collect::<BTreeMap<_, _>>();
            assert_eq!((by_id(&events), events.len()), (by_id(&expected), 2));
            compare(store, &events, &wanted, first);
            Ok(())
        });
        proven.unwrap();
    });
}
