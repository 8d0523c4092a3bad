//! SQLite: the default store. One file, one writer and many readers (WAL), each commit on the disk before it is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, ToSql};

use crate::engine::{Connection, Dialect, Engine, Keys, OnRow, Param, Row, Table};
use crate::error::{Failure, Result, StoreError};

/// A SQLite database file.
#[derive(Debug, Clone)]
pub struct Sqlite {
    path: PathBuf,
}

impl Sqlite {
    /// The database in this file, which is made when it is not there.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn open(&self, flags: OpenFlags) -> Result<rusqlite::Connection> {
        let doing = "opening the SQLite file";
        if let Some(folder) = self.path.parent().filter(|folder| *folder != Path::new("")) {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Archive {
                doing: "making the folder",
                path: folder.display().to_string(),
                source,
            })?;
        }
        let connection = rusqlite::Connection::open_with_flags(&self.path, flags).map_err(failed(doing))?;
        connection.busy_timeout(Duration::from_secs(30)).map_err(failed(doing))?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    }
}

impl Engine for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn address(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }

    fn connect(&self) -> Result<Box<dyn Connection>> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let set_up = "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -16000; pragma wal_autocheckpoint = 4000;";
        connection.execute_batch(set_up).map_err(failed("setting up the SQLite connection"))?;
        Ok(Box::new(SqliteConnection { connection }))
    }

    fn connect_to_read(&self) -> Result<Box<dyn Connection>> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection
            .execute_batch("pragma query_only = on; pragma cache_size = -4000;")
            .map_err(failed("setting up the SQLite connection"))?;
        Ok(Box::new(SqliteConnection { connection }))
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            schema: "",
            blob: "blob",
            int: "integer",
            clustered: "without rowid",
            invoker: "",
            now: "(cast(strftime('%s', 'now') as integer) * 1000000)",
            ratio: |of, by| format!("case when {of} % {by} = 0 then {of} / {by} else {of} / {by}.0 end"),
            trim: str::to_owned,
            time: |column| format!("strftime('%Y-%m-%dT%H:%M:%SZ', {column} / 1000000, 'unixepoch')"),
        }
    }
}

struct SqliteConnection {
    connection: rusqlite::Connection,
}

fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| {
        let kind = match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::Busy,
            Some(ErrorCode::ReadOnly) => Failure::ReadOnly,
            Some(ErrorCode::DiskFull) => Failure::Full,
            Some(ErrorCode::CannotOpen) => Failure::Unreachable,
            Some(ErrorCode::ConstraintViolation) => Failure::Conflict,
            _ => Failure::Other,
        };
        StoreError::Engine { doing, kind, source: Box::new(source) }
    }
}

/// Our statements in SQLite's words: `@blocks` is `blocks`, `$1` is `?1`.
fn spelt(sql: &str) -> String {
    sql.replace('@', "").replace('$', "?")
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Null => ValueRef::Null,
            Param::Int(value) => ValueRef::Integer(*value),
            Param::Text(value) => ValueRef::Text(value.as_bytes()),
            Param::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

impl Row for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<i64> {
        self.get(column).map_err(failed("reading a number"))
    }

    fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        self.get(column).map_err(failed("reading a number"))
    }

    fn text(&self, column: usize) -> Result<&str> {
        let value = self.get_ref(column).map_err(failed("reading a text"))?;
        value.as_str().map_err(|error| StoreError::damaged(format!("column {column}"), error))
    }

    fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        let value = self.get_ref(column).map_err(failed("reading a text"))?;
        value.as_str_or_null().map_err(|error| StoreError::damaged(format!("column {column}"), error))
    }

    fn blob(&self, column: usize) -> Result<&[u8]> {
        let value = self.get_ref(column).map_err(failed("reading bytes"))?;
        value.as_blob().map_err(|error| StoreError::damaged(format!("column {column}"), error))
    }
}

impl Connection for SqliteConnection {
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64> {
        let mut statement = self.connection.prepare_cached(&spelt(sql)).map_err(failed("preparing a statement"))?;
        let rows = statement.execute(rusqlite::params_from_iter(params)).map_err(failed("running a statement"))?;
        Ok(rows as u64)
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        let mut statement = self.connection.prepare_cached(&spelt(sql)).map_err(failed("preparing a query"))?;
        let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(failed("running a query"))?;
        while let Some(row) = rows.next().map_err(failed("reading an answer"))? {
            on_row(row)?;
        }
        Ok(())
    }

    fn for_keys(&mut self, sql: &'static str, keys: Keys<'_>, on_row: OnRow<'_>) -> Result<()> {
        let sql = spelt(&sql.replace("in $keys", "= $1"));
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed("preparing a look-up"))?;
        let params: Vec<Param<'_>> = match keys {
            Keys::Ints(keys) => keys.iter().map(|key| Param::Int(*key)).collect(),
            Keys::Blobs(keys) => keys.iter().map(|key| Param::Blob(key)).collect(),
            Keys::Texts(keys) => keys.iter().map(|key| Param::Text(key)).collect(),
        };
        for param in params {
            let mut rows = statement.query([param]).map_err(failed("looking keys up"))?;
            while let Some(row) = rows.next().map_err(failed("reading an answer"))? {
                on_row(row)?;
            }
        }
        Ok(())
    }

    fn load(&mut self, table: &Table, values: &[Param<'_>]) -> Result<()> {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let marks = vec!["?"; columns.len()].join(", ");
        let sql = spelt(&format!("insert into {} ({}) values ({marks})", table.name, columns.join(", ")));
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed("preparing a load"))?;
        for row in values.chunks_exact(columns.len()) {
            statement.execute(rusqlite::params_from_iter(row)).map_err(failed("loading rows"))?;
        }
        Ok(())
    }

    fn run_script(&mut self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(failed("running a script"))
    }

    fn begin(&mut self) -> Result<()> {
        self.connection.execute_batch("begin immediate").map_err(failed("beginning to write"))
    }

    fn begin_read(&mut self) -> Result<()> {
        self.connection.execute_batch("begin deferred").map_err(failed("beginning to read"))
    }

    fn commit(&mut self) -> Result<()> {
        self.connection.execute_batch("commit").map_err(failed("committing"))
    }

    fn rollback(&mut self) -> Result<()> {
        self.connection.execute_batch("rollback").map_err(failed("rolling back"))
    }
}
