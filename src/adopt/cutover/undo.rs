//! Takes back what we wrote into an old table, where nobody changed it since; what others wrote stays, and is told.

use std::collections::{BTreeMap, BTreeSet};

use postgres::types::Type;
use postgres::{Client, Error, Transaction};
use serde_json::Value;

use super::batch::Params;
use super::columns::OldTables;
use super::old_table::{OldTable, quote, quote_text};
use super::reconcile::{Field, Undo, Written, undo};
use super::take_out::take_out;
use super::write::{Read, is_refusal, rows_for_update};
use crate::adopt::error::AdoptError;

/// What was taken back of a table, and what was kept and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Undone {
    /// The table.
    pub table: String,
    /// Rows that hold again what they held before us.
    pub put_back: u64,
    /// Rows of ours that were taken out.
    pub removed: u64,
    /// Rows that somebody else has taken out.
    pub gone: u64,
    /// Rows of which something was kept: how many, by reason.
    pub kept: BTreeMap<String, u64>,
    /// The rows that were taken out, by key: what is compared after a rehearsal.
    #[serde(skip)]
    pub taken_out: BTreeSet<String>,
    /// The rows in which every field that held our word holds what stood there before.
    #[serde(skip)]
    pub cleared: BTreeSet<String>,
}

/// Rows that are put back in one transaction: none is held for long.
const PUT_BACK: i64 = 50;
/// Rows of ours that are taken out in one transaction: nobody else has written them, and who points to them is asked for all at once.
const TAKEN_OUT: i64 = 1_000;

/// Takes everything back that we wrote into the old tables: rows that point to others first. The follower is to be switched off before
/// (a rehearsal may be made while it is on). What others wrote stays, rows of ours that somebody needs stay, and both are told. A second run
/// goes on where the first was ended.
///
/// # Errors
/// [`AdoptError::Usage`] where the follower is on; what the server reports: the rows of finished transactions are back, the others as they were.
pub fn undo_all(client: &mut Client, dry_run: bool) -> Result<Vec<Undone>, AdoptError> {
    let failed = || AdoptError::query("taking back what was written into the old tables");
    let mut tx = client.transaction().map_err(failed())?;
    if super::switches::is_on(&mut tx).map_err(failed())?.is_some() && !dry_run {
        return Err(AdoptError::Usage("the old tables are still followed: switch that off first".to_owned()));
    }
    let events = super::switches::events_table(&mut tx).map_err(failed())?;
    let tables = OldTables::look(&mut tx, &events).map_err(failed())?;
    tx.rollback().map_err(failed())?;
    let mut removed = Removed::default();
    let all: Vec<&OldTable> = tables.written().rev().collect();
    all.into_iter().map(|one| table_after(client, one, dry_run, &mut removed).map_err(failed())).collect()
}

/// Takes everything back that we wrote into a table. A second run goes on where the first was ended; with `dry_run` nothing is written.
///
/// # Errors
/// What the server reports; the rows of finished transactions are back, the others as they were.
pub fn table(client: &mut Client, table: &OldTable, dry_run: bool) -> Result<Undone, Error> {
    table_after(client, table, dry_run, &mut Removed::default())
}

/// Rows that a rehearsal would have taken out by now, by table: the column of the key, and the keys.
pub(super) type Removed = BTreeMap<String, (String, Vec<String>)>;

fn table_after(client: &mut Client, table: &OldTable, dry_run: bool, removed: &mut Removed) -> Result<Undone, Error> {
    let mut undone = Undone { table: table.name.clone(), ..Undone::default() };
    for is_added in [true, false] {
        let mut after = String::new();
        loop {
            let mut tx = client.transaction()?;
            tx.batch_execute("set local lock_timeout = '5s'; set local timezone = 'UTC'")?;
            let keys = standing(&mut tx, table, is_added, &after)?;
            let Some(last) = keys.last() else { break };
            after.clone_from(last);
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let outcomes = if is_added {
                take_out(&mut tx, table, &keys, dry_run.then_some(&*removed))?
            } else {
                put_all_back(&mut tx, table, &keys)?
            };
            note(&mut tx, table, &outcomes)?;
            outcomes.into_iter().for_each(|(key, outcome)| undone.count(&key, is_added, outcome));
            if dry_run { tx.rollback()? } else { tx.commit()? }
        }
    }
    let gone = if dry_run { undone.taken_out.iter().cloned().collect() } else { Vec::new() };
    removed.insert(format!("public.{}", table.name), (quote(&table.key), gone));
    Ok(undone)
}

fn put_all_back(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str]) -> Result<BTreeMap<String, Outcome>, Error> {
    let rows = rows_for_update(tx, table, keys)?;
    let mut outcomes = BTreeMap::new();
    for key in keys {
        let outcome = rows.get(*key).map_or(Ok(Outcome::Gone), |read| put_back(tx, table, key, read))?;
        outcomes.insert((*key).to_owned(), outcome);
    }
    Ok(outcomes)
}

pub(super) enum Outcome {
    PutBack,
    Removed,
    Gone,
    Kept(String),
    /// What we wrote still stands there, for the database would not have it otherwise.
    Stuck(String),
}

impl Undone {
    fn count(&mut self, key: &str, is_added: bool, outcome: Outcome) {
        if !is_added && matches!(outcome, Outcome::PutBack | Outcome::Kept(_)) {
            self.cleared.insert(key.to_owned());
        }
        match outcome {
            Outcome::PutBack => self.put_back += 1,
            Outcome::Removed => {
                self.removed += 1;
                self.taken_out.insert(key.to_owned());
            }
            Outcome::Gone => self.gone += 1,
            Outcome::Kept(why) | Outcome::Stuck(why) => *self.kept.entry(why).or_default() += 1,
        }
    }
}

