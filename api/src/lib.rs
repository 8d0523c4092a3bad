//! What we say, over HTTP: one resource, one file. Reads the store and the boards that follow it, and never calls a provider.

mod absence;
mod asked;
mod board;
mod contest;
mod decisions;
mod docs;
mod event;
mod event_odds;
mod event_props;
mod events;
mod history;
mod injuries;
mod many_boards;
mod names;
pub mod openapi;
mod people;
mod problem;
mod replies;
mod resources;
mod results;
mod state;
pub mod v4;
pub mod view;
mod walk;

use std::sync::Arc;

use axum::Router;

pub use problem::Problem;
pub use resources::{paths, resources};
pub use state::{Meanings, State};

/// Everything that we serve.
pub fn router(state: Arc<State>) -> Router {
    resources().merge(v4::routes()).fallback(resources::no_such_path).with_state(state)
}
