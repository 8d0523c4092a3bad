//! Proof of a rollback: the old table equals what it was when we began, plus what others wrote since.
//!
//! Every row was hashed before our first write. A row whose hash differs is explained by who wrote it, or it is not explained: then the
//! rollback is not whole.

use std::collections::BTreeMap;

use postgres::types::Type;
use postgres::{Client, Error, Transaction};
use serde_json::{Map, Value};

use super::columns::OldTables;
use super::old_table::{OldTable, quote};
use super::reconcile::{Field, Undo, Written, is_same, undo};
use crate::adopt::error::AdoptError;

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    /// The table.
    pub table: String,
    /// Rows that are to the letter what they were.
    pub equal: u64,
    /// Rows that are what they were, but for columns that triggers set when we wrote: how many, by columns.
    pub apart: BTreeMap<String, u64>,
    /// Rows that others changed and we never wrote.
    pub changed_by_others: u64,
    /// Rows that others added.
    pub added_by_others: u64,
    /// Rows that others took out.
    pub removed_by_others: u64,
    /// Rows that we wrote and others wrote too: what differs is theirs.
    pub written_by_both: u64,
    /// Rows of ours that stay because somebody needs or changed them.
    pub ours_kept: u64,
    /// Rows that nothing explains: their keys.
    pub unexplained: Vec<String>,
}

/// Hashes every row of a table, once: rows that have a hash keep it, and rows that hold something of ours get none.
///
/// # Errors
/// What the server reports.
pub fn begin(tx: &mut Transaction<'_>, table: &OldTable) -> Result<u64, Error> {
    let sql = format!(
        "insert into predictive_play.old_hashes (old_table, row_key, hash) select $1, t.{}::text, md5(to_jsonb(t)::text) from {} t
         where not exists (select from predictive_play.old_rows r where r.old_table = $1 and r.row_key = t.{}::text and r.undone is null)
         on conflict (old_table, row_key) do nothing",
        quote(&table.key),
        table.quoted(),
        quote(&table.key)
    );
    tx.execute_typed(&sql, &[(&table.name, Type::TEXT)])
}

/// Compares all old tables that were hashed when the follower was switched on with what they were; one proof for each.
///
/// # Errors
/// What the server reports.
pub fn proof_all(client: &mut Client) -> Result<Vec<Proof>, AdoptError> {
    let failed = || AdoptError::query("comparing the old tables with what they were");
    let mut tx = client.transaction().map_err(failed())?;
    let events = super::switches::events_table(&mut tx).map_err(failed())?;
    let tables = OldTables::look(&mut tx, &events).map_err(failed())?;
    tx.rollback().map_err(failed())?;
    tables.written().map(|table| compare(client, table).map_err(failed())).collect()
}

/// Compares a table with what it was.
///
/// # Errors
/// What the server reports.
pub fn compare(client: &mut Client, table: &OldTable) -> Result<Proof, Error> {
    let mut tx = client.build_transaction().isolation_level(postgres::IsolationLevel::RepeatableRead).start()?;
    tx.batch_execute("set local timezone = 'UTC'")?;
    let mut proof = Proof { table: table.name.clone(), equal: equal(&mut tx, table)?, ..Proof::default() };
    let ours = ours(&mut tx, table)?;
    for row in differing(&mut tx, table)? {
        proof.explain(&row, ours.get(&row.key).map_or(&[][..], Vec::as_slice));
    }
    tx.rollback()?;
    Ok(proof)
}

fn equal(tx: &mut Transaction<'_>, table: &OldTable) -> Result<u64, Error> {
    let sql = format!(
        "select count(*) from {} t join predictive_play.old_hashes h on h.old_table = $1 and h.row_key = t.{}::text
         where h.hash = md5(to_jsonb(t)::text)",
        table.quoted(),
        quote(&table.key)
    );
    let count: i64 = tx.query_typed_one(&sql, &[(&table.name, Type::TEXT)])?.get(0);
    Ok(u64::try_from(count).unwrap_or_default())
}

/// A row that is not what it was.
struct Differing {
    key: String,
    now: Option<Map<String, Value>>,
    was_there: bool,
    /// Of a row that we wrote into or added: whether we added it, how it was, what changed by itself.
    ours: Option<(bool, Map<String, Value>, Vec<String>)>,
}

fn differing(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Vec<Differing>, Error> {
    let sql = format!(
        "select coalesce(n.row_key, h.row_key), n.row::text, h.hash is not null, r.is_added, r.before::text, r.apart
         from (select t.{key}::text as row_key, to_jsonb(t) as row from {table} t) n
         full join (select row_key, hash from predictive_play.old_hashes where old_table = $1) h on h.row_key = n.row_key
         left join predictive_play.old_rows r on r.old_table = $1 and r.row_key = coalesce(n.row_key, h.row_key)
         where h.hash is distinct from md5(n.row::text) order by 1",
        key = quote(&table.key),
        table = table.quoted()
    );
    let object = |text: &str| serde_json::from_str(text).expect("the server's own JSON of a row");
    let rows = tx.query_typed(&sql, &[(&table.name, Type::TEXT)])?;
    let differing = rows.iter().map(|row| Differing {
        key: row.get(0),
        now: row.get::<_, Option<&str>>(1).map(object),
        was_there: row.get(2),
        ours: row.get::<_, Option<bool>>(3).map(|is_added| (is_added, object(row.get(4)), row.get(5))),
    });
    Ok(differing.collect())
}

/// What we wrote into each row, and what was there before.
type Ours = BTreeMap<String, Vec<(Field, Written)>>;

fn ours(tx: &mut Transaction<'_>, table: &OldTable) -> Result<Ours, Error> {
    let sql = "select row_key, field, before::text, written::text, asked::text from predictive_play.old_fields
        where old_table = $1 and state <> 'kept'";
    let mut ours = Ours::new();
    for row in tx.query_typed(sql, &[(&table.name, Type::TEXT)])? {
        ours.entry(row.get(0)).or_default().push((Field::named(row.get(1)), Written::read(&row, 2)));
    }
    Ok(ours)
}

impl Proof {
    fn explain(&mut self, row: &Differing, ours: &[(Field, Written)]) {
        match (&row.now, &row.ours) {
            (None, _) => self.removed_by_others += 1,
            (Some(_), None) if row.was_there => self.changed_by_others += 1,
            (Some(_), None) => self.added_by_others += 1,
            (Some(_), Some((true, ..))) => self.ours_kept += 1,
            (Some(now), Some((false, before, apart))) => {
                let has_changed = |name: &String, value: &Value| before.get(name).is_none_or(|before| !is_same(value, before));
                let changed: Vec<&String> = now.iter().filter(|(name, value)| has_changed(name, value)).map(|(name, _)| name).collect();
                if ours.iter().any(|(field, last)| still_holds(field, last, now)) {
                    self.unexplained.push(row.key.clone());
                } else if changed.is_empty() && !row.was_there {
                    self.added_by_others += 1;
                } else if !changed.is_empty() && changed.iter().all(|column| apart.contains(column)) {
                    *self.apart.entry(apart.join(", ")).or_default() += 1;
                } else {
                    self.written_by_both += 1;
                }
            }
        }
    }

    /// Whether everything is explained.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unexplained.is_empty()
    }
}

/// Whether a field holds what we wrote, and not what was there before: nobody else wrote that.
fn still_holds(field: &Field, last: &Written, now: &Map<String, Value>) -> bool {
    field.of(now).is_some_and(|value| undo(&value, last) == Undo::PutBack)
}
