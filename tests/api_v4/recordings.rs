//! Each recorded reply, replayed, comes back from the past as it was sent.
//!
//! What differs, and why: an envelope's times are those at which we looked; titles of sports are today's; a market always has its
//! `last_update` where the recordings of 2022 had only the book's, and the book's is that of its newest market.

use std::collections::BTreeSet;

use odds::Moment;
use predictive_play::decode::Providers;
use predictive_play::replay::{Stored, What, date};
use serde_json::Value;
use testkit::corpus::{Corpus, Recording};

use crate::served::Served;

const REGIONS: &str = "us,us2,us_dfs,us_ex,uk,eu,au,fr,se";

fn moment(endpoint: &str, recording: &Recording) -> Moment {
    let what = What { provider: "the-odds-api".to_owned(), endpoint: endpoint.to_owned(), sport: None, observed_at: None };
    let stored = Stored { name: recording.name.clone(), status: 200, headers: Default::default(), body: recording.bytes.clone() };
    let providers = Providers::all();
    date(stored, &what, &**providers.get("the-odds-api").unwrap()).unwrap().at
}

/// The events of a body, whatever stands around them.
fn events(body: &Value) -> Vec<Value> {
    let data = body.get("data").unwrap_or(body);
    data.as_array().cloned().unwrap_or_else(|| vec![data.clone()])
}

fn list<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    value[name].as_array().into_iter().flatten().collect()
}

fn all_outcomes(events: &[Value]) -> Vec<&Value> {
    let markets = events.iter().flat_map(|event| list(event, "bookmakers")).flat_map(|book| list(book, "markets"));
    markets.flat_map(|market| list(market, "outcomes")).collect()
}

fn market_keys(events: &[Value]) -> String {
    let markets = events.iter().flat_map(|event| list(event, "bookmakers")).flat_map(|book| list(book, "markets"));
    let keys: BTreeSet<&str> = markets.map(|market| market["key"].as_str().unwrap()).collect();
    keys.into_iter().collect::<Vec<_>>().join(",")
}

/// Asserts that everything that was sent is answered with the same value, lists in the same order. What was not sent is not compared.
fn assert_answers(sent: &Value, answered: &Value, at: &str) {
    match (sent, answered) {
        (Value::Array(sent), Value::Array(answered)) => {
            assert_eq!(sent.len(), answered.len(), "{at}: how many\nsent {sent:?}\nanswered {answered:?}");
            sent.iter().zip(answered).enumerate().for_each(|(i, (sent, answered))| assert_answers(sent, answered, &format!("{at}[{i}]")));
        }
        (Value::Object(sent), Value::Object(answered)) => {
            for (name, value) in sent.iter().filter(|(name, _)| !matches!(name.as_str(), "startTime" | "odds")) {
                assert_answers(value, answered.get(name).unwrap_or(&Value::Null), &format!("{at}.{name}"));
            }
        }
        (Value::Number(sent), Value::Number(answered)) => assert_eq!(sent.as_f64(), answered.as_f64(), "{at}"),
        (sent, answered) => assert_eq!(sent, answered, "{at}"),
    }
}

fn of_endpoint(endpoint: &str) -> Vec<(Recording, Value, Moment, Served)> {
    let Some(corpus) = Corpus::find() else { return Vec::new() };
    let recordings = corpus.recordings("the-odds-api", endpoint).unwrap();
    assert!(!recordings.is_empty(), "no recordings of {endpoint}");
    let taken = recordings.into_iter().filter(Recording::is_json).map(|recording| {
        let at = moment(endpoint, &recording);
        let served = Served::at(&at.to_string());
        served.take("the-odds-api", endpoint, "", at, &recording.bytes);
        let body = serde_json::from_slice(&recording.bytes).unwrap();
        (recording, body, at, served)
    });
    taken.collect()
}

/// The past as it is asked for: whole seconds, in the format that was sent.
fn asked(events: &[Value], at: Moment) -> String {
    let is_american = all_outcomes(events).iter().all(|outcome| outcome["price"].is_i64());
    let format = if is_american { "american" } else { "decimal" };
    let date = Moment::from_secs(at.secs());
    format!("regions={REGIONS}&markets={}&oddsFormat={format}&date={date}", market_keys(events))
}

#[test]
fn recorded_odds_come_back_as_they_were_sent() {
    for endpoint in ["odds", "historical_odds"] {
        for (recording, body, at, served) in of_endpoint(endpoint) {
            let sent = events(&body);
            let sports: BTreeSet<&str> = sent.iter().map(|event| event["sport_key"].as_str().unwrap()).collect();
            for sport in sports {
                let of_sport: Vec<Value> = sent.iter().filter(|event| event["sport_key"] == sport).cloned().collect();
                let past = served.json(&format!("/v4/historical/sports/{sport}/odds?{}", asked(&of_sport, at)));
                assert_answers(&Value::from(of_sport.clone()), &past["data"], &recording.name);
                if let Some(timestamp) = body.get("timestamp") {
                    assert_eq!(timestamp, &past["timestamp"], "{}", recording.name);
                }
                let live = served.json(&format!("/v4/sports/{sport}/odds?{}", asked(&of_sport, at)));
                assert_eq!(live, past["data"], "{}: now and the past agree", recording.name);
            }
        }
    }
}

#[test]
fn recorded_odds_of_one_event_come_back_as_they_were_sent() {
    for endpoint in ["event_odds", "historical_event_odds"] {
        for (recording, body, at, served) in of_endpoint(endpoint) {
            let sent = events(&body);
            let (sport, id) = (sent[0]["sport_key"].as_str().unwrap(), sent[0]["id"].as_str().unwrap());
            let target = format!("sports/{sport}/events/{id}/odds?{}", asked(&sent, at));
            let past = served.json(&format!("/v4/historical/{target}"));
            assert_answers(&sent[0], &past["data"], &recording.name);
            let live = served.json(&format!("/v4/{target}"));
            assert_answers(&without_book_times(&sent[0]), &live, &recording.name);
            assert!(list(&live, "bookmakers").iter().all(|book| book.get("last_update").is_none()));
        }
    }
}

fn without_book_times(event: &Value) -> Value {
    let mut event = event.clone();
    for book in event["bookmakers"].as_array_mut().unwrap() {
        book.as_object_mut().unwrap().remove("last_update");
    }
    event
}

#[test]
fn recorded_events_come_back_as_they_were_sent() {
    for (recording, body, at, served) in of_endpoint("historical_events") {
        let sent = events(&body);
        let sport = sent[0]["sport_key"].as_str().unwrap();
        let past = served.json(&format!("/v4/historical/sports/{sport}/events?date={at}"));
        assert_answers(&Value::from(sent), &past["data"], &recording.name);
    }
}

#[test]
fn a_recorded_list_of_events_comes_back_as_it_was_sent() {
    for (recording, body, _, served) in of_endpoint("events") {
        let sport = body[0]["sport_key"].as_str().unwrap();
        let got = served.get(&format!("/v4/sports/{sport}/events/"));
        assert_answers(&body, &got.json(), &recording.name);
        assert_eq!(got.header("x-requests-last"), "0");
    }
}

#[test]
fn recorded_scores_come_back_as_they_were_sent() {
    for (recording, body, _, served) in of_endpoint("scores") {
        let sport = body[0]["sport_key"].as_str().unwrap();
        let got = served.get(&format!("/v4/sports/{sport}/scores?daysFrom=3"));
        assert_answers(&body, &got.json(), &recording.name);
        assert_eq!(got.header("x-requests-last"), "2");
    }
}
