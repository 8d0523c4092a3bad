//! The table that is asked about: CSV or JSON lines, each row read or refused with its number.

use axum::http::HeaderValue;
use odds::Moment;

use super::RowAsked;
use crate::problem::Problem;

/// Rows of one table, at most.
pub(super) const MOST: usize = 10_000;
/// Bytes of one table, at most: ten thousand rows as JSON lines with every field.
pub(super) const LONGEST: usize = 2 << 20;

/// A row as it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The event, in the caller's words.
    pub event_id: String,
    /// As of when.
    pub as_of: Moment,
    /// Known by when.
    pub known_at: Option<Moment>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    JsonLines,
}

impl Form {
    /// By the content type; parameters of it change nothing.
    pub(super) fn of(kind: Option<&HeaderValue>) -> Result<Self, Problem> {
        let kind = kind.map_or("", |kind| kind.to_str().unwrap_or("?")).to_ascii_lowercase();
        match kind.split(';').next().unwrap_or_default().trim() {
            "text/csv" => Ok(Self::Csv),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Self::JsonLines),
            other => Err(Problem::unsupported_media(&format!(
                "Content-Type {other:?} is no table: send `text/csv` with the header event_id,as_of, or `application/x-ndjson` with \
                 {{\"event_id\": \"..\", \"as_of\": \"..\"}} a line"
            ))),
        }
    }
}

/// Reads a table.
pub(super) fn read(form: Form, body: &[u8]) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::new();
    match form {
        Form::Csv => {
            let mut reader = csv::Reader::from_reader(body);
            let header = reader.headers().map_err(|error| refused(0, &error.to_string()))?.clone();
            let columns = Columns::of(&header)?;
            for (at, record) in reader.records().enumerate() {
                rows.push(row(at + 1, columns.row(&record.map_err(|error| refused(at + 1, &error.to_string()))?))?);
            }
        }
        Form::JsonLines => {
            let filled = body.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
            for (at, line) in filled.enumerate() {
                rows.push(row(at + 1, serde_json::from_slice(line).map_err(|error| refused(at + 1, &error.to_string()))?)?);
            }
        }
    }
    if rows.is_empty() {
        return Err(Problem::bad_body("the table has no rows: each has an event_id and an as_of"));
    }
    if rows.len() > MOST {
        return Err(Problem::too_large(&format!("{} rows, and a table has at most {MOST}: ask in parts", rows.len())));
    }
    Ok(rows)
}

/// Where the columns of a CSV stand.
struct Columns {
    event_id: usize,
    as_of: usize,
    known_at: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, Problem> {
        let place = |wanted: &str| header.iter().position(|name| name.trim() == wanted);
        let right = "a table has the columns event_id and as_of, and perhaps known_at";
        if let Some(other) = header.iter().find(|name| !["event_id", "as_of", "known_at"].contains(&name.trim())) {
            return Err(Problem::bad_body(&format!("the column {other:?} is not known: {right}")));
        }
        match (place("event_id"), place("as_of")) {
            (Some(event_id), Some(as_of)) => Ok(Self { event_id, as_of, known_at: place("known_at") }),
            _ => Err(Problem::bad_body(&format!("a column is missing: {right}"))),
        }
    }

    /// What is empty is no moment, and refused as such: left out it would be another question.
    fn row(&self, record: &csv::StringRecord) -> RowAsked {
        let text = |place: usize| record.get(place).unwrap_or_default().to_owned();
        RowAsked { event_id: text(self.event_id), as_of: text(self.as_of), known_at: self.known_at.map(text) }
    }
}

fn row(number: usize, asked: RowAsked) -> Result<Row, Problem> {
    let moment = |name: &str, text: &str| text.parse::<Moment>().map_err(|error| refused(number, &format!("{name}={text:?}: {error}")));
    Ok(Row {
        as_of: moment("as_of", &asked.as_of)?,
        known_at: asked.known_at.as_deref().map(|text| moment("known_at", text)).transpose()?,
        event_id: asked.event_id,
    })
}

/// A row that cannot be read, counted from 1; 0 is the head.
fn refused(number: usize, why: &str) -> Problem {
    Problem::bad_body(&format!("row {number} cannot be read: {why}"))
}
