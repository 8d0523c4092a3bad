//! Freshness: quotes that nobody looked at for too long, and books that the provider itself has not read for long.

use std::collections::BTreeMap;

use odds::Moment;

use super::continuity::{gaps_of, middle};
use super::{Finding, Seen, Severity, Standing, span};

/// Late is only what is later than so many times the usual.
const TIMES: f64 = 3.0;
/// Where it is not known how often a sport is asked for.
const UNKNOWN_PACE_SECS: f64 = 3_600.0;
/// Providers read a book every few minutes at most; one that is silent for this long is out.
const BOOK_STALE_SECS: f64 = 1_800.0;
/// After this long a game that has started is no longer quoted.
const LONGEST_GAME_SECS: f64 = 6.0 * 3_600.0;

/// Quotes that stand and were not observed for longer than their sport is asked for.
pub(super) fn not_observed(seen: &Seen) -> Vec<Finding> {
    let mut late: BTreeMap<(&str, &str), Vec<(f64, &Standing)>> = BTreeMap::new();
    for standing in seen.standing.iter().filter(|standing| is_on(standing, seen.now)) {
        let age = standing.observed_at.map_or(f64::INFINITY, |at| seen.now.secs_since(at));
        if age > allowed(seen, &standing.provider, &standing.sport) {
            late.entry((&standing.provider, &standing.sport)).or_default().push((age, standing));
        }
    }
    let mut found = Vec::new();
    for ((provider, sport), mut listings) in late {
        listings.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (age, oldest) = listings[0];
        let detail = format!("quotes of {} games stand and are not observed, for {} at most: {}", listings.len(), span(age), oldest.title);
        found.push(Finding::of(Severity::Warn, "not_observed", format!("{provider}/{sport}"), detail));
    }
    found
}

fn is_on(standing: &Standing, now: Moment) -> bool {
    standing.starts_at.is_none_or(|at| now.secs_since(at) < LONGEST_GAME_SECS)
}

/// How old an observation may be: credits may stretch the cadence, so what was usual in the last day counts too.
fn allowed(seen: &Seen, provider: &str, sport: &str) -> f64 {
    let usual = gaps_of(seen, provider, sport).and_then(|gaps| middle(&gaps)).unwrap_or(UNKNOWN_PACE_SECS / TIMES);
    TIMES * usual.max(seen.odds_every.as_secs_f64())
}

/// Books whose newest quotes the provider read long before it answered.
pub(super) fn book_stale(seen: &Seen) -> Vec<Finding> {
    let mut books: BTreeMap<(&str, &str, &str), (super::Quoted, usize)> = BTreeMap::new();
    for standing in seen.standing.iter().filter(|standing| is_on(standing, seen.now)) {
        for (book, quoted) in &standing.books {
            let (newest, listings) = books.entry((&standing.provider, &standing.sport, book)).or_default();
            newest.observed_at = quoted.observed_at.max(newest.observed_at);
            newest.book_seen_at = quoted.book_seen_at.max(newest.book_seen_at);
            *listings += 1;
        }
    }
    let mut found = Vec::new();
    for ((provider, sport, book), (newest, listings)) in books {
        let (Some(observed), Some(read)) = (newest.observed_at, newest.book_seen_at) else { continue };
        let age = observed.secs_since(read);
        if age > BOOK_STALE_SECS {
            let detail = format!("the provider read it {} before its last answer, in {listings} games", span(age));
            found.push(Finding::of(Severity::Warn, "book_stale", format!("{provider}/{sport}/{book}"), detail));
        }
    }
    found
}
