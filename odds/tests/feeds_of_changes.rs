//! A feed of changes takes down what it names, or what a new point replaces, and nothing by its silence.
#![allow(clippy::unwrap_used)]

use odds::board::{Board, Order};
use odds::diff::{Diff, Frame, Scratch, diff};
use odds::names::{Interner, Names};
use odds::observation::{BookSeen, EVERY_MARKET, Gone, ListingSeen, MarketSeen, Offer, OutcomeSeen, Scope};
use odds::reply::Basis;
use odds::{Line, Moment, Price, ReplyId};

struct Listing {
    board: Board,
    names: Names,
    words: Interner,
    scope: Scope,
    secs: i64,
}

fn outcome(name: &'static str, point: &str) -> OutcomeSeen<'static> {
    let offer = Ok(Offer { price: Price::from_decimal("1.9").unwrap(), is_suspended: false, changed_at: None });
    OutcomeSeen { name: name.into(), description: "".into(), point: Some(Line::parse(point).unwrap()), offer }
}

fn market(key: &'static str, outcomes: Vec<OutcomeSeen<'static>>, gone: Gone<'static>) -> MarketSeen<'static> {
    MarketSeen { key: key.into(), is_damaged: true, outcomes, gone, ..MarketSeen::default() }
}

impl Listing {
    fn new() -> Self {
        Self { board: Board::default(), names: Names::default(), words: Interner::default(), scope: Scope::default(), secs: 0 }
    }

    fn take(&mut self, markets: Vec<MarketSeen<'static>>) -> Diff {
        let books = vec![BookSeen { key: "pinnacle".into(), markets, ..BookSeen::default() }];
        let seen = ListingSeen { id: "F1".into(), books, ..ListingSeen::default() };
        let frame = Frame { basis: Basis::Fetched, scope: &self.scope };
        let found = diff(&self.board, &mut self.names, &mut self.words, &seen, &frame, &mut Scratch::default());
        assert!(found.counts.is_conserved(), "{:?}", found.counts);
        self.secs += 1;
        let order = Order { at: Moment::from_secs(self.secs), reply: ReplyId(self.secs) };
        self.board.grow(&self.names);
        self.board.apply_cover(order, &found.cover, &self.scope, &self.names);
        found.changes.iter().for_each(|change| self.board.apply_change(order, *change));
        found
    }

    /// What stands, as `market name point`.
    fn standing(&self) -> Vec<String> {
        let slots = (0..self.names.slots().len() as u32).map(odds::SlotNo).filter(|slot| self.board.is_standing(*slot));
        let mut told: Vec<String> = slots
            .map(|slot| {
                let words = self.names.words(slot).unwrap();
                format!("{} {} {}", words.market, words.name, words.point.unwrap())
            })
            .collect();
        told.sort();
        told
    }
}

fn one_point() -> Gone<'static> {
    Gone { has_other_points: true, ..Gone::default() }
}

#[test]
fn silence_takes_nothing_down() {
    let mut listing = Listing::new();
    listing.take(vec![market("total", vec![outcome("Over", "8"), outcome("Under", "8")], Gone::default())]);
    listing.take(vec![market("total", vec![outcome("Over", "8.5")], Gone::default())]);
    assert_eq!(listing.standing(), ["total Over 8", "total Over 8.5", "total Under 8"]);
}

#[test]
fn a_new_point_takes_down_the_others_of_its_own_outcome_alone() {
    let mut listing = Listing::new();
    listing.take(vec![market("total", vec![outcome("Over", "8"), outcome("Under", "8")], one_point())]);
    let found = listing.take(vec![market("total", vec![outcome("Over", "8.5")], one_point())]);
    assert_eq!((found.counts.withdrawn, found.counts.opened), (1, 1));
    assert_eq!(listing.standing(), ["total Over 8.5", "total Under 8"]);
    let back = listing.take(vec![market("total", vec![outcome("Over", "8")], one_point())]);
    assert_eq!((back.counts.withdrawn, back.counts.returned), (1, 1));
}

#[test]
fn what_is_named_is_taken_down_where_it_stands() {
    let mut listing = Listing::new();
    listing.take(vec![market("total", vec![outcome("Over", "8")], Gone::default())]);
    let point = Some(Line::parse("8").unwrap());
    let named = |market_key| market(market_key, Vec::new(), Gone { named: vec![("Over".into(), "".into(), point)], ..Gone::default() });
    let nothing = listing.take(vec![named("total:alternate")]);
    assert_eq!((nothing.counts.withdrawn, listing.names.cells().len()), (0, 1), "a market that nobody met is not made up");
    assert_eq!(listing.take(vec![named("total")]).counts.withdrawn, 1);
    assert_eq!(listing.standing(), [""; 0]);
    assert_eq!(listing.take(vec![named("total")]).counts.withdrawn, 0, "twice changes nothing");
}

#[test]
fn an_ask_of_every_market_misses_any() {
    let mut listing = Listing::new();
    listing.take(vec![market("total", vec![outcome("Over", "8")], Gone::default())]);
    listing.scope = Scope { markets: Some(vec![EVERY_MARKET.to_owned()]), ..Scope::default() };
    let whole = MarketSeen { key: "spread".into(), outcomes: vec![outcome("A", "-1.5")], ..MarketSeen::default() };
    assert_eq!(listing.take(vec![whole]).counts.withdrawn, 1, "the book is there without the market");
}
