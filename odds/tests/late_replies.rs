//! The law that the log rests on: replies that arrive in any order tell, as of every moment, what they would have told in the order of the world.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use odds::attribute;
use odds::block::Value;
use odds::board::{Board, Order};
use odds::cover::FactMask;
use odds::diff::{Counts, Frame, Scratch, diff};
use odds::names::{Interner, Names};
use odds::observation::{
    BookScope, BookSeen, FactKind, FactSeen, ListingScope, ListingSeen, MarketSeen, Offer, OutcomeSeen, Refusal, Scope,
};
use odds::reply::Basis;
use odds::timeline::{Row, RowContent, Timeline};
use odds::{Moment, Price, ReplyId, Seq};
use proptest::prelude::*;

/// A listing as a store would keep it, without the store.
#[derive(Default)]
struct Kept {
    names: Names,
    words: Interner,
    rows: Vec<Row>,
    live: Board,
    counts: Vec<Counts>,
}

#[derive(Debug, Clone)]
struct Told {
    order: Order,
    scope: Scope,
    seen: Option<ListingSeen<'static>>,
}

impl Kept {
    fn take(&mut self, told: &Told) {
        let seq = Seq(self.rows.len() as i64);
        let scope = Arc::new(told.scope.clone());
        let mut add = |order, content| self.rows.push(Row { order, seq, content });
        let Some(seen) = &told.seen else {
            add(told.order, RowContent::Missed(scope));
            self.live = Timeline::new(self.rows.clone()).board_at(Order::end_of(Moment::MAX), &self.names);
            return;
        };
        let timeline = Timeline::new(self.rows.clone());
        let is_late = self.rows.iter().any(|row| told.order < row.order);
        let before = if is_late { timeline.board_before(told.order, &self.names) } else { self.live.clone() };
        let frame = Frame { basis: Basis::Fetched, scope: &told.scope };
        let diff = diff(&before, &mut self.names, &mut self.words, seen, &frame, &mut Scratch::default());
        let anew = if is_late { timeline.said_anew(told.order, &diff, &before, &self.names) } else { Vec::new() };
        self.counts.push(diff.counts);
        let mut new = vec![
            Row { order: told.order, seq, content: RowContent::Cover(diff.cover, scope) },
            Row { order: told.order, seq, content: RowContent::Changes(diff.changes) },
            Row { order: told.order, seq, content: RowContent::Facts(diff.facts) },
        ];
        for said in anew {
            new.push(Row { order: said.order, seq, content: RowContent::Changes(said.changes) });
            new.push(Row { order: said.order, seq, content: RowContent::Facts(said.facts) });
        }
        if is_late {
            self.rows.extend(new);
            self.live = Timeline::new(self.rows.clone()).board_at(Order::end_of(Moment::MAX), &self.names);
        } else {
            self.live.grow(&self.names);
            new.iter().for_each(|row| odds::timeline::apply(&mut self.live, row, &self.names));
            self.rows.extend(new);
        }
    }

    fn text_at(&self, until: Order) -> Vec<String> {
        text(&Timeline::new(self.rows.clone()).board_at(until, &self.names), &self.names)
    }
}

fn text(board: &Board, names: &Names) -> Vec<String> {
    let mut lines: Vec<String> = (0..board.slots().len() as u32)
        .map(odds::SlotNo)
        .filter_map(|slot| {
            let value = board.slots()[slot.0 as usize].value?;
            let words = names.words(slot)?;
            if value == Value::Withdrawn {
                return Some(format!("{words:?} withdrawn"));
            }
            Some(format!("{words:?} {value:?} {:?} {:?}", board.seen(slot), board.not_observed_since(slot)))
        })
        .collect();
    lines.sort();
    lines.extend(
        board
            .facts()
            .iter()
            .filter(|(_, fact)| fact.value.is_some())
            .map(|((kind, subject), fact)| format!("{kind:?} {subject} {:?} said {:?}", fact.value, fact.said)),
    );
    lines
}

fn any_offer() -> impl Strategy<Value = Result<Offer, Refusal>> {
    let offer = |cents: i64, is_suspended| Offer { price: Price::from_nanos(cents * 10_000_000).unwrap(), is_suspended, changed_at: None };
    prop_oneof![
        6 => prop::sample::select(vec![190_i64, 200, 210]).prop_map(move |cents| Ok(offer(cents, false))),
        1 => Just(Ok(offer(200, true))),
        1 => Just(Err(Refusal::ImpossiblePrice)),
    ]
}

