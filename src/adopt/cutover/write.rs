//! Writes what is wanted into an old table, and the ledger of it, in the caller's transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postgres::types::{ToSql, Type};
use postgres::{Error, Transaction};
use serde_json::{Map, Value};

use super::old_table::{OldTable, quote, quote_text};
use super::reconcile::{Field, Step, Written, step};

/// What an old row should hold.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The row; `None` where there is none yet.
    pub key: Option<String>,
    /// The event that it is of.
    pub event: String,
    /// The fields that we have a value for.
    pub fields: BTreeMap<Field, Value>,
    /// The row as it would be added; `None` where rows of this kind are never added.
    pub new: Option<Map<String, Value>>,
}

/// What one pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// Rows in which something was written.
    pub written: u64,
    /// Rows that were added.
    pub added: u64,
    /// Fields that were left to whoever else writes them.
    pub theirs: u64,
    /// Rows whose turn comes later: one write a minute a row.
    pub later: u64,
    /// Rows that could not be added, for a column that they must have and we know nothing of.
    pub refused: u64,
}

/// Seconds between two writes into one row.
pub const PACE_SECS: f64 = 60.0;

type Params<'a> = Vec<(&'a (dyn ToSql + Sync), Type)>;

/// Writes. Rows that were written less than [`PACE_SECS`] ago are left for later, and their events are given back.
///
/// # Errors
/// What the server reports; the transaction is to be given up then.
pub fn write(tx: &mut Transaction<'_>, table: &OldTable, wanted: &[Wanted], done: &mut Done) -> Result<Vec<String>, Error> {
    let keys: Vec<&str> = wanted.iter().filter_map(|row| row.key.as_deref()).collect();
    let rows = rows_for_update(tx, table, &keys)?;
    let ledger = Ledger::read(tx, table, &keys)?;
    let mut later = Vec::new();
    for want in wanted {
        match &want.key {
            Some(key) => {
                let Some(row) = rows.get(key) else { continue };
                let steps = ledger.steps(table, key, &row.row, want, done);
                if steps.is_empty() {
                    continue;
                }
                if ledger.is_too_soon(key) && steps.iter().any(|(_, step, _)| matches!(step, Step::Write { .. })) {
                    done.later += 1;
                    later.push(want.event.clone());
                    continue;
                }
                update(tx, table, key, row, want, &steps, done)?;
            }
            None => add(tx, table, want, done)?,
        }
    }
    Ok(later)
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
    let sql = format!(
        "select to_jsonb(t)::text from {} t where t.{key} in (select {} from unnest($1::text[]) k) order by t.{key} for no key update",
        table.quoted(),
        table.keyed("k"),
        key = quote(&table.key),
    );
    let rows = tx.query_typed(&sql, &[(&keys, Type::TEXT_ARRAY)])?;
    let rows = rows.iter().map(|found| Read::of(found.get(0)));
    Ok(rows.filter_map(|read| Some((table.key_of(&read.row)?, read))).collect())
}

/// What we wrote into rows before.
struct Ledger {
    fields: HashMap<(String, String), Written>,
    too_soon: HashMap<String, bool>,
}

impl Ledger {
    fn read(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str]) -> Result<Self, Error> {
        let params: Params<'_> = vec![(&table.name, Type::TEXT), (&keys, Type::TEXT_ARRAY)];
        let rows = tx.query_typed(
            "select row_key, field, before::text, written::text, asked::text from predictive_play.old_fields
             where old_table = $1 and row_key = any($2) and state in ('ours', 'theirs')",
            &params,
        )?;
        let fields = rows.iter().map(|row| ((row.get(0), row.get(1)), Written::read(row, 2)));
        let sql = format!(
            "select row_key, clock_timestamp() < written_at + interval '{PACE_SECS} seconds' from predictive_play.old_rows
             where old_table = $1 and row_key = any($2) and undone is null"
        );
        let too_soon = tx.query_typed(&sql, &params)?.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Self { fields: fields.collect(), too_soon })
    }

    fn is_too_soon(&self, key: &str) -> bool {
        self.too_soon.get(key).copied().unwrap_or(false)
    }

    /// What is to be done with each field that is not as we want it: the field, the step, what we want.
    fn steps<'a>(
        &self,
        table: &OldTable,
        key: &str,
        row: &Map<String, Value>,
        want: &'a Wanted,
        done: &mut Done,
    ) -> Vec<(&'a Field, Step, &'a Value)> {
        let mut steps = Vec::new();
        for (field, value) in want.fields.iter().filter(|(field, _)| table.has(&field.column)) {
            let Some(current) = field.of(row) else { continue };
            let last = self.fields.get(&(key.to_owned(), field.name()));
            match step(&current, last, value) {
                Step::Leave => {}
                step => {
                    done.theirs += u64::from(matches!(step, Step::Theirs { .. }));
                    steps.push((field, step, value));
                }
            }
        }
        steps
    }
}

