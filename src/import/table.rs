//! A file as tables, whatever way it is written: the header and the rows of each as text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, bail};
use providers::import::{Format, is_empty, records, split};
use serde_json::value::RawValue;

use super::{parquet, workbook};

/// A table: what stands over its rows, and the rows.
pub struct Table<'t> {
    /// How rows are written.
    pub format: Format,
    /// The header line; empty in JSON.
    pub header: String,
    /// What stands around the rows.
    pub outer: BTreeMap<String, String>,
    /// The first row's number in the file.
    pub first_row: usize,
    /// The rows, one after the other.
    pub rows: Box<dyn Iterator<Item = anyhow::Result<Cow<'t, str>>> + 't>,
}

/// Where in a file its rows lie, as a mapping says it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'m> {
    /// The list of a JSON document.
    pub at: Option<&'m str>,
    /// The sheet of a workbook, or `*`.
    pub sheet: Option<&'m str>,
}

/// What takes the tables of a file.
pub type OnTable<'f> = &'f mut dyn FnMut(Table<'_>) -> anyhow::Result<()>;

/// Reads the tables of a file: one, or the wanted sheets of a workbook.
///
/// # Errors
/// Where it is no table that we read, or what takes the tables fails.
pub fn tables(file: &str, body: Vec<u8>, wanted: Wanted<'_>, on_table: OnTable<'_>) -> anyhow::Result<()> {
    match body.get(..4) {
        Some(b"PAR1") => parquet::read(body, on_table),
        Some(b"PK\x03\x04" | b"\xD0\xCF\x11\xE0") => workbook::read(&body, wanted.sheet, on_table),
        _ => text(file, body, wanted.at, on_table),
    }
}

fn text(file: &str, body: Vec<u8>, at: Option<&str>, on_table: OnTable<'_>) -> anyhow::Result<()> {
    let Ok(text) = String::from_utf8(body) else {
        bail!("{file} is not UTF-8 text; save it as CSV in UTF-8 (`iconv -f WINDOWS-1252 -t UTF-8`), or as JSON lines");
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if matches!(text.trim_start().as_bytes().first(), Some(b'[' | b'{')) {
        let (rows, outer) = json_rows(text, at)?;
        let rows = Box::new(rows.into_iter().map(Ok));
        return on_table(Table { format: Format::Jsonl, header: String::new(), outer, first_row: 1, rows });
    }
    let mut all = records(text);
    let header = all.by_ref().find(|record| !is_empty(record, Format::Csv)).context("an empty file")?;
    let before = header.as_ptr() as usize - text.as_ptr() as usize;
    let first_row = text[..before].matches('\n').count() + 2 + header.matches('\n').count();
    let (header, rows) = (header.to_owned(), Box::new(all.map(|row| Ok(Cow::Borrowed(row)))));
    on_table(Table { format: Format::Csv, header, outer: BTreeMap::new(), first_row, rows })
}

/// Rows, each in one line, and what stands around them.
type JsonRows<'t> = (Vec<Cow<'t, str>>, BTreeMap<String, String>);

/// The rows of a JSON document, and what it says around them.
fn json_rows<'t>(text: &'t str, at: Option<&str>) -> anyhow::Result<JsonRows<'t>> {
    let in_line = |raw: &'t RawValue| match raw.get() {
        raw if raw.contains(['\n', '\r']) => Cow::Owned(raw.replace(['\n', '\r'], " ")),
        raw => Cow::Borrowed(raw),
    };
    let trimmed = text.trim_start();
    if let Some(at) = at.filter(|_| trimmed.starts_with('{')) {
        let mut document: BTreeMap<String, &RawValue> = serde_json::from_str(trimmed).context("no JSON document")?;
        let list = document.remove(at).with_context(|| format!("the document has no list {at:?}"))?;
        let rows: Vec<&RawValue> = serde_json::from_str(list.get()).with_context(|| format!("{at:?} is no list"))?;
        let is_plain = |raw: &&RawValue| !raw.get().starts_with(['{', '[']);
        let text_of = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let outer = document.into_iter().filter(|(_, raw)| is_plain(raw)).map(|(name, raw)| (name, text_of(raw))).collect();
        return Ok((rows.into_iter().map(in_line).collect(), outer));
    }
    if trimmed.starts_with('[') {
        let rows: Vec<&RawValue> = serde_json::from_str(trimmed).context("no JSON list of rows")?;
        return Ok((rows.into_iter().map(in_line).collect(), BTreeMap::new()));
    }
    Ok((text.lines().map(Cow::Borrowed).collect(), BTreeMap::new()))
}

/// Cells as a line of CSV. What breaks a line is a space in it.
#[must_use]
pub fn line<'c>(cells: impl Iterator<Item = Cow<'c, str>>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            line.push(',');
        }
        let cell = if cell.contains(['\n', '\r']) { Cow::Owned(cell.replace(['\n', '\r'], " ")) } else { cell };
        if cell.contains(['"', ',']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(&cell);
        }
    }
    line
}

/// Lets a library read a file that may be damaged: where it gives up by a panic, the file is a bad one, and no more.
///
/// # Errors
/// What it reports, or that it gave up.
pub fn guarded<T>(what: &str, read: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| bail!("the {what} is damaged: it cannot be read"))
}

/// The header and the first rows of a table as cells, for a proposal.
///
/// # Errors
/// Where a row cannot be read.
pub fn head(table: Table<'_>, most: usize) -> anyhow::Result<(Vec<String>, Vec<Vec<String>>)> {
    let mut rows = Vec::new();
    for row in table.rows.take(most) {
        rows.push(row?);
    }
    if table.format == Format::Csv {
        let cells = |record: &str| split(record).into_iter().map(Cow::into_owned).collect::<Vec<_>>();
        return Ok((cells(&table.header), rows.iter().map(|row| cells(row)).collect()));
    }
    let read = |row: &Cow<'_, str>| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(row).unwrap_or_default();
    let objects: Vec<_> = rows.iter().map(read).collect();
    let header: std::collections::BTreeSet<&String> = objects.iter().flat_map(BTreeMap::keys).collect();
    let text = |value: Option<&serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let cells = objects.iter().map(|object| header.iter().map(|name| text(object.get(*name))).collect()).collect();
    Ok((header.into_iter().cloned().collect(), cells))
}
