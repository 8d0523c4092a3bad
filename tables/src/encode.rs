//! Batches as bytes: Arrow streams and files, Parquet and CSV, written as they come.

use std::io::{BufWriter, Write};

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::csv_text::CsvText;
use crate::error::{Result, TablesError};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The Arrow IPC stream format: dictionaries may differ from batch to batch.
    ArrowStream,
    /// The Arrow IPC file format: each dictionary once.
    ArrowFile,
    /// Parquet, packed with zstd.
    Parquet,
    /// Text with a head line.
    Csv,
}

/// Rows of a group of Parquet: what a writer holds in memory, packed.
const ROWS_OF_A_GROUP: usize = 1 << 19;
const ZSTD_LEVEL: i32 = 3;

/// Writes batches of one table.
pub struct Encoder<W: Write + Send> {
    table: &'static str,
    writer: Writer<W>,
}

enum Writer<W: Write + Send> {
    Stream(StreamWriter<W>),
    File(FileWriter<BufWriter<W>>),
    Parquet(Box<ArrowWriter<W>>),
    Csv(CsvText<W>),
}

impl<W: Write + Send> Encoder<W> {
    /// A writer of a table's batches; what comes before the first is written already.
    ///
    /// # Errors
    /// Where the schema cannot be written in this format, or the writer refuses.
    pub fn new(table: &'static str, format: Format, schema: &SchemaRef, writer: W) -> Result<Self> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| TablesError::columns(table, error);
        let writer = match format {
            Format::ArrowStream => Writer::Stream(StreamWriter::try_new(writer, schema).map_err(|error| failed(error.into()))?),
            Format::ArrowFile => Writer::File(FileWriter::try_new_buffered(writer, schema).map_err(|error| failed(error.into()))?),
            Format::Parquet => {
                let properties = properties(schema).map_err(|error| failed(error.into()))?;
                let made = ArrowWriter::try_new(writer, std::sync::Arc::clone(schema), Some(properties));
                Writer::Parquet(Box::new(made.map_err(|error| failed(error.into()))?))
            }
            Format::Csv => Writer::Csv(CsvText::new(writer, schema).map_err(|error| failed(error.into()))?),
        };
        Ok(Self { table, writer })
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// Where the writer refuses.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let table = self.table;
        match &mut self.writer {
            Writer::Stream(writer) => writer.write(batch).map_err(|error| TablesError::columns(table, error)),
            Writer::File(writer) => writer.write(batch).map_err(|error| TablesError::columns(table, error)),
            Writer::Parquet(writer) => writer.write(batch).map_err(|error| TablesError::columns(table, error)),
            Writer::Csv(writer) => writer.write(batch).map_err(|error| TablesError::columns(table, error)),
        }
    }

    /// Writes what comes after the last, and gives the writer back.
    ///
    /// # Errors
    /// Where the writer refuses.
    pub fn finish(self) -> Result<W> {
        let table = self.table;
        match self.writer {
            Writer::Stream(mut writer) => {
                writer.finish().map_err(|error| TablesError::columns(table, error))?;
                writer.into_inner().map_err(|error| TablesError::columns(table, error))
            }
            Writer::File(mut writer) => {
                writer.finish().map_err(|error| TablesError::columns(table, error))?;
                let buffered = writer.into_inner().map_err(|error| TablesError::columns(table, error))?;
                buffered.into_inner().map_err(|error| TablesError::columns(table, error.into_error()))
            }
            Writer::Parquet(writer) => writer.into_inner().map_err(|error| TablesError::columns(table, error)),
            Writer::Csv(writer) => writer.finish().map_err(|error| TablesError::columns(table, error)),
        }
    }
}

/// The bytes depend on the rows alone: no clock, no version of a library.
fn properties(schema: &SchemaRef) -> parquet::errors::Result<WriterProperties> {
    let mut about: Vec<KeyValue> = schema.metadata().iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    about.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROWS_OF_A_GROUP))
        .set_created_by("predictive-play".to_owned())
        .set_key_value_metadata(Some(about))
        .build())
}
