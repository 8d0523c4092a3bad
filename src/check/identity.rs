//! Identity: what looks like one contest and is kept as two events. A question for a person, never answered here, and not asked again
//! where a person said that it is two.

use std::collections::{BTreeMap, BTreeSet};

use odds::observation::ListingKind;
use odds::participant::are_two;
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

/// Two listings of one event that start further apart than this are no game of one day.
const DAY_SECS: i64 = 20 * 3600;

/// One event whose listings name other participants, or start on other days: news has overtaken a join that a person made, or one that no
/// rule takes back.
pub(super) fn event_of_two(seen: &Seen) -> Vec<Finding> {
    let mut events: BTreeMap<String, Vec<&ListingRow>> = BTreeMap::new();
    for row in seen.listings.iter().filter(|row| row.kind == ListingKind::Contest) {
        events.entry(row.event.to_string()).or_default().push(row);
    }
    let apart = |rows: &[&ListingRow]| {
        let first = *rows.first()?;
        let other = *rows.iter().find(|other| are_apart(first, other))?;
        let told = |row: &ListingRow| {
            let at = row.starts_at.map_or_else(|| "no start".to_owned(), |at| at.to_string());
            format!("{} {} ({}, {at})", row.provider, row.external_id, title(row))
        };
        Some(format!("{} and {} are one event: where they are two, `matches split` parts them", told(first), told(other)))
    };
    let found = events.into_iter().filter_map(|(event, rows)| Some((event, apart(&rows)?)));
    found.map(|(event, detail)| Finding::of(Severity::Warn, "event_of_two", event, detail)).collect()
}

/// Whether two listings are no one game by what they say now. One that was put off may wait for its new day.
fn are_apart(one: &ListingRow, other: &ListingRow) -> bool {
    let is_put_off = |row: &ListingRow| matches!(row.status.as_deref(), Some("postponed" | "cancelled"));
    let gap = one.starts_at.zip(other.starts_at).map(|(one, other)| (one.secs() - other.secs()).abs());
    let is_other_day = gap.is_some_and(|gap| gap > DAY_SECS) && !is_put_off(one) && !is_put_off(other);
    let sides = |row: &ListingRow| row.home.clone().zip(row.away.clone());
    let (Some(league), Some(ours), Some(theirs)) = (&one.league, sides(one), sides(other)) else { return is_other_day };
    let is_none_of =
        |name: &str, of: &(String, String)| are_two(league, name, &of.0, one.starts_at) && are_two(league, name, &of.1, one.starts_at);
    is_other_day || is_none_of(&ours.0, &theirs) || is_none_of(&ours.1, &theirs)
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
