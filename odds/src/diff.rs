//! What one reply changes in one listing: the board before it, and what it saw, give changes, coverage and counts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attribute::note_of;
use crate::block::{Change, Value};
use crate::board::{Board, FactChange};
use crate::cover::{CellCover, Cover, Extent};
use crate::id::{CellNo, SlotNo};
use crate::moment::Moment;
use crate::names::{CellName, Interner, Names, SlotName, Word};
use crate::observation::{BookSeen, FactKind, ListingSeen, MarketSeen, Offer, OutcomeSeen, Problem, Refusal, Scope};
use crate::reply::Basis;

/// What became of the outcomes of a reply. Two sums hold for every reply, see [`Counts::is_conserved`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Outcomes in the reply.
    pub received: u64,
    /// Offered for the first time.
    pub opened: u64,
    /// Another price or state than before.
    pub moved: u64,
    /// Offered again after being withdrawn or not observed.
    pub returned: u64,
    /// As before.
    pub unchanged: u64,
    /// Said twice in the reply, alike.
    pub duplicate: u64,
    /// Refused, each with a reason.
    pub refused: u64,
    /// Of the unchanged, those posted in another form of the same price.
    pub reformatted: u64,
    /// Quotes that stood before, inside the coverage.
    pub before: u64,
    /// Quotes that stand after, inside the coverage.
    pub after: u64,
    /// Quotes that were taken down.
    pub withdrawn: u64,
    /// Quotes that were asked for and not brought.
    pub not_observed: u64,
}

impl Counts {
    /// received = opened + moved + returned + unchanged + duplicate + refused, and
    /// before + opened + returned = after + withdrawn + not observed.
    #[must_use]
    pub const fn is_conserved(&self) -> bool {
        self.received == self.opened + self.moved + self.returned + self.unchanged + self.duplicate + self.refused
            && self.before + self.opened + self.returned == self.after + self.withdrawn + self.not_observed
    }

    /// Adds the counts of another listing or reply.
    pub const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.opened += other.opened;
        self.moved += other.moved;
        self.returned += other.returned;
        self.unchanged += other.unchanged;
        self.duplicate += other.duplicate;
        self.refused += other.refused;
        self.reformatted += other.reformatted;
        self.before += other.before;
        self.after += other.after;
        self.withdrawn += other.withdrawn;
        self.not_observed += other.not_observed;
    }
}

/// What a reply changes in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Changes, sorted by slot.
    pub changes: Vec<Change>,
    /// Changes of facts.
    pub facts: Vec<FactChange>,
    /// What the reply covered.
    pub cover: Cover,
    /// What became of its outcomes.
    pub counts: Counts,
    /// Contradictions found in it.
    pub problems: Vec<Problem>,
}

impl Diff {
    /// Whether something is offered at a slot once the reply was taken in.
    #[must_use]
    pub fn is_offered_after(&self, slot: SlotNo, before: &Board) -> bool {
        match self.changes.binary_search_by_key(&slot, |change| change.slot) {
            Ok(at) => self.changes[at].value.is_offered(),
            Err(_) => before.slot(slot).and_then(|slot| slot.value).is_some_and(Value::is_offered),
        }
    }
}

/// Facts as a reply states them.
type Stated<'a> = BTreeMap<(FactKind, Word), Cow<'a, str>>;

/// Room for marks by slot that is used again from listing to listing.
#[derive(Debug, Default)]
pub struct Scratch {
    said: Vec<Said>,
    mark: Vec<u32>,
    cells: Vec<CellMark>,
    cell_mark: Vec<u32>,
    gone: BTreeSet<SlotNo>,
}

#[derive(Debug, Clone, Copy)]
struct Said {
    slot: SlotNo,
    offer: Result<Offer, Refusal>,
}

#[derive(Debug, Clone, Copy)]
struct CellMark {
    cell: CellNo,
    seen_at: Option<Moment>,
    is_damaged: bool,
    from: usize,
    to: usize,
}

const UNMARKED: u32 = u32::MAX;

