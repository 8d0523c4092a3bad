//! What we may not do there and will need, by name and by step, told before anything begins.

use serde::Serialize;

use super::catalogue::{Host, Table};
use super::error::{AdoptError, Result};
use super::layout::Layout;
use super::session::Session;
use super::sql;

/// A right that a step needs and we do not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The step that needs it (`backup`).
    pub step: &'static str,
    /// The right (`select`).
    pub right: String,
    /// On what (`public.predictions`).
    pub on: String,
    /// A statement that gives it.
    pub remedy: String,
}

/// Sequences that a dump reads, and schemas that it names.
const READ_BY_A_DUMP: &str = "
    select 'usage', n.nspname::text, format('grant usage on schema %I to %I', n.nspname, current_user)
    from pg_namespace n where NOT_THE_SERVERS and not has_schema_privilege(n.oid, 'usage')
    union all
    select 'select', n.nspname || '.' || c.relname, format('grant select on sequence %I.%I to %I', n.nspname, c.relname, current_user)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and NOT_THE_SERVERS and not has_table_privilege(c.oid, 'select')
    union all
    select 'select', n.nspname || '.' || c.relname, format('grant select on %I.%I to %I', n.nspname, c.relname, current_user)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and NOT_THE_SERVERS and not has_table_privilege(c.oid, 'select')
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 2, 1";

/// Every right that a step to come needs and we lack.
///
/// # Errors
/// What the server reports.
pub fn missing(session: &mut Session, host: &Host, tables: &[Table], layout: &Layout) -> Result<Vec<Missing>> {
    let user = sql::name(&host.user);
    let mut found = for_a_dump(session, tables, &user)?;
    let database = sql::name(&host.database);
    if !has(session, "has_database_privilege(current_database(), 'create')")? {
        let remedy = format!("grant create on database {database} to {user}");
        found.push(Missing { step: "apply", right: "create".to_owned(), on: format!("database {}", host.database), remedy });
    }
    let Some((schema, table)) = layout.events() else { return Ok(found) };
    let events = sql::qualified(schema, table);
    for (step, rights) in [("cutover", ["select", "insert", "update"].as_slice()), ("rollback", &["delete"])] {
        for right in rights {
            if !has(session, &format!("has_table_privilege({}, '{right}')", sql::literal(&events)))? {
                let remedy = format!("grant {right} on {events} to {user}");
                found.push(Missing { step, right: (*right).to_owned(), on: format!("{schema}.{table}"), remedy });
            }
        }
    }
    Ok(found)
}

/// What a dump needs: every schema, table and sequence, and every row.
///
/// # Errors
/// What the server reports.
pub fn for_a_dump(session: &mut Session, tables: &[Table], user: &str) -> Result<Vec<Missing>> {
    let doing = "asking what we may read";
    let rows = session.rows(&READ_BY_A_DUMP.replace("NOT_THE_SERVERS", sql::NOT_THE_SERVERS), &[], doing)?;
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
    let closed = rows.iter().map(|row| Ok(Missing { step: "backup", right: text(row, 0)?, on: text(row, 1)?, remedy: text(row, 2)? }));
    let mut found = closed.collect::<Result<Vec<_>>>()?;
    let hidden = tables.iter().filter(|table| table.hides_rows && table.holds_rows());
    found.extend(hidden.map(|table| Missing {
        step: "backup",
        right: "bypassrls, or ownership".to_owned(),
        on: format!("{}.{}", table.schema, table.name),
        remedy: format!("alter role {user} bypassrls"),
    }));
    Ok(found)
}

fn has(session: &mut Session, question: &str) -> Result<bool> {
    let doing = "asking what we may do";
    session.row(&format!("select {question}"), &[], doing)?.try_get(0).map_err(AdoptError::query(doing))
}
