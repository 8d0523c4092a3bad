//! Takes rows out that we added: those that are as we left them and that nothing points to. Who points to them is asked of each table once
//! for all of them: a table without an index for it is read whole for one row as for a thousand.

use std::collections::{BTreeMap, BTreeSet};

use postgres::types::Type;
use postgres::{Error, Transaction};

use super::batch::Params;
use super::old_table::{OldTable, quote, quote_text};
use super::undo::{Outcome, Removed};
use super::write::is_refusal;

/// What becomes of each of these rows that we added. A rehearsal leaves them, and takes the rows that it would have taken out before for gone.
pub(super) fn take_out(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    keys: &[&str],
    rehearsed: Option<&Removed>,
) -> Result<BTreeMap<String, Outcome>, Error> {
    let mut outcomes: BTreeMap<String, Outcome> = keys.iter().map(|key| ((*key).to_owned(), Outcome::Gone)).collect();
    let mut ours = BTreeSet::new();
    for (key, is_as_left) in held(tx, table, keys)? {
        if is_as_left {
            ours.insert(key);
        } else {
            outcomes.insert(key, Outcome::Kept("an added row that somebody else has changed".to_owned()));
        }
    }
    for (from, points) in pointing(table) {
        for key in pointed_to(tx, table, &ours, (from, &points), rehearsed)? {
            ours.remove(&key);
            outcomes.insert(key, Outcome::Kept(format!("an added row that {from} points to")));
        }
    }
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let removed = if rehearsed.is_some() {
        ours.iter().map(|key| ((*key).to_owned(), Outcome::Removed)).collect()
    } else {
        delete(tx, table, &ours)?
    };
    outcomes.extend(removed);
    Ok(outcomes)
}

/// Holds the rows as rows that go, so that nobody can point to them from here on; gives of each that is there whether it is as we left it.
fn held(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str]) -> Result<Vec<(String, bool)>, Error> {
    let sql = format!(
        "select r.row_key, to_jsonb(t) = r.before from {} t join predictive_play.old_rows r on r.old_table = {} and r.row_key = t.{name}::text
         where t.{name} = any(array(select {} from unnest($1::text[]) k)) order by t.{name} for update of t",
        table.quoted(),
        quote_text(&table.name),
        table.keyed("k"),
        name = quote(&table.key),
    );
    let rows = tx.query_typed(&sql, &[(&keys, Type::TEXT_ARRAY)])?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Tables that may point to rows of a table, and how a row of theirs, `f`, points to the key `w.id`.
fn pointing(table: &OldTable) -> impl Iterator<Item = (&str, String)> {
    let keys = table.referred_from.iter().map(|(from, column)| (from.as_str(), format!("f.{column} = w.id")));
    let lists = table.listed_in.iter().map(|(from, column)| (from.as_str(), format!("w.id = any(f.{column})")));
    keys.chain(lists)
}

fn pointed_to(
    tx: &mut Transaction<'_>,
    table: &OldTable,
    keys: &BTreeSet<String>,
    (from, points): (&str, &str),
    rehearsed: Option<&Removed>,
) -> Result<Vec<String>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let none = (String::new(), Vec::new());
    let (of_from, gone) = rehearsed.and_then(|removed| removed.get(from)).filter(|(_, gone)| !gone.is_empty()).unwrap_or(&none);
    let of_from = if gone.is_empty() { "''".to_owned() } else { format!("f.{of_from}::text") };
    let sql = format!(
        "select distinct w.k from (select k, {} as id from unnest($1::text[]) k offset 0) w join {from} f on {points} where {of_from} <> all($2)",
        table.keyed("k"),
    );
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let params: Params<'_> = vec![(&keys, Type::TEXT_ARRAY), (gone, Type::TEXT_ARRAY)];
    Ok(tx.query_typed(&sql, &params)?.iter().map(|row| row.get(0)).collect())
}

/// Deletes rows together; where the database refuses one of them, each by itself.
fn delete(tx: &mut Transaction<'_>, table: &OldTable, keys: &[&str]) -> Result<BTreeMap<String, Outcome>, Error> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "delete from {} t where t.{name} = any(array(select {} from unnest($1::text[]) k)) returning t.{name}::text",
        table.quoted(),
        table.keyed("k"),
        name = quote(&table.key),
    );
    let mut marked = tx.transaction()?;
    match marked.query_typed(&sql, &[(&keys, Type::TEXT_ARRAY)]) {
        Ok(rows) => {
            marked.commit()?;
            let deleted: BTreeSet<&str> = rows.iter().map(|row| row.get(0)).collect();
            let stays = "an added row that a policy or a trigger of the table does not let go";
            let outcome = |key: &&str| if deleted.contains(*key) { Outcome::Removed } else { Outcome::Kept(stays.to_owned()) };
            Ok(keys.iter().map(|key| ((*key).to_owned(), outcome(key))).collect())
        }
        // A key of several columns, or a trigger of theirs.
        Err(error) if error.code().is_some_and(is_refusal) => {
            marked.rollback()?;
            if let [key] = keys {
                return Ok([((*key).to_owned(), Outcome::Kept("an added row that the database would not let go".to_owned()))].into());
            }
            let mut outcomes = BTreeMap::new();
            for key in keys {
                outcomes.extend(delete(tx, table, &[key])?);
            }
            Ok(outcomes)
        }
        Err(error) => Err(error),
    }
}
