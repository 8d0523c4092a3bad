//! Puts a backup back, alone: all of it or nothing, in one transaction, and compared with its manifest after.

use std::path::Path;

use super::address::Address;
use super::backup::{self, Look, OnStep};
use super::catalogue;
use super::compare;
use super::dump;
use super::error::{AdoptError, Result};
use super::manifest::{DUMP, Manifest, NotValid};
use super::pooler;
use super::programs::{self, Programs};
use super::scratch;
use super::session::Session;

/// What is asked for.
pub struct Request<'a> {
    /// The folder of the backup.
    pub backup: &'a Path,
    /// The database to restore into.
    pub into: &'a Address,
    /// Whether what the backup holds replaces what is there under the same names.
    pub is_replacing: bool,
    /// Where PostgreSQL's programs are; everywhere where not given.
    pub programs: Option<&'a Path>,
}

/// What was put back, or would be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PutBack {
    /// Into which database.
    pub into: String,
    /// Tables.
    pub tables: usize,
    /// Rows in them.
    pub rows: u64,
    /// Roles that were missing there: made, unable to log in.
    pub roles_made: Vec<String>,
    /// Foreign keys that the backup's own rows violate: put back as `not valid`.
    pub not_valid: Vec<String>,
    /// What the target holds before.
    pub was_there: Vec<String>,
}

/// Looks whether a backup can be put back, and what it would be. Writes nothing.
///
/// # Errors
/// [`AdoptError::Usage`] where the backup or the target is not fit for it.
pub fn plan(request: &Request<'_>) -> Result<PutBack> {
    let (manifest, _) = prepared(request)?;
    let mut session = Session::open(request.into)?;
    Ok(put_back(request, &manifest, missing_roles(&mut session, &manifest)?, there(&mut session)?))
}

/// Puts a backup back and compares it with its manifest.
///
/// # Errors
/// Where it could not be put back: the target is then as it was, but for roles that were made, and foreign keys that its rows violate may be
/// `not valid`. Where it differs after: the differences are told.
pub fn restore(request: &Request<'_>, on_step: OnStep<'_>) -> Result<PutBack> {
    let (manifest, programs) = prepared(request)?;
    let mut session = Session::open(request.into)?;
    let was_there = there(&mut session)?;
    let roles_made = scratch::make_roles(&mut session, &manifest.roles)?;
    on_step("putting it back");
    let list = tempfile::NamedTempFile::new().map_err(AdoptError::file("making a file in", &std::env::temp_dir()))?;
    let path = request.backup.join(DUMP);
    std::fs::write(list.path(), wanted(&dump::list(&programs, &path)?, &manifest)).map_err(AdoptError::file("writing", list.path()))?;
    let use_list = format!("--use-list={}", list.path().display());
    let mut arguments = vec!["--single-transaction", "--exit-on-error", &use_list];
    arguments.extend(request.is_replacing.then_some(["--clean", "--if-exists"]).iter().flatten());
    let dropped = if request.is_replacing { drop_violated(&mut session, &manifest)? } else { Vec::new() };
    if let Err(error) = dump::restore(&programs, &path, request.into, &arguments, false) {
        for key in dropped {
            backup::add_again(&mut session, key)?;
        }
        return Err(error);
    }
    for key in &manifest.restored.not_valid {
        backup::add_not_valid(&mut session, key)?;
    }
    on_step("comparing it with its manifest");
    compare_with(&manifest, &mut session, request.is_replacing)?;
    Ok(put_back(request, &manifest, roles_made, was_there))
}

/// Drops what stands in the target of the foreign keys that the dump cannot bring: they would hold the tables that it replaces. Gives what it
/// dropped.
fn drop_violated<'a>(session: &mut Session, manifest: &'a Manifest) -> Result<Vec<&'a NotValid>> {
    session.begin_write()?;
    let there = super::objects::objects(session, &manifest.without_schemas)?;
    let is_there =
        |key: &&NotValid| there.iter().any(|object| (&object.kind, &object.name) == (&key.constraint.kind, &key.constraint.name));
    let violated: Vec<&NotValid> = manifest.restored.not_valid.iter().filter(is_there).collect();
    for key in &violated {
        let statement = format!("alter table {} drop constraint {}", key.table, super::sql::name(&key.name));
        session.run(&statement, &format!("dropping the foreign key {}", key.name))?;
    }
    session.commit()?;
    Ok(violated)
}

fn put_back(request: &Request<'_>, manifest: &Manifest, roles_made: Vec<String>, was_there: Vec<String>) -> PutBack {
    let not_valid = manifest.restored.not_valid.iter().map(|key| key.constraint.name.clone()).collect();
    PutBack { into: request.into.shown(), tables: manifest.tables.len(), rows: manifest.rows(), roles_made, not_valid, was_there }
}

