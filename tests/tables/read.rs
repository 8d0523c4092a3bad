//! What the tests of tables share: a service over a small store, and tables as maps of texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{Follows, Live, Options, Tail};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use odds::market::{Meaning, Words};
use predictive_play::decode::Providers;
use serde_json::Value;
use tables::{Means, Source};
use tower::ServiceExt;

use crate::common::Served;

/// A row: a text for each column, nothing for null.
pub type Row = BTreeMap<String, String>;

pub struct FromProviders(pub Providers);

impl Means for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

pub fn source(served: &Served) -> Source {
    Source::of(Arc::clone(&served.state.store), Arc::new(FromProviders(Providers::all()))).unwrap()
}

/// All that is served over a store, tables too.
pub fn service(served: &Served) -> Router {
    let tail = Arc::new(Tail::start(Arc::clone(&served.state.store), Arc::clone(&served.state.meanings), Follows::Nothing).unwrap());
    let options = Options { allow_anonymous: true, requests_per_sec: 1_000_000, ..Options::default() };
    api::service(Live::new(Arc::clone(&served.state), tail, options), api::router(Arc::clone(&served.state)))
}

pub async fn ask(service: &Router, path: &str) -> (StatusCode, String, Vec<u8>) {
    let response = service.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    (response.status(), kind, to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
}

pub async fn get(service: &Router, path: &str) -> Value {
    let (status, _, body) = ask(service, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// The rows of a table, by its CSV.
pub async fn table(service: &Router, query: &str) -> Vec<Row> {
    let path = format!("/v1/history.csv?table={query}");
    let (status, kind, body) = ask(service, &path).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"), "{path}: {}", String::from_utf8_lossy(&body));
    rows(&body)
}

/// The rows of a CSV.
pub fn rows(text: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text);
    let names = reader.headers().unwrap().clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        names.iter().map(str::to_owned).zip(record.unwrap().iter().map(str::to_owned)).collect::<Row>()
    };
    reader.records().map(row).collect()
}

/// A value of JSON as a table writes it; nothing where there is none.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number as a table's floats are written: without a fraction where it is whole.
pub fn number(value: &Value) -> String {
    value.as_f64().map(|number| number.to_string()).unwrap_or_default()
}

/// A reply's id as a number.
pub fn reply(value: &Value) -> String {
    value.as_str().map(|text| i64::from_str_radix(text, 16).unwrap().to_string()).unwrap_or_default()
}

/// What the API says of every event, page by page.
pub async fn events(service: &Router) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(service, &format!("/v1/events?from=2000-01-01T00:00:00Z&limit=100{cursor}")).await;
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return events,
        }
    }
}
