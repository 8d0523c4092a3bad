//! The board of one listing: what stands at each of its slots, how far it was read, and its facts.
//!
//! A board is the fold of a listing's rows in the order of the world. The live board, a board as of a moment and the board
//! that a late reply is compared with are all made by the functions of this file, so they cannot disagree.

use std::collections::BTreeMap;

use crate::block::{Change, Value};
use crate::cover::{CellCover, Cover, Extent, FactMask};
use crate::id::{CellNo, ReplyId, SlotNo};
use crate::moment::Moment;
use crate::names::{Names, Word};
use crate::observation::{BookScope, EVERY_MARKET, FactKind, ListingScope, Scope};
use crate::reply::Basis;

/// The place of a reply in the order of the world: its moment, then its id where moments are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Order {
    /// The moment that the reply describes.
    pub at: Moment,
    /// The reply.
    pub reply: ReplyId,
}

impl Order {
    /// After every reply of a moment.
    #[must_use]
    pub const fn end_of(at: Moment) -> Self {
        Self { at, reply: ReplyId(i64::MAX) }
    }
}

/// When something was last seen to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// By which reply.
    pub order: Order,
    /// When the provider last read the book by then, where it says so.
    pub book_seen_at: Option<Moment>,
    /// What the reply's moment rests on.
    pub basis: Basis,
}

/// One market at one book, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// The last reply that read it in full.
    pub seen: Option<Seen>,
    /// The first reply since then that asked for it and did not bring it.
    pub missed: Option<Order>,
    /// Its slots, in the order of their numbers.
    pub slots: Vec<SlotNo>,
}

/// One slot.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// Its cell.
    pub cell: CellNo,
    /// What stands there; `None` before anything was said.
    pub value: Option<Value>,
    /// The reply that said so first.
    pub said: Order,
    /// When it changed, where the provider states it.
    pub changed_at: Option<Moment>,
}

/// A fact as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The value; `None` where it is gone (a player who left the injury list).
    pub value: Option<Word>,
    /// The reply that said so first.
    pub said: Order,
}

/// A change of a fact; a value of `None` says that it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactChange {
    /// What it is about.
    pub kind: FactKind,
    /// Which one, where there can be several; else empty.
    pub subject: Word,
    /// The value from now on.
    pub value: Option<Word>,
}

/// What stands in one listing.
#[derive(Debug, Clone, Default)]
pub struct Board {
    cells: Vec<Cell>,
    slots: Vec<Slot>,
    facts: BTreeMap<(FactKind, Word), Fact>,
    facts_seen: [Option<Order>; FactKind::ALL.len()],
    /// Slots whose last sight differs from their cell's: refused in it, or the only ones readable in it.
    pinned: BTreeMap<SlotNo, Option<Seen>>,
    last: Option<Order>,
    /// The last miss, while nothing else was said: the same markets and books asked for again change nothing.
    missed: Option<(Order, Scope)>,
}

impl Board {
    /// Cells by number.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Slots by number.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// A slot; `None` where its number is not known on this board.
    #[must_use]
    pub fn slot(&self, slot: SlotNo) -> Option<&Slot> {
        self.slots.get(slot.0 as usize)
    }

    /// Every fact that was ever stated, by kind and subject.
    #[must_use]
    pub const fn facts(&self) -> &BTreeMap<(FactKind, Word), Fact> {
        &self.facts
    }

    /// The value of a fact that has one subject, where it stands.
    #[must_use]
    pub fn fact(&self, kind: FactKind) -> Option<&str> {
        self.facts_of(kind).find_map(|(subject, fact)| if subject.is_empty() { fact.value.as_deref() } else { None })
    }

    /// All facts of a kind, by subject.
    pub fn facts_of(&self, kind: FactKind) -> impl Iterator<Item = (&Word, &Fact)> {
        self.facts.range((kind, Word::from(""))..).take_while(move |((of, _), _)| *of == kind).map(|((_, subject), fact)| (subject, fact))
    }

    /// The last reply that stated facts of a kind.
    #[must_use]
    pub fn facts_seen(&self, kind: FactKind) -> Option<Order> {
        self.facts_seen[kind as usize]
    }

    /// The facts of the event alone, without quotes and what belongs to them.
    #[must_use]
    pub fn without_quotes(&self) -> Self {
        let is_of_event =
            |kind: FactKind, subject: &str| !kind.is_of_quotes() && (kind != FactKind::Attribute || subject == crate::attribute::START);
        let facts = self.facts.iter().filter(|((kind, subject), _)| is_of_event(*kind, subject));
        let facts = facts.map(|((kind, subject), fact)| ((*kind, Word::clone(subject)), fact.clone())).collect();
        Self { facts, facts_seen: self.facts_seen, last: self.last, ..Self::default() }
    }

