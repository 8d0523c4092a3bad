//! A board as of a moment is the fold of all rows, asked in one question where its markets were read of late.

use std::sync::Arc;

use odds::block::Change;
use odds::board::{FactChange, Seen};
use odds::cover::CellCover;
use odds::diff::Counts;
use odds::id::EventId;
use odds::names::{CellName, SlotName};
use odds::observation::{BookScope, FactKind, ListingKind, ListingScope, Scope};
use odds::reply::Basis;
use odds::{Moment, Price};

use super::*;
use crate::engine::{Keys, OnRow, Param, Table};
use crate::log::{Appending, NewEntry, NewListing, NewRows};
use crate::store::{Store, engine};

/// A connection that counts what it is asked.
struct Counting {
    inner: Box<dyn Connection>,
    questions: usize,
}

impl Connection for Counting {
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64> {
        self.inner.execute(sql, params)
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        self.questions += 1;
        self.inner.query(sql, params, on_row)
    }

    fn query_held(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        self.questions += 1;
        self.inner.query_held(sql, params, on_row)
    }

    fn for_keys(&mut self, sql: &'static str, keys: Keys<'_>, on_row: OnRow<'_>) -> Result<()> {
        self.questions += 1;
        self.inner.for_keys(sql, keys, on_row)
    }

    fn load(&mut self, table: &Table, values: &[Param<'_>]) -> Result<()> {
        self.inner.load(table, values)
    }

    fn run_script(&mut self, sql: &str) -> Result<()> {
        self.inner.run_script(sql)
    }

    fn begin(&mut self) -> Result<()> {
        self.inner.begin()
    }

    fn begin_read(&mut self) -> Result<()> {
        self.inner.begin_read()
    }

    fn commit(&mut self) -> Result<()> {
        self.inner.commit()
    }

    fn rollback(&mut self) -> Result<()> {
        self.inner.rollback()
    }
}

pub(super) const AT: Moment = Moment::from_secs(1_774_980_000);

/// On a SQLite file and on a PostgreSQL database, each empty.
pub(super) fn on_both(prove: impl Fn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("store.sqlite").display());
    prove(&Store::open(&address, None, folder.path().join("archive")).unwrap());
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let store = Store::new(engine(&database.url, None).unwrap(), folder.path().join("archive"));
    store.migrate_up().unwrap();
    prove(&store);
}

/// A sweep that asks for a market at every book.
fn sweep(market: &str) -> Arc<Scope> {
    let markets = Some(vec![market.to_owned()]);
    Arc::new(Scope { sport: "s".to_owned(), listings: ListingScope::Sport, markets, books: BookScope::All })
}

/// A listing with one slot in each of two markets at a book.
fn meet(log: &mut Appending<'_>) -> ListingId {
    let listing = NewListing { provider: "p", external_id: "game", sport: "s", league: None, kind: ListingKind::Contest };
    let id = log.add_listing(&listing, EventId::founded_by("p", "game")).unwrap();
    for (at, market) in ["h2h", "totals"].into_iter().enumerate() {
        let cell = CellNo(at as u32);
        log.add_cell(id, cell, &CellName { book: "b".into(), market: market.into() });
        log.add_slot(id, SlotNo(at as u32), &SlotName { cell, name: "Home".into(), description: "".into(), point: None });
    }
    id
}

