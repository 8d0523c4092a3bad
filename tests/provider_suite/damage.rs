//! Bodies that came to harm. Where something of a reply cannot be read, it is said; what stands beside it is read as if nothing were.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::bodies::Random;

use super::sent::{Read, Sent, all};

/// One step into a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Field(String),
    Item(usize),
}

pub type Way = Vec<Step>;

pub fn ways(value: &Value, way: &Way, all: &mut Vec<Way>) {
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (Step::Field(name.clone()), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (Step::Item(at), value)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in steps {
        let way: Way = way.iter().cloned().chain([step]).collect();
        all.push(way.clone());
        ways(value, &way, all);
    }
}

pub fn at<'v>(body: &'v mut Value, way: &[Step]) -> &'v mut Value {
    way.iter().fold(body, |value, step| match step {
        Step::Field(name) => &mut value[name.as_str()],
        Step::Item(at) => &mut value[*at],
    })
}

pub fn with(body: &Value, way: &[Step], value: Value) -> Value {
    let mut body = body.clone();
    *at(&mut body, way) = value;
    body
}

fn without(body: &Value, list: &[Step], item: usize) -> Value {
    let mut body = body.clone();
    at(&mut body, list).as_array_mut().unwrap().remove(item);
    body
}

/// The outermost list of several on a way, with the place in it.
fn item_of(body: &Value, way: &[Step]) -> Option<(Way, usize)> {
    let mut body = body.clone();
    (0..way.len()).find_map(|end| match &way[end] {
        Step::Item(item) if at(&mut body, &way[..end]).as_array().is_some_and(|list| list.len() > 1) => Some((way[..end].to_vec(), *item)),
        _ => None,
    })
}

fn read(sent: &Sent, body: &Value) -> Read {
    sent.read(body.to_string().as_bytes())
}

fn ids(read: &Read) -> BTreeSet<&String> {
    read.listings.keys().chain(&read.names).collect()
}

fn parsed() -> Vec<(Sent, Value)> {
    all()
        .into_iter()
        .filter(Sent::is_json)
        .map(|sent| (serde_json::from_slice(&sent.body).unwrap(), sent))
        .map(|(body, sent)| (sent, body))
        .collect()
}

/// Lists that tell by what is not in them who is well, and who is gone: of such a one nothing is told where a part of it cannot be read.
fn is_whole_or_nothing(id: &str) -> bool {
    ["injuries/", "roster/"].iter().any(|kind| id.starts_with(kind))
}

/// Of another type than it is.
fn another(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(_) => vec![json!("x"), json!({"x": 1})],
        Value::Object(_) => vec![json!(true), json!(["x"])],
        _ => vec![json!({"x": 1}), json!(["x"])],
    }
}

/// Ways of a body: all of them where there are few, else as many at random, the same each time.
pub fn some(mut ways: Vec<Way>) -> Vec<Way> {
    let mut random = Random::from_seed(20_261_126);
    while ways.len() > 400 {
        ways.swap_remove(random.below(ways.len() as u64) as usize);
    }
    ways
}

