//! A PostgreSQL of the tests' own: real, private, durable unless asked otherwise, and gone when the tests are.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use postgres::{Client, NoTls};

use crate::supervised::{Supervised, User, command_as, free_port, is_root, on_path, user};

const SUPERUSER: &str = "testkit";
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How a cluster is set up.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Whether a commit reaches the disk. On: what the product is tested with.
    pub fsync: bool,
    /// Further settings (`("max_connections", "20")`), which beat ours.
    pub settings: Vec<(String, String)>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { fsync: true, settings: Vec::new() }
    }
}

impl PostgresOptions {
    /// The same with one more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A private cluster on a free port of 127.0.0.1. Dropped, or when the process ends in any way: stopped and removed.
#[derive(Debug)]
pub struct PostgresCluster {
    supervised: Supervised,
    binaries: PathBuf,
    port: u16,
    templates: Mutex<HashSet<String>>,
}

/// Why no cluster can be had on this machine; `None` where one can.
#[must_use]
pub fn skip_reason() -> Option<String> {
    binaries().is_none().then(|| "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/postgres, none on the PATH)".to_owned())
}

/// Whether the installed server has a library of its own (`auto_explain`); where not, a line that says so.
#[must_use]
pub fn has_library(name: &str) -> bool {
    let file = format!("{name}.so");
    let folders = binaries().and_then(|folder| Some(folder.parent()?.join("lib")));
    let found = folders.is_some_and(|lib| [lib.join(&file), lib.join("postgresql").join(&file)].iter().any(|path| path.is_file()));
    if !found {
        crate::skipped(&format!("PostgreSQL has no {name}"));
    }
    found
}

/// The cluster that all tests of this process share; `None`, and a line that says so, where PostgreSQL is not installed.
///
/// # Panics
/// Where it is installed and does not start: that is a failure, not a reason to skip.
pub fn shared() -> Option<&'static PostgresCluster> {
    static SHARED: OnceLock<PostgresCluster> = OnceLock::new();
    if let Some(reason) = skip_reason() {
        crate::skipped(&reason);
        return None;
    }
    Some(SHARED.get_or_init(|| PostgresCluster::start(&PostgresOptions::default())))
}

/// A cluster of one test's own, for faults; `None`, and a line that says so, where PostgreSQL is not installed.
///
/// # Panics
/// As [`shared`].
pub fn dedicated(options: &PostgresOptions) -> Option<PostgresCluster> {
    if let Some(reason) = skip_reason() {
        crate::skipped(&reason);
        return None;
    }
    Some(PostgresCluster::start(options))
}

impl PostgresCluster {
    /// Makes and starts a cluster; returns when it answers.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed (ask [`skip_reason`] first) or does not start; the message carries its log.
    #[must_use]
    pub fn start(options: &PostgresOptions) -> Self {
        let binaries = binaries().expect("PostgreSQL is installed");
        let mut tried = Vec::new();
        // A free port can be taken by somebody else before the server has it: another is tried.
        for _ in 0..3 {
            match Self::try_start(&binaries, options) {
                Ok(cluster) => return cluster,
                Err(reason) => tried.push(reason),
            }
        }
        panic!("PostgreSQL in {} does not start: {}", binaries.display(), tried.join("\n---\n"));
    }

    fn try_start(binaries: &Path, options: &PostgresOptions) -> Result<Self, String> {
        let owner = server_user();
        let port = free_port();
        let server = binaries.join("postgres").display().to_string();
        let supervised = Supervised::new("predictive-play-postgres-", owner, "QUIT", |folder| {
            let data = folder.join("data").display().to_string();
            [server, "-D".to_owned(), data].into_iter().chain(settings(port, options)).collect()
        });
        initialise(binaries, owner, &supervised.folder().join("data"))?;
        let mut cluster = Self { supervised, binaries: binaries.to_owned(), port, templates: Mutex::default() };
        cluster.restart()?;
        Ok(cluster)
    }

