//! A person's name taken apart: its words, the mark of the generation, and what a source adds in brackets.

use super::fold::{Spelt, fold, is_transliterated};

/// The mark of a generation. A father and a son are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Generation {
    Senior,
    Junior,
    Second,
    Third,
    Fourth,
    Fifth,
}

impl Generation {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "sr" | "senior" => Self::Senior,
            "jr" | "junior" => Self::Junior,
            "ii" | "2nd" => Self::Second,
            "iii" | "3rd" => Self::Third,
            "iv" | "4th" => Self::Fourth,
            "v" | "5th" => Self::Fifth,
            _ => return None,
        })
    }

    /// Whether two marks may be one man's: a second is called a junior as well.
    pub(super) const fn may_be(self, other: Self) -> bool {
        matches!((self, other), (Self::Junior, Self::Second) | (Self::Second, Self::Junior))
    }
}

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) short: String,
    pub(super) long: String,
    /// Whether it is first letters alone: `C.`, `C.J.`, `CJ`.
    pub(super) is_initials: bool,
}

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// In the order given name, family name.
    pub(super) words: Vec<Word>,
    pub(super) generation: Option<Generation>,
    /// What stands in brackets behind it, most often a team.
    pub(super) tag: Option<String>,
    pub(super) is_transliterated: bool,
}

impl Name {
    pub(super) fn read(text: &str) -> Self {
        let (text, tag) = untagged(text.trim());
        let mut generation = None;
        let mut words: Vec<Word> = turned(text, &mut generation).into_iter().filter_map(word).collect();
        if generation.is_none() && words.len() > 1 {
            generation = words.last().and_then(|word| Generation::of(&word.short).filter(|_| is_mark(text, words.len(), word)));
            if generation.is_some() {
                words.pop();
            }
        }
        Self { words, generation, tag, is_transliterated: is_transliterated(text) }
    }

    /// All letters, one word after the other.
    pub(super) fn letters(&self, spelt: Spelt) -> String {
        self.words.iter().map(|word| if spelt == Spelt::Short { word.short.as_str() } else { &word.long }).collect()
    }

    pub(super) fn family(&self) -> Option<&Word> {
        self.words.last().filter(|_| self.words.len() > 1)
    }

    pub(super) fn given(&self) -> &[Word] {
        self.words.split_last().map_or(&[], |(_, given)| given)
    }
}

/// A lone `V` is a mark only behind two words and as a capital: `X V` is a name.
fn is_mark(text: &str, words: usize, word: &Word) -> bool {
    word.short != "v" || (words > 2 && text.trim_end_matches('.').ends_with('V'))
}

fn word(text: &str) -> Option<Word> {
    let (short, long) = (fold(text, Spelt::Short), fold(text, Spelt::Long));
    let letters = short.chars().count();
    let is_dotted = text.contains('.') && text.split('.').all(|part| part.trim().chars().count() <= 1);
    let is_capitals = letters == 2 && text.chars().filter(|letter| letter.is_alphabetic()).all(char::is_uppercase);
    let is_initials = letters > 0 && (letters == 1 || is_dotted || is_capitals);
    (!short.is_empty()).then_some(Word { short, long, is_initials })
}

/// `Josh Allen (BUF)`: the name, and what stands in brackets. A shirt's number in front is left out.
fn untagged(text: &str) -> (&str, Option<String>) {
    let text = text.strip_prefix('#').map_or(text, |rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()).trim_start());
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some((name, tag)) =
            text.strip_suffix(close).and_then(|text| text.split_once(open)).filter(|(name, _)| !name.trim().is_empty())
        {
            return (name.trim_end(), Some(fold(tag, Spelt::Short)));
        }
    }
    (text, None)
}

/// `Doncic, Luka` as `Luka Doncic`; `Griffey, Jr., Ken` and `Payton II, Gary` with their marks.
fn turned<'a>(text: &'a str, generation: &mut Option<Generation>) -> Vec<&'a str> {
    let split = |part: &'a str| part.split(|letter: char| letter.is_whitespace() || is_hyphen(letter)).filter(|word| !word.is_empty());
    let mut parts = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match Generation::of(&fold(part, Spelt::Short)).filter(|_| !parts.is_empty()) {
            Some(mark) => *generation = Some(mark),
            None => parts.push(part),
        }
    }
    if parts.len() != 2 {
        return parts.into_iter().flat_map(split).collect();
    }
    let mut marked = |part: &'a str| {
        let mut words: Vec<&str> = split(part).collect();
        if words.len() > 1
            && let Some(mark) = words.last().and_then(|word| Generation::of(&fold(word, Spelt::Short)))
        {
            *generation = Some(mark);
            words.pop();
        }
        words
    };
    let family = marked(parts[0]);
    marked(parts[1]).into_iter().chain(family).collect()
}

const fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}')
}

/// Whether a subject is one person at all: no team's defence, no pair, no `no scorer`.
pub(super) fn is_person(text: &str) -> bool {
    const NOBODY: [&str; 14] = [
        "nogoalscorer",
        "noscorer",
        "nogoal",
        "notouchdown",
        "notouchdownscorer",
        "notdscorer",
        "field",
        "thefield",
        "anyother",
        "anyotherplayer",
        "other",
        "none",
        "over",
        "under",
    ];
    let lower = text.to_lowercase();
    let is_team = ["d/st", "defense", "defence", "special teams"].iter().any(|word| lower.ends_with(word));
    let is_pair = [" & ", " + ", " / ", " and ", " or ", " vs ", " vs. "].iter().any(|between| lower.contains(between));
    let folded = fold(text, Spelt::Short);
    !is_team && !is_pair && !NOBODY.contains(&folded.as_str()) && folded.chars().any(char::is_alphabetic)
}
