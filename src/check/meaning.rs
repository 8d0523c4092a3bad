//! Meaning: what a newer version of what a provider's words mean changed in rows that were there, and what is still read again.

use std::collections::BTreeMap;

use store::meanings::MeaningChange;

use crate::publish::NAMES_OF_PLAYERS;

use super::{Finding, Seen, Severity};

/// What changed is told as a finding for so long; the report of it stays for ever (`/v1/quality`).
const TOLD_FOR_SECS: f64 = 7.0 * 86_400.0;
/// Market keys that are told of one version.
const MARKETS: usize = 10;

/// Rows that are still by an older version than the provider has now.
pub(super) fn read_again(seen: &Seen) -> Vec<Finding> {
    let finding = |read: &store::meanings::MeaningRead| {
        let detail =
            format!("rows by version {} are read again by version {}, up to listing {}", read.version, read.target, read.read_up_to);
        Finding::of(Severity::Info, "meaning_read_again", read.provider.clone(), detail)
    };
    seen.meanings.iter().filter(|read| read.goes_on()).map(finding).collect()
}

/// What a version changed in the last days, the most slots first.
pub(super) fn changed(seen: &Seen) -> Vec<Finding> {
    let mut versions: BTreeMap<(&str, u16, u16), Vec<&MeaningChange>> = BTreeMap::new();
    for change in seen.meaning_changes.iter().filter(|change| seen.now.secs_since(change.last_at) <= TOLD_FOR_SECS) {
        versions.entry((&change.provider, change.from_version, change.to_version)).or_default().push(change);
    }
    let finding = |((provider, from, to), mut changes): ((&str, u16, u16), Vec<&MeaningChange>)| {
        changes.sort_by_key(|change| std::cmp::Reverse(change.slots));
        let slots: i64 = changes.iter().map(|change| change.slots).sum();
        let are_names = changes.iter().all(|change| change.provider_market == NAMES_OF_PLAYERS);
        let what = if are_names { "names" } else { "slots" };
        let told: Vec<String> = changes.iter().take(MARKETS).map(|change| told(change)).collect();
        let more = changes.len().saturating_sub(MARKETS);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        let detail = format!("{slots} {what} that version {from} had read mean something else: {}{more}", told.join("; "));
        Finding::of(Severity::Info, "meaning_changed", format!("{provider}/{to}"), detail)
    };
    versions.into_iter().map(finding).collect()
}

fn told(change: &MeaningChange) -> String {
    let became = if change.was == change.became { format!("other {}", change.fields) } else { change.became.clone() };
    let (what, places) = if change.provider_market == NAMES_OF_PLAYERS { ("names", "players") } else { ("slots", "listings") };
    format!(
        "{} of {}: {} -> {became} ({} {what} in {} {places})",
        change.provider_market, change.sport, change.was, change.slots, change.listings
    )
}
