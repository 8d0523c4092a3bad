//! The cells of a row by the columns that a mapping names, whatever way the row is written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::{memchr, memchr_iter};
use serde_json::value::RawValue;

use super::frame::{Format, Frame};

/// A column that a mapping names, by its number.
pub(super) type Column = usize;

/// Which of two rows that make a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    First,
    Away,
    Home,
}

#[derive(Debug, Clone)]
enum Source {
    Header(Of, usize),
    Key(Of, String),
    Given(String),
    Missing,
}

/// The columns of a mapping, and where they lie in the rows of one chunk.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    sources: Vec<Source>,
    header: Vec<String>,
}

/// A row as it is written.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    Csv(Vec<Cow<'a, str>>),
    Json(BTreeMap<String, &'a RawValue>),
}

impl Columns {
    pub(super) fn of(frame: &Frame) -> Self {
        let mut header: Vec<String> = split(&frame.header).into_iter().map(|name| name.trim().to_owned()).collect();
        for at in 0..header.len() {
            let (before, from) = header.split_at_mut(at);
            let twin = before.iter().filter(|name| **name == from[0]).count();
            if from[0].is_empty() {
                from[0] = format!("#{}", at + 1);
            } else if twin > 0 {
                from[0] = format!("{}#{}", from[0], twin + 1);
            }
        }
        Self { header, ..Self::default() }
    }

    /// The number of a column; the same name has the same number.
    pub(super) fn number(&mut self, name: &str, frame: &Frame) -> Column {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            return at;
        }
        self.sources.push(self.source(name, frame));
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    fn source(&self, name: &str, frame: &Frame) -> Source {
        if let Some(of_file) = name.strip_prefix("file:") {
            return match of_file {
                "name" => Source::Given(frame.file.clone()),
                "year" => year_in(&frame.file).map_or(Source::Missing, Source::Given),
                _ => Source::Missing,
            };
        }
        if let Some(outer) = name.strip_prefix("outer:") {
            return frame.outer.get(outer).map_or(Source::Missing, |value| Source::Given(value.clone()));
        }
        let (of, name) = match (name.strip_prefix("away:"), name.strip_prefix("home:")) {
            (Some(name), _) => (Of::Away, name),
            (_, Some(name)) => (Of::Home, name),
            _ => (Of::First, name),
        };
        match frame.format {
            Format::Jsonl => Source::Key(of, name.to_owned()),
            Format::Csv => self.header.iter().position(|known| known == name).map_or(Source::Missing, |at| Source::Header(of, at)),
        }
    }

    /// How many have a number.
    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether a column lies in the rows.
    pub(super) fn has(&self, column: Column) -> bool {
        !matches!(self.sources[column], Source::Missing)
    }

    pub(super) fn name(&self, column: Column) -> &str {
        &self.names[column]
    }

    /// What columns there are, for a complaint.
    pub(super) fn header(&self) -> String {
        self.header.join(", ")
    }

    /// What is wrong with a row of more filled cells than there are columns: where a comma of a cell has no quotes around it, all behind it
    /// would be read under the wrong names.
    pub(super) fn surplus(&self, row: &Raw<'_>) -> Option<String> {
        let (Raw::Csv(cells), columns) = (row, self.header.len()) else { return None };
        let filled = cells.iter().skip(columns).rposition(|cell| !cell.is_empty()).map_or(0, |at| columns + at + 1);
        (filled > 0).then(|| format!("{filled} cells where the header has {columns}; a cell with a comma needs quotes around it"))
    }

    /// Fills the cells of a row, or of the two that make a game.
    pub(super) fn fill<'a>(&self, away: &Raw<'a>, home: &Raw<'a>, cells: &mut Vec<Cow<'a, str>>) {
        cells.clear();
        cells.extend(self.sources.iter().map(|source| match source {
            Source::Header(of, at) => {
                let Raw::Csv(row) = (if *of == Of::Home { home } else { away }) else { return Cow::Borrowed("") };
                row.get(*at).cloned().unwrap_or_default()
            }
            Source::Key(of, key) => {
                let Raw::Json(row) = (if *of == Of::Home { home } else { away }) else { return Cow::Borrowed("") };
                row.get(key).map(|raw| plain(raw.get())).unwrap_or_default()
            }
            Source::Given(text) => Cow::Owned(text.clone()),
            Source::Missing => Cow::Borrowed(""),
        }));
    }
}

