//! What an answer means is told by its error code first, its status second, and its shape last.

use std::time::Duration;

use providers::the_odds_api::TheOddsApi;
use providers::{Meter, Provider, Verdict};

use crate::{Wrapping, fixture};

fn verdict(wrapping: &Wrapping, body: &[u8]) -> Verdict {
    TheOddsApi.judge(&wrapping.around(body))
}

fn odds() -> Wrapping {
    Wrapping::live("odds", "/v4/sports/basketball_nba/odds")
}

#[test]
fn every_documented_error_code_has_its_verdict() {
    let table: &[(u16, &str, &[&str])] = &[
        (401, "key_refused", &["MISSING_KEY", "INVALID_KEY", "DEACTIVATED_KEY"]),
        (401, "quota_spent", &["OUT_OF_USAGE_CREDITS"]),
        (401, "refused", &["HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN"]),
        (404, "gone", &["EVENT_NOT_FOUND", "UNKNOWN_SPORT"]),
        (429, "retry_after", &["EXCEEDED_FREQ_LIMIT"]),
        (
            422,
            "refused",
            &[
                "INVALID_MARKET",
                "INVALID_MARKET_COMBO",
                "MISSING_REGION",
                "INVALID_REGION",
                "INVALID_BOOKMAKERS",
                "MISSING_MARKET",
                "INVALID_DATE_FORMAT",
                "INVALID_ODDS_FORMAT",
                "INVALID_ALL_SPORTS_PARAM",
                "INVALID_SPORT",
                "INVALID_SCORES_DAYS_FROM",
                "INVALID_EVENT_ID",
                "INVALID_EVENT_IDS",
                "MISSING_HISTORICAL_TIMESTAMP",
                "INVALID_HISTORICAL_TIMESTAMP",
                "INVALID_COMMENCE_TIME_FROM",
                "INVALID_COMMENCE_TIME_TO",
                "INVALID_COMMENCE_TIME_RANGE",
                "INVALID_PARTICIPANT_ID",
                "INVALID_INCLUDE_LINKS",
                "INVALID_INCLUDE_SIDS",
                "INVALID_INCLUDE_BET_LIMITS",
                "INVALID_INCLUDE_MULTIPLIERS",
                "INVALID_INCLUDE_ROTATION_NUMBERS",
                "HISTORICAL_MARKETS_UNAVAILABLE_AT_DATE",
            ],
        ),
    ];
    for (usual, expected, codes) in table {
        for code in *codes {
            let body = format!(r#"{{"message":"Why.","error_code":"{code}","details_url":"https://x"}}"#);
            for status in [*usual, 400, 500] {
                let verdict = verdict(&odds().status(status), body.as_bytes());
                assert_eq!((verdict.as_str(), verdict.reason()), (*expected, format!("{code}: Why.").as_str()), "{code} with {status}");
            }
        }
    }
}

#[test]
fn without_a_code_that_we_know_the_status_decides() {
    for (status, expected) in [
        (401, "key_refused"),
        (403, "key_refused"),
        (404, "gone"),
        (410, "gone"),
        (422, "refused"),
        (400, "refused"),
        (302, "changed_shape"),
        (204, "changed_shape"),
    ] {
        assert_eq!(verdict(&odds().status(status), b"<html>").as_str(), expected, "{status}");
        let unknown = br#"{"error_code":"SOMETHING_NEW"}"#;
        let with_code = verdict(&odds().status(status), unknown);
        if status != 204 {
            assert_eq!(with_code.as_str(), expected, "{status}");
        }
        assert!(with_code.reason().contains("SOMETHING_NEW"));
    }
    for status in [408, 429, 500, 502, 503, 504, 520] {
        assert!(verdict(&odds().status(status), b"").is_retryable(), "{status}");
    }
    assert_eq!(verdict(&odds().status(401).header("x-requests-remaining", "-60"), b"").as_str(), "quota_spent");
    assert_eq!(verdict(&odds(), br#"{"error_code":"SOMETHING_NEW"}"#).as_str(), "refused", "an error with 200 is still an error");
}

#[test]
fn a_pause_is_read_in_seconds_or_as_a_date_and_is_absent_where_none_is_named() {
    let limit = br#"{"error_code":"EXCEEDED_FREQ_LIMIT"}"#;
    let pause = |wrapping: Wrapping| match verdict(&wrapping.status(429), limit) {
        Verdict::RetryAfter(pause, _) => pause.map(|pause| pause.as_secs()),
        other => panic!("{other:?}"),
    };
    assert_eq!(pause(odds()), None);
    assert_eq!(pause(odds().header("retry-after", "7")), Some(7));
    assert_eq!(pause(odds().header("retry-after", "soon")), None);
    assert_eq!(pause(odds().header("retry-after", "99999999999999")), Some(24 * 3600));
    let dated = odds().header("date", "Sat, 10 Jan 2026 20:00:00 GMT").header("retry-after", "Sat, 10 Jan 2026 20:00:05 GMT");
    assert_eq!(pause(dated), Some(5));
    let past = odds().header("date", "Sat, 10 Jan 2026 20:00:00 GMT").header("retry-after", "Sat, 10 Jan 2026 19:00:05 GMT");
    assert_eq!(pause(past), Some(Duration::ZERO.as_secs()));
}

#[test]
fn what_comes_with_200_must_be_whole_and_of_its_endpoints_kind() {
    let no_text = verdict(&odds(), b"\xff\xfe[\0]\0");
    assert_eq!(no_text.as_str(), "changed_shape");
    assert!(no_text.reason().starts_with("no UTF-8") && no_text.reason().contains('['), "{}", no_text.reason());
    let whole = fixture("odds_two_books_with_links");
    assert!(verdict(&odds(), &whole).is_good());
    assert!(verdict(&odds(), b"[]").is_good());
    for half in [1, whole.len() / 3, whole.len() / 2, whole.len() - 3] {
        assert_eq!(verdict(&odds(), &whole[..half]).as_str(), "changed_shape", "{half} bytes");
    }
    for body in ["", "<html><body>502</body></html>", "null", "{}", "{\"message\":\"hello\"}", "[] []"] {
        assert_eq!(verdict(&odds(), body.as_bytes()).as_str(), "changed_shape", "{body}");
    }
    assert_eq!(verdict(&odds(), b"[\"\xff\"]").as_str(), "changed_shape");
    let good = [
        ("sports", "sports"),
        ("participants", "participants"),
        ("scores", "scores_of_every_state"),
        ("events", "events_with_rotation_numbers"),
        ("event_odds", "event_odds_nobody_offers"),
        ("event_markets", "event_markets"),
        ("historical_odds", "historical_odds_with_books_ahead"),
        ("historical_event_odds", "historical_event_odds_american"),
    ];
    for (endpoint, name) in good {
        assert_eq!(verdict(&Wrapping::live(endpoint, "/"), &fixture(name)), Verdict::Good, "{endpoint}");
    }
    assert_eq!(verdict(&Wrapping::live("event_odds", "/"), &whole).as_str(), "changed_shape", "a list is no event");
    assert_eq!(verdict(&Wrapping::live("historical_odds", "/"), &whole).as_str(), "changed_shape", "history without its envelope");
}

#[test]
fn credits_are_signed_and_absent_where_the_headers_are() {
    let meter = |wrapping: &Wrapping| TheOddsApi.meter(&wrapping.around(b""));
    assert_eq!(meter(&odds()), None);
    let raced = odds().header("x-requests-used", "5000060").header("x-requests-remaining", "-60");
    assert_eq!(meter(&raced), Some(Meter { last: None, used: Some(5_000_060), remaining: Some(-60) }));
    let free = odds().header("x-requests-last", "0").header("x-requests-remaining", "much");
    assert_eq!(meter(&free), Some(Meter { last: Some(0), used: None, remaining: None }));
}