    /// When the event starts, as far as is known.
    #[must_use]
    pub fn starts_at(&self) -> Option<Moment> {
        self.fact(FactKind::Start)?.parse().ok()
    }

    /// The last reply that said anything of this listing; misses are not among them.
    #[must_use]
    pub const fn last(&self) -> Option<Order> {
        self.last
    }

    /// When a slot was last seen to stand as it does.
    #[must_use]
    pub fn seen(&self, slot: SlotNo) -> Option<Seen> {
        match self.pinned.get(&slot) {
            Some(seen) => *seen,
            None => self.cells[self.slots[slot.0 as usize].cell.0 as usize].seen,
        }
    }

    /// Since when a slot is not observed; `None` while it is.
    #[must_use]
    pub fn not_observed_since(&self, slot: SlotNo) -> Option<Order> {
        let missed = self.cells[self.slots[slot.0 as usize].cell.0 as usize].missed?;
        if self.pinned.is_empty() {
            return Some(missed);
        }
        self.pinned.get(&slot).copied().flatten().is_none_or(|seen| seen.order < missed).then_some(missed)
    }

    /// Whether something is offered at a slot and observed.
    #[must_use]
    pub fn is_standing(&self, slot: SlotNo) -> bool {
        self.slots[slot.0 as usize].value.is_some_and(Value::is_offered) && self.not_observed_since(slot).is_none()
    }

    /// Whether some slot was last seen apart from its cell: then misses must be told in their order.
    #[must_use]
    pub fn has_pinned(&self) -> bool {
        !self.pinned.is_empty()
    }

    /// The earliest last sight of a cell at which something is offered: misses before it change nothing.
    #[must_use]
    pub fn oldest_sight(&self) -> Option<Order> {
        let offered = self.slots.iter().filter(|slot| slot.value.is_some_and(Value::is_offered));
        offered.filter_map(|slot| self.cells[slot.cell.0 as usize].seen).map(|seen| seen.order).min()
    }

    /// Whether a miss at this place may change what is not observed, given all that this board has taken in after it.
    #[must_use]
    pub fn is_missable(&self, order: Order, scope: &Scope, names: &Names) -> bool {
        let is_open = |cell: &Cell| cell.seen.is_some_and(|seen| seen.order < order) && cell.missed.is_none_or(|missed| missed > order);
        let asked =
            names.cells().iter().zip(&self.cells).filter(|(name, _)| scope.asks_market(&name.market) && scope.asks_book(&name.book));
        self.has_pinned() || asked.into_iter().any(|(_, cell)| is_open(cell))
    }

    /// How many slots stand.
    #[must_use]
    pub fn standing(&self) -> usize {
        (0..self.slots.len()).filter(|slot| self.is_standing(SlotNo(*slot as u32))).count()
    }

    /// Whether a miss at this place changes nothing: the same markets and books were missed before it, and nothing was said since.
    #[must_use]
    pub fn is_missed_already(&self, order: Order, scope: &Scope) -> bool {
        self.missed.as_ref().is_some_and(|(before, asked)| *before <= order && asked.markets == scope.markets && asked.books == scope.books)
    }

    /// Makes room for the cells and slots that have got numbers since.
    pub fn grow(&mut self, names: &Names) {
        if self.cells.len() < names.cells().len() {
            self.missed = None;
        }
        self.cells.resize_with(names.cells().len(), Cell::default);
        for name in &names.slots()[self.slots.len()..] {
            self.cells[name.cell.0 as usize].slots.push(SlotNo(self.slots.len() as u32));
            self.slots.push(Slot { cell: name.cell, value: None, said: Order::default(), changed_at: None });
        }
    }

    fn advance(&mut self, order: Order) {
        self.last = self.last.max(Some(order));
        self.missed = None;
    }

    /// Takes in what a reply covered. A market that was asked for and is missing from a book that is there was read as empty;
    /// a book that was asked for and is missing is not observed from here on.
    pub fn apply_cover(&mut self, order: Order, cover: &Cover, scope: &Scope, names: &Names) {
        self.advance(order);
        for kind in FactKind::ALL.into_iter().filter(|kind| cover.facts.has(*kind)) {
            self.facts_seen[kind as usize] = Some(order);
        }
        for cell in &cover.cells {
            self.see(cell, Seen { order, book_seen_at: cell.seen_at, basis: cover.basis });
        }
        if scope.markets.is_some() {
            self.apply_silence(order, cover, scope, names);
        }
    }

