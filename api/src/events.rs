//! `GET /v1/events`: events by their starts, a page at a time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::Moment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, Length, When, one_of, span};
use crate::contest::Event;
use crate::problem::Problem;
use crate::state::State;
use crate::walk::Walk;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Leagues (`basketball.nba`), sports (`basketball`) or providers' keys (`basketball_nba`), with commas.
    sport: Option<String>,
    /// Statuses, with commas: scheduled, live, delayed, suspended, postponed, cancelled, final.
    status: Option<String>,
    /// No earlier start. Without `from` and `to` the list begins with the games of yesterday, by each league's own day.
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later start; events without a known start are left out then.
    #[param(format = DateTime)]
    to: Option<String>,
    /// A part of a participant's name.
    participant: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// 1 to 200; 50 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    /// The events, by start; those without one come last.
    events: Vec<Event>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

const LENGTH: Length = Length { usual: 50, most: 200 };
const STATUSES: &[&str] = &["scheduled", "live", "delayed", "suspended", "postponed", "cancelled", "final"];

/// Events, by start; where neither `from` nor `to` is said, from yesterday on.
#[utoipa::path(get, path = "/v1/events", params(Ask), tag = "events",
    responses((status = 200, body = Events), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub async fn list(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>) -> Result<Json<Events>, Problem> {
    state.blocking(move |state| answer(state, &ask)).await.map(Json)
}

fn answer(state: &State, ask: &Ask) -> Result<Events, Problem> {
    one_of("status", ask.status.as_ref(), STATUSES)?;
    let (from, to) = span(ask.from.as_ref(), ask.to.as_ref())?;
    let is_recent = from.is_none() && to.is_none();
    let walk = Walk {
        sport: ask.sport.as_ref(),
        status: ask.status.as_ref(),
        participant: ask.participant.as_ref(),
        from,
        to,
        is_recent,
        cursor: ask.cursor.as_ref(),
        limit: LENGTH.read(ask.limit.as_ref())?,
        when: When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?,
    };
    let mut events = Vec::new();
    let next = walk.each(state, |met| {
        events.push(met.event);
        Ok(true)
    })?;
    let none = if is_recent {
        "no event from yesterday on fits what was asked: say `from` for earlier ones"
    } else {
        "no event that is known fits what was asked"
    };
    let absent = if events.is_empty() { Some(of_sport(state, ask.sport.as_ref(), none)?) } else { None };
    Ok(Events { as_of: walk.when.at, events, next, absent })
}
