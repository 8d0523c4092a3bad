//! Rows of the small tables on their way to columns: each row is pushed whole, in the order of the table's columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use odds::{Line, Moment, Price};

use crate::columns::{Dictionary, NO_WORD, dates, decimals, floats, int32s, int64s, nulls, texts, times};
use crate::error::{Result, TablesError};
use crate::schema::{Column, Kind, Table, schema_of};

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// None.
    Null,
    /// A word or text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// A truth.
    Bool(bool),
    /// A time.
    Time(Moment),
    /// A day, counted from 1970-01-01.
    Date(i32),
    /// An exact figure, in the smallest unit of its kind.
    Exact(i64),
}

impl<'a> Cell<'a> {
    /// A text, where there is one.
    #[must_use]
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    /// A whole number, where there is one.
    #[must_use]
    pub fn int(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }

    /// A time, where there is one.
    #[must_use]
    pub fn time(time: Option<Moment>) -> Self {
        time.map_or(Self::Null, Self::Time)
    }

    pub(crate) fn date(day: Option<i32>) -> Self {
        day.map_or(Self::Null, Self::Date)
    }

    /// A price: exact, as a float, and in American odds.
    pub(crate) fn price(price: Option<Price>) -> [Self; 3] {
        price.map_or([Self::Null; 3], |price| [Self::Exact(price.nanos()), Self::Float(price.decimal()), Self::Int(price.american())])
    }

    /// A line: exact, and as a float.
    pub(crate) fn line(line: Option<Line>) -> [Self; 2] {
        line.map_or([Self::Null; 2], |line| [Self::Exact(i64::from(line.milli())), Self::Float(line.as_f64())])
    }
}

#[derive(Debug)]
enum Values {
    Words(Dictionary, Vec<i32>),
    Texts(Vec<Option<String>>),
    Int32s(Vec<Option<i32>>),
    Int64s(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Bools(Vec<Option<bool>>),
    Times(Vec<Option<i64>>),
    Dates(Vec<Option<i32>>),
    Exacts(Vec<Option<i64>>),
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Word => Self::Words(Dictionary::default(), Vec::new()),
            Kind::Text => Self::Texts(Vec::new()),
            Kind::Int32 => Self::Int32s(Vec::new()),
            Kind::Int64 => Self::Int64s(Vec::new()),
            Kind::Float64 => Self::Floats(Vec::new()),
            Kind::Bool => Self::Bools(Vec::new()),
            Kind::Time => Self::Times(Vec::new()),
            Kind::Date => Self::Dates(Vec::new()),
            Kind::Price | Kind::Line | Kind::Amount => Self::Exacts(Vec::new()),
        }
    }

    /// Takes a value in; false where it is of another kind.
    fn push(&mut self, cell: Cell<'_>) -> bool {
        match (self, cell) {
            (Self::Words(words, keys), Cell::Text(text)) => keys.push(words.number(text)),
            (Self::Words(_, keys), Cell::Null) => keys.push(NO_WORD),
            (Self::Texts(values), Cell::Text(text)) => values.push(Some(text.to_owned())),
            (Self::Texts(values), Cell::Null) => values.push(None),
            (Self::Int32s(values), Cell::Int(number)) => values.push(i32::try_from(number).ok()),
            (Self::Int32s(values), Cell::Null) => values.push(None),
            (Self::Int64s(values), Cell::Int(number)) => values.push(Some(number)),
            (Self::Floats(values), Cell::Float(number)) => values.push(Some(number)),
            (Self::Floats(values), Cell::Null) => values.push(None),
            (Self::Bools(values), Cell::Bool(truth)) => values.push(Some(truth)),
            (Self::Bools(values), Cell::Null) => values.push(None),
            (Self::Times(values), Cell::Time(time)) => values.push(Some(time.micros())),
            (Self::Dates(values), Cell::Date(day)) => values.push(Some(day)),
            (Self::Dates(values), Cell::Null) => values.push(None),
            (Self::Exacts(values), Cell::Exact(units)) => values.push(Some(units)),
            (Self::Int64s(values) | Self::Times(values) | Self::Exacts(values), Cell::Null) => values.push(None),
            _ => return false,
        }
        true
    }

    fn column(self, kind: Kind) -> ArrayRef {
        match self {
            Self::Words(mut words, keys) => words.column(keys),
            Self::Texts(values) => texts(values),
            Self::Bools(values) => Arc::new(BooleanArray::from(values)),
            Self::Int32s(values) => filled(values, int32s),
            Self::Int64s(values) => filled(values, int64s),
            Self::Floats(values) => filled(values, floats),
            Self::Times(values) => filled(values, times),
            Self::Dates(values) => filled(values, dates),
            Self::Exacts(values) => {
                let nulls = nulls(values.iter().map(Option::is_some));
                decimals(values.into_iter().map(|units| i128::from(units.unwrap_or_default())).collect(), nulls, kind)
            }
        }
    }
}

fn filled<T: Default>(values: Vec<Option<T>>, make: impl Fn(Vec<T>, Option<arrow_buffer::NullBuffer>) -> ArrayRef) -> ArrayRef {
    let nulls = nulls(values.iter().map(Option::is_some));
    make(values.into_iter().map(Option::unwrap_or_default).collect(), nulls)
}

/// Rows of one table.
#[derive(Debug)]
pub struct Frame {
    table: &'static str,
    known: &'static [Column],
    columns: Vec<Values>,
    rows: usize,
}

impl Frame {
    /// No rows of a table of history yet.
    pub(crate) fn of(table: Table) -> Self {
        Self::with(table.as_str(), table.columns())
    }

    /// No rows of a table with these columns yet.
    #[must_use]
    pub fn with(table: &'static str, known: &'static [Column]) -> Self {
        Self { table, known, columns: known.iter().map(|column| Values::of(column.kind)).collect(), rows: 0 }
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Takes in a row, its values in the order of the table's columns.
    ///
    /// # Errors
    /// Where a value is missing, or of another kind than its column.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
        let mut cells = cells.into_iter();
        for (values, column) in self.columns.iter_mut().zip(self.known) {
            let is_taken = cells.next().is_some_and(|cell| values.push(cell));
            if !is_taken {
                return Err(TablesError::columns(self.table, format!("a row does not fit the column {}", column.name)));
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Takes the rows out as a batch of these columns.
    ///
    /// # Errors
    /// Where the table has no such column, or a value is missing where one must be.
    pub fn batch(&mut self, wanted: &[Column]) -> Result<RecordBatch> {
        let full = std::mem::replace(self, Self::with(self.table, self.known));
        let mut made: Vec<(&Column, Option<Values>)> =
            self.known.iter().zip(full.columns).map(|(column, values)| (column, Some(values))).collect();
        let mut arrays = Vec::with_capacity(wanted.len());
        for column in wanted {
            let found = made.iter_mut().find(|(known, _)| known.name == column.name).and_then(|(_, values)| values.take());
            let values = found.ok_or_else(|| TablesError::columns(self.table, format!("no column {}", column.name)))?;
            arrays.push(values.column(column.kind));
        }
        RecordBatch::try_new(schema_of(self.table, wanted), arrays).map_err(|error| TablesError::columns(self.table, error))
    }
}
