//! Coverage of one listing by one reply: which markets at which books were read, how far, and when the provider last read them.
//!
//! It is what makes `observed_at` and `book_seen_at` right for a quote that did not change, now and as of any moment.

use crate::id::{CellNo, SlotNo};
use crate::moment::Moment;
use crate::observation::FactKind;
use crate::reply::Basis;
use crate::varint::{Damaged, Reader, put, put_moment, take_moment};

/// What one reply covered of one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// What the reply's moment rests on.
    pub basis: Basis,
    /// Kinds of facts that the reply stated.
    pub facts: FactMask,
    /// Markets that it read, sorted by cell. A book that was read and offered nothing is the cell of its empty market.
    pub cells: Vec<CellCover>,
    /// Facts that it told of those whose kind does not say which it tells: their short names, sorted.
    pub noted: Vec<u32>,
}

/// What one reply covered of one market at one book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCover {
    /// Which cell of the listing.
    pub cell: CellNo,
    /// When the provider last read the book, where it says so.
    pub seen_at: Option<Moment>,
    /// Which of its slots.
    pub extent: Extent,
}

/// Which slots of a cell a reply speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Extent {
    /// All: one that is missing was withdrawn.
    #[default]
    Whole,
    /// All but these, which were there and could not be used.
    Except(Vec<SlotNo>),
    /// These alone: the market was damaged, and a missing one tells nothing.
    Only(Vec<SlotNo>),
}

impl Extent {
    /// Whether it speaks of a slot.
    #[must_use]
    pub fn speaks_of(&self, slot: SlotNo) -> bool {
        match self {
            Self::Whole => true,
            Self::Except(slots) => slots.binary_search(&slot).is_err(),
            Self::Only(slots) => slots.binary_search(&slot).is_ok(),
        }
    }
}

/// A set of kinds of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FactMask(pub u32);

