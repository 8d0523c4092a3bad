//! What we say, over HTTP: one resource, one file. Reads the store and the boards that follow it, and never calls a provider.

mod access;
mod address;
mod cache;
mod change;
mod changes;
mod derive;
mod event_odds;
mod health;
mod layers;
mod live;
mod metrics;
mod page;
mod problem;
mod state;
mod stream;
mod tail;
pub mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use access::Caller;
pub use layers::service;
pub use live::{Live, Options};
pub use problem::Problem;
pub use state::{Meanings, State};
pub use tail::{Follows, Tail};

/// Everything that we serve.
pub fn router(state: Arc<State>) -> Router {
    Router::new().route("/v1/events/{id}/odds", get(event_odds::get)).with_state(state)
}
