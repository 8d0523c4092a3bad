//! Their own words, read as loosely as they may come: no field is sure to be there, to be filled, or to have its type.
//!
//! An odd over REST: `{"id":"..:pinnacle:run_line:..","sportsbook":"Pinnacle","market":"Run Line","market_id":"run_line",
//! "name":"Houston Astros -1.5","is_main":true,"selection":"Houston Astros","selection_line":null,"points":-1.5,"price":140,
//! "timestamp":1724865905.59815,"grouping_key":"default:-1.5","player_id":null,"team_id":"..","limits":{"max":500},"deep_link":null}`.
//! The stream's has `fixture_id`, `league` and `sport` besides, no `market_id`, and empty texts where REST has null.

use odds::Moment;
use odds::decimal::parse_scaled;
use odds::observation::{CatalogueKind, CatalogueRow, Problem, Refusal};
use serde_json::Value;
use std::collections::BTreeMap;

const MISSING: Value = Value::Null;

/// A field; null where it is not there.
pub(crate) fn field<'v>(row: &'v Value, name: &str) -> &'v Value {
    row.get(name).unwrap_or(&MISSING)
}

/// A filled text, or a number as it is written.
pub(crate) fn text(row: &Value, name: &str) -> Option<String> {
    as_text(field(row, name))
}

/// The same of a value.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The first of several fields that is filled.
pub(crate) fn any_text(row: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text(row, name))
}

/// A thing that is named by an object (`{"id":"nba","name":"NBA"}`) or by a plain text: its id, and its name.
pub(crate) fn named(row: &Value, name: &str) -> (Option<String>, Option<String>) {
    match field(row, name) {
        Value::Object(_) => {
            let inner = field(row, name);
            (text(inner, "id"), text(inner, "name"))
        }
        plain => (None, as_text(plain)),
    }
}

/// The rows of an answer: `{"data":[..]}`, or a bare list of the oldest dialect.
pub(crate) fn rows(body: &Value) -> Option<&Vec<Value>> {
    body.as_array().or_else(|| field(body, "data").as_array())
}

/// How many pages an answer has; one where it does not say.
pub(crate) fn pages(body: &Value) -> (u64, u64) {
    let number = |name| text(body, name).and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    (number("page"), number("total_pages"))
}

/// A moment: RFC 3339 with any offset, or seconds since 1970, whole or not, exact to the microsecond.
pub(crate) fn moment(value: &Value) -> Option<Moment> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => parse_scaled(&number.to_string(), 6).ok().map(|scaled| Moment::from_micros(scaled.units)),
        _ => None,
    }
}

/// What is noted while a reply is read.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// What could not be used.
    pub(crate) problems: Vec<Problem>,
    /// Quotes that cannot be told apart.
    pub(crate) unreadable: u64,
    /// Books by key.
    books: BTreeMap<String, String>,
}

impl Notes {
    /// Notes something that cannot be used.
    pub(crate) fn refuse(&mut self, at: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) {
        self.problems.push(Problem::at(at, reason, detail));
    }

    /// Notes a book's name.
    pub(crate) fn book(&mut self, key: &str, title: &str) {
        if !self.books.contains_key(key) {
            self.books.insert(key.to_owned(), title.to_owned());
        }
    }

    /// The books as rows of the catalogue.
    pub(crate) fn catalogue(&mut self) -> Vec<CatalogueRow<'static>> {
        let books = std::mem::take(&mut self.books).into_iter();
        books.map(|(key, title)| row(CatalogueKind::Book, key, title, String::new())).collect()
    }
}

/// A row of the catalogue.
pub(crate) fn row(kind: CatalogueKind, key: String, title: String, detail: String) -> CatalogueRow<'static> {
    CatalogueRow { kind, key: key.into(), title: title.into(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_in_either_form() {
        let read = |json: &str| moment(&serde_json::from_str(json).unwrap()).map(|moment| moment.to_string());
        assert_eq!(read("1724865905.59815").as_deref(), Some("2024-08-28T17:25:05.59815Z"));
        assert_eq!(read("1726232938").as_deref(), Some("2024-09-13T13:08:58Z"));
        assert_eq!(read(r#""2021-08-24T20:44:13.601355-04:00""#).as_deref(), Some("2021-08-25T00:44:13.601355Z"));
        for wrong in ["null", "\"soon\"", "true", "1e300", "[]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
