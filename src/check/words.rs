//! Words: what could not be used of replies, and what is kept without being understood yet.

use std::collections::BTreeMap;

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

/// Books that our table does not know: kept under the provider's key, and never taken for the same book of another provider.
pub(super) fn unmapped_books(seen: &Seen) -> Vec<Finding> {
    named(&seen.unmapped_books, "unmapped_book", "is no book that we know at other providers")
}

fn named(all: &[Named], kind: &'static str, what: &str) -> Vec<Finding> {
    let finding = |one: &Named| {
        let detail = format!("{} {what}; kept as it is, in {} listings", one.key, one.listings);
        Finding::of(Severity::Info, kind, format!("{}/{}", one.provider, one.key), detail)
    };
    all.iter().map(finding).collect()
}

/// Markets whose words have no meaning yet: kept in the provider's words.
pub(super) fn unknown_markets(seen: &Seen) -> Vec<Finding> {
    let mut markets: BTreeMap<(&str, &str, &str), (usize, &str)> = BTreeMap::new();
    for standing in &seen.standing {
        for (market, (quotes, example)) in &standing.unknown {
            markets.entry((&standing.provider, &standing.sport, market)).or_insert((0, example)).0 += quotes;
        }
    }
    let finding = |((provider, sport, market), (quotes, example)): ((&str, &str, &str), (usize, &str))| {
        let detail = format!("{quotes} quotes are kept without being understood, such as {example}");
        Finding::of(Severity::Info, "unknown_market", format!("{provider}/{sport}/{market}"), detail)
    };
    markets.into_iter().map(finding).collect()
}
