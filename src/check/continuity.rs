//! Continuity: gaps in what was asked, and asks that nothing came of.

use std::collections::BTreeMap;

use odds::Moment;

use super::{Finding, Seen, Severity, span};

/// A gap is only what is longer than so many times the usual, and than so many times what is aimed at.
const TIMES_USUAL: f64 = 4.0;
const TIMES_AIMED: f64 = 3.0;
/// Fewer gaps tell nothing of what is usual.
const FEWEST: usize = 3;
const OVERDUE_SECS: f64 = 600.0;

/// The gaps between the sweeps of a sport in the last day, in seconds; `None` where there are too few to tell.
pub(super) fn gaps_of(seen: &Seen, provider: &str, sport: &str) -> Option<Vec<f64>> {
    let of = |endpoint: &str| {
        let sweeps = seen.sweeps.iter().filter(|sweep| sweep.provider == provider && sweep.sport == sport && sweep.endpoint == endpoint);
        let times: Vec<Moment> = sweeps.map(|sweep| sweep.observed_at).collect();
        times.windows(2).map(|pair| pair[1].secs_since(pair[0])).collect::<Vec<f64>>()
    };
    ["odds", "scoreboard", "fixtures"].iter().map(|endpoint| of(endpoint)).find(|gaps| gaps.len() >= FEWEST)
}

/// The middle one.
pub(super) fn middle(gaps: &[f64]) -> Option<f64> {
    let mut sorted = gaps.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Gaps in the sweeps of a sport, within the last day and up to now.
pub(super) fn gaps(seen: &Seen) -> Vec<Finding> {
    let mut sweeps: BTreeMap<(&str, &str, &str), Vec<Moment>> = BTreeMap::new();
    for sweep in &seen.sweeps {
        sweeps.entry((&sweep.provider, &sweep.sport, &sweep.endpoint)).or_default().push(sweep.observed_at);
    }
    let mut found = Vec::new();
    for ((provider, sport, endpoint), times) in sweeps {
        let between: Vec<f64> = times.windows(2).map(|pair| pair[1].secs_since(pair[0])).collect();
        let Some(usual) = middle(&between).filter(|_| between.len() >= FEWEST) else { continue };
        let allowed = (TIMES_USUAL * usual).max(TIMES_AIMED * seen.odds_every.as_secs_f64());
        let ends = times.iter().skip(1).copied().chain([seen.now]);
        let long: Vec<(f64, Moment)> =
            times.iter().zip(ends).map(|(from, to)| (to.secs_since(*from), *from)).filter(|(gap, _)| *gap > allowed).collect();
        let Some((gap, from)) = long.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        let detail = format!("{} gaps in the last day, the longest {} from {from}; {} is usual", long.len(), span(gap), span(usual));
        found.push(Finding::of(Severity::Warn, "sweep_gap", format!("{provider}/{sport}/{endpoint}"), detail));
    }
    found
}

/// Asks that were due and never sent, and those that were sent and never answered: these count as spent.
pub(super) fn asks_overdue(seen: &Seen) -> Vec<Finding> {
    let mut late: BTreeMap<(&str, bool), (usize, Moment, &str)> = BTreeMap::new();
    for ask in seen.asks.iter().filter(|ask| ask.done_at.is_none()) {
        let since = ask.sent_at.unwrap_or(ask.due_at);
        if seen.now.secs_since(since) > OVERDUE_SECS {
            let (count, oldest, _) = late.entry((&ask.provider, ask.sent_at.is_some())).or_insert((0, since, &ask.ask));
            *count += 1;
            *oldest = since.min(*oldest);
        }
    }
    let mut found = Vec::new();
    for ((provider, is_sent), (count, oldest, ask)) in late {
        let (kind, said) = if is_sent {
            ("ask_unanswered", "were sent and never answered (their credits count as spent)")
        } else {
            ("ask_overdue", "were due and never sent")
        };
        let detail = format!("{count} asks {said}, the oldest since {oldest}, such as {ask}");
        found.push(Finding::of(Severity::Warn, kind, provider, detail));
    }
    found
}
