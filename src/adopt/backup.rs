//! Backs an old database up: dump, counts and hashes of one snapshot, then the proof: restored elsewhere and compared. What was not restored is
//! no backup, and has no name.

use std::path::{Path, PathBuf};

use odds::Moment;

use super::address::Address;
use super::catalogue::{self, Host};
use super::compare::{self, Difference};
use super::content::{self, Content, HASH_METHOD, Sequence};
use super::dump::{self, Dumped};
use super::error::{AdoptError, Result};
use super::manifest::{DUMP, MANIFEST, Manifest, NotValid, Restored};
use super::objects::{self, Object, Role};
use super::pooler::{self, Identity};
use super::programs::Programs;
use super::rights::{self, Missing};
use super::scratch::{self, Scratch};
use super::session::Session;
use super::sql;
use super::standins::{self, Called, StandIns};
use crate::clock::Clock;

/// What is asked for.
pub struct Request<'a> {
    /// The old database.
    pub from: &'a Address,
    /// A way to it past a pooler, where there is one.
    pub direct: Option<&'a Address>,
    /// The folder that is to become the backup: not there yet, or empty.
    pub out: &'a Path,
    /// The server to prove it on; a private cluster where not given.
    pub scratch: Option<&'a Address>,
    /// Where a private cluster is made.
    pub scratch_dir: &'a Path,
    /// Where PostgreSQL's programs are; everywhere where not given.
    pub programs: Option<&'a Path>,
    /// Schemas to leave out.
    pub without: &'a [String],
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// The server and the database.
    pub server: Host,
    /// The address that the dump uses.
    pub dumped_from: String,
    /// What dumps.
    pub pg_dump: String,
    /// Where it is proved.
    pub scratch: String,
    /// Rights that are missing; nothing can begin while there are any.
    pub missing_rights: Vec<Missing>,
}

/// What was found on the way, as it is told to whoever waits.
pub type OnStep<'a> = &'a mut dyn FnMut(&str);

/// Looks whether a backup can be made, and how. Writes nothing.
///
/// # Errors
/// [`AdoptError::Usage`] where the way is barred: a pooler, a folder that is in use, programs that are missing.
pub fn plan(request: &Request<'_>) -> Result<Plan> {
    let (address, programs, host) = prepared(request)?;
    let mut session = Session::open(address)?;
    session.begin_look()?;
    let missing_rights = missing(&mut session, &host, request.without)?;
    session.end()?;
    let own = || format!("a private cluster of {} in {}", programs.version, request.scratch_dir.display());
    let scratch = request.scratch.map_or_else(own, Address::shown);
    Ok(Plan { server: host, dumped_from: address.shown(), pg_dump: programs.version, scratch, missing_rights })
}

/// Makes a backup and proves it.
///
/// # Errors
/// Where it could not be made or did not come back equal; then there is no folder of that name, and nothing was changed anywhere.
pub fn backup(request: &Request<'_>, clock: &dyn Clock, on_step: OnStep<'_>) -> Result<Manifest> {
    let (address, programs, host) = prepared(request)?;
    let folder = Unfinished::make(request.out)?;
    let mut session = Session::open(address)?;
    let identity = Identity::of(&mut session)?;
    let taken = take(&mut session, request, &host, address, &programs, &folder.path.join(DUMP), clock, on_step)?;
    drop(session);
    on_step("restoring it to prove it");
    let scratch = match request.scratch {
        Some(server) => Scratch::on(server, &identity, &host, &taken.dumped.blake3[..12])?,
        None => Scratch::private(&programs, &host, request.scratch_dir)?,
    };
    let restored = prove(&taken, &scratch, &programs, &folder.path.join(DUMP), clock, request.without)
        .map_err(|error| with_reason(error, &scratch.said()))?;
    let manifest = taken.manifest(&host, &programs, request.without, restored);
    manifest.write(&folder.path)?;
    folder.finish()?;
    Ok(manifest)
}

