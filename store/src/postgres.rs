//! PostgreSQL: the store for production. The schema `predictive_play` is ours alone; bulk loads are binary `copy`.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};

use crate::engine::{Connection, Dialect, Engine, Keys, Kind, OnRow, Param, Row, Table};
use crate::error::{Failure, Result, StoreError};

/// A PostgreSQL database, and where reads may go instead.
#[derive(Debug, Clone)]
pub struct Postgres {
    write: Config,
    read: Config,
}

impl Postgres {
    /// The database of a `postgres://` URL; reads go to `read_url` where one is given.
    ///
    /// # Errors
    /// [`StoreError::Address`] where a URL cannot be understood.
    pub fn at(url: &str, read_url: Option<&str>) -> Result<Self> {
        let write = config(url)?;
        let read = read_url.map_or_else(|| Ok(write.clone()), config)?;
        Ok(Self { write, read })
    }
}

fn config(url: &str) -> Result<Config> {
    let mut config: Config = url.parse().map_err(|_| StoreError::Address { address: without_password(url) })?;
    config.application_name("predictive-play").connect_timeout(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(60));
    Ok(config)
}

/// A URL that may be shown.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(end)) if end > start => format!("{}://...{}", &url[..start], &url[end..]),
        _ => url.split('?').next().unwrap_or_default().to_owned(),
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn address(&self) -> String {
        let hosts: Vec<String> = self.write.get_hosts().iter().map(|host| format!("{host:?}")).collect();
        format!("postgres {} {}", hosts.join(","), self.write.get_dbname().unwrap_or(""))
    }

    fn connect(&self) -> Result<Box<dyn Connection>> {
        connect(&self.write)
    }

    fn connect_to_read(&self) -> Result<Box<dyn Connection>> {
        connect(&self.read)
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            schema: "predictive_play.",
            blob: "bytea",
            int: "bigint",
            clustered: "",
            invoker: "with (security_invoker = true)",
            now: "(extract(epoch from now()) * 1000000)",
            time: |column| format!("to_timestamp({column} / 1000000.0)"),
        }
    }
}

fn connect(config: &Config) -> Result<Box<dyn Connection>> {
    let client = config.connect(NoTls).map_err(failed("connecting to PostgreSQL"))?;
    Ok(Box::new(PostgresConnection { client, statements: HashMap::new() }))
}

struct PostgresConnection {
    client: Client,
    statements: HashMap<String, Statement>,
}

fn failed(doing: &'static str) -> impl Fn(postgres::Error) -> StoreError {
    move |source| {
        let kind = match source.code() {
            Some(&SqlState::DISK_FULL) => Failure::Full,
            Some(&SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::INSUFFICIENT_PRIVILEGE) => Failure::ReadOnly,
            Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE) => Failure::Busy,
            Some(state) if state.code().starts_with("57P") || state.code().starts_with("08") || state.code().starts_with("53") => {
                Failure::Unreachable
            }
            Some(_) => Failure::Other,
            None => Failure::Unreachable,
        };
        StoreError::Engine { doing, kind, source: Box::new(source) }
    }
}

fn spelt(sql: &str) -> String {
    sql.replace('@', "predictive_play.")
}

impl PostgresConnection {
    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&spelt(sql)).map_err(failed("preparing a statement"))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Param::Int(value) if *kind == Type::BOOL => (*value != 0).to_sql(kind, out),
            Param::Int(value) => value.to_sql(kind, out),
            Param::Text(value) => value.to_sql(kind, out),
            Param::Blob(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

impl Row for postgres::Row {
    fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| StoreError::damaged(format!("column {column}"), "null in place of a number"))
    }

    fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        let kind = self.columns().get(column).map(|column| column.type_().clone());
        if kind == Some(Type::INT4) {
            return self.try_get::<_, Option<i32>>(column).map(|value| value.map(i64::from)).map_err(failed("reading a number"));
        }
        if kind == Some(Type::BOOL) {
            return self.try_get::<_, Option<bool>>(column).map(|value| value.map(i64::from)).map_err(failed("reading a number"));
        }
        self.try_get(column).map_err(failed("reading a number"))
    }

    fn text(&self, column: usize) -> Result<&str> {
        self.try_get(column).map_err(failed("reading a text"))
    }

    fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        self.try_get(column).map_err(failed("reading a text"))
    }

    fn blob(&self, column: usize) -> Result<&[u8]> {
        self.try_get(column).map_err(failed("reading bytes"))
    }
}

impl Connection for PostgresConnection {
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64> {
        let statement = self.prepared(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        self.client.execute(&statement, &params).map_err(failed("running a statement"))
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        let statement = self.prepared(sql)?;
        let mut rows = self.client.query_raw(&statement, params).map_err(failed("running a query"))?;
        while let Some(row) = rows.next().map_err(failed("reading an answer"))? {
            on_row(&row)?;
        }
        Ok(())
    }

    fn for_keys(&mut self, sql: &'static str, keys: Keys<'_>, on_row: OnRow<'_>) -> Result<()> {
        let statement = self.prepared(&sql.replace("in $keys", "= any($1)"))?;
        let keys: &(dyn ToSql + Sync) = match &keys {
            Keys::Ints(keys) => keys,
            Keys::Blobs(keys) => keys,
            Keys::Texts(keys) => keys,
        };
        for row in self.client.query(&statement, &[keys]).map_err(failed("looking keys up"))? {
            on_row(&row)?;
        }
        Ok(())
    }

    fn load(&mut self, table: &Table, values: &[Param<'_>]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let kinds: Vec<Type> = table.columns.iter().map(|(_, kind)| column_type(*kind)).collect();
        let sql = spelt(&format!("copy {} ({}) from stdin (format binary)", table.name, columns.join(", ")));
        let writer = self.client.copy_in(&sql).map_err(failed("beginning a load"))?;
        let mut writer = BinaryCopyInWriter::new(writer, &kinds);
        for row in values.chunks_exact(columns.len()) {
            writer.write_raw(row).map_err(failed("loading rows"))?;
        }
        writer.finish().map_err(failed("ending a load"))?;
        Ok(())
    }

    fn run_script(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(failed("running a script"))
    }

    fn begin(&mut self) -> Result<()> {
        self.client.batch_execute("begin").map_err(failed("beginning to write"))
    }

    fn begin_read(&mut self) -> Result<()> {
        self.client.batch_execute("begin isolation level repeatable read read only").map_err(failed("beginning to read"))
    }

    fn commit(&mut self) -> Result<()> {
        self.client.batch_execute("commit").map_err(failed("committing"))
    }

    fn rollback(&mut self) -> Result<()> {
        self.client.batch_execute("rollback").map_err(failed("rolling back"))
    }
}

const fn column_type(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8,
        Kind::Text => Type::TEXT,
        Kind::Blob => Type::BYTEA,
    }
}