/// Compares what a reply saw of a listing with the board before it. New words get numbers in `names`; the board is not changed.
///
/// `at` is where the listing stands in the reply, for the paths of problems.
#[must_use]
pub fn diff(
    board: &Board,
    names: &mut Names,
    words: &mut Interner,
    seen: &ListingSeen<'_>,
    frame: &Frame<'_>,
    scratch: &mut Scratch,
) -> Diff {
    let mut work = Work {
        board,
        names,
        words,
        scratch,
        diff: Diff {
            changes: Vec::new(),
            facts: Vec::new(),
            cover: Cover::empty(frame.basis),
            counts: Counts::default(),
            problems: Vec::new(),
        },
    };
    work.read_books(&seen.books, &seen.id);
    work.compare();
    work.withdraw(frame.scope);
    work.diff.changes.sort_unstable_by_key(|change| change.slot);
    work.diff.cover.cells.sort_unstable_by_key(|cell| cell.cell);
    work.compare_facts(seen);
    work.diff
}

/// What is the same for all listings of a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// What the snapshot's moment rests on.
    pub basis: Basis,
    /// What was asked for.
    pub scope: &'a Scope,
}

struct Work<'a> {
    board: &'a Board,
    names: &'a mut Names,
    words: &'a mut Interner,
    scratch: &'a mut Scratch,
    diff: Diff,
}

