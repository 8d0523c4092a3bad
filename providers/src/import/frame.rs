//! A chunk as it is archived: one line of JSON that says whose rows these are and what they mean, then the rows as they lay there.
//!
//! ```text
//! {"mapping":{"source":"nba-closing",..},"file":"nba_games.csv","format":"csv","header":"season,date,..","first_row":2}
//! 2008,2007-10-30,True,..
//! ```

use std::collections::BTreeMap;

use memchr::{memchr, memchr_iter};
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
    let bytes = text.as_bytes();
    let next_quote = |from: usize| memchr(b'"', &bytes[from..]).map_or(bytes.len(), |at| from + at);
    let (mut from, mut quote) = (0, next_quote(0));
    std::iter::from_fn(move || {
        if from == bytes.len() {
            return None;
        }
        let (begin, mut is_open) = (from, false);
        loop {
            let line = from;
            from = memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at + 1);
            // most tables have no quote at all: where the next one lies is known before
            if quote < from {
                is_open ^= memchr_iter(b'"', &bytes[line..from]).count() % 2 == 1;
                quote = next_quote(from);
            }
            if !is_open || from == bytes.len() {
                break;
            }
        }
        Some(text[begin..from].trim_end_matches(['\n', '\r']))
    })
}

/// How many lines a row takes.
#[must_use]
pub fn lines(record: &str) -> usize {
    1 + memchr_iter(b'\n', record.as_bytes()).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Line by line, as a person would read it.
    fn plainly(text: &str) -> Vec<String> {
        let (mut all, mut record, mut is_open) = (Vec::new(), String::new(), false);
        for line in text.split_inclusive('\n') {
            record.push_str(line);
            is_open ^= line.matches('"').count() % 2 == 1;
            if !is_open {
                all.push(std::mem::take(&mut record));
            }
        }
        all.extend(Some(record).filter(|record| !record.is_empty()));
        all.iter().map(|record| record.trim_end_matches(['\n', '\r']).to_owned()).collect()
    }

    proptest! {
        #[test]
        fn rows_go_on_where_a_quote_is_open(text in "[a,\"\r\n]{0,24}") {
            prop_assert_eq!(records(&text).collect::<Vec<_>>(), plainly(&text));
        }
    }

    #[test]
    fn a_row_takes_as_many_lines_as_it_holds() {
        assert_eq!(["a,b", "a,\"b\nc\nd\""].map(lines), [1, 3]);
    }
}
