//! JSON from people who promise nothing: an object is read field by field, each as what it happens to hold, so that one bad field or
//! one bad item is refused by itself, with the place where it stands, and never takes its neighbours along.
//!
//! Numbers stay the text that they were posted as. An object that holds something else under a name counts as not having it, with a
//! problem; `null` and an empty text count as absent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{FactKind, FactSeen, Problem, Refusal};
use serde_json::value::RawValue;

/// Problems and unreadable outcomes, gathered while reading.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) problems: Vec<Problem>,
    pub(crate) unreadable: u64,
}

impl Notes {
    /// Notes what cannot be used.
    pub(crate) fn refuse(&mut self, path: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) {
        self.problems.push(Problem::at(path, reason, detail));
    }

    /// Notes an outcome that cannot be used without our knowing which one it is.
    pub(crate) fn unreadable(&mut self, path: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) {
        self.unreadable += 1;
        self.refuse(path, reason, detail);
    }
}

/// An object with the place where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    at: String,
    fields: BTreeMap<String, &'a RawValue>,
}

/// A list as read: its objects, and whether nothing in it was refused.
pub(crate) struct Objects<'a> {
    pub(crate) items: Vec<Object<'a>>,
    pub(crate) is_whole: bool,
}

impl<'a> Object<'a> {
    /// The object that a body is; `None` where it is none.
    pub(crate) fn of_body(body: &'a [u8]) -> Option<Self> {
        Self::read(String::new(), std::str::from_utf8(body).ok()?)
    }

    fn read(at: String, text: &'a str) -> Option<Self> {
        if !text.trim_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(text).ok().map(|fields| Self { at, fields })
    }

    /// Where it stands.
    pub(crate) fn at(&self) -> &str {
        &self.at
    }

    /// Where one of its fields stands.
    pub(crate) fn place(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    /// A field as it was written; `None` where it is absent or `null`.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.fields.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }

    /// Whether a field is there and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Whether a field is there, be it `null`.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// A text, or a number or boolean as it was written.
    pub(crate) fn text(&self, notes: &mut Notes, name: &str) -> Option<String> {
        let raw = self.raw(name)?;
        let text = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(raw).ok(),
            Some(b'{' | b'[') | None => None,
            Some(_) => Some(raw.to_owned()),
        };
        let Some(text) = text else {
            self.refuse_type(notes, name, raw);
            return None;
        };
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The text of the one field that there is, whatever it is called.
    pub(crate) fn only_text(&self) -> Option<String> {
        let (name, _) = self.fields.first_key_value().filter(|_| self.fields.len() == 1)?;
        self.text(&mut Notes::default(), name)
    }

    /// A text that must be there.
    pub(crate) fn need(&self, notes: &mut Notes, name: &str) -> Option<String> {
        let before = notes.problems.len();
        let text = self.text(notes, name);
        if text.is_none() && notes.problems.len() == before {
            notes.refuse(self.place(name), Refusal::MissingField, "missing, null or empty");
        }
        text
    }

    /// A boolean, also one that is written as a word (`"yes"`, `"true"`).
    pub(crate) fn flag(&self, notes: &mut Notes, name: &str) -> Option<bool> {
        let text = self.text(notes, name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => {
                self.refuse_type(notes, name, &text);
                None
            }
        }
    }

    /// A time in RFC 3339.
    pub(crate) fn time(&self, notes: &mut Notes, name: &str) -> Option<Moment> {
        let text = self.text(notes, name)?;
        let moment = text.parse::<Moment>();
        moment.map_err(|error| notes.refuse(self.place(name), Refusal::BadTime, error.to_string())).ok()
    }

    /// An object below this one.
    pub(crate) fn object(&self, notes: &mut Notes, name: &str) -> Option<Object<'a>> {
        let raw = self.raw(name)?;
        let object = Self::read(self.place(name), raw);
        if object.is_none() {
            self.refuse_type(notes, name, raw);
        }
        object
    }

