//! A connection to the old database that any pooler carries: every statement stands inside a transaction or alone, settings are `set local`,
//! no statement has a name, values go as text.

use postgres::types::{ToSql, Type};
use postgres::{Client, Row};

use super::address::Address;
use super::error::{AdoptError, Result};

/// Makes the text of every value the same wherever it is read, names complete, and waits short.
const FIXED: &str = "set local search_path = pg_catalog; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; \
    set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex'; set local lc_monetary = 'C'; \
    set local xmloption = content; set local jit = off; set local standard_conforming_strings = on; set local lock_timeout = '5s'; \
    set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0";

/// A connection, and where it leads.
pub struct Session {
    client: Client,
    shown: String,
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// As [`Address::connect`].
    pub fn open(address: &Address) -> Result<Self> {
        Ok(Self { client: address.connect()?, shown: address.shown() })
    }

    /// A connection that was made elsewhere.
    #[must_use]
    pub const fn of(client: Client, shown: String) -> Self {
        Self { client, shown }
    }

    /// Where it leads, without the password.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Begins to look: all that follows sees one state of the database and cannot write.
    ///
    /// # Errors
    /// What the server reports.
    pub fn begin_look(&mut self) -> Result<()> {
        self.run(&format!("begin transaction isolation level repeatable read read only; {FIXED}"), "beginning to look")
    }

    /// Begins to write, with short waits for locks.
    ///
    /// # Errors
    /// What the server reports.
    pub fn begin_write(&mut self) -> Result<()> {
        self.run(&format!("begin; {FIXED}"), "beginning to write")
    }

    /// Commits what was begun.
    ///
    /// # Errors
    /// What the server reports.
    pub fn commit(&mut self) -> Result<()> {
        self.run("commit", "committing")
    }

    /// Ends what was begun, leaving nothing.
    ///
    /// # Errors
    /// What the server reports.
    pub fn end(&mut self) -> Result<()> {
        self.run("rollback", "ending a look")
    }

    /// Statements without values.
    ///
    /// # Errors
    /// What the server reports.
    pub fn run(&mut self, statements: &str, doing: &str) -> Result<()> {
        self.client.batch_execute(statements).map_err(AdoptError::query(doing))
    }

    /// Rows of a query; `$1` and so on are texts. Columns must be of types that every server has the same.
    ///
    /// # Errors
    /// What the server reports.
    pub fn rows(&mut self, query: &str, values: &[&str], doing: &str) -> Result<Vec<Row>> {
        let values: Vec<(&(dyn ToSql + Sync), Type)> = values.iter().map(|value| (value as _, Type::TEXT)).collect();
        self.client.query_typed(query, &values).map_err(AdoptError::query(doing))
    }

    /// The one row of a query.
    ///
    /// # Errors
    /// As [`Session::rows`].
    pub fn row(&mut self, query: &str, values: &[&str], doing: &str) -> Result<Row> {
        self.rows(query, values, doing)?.pop().ok_or_else(|| AdoptError::Failed(format!("{doing}: no row came back")))
    }

    /// The one value of a query that gives a number.
    ///
    /// # Errors
    /// As [`Session::rows`].
    pub fn count(&mut self, query: &str, doing: &str) -> Result<u64> {
        let row = self.row(&format!("select ({query})::int8"), &[], doing)?;
        Ok(row.try_get::<_, i64>(0).map_err(AdoptError::query(doing))?.unsigned_abs())
    }

    /// Tries something that may fail without ending what was begun.
    ///
    /// # Errors
    /// What the server reports; the transaction goes on.
    pub fn trying<T>(&mut self, doing: &str, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.run("savepoint trying", doing)?;
        let done = work(self);
        self.run(if done.is_ok() { "release savepoint trying" } else { "rollback to savepoint trying" }, doing)?;
        done
    }
}