/// A backup that is whole, a target that is fit, and the programs, or why not.
fn prepared(request: &Request<'_>) -> Result<(Manifest, Programs)> {
    let manifest = Manifest::read(request.backup)?;
    let found = dump::hash_of(&request.backup.join(DUMP))?;
    if (found.bytes, &found.blake3) != (manifest.dump_bytes, &manifest.dump_blake3) {
        let told = format!("{} bytes where its manifest says {}, or others", found.bytes, manifest.dump_bytes);
        return Err(AdoptError::Failed(format!("{} is damaged: it holds {told}", request.backup.join(DUMP).display())));
    }
    if pooler::is_pooler(request.into)? {
        return Err(AdoptError::Usage(format!("--into {} is a pooler; a restore needs the server itself", request.into.shown())));
    }
    let mut session = Session::open(request.into)?;
    let there = there(&mut session)?;
    if !there.is_empty() && !request.is_replacing {
        let told: Vec<&str> = there.iter().take(5).map(String::as_str).collect();
        let refused = format!("--into {} is not empty: it holds {} tables ({} ..)", request.into.shown(), there.len(), told.join(", "));
        return Err(AdoptError::Usage(format!("{refused}; name an empty database, or say --replace to put the backup in their place")));
    }
    session.begin_look()?;
    let host = catalogue::host(&mut session)?;
    refuse_default_privileges(&mut session, request.into)?;
    session.end()?;
    Ok((manifest, Programs::for_server(host.major().max(major_of_dump(request.backup)?), request.programs)?))
}

/// Default privileges of the target would grant what is put back to more people than it was granted to, and a dump cannot say otherwise.
fn refuse_default_privileges(session: &mut Session, into: &Address) -> Result<()> {
    let doing = "reading default privileges";
    let query = "select distinct concat_ws(' ', 'of', pg_get_userbyid(d.defaclrole), 'in', coalesce(n.nspname, 'every schema')) \
        from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace order by 1";
    let rows = session.rows(query, &[], doing)?;
    let told: Vec<String> = rows.iter().map(|row| row.try_get(0).map_err(AdoptError::query(doing))).collect::<Result<_>>()?;
    if told.is_empty() {
        return Ok(());
    }
    Err(AdoptError::Usage(format!(
        "--into {} has default privileges ({}): they would grant what is put back to others too; take them away there first \
         (`alter default privileges .. revoke ..`), the backup brings its own",
        into.shown(),
        told.join(", ")
    )))
}

/// The version that made the dump: an older `pg_restore` cannot read it.
fn major_of_dump(backup: &Path) -> Result<u32> {
    let version = Manifest::read(backup)?.pg_dump;
    Ok(programs::major_of(&version).unwrap_or_default())
}

/// Tables, views and the like that stand in the target.
fn there(session: &mut Session) -> Result<Vec<String>> {
    session.begin_look()?;
    let tables = catalogue::tables(session)?;
    session.end()?;
    Ok(tables.into_iter().map(|table| format!("{}.{}", table.schema, table.name)).collect())
}

fn missing_roles(session: &mut Session, manifest: &Manifest) -> Result<Vec<String>> {
    session.begin_look()?;
    let mut missing = Vec::new();
    for role in &manifest.roles {
        let name = super::sql::literal(&role.name);
        if session.count(&format!("select count(*) from pg_roles where rolname = {name}"), "looking for roles")? == 0 {
            missing.push(role.name.clone());
        }
    }
    session.end()?;
    Ok(missing)
}

/// The dump's table of contents without the foreign keys that no server accepts: they are put back after, as `not valid`.
fn wanted(list: &str, manifest: &Manifest) -> String {
    let is_left_out = |line: &str| {
        line.contains(" FK CONSTRAINT ")
            && manifest.restored.not_valid.iter().any(|key| line.contains(&format!(" {} ", key.name)) && speaks_of(line, &key.table))
    };
    list.lines().filter(|line| !is_left_out(line)).map(|line| format!("{line}\n")).collect()
}

/// Whether an entry (`3456; 2606 16500 FK CONSTRAINT public predictions predictions_event_id_fkey owner`) is about a table.
fn speaks_of(line: &str, table: &str) -> bool {
    let plain = table.replace('"', "");
    let (schema, name) = plain.split_once('.').unwrap_or(("public", &plain));
    line.contains(&format!(" {schema} {name} "))
}

fn compare_with(manifest: &Manifest, session: &mut Session, is_replacing: bool) -> Result<()> {
    let Look { tables, sequences, objects } = backup::look(session, &manifest.without_schemas)?;
    let is_known = |key: &compare::ObjectKey| manifest.restored.not_valid.iter().any(|known| known.constraint == *key);
    let mut differences = compare::contents(&manifest.tables, &tables);
    differences.extend(compare::sequences(&manifest.sequences, &sequences));
    differences.extend(compare::objects(&manifest.objects, &objects).into_iter().filter(|difference| !is_known(&difference.of)));
    // What stood beside the backup's own names is not the backup's to judge.
    differences.retain(|difference| !is_replacing || difference.was.is_some());
    if differences.is_empty() { Ok(()) } else { Err(backup::differs(&differences, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_about_a_table_with_its_schema() {
        let line = "3456; 2606 16500 FK CONSTRAINT Reports 2024 Daily Totals totals_fkey postgres";
        assert!(speaks_of(line, r#""Reports 2024"."Daily Totals""#));
        assert!(!speaks_of(line, "public.totals"));
    }
}
