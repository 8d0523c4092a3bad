//! History as a whole: which listings there were, their blocks as they lie, and which of them were spoken of since. For whoever makes
//! tables of it.

use std::collections::HashMap;
use std::ops::Range;

use odds::block::{self, Change};
use odds::board::{FactChange, Order};
use odds::id::{ListingId, ReplyId, Seq};
use odds::names::{Interner, Names, Word};
use odds::sealed::Place;
use odds::varint::Damaged;
use odds::{EventId, Moment};

use crate::directory::{ListingRow, all, listing};
use crate::engine::{Connection, Keys};
use crate::error::{Result, StoreError};
use crate::read::{self, Cut, fact_kind};
use crate::sealed::Sealed;
use crate::store::Store;

/// The blocks of a listing inside a cut, in the order of the world: as their bytes lie, or as they were sealed.
#[derive(Debug, Default)]
pub struct RawBlocks {
    places: Vec<RawBlock>,
    bytes: Vec<u8>,
    sealed: Vec<Change>,
}

/// Where the changes of a block are.
#[derive(Debug, Clone)]
enum Lies {
    Bytes(Range<usize>),
    Sealed(Range<usize>),
}

/// Where a block belongs.
#[derive(Debug, Clone)]
pub struct RawBlock {
    /// The reply that it speaks for, by its place in the world.
    pub order: Order,
    /// The entry that it arrived with.
    pub seq: Seq,
    /// When that was recorded.
    pub recorded_at: Moment,
    place: Lies,
}

impl RawBlocks {
    /// The blocks, in the order of the world; those of one reply in the order of their entries.
    #[must_use]
    pub fn all(&self) -> &[RawBlock] {
        &self.places
    }

    /// Hands on each change of one of them.
    ///
    /// # Errors
    /// [`Damaged`] where its bytes are; the changes before that place were handed on.
    #[inline]
    pub fn each_change(&self, block: &RawBlock, on_change: impl FnMut(Change)) -> std::result::Result<(), Damaged> {
        match &block.place {
            Lies::Bytes(place) => block::decode(&self.bytes[place.clone()], block.order.at, on_change),
            Lies::Sealed(place) => {
                self.sealed[place.clone()].iter().copied().for_each(on_change);
                Ok(())
            }
        }
    }

    /// Those that are sealed; asked after those that lie open.
    fn add_sealed(&mut self, connection: &mut dyn Connection, listing: ListingId, cut: Cut) -> Result<()> {
        let sealed = Sealed::of(connection, listing)?;
        let up_to = sealed.up_to();
        if up_to == Seq(0) {
            return Ok(());
        }
        self.places.retain(|block| block.seq > up_to);
        let parts = sealed.parts()?;
        let is_inside = |place: &&Place| !place.changes.is_empty() && place.order.at <= cut.as_of && place.seq <= cut.known;
        let recorded =
            recorded_at(connection, parts.iter().flat_map(|part| part.places.iter().filter(is_inside)).map(|place| place.seq.0))?;
        for part in parts {
            let from = self.sealed.len();
            for place in part.places.iter().filter(is_inside) {
                let recorded_at =
                    *recorded.get(&place.seq.0).ok_or_else(|| StoreError::Missing { what: "entry", id: place.seq.to_string() })?;
                let lies = Lies::Sealed(place.changes.start + from..place.changes.end + from);
                self.places.push(RawBlock { order: place.order, seq: place.seq, recorded_at, place: lies });
            }
            self.sealed.extend(part.changes);
        }
        self.places.sort_by_key(|block| (block.order, block.seq));
        Ok(())
    }
}

/// When entries were recorded.
fn recorded_at(connection: &mut dyn Connection, seqs: impl Iterator<Item = i64>) -> Result<HashMap<i64, Moment>> {
    let mut seqs: Vec<i64> = seqs.collect();
    seqs.sort_unstable();
    seqs.dedup();
    let mut recorded = HashMap::with_capacity(seqs.len());
    connection.for_keys("select seq, recorded_at from @entries where seq in $keys", Keys::Ints(&seqs), &mut |row| {
        recorded.insert(row.int(0)?, Moment::from_micros(row.int(1)?));
        Ok(())
    })?;
    Ok(recorded)
}

/// A change of a fact, with where it came from.
#[derive(Debug, Clone)]
pub struct DatedFact {
    /// The reply that it speaks for.
    pub order: Order,
    /// When its entry was recorded.
    pub recorded_at: Moment,
    /// What it says.
    pub change: FactChange,
}

