//! `/v4`: The Odds API v4, so that a client of theirs only changes its base URL. One resource, one file.
//!
//! It never lies: what is suspended, withdrawn, not observed or over age is left out, and what we do not collect answers empty
//! with a header that says so, and is counted as demand.

mod asked;
mod body;
mod desk;
mod event_markets;
mod events;
mod games;
mod historical;
mod odds;
mod participants;
mod problem;
mod quotes;
mod scores;
mod sports;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, RawPathParams, State as Extract};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

pub(crate) use desk::Wanted;
pub use desk::{BookName, CREDITS_PER_MONTH, Desk, Usage, Words};
pub(crate) use problem::unreadable;
pub use problem::{KeyProblem, key_problem};

use self::asked::Asked;
use self::problem::Wrong;
use crate::state::State;

/// A good answer.
struct Answer {
    body: Vec<u8>,
    credits: u64,
    /// Nothing of what was asked for is collected.
    is_not_collected: bool,
}

impl Answer {
    fn of(body: &impl Serialize, credits: u64) -> Result<Self, Wrong> {
        let body = serde_json::to_vec(body).map_err(|error| {
            tracing::error!(%error, "a /v4 body cannot be written");
            Wrong::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "something failed on our side; the log of the service has it")
        })?;
        Ok(Self { body, credits, is_not_collected: false })
    }

    fn not_collected(mut self, is: bool) -> Self {
        self.is_not_collected = is;
        self
    }
}

type Handler = fn(&State, &Asked) -> Result<Answer, Wrong>;

/// Path, what answers it, whether it is priced.
const PATHS: &[(&str, Handler, bool)] = &[
    ("/v4/sports", sports::answer, false),
    ("/v4/sports/{sport}/odds", odds::of_sport, true),
    ("/v4/sports/{sport}/events", events::answer, false),
    ("/v4/sports/{sport}/events/{event}/odds", odds::of_event, true),
    ("/v4/sports/{sport}/events/{event}/markets", event_markets::answer, true),
    ("/v4/sports/{sport}/scores", scores::answer, true),
    ("/v4/sports/{sport}/participants", participants::answer, true),
    ("/v4/sports/{sport}/odds-history", historical::odds, true),
    ("/v4/historical/sports/{sport}/odds", historical::odds, true),
    ("/v4/historical/sports/{sport}/events", historical::events, true),
    ("/v4/historical/sports/{sport}/events/{event}/odds", historical::event_odds, true),
];

/// Everything below `/v4`, each path with and without a slash at its end.
pub(crate) fn routes() -> Router<Arc<State>> {
    let mut router = Router::new();
    for (path, handler, is_priced) in PATHS.iter().copied() {
        for path in [path.to_owned(), format!("{path}/")] {
            let answer =
                move |Extract(state): Extract<Arc<State>>,
                      params: RawPathParams,
                      Query(query): Query<HashMap<String, String>>,
                      headers: HeaderMap| async move { respond(state, handler, is_priced, &params, query, &headers).await };
            router = router.route(&path, get(answer));
        }
    }
    router
}

async fn respond(
    state: Arc<State>,
    handler: Handler,
    is_priced: bool,
    params: &RawPathParams,
    mut query: HashMap<String, String>,
    headers: &HeaderMap,
) -> Response {
    let key = query.remove("apiKey").or_else(|| key_of(headers)).unwrap_or_default();
    let mut asked = Asked { query, ..Asked::default() };
    for (name, value) in params {
        match name {
            "sport" => value.clone_into(&mut asked.sport),
            "event" => value.clone_into(&mut asked.event),
            _ => {}
        }
    }
    let is_out = is_priced && state.v4.spend(&key, 0, (state.now)()).remaining <= 0;
    let result = if is_out {
        Err(Wrong::out_of_credits())
    } else {
        state.blocking(move |state| Ok(handler(state, &asked))).await.unwrap_or_else(|problem| Err(Wrong::from(problem)))
    };
    let usage = state.v4.spend(&key, result.as_ref().map_or(0, |answer| answer.credits), (state.now)());
    with_usage(result.map_or_else(Wrong::into_response, written), usage)
}

fn key_of(headers: &HeaderMap) -> Option<String> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok()).map(str::to_owned)
}

fn written(answer: Answer) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/json")], answer.body).into_response();
    if answer.is_not_collected {
        response.headers_mut().insert("x-predictive-play-coverage", HeaderValue::from_static("not-collected"));
    }
    response
}

fn with_usage(mut response: Response, usage: Usage) -> Response {
    let values = [
        ("x-requests-remaining", HeaderValue::from(usage.remaining)),
        ("x-requests-used", HeaderValue::from(usage.used)),
        ("x-requests-last", HeaderValue::from(usage.last)),
    ];
    response.headers_mut().extend(values.map(|(name, value)| (HeaderName::from_static(name), value)));
    response
}
