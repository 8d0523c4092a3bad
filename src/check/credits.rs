//! Credits: spending that is not ours, and spending that will not last the month.

use std::collections::BTreeMap;

use odds::Moment;
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

/// What the provider says was used since the first answer that tells it, or since its count began anew, and was not billed for asks
/// of ours. Asks that were not answered, or were under way, may be counted there: they count as ours.
pub(super) fn foreign(seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    for (provider, asks) in by_provider(seen) {
        let Others { foreign, used, ours } = others(&asks);
        if foreign > 0 {
            let detail = format!("{foreign} credits of this month were spent with this key by somebody else ({used} used, {ours} by us)");
            found.push(Finding::of(Severity::Warn, "credits_foreign", provider, detail));
        }
    }
    found
}

/// What others spent, at the answer that tells the most of it.
#[derive(Default)]
struct Others {
    foreign: i64,
    used: i64,
    ours: i64,
}

/// Goes through the answers in the order in which they came, and through the asks in the order in which they went out.
fn others(asks: &[&AskRow]) -> Others {
    let told: Vec<(Moment, Moment, i64, i64)> =
        asks.iter().filter_map(|ask| Some((ask.done_at?, ask.sent_at.unwrap_or(ask.due_at), ask.id, ask.used_after?))).collect();
    let Some((first, later)) = told.split_first() else { return Others::default() };
    let mut sent: Vec<&AskRow> = asks.iter().copied().filter(|ask| ask.sent_at.is_some()).collect();
    sent.sort_by_key(|ask| (ask.sent_at, ask.id));
    let (mut since, mut before, mut highest) = ((first.0, first.2), first.3, (first.0, first.2, first.3));
    let (mut at, mut ours, mut most) = (0, 0, Others::default());
    for (done_at, sent_at, id, used) in later {
        let is_anew = *used < highest.2 && *sent_at >= highest.0;
        if is_anew {
            (since, before, at, ours, most) = ((highest.0, highest.1), 0, 0, 0, Others::default());
        }
        if is_anew || *used >= highest.2 {
            highest = (*done_at, *id, *used);
        }
        while let Some(ask) = sent.get(at).filter(|ask| ask.sent_at.is_some_and(|sent_at| sent_at <= *done_at)) {
            let is_after = ask.done_at.is_none_or(|done_at| (done_at, ask.id) > since);
            ours += if is_after { ask.billed.unwrap_or(ask.reserved) } else { 0 };
            at += 1;
        }
        let foreign = used - before - ours;
        if foreign > most.foreign {
            most = Others { foreign, used: used - before, ours };
        }
    }
    most
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
        let set = seen.own_credits_per_month.get(provider).copied().or(seen.credits_per_month);
        let ceiling = set.map_or(plan * DEFAULT_CEILING, |ceiling| ceiling as f64);
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
