//! Whatever bytes arrive: no panic, and every outcome that stands in a body is either kept or counted as unreadable.

use odds::observation::Decoded;
use proptest::prelude::*;
use providers::Provider;
use providers::the_odds_api::TheOddsApi;
use serde_json::Value;

use crate::{Wrapping, fixture, outcomes};

const FIXTURES: [&str; 9] = [
    "odds_two_books_with_links",
    "odds_outright_without_sides",
    "odds_damaged_at_every_level",
    "odds_events_twice",
    "event_odds_props_and_multipliers",
    "historical_odds_with_books_ahead",
    "historical_event_odds_american",
    "scores_of_every_state",
    "event_markets",
];
const ENDPOINTS: [&str; 6] = ["odds", "event_odds", "historical_odds", "scores", "event_markets", "sports"];

/// Outcomes that stand in a body, counted by a reader that knows nothing of ours.
fn standing(body: &[u8]) -> Option<usize> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let inside = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let in_event = |event: &Value| -> usize {
        let markets = inside(event, "bookmakers").into_iter().flat_map(|book| inside(&book, "markets"));
        markets.map(|market| inside(&market, "outcomes").len()).sum()
    };
    let is_envelope = value.get("data").is_some() && value.get("id").is_none();
    match if is_envelope { value["data"].clone() } else { value } {
        Value::Array(events) => Some(events.iter().map(in_event).sum()),
        event => Some(in_event(&event)),
    }
}

fn accounted(decoded: &Decoded<'_>) -> usize {
    outcomes(decoded).count() + decoded.unreadable as usize
}

fn read_by_everyone(body: &[u8]) {
    for endpoint in ENDPOINTS {
        for wrapping in [Wrapping::live(endpoint, "/v4/sports/basketball_nba/odds"), Wrapping::stored(endpoint)] {
            let reply = wrapping.around(body);
            let _ = (TheOddsApi.judge(&reply), TheOddsApi.stamp(endpoint, body), TheOddsApi.decode(&reply));
        }
    }
}

/// Nothing is lost where the body is JSON; where it is not, nothing is made of it.
fn holds(endpoint: &'static str, body: &[u8]) -> Result<(), TestCaseError> {
    let wrapping = Wrapping::live(endpoint, "/v4/sports/basketball_nba/odds").with("markets", "h2h,totals");
    let decoded = TheOddsApi.decode(&wrapping.around(body));
    if let Some(standing) = standing(body) {
        prop_assert_eq!(accounted(&decoded), standing, "{:?}", decoded.problems);
    }
    let refused = outcomes(&decoded).filter(|outcome| outcome.offer.is_err()).count();
    prop_assert!(refused == 0 || !decoded.problems.is_empty());
    prop_assert!(decoded.unreadable == 0 || !decoded.problems.is_empty());
    Ok(())
}

fn endpoint_of(name: &str) -> &'static str {
    ["historical_odds", "event_odds", "event_markets", "scores"]
        .into_iter()
        .find(|endpoint| name.starts_with(endpoint))
        .unwrap_or(if name.starts_with("historical") { "historical_event_odds" } else { "odds" })
}

#[test]
fn every_outcome_of_our_own_fixtures_is_accounted_for() {
    for name in FIXTURES.iter().filter(|name| !name.starts_with("scores") && !name.starts_with("event_markets")) {
        let body = fixture(name);
        let body = String::from_utf8(body).unwrap().replace("-1e400", "-1e40").into_bytes();
        let wrapping = Wrapping::live(endpoint_of(name), "/v4/sports/basketball_nba/odds");
        assert_eq!(accounted(&TheOddsApi.decode(&wrapping.around(&body))), standing(&body).unwrap(), "{name}");
    }
}

/// Pieces that turn one JSON shape into another without ending the JSON.
const PIECES: [&str; 14] = [
    "null",
    "0",
    "1",
    "-110",
    "\"x\"",
    "[]",
    "{}",
    "true",
    "[1]",
    "{\"outcomes\":[{}]}",
    "1e999",
    "\"price\"",
    "\"key\"",
    "\"2099-01-01T00:00:00Z\"",
];

/// Where one scalar, name or empty pair of brackets of a body begins and ends.
fn tokens(body: &str) -> Vec<(usize, usize)> {
    let (mut found, mut at, bytes) = (Vec::new(), 0, body.as_bytes());
    while at < bytes.len() {
        let end = match bytes[at] {
            b'"' => body[at + 1..].find('"').map_or(bytes.len(), |close| at + close + 2),
            b'-' | b'0'..=b'9' | b'a'..=b'z' => body[at..].find([',', '}', ']', ' ', '\n']).map_or(bytes.len(), |end| at + end),
            _ => at,
        };
        if end > at {
            found.push((at, end));
        }
        at = end.max(at + 1);
    }
    found
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_by_everyone(&body);
    }

    #[test]
    fn json_like_text_never_panics(body in "[\\[\\]{}\",:a-z0-9.\\\\ -]{0,120}") {
        read_by_everyone(body.as_bytes());
    }

    #[test]
    fn bodies_with_bytes_changed_never_panic_and_lose_nothing(
        which in 0..FIXTURES.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6),
    ) {
        let mut body = fixture(FIXTURES[which]);
        for (at, byte, how) in edits {
            let at = at.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => { body.remove(at); }
            }
        }
        read_by_everyone(&body);
        if endpoint_of(FIXTURES[which]).ends_with("odds") {
            holds(endpoint_of(FIXTURES[which]), &body)?;
        }
    }

    #[test]
    fn bodies_with_values_swapped_for_others_lose_nothing(
        which in 0..7_usize,
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len()), 1..8),
    ) {
        let mut body = String::from_utf8(fixture(FIXTURES[which])).unwrap().replace("-1e400", "-1e40");
        for (at, piece) in swaps {
            let tokens = tokens(&body);
            let (from, to) = tokens[at.index(tokens.len())];
            body.replace_range(from..to, PIECES[piece]);
        }
        read_by_everyone(body.as_bytes());
        holds(endpoint_of(FIXTURES[which]), body.as_bytes())?;
    }
}