    /// The objects of a list; an absent list is an empty one.
    pub(crate) fn objects(&self, notes: &mut Notes, name: &str) -> Objects<'a> {
        match self.raw(name) {
            Some(raw) => list(notes, &self.place(name), raw),
            None => Objects { items: Vec::new(), is_whole: true },
        }
    }

    fn refuse_type(&self, notes: &mut Notes, name: &str, raw: &str) {
        notes.refuse(self.place(name), Refusal::MissingField, format!("of another type: {raw}"));
    }
}

/// The objects of a list that stands somewhere.
pub(crate) fn list<'a>(notes: &mut Notes, at: &str, raw: &'a str) -> Objects<'a> {
    // A list of nothing but values: nulls are left out, and what is no object is refused.
    let Ok(rows) = serde_json::from_str::<Vec<&'a RawValue>>(raw) else {
        notes.refuse(at, Refusal::NotTheShape, format!("no list: {raw}"));
        return Objects { items: Vec::new(), is_whole: false };
    };
    let mut read = Objects { items: Vec::with_capacity(rows.len()), is_whole: true };
    for (index, row) in rows.into_iter().enumerate().filter(|(_, row)| row.get() != "null") {
        let at = format!("{at}[{index}]");
        match Object::read(at.clone(), row.get()) {
            Some(object) => read.items.push(object),
            None => {
                notes.refuse(at, Refusal::NotTheShape, format!("no object: {}", row.get()));
                read.is_whole = false;
            }
        }
    }
    read
}

/// A fact without a subject.
pub(crate) fn fact(kind: FactKind, value: impl Into<String>) -> FactSeen<'static> {
    fact_of(kind, "", value)
}

/// A fact about something.
pub(crate) fn fact_of(kind: FactKind, subject: impl Into<String>, value: impl Into<String>) -> FactSeen<'static> {
    FactSeen { kind, subject: Cow::Owned(subject.into()), value: Cow::Owned(value.into()) }
}

/// The first bytes of a body, in one line, for a verdict.
pub(crate) fn head(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(80)]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How long a `retry-after` header asks to be left alone: seconds, or a date against the reply's own moment; a day at most.
pub(crate) fn told_wait(reply: &odds::reply::Reply<'_>) -> Option<std::time::Duration> {
    const LONGEST_SECS: u64 = 86_400;
    let text = reply.header("retry-after")?.trim();
    let secs = text.parse::<u64>().ok().or_else(|| {
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
        Some(u64::try_from(until.saturating_sub(reply.fetched_at.secs())).unwrap_or(0))
    })?;
    Some(std::time::Duration::from_secs(secs.min(LONGEST_SECS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_another_type_costs_itself_alone() {
        let body = br#"{"id": 7, "name": {"a": 1}, "list": [{"x": "1"}, 3, null], "flag": "yes", "empty": "", "at": "soon"}"#;
        let (object, mut notes) = (Object::of_body(body).unwrap(), Notes::default());
        assert_eq!(object.text(&mut notes, "id").as_deref(), Some("7"));
        assert_eq!(object.flag(&mut notes, "flag"), Some(true));
        assert_eq!(object.text(&mut notes, "empty"), None);
        assert!(notes.problems.is_empty());
        assert_eq!((object.text(&mut notes, "name"), object.time(&mut notes, "at")), (None, None));
        let list = object.objects(&mut notes, "list");
        assert_eq!((list.items.len(), list.is_whole, list.items[0].at()), (1, false, "list[0]"));
        let paths: Vec<&str> = notes.problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["name", "at", "list[1]"]);
    }

    #[test]
    fn what_must_be_there_is_named_once() {
        let (object, mut notes) = (Object::of_body(br#"{"id": []}"#).unwrap(), Notes::default());
        assert_eq!((object.need(&mut notes, "id"), object.need(&mut notes, "name")), (None, None));
        assert_eq!(notes.problems.len(), 2);
        assert!(Object::of_body(b"[1]").is_none() && Object::of_body(b"<h1>").is_none() && Object::of_body(b"\xff").is_none());
    }
}
