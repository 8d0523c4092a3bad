//! The index of the archive: which replies are there, and which of them the log does not have yet.

use std::collections::BTreeMap;

use odds::id::{ReplyId, ReplyKey};
use odds::reply::{Basis, Reply, Request};
use odds::{Moment, Seq};

use crate::archive::{Archive, Bundle, Header, Place};
use crate::engine::{Connection, Param};
use crate::error::{Result, StoreError};

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

impl KeptReply {
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

/// Writes the bundle of a batch and its index rows: the rows are there only if the bytes are. Replies that are there already
/// are left as they are. Gives the ids, in order.
pub(crate) fn archive(connection: &mut dyn Connection, archive: &Archive, arrived: &[Arrived<'_>], now: Moment) -> Result<Vec<ReplyId>> {
    let mut bundle = Bundle::default();
    let mut rows = Vec::new();
    let mut bodies: BTreeMap<[u8; 32], (u64, u64, usize)> = BTreeMap::new();
    let mut ids = Vec::with_capacity(arrived.len());
    let mut seen = std::collections::HashSet::new();
    for one in arrived {
        let key = one.reply.key();
        let (id, is_known) = id_of(connection, key)?;
        ids.push(id);
        if is_known || !seen.insert(id) {
            continue;
        }
        let hash = *blake3::hash(one.reply.body).as_bytes();
        let is_new = !bodies.contains_key(&hash) && !has_body(connection, &hash)?;
        let place = bundle.add(&header(&one.reply, key, &hash, now), is_new.then_some(one.reply.body))?;
        if is_new {
            bodies.insert(hash, (place.0, place.1, one.reply.body.len()));
        }
        rows.push((one, key, id, hash));
    }
    if rows.is_empty() {
        return Ok(ids);
    }
    let name = bundle.name(now);
    archive.write(&bundle, &name)?;
    connection.begin()?;
    let written = insert(connection, &name, &bodies, &rows, now);
    match written {
        Ok(()) => connection.commit()?,
        Err(error) => {
            connection.rollback()?;
            return Err(error);
        }
    }
    Ok(ids)
}

fn header(reply: &Reply<'_>, key: ReplyKey, hash: &[u8; 32], now: Moment) -> Header {
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
    }
}

/// The id of a key, and whether it is there already: its first 63 bits, or the next free number in the one case in a billion that another key has them.
pub(crate) fn id_of(connection: &mut dyn Connection, key: ReplyKey) -> Result<(ReplyId, bool)> {
    let mut id = key.id();
    loop {
        let mut holder: Option<Vec<u8>> = None;
        connection.query("select reply_key from @replies where reply_id = $1", &[id.0.into()], &mut |row| {
            holder = Some(row.blob(0)?.to_vec());
            Ok(())
        })?;
        match holder {
            None => return Ok((id, false)),
            Some(held) if held == key.0 => return Ok((id, true)),
            Some(_) => id.0 = id.0.wrapping_add(1) & i64::MAX,
        }
    }
}

fn has_body(connection: &mut dyn Connection, hash: &[u8; 32]) -> Result<bool> {
    let mut found = false;
    connection.query("select 1 from @bodies where body_hash = $1", &[hash.as_slice().into()], &mut |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

type NewReply<'a, 'b> = (&'a Arrived<'b>, ReplyKey, ReplyId, [u8; 32]);

fn insert(
    connection: &mut dyn Connection,
    bundle: &str,
    bodies: &BTreeMap<[u8; 32], (u64, u64, usize)>,
    rows: &[NewReply<'_, '_>],
    now: Moment,
) -> Result<()> {
    for (hash, (offset, length, size)) in bodies {
        let sql = "insert into @bodies (body_hash, bundle, frame_offset, frame_length, body_length) values ($1, $2, $3, $4, $5)
            on conflict (body_hash) do nothing";
        connection.execute(
            sql,
            &[hash.as_slice().into(), bundle.into(), (*offset as i64).into(), (*length as i64).into(), (*size as i64).into()],
        )?;
    }
    for (one, key, id, hash) in rows {
        insert_reply(connection, &one.reply, *id, *key, hash, now, one.ask, one.is_for_the_log)?;
    }
    Ok(())
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

/// Replies that were archived and are not in the log, oldest first.
pub(crate) fn pending(connection: &mut dyn Connection, limit: i64) -> Result<Vec<KeptReply>> {
    let mut replies = Vec::new();
    let sql = kept!("where r.state = 'pending' order by r.archived_at, r.fetched_at, r.reply_id limit $1");
    connection.query(sql, &[limit.into()], &mut |row| {
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