    /// A streaming replica of it on a port of its own: read only, and never ahead.
    ///
    /// # Panics
    /// Where it cannot be made or does not start; the message carries its log.
    #[must_use]
    pub fn replica(&self) -> Self {
        let (owner, port) = (server_user(), free_port());
        let server = self.program("postgres").display().to_string();
        let supervised = Supervised::new("predictive-play-replica-", owner, "QUIT", |folder| {
            let data = folder.join("data").display().to_string();
            [server, "-D".to_owned(), data].into_iter().chain(settings(port, &PostgresOptions::default())).collect()
        });
        let output = command_as(owner, self.program("pg_basebackup"))
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--host=127.0.0.1", "--username", SUPERUSER])
            .args(["--port", &self.port.to_string(), "--pgdata"])
            .arg(supervised.folder().join("data"))
            .stderr(Stdio::piped())
            .output()
            .expect("pg_basebackup can be run");
        assert!(output.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&output.stderr));
        let mut replica = Self { supervised, binaries: self.binaries.clone(), port, templates: Mutex::default() };
        replica.restart().unwrap_or_else(|reason| panic!("the replica does not start: {reason}"));
        replica
    }

    /// The version of its programs (`15.14`).
    ///
    /// # Panics
    /// Where `postgres` cannot be run.
    #[must_use]
    pub fn version(&self) -> String {
        let output = command_as(server_user(), self.program("postgres")).arg("--version").output().expect("postgres can be run");
        String::from_utf8_lossy(&output.stdout).split_whitespace().nth(2).unwrap_or_default().to_owned()
    }

    /// Starts it again after [`PostgresCluster::stop_immediate`], on the same port and data.
    ///
    /// # Errors
    /// The end of its log, where it does not start.
    pub fn restart(&mut self) -> Result<(), String> {
        self.supervised.start();
        let data = self.supervised.folder().join("data").display().to_string();
        let url = self.url("postgres");
        // Somebody else may listen on the port: ready is only who shows our own folder.
        let is_ours =
            || on_own_thread(&url, |client| client.query_one("show data_directory", &[])).is_ok_and(|row| row.get::<_, String>(0) == data);
        self.supervised.wait_until(READY_WITHIN, is_ours)
    }

    /// Stops it as a crash would: connections are cut, nothing is flushed, the next start recovers from the write-ahead log.
    pub fn stop_immediate(&mut self) {
        self.supervised.stop();
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database in it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// One of PostgreSQL's own programs (`pg_dump`), of the same version as the cluster.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// Whether it has one of PostgreSQL's own programs: builds for embedding leave most out.
    #[must_use]
    pub fn has_program(&self, name: &str) -> bool {
        self.program(name).is_file()
    }

    /// The last of what the server said.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.supervised.output_tail()
    }

    /// All that the server said.
    #[must_use]
    pub fn log(&self) -> String {
        self.supervised.output()
    }

    /// A fresh, empty database; dropped with the value, whoever is still connected.
    #[must_use]
    pub fn database(&self) -> TestDatabase {
        self.database_from("template0")
    }

    /// A fresh database that starts as a copy of another one ([`PostgresCluster::template`]).
    #[must_use]
    pub fn database_from(&self, template: &str) -> TestDatabase {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        self.named(format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed)), template)
    }

    /// A fresh, empty database whose name holds spaces (`Predictive Play 1`).
    #[must_use]
    pub fn database_with_spaces(&self) -> TestDatabase {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        self.named(format!("Predictive Play {}", NUMBER.fetch_add(1, Ordering::Relaxed)), "template0")
    }

    fn named(&self, name: String, template: &str) -> TestDatabase {
        self.create(&name, template);
        TestDatabase { url: self.url(&name.replace(' ', "%20")), admin_url: self.url("postgres"), name }
    }

    /// Makes a template where there is none of this name: a database filled by `prepare`, which gets its URL and must close its
    /// connections. Others who ask for it meanwhile wait.
    pub fn template(&self, name: &str, prepare: impl FnOnce(&str)) {
        self.template_from(name, "template0", prepare);
    }

    /// The same, which starts as a copy of another database.
    pub fn template_from(&self, name: &str, template: &str, prepare: impl FnOnce(&str)) {
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if !templates.contains(name) {
            self.drop_if_exists(name);
            self.create(name, template);
            prepare(&self.url(name));
            templates.insert(name.to_owned());
        }
    }

    /// What a `prepare` that panicked left behind.
    fn drop_if_exists(&self, name: &str) {
        let statement = format!(r#"drop database if exists "{name}" with (force)"#);
        on_own_thread(&self.url("postgres"), |client| client.batch_execute(&statement)).expect("a database can be dropped");
    }

    fn create(&self, name: &str, template: &str) {
        let statement = format!(r#"create database "{name}" template "{template}""#);
        on_own_thread(&self.url("postgres"), |client| client.batch_execute(&statement)).expect("a database can be made");
    }
}

/// A database of one test; dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is (`postgres://testkit@127.0.0.1:PORT/test_1`).
    pub url: String,
    /// Its name in the cluster.
    pub name: String,
    admin_url: String,
}

