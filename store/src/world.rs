//! Reading the whole store in the order of the world, one piece at a time: what a canonical dump is made of.

use odds::Moment;
use odds::id::Seq;
use odds::observation::Problem;

use crate::error::{Result, StoreError};
use crate::store::Store;

/// A reply with what does not depend on when it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldReply {
    /// Its key, in hexadecimal.
    pub key: String,
    /// The provider's key.
    pub provider: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// What was asked, canonical.
    pub request: String,
    /// HTTP status.
    pub status: i64,
    /// The moment that it describes.
    pub observed_at: Moment,
    /// What that rests on.
    pub basis: String,
    /// BLAKE3 of the body, in hexadecimal.
    pub body: String,
    /// `pending`, `recorded` or `set_aside`.
    pub state: String,
    /// What absence means in it, as JSON; empty where it is not in the log.
    pub scope: String,
    /// Its entry, to ask for what hangs on it.
    pub seq: Option<Seq>,
}

/// A name that a provider gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldName {
    /// The provider's key.
    pub provider: String,
    /// What it names.
    pub kind: String,
    /// The provider's key of it.
    pub key: String,
    /// The name for people.
    pub title: String,
    /// Further properties, as JSON, or empty.
    pub detail: String,
}

const BINARY: &str = "select provider, kind, key, title, detail from @catalogue order by provider, kind, key";
const COLLATED: &str =
    "select provider, kind, key, title, detail from @catalogue order by provider collate \"C\", kind collate \"C\", key collate \"C\"";

impl Store {
    /// Hands on every reply, in the order of the world.
    ///
    /// # Errors
    /// What the engine or the function reports.
    pub fn for_each_reply(&self, on_reply: &mut dyn FnMut(WorldReply) -> Result<()>) -> Result<()> {
        let sql = "select coalesce(e.observed_at, r.fetched_at), r.reply_key, r.provider, r.endpoint, r.request, r.status,
            coalesce(e.basis, r.basis), r.body_hash, r.state, coalesce(s.body, ''), e.seq
            from @replies r left join @entries e on e.reply_id = r.reply_id left join @scopes s on s.scope_id = e.scope_id
            order by 1, 2";
        let mut reader = self.pool.reader()?;
        reader.query(sql, &[], &mut |row| {
            on_reply(WorldReply {
                observed_at: Moment::from_micros(row.int(0)?),
                key: hex(row.blob(1)?)?,
                provider: row.text(2)?.to_owned(),
                endpoint: row.text(3)?.to_owned(),
                request: row.text(4)?.to_owned(),
                status: row.int(5)?,
                basis: row.text(6)?.to_owned(),
                body: hex(row.blob(7)?)?,
                state: row.text(8)?.to_owned(),
                scope: row.text(9)?.to_owned(),
                seq: row.opt_int(10)?.map(Seq),
            })
        })
    }

    /// What could not be used of an entry's reply, in its order.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn problems_of(&self, seq: Seq) -> Result<Vec<Problem>> {
        self.read(|connection| {
            let mut problems = Vec::new();
            let sql = "select path, reason, detail from @problems where seq = $1 order by i";
            connection.query(sql, &[seq.0.into()], &mut |row| {
                let reason = serde_json::from_value(serde_json::Value::from(row.text(1)?))
                    .map_err(|error| StoreError::damaged("a problem", error))?;
                problems.push(Problem { path: row.text(0)?.to_owned(), reason, detail: row.text(2)?.to_owned() });
                Ok(())
            })?;
            Ok(problems)
        })
    }

    /// Hands on every name that providers give, sorted byte by byte.
    ///
    /// # Errors
    /// What the engine or the function reports.
    pub fn for_each_name(&self, on_name: &mut dyn FnMut(WorldName) -> Result<()>) -> Result<()> {
        let sql = if self.engine().name() == "postgres" { COLLATED } else { BINARY };
        let mut reader = self.pool.reader()?;
        reader.query(sql, &[], &mut |row| {
            on_name(WorldName {
                provider: row.text(0)?.to_owned(),
                kind: row.text(1)?.to_owned(),
                key: row.text(2)?.to_owned(),
                title: row.text(3)?.to_owned(),
                detail: row.text(4)?.to_owned(),
            })
        })
    }
}

fn hex(bytes: &[u8]) -> Result<String> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| StoreError::damaged("a hash", format!("{} bytes", bytes.len())))?;
    Ok(blake3::Hash::from_bytes(bytes).to_hex().to_string())
}
