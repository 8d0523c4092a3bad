//! `POST /v1/boards`: a table of events and moments in, the board of each out, in the order asked.
//!
//! What is answered of a row is what `GET /v1/events/{id}/odds?as_of=` answers. Rows are answered some at a time, so that neither side
//! holds all of an answer; rows of one event that stand together share one reading of its history.

mod answer;
mod rows;
mod table;
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
use crate::parts::{self, OnPart, TERMS};
use crate::problem::Problem;
use crate::state::State;

use answer::Answering;
pub use answer::BoardLine;
use rows::{Form, LONGEST, MOST};
use table::Streamed;

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
    answer(state, ask, request, "application/x-ndjson", as_lines).await
}

/// The same as an Arrow stream: a row a quote, with its prices exact; `docs/tables.md` has the columns.
#[utoipa::path(post, path = "/v1/boards.arrow", params(Ask), tag = "odds", operation_id = "boards_arrow",
    request_body(content((RowAsked = "application/x-ndjson"), (String = "text/csv"))),
    responses((status = 200, description = "The Arrow IPC stream format", body = Vec<u8>, content_type = "application/vnd.apache.arrow.stream"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json")))]
pub async fn arrow(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>, request: Request) -> Result<Response, Problem> {
    if let Some(format) = ask.format.as_ref().filter(|format| *format != "decimal") {
        return Err(Problem::bad_parameter("format", format, "a table has decimal odds, exact in `price_exact`"));
    }
    answer(state, ask, request, "application/vnd.apache.arrow.stream", as_table).await
}

/// How answers are written, part by part.
type Writes = fn(&mut Answering<'_>, OnPart<'_>) -> Result<(), Problem>;

async fn answer(state: Arc<State>, ask: Ask, request: Request, kind: &'static str, write: Writes) -> Result<Response, Problem> {
    format(ask.format.as_ref())?;
    let (parts, body) = request.into_parts();
    let form = Form::of(parts.headers.get(header::CONTENT_TYPE))?;
    let too_large = |_| Problem::too_large(&format!("a table has at most {MOST} rows and {LONGEST} bytes"));
    let body = to_bytes(body, LONGEST).await.map_err(too_large)?;
    let turn = TURNS.acquire().await.map_err(|_| Problem::internal())?;
    let made = parts::body(TERMS, move |on_part| {
        let _turn = turn;
        let rows = rows::read(form, &body)?;
        write(&mut Answering::new(&state, &ask, &rows)?, on_part)
    });
    Ok(([(header::CONTENT_TYPE, kind)], made.await?).into_response())
}

/// Writes a board a line, until all are written or nobody takes them.
fn as_lines(answering: &mut Answering<'_>, on_part: OnPart<'_>) -> Result<(), Problem> {
    for part in answering.parts(TOGETHER) {
        if !on_part(answering.lines(part)?) {
            return Ok(());
        }
    }
    Ok(())
}

/// Writes a row a quote.
fn as_table(answering: &mut Answering<'_>, on_part: OnPart<'_>) -> Result<(), Problem> {
    let mut is_wanted = true;
    let mut take = |part| {
        is_wanted = on_part(part);
        is_wanted
    };
    let mut written = || -> Result<(), Failed> {
        let mut streamed = Streamed::to(&mut take)?;
        for part in answering.parts(TOGETHER) {
            streamed.write(&answering.answers(part)?)?;
        }
        Ok(streamed.finish()?)
    };
    match written() {
        Err(Failed::Written(error)) if is_wanted => {
            tracing::error!(error = &error as &dyn std::error::Error, "boards could not be written as a table");
            Err(Problem::internal())
        }
        Err(Failed::Told(problem)) => Err(problem),
        Ok(()) | Err(Failed::Written(_)) => Ok(()),
    }
}

/// Why a table was not written to its end.
enum Failed {
    Told(Problem),
    Written(tables::TablesError),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

impl From<tables::TablesError> for Failed {
    fn from(error: tables::TablesError) -> Self {
        Self::Written(error)
    }
}
