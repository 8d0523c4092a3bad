//! API keys as they are kept: by name and hash, never the key itself. A revoked key stays in the list.

use odds::Moment;

use crate::engine::{Connection, Param, Row};
use crate::error::Result;
use crate::store::Store;

/// A key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeyRow {
    /// What it is called; no part of the secret.
    pub key_id: String,
    /// Whose it is, in the words of whoever made it.
    pub name: String,
    /// When it was made.
    pub created_at: Moment,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Moment>,
}

fn read(row: &dyn Row) -> Result<KeyRow> {
    Ok(KeyRow {
        key_id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        created_at: Moment::from_micros(row.int(2)?),
        revoked_at: row.opt_int(3)?.map(Moment::from_micros),
    })
}

fn all(connection: &mut dyn Connection, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<KeyRow>> {
    let mut keys = Vec::new();
    connection.query(sql, params, &mut |row| {
        keys.push(read(row)?);
        Ok(())
    })?;
    Ok(keys)
}

impl Store {
    /// Keeps a new key.
    ///
    /// # Errors
    /// What the engine reports; also where the id or the hash is there already.
    pub fn create_key(&self, name: &str, key_id: &str, key_hash: &[u8; 32], now: Moment) -> Result<()> {
        let sql = "insert into @keys (key_id, name, key_hash, created_at) values ($1, $2, $3, $4)";
        self.write(|connection| connection.execute(sql, &[key_id.into(), name.into(), key_hash.as_slice().into(), now.into()]).map(drop))
    }

    /// Every key, the oldest first, revoked ones too.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn keys(&self) -> Result<Vec<KeyRow>> {
        self.read(|connection| all(connection, "select key_id, name, created_at, revoked_at from @keys order by created_at, key_id", &[]))
    }

    /// Revokes a key; says whether there was one that was not revoked yet. Twice changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn revoke_key(&self, key_id: &str, now: Moment) -> Result<bool> {
        let sql = "update @keys set revoked_at = $1 where key_id = $2 and revoked_at is null";
        self.write(|connection| Ok(connection.execute(sql, &[now.into(), key_id.into()])? > 0))
    }

    /// The key of a hash, revoked or not.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn find_key(&self, key_hash: &[u8; 32]) -> Result<Option<KeyRow>> {
        let sql = "select key_id, name, created_at, revoked_at from @keys where key_hash = $1";
        self.read(|connection| Ok(all(connection, sql, &[key_hash.as_slice().into()])?.pop()))
    }
}