fn update(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    key: &str,
    read: &Read,
    want: &Wanted,
    steps: &[(&Field, Step, &Value)],
    done: &mut Done,
) -> Result<(), Error> {
    let values: BTreeMap<&Field, &Value> =
        steps.iter().filter(|(_, step, _)| matches!(step, Step::Write { .. })).map(|(field, _, value)| (*field, *value)).collect();
    for (field, step, _) in steps {
        if let Step::Theirs { found } = step {
            note_theirs(tx, table, key, field, found)?;
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    let now = set_fields(tx, table, key, &values)?;
    note_row(tx, table, (key, &want.event), (&read.text, &now), values.keys().map(|field| field.column.as_str()).collect())?;
    for (field, asked) in &values {
        note_field(tx, table, key, (field, asked), (&read.text, &now))?;
    }
    done.written += 1;
    Ok(())
}

/// Sets fields of a row and gives the row as it is then: a type may round, a trigger may change it. Keys are set on the server, so that
/// what else is in their column keeps its spelling to the letter.
fn set_fields(tx: &mut Transaction<'_>, table: &OldTable, key: &str, values: &BTreeMap<&Field, &Value>) -> Result<String, Error> {
    let mut document: BTreeMap<&str, Value> = BTreeMap::new();
    let mut keyed = BTreeSet::new();
    for (field, value) in values {
        match &field.key {
            Some(name) => {
                let inside = document.entry(&field.column).or_insert_with(|| Value::Object(Map::new()));
                inside[name] = (*value).clone();
                keyed.insert(field.column.as_str());
            }
            None => drop(document.insert(&field.column, (*value).clone())),
        }
    }
    let quoted = table.quoted();
    let set = document.keys().map(|name| match keyed.contains(name) {
        true => format!("{0} = t.{0}::jsonb || ($2::text::jsonb -> {1})", quote(name), quote_text(name)),
        false => format!("{0} = (jsonb_populate_record(null::{quoted}, $2::text::jsonb)).{0}", quote(name)),
    });
    let sql = format!(
        "update {quoted} t set {} where t.{} = {} returning to_jsonb(t)::text",
        set.collect::<Vec<_>>().join(", "),
        quote(&table.key),
        table.keyed("$1::text"),
    );
    let document = serde_json::to_string(&document).expect("JSON is text");
    tx.query_typed_one(&sql, &[(&key, Type::TEXT), (&document, Type::TEXT)]).map(|row| row.get(0))
}

fn note_theirs(tx: &mut Transaction<'_>, table: &OldTable, key: &str, field: &Field, found: &Value) -> Result<(), Error> {
    let (field, found) = (field.name(), found.to_string());
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&key, Type::TEXT), (&field, Type::TEXT), (&found, Type::TEXT)];
    tx.execute_typed(
        "update predictive_play.old_fields set state = 'theirs', found = $4::text::jsonb where old_table = $1 and row_key = $2 and field = $3",
        &params,
    )?;
    Ok(())
}