/// The address that can be dumped from, the programs, and the server, or why not.
fn prepared<'a>(request: &'a Request<'_>) -> Result<(&'a Address, Programs, Host)> {
    refuse_folder_in_use(request.out)?;
    let address = dumpable(request.from, request.direct)?;
    let mut session = Session::open(address)?;
    session.begin_look()?;
    let host = catalogue::host(&mut session)?;
    session.end()?;
    let programs = Programs::for_server(host.major(), request.programs)?;
    if request.scratch.is_none() && !programs.has_server() {
        let package = format!("install postgresql-{}, or give --scratch URL of a server that is not the old one", programs.major);
        return Err(AdoptError::Usage(format!("the scratch database needs initdb and postgres beside {}: {package}", programs.version)));
    }
    Ok((address, programs, host))
}

/// The address that a dump can use: the direct one where it leads to the same database, else the first unless it is a pooler.
fn dumpable<'a>(from: &'a Address, direct: Option<&'a Address>) -> Result<&'a Address> {
    let is_from_pooler = pooler::is_pooler(from)?;
    let address = match direct.map(|direct| (direct, is_same_database(from, direct))) {
        Some((direct, Ok(true))) => direct,
        Some((direct, Ok(false))) if is_from_pooler => {
            let told = format!("{}, which is not the same database as {}", direct.shown(), from.shown());
            return Err(AdoptError::Usage(format!("DATABASE_DIRECT_URL (or --direct) leads to {told}")));
        }
        Some((_, Err(error))) if is_from_pooler => return Err(error),
        // It is for another store, or of no use: the first address needs it not.
        _ => from,
    };
    if address == from && is_from_pooler || address != from && pooler::is_pooler(address)? {
        return Err(AdoptError::Usage(format!(
            "{} is a pooler that gives each transaction another connection; a dump needs the server itself: set DATABASE_DIRECT_URL (or --direct) to it \
             (at Supabase: the direct connection, db.PROJECT.supabase.co:5432, or the pooler in session mode)",
            address.shown()
        )));
    }
    Ok(address)
}

fn is_same_database(one: &Address, other: &Address) -> Result<bool> {
    let one = Identity::of(&mut Session::open(one)?)?;
    Ok(one.is_same_database(&Identity::of(&mut Session::open(other)?)?))
}

fn missing(session: &mut Session, host: &Host, without: &[String]) -> Result<Vec<Missing>> {
    let tables: Vec<_> = catalogue::tables(session)?.into_iter().filter(|table| !without.contains(&table.schema)).collect();
    let is_left_out =
        |on: &str| without.iter().any(|schema| on == schema || on.strip_prefix(schema.as_str()).is_some_and(|rest| rest.starts_with('.')));
    let missing = rights::for_a_dump(session, &tables, &sql::name(&host.user))?;
    Ok(missing.into_iter().filter(|missing| !is_left_out(&missing.on)).collect())
}

/// What was taken of one snapshot.
struct Taken {
    made_at: Moment,
    snapshot: String,
    dumped: Dumped,
    tables: Vec<Content>,
    sequences: Vec<Sequence>,
    objects: Vec<Object>,
    roles: Vec<Role>,
    called: Vec<Called>,
}

