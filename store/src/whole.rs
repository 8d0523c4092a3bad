//! History as a whole: which listings there were, their blocks as they lie, and which of them were spoken of since. For whoever makes
//! tables of it.

use std::collections::HashMap;
use std::ops::Range;

use odds::board::{FactChange, Order};
use odds::id::{ListingId, ReplyId, Seq};
use odds::names::{Interner, Names, Word};
use odds::{EventId, Moment};

use crate::directory::{ListingRow, all, listing};
use crate::error::{Result, StoreError};
use crate::read::{self, Cut, fact_kind};
use crate::store::Store;

/// The blocks of a listing inside a cut, in the order of the world, with their bytes as they lie.
#[derive(Debug, Default)]
pub struct RawBlocks {
    places: Vec<RawBlock>,
    bytes: Vec<u8>,
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
    place: Range<usize>,
}

impl RawBlocks {
    /// The blocks, in the order of the world; those of one reply in the order of their entries.
    #[must_use]
    pub fn all(&self) -> &[RawBlock] {
        &self.places
    }

    /// The bytes of one of them.
    #[must_use]
    pub fn bytes(&self, block: &RawBlock) -> &[u8] {
        &self.bytes[block.place.clone()]
    }
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
                    place: from..found.bytes.len(),
                });
                Ok(())
            })?;
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
