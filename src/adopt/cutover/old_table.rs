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
    /// Its type, as the server writes it (`uuid`, `bigint`).
    pub key_type: String,
    /// Its columns, and whether a new row must bring a value.
    pub columns: BTreeMap<String, bool>,
    /// The words that its checks let `status` have; `None` where none restricts it.
    pub statuses: Option<BTreeSet<String>>,
    /// Whether a trigger runs when a row is updated: columns may then change that we did not write.
    pub has_update_trigger: bool,
    /// Where other tables point to its rows: table and column.
    pub referred_from: Vec<(String, String)>,
    /// Columns that by their names and types hold lists of its keys: table and column.
    pub listed_in: Vec<(String, String)>,
    /// Columns that we may not set, and why: computed ones, and those that our role has no right to.
    pub closed: BTreeMap<String, String>,
    /// The words that its checks let columns have, by column.
    pub words: BTreeMap<String, BTreeSet<String>>,
    /// Why no row is added; `None` where rows may be.
    pub no_new_rows: Option<String>,
    /// Whether an index finds its rows by `event_id`, and that is of the same type as the key of the events.
    pub finds_by_event: bool,
}

impl OldTable {
    /// Looks a table up; `None` where it is not there, is no table, or its rows have no key of one column.
    ///
    /// # Errors
    /// What the server reports.
    pub fn look(tx: &mut Transaction<'_>, name: &str) -> Result<Option<Self>, Error> {
        let by_name: [(&(dyn postgres::types::ToSql + Sync), Type); 1] = [(&name, Type::TEXT)];
        let key = tx.query_typed(
            "select a.attname::text, format_type(a.atttypid, a.atttypmod) from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
             where n.nspname = 'public' and c.relname = $1 and c.relkind in ('r', 'p') and i.indisprimary and i.indnkeyatts = 1",
            &by_name,
        )?;
        let Some((key, key_type)) = key.first().map(|row| (row.get(0), row.get(1))) else { return Ok(None) };
        let words = words(tx, &by_name)?;
        let columns = columns(tx, &by_name)?;
        Ok(Some(Self {
            name: name.to_owned(),
            key,
            key_type,
            statuses: words.get("status").cloned(),
            has_update_trigger: has_update_trigger(tx, &by_name)?,
            referred_from: referred_from(tx, name)?,
            listed_in: named_from(tx, name, true)?,
            closed: columns.iter().filter_map(|column| Some((column.name.clone(), column.closed.clone()?))).collect(),
            columns: columns.into_iter().map(|column| (column.name, column.is_needed)).collect(),
            words,
            no_new_rows: no_new_rows(tx, &by_name)?,
            finds_by_event: finds_by_event(tx, &by_name)?,
        }))
    }

    /// A text as a value of one of its columns, in that column's own type: an index finds it.
    #[must_use]
    pub fn typed(&self, column: &str, text: &str) -> String {
        let (table, name, column) = (self.quoted(), quote_text(column), quote(column));
        format!("(jsonb_populate_record(null::{table}, jsonb_build_object({name}, {text}))).{column}")
    }

    /// The first of these columns that it has.
    #[must_use]
    pub fn first<'a>(&self, columns: &[&'a str]) -> Option<&'a str> {
        columns.iter().copied().find(|column| self.has(column))
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

/// A column as the catalogue tells it.
struct Column {
    name: String,
    is_needed: bool,
    closed: Option<String>,
}