#[allow(clippy::too_many_arguments, reason = "the one place where everything of a backup meets")]
fn take(
    session: &mut Session,
    request: &Request<'_>,
    host: &Host,
    address: &Address,
    programs: &Programs,
    to: &Path,
    clock: &dyn Clock,
    on_step: OnStep<'_>,
) -> Result<Taken> {
    session.begin_look()?;
    let missing = missing(session, host, request.without)?;
    if !missing.is_empty() {
        let told: Vec<String> = missing.iter().map(|missing| format!("{} on {} ({})", missing.right, missing.on, missing.remedy)).collect();
        return Err(AdoptError::Failed(format!(
            "rights are missing for a dump: {}; or leave a schema out with --without-schema",
            told.join("; ")
        )));
    }
    let made_at = clock.now();
    let row = session.row("select pg_export_snapshot()", &[], "exporting a snapshot")?;
    let snapshot: String = row.try_get(0).map_err(AdoptError::query("exporting a snapshot"))?;
    let (objects, roles) = (objects::objects(session, request.without)?, objects::roles(session)?);
    let (sequences, called) = (content::sequences(session, request.without)?, standins::called(session)?);
    on_step("dumping, and hashing the rows of the same snapshot");
    // Both read the one snapshot: side by side they take as long as the slower.
    let (dumped, tables) = std::thread::scope(|scope| {
        let dumping = scope.spawn(|| dump::dump(programs, address, &snapshot, request.without, to));
        let tables = content::contents(session, request.without);
        (dumping.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), tables)
    });
    let (dumped, tables) = (dumped?, tables?);
    session.end()?;
    Ok(Taken { made_at, snapshot, dumped, tables, sequences, objects, roles, called })
}

impl Taken {
    fn manifest(self, host: &Host, programs: &Programs, without: &[String], restored: Restored) -> Manifest {
        Manifest {
            format: Manifest::FORMAT,
            made_at: self.made_at.to_string(),
            database: host.database.clone(),
            server_version: host.version.clone(),
            pg_dump: programs.version.clone(),
            snapshot: self.snapshot,
            dump_bytes: self.dumped.bytes,
            dump_blake3: self.dumped.blake3,
            hash_method: HASH_METHOD.to_owned(),
            without_schemas: without.to_vec(),
            tables: self.tables,
            sequences: self.sequences,
            objects: self.objects,
            roles: self.roles,
            restored,
        }
    }
}

/// Restores into the scratch database and compares everything.
fn prove(taken: &Taken, scratch: &Scratch, programs: &Programs, dump: &Path, clock: &dyn Clock, without: &[String]) -> Result<Restored> {
    let mut session = Session::open(scratch.address())?;
    let roles_made = scratch::make_roles(&mut session, &taken.roles)?;
    let stand_ins = StandIns::make(&mut session, &taken.objects, &taken.called)?;
    let said = dump::restore(programs, dump, scratch.address(), &[], true)?;
    let not_valid = put_back_not_valid(&mut session, &taken.objects, without)?;
    let Look { tables, sequences, objects } = look(&mut session, without)?;
    let is_known =
        |difference: &Difference| not_valid.iter().any(|known| known.constraint == difference.of) || stand_ins.explains(difference);
    let mut differences = compare::contents(&taken.tables, &tables);
    differences.extend(compare::sequences(&taken.sequences, &sequences));
    differences.extend(compare::objects(&taken.objects, &objects).into_iter().filter(|difference| !is_known(difference)));
    if !differences.is_empty() {
        return Err(differs(&differences, &said));
    }
    Ok(Restored {
        at: clock.now().to_string(),
        into: scratch.described.clone(),
        tables: taken.tables.len(),
        rows: taken.tables.iter().map(|table| table.rows).sum(),
        objects: taken.objects.len() - not_valid.len(),
        not_valid,
        roles_made,
        stood_in: stand_ins.told(),
    })
}

/// What a database holds, of one moment.
pub(super) struct Look {
    pub tables: Vec<Content>,
    pub sequences: Vec<Sequence>,
    pub objects: Vec<Object>,
}

/// Looks at all that is compared.
pub(super) fn look(session: &mut Session, without: &[String]) -> Result<Look> {
    session.begin_look()?;
    let tables = content::contents(session, without)?;
    let found = Look { tables, sequences: content::sequences(session, without)?, objects: objects::objects(session, without)? };
    session.end()?;
    Ok(found)
}

