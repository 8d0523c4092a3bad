//! `GET /v1/events/{id}/odds`: the board of one event, now or as of a moment.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use odds::Moment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::absence::Absence;
use crate::asked::{Asked, When, format};
use crate::board::{Found, Wish};
use crate::contest::{self, Listed};
use crate::problem::Problem;
use crate::sides;
use crate::state::State;
use crate::v4::Wanted;
use crate::view::Quote;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Markets in our words or the providers', with commas.
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

/// The board of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBoard {
    /// The event's id.
    pub id: String,
    /// The id that was asked for, where the event goes by another since a join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_as: Option<String>,
    /// Our league, or the provider's sport key.
    pub sport: String,
    /// The home (or first) participant.
    pub home: Option<String>,
    /// The away (or second) participant.
    pub away: Option<String>,
    /// When it starts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Moment>,
    /// Where it stands, where a provider says.
    pub status: Option<String>,
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Moment,
    /// What providers call it.
    pub listings: Vec<Listed>,
    /// The quotes; one that several providers deliver is here once, from the freshest, with all of them in its `sources`.
    pub quotes: Vec<Quote>,
    /// What was asked for and is not there, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Absence>,
}

/// The board of one event: every quote, with its state and its times.
#[utoipa::path(get, path = "/v1/events/{id}/odds", params(("id" = String, Path, description = "The event's id"), Ask), tag = "odds",
    responses((status = 200, body = EventBoard), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(Extract(state): Extract<Arc<State>>, Path(id): Path<String>, Asked(ask): Asked<Ask>) -> Result<Json<EventBoard>, Problem> {
    state.blocking(move |state| answer(state, &id, &ask)).await.map(Json)
}

fn answer(state: &State, id: &str, ask: &Ask) -> Result<EventBoard, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let wish = Wish {
        market: ask.market.as_ref(),
        book: ask.book.as_ref(),
        provider: ask.provider.as_ref(),
        player: None,
        props: None,
        updated_after: None,
        format: format(ask.format.as_ref())?,
        when,
    };
    let board = of_event(state, id, &wish)?;
    if ask.as_of.is_none() {
        state.v4.want(&board.sport, Wanted::Odds);
    }
    Ok(board)
}

/// The board of an event by its id.
pub fn of_event(state: &State, id: &str, wish: &Wish<'_>) -> Result<EventBoard, Problem> {
    let row = state.event(id, wish.when.cut)?;
    let told = contest::told(state, &row, wish.when)?;
    let found = wish.find(state, &row, sides::of(&told).as_ref(), &state.aggregates()?)?;
    Ok(shown(&row, &told, wish.when.at, found))
}

/// The board of an event by what is told of it, with the quotes that were found.
pub fn shown(row: &store::EventRow, told: &[contest::Told], as_of: Moment, found: Found) -> EventBoard {
    let board = contest::event(row, told).map_or_else(|| unknown(row, as_of), |event| board(event, as_of));
    EventBoard { quotes: found.quotes, absent: found.absent, ..board }
}

/// A board without quotes yet.
pub fn board(event: contest::Event, as_of: Moment) -> EventBoard {
    EventBoard {
        id: event.id,
        asked_as: event.asked_as,
        sport: event.sport,
        home: event.home.or(event.title),
        away: event.away,
        starts_at: event.starts_at,
        status: event.status,
        as_of,
        listings: event.listings,
        quotes: Vec::new(),
        absent: Vec::new(),
    }
}

/// An event of which nothing was known at the moment.
fn unknown(row: &store::EventRow, as_of: Moment) -> EventBoard {
    EventBoard {
        id: row.id.to_string(),
        asked_as: row.asked_as.clone(),
        sport: row.listings[0].league.clone().unwrap_or_else(|| row.listings[0].sport.clone()),
        home: None,
        away: None,
        starts_at: None,
        status: None,
        as_of,
        listings: Vec::new(),
        quotes: Vec::new(),
        absent: Vec::new(),
    }
}
