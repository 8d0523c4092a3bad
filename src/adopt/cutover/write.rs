//! Writes what is wanted into an old table, and the ledger of it, in the caller's transaction.
//!
//! One statement a row: the row and its lines in the ledger are there together. A row that the database will not have is noted with the
//! reason and keeps nobody else waiting; a row that somebody holds is left for later, nobody waits for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postgres::error::SqlState;
use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value, json};

use super::batch::Params;
use super::ledger::{Ledger, forget_refused, is_a_write, lately_refused, note_refused, note_theirs};
use super::old_table::{OldTable, quote, quote_text};
use super::reconcile::{Field, Step};

/// What an old row should hold.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The row; `None` where there is none yet.
    pub key: Option<String>,
    /// The event that it is of; empty where it is of none.
    pub event: String,
    /// The fields that we have a value for.
    pub fields: BTreeMap<Field, Value>,
    /// Fields that are written only where nothing stands, or what we wrote.
    pub gentle: BTreeMap<Field, Value>,
    /// Fields that are written only together with another of the row: they change though nothing has.
    pub along: BTreeMap<Field, Value>,
    /// The row as it would be added; `None` where rows of this kind are never added.
    pub new: Option<Map<String, Value>>,
}

impl Wanted {
    fn all(&self) -> impl Iterator<Item = (&Field, &Value)> {
        self.fields.iter().chain(&self.gentle).chain(&self.along)
    }

    /// The old event that a new row points to.
    fn parent(&self) -> Option<&str> {
        self.new.as_ref()?.get("event_id")?.as_str()
    }

    /// What a refusal is noted under: the row, or what would name it.
    pub(super) fn subject(&self) -> String {
        let of_new = || {
            let new = self.new.as_ref()?;
            let words: Vec<String> = new.values().filter(|value| value.is_string()).map(|value| value.to_string()).take(4).collect();
            Some(format!("new row {}", words.join(" ")))
        };
        self.key.clone().or_else(of_new).unwrap_or_default()
    }
}

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// Rows in which something was written.
    pub written: u64,
    /// Rows that were added.
    pub added: u64,
    /// Fields that were left to whoever else writes them.
    pub theirs: u64,
    /// Rows whose turn comes later: one write a minute a row, and rows that somebody holds just now.
    pub later: u64,
    /// Rows that the database would not have, or that lack a column that they must have and we know nothing of.
    pub refused: u64,
}

impl Done {
    /// Rows that were touched.
    pub(super) const fn touched(&self) -> u64 {
        self.written + self.added + self.refused
    }

    /// Both together.
    pub(super) const fn add(&mut self, other: &Self) {
        self.written += other.written;
        self.added += other.added;
        self.theirs += other.theirs;
        self.later += other.later;
        self.refused += other.refused;
    }
}

/// Events of which something is still to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// At once, in another transaction.
    pub now: BTreeSet<String>,
    /// In so many seconds.
    pub later: BTreeMap<String, f64>,
    /// Rows that were added: the old event that each points to, and its key.
    pub added: Vec<(String, String)>,
}

impl Left {
    /// Both together.
    pub(super) fn merge(&mut self, other: Self) {
        self.now.extend(other.now);
        other.later.iter().for_each(|(event, secs)| self.wait(event, *secs));
    }

    fn wait(&mut self, event: &str, secs: f64) {
        let waits = self.later.entry(event.to_owned()).or_insert(secs);
        *waits = waits.min(secs);
    }
}

/// Seconds between two writes into one row.
pub const PACE_SECS: f64 = 60.0;
/// Seconds until a row is tried again that somebody holds.
const HELD_SECS: f64 = 5.0;
/// Rows in one transaction: none is held for long.
pub const MOST_ROWS: u64 = 40;

