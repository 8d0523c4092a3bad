//! `GET /v1/decisions` and `/v1/listings/{provider}/{id}`: which listing is which event, and on what evidence.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use odds::{Moment, Seq};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Decided;
use store::ledger::standing;
use utoipa::{IntoParams, ToSchema};

use crate::absence::Absence;
use crate::asked::{Asked, Length, When, cursor, near, one_of, place};
use crate::problem::Problem;
use crate::state::State;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// `founded`, `joined`, `split`, `refused` or `undone`, with commas.
    kind: Option<String>,
    /// `true`: listings alone that wait for a person, with the events that they may be.
    waiting: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// 1 to 500; 100 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// What can be asked of a listing.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListingAsk {
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// A page of decisions, in the order of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decisions {
    decisions: Vec<Decision>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A decision of identity.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// Its place in the log.
    seq: i64,
    /// `founded`, `joined`, `split`, `refused` (the pair in the evidence is never offered again) or `undone`.
    kind: String,
    /// The listing's provider.
    provider: String,
    /// The provider's id of it.
    listing: String,
    /// The event that it is from then on.
    event: String,
    /// Name and version of the rule.
    rule: String,
    /// What it rests on.
    #[schema(value_type = Object)]
    evidence: Value,
    /// Who decided.
    decided_by: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Moment,
}

/// What a provider calls an event, with all that it says of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingShown {
    /// The provider.
    provider: String,
    /// The provider's id.
    id: String,
    /// The provider's sport key.
    sport: String,
    /// Our league, where we know it.
    league: Option<String>,
    /// `contest`, `outright`, `injury_list`, `roster` or `transactions`.
    kind: &'static str,
    /// The event that it is.
    event: String,
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    /// What it says, in the provider's words.
    facts: Vec<FactShown>,
    /// The decisions about it.
    decisions: Vec<Decision>,
    /// What it may be besides, and waits for a person: provider, listing, event and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<CandidateShown>,
}

/// A listing that may be the same event.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateShown {
    /// Its provider.
    provider: String,
    /// The provider's id of it.
    listing: String,
    /// The event that it was when the question was asked.
    event: String,
    /// Why it is left to a person.
    why: String,
}

/// A fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactShown {
    /// What it is about: `start`, `status`, `home` ...
    kind: &'static str,
    /// Which one, where there can be several.
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    /// The value; null where it is gone.
    value: Option<String>,
    /// The moment at which it was said first.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Moment,
    /// The reply that said so.
    reply: String,
}

pub(crate) fn shown(decided: Decided) -> Decision {
    Decision {
        seq: decided.seq.0,
        kind: decided.word().to_owned(),
        provider: decided.provider,
        listing: decided.external_id,
        event: decided.event.to_string(),
        rule: decided.rule,
        evidence: serde_json::from_str(&decided.evidence).unwrap_or(Value::String(decided.evidence)),
        decided_by: decided.decided_by,
        recorded_at: decided.recorded_at,
    }
}

const LENGTH: Length = Length { usual: 100, most: 500 };
const KINDS: &[&str] = &["founded", "joined", "split", "refused", "undone"];
const CHUNK: i64 = 1000;

/// Decisions of identity, with their evidence.
#[utoipa::path(get, path = "/v1/decisions", params(Ask), tag = "evidence", responses((status = 200, body = Decisions)))]
pub async fn list(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>) -> Result<Json<Decisions>, Problem> {
    state.blocking(move |state| answer(state, &ask)).await.map(Json)
}

fn answer(state: &State, ask: &Ask) -> Result<Decisions, Problem> {
    one_of("kind", ask.kind.as_ref(), KINDS)?;
    one_of("waiting", ask.waiting.as_ref(), &["true"])?;
    let when = When::read(state, None, ask.known_at.as_ref())?;
    let limit = LENGTH.read(ask.limit.as_ref())?;
    let mut after = cursor::<2>(ask.cursor.as_ref())?.map_or((Seq(0), -1), |[seq, i]| (Seq(seq), i));
    let mut decisions = Vec::new();
    let next = 'pages: loop {
        let page = state.store.decisions(after, when.cut.known, CHUNK)?;
        let is_last = page.len() < CHUNK as usize;
        for decided in page {
            if decisions.len() == limit {
                break 'pages Some(place(&[after.0.0, after.1]));
            }
            after = (decided.seq, decided.i);
            let is_asked = ask.waiting.is_none() || waits(state, &decided, when.cut.known)?;
            if is_asked && crate::asked::is_wanted(ask.kind.as_ref(), decided.word()) {
                decisions.push(shown(decided));
            }
        }
        if is_last {
            break None;
        }
    };
    let absent = decisions.is_empty().then(|| Absence::not_observed(None, "no decision that fits was recorded by then"));
    Ok(Decisions { decisions, next, absent })
}