/// A reply `minute` minutes on that read some markets, of which each third moved the price; no markets: it missed the listing.
fn say(log: &mut Appending<'_>, listing: ListingId, minute: i64, scope: &Arc<Scope>, read: &[u32]) {
    let order = Order { at: AT.plus_secs(60 * minute), reply: ReplyId(1000 - minute) };
    log.open_entry(scope);
    if !read.is_empty() {
        let cells = read.iter().map(|cell| CellCover { cell: CellNo(*cell), seen_at: Some(order.at), extent: Extent::Whole }).collect();
        let cover = Cover { cells, ..Cover::empty(Basis::Fetched) };
        let price = Value::Live(Price::from_nanos(1_500_000_000 + 10_000_000 * minute).unwrap());
        let moved = read.iter().filter(|_| minute % 3 == 0);
        let changes: Vec<Change> = moved.map(|cell| Change { slot: SlotNo(*cell), value: price, changed_at: None }).collect();
        let start = FactChange { kind: FactKind::Start, subject: "".into(), value: Some(AT.plus_secs(7200 + minute).to_string().into()) };
        let facts = if minute % 7 == 0 { vec![start] } else { Vec::new() };
        log.add_rows(&NewRows { listing, order, cover: Some(&cover), changes: &changes, facts: &facts });
    }
    let entry = NewEntry {
        reply: order.reply,
        provider: "p",
        endpoint: "odds",
        scope: Arc::clone(scope),
        observed_at: order.at,
        basis: Basis::Fetched,
        recorded_at: order.at,
        decoder: 1,
        counts: Counts::default(),
        problems: Vec::new(),
        catalogue: Vec::new(),
        listings: usize::from(!read.is_empty()),
    };
    log.end_entry(&entry).unwrap();
}

type Shown = (Option<Value>, Order, Option<Seen>, Option<Order>);

fn shown(board: &Board) -> (Vec<Shown>, Option<Moment>) {
    let slot = |(at, slot): (usize, &odds::board::Slot)| {
        let number = SlotNo(at as u32);
        (slot.value, slot.said, board.seen(number), board.not_observed_since(number))
    };
    (board.slots().iter().enumerate().map(slot).collect(), board.starts_at())
}

/// The board inside a cut, which must be the fold of all rows; and how many questions it took.
fn questions(store: &Store, listing: ListingId, cut: Cut) -> usize {
    let mut connection = Counting { inner: store.engine().connect_to_read().unwrap(), questions: 0 };
    let (names, found, _) = board(&mut connection, &store.scopes, listing, cut, &mut Interner::default()).unwrap();
    let rows = store.listing_rows(listing, cut).unwrap();
    let folded = rows.timeline.board_at(Order::end_of(cut.as_of), &rows.names);
    assert_eq!(names.slots(), rows.names.slots());
    assert_eq!(shown(&found), shown(&folded), "{cut:?}");
    connection.questions
}

#[test]
fn a_board_is_one_question_whatever_came_in_between() {
    on_both(|store| {
        let scope = sweep("h2h");
        let (listing, _) = store
            .append(|log| {
                let listing = meet(log);
                // each fifth missed it, and two came late
                for minute in (0..60).filter(|minute| *minute != 20 && *minute != 31).chain([31, 20]) {
                    say(log, listing, minute, &scope, if minute % 5 == 4 { &[] } else { &[0, 1] });
                }
                Ok(listing)
            })
            .unwrap();
        for minute in (-1..61).step_by(2) {
            let as_of = AT.plus_secs(60 * minute);
            for known in [Seq(3), Seq(25), Seq(i64::MAX)] {
                assert_eq!(questions(store, listing, Cut { as_of, known }), 1, "as of minute {minute}, known by {known}");
            }
        }
    });
}

#[test]
fn what_lies_further_back_than_the_first_question_reaches_is_read_on() {
    on_both(|store| {
        let (both, one) = (sweep("totals"), sweep("h2h"));
        let (listing, _) = store
            .append(|log| {
                let listing = meet(log);
                say(log, listing, 0, &one, &[0, 1]);
                (1..40).for_each(|minute| say(log, listing, minute, &one, &[0]));
                (40..200).for_each(|minute| say(log, listing, minute, if minute > 190 { &both } else { &one }, &[]));
                Ok(listing)
            })
            .unwrap();
        let at = |minute: i64| Cut::as_of(AT.plus_secs(60 * minute));
        assert_eq!(questions(store, listing, at(14)), 1);
        assert!(questions(store, listing, at(39)) > 1, "totals were read 40 covers back");
        for minute in (0..200).step_by(3) {
            questions(store, listing, at(minute));
        }
    });
}
