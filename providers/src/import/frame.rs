//! A chunk as it is archived: one line of JSON that says whose rows these are and what they mean, then the rows as they lay there.
//!
//! ```text
//! {"mapping":{"source":"nba-closing",..},"file":"nba_games.csv","format":"csv","header":"season,date,..","first_row":2}
//! 2008,2007-10-30,True,..
//! ```

use std::collections::BTreeMap;

use odds::reply::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The parameter of a chunk's request that says which moment of each listing is told, from 0.
pub const MOMENT: &str = "moment";

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Cells parted by commas, quoted where they need it.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// The first line of a chunk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Frame {
    /// The mapping, whole, so that a chunk can be read without anything else.
    pub mapping: Value,
    /// The file's own name, without folder and packing.
    pub file: String,
    /// How the rows are written.
    pub format: Format,
    /// The header line; empty in JSON.
    #[serde(default)]
    pub header: String,
    /// What a JSON document says around its rows.
    #[serde(default)]
    pub outer: BTreeMap<String, String>,
    /// The first row's number in the file: its line in CSV, its place from 1 in JSON.
    pub first_row: usize,
}

impl Frame {
    /// The body of a chunk; each of the rows ends its line.
    #[must_use]
    pub fn body(&self, rows: &str) -> Vec<u8> {
        let mut body = serde_json::to_vec(self).unwrap_or_default();
        body.reserve_exact(rows.len() + 1);
        body.push(b'\n');
        body.extend_from_slice(rows.as_bytes());
        body
    }

    /// What stands for the request of a chunk: the mapping's hash, the file and its first row.
    #[must_use]
    pub fn request(&self) -> Request {
        let hash = format!("{:016x}", odds::rows::fingerprint(self.mapping.to_string().as_bytes()));
        Request::to(format!("/{}", self.file)).with("mapping", hash).with("row", self.first_row.to_string())
    }

    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &[u8]) -> Result<(Self, &str), String> {
        let text = std::str::from_utf8(body).map_err(|error| format!("no text: {error}"))?;
        let (first, rows) = text.split_once('\n').ok_or("no rows behind the first line")?;
        let frame = serde_json::from_str(first).map_err(|error| format!("the first line is not that of a chunk: {error}"))?;
        Ok((frame, rows))
    }
}

/// Whether a row says nothing: a blank line, or commas alone.
#[must_use]
pub fn is_empty(record: &str, format: Format) -> bool {
    let is_nothing = |byte: u8| byte.is_ascii_whitespace() || (format == Format::Csv && byte == b',');
    record.bytes().all(is_nothing)
}

/// The rows of a text: its lines, those whose quotes are not closed going on in the next.
pub fn records(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (mut end, mut is_open) = (0, false);
        for line in rest.split_inclusive('\n') {
            end += line.len();
            is_open ^= line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
            if !is_open {
                break;
            }
        }
        let (record, after) = rest.split_at(end);
        rest = after;
        Some(record.trim_end_matches(['\n', '\r']))
    })
}
