//! JSON whose lists are read item by item, so that a bad one costs itself alone. For providers whose replies have no prices that a
//! float would bend.

use odds::observation::{Problem, Refusal};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The items of a list below a value, each with its place. A list that is missing is empty; one of another type is a problem.
pub(crate) fn items<T: DeserializeOwned>(value: &Value, name: &str, at: &str, problems: &mut Vec<Problem>) -> Vec<(String, T)> {
    let at = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let list = match value.get(name) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(other) => {
            problems.push(Problem::at(at, Refusal::NotTheShape, format!("not a list: {other}")));
            return Vec::new();
        }
    };
    let mut read = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate().filter(|(_, item)| !item.is_null()) {
        read.extend(one(item, format!("{at}[{index}]"), problems));
    }
    read
}

/// One thing, with its place.
pub(crate) fn one<T: DeserializeOwned>(value: &Value, at: String, problems: &mut Vec<Problem>) -> Option<(String, T)> {
    // serde reads a list as a struct by position: an object is what is meant
    let read = if value.is_object() { T::deserialize(value).map_err(|error| error.to_string()) } else { Err("not an object".to_owned()) };
    match read {
        Ok(read) => Some((at, read)),
        Err(error) => {
            problems.push(Problem::at(at, Refusal::MissingField, error));
            None
        }
    }
}

/// A value as text: a string, or a number as it stands; empty where it is neither.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
