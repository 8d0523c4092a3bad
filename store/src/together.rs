//! Many listings at once, whole: their names and rows in a few questions, where one listing after another is a few questions each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use odds::board::{FactChange, Order};
use odds::id::{CellNo, ListingId, ReplyId, Seq};
use odds::names::{CellName, Interner, SlotName, Word};
use odds::timeline::{Row, RowContent, Timeline};
use odds::{EventId, Line, Moment, cover};

use crate::directory::{self, EventRow, ListingRow, founder_first, listing};
use crate::engine::{self, Connection, Keys};
use crate::error::{Result, StoreError};
use crate::misses::last_sweep;
use crate::read::{self, Cut, ListingRows, changes, fact_kind, push_fact};
use crate::scopes::Scopes;
use crate::sealed::{Sealed, changes_of};
use crate::store::Store;

/// Keys that are asked for in one question.
const TOGETHER: usize = 1000;

impl Store {
    /// Listings by their numbers, each with the event that it was by the decisions up to an entry: as [`Store::listing_known`] gives one.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_by_number(&self, ids: &[ListingId], known: Seq) -> Result<Vec<ListingRow>> {
        let mut listings = Vec::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
            listings.extend(self.read(|connection| listings_of(connection, &keys, known))?);
        }
        Ok(listings)
    }

    /// The names and rows of listings up to an entry, each as [`Store::listing_rows`] gives them. One that is not there has none.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn rows_of_listings(&self, ids: &[ListingId], known: Seq) -> Result<HashMap<ListingId, ListingRows>> {
        let mut all = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            all.extend(self.read(|connection| rows_of(connection, &self.scopes, ids, known, &mut Interner::default()))?);
        }
        Ok(all)
    }
}

/// Events by their ids as they were known at a place in the log.
pub(crate) fn events_known(connection: &mut dyn Connection, ids: &[EventId], known: Seq) -> Result<Vec<EventRow>> {
    let texts: Vec<String> = ids.iter().map(EventId::to_string).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut candidates: Vec<i64> = Vec::new();
    connection.for_keys("select listing_id from @decisions where event_id in $keys", Keys::Texts(&texts), &mut |row| {
        candidates.push(row.int(0)?);
        Ok(())
    })?;
    candidates.sort_unstable();
    candidates.dedup();
    let mut events: BTreeMap<EventId, Vec<ListingRow>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for listing in listings_of(connection, &candidates, known)? {
        if listing.founded <= known
            && let Some(listings) = events.get_mut(&listing.event)
        {
            listings.push(listing);
        }
    }
    let is_met = |(_, listings): &(EventId, Vec<ListingRow>)| !listings.is_empty();
    let event = |(id, mut listings): (EventId, Vec<ListingRow>)| {
        founder_first(id, &mut listings);
        EventRow { id, listings, asked_as: None }
    };
    Ok(events.into_iter().filter(is_met).map(event).collect())
}

fn listings_of(connection: &mut dyn Connection, keys: &[i64], known: Seq) -> Result<Vec<ListingRow>> {
    let mut listings: Vec<ListingRow> = Vec::with_capacity(keys.len());
    connection.for_keys(listing!("where listing_id in $keys"), Keys::Ints(keys), &mut |row| {
        listings.push(directory::read(row)?);
        Ok(())
    })?;
    let mut decided: HashMap<i64, (i64, i64, EventId)> = HashMap::new();
    let sql = "select listing_id, seq, i, event_id from @decisions where listing_id in $keys";
    connection.for_keys(sql, Keys::Ints(keys), &mut |row| {
        let place = (row.int(1)?, row.int(2)?);
        if place.0 <= known.0 && decided.get(&row.int(0)?).is_none_or(|last| (last.0, last.1) < place) {
            let event = row.text(3)?.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a decision", error))?;
            decided.insert(row.int(0)?, (place.0, place.1, event));
        }
        Ok(())
    })?;
    for listing in &mut listings {
        if let Some((_, _, event)) = decided.get(&listing.id.0) {
            listing.event = *event;
        }
    }
    Ok(listings)
}

type ByListing = HashMap<ListingId, (ListingRows, Vec<Row>)>;

