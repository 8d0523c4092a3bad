//! The ledger of what we wrote into rows that are not ours: what it says is to be done with each field, and what it keeps of what was not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postgres::types::Type;
use postgres::{Error, Transaction};
use serde_json::{Map, Value};

use super::batch::Params;
use super::old_table::OldTable;
use super::reconcile::{Field, Step, Written, step};
use super::write::{PACE_SECS, Wanted};

/// Seconds in which what the database would not have is not tried again.
const REFUSED_SECS: f64 = 600.0;

pub(super) type Steps<'a> = Vec<(&'a Field, Step, &'a Value)>;

pub(super) fn is_a_write(steps: &Steps<'_>) -> bool {
    steps.iter().any(|(_, step, _)| matches!(step, Step::Write { .. }))
}

/// What we wrote into rows before.
pub(super) struct Ledger {
    fields: HashMap<(String, String), (Written, bool)>,
    /// Seconds until the next write, of rows that were written lately.
    pub waits: HashMap<String, f64>,
}

impl Ledger {
    pub(super) fn read(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str]) -> Result<Self, Error> {
        let params: Params<'_> = vec![(&table.name, Type::TEXT), (&keys, Type::TEXT_ARRAY)];
        let rows = tx.query_typed(
            "select row_key, field, before::text, written::text, asked::text, state = 'theirs' from predictive_play.old_fields
             where old_table = $1 and row_key = any($2) and state in ('ours', 'theirs')",
            &params,
        )?;
        let fields = rows.iter().map(|row| ((row.get(0), row.get(1)), (Written::read(row, 2), row.get(5))));
        let sql = format!(
            "select row_key, {PACE_SECS} - extract(epoch from clock_timestamp() - written_at)::float8 from predictive_play.old_rows
             where old_table = $1 and row_key = any($2) and undone is null and written_at > clock_timestamp() - interval '{PACE_SECS} seconds'"
        );
        let waits = tx.query_typed(&sql, &params)?.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Self { fields: fields.collect(), waits })
    }

    /// What is to be done with each field that is not as we want it: the field, the step, what we want.
    pub(super) fn steps<'a>(&self, table: &OldTable, key: &str, row: &Map<String, Value>, want: &'a Wanted) -> Steps<'a> {
        let step_of = |(field, value): (&'a Field, &'a Value)| {
            let current = field.of(row).filter(|_| table.has(&field.column))?;
            let last = self.fields.get(&(key.to_owned(), field.name())).map(|(last, _)| last);
            let is_kept = want.gentle.contains_key(field) && last.is_none() && !is_empty(&current);
            match step(&current, last, value) {
                Step::Leave => None,
                _ if is_kept => None,
                step => Some((field, step, value)),
            }
        };
        let mut steps: Steps<'a> = want.fields.iter().chain(&want.gentle).filter_map(step_of).collect();
        if is_a_write(&steps) {
            steps.extend(want.along.iter().filter_map(step_of));
        }
        steps
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Notes fields that somebody else wrote, with both values; a field that is noted and holds again what we want or wrote is ours again.
pub(super) fn note_theirs(tx: &mut Transaction<'_>, table: &OldTable, key: &str, steps: &Steps<'_>, ledger: &Ledger) -> Result<(), Error> {
    let theirs = steps.iter().filter_map(|(field, step, wanted)| match step {
        Step::Theirs { found } => Some((field.name(), found.to_string(), wanted.to_string())),
        _ => None,
    });
    let theirs: BTreeMap<String, (String, String)> = theirs.map(|(name, found, wanted)| (name, (found, wanted))).collect();
    for (field, (found, wanted)) in &theirs {
        let params: Params<'_> =
            vec![(&table.name, Type::TEXT), (&key, Type::TEXT), (field, Type::TEXT), (found, Type::TEXT), (wanted, Type::TEXT)];
        tx.execute_typed(
            "update predictive_play.old_fields set state = 'theirs', found = $4::text::jsonb, wanted = $5::text::jsonb
             where old_table = $1 and row_key = $2 and field = $3
                 and (state, found, wanted) is distinct from ('theirs', $4::text::jsonb, $5::text::jsonb)",
            &params,
        )?;
    }
    let is_settled = |((row, field), (_, is_theirs)): (&(String, String), &(Written, bool))| {
        (*is_theirs && row == key && !theirs.contains_key(field)).then(|| field.clone())
    };
    let settled: Vec<String> = ledger.fields.iter().filter_map(is_settled).collect();
    if !settled.is_empty() {
        let params: Params<'_> = vec![(&table.name, Type::TEXT), (&key, Type::TEXT), (&settled, Type::TEXT_ARRAY)];
        tx.execute_typed(
            "update predictive_play.old_fields set state = 'ours', found = null, wanted = null
             where old_table = $1 and row_key = $2 and field = any($3)",
            &params,
        )?;
    }
    Ok(())
}

pub(super) fn note_refused(tx: &mut Transaction<'_>, table: &OldTable, want: &Wanted, reason: &str) -> Result<(), Error> {
    let (subject, event) = (want.subject(), (!want.event.is_empty()).then_some(want.event.as_str()));
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&subject, Type::TEXT), (&event, Type::TEXT), (&reason, Type::TEXT)];
    tx.execute_typed(
        "insert into predictive_play.old_refused (old_table, subject, event_id, reason, at) values ($1, $2, $3, $4, clock_timestamp())
         on conflict (old_table, subject) do update set reason = excluded.reason, at = excluded.at",
        &params,
    )?;
    Ok(())
}

/// What was refused a short while ago.
pub(super) fn lately_refused(tx: &mut Transaction<'_>, table: &OldTable) -> Result<BTreeSet<String>, Error> {
    let sql = format!(
        "select subject from predictive_play.old_refused where old_table = $1 and at > clock_timestamp() - interval '{REFUSED_SECS} seconds'"
    );
    Ok(tx.query_typed(&sql, &[(&table.name, Type::TEXT)])?.iter().map(|row| row.get(0)).collect())
}

pub(super) fn forget_refused(tx: &mut Transaction<'_>, table: &OldTable, want: &Wanted) -> Result<(), Error> {
    let subject = want.subject();
    let params: Params<'_> = vec![(&table.name, Type::TEXT), (&subject, Type::TEXT)];
    tx.execute_typed("delete from predictive_play.old_refused where old_table = $1 and subject = $2", &params)?;
    Ok(())
}
