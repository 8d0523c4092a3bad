//! Bundles of the archive into the index: a store is made again from the folder alone, and a bundle whose index rows were lost
//! to a crash is found at the next start. Indexing twice changes nothing.

use std::collections::BTreeMap;

use odds::Moment;
use odds::id::{ReplyId, ReplyKey};
use odds::reply::Reply;

use crate::archive::{Header, Place, key_of};
use crate::engine::{Connection, in_transaction};
use crate::error::{Result, StoreError};
use crate::replies;
use crate::store::Store;

/// Whether a reply is for the log, by its provider's rules; one that is not is set aside.
pub type IsForTheLog<'a> = &'a dyn Fn(&Reply<'_>) -> bool;

impl Store {
    /// Puts the bodies of a bundle into the index. All bundles' bodies come before their replies: a body may lie in another bundle.
    ///
    /// # Errors
    /// Where the bundle is damaged, or what the engine reports.
    pub fn index_bodies(&self, bundle: &str) -> Result<()> {
        let mut frames = self.archive().frames(bundle)?;
        frames.sort_by(|(a, _), (b, _)| a.body.cmp(&b.body));
        self.transaction(|connection| {
            for (header, place) in &frames {
                if let Some(place) = place {
                    insert_body(connection, header, place)?;
                }
            }
            Ok(())
        })
    }

    /// Puts the replies of a bundle into the index, pending; gives how many were new.
    ///
    /// # Errors
    /// Where the bundle is damaged, a body is nowhere, or what the engine reports.
    pub fn index_replies(&self, bundle: &str, is_for_the_log: IsForTheLog<'_>) -> Result<usize> {
        let frames = self.archive().frames(bundle)?;
        let mut bodies = BTreeMap::new();
        let mut new = Vec::new();
        for (header, _) in &frames {
            let key = key_of(header).ok_or_else(|| StoreError::damaged(bundle, "a key that is none"))?;
            if self.read(|connection| replies::id_of(connection, key))?.1 {
                continue;
            }
            if !bodies.contains_key(&header.body) {
                bodies.insert(header.body.clone(), self.body_of(header)?);
            }
            let is_for_the_log = is_for_the_log(&reply_of(header, &bodies[&header.body]));
            new.push((header, key, is_for_the_log));
        }
        if new.is_empty() {
            return Ok(0);
        }
        self.transaction(|connection| {
            let mut added = 0;
            for (header, key, is_for_the_log) in &new {
                added += usize::from(insert_reply(connection, header, *key, *is_for_the_log)?);
            }
            Ok(added)
        })
    }

    /// Indexes bundles of a day and later that a crash left in the folder without their rows; gives how many replies were found. An empty store
    /// takes what its own open asks wait for alone: what else lies in its folder is for a rebuild.
    ///
    /// # Errors
    /// Where a bundle is damaged, or what the engine reports.
    pub fn index_lost_bundles(&self, since: Moment, is_for_the_log: IsForTheLog<'_>) -> Result<usize> {
        let is_empty = self.head()?.seq.0 == 0;
        if is_empty && !self.has_open_asks()? {
            return Ok(0);
        }
        let day = since.timestamp().strftime("%Y/%m/%d").to_string();
        let mut found = 0;
        for name in self.archive().local_bundles()?.into_iter().filter(|name| *name >= day) {
            if self.has_unknown(&name, is_empty)? {
                self.index_bodies(&name)?;
                found += self.index_replies(&name, is_for_the_log)?;
            }
        }
        Ok(found)
    }

    fn has_unknown(&self, bundle: &str, must_be_asked: bool) -> Result<bool> {
        for (header, _) in self.archive().frames(bundle)? {
            let key = key_of(&header).ok_or_else(|| StoreError::damaged(bundle, "a key that is none"))?;
            let is_known = self.read(|connection| replies::id_of(connection, key))?.1;
            if !is_known && (!must_be_asked || self.read(|connection| ask_of(connection, &header))?.is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_open_asks(&self) -> Result<bool> {
        Ok(!self.collect("select 1 from @asks where outcome = 'sent' limit 1", &[], &|row| row.int(0))?.is_empty())
    }

    fn body_of(&self, header: &Header) -> Result<Vec<u8>> {
        let hash = hash_of(header)?;
        let mut place = None;
        let mut reader = self.pool.reader()?;
        let sql = "select bundle, frame_offset, frame_length from @bodies where body_hash = $1";
        reader.query(sql, &[hash.as_slice().into()], &mut |row| {
            place = Some(Place::read(row)?);
            Ok(())
        })?;
        let place = place.ok_or_else(|| StoreError::Missing { what: "body", id: header.body.clone() })?;
        self.archive().body(&place, header.length)
    }

    fn transaction<T>(&self, work: impl FnOnce(&mut dyn Connection) -> Result<T>) -> Result<T> {
        self.write(|connection| in_transaction(connection, work))
    }
}

fn hash_of(header: &Header) -> Result<[u8; 32]> {
    blake3::Hash::from_hex(&header.body).map(|hash| *hash.as_bytes()).map_err(|error| StoreError::damaged("a frame header", error))
}

fn reply_of<'a>(header: &'a Header, body: &'a [u8]) -> Reply<'a> {
    Reply {
        provider: &header.provider,
        endpoint: &header.endpoint,
        request: &header.request,
        status: header.status,
        headers: &header.headers,
        body,
        fetched_at: header.fetched_at,
        basis: header.basis,
        sport: header.sport.as_deref(),
    }
}

fn insert_body(connection: &mut dyn Connection, header: &Header, place: &Place) -> Result<()> {
    let sql = "insert into @bodies (body_hash, bundle, frame_offset, frame_length, body_length) values ($1, $2, $3, $4, $5)
        on conflict (body_hash) do nothing";
    let hash = hash_of(header)?;
    let numbers = [place.offset as i64, place.length as i64, header.length as i64];
    connection
        .execute(sql, &[hash.as_slice().into(), (&place.bundle).into(), numbers[0].into(), numbers[1].into(), numbers[2].into()])
        .map(drop)
}

fn insert_reply(connection: &mut dyn Connection, header: &Header, key: ReplyKey, is_for_the_log: bool) -> Result<bool> {
    let (id, is_known): (ReplyId, bool) = replies::id_of(connection, key)?;
    if is_known {
        return Ok(false);
    }
    let (reply, ask) = (reply_of(header, &[]), ask_of(connection, header)?);
    replies::insert_reply(connection, &reply, id, key, &hash_of(header)?, header.archived_at, ask, is_for_the_log)?;
    Ok(true)
}

/// The ask that a frame answers, where this store's ledger has just that one: another store's rows have the same numbers.
fn ask_of(connection: &mut dyn Connection, header: &Header) -> Result<Option<i64>> {
    let Some(ask) = header.ask else { return Ok(None) };
    let sql = "select ask_id from @asks where ask_id = $1 and provider = $2 and request = $3 and sent_at <= $4";
    let (request, mut found) = (header.request.canonical(), None);
    connection.query(sql, &[ask.into(), (&header.provider).into(), (&request).into(), header.fetched_at.into()], &mut |row| {
        found = Some(row.int(0)?);
        Ok(())
    })?;
    Ok(found)
}
