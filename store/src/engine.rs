//! The seam between our statements and an engine: a handful of verbs that SQLite and PostgreSQL both have.
//!
//! Statements are written once, in lower case, with `$1` for parameters and `@name` for our tables (`@blocks` is
//! `predictive_play.blocks` in PostgreSQL, `blocks` in SQLite). A parameter is used in the order of its number.

use crate::error::{Result, StoreError};
use crate::replica::Reading;

/// A parameter of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param<'a> {
    /// No value.
    Null,
    /// A whole number; truths are 0 and 1, times microseconds.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<odds::Moment> for Param<'_> {
    fn from(value: odds::Moment) -> Self {
        Self::Int(value.micros())
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Param::Null, Into::into)
    }
}

/// A value that is held between reading and loading.
#[derive(Debug)]
pub(crate) enum Held {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Held {
    pub(crate) fn of(param: &Param<'_>) -> Self {
        match *param {
            Param::Null => Self::Null,
            Param::Int(value) => Self::Int(value),
            Param::Text(value) => Self::Text(value.to_owned()),
            Param::Blob(value) => Self::Blob(value.to_owned()),
        }
    }

    pub(crate) fn param(&self) -> Param<'_> {
        match self {
            Self::Null => Param::Null,
            Self::Int(value) => Param::Int(*value),
            Self::Text(value) => Param::Text(value),
            Self::Blob(value) => Param::Blob(value),
        }
    }
}

/// One row of an answer.
pub trait Row {
    /// A whole number.
    ///
    /// # Errors
    /// Where the column is null or no number.
    fn int(&self, column: usize) -> Result<i64>;

    /// A whole number or null.
    ///
    /// # Errors
    /// Where the column is no number.
    fn opt_int(&self, column: usize) -> Result<Option<i64>>;

    /// A text.
    ///
    /// # Errors
    /// Where the column is null or no text.
    fn text(&self, column: usize) -> Result<&str>;

    /// A text or null.
    ///
    /// # Errors
    /// Where the column is no text.
    fn opt_text(&self, column: usize) -> Result<Option<&str>>;

    /// Bytes.
    ///
    /// # Errors
    /// Where the column is null or no bytes.
    fn blob(&self, column: usize) -> Result<&[u8]>;
}

/// A function that takes each row of an answer.
pub type OnRow<'a> = &'a mut dyn FnMut(&dyn Row) -> Result<()>;

/// A table to load many rows into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// `@name`.
    pub name: &'static str,
    /// Its columns, in the order of the values.
    pub columns: &'static [(&'static str, Kind)],
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Int,
    /// Texts.
    Text,
    /// Bytes.
    Blob,
}

/// Keys to look up together.
#[derive(Debug, Clone, Copy)]
pub enum Keys<'a> {
    /// Whole numbers.
    Ints(&'a [i64]),
    /// Hashes.
    Blobs(&'a [&'a [u8]]),
    /// Names.
    Texts(&'a [&'a str]),
}

/// One connection.
pub trait Connection: Send {
    /// Runs a statement; gives the number of rows it touched.
    ///
    /// # Errors
    /// What the engine reports.
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64>;

    /// Runs a query, handing each row on as it comes: for answers of any length.
    ///
    /// # Errors
    /// What the engine or the function reports.
    fn query(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()>;

    /// The same where the answer may be held whole before it is handed on: where a client library waits for each row apart, that costs
    /// more than the row.
    ///
    /// # Errors
    /// As [`Connection::query`].
    fn query_held(&mut self, sql: &'static str, params: &[Param<'_>], on_row: OnRow<'_>) -> Result<()> {
        self.query(sql, params, on_row)
    }

