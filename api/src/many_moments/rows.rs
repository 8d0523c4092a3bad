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
            for (at, asked) in csv::Reader::from_reader(body).deserialize::<RowAsked>().enumerate() {
                rows.push(row(at + 1, asked.map_err(|error| refused(at + 1, &error.to_string()))?)?);
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

fn row(number: usize, asked: RowAsked) -> Result<Row, Problem> {
    let moment = |name: &str, text: &str| text.parse::<Moment>().map_err(|error| refused(number, &format!("{name}={text:?}: {error}")));
    Ok(Row {
        as_of: moment("as_of", &asked.as_of)?,
        known_at: asked.known_at.as_deref().map(|text| moment("known_at", text)).transpose()?,
        event_id: asked.event_id,
    })
}

fn refused(number: usize, why: &str) -> Problem {
    Problem::bad_body(&format!("row {number} cannot be read: {why}"))
}
