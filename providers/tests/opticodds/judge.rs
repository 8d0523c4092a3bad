//! What answers mean before they are read.

use std::time::Duration;

use odds::reply::Request;
use providers::oddsjam::OddsJam;
use providers::opticodds::OpticOdds;
use providers::{Provider, Verdict};

use super::{Wrapping, fixture};

fn verdict(status: u16, body: &str, headers: &[(&str, &str)], endpoint: &'static str) -> Verdict {
    let mut wrapping = Wrapping::of("opticodds", endpoint, Request::default());
    wrapping.status = status;
    wrapping.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    OpticOdds.judge(&wrapping.around(body.as_bytes()))
}

#[test]
fn statuses_and_codes_say_whether_to_ask_again() {
    let word = |status, body| verdict(status, body, &[], "fixtures_odds").as_str();
    assert_eq!(word(200, r#"{"data":[]}"#), "good");
    assert_eq!(word(401, r#"{"message":"Invalid API key","code":401}"#), "key_refused");
    assert_eq!(word(403, r#"{"message":"no permission"}"#), "refused", "one endpoint is closed, the key is good");
    assert_eq!(word(404, "{}"), "gone");
    assert_eq!(word(400, r#"{"message":"sportsbook is required"}"#), "refused");
    assert_eq!(word(503, "<html>"), "retry_after");
    assert_eq!(word(200, "<html>busy</html>"), "changed_shape");
    assert_eq!(word(200, r#"{"data":[{"id":"#), "retry_after", "a body that ends early");
    assert_eq!(word(200, r#"{"deep_link":{}}"#), "changed_shape");
    assert_eq!(word(200, r#"{"message":"no such market","code":400}"#), "refused");
    assert_eq!(verdict(401, r#"{"message":"Invalid API key","code":401}"#, &[], "sports").reason(), "code 401: Invalid API key");
}

#[test]
fn a_limit_is_waited_out_by_its_window_or_as_told() {
    let wait = |headers| match verdict(429, "{}", headers, "fixtures_odds") {
        Verdict::RetryAfter(wait, _) => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(&[]), Some(Duration::from_secs(15)));
    assert_eq!(wait(&[("retry-after", "40")]), Some(Duration::from_secs(40)));
    assert_eq!(wait(&[("retry-after", "Sat, 24 Oct 2026 12:01:00 GMT")]), Some(Duration::from_secs(60)));
}

#[test]
fn the_graders_codes_are_told_apart() {
    let word = |code: u32| verdict(400, &format!(r#"{{"message":"x","code":{code}}}"#), &[], "grader_odds").as_str();
    assert_eq!((word(100), word(107), word(201), word(104)), ("gone", "retry_after", "retry_after", "retry_after"));
    assert_eq!((word(103), word(212), word(109)), ("refused", "refused", "gone"));
    let graded = String::from_utf8(fixture("opticodds", "grader_odds.json")).unwrap();
    assert_eq!(verdict(200, &graded, &[], "grader_odds"), Verdict::Good);
}

#[test]
fn the_older_dialect_is_judged_alike_and_takes_bare_lists() {
    let judge = |endpoint, status, body: &[u8]| {
        let mut wrapping = Wrapping::of("oddsjam", endpoint, Request::default());
        wrapping.status = status;
        OddsJam.judge(&wrapping.around(body)).as_str()
    };
    assert_eq!(judge("odds", 200, &fixture("oddsjam", "odds_of_version_1.json")), "good");
    assert_eq!(judge("odds", 401, b"{}"), "key_refused");
    assert_eq!(judge("games", 200, br#"[{"error":"x"}]"#), "changed_shape");
    assert_eq!(judge("games", 200, b"[]"), "good");
}
