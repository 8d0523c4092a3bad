//! Listings that are over lie in few bytes: their blocks and covers are moved into sealed parts, in one transaction that proves what it
//! wrote before it takes the rows away. Bytes move, entries stay; who reads meets the same rows in either place.
//!
//! Readers of several statements read the open rows first and the parts after them, and take no open row up to the entry until which the
//! listing is sealed: so none is missed and none is told twice, whenever somebody seals in between.

mod covers;
mod laid;
mod seal;

use std::collections::BTreeMap;

use odds::board::Order;
use odds::cover::Cover;
use odds::id::{ListingId, Seq};
use odds::sealed::{self, Part};
use odds::timeline::{self, RowContent};

use crate::engine::{Connection, Keys, Kind, Row, Table};
use crate::error::{Result, StoreError};
use crate::scopes::Scopes;
pub(crate) use laid::{Laid, LaidCover};
pub(crate) use seal::open_all;
pub use seal::{Over, Sealing};

pub(crate) const SEALED: Table = Table {
    name: "@sealed",
    columns: &[
        ("listing_id", Kind::Int),
        ("first_seq", Kind::Int),
        ("last_seq", Kind::Int),
        ("up_to", Kind::Int),
        ("places", Kind::Int),
        ("n", Kind::Int),
        ("changes", Kind::Blob),
        ("covers", Kind::Blob),
    ],
};

/// A cover with its place, its entry, and the number of what its reply asked for.
pub(crate) type PlacedCover = (Order, Seq, Cover, i64);

/// A sealed part as it lies.
struct Lying {
    listing: ListingId,
    up_to: Seq,
    changes: Vec<u8>,
    covers: Vec<u8>,
}

impl Lying {
    fn read(row: &dyn Row) -> Result<Self> {
        let (changes, covers) = (row.blob(2)?.to_vec(), row.blob(3)?.to_vec());
        Ok(Self { listing: ListingId(row.int(0)?), up_to: Seq(row.int(1)?), changes, covers })
    }

    fn part(&self) -> Result<Part> {
        sealed::decode(&self.changes).map_err(|error| self.damaged(error))
    }

    /// Its covers, in the order of its places, unread.
    fn lay(&self, part: &Part, laid: &mut Laid) -> Result<()> {
        let covers = covers::unpack(&self.covers).map_err(|why| self.damaged(why))?;
        let covered = part.places.iter().filter(|place| place.is_covered);
        if covers.len() != covered.clone().count() {
            return Err(self.damaged("covers are missing"));
        }
        covered.zip(covers.iter()).for_each(|(place, (scope, bytes))| laid.add(place.order, place.seq, scope, bytes));
        Ok(())
    }

    /// Its covers, in the order of its places.
    fn covers(&self, part: &Part) -> Result<Vec<PlacedCover>> {
        let mut laid = Laid::default();
        self.lay(part, &mut laid)?;
        laid.all().map(|cover| laid.read(self.listing, cover)).collect()
    }

    fn damaged(&self, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        StoreError::damaged(format!("a sealed part of listing {}", self.listing), why)
    }
}

/// What is sealed of a listing, as it lies.
#[derive(Default)]
pub(crate) struct Sealed(Vec<Lying>);

impl Sealed {
    /// Adds a part as it was read.
    pub(crate) fn add(&mut self, listing: ListingId, up_to: Seq, changes: &[u8], covers: &[u8]) {
        self.0.push(Lying { listing, up_to, changes: changes.to_vec(), covers: covers.to_vec() });
    }

    /// Whether nothing of it is sealed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of a listing.
    pub(crate) fn of(connection: &mut dyn Connection, listing: ListingId) -> Result<Self> {
        let sql = "select listing_id, up_to, changes, covers from @sealed where listing_id = $1 order by first_seq";
        Self::ask(connection, sql, &[listing.0])
    }

