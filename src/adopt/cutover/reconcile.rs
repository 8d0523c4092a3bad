//! What is to be done with one field of an old row: pure, from what is there, what we wrote last, and what we want.
//!
//! Somebody else may write the same field. What they wrote is never overwritten: from then on the field is theirs, until it holds what we
//! wrote last or what we want.

use serde_json::{Map, Value};

/// A field that we may write: a column, or one key inside a column of JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// The column.
    pub column: String,
    /// The key in it, where we write no more than that.
    pub key: Option<String>,
}

impl Field {
    /// A whole column.
    #[must_use]
    pub fn column(name: &str) -> Self {
        Self { column: name.to_owned(), key: None }
    }

    /// One key of a column of JSON.
    #[must_use]
    pub fn key(column: &str, key: &str) -> Self {
        Self { column: column.to_owned(), key: Some(key.to_owned()) }
    }

    /// `column` or `column.key`.
    #[must_use]
    pub fn name(&self) -> String {
        self.key.as_ref().map_or_else(|| self.column.clone(), |key| format!("{}.{key}", self.column))
    }

    /// The field of a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name.split_once('.') {
            Some((column, key)) => Self::key(column, key),
            None => Self::column(name),
        }
    }

    /// What a row has in it; `None` where a key has no object to be in (a JSON null is not told from an SQL one, so neither is touched), or the
    /// row no such column.
    #[must_use]
    pub fn of(&self, row: &Map<String, Value>) -> Option<Value> {
        let value = row.get(&self.column)?;
        match (&self.key, value) {
            (None, value) => Some(value.clone()),
            (Some(key), Value::Object(inside)) => Some(inside.get(key).cloned().unwrap_or(Value::Null)),
            (Some(_), _) => None,
        }
    }

    /// Puts a value into a row, as a rollback would: a key that held nothing goes.
    pub(super) fn put(&self, row: &mut Map<String, Value>, value: &Value) {
        match (&self.key, row.get_mut(&self.column)) {
            (None, Some(held)) => held.clone_from(value),
            (Some(key), Some(Value::Object(inside))) if value.is_null() => drop(inside.remove(key)),
            (Some(key), Some(Value::Object(inside))) => drop(inside.insert(key.clone(), value.clone())),
            _ => {}
        }
    }
}

/// What the ledger says of a field that we wrote before.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// What was there before our first write.
    pub before: Value,
    /// What was there after our last one: a type may have rounded it.
    pub written: Value,
    /// What we asked for in our last one.
    pub asked: Value,
}

impl Written {
    /// From three columns of the ledger as text, the first of them at `at`; absent is null.
    pub(super) fn read(row: &postgres::Row, at: usize) -> Self {
        let value = |at: usize| {
            let text: Option<&str> = row.get(at);
            text.map_or(Value::Null, |text| serde_json::from_str(text).expect("the server's own JSON of a field"))
        };
        Self { before: value(at), written: value(at + 1), asked: value(at + 2) }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing: it is as we want it.
    Leave,
    /// Write what we want; `before` is what stood there before our first write.
    Write {
        /// For the ledger.
        before: Value,
    },
    /// Nothing: somebody else wrote it since, and it is not what we want.
    Theirs {
        /// What stands there now.
        found: Value,
    },
}

/// What is to be done with a field that holds `current`.
#[must_use]
pub fn step(current: &Value, last: Option<&Written>, wanted: &Value) -> Step {
    if is_same(current, wanted) {
        return Step::Leave;
    }
    match last {
        Some(last) if is_same(current, &last.written) && is_same(wanted, &last.asked) => Step::Leave,
        Some(last) if is_same(current, &last.written) => Step::Write { before: last.before.clone() },
        Some(_) => Step::Theirs { found: current.clone() },
        None => Step::Write { before: current.clone() },
    }
}

/// What is to be done with a field to take our write back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// It holds what we wrote: what stood before is put back.
    PutBack,
    /// It holds what stood before already.
    AsBefore,
    /// Somebody else wrote it since: it stays.
    Keep,
}

/// How a field that holds `current` goes back.
#[must_use]
pub fn undo(current: &Value, last: &Written) -> Undo {
    if is_same(current, &last.before) {
        Undo::AsBefore
    } else if is_same(current, &last.written) {
        Undo::PutBack
    } else {
        Undo::Keep
    }
}

/// Equal values; a number is the same in each of its spellings (`1.9` and `1.90`), and a text is no number.
#[must_use]
pub fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b))),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(before: Value, written: Value) -> Written {
        Written { before, asked: written.clone(), written }
    }

    #[test]
    fn a_field_that_holds_what_is_wanted_is_left_alone_whoever_wrote_it() {
        assert_eq!(step(&json!("live"), None, &json!("live")), Step::Leave);
        assert_eq!(step(&json!(1.90), Some(&written(json!(2), json!(3))), &json!(1.9)), Step::Leave);
    }

    #[test]
    fn what_a_type_rounded_is_not_asked_for_again() {
        let last = Written { before: json!(1), written: json!(1.76), asked: json!(1.755) };
        assert_eq!(step(&json!(1.76), Some(&last), &json!(1.755)), Step::Leave);
        assert_eq!(step(&json!(1.76), Some(&last), &json!(1.8)), Step::Write { before: json!(1) });
    }

    #[test]
    fn the_first_write_keeps_what_was_there_and_later_ones_keep_the_first() {
        assert_eq!(step(&json!("scheduled"), None, &json!("live")), Step::Write { before: json!("scheduled") });
        let last = written(json!("scheduled"), json!("live"));
        assert_eq!(step(&json!("live"), Some(&last), &json!("completed")), Step::Write { before: json!("scheduled") });
    }

    #[test]
    fn what_somebody_else_wrote_since_is_never_overwritten() {
        let last = written(json!("scheduled"), json!("live"));
        assert_eq!(step(&json!("cancelled"), Some(&last), &json!("completed")), Step::Theirs { found: json!("cancelled") });
        assert_eq!(step(&json!("scheduled"), Some(&last), &json!("completed")), Step::Theirs { found: json!("scheduled") });
        assert_eq!(undo(&json!("cancelled"), &last), Undo::Keep);
    }

    #[test]
    fn only_what_we_wrote_goes_back() {
        let last = written(json!(null), json!(3));
        assert_eq!(undo(&json!(3), &last), Undo::PutBack);
        assert_eq!(undo(&json!(null), &last), Undo::AsBefore);
        assert_eq!(undo(&json!("3"), &last), Undo::Keep, "a text is no number");
    }

    #[test]
    fn a_key_is_read_where_there_is_an_object_for_it() {
        let row = json!({"stats": {"home_score": "3"}, "odds": [], "gone": null});
        let row = row.as_object().unwrap();
        assert_eq!(Field::named("stats.home_score").of(row), Some(json!("3")));
        assert_eq!(Field::named("stats.away_score").of(row), Some(Value::Null));
        assert_eq!(Field::named("gone.key").of(row), None);
        assert_eq!(Field::named("odds.key").of(row), None, "a list has no keys");
        assert_eq!(Field::named("missing").of(row), None);
    }
}
