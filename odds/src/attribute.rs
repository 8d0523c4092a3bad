//! What comes along with a quote (links, ids, limits, multipliers): what it belongs to, as the subject of a fact.
//!
//! A subject is `book`, `book/market` or `book/market/name|description|point`, each word with `%`, `/` and `|` escaped, so that it
//! can be read back whatever the provider calls things.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::cover::{Cover, Extent};
use crate::id::{CellNo, SlotNo};
use crate::line::Line;
use crate::moment::Moment;
use crate::names::Names;
use crate::observation::FactKind;

/// The subject of what belongs to a book's page of a listing.
#[must_use]
pub fn of_book(book: &str) -> String {
    escaped(book).into_owned()
}

/// The subject of what belongs to a market at a book.
#[must_use]
pub fn of_market(book: &str, market: &str) -> String {
    format!("{}/{}", escaped(book), escaped(market))
}

/// The subject of what belongs to an outcome.
#[must_use]
pub fn of_outcome(book: &str, market: &str, name: &str, description: &str, point: Option<Line>) -> String {
    let point = point.map(|point| point.to_string()).unwrap_or_default();
    format!("{}/{}/{}|{}|{point}", escaped(book), escaped(market), escaped(name), escaped(description))
}

/// The subject of the start's own attribute: how exactly it is known.
pub const START: &str = "start";

/// How closely a start is known where that is no better than its day, as the value of its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDay {
    /// `day`: the start that is stated stands for all of it.
    pub precision: Day,
    /// Where the provider's closing prices stand, in the order of the world: behind the day's last start.
    pub closes_at: Moment,
}

/// The one precision there is besides an exact time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// The day alone is known.
    Day,
}

impl Board {
    /// What is known of the start where it is its day alone.
    #[must_use]
    pub fn start_on_day(&self) -> Option<OnDay> {
        let fact = self.facts().get(&(FactKind::Attribute, START.into()))?;
        serde_json::from_str(fact.value.as_deref()?).ok()
    }
}

const ESCAPES: [(char, &str); 3] = [('%', "%25"), ('/', "%2F"), ('|', "%7C")];

fn escaped(word: &str) -> Cow<'_, str> {
    if !word.contains(['%', '/', '|']) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(ESCAPES.iter().fold(word.to_owned(), |word, (plain, escape)| word.replace(*plain, escape)))
}

fn plain(word: &str) -> Cow<'_, str> {
    if !word.contains('%') {
        return Cow::Borrowed(word);
    }
    Cow::Owned(ESCAPES.iter().rev().fold(word.to_owned(), |word, (plain, escape)| word.replace(escape, &plain.to_string())))
}

/// What a subject belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    Book(Cow<'a, str>),
    Cell(CellNo),
    Slot(SlotNo),
}

impl<'a> Target<'a> {
    /// Reads a subject back; `None` where the listing has no such market or outcome.
    pub(crate) fn of(subject: &'a str, names: &Names) -> Option<Self> {
        let mut words = subject.splitn(3, '/');
        let book = plain(words.next()?);
        let Some(market) = words.next() else { return Some(Self::Book(book)) };
        let cell = names.find_cell(&book, &plain(market))?;
        let Some(outcome) = words.next() else { return Some(Self::Cell(cell)) };
        let mut words = outcome.splitn(3, '|');
        let (name, description, point) = (words.next()?, words.next()?, words.next()?);
        let point = if point.is_empty() { None } else { Some(Line::parse(point).ok()?) };
        names.find_slot(cell, &plain(name), &plain(description), point).map(Self::Slot)
    }
}

/// The slot that a subject belongs to, where it is an outcome's.
pub(crate) fn slot_of(subject: &str, names: &Names) -> Option<SlotNo> {
    match Target::of(subject, names)? {
        Target::Slot(slot) => Some(slot),
        Target::Book(_) | Target::Cell(_) => None,
    }
}

impl Cover {
    /// Whether the reply says all that there is of a fact, be it by its silence. `is_offered` tells what stands after the reply.
    ///
    /// A reply that was asked for links tells the link of every outcome that it brought, or that it has none; of an outcome that it
    /// did not bring, or could not use, it tells nothing. What a kind of fact does not let us derive, the reply has noted as told.
    #[must_use]
    pub fn tells(&self, kind: FactKind, subject: &str, names: &Names, is_offered: &dyn Fn(SlotNo) -> bool) -> bool {
        let is_derived = match kind {
            FactKind::Attribute => subject == START && self.facts.has(FactKind::Start),
            FactKind::Transaction => false,
            kind if kind.is_of_quotes() => self.facts.has(kind) && self.brought(subject, names, is_offered),
            kind => self.facts.has(kind),
        };
        is_derived || (kind.is_told_apart() && self.noted.binary_search(&note_of(kind, subject)).is_ok())
    }

    fn brought(&self, subject: &str, names: &Names, is_offered: &dyn Fn(SlotNo) -> bool) -> bool {
        let of_cell = |cell: CellNo| self.cells.binary_search_by_key(&cell, |cell| cell.cell).ok().map(|at| &self.cells[at].extent);
        match Target::of(subject, names) {
            Some(Target::Book(book)) => {
                let is_of_book = |cell: CellNo| names.cells().get(cell.0 as usize).is_some_and(|name| *name.book == *book);
                self.cells.iter().any(|cell| is_of_book(cell.cell) && is_read(&cell.extent))
            }
            Some(Target::Cell(cell)) => of_cell(cell).is_some_and(is_read),
            Some(Target::Slot(slot)) => {
                let extent = names.slot(slot).and_then(|name| of_cell(name.cell));
                extent.is_some_and(|extent| extent.speaks_of(slot)) && is_offered(slot)
            }
            None => false,
        }
    }
}

const fn is_read(extent: &Extent) -> bool {
    !matches!(extent, Extent::Only(_))
}

/// A short name of a fact within its listing, the same for ever (FNV-1a, 32 bits). Two facts of a listing with one name are as likely
/// as 1 in 4 milliards; then a late reply that changes one may be taken to be answered by a later reply that told the other.
pub(crate) fn note_of(kind: FactKind, subject: &str) -> u32 {
    let bytes = std::iter::once(kind as u8).chain(subject.bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{CellName, Interner, SlotName};
    use proptest::prelude::*;

    fn named(book: &str, market: &str, outcome: (&str, &str, Option<Line>)) -> Names {
        let (mut names, mut words) = (Names::default(), Interner::default());
        let cell = names.add_cell(CellName { book: words.intern(book), market: words.intern(market) });
        let (name, description) = (words.intern(outcome.0), words.intern(outcome.1));
        names.add_slot(SlotName { cell, name, description, point: outcome.2 });
        names
    }

    proptest! {
        #[test]
        fn a_subject_is_read_back_whatever_things_are_called(
            [book, market, name, description] in [(); 4].map(|()| "[a-z%/|257FC -]{0,8}"), point in proptest::option::of(-99_999_i32..99_999)
        ) {
            let point = point.map(Line::from_milli);
            let names = named(&book, &market, (&name, &description, point));
            let (of_the_book, of_the_market) = (of_book(&book), of_market(&book, &market));
            prop_assert_eq!(Target::of(&of_the_book, &names), Some(Target::Book(book.as_str().into())));
            prop_assert_eq!(Target::of(&of_the_market, &names), Some(Target::Cell(CellNo(0))));
            let outcome = of_outcome(&book, &market, &name, &description, point);
            prop_assert_eq!(Target::of(&outcome, &names), Some(Target::Slot(SlotNo(0))));
        }
    }
}