/// Keys of rows that hold something of ours: of those that we added, or of the others.
fn standing(tx: &mut Transaction<'_>, table: &OldTable, is_added: bool, after: &str) -> Result<Vec<String>, Error> {
    let most = if is_added { TAKEN_OUT } else { PUT_BACK };
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&after, Type::TEXT), (&most, Type::INT8), (&is_added, Type::BOOL)];
    let rows = tx.query_typed(
        "select row_key from predictive_play.old_rows
         where old_table = $1 and row_key collate \"C\" > $2 and undone is null and is_added = $4 order by row_key collate \"C\" limit $3",
        &params,
    )?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn put_back(tx: &mut Transaction<'_>, table: &OldTable, key: &str, read: &Read) -> Result<Outcome, Error> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (field, last) in written(tx, table, key)? {
        let current = field.of(&read.row).unwrap_or(Value::Null);
        match undo(&current, &last) {
            Undo::PutBack => ours.push(field),
            Undo::AsBefore => {}
            Undo::Keep => theirs.push(field.name()),
        }
    }
    if !ours.is_empty() {
        let mut marked = tx.transaction()?;
        match set_before(&mut marked, table, key, &ours) {
            Ok(0) => {
                marked.rollback()?;
                return Ok(Outcome::Stuck("a policy of the table lets nothing be written into this row".to_owned()));
            }
            Ok(_) => marked.commit()?,
            // A check that was added since, or a trigger of theirs: the other rows go back all the same.
            Err(error) if error.code().is_some_and(is_refusal) => {
                marked.rollback()?;
                let why = error.as_db_error().map_or_else(|| error.to_string(), |told| told.message().to_owned());
                return Ok(Outcome::Stuck(format!("the database would not have what stood there before: {why}")));
            }
            Err(error) => return Err(error),
        }
    }
    note_fields(tx, table, key, &theirs)?;
    Ok(match theirs.as_slice() {
        [] => Outcome::PutBack,
        theirs => Outcome::Kept(format!("{}: somebody else wrote there after us", theirs.join(", "))),
    })
}

fn written(tx: &mut Transaction<'_>, table: &OldTable, key: &str) -> Result<Vec<(Field, Written)>, Error> {
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&key, Type::TEXT)];
    let rows = tx.query_typed(
        "select field, before::text, written::text, asked::text from predictive_play.old_fields where old_table = $1 and row_key = $2 order by field",
        &params,
    )?;
    Ok(rows.iter().map(|row| (Field::named(row.get(0)), Written::read(row, 1))).collect())
}

/// Sets fields to what they held before us, from the ledger on the server: to the letter.
fn set_before(tx: &mut Transaction<'_>, table: &OldTable, key: &str, fields: &[Field]) -> Result<u64, Error> {
    let names: Vec<String> = fields.iter().map(Field::name).collect();
    let mut columns: BTreeMap<&str, bool> = BTreeMap::new();
    columns.extend(fields.iter().map(|field| (field.column.as_str(), field.key.is_some())));
    let quoted = table.quoted();
    let of_row = "from predictive_play.old_fields f where f.old_table = $1 and f.row_key = $2 and f.field = any($3)";
    let set = columns.iter().map(|(column, is_keyed)| {
        let name = quote(column);
        if !is_keyed {
            return format!(
                "{name} = (jsonb_populate_record(null::{quoted}, (select jsonb_object_agg(f.field, f.before) {of_row}))).{name}"
            );
        }
        let start = column.chars().count() + 2;
        let of_column = format!("{of_row} and left(f.field, {}) = {}", start - 1, quote_text(&format!("{column}.")));
        format!(
            "{name} = t.{name}::jsonb - (select coalesce(array_agg(substr(f.field, {start})) filter (where f.before is null), '{{}}') {of_column})
             || (select coalesce(jsonb_object_agg(substr(f.field, {start}), f.before) filter (where f.before is not null), '{{}}') {of_column})"
        )
    });
    let sql =
        format!("update {quoted} t set {} where t.{} = {}", set.collect::<Vec<_>>().join(", "), quote(&table.key), table.keyed("$2::text"));
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&key, Type::TEXT), (&names, Type::TEXT_ARRAY)];
    tx.execute_typed(&sql, &params)
}

fn note_fields(tx: &mut Transaction<'_>, table: &OldTable, key: &str, theirs: &[String]) -> Result<(), Error> {
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&key, Type::TEXT), (&theirs, Type::TEXT_ARRAY)];
    tx.execute_typed(
        "update predictive_play.old_fields set state = case when field = any($3) then 'kept' else 'put_back' end
         where old_table = $1 and row_key = $2",
        &params,
    )?;
    Ok(())
}

fn note(tx: &mut Transaction<'_>, table: &OldTable, outcomes: &BTreeMap<String, Outcome>) -> Result<(), Error> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::PutBack => Some("put back".to_owned()),
        Outcome::Removed => Some("removed".to_owned()),
        Outcome::Gone => Some("gone".to_owned()),
        Outcome::Kept(why) => Some(why.clone()),
        // Still to be put back: another run tries again.
        Outcome::Stuck(_) => None,
    };
    let (keys, words): (Vec<&str>, Vec<String>) = outcomes.iter().filter_map(|(key, outcome)| Some((key.as_str(), word(outcome)?))).unzip();
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&keys, Type::TEXT_ARRAY), (&words, Type::TEXT_ARRAY)];
    tx.execute_typed(
        "update predictive_play.old_rows r set undone = n.word from unnest($2::text[], $3::text[]) n(key, word)
         where r.old_table = $1 and r.row_key = n.key",
        &params,
    )?;
    Ok(())
}