/// Notes a row that was written into: how it was before our first write stays; of a row that we added, how we left it. Columns that changed
/// though we did not ask are noted apart.
fn note_row(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    (key, event): (&str, &str),
    (before, after): (&str, &str),
    asked: Vec<&str>,
) -> Result<(), Error> {
    let params: Params<'_> = vec![
        (&table.name, Type::TEXT),
        (&key, Type::TEXT),
        (&event, Type::TEXT),
        (&before, Type::TEXT),
        (&after, Type::TEXT),
        (&asked, Type::TEXT_ARRAY),
    ];
    tx.execute_typed(
        "insert into predictive_play.old_rows (old_table, row_key, is_added, event_id, before, apart, first_at, written_at)
         values ($1, $2, false, $3, $4::text::jsonb,
             array(select a.key from jsonb_each($5::text::jsonb) a where a.value is distinct from $4::text::jsonb -> a.key and a.key <> all($6)),
             clock_timestamp(), clock_timestamp())
         on conflict (old_table, row_key) do update set written_at = excluded.written_at, undone = null,
             apart = array(select unnest(old_rows.apart) union select unnest(excluded.apart)),
             is_added = old_rows.is_added and old_rows.undone is null,
             before = case when old_rows.undone is not null then excluded.before when old_rows.is_added then $5::text::jsonb
                 else old_rows.before end",
        &params,
    )?;
    Ok(())
}

/// Notes a field, from the row before and after: what stood there before our first write stays, absent where the key was.
fn note_field(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    key: &str,
    (field, asked): (&Field, &Value),
    (before, after): (&str, &str),
) -> Result<(), Error> {
    let (name, asked) = (field.name(), asked.to_string());
    let path: Vec<&str> = std::iter::once(&field.column).chain(&field.key).map(String::as_str).collect();
    let params: Params<'_> = vec![
        (&table.name, Type::TEXT),
        (&key, Type::TEXT),
        (&name, Type::TEXT),
        (&before, Type::TEXT),
        (&after, Type::TEXT),
        (&path, Type::TEXT_ARRAY),
        (&asked, Type::TEXT),
    ];
    tx.execute_typed(
        "insert into predictive_play.old_fields (old_table, row_key, field, before, written, asked, state, written_at)
         values ($1, $2, $3, $4::text::jsonb #> $6, $5::text::jsonb #> $6, $7::text::jsonb, 'ours', clock_timestamp())
         on conflict (old_table, row_key, field) do update
         set written = excluded.written, asked = excluded.asked, state = 'ours', found = null, written_at = excluded.written_at,
             before = case when old_fields.state in ('put_back', 'kept') then excluded.before else old_fields.before end",
        &params,
    )?;
    Ok(())
}

fn add(tx: &mut Transaction<'_>, table: &OldTable, want: &Wanted, done: &mut Done) -> Result<(), Error> {
    let Some(new) = &want.new else { return Ok(()) };
    let new: Map<String, Value> =
        new.iter().filter(|(name, value)| table.has(name) && !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect();
    if !table.missing_in(&new).is_empty() {
        done.refused += 1;
        return Ok(());
    }
    let names: Vec<String> = new.keys().map(|name| quote(name)).collect();
    let values: Vec<String> = names.iter().map(|name| format!("n.{name}")).collect();
    let sql = format!(
        "insert into {table} as t ({}) select {} from jsonb_populate_record(null::{table}, $1::text::jsonb) n on conflict do nothing
         returning to_jsonb(t)::text",
        names.join(", "),
        values.join(", "),
        table = table.quoted(),
    );
    let new = Value::Object(new).to_string();
    let Some(row) = tx.query_typed_opt(&sql, &[(&new, Type::TEXT)])? else {
        done.refused += 1;
        return Ok(());
    };
    let read = Read::of(row.get(0));
    let key = table.key_of(&read.row).unwrap_or_default();
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&key, Type::TEXT), (&want.event, Type::TEXT), (&read.text, Type::TEXT)];
    tx.execute_typed(
        "insert into predictive_play.old_rows (old_table, row_key, is_added, event_id, before, first_at, written_at)
         values ($1, $2, true, $3, $4::text::jsonb, clock_timestamp(), clock_timestamp())
         on conflict (old_table, row_key) do update set is_added = true, event_id = excluded.event_id, before = excluded.before,
             first_at = excluded.first_at, written_at = excluded.written_at, undone = null",
        &params,
    )?;
    done.added += 1;
    Ok(())
}
