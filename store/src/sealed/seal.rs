//! Sealing: the open rows of listings that are over into parts, a few listings in one transaction that holds the log.

use std::collections::BTreeMap;

use odds::block::Change;
use odds::board::Order;
use odds::id::{ListingId, ReplyId, Seq};
use odds::sealed::{self, Part, Place};
use odds::{Moment, block, cover};

use super::{Lying, SEALED, Sealed, covers};
use crate::engine::{Connection, Param, in_transaction};
use crate::error::{Result, StoreError};
use crate::log::read_head;
use crate::migrate;
use crate::store::Store;
use crate::tables::{BLOCKS, COVERS};

/// Places of one part: a follower that reads a few entries unpacks little more than they hold.
const PLACES: usize = 512;
/// Rows that are moved in one transaction, about: who records waits for it.
const ROWS_AT_ONCE: usize = 20_000;
/// Listings that are looked up together.
const LISTINGS: i64 = 200;

/// Which listings are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Those that started before.
    pub started_before: Moment,
    /// Of those that have no start, those that were last read before.
    pub read_before: Moment,
}

/// What a pass of sealing has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Sealing {
    /// Listings of which rows were moved.
    pub listings: u64,
    /// Rows that were moved.
    pub rows: u64,
    /// Changes in them.
    pub changes: u64,
    /// Bytes of the parts that were written.
    pub bytes: u64,
    /// Listings whose rows could not be read, and lie as they did.
    pub damaged: u64,
}

impl Store {
    /// Seals listings that are over, a few at a time; `may_go_on` is asked in between. What was sealed before and got late rows since is
    /// sealed on. Run again, it changes nothing.
    ///
    /// # Errors
    /// What the engine reports: then the last few are not sealed, and lie as they did.
    pub fn seal(&self, over: Over, may_go_on: &mut dyn FnMut(&Sealing) -> bool) -> Result<Sealing> {
        let (mut done, mut after) = (Sealing::default(), ListingId(0));
        loop {
            let due = self.due(over, after)?;
            let mut at = 0;
            while at < due.len() {
                if !may_go_on(&done) {
                    return Ok(done);
                }
                at += self.seal_some(&due[at..], &mut done)?;
            }
            let Some(last) = due.last() else { return Ok(done) };
            after = *last;
        }
    }

    fn due(&self, over: Over, after: ListingId) -> Result<Vec<ListingId>> {
        let sql = "select l.listing_id from @listings l
            where l.listing_id > $1 and (l.starts_at < $2 or l.starts_at is null and not exists
                (select 1 from @covers c where c.listing_id = l.listing_id and c.observed_at >= $3))
            and (exists (select 1 from @covers c where c.listing_id = l.listing_id) or exists (select 1 from @blocks b where b.listing_id = l.listing_id))
            order by l.listing_id limit $4";
        let params = [after.0.into(), over.started_before.into(), over.read_before.into(), LISTINGS.into()];
        self.collect(sql, &params, &|row| row.int(0).map(ListingId))
    }

    /// Seals the first few of some listings; gives how many.
    fn seal_some(&self, listings: &[ListingId], done: &mut Sealing) -> Result<usize> {
        let is_postgres = self.engine().name() == "postgres";
        self.write(|connection| {
            in_transaction(connection, |connection| {
                let head = read_head(connection, is_postgres)?.seq;
                let (mut some, mut count) = (*done, 0);
                for listing in listings {
                    seal_one(connection, *listing, head, &mut some)?;
                    count += 1;
                    if some.rows - done.rows >= ROWS_AT_ONCE as u64 {
                        break;
                    }
                }
                keep_older_programs_out(connection)?;
                *done = some;
                Ok(count)
            })
        })
    }

