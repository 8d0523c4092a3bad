//! `POST /v1/decisions`: what a person decides of identity. It goes the way of every reply; this room only hands it on.

use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State as Extract};
use odds::decision::{Decision as Said, ListingName, Subject, Verb};
use odds::{Moment, ReplyId, Seq};
use serde::{Deserialize, Serialize};
use store::{Decided, StoreError};
use utoipa::ToSchema;

use crate::decisions::{Decision, shown};
use crate::live::Live;
use crate::problem::Problem;

/// Who records decisions: the route, handed in, so that this room never writes.
pub trait Decides: Send + Sync + std::fmt::Debug {
    /// Records a decision.
    ///
    /// # Errors
    /// What the store reports.
    fn decide(&self, decision: &Said) -> Result<Made, StoreError>;
}

/// What became of a decision.
#[derive(Debug, Clone)]
pub struct Made {
    /// The reply that it is; `None` where it was refused before it was one.
    pub reply: Option<ReplyId>,
    /// Its entry.
    pub seq: Option<Seq>,
    /// Why it changes nothing; empty where it stands.
    pub refused: Vec<String>,
    /// What was decided by it of listings.
    pub decided: Vec<Decided>,
    /// The player whom the name is by it, where it was about one.
    pub player: Option<String>,
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `join`, `refuse`, `split` or `undo`.
    #[schema(value_type = String)]
    what: Verb,
    /// What it is about: `listing` (which event a listing is) or `player` (which player a name is).
    #[serde(default)]
    #[schema(value_type = String, default = "listing")]
    subject: Subject,
    /// The listing: its provider and the provider's id. Of a player the provider's id of him, or the letters of the name as
    /// `matches list` writes them.
    #[schema(value_type = Name)]
    listing: ListingName,
    /// The other listing (or name), for `join` and `refuse`.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    with: Option<ListingName>,
    /// The other event (or player) by its id, where `with` names none.
    #[serde(default)]
    event: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
    /// Who decides; the key's name where nobody is named.
    #[serde(default)]
    by: Option<String>,
}

/// A listing by the words of its provider.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of a listing's name, for the documents")]
pub struct Name {
    /// The provider's key.
    provider: String,
    /// The provider's id of it.
    id: String,
}

/// What a decision came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settled {
    /// The reply that it is: `/v1/replies/{id}`.
    reply: String,
    /// Its place in the log.
    seq: Option<i64>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Moment,
    /// What each listing is from here on.
    decisions: Vec<Decision>,
    /// The player whom the name is from here on, where it was about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    player_id: Option<String>,
}

const LONGEST: usize = 16 << 10;

/// Decides which listing is which event, or which player a name is. A key that may decide is needed, on this machine too.
#[utoipa::path(post, path = "/v1/decisions", tag = "evidence", operation_id = "decide", request_body = Asked, responses((status = 200, body = Settled),
    (status = 400, body = Problem, content_type = "application/problem+json"), (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn post(Extract(live): Extract<Arc<Live>>, request: Request) -> Result<Json<Settled>, Problem> {
    let (parts, body) = request.into_parts();
    let key = live.access.decider(&live.state, &parts).await?;
    let Some(desk) = live.options.decides.clone() else {
        return Err(Problem::unavailable("this process takes no decisions: ask the one that collects, or use `predictive-play matches`"));
    };
    let body = to_bytes(body, LONGEST).await.map_err(|_| Problem::bad_body("a decision is at most 16 KiB of JSON"))?;
    let asked: Asked = serde_json::from_slice(&body).map_err(|error| Problem::bad_body(&format!("no decision: {error}")))?;
    let decision = Said {
        what: asked.what,
        subject: asked.subject,
        listing: asked.listing,
        with: asked.with,
        event: asked.event,
        reason: asked.reason,
        by: asked.by.unwrap_or(key.name),
        made_at: (live.state.now)(),
        found: None,
    };
    if let Some(why) = decision.refused() {
        return Err(Problem::bad_body(&why));
    }
    live.state.blocking(move |_| settle(&*desk, &decision)).await.map(Json)
}

fn settle(desk: &dyn Decides, decision: &Said) -> Result<Settled, Problem> {
    let made = desk.decide(decision)?;
    if !made.refused.is_empty() {
        return Err(Problem::conflict(&made.refused.join("; ")));
    }
    Ok(Settled {
        reply: made.reply.map(|reply| reply.to_string()).unwrap_or_default(),
        seq: made.seq.map(|seq| seq.0),
        made_at: decision.made_at,
        decisions: made.decided.into_iter().map(shown).collect(),
        player_id: made.player,
    })
}
