//! What a person decides of identity: a small document that goes through the route as any reply does, so that it is archived before
//! anything looks at it, and made again from the archive with everything else.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// The provider's key under which decisions stand in the log. They are of our time, and say nothing of the world's.
pub const PROVIDER: &str = "person";

/// What is decided of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It is the event that `with` or `event` names; so are all listings that are one event with it.
    Join,
    /// It is not the event that `with` or `event` names, and is never to be taken for it again.
    Refuse,
    /// It is an event of its own.
    Split,
    /// The last decision about it does not stand: the one before does again.
    Undo,
}

impl Verb {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Refuse => "refuse",
            Self::Split => "split",
            Self::Undo => "undo",
        }
    }
}

/// What a decision is about. Names of teams and books have their place here, and no rule yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Which event a listing is.
    #[default]
    Listing,
    /// Which player a name is: `listing` names the provider and its id of him, or the letters of the name; `with` another name, `event` a
    /// player's id.
    Player,
}

/// A listing by the words of its provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListingName {
    /// The provider's key.
    pub provider: String,
    /// The provider's id of it.
    pub id: String,
}

/// How what a decision is about stood when it was judged: of a player his names ([`crate::player::Directory::standing`]), of a listing the
/// event that it was, and the decision of a person that made it that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The name or listing that it is about.
    pub name: String,
    /// The other, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

/// A decision of a person.
///
/// ```text
/// {"what":"join","subject":"listing","listing":{"provider":"espn","id":"401585183"},"with":{"provider":"the-odds-api","id":"0a1b.."},
///  "reason":"same game, the start was wrong by an hour","by":"ana","made_at":"2026-01-10T20:00:00Z"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What is decided.
    pub what: Verb,
    /// What it is about.
    #[serde(default)]
    pub subject: Subject,
    /// The listing.
    pub listing: ListingName,
    /// The other listing, for `join` and `refuse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<ListingName>,
    /// The other event by its id, where `with` names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who decides.
    pub by: String,
    /// When.
    pub made_at: Moment,
    /// How the names or listings stood when it was judged: where they stand otherwise by its place in the log, another decided first, and it
    /// changes nothing. Decisions of before this was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// Letters of a name or a reason that are kept, at most.
pub const LONGEST: usize = 500;

impl Decision {
    /// What is wrong with it, and what would be right; `None` where it can be looked at.
    #[must_use]
    pub fn refused(&self) -> Option<String> {
        let is_told = |text: &str| !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
        let is_of_two = matches!(self.what, Verb::Join | Verb::Refuse);
        if !is_told(&self.by) {
            Some(format!("by={:?}: say who decides, in 1 to {LONGEST} printable letters", self.by))
        } else if !self.reason.is_empty() && !is_told(&self.reason) {
            Some(format!("reason: at most {LONGEST} printable letters"))
        } else if [Some(&self.listing), self.with.as_ref()].into_iter().flatten().any(|name| !is_told(&name.provider) || !is_told(&name.id))
        {
            Some(format!("listing and with: a provider and its id, each of 1 to {LONGEST} printable letters"))
        } else if is_of_two != (self.with.is_some() || self.event.is_some()) {
            let right = if is_of_two { "name the other with `with` or `event`" } else { "`with` and `event` have no meaning here" };
            Some(format!("{}: {right}", self.what.as_str()))
        } else if self.with.is_some() && self.event.is_some() {
            Some("`with` and `event` both name the other: leave one out".to_owned())
        } else if self.with.as_ref() == Some(&self.listing) {
            Some("a listing cannot be joined with itself".to_owned())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(text: &str) -> Option<String> {
        let text = format!(r#"{{"listing":{{"provider":"a","id":"1"}},"made_at":"2026-01-10T20:00:00Z",{text}}}"#);
        serde_json::from_str::<Decision>(&text).unwrap().refused()
    }

    #[test]
    fn a_decision_names_who_decides_and_what_it_is_about() {
        assert_eq!(decision(r#""what":"split","by":"ana""#), None);
        assert_eq!(decision(r#""what":"join","by":"ana","with":{"provider":"b","id":"2"}"#), None);
        for (text, told) in [
            (r#""what":"split","by":" ""#, "who decides"),
            (r#""what":"join","by":"ana""#, "name the other"),
            (r#""what":"undo","by":"ana","event":"00""#, "no meaning"),
            (r#""what":"refuse","by":"ana","event":"00","with":{"provider":"b","id":"2"}"#, "leave one out"),
            (r#""what":"join","by":"ana","with":{"provider":"a","id":"1"}"#, "itself"),
            (r#""what":"split","by":"ana","reason":"a\nb""#, "printable"),
            (r#""what":"join","by":"ana","with":{"provider":"b","id":"\u0000"}"#, "1 to 500 printable"),
            (r#""what":"join","by":"ana","with":{"provider":"","id":"2"}"#, "1 to 500 printable"),
        ] {
            assert!(decision(text).is_some_and(|why| why.contains(told)), "{text}: {:?}", decision(text));
        }
    }
}