/// Foreign keys that did not come back because rows of the old database violate them: put back as `not valid`, so that they guard
/// new rows as they did before.
fn put_back_not_valid(session: &mut Session, wanted: &[Object], without: &[String]) -> Result<Vec<NotValid>> {
    session.begin_look()?;
    let there = objects::objects(session, without)?;
    session.end()?;
    let lost =
        compare::objects(wanted, &there).into_iter().filter(|difference| difference.of.kind == "constraint" && difference.is.is_none());
    let mut put_back = Vec::new();
    for Difference { of, was, .. } in lost {
        let definition = was.unwrap_or_default();
        if !definition.starts_with("FOREIGN KEY") {
            continue;
        }
        let (table, name) = of.name.rsplit_once(' ').unwrap_or((&of.name, ""));
        let not_valid = NotValid { table: table.to_owned(), name: name.to_owned(), definition, constraint: of.clone() };
        // Where even this is refused the comparison tells that it is missing.
        if add_not_valid(session, &not_valid).is_ok() {
            put_back.push(not_valid);
        }
    }
    Ok(put_back)
}

pub(super) fn add_not_valid(session: &mut Session, key: &NotValid) -> Result<()> {
    let statement = format!("alter table {} add constraint {} {} not valid", key.table, sql::name(&key.name), key.definition);
    session.run(&statement, &format!("putting back the foreign key {}", key.name))
}

/// Puts a foreign key back that was dropped: checked where the rows allow it, else as `not valid`.
pub(super) fn add_again(session: &mut Session, key: &NotValid) -> Result<()> {
    let statement = format!("alter table {} add constraint {} {}", key.table, sql::name(&key.name), key.definition);
    session.run(&statement, "putting back a foreign key").or_else(|_| add_not_valid(session, key))
}

pub(super) fn differs(differences: &[Difference], said: &str) -> AdoptError {
    let told: Vec<String> = differences.iter().take(12).map(ToString::to_string).collect();
    let more = differences.len().saturating_sub(told.len());
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let said = if said.is_empty() { String::new() } else { format!("; pg_restore said: {}", dump::last_lines(said)) };
    AdoptError::Failed(format!("what was restored is not what was backed up: {}{more}{said}", told.join("; ")))
}

/// An error of the scratch server with its own last words: a full disk is told there alone.
fn with_reason(error: AdoptError, said: &str) -> AdoptError {
    let Some(line) = said.lines().rev().find(|line| line.contains("No space left")) else { return error };
    AdoptError::Failed(format!("{error}; the scratch server said: {line} (--scratch-dir names another place, --scratch another server)"))
}

fn refuse_folder_in_use(out: &Path) -> Result<()> {
    match std::fs::read_dir(out).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(AdoptError::Usage(format!("--out {} is not empty: a backup gets a folder of its own", out.display()))),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(AdoptError::file("looking into", out)(error)),
        _ => Ok(()),
    }
}

/// The folder while it is no backup yet: named `...incomplete`, removed unless finished.
struct Unfinished {
    path: PathBuf,
    out: PathBuf,
}

impl Unfinished {
    /// Makes it; what a killed run left in its place goes.
    fn make(out: &Path) -> Result<Self> {
        let name = out.file_name().ok_or_else(|| AdoptError::Usage(format!("--out {} names no folder", out.display())))?;
        let path = out.with_file_name(format!("{}.incomplete", name.to_string_lossy()));
        for left in [DUMP, MANIFEST] {
            let _ = std::fs::remove_file(path.join(left));
        }
        std::fs::create_dir_all(&path).map_err(AdoptError::file("making", &path))?;
        Ok(Self { path, out: out.to_owned() })
    }

    /// Gives it its name, at once and for good.
    fn finish(self) -> Result<()> {
        std::fs::rename(&self.path, &self.out).map_err(AdoptError::file("naming", &self.out))?;
        let parent = self.out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = std::fs::File::open(parent).map_err(AdoptError::file("opening", parent))?;
        folder.sync_all().map_err(AdoptError::file("syncing", parent))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for left in [DUMP, MANIFEST] {
            let _ = std::fs::remove_file(self.path.join(left));
        }
        let _ = std::fs::remove_dir(&self.path);
    }
}