#[test]
fn half_a_body_is_not_good_and_says_so() {
    let mut wrong = Vec::new();
    for sent in all().iter().filter(|sent| sent.is_json()) {
        let end = sent.body.trim_ascii_end().len();
        for cut in [1, end / 4, end / 2, end * 3 / 4, end - 1] {
            let read = sent.read(&sent.body[..cut]);
            if read.is_good || read.problems.is_empty() || !read.listings.is_empty() {
                wrong.push(format!(
                    "{} at {cut}: {:?}, {} listings, {} problems",
                    sent.name,
                    read.verdict,
                    read.listings.len(),
                    read.problems.len()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn another_page_or_nothing_at_all_is_not_good() {
    let mut wrong = Vec::new();
    for sent in all().iter().filter(|sent| sent.is_json()) {
        for body in
            ["", " ", "<html><body>Just a moment...</body></html>", "null", "7", "\"x\"", "true", r#"{"message":"moved"}"#, r#"["x"]"#]
        {
            let read = sent.read(body.as_bytes());
            // a list of something else may be a list of theirs with one bad row, which is said
            let is_told = body.starts_with('[') && !read.problems.is_empty() && read.listings.is_empty();
            if read.is_good && !is_told {
                wrong.push(format!("{} {body:?}: {:?}", sent.name, read.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn something_of_another_type_is_said_and_costs_nothing_beside_it() {
    let mut wrong = Vec::new();
    for (sent, body) in parsed() {
        let base = read(&sent, &body);
        let mut ways_of = Vec::new();
        ways(&body, &Vec::new(), &mut ways_of);
        for way in some(ways_of) {
            let item = item_of(&body, &way);
            let may_go: BTreeSet<String> = item.as_ref().map_or_else(
                || ids(&base).into_iter().cloned().collect(),
                |(list, item)| {
                    let rest = read(&sent, &without(&body, list, *item));
                    ids(&base).difference(&ids(&rest)).map(|id| (*id).clone()).collect()
                },
            );
            let value = at(&mut body.clone(), &way).clone();
            for other in another(&value) {
                let found = read(&sent, &with(&body, &way, other.clone()));
                let is_said = found.says_more_than(&base);
                let gone: Vec<String> = ids(&base).difference(&ids(&found)).map(|id| (*id).clone()).collect();
                let told = || format!("{} {way:?} -> {other}", sent.name);
                let is_less = gone.iter().any(|id| base.listings.contains_key(id)) || found.outcomes < base.outcomes;
                // of the free JSON of old rows nothing is promised but that the row is accounted for
                if !is_said && is_less && sent.provider.key() != "legacy" {
                    wrong.push(format!("{}: lost without a word: {gone:?}, {} of {} outcomes", told(), found.outcomes, base.outcomes));
                }
                let goes_along = |id: &&String| !(may_go.contains(*id) || (is_whole_or_nothing(id) && is_said));
                if let Some(id) = gone.iter().find(goes_along).filter(|_| found.is_good) {
                    wrong.push(format!("{}: {id} is gone as well", told()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

pub fn renamed(body: &Value, name: &str) -> Value {
    match body {
        Value::Object(fields) => {
            let of = |(field, value): (&String, &Value)| {
                (if field == name { format!("x_{field}") } else { field.clone() }, renamed(value, name))
            };
            Value::Object(fields.iter().map(of).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| renamed(item, name)).collect()),
        other => other.clone(),
    }
}

#[test]
fn a_field_that_vanishes_takes_nothing_along_without_a_word() {
    let mut wrong = Vec::new();
    for (sent, body) in parsed() {
        let base = read(&sent, &body);
        let mut ways_of = Vec::new();
        ways(&body, &Vec::new(), &mut ways_of);
        let names: BTreeSet<String> =
            ways_of.iter().filter_map(|way| if let Some(Step::Field(name)) = way.last() { Some(name.clone()) } else { None }).collect();
        for name in names {
            let found = read(&sent, &renamed(&body, &name));
            let is_said = found.says_more_than(&base);
            let has_lost = !base.listings.is_empty() && found.listings.is_empty();
            if has_lost && !is_said {
                wrong.push(format!("{} without {name:?}: all {} listings are gone, and not a word", sent.name, base.listings.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_where_a_list_was_takes_no_listing_beside_it() {
    let mut wrong = Vec::new();
    for (sent, body) in parsed() {
        let base = read(&sent, &body);
        let mut ways_of = Vec::new();
        ways(&body, &Vec::new(), &mut ways_of);
        for way in some(ways_of) {
            let Some((list, item)) = item_of(&body, &way) else { continue };
            let rest = read(&sent, &without(&body, &list, item));
            let found = read(&sent, &with(&body, &way, Value::Null));
            let is_said = found.says_more_than(&base);
            let gone = ids(&rest).difference(&ids(&found)).find(|id| !(is_whole_or_nothing(id) && is_said)).map(|id| (*id).clone());
            if let Some(id) = gone.filter(|_| found.is_good) {
                wrong.push(format!("{} {way:?} -> null: {id} is gone as well", sent.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
