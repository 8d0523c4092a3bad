//! What we say, over HTTP: one resource, one file. Reads the store and the boards that follow it, and never calls a provider.

mod absence;
mod access;
mod address;
mod asked;
mod backfill;
mod board;
mod cache;
mod chances;
mod change;
mod changes;
mod contest;
mod decide;
mod decisions;
mod derive;
mod docs;
mod event;
mod event_odds;
mod event_props;
mod events;
#[cfg(test)]
mod guide;
mod health;
mod history;
mod history_tables;
mod injuries;
mod layers;
mod live;
mod many_boards;
mod many_moments;
mod metrics;
mod names;
pub mod openapi;
mod page;
mod parts;
mod people;
mod players;
mod problem;
mod reads;
mod replies;
mod resources;
mod results;
pub mod sides;
mod sources;
mod state;
mod stats;
mod stream;
mod tail;
mod transactions;
mod trouble;
pub mod v4;
pub mod view;
mod walk;
mod words;

use std::sync::Arc;

use axum::Router;

pub use access::Caller;
pub use decide::{Decides, Made};
pub use layers::{LIVE_PATHS, service};
pub use live::{Live, Options};
pub use problem::Problem;
pub use resources::{paths, resources};
pub use state::{Meanings, State};
pub use tail::{Follows, Tail};

/// Everything that we serve.
pub fn router(state: Arc<State>) -> Router {
    let routes = resources().merge(v4::routes()).fallback(resources::no_such_path).with_state(state);
    routes.layer(axum::middleware::from_fn(resources::readable))
}
