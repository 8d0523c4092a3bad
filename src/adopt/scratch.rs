//! Where a backup is restored to be proved: a private cluster of our own, or a database that we make on a server that was named. Gone after.

use std::path::Path;
use std::time::Duration;

use super::address::Address;
use super::catalogue::Host;
use super::error::{AdoptError, Result};
use super::guard::Guarded;
use super::objects::Role;
use super::pooler::Identity;
use super::programs::Programs;
use super::session::Session;
use super::sql;

/// A database to restore into; dropped with the value.
pub struct Scratch {
    address: Address,
    /// What it is, for the manifest.
    pub described: String,
    place: Place,
}

enum Place {
    Private(Guarded),
    Named { server: Address, database: String },
}

const SUPERUSER: &str = "scratch";
const TRIES: u32 = 600;

impl Scratch {
    /// A private cluster with an empty database like `host`'s: it listens on a socket in its own folder alone.
    ///
    /// # Errors
    /// Where PostgreSQL's server is not installed, or does not start.
    pub fn private(programs: &Programs, host: &Host, within: &Path) -> Result<Self> {
        if !programs.has_server() {
            let package = format!("install postgresql-{}, or give --scratch URL of a server that is not the old one", programs.major);
            return Err(AdoptError::Usage(format!(
                "a scratch database needs initdb and postgres of version {}: {package}",
                programs.major
            )));
        }
        let mut guarded = Guarded::new(within)?;
        initialise(programs, &guarded)?;
        let folder = guarded.folder().display().to_string();
        guarded.start(&programs.program("postgres"), &server_arguments(&folder))?;
        let server = Address::of_socket(&folder, 5432, SUPERUSER, "postgres");
        let mut session = answering(&server, &guarded)?;
        make_database(&mut session, &host.database, host)?;
        Ok(Self {
            address: server.in_database(&host.database),
            described: format!("a private cluster of {}", programs.version),
            place: Place::Private(guarded),
        })
    }

    /// A new database on a server that was named; refused where that is the old one's.
    ///
    /// # Errors
    /// [`AdoptError::Usage`] for the old server, or what the server reports.
    pub fn on(server: &Address, production: &Identity, host: &Host, mark: &str) -> Result<Self> {
        let mut session = Session::open(server)?;
        if Identity::of(&mut session)?.is_same_server(production) {
            let refused =
                format!("--scratch {} is the old database's own server, or a replica of it: a backup is proved elsewhere", server.shown());
            return Err(AdoptError::Usage(refused));
        }
        let database = format!("predictive_play_scratch_{mark}");
        make_database(&mut session, &database, host)?;
        let place = Place::Named { server: server.clone(), database: database.clone() };
        Ok(Self { address: server.in_database(&database), described: format!("a database of {}", server.shown()), place })
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What a private server said last, where there is one.
    pub fn said(&self) -> String {
        match &self.place {
            Place::Private(guarded) => guarded.said(),
            Place::Named { .. } => String::new(),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Place::Named { server, database } = &self.place {
            let statement = format!("drop database if exists {} with (force)", sql::name(database));
            let dropped = Session::open(server).and_then(|mut session| session.run(&statement, "dropping the scratch database"));
            if let Err(error) = dropped {
                tracing::warn!("the scratch database {database} is left on {}: {error}", server.shown());
            }
        }
    }
}

fn initialise(programs: &Programs, guarded: &Guarded) -> Result<()> {
    let mut command = guarded.command(&programs.program("initdb"));
    command.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "--username", SUPERUSER, "--pgdata"]);
    let output = command.arg(guarded.folder().join("data")).output().map_err(AdoptError::file("running initdb in", guarded.folder()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(AdoptError::Program { program: "initdb".to_owned(), how: format!("ended with {}", output.status), said })
}

/// What is proved here is content, not endurance: nothing has to reach the disk.
fn server_arguments(folder: &str) -> Vec<String> {
    let settings = [
        "listen_addresses=",
        "fsync=off",
        "full_page_writes=off",
        "autovacuum=off",
        "max_wal_size=2GB",
        "wal_level=minimal",
        "max_wal_senders=0",
    ];
    let settings = settings.iter().map(|setting| (*setting).to_owned()).chain([format!("unix_socket_directories={folder}")]);
    ["-D".to_owned(), format!("{folder}/data")].into_iter().chain(settings.flat_map(|setting| ["-c".to_owned(), setting])).collect()
}

fn answering(server: &Address, guarded: &Guarded) -> Result<Session> {
    for _ in 0..TRIES {
        match Session::open(server) {
            Ok(session) => return Ok(session),
            Err(AdoptError::Usage(why)) => return Err(AdoptError::Usage(why)),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    Err(AdoptError::Failed(format!("the scratch server does not start: {}", guarded.said())))
}

/// The old database's locale where this machine knows it, else C: the order of texts is no part of what is compared.
fn make_database(session: &mut Session, name: &str, host: &Host) -> Result<()> {
    let doing = "making the scratch database";
    let plain = format!("create database {} template template0 encoding {}", sql::name(name), sql::literal(&host.encoding));
    let collation = sql::literal(&host.collation);
    let alike = format!("{plain} lc_collate {collation} lc_ctype {collation}");
    session.run(&alike, doing).or_else(|_| session.run(&format!("{plain} lc_collate 'C' lc_ctype 'C'"), doing))
}

/// Makes the roles that are missing, so that owners, grants and policies find them; gives their names. They cannot log in.
///
/// # Errors
/// What the server reports.
pub fn make_roles(session: &mut Session, roles: &[Role]) -> Result<Vec<String>> {
    let doing = "making the roles that the backup names";
    let mut made = Vec::new();
    for role in roles {
        let name = sql::literal(&role.name);
        if session.count(&format!("select count(*) from pg_catalog.pg_roles where rolname = {name}"), doing)? == 0 {
            let bypass = if role.passes_row_security && !role.is_superuser { " bypassrls" } else { "" };
            session.run(&format!("create role {} nologin{bypass}", sql::name(&role.name)), doing)?;
            made.push(role.name.clone());
        }
    }
    Ok(made)
}
