//! What a decoder says while it reads: each thing that it could not use, with the place where it stands.

use odds::observation::{Problem, Refusal};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Field, Items, Text};

/// Problems and unreadable outcomes, gathered while reading.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) problems: Vec<Problem>,
    pub(super) unreadable: u64,
}

impl Notes {
    pub(super) fn refuse(&mut self, path: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) {
        self.problems.push(Problem::at(path, reason, detail));
    }

    /// A field that need not be there; of another type, it is refused.
    pub(super) fn take<T>(&mut self, at: &str, name: &str, field: Field<T>) -> Option<T> {
        match field {
            Field::Read(value) => Some(value),
            Field::Absent => None,
            Field::Wrong(found) => {
                self.refuse(place(at, name), Refusal::MissingField, format!("of another type: {found}"));
                None
            }
        }
    }

    /// A field that must be there.
    pub(super) fn need<T>(&mut self, at: &str, name: &str, field: Field<T>) -> Option<T> {
        if matches!(field, Field::Absent) {
            self.refuse(place(at, name), Refusal::MissingField, "missing, or null");
        }
        self.take(at, name, field)
    }

    /// A text that need not be there; empty counts as absent.
    pub(super) fn text(&mut self, at: &str, name: &str, field: Field<Text>) -> Option<String> {
        self.take(at, name, field).map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty())
    }

    /// A text that must be there.
    pub(super) fn need_text(&mut self, at: &str, name: &str, field: Field<Text>) -> Option<String> {
        let field = match field {
            Field::Read(text) if text.as_str().is_empty() => Field::Absent,
            other => other,
        };
        self.need(at, name, field).map(|text| text.as_str().to_owned())
    }

    /// The items of a list, each with its place; a null list is an empty one, nulls in it are left out, and a bad item is
    /// refused without its neighbours.
    pub(super) fn items<'a, T: Deserialize<'a>>(&mut self, at: &str, name: &str, list: Items<'a>) -> Vec<(String, T)> {
        let rows = self.take(at, name, list).unwrap_or_default();
        let filled = rows.into_iter().enumerate().filter(|(_, raw)| raw.get() != "null");
        filled.filter_map(|(index, raw)| self.item(place(at, &format!("{name}[{index}]")), raw)).collect()
    }

    fn item<'a, T: Deserialize<'a>>(&mut self, at: String, raw: &'a RawValue) -> Option<(String, T)> {
        // serde reads a list as a struct by position: an object is what is meant
        if !raw.get().starts_with('{') {
            self.refuse(at, Refusal::MissingField, format!("not an object: {}", raw.get()));
            return None;
        }
        match serde_json::from_str(raw.get()) {
            Ok(value) => Some((at, value)),
            Err(error) => {
                self.refuse(at, Refusal::MissingField, error.to_string());
                None
            }
        }
    }
}

/// The place of a name under a place.
pub(super) fn place(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}
