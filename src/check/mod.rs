//! Check: what is missing, old or contradictory in what the store has. Each rule is a pure function over what was read once;
//! what they find is kept in the store with its history. The table of kinds is in docs/operations.md.

mod agreement;
mod completeness;
mod continuity;
mod credits;
mod freshness;
mod gather;
mod identity;
mod integrity;
mod meaning;
mod old_tables;
mod overround;
mod standing;
#[cfg(test)]
mod tests;
mod words;

use serde::Serialize;
use store::{FindingRow, NewFinding, Store};

use crate::clock::Clock;
use crate::decode::Providers;
use crate::settings::Settings;
pub use agreement::Told;
pub use gather::{Seen, gather};
pub use identity::Apart;
pub use standing::{Margin, Quoted, Standing};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// What is served is less complete or less fresh than it should be.
    Warn,
    /// What is served may be wrong.
    Error,
}

impl Severity {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The severity of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Info, Self::Warn, Self::Error].into_iter().find(|severity| severity.as_str() == word)
    }
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind; with the subject it tells findings apart.
    pub kind: &'static str,
    /// What it is about.
    pub subject: String,
    /// How much it matters.
    pub severity: Severity,
    /// For people: figures and examples.
    pub detail: String,
}

impl Finding {
    fn of(severity: Severity, kind: &'static str, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), severity, detail: detail.into() }
    }
}

type Rule = fn(&Seen) -> Vec<Finding>;

/// The rules, in the order of the document.
const RULES: &[Rule] = &[
    integrity::unbalanced,
    integrity::clock_behind,
    integrity::mixed,
    integrity::pending,
    overround::out_of_bounds,
    agreement::books_disagree,
    identity::same_event_twice,
    identity::event_of_two,
    completeness::no_price,
    completeness::market_missing,
    freshness::not_observed,
    freshness::book_stale,
    continuity::gaps,
    continuity::asks_overdue,
    credits::foreign,
    credits::above_pace,
    words::problems,
    words::unknown_sports,
    words::unknown_markets,
    words::unknown_books,
    words::unmapped_books,
    words::unknown_participants,
    meaning::read_again,
    meaning::changed,
    old_tables::conflicts,
    old_tables::refusals,
];

/// What the rules find in what was read. Pure.
#[must_use]
pub fn find(seen: &Seen) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| rule(seen)).collect()
}

/// Reads the store, applies the rules and keeps what they find; gives what is open now, the gravest first. Twice changes nothing but
/// the time at which it was seen last.
///
/// # Errors
/// What the store reports.
pub fn check(store: &Store, providers: &Providers, settings: &Settings, clock: &dyn Clock) -> store::Result<Vec<FindingRow>> {
    let seen = gather(store, providers, settings, clock)?;
    let found: Vec<NewFinding> = find(&seen)
        .into_iter()
        .map(|finding| NewFinding {
            kind: finding.kind.to_owned(),
            subject: finding.subject,
            severity: finding.severity.as_str().to_owned(),
            detail: finding.detail,
        })
        .collect();
    let mut open = store.keep_findings(&found, seen.now)?;
    open.sort_by_key(|row| (std::cmp::Reverse(Severity::from_word(&row.severity)), row.kind.clone(), row.subject.clone()));
    Ok(open)
}

/// A span for people: `42 s`, `12 min`, `3 h`, `2 d`.
fn span(secs: f64) -> String {
    match secs {
        secs if secs < 120.0 => format!("{secs:.0} s"),
        secs if secs < 7_200.0 => format!("{:.0} min", secs / 60.0),
        secs if secs < 172_800.0 => format!("{:.0} h", secs / 3_600.0),
        secs => format!("{:.0} d", secs / 86_400.0),
    }
}