impl Store {
    /// Every listing that an entry or an earlier one met, with the event that it was by the decisions until then, by its number.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_known(&self, known: Seq) -> Result<Vec<ListingRow>> {
        self.read(|connection| {
            let mut events: HashMap<ListingId, EventId> = HashMap::new();
            let sql = "select listing_id, event_id from @decisions where seq <= $1 order by seq, i";
            connection.query_held(sql, &[known.0.into()], &mut |row| {
                let event = row.text(1)?.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a decision", error))?;
                events.insert(ListingId(row.int(0)?), event);
                Ok(())
            })?;
            let mut listings = all(connection, listing!("where founded_seq <= $1 order by listing_id"), &[known.0.into()])?;
            for listing in &mut listings {
                listing.event = events.get(&listing.id).copied().unwrap_or(listing.event);
            }
            Ok(listings)
        })
    }

    /// The names of a listing's cells and slots as they were at an entry.
    ///
    /// # Errors
    /// What the engine reports, or damaged rows.
    pub fn names_known(&self, listing: ListingId, known: Seq) -> Result<Names> {
        self.read(|connection| read::names(connection, listing, known, &mut Interner::default()))
    }

    /// The blocks of a listing inside a cut.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn raw_blocks(&self, listing: ListingId, cut: Cut) -> Result<RawBlocks> {
        self.read(|connection| {
            let mut found = RawBlocks::default();
            let sql = "select b.observed_at, b.reply_id, b.seq, e.recorded_at, b.block from @blocks b join @entries e on e.seq = b.seq
                where b.listing_id = $1 and b.observed_at <= $2 and b.seq + 0 <= $3 order by b.observed_at, b.reply_id, b.seq";
            connection.query_held(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
                let from = found.bytes.len();
                found.bytes.extend_from_slice(row.blob(4)?);
                found.places.push(RawBlock {
                    order: Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) },
                    seq: Seq(row.int(2)?),
                    recorded_at: Moment::from_micros(row.int(3)?),
                    place: Lies::Bytes(from..found.bytes.len()),
                });
                Ok(())
            })?;
            found.add_sealed(connection, listing, cut)?;
            Ok(found)
        })
    }

    /// Every change of facts of a listing inside a cut, in the order of the world.
    ///
    /// # Errors
    /// What the engine reports, or damaged rows.
    pub fn dated_facts(&self, listing: ListingId, cut: Cut) -> Result<Vec<DatedFact>> {
        self.read(|connection| {
            let (mut facts, mut words) = (Vec::new(), Interner::default());
            let sql =
                "select f.observed_at, f.reply_id, e.recorded_at, f.kind, f.subject, f.value from @facts f join @entries e on e.seq = f.seq
                where f.listing_id = $1 and f.observed_at <= $2 and f.seq + 0 <= $3 order by f.observed_at, f.reply_id, f.seq, f.i";
            connection.query_held(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
                let (subject, value) = (words.intern(row.text(4)?), row.opt_text(5)?.map(Word::from));
                facts.push(DatedFact {
                    order: Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) },
                    recorded_at: Moment::from_micros(row.int(2)?),
                    change: FactChange { kind: fact_kind(row.int(3)?)?, subject, value },
                });
                Ok(())
            })?;
            Ok(facts)
        })
    }

    /// Listings that entries after one, up to another, speak of or decide about, each with the last that does.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_spoken_of(&self, after: Seq, up_to: Seq) -> Result<HashMap<ListingId, Seq>> {
        self.read(|connection| {
            let mut spoken: HashMap<ListingId, Seq> = HashMap::new();
            for sql in [
                "select listing_id, max(seq) from @blocks where seq > $1 and seq <= $2 group by listing_id",
                "select listing_id, max(seq) from @covers where seq > $1 and seq <= $2 group by listing_id",
                "select listing_id, max(seq) from @facts where seq > $1 and seq <= $2 group by listing_id",
                "select listing_id, max(seq) from @decisions where seq > $1 and seq <= $2 group by listing_id",
            ] {
                connection.query_held(sql, &[after.0.into(), up_to.0.into()], &mut |row| {
                    let seq = Seq(row.int(1)?);
                    spoken.entry(ListingId(row.int(0)?)).and_modify(|last| *last = seq.max(*last)).or_insert(seq);
                    Ok(())
                })?;
            }
            for (listing, part) in Sealed::between(connection, after, up_to)?.listed_parts()? {
                let inside = part.places.iter().map(|place| place.seq).filter(|seq| after < *seq && *seq <= up_to);
                if let Some(seq) = inside.max() {
                    spoken.entry(listing).and_modify(|last| *last = seq.max(*last)).or_insert(seq);
                }
            }
            Ok(spoken)
        })
    }

    /// The reply of an entry; `None` where the log has no such entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn reply_at(&self, seq: Seq) -> Result<Option<ReplyId>> {
        Ok(self.collect("select reply_id from @entries where seq = $1", &[seq.0.into()], &|row| row.int(0))?.pop().map(ReplyId))
    }
}
