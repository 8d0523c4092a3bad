//! Names of persons: which spellings are one name, which may be, and which are two.
//!
//! A verdict rests on what is known of names (marks, initials, short forms, the order of words), never on how near two texts are:
//! Jalen, Jaylen and Jaylin Williams are three. Who a name *is* takes more than names: see [`Directory`].

mod directory;
mod fold;
mod judge;
mod kept;
mod name;
mod nicknames;
mod person;
mod teams;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use directory::{Directory, RULE_VERSION};
pub use kept::{Binding, Decided, Player, Seen, Sighting, Span, Teams, Word};
pub use person::Other;

use fold::Spelt;
use name::Name;

/// A player of ours: 32 hexadecimal digits, from the league and the first who named him.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayerId(u128);

impl PlayerId {
    /// The id of the player whom these words founded.
    #[must_use]
    pub fn founded_by(league: &str, provider: &str, reference: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in ["player", league, provider, reference] {
            hasher.update(part.as_bytes()).update(b"\0");
        }
        let mut first = [0_u8; 16];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(u128::from_be_bytes(first))
    }
}

impl fmt::Display for PlayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A text that is no player's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no player's id: it has 32 hexadecimal digits")]
pub struct NotAPlayerId(String);

impl FromStr for PlayerId {
    type Err = NotAPlayerId;

    fn from_str(text: &str) -> Result<Self, NotAPlayerId> {
        let is_hex = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex);
        number.map(Self).ok_or_else(|| NotAPlayerId(text.chars().take(64).collect()))
    }
}

impl Serialize for PlayerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlayerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// How two spellings stand to each other, by the names alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Likeness {
    /// The same letters and the same mark of the generation.
    Letters,
    /// Two names that one person of the league is known to go by.
    KnownAs,
    /// The same name, where one has a mark of the generation that the other lacks, or a junior is called a second.
    Generation,
    /// The same family name, and given names that are forms of each other.
    ShortForm,
    /// The same words in another order.
    Order,
    /// The same given name, and one has further names.
    FurtherName,
    /// The same letters by a transliteration.
    Script,
    /// The same family name, and first letters that fit.
    Initials,
    /// The same name with two different words in brackets.
    Tags,
    /// Nothing says that they are one.
    Different,
}

/// What names alone come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One name. Two persons may have it.
    Same,
    /// They may be one: more than names must say so.
    Candidate,
    /// Two names.
    Different,
}

impl Likeness {
    /// What it comes to.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Letters | Self::KnownAs => Verdict::Same,
            Self::Different => Verdict::Different,
            _ => Verdict::Candidate,
        }
    }

    /// Whether a team that is the same may make one person of it. First letters never do. A mark of the generation that one lacks does only
    /// until both names are known there: then what was joined is split, and a person is asked.
    const fn is_helped_by_team(self) -> bool {
        matches!(self, Self::Generation | Self::ShortForm | Self::Order)
    }

    /// In words, for evidence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Letters => "the same letters",
            Self::KnownAs => "two known names of one person",
            Self::Generation => "one lacks the mark of the generation",
            Self::ShortForm => "a short form of the given name",
            Self::Order => "the words in another order",
            Self::FurtherName => "one has a further name",
            Self::Script => "the same by a transliteration",
            Self::Initials => "first letters that fit",
            Self::Tags => "the same name with other words in brackets",
            Self::Different => "two names",
        }
    }
}

/// Whether a subject is one person at all: no team's defence, no pair of players, no `no scorer`.
#[must_use]
pub fn is_person(name: &str) -> bool {
    name::is_person(name)
}

/// The letters of a name with the mark of its generation: what two spellings share that differ in case, marks and punctuation alone.
#[must_use]
pub fn key(name: &str) -> String {
    key_of(&Name::read(name), Spelt::Short)
}

fn key_of(name: &Name, spelt: Spelt) -> String {
    let mark = match name.generation {
        None => "",
        Some(name::Generation::Senior) => "sr",
        Some(name::Generation::Junior) => "jr",
        Some(name::Generation::Second) => "ii",
        Some(name::Generation::Third) => "iii",
        Some(name::Generation::Fourth) => "iv",
        Some(name::Generation::Fifth) => "v",
    };
    name.letters(spelt) + mark
}

/// Compares two spellings of players of one league.
#[must_use]
pub fn likeness(league: &str, a: &str, b: &str) -> Likeness {
    compare(league, &Name::read(a), &Name::read(b))
}

