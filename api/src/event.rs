//! `GET /v1/events/{id}`: one event, with the history of its start and status.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use odds::Moment;
use odds::observation::FactKind;
use odds::timeline::RowContent;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::asked::{Asked, When};
use crate::chances::{Chance, chances};
use crate::contest::{self, Event};
use crate::problem::Problem;
use crate::state::State;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// One event with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventTold {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    #[serde(flatten)]
    event: Event,
    /// What sources themselves give the sides; nobody's price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chances: Vec<Chance>,
    /// Each start that a provider stated, in the order of the world.
    starts_at_history: Vec<Statement>,
    /// Each status that a provider stated.
    status_history: Vec<Statement>,
}

/// A fact that a provider stated.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    /// The provider.
    provider: String,
    /// What it said; absent where it took it back.
    value: Option<String>,
    /// The moment of which it was said.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Moment,
    /// The reply that said so.
    reply: String,
}

/// One event: its start and the history of it, its status, scores and providers' ids.
#[utoipa::path(get, path = "/v1/events/{id}", params(("id" = String, Path, description = "The event's id"), Ask), tag = "events",
    responses((status = 200, body = EventTold), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(Extract(state): Extract<Arc<State>>, Path(id): Path<String>, Asked(ask): Asked<Ask>) -> Result<Json<EventTold>, Problem> {
    state.blocking(move |state| answer(state, &id, &ask)).await.map(Json)
}

fn answer(state: &State, id: &str, ask: &Ask) -> Result<EventTold, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let row = state.event(id, when.cut)?;
    let told = contest::told(state, &row, when)?;
    let event = contest::event(&row, &told).ok_or_else(|| {
        Problem::not_found("event", id, "it is known today, and nothing was known of it at the moment that was asked about")
    })?;
    let (mut starts, mut statuses) = (Vec::new(), Vec::new());
    for one in &told {
        for fact in state.store.fact_rows(one.listing.id, when.cut)? {
            let RowContent::Facts(changes) = &fact.content else { continue };
            for change in changes {
                let history = match change.kind {
                    FactKind::Start => &mut starts,
                    FactKind::Status => &mut statuses,
                    _ => continue,
                };
                let value = change.value.as_deref().map(str::to_owned);
                let provider = one.listing.provider.clone();
                history.push(Statement { provider, value, observed_at: fact.order.at, reply: fact.order.reply.to_string() });
            }
        }
    }
    let chances = chances(state, &told, when)?;
    Ok(EventTold { as_of: when.at, event, chances, starts_at_history: settled(starts), status_history: settled(statuses) })
}

/// In the order of the world, without what a provider said again.
fn settled(mut statements: Vec<Statement>) -> Vec<Statement> {
    statements.sort_by(|a, b| (a.observed_at, &a.provider, &a.reply).cmp(&(b.observed_at, &b.provider, &b.reply)));
    let mut kept: Vec<Statement> = Vec::new();
    for statement in statements {
        let before = kept.iter().rev().find(|before| before.provider == statement.provider);
        if before.is_none_or(|before| before.value != statement.value) {
            kept.push(statement);
        }
    }
    kept
}
