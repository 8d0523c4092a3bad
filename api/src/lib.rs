//! What we say, over HTTP: one resource, one file. Reads the store and the boards that follow it, and never calls a provider.

mod event_odds;
mod problem;
mod state;
pub mod v4;
pub mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use problem::Problem;
pub use state::{Meanings, State};

/// Everything that we serve.
pub fn router(state: Arc<State>) -> Router {
    Router::new().route("/v1/events/{id}/odds", get(event_odds::get)).merge(v4::routes()).with_state(state)
}
