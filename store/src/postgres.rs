//! PostgreSQL: the store for production. The schema `predictive_play` is ours alone; bulk loads are binary `copy`.
//!
//! A pooler that lends its server connections by the transaction (PgBouncer) may stand between. It is found out at the first
//! connection, and from then on nothing outlives a transaction: no prepared statement, no setting, no role.

mod address;
pub(crate) mod roles;
mod session;
mod tls;

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, Statement};

pub use address::{Address, Tls, Trust};
pub use roles::MissingRight;
pub use session::{Opened, connect, open};

use crate::engine::{Connection, Dialect, Engine, Keys, Kind, OnRow, Param, Row, Table};
use crate::error::{Failure, Result, StoreError};
use crate::line::{Line, copied};
use crate::replica::{Reading, Replica};
use session::{Role, Session};

/// A PostgreSQL database, and where reads may go instead.
#[derive(Debug)]
pub struct Postgres {
    write: Address,
    direct: Option<Address>,
    replica: Option<Replica>,
    reads_as: Role,
}

impl Postgres {
    /// The database of an address.
    ///
    /// # Errors
    /// [`StoreError::Connection`] where it cannot be understood.
    pub fn at(url: &str) -> Result<Self> {
        Ok(Self { write: Address::of(url)?, direct: None, replica: None, reads_as: Role::Writer })
    }

    /// The same for who only answers: reads are done with the rights of a reader, within a time limit, and at a replica where
    /// one is named.
    ///
    /// # Errors
    /// As [`Postgres::at`].
    pub fn for_answers(url: &str, replica: Option<&str>) -> Result<Self> {
        let replica = replica.map(|url| Address::of(url).map(Replica::at)).transpose()?;
        Ok(Self { replica, reads_as: Role::Reader, ..Self::at(url)? })
    }

    /// The same with a way past a pooler, for work that needs a session: the schema's versions.
    ///
    /// # Errors
    /// As [`Postgres::at`].
    pub fn with_direct(self, url: Option<&str>) -> Result<Self> {
        Ok(Self { direct: url.map(Address::of).transpose()?, ..self })
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn address(&self) -> String {
        self.write.shown()
    }

    fn connect(&self) -> Result<Box<dyn Connection>> {
        PostgresConnection::open(&self.write, Role::Writer)
    }

    fn connect_to_read(&self) -> Result<Box<dyn Connection>> {
        match self.replica.as_ref().filter(|replica| replica.is_trusted()) {
            None => PostgresConnection::open(&self.write, self.reads_as),
            Some(replica) => match PostgresConnection::open(replica.address(), self.reads_as) {
                Err(error) if error.is_disconnected() => {
                    replica.distrust(&error);
                    PostgresConnection::open(&self.write, self.reads_as)
                }
                other => other,
            },
        }
    }

    fn connect_to_migrate(&self) -> Result<Box<dyn Connection>> {
        PostgresConnection::open(self.direct.as_ref().unwrap_or(&self.write), Role::Login)
    }

    fn reader_was_cut(&self, error: &StoreError) {
        if let Some(replica) = &self.replica {
            replica.distrust(error);
        }
    }

    fn has_replica(&self) -> bool {
        self.replica.is_some()
    }

    fn reading(&self) -> Reading {
        self.replica.as_ref().map_or(Reading::Primary, |replica| replica.look(|address| PostgresConnection::open(address, self.reads_as)))
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
            ratio: |of, by| format!("trim_scale({of} / {by}.0)"),
            trim: |number| format!("trim_scale({number})"),
        }
    }
}

struct PostgresConnection {
    line: Line,
    statements: HashMap<String, Statement>,
    session: Session,
    is_in_transaction: bool,
}

/// The classes of SQLSTATE for what will never be written: values that are none, integrity constraints that would be violated, limits
/// of the server itself (a key too long for its index).
const NEVER: [&str; 3] = ["22", "23", "54"];

