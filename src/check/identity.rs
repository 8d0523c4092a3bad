//! Identity: what looks like one contest and is kept as two events. A question for a person, never answered here.

use std::collections::{BTreeMap, BTreeSet};

use odds::Moment;
use odds::observation::ListingKind;
use store::ListingRow;

use super::standing::title;
use super::{Finding, Seen, Severity};

/// Same league, same start, same two participants, two events.
pub(super) fn same_event_twice(seen: &Seen) -> Vec<Finding> {
    let mut contests: BTreeMap<(&str, Moment, [String; 2]), Vec<&ListingRow>> = BTreeMap::new();
    for row in seen.listings.iter().filter(|row| row.kind == ListingKind::Contest) {
        if let (Some(league), Some(at), Some(home), Some(away)) = (&row.league, row.starts_at, &row.home, &row.away) {
            let mut sides = [plain(home), plain(away)];
            sides.sort_unstable();
            contests.entry((league, at, sides)).or_default().push(row);
        }
    }
    let mut found = Vec::new();
    for ((league, at, _), rows) in contests {
        let events: BTreeSet<_> = rows.iter().map(|row| row.event.to_string()).collect();
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

/// A name without case, accents' neighbours and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
