//! All that a board as of a moment is folded from, in one question: one way to the server and back, and one state of the store.

use std::ops::Range;

use odds::Line;
use odds::Moment;
use odds::block::{self, Change};
use odds::board::{Board, FactChange, Order};
use odds::cover;
use odds::id::{CellNo, ListingId, ReplyId, Seq};
use odds::names::{CellName, Interner, Names, SlotName, Word};
use odds::observation::FactKind;
use odds::sealed::Place;
use odds::timeline::Starts;

use crate::engine::{Connection, Row};
use crate::error::{Result, StoreError};
use crate::misses::{SWEEPS, Sweep};
use crate::read::Cut;
use crate::read::fact_kind;
use crate::sealed::{Laid, LaidCover, PlacedCover, Sealed};

/// Covers are read so many at a time.
pub(super) const COVERS: i64 = 16;

const CELL: i64 = 1;
const SLOT: i64 = 2;
const BLOCK: i64 = 3;
const FACT: i64 = 4;
const COVER: i64 = 5;
const SWEEP: i64 = 6;
const SEALED: i64 = 7;
/// A cover that lies open beside sealed ones.
const LATE_COVER: i64 = 8;

/// How far the listing was read inside the cut, and who may have missed it since: of the covers only the newest are read, and of the
/// sweeps those since the oldest cover that is.
macro_rules! sights {
    () => {
        "select 5, observed_at, reply_id, seq, scope_id, null, null, null, cover, null from (
        select c.observed_at, c.reply_id, c.seq, c.cover, e.scope_id from @covers c join @entries e on e.seq = c.seq
        where c.listing_id = $1 and c.observed_at <= $2 and c.seq + 0 <= $3 order by c.observed_at desc, c.reply_id desc limit $4) newest
    union all select 6, observed_at, reply_id, seq, scope_id, null, external_id, null, null, null from (
        select e.observed_at, e.reply_id, e.seq, e.scope_id, l.external_id from @listings l
        join @entries e on e.provider = l.provider and e.sport = l.sport and e.is_sweep = 1
        where l.listing_id = $1 and e.observed_at <= $2 and e.seq <= $3 and e.observed_at >= (select min(observed_at) from (
            select observed_at from @covers where listing_id = $1 and observed_at <= $2 and seq + 0 <= $3
            order by observed_at desc, reply_id desc limit $4) newest)
        order by e.observed_at, e.reply_id limit $5) sweeps"
    };
}

/// The parts may come in any order.
/// `seq + 0` keeps a server that does not know the figures yet from reading all that was ever recorded by the followers' index.
const QUESTION: &str = concat!(
    "
    select 1, cell, cast(null as bigint), cast(null as bigint), cast(null as bigint), cast(null as bigint), book, market, cast(null as bytea), cast(null as bytea)
        from @cells where listing_id = $1 and seq + 0 <= $3
    union all select 2, slot, cell, point, null, null, name, description, null, null from @slots where listing_id = $1 and seq + 0 <= $3
    union all select 3, observed_at, reply_id, seq, null, null, null, null, block, null from @blocks
        where listing_id = $1 and observed_at <= $2 and seq + 0 <= $3
    union all select 7, up_to, null, null, null, null, null, null, changes, covers from @sealed where listing_id = $1
    union all select 4, observed_at, reply_id, seq, i, kind, subject, value, null, null from @facts
        where listing_id = $1 and observed_at <= $2 and seq + 0 <= $3
    union all select 8, c.observed_at, c.reply_id, c.seq, e.scope_id, null, null, null, c.cover, null
        from @covers c join @entries e on e.seq = c.seq where c.listing_id = $1 and c.observed_at <= $2 and c.seq + 0 <= $3
        and exists (select 1 from @sealed where listing_id = $1)
    union all ",
    sights!()
);

/// The same of an earlier moment, of a listing whose changes and facts are there.
const SIGHTS: &str = sights!();

/// What the store has of a listing inside a cut.
#[derive(Default)]
pub(super) struct Found {
    cells: Vec<(u32, CellName)>,
    slots: Vec<(u32, SlotName)>,
    /// What was changed where.
    blocks: Vec<(Order, Seq, Changes)>,
    bytes: Vec<u8>,
    opened: Vec<Change>,
    sealed: Sealed,
    is_sealed: bool,
    /// Facts with their places, in the order of the world.
    pub(super) facts: Vec<(Order, Seq, i64, FactChange)>,
    /// How far it was read, as far back as is mostly wanted.
    sights: Sights,
    /// Every cover, from the oldest on, where the listing is sealed.
    covers: Laid,
}

