//! Words: what could not be used of replies, and what is kept without being understood yet.

use std::collections::BTreeMap;

use odds::Moment;
use store::meanings::{WordCount, WordKind};
use store::quality::Named;

use super::{Finding, Seen, Severity};

/// Problems of the last day, by reason.
pub(super) fn problems(seen: &Seen) -> Vec<Finding> {
    let finding = |problem: &store::quality::ProblemCount| {
        let subject = format!("{}/{}/{}", problem.provider, problem.endpoint, problem.reason);
        let detail = format!("{} in {} replies of the last day, such as {}", problem.count, problem.replies, problem.example);
        Finding::of(Severity::Warn, "problems", subject, detail)
    };
    seen.problems.iter().map(finding).collect()
}

/// Sports that are no league of ours: kept under the provider's key.
pub(super) fn unknown_sports(seen: &Seen) -> Vec<Finding> {
    named(&seen.unknown_sports, "unknown_sport", "is no league that we know")
}

/// Books without a name: kept under the provider's key.
pub(super) fn unknown_books(seen: &Seen) -> Vec<Finding> {
    named(&seen.unknown_books, "unknown_book", "has no name in the provider's catalogue")
}

fn named(all: &[Named], kind: &'static str, what: &str) -> Vec<Finding> {
    let finding = |one: &Named| {
        let detail = format!("{} {what}; kept as it is, in {} listings", one.key, one.listings);
        Finding::of(Severity::Info, kind, format!("{}/{}", one.provider, one.key), detail)
    };
    all.iter().map(finding).collect()
}

/// When a word was seen.
fn seen_in(first: Moment, last: Moment) -> String {
    format!("first seen {first}, last in the hour of {last}")
}

/// Markets of a sport that are told one by one, those with the most slots; the rest are told together.
const MARKETS: usize = 50;

/// Markets of which slots have no meaning yet, over all that is kept: in the provider's words, with their whole history.
pub(super) fn unknown_markets(seen: &Seen) -> Vec<Finding> {
    let mut sports: BTreeMap<(&str, &str), Vec<&WordCount>> = BTreeMap::new();
    for word in seen.words.iter().filter(|word| word.kind == WordKind::Market && word.is_unknown()) {
        sports.entry((&word.provider, &word.sport)).or_default().push(word);
    }
    let mut found = Vec::new();
    for ((provider, sport), mut words) in sports {
        words.sort_by_key(|word| (std::cmp::Reverse(word.unknown), &word.word));
        let (told, rest) = words.split_at(words.len().min(MARKETS));
        found.extend(told.iter().map(|word| unknown_market(word)));
        if let Some(first) = rest.first() {
            let slots: i64 = rest.iter().map(|word| word.unknown).sum();
            let detail =
                format!("{slots} slots of {} further markets are kept without being understood, such as {}", rest.len(), first.word);
            found.push(Finding::of(Severity::Info, "unknown_market", format!("{provider}/{sport}"), detail));
        }
    }
    found
}

fn unknown_market(word: &WordCount) -> Finding {
    let when = seen_in(word.first_seen_at, word.last_seen_at);
    let detail = format!("{} of {} slots are kept without being understood, such as {}; {when}", word.unknown, word.met, word.example);
    Finding::of(Severity::Info, "unknown_market", format!("{}/{}/{}", word.provider, word.sport, word.word), detail)
}

/// Books that our table does not know: kept under the provider's key, and never taken for the same book of another provider.
pub(super) fn unmapped_books(seen: &Seen) -> Vec<Finding> {
    let mut books: BTreeMap<(&str, &str), (i64, Moment, Moment)> = BTreeMap::new();
    for word in seen.words.iter().filter(|word| word.kind == WordKind::Book && word.is_unknown()) {
        let new = (0, word.first_seen_at, word.last_seen_at);
        let (slots, first, last) = books.entry((&word.provider, &word.word)).or_insert(new);
        (*slots, *first, *last) = (*slots + word.met, (*first).min(word.first_seen_at), (*last).max(word.last_seen_at));
    }
    let finding = |((provider, book), (slots, first, last)): ((&str, &str), (i64, Moment, Moment))| {
        let when = seen_in(first, last);
        let detail = format!("{book} is no book that we know at other providers; kept as it is, in {slots} slots; {when}");
        Finding::of(Severity::Info, "unmapped_book", format!("{provider}/{book}"), detail)
    };
    books.into_iter().map(finding).collect()
}

/// Names that are shown of each league as examples.
const NAMES: usize = 5;

/// Names of sides that our table of their league does not have: such a game joins with no other by itself.
pub(super) fn unknown_participants(seen: &Seen) -> Vec<Finding> {
    let mut leagues: BTreeMap<(&str, &str), Vec<&WordCount>> = BTreeMap::new();
    for word in seen.words.iter().filter(|word| word.kind == WordKind::Participant && word.is_unknown()) {
        leagues.entry((&word.provider, word.league.as_deref().unwrap_or(&word.sport))).or_default().push(word);
    }
    let finding = |((provider, league), words): ((&str, &str), Vec<&WordCount>)| {
        let names: Vec<&str> = words.iter().take(NAMES).map(|word| word.word.as_str()).collect();
        let first = words.iter().map(|word| word.first_seen_at).min().unwrap_or_default();
        let last = words.iter().map(|word| word.last_seen_at).max().unwrap_or_default();
        let detail = format!("{} names are no team of our table, such as {}; {}", words.len(), names.join(", "), seen_in(first, last));
        Finding::of(Severity::Info, "unknown_participant", format!("{provider}/{league}"), detail)
    };
    leagues.into_iter().map(finding).collect()
}