/// Writes, into [`MOST_ROWS`] rows at most. Rows that were written less than [`PACE_SECS`] ago are left for later; the events of what is
/// left are given back.
///
/// # Errors
/// What the server reports; the transaction is to be given up then.
pub fn write(tx: &mut Transaction<'_>, table: &OldTable, wanted: &[Wanted], done: &mut Done) -> Result<Left, Error> {
    let wanted = shaped(tx, table, wanted)?;
    let keys: Vec<&str> = wanted.iter().filter_map(|row| row.key.as_deref()).collect();
    let rows = rows_of(tx, table, &keys, "")?;
    let ledger = Ledger::read(tx, table, &keys)?;
    let refused = lately_refused(tx, table)?;
    let (mut left, before) = (Left::default(), done.touched());
    for want in wanted.iter().filter(|want| !refused.contains(&want.subject())) {
        let is_full = done.touched() - before >= MOST_ROWS;
        let waits = match &want.key {
            Some(key) => {
                let Some(read) = rows.get(key) else { continue };
                let steps = ledger.steps(table, key, &read.row, want);
                note_theirs(tx, table, key, &steps, &ledger)?;
                done.theirs += steps.iter().filter(|(_, step, _)| matches!(step, Step::Theirs { .. })).count() as u64;
                match ledger.waits.get(key) {
                    _ if !is_a_write(&steps) => continue,
                    Some(secs) => Some(*secs),
                    None if is_full => None,
                    None => trying(tx, table, want, done, |tx| change(tx, table, key, want, &ledger))?,
                }
            }
            None if want.new.is_none() => continue,
            None if is_full => None,
            None => {
                let (mut key, before) = (None, done.added);
                let waits = trying(tx, table, want, done, |tx| add(tx, table, want, &mut key))?;
                if let (Some(key), Some(event)) = (key.filter(|_| done.added > before), want.parent()) {
                    left.added.push((event.to_owned(), key));
                }
                waits
            }
        };
        match waits {
            Some(secs) => {
                done.later += 1;
                left.wait(&want.event, secs);
            }
            None if is_full => drop(left.now.insert(want.event.clone())),
            None => {}
        }
    }
    Ok(left)
}

/// What came of one row.
enum Came {
    Written,
    Added,
    /// Nothing was to be done any more.
    Nothing,
    /// Somebody holds it.
    Held,
    Refused(String),
}

/// Writes one row between two marks, so that what the database will not have leaves the rows before it. Gives the seconds to wait.
fn trying(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    want: &Wanted,
    done: &mut Done,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<Came, Error>,
) -> Result<Option<f64>, Error> {
    let mut marked = tx.transaction()?;
    let came = match work(&mut marked) {
        Ok(came) => {
            marked.commit()?;
            came
        }
        Err(error) => {
            marked.rollback()?;
            match error.code() {
                Some(&SqlState::LOCK_NOT_AVAILABLE) => Came::Held,
                Some(state) if is_refusal(state) => Came::Refused(said(&error)),
                _ => return Err(error),
            }
        }
    };
    match came {
        Came::Written => done.written += 1,
        Came::Added => done.added += 1,
        Came::Nothing => {}
        Came::Held => return Ok(Some(HELD_SECS)),
        Came::Refused(reason) => {
            done.refused += 1;
            note_refused(tx, table, want, &reason)?;
            return Ok(None);
        }
    }
    forget_refused(tx, table, want)?;
    Ok(None)
}

/// What the data, the constraints, the policies or the triggers of the old database say no to; all else is a failure of ours or of the way.
pub(super) fn is_refusal(state: &SqlState) -> bool {
    let is_of_a_class = ["22", "23", "44", "P0"].iter().any(|class| state.code().starts_with(class));
    // A table that is published without a replica identity takes no updates from anybody.
    is_of_a_class || *state == SqlState::INSUFFICIENT_PRIVILEGE || *state == SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE
}

fn said(error: &Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

/// A row as the server writes it, and as we read it: figures keep their spelling in the text alone.
pub(super) struct Read {
    pub text: String,
    pub row: Map<String, Value>,
}

impl Read {
    pub(super) fn of(text: String) -> Self {
        let row = serde_json::from_str(&text).expect("the server's own JSON of a row");
        Self { text, row }
    }
}

/// The rows of these keys, held until the transaction ends.
pub(super) fn rows_for_update(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str]) -> Result<HashMap<String, Read>, Error> {
    rows_of(tx, table, keys, "for no key update")
}

fn rows_of(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str], hold: &str) -> Result<HashMap<String, Read>, Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select to_jsonb(t)::text from {} t where t.{key} in (select {} from unnest($1::text[]) k) order by t.{key} {hold}",
        table.quoted(),
        table.keyed("k"),
        key = quote(&table.key),
    );
    let rows = tx.query_typed(&sql, &[(&keys, Type::TEXT_ARRAY)])?;
    let rows = rows.iter().map(|found| Read::of(found.get(0)));
    Ok(rows.filter_map(|read| Some((table.key_of(&read.row)?, read))).collect())
}

