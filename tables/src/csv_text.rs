//! Batches as CSV: times as RFC 3339, exact figures with their places, null as nothing.

use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use jiff::ToSpan;
use odds::Moment;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A writer of CSV.
pub(crate) struct CsvText<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvText<W> {
    /// Writes the head line.
    pub(crate) fn new(writer: W, schema: &SchemaRef) -> Result<Self, csv::Error> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(schema.fields().iter().map(|field| field.name()))?;
        Ok(Self { writer })
    }

    /// Writes the rows of a batch.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        let columns: Vec<Text<'_>> = batch.columns().iter().map(Text::of).collect::<Result<_, _>>()?;
        let mut cell = String::new();
        for row in 0..batch.num_rows() {
            for column in &columns {
                cell.clear();
                column.put(row, &mut cell)?;
                self.writer.write_field(&cell)?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    /// Gives the writer back, all written.
    pub(crate) fn finish(self) -> Result<W, Failed> {
        self.writer.into_inner().map_err(|error| error.into_error().into())
    }
}

/// A column that is written as text.
enum Text<'a> {
    Words(&'a [i32], Vec<&'a str>, &'a ArrayRef),
    Column(&'a ArrayRef),
}

impl<'a> Text<'a> {
    fn of(array: &'a ArrayRef) -> Result<Self, Failed> {
        let DataType::Dictionary(..) = array.data_type() else { return Ok(Self::Column(array)) };
        let words = array.as_dictionary_opt::<Int32Type>().ok_or("a dictionary of another kind")?;
        let texts = words.values().as_string_opt::<i32>().ok_or("a dictionary of no texts")?;
        Ok(Self::Words(words.keys().values(), texts.iter().map(Option::unwrap_or_default).collect(), array))
    }

    fn put(&self, row: usize, out: &mut String) -> Result<(), Failed> {
        use std::fmt::Write as _;
        let array = match self {
            Self::Words(keys, words, array) => {
                if array.is_valid(row) {
                    out.push_str(words.get(keys[row] as usize).ok_or("a word that is not in the dictionary")?);
                }
                return Ok(());
            }
            Self::Column(array) => array,
        };
        if array.is_null(row) {
            return Ok(());
        }
        match array.data_type() {
            DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
            DataType::Boolean => write!(out, "{}", array.as_boolean().value(row))?,
            DataType::Int32 => write!(out, "{}", array.as_primitive::<Int32Type>().value(row))?,
            DataType::Int64 => write!(out, "{}", array.as_primitive::<Int64Type>().value(row))?,
            DataType::Float64 => write!(out, "{}", array.as_primitive::<Float64Type>().value(row))?,
            DataType::Timestamp(..) => write!(out, "{}", Moment::from_micros(array.as_primitive::<TimestampMicrosecondType>().value(row)))?,
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>().value(row);
                write!(out, "{}", jiff::civil::Date::constant(1970, 1, 1).checked_add(days.days())?)?;
            }
            DataType::Decimal128(_, places) => {
                let units = array.as_primitive::<Decimal128Type>().value(row);
                let scale = 10_u128.pow(u32::from(places.unsigned_abs()));
                let sign = if units < 0 { "-" } else { "" };
                let (whole, rest) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
                write!(out, "{sign}{whole}.{rest:0width$}", width = usize::from(places.unsigned_abs()))?;
            }
            other => return Err(format!("no text for {other}").into()),
        }
        Ok(())
    }
}