    fn apply_silence(&mut self, order: Order, cover: &Cover, scope: &Scope, names: &Names) {
        let mut covered = cover.cells.iter().map(|cell| cell.cell).peekable();
        for (at, name) in names.cells().iter().enumerate().take(self.cells.len()) {
            if covered.next_if_eq(&CellNo(at as u32)).is_some() || !scope.asks_market(&name.market) {
                continue;
            }
            if cover.has_book(&name.book, names) {
                let read_as_empty = CellCover { cell: CellNo(at as u32), seen_at: None, extent: Extent::Whole };
                self.see(&read_as_empty, Seen { order, book_seen_at: None, basis: cover.basis });
            } else if scope.asks_book(&name.book) {
                self.miss(CellNo(at as u32), order);
            }
        }
    }

    /// Forgets the misses after a place, to go on from there: they are told again once that is done. Nothing may be pinned.
    pub fn forget_misses_after(&mut self, order: Order) {
        debug_assert!(self.pinned.is_empty(), "misses among pinned slots are told in their order");
        self.missed = None;
        self.cells.iter_mut().filter(|cell| cell.missed.is_some_and(|missed| missed > order)).for_each(|cell| cell.missed = None);
    }

    /// Takes in that a reply asked for this listing and did not bring it. Misses after the last sight may come in any order.
    pub fn apply_missed(&mut self, order: Order, scope: &Scope, names: &Names) {
        if self.is_missed_already(order, scope) {
            return;
        }
        for (at, name) in names.cells().iter().enumerate().take(self.cells.len()) {
            if scope.asks_market(&name.market) && scope.asks_book(&name.book) {
                self.miss(CellNo(at as u32), order);
            }
        }
        self.missed = self.last.is_none_or(|last| last < order).then(|| (order, scope.clone()));
    }

    /// What has no name yet is left out: its names come first.
    fn see(&mut self, cover: &CellCover, seen: Seen) {
        let at = cover.cell.0 as usize;
        if at >= self.cells.len() {
            return;
        }
        let known = self.slots.len();
        let is_named = |slot: &&SlotNo| (slot.0 as usize) < known;
        match &cover.extent {
            Extent::Only(slots) => {
                self.pinned.extend(slots.iter().filter(is_named).map(|slot| (*slot, Some(seen))));
                return;
            }
            Extent::Except(slots) => {
                for slot in slots.iter().filter(is_named) {
                    let before = self.seen(*slot);
                    self.pinned.insert(*slot, before);
                }
            }
            Extent::Whole => {}
        }
        self.cells[at].seen = Some(seen);
        self.cells[at].missed = None;
        if !self.pinned.is_empty() {
            let slots = &self.slots;
            self.pinned.retain(|slot, _| slots[slot.0 as usize].cell != cover.cell || !cover.extent.speaks_of(*slot));
        }
    }

    /// The first miss after the last sight counts; misses may be told after later sights of other cells.
    fn miss(&mut self, cell: CellNo, order: Order) {
        let Cell { seen, missed: since, .. } = self.cells[cell.0 as usize];
        if seen.is_some_and(|seen| seen.order >= order) {
            return;
        }
        if self.pinned.is_empty() {
            self.cells[cell.0 as usize].missed = Some(since.map_or(order, |since| since.min(order)));
            return;
        }
        let is_seen_since = |since: Order| {
            self.pinned.iter().any(|(slot, seen)| self.slots[slot.0 as usize].cell == cell && seen.is_some_and(|seen| seen.order > since))
        };
        if since.is_none_or(|since| order < since || is_seen_since(since)) {
            self.cells[cell.0 as usize].missed = Some(order);
        }
    }

    /// Takes in one change. A slot whose number is not known yet is left out: its names come first. A value said anew where it
    /// stands already changes nothing: who said it first, and when it changed, stay.
    pub fn apply_change(&mut self, order: Order, change: Change) {
        self.advance(order);
        if let Some(slot) = self.slots.get_mut(change.slot.0 as usize).filter(|slot| slot.value != Some(change.value)) {
            slot.value = Some(change.value);
            slot.said = order;
            slot.changed_at = change.changed_at;
        }
    }

    /// Takes in one change of a fact; one that stands already stays as it is.
    pub fn apply_fact(&mut self, order: Order, change: &FactChange) {
        self.advance(order);
        let key = (change.kind, Word::clone(&change.subject));
        if self.facts.get(&key).is_none_or(|fact| fact.value != change.value) {
            self.facts.insert(key, Fact { value: change.value.clone(), said: order });
        }
    }
}

