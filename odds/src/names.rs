//! The words of a listing's cells and slots, numbered as they appear; shared between listings, so that a team's name is held once.

use std::sync::Arc;

use hashbrown::{HashSet, HashTable};
use rustc_hash::{FxBuildHasher, FxHasher};
use std::hash::{Hash, Hasher};

use crate::id::{CellNo, SlotNo};
use crate::line::Line;
use crate::market::Words;

/// A word of a provider, held once however many slots use it.
pub type Word = Arc<str>;

/// Holds each word once.
#[derive(Debug, Default)]
pub struct Interner {
    words: HashSet<Word, FxBuildHasher>,
}

impl Interner {
    /// The one copy of a text.
    pub fn intern(&mut self, text: &str) -> Word {
        if let Some(word) = self.words.get(text) {
            return Arc::clone(word);
        }
        let word = Word::from(text);
        self.words.insert(Arc::clone(&word));
        word
    }

    /// Forgets words that nobody uses any more.
    pub fn forget_unused(&mut self) {
        self.words.retain(|word| Arc::strong_count(word) > 1);
    }
}

/// The words of a cell: one market at one book. An empty market stands for the book itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellName {
    /// Book key.
    pub book: Word,
    /// Market key, or empty.
    pub market: Word,
}

/// The words of a slot inside its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotName {
    /// Its cell.
    pub cell: CellNo,
    /// Outcome name.
    pub name: Word,
    /// Further description, or empty.
    pub description: Word,
    /// Point.
    pub point: Option<Line>,
}

/// All names of a listing.
#[derive(Debug, Default)]
pub struct Names {
    cells: Vec<CellName>,
    slots: Vec<SlotName>,
    cell_index: HashTable<u32>,
    slot_index: HashTable<u32>,
}

fn hash_of(parts: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    parts.hash(&mut hasher);
    hasher.finish()
}

fn cell_hash(book: &str, market: &str) -> u64 {
    hash_of((book, market))
}

fn slot_hash(cell: CellNo, name: &str, description: &str, point: Option<Line>) -> u64 {
    hash_of((cell, name, description, point))
}

impl Names {
    /// All cells, by number.
    #[must_use]
    pub fn cells(&self) -> &[CellName] {
        &self.cells
    }

    /// All slots, by number.
    #[must_use]
    pub fn slots(&self) -> &[SlotName] {
        &self.slots
    }

    /// The name of a slot; `None` for a number that was not given out.
    #[must_use]
    pub fn slot(&self, slot: SlotNo) -> Option<&SlotName> {
        self.slots.get(slot.0 as usize)
    }

    /// The full words of a slot.
    #[must_use]
    pub fn words(&self, slot: SlotNo) -> Option<Words<'_>> {
        let name = self.slot(slot)?;
        let cell = self.cells.get(name.cell.0 as usize)?;
        Some(Words { book: &cell.book, market: &cell.market, name: &name.name, description: &name.description, point: name.point })
    }

    /// The cell of a market at a book, where it has a number.
    #[must_use]
    pub fn find_cell(&self, book: &str, market: &str) -> Option<CellNo> {
        self.cell_index
            .find(cell_hash(book, market), |at| {
                let cell = &self.cells[*at as usize];
                &*cell.market == market && &*cell.book == book
            })
            .map(|at| CellNo(*at))
    }

    /// The slot of an outcome in a cell, where it has a number.
    #[must_use]
    pub fn find_slot(&self, cell: CellNo, name: &str, description: &str, point: Option<Line>) -> Option<SlotNo> {
        self.slot_index
            .find(slot_hash(cell, name, description, point), |at| self.is_slot(SlotNo(*at), cell, name, description, point))
            .map(|at| SlotNo(*at))
    }

    /// Whether a number stands for these words.
    #[must_use]
    pub fn is_slot(&self, slot: SlotNo, cell: CellNo, name: &str, description: &str, point: Option<Line>) -> bool {
        // Most have no description: two lengths are compared before any bytes.
        let is_same = |have: &str, said: &str| have.len() == said.len() && (said.is_empty() || have == said);
        self.slots.get(slot.0 as usize).is_some_and(|have| {
            have.cell == cell && have.point == point && is_same(&have.description, description) && is_same(&have.name, name)
        })
    }

    /// Gives the next number to a cell. The caller knows that it has none yet.
    pub fn add_cell(&mut self, name: CellName) -> CellNo {
        let number = self.cells.len() as u32;
        let hash = cell_hash(&name.book, &name.market);
        self.cells.push(name);
        let cells = &self.cells;
        self.cell_index.insert_unique(hash, number, |at| {
            let cell = &cells[*at as usize];
            cell_hash(&cell.book, &cell.market)
        });
        CellNo(number)
    }

    /// Gives the next number to a slot. The caller knows that it has none yet.
    pub fn add_slot(&mut self, name: SlotName) -> SlotNo {
        let number = self.slots.len() as u32;
        let hash = slot_hash(name.cell, &name.name, &name.description, name.point);
        self.slots.push(name);
        let slots = &self.slots;
        self.slot_index.insert_unique(hash, number, |at| {
            let slot = &slots[*at as usize];
            slot_hash(slot.cell, &slot.name, &slot.description, slot.point)
        });
        SlotNo(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_get_numbers_in_order_and_are_found_again() {
        let (mut words, mut names) = (Interner::default(), Names::default());
        let cell = names.add_cell(CellName { book: words.intern("fanduel"), market: words.intern("totals") });
        for milli in [210_500, 211_500] {
            let point = Some(Line::from_milli(milli));
            names.add_slot(SlotName { cell, name: words.intern("Over"), description: words.intern(""), point });
        }
        assert_eq!(names.find_cell("fanduel", "totals"), Some(CellNo(0)));
        assert_eq!(names.find_cell("fanduel", "h2h"), None);
        assert_eq!(names.find_slot(cell, "Over", "", Some(Line::from_milli(211_500))), Some(SlotNo(1)));
        assert_eq!(names.find_slot(cell, "Over", "", None), None);
    }

    #[test]
    fn unused_words_are_forgotten() {
        let mut words = Interner::default();
        let kept = words.intern("kept");
        words.intern("gone");
        words.forget_unused();
        assert_eq!((words.words.len(), &*kept), (1, "kept"));
    }
}
