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

/// What taking rows over needs: a schema of our own (where it is to lie beside), and every row of the tables that are read.
///
/// # Errors
/// What the server reports.
pub fn for_apply(session: &mut Session, host: &Host, read: &[&Table], is_beside: bool) -> Result<Vec<Missing>> {
    let user = sql::name(&host.user);
    let mut found = Vec::new();
    let ours = "select from pg_namespace where nspname = 'predictive_play'";
    let may_make = "has_database_privilege(current_database(), 'create')";
    let owns = format!("exists ({ours} and pg_has_role(nspowner, 'usage'))");
    if is_beside && !has(session, &format!("case when exists ({ours}) then {owns} else {may_make} end"))? {
        let database = sql::name(&host.database);
        let missing = if has(session, &format!("exists ({ours})"))? {
            ("ownership", "schema predictive_play".to_owned(), format!("grant predictive_play_owner to {user}"))
        } else {
            ("create", format!("database {}", host.database), format!("grant create on database {database} to {user}"))
        };
        found.push(Missing { step: "apply", right: missing.0.to_owned(), on: missing.1, remedy: missing.2 });
    }
    for table in read {
        let (on, named) = (format!("{}.{}", table.schema, table.name), sql::qualified(&table.schema, &table.name));
        if !has(session, &format!("has_schema_privilege({}, 'usage')", sql::literal(&table.schema)))? {
            let remedy = format!("grant usage on schema {} to {user}", sql::name(&table.schema));
            let missing = Missing { step: "apply", right: "usage".to_owned(), on: table.schema.clone(), remedy };
            found.extend((!found.contains(&missing)).then_some(missing));
            continue;
        }
        if !has(session, &format!("has_table_privilege({}, 'select')", sql::literal(&named)))? {
            let remedy = format!("grant select on {named} to {user}");
            found.push(Missing { step: "apply", right: "select".to_owned(), on: on.clone(), remedy });
        }
        if table.hides_rows {
            let remedy = format!("alter role {user} bypassrls");
            found.push(Missing { step: "apply", right: "bypassrls, or ownership".to_owned(), on, remedy });
        }
    }
    Ok(found)
}

/// What taking added rows out again needs on every table that may point to them (as a statement names it): a row of ours that somebody points to
/// stays, and a row that is hidden from us would go with it.
///
/// # Errors
/// What the server reports.
pub fn for_rollback(session: &mut Session, referring: &[String]) -> Result<Vec<Missing>> {
    let doing = "asking what we may read of who points to old rows";
    let sql =
        "select t, has_table_privilege(to_regclass(t), 'select'), row_security_active(to_regclass(t)), quote_ident(current_user::text)
        from unnest(string_to_array($1, e'\\n')) t where to_regclass(t) is not null";
    let mut found = Vec::new();
    for row in session.rows(sql, &[&referring.join("\n")], doing)? {
        let failed = || AdoptError::query(doing);
        let (on, is_readable, hides): (String, bool, bool) =
            (row.try_get(0).map_err(failed())?, row.try_get(1).map_err(failed())?, row.try_get(2).map_err(failed())?);
        let user: String = row.try_get(3).map_err(failed())?;
        let mut miss =
            |right: &str, remedy: String| found.push(Missing { step: "rollback", right: right.to_owned(), on: on.clone(), remedy });
        if !is_readable {
            miss("select", format!("grant select on {on} to {user}"));
        }
        if hides {
            miss("bypassrls, or ownership", format!("alter role {user} bypassrls"));
        }
    }
    Ok(found)
}

/// Sequences that number new rows, and row level security that would hide rows from us.
const NUMBERS_AND_HIDDEN: &str = "
    with old as (select distinct to_regclass(t) as oid from unnest(string_to_array($1, e'\\n')) t)
    select 'usage', format('%I.%I', n.nspname, s.relname), format('grant usage on sequence %I.%I to %s', n.nspname, s.relname, USER)
    from old join pg_depend d on d.refobjid = old.oid and d.refclassid = 'pg_class'::regclass and d.classid = 'pg_class'::regclass and d.deptype = 'a'
    join pg_class s on s.oid = d.objid join pg_namespace n on n.oid = s.relnamespace
    where case s.relkind when 'S' then not has_sequence_privilege(s.oid, 'usage') else false end
    union all
    select 'bypassrls, or ownership', old.oid::regclass::text, format('alter role %s bypassrls', USER) from old where row_security_active(old.oid)
    order by 2, 1";

/// What following the old tables, and taking that back, needs on each of them.
///
/// # Errors
/// What the server reports.
pub fn for_cutover(session: &mut Session, wanted: &[&super::cutover::Column]) -> Result<Vec<Missing>> {
    let doing = "asking who we are";
    let user: String = session.row("select quote_ident(current_user::text)", &[], doing)?.try_get(0).map_err(AdoptError::query(doing))?;
    let mut found = Vec::new();
    let mut miss = |session: &mut Session, step: &'static str, right: &str, table: &str| -> Result<()> {
        let named = sql::qualified("public", table);
        if !has(session, &format!("has_table_privilege({}, '{right}')", sql::literal(&named)))? {
            let missing = Missing {
                step,
                right: right.to_owned(),
                on: format!("public.{table}"),
                remedy: format!("grant {right} on {named} to {user}"),
            };
            found.extend((!found.contains(&missing)).then_some(missing));
        }
        Ok(())
    };
    for column in wanted {
        miss(session, "cutover", "select", &column.table)?;
        miss(session, "cutover", if column.column.is_some() { "update" } else { "insert" }, &column.table)?;
        if column.column.is_none() {
            miss(session, "rollback", "delete", &column.table)?;
        }
    }
    let tables: Vec<String> = wanted.iter().map(|column| sql::qualified("public", &column.table)).collect();
    let rows = session.rows(&NUMBERS_AND_HIDDEN.replace("USER", &sql::literal(&user)), &[&tables.join("\n")], doing)?;
    for row in &rows {
        let text = |at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
        found.push(Missing { step: "cutover", right: text(0)?, on: text(1)?, remedy: text(2)? });
    }
    Ok(found)
}

/// What is missing as a refusal.
pub fn refused(missing: &[Missing]) -> AdoptError {
    let told: Vec<String> = missing.iter().map(|missing| format!("{} on {} ({})", missing.right, missing.on, missing.remedy)).collect();
    AdoptError::Usage(format!("rights are missing: {}", told.join("; ")))
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
