//! What replies repeat is stored once and held in memory: scopes of asks, and names of the catalogue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use odds::Moment;
use odds::observation::Scope;

use crate::engine::Connection;
use crate::error::{Result, StoreError};

/// The scopes that were met so far.
#[derive(Default)]
pub(crate) struct Scopes {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_id: HashMap<i64, Arc<Scope>>,
    by_body: HashMap<String, i64>,
    names: HashMap<[u8; 32], ([u8; 32], Moment)>,
}

impl Scopes {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what a transaction that was given up may have brought.
    pub(crate) fn forget(&self) {
        *self.known() = Known::default();
    }

    /// Whether a catalogue row reads otherwise than this process has met it last, and is not older: replies repeat the same names
    /// for ever.
    pub(crate) fn is_new_name(&self, key: [&str; 3], value: [&str; 2], observed_at: Moment) -> bool {
        let (key, value) = (hash(&key), hash(&value));
        let mut known = self.known();
        let Some((last, newest)) = known.names.get_mut(&key) else {
            known.names.insert(key, (value, observed_at));
            return true;
        };
        let is_new = *last != value && *newest <= observed_at;
        if is_new {
            *last = value;
        }
        if *last == value {
            *newest = observed_at.max(*newest);
        }
        is_new
    }

    /// The number of a scope, given out now where it has none.
    pub(crate) fn id_of(&self, connection: &mut dyn Connection, scope: &Arc<Scope>, last: &mut i64) -> Result<i64> {
        let body = serde_json::to_string(&**scope).map_err(|error| StoreError::damaged("a scope", error))?;
        if let Some(id) = self.known().by_body.get(&body) {
            return Ok(*id);
        }
        let mut id = None;
        connection.query("select scope_id from @scopes where body = $1", &[(&body).into()], &mut |row| {
            id = Some(row.int(0)?);
            Ok(())
        })?;
        let id = match id {
            Some(id) => id,
            None => {
                *last += 1;
                connection.execute("insert into @scopes (scope_id, body) values ($1, $2)", &[(*last).into(), (&body).into()])?;
                *last
            }
        };
        self.known().by_body.insert(body, id);
        self.known().by_id.insert(id, Arc::clone(scope));
        Ok(id)
    }

    /// The scope of a number.
    pub(crate) fn get(&self, connection: &mut dyn Connection, id: i64) -> Result<Arc<Scope>> {
        if let Some(scope) = self.known().by_id.get(&id) {
            return Ok(Arc::clone(scope));
        }
        let mut body = None;
        connection.query("select body from @scopes where scope_id = $1", &[id.into()], &mut |row| {
            body = Some(row.text(0)?.to_owned());
            Ok(())
        })?;
        let body = body.ok_or_else(|| StoreError::Missing { what: "scope", id: id.to_string() })?;
        let scope: Arc<Scope> = Arc::new(serde_json::from_str(&body).map_err(|error| StoreError::damaged("a scope", error))?);
        self.known().by_id.insert(id, Arc::clone(&scope));
        Ok(scope)
    }
}

fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}
