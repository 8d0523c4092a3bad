//! API keys: who may read over HTTP. A key is shown once, when it is made; at rest there is its hash alone.

use odds::Moment;

use crate::engine::{Connection, Row};
use crate::error::{Result, StoreError};
use crate::store::Store;

/// What every key begins with, so that one is known for what it is wherever it turns up.
pub const PREFIX: &str = "pp_";
/// What a key may that may decide.
const DECIDE: &str = "decide";
const LONGEST_NAME: usize = 80;

/// A key as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public name in lists and logs: 12 hexadecimal digits, no part of the key itself.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Moment,
    /// Since when it opens nothing.
    pub revoked_at: Option<Moment>,
    /// Whether it may decide which listing is which event, besides reading.
    pub may_decide: bool,
    hash: blake3::Hash,
}

impl ApiKey {
    /// Whether a text is this key and opens. The hashes are compared in constant time.
    #[must_use]
    pub fn is_opened_by(&self, text: &str) -> bool {
        self.hash == blake3::hash(text.as_bytes()) && self.revoked_at.is_none()
    }
}

/// The key that a text is. All are compared, so that the time taken tells nothing of which.
#[must_use]
pub fn find<'a>(keys: &'a [ApiKey], text: &str) -> Option<&'a ApiKey> {
    let hash = blake3::hash(text.as_bytes());
    keys.iter().fold(None, |found, key| if key.hash == hash && key.revoked_at.is_none() { Some(key) } else { found })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(row: &dyn Row) -> Result<ApiKey> {
    let hash = <[u8; 32]>::try_from(row.blob(2)?).map_err(|error| StoreError::damaged("an API key", error))?;
    Ok(ApiKey {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        hash: blake3::Hash::from_bytes(hash),
        created_at: Moment::from_micros(row.int(3)?),
        revoked_at: row.opt_int(4)?.map(Moment::from_micros),
        may_decide: row.text(5)? == DECIDE,
    })
}

fn all(connection: &mut dyn Connection) -> Result<Vec<ApiKey>> {
    let mut keys = Vec::new();
    let sql = "select key_id, name, key_hash, created_at, revoked_at, may from @keys order by created_at, key_id";
    connection.query(sql, &[], &mut |row| {
        keys.push(read(row)?);
        Ok(())
    })?;
    Ok(keys)
}

impl Store {
    /// Makes a key of 32 random bytes that the caller drew; gives it with its text, which is not kept.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn create_key(&self, name: &str, random: [u8; 32], now: Moment) -> Result<(ApiKey, String)> {
        self.create_key_that(name, false, random, now)
    }

    /// The same, for one that may decide besides.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn create_key_that(&self, name: &str, may_decide: bool, random: [u8; 32], now: Moment) -> Result<(ApiKey, String)> {
        let text = format!("{PREFIX}{}", hex(&random));
        let hash = blake3::hash(text.as_bytes());
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
        let key = ApiKey { id: hex(&hash.as_bytes()[..6]), name, created_at: now, revoked_at: None, may_decide, hash };
        self.write(|connection| {
            let sql = "insert into @keys (key_id, name, key_hash, created_at, revoked_at, may) values ($1, $2, $3, $4, null, $5)";
            let hash: &[u8] = key.hash.as_bytes();
            let may = if key.may_decide { DECIDE } else { "" };
            connection.execute(sql, &[(&key.id).into(), (&key.name).into(), hash.into(), key.created_at.into(), may.into()])
        })?;
        Ok((key, text))
    }

    /// Every key that was ever made, oldest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn keys(&self) -> Result<Vec<ApiKey>> {
        self.read(all)
    }

    /// Revokes a key; gives whether it had opened until now. A second time changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn revoke_key(&self, id: &str, now: Moment) -> Result<bool> {
        let sql = "update @keys set revoked_at = $1 where key_id = $2 and revoked_at is null";
        self.write(|connection| connection.execute(sql, &[now.into(), id.into()])).map(|touched| touched > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Sqlite;

    #[test]
    fn a_key_opens_until_it_is_revoked_and_is_nowhere_in_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let store = Store::new(Box::new(Sqlite::at(path.to_str().unwrap())), folder.path().join("archive"));
        store.migrate_up().unwrap();
        let now = Moment::from_secs(1_700_000_000);
        let (key, text) = store.create_key("laptop\n", [7; 32], now).unwrap();
        assert_eq!((key.name.as_str(), text.len(), key.id.len()), ("laptop", 67, 12));
        let keys = store.keys().unwrap();
        assert_eq!(find(&keys, &text), Some(&key));
        assert!(keys[0].is_opened_by(&text) && find(&keys, &text[..66]).is_none() && find(&keys, "").is_none());
        for file in std::fs::read_dir(folder.path()).unwrap().filter_map(|file| std::fs::read(file.unwrap().path()).ok()) {
            assert!(!file.windows(20).any(|bytes| bytes == &text.as_bytes()[3..23]), "the key itself is at rest");
        }
        assert!(store.revoke_key(&key.id, now).unwrap());
        assert!(!store.revoke_key(&key.id, now).unwrap() && !store.revoke_key("0", now).unwrap());
        assert!(find(&store.keys().unwrap(), &text).is_none());
    }
}
