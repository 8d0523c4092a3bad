//! The paths of what is read from the store, each once: the router is made from this list, and a test holds the documents to it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use crate::problem::Problem;
use crate::state::State;
use crate::{
    backfill, decisions, docs, event, event_odds, event_props, events, history, injuries, many_boards, many_moments, names, people,
    replies, results, stats, transactions, v4,
};

type Route = (&'static str, MethodRouter<Arc<State>>);

fn routes() -> Vec<Route> {
    vec![
        ("/v1/sports", get(names::sports)),
        ("/v1/books", get(names::books)),
        ("/v1/markets", get(names::markets)),
        ("/v1/teams", get(people::teams)),
        ("/v1/players", get(people::players)),
        ("/v1/stats", get(stats::stats)),
        ("/v1/events", get(events::list)),
        ("/v1/events/{id}", get(event::get)),
        ("/v1/events/{id}/odds", get(event_odds::get)),
        ("/v1/events/{id}/props", get(event_props::get)),
        ("/v1/events/{id}/history", get(history::get)),
        ("/v1/odds", get(many_boards::odds)),
        ("/v1/props", get(many_boards::props)),
        ("/v1/boards", post(many_moments::lines)),
        ("/v1/boards.arrow", post(many_moments::arrow)),
        ("/v1/results", get(results::list)),
        ("/v1/injuries", get(injuries::list)),
        ("/v1/injuries/changes", get(injuries::changes)),
        ("/v1/transactions", get(transactions::list)),
        ("/v1/replies/{id}", get(replies::get)),
        ("/v1/replies/{id}/raw", get(replies::raw)),
        ("/v1/decisions", get(decisions::list)),
        ("/v1/listings/{provider}/{*id}", get(decisions::listing)),
        ("/v1/backfill", get(backfill::calendar)),
    ]
}

/// The paths of the resources, as the documents spell them.
#[must_use]
pub fn paths() -> Vec<String> {
    routes().into_iter().map(|(path, _)| path.replace("{*", "{")).collect()
}

/// The resources, and the documents about them.
pub fn resources() -> Router<Arc<State>> {
    let router = Router::new().route("/openapi.json", get(docs::openapi)).route("/docs", get(docs::page));
    routes().into_iter().fold(router, |router, (path, method)| router.route(path, method))
}

/// Refuses a path that is no text, which the frame would refuse in words of its own.
pub(crate) async fn readable(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    match percent_encoding::percent_decode_str(path).decode_utf8() {
        Ok(_) => next.run(request).await,
        Err(_) if path.starts_with("/v4/") => v4::unreadable(path),
        Err(_) => Problem::bad_path(path).into_response(),
    }
}

/// What is answered on a path that is none.
pub(crate) async fn no_such_path(uri: Uri) -> Problem {
    let paths: Vec<String> = paths().into_iter().chain(crate::LIVE_PATHS.map(str::to_owned)).collect();
    Problem::no_such_path(uri.path(), &paths)
}