    /// Runs a statement for many keys at once: `in $keys` stands for them in it, and is its only parameter. Rows come in any order.
    ///
    /// # Errors
    /// What the engine or the function reports.
    fn for_keys(&mut self, sql: &'static str, keys: Keys<'_>, on_row: OnRow<'_>) -> Result<()>;

    /// Loads rows in bulk: `values` holds them one after another.
    ///
    /// # Errors
    /// What the engine reports; none of the rows is there then, once the transaction is rolled back.
    fn load(&mut self, table: &Table, values: &[Param<'_>]) -> Result<()>;

    /// Runs a script of statements, without parameters.
    ///
    /// # Errors
    /// What the engine reports.
    fn run_script(&mut self, sql: &str) -> Result<()>;

    /// Begins a transaction that will write: no two of them overlap in the log, see [`crate::log`].
    ///
    /// # Errors
    /// What the engine reports.
    fn begin(&mut self) -> Result<()>;

    /// Begins a transaction that reads one state throughout.
    ///
    /// # Errors
    /// What the engine reports.
    fn begin_read(&mut self) -> Result<()>;

    /// Ends a transaction, durably.
    ///
    /// # Errors
    /// What the engine reports; whether it is in is not known then.
    fn commit(&mut self) -> Result<()>;

    /// Gives a transaction up.
    ///
    /// # Errors
    /// What the engine reports.
    fn rollback(&mut self) -> Result<()>;
}

/// Runs work as one transaction that writes: committed where it succeeds, undone where it fails.
///
/// # Errors
/// What the work or the engine reports.
pub(crate) fn in_transaction<T>(connection: &mut dyn Connection, work: impl FnOnce(&mut dyn Connection) -> Result<T>) -> Result<T> {
    connection.begin()?;
    match work(connection) {
        Ok(value) => connection.commit().map(|()| value),
        Err(error) => {
            connection.rollback()?;
            Err(error)
        }
    }
}

/// A database that connections can be made to.
pub trait Engine: Send + Sync {
    /// Its name (`sqlite`, `postgres`).
    fn name(&self) -> &'static str;

    /// Where it is, without secrets.
    fn address(&self) -> String;

    /// A connection that may write.
    ///
    /// # Errors
    /// Where it cannot be reached.
    fn connect(&self) -> Result<Box<dyn Connection>>;

    /// A connection that only reads.
    ///
    /// # Errors
    /// Where it cannot be reached.
    fn connect_to_read(&self) -> Result<Box<dyn Connection>>;

    /// A connection with the rights of whoever logs in, past a pooler where a way is known: for the schema's versions.
    ///
    /// # Errors
    /// Where it cannot be reached.
    fn connect_to_migrate(&self) -> Result<Box<dyn Connection>> {
        self.connect()
    }

    /// Told when a reading connection was cut, so that reads go elsewhere where there is an elsewhere.
    fn reader_was_cut(&self, _error: &StoreError) {}

    /// Whether reads are to go to a replica.
    fn has_replica(&self) -> bool {
        false
    }

    /// Where reads go just now; asks a replica how far behind it is.
    fn reading(&self) -> Reading {
        Reading::Primary
    }

    /// The words of a migration script in this engine's dialect.
    fn dialect(&self) -> Dialect;
}

/// How the words of our scripts are spelt.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Stands for `@`.
    pub schema: &'static str,
    /// Stands for `{blob}`.
    pub blob: &'static str,
    /// Stands for `{int}`.
    pub int: &'static str,
    /// Stands for `{clustered}` after a table whose rows lie in the order of its key.
    pub clustered: &'static str,
    /// Stands for `{invoker}` after a view's name: who reads it needs the right to what is under it.
    pub invoker: &'static str,
    /// Stands for `{now}`: the moment of the query, in microseconds.
    pub now: &'static str,
    /// Stands for `{time:x}`: microseconds as the engine's own time.
    pub time: fn(&str) -> String,
    /// Stands for `{ratio:x / 1000}`: an exact fraction without trailing zeros, whole where it is whole.
    pub ratio: fn(&str, &str) -> String,
    /// Stands for `{trim:x}`: a number without trailing zeros.
    pub trim: fn(&str) -> String,
}

impl Dialect {
    /// Our script in the engine's words.
    #[must_use]
    pub fn spell(&self, script: &str) -> String {
        let words =
            [("{blob}", self.blob), ("{int}", self.int), ("{clustered}", self.clustered), ("{invoker}", self.invoker), ("{now}", self.now)];
        let mut text = words.iter().fold(script.replace('@', self.schema), |text, (ours, theirs)| text.replace(ours, theirs));
        replace_each(&mut text, "{time:", self.time);
        replace_each(&mut text, "{trim:", self.trim);
        replace_each(&mut text, "{ratio:", |ratio| {
            ratio.split_once(" / ").map_or_else(|| ratio.to_owned(), |(of, by)| (self.ratio)(of, by))
        });
        text
    }
}

/// Puts what a word with an argument stands for in its place, each time that it comes.
fn replace_each(text: &mut String, word: &str, spell: impl Fn(&str) -> String) {
    while let Some(start) = text.find(word) {
        let Some(length) = text[start..].find('}') else { break };
        let spelt = spell(&text[start + word.len()..start + length]);
        text.replace_range(start..=start + length, &spelt);
    }
}
