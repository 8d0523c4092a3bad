//! Old tables that were dropped for good: the ledger cannot tell one from a table that was renamed, so somebody has to say it.

use postgres::types::Type;
use postgres::{Client, Error};

use super::undo::Undone;
use crate::adopt::error::{AdoptError, Result};

/// Notes that what we wrote into these tables went with them; their hashes go, for there is nothing to compare with. With `dry_run` nothing
/// is written. Said twice, there is nothing left to note.
///
/// # Errors
/// [`AdoptError::Usage`] where one of them is there, or neither the ledger nor `others` know it; what the server reports.
pub fn note_dropped(client: &mut Client, tables: &[String], others: &[String], dry_run: bool) -> Result<Vec<Undone>> {
    let failed = || AdoptError::query("noting which old tables were dropped");
    let mut noted = Vec::new();
    for table in tables {
        let (is_there, is_known) = looked_up(client, table).map_err(failed())?;
        if is_there {
            return Err(AdoptError::Usage(format!(
                "--dropped {table}: public.{table} is there; what we wrote into it is taken back as usual"
            )));
        }
        if !is_known && !others.contains(table) {
            return Err(AdoptError::Usage(format!(
                "--dropped {table}: neither our ledger nor a backup that was named knows a table public.{table}"
            )));
        }
        noted.push(Undone { table: table.clone(), gone: note(client, table, dry_run).map_err(failed())?, ..Undone::default() });
    }
    Ok(noted)
}

/// Whether a table is there, and whether it was ever hashed or written by us.
fn looked_up(client: &mut Client, table: &str) -> Result<(bool, bool), Error> {
    let sql = "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relname = $1),
        exists (select from predictive_play.old_hashes where old_table = $1) or exists (select from predictive_play.old_rows where old_table = $1)";
    let row = client.query_typed(sql, &[(&table, Type::TEXT)])?;
    Ok(row.first().map_or((false, false), |row| (row.get(0), row.get(1))))
}

fn note(client: &mut Client, table: &str, dry_run: bool) -> Result<u64, Error> {
    let mut tx = client.transaction()?;
    let by_name = [(&table as &(dyn postgres::types::ToSql + Sync), Type::TEXT)];
    let gone = tx.execute_typed("update predictive_play.old_rows set undone = 'gone' where old_table = $1 and undone is null", &by_name)?;
    tx.execute_typed("update predictive_play.old_fields set state = 'put_back' where old_table = $1", &by_name)?;
    tx.execute_typed("delete from predictive_play.old_hashes where old_table = $1", &by_name)?;
    if dry_run {
        tx.rollback()?
    } else {
        tx.commit()?
    }
    Ok(gone)
}