impl TestDatabase {
    /// Runs statements in it, past the code under test.
    ///
    /// # Panics
    /// Where PostgreSQL refuses them.
    pub fn execute(&self, statements: &str) {
        on_own_thread(&self.url, |client| client.batch_execute(statements)).expect("the test's own statement is right");
    }

    /// One value as text, past the code under test (`select count(*)::text from ...`); `None` for null.
    ///
    /// # Panics
    /// Where PostgreSQL refuses the query, or it gives no row or no text.
    #[must_use]
    pub fn text(&self, query: &str) -> Option<String> {
        on_own_thread(&self.url, |client| client.query_one(query, &[])).expect("the test's own query is right").get(0)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!(r#"drop database if exists "{}" with (force)"#, self.name);
        if let Err(error) = on_own_thread(&self.admin_url, |client| client.batch_execute(&statement)) {
            eprintln!("testkit: {} is left to the end of its cluster: {error}", self.name);
        }
    }
}

/// Runs one piece of work on a connection of its own, on a thread of its own: the synchronous client panics inside a runtime.
fn on_own_thread<T: Send>(url: &str, work: impl FnOnce(&mut Client) -> Result<T, postgres::Error> + Send) -> Result<T, postgres::Error> {
    let connected = || {
        let mut config: postgres::Config = url.parse()?;
        work(&mut config.connect_timeout(Duration::from_secs(5)).connect(NoTls)?)
    };
    std::thread::scope(|scope| scope.spawn(connected).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn settings(port: u16, options: &PostgresOptions) -> impl Iterator<Item = String> {
    let fsync = if options.fsync { "on" } else { "off" };
    let port = port.to_string();
    let ours = [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port),
        ("unix_socket_directories", ""),
        ("shared_buffers", "16MB"),
        ("max_connections", "100"),
        ("fsync", fsync),
        ("max_wal_size", "128MB"),
        ("min_wal_size", "32MB"),
        ("autovacuum_naptime", "10s"),
        ("timezone", "UTC"),
    ];
    let ours: Vec<(String, String)> = ours.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    ours.into_iter().chain(options.settings.clone()).flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
}

fn initialise(binaries: &Path, owner: Option<User>, data: &Path) -> Result<(), String> {
    let output = command_as(owner, binaries.join("initdb"))
        .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "--username", SUPERUSER, "--pgdata"])
        .arg(data)
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("initdb cannot be run: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("initdb: {}", String::from_utf8_lossy(&output.stderr))) }
}

/// PostgreSQL refuses to run as root: then its own user stands in, or nobody.
pub(crate) fn server_user() -> Option<User> {
    is_root().then(|| user("postgres").or_else(|| user("nobody")).expect("the system knows postgres or nobody"))
}

/// The folder that `TESTKIT_POSTGRES_BIN` names, else that of the newest installed version.
fn binaries() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TESTKIT_POSTGRES_BIN") {
        return Some(named.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<f64>().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("postgres").is_file() && folder.join("initdb").is_file())
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, folder)| folder);
    newest.or_else(|| Some(on_path("postgres")?.canonicalize().ok()?.parent()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_gets_an_empty_database_that_is_dropped_after() {
        let Some(cluster) = shared() else { return };
        let one = cluster.database();
        let other = cluster.database();
        one.execute("create table quotes (price bigint); insert into quotes values (1909)");
        assert_eq!(one.text("select price::text from quotes").as_deref(), Some("1909"));
        assert_eq!(other.text("select to_regclass('quotes')::text"), None);
        let (gone, count) = (one.name.clone(), |name: &str| format!("select count(*)::text from pg_database where datname = '{name}'"));
        assert_eq!(other.text(&count(&gone)).as_deref(), Some("1"));
        drop(one);
        assert_eq!(other.text(&count(&gone)).as_deref(), Some("0"));
    }

    #[test]
    fn a_template_is_filled_once_and_copied_for_each_test() {
        let Some(cluster) = shared() else { return };
        let fill = |url: &str| on_own_thread(url, |client| client.batch_execute("create table books as select 'pinnacle' as key")).unwrap();
        cluster.template("filled", fill);
        cluster.template("filled", |_| panic!("it is there already"));
        let (one, other) = (cluster.database_from("filled"), cluster.database_from("filled"));
        one.execute("delete from books");
        assert_eq!(other.text("select key from books").as_deref(), Some("pinnacle"));
    }

    #[test]
    fn the_shared_cluster_is_one_and_really_syncs_unless_asked_otherwise() {
        let Some(cluster) = shared() else { return };
        assert_eq!(shared().map(PostgresCluster::port), Some(cluster.port()));
        assert_eq!(cluster.database().text("show fsync").as_deref(), Some("on"));
        let quick = PostgresCluster::start(&PostgresOptions { fsync: false, ..PostgresOptions::default() }.with("max_connections", "7"));
        let database = quick.database();
        assert_eq!((database.text("show fsync"), database.text("show max_connections")), (Some("off".to_owned()), Some("7".to_owned())));
    }

    #[test]
    fn a_stop_like_a_crash_keeps_what_was_committed_and_cuts_who_was_connected() {
        let Some(mut cluster) = dedicated(&PostgresOptions::default()) else { return };
        let database = cluster.database();
        database.execute("create table log (seq bigint); insert into log values (1)");
        cluster.stop_immediate();
        assert!(on_own_thread(&database.url, |client| client.batch_execute("select 1")).is_err());
        cluster.restart().unwrap();
        assert_eq!(database.text("select max(seq)::text from log").as_deref(), Some("1"));
    }

    #[test]
    fn a_dropped_cluster_leaves_neither_folder_nor_listener() {
        let Some(cluster) = dedicated(&PostgresOptions::default()) else { return };
        let (folder, port) = (cluster.supervised.folder().to_owned(), cluster.port());
        assert!(folder.exists());
        drop(cluster);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn a_database_can_be_had_inside_a_runtime() {
        let Some(cluster) = shared() else { return };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let name = runtime.block_on(async { cluster.database().text("select current_database()::text") });
        assert!(name.is_some_and(|name| name.starts_with("test_")));
    }

    #[test]
    fn a_cluster_that_cannot_start_says_why() {
        if skip_reason().is_some() {
            return crate::skipped("PostgreSQL is not installed");
        }
        let refused =
            PostgresCluster::try_start(&binaries().unwrap(), &PostgresOptions::default().with("max_connections", "many")).unwrap_err();
        assert!(refused.contains("max_connections"), "{refused}");
    }

    #[test]
    #[ignore = "no test of its own: the next one starts it as a process, and kills it"]
    fn held_for_the_test_of_a_kill() {
        if std::env::var_os("TESTKIT_HOLD_A_CLUSTER").is_none() {
            return;
        }
        let cluster = shared().expect("asked for where PostgreSQL is installed");
        println!("held: {}", cluster.supervised.folder().display());
        std::thread::sleep(Duration::from_secs(120));
    }

    #[test]
    fn a_killed_test_process_leaves_neither_server_nor_folder() {
        if let Some(reason) = skip_reason() {
            return crate::skipped(&reason);
        }
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "postgres::tests::held_for_the_test_of_a_kill", "--ignored", "--nocapture"])
            .env("TESTKIT_HOLD_A_CLUSTER", "1");
        let mut tests = crate::child::ChildProcess::start(&mut command);
        let line = tests.wait_for_line("held: ", READY_WITHIN).unwrap();
        let folder = PathBuf::from(line.split("held: ").nth(1).unwrap());
        let server = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap().lines().next().unwrap().to_owned();
        assert!(folder.exists() && Path::new("/proc").join(&server).exists());
        tests.kill();
        let is_gone = || !folder.exists() && !Path::new("/proc").join(&server).exists();
        assert!((0..500).any(|_| is_gone() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }));
    }
}