/// The changes of one reply: bytes of a block, or some of those that were sealed.
enum Changes {
    Block(Range<usize>),
    Sealed(Range<usize>),
}

/// How far a listing was read inside a cut.
pub(super) enum Seen<'a> {
    /// The newest covers, and the sweeps since.
    Newest(Sights),
    /// All covers, from the oldest on, unread.
    All(&'a Laid, &'a [LaidCover]),
}

/// How far a listing was read inside a cut.
#[derive(Default)]
pub(super) struct Sights {
    /// The newest covers with the number of their scope, from the newest back.
    pub(super) covers: Vec<PlacedCover>,
    /// Sweeps of its sport since the last of these covers, in the order of the world.
    pub(super) sweeps: Vec<Sweep>,
}

impl Found {
    /// Asks the store.
    pub(super) fn ask(connection: &mut dyn Connection, listing: ListingId, cut: Cut, words: &mut Interner) -> Result<Self> {
        let mut found = Self::default();
        let params = [listing.0.into(), cut.as_of.into(), cut.known.0.into(), COVERS.into(), SWEEPS.into()];
        connection.query_held(QUESTION, &params, &mut |row| found.take(row, listing, words))?;
        if !found.sealed.is_empty() {
            found.open_sealed(cut)?;
        }
        found.cells.sort_unstable_by_key(|(cell, _)| *cell);
        found.slots.sort_unstable_by_key(|(slot, _)| *slot);
        found.blocks.sort_unstable_by_key(|(order, seq, _)| (*order, *seq));
        found.facts.sort_unstable_by_key(|(order, seq, i, _)| (*order, *seq, *i));
        found.sights.sort();
        Ok(found)
    }

    fn take(&mut self, row: &dyn Row, listing: ListingId, words: &mut Interner) -> Result<()> {
        match row.int(0)? {
            CELL => self.cells.push((number(row, 1)?, CellName { book: words.intern(row.text(6)?), market: words.intern(row.text(7)?) })),
            SLOT => {
                let point = row.opt_int(3)?.map(|milli| Line::from_milli(milli as i32));
                let (name, description) = (words.intern(row.text(6)?), words.intern(row.text(7)?));
                self.slots.push((number(row, 1)?, SlotName { cell: CellNo(number(row, 2)?), name, description, point }));
            }
            BLOCK => {
                let from = self.bytes.len();
                self.bytes.extend_from_slice(row.blob(8)?);
                self.blocks.push((order(row)?, Seq(row.int(3)?), Changes::Block(from..self.bytes.len())));
            }
            LATE_COVER => self.covers.add(order(row)?, Seq(row.int(3)?), row.int(4)?, row.blob(8)?),
            SEALED => self.sealed.add(listing, Seq(row.int(1)?), row.blob(8)?, row.blob(9)?),
            FACT => {
                let (kind, subject, value) = (fact_kind(row.int(5)?)?, words.intern(row.text(6)?), row.opt_text(7)?.map(Word::from));
                self.facts.push((order(row)?, Seq(row.int(3)?), row.int(4)?, FactChange { kind, subject, value }));
            }
            part => self.sights.take(part, row, listing)?,
        }
        Ok(())
    }

    /// Adds the sealed changes and covers to those that lie open.
    fn open_sealed(&mut self, cut: Cut) -> Result<()> {
        let parts = std::mem::take(&mut self.sealed).open(&mut self.covers)?;
        let is_inside = |order: Order, seq: Seq| order.at <= cut.as_of && seq <= cut.known;
        self.covers.retain(is_inside);
        self.covers.sort();
        self.is_sealed = true;
        for part in parts {
            let from = self.opened.len();
            let inside = part.places.into_iter().filter(|place| !place.changes.is_empty() && is_inside(place.order, place.seq));
            let placed = |place: Place| Changes::Sealed(place.changes.start + from..place.changes.end + from);
            self.blocks.extend(inside.map(|place| (place.order, place.seq, placed(place))));
            self.opened.extend(part.changes);
        }
        Ok(())
    }

