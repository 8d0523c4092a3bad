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
use super::undo::Undone;
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
    /// Rows that cannot be compared: the table is there no more, or its rows have lost their key.
    pub lost: u64,
    /// Rows that nothing explains: their keys.
    pub unexplained: Vec<String>,
}

/// Rows that are hashed in one transaction: a fraction of a second.
const PAGE: i64 = 5_000;
/// A row's text is the same whatever the role's or the database's settings are. No more than a reader's lock is taken, and none is waited for long.
const SETTINGS: &str = "set local timezone = 'UTC'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex';
    set local extra_float_digits = 1; set local xmloption = 'content'; set local lock_timeout = '5s'; set local statement_timeout = 0";

/// Which rows get a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashed {
    /// Every row, as it is now: nothing was ever written into the table by us.
    Anew,
    /// Rows that have none: the others keep the one from before our first write.
    Missing,
}

/// Hashes the rows of a table, in the order of its key and in transactions of a few thousand rows; rows that hold something of ours get none.
/// Ended anywhere, another run takes it up: what has its hash is not written again. `on_rows` hears how many were looked at by then.
///
/// # Errors
/// What the server reports; what was hashed by then stays.
pub fn begin(client: &mut Client, table: &OldTable, which: Hashed, on_rows: &mut dyn FnMut(u64)) -> Result<u64, Error> {
    let (mut after, mut looked_at, mut hashed) = (None, 0, 0);
    loop {
        let mut tx = client.transaction()?;
        tx.batch_execute(SETTINGS)?;
        let page = hash_page(&mut tx, table, which, after.as_deref())?;
        tx.commit()?;
        hashed += page.hashed;
        looked_at += page.rows;
        if page.rows < PAGE.unsigned_abs() {
            return Ok(hashed);
        }
        on_rows(looked_at);
        after = page.last;
    }
}

/// Rows that were hashed in one transaction.
struct Page {
    last: Option<String>,
    rows: u64,
    hashed: u64,
}

fn hash_page(tx: &mut Transaction<'_>, table: &OldTable, which: Hashed, after: Option<&str>) -> Result<Page, Error> {
    let key = quote(&table.key);
    let beyond = if after.is_some() { format!("t.{key} > {}", table.keyed("$2::text")) } else { "$2::text is null".to_owned() };
    let (unless, conflict) = match which {
        Hashed::Anew => ("", "update set hash = excluded.hash where h.hash <> excluded.hash"),
        Hashed::Missing => {
            ("and not exists (select from predictive_play.old_hashes h where h.old_table = $1 and h.row_key = p.key::text)", "nothing")
        }
    };
    let sql = format!(
        "with page as materialized (select t.{key} as key, t as whole from {} t where {beyond} order by t.{key} limit {PAGE}),
         hashed as (
             insert into predictive_play.old_hashes as h (old_table, row_key, hash)
             select $1, p.key::text, md5(to_jsonb(p.whole)::text) from page p
             where not exists (select from predictive_play.old_rows r where r.old_table = $1 and r.row_key = p.key::text and r.undone is null) {unless}
             on conflict (old_table, row_key) do {conflict} returning 1)
         select (select p.key::text from page p order by p.key desc limit 1), (select count(*) from page), (select count(*) from hashed)",
        table.quoted(),
    );
    let row = tx.query_typed_one(&sql, &[(&table.name, Type::TEXT), (&after, Type::TEXT)])?;
    let count = |at: usize| row.get::<_, i64>(at).unsigned_abs();
    Ok(Page { last: row.get(0), rows: count(1), hashed: count(2) })
}

/// Compares all old tables that were hashed when the follower was switched on with what they were; one proof for each.
///
/// # Errors
/// What the server reports.
pub fn proof_all(client: &mut Client) -> Result<Vec<Proof>, AdoptError> {
    prove(client, None)
}

