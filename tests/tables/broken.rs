//! Answers that are long: more of them at once than are allowed, clients that go away, and a store that fails in the middle.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use testkit::bodies::{Drift, GeneratedReply, season};
use tower::ServiceExt;

use crate::common::Served;
use crate::read::{ask, service};

const ALL: &str = "/v1/history.csv?table=odds";

/// A store whose table of odds is longer than what may wait for a client.
fn long() -> Served {
    let served = Served::empty();
    let recorder = Recorder::new(Arc::clone(&served.state.store), Providers::all(), Arc::new(WallClock::default()));
    let mut season = season(9);
    season.drift = Drift { moved_percent: 100, ..Drift::STILL };
    let replies: Vec<GeneratedReply> = season.take(150).collect();
    recorder.take(&replies.iter().map(GeneratedReply::reply).collect::<Vec<_>>(), None).unwrap();
    served
}

async fn begin(service: &Router) -> Response {
    service.clone().oneshot(Request::get(ALL).body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_read_at_once_than_are_allowed_and_who_goes_away_makes_room() {
    let served = long();
    let service = service(&served);
    let mut open = Vec::new();
    for _ in 0..8 {
        let response = begin(&service).await;
        assert_eq!(response.status(), StatusCode::OK);
        open.push(response);
    }
    let (status, kind, body) = ask(&service, ALL).await;
    assert_eq!((status, kind.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "application/problem+json"));
    assert!(String::from_utf8_lossy(&body).contains("as many tables are being read as are allowed"));
    let whole = to_bytes(open.pop().unwrap().into_body(), 1 << 30).await.unwrap();
    assert!(whole.len() > 8 << 20, "{} bytes: more than wait in memory", whole.len());
    drop(open);
    // whoever reads for somebody who went away finds that out when the next piece is to be sent
    while begin(&service).await.status() != StatusCode::OK {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_seen_to_break_off() {
    let served = long();
    let sql = "update @blocks set block = $1 where listing_id = (select listing_id from @listings order by starts_at desc, listing_id desc limit 1)";
    let damaged = served.state.store.engine().connect().unwrap().execute(sql, &[(&vec![0x03_u8][..]).into()]).unwrap();
    assert!(damaged > 0);
    let service = service(&served);
    for format in ["csv", "arrow"] {
        let path = format!("/v1/history.{format}?table=odds");
        let response = service.clone().oneshot(Request::get(&path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}: its beginning is good");
        assert!(to_bytes(response.into_body(), 1 << 30).await.is_err(), "{path}: its end does not come");
    }
}
