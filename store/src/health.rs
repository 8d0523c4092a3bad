//! Whether a store can do its work: what the server is, and whether it takes a write.

use crate::error::Result;
use crate::store::Store;

/// What answers at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its version as it tells it (`16.4`, `3.50.2`).
    pub version: String,
    /// PostgreSQL's version as one number (`160004`); `None` for SQLite, which is part of this program.
    pub number: Option<i64>,
    /// Whether it takes no writes from us, whatever the schema: a replica, or a database that is set so.
    pub is_read_only: bool,
}

impl Server {
    /// The oldest PostgreSQL that this program works with.
    pub const OLDEST: i64 = 150_000;

    /// Whether it is older than this program works with.
    #[must_use]
    pub fn is_too_old(&self) -> bool {
        self.number.is_some_and(|number| number < Self::OLDEST)
    }
}

impl Store {
    /// What answers at the other end.
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub fn server(&self) -> Result<Server> {
        let is_postgres = self.engine().name() == "postgres";
        let sql = match is_postgres {
            true => {
                "select current_setting('server_version'), current_setting('server_version_num'), current_setting('transaction_read_only')"
            }
            false => "select sqlite_version(), '', ''",
        };
        let mut server = Server { version: String::new(), number: None, is_read_only: false };
        self.write(|connection| {
            connection.query(sql, &[], &mut |row| {
                let (version, is_read_only) = (row.text(0)?.to_owned(), row.text(2)? == "on");
                server = Server { version, number: row.text(1)?.parse().ok(), is_read_only };
                Ok(())
            })
        })?;
        Ok(server)
    }

    /// Writes to the row that every entry goes through, and takes it back: nothing is left of it. Needs our schema.
    ///
    /// # Errors
    /// Where the store may not be written, or somebody holds it for more than a few seconds.
    pub fn try_writing(&self) -> Result<()> {
        let is_postgres = self.engine().name() == "postgres";
        self.write(|connection| {
            connection.begin()?;
            let written = match is_postgres {
                true => connection.run_script("set local lock_timeout = '5s'"),
                false => Ok(()),
            };
            let written = written.and_then(|()| connection.execute("update @head set seq = seq where one = 1", &[]));
            connection.rollback()?;
            written.map(drop)
        })
    }
}
