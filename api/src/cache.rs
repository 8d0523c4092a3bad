//! Encoded boards, kept until the log moves on or their second is over: ages in them are right to the second, and while they are
//! kept the store is not touched. `ETag` is weak and changes with the boards and the minute, so that ages alone change nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use odds::Seq;

use crate::live::Live;
use crate::problem::Problem;

/// Longest answer that is kept, and bytes of all that are.
const LONGEST: usize = 8 << 20;
const MOST_BYTES: usize = 64 << 20;

#[derive(Clone)]
struct Kept {
    version: (Seq, i64),
    body: Bytes,
    kind: HeaderValue,
    etag: HeaderValue,
}

/// What is kept.
#[derive(Default)]
pub(crate) struct Cache(Mutex<(HashMap<String, Kept>, usize)>);

impl Cache {
    fn get(&self, key: &str, version: (Seq, i64)) -> Option<Kept> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.get(key).filter(|kept| kept.version == version).cloned()
    }

    fn keep(&self, key: String, answer: Kept) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.1 + answer.body.len() > MOST_BYTES {
            *kept = (HashMap::new(), 0);
        }
        kept.1 += answer.body.len();
        if let Some(before) = kept.0.insert(key, answer) {
            kept.1 -= before.body.len();
        }
    }
}

fn is_a_board(path: &str) -> bool {
    let of_event = path.strip_prefix("/v1/events/").is_some_and(|rest| rest.ends_with("/odds") || rest.ends_with("/props"));
    of_event || path == "/v1/odds" || path == "/v1/props"
}

/// Answers from what is kept, or keeps what is answered.
pub(crate) async fn keep(Extract(live): Extract<Arc<Live>>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET || !is_a_board(request.uri().path()) {
        return next.run(request).await;
    }
    let key = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let boards = live.state.boards.read().map_or_else(|poisoned| poisoned.into_inner().seq, |boards| boards.seq);
    let now = (live.state.now)().secs();
    let version = (boards.max(live.tail.position()), now);
    let asked = request.headers().get(header::IF_NONE_MATCH).cloned();
    if let Some(kept) = live.cache.get(&key, version) {
        live.metrics.count_cached();
        return answer(kept, asked.as_ref());
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).cloned().unwrap_or(HeaderValue::from_static("application/json"));
    let Ok(body) = to_bytes(response.into_body(), LONGEST).await else { return Problem::internal().into_response() };
    let etag = format!("W/\"{}-{}-{}\"", version.0, now / 60, body.len());
    let etag = HeaderValue::from_str(&etag).expect("digits and quotes are a header's value");
    let kept = Kept { version, body, kind, etag };
    live.cache.keep(key, kept.clone());
    answer(kept, asked.as_ref())
}

fn answer(kept: Kept, asked: Option<&HeaderValue>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=0, must-revalidate"));
    let is_same = asked.and_then(|asked| asked.to_str().ok()).is_some_and(|asked| matches(asked, &kept.etag));
    headers.insert(header::ETAG, kept.etag);
    if is_same {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, kept.kind);
    (headers, Body::from(kept.body)).into_response()
}

fn matches(asked: &str, etag: &HeaderValue) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let own = etag.to_str().map(plain).unwrap_or_default();
    asked.split(',').any(|tag| tag.trim() == "*" || plain(tag) == own)
}
