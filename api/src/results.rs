//! `GET /v1/results`: scores.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::Moment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, Length, When, span};
use crate::contest::Event;
use crate::problem::Problem;
use crate::state::State;
use crate::walk::Walk;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// No earlier start.
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later start.
    #[param(format = DateTime)]
    to: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// 1 to 500; 100 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// A page of results.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    /// Events with a score, or that are over, by start.
    results: Vec<Event>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

const LENGTH: Length = Length { usual: 100, most: 500 };

/// Scores: final ones and those so far, by `status`.
#[utoipa::path(get, path = "/v1/results", params(Ask), tag = "events", responses((status = 200, body = Results)))]
pub async fn list(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>) -> Result<Json<Results>, Problem> {
    state.blocking(move |state| answer(state, &ask)).await.map(Json)
}

fn answer(state: &State, ask: &Ask) -> Result<Results, Problem> {
    let (from, to) = span(ask.from.as_ref(), ask.to.as_ref())?;
    let walk = Walk {
        sport: ask.sport.as_ref(),
        status: None,
        participant: None,
        from,
        to,
        is_recent: false,
        cursor: ask.cursor.as_ref(),
        limit: LENGTH.read(ask.limit.as_ref())?,
        when: When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?,
    };
    let mut results = Vec::new();
    let next = walk.each(state, |met| {
        let is_result = met.event.scores.is_some() || met.event.status.as_deref() == Some("final");
        if is_result {
            results.push(met.event);
        }
        Ok(is_result)
    })?;
    let absent = if results.is_empty() {
        Some(of_sport(state, ask.sport.as_ref(), "no provider has told a score of an event that fits")?)
    } else {
        None
    };
    Ok(Results { as_of: walk.when.at, results, next, absent })
}