fn any_market(key: &'static str) -> impl Strategy<Value = MarketSeen<'static>> {
    let outcome = (prop::sample::select(vec!["Over", "Under", "Push"]), any_offer()).prop_map(|(name, offer)| OutcomeSeen {
        name: name.into(),
        description: "".into(),
        point: None,
        offer,
    });
    (prop::collection::vec(outcome, 0..4), prop::option::of(0_i64..50), prop::bool::weighted(0.1)).prop_map(
        move |(outcomes, secs, is_damaged)| MarketSeen {
            key: key.into(),
            seen_at: secs.map(Moment::from_secs),
            is_damaged,
            outcomes,
            ..MarketSeen::default()
        },
    )
}

fn any_book(key: &'static str) -> impl Strategy<Value = BookSeen<'static>> {
    let markets =
        (prop::option::of(any_market("h2h")), prop::option::of(any_market("totals")), prop::option::weighted(0.1, any_market("totals")));
    markets.prop_map(move |(a, b, c)| BookSeen { key: key.into(), seen_at: None, markets: [a, b, c].into_iter().flatten().collect() })
}

/// Whatever can come along, whether what it belongs to is in the reply or not.
fn any_attributes() -> impl Strategy<Value = Vec<FactSeen<'static>>> {
    let of_quote = |book: &str| {
        let outcome = |market, name| attribute::of_outcome(book, market, name, "", None);
        vec![
            attribute::of_book(book),
            attribute::of_market(book, "h2h"),
            outcome("h2h", "Over"),
            outcome("h2h", "Under"),
            outcome("totals", "Over"),
        ]
    };
    let subjects: Vec<String> = ["ann", "bob", "cat"].iter().flat_map(|book| of_quote(book)).collect();
    let of_quotes = (prop::sample::select(vec![FactKind::Link, FactKind::BetLimit]), prop::sample::select(subjects));
    let besides = (
        prop::sample::select(vec![FactKind::Attribute]),
        prop::sample::select(vec!["start".to_owned(), "ann".to_owned(), "bob/h2h/home".to_owned()]),
    );
    let of_sides = (
        prop::sample::select(vec![FactKind::SideId, FactKind::Rotation]),
        prop::sample::select(vec!["home".to_owned(), "away".to_owned()]),
    );
    let value = prop::sample::select(vec!["1", "2"]);
    let fact = (prop_oneof![4 => of_quotes, 1 => besides, 1 => of_sides], value).prop_map(|((kind, subject), value)| FactSeen {
        kind,
        subject: subject.into(),
        value: value.into(),
    });
    prop::collection::vec(fact, 0..6)
}

fn any_asked() -> impl Strategy<Value = FactMask> {
    prop::sample::subsequence(vec![FactKind::Link, FactKind::BetLimit], 0..=2).prop_map(|kinds| {
        let mut asked = FactMask::default();
        kinds.into_iter().for_each(|kind| asked.add(kind));
        asked
    })
}

fn any_listing() -> impl Strategy<Value = ListingSeen<'static>> {
    let facts = (prop::option::of(0_usize..3), prop::option::of(0_usize..3)).prop_map(|(start, status)| -> Vec<FactSeen<'static>> {
        let start = start.map(|at| (FactKind::Start, ["2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z", "2026-01-02T00:00:00Z"][at]));
        let status = status.map(|at| (FactKind::Status, ["scheduled", "live", "final"][at]));
        [start, status].into_iter().flatten().map(|(kind, value)| FactSeen { kind, subject: "".into(), value: value.into() }).collect()
    });
    let books = (prop::option::of(any_book("ann")), prop::option::of(any_book("bob")), prop::option::of(any_book("cat")));
    (facts, books, any_attributes(), any_asked()).prop_map(|(facts, (a, b, c), attributes, asked)| ListingSeen {
        id: "listing".into(),
        sport: "sport".into(),
        facts: facts.into_iter().chain(attributes).collect::<Vec<_>>(),
        asked,
        books: [a, b, c].into_iter().flatten().collect(),
        ..ListingSeen::default()
    })
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let markets = prop::option::of(prop::sample::subsequence(vec!["h2h".to_owned(), "totals".to_owned()], 0..=2));
    let books =
        prop_oneof![Just(BookScope::Unknown), Just(BookScope::All), Just(BookScope::Listed(vec!["ann".to_owned(), "bob".to_owned()])),];
    (markets, books).prop_map(|(markets, books)| Scope { sport: "sport".into(), listings: ListingScope::Sport, markets, books })
}

fn any_story() -> impl Strategy<Value = Vec<Told>> {
    let told = (0_i64..8, any_scope(), prop::option::weighted(0.85, any_listing()));
    prop::collection::vec(told, 1..9).prop_map(|tellings| {
        let orders = tellings.iter().enumerate().map(|(at, (secs, ..))| Order { at: Moment::from_secs(*secs), reply: ReplyId(at as i64) });
        orders.zip(&tellings).map(|(order, (_, scope, seen))| Told { order, scope: scope.clone(), seen: seen.clone() }).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_tells_the_same_as_of_every_moment(story in any_story()) {
        let mut kept = Kept::default();
        story.iter().for_each(|told| kept.take(told));
        let mut in_order = story.clone();
        in_order.sort_by_key(|told| told.order);
        for until in in_order.iter().map(|told| told.order) {
            let mut fresh = Kept::default();
            in_order.iter().filter(|told| told.order <= until).for_each(|told| fresh.take(told));
            prop_assert_eq!(kept.text_at(until), text(&fresh.live, &fresh.names), "as of {:?}", until);
        }
        prop_assert_eq!(text(&kept.live, &kept.names), kept.text_at(Order::end_of(Moment::MAX)));
    }

    #[test]
    fn every_reply_is_conserved(story in any_story()) {
        let mut kept = Kept::default();
        story.iter().for_each(|told| kept.take(told));
        for counts in &kept.counts {
            prop_assert!(counts.is_conserved(), "{:?}", counts);
        }
    }
}
