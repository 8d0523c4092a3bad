//! `POST /v1/boards`: a table of events and moments in, the board of each out, in the order asked.
//!
//! What is answered of a row is what `GET /v1/events/{id}/odds?as_of=` answers. Rows are answered some at a time, so that neither side
//! holds all of an answer; rows of one event that stand together share one reading of its history.

mod answer;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State as Extract};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use crate::asked::{Asked, format};
use crate::parts::{self, OnPart, PATIENCE};
use crate::problem::Problem;
use crate::state::State;

use answer::Answering;
pub use answer::BoardLine;
use rows::{Form, LONGEST, MOST};

/// What can be asked of all rows alike.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Markets in our words or the providers', with commas.
    market: Option<String>,
    /// Books by our key or the providers', with commas.
    book: Option<String>,
    /// Providers whose word alone is wanted, with commas; of all, each quote is shown once, from the freshest.
    provider: Option<String>,
    /// A part of a player's name in any spelling, or a player's id: player props alone.
    player: Option<String>,
    /// `decimal` (where nothing is said), `american` or `fractional`.
    format: Option<String>,
    /// By what had been recorded at this moment, for rows that do not say so themselves.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// A row of the table.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RowAsked {
    /// The event's id, or what a provider calls it.
    pub event_id: String,
    /// As of this moment of the world.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// By what had been recorded at this moment.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub known_at: Option<String>,
}

/// Rows that are answered together, from one state of the store.
const TOGETHER: usize = 128;
/// Tables that are answered at once: each keeps a core and a connection busy.
static TURNS: Semaphore = Semaphore::const_new(2);

/// The boards of many events, each as of its own moment: a table of `event_id` and `as_of` in, a board a line out, in the order asked.
///
/// The table is CSV (`text/csv`, with a header) or JSON lines (`application/x-ndjson`), at most 10,000 rows; rows of one event that stand
/// together are answered fastest. A row whose event is not known says so in `absent`; the others are answered. Where something fails on
/// the way the answer breaks off before its last line.
#[utoipa::path(post, path = "/v1/boards", params(Ask), tag = "odds", operation_id = "boards",
    request_body(content((RowAsked = "application/x-ndjson"), (String = "text/csv"))),
    responses((status = 200, body = BoardLine, content_type = "application/x-ndjson"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json")))]
pub async fn lines(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>, request: Request) -> Result<Response, Problem> {
    format(ask.format.as_ref())?;
    let (parts, body) = request.into_parts();
    let form = Form::of(parts.headers.get(header::CONTENT_TYPE))?;
    let body =
        to_bytes(body, LONGEST).await.map_err(|_| Problem::too_large(&format!("a table has at most {MOST} rows and {LONGEST} bytes")))?;
    let turn = TURNS.acquire().await.map_err(|_| Problem::internal())?;
    let made = parts::body(PATIENCE, move |on_part| {
        let _turn = turn;
        answer(&state, &ask, form, &body, on_part)
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], made.await?).into_response())
}

/// Answers the rows, some at a time, until all are or nobody takes them.
fn answer(state: &State, ask: &Ask, form: Form, body: &[u8], on_part: OnPart<'_>) -> Result<(), Problem> {
    let rows = rows::read(form, body)?;
    let mut answering = Answering::new(state, ask, &rows)?;
    for from in (0..rows.len()).step_by(TOGETHER) {
        let part = answering.lines(from..rows.len().min(from + TOGETHER))?;
        if !on_part(part) {
            return Ok(());
        }
    }
    Ok(())
}
