//! Parquet: each value as the text that says it exactly, so that a mapping for CSV reads the same table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Context;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use providers::import::Format;

use super::table::{OnTable, Table, guarded, line};

/// Rows that are taken out of the file at once.
const BATCH: usize = 4096;

/// Reads a file as one table.
///
/// # Errors
/// Where it is damaged, or what takes the table fails.
pub fn read(body: Vec<u8>, on_table: OnTable<'_>) -> anyhow::Result<()> {
    let builder =
        guarded("Parquet file", || ParquetRecordBatchReaderBuilder::try_new(Bytes::from(body)).context("reading a Parquet file"))?;
    let fields = builder.schema().fields().clone();
    let is_flat: Vec<bool> = fields.iter().map(|field| is_read(field.data_type())).collect();
    let names = fields.iter().zip(&is_flat).filter(|(_, is_flat)| **is_flat).map(|(field, _)| Cow::Borrowed(&**field.name()));
    let unread = fields.iter().zip(&is_flat).filter(|(_, is_flat)| !**is_flat);
    // so that a mapping which names one is told why it is not there
    let unread = unread.map(|(field, _)| Cow::Owned(format!("{} (a nested column: not read)", field.name())));
    let header = line(names.chain(unread));
    let roots = is_flat.iter().enumerate().filter(|(_, is_flat)| **is_flat).map(|(at, _)| at);
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let mut reader = guarded("Parquet file", || Ok(builder.with_projection(mask).with_batch_size(BATCH).build()?))?;
    let batches = std::iter::from_fn(move || {
        let next = guarded("Parquet file", || reader.next().transpose().context("reading a Parquet file"));
        next.transpose()
    });
    let rows = batches.flat_map(|batch| match batch.and_then(|batch| guarded("Parquet file", || Ok(lines(&batch)))) {
        Ok(lines) => lines.into_iter().map(|line| Ok(Cow::Owned(line))).collect::<Vec<_>>(),
        Err(wrong) => vec![Err(wrong)],
    });
    on_table(Table { format: Format::Csv, header, outer: BTreeMap::new(), first_row: 1, rows: Box::new(rows) })
}

fn is_read(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_read(values),
        other => {
            !other.is_nested()
                && !matches!(
                    other,
                    DataType::Binary
                        | DataType::LargeBinary
                        | DataType::BinaryView
                        | DataType::FixedSizeBinary(_)
                        | DataType::Interval(_)
                        | DataType::Duration(_)
                        | DataType::Float16
                )
        }
    }
}

fn lines(batch: &RecordBatch) -> Vec<String> {
    let columns: Vec<Tell<'_>> = batch.columns().iter().map(|column| teller(column.as_ref())).collect();
    (0..batch.num_rows()).map(|row| line(columns.iter().map(|tell| tell(row)))).collect()
}

/// Tells the value of a row as text; nothing where there is none.
type Tell<'b> = Box<dyn Fn(usize) -> Cow<'b, str> + 'b>;

macro_rules! plain {
    ($array:expr, $kind:ty) => {{
        let values = $array.as_primitive::<$kind>();
        tell($array, move |row| Cow::Owned(values.value(row).to_string()))
    }};
}

macro_rules! figure {
    ($array:expr, $kind:ty) => {{
        let values = $array.as_primitive::<$kind>();
        let told = move |row| Some(values.value(row)).filter(|value| !value.is_nan()).map(|value| value.to_string());
        tell($array, move |row| told(row).unwrap_or_default().into())
    }};
}

macro_rules! decimal {
    ($array:expr, $kind:ty) => {{
        let values = $array.as_primitive::<$kind>();
        tell($array, move |row| Cow::Owned(values.value_as_string(row)))
    }};
}

macro_rules! moment {
    ($array:expr, $kind:ty, $per_second:expr, $has_zone:expr) => {{
        let (values, has_zone) = ($array.as_primitive::<$kind>(), $has_zone);
        tell($array, move |row| Cow::Owned(moment(i128::from(values.value(row)) * (1_000_000_000 / $per_second), has_zone)))
    }};
}