    /// Parts that may hold rows of entries after one, up to another.
    pub(crate) fn between(connection: &mut dyn Connection, after: Seq, to: Seq) -> Result<Self> {
        let sql =
            "select listing_id, up_to, changes, covers from @sealed where last_seq > $1 and first_seq <= $2 order by listing_id, first_seq";
        Self::ask(connection, sql, &[after.0, to.0])
    }

    /// All of some listings, in any order.
    pub(crate) fn of_many(connection: &mut dyn Connection, listings: &[i64]) -> Result<Self> {
        let mut parts = Vec::new();
        let sql = "select listing_id, up_to, changes, covers from @sealed where listing_id in $keys";
        connection.for_keys(sql, Keys::Ints(listings), &mut |row| {
            parts.push(Lying::read(row)?);
            Ok(())
        })?;
        Ok(Self(parts))
    }

    fn ask(connection: &mut dyn Connection, sql: &'static str, params: &[i64]) -> Result<Self> {
        let mut parts = Vec::new();
        let params: Vec<_> = params.iter().map(|param| (*param).into()).collect();
        connection.query_held(sql, &params, &mut |row| {
            parts.push(Lying::read(row)?);
            Ok(())
        })?;
        Ok(Self(parts))
    }

    /// The entry until which all of the listing is here; 0 where nothing is.
    pub(crate) fn up_to(&self) -> Seq {
        self.0.iter().map(|part| part.up_to).max().unwrap_or(Seq(0))
    }

    /// The same of each of several listings.
    pub(crate) fn ends(&self) -> BTreeMap<ListingId, Seq> {
        let mut ends = BTreeMap::new();
        for part in &self.0 {
            let end = ends.entry(part.listing).or_insert(part.up_to);
            *end = part.up_to.max(*end);
        }
        ends
    }

    /// What was changed where; its covers are laid beside others, unread.
    pub(crate) fn open(&self, covers: &mut Laid) -> Result<Vec<Part>> {
        let opened = self.0.iter().map(|lying| {
            let part = lying.part()?;
            lying.lay(&part, covers)?;
            Ok(part)
        });
        opened.collect()
    }

    /// The parts one by one, with the listing of each.
    pub(crate) fn each(&self, mut on_part: impl FnMut(ListingId, &Part, Vec<PlacedCover>) -> Result<()>) -> Result<()> {
        for lying in &self.0 {
            let part = lying.part()?;
            let covers = lying.covers(&part)?;
            on_part(lying.listing, &part, covers)?;
        }
        Ok(())
    }

    /// Only what was changed where, with the listing of each part.
    pub(crate) fn listed_parts(&self) -> Result<Vec<(ListingId, Part)>> {
        self.0.iter().map(|lying| Ok((lying.listing, lying.part()?))).collect()
    }

    /// Only what was changed where.
    pub(crate) fn parts(&self) -> Result<Vec<Part>> {
        self.0.iter().map(Lying::part).collect()
    }
}

/// Adds to the open rows of a listing those that are sealed; gives them with none told twice. To be asked after the open rows were read.
pub(crate) fn with_sealed(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    mut open: Vec<timeline::Row>,
) -> Result<Vec<timeline::Row>> {
    let sealed = Sealed::of(connection, listing)?;
    let up_to = sealed.up_to();
    if up_to == Seq(0) {
        return Ok(open);
    }
    open.retain(|row| row.seq > up_to);
    sealed.each(|_, part, covers| {
        open.extend(changes_of(part));
        for (order, seq, cover, scope) in covers {
            open.push(timeline::Row { order, seq, content: RowContent::Cover(cover, scopes.get(connection, scope)?) });
        }
        Ok(())
    })?;
    Ok(open)
}

/// The changes of a part as rows.
pub(crate) fn changes_of(part: &Part) -> impl Iterator<Item = timeline::Row> {
    let places = part.places.iter().filter(|place| !place.changes.is_empty());
    places.map(|place| timeline::Row { order: place.order, seq: place.seq, content: RowContent::Changes(part.changes_of(place).to_vec()) })
}