    /// How much is sealed: listings, changes, and bytes of their parts.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sealed(&self) -> Result<Sealing> {
        let sql = "select count(distinct listing_id), cast(coalesce(sum(places), 0) as bigint), cast(coalesce(sum(n), 0) as bigint),
            cast(coalesce(sum(length(changes) + length(covers)), 0) as bigint) from @sealed";
        let found = self.collect(sql, &[], &|row| {
            let [listings, rows, changes, bytes] = [row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?].map(|figure| figure as u64);
            Ok(Sealing { listings, rows, changes, bytes, damaged: 0 })
        })?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}

/// A program that knows nothing of sealed parts would take such a listing for one of which nothing was ever said.
fn keep_older_programs_out(connection: &mut dyn Connection) -> Result<()> {
    let (oldest, name) = (migrate::SEALED.to_string(), migrate::works_from(migrate::SEALED));
    let sql = "update @settings set value = $1 where name = $2 and value <> $3";
    connection.execute(sql, &[(&oldest).into(), (&name).into(), (&oldest).into()]).map(drop)
}

/// Every sealed part back into open rows, inside the transaction of whoever takes its table away.
pub(crate) fn open_all(connection: &mut dyn Connection) -> Result<()> {
    let mut listings = Vec::new();
    connection.query("select distinct listing_id from @sealed", &[], &mut |row| {
        listings.push(ListingId(row.int(0)?));
        Ok(())
    })?;
    for listing in listings {
        let sealed = Sealed::of(connection, listing)?;
        for lying in &sealed.0 {
            let part = lying.part()?;
            let covers = covers::unpack(&lying.covers).map_err(|why| lying.damaged(why))?;
            let key = |place: &Place| [listing.0, place.order.at.micros(), place.order.reply.0, place.seq.0].map(Param::Int);
            let changed: Vec<_> = part.places.iter().filter(|place| !place.changes.is_empty()).collect();
            let bytes: Vec<Vec<u8>> = changed.iter().map(|place| block::encode(part.changes_of(place), place.order.at)).collect();
            let blocks = changed
                .iter()
                .zip(&bytes)
                .flat_map(|(place, bytes)| key(place).into_iter().chain([Param::Int(place.changes.len() as i64), Param::Blob(bytes)]));
            connection.load(&BLOCKS, &blocks.collect::<Vec<_>>())?;
            let covered = part.places.iter().filter(|place| place.is_covered).zip(covers.iter());
            let rows: Vec<_> = covered.flat_map(|(place, (_, bytes))| key(place).into_iter().chain([Param::Blob(bytes)])).collect();
            connection.load(&COVERS, &rows)?;
        }
        connection.execute("delete from @sealed where listing_id = $1", &[listing.0.into()])?;
    }
    Ok(())
}

/// The open rows of one place.
#[derive(Default)]
struct Rows {
    changes: Vec<Change>,
    cover: Option<(i64, Vec<u8>)>,
}

/// By entry, and within one in the order of the world.
type Open = BTreeMap<(Seq, Order), Rows>;

fn seal_one(connection: &mut dyn Connection, listing: ListingId, head: Seq, done: &mut Sealing) -> Result<()> {
    let (open, rows) = match open_rows(connection, listing, head) {
        Err(error @ StoreError::Damaged { .. }) => {
            tracing::error!(listing = listing.0, %error, "a listing that is over cannot be sealed; its rows stay as they are");
            done.damaged += 1;
            return Ok(());
        }
        read => read?,
    };
    if open.is_empty() {
        return Ok(());
    }
    let places: Vec<(&(Seq, Order), &Rows)> = open.iter().collect();
    for places in parts_of(&places) {
        write_part(connection, listing, head, places, done)?;
    }
    let params: [Param<'_>; 2] = [listing.0.into(), head.0.into()];
    let removed = connection.execute("delete from @blocks where listing_id = $1 and seq <= $2", &params)?
        + connection.execute("delete from @covers where listing_id = $1 and seq <= $2", &params)?;
    if removed != rows {
        return Err(StoreError::damaged(format!("the rows of listing {listing}"), format!("{removed} were there, {rows} were read")));
    }
    done.listings += 1;
    done.rows += rows;
    Ok(())
}

/// All places of an entry lie in one part: parts are told apart by their first entry.
fn parts_of<'a>(places: &'a [(&'a (Seq, Order), &'a Rows)]) -> Vec<&'a [(&'a (Seq, Order), &'a Rows)]> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for at in 1..=places.len() {
        let is_full = at - from >= PLACES && places.get(at).is_none_or(|next| next.0.0 != places[at - 1].0.0);
        if is_full || at == places.len() {
            parts.push(&places[from..at]);
            from = at;
        }
    }
    parts
}

