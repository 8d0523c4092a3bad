//! A PgBouncer of the tests' own, in transaction mode, where it is installed: what hosted servers put before PostgreSQL.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use crate::postgres::PostgresCluster;
use crate::supervised::{Supervised, User, free_port, is_root, on_path, user};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// A private PgBouncer on a free port of 127.0.0.1, before one cluster. Dropped, or when the process ends: stopped and removed.
#[derive(Debug)]
pub struct PgBouncer {
    supervised: Supervised,
    port: u16,
}

/// Why no PgBouncer can be had on this machine; `None` where one can.
#[must_use]
pub fn skip_reason() -> Option<String> {
    program().is_none().then(|| "pgbouncer is not installed".to_owned())
}

fn program() -> Option<PathBuf> {
    on_path("pgbouncer").or_else(|| Some(PathBuf::from("/usr/sbin/pgbouncer")).filter(|path| path.is_file()))
}

/// A PgBouncer before `cluster`; `None`, and a line that says so, where it is not installed.
///
/// # Panics
/// Where it is installed and does not start.
#[must_use]
pub fn before(cluster: &PostgresCluster) -> Option<PgBouncer> {
    if let Some(reason) = skip_reason() {
        crate::skipped(&reason);
        return None;
    }
    let mut tried = Vec::new();
    for _ in 0..3 {
        match PgBouncer::try_start(cluster.port()) {
            Ok(pooler) => return Some(pooler),
            Err(reason) => tried.push(reason),
        }
    }
    panic!("pgbouncer does not start: {}", tried.join("\n---\n"));
}

impl PgBouncer {
    fn try_start(server: u16) -> Result<Self, String> {
        let program = program().ok_or("pgbouncer is not installed")?.display().to_string();
        let port = free_port();
        let supervised = Supervised::new("predictive-play-pgbouncer-", unprivileged(), "KILL", |folder| {
            vec![program, folder.join("pgbouncer.ini").display().to_string()]
        });
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={server} user=testkit\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = transaction\nmax_client_conn = 50\ndefault_pool_size = 5\n"
        );
        std::fs::write(supervised.folder().join("pgbouncer.ini"), settings).map_err(|error| error.to_string())?;
        let mut pooler = Self { supervised, port };
        pooler.supervised.start();
        pooler.supervised.wait_until(READY_WITHIN, || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(pooler)
    }

    /// The URL of a database behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://testkit@127.0.0.1:{}/{database}", self.port)
    }
}

/// It refuses to run as root.
fn unprivileged() -> Option<User> {
    is_root().then(|| user("postgres").or_else(|| user("nobody")).expect("the system knows postgres or nobody"))
}
