//! A PgBouncer of a test's own in front of a private cluster, lending server connections by the transaction.

use std::path::PathBuf;
use std::time::Duration;

use crate::postgres::{PostgresCluster, server_user};
use crate::supervised::{Supervised, free_port, on_path};

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A pooler that runs until the value is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    supervised: Supervised,
    port: u16,
}

impl PgBouncer {
    /// A pooler with few server connections, so that clients really share them. `None`, and a line that says so, where it is not installed.
    ///
    /// # Panics
    /// Where it is installed and does not start; the message carries its log.
    #[must_use]
    pub fn in_front_of(cluster: &PostgresCluster, server_connections: u16) -> Option<Self> {
        let Some(program) = program() else {
            crate::skipped("PgBouncer is not installed");
            return None;
        };
        // A free port can be taken by somebody else before the pooler has it: another is tried.
        let tried = || Self::start(&program, cluster, server_connections);
        Some(tried().or_else(|_| tried()).or_else(|_| tried()).unwrap_or_else(|reason| panic!("PgBouncer does not start: {reason}")))
    }

    fn start(program: &std::path::Path, cluster: &PostgresCluster, server_connections: u16) -> Result<Self, String> {
        let port = free_port();
        let program = program.display().to_string();
        let mut supervised = Supervised::new("predictive-play-pgbouncer-", server_user(), "INT", |folder| {
            vec![program, folder.join("pgbouncer.ini").display().to_string()]
        });
        let (folder, server) = (supervised.folder().to_owned(), cluster.port());
        let users = folder.join("users").display().to_string();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {users}\npool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = {server_connections}\n"
        );
        std::fs::write(folder.join("pgbouncer.ini"), settings).map_err(|error| error.to_string())?;
        std::fs::write(&users, "\"testkit\" \"\"\n").map_err(|error| error.to_string())?;
        supervised.start();
        let pooler = Self { supervised, port };
        // Somebody else may listen on the port: ready is only who says so himself.
        let listens = format!("listening on 127.0.0.1:{port}");
        pooler.supervised.wait_until(READY_WITHIN, || pooler.supervised.output().contains(&listens))?;
        Ok(pooler)
    }

    /// The URL of the cluster's database by way of the pooler.
    ///
    /// # Panics
    /// Where the URL is none of the cluster.
    #[must_use]
    pub fn through(&self, cluster: &PostgresCluster, url: &str) -> String {
        let direct = format!("127.0.0.1:{}", cluster.port());
        assert!(url.contains(&direct), "{url} does not name {direct}");
        url.replacen(&direct, &format!("127.0.0.1:{}", self.port), 1)
    }

    /// The last of what it said.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.supervised.output_tail()
    }
}

/// Debian puts it where only root looks.
fn program() -> Option<PathBuf> {
    on_path("pgbouncer").or_else(|| Some(PathBuf::from("/usr/sbin/pgbouncer")).filter(|path| path.is_file()))
}