/// What is wanted, each value as its column would hold it: rounded, cut and spelt by the column's type, so that what is the same is told.
fn shaped(tx: &mut Transaction<'_>, table: &OldTable, wanted: &[Wanted]) -> Result<Vec<Wanted>, Error> {
    let document = |want: &Wanted| {
        let whole = want.all().filter(|(field, _)| field.key.is_none() && table.has(&field.column));
        Value::Object(whole.map(|(field, value)| (field.column.clone(), value.clone())).collect()).to_string()
    };
    let documents: Vec<String> = wanted.iter().map(document).collect();
    let sql = format!(
        "select to_jsonb(jsonb_populate_record(null::{}, d.doc::jsonb))::text from unnest($1::text[]) with ordinality d(doc, n) order by n",
        table.quoted()
    );
    let mut marked = tx.transaction()?;
    let rows = match marked.query_typed(&sql, &[(&documents, Type::TEXT_ARRAY)]) {
        Ok(rows) => {
            marked.commit()?;
            rows
        }
        // One of the values is none for its column: that row will be refused, the others are as they are.
        Err(error) if error.code().is_some_and(is_refusal) => {
            marked.rollback()?;
            return Ok(wanted.to_vec());
        }
        Err(error) => return Err(error),
    };
    let mut wanted = wanted.to_vec();
    for (want, row) in wanted.iter_mut().zip(&rows) {
        let shaped = Read::of(row.get(0)).row;
        for (field, value) in want.fields.iter_mut().chain(&mut want.gentle).chain(&mut want.along) {
            if let (None, Some(shape)) = (&field.key, shaped.get(&field.column)) {
                value.clone_from(shape);
            }
        }
    }
    Ok(wanted)
}

/// Writes what a row is to hold, into the row as it is once we hold it.
fn change(tx: &mut Transaction<'_>, table: &OldTable, key: &str, want: &Wanted, ledger: &Ledger) -> Result<Came, Error> {
    let held = rows_of(tx, table, &[key], "for no key update skip locked")?;
    let Some(read) = held.get(key) else { return Ok(Came::Held) };
    let steps = ledger.steps(table, key, &read.row, want);
    let values: BTreeMap<&Field, &Value> =
        steps.iter().filter(|(_, step, _)| matches!(step, Step::Write { .. })).map(|(field, _, value)| (*field, *value)).collect();
    if values.is_empty() {
        return Ok(Came::Nothing);
    }
    let is_written = set_fields(tx, table, (key, &want.event), read, &values)?;
    Ok(if is_written { Came::Written } else { Came::Refused("a policy of the table lets nothing be written into this row".to_owned()) })
}

/// Sets fields of a row, and notes in the ledger the row and each field as it was before our first write, and as it is now: a type may round,
/// a trigger may change it. Keys are set on the server, so that what else is in their column keeps its spelling to the letter. Of a row that
/// we added it is noted how we left it; columns that changed though we did not ask are noted apart.
fn set_fields(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    (key, event): (&str, &str),
    read: &Read,
    values: &BTreeMap<&Field, &Value>,
) -> Result<bool, Error> {
    let sql = format!(
        "with was as (select $3::text::jsonb as row),
         now as (update {table} t set {set} where t.{name} = {key} returning to_jsonb(t) as row),
         of_row as (
             insert into predictive_play.old_rows (old_table, row_key, is_added, event_id, before, apart, first_at, written_at)
             select $4, $1, false, $5, was.row, array(select a.key from jsonb_each(now.row) a
                 where a.value is distinct from was.row -> a.key and a.key <> all($6)), clock_timestamp(), clock_timestamp() from was, now
             on conflict (old_table, row_key) do update set written_at = excluded.written_at, undone = null,
                 apart = array(select unnest(old_rows.apart) union select unnest(excluded.apart)),
                 is_added = old_rows.is_added and old_rows.undone is null,
                 before = case when old_rows.undone is not null then excluded.before when old_rows.is_added then (select now.row from now)
                     else old_rows.before end),
         of_fields as (
             insert into predictive_play.old_fields (old_table, row_key, field, before, written, asked, state, written_at)
             select $4, $1, f.name, was.row #> f.path, now.row #> f.path, f.asked, 'ours', clock_timestamp()
             from was, now, jsonb_to_recordset($7::text::jsonb) f(name text, path text[], asked jsonb)
             on conflict (old_table, row_key, field) do update
             set written = excluded.written, asked = excluded.asked, state = 'ours', found = null, wanted = null,
                 written_at = excluded.written_at,
                 before = case when old_fields.state in ('put_back', 'kept') then excluded.before else old_fields.before end)
         select count(*) from now",
        table = table.quoted(),
        set = assignments(table, values),
        name = quote(&table.key),
        key = table.keyed("$1::text"),
    );
    let (document, fields) = (document(values).to_string(), noted(values).to_string());
    let columns: Vec<&str> = values.keys().map(|field| field.column.as_str()).collect();
    let params: Params<'_> = vec![
        (&key, Type::TEXT),
        (&document, Type::TEXT),
        (&read.text, Type::TEXT),
        (&table.name, Type::TEXT),
        (&event, Type::TEXT),
        (&columns, Type::TEXT_ARRAY),
        (&fields, Type::TEXT),
    ];
    Ok(tx.query_typed_one(&sql, &params)?.get::<_, i64>(0) > 0)
}

