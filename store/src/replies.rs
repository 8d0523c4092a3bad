//! The index of the archive: which replies are there, and which of them the log does not have yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use odds::id::{ReplyId, ReplyKey};
use odds::reply::{Basis, Reply, Request};
use odds::{Moment, Seq};

use crate::archive::{Archive, Bundle, Header, LONGEST_WITH, Place};
use crate::engine::{Connection, Keys, Param, in_transaction};
use crate::error::{Result, StoreError};
use crate::log::read_head;
use crate::tables::{BODIES, REPLIES};

/// A reply as it is kept: everything but the body's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReply {
    /// Its id.
    pub id: ReplyId,
    /// The provider's key.
    pub provider: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// What was asked.
    pub request: Request,
    /// The sport, where whoever replayed a file said it.
    pub sport: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// Response headers that matter.
    pub headers: BTreeMap<String, String>,
    /// When it arrived, or the moment that stands for it.
    pub fetched_at: Moment,
    /// What that rests on.
    pub basis: Basis,
    /// When it was archived.
    pub archived_at: Moment,
    /// `pending`, `recorded` or `set_aside`.
    pub state: String,
    /// Its entry, once it is recorded.
    pub seq: Option<Seq>,
    pub(crate) place: Place,
    pub(crate) body_length: usize,
}

/// Where a pending reply stands among the pending.
#[derive(Debug, Clone, Copy)]
pub struct PendingPlace([i64; 4]);

impl KeptReply {
    /// Where it stands among the pending.
    #[must_use]
    pub const fn pending_place(&self) -> PendingPlace {
        PendingPlace([self.archived_at.micros(), self.fetched_at.micros(), self.place.offset as i64, self.id.0])
    }

    /// As decoders see it, with its body.
    #[must_use]
    pub fn with_body<'a>(&'a self, body: &'a [u8]) -> Reply<'a> {
        Reply {
            provider: &self.provider,
            endpoint: &self.endpoint,
            request: &self.request,
            status: self.status,
            headers: &self.headers,
            body,
            fetched_at: self.fetched_at,
            basis: self.basis,
            sport: self.sport.as_deref(),
        }
    }
}

/// A reply that is to be archived, with the ask that it answers.
#[derive(Debug, Clone)]
pub struct Arrived<'a> {
    /// The reply, without secrets.
    pub reply: Reply<'a>,
    /// The ask of the ledger that it answers.
    pub ask: Option<i64>,
    /// Whether it is for the log: an error body is kept and set aside.
    pub is_for_the_log: bool,
}

/// A bundle that is on the disk and not indexed yet.
pub(crate) struct Written<'a, 'b> {
    name: String,
    keys: Vec<ReplyKey>,
    batch: Batch<'a, 'b>,
}

/// Writes the bundle of a batch: what `reader` finds in the index already is left out. No lock is held meanwhile.
pub(crate) fn write<'a, 'b>(
    reader: &mut dyn Connection,
    archive: &Archive,
    arrived: &'a [Arrived<'b>],
    now: Moment,
) -> Result<Written<'a, 'b>> {
    let keys: Vec<ReplyKey> = arrived.iter().map(|one| one.reply.key()).collect();
    let hashes: Vec<[u8; 32]> = arrived.iter().map(|one| *blake3::hash(one.reply.body).as_bytes()).collect();
    let (known_ids, mut known_bodies) = (ids_of(reader, &keys)?, bodies_among(reader, &hashes)?);
    let (mut batch, mut taken, mut without_dictionary) = (Batch::default(), HashSet::new(), 0);
    for ((one, key), hash) in arrived.iter().zip(&keys).zip(&hashes) {
        if known_ids[key].1 || !taken.insert(*key) {
            continue;
        }
        let is_new = known_bodies.insert(*hash);
        let dictionary = if is_new { archive.dictionary(one.reply.provider, one.reply.endpoint)? } else { None };
        let (offset, length) = batch.bundle.add(&header(one, *key, hash, now), is_new.then_some(one.reply.body), dictionary.as_deref())?;
        if is_new {
            without_dictionary += usize::from(dictionary.is_none() && one.reply.body.len() <= LONGEST_WITH);
            batch.bodies.push((*hash, [offset as i64, length as i64, one.reply.body.len() as i64]));
        }
        batch.rows.push((one, *key, known_ids[key].0, *hash));
    }
    let name = batch.bundle.name(now);
    if !batch.rows.is_empty() {
        archive.write(&batch.bundle, &name)?;
        archive.count_without_dictionary(without_dictionary);
    }
    Ok(Written { name, keys, batch })
}

