//! A page's JSON, read as far as it fits: columns stay raw until they are asked for, numbers stay text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A page of rows.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Page<'a> {
    #[serde(borrow, default)]
    pub(super) taken_at: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) tables: Vec<TableRows<'a>>,
    #[serde(borrow, default)]
    pub(super) context: Vec<&'a RawValue>,
}

/// Rows of one table.
#[derive(Debug, serde::Deserialize)]
pub(super) struct TableRows<'a> {
    #[serde(borrow)]
    pub(super) table: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) rows: Vec<&'a RawValue>,
}

/// Reads a page.
pub(super) fn page(body: &[u8]) -> Result<Page<'_>, serde_json::Error> {
    serde_json::from_slice(body)
}

/// An object, its fields in their order. Of a field that stands twice the first is meant.
#[derive(Debug, Clone, Default)]
pub(super) struct Row<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Row<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some((Text(name), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    fields.push((name, value));
                }
                Ok(Row(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A value, by its kind.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    /// Not there, or null.
    Absent,
    /// A text.
    Text(Cow<'a, str>),
    /// A number, as it was written.
    Number(&'a str),
    /// A truth.
    Truth(bool),
    /// A list.
    List(Vec<&'a RawValue>),
    /// An object.
    Object(Row<'a>),
    /// None of these: a text with half a character in it.
    Broken,
}

impl<'a> Row<'a> {
    /// Reads an object; `None` where it is none.
    pub(super) fn read(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// A field as it was written.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, raw)| *raw)
    }

    /// A field by its kind.
    pub(super) fn cell(&self, name: &str) -> Cell<'a> {
        self.raw(name).map_or(Cell::Absent, cell)
    }

    /// A field that is a text with something in it, or a number; trimmed.
    pub(super) fn words(&self, name: &str) -> Option<Cow<'a, str>> {
        self.cell(name).words()
    }

    /// The first of some fields that has words.
    pub(super) fn first_words(&self, names: &[&str]) -> Option<Cow<'a, str>> {
        names.iter().find_map(|name| self.words(name))
    }

    /// A field that is an object.
    pub(super) fn object(&self, name: &str) -> Option<Row<'a>> {
        match self.cell(name) {
            Cell::Object(row) => Some(row),
            _ => None,
        }
    }
}

impl<'a> Cell<'a> {
    /// A text with something in it, or a number; trimmed.
    pub(super) fn words(self) -> Option<Cow<'a, str>> {
        match self {
            Cell::Text(text) => trimmed(text),
            Cell::Number(number) => Some(Cow::Borrowed(number)),
            _ => None,
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    (!text.is_empty()).then_some(text)
}

/// A value by its kind.
pub(super) fn cell(raw: &RawValue) -> Cell<'_> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_or(Cell::Broken, |Text(text)| Cell::Text(text)),
        Some(b'{') => Row::read(raw).map_or(Cell::Broken, Cell::Object),
        Some(b'[') => serde_json::from_str(text).map_or(Cell::Broken, Cell::List),
        Some(b't') => Cell::Truth(true),
        Some(b'f') => Cell::Truth(false),
        Some(b'-' | b'0'..=b'9') => Cell::Number(text),
        _ => Cell::Absent,
    }
}

/// Whether a value holds anything: no null, no text of nothing, and no list or object of nulls alone.
pub(super) fn says_something(raw: &RawValue) -> bool {
    match cell(raw) {
        Cell::Absent => false,
        Cell::Text(text) => !text.trim().is_empty(),
        Cell::List(items) => items.iter().any(|item| !matches!(cell(item), Cell::Absent)),
        Cell::Object(row) => row.0.iter().any(|(_, raw)| !matches!(cell(raw), Cell::Absent)),
        Cell::Number(_) | Cell::Truth(_) | Cell::Broken => true,
    }
}

/// What is said of a value that stands where odds do and is none.
pub(super) fn no_odds(raw: &RawValue) -> String {
    format!("{} where odds stand", raw.get().chars().take(40).collect::<String>())
}

/// A name as its letters and figures, without case: `homeOdds`, `home_odds` and `Home Odds` are one.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