/// What kind of failure the server or the client library reports.
pub(crate) fn failed(doing: &'static str) -> impl Fn(postgres::Error) -> StoreError {
    move |source| {
        let kind = match source.code() {
            Some(&SqlState::DISK_FULL) => Failure::Full,
            Some(&SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::INSUFFICIENT_PRIVILEGE) => Failure::ReadOnly,
            Some(
                &SqlState::LOCK_NOT_AVAILABLE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::QUERY_CANCELED,
            ) => Failure::Busy,
            Some(&SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT) => Failure::Unreachable,
            Some(state) if state.code().starts_with("57P") || state.code().starts_with("08") || state.code().starts_with("53") => {
                Failure::Unreachable
            }
            Some(state) if NEVER.iter().any(|class| state.code().starts_with(class)) => Failure::Conflict,
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
    fn open(address: &Address, role: Role) -> Result<Box<dyn Connection>> {
        let (client, session) = session::begin(address, role)?;
        Ok(Box::new(Self { line: Line::Free(Box::new(client)), statements: HashMap::new(), session, is_in_transaction: false }))
    }

    fn client(&mut self) -> Result<&mut Client> {
        self.line.client()
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client()?.prepare(&spelt(sql)).map_err(failed("preparing a statement"))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs work that is a transaction of its own where none is open: behind a pooler nothing else can carry role and time limit.
    fn alone<T>(&mut self, work: impl FnOnce(&mut Client) -> Result<T>) -> Result<T> {
        if self.is_in_transaction || self.session.of_each_transaction().is_empty() {
            return work(self.client()?);
        }
        let begin = format!("begin; {}", self.session.of_each_transaction());
        self.client()?.batch_execute(&begin).map_err(failed("beginning a statement"))?;
        let done = work(self.client()?);
        let end = if done.is_ok() { "commit" } else { "rollback" };
        let ended = self.client()?.batch_execute(end).map_err(failed("ending a statement"));
        done.and_then(|value| ended.map(|()| value))
    }

    fn begin_with(&mut self, begin: &str, doing: &'static str) -> Result<()> {
        let begin = format!("{begin}; {}", self.session.of_each_transaction());
        self.client()?.batch_execute(&begin).map_err(failed(doing))?;
        self.is_in_transaction = true;
        Ok(())
    }

    fn end_with(&mut self, end: &str, doing: &'static str) -> Result<()> {
        self.is_in_transaction = false;
        self.client()?.batch_execute(end).map_err(failed(doing))
    }
}

/// A text as the server takes it: a NUL letter is none to it, wherever it came from, and matches nothing.
pub(crate) fn keepable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The type that a value is sent as where no prepared statement tells; the server finds out what a null is.
const fn type_of(param: &Param<'_>) -> Type {
    match param {
        Param::Null => Type::UNKNOWN,
        Param::Int(_) => Type::INT8,
        Param::Text(_) => Type::TEXT,
        Param::Blob(_) => Type::BYTEA,
    }
}

fn typed<'a>(params: &'a [Param<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    params.iter().map(|param| (param as &(dyn ToSql + Sync), type_of(param))).collect()
}

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Param::Int(value) if *kind == Type::BOOL => (*value != 0).to_sql(kind, out),
            Param::Int(value) => value.to_sql(kind, out),
            Param::Text(value) => keepable(value).to_sql(kind, out),
            Param::Blob(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA, Type::UNKNOWN].contains(kind)
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
        if self.session.is_pooled() {
            return self.alone(|client| client.execute_typed(&spelt(sql), &typed(params)).map_err(failed("running a statement")));
        }
        let statement = self.prepared(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        self.client()?.execute(&statement, &params).map_err(failed("running a statement"))
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        if self.session.is_pooled() {
            return self.alone(|client| {
                let rows = client.query_typed_raw(&spelt(sql), typed(params)).map_err(failed("running a query"))?;
                hand_on(rows, on_row)
            });
        }
        let statement = self.prepared(sql)?;
        hand_on(self.client()?.query_raw(&statement, params).map_err(failed("running a query"))?, on_row)
    }

    fn query_held(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        let rows = if self.session.is_pooled() {
            self.alone(|client| client.query_typed(&spelt(sql), &typed(params)).map_err(failed("running a query")))?
        } else {
            let statement = self.prepared(sql)?;
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
            self.client()?.query(&statement, &params).map_err(failed("running a query"))?
        };
        rows.iter().try_for_each(|row| on_row(row))
    }

    fn for_keys(&mut self, sql: &'static str, keys: Keys<'_>, on_row: OnRow<'_>) -> Result<()> {
        let sql = sql.replace("in $keys", "= any($1)");
        let texts: Vec<Cow<'_, str>>;
        let (keys, kind): (&(dyn ToSql + Sync), Type) = match &keys {
            Keys::Ints(keys) => (keys, Type::INT8_ARRAY),
            Keys::Blobs(keys) => (keys, Type::BYTEA_ARRAY),
            Keys::Texts(keys) => {
                texts = keys.iter().map(|key| keepable(key)).collect();
                (&texts, Type::TEXT_ARRAY)
            }
        };
        let rows = if self.session.is_pooled() {
            self.alone(|client| client.query_typed(&spelt(&sql), &[(keys, kind)]).map_err(failed("looking keys up")))?
        } else {
            let statement = self.prepared(&sql)?;
            self.client()?.query(&statement, &[keys]).map_err(failed("looking keys up"))?
        };
        rows.iter().try_for_each(|row| on_row(row))
    }

    fn load(&mut self, table: &Table, values: &[Param<'_>]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        if self.session.is_pooled() {
            return self.alone(|client| load_as_arrays(client, table, values));
        }
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let statement = self.prepared(&format!("copy {} ({}) from stdin (format binary)", table.name, columns.join(", ")))?;
        let rows = copied(table, values)?;
        self.line.load(statement, rows)
    }

    fn run_script(&mut self, sql: &str) -> Result<()> {
        self.client()?.batch_execute(sql).map_err(failed("running a script"))
    }

    fn begin(&mut self) -> Result<()> {
        self.begin_with("begin", "beginning to write")
    }

    fn begin_read(&mut self) -> Result<()> {
        self.begin_with("begin isolation level repeatable read read only", "beginning to read")
    }

    fn commit(&mut self) -> Result<()> {
        self.end_with("commit", "committing")
    }

    fn rollback(&mut self) -> Result<()> {
        // What became of the loads is of no matter any more.
        let _ = self.line.settle();
        self.end_with("rollback", "rolling back")
    }
}

fn hand_on(mut rows: postgres::RowIter<'_>, on_row: OnRow<'_>) -> Result<()> {
    while let Some(row) = rows.next().map_err(failed("reading an answer"))? {
        on_row(&row)?;
    }
    Ok(())
}

/// `copy` leaves a prepared statement behind for a moment: behind a pooler, columns are sent as arrays instead.
fn load_as_arrays(client: &mut Client, table: &Table, values: &[Param<'_>]) -> Result<()> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let sql = format!("insert into {} ({}) select * from unnest({})", table.name, names.join(", "), places.join(", "));
    let columns: Vec<Column<'_>> =
        table.columns.iter().enumerate().map(|(i, (_, kind))| Column::of(*kind, values, i, names.len())).collect();
    let params: Vec<(&(dyn ToSql + Sync), Type)> = columns.iter().map(Column::param).collect();
    client.execute_typed(&spelt(&sql), &params).map(drop).map_err(failed("loading rows"))
}

/// The values of one column.
enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<Cow<'a, str>>>),
    Blobs(Vec<Option<&'a [u8]>>),
}

impl<'a> Column<'a> {
    fn of(kind: Kind, values: &'a [Param<'a>], place: usize, width: usize) -> Self {
        let column = values.iter().skip(place).step_by(width);
        match kind {
            Kind::Int => Self::Ints(column.map(|value| if let Param::Int(value) = value { Some(*value) } else { None }).collect()),
            Kind::Text => {
                Self::Texts(column.map(|value| if let Param::Text(value) = value { Some(keepable(value)) } else { None }).collect())
            }
            Kind::Blob => Self::Blobs(column.map(|value| if let Param::Blob(value) = value { Some(*value) } else { None }).collect()),
        }
    }

    fn param(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Ints(values) => (values, Type::INT8_ARRAY),
            Self::Texts(values) => (values, Type::TEXT_ARRAY),
            Self::Blobs(values) => (values, Type::BYTEA_ARRAY),
        }
    }
}
