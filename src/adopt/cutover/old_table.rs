//! An old table as the catalogue shows it: which columns it has, how its rows are named, what sets columns by itself.

use std::collections::{BTreeMap, BTreeSet};

use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value};

/// A table that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldTable {
    /// Its name in schema `public`.
    pub name: String,
    /// The column that names a row.
    pub key: String,
    /// Its columns, and whether a new row must bring a value.
    pub columns: BTreeMap<String, bool>,
    /// The words that its checks let `status` have; `None` where none restricts it.
    pub statuses: Option<BTreeSet<String>>,
    /// Whether a trigger runs when a row is updated: columns may then change that we did not write.
    pub has_update_trigger: bool,
    /// Where other tables point to its rows: table and column.
    pub referred_from: Vec<(String, String)>,
}

impl OldTable {
    /// Looks a table up; `None` where it is not there, is no table, or its rows have no key of one column.
    ///
    /// # Errors
    /// What the server reports.
    pub fn look(tx: &mut Transaction<'_>, name: &str) -> Result<Option<Self>, Error> {
        let by_name: [(&(dyn postgres::types::ToSql + Sync), Type); 1] = [(&name, Type::TEXT)];
        let key = tx.query_typed(
            "select a.attname::text from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
             where n.nspname = 'public' and c.relname = $1 and c.relkind in ('r', 'p') and i.indisprimary and i.indnkeyatts = 1",
            &by_name,
        )?;
        let Some(key) = key.first().map(|row| row.get(0)) else { return Ok(None) };
        Ok(Some(Self {
            name: name.to_owned(),
            key,
            columns: columns(tx, &by_name)?,
            statuses: statuses(tx, &by_name)?,
            has_update_trigger: has_update_trigger(tx, &by_name)?,
            referred_from: referred_from(tx, &by_name)?,
        }))
    }

    /// Its name as a statement writes it.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("public.{}", quote(&self.name))
    }

    /// The key of a text, in the key's own type: an index finds it.
    #[must_use]
    pub fn keyed(&self, text: &str) -> String {
        let (table, name, key) = (self.quoted(), quote_text(&self.key), quote(&self.key));
        format!("(jsonb_populate_record(null::{table}, jsonb_build_object({name}, {text}))).{key}")
    }

    /// Whether it has a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// Whether `status` may hold a word.
    #[must_use]
    pub fn takes_status(&self, word: &str) -> bool {
        self.has("status") && self.statuses.as_ref().is_none_or(|words| words.contains(word))
    }

    /// Columns that a new row must bring and this one does not.
    #[must_use]
    pub fn missing_in(&self, row: &Map<String, Value>) -> Vec<String> {
        let is_missing = |name: &str| row.get(name).is_none_or(Value::is_null);
        self.columns.iter().filter(|(name, must)| **must && is_missing(name)).map(|(name, _)| name.clone()).collect()
    }

    /// What names a row.
    #[must_use]
    pub fn key_of(&self, row: &Map<String, Value>) -> Option<String> {
        match row.get(&self.key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// A text as a statement writes it.
#[must_use]
pub fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as a statement writes it.
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

type ByName<'a> = [(&'a (dyn postgres::types::ToSql + Sync), Type); 1];

fn columns(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<BTreeMap<String, bool>, Error> {
    let rows = tx.query_typed(
        "select column_name::text, is_nullable = 'NO' and column_default is null and is_identity = 'NO' and is_generated = 'NEVER'
         from information_schema.columns where table_schema = 'public' and table_name = $1",
        by_name,
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The texts in quotes in the checks that speak of `status`: what they may hold, as every check of this kind is written.
fn statuses(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<Option<BTreeSet<String>>, Error> {
    let rows = tx.query_typed(
        "select m[1] from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'status' and k.conkey = array[a.attnum]
         cross join lateral regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''', 'g') m
         where n.nspname = 'public' and c.relname = $1 and k.contype = 'c'",
        by_name,
    )?;
    let words: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok((!words.is_empty()).then_some(words))
}

fn has_update_trigger(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<bool, Error> {
    let row = tx.query_typed_one(
        "select exists (select from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relname = $1 and not t.tgisinternal and t.tgtype & 16 <> 0 and t.tgenabled <> 'D')",
        by_name,
    )?;
    Ok(row.get(0))
}

fn referred_from(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<Vec<(String, String)>, Error> {
    let rows = tx.query_typed(
        "select format('%I.%I', fn.nspname, f.relname), format('%I', a.attname)
         from pg_constraint k join pg_class c on c.oid = k.confrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace
         join pg_attribute a on a.attrelid = f.oid and a.attnum = k.conkey[1]
         where n.nspname = 'public' and c.relname = $1 and k.contype = 'f' and cardinality(k.conkey) = 1 order by 1, 2",
        by_name,
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
