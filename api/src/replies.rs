//! `GET /v1/replies/{id}` and its bytes: where a number came from.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use odds::Moment;
use odds::diff::Counts;
use serde::Serialize;
use serde_json::Value;
use store::{EntryOfReply, KeptReply};
use utoipa::ToSchema;

use crate::asked::Asked;
use crate::names::Nothing;
use crate::problem::Problem;
use crate::state::State;

/// One reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyShown {
    /// Its id.
    id: String,
    /// The provider.
    provider: String,
    /// The endpoint.
    endpoint: String,
    /// What was asked, without secrets; empty where a stored file came without its request.
    #[schema(value_type = Object)]
    request: Value,
    /// The HTTP status.
    status: u16,
    /// When the bytes arrived, or the moment that stands for it.
    #[schema(value_type = String, format = DateTime)]
    fetched_at: Moment,
    /// What that moment rests on: `stated`, `fetched`, `phase` or `assumed`.
    basis: &'static str,
    /// When it was archived.
    #[schema(value_type = String, format = DateTime)]
    archived_at: Moment,
    /// `recorded`, `pending` (archived, not in the log yet) or `set_aside` (kept; no answer that could be read).
    state: String,
    /// What the log says of it; absent until it is recorded.
    entry: Option<EntryShown>,
    /// Where its bytes are.
    raw: String,
}

/// What became of a reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryShown {
    /// Its place in the log.
    seq: i64,
    /// The provider's sport key.
    sport: String,
    /// What silence in it would have meant: what was asked for.
    #[schema(value_type = Object)]
    scope: Value,
    /// The latest moment that it describes.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Moment,
    /// What that rests on.
    observed_basis: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Moment,
    /// The version of the decoder that read it.
    decoder: i64,
    /// Listings that it speaks of.
    listings: i64,
    /// Changes of facts that it brought.
    facts: i64,
    /// What became of its outcomes.
    #[schema(value_type = Object)]
    counts: Counts,
    /// Whether every outcome is accounted for, and every quote that stood.
    is_conserved: bool,
    /// What could not be used, and why.
    problems: Vec<ProblemShown>,
}

/// Something that could not be used.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemShown {
    /// Where it stands in the reply.
    path: String,
    /// Why it was refused.
    reason: String,
    /// What stood there.
    detail: String,
}

/// One reply: what was asked, when it came, what became of every outcome in it.
#[utoipa::path(get, path = "/v1/replies/{id}", params(("id" = String, Path, description = "The reply's id: 16 hexadecimal digits")), tag = "evidence",
    responses((status = 200, body = ReplyShown), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    Extract(state): Extract<Arc<State>>,
    Path(id): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Json<ReplyShown>, Problem> {
    state.blocking(move |state| answer(state, &id)).await.map(Json)
}

fn find(state: &State, id: &str) -> Result<KeptReply, Problem> {
    let right = "a reply id has 16 hexadecimal digits, as `reply` in quotes and changes gives them";
    let parsed = id.parse().map_err(|_| Problem::not_found("reply", id, right))?;
    state.store.reply(parsed)?.ok_or_else(|| Problem::not_found("reply", id, right))
}

fn answer(state: &State, id: &str) -> Result<ReplyShown, Problem> {
    let reply = find(state, id)?;
    let entry = state.store.entry_of(reply.id)?.map(shown);
    Ok(ReplyShown {
        id: reply.id.to_string(),
        provider: reply.provider,
        endpoint: reply.endpoint,
        request: serde_json::to_value(&reply.request).unwrap_or_default(),
        status: reply.status,
        fetched_at: reply.fetched_at,
        basis: reply.basis.as_str(),
        archived_at: reply.archived_at,
        state: reply.state,
        entry,
        raw: format!("/v1/replies/{}/raw", reply.id),
    })
}

fn shown(entry: EntryOfReply) -> EntryShown {
    let problems = entry.problems.into_iter().map(|(path, reason, detail)| ProblemShown { path, reason, detail });
    EntryShown {
        seq: entry.seq.0,
        sport: entry.sport,
        scope: serde_json::to_value(&entry.scope).unwrap_or_default(),
        observed_at: entry.observed_at,
        observed_basis: entry.basis,
        recorded_at: entry.recorded_at,
        decoder: entry.decoder,
        listings: entry.listings,
        facts: entry.facts,
        is_conserved: entry.counts.is_conserved(),
        counts: entry.counts,
        problems: problems.collect(),
    }
}

/// The bytes of a reply, as they were archived: secrets removed, nothing else.
#[utoipa::path(get, path = "/v1/replies/{id}/raw", params(("id" = String, Path, description = "The reply's id: 16 hexadecimal digits")), tag = "evidence",
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn raw(
    Extract(state): Extract<Arc<State>>,
    Path(id): Path<String>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let (kind, body) = state
        .blocking(move |state| {
            let reply = find(state, &id)?;
            let body = state.store.body(&reply)?;
            Ok((content_type(&body), body))
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, kind), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], body).into_response())
}

/// By the bytes: what a provider sends as HTML is shown as text, so that nobody's page runs under our address.
fn content_type(body: &[u8]) -> &'static str {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() => "application/json",
        _ if std::str::from_utf8(body).is_ok() => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_page_is_never_served_as_one() {
        let kinds = [
            (&b" [1]"[..], "application/json"),
            (b"<html>", "text/plain; charset=utf-8"),
            (b"\xe9", "application/octet-stream"),
            (b"{half", "text/plain; charset=utf-8"),
        ];
        for (body, kind) in kinds {
            assert_eq!(content_type(body), kind);
        }
    }
}