/// Writes the bundle of a batch though the index cannot be read: every body goes in, and the start that follows indexes it.
pub(crate) fn write_unread(archive: &Archive, arrived: &[Arrived<'_>], now: Moment) -> Result<()> {
    let (mut bundle, mut taken) = (Bundle::default(), HashSet::new());
    for one in arrived {
        let (key, hash) = (one.reply.key(), *blake3::hash(one.reply.body).as_bytes());
        bundle.add(&header(one, key, &hash, now), taken.insert(hash).then_some(one.reply.body), None)?;
    }
    if taken.is_empty() { Ok(()) } else { archive.write(&bundle, &bundle.name(now)) }
}

/// Adds the index rows of a bundle that is on the disk: the rows are there only if the bytes are. What another process has
/// indexed meanwhile is left as it is. Gives the ids, in order.
pub(crate) fn index(connection: &mut dyn Connection, mut written: Written<'_, '_>, now: Moment, is_postgres: bool) -> Result<Vec<ReplyId>> {
    in_transaction(connection, |connection| index_locked(connection, &mut written, now, is_postgres))
}

/// The head is locked, so that two processes that archive the same reply at once do not both find it new.
fn index_locked(connection: &mut dyn Connection, written: &mut Written<'_, '_>, now: Moment, is_postgres: bool) -> Result<Vec<ReplyId>> {
    read_head(connection, is_postgres)?;
    let ids = ids_of(connection, &written.keys)?;
    let hashes: Vec<[u8; 32]> = written.batch.bodies.iter().map(|(hash, _)| *hash).collect();
    let known_bodies = bodies_among(connection, &hashes)?;
    written.batch.bodies.retain(|(hash, _)| !known_bodies.contains(hash));
    written.batch.rows.retain_mut(|(_, key, id, _)| {
        *id = ids[key].0;
        !ids[key].1
    });
    if !written.batch.rows.is_empty() {
        insert(connection, &written.name, &written.batch, now)?;
    }
    Ok(written.keys.iter().map(|key| ids[key].0).collect())
}

type NewReply<'a, 'b> = (&'a Arrived<'b>, ReplyKey, ReplyId, [u8; 32]);

/// What a batch adds.
#[derive(Default)]
pub(crate) struct Batch<'a, 'b> {
    bundle: Bundle,
    bodies: Vec<([u8; 32], [i64; 3])>,
    rows: Vec<NewReply<'a, 'b>>,
}

/// The ids of keys, and whether each is there already: a key's first 63 bits, or the next free number in the one case in a
/// billion that another key has them.
fn ids_of(connection: &mut dyn Connection, keys: &[ReplyKey]) -> Result<HashMap<ReplyKey, (ReplyId, bool)>> {
    let wanted: Vec<i64> = keys.iter().map(|key| key.id().0).collect();
    let mut held: HashMap<i64, [u8; 32]> = HashMap::new();
    connection.for_keys("select reply_id, reply_key from @replies where reply_id in $keys", Keys::Ints(&wanted), &mut |row| {
        let key = row.blob(1)?.try_into().map_err(|error| StoreError::damaged("a reply key", error))?;
        held.insert(row.int(0)?, key);
        Ok(())
    })?;
    let mut ids = HashMap::new();
    for key in keys {
        let found = match held.get(&key.id().0) {
            None => (key.id(), false),
            Some(holder) if *holder == key.0 => (key.id(), true),
            Some(_) => next_free(connection, *key)?,
        };
        ids.insert(*key, found);
    }
    Ok(ids)
}

/// The id of one key.
pub(crate) fn id_of(connection: &mut dyn Connection, key: ReplyKey) -> Result<(ReplyId, bool)> {
    ids_of(connection, &[key]).map(|ids| ids[&key])
}

fn next_free(connection: &mut dyn Connection, key: ReplyKey) -> Result<(ReplyId, bool)> {
    let mut id = key.id();
    loop {
        id.0 = id.0.wrapping_add(1) & i64::MAX;
        let mut holder: Option<Vec<u8>> = None;
        connection.query("select reply_key from @replies where reply_id = $1", &[id.0.into()], &mut |row| {
            holder = Some(row.blob(0)?.to_vec());
            Ok(())
        })?;
        match holder {
            None => return Ok((id, false)),
            Some(held) if held == key.0 => return Ok((id, true)),
            Some(_) => {}
        }
    }
}

fn bodies_among(connection: &mut dyn Connection, hashes: &[[u8; 32]]) -> Result<HashSet<[u8; 32]>> {
    let keys: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
    let mut known = HashSet::new();
    connection.for_keys("select body_hash from @bodies where body_hash in $keys", Keys::Blobs(&keys), &mut |row| {
        known.insert(row.blob(0)?.try_into().map_err(|error| StoreError::damaged("a body hash", error))?);
        Ok(())
    })?;
    Ok(known)
}

fn header(arrived: &Arrived<'_>, key: ReplyKey, hash: &[u8; 32], now: Moment) -> Header {
    let reply = &arrived.reply;
    Header {
        provider: reply.provider.to_owned(),
        endpoint: reply.endpoint.to_owned(),
        request: reply.request.clone(),
        sport: reply.sport.map(str::to_owned),
        status: reply.status,
        headers: reply.headers.clone(),
        fetched_at: reply.fetched_at,
        basis: reply.basis,
        archived_at: now,
        key: key.to_string(),
        body: blake3::Hash::from_bytes(*hash).to_hex().to_string(),
        length: reply.body.len(),
        ask: arrived.ask,
    }
}

/// Adds the index rows.
fn insert(connection: &mut dyn Connection, bundle: &str, batch: &Batch<'_, '_>, now: Moment) -> Result<()> {
    let bodies: Vec<Param<'_>> = batch
        .bodies
        .iter()
        .flat_map(|(hash, [offset, length, size])| {
            [hash.as_slice().into(), bundle.into(), (*offset).into(), (*length).into(), (*size).into()]
        })
        .collect();
    connection.load(&BODIES, &bodies)?;
    let texts: Vec<(String, String)> = batch
        .rows
        .iter()
        .map(|(one, ..)| (one.reply.request.canonical(), serde_json::to_string(one.reply.headers).unwrap_or_default()))
        .collect();
    let mut replies: Vec<Param<'_>> = Vec::with_capacity(batch.rows.len() * REPLIES.columns.len());
    for ((one, key, id, hash), (request, headers)) in batch.rows.iter().zip(&texts) {
        let row: [Param<'_>; 14] = [
            id.0.into(),
            key.0.as_slice().into(),
            one.reply.provider.into(),
            one.reply.endpoint.into(),
            request.into(),
            one.reply.sport.into(),
            i64::from(one.reply.status).into(),
            headers.into(),
            one.reply.fetched_at.into(),
            one.reply.basis.as_str().into(),
            hash.as_slice().into(),
            now.into(),
            one.ask.into(),
            (if one.is_for_the_log { "pending" } else { "set_aside" }).into(),
        ];
        replies.extend(row);
    }
    connection.load(&REPLIES, &replies)
}

#[expect(clippy::too_many_arguments, reason = "one row")]
pub(crate) fn insert_reply(
    connection: &mut dyn Connection,
    reply: &Reply<'_>,
    id: ReplyId,
    key: ReplyKey,
    hash: &[u8; 32],
    archived_at: Moment,
    ask: Option<i64>,
    is_for_the_log: bool,
) -> Result<()> {
    let (request, headers) = (reply.request.canonical(), serde_json::to_string(reply.headers).unwrap_or_default());
    let sql = "insert into @replies (reply_id, reply_key, provider, endpoint, request, sport, status, headers, fetched_at, basis, body_hash, archived_at, ask_id, state)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (reply_id) do nothing";
    let params: [Param<'_>; 14] = [
        id.0.into(),
        key.0.as_slice().into(),
        reply.provider.into(),
        reply.endpoint.into(),
        (&request).into(),
        reply.sport.into(),
        i64::from(reply.status).into(),
        (&headers).into(),
        reply.fetched_at.into(),
        reply.basis.as_str().into(),
        hash.as_slice().into(),
        archived_at.into(),
        ask.into(),
        (if is_for_the_log { "pending" } else { "set_aside" }).into(),
    ];
    connection.execute(sql, &params).map(drop)
}

macro_rules! kept {
    ($tail:literal) => {
        concat!(
            "select r.reply_id, r.provider, r.endpoint, r.request, r.sport, r.status, r.headers, r.fetched_at, r.basis, r.archived_at, r.state,
                b.bundle, b.frame_offset, b.frame_length, b.body_length, e.seq
            from @replies r join @bodies b on b.body_hash = r.body_hash left join @entries e on e.reply_id = r.reply_id ",
            $tail
        )
    };
}

fn read(row: &dyn crate::engine::Row) -> Result<KeptReply> {
    let parsed = |what: &str, error: serde_json::Error| StoreError::damaged(format!("{what} of a reply"), error);
    Ok(KeptReply {
        id: ReplyId(row.int(0)?),
        provider: row.text(1)?.to_owned(),
        endpoint: row.text(2)?.to_owned(),
        request: serde_json::from_str(row.text(3)?).map_err(|error| parsed("request", error))?,
        sport: row.opt_text(4)?.map(str::to_owned),
        status: row.int(5)? as u16,
        headers: serde_json::from_str(row.text(6)?).map_err(|error| parsed("headers", error))?,
        fetched_at: Moment::from_micros(row.int(7)?),
        basis: basis(row.text(8)?)?,
        archived_at: Moment::from_micros(row.int(9)?),
        state: row.text(10)?.to_owned(),
        seq: row.opt_int(15)?.map(Seq),
        place: Place { bundle: row.text(11)?.to_owned(), offset: row.int(12)? as u64, length: row.int(13)? as u64 },
        body_length: row.int(14)? as usize,
    })
}

pub(crate) fn basis(word: &str) -> Result<Basis> {
    [Basis::Stated, Basis::Fetched, Basis::Phase, Basis::Assumed]
        .into_iter()
        .find(|basis| basis.as_str() == word)
        .ok_or_else(|| StoreError::damaged("a basis", word.to_owned()))
}

/// Replies that were archived and are not in the log, oldest first, after a place among them. Those that were archived together and are of
/// one moment come in the order in which they lie in their bundle: a crash does not change which of them is met first.
pub(crate) fn pending(connection: &mut dyn Connection, after: Option<PendingPlace>, limit: i64) -> Result<Vec<KeptReply>> {
    let mut replies = Vec::new();
    let sql = kept!(
        "where r.state = 'pending' and r.archived_at >= $1 and (r.archived_at, r.fetched_at, b.frame_offset, r.reply_id) > ($1, $2, $3, $4)
            order by r.archived_at, r.fetched_at, b.frame_offset, r.reply_id limit $5"
    );
    let [archived_at, fetched_at, offset, reply] = after.map_or([i64::MIN; 4], |place| place.0);
    connection.query(sql, &[archived_at.into(), fetched_at.into(), offset.into(), reply.into(), limit.into()], &mut |row| {
        replies.push(read(row)?);
        Ok(())
    })?;
    Ok(replies)
}

/// One reply.
pub(crate) fn get(connection: &mut dyn Connection, id: ReplyId) -> Result<Option<KeptReply>> {
    let mut reply = None;
    connection.query(kept!("where r.reply_id = $1"), &[id.0.into()], &mut |row| {
        reply = Some(read(row)?);
        Ok(())
    })?;
    Ok(reply)
}

/// Replies in the order in which the log has them, after one; those that were set aside or are pending are left out.
pub(crate) fn recorded_after(connection: &mut dyn Connection, after: Seq, limit: i64) -> Result<Vec<KeptReply>> {
    let mut replies = Vec::new();
    connection.query(kept!("where e.seq > $1 order by e.seq limit $2"), &[after.0.into(), limit.into()], &mut |row| {
        replies.push(read(row)?);
        Ok(())
    })?;
    Ok(replies)
}
