//! `POST /v1/boards`: each row is what its event answers as of its moment, in the order asked, on both engines.
#![allow(clippy::unwrap_used)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{GAME, PROPS_GAME, Served};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Events by every name that they go by, and names that nobody has.
const NAMES: [&str; 5] = [GAME, PROPS_GAME, "60718293-a4b5-c6d7-e8f9-0a1b2c3d4e5f", "ffffffffffffffffffffffffffffffff", "no such game"];

/// So many rows that they are answered in several parts, out of every order: event, moment, and for each third what was known when.
fn rows() -> Vec<(&'static str, String, Option<String>)> {
    let row = |at: usize| {
        let minute = at * 7 % 20;
        let known = at.is_multiple_of(3).then(|| format!("2026-01-10T20:{:02}:40Z", at * 11 % 20));
        (NAMES[at % NAMES.len()], format!("2026-01-10T{}:{minute:02}:25Z", if at.is_multiple_of(4) { 19 } else { 20 }), known)
    };
    (0..300).map(row).collect()
}

fn as_lines(rows: &[(&str, String, Option<String>)]) -> String {
    let line = |(event, as_of, known): &(&str, String, Option<String>)| {
        let mut line = json!({ "event_id": event, "as_of": as_of });
        known.iter().for_each(|known| line["known_at"] = json!(known));
        format!("{line}\n")
    };
    rows.iter().map(line).collect()
}

/// What the event's own path says of a row.
async fn single(served: &Served, (event, as_of, known): &(&str, String, Option<String>), more: &str) -> (StatusCode, Value) {
    let known = known.as_ref().map(|known| format!("&known_at={known}")).unwrap_or_default();
    let path = format!("/v1/events/{}/odds?as_of={as_of}{known}{more}", event.replace(' ', "%20"));
    let (status, _, body) = served.ask(&path).await;
    (status, serde_json::from_slice(&body).unwrap())
}

fn without(mut line: Value, names: &[&str]) -> Value {
    names.iter().for_each(|name| drop(line.as_object_mut().unwrap().remove(*name)));
    line
}

async fn compare(served: &Served, more: &str) {
    let rows = rows();
    let question = format!("/v1/boards?{}", more.trim_start_matches('&'));
    let (status, kind, body) = served.post(&question, "application/x-ndjson", as_lines(&rows)).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/x-ndjson"), "{}", String::from_utf8_lossy(&body));
    let lines: Vec<Value> = String::from_utf8(body).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), rows.len());
    let (mut with_quotes, mut unknown) = (0, 0);
    for (at, (row, line)) in rows.iter().zip(lines).enumerate() {
        assert_eq!((&line["row"], &line["event_id"]), (&json!(at), &json!(row.0)));
        let (status, expected) = single(served, row, more).await;
        if status == StatusCode::NOT_FOUND {
            assert_eq!((&line["absent"][0]["reason"], &line["as_of"]), (&expected["detail"], &json!(row.1)), "row {at}");
            unknown += 1;
            continue;
        }
        with_quotes += usize::from(!expected["quotes"].as_array().unwrap().is_empty());
        assert_eq!(without(line, &["row", "event_id", "known_at"]), expected, "row {at}: {row:?}");
    }
    assert!(with_quotes > 20 && unknown > 100, "{with_quotes} boards with quotes, {unknown} events unknown");
}

#[test]
fn each_row_is_what_its_event_answers_as_of_its_moment() {
    let cluster = testkit::postgres::shared();
    let database = cluster.map(|cluster| cluster.database());
    let stores = std::iter::once(Served::filled()).chain(database.iter().map(|database| Served::filled_at(&database.url)));
    for served in stores {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for more in ["", "&market=moneyline,player_points&format=american", "&provider=the-odds-api"] {
            runtime.block_on(compare(&served, more));
        }
    }
}

#[tokio::test]
async fn a_table_says_by_when_all_of_it_is_known_and_a_player_whose_props_are_wanted() {
    let served = Served::filled();
    let table = format!("event_id,as_of\n{GAME},2026-01-10T20:05:00Z\n{PROPS_GAME},2026-01-10T20:05:00Z\n");
    let known = served.boards("/v1/boards?known_at=2026-01-10T20:01:00Z", &table).await;
    let expected = served.get(&format!("/v1/events/{GAME}/odds?as_of=2026-01-10T20:05:00Z&known_at=2026-01-10T20:01:00Z")).await;
    assert_eq!(without(known[0].clone(), &["row", "event_id"]), expected);
    let props = served.boards("/v1/boards?player=%C3%A1lvarez", &table).await;
    assert!(props[0]["quotes"].as_array().unwrap().is_empty() && props[0]["absent"][0]["reason"].is_string(), "{}", props[0]);
    let quotes = props[1]["quotes"].as_array().unwrap();
    assert!(!quotes.is_empty() && quotes.iter().all(|quote| quote["is_prop"] == true), "{quotes:?}");
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_before_anything_is_said() {
    let served = Served::filled();
    let good = format!("event_id,as_of\n{GAME},2026-01-10T20:05:00Z\n");
    let refused = async |path: &str, kind: &str, table: String| {
        let (status, told, body) = served.post(path, kind, table).await;
        assert_eq!(told, "application/problem+json");
        (status.as_u16(), serde_json::from_slice::<Value>(&body).unwrap()["detail"].as_str().unwrap().to_owned())
    };
    let (status, detail) = refused("/v1/boards", "text/csv", format!("{good}{GAME},yesterday\n")).await;
    assert!(status == 400 && detail.contains("row 2") && detail.contains("yesterday"), "{status} {detail}");
    assert_eq!(refused("/v1/boards", "text/csv", String::new()).await.0, 400);
    assert_eq!(refused("/v1/boards", "application/json", "[]".to_owned()).await.0, 415);
    assert_eq!(refused("/v1/boards?format=roman", "text/csv", good.clone()).await.0, 400);
    assert_eq!(refused("/v1/boards?as_of=2026-01-10T20:05:00Z", "text/csv", good.clone()).await.0, 400, "each row says its own");
    assert_eq!(refused("/v1/boards.arrow?format=american", "text/csv", good.clone()).await.0, 400, "a table has exact prices");
    let (status, kind, _) = served.post("/v1/boards.arrow", "text/csv", good.clone()).await;
    assert_eq!((status.as_u16(), kind.as_str()), (200, "application/vnd.apache.arrow.stream"));
    let many = good.clone() + &format!("{GAME},2026-01-10T20:05:00Z\n").repeat(10_000);
    let (status, detail) = refused("/v1/boards", "text/csv", many).await;
    assert!(status == 413 && detail.contains("10001 rows"), "{status} {detail}");
    assert_eq!(refused("/v1/boards", "text/csv", good + &" ".repeat(2 << 20)).await.0, 413);
}

#[tokio::test]
async fn an_answer_whose_store_fails_on_the_way_breaks_off() {
    let served = Served::filled();
    let table = format!("event_id,as_of\n{}", format!("{GAME},2026-01-10T20:05:00Z\n").repeat(2000));
    let request = Request::post("/v1/boards").header("content-type", "text/csv").body(Body::from(table)).unwrap();
    let response = api::router(std::sync::Arc::clone(&served.state)).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    // No more than a few parts are made before they are read.
    served.state.store.engine().connect().unwrap().run_script("alter table covers rename to covers_that_are_gone").unwrap();
    let read = axum::body::to_bytes(response.into_body(), 256 << 20).await;
    assert!(read.is_err(), "it must not look whole");
}