macro_rules! clock {
    ($array:expr, $kind:ty, $per_second:expr) => {{
        let values = $array.as_primitive::<$kind>();
        tell($array, move |row| Cow::Owned(clock(i128::from(values.value(row)) * (1_000_000_000 / $per_second))))
    }};
}

fn tell<'b>(array: &'b dyn Array, value: impl Fn(usize) -> Cow<'b, str> + 'b) -> Tell<'b> {
    Box::new(move |row| if array.is_null(row) { Cow::Borrowed("") } else { value(row) })
}

fn teller(array: &dyn Array) -> Tell<'_> {
    match array.data_type() {
        DataType::Utf8 => tell(array, |row| Cow::Borrowed(array.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => tell(array, |row| Cow::Borrowed(array.as_string::<i64>().value(row))),
        DataType::Utf8View => tell(array, |row| Cow::Borrowed(array.as_string_view().value(row))),
        DataType::Boolean => tell(array, |row| Cow::Borrowed(if array.as_boolean().value(row) { "true" } else { "false" })),
        DataType::Int8 => plain!(array, Int8Type),
        DataType::Int16 => plain!(array, Int16Type),
        DataType::Int32 => plain!(array, Int32Type),
        DataType::Int64 => plain!(array, Int64Type),
        DataType::UInt8 => plain!(array, UInt8Type),
        DataType::UInt16 => plain!(array, UInt16Type),
        DataType::UInt32 => plain!(array, UInt32Type),
        DataType::UInt64 => plain!(array, UInt64Type),
        DataType::Float32 => figure!(array, Float32Type),
        DataType::Float64 => figure!(array, Float64Type),
        DataType::Decimal32(..) => decimal!(array, Decimal32Type),
        DataType::Decimal64(..) => decimal!(array, Decimal64Type),
        DataType::Decimal128(..) => decimal!(array, Decimal128Type),
        DataType::Decimal256(..) => decimal!(array, Decimal256Type),
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            tell(array, |row| Cow::Owned(day(i128::from(values.value(row)) * 86_400_000)))
        }
        DataType::Date64 => {
            let values = array.as_primitive::<Date64Type>();
            tell(array, |row| Cow::Owned(day(i128::from(values.value(row)))))
        }
        DataType::Timestamp(unit, zone) => match unit {
            TimeUnit::Second => moment!(array, TimestampSecondType, 1, zone.is_some()),
            TimeUnit::Millisecond => moment!(array, TimestampMillisecondType, 1_000, zone.is_some()),
            TimeUnit::Microsecond => moment!(array, TimestampMicrosecondType, 1_000_000, zone.is_some()),
            TimeUnit::Nanosecond => moment!(array, TimestampNanosecondType, 1_000_000_000, zone.is_some()),
        },
        DataType::Time32(TimeUnit::Second) => clock!(array, Time32SecondType, 1),
        DataType::Time32(_) => clock!(array, Time32MillisecondType, 1_000),
        DataType::Time64(TimeUnit::Microsecond) => clock!(array, Time64MicrosecondType, 1_000_000),
        DataType::Time64(_) => clock!(array, Time64NanosecondType, 1_000_000_000),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let (keys, value) = (dictionary.normalized_keys(), teller(dictionary.values()));
            tell(array, move |row| value(keys[row]))
        }
        // a column of nulls, which has no other type
        _ => Box::new(|_| Cow::Borrowed("")),
    }
}

const BEYOND: &str = "a time beyond the calendar";

fn moment(nanos: i128, has_zone: bool) -> String {
    let Ok(at) = Timestamp::from_nanosecond(nanos) else { return BEYOND.to_owned() };
    if has_zone { at.to_string() } else { at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.f").to_string() }
}

fn day(millis: i128) -> String {
    Timestamp::from_nanosecond(millis * 1_000_000).map_or_else(|_| BEYOND.to_owned(), |at| at.to_zoned(TimeZone::UTC).date().to_string())
}

fn clock(nanos: i128) -> String {
    let span = i64::try_from(nanos).map(jiff::SignedDuration::from_nanos);
    span.ok().and_then(|span| Time::midnight().checked_add(span).ok()).map_or_else(|| BEYOND.to_owned(), |time| time.to_string())
}
