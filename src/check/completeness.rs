//! Completeness: what is about to start and has no price, and markets that its neighbours have.

use std::collections::{BTreeMap, BTreeSet};

use odds::observation::{EventStatus, ListingKind};
use store::ListingRow;

use super::standing::title;
use super::{Finding, Seen, Severity, span};

const SOON_SECS: f64 = 86_400.0;
/// A market that fewer of the neighbours have is not missed.
const USUAL: f64 = 0.5;

/// Games that start within a day and have no price at anybody, in leagues that somebody quotes.
pub(super) fn no_price(seen: &Seen) -> Vec<Finding> {
    let covered = covered(seen);
    let priced: BTreeSet<_> = seen.listings.iter().filter(|row| row.is_standing).map(|row| row.event).collect();
    let mut found = BTreeMap::new();
    for row in seen.listings.iter().filter(|row| is_soon(row, seen) && !priced.contains(&row.event) && covered.contains(place(row))) {
        let starts_in = row.starts_at.map_or(0.0, |at| at.secs_since(seen.now));
        let detail = format!("{} ({}) starts in {} and has no price", title(row), place(row), span(starts_in));
        found.entry(row.event.to_string()).or_insert_with(|| Finding::of(Severity::Warn, "no_price", row.event.to_string(), detail));
    }
    found.into_values().collect()
}

/// Our league, else the provider's sport.
fn place(row: &ListingRow) -> &str {
    row.league.as_deref().unwrap_or(&row.sport)
}

/// Leagues that somebody quotes, or is asked to.
fn covered(seen: &Seen) -> BTreeSet<&str> {
    let is_swept_for_prices = |row: &ListingRow| {
        seen.sweeps.iter().any(|sweep| sweep.endpoint == "odds" && sweep.provider == row.provider && sweep.sport == row.sport)
    };
    seen.listings.iter().filter(|row| row.is_standing || is_swept_for_prices(row)).map(place).collect()
}

fn is_soon(row: &ListingRow, seen: &Seen) -> bool {
    let starts_soon = row.starts_at.is_some_and(|at| (0.0..=SOON_SECS).contains(&at.secs_since(seen.now)));
    let status = row.status.as_deref().and_then(EventStatus::from_word);
    let is_off = status.is_some_and(|status| status.is_over() || status == EventStatus::Postponed);
    row.kind == ListingKind::Contest && starts_soon && !is_off
}

/// Asked markets that a game within a day lacks, while most games of its sport have them.
pub(super) fn market_missing(seen: &Seen) -> Vec<Finding> {
    let soon = |at: Option<odds::Moment>| at.is_some_and(|at| (0.0..=SOON_SECS).contains(&at.secs_since(seen.now)));
    let mut sports: BTreeMap<(&str, &str), Vec<&super::Standing>> = BTreeMap::new();
    for standing in seen.standing.iter().filter(|standing| soon(standing.starts_at)) {
        sports.entry((&standing.provider, &standing.sport)).or_default().push(standing);
    }
    let mut found = Vec::new();
    for ((provider, sport), listings) in sports {
        for market in &seen.asked_markets {
            let (with, without): (Vec<&super::Standing>, Vec<&super::Standing>) =
                listings.iter().partition(|one| one.markets.contains(market));
            if without.is_empty() || (with.len() as f64) < USUAL * listings.len() as f64 {
                continue;
            }
            let detail = format!("{} of {} games within a day lack {market}, such as {}", without.len(), listings.len(), without[0].title);
            found.push(Finding::of(Severity::Warn, "market_missing", format!("{provider}/{sport}/{market}"), detail));
        }
    }
    found
}