/// Whether a decision asked a question that is still open: nobody joined its listing since, nor refused all that it may be.
fn waits(state: &State, decided: &Decided, known: Seq) -> Result<bool, Problem> {
    if !decided.evidence.contains("waits_for_a_person") {
        return Ok(false);
    }
    let all = state.store.decisions_of(decided.listing, known)?;
    let last = standing(&all).into_iter().rev().find(|one| one.places());
    let is_last = last.is_some_and(|last| (last.seq, last.i) == (decided.seq, decided.i));
    Ok(is_last && !state.store.waiting_about(&all, known)?.is_empty())
}

/// What a provider calls an event: its facts, and the decisions about it. The id may hold slashes.
#[utoipa::path(get, path = "/v1/listings/{provider}/{id}", tag = "evidence",
    params(("provider" = String, Path, description = "The provider's key"), ("id" = String, Path, description = "The provider's id"), ListingAsk),
    responses((status = 200, body = ListingShown), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn listing(
    Extract(state): Extract<Arc<State>>,
    Path((provider, id)): Path<(String, String)>,
    Asked(ask): Asked<ListingAsk>,
) -> Result<Json<ListingShown>, Problem> {
    state.blocking(move |state| one(state, &provider, &id, &ask)).await.map(Json)
}

fn one(state: &State, provider: &str, id: &str, ask: &ListingAsk) -> Result<ListingShown, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let Some(row) = state.store.listing_of(provider, id)?.filter(|row| row.founded <= when.cut.known) else {
        return Err(no_listing(state, provider, id)?);
    };
    let decisions = state.store.decisions_of(row.id, when.cut.known)?;
    let event = decisions.last().map_or(row.event, |decided| decided.event).to_string();
    let board = state.store.facts_at(row.id, when.cut)?.unwrap_or_default();
    let fact = |((kind, subject), fact): (&(odds::observation::FactKind, odds::names::Word), &odds::board::Fact)| FactShown {
        kind: kind.as_str(),
        subject: subject.to_string(),
        value: fact.value.as_deref().map(str::to_owned),
        observed_at: fact.said.at,
        reply: fact.said.reply.to_string(),
    };
    Ok(ListingShown {
        provider: row.provider,
        id: row.external_id,
        sport: row.sport,
        league: row.league,
        kind: row.kind.as_str(),
        event,
        as_of: when.at,
        facts: board.facts().iter().map(fact).collect(),
        candidates: state.store.waiting_about(&decisions, when.cut.known)?.into_iter().map(candidate).collect(),
        decisions: decisions.into_iter().map(shown).collect(),
    })
}

fn candidate(candidate: store::ledger::Candidate) -> CandidateShown {
    CandidateShown { provider: candidate.with.provider, listing: candidate.with.listing, event: candidate.event, why: candidate.why }
}

fn no_listing(state: &State, provider: &str, id: &str) -> Result<Problem, Problem> {
    let sports = state.store.sports_listed()?;
    if !sports.iter().any(|one| one.provider == provider) {
        let near = near(provider, sports.iter().map(|one| one.provider.as_str()));
        let right = if near.is_empty() {
            "no reply of this provider was recorded".to_owned()
        } else {
            format!("did you mean {}?", near.join(" or "))
        };
        return Ok(Problem::not_found("provider", provider, &right));
    }
    let start: String = id.chars().take(4).collect();
    let known = state.store.listings_like(provider, &start, 200)?;
    let near = near(id, known.iter().map(String::as_str));
    let right =
        if near.is_empty() { "the provider gave no such id by then".to_owned() } else { format!("did you mean {}?", near.join(" or ")) };
    Ok(Problem::not_found("listing", id, &right))
}
