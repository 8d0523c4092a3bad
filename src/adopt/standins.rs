//! Extensions of a host that the scratch server does not have (many are the host's own): functions of theirs that tables, views and policies
//! call are stood in for, so that those come back and can be compared. The rows of no table depend on them.

use std::collections::BTreeSet;

use super::compare::Difference;
use super::error::{AdoptError, Result};
use super::objects::Object;
use super::session::Session;
use super::sql;

/// A function of an extension that an object of the database calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    extension: String,
    schema: String,
    name: String,
    arguments: String,
    result: String,
}

const CALLED: &str = "
    select x.extname::text, n.nspname::text, p.proname::text, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid)
    from pg_extension x
        join pg_depend e on e.refclassid = 'pg_extension'::regclass and e.refobjid = x.oid and e.deptype = 'e' and e.classid = 'pg_proc'::regclass
        join pg_proc p on p.oid = e.objid join pg_namespace n on n.oid = p.pronamespace
    where p.prokind = 'f' and exists (select from pg_depend d where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and d.deptype <> 'e'
        and not exists (select from pg_depend m where m.classid = d.classid and m.objid = d.objid and m.deptype = 'e'))
    order by 1, 2, 3, 4";

/// Functions of extensions that objects of the database call.
///
/// # Errors
/// What the server reports.
pub fn called(session: &mut Session) -> Result<Vec<Called>> {
    let doing = "reading which functions of extensions are called";
    let rows = session.rows(CALLED, &[], doing)?;
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(AdoptError::query(doing));
    let called = |row: &postgres::Row| {
        Ok(Called { extension: text(row, 0)?, schema: text(row, 1)?, name: text(row, 2)?, arguments: text(row, 3)?, result: text(row, 4)? })
    };
    rows.iter().map(called).collect()
}

/// What stands in for extensions on a scratch server.
#[derive(Debug, Default)]
pub struct StandIns {
    extensions: BTreeSet<String>,
    functions: BTreeSet<String>,
}

impl StandIns {
    /// Makes what is needed of the extensions in `objects` that the server does not have.
    ///
    /// # Errors
    /// What the server reports.
    pub fn make(session: &mut Session, objects: &[Object], called: &[Called]) -> Result<Self> {
        let doing = "looking which extensions the scratch server has";
        let rows = session.rows("select name::text from pg_catalog.pg_available_extensions", &[], doing)?;
        let available: Vec<String> = rows.iter().map(|row| row.try_get(0).map_err(AdoptError::query(doing))).collect::<Result<_>>()?;
        let wanted = objects.iter().filter(|object| object.kind == "extension").map(|object| object.name.clone());
        let extensions: BTreeSet<String> = wanted.filter(|name| !available.contains(name)).collect();
        let mut functions = BTreeSet::new();
        for function in called.iter().filter(|function| extensions.contains(&function.extension)) {
            session.run(&statement(function), &format!("standing in for {}.{}", function.schema, function.name))?;
            functions.insert(format!("{}.{}({})", function.schema, function.name, function.arguments));
        }
        Ok(Self { extensions, functions })
    }

    /// Whether a difference comes from what stands in alone.
    pub fn explains(&self, difference: &Difference) -> bool {
        let of = &difference.of;
        match of.kind.as_str() {
            "extension" => difference.is.is_none() && self.extensions.contains(&of.name),
            "function" => difference.was.is_none() && self.functions.contains(&of.name),
            _ => false,
        }
    }

    /// Each extension with what was made in its place.
    pub fn told(&self) -> Vec<String> {
        let functions = self.functions.iter().cloned().collect::<Vec<_>>().join(", ");
        let with = if functions.is_empty() { String::new() } else { format!(" (made in their place: {functions})") };
        self.extensions.iter().map(|name| format!("{name}{with}")).collect()
    }
}

/// A function of the same name and kind that gives nothing.
fn statement(function: &Called) -> String {
    let Called { schema, name, arguments, result, .. } = function;
    let body = match result.as_str() {
        "trigger" | "event_trigger" => "language plpgsql as 'begin return new; end'".to_owned(),
        "void" => "language sql as ''".to_owned(),
        _ if result.starts_with("SETOF ") || result.starts_with("TABLE(") => "language plpgsql as 'begin return; end'".to_owned(),
        _ => format!("language sql as {}", sql::literal(&format!("select null::{result}"))),
    };
    format!(
        "create schema if not exists {}; create function {}({arguments}) returns {result} {body}",
        sql::name(schema),
        sql::qualified(schema, name)
    )
}
