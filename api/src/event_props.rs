//! `GET /v1/events/{id}/props`: the player props of one event.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::asked::{Asked, When, format};
use crate::board::Wish;
use crate::event_odds::{EventBoard, of_event};
use crate::problem::Problem;
use crate::state::State;
use crate::v4::Wanted;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// A part of a player's name in any spelling, or a player's id.
    player: Option<String>,
    /// Markets in our words (`player_points`) or the providers', with commas.
    market: Option<String>,
    /// Books by our key or the providers', with commas.
    book: Option<String>,
    /// Providers whose word alone is wanted, with commas; of all, each quote is shown once, from the freshest.
    provider: Option<String>,
    /// `decimal` (where nothing is said), `american` or `fractional`.
    format: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// The player props of one event.
#[utoipa::path(get, path = "/v1/events/{id}/props", params(("id" = String, Path, description = "The event's id"), Ask), tag = "odds",
    responses((status = 200, body = EventBoard), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(Extract(state): Extract<Arc<State>>, Path(id): Path<String>, Asked(ask): Asked<Ask>) -> Result<Json<EventBoard>, Problem> {
    state.blocking(move |state| answer(state, &id, &ask)).await.map(Json)
}

fn answer(state: &State, id: &str, ask: &Ask) -> Result<EventBoard, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let wish = Wish {
        market: ask.market.as_ref(),
        book: ask.book.as_ref(),
        provider: ask.provider.as_ref(),
        player: ask.player.as_ref(),
        props: Some(true),
        updated_after: None,
        format: format(ask.format.as_ref())?,
        when,
    };
    let board = of_event(state, id, &wish)?;
    if ask.as_of.is_none() {
        state.v4.want(&board.sport, Wanted::Props);
    }
    Ok(board)
}
