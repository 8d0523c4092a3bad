//! What surrounds every answer: who may ask, how much at once and how long, what headers go with it, and what is counted.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State as Extract};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::access::{Refused, without_key};
use crate::live::Live;
use crate::problem::Problem;
use crate::{cache, changes, decide, health, history_tables, metrics, page, reads, stream};

const LONGEST_URL: usize = 8 << 10;
const LONGEST_BODY: usize = 64 << 10;
const CORS_FOR: Duration = Duration::from_secs(600);

/// The paths of the live half, as the documents spell them.
pub const LIVE_PATHS: [&str; 10] = [
    "/livez",
    "/readyz",
    "/metrics",
    "/v1/health",
    "/v1/quality",
    "/v1/changes",
    "/v1/stream",
    "/v1/history.arrow",
    "/v1/history.parquet",
    "/v1/history.csv",
];

/// Answers of these kinds are as small as they get, or are read faster as they are.
const NOT_PACKED: NotForContentType = NotForContentType::const_new("application/vnd.apache.");

/// Everything that we serve, with all that surrounds it. `resources` are those that only read: [`crate::router`], and others.
pub fn service(live: Arc<Live>, resources: Router) -> Router {
    let own = Router::new()
        .route("/", get(page::get))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::get))
        .route("/v1/health", get(health::health))
        .route("/v1/quality", get(health::quality))
        .route("/v1/changes", get(changes::get))
        .route("/v1/stream", get(stream::get))
        .route("/v1/history.arrow", get(history_tables::arrow))
        .route("/v1/history.parquet", get(history_tables::parquet))
        .route("/v1/history.csv", get(history_tables::csv))
        .route("/v1/decisions", post(decide::post))
        .with_state(Arc::clone(&live));
    own.merge(resources)
        .layer(from_fn_with_state(Arc::clone(&live), cache::keep))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(NOT_PACKED)))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(from_fn_with_state(Arc::clone(&live), guard))
        .layer(cors(&live.options.cors_origins))
}

/// Without an origin that is named, no answer carries a header that opens it to other pages.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::AUTHORIZATION, HeaderName::from_static("x-api-key"), HeaderName::from_static("last-event-id")])
        .expose_headers([header::ETAG, HeaderName::from_static("x-predictive-play-source")])
        .max_age(CORS_FOR)
}

async fn guard(Extract(live): Extract<Arc<Live>>, request: Request, next: Next) -> Response {
    let begun = (live.state.now)();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    live.reads.look(&live.state).await;
    let method = request.method().clone();
    let mut response = in_our_words(admit(&live, request, next).await, &method);
    live.metrics.count_request(&route, response.status().as_u16(), (live.state.now)().secs_since(begun));
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(lag) = live.reads.header() {
        headers.insert(reads::LAG, lag);
    }
    if live.state.is_replay {
        headers.insert(HeaderName::from_static("x-predictive-play-source"), HeaderValue::from_static("replay"));
    }
    response
}

const SECURITY: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
];

async fn admit(live: &Arc<Live>, request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|asked| asked.as_str().len() > LONGEST_URL) {
        return Problem::too_long(&format!("a URL has at most {LONGEST_URL} bytes; ask for less at once")).into_response();
    }
    let (mut parts, body) = request.into_parts();
    match live.access.admit(&live.state, &parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
        }
        Err(refused) => return refuse(refused, parts.uri.path()),
    }
    if let Some(uri) = without_key(&parts.uri) {
        parts.uri = uri;
    }
    let request = Request::from_parts(parts, body);
    let is_watch = matches!(request.uri().path(), "/livez" | "/readyz" | "/metrics");
    let turn = Arc::clone(&live.requests).try_acquire_owned();
    if turn.is_err() && !is_watch {
        return retry_after(Problem::unavailable("more requests at once than are answered; try again"), 1);
    }
    match tokio::time::timeout(live.options.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable("the answer took too long; ask for less at once").into_response(),
    }
}

/// A refusal of the framework is empty or plain text: it becomes a problem as all others, its headers kept.
fn in_our_words(response: Response, method: &Method) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("text/plain");
    if !response.status().is_client_error() || !kind.starts_with("text/plain") {
        return response;
    }
    let mut ours = Problem::plain(response.status(), method.as_str()).into_response();
    ours.headers_mut().extend(response.headers().get(header::ALLOW).map(|allow| (header::ALLOW, allow.clone())));
    ours
}

fn retry_after(problem: Problem, secs: u32) -> Response {
    let mut response = problem.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    response
}

/// A refusal, to clients of `/v4` in the words of The Odds API.
fn refuse(refused: Refused, path: &str) -> Response {
    let problem = refused.problem();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED);
    let mut response = if path == "/v4" || path.starts_with("/v4/") {
        let body = serde_json::json!({
            "message": problem.detail, "error_code": refused.v4_code(), "details_url": "/docs#v4",
        });
        (status, axum::Json(body)).into_response()
    } else {
        problem.into_response()
    };
    match refused {
        Refused::TooMany(secs) => {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        Refused::Missing | Refused::Wrong => {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Refused::ForeignHost | Refused::Unknown => {}
    }
    response
}