fn compare(league: &str, a: &Name, b: &Name) -> Likeness {
    if a.words.is_empty() || b.words.is_empty() {
        return Likeness::Different;
    }
    if nicknames::are_one(league, &key_of(a, Spelt::Short), &key_of(b, Spelt::Short)) {
        return Likeness::KnownAs;
    }
    let names = names(a, b);
    match (names, a.generation, b.generation) {
        (Likeness::Different, ..) => Likeness::Different,
        (names, one, other) if one == other => names,
        (_, Some(one), Some(other)) if !one.may_be(other) => Likeness::Different,
        (Likeness::Letters, ..) => Likeness::Generation,
        // two things that may be otherwise are one too many for a rule, and still a question
        _ => Likeness::FurtherName,
    }
}

/// The words of two names, whatever their generations.
fn names(a: &Name, b: &Name) -> Likeness {
    let spellings = [(Spelt::Short, Spelt::Short), (Spelt::Short, Spelt::Long), (Spelt::Long, Spelt::Short)];
    if spellings.iter().any(|(one, other)| a.letters(*one) == b.letters(*other)) {
        let has_two_tags = a.tag.is_some() && b.tag.is_some() && a.tag != b.tag;
        return match (a.is_transliterated == b.is_transliterated, has_two_tags) {
            (false, _) => Likeness::Script,
            (true, true) => Likeness::Tags,
            (true, false) => Likeness::Letters,
        };
    }
    if is_same_in_other_order(a, b) {
        return Likeness::Order;
    }
    let (Some(family_a), Some(family_b)) = (a.family(), b.family()) else { return Likeness::Different };
    let is_one_family = family_a.short == family_b.short || family_a.long == family_b.short || family_a.short == family_b.long;
    let first = (&a.words[0], &b.words[0]);
    if is_one_family && fits_initials(a, b) {
        Likeness::Initials
    } else if is_one_family && a.words.len() == b.words.len() && nicknames::are_forms(&first.0.short, &first.1.short) {
        let is_rest_one = a.words[1..].iter().zip(&b.words[1..]).all(|(one, other)| one.short == other.short);
        if is_rest_one { Likeness::ShortForm } else { Likeness::Different }
    } else if first.0.short == first.1.short && first.0.short.chars().count() > 1 && holds(a, b) {
        Likeness::FurtherName
    } else {
        Likeness::Different
    }
}

fn is_same_in_other_order(a: &Name, b: &Name) -> bool {
    let sorted = |name: &Name| {
        let mut words: Vec<String> = name.words.iter().map(|word| word.short.clone()).collect();
        words.sort_unstable();
        words
    };
    let turned = |name: &Name| {
        let (family, given) = name.words.split_last()?;
        Some(given.iter().fold(family.short.clone(), |all, word| all + &word.short))
    };
    let is_long = a.words.len() > 1 && b.words.len() > 1;
    is_long && (sorted(a) == sorted(b) || turned(a).is_some_and(|turned| turned == b.letters(Spelt::Short)))
}

/// Whether all words of one are words of the other.
fn holds(a: &Name, b: &Name) -> bool {
    let within = |some: &Name, all: &Name| some.words.iter().all(|word| all.words.iter().any(|other| other.short == word.short));
    within(a, b) || within(b, a)
}

/// Whether one has first letters where the other has names: `C. McCollum`, `CJ McCollum`, `Christian James McCollum`.
fn fits_initials(a: &Name, b: &Name) -> bool {
    let letters = |name: &Name| -> Option<String> {
        let is_short = name.given().iter().all(|word| word.is_initials);
        is_short.then(|| name.given().iter().map(|word| word.short.as_str()).collect())
    };
    let firsts = |name: &Name| -> String {
        let given = name.given().iter();
        given
            .flat_map(|word| if word.is_initials { word.short.chars().collect() } else { Vec::from_iter(word.short.chars().next()) })
            .collect()
    };
    let fits = |short: &Name, full: &Name| letters(short).is_some_and(|letters| firsts(full).starts_with(&letters));
    fits(a, b) || fits(b, a)
}

/// The words of a name, in every spelling.
fn words(name: &str) -> Vec<String> {
    Name::read(name).words.into_iter().flat_map(|word| [word.short, word.long]).collect()
}

/// The words that a name which may be the same has at least one of: all but the first, where there are several.
fn telling_words(name: &str) -> Vec<String> {
    let words = Name::read(name).words;
    let from = usize::from(words.len() > 1);
    words.into_iter().skip(from).flat_map(|word| [word.short, word.long]).collect()
}

/// What stands in brackets behind a name, most often its team.
#[must_use]
pub fn tag(name: &str) -> Option<String> {
    Name::read(name).tag
}