/// The same, as the tables would be after a rollback that was rehearsed.
///
/// # Errors
/// What the server reports.
pub fn proof_rehearsed(client: &mut Client, rehearsed: &[Undone]) -> Result<Vec<Proof>, AdoptError> {
    prove(client, Some(rehearsed))
}

fn prove(client: &mut Client, rehearsed: Option<&[Undone]>) -> Result<Vec<Proof>, AdoptError> {
    let failed = || AdoptError::query("comparing the old tables with what they were");
    let mut tx = client.transaction().map_err(failed())?;
    let events = super::switches::events_table(&mut tx).map_err(failed())?;
    let tables = OldTables::look(&mut tx, &events).map_err(failed())?;
    let there: Vec<&str> = tables.written().map(|table| table.name.as_str()).collect();
    let lost = lost(&mut tx, &there).map_err(failed())?;
    tx.rollback().map_err(failed())?;
    let of = |table: &OldTable| rehearsed.and_then(|all| all.iter().find(|undone| undone.table == table.name));
    let proofs = tables.written().map(|table| compare_with(client, table, of(table)).map_err(failed()));
    proofs.chain(lost.into_iter().map(Ok)).collect()
}

/// Tables that were hashed and are there no more.
fn lost(tx: &mut Transaction<'_>, there: &[&str]) -> Result<Vec<Proof>, Error> {
    let sql = "select old_table, count(*) from predictive_play.old_hashes where old_table <> all($1) group by 1 order by 1";
    let rows = tx.query_typed(sql, &[(&there, Type::TEXT_ARRAY)])?;
    Ok(rows.iter().map(|row| Proof { table: row.get(0), lost: row.get::<_, i64>(1).unsigned_abs(), ..Proof::default() }).collect())
}

/// Compares a table with what it was.
///
/// # Errors
/// What the server reports.
pub fn compare(client: &mut Client, table: &OldTable) -> Result<Proof, Error> {
    compare_with(client, table, None)
}

fn compare_with(client: &mut Client, table: &OldTable, rehearsed: Option<&Undone>) -> Result<Proof, Error> {
    let mut tx = client.build_transaction().isolation_level(postgres::IsolationLevel::RepeatableRead).start()?;
    tx.batch_execute(SETTINGS)?;
    let mut proof = Proof { table: table.name.clone(), equal: equal(&mut tx, table)?, ..Proof::default() };
    let ours = ours(&mut tx, table)?;
    for mut row in differing(&mut tx, table)? {
        let ours = ours.get(&row.key).map_or(&[][..], Vec::as_slice);
        match rehearsed {
            Some(undone) if undone.taken_out.contains(&row.key) => {}
            Some(undone) if undone.cleared.contains(&row.key) && row.take_back(ours) => proof.equal += 1,
            _ => proof.explain(&row, ours),
        }
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

impl Differing {
    /// Puts back what holds our word; gives whether the row would be what it was before us.
    fn take_back(&mut self, ours: &[(Field, Written)]) -> bool {
        let (Some(now), Some((false, before, _))) = (&mut self.now, &self.ours) else { return false };
        for (field, last) in ours.iter().filter(|(field, last)| still_holds(field, last, now)).collect::<Vec<_>>() {
            field.put(now, &last.before);
        }
        self.was_there
            && now.len() == before.len()
            && now.iter().all(|(name, value)| before.get(name).is_some_and(|before| is_same(value, before)))
    }
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
        self.unexplained.is_empty() && self.lost == 0
    }

    /// Rows that others wrote since the cut over.
    #[must_use]
    pub const fn of_others(&self) -> u64 {
        self.changed_by_others + self.added_by_others + self.removed_by_others + self.written_by_both
    }
}

/// Whether a field holds what we wrote, and not what was there before: nobody else wrote that.
fn still_holds(field: &Field, last: &Written, now: &Map<String, Value>) -> bool {
    field.of(now).is_some_and(|value| undo(&value, last) == Undo::PutBack)
}