/// Every open row of a listing, and how many they are.
fn open_rows(connection: &mut dyn Connection, listing: ListingId, head: Seq) -> Result<(Open, u64)> {
    let (mut open, mut rows) = (Open::new(), 0);
    let place = |row: &dyn crate::engine::Row| {
        Ok::<_, StoreError>((Seq(row.int(2)?), Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) }))
    };
    let params: [Param<'_>; 2] = [listing.0.into(), head.0.into()];
    let sql = "select observed_at, reply_id, seq, block from @blocks where listing_id = $1 and seq + 0 <= $2";
    connection.query_held(sql, &params, &mut |row| {
        let place = place(row)?;
        let changes = &mut open.entry(place).or_default().changes;
        block::decode(row.blob(3)?, place.1.at, |change| changes.push(change))
            .map_err(|error| StoreError::damaged(format!("a block of listing {listing}"), error))?;
        rows += 1;
        Ok(())
    })?;
    let sql = "select c.observed_at, c.reply_id, c.seq, c.cover, e.scope_id from @covers c join @entries e on e.seq = c.seq
        where c.listing_id = $1 and c.seq + 0 <= $2";
    connection.query_held(sql, &params, &mut |row| {
        let place = place(row)?;
        cover::decode(row.blob(3)?, place.1.at).map_err(|error| StoreError::damaged(format!("a cover of listing {listing}"), error))?;
        open.entry(place).or_default().cover = Some((row.int(4)?, row.blob(3)?.to_vec()));
        rows += 1;
        Ok(())
    })?;
    Ok((open, rows))
}

fn write_part(
    connection: &mut dyn Connection,
    listing: ListingId,
    up_to: Seq,
    places: &[(&(Seq, Order), &Rows)],
    done: &mut Sealing,
) -> Result<()> {
    let (mut part, mut covers): (Part, Vec<(i64, &[u8])>) = Default::default();
    for ((seq, order), rows) in places {
        part.add(*order, *seq, rows.cover.is_some(), &rows.changes);
        covers.extend(rows.cover.as_ref().map(|(scope, bytes)| (*scope, bytes.as_slice())));
    }
    let packed = covers::pack(&covers).map_err(|error| StoreError::damaged("covers that were to be packed", error))?;
    let lying = Lying { listing, up_to, changes: sealed::encode(&part), covers: packed };
    prove(&lying, &part, &covers)?;
    let (first, last) = (part.places.first().map_or(0, |place| place.seq.0), part.places.last().map_or(0, |place| place.seq.0));
    let (count, n) = (part.places.len() as i64, part.changes.len() as i64);
    let numbers = [listing.0, first, last, up_to.0, count, n].map(Param::Int);
    let bytes = [Param::Blob(&lying.changes), Param::Blob(&lying.covers)];
    connection.load(&SEALED, &numbers.into_iter().chain(bytes).collect::<Vec<_>>())?;
    done.changes += n as u64;
    done.bytes += (lying.changes.len() + lying.covers.len()) as u64;
    Ok(())
}

/// What was written reads as what it was made of, to the byte.
fn prove(lying: &Lying, part: &Part, covers: &[(i64, &[u8])]) -> Result<()> {
    let unpacked = covers::unpack(&lying.covers).map_err(|why| lying.damaged(why))?;
    let is_same = lying.part()? == *part && unpacked.iter().eq(covers.iter().copied());
    if is_same { Ok(()) } else { Err(lying.damaged("it does not read as it was written")) }
}
