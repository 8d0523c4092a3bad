//! Which providers bring nothing just now, by what came of the asks: health and the page say so, for an outage must not look like a quiet day.

use std::collections::BTreeMap;

use odds::Moment;
use store::{Asked, Store, StoreError};

/// How far back asks are looked at, in seconds.
const LOOK_BACK_SECS: i64 = 3600;
/// A failure this long after the last good answer is no passing one, in seconds.
const PATIENCE_SECS: f64 = 120.0;
/// An ask that is under way says nothing yet; one event that is gone says nothing of its provider.
const SILENT: [&str; 2] = ["sent", "gone"];

/// What is wrong with each provider that brings nothing, as a sentence.
///
/// # Errors
/// What the store reports.
pub fn troubles(store: &Store, now: Moment) -> Result<Vec<String>, StoreError> {
    let mut of_provider: BTreeMap<String, Vec<Asked>> = BTreeMap::new();
    for asked in store.asked_since(now.plus_secs(-LOOK_BACK_SECS))? {
        of_provider.entry(asked.provider.clone()).or_default().push(asked);
    }
    Ok(of_provider.into_iter().filter_map(|(provider, asks)| trouble(&provider, &asks)).collect())
}

fn trouble(provider: &str, asks: &[Asked]) -> Option<String> {
    let (good, rest): (Vec<_>, Vec<_>) = asks.iter().partition(|asked| asked.outcome == "good");
    let bad: Vec<&Asked> = rest.into_iter().filter(|asked| !SILENT.contains(&asked.outcome.as_str())).collect();
    let newest = |of: &[&Asked]| of.iter().filter_map(|asked| asked.sent_at).max();
    let (last_bad, last_good) = (newest(&bad)?, newest(&good));
    if last_good.is_some_and(|last_good| last_bad.secs_since(last_good) < PATIENCE_SECS) {
        return None;
    }
    let outcomes: Vec<String> = bad.iter().map(|asked| format!("{} {}", asked.outcome.replace('_', " "), asked.asks)).collect();
    let since = last_good.map_or_else(|| "in the last hour".to_owned(), |at| format!("since {}", in_secs(at)));
    Some(format!("{provider}: no ask was answered well {since} ({}); asked last at {}", outcomes.join(", "), in_secs(last_bad)))
}

fn in_secs(at: Moment) -> Moment {
    Moment::from_secs(at.secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(outcome: &str, at: i64) -> Asked {
        Asked { provider: "espn".to_owned(), outcome: outcome.to_owned(), asks: 3, credits: 0, sent_at: Some(Moment::from_secs(at)) }
    }

    #[test]
    fn a_provider_that_never_answers_is_named_and_one_that_answers_is_not() {
        let told = trouble("espn", &[asked("unreachable", 1_000)]).unwrap_or_default();
        assert!(told.starts_with("espn: no ask was answered well in the last hour (unreachable 3)"), "{told}");
        assert_eq!(trouble("espn", &[asked("good", 1_000), asked("unreachable", 1_010)]), None, "a passing fault");
        assert_eq!(trouble("espn", &[asked("good", 1_000), asked("gone", 9_000), asked("sent", 9_000)]), None);
        let told = trouble("espn", &[asked("good", 1_000), asked("timed_out", 1_200)]).unwrap_or_default();
        assert!(told.contains("since 1970-01-01T00:16:40Z (timed out 3)"), "{told}");
    }
}