impl FactMask {
    /// Adds a kind.
    pub const fn add(&mut self, kind: FactKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Whether a kind is in it.
    #[must_use]
    pub const fn has(self, kind: FactKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Adds the kinds of another.
    pub const fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

const BASES: [Basis; 4] = [Basis::Stated, Basis::Fetched, Basis::Phase, Basis::Assumed];
const SAME: u64 = 0;
const NONE: u64 = 1;
const GIVEN: u64 = 2;
/// In the place of a cell's time: no cell, but the notes, which come last.
const NOTES: u64 = 3;

/// Writes a cover as bytes. Times are distances from `observed_at`, and one that repeats the cell before it costs nothing.
#[must_use]
pub fn encode(cover: &Cover, observed_at: Moment) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + cover.cells.len() * 2);
    put(&mut out, (u64::from(cover.facts.0) << 2) | BASES.iter().position(|basis| *basis == cover.basis).unwrap_or(0) as u64);
    let (mut next, mut last_seen) = (0_u32, None);
    for cell in &cover.cells {
        let time = match cell.seen_at {
            seen_at if seen_at == last_seen => SAME,
            None => NONE,
            Some(_) => GIVEN,
        };
        let extent = match &cell.extent {
            Extent::Whole => 0,
            Extent::Except(_) => 1,
            Extent::Only(_) => 2,
        };
        put(&mut out, (u64::from(cell.cell.0 - next) << 4) | (extent << 2) | time);
        if let (GIVEN, Some(seen_at)) = (time, cell.seen_at) {
            put_moment(&mut out, seen_at, observed_at);
        }
        if let Extent::Except(slots) | Extent::Only(slots) = &cell.extent {
            put_slots(&mut out, slots);
        }
        next = cell.cell.0 + 1;
        last_seen = cell.seen_at;
    }
    if !cover.noted.is_empty() {
        put(&mut out, NOTES);
        let mut last = 0;
        for note in &cover.noted {
            put(&mut out, u64::from(note - last));
            last = *note;
        }
    }
    out
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`Damaged`] where the bytes are no cover.
pub fn decode(bytes: &[u8], observed_at: Moment) -> Result<Cover, Damaged> {
    let mut reader = Reader::new(bytes);
    let head = reader.take("cover")?;
    let facts = FactMask(u32::try_from(head >> 2).map_err(|_| reader.damaged("facts"))?);
    let mut cover = Cover { basis: BASES[(head & 3) as usize], facts, cells: Vec::new(), noted: Vec::new() };
    let (mut next, mut last_seen) = (0_u64, None);
    while !reader.is_at_end() {
        let head = reader.take("cell")?;
        if head == NOTES {
            cover.noted = take_notes(&mut reader)?;
            break;
        }
        let cell = next.checked_add(head >> 4).filter(|cell| *cell < u64::from(u32::MAX)).ok_or(reader.damaged("cell"))?;
        next = cell + 1;
        let seen_at = match head & 3 {
            SAME => last_seen,
            NONE => None,
            GIVEN => Some(take_moment(&mut reader, observed_at)?),
            _ => return Err(reader.damaged("time")),
        };
        let extent = match (head >> 2) & 3 {
            0 => Extent::Whole,
            1 => Extent::Except(take_slots(&mut reader)?),
            2 => Extent::Only(take_slots(&mut reader)?),
            _ => return Err(reader.damaged("extent")),
        };
        cover.cells.push(CellCover { cell: CellNo(cell as u32), seen_at, extent });
        last_seen = seen_at;
    }
    Ok(cover)
}

fn take_notes(reader: &mut Reader<'_>) -> Result<Vec<u32>, Damaged> {
    let (mut notes, mut last) = (Vec::new(), 0_u32);
    while !reader.is_at_end() {
        last = last.checked_add(reader.take_u32("note")?).ok_or(reader.damaged("note"))?;
        notes.push(last);
    }
    Ok(notes)
}

fn put_slots(out: &mut Vec<u8>, slots: &[SlotNo]) {
    put(out, slots.len() as u64);
    let mut next = 0;
    for slot in slots {
        put(out, u64::from(slot.0 - next));
        next = slot.0 + 1;
    }
}

fn take_slots(reader: &mut Reader<'_>) -> Result<Vec<SlotNo>, Damaged> {
    let count = reader.take_u32("slots")?;
    let (mut slots, mut next) = (Vec::new(), 0_u64);
    for _ in 0..count {
        let slot = next.checked_add(reader.take("slot")?).filter(|slot| *slot < u64::from(u32::MAX)).ok_or(reader.damaged("slot"))?;
        slots.push(SlotNo(slot as u32));
        next = slot + 1;
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_extent() -> impl Strategy<Value = Extent> {
        let slots = proptest::collection::btree_set(0_u32..900, 0..5).prop_map(|set| set.into_iter().map(SlotNo).collect::<Vec<_>>());
        prop_oneof![4 => Just(Extent::Whole), 1 => slots.clone().prop_map(Extent::Except), 1 => slots.prop_map(Extent::Only)]
    }

    proptest! {
        #[test]
        fn a_cover_comes_back(cells in proptest::collection::btree_map(0_u32..200, (proptest::option::of(-100_i64..100), any_extent()), 0..40), facts in 0_u32..65536, basis in 0_usize..4, noted in proptest::collection::btree_set(any::<u32>(), 0..5)) {
            let at = Moment::from_secs(1_700_000_000);
            let cells = cells.into_iter().map(|(cell, (secs, extent))| CellCover { cell: CellNo(cell), seen_at: secs.map(|secs| at.plus_secs(secs)), extent }).collect();
            let cover = Cover { basis: BASES[basis], facts: FactMask(facts), cells, noted: noted.into_iter().collect() };
            prop_assert_eq!(decode(&encode(&cover, at), at), Ok(cover));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&bytes, Moment::default());
        }
    }
}
