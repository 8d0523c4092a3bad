//! JSON that may not fit: read at once where every type is as expected, piece by piece where one is not, so that one bad outcome
//! never costs the reply it stands in.
//!
//! Numbers stay text (they are read exactly, and `-1e400` is no number to most readers); whatever does not fit stays raw.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A value as it stands in the body; `None` where it is absent or null.
pub(super) type Raw<'a> = Option<&'a RawValue>;

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A text field.
#[derive(Debug, Default)]
pub(super) enum Word<'a> {
    /// Absent or null.
    #[default]
    Absent,
    /// A text, borrowed from the body where it has no escapes.
    Text(Cow<'a, str>),
    /// Something else.
    Wrong(&'a RawValue),
}

impl<'a> Word<'a> {
    /// The text, where there is one that is not empty.
    pub fn filled(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The same, without taking it.
    pub fn as_filled(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// What to say where a text was needed.
    pub fn complaint(&self, name: &str) -> String {
        match self {
            Self::Absent => format!("{name} is missing"),
            Self::Text(_) => format!("{name} is empty"),
            Self::Wrong(raw) => format!("{name} is {}, not a text", short(raw)),
        }
    }
}

/// A raw value cut to what fits in a problem.
pub(super) fn short(raw: &RawValue) -> String {
    raw.get().chars().take(40).collect()
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Text<'a>>::deserialize(deserializer)?.map_or(Self::Absent, |Text(text)| Self::Text(text)))
    }
}

/// One item of a list.
#[derive(Debug)]
pub(super) enum Item<'a, T> {
    /// An object, as far as its fields could be read.
    Fits(T),
    /// Something else.
    Not(&'a RawValue),
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Item<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Fits)
    }
}

/// A list field.
#[derive(Debug, Default)]
pub(super) enum List<'a, T> {
    /// Absent or null.
    #[default]
    Missing,
    /// A list.
    Of(Vec<Item<'a, T>>),
    /// Something else.
    Not(&'a RawValue),
}

impl<'a, T> List<'a, T> {
    /// Its items; none where it is no list.
    pub fn items(&self) -> &[Item<'a, T>] {
        if let Self::Of(items) = self { items } else { &[] }
    }

    /// What to say where a list was needed.
    pub fn complaint(&self, name: &str) -> String {
        match self {
            Self::Missing => format!("{name} is missing or null, not a list"),
            Self::Not(raw) => format!("{name} is {}, not a list", short(raw)),
            Self::Of(_) => format!("{name} is a list"),
        }
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for List<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Vec<Item<'a, T>>>::deserialize(deserializer)?.map_or(Self::Missing, Self::Of))
    }
}

/// Something that can be put together from the fields of an object, whatever they hold.
pub(super) trait Open<'a>: Deserialize<'a> {
    /// Reads what can be read.
    fn open(fields: &Fields<'a>) -> Self;
}

/// A field that can be read from any value.
pub(super) trait Field<'a>: Default {
    /// Reads what can be read.
    fn from_raw(raw: &'a RawValue) -> Self;
}

impl<'a> Field<'a> for Raw<'a> {
    fn from_raw(raw: &'a RawValue) -> Self {
        (raw.get() != "null").then_some(raw)
    }
}

impl<'a> Field<'a> for Word<'a> {
    fn from_raw(raw: &'a RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or(Self::Wrong(raw))
    }
}

impl<'a, T: Open<'a>> Field<'a> for List<'a, T> {
    fn from_raw(raw: &'a RawValue) -> Self {
        match raw.get() {
            "null" => Self::Missing,
            text => list(text).map_or(Self::Not(raw), Self::Of),
        }
    }
}

/// Reads a JSON list: at once, else item by item. `None` where it is no list, or no JSON.
pub(super) fn list<'a, T: Open<'a>>(text: &'a str) -> Option<Vec<Item<'a, T>>> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    serde_json::from_str(text).ok().or_else(|| {
        let items: Vec<&'a RawValue> = serde_json::from_str(text).ok()?;
        Some(items.into_iter().map(|raw| object(raw.get()).map_or(Item::Not(raw), Item::Fits)).collect())
    })
}

/// Reads a JSON object: at once, else field by field. `None` where it is no object, or no JSON.
pub(super) fn object<'a, T: Open<'a>>(text: &'a str) -> Option<T> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str::<Fields<'a>>(text).ok().map(|fields| T::open(&fields)))
}

/// The fields of an object as they came; of two with one name the last counts, as everywhere in JSON.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// One field by its name.
    pub fn read<F: Field<'a>>(&self, name: &str) -> F {
        self.0.iter().rev().find(|(key, _)| key == name).map_or_else(F::default, |(_, raw)| F::from_raw(raw))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Pairs<'a> {
            type Value = Fields<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Text(key), raw)) = map.next_entry::<Text<'a>, &'a RawValue>()? {
                    pairs.push((key, raw));
                }
                Ok(Fields(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

/// One object, or a list of them: what stands under `data` in an envelope.
#[derive(Debug)]
pub(super) enum Data<'a, T> {
    /// One object.
    One(Box<T>),
    /// A list.
    Many(Vec<Item<'a, T>>),
}

impl<'a, T: Open<'a>> Field<'a> for Option<Data<'a, T>> {
    fn from_raw(raw: &'a RawValue) -> Self {
        let text = raw.get();
        list(text).map(Data::Many).or_else(|| object(text).map(|one| Data::One(Box::new(one))))
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de> + 'a> Deserialize<'de> for Data<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<'a, T>(PhantomData<&'a T>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Either<'a, T> {
            type Value = Data<'a, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event or a list of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Data::Many(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|one| Data::One(Box::new(one)))
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}
