//! Whether two databases are equal: table by table in count and hash, object by object in the server's own words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::content::{Content, Sequence};
use super::objects::Object;

/// Which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// What it is.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// What is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which table (`rows`) or object.
    pub of: ObjectKey,
    /// How it was; `None` where it was not there.
    pub was: Option<String>,
    /// How it is; `None` where it is not there.
    pub is: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{} {}: was {}, is {}", self.of.kind, self.of.name, told(&self.was), told(&self.is))
    }
}

/// What is not the same in the rows.
pub fn contents(was: &[Content], is: &[Content]) -> Vec<Difference> {
    let told = |content: &Content| {
        let key = ObjectKey { kind: "rows".to_owned(), name: format!("{}.{}", content.schema, content.table) };
        (key, format!("{} rows with hash {}", content.rows, content.hash))
    };
    differences(was.iter().map(told).collect(), is.iter().map(told).collect())
}

/// Sequences that have not counted as far as they had.
pub fn sequences(was: &[Sequence], is: &[Sequence]) -> Vec<Difference> {
    let key = |name: &str| ObjectKey { kind: "sequence value".to_owned(), name: name.to_owned() };
    let told = |sequence: &Sequence| sequence.last.map_or_else(|| "not begun".to_owned(), |last| last.to_string());
    let reached = |was: &&Sequence| is.iter().any(|is| is.name == was.name && was.is_reached_by(is));
    let now = |was: &Sequence| is.iter().find(|is| is.name == was.name).map(told);
    was.iter().filter(|was| !reached(was)).map(|was| Difference { of: key(&was.name), was: Some(told(was)), is: now(was) }).collect()
}

/// What is not the same in the objects.
pub fn objects(was: &[Object], is: &[Object]) -> Vec<Difference> {
    let told = |object: &Object| (ObjectKey { kind: object.kind.clone(), name: object.name.clone() }, object.definition.clone());
    differences(was.iter().map(told).collect(), is.iter().map(told).collect())
}

fn differences(was: BTreeMap<ObjectKey, String>, mut is: BTreeMap<ObjectKey, String>) -> Vec<Difference> {
    let mut found = Vec::new();
    for (of, was) in was {
        let now = is.remove(&of);
        if now.as_ref() != Some(&was) {
            found.push(Difference { of, was: Some(was), is: now });
        }
    }
    found.extend(is.into_iter().map(|(of, now)| Difference { of, was: None, is: Some(now) }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(table: &str, rows: u64, hash: &str) -> Content {
        Content { schema: "public".to_owned(), table: table.to_owned(), rows, hash: hash.to_owned() }
    }

    #[test]
    fn a_row_that_is_missing_or_other_is_a_difference_and_order_is_none() {
        let (one, other) = ([content("a", 1, "x"), content("b", 2, "y")], [content("b", 2, "y"), content("a", 1, "x")]);
        assert_eq!(contents(&one, &other), []);
        let changed = contents(&one, &[content("a", 1, "z"), content("c", 0, "")]);
        let told: Vec<String> = changed.iter().map(ToString::to_string).collect();
        assert_eq!(told[0], "rows public.a: was 1 rows with hash x, is 1 rows with hash z");
        assert_eq!(told[1..], ["rows public.b: was 2 rows with hash y, is nothing", "rows public.c: was nothing, is 0 rows with hash "]);
    }
}