fn rows_of(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    ids: &[ListingId],
    known: Seq,
    words: &mut Interner,
) -> Result<HashMap<ListingId, ListingRows>> {
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut found: ByListing = ids.iter().map(|id| (*id, Default::default())).collect();
    let keys = Keys::Ints(&keys);
    cells(connection, keys, known, words, &mut found)?;
    slots(connection, keys, known, words, &mut found)?;
    covers(connection, scopes, keys, known, &mut found)?;
    blocks(connection, keys, known, &mut found)?;
    sealed(connection, scopes, ids, known, &mut found)?;
    facts(connection, keys, known, words, &mut found)?;
    let swept = swept(connection, keys)?;
    let cut = Cut { as_of: Moment::MAX, known };
    let whole = |(listing, (rows, said)): (ListingId, (ListingRows, Vec<Row>))| {
        let timeline = Timeline::new(said);
        let rows = if swept.contains(&listing) {
            read::with_its_misses(connection, scopes, listing, cut, rows.names, timeline)?
        } else {
            ListingRows { names: rows.names, timeline }
        };
        Ok((listing, rows))
    };
    found.into_iter().map(whole).collect()
}

fn of<'a>(found: &'a mut ByListing, row: &dyn engine::Row, seq: usize, known: Seq) -> Result<Option<&'a mut (ListingRows, Vec<Row>)>> {
    if row.int(seq)? > known.0 {
        return Ok(None);
    }
    Ok(found.get_mut(&ListingId(row.int(0)?)))
}

fn cells(connection: &mut dyn Connection, keys: Keys<'_>, known: Seq, words: &mut Interner, found: &mut ByListing) -> Result<()> {
    let mut cells: Vec<(i64, i64, CellName)> = Vec::new();
    let sql = "select listing_id, cell, book, market, seq from @cells where listing_id in $keys";
    connection.for_keys(sql, keys, &mut |row| {
        if row.int(4)? <= known.0 {
            let name = CellName { book: words.intern(row.text(2)?), market: words.intern(row.text(3)?) };
            cells.push((row.int(0)?, row.int(1)?, name));
        }
        Ok(())
    })?;
    cells.sort_unstable_by_key(|(listing, cell, _)| (*listing, *cell));
    for (listing, _, name) in cells {
        if let Some((rows, _)) = found.get_mut(&ListingId(listing)) {
            rows.names.add_cell(name);
        }
    }
    Ok(())
}

fn slots(connection: &mut dyn Connection, keys: Keys<'_>, known: Seq, words: &mut Interner, found: &mut ByListing) -> Result<()> {
    let mut slots: Vec<(i64, i64, SlotName)> = Vec::new();
    let sql = "select listing_id, slot, cell, name, description, point, seq from @slots where listing_id in $keys";
    connection.for_keys(sql, keys, &mut |row| {
        if row.int(6)? <= known.0 {
            let cell = CellNo(u32::try_from(row.int(2)?).map_err(|error| StoreError::damaged("a slot", error))?);
            let point = row.opt_int(5)?.map(|milli| Line::from_milli(milli as i32));
            let name = SlotName { cell, name: words.intern(row.text(3)?), description: words.intern(row.text(4)?), point };
            slots.push((row.int(0)?, row.int(1)?, name));
        }
        Ok(())
    })?;
    slots.sort_unstable_by_key(|(listing, slot, _)| (*listing, *slot));
    for (listing, _, name) in slots {
        let Some((rows, _)) = found.get_mut(&ListingId(listing)) else { continue };
        if name.cell.0 as usize >= rows.names.cells().len() {
            return Err(StoreError::damaged("a slot", format!("cell {} has no name", name.cell)));
        }
        rows.names.add_slot(name);
    }
    Ok(())
}

fn covers(connection: &mut dyn Connection, scopes: &Scopes, keys: Keys<'_>, known: Seq, found: &mut ByListing) -> Result<()> {
    let mut raw = Vec::new();
    let sql = "select c.listing_id, c.seq, c.observed_at, c.reply_id, c.cover, e.scope_id from @covers c join @entries e on e.seq = c.seq
        where c.listing_id in $keys";
    connection.for_keys(sql, keys, &mut |row| {
        if row.int(1)? <= known.0 {
            let (listing, order) = place(row)?;
            let cover =
                cover::decode(row.blob(4)?, order.at).map_err(|error| StoreError::damaged(format!("cover of listing {listing}"), error))?;
            raw.push((listing, order, Seq(row.int(1)?), cover, row.int(5)?));
        }
        Ok(())
    })?;
    for (listing, order, seq, cover, scope) in raw {
        let scope = scopes.get(connection, scope)?;
        if let Some((_, rows)) = found.get_mut(&listing) {
            rows.push(Row { order, seq, content: RowContent::Cover(cover, Arc::clone(&scope)) });
        }
    }
    Ok(())
}

