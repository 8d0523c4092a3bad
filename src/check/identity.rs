//! Identity: what looks like one contest and is kept as two events. A question for a person, never answered here, and not asked again
//! where a person said that it is two.

use std::collections::{BTreeMap, BTreeSet};

use odds::observation::ListingKind;
use odds::{ListingId, Moment, Seq};
use serde_json::Value;
use store::ledger::standing;
use store::{Decided, ListingRow, Store};

use super::standing::title;
use super::{Finding, Seen, Severity};

/// Listings, each with an event that it is not by the word of a person.
pub type Apart = BTreeSet<(ListingId, String)>;

/// Same league, same start, same two participants, two events.
pub(super) fn same_event_twice(seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    for (league, at, rows) in alike(&seen.listings) {
        let events: BTreeSet<String> =
            rows.iter().filter(|row| is_open(row, &rows, &seen.apart)).map(|row| row.event.to_string()).collect();
        if events.len() > 1 {
            let listings: Vec<String> = rows.iter().map(|row| format!("{} {}", row.provider, row.external_id)).collect();
            let count = events.len();
            let subject = events.into_iter().collect::<Vec<_>>().join("+");
            let detail = format!("{} ({league}, {at}) is kept as {count} events: {}", title(rows[0]), listings.join(", "));
            found.push(Finding::of(Severity::Warn, "same_event_twice", subject, detail));
        }
    }
    found
}

/// Listings of one league, start and pair of participants.
type Alike<'a> = (&'a str, Moment, Vec<&'a ListingRow>);

fn alike(listings: &[ListingRow]) -> Vec<Alike<'_>> {
    let mut contests: BTreeMap<(&str, Moment, [String; 2]), Vec<&ListingRow>> = BTreeMap::new();
    for row in listings.iter().filter(|row| row.kind == ListingKind::Contest) {
        if let (Some(league), Some(at), Some(home), Some(away)) = (&row.league, row.starts_at, &row.home, &row.away) {
            let mut sides = [plain(home), plain(away)];
            sides.sort_unstable();
            contests.entry((league, at, sides)).or_default().push(row);
        }
    }
    contests.into_iter().map(|((league, at, _), rows)| (league, at, rows)).collect()
}

/// Whether there is one that it may be, and of which nobody said that it is another event.
fn is_open(row: &ListingRow, rows: &[&ListingRow], apart: &Apart) -> bool {
    let is_apart = |one: &ListingRow, other: &ListingRow| apart.contains(&(one.id, other.event.to_string()));
    let is_told = |other: &ListingRow| {
        let (ours, theirs) = (|one: &&&ListingRow| one.event == row.event, |one: &&&ListingRow| one.event == other.event);
        rows.iter().filter(ours).any(|one| is_apart(one, other)) || rows.iter().filter(theirs).any(|one| is_apart(one, row))
    };
    rows.iter().any(|other| other.event != row.event && !is_told(other))
}

/// What a person said of listings that look like one contest and are two events.
pub(super) fn apart(store: &Store, listings: &[ListingRow]) -> store::Result<Apart> {
    let mut apart = Apart::new();
    for (.., rows) in alike(listings) {
        if rows.iter().all(|row| row.event == rows[0].event) {
            continue;
        }
        for row in &rows {
            let decided = store.decisions_of(row.id, Seq(i64::MAX))?;
            apart.extend(told_apart(&decided, &rows).into_iter().map(|event| (row.id, event)));
        }
    }
    Ok(apart)
}

/// The events that a listing is not: it was split from them, is refused to be one with a listing of them, or its join was taken back.
fn told_apart(decided: &[Decided], rows: &[&ListingRow]) -> Vec<String> {
    let of_other = |other: ListingId| rows.iter().find(|row| row.id == other).map(|row| row.event.to_string());
    let before = |one: &Decided| {
        let evidence: Value = serde_json::from_str(&one.evidence).ok()?;
        let is_of_join = one.word() != "undone" || evidence["undone"] == "joined";
        evidence["event_before"].as_str().filter(|_| is_of_join).map(str::to_owned)
    };
    let taken_back = decided.iter().filter(|one| one.is_persons() && one.word() == "undone").filter_map(before);
    let standing = standing(decided).into_iter().filter(|one| one.is_persons());
    let said = standing.filter_map(|one| match one.word() {
        "refused" => one.other.and_then(of_other),
        "split" => before(one),
        _ => None,
    });
    taken_back.chain(said).collect()
}

/// A name without case, accents' neighbours and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