impl<'a> Raw<'a> {
    /// Reads a row; `spare` is room that a row before it has left.
    pub(super) fn read(record: &'a str, format: Format, spare: Vec<Cow<'a, str>>) -> Result<Self, String> {
        match format {
            Format::Csv => {
                let mut cells = spare;
                split_into(record, &mut cells);
                Ok(Self::Csv(cells))
            }
            Format::Jsonl => serde_json::from_str(record).map(Self::Json).map_err(|error| format!("no JSON object: {error}")),
        }
    }

    /// The room that it took.
    pub(super) fn into_spare(self) -> Vec<Cow<'a, str>> {
        match self {
            Self::Csv(cells) => cells,
            Self::Json(_) => Vec::new(),
        }
    }
}

/// A JSON value as a cell: a text without its quotes, nothing for null.
pub(super) fn plain(raw: &str) -> Cow<'_, str> {
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Cow::Borrowed(inner.trim()),
        Some(_) => serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(""), Cow::Owned),
        None if raw == "null" => Cow::Borrowed(""),
        None => Cow::Borrowed(raw),
    }
}

/// The cells of a row of CSV, without the spaces around them. A machine for it is made once a file, not once a row: this is none.
#[must_use]
pub fn split(record: &str) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    split_into(record, &mut cells);
    cells
}

/// The same into room that is there.
fn split_into<'r>(record: &'r str, cells: &mut Vec<Cow<'r, str>>) {
    cells.clear();
    if memchr(b'"', record.as_bytes()).is_none() {
        let mut from = 0;
        for at in memchr_iter(b',', record.as_bytes()) {
            cells.push(Cow::Borrowed(trimmed(&record[from..at])));
            from = at + 1;
        }
        return cells.push(Cow::Borrowed(trimmed(&record[from..])));
    }
    let mut rest = Some(record);
    while let Some(record) = rest {
        let (cell, after) = match record.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted),
            None => record.split_once(',').map_or((Cow::Borrowed(record), None), |(cell, after)| (Cow::Borrowed(cell), Some(after))),
        };
        cells.push(match cell {
            Cow::Borrowed(cell) => Cow::Borrowed(trimmed(cell)),
            Cow::Owned(cell) => Cow::Owned(cell.trim().to_owned()),
        });
        rest = after;
    }
}

/// A cell without the spaces around it; most have none, and two letters of ASCII tell.
fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [] => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// A cell behind its first quote, and what follows its comma. A quote in it is written twice; what stands behind the last one belongs to it.
fn quoted_cell(record: &str) -> (Cow<'_, str>, Option<&str>) {
    let (mut cell, mut from) = (String::new(), 0);
    while let Some(at) = record[from..].find('"').map(|at| from + at) {
        let behind = &record[at + 1..];
        if behind.starts_with('"') {
            cell.push_str(&record[from..=at]);
            from = at + 2;
            continue;
        }
        let (more, after) = behind.split_once(',').map_or((behind, None), |(more, after)| (more, Some(after)));
        if cell.is_empty() && more.is_empty() {
            return (Cow::Borrowed(&record[from..at]), after);
        }
        return (Cow::Owned([&cell, &record[from..at], more].concat()), after);
    }
    (Cow::Owned([&cell, &record[from..]].concat()), None)
}

/// The first year in a file's name.
fn year_in(name: &str) -> Option<String> {
    let figures = name.split(|letter: char| !letter.is_ascii_digit());
    figures.filter_map(|run| run.get(..4)).find(|year| matches!(year.as_bytes(), [b'1', b'9', ..] | [b'2', b'0', ..])).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_the_library(record: &str) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record.as_bytes());
        let row = reader.records().next().and_then(Result::ok).unwrap_or_default();
        row.iter().map(|cell| cell.trim().to_owned()).collect()
    }

    #[test]
    fn quotes_are_read_as_they_are_written() {
        let told = |record| split(record).into_iter().map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(told(r#"a,"b, c","say ""x""","","#), ["a", "b, c", "say \"x\"", "", ""]);
        assert_eq!(told("\"two\nlines\", 7 "), ["two\nlines", "7"]);
        assert_eq!(told("\"not closed, ever"), ["not closed, ever"]);
    }

    proptest! {
        #[test]
        fn cells_are_those_of_the_library(record in "[ab\",]{1,12}") {
            prop_assert_eq!(split(&record), by_the_library(&record));
        }
    }
}