fn columns(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<Vec<Column>, Error> {
    let rows = tx.query_typed(
        "select a.attname::text, a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '',
             case when a.attgenerated <> '' then 'the database computes it'
                 when a.attidentity = 'a' then 'the database numbers it'
                 when not has_column_privilege(c.oid, a.attnum, 'update')
                     then format('a right is missing: grant update on %s to %I', c.oid::regclass, current_user) end
         from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relname = $1 and a.attnum > 0 and not a.attisdropped",
        by_name,
    )?;
    Ok(rows.iter().map(|row| Column { name: row.get(0), is_needed: row.get(1), closed: row.get(2) }).collect())
}

/// The texts in quotes in the checks that speak of one column: what it may hold, as every check of this kind is written.
fn words(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
    let rows = tx.query_typed(
        "select a.attname::text, m[1] from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and k.conkey = array[a.attnum]
         cross join lateral regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''', 'g') m
         where n.nspname = 'public' and c.relname = $1 and k.contype = 'c'",
        by_name,
    )?;
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        words.entry(row.get(0)).or_default().insert(row.get(1));
    }
    Ok(words)
}

/// A row that row level security hides from us may be there already: then none is added.
fn no_new_rows(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<Option<String>, Error> {
    let row = tx.query_typed_one(
        "select case when row_security_active(c.oid)
                 then format('row level security may hide rows from us: alter role %I bypassrls', current_user)
             when not has_table_privilege(c.oid, 'insert')
                 then format('a right is missing: grant insert on %s to %I', c.oid::regclass, current_user) end
         from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relname = $1",
        by_name,
    )?;
    Ok(row.get(0))
}

fn finds_by_event(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<bool, Error> {
    let row = tx.query_typed_one(
        "select exists (select from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
             join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
         where n.nspname = 'public' and c.relname = $1 and a.attname = 'event_id' and i.indisvalid and i.indpred is null
             and m.amname in ('btree', 'hash') and a.atttypid in (select k.atttypid from pg_index p join pg_class e on e.oid = p.indrelid
                 join pg_attribute k on k.attrelid = e.oid and k.attnum = p.indkey[0]
                 where e.relnamespace = n.oid and e.relname in ('sports_events', 'sports_events_old') and p.indisprimary))",
        by_name,
    )?;
    Ok(row.get(0))
}

fn has_update_trigger(tx: &mut Transaction<'_>, by_name: &ByName<'_>) -> Result<bool, Error> {
    let row = tx.query_typed_one(
        "select exists (select from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relname = $1 and not t.tgisinternal and t.tgtype & 16 <> 0 and t.tgenabled <> 'D')",
        by_name,
    )?;
    Ok(row.get(0))
}

/// Keys, and columns that are none and refer by their name alone.
fn referred_from(tx: &mut Transaction<'_>, name: &str) -> Result<Vec<(String, String)>, Error> {
    let rows = tx.query_typed(
        "select format('%I.%I', fn.nspname, f.relname), format('%I', a.attname)
         from pg_constraint k join pg_class c on c.oid = k.confrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace
         join pg_attribute a on a.attrelid = f.oid and a.attnum = k.conkey[1]
         where n.nspname = 'public' and c.relname = $1 and k.contype = 'f' and cardinality(k.conkey) = 1 order by 1, 2",
        &[(&name, Type::TEXT)],
    )?;
    let mut found: BTreeSet<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    found.extend(named_from(tx, name, false)?);
    Ok(found.into_iter().collect())
}

/// How columns are called that hold keys of the known tables.
const NAMED: &[(&str, &str)] = &[
    ("sports_events", "event_id"),
    ("sports_events_old", "event_id"),
    ("bookmakers", "bookmaker_id"),
    ("market_types", "market_type_id"),
    ("player_prop_types", "prop_type_id"),
    ("players", "player_id"),
];

/// Columns of the key's type (or lists of it) in schema `public` that are called as what holds its keys.
fn named_from(tx: &mut Transaction<'_>, name: &str, is_list: bool) -> Result<Vec<(String, String)>, Error> {
    let Some((_, word)) = NAMED.iter().find(|(table, _)| *table == name) else { return Ok(Vec::new()) };
    let called = format!("(^|_){word}{}$", if is_list { "s" } else { "" });
    let rows = tx.query_typed(
        "select format('%I.%I', n.nspname, f.relname), format('%I', a.attname)
         from pg_index i join pg_class c on c.oid = i.indrelid and i.indisprimary
         join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[0]
         join pg_type t on t.oid = k.atttypid
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         join pg_class f on f.relnamespace = n.oid and f.relkind in ('r', 'p')
         join pg_attribute a on a.attrelid = f.oid and a.attnum > 0 and not a.attisdropped
         where c.relname = $1 and a.attname ~ $2 and a.atttypid = case when $3 then t.typarray else t.oid end order by 1, 2",
        &[(&name, Type::TEXT), (&called, Type::TEXT), (&is_list, Type::BOOL)],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