impl Scope {
    /// Whether prices of a market were asked for.
    #[must_use]
    pub fn asks_market(&self, market: &str) -> bool {
        self.markets.as_ref().is_some_and(|markets| markets.iter().any(|asked| asked == market || asked == EVERY_MARKET))
    }

    /// Whether a book was asked for.
    #[must_use]
    pub fn asks_book(&self, book: &str) -> bool {
        match &self.books {
            BookScope::Unknown => false,
            BookScope::All => true,
            BookScope::Listed(books) => books.iter().any(|asked| asked == book),
        }
    }

    /// Whether a listing was asked for, by its id and its start where that is known.
    #[must_use]
    pub fn asks_listing(&self, listing: &str, starts_at: Option<Moment>) -> bool {
        match &self.listings {
            ListingScope::Unknown => false,
            ListingScope::Sport => true,
            ListingScope::Starting { from, to } => {
                starts_at.is_some_and(|start| from.is_none_or(|from| from <= start) && to.is_none_or(|to| start <= to))
            }
            ListingScope::Listed(listings) => listings.iter().any(|asked| asked == listing),
        }
    }

    /// Whether the absence of a listing from the reply says that it was not observed.
    #[must_use]
    pub const fn can_miss_listings(&self) -> bool {
        self.markets.is_some() && matches!(self.listings, ListingScope::Sport | ListingScope::Starting { .. })
    }
}

impl Cover {
    /// A cover of nothing yet.
    #[must_use]
    pub const fn empty(basis: Basis) -> Self {
        Self { basis, facts: FactMask(0), cells: Vec::new(), noted: Vec::new() }
    }

    /// Whether a book is in the reply, with or without markets.
    #[must_use]
    pub fn has_book(&self, book: &str, names: &Names) -> bool {
        self.cells.iter().any(|cell| names.cells().get(cell.cell.0 as usize).is_some_and(|name| &*name.book == book))
    }

    /// Whether the reply speaks of a slot, be it by its absence.
    #[must_use]
    pub fn speaks_of(&self, slot: SlotNo, scope: &Scope, names: &Names) -> bool {
        let Some(name) = names.slot(slot) else { return false };
        match self.cells.binary_search_by_key(&name.cell, |cell| cell.cell) {
            Ok(at) => self.cells[at].extent.speaks_of(slot),
            Err(_) => names
                .cells()
                .get(name.cell.0 as usize)
                .is_some_and(|cell| scope.asks_market(&cell.market) && self.has_book(&cell.book, names)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{CellName, Interner, SlotName};
    use crate::observation::ListingScope;
    use crate::price::{NANOS, Price};

    fn order(secs: i64) -> Order {
        Order { at: Moment::from_secs(secs), reply: ReplyId(secs) }
    }

    fn scope(markets: &[&str]) -> Scope {
        Scope {
            markets: Some(markets.iter().map(|market| (*market).to_owned()).collect()),
            books: BookScope::All,
            listings: ListingScope::Sport,
            ..Scope::default()
        }
    }

    #[test]
    fn the_same_miss_again_changes_nothing_until_something_was_said() {
        let (mut words, mut names, mut board) = (Interner::default(), Names::default(), Board::default());
        let cell = names.add_cell(CellName { book: words.intern("fanduel"), market: words.intern("h2h") });
        let slot = names.add_slot(SlotName { cell, name: words.intern("A"), description: words.intern(""), point: None });
        board.grow(&names);
        let cover = Cover { cells: vec![CellCover { cell, seen_at: None, extent: Extent::Whole }], ..Cover::empty(Basis::Fetched) };
        let h2h = scope(&["h2h"]);
        board.apply_cover(order(1), &cover, &h2h, &names);
        board.apply_change(order(1), Change { slot, value: Value::Live(Price::from_nanos(2 * NANOS).unwrap()), changed_at: None });
        board.apply_missed(order(2), &scope(&["totals"]), &names);
        assert!(board.is_standing(slot) && !board.is_missed_already(order(3), &h2h), "another market was missed");
        board.apply_missed(order(3), &h2h, &names);
        assert_eq!((board.not_observed_since(slot), board.is_missed_already(order(4), &h2h)), (Some(order(3)), true));
        board.apply_missed(order(2), &h2h, &names);
        assert_eq!(board.not_observed_since(slot), Some(order(2)), "an earlier miss is told later");
        board.apply_cover(order(5), &cover, &h2h, &names);
        assert!(board.is_standing(slot) && !board.is_missed_already(order(6), &h2h), "it was seen again");
        board.apply_missed(order(6), &h2h, &names);
        assert_eq!(board.not_observed_since(slot), Some(order(6)));
    }
}
