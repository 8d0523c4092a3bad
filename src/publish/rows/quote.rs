//! What stands in a listing, as rows: compared with what was written last, so that only what differs is written.

use std::collections::HashMap;

use api::view::STALE_BOOK_SECS;
use odds::block::Value;
use odds::board::Seen;
use odds::{ListingId, SlotNo};
use store::Param;
use store::boards::Kept;

use super::slot::{Question, Sides};

/// How a quote stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Live,
    Suspended,
    Stale,
    NotObserved,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Suspended => "suspended",
            Self::Stale => "stale",
            Self::NotObserved => "not_observed",
        }
    }

    fn of(kept: &Kept, slot: SlotNo, value: Value, seen: Option<Seen>) -> Self {
        let Some(seen) = seen.filter(|_| kept.board.not_observed_since(slot).is_none()) else { return Self::NotObserved };
        if seen.book_seen_at.is_some_and(|book| seen.order.at.secs_since(book) > STALE_BOOK_SECS) {
            Self::Stale
        } else if matches!(value, Value::Suspended(_)) {
            Self::Suspended
        } else {
            Self::Live
        }
    }
}

/// A quote as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    nanos: i64,
    american: i64,
    pub(super) state: State,
    changed_at: Option<i64>,
    first_seen_at: i64,
    reply: i64,
    is_best: bool,
    is_apart: bool,
    observed_at: Option<i64>,
    book_seen_at: Option<i64>,
}

/// A cell as it is written: seen when, on what basis, the book's own time, the reply.
pub(super) type CellSeen = (Option<i64>, Option<&'static str>, Option<i64>, Option<i64>);

/// What was written of a listing.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) sides: Sides,
    pub(super) questions: Vec<Question>,
    pub(super) quotes: Vec<Option<Quote>>,
    pub(super) cells: Vec<CellSeen>,
}

/// How fresh a quote is: whether its source looks at it, and when it did last.
pub(super) type Freshness = (bool, Option<i64>);

/// Which listing is heard of each selection at each book, by its place among those of the event.
pub(super) type Heard = HashMap<u64, (Freshness, usize), rustc_hash::FxBuildHasher>;

/// The freshest source of each quote, over the listings of an event; where two are alike, the first. One that took it down is heard from
/// that moment on. Nothing has to be chosen where there is one listing.
pub(super) fn heard<'a>(listings: impl Iterator<Item = (&'a [Question], &'a [Option<Quote>], Option<&'a Kept>)>) -> Heard {
    let mut heard = Heard::default();
    for (place, (questions, quotes, kept)) in listings.enumerate() {
        for (slot, (question, quote)) in questions.iter().zip(quotes).enumerate() {
            let number = SlotNo(slot as u32);
            let fresh = match quote {
                Some(quote) => {
                    let seen_at = kept.and_then(|kept| kept.board.seen(number)).map(|seen| seen.order.at.micros());
                    (matches!(quote.state, State::Live | State::Suspended), seen_at)
                }
                None => match kept.and_then(|kept| taken_down_at(kept, number)) {
                    Some(at) => (true, Some(at.micros())),
                    None => continue,
                },
            };
            let first = heard.entry(question.at_book).or_insert((fresh, place));
            if fresh > first.0 {
                *first = (fresh, place);
            }
        }
    }
    heard
}

fn taken_down_at(kept: &Kept, number: SlotNo) -> Option<odds::Moment> {
    let slot = kept.board.slot(number)?;
    (slot.value == Some(Value::Withdrawn)).then_some(slot.said.at)
}

/// Leaves the question of who is best to the quotes that are heard.
pub(super) fn is_heard(heard: &Heard, question: &Question, place: usize) -> bool {
    heard.get(&question.at_book).is_none_or(|(_, first)| *first == place)
}

/// The longest live price of each selection, in nanos.
pub(super) type Best = HashMap<u64, i64, rustc_hash::FxBuildHasher>;

