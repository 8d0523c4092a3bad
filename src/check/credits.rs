//! Credits: spending that is not ours, and spending that will not last the month.

use std::collections::BTreeMap;

use store::quality::AskRow;

use super::gather::month_of;
use super::{Finding, Seen, Severity};

/// Early in a month a share says little: above the pace is only what is this far above it.
const SLACK: f64 = 0.10;
const DEFAULT_CEILING: f64 = 0.9;

fn by_provider(seen: &Seen) -> BTreeMap<&str, Vec<&AskRow>> {
    let mut providers: BTreeMap<&str, Vec<&AskRow>> = BTreeMap::new();
    for ask in &seen.asks {
        providers.entry(&ask.provider).or_default().push(ask);
    }
    providers
        .into_iter()
        .map(|(provider, mut asks)| {
            asks.sort_by_key(|ask| (ask.done_at, ask.id));
            (provider, asks)
        })
        .collect()
}

/// What the provider says was used between the first and the last answer that tells it, and was not billed for asks of ours. Asks that
/// were not answered may have been billed: they count as ours.
pub(super) fn foreign(seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    for (provider, asks) in by_provider(seen) {
        let told: Vec<usize> = asks.iter().enumerate().filter(|(_, ask)| ask.used_after.is_some()).map(|(at, _)| at).collect();
        let (Some(first), Some(last)) = (told.first(), told.last()) else { continue };
        let used = |at: usize| asks[at].used_after.unwrap_or(0);
        let total = used(*last) - used(*first);
        let ours: i64 = asks[first + 1..=*last].iter().map(|ask| ask.billed.unwrap_or(ask.reserved)).sum();
        let unanswered: i64 = asks.iter().filter(|ask| ask.done_at.is_none() && ask.sent_at.is_some()).map(|ask| ask.reserved).sum();
        let foreign = total - ours - unanswered;
        if foreign > 0 {
            let detail = format!("{foreign} credits of this month were spent with this key by somebody else ({total} used, {ours} by us)");
            found.push(Finding::of(Severity::Warn, "credits_foreign", provider, detail));
        }
    }
    found
}

/// Spending that would pass the month's ceiling if it went on.
pub(super) fn above_pace(seen: &Seen) -> Vec<Finding> {
    let start = month_of(seen.now);
    let next = month_of(start.plus_secs(32 * 86_400));
    let passed = seen.now.secs_since(start) / next.secs_since(start);
    let mut found = Vec::new();
    for (provider, asks) in by_provider(seen) {
        let Some((used, remaining)) = asks.iter().rev().find_map(|ask| Some((ask.used_after?, ask.remaining_after?))) else { continue };
        let plan = (used + remaining).max(0) as f64;
        let ceiling = seen.credits_per_month.map_or(plan * DEFAULT_CEILING, |ceiling| ceiling as f64);
        let allowed = ceiling * (passed + SLACK).min(1.0);
        if used as f64 > allowed {
            let share = 100.0 * used as f64 / ceiling.max(1.0);
            let detail = format!(
                "{used} credits used, {share:.0} % of the ceiling of {ceiling:.0}, with {:.0} % of the month passed",
                100.0 * passed
            );
            found.push(Finding::of(Severity::Warn, "credits_above_pace", provider, detail));
        }
    }
    found
}