fn place(row: &dyn engine::Row) -> Result<(ListingId, Order)> {
    Ok((ListingId(row.int(0)?), Order { at: Moment::from_micros(row.int(2)?), reply: ReplyId(row.int(3)?) }))
}

fn blocks(connection: &mut dyn Connection, keys: Keys<'_>, known: Seq, found: &mut ByListing) -> Result<()> {
    let sql = "select listing_id, seq, observed_at, reply_id, n, block from @blocks where listing_id in $keys";
    connection.for_keys(sql, keys, &mut |row| {
        let Some((_, rows)) = of(found, row, 1, known)? else { return Ok(()) };
        let (_, order) = place(row)?;
        let content = RowContent::Changes(changes(row.int(4)?, row.blob(5)?, order.at)?);
        rows.push(Row { order, seq: Seq(row.int(1)?), content });
        Ok(())
    })
}

/// Adds what is sealed, none of it twice: asked after the open rows.
fn sealed(connection: &mut dyn Connection, scopes: &Scopes, ids: &[ListingId], known: Seq, found: &mut ByListing) -> Result<()> {
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sealed = Sealed::of_many(connection, &keys)?;
    for (listing, up_to) in sealed.ends() {
        if let Some((_, rows)) = found.get_mut(&listing) {
            rows.retain(|row| row.seq > up_to);
        }
    }
    sealed.each(|listing, part, covers| {
        let Some((_, rows)) = found.get_mut(&listing) else { return Ok(()) };
        rows.extend(changes_of(part).filter(|row| row.seq <= known));
        for (order, seq, cover, scope) in covers.into_iter().filter(|(_, seq, ..)| *seq <= known) {
            rows.push(Row { order, seq, content: RowContent::Cover(cover, scopes.get(connection, scope)?) });
        }
        Ok(())
    })
}

fn facts(connection: &mut dyn Connection, keys: Keys<'_>, known: Seq, words: &mut Interner, found: &mut ByListing) -> Result<()> {
    let mut facts: Vec<(ListingId, Order, Seq, i64, FactChange)> = Vec::new();
    let sql = "select listing_id, seq, observed_at, reply_id, i, kind, subject, value from @facts where listing_id in $keys";
    connection.for_keys(sql, keys, &mut |row| {
        if row.int(1)? <= known.0 {
            let (listing, order) = place(row)?;
            let (subject, value) = (words.intern(row.text(6)?), row.opt_text(7)?.map(Word::from));
            facts.push((listing, order, Seq(row.int(1)?), row.int(4)?, FactChange { kind: fact_kind(row.int(5)?)?, subject, value }));
        }
        Ok(())
    })?;
    facts.sort_unstable_by_key(|(listing, order, seq, i, _)| (*listing, *order, *seq, *i));
    for (listing, order, seq, _, change) in facts {
        if let Some((_, rows)) = found.get_mut(&listing) {
            push_fact(rows, order, seq, change);
        }
    }
    Ok(())
}

/// The listings whose sport was ever swept: the others cannot have been missed.
fn swept(connection: &mut dyn Connection, keys: Keys<'_>) -> Result<HashSet<ListingId>> {
    let mut sports: BTreeMap<(String, String), Vec<ListingId>> = BTreeMap::new();
    connection.for_keys("select listing_id, provider, sport from @listings where listing_id in $keys", keys, &mut |row| {
        let sport = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        sports.entry(sport).or_default().push(ListingId(row.int(0)?));
        Ok(())
    })?;
    let mut swept = HashSet::new();
    for ((provider, sport), listings) in sports {
        if last_sweep(connection, &provider, &sport)?.is_some() {
            swept.extend(listings);
        }
    }
    Ok(swept)
}