impl Work<'_> {
    /// Gives every outcome its slot, and finds those that are said twice.
    fn read_books(&mut self, books: &[BookSeen<'_>], listing: &str) {
        self.scratch.said.clear();
        self.scratch.cells.clear();
        self.scratch.gone.clear();
        self.scratch.mark.clear();
        self.scratch.mark.resize(self.names.slots().len(), UNMARKED);
        self.scratch.cell_mark.clear();
        self.scratch.cell_mark.resize(self.names.cells().len(), UNMARKED);
        for book in books {
            if book.markets.is_empty() {
                let cell = self.cell(&book.key, "");
                self.mark_cell(cell, book.seen_at, false, self.scratch.said.len());
            }
            for market in &book.markets {
                self.read_market(book, market, listing);
            }
        }
    }

    fn read_market(&mut self, book: &BookSeen<'_>, market: &MarketSeen<'_>, listing: &str) {
        let only_tells_what_is_gone = market.outcomes.is_empty() && !market.gone.named.is_empty();
        if only_tells_what_is_gone && self.names.find_cell(&book.key, &market.key).is_none() {
            return;
        }
        let cell = self.cell(&book.key, &market.key);
        let from = self.scratch.said.len();
        for (at, outcome) in market.outcomes.iter().enumerate() {
            let slot = self.slot(cell, outcome, at);
            self.hear(slot, outcome, || format!("{listing}/{}/{}/{}", book.key, market.key, outcome.name));
        }
        self.mark_cell(cell, market.seen_at.or(book.seen_at), market.is_damaged, from);
        self.note_what_is_gone(cell, market, from);
    }

    /// Finds the slots that a feed of changes takes down without bringing them. Where there is no such slot, there is nothing to take down.
    fn note_what_is_gone(&mut self, cell: CellNo, market: &MarketSeen<'_>, from: usize) {
        let named = market.gone.named.iter();
        self.scratch.gone.extend(named.filter_map(|(name, description, point)| self.names.find_slot(cell, name, description, *point)));
        let Some(on_board) = self.board.cells().get(cell.0 as usize).filter(|_| market.gone.has_other_points) else { return };
        let told: Vec<&SlotName> = self.scratch.said[from..].iter().filter_map(|said| self.names.slot(said.slot)).collect();
        for slot in &on_board.slots {
            let is_replaced = |name: &SlotName| {
                told.iter().any(|told| told.name == name.name && told.description == name.description && told.point != name.point)
            };
            if self.names.slot(*slot).is_some_and(is_replaced) {
                self.scratch.gone.insert(*slot);
            }
        }
    }

    /// A market that stands twice in a reply is one market: damage in either mention is damage to both.
    fn mark_cell(&mut self, cell: CellNo, seen_at: Option<Moment>, is_damaged: bool, from: usize) {
        let Scratch { said, cells, cell_mark, .. } = &mut *self.scratch;
        let first = &mut cell_mark[cell.0 as usize];
        let mut is_damaged = is_damaged;
        if *first == UNMARKED {
            *first = cells.len() as u32;
        } else if let Some(first) = cells.get_mut(*first as usize) {
            is_damaged |= first.is_damaged;
            first.is_damaged = is_damaged;
        }
        cells.push(CellMark { cell, seen_at, is_damaged, from, to: said.len() });
    }

    fn cell(&mut self, book: &str, market: &str) -> CellNo {
        self.names.find_cell(book, market).unwrap_or_else(|| {
            let name = CellName { book: self.words.intern(book), market: self.words.intern(market) };
            self.scratch.cell_mark.push(UNMARKED);
            self.names.add_cell(name)
        })
    }

    /// Replies list outcomes in much the same order, so the slot at the same place is tried before the index.
    fn slot(&mut self, cell: CellNo, outcome: &OutcomeSeen<'_>, at: usize) -> SlotNo {
        let (name, description, point) = (&*outcome.name, &*outcome.description, outcome.point);
        let hint = self.board.cells().get(cell.0 as usize).and_then(|cell| cell.slots.get(at).copied());
        if let Some(slot) = hint.filter(|slot| self.names.is_slot(*slot, cell, name, description, point)) {
            return slot;
        }
        self.names.find_slot(cell, name, description, point).unwrap_or_else(|| {
            let name = SlotName { cell, name: self.words.intern(name), description: self.words.intern(description), point };
            self.scratch.mark.push(UNMARKED);
            self.names.add_slot(name)
        })
    }

    /// Notes an outcome; the second of two alike is a duplicate, and of two that differ neither is believed.
    fn hear(&mut self, slot: SlotNo, outcome: &OutcomeSeen<'_>, path: impl Fn() -> String) {
        self.diff.counts.received += 1;
        let mark = self.scratch.mark[slot.0 as usize];
        if mark == UNMARKED {
            self.scratch.mark[slot.0 as usize] = self.scratch.said.len() as u32;
            self.diff.counts.refused += u64::from(outcome.offer.is_err());
            self.scratch.said.push(Said { slot, offer: outcome.offer });
            return;
        }
        let first = &mut self.scratch.said[mark as usize];
        match (&first.offer, &outcome.offer) {
            (Ok(a), Ok(b)) if a.price == b.price && a.is_suspended == b.is_suspended => self.diff.counts.duplicate += 1,
            (Err(_), _) => self.diff.counts.refused += 1,
            _ => {
                first.offer = Err(Refusal::Contradiction);
                self.diff.counts.refused += 2;
                self.diff.problems.push(Problem::at(path(), Refusal::Contradiction, "the same outcome twice with different offers"));
            }
        }
    }

    /// Compares each offer with what stands, and writes down the coverage.
    fn compare(&mut self) {
        self.diff.cover.cells.reserve_exact(self.scratch.cells.len());
        self.diff.changes.reserve(self.scratch.said.len() / 4);
        for at in 0..self.scratch.cells.len() {
            let CellMark { cell, seen_at, from, to, .. } = self.scratch.cells[at];
            let first = self.scratch.cell_mark[cell.0 as usize] as usize;
            let is_damaged = self.scratch.cells[first].is_damaged;
            let (mut usable, mut unusable) = (Vec::new(), Vec::new());
            for said in from..to {
                let Said { slot, offer } = self.scratch.said[said];
                match offer {
                    Ok(offer) => {
                        self.compare_one(slot, offer);
                        if is_damaged {
                            usable.push(slot);
                        }
                    }
                    Err(_) => unusable.push(slot),
                }
            }
            if is_damaged && first == at {
                usable.extend(self.gone_of(cell));
            }
            let extent = extent(is_damaged, usable, unusable);
            if first == at {
                self.diff.cover.cells.push(CellCover { cell, seen_at, extent });
            } else if let Some(have) = self.diff.cover.cells.iter_mut().find(|have| have.cell == cell) {
                have.extent = both(std::mem::take(&mut have.extent), extent);
            }
        }
    }

    /// Slots of a cell that are gone and were not brought all the same: a reply speaks of these as well.
    fn gone_of(&self, cell: CellNo) -> Vec<SlotNo> {
        let is_of_cell = |slot: &&SlotNo| self.names.slot(**slot).is_some_and(|name| name.cell == cell);
        self.scratch.gone.iter().filter(is_of_cell).filter(|slot| !self.is_said(**slot)).copied().collect()
    }

    fn is_said(&self, slot: SlotNo) -> bool {
        self.scratch.mark.get(slot.0 as usize).is_some_and(|mark| *mark != UNMARKED)
    }

    fn compare_one(&mut self, slot: SlotNo, offer: Offer) {
        let value = if offer.is_suspended { Value::Suspended(offer.price) } else { Value::Live(offer.price) };
        let before = self.board.slot(slot).and_then(|slot| slot.value);
        let stands = before.is_some() && self.board.is_standing(slot);
        let counts = &mut self.diff.counts;
        counts.after += 1;
        match before {
            None => counts.opened += 1,
            Some(_) if !stands => counts.returned += 1,
            Some(before) if before != value => counts.moved += 1,
            Some(before) => {
                counts.unchanged += 1;
                counts.reformatted += u64::from(before.price().map(crate::Price::posted) != value.price().map(crate::Price::posted));
            }
        }
        if before != Some(value) {
            self.diff.changes.push(Change { slot, value, changed_at: offer.changed_at });
        }
    }

    /// Finds what was taken down or not brought, and the two sums of the coverage.
    fn withdraw(&mut self, scope: &Scope) {
        let mut covers: Vec<Option<usize>> = vec![None; self.board.cells().len()];
        for (at, cover) in self.diff.cover.cells.iter().enumerate() {
            if let Some(place) = covers.get_mut(cover.cell.0 as usize) {
                *place = Some(at);
            }
        }
        for (at, cover) in covers.into_iter().enumerate() {
            let name = &self.names.cells()[at];
            match cover {
                Some(cover) => self.withdraw_missing(CellNo(at as u32), Some(cover)),
                None if !scope.asks_market(&name.market) => {}
                None if self.diff.cover.has_book(&name.book, self.names) => self.withdraw_missing(CellNo(at as u32), None),
                None if scope.asks_book(&name.book) => self.miss(CellNo(at as u32)),
                None => {}
            }
        }
    }

    fn withdraw_missing(&mut self, cell: CellNo, cover: Option<usize>) {
        let is_partial = cover.is_some_and(|at| matches!(self.diff.cover.cells[at].extent, Extent::Only(_)));
        for slot in &self.board.cells()[cell.0 as usize].slots {
            let stands = self.board.is_standing(*slot);
            self.diff.counts.before += u64::from(stands);
            let said = self.scratch.said.get(self.scratch.mark[slot.0 as usize] as usize);
            let (is_said, is_usable) = (said.is_some(), said.is_some_and(|said| said.offer.is_ok()));
            let is_offered = self.board.slots()[slot.0 as usize].value.is_some_and(Value::is_offered);
            let is_told = !is_partial || self.scratch.gone.contains(slot);
            if is_offered && !is_said && is_told {
                self.diff.changes.push(Change { slot: *slot, value: Value::Withdrawn, changed_at: None });
                self.diff.counts.withdrawn += u64::from(stands);
            } else if stands && !is_usable {
                self.diff.counts.after += 1;
            }
        }
    }

    fn miss(&mut self, cell: CellNo) {
        let standing = self.board.cells()[cell.0 as usize].slots.iter().filter(|slot| self.board.is_standing(**slot)).count() as u64;
        self.diff.counts.before += standing;
        self.diff.counts.not_observed += standing;
    }

    fn compare_facts(&mut self, seen: &ListingSeen<'_>) {
        let mut stated = Stated::new();
        for fact in &seen.facts {
            stated.insert((fact.kind, self.words.intern(&fact.subject)), Cow::Borrowed(&fact.value));
        }
        self.cover_facts(seen, &stated);
        for ((kind, subject), value) in &stated {
            let before = self.board.facts().get(&(*kind, Word::clone(subject))).and_then(|fact| fact.value.as_deref());
            if before != Some(value) {
                self.diff.facts.push(FactChange { kind: *kind, subject: Word::clone(subject), value: Some(Word::from(&**value)) });
            }
        }
        for kind in FactKind::ALL.into_iter().filter(|kind| kind.is_a_whole_list() || kind.is_told_apart()) {
            let gone = self.board.facts_of(kind).filter(|(subject, fact)| fact.value.is_some() && self.is_gone(kind, subject, &stated));
            let gone: Vec<Word> = gone.map(|(subject, _)| Word::clone(subject)).collect();
            self.diff.facts.extend(gone.into_iter().map(|subject| FactChange { kind, subject, value: None }));
        }
    }

    /// Writes down which facts the reply tells: by kind, and one by one where the kind does not say it.
    fn cover_facts(&mut self, seen: &ListingSeen<'_>, stated: &Stated<'_>) {
        let has_side = |kind, side: &str| stated.contains_key(&(kind, Word::from(side)));
        let is_told = |kind: FactKind| !kind.is_of_sides() || (has_side(kind, "home") && has_side(kind, "away"));
        let mut facts = seen.asked;
        let kinds: BTreeSet<FactKind> = stated.keys().map(|(kind, _)| *kind).collect();
        kinds.into_iter().filter(|kind| is_told(*kind)).for_each(|kind| facts.add(kind));
        if let Some(kind) = seen.kind.is_list_of() {
            facts.add(kind);
        }
        self.diff.cover.facts = facts;
        let apart = stated.keys().filter(|(kind, subject)| kind.is_told_apart() && !self.tells(*kind, subject));
        let mut noted: Vec<u32> = apart.map(|(kind, subject)| note_of(*kind, subject)).collect();
        noted.sort_unstable();
        noted.dedup();
        self.diff.cover.noted = noted;
    }

    fn is_gone(&self, kind: FactKind, subject: &Word, stated: &Stated<'_>) -> bool {
        !stated.contains_key(&(kind, Word::clone(subject))) && self.tells(kind, subject)
    }

    fn tells(&self, kind: FactKind, subject: &str) -> bool {
        self.diff.cover.tells(kind, subject, self.names, &|slot| self.diff.is_offered_after(slot, self.board))
    }
}

fn extent(is_damaged: bool, mut usable: Vec<SlotNo>, mut unusable: Vec<SlotNo>) -> Extent {
    usable.sort_unstable();
    unusable.sort_unstable();
    match (is_damaged, unusable.is_empty()) {
        (true, _) => Extent::Only(usable),
        (false, true) => Extent::Whole,
        (false, false) => Extent::Except(unusable),
    }
}

/// What two mentions of a market cover together.
fn both(a: Extent, b: Extent) -> Extent {
    let merged = |mut a: Vec<SlotNo>, b: Vec<SlotNo>| {
        a.extend(b);
        a.sort_unstable();
        a.dedup();
        a
    };
    match (a, b) {
        (Extent::Only(a), Extent::Only(b)) => Extent::Only(merged(a, b)),
        (Extent::Only(only), _) | (_, Extent::Only(only)) => Extent::Only(only),
        (Extent::Except(a), Extent::Except(b)) => Extent::Except(merged(a, b)),
        (Extent::Except(a), Extent::Whole) | (Extent::Whole, Extent::Except(a)) => Extent::Except(a),
        (Extent::Whole, Extent::Whole) => Extent::Whole,
    }
}
