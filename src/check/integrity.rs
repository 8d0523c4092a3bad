//! Integrity: sums that do not hold, a clock that runs behind, replies that wait, live and replayed data in one store.

use super::{Finding, Seen, Severity, span};

const PENDING_WARN_SECS: f64 = 60.0;
const PENDING_ERROR_SECS: f64 = 3_600.0;
const BEHIND_SECS: f64 = 1.0;

/// Conservation: nothing that was received is lost or made up, and no quote appears or goes without being counted.
pub(super) fn unbalanced(seen: &Seen) -> Vec<Finding> {
    let finding = |entry: &store::quality::Unbalanced| {
        let detail =
            format!("reply {}: {} outcomes and {} quotes are not accounted for", entry.reply, entry.outcomes_off, entry.quotes_off);
        Finding::of(Severity::Error, "not_conserved", format!("entry {}", entry.seq), detail)
    };
    seen.unbalanced.iter().map(finding).collect()
}

/// The wall's clock is behind what was recorded already.
pub(super) fn clock_behind(seen: &Seen) -> Vec<Finding> {
    let detail =
        || format!("{} behind what was recorded already: it was set back, or another machine's runs ahead", span(seen.clock_behind_secs));
    (seen.clock_behind_secs > BEHIND_SECS).then(|| Finding::of(Severity::Error, "clock_behind", "clock", detail())).into_iter().collect()
}

/// Live data and a recorded season in one store.
pub(super) fn mixed(seen: &Seen) -> Vec<Finding> {
    let is_replay = seen.purpose.as_deref() == Some("replay");
    let has_live = seen.has_live_entries || !seen.asks.is_empty();
    let detail = "this store is for a recorded season, and holds what was asked live: begin a new one for live data";
    (is_replay && has_live).then(|| Finding::of(Severity::Error, "replay_mixed", "store", detail)).into_iter().collect()
}

/// Replies that are archived and not recorded.
pub(super) fn pending(seen: &Seen) -> Vec<Finding> {
    let Some(oldest) = seen.pending.oldest else { return Vec::new() };
    let age = seen.now.secs_since(oldest);
    if age < PENDING_WARN_SECS {
        return Vec::new();
    }
    let severity = if age < PENDING_ERROR_SECS { Severity::Warn } else { Severity::Error };
    let detail = format!(
        "{} replies are archived and not recorded, the oldest for {}; they are recorded at the next start",
        seen.pending.count,
        span(age)
    );
    vec![Finding::of(severity, "pending_replies", "archive", detail)]
}