    /// How far it was read until the end of the cut that it was found for, or until a moment before it.
    pub(super) fn seen(&mut self, connection: &mut dyn Connection, listing: ListingId, cut: Cut, is_end: bool) -> Result<Seen<'_>> {
        if self.is_sealed {
            return Ok(Seen::All(&self.covers, self.covers.until(cut.as_of)));
        }
        let sights = if is_end { std::mem::take(&mut self.sights) } else { Sights::ask(connection, listing, cut)? };
        Ok(Seen::Newest(sights))
    }

    /// Its names; the words of its cells and slots are handed over.
    pub(super) fn names(&mut self) -> Result<Names> {
        let mut names = Names::default();
        for (_, cell) in self.cells.drain(..) {
            names.add_cell(cell);
        }
        for (_, slot) in self.slots.drain(..) {
            if slot.cell.0 as usize >= names.cells().len() {
                return Err(StoreError::damaged("a slot", format!("cell {} has no name", slot.cell)));
            }
            names.add_slot(slot);
        }
        Ok(names)
    }

    /// Takes its changes into a board, in the order of the world.
    pub(super) fn fold_changes(&self, listing: ListingId, board: &mut Board) -> Result<()> {
        (0..self.blocks.len()).try_for_each(|at| self.fold_block(at, listing, board))
    }

    fn fold_block(&self, at: usize, listing: ListingId, board: &mut Board) -> Result<()> {
        let (order, _, changes) = &self.blocks[at];
        match changes {
            Changes::Block(place) => block::decode(&self.bytes[place.clone()], order.at, |change| board.apply_change(*order, change))
                .map_err(|error| StoreError::damaged(format!("a block of listing {listing}"), error)),
            Changes::Sealed(place) => {
                self.opened[place.clone()].iter().for_each(|change| board.apply_change(*order, *change));
                Ok(())
            }
        }
    }

    /// Takes into a board what was observed up to a moment and is not in it yet.
    pub(super) fn fold_on(&self, until: Moment, listing: ListingId, folded: &mut Folded) -> Result<()> {
        while let Some((_, seq, _)) = self.blocks.get(folded.blocks).filter(|(order, ..)| order.at <= until) {
            self.fold_block(folded.blocks, listing, &mut folded.board)?;
            folded.blocks += 1;
            folded.last = folded.last.max(*seq);
        }
        while let Some((order, seq, _, change)) = self.facts.get(folded.facts).filter(|(order, ..)| order.at <= until) {
            folded.board.apply_fact(*order, change);
            folded.facts += 1;
            folded.last = folded.last.max(*seq);
        }
        Ok(())
    }

    /// The starts of the event as they were known.
    pub(super) fn starts(&self) -> Starts {
        let starts = self.facts.iter().filter(|(.., change)| change.kind == FactKind::Start);
        Starts::new(starts.map(|(order, _, _, change)| (*order, change.value.as_ref().and_then(|value| value.parse().ok()))).collect())
    }

    /// The last entry of all that was found.
    pub(super) fn last(&self) -> Seq {
        let blocks = self.blocks.iter().map(|(_, seq, _)| *seq);
        let facts = self.facts.iter().map(|(_, seq, ..)| *seq);
        blocks.chain(facts).max().unwrap_or(Seq(0))
    }
}

/// A board of changes and facts alone, on its way through the history of its listing.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) board: Board,
    /// The last entry of what is in it.
    pub(super) last: Seq,
    blocks: usize,
    facts: usize,
}

impl Sights {
    /// Asks the store.
    fn ask(connection: &mut dyn Connection, listing: ListingId, cut: Cut) -> Result<Self> {
        let mut sights = Self::default();
        let params = [listing.0.into(), cut.as_of.into(), cut.known.0.into(), COVERS.into(), SWEEPS.into()];
        connection.query_held(SIGHTS, &params, &mut |row| sights.take(row.int(0)?, row, listing))?;
        sights.sort();
        Ok(sights)
    }

    fn take(&mut self, part: i64, row: &dyn Row, listing: ListingId) -> Result<()> {
        match part {
            COVER => self.covers.push(cover(row, listing)?),
            SWEEP => self.sweeps.push((order(row)?, Seq(row.int(3)?), row.int(4)?, row.text(6)?.to_owned())),
            other => return Err(StoreError::damaged("an answer", format!("part {other}"))),
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.covers.sort_unstable_by_key(|(order, ..)| std::cmp::Reverse(*order));
        self.sweeps.sort_unstable_by_key(|(order, ..)| *order);
    }
}

fn number(row: &dyn Row, column: usize) -> Result<u32> {
    u32::try_from(row.int(column)?).map_err(|error| StoreError::damaged("the names of a listing", error))
}

fn order(row: &dyn Row) -> Result<Order> {
    Ok(Order { at: Moment::from_micros(row.int(1)?), reply: ReplyId(row.int(2)?) })
}

/// A cover as the question brings it: from the second column on its place, its entry and scope, in the ninth its bytes.
pub(super) fn cover(row: &dyn Row, listing: ListingId) -> Result<PlacedCover> {
    let order = order(row)?;
    let cover =
        cover::decode(row.blob(8)?, order.at).map_err(|error| StoreError::damaged(format!("a cover of listing {listing}"), error))?;
    Ok((order, Seq(row.int(3)?), cover, row.int(4)?))
}
