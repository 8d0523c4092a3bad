//! Workbooks of spreadsheets (`.xlsx`, `.xls`, `.xlsb`, `.ods`): each cell as the text that people see there, days and times apart.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use anyhow::{Context, bail};
use calamine::{Data, ExcelDateTime, Range, Reader, SheetType, Sheets, open_workbook_auto_from_rs};
use providers::import::Format;

use super::bounded;
use super::table::{OnTable, Table, guarded, line};

/// Stands for every sheet.
const EVERY: &str = "*";

/// Reads the wanted sheets, each as a table; its only one where none is named.
///
/// # Errors
/// Where it is no workbook, the sheet is not in it, or what takes the tables fails.
pub fn read(body: &[u8], wanted: Option<&str>, on_table: OnTable<'_>) -> anyhow::Result<()> {
    for (name, range) in guarded("workbook", || sheets(body, wanted))? {
        sheet(&name, &range, on_table).with_context(|| format!("sheet {name:?}"))?;
    }
    Ok(())
}

fn sheets(body: &[u8], wanted: Option<&str>) -> anyhow::Result<Vec<(String, Range<Data>)>> {
    bounded::parts(body)?;
    let mut book: Sheets<_> = open_workbook_auto_from_rs(Cursor::new(body)).context("reading a workbook")?;
    let tables = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names: Vec<String> = tables.map(|sheet| sheet.name.clone()).collect();
    let told = || names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    for name in names.iter().filter(|name| wanted.is_none_or(|wanted| wanted == EVERY || wanted == *name)) {
        bounded::cells(&mut book, name).with_context(|| format!("sheet {name:?}"))?;
        let range = book.worksheet_range(name).with_context(|| format!("reading sheet {name:?}"))?;
        if range.used_cells().next().is_some() {
            found.push((name.clone(), range));
        }
    }
    match wanted {
        Some(name) if name != EVERY && !names.iter().any(|known| known == name) => bail!("no sheet {name:?}; there are: {}", told()),
        _ if found.is_empty() => bail!("no row in {}", wanted.filter(|name| *name != EVERY).map_or_else(told, |name| format!("{name:?}"))),
        None if found.len() > 1 => bail!("the workbook has several sheets; rows.sheet says which, or {EVERY:?} for all: {}", told()),
        _ => Ok(found),
    }
}

fn sheet(name: &str, range: &Range<Data>, on_table: OnTable<'_>) -> anyhow::Result<()> {
    let (top, left) = range.start().unwrap_or_default();
    let header = range.rows().position(|row| row.iter().any(|cell| *cell != Data::Empty)).unwrap_or_default();
    let has_clock: Vec<bool> = (0..range.width()).map(|column| has_clock(range.rows().skip(header + 1).map(|row| &row[column]))).collect();
    // columns are counted from the sheet's first one
    let tell = |row: &[Data]| {
        let cells = row.iter().enumerate().map(|(at, cell)| text(cell, has_clock[at]));
        line(std::iter::repeat_n(Cow::Borrowed(""), left as usize).chain(cells))
    };
    let outer = BTreeMap::from([("sheet".to_owned(), name.to_owned())]);
    let first_row = top as usize + header + 2;
    let told = range.rows().nth(header).map(tell).unwrap_or_default();
    let rows = range.rows().skip(header + 1).map(|row| Ok(Cow::Owned(tell(row))));
    on_table(Table { format: Format::Csv, header: told, outer, first_row, rows: Box::new(rows) })
}

/// Whether a column of days tells times of day too: then midnight is one.
fn has_clock<'c>(mut cells: impl Iterator<Item = &'c Data>) -> bool {
    cells.any(|cell| matches!(cell, Data::DateTime(at) if at.is_datetime() && at.as_f64() >= 1.0 && at.as_f64().fract() != 0.0))
}

fn text(cell: &Data, has_clock: bool) -> Cow<'_, str> {
    match cell {
        Data::Empty => Cow::Borrowed(""),
        Data::String(text) => Cow::Borrowed(text.trim()),
        Data::Bool(is_true) => Cow::Borrowed(if *is_true { "true" } else { "false" }),
        Data::Int(number) => Cow::Owned(number.to_string()),
        Data::Float(number) => Cow::Owned(figure(*number)),
        Data::DateTime(at) => Cow::Owned(moment(at, has_clock)),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Cow::Borrowed(text),
        Data::Error(error) => Cow::Owned(error.to_string()),
    }
}

/// A number as a spreadsheet shows it: to fifteen digits, so that a sum of tenths is no long fraction.
fn figure(number: f64) -> String {
    let rounded: Option<f64> = format!("{number:.14e}").parse().ok();
    rounded.unwrap_or(number).to_string()
}

fn moment(at: &ExcelDateTime, has_clock: bool) -> String {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    if at.is_duration() || at.as_f64() < 1.0 {
        return format!("{hour:02}:{minute:02}:{second:02}");
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if has_clock { format!("{date} {hour:02}:{minute:02}:{second:02}") } else { date }
}