/// What is offered in a listing; which of it is best is told by [`mark_best`].
pub(super) fn quotes(kept: &Kept) -> Vec<Option<Quote>> {
    (0..kept.board.slots().len() as u32).map(|slot| quote(kept, SlotNo(slot))).collect()
}

fn quote(kept: &Kept, number: SlotNo) -> Option<Quote> {
    let slot = kept.board.slot(number)?;
    let value = slot.value?;
    let price = value.price()?;
    let seen = kept.board.seen(number);
    let of_cell = kept.board.cells()[slot.cell.0 as usize].seen;
    let is_apart = kept.board.has_pinned() && seen != of_cell;
    let own = seen.filter(|_| is_apart);
    Some(Quote {
        nanos: price.nanos(),
        american: price.american(),
        state: State::of(kept, number, value, seen),
        changed_at: slot.changed_at.map(odds::Moment::micros),
        first_seen_at: slot.said.at.micros(),
        reply: slot.said.reply.0,
        is_best: false,
        is_apart,
        observed_at: own.map(|seen| seen.order.at.micros()),
        book_seen_at: own.and_then(|seen| seen.book_seen_at).map(odds::Moment::micros),
    })
}

/// The best price of each selection over the listings of an event.
pub(super) fn best<'a>(heard: &Heard, listings: impl Iterator<Item = (&'a [Question], &'a [Option<Quote>])>) -> Best {
    let mut best = Best::default();
    for (place, (questions, quotes)) in listings.enumerate() {
        let standing = questions.iter().zip(quotes).filter_map(|(question, quote)| Some((question, (*quote)?)));
        for (question, quote) in
            standing.filter(|(question, quote)| question.may_be_best && quote.state == State::Live && is_heard(heard, question, place))
        {
            let longest = best.entry(question.selection).or_insert(quote.nanos);
            *longest = quote.nanos.max(*longest);
        }
    }
    best
}

pub(super) fn mark_best(questions: &[Question], quotes: &mut [Option<Quote>], best: &Best, (heard, place): (&Heard, usize)) {
    for (question, quote) in questions.iter().zip(quotes) {
        if let Some(quote) = quote {
            let is_longest = || best.get(&question.selection) == Some(&quote.nanos);
            let may_be_best = question.may_be_best && is_heard(heard, question, place);
            quote.is_best = may_be_best && quote.state == State::Live && is_longest();
        }
    }
}

pub(super) fn cells(kept: &Kept) -> Vec<CellSeen> {
    let of = |seen: Seen| {
        let book_seen_at = seen.book_seen_at.map(odds::Moment::micros);
        (Some(seen.order.at.micros()), Some(seen.basis.as_str()), book_seen_at, Some(seen.order.reply.0))
    };
    kept.board.cells().iter().map(|cell| cell.seen.map_or((None, None, None, None), of)).collect()
}

pub(super) fn quote_values(listing: ListingId, quotes: &[Option<Quote>]) -> Vec<Param<'static>> {
    let mut values = Vec::with_capacity(quotes.len() * 12);
    for (slot, quote) in quotes.iter().enumerate().filter_map(|(slot, quote)| Some((slot, (*quote)?))) {
        values.extend([
            Param::Int(listing.0),
            Param::Int(slot as i64),
            Param::Int(quote.nanos),
            Param::Int(quote.american),
            Param::Text(quote.state.as_str()),
            quote.changed_at.into(),
            Param::Int(quote.first_seen_at),
            Param::Int(quote.reply),
            Param::Int(i64::from(quote.is_best)),
            Param::Int(i64::from(quote.is_apart)),
            quote.observed_at.into(),
            quote.book_seen_at.into(),
        ]);
    }
    values
}

pub(super) fn cell_values(listing: ListingId, cells: &[CellSeen]) -> Vec<Param<'static>> {
    let of = |(cell, seen): (usize, &CellSeen)| {
        [Param::Int(listing.0), Param::Int(cell as i64), seen.0.into(), seen.1.into(), seen.2.into(), seen.3.into()]
    };
    cells.iter().enumerate().flat_map(of).collect()
}