/// What is set, as one document: columns, and keys inside columns.
fn document(values: &BTreeMap<&Field, &Value>) -> Value {
    let mut document = Map::new();
    for (field, value) in values {
        match &field.key {
            Some(key) => document.entry(field.column.clone()).or_insert_with(|| json!({}))[key] = (*value).clone(),
            None => drop(document.insert(field.column.clone(), (*value).clone())),
        }
    }
    Value::Object(document)
}

fn noted(values: &BTreeMap<&Field, &Value>) -> Value {
    let path = |field: &Field| std::iter::once(&field.column).chain(&field.key).cloned().collect::<Vec<_>>();
    values.iter().map(|(field, asked)| json!({"name": field.name(), "path": path(field), "asked": asked})).collect()
}

fn assignments(table: &OldTable, values: &BTreeMap<&Field, &Value>) -> String {
    let columns: BTreeMap<&str, bool> = values.keys().map(|field| (field.column.as_str(), field.key.is_some())).collect();
    let set = columns.iter().map(|(column, is_keyed)| match is_keyed {
        true => format!("{0} = t.{0}::jsonb || ($2::text::jsonb -> {1})", quote(column), quote_text(column)),
        false => format!(
            "{} = {}",
            quote(column),
            format_args!("(jsonb_populate_record(null::{}, $2::text::jsonb)).{}", table.quoted(), quote(column))
        ),
    });
    set.collect::<Vec<_>>().join(", ")
}

/// Adds a row, and notes how we left it; `key` gets its key.
fn add(tx: &mut Transaction<'_>, table: &OldTable, want: &Wanted, key: &mut Option<String>) -> Result<Came, Error> {
    Ok(match add_row(tx, table, want)? {
        Ok(added) => {
            *key = Some(added);
            Came::Added
        }
        Err(reason) => Came::Refused(reason),
    })
}

/// Adds one row of a list that others refer to, or notes why not; gives its key.
///
/// # Errors
/// What the server reports.
pub(super) fn add_to_list(tx: &mut Transaction<'_>, table: &OldTable, want: &Wanted, done: &mut Done) -> Result<Option<String>, Error> {
    let mut key = None;
    trying(tx, table, want, done, |tx| add(tx, table, want, &mut key))?;
    Ok(key)
}

fn add_row(tx: &mut Transaction<'_>, table: &OldTable, want: &Wanted) -> Result<Result<String, String>, Error> {
    let new = want.new.iter().flatten().filter(|(name, value)| table.has(name) && !value.is_null());
    let new: Map<String, Value> = new.map(|(name, value)| (name.clone(), value.clone())).collect();
    let missing = table.missing_in(&new);
    if !missing.is_empty() {
        return Ok(Err(format!("it must have {}, which we know nothing of", missing.join(", "))));
    }
    let names: Vec<String> = new.keys().map(|name| quote(name)).collect();
    let values: Vec<String> = names.iter().map(|name| format!("n.{name}")).collect();
    let sql = format!(
        "with added as (
             insert into {table} as t ({}) select {} from jsonb_populate_record(null::{table}, $1::text::jsonb) n on conflict do nothing
             returning to_jsonb(t) as row)
         insert into predictive_play.old_rows (old_table, row_key, is_added, event_id, before, first_at, written_at)
         select $2, added.row ->> $4, true, $3, added.row, clock_timestamp(), clock_timestamp() from added
         on conflict (old_table, row_key) do update set is_added = true, event_id = excluded.event_id, before = excluded.before,
             first_at = excluded.first_at, written_at = excluded.written_at, undone = null
         returning row_key",
        names.join(", "),
        values.join(", "),
        table = table.quoted(),
    );
    let new = Value::Object(new).to_string();
    let event = (!want.event.is_empty()).then_some(want.event.as_str());
    let params: Params<'_> = vec![(&new, Type::TEXT), (&table.name, Type::TEXT), (&event, Type::TEXT), (&table.key, Type::TEXT)];
    let row = tx.query_typed_opt(&sql, &params)?;
    Ok(row.map(|row| row.get(0)).ok_or_else(|| "a row with the same unique key is there already".to_owned()))
}
