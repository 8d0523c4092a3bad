//! The moments of a walk that are still to be asked. A walk over every snapshot goes by the provider's own stamps: each answer says
//! when the next one came, so only the first moment that nothing answers for can be asked, and the rest is reckoned.

use std::collections::HashSet;

use odds::Moment;
use providers::What;

use super::known::{Frame, Known};
use super::plan::slot;

/// A walk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    /// Its first moment.
    pub from: Moment,
    /// Its end, which is no part of it.
    pub to: Moment,
    /// From one moment to the next, in seconds, where no stamp says it.
    pub step_secs: i64,
    /// Whether stamps say it.
    pub is_by_stamps: bool,
    /// What is asked.
    pub what: What,
    /// Of which listing; empty for all.
    pub listing: &'a str,
}

/// The moments, each with whether it can be asked now.
pub(super) fn moments(
    walk: &Walk<'_>,
    known: &Known,
    frame: &Frame,
    planned: &HashSet<i64>,
    may_ask: &dyn Fn(Moment) -> bool,
) -> Vec<(Moment, bool)> {
    let (mut moments, mut at, mut is_first) = (Vec::new(), walk.from, true);
    while at < walk.to {
        let next = at.plus_secs(walk.step_secs);
        if let Some(until) = known.answered_until(walk.what, walk.listing, frame, at) {
            at = if walk.is_by_stamps { until } else { next };
            continue;
        }
        if !planned.contains(&slot(at)) && may_ask(at) {
            moments.push((at, is_first || !walk.is_by_stamps));
            is_first = false;
        }
        at = next;
    }
    moments
}
