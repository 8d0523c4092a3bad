//! JSON whose lists are read item by item, so that a bad one costs itself alone. For providers whose replies have no prices that a
//! float would bend: the leagues' own, which need no key and answer alike.

use std::borrow::Cow;

use odds::observation::{FactSeen, ListingSeen, Problem, Refusal};
use odds::reply::Reply;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::provider::Verdict;
use crate::tolerant::told_wait;

/// The verdict on a reply that is an object and holds `needed`; where it `is_of_one` thing, a 404 says that this is not there.
pub(crate) fn verdict(reply: &Reply<'_>, needed: &str, is_of_one: bool) -> Verdict {
    let status = format!("status {}", reply.status);
    match reply.status {
        200..=299 => shape(reply, needed),
        404 if is_of_one => Verdict::Gone(status),
        408 | 425 | 429 | 500..=599 => Verdict::RetryAfter(told_wait(reply), status),
        _ => Verdict::Refused(status),
    }
}

fn shape(reply: &Reply<'_>, needed: &str) -> Verdict {
    match serde_json::from_slice::<Value>(reply.body) {
        Ok(body) if body.get(needed).is_some() => Verdict::Good,
        Ok(_) => Verdict::ChangedShape(format!("a {} without {needed}", reply.endpoint)),
        Err(error) if error.is_eof() => Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len())),
        Err(error) => Verdict::ChangedShape(format!("not JSON: {error}")),
    }
}

/// The body as JSON, else a problem that says why it is none.
pub(crate) fn body(reply: &Reply<'_>) -> Result<Value, Problem> {
    serde_json::from_slice(reply.body).map_err(|error| Problem::at("", Refusal::NotTheShape, format!("not JSON: {error}")))
}

/// A listing without prices.
pub(crate) fn listing(sport: &'static str, id: String, facts: Vec<FactSeen<'static>>) -> ListingSeen<'static> {
    ListingSeen { id: Cow::Owned(id), sport: Cow::Borrowed(sport), facts, ..ListingSeen::default() }
}

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
