//! Whether we live, whether we can serve, how well, and what the checks found: `/livez`, `/readyz`, `/v1/health`, `/v1/quality`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State as Extract;
use odds::{Moment, Seq};
use serde::{Deserialize, Serialize};
use store::{FindingRow, Freshness};
use utoipa::IntoParams;

use crate::asked::{Asked, moment};
use crate::live::Live;
use crate::problem::Problem;
use crate::reads::Told;
use crate::state::State;
use crate::trouble::troubles;
use crate::words::WordsQuality;

/// Entries by which a provider's freshness is told.
pub(crate) const RECENT_ENTRIES: i64 = 20_000;
const DAY_SECS: i64 = 86_400;
/// A store that does not answer within this cannot serve.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Whether the process lives.
#[utoipa::path(get, path = "/livez", tag = "health", operation_id = "livez", responses((status = 200, description = "The process is alive", body = String)))]
pub async fn livez() -> &'static str {
    "alive\n"
}

/// Whether it can serve: 503 where the store does not answer.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "readyz",
    responses((status = 200, description = "Able to serve", body = String), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn readyz(Extract(live): Extract<Arc<Live>>) -> Result<&'static str, Problem> {
    // One asks at a time: a store that hangs must not take every thread.
    let turn = tokio::time::timeout(ANSWER_WITHIN, Arc::clone(&live.is_asking).acquire_owned()).await;
    let slow = || Problem::unavailable("the store does not answer");
    let turn = turn.map_err(|_| slow())?.map_err(|_| slow())?;
    let asking = live.state.blocking(move |state| {
        let asked = state.store.head();
        drop(turn);
        asked.map(drop).map_err(|error| Problem::unavailable(&format!("the store cannot be read: {error}")))
    });
    tokio::time::timeout(ANSWER_WITHIN, asking).await.map_err(|_| slow())??;
    Ok("ready\n")
}

/// Why something is not as it should be.
#[derive(Debug, Serialize)]
struct Reason {
    what: &'static str,
    detail: String,
}

/// A fact that passed from one provider to the next in rank.
#[derive(Debug, Serialize)]
struct Handover {
    /// The kind of fact and the league: `odds/basketball.nba`.
    fact: String,
    /// `from A to B: why`.
    passed: String,
    at: Moment,
    /// When it passed back, or on to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Moment>,
}

impl From<FindingRow> for Handover {
    fn from(row: FindingRow) -> Self {
        Self { fact: row.subject, passed: row.detail, at: row.opened_at, until: row.closed_at }
    }
}

/// How we are.
#[derive(Debug, Serialize)]
pub struct Health {
    status: &'static str,
    reasons: Vec<Reason>,
    seq: Option<Seq>,
    followed: Seq,
    stream_clients: usize,
    source: &'static str,
    /// What passed from one provider to the next in rank in the last day, and back: open ones stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    handovers: Vec<Handover>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads: Option<Told>,
    at: Moment,
}

/// How it is, with reasons: a provider that does not answer, a store that fails, a replay in the place of live prices.
#[utoipa::path(get, path = "/v1/health", tag = "health", operation_id = "health",
    responses((status = 200, description = "`ok` or `degraded`, with the reasons", body = serde_json::Value,
        example = json!({"status": "ok", "reasons": [], "seq": 6, "followed": 6, "stream_clients": 0, "source": "live", "at": "2026-11-23T13:06:24Z"}))))]
pub async fn health(Extract(live): Extract<Arc<Live>>) -> Result<Json<Health>, Problem> {
    let asking = Arc::clone(&live);
    live.state.blocking(move |state| Ok(Json(how(&asking, state)))).await
}

fn how(live: &Live, state: &State) -> Health {
    let mut reasons = Vec::new();
    let head = state.store.head();
    let seq = head.as_ref().ok().map(|head| head.seq);
    if let Err(error) = head {
        reasons.push(Reason { what: "store", detail: error.to_string() });
    }
    let reads = live.reads.told();
    if let Some(reason) = reads.as_ref().and_then(Told::reason) {
        reasons.push(Reason { what: "replica", detail: format!("reads go to the primary: {reason}") });
    }
    if let Some(trouble) = live.tail.trouble() {
        reasons.push(Reason { what: "tail", detail: trouble });
    }
    if let Some(why) = &live.options.replay_because {
        reasons.push(Reason { what: "replay", detail: format!("no live prices: {why}; a recorded season is shown") });
    }
    match troubles(&state.store, (state.now)()) {
        Ok(troubles) => reasons.extend(troubles.into_iter().map(|detail| Reason { what: "provider", detail })),
        Err(error) if seq.is_some() => reasons.push(Reason { what: "asks", detail: error.to_string() }),
        Err(_) => {}
    }
    match state.store.open_findings() {
        Ok(findings) => {
            let grave = findings.into_iter().filter(|finding| finding.severity == "error");
            reasons.extend(grave.map(|finding| Reason { what: "finding", detail: format!("{}: {}", finding.kind, finding.detail) }));
        }
        Err(error) if seq.is_some() => reasons.push(Reason { what: "findings", detail: error.to_string() }),
        Err(_) => {}
    }
    let handovers = match state.store.handovers_since((state.now)().plus_secs(-DAY_SECS)) {
        Ok(rows) => rows.into_iter().map(Handover::from).collect(),
        Err(error) if seq.is_some() => {
            reasons.push(Reason { what: "handovers", detail: error.to_string() });
            Vec::new()
        }
        Err(_) => Vec::new(),
    };
    Health {
        status: if reasons.is_empty() { "ok" } else { "degraded" },
        reasons,
        seq,
        followed: live.tail.position(),
        stream_clients: live.tail.listeners(),
        source: if state.is_replay { "replay" } else { "live" },
        handovers,
        reads,
        at: (state.now)(),
    }
}

/// How a provider is, by what came lately and what was asked in the last day.
#[derive(Debug, Serialize)]
struct ProviderQuality {
    provider: String,
    observed_at: Moment,
    observed_age_secs: f64,
    recorded_at: Moment,
    entries: i64,
    refused: i64,
    last_asked_at: Option<Moment>,
    asks_last_day: i64,
    credits_last_day: i64,
}

/// What the checks found, how fresh each provider is, and what of its words is understood.
#[derive(Debug, Serialize)]
pub struct Quality {
    findings: Vec<FindingRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    providers: Option<Vec<ProviderQuality>>,
    #[serde(flatten)]
    words: Option<WordsQuality>,
    at: Moment,
}

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QualityAsk {
    /// Refused with its reason: findings are kept by when they were found (`known_at`).
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// The findings that were open at this moment, and nothing else.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// Why `as_of` is refused.
const BY_FINDING: &str = "findings are of when the checks found them, not of the world's time: ask known_at instead";

/// Whether the data can be trusted: open findings, how fresh each provider is, which words are not understood.
#[utoipa::path(get, path = "/v1/quality", params(QualityAsk), tag = "health", operation_id = "quality",
    responses((status = 200, description = "Open findings, how fresh each provider is, the words that are not understood yet, and what newer meanings changed", body = serde_json::Value,
        example = json!({"findings": [], "providers": [{"provider": "football-data", "observed_at": "2022-08-15T22:59:59Z", "observed_age_secs": 0.0, "recorded_at": "2026-11-23T13:06:24.438942Z", "entries": 6, "refused": 0, "last_asked_at": null, "asks_last_day": 0, "credits_last_day": 0}], "words": [{"provider": "football-data", "kind": "market", "met": 3, "unknown": 0}], "unknown": [], "unknown_left_off": 0, "meanings": [{"provider": "football-data", "version": 1, "target": 1, "read_up_to": 0}], "meaning_changes": [], "at": "2022-08-15T22:59:59Z"}))))]
pub async fn quality(Extract(live): Extract<Arc<Live>>, Asked(ask): Asked<QualityAsk>) -> Result<Json<Quality>, Problem> {
    live.state.blocking(move |state| Ok(Json(quality_known(state, &ask)?))).await
}

/// How fresh a provider was can no longer be told once more has come, so an answer about the past has the findings alone.
fn quality_known(state: &State, ask: &QualityAsk) -> Result<Quality, Problem> {
    if let Some(as_of) = &ask.as_of {
        return Err(Problem::bad_parameter("as_of", as_of, BY_FINDING));
    }
    match moment("known_at", ask.known_at.as_ref())? {
        Some(at) => Ok(Quality { findings: state.store.findings_at(at)?, providers: None, words: None, at }),
        None => judge(state),
    }
}

fn judge(state: &State) -> Result<Quality, Problem> {
    let at = (state.now)();
    let head = state.store.head()?.seq;
    let asked = state.store.asked_since(at.plus_secs(-DAY_SECS))?;
    let of_provider = |fresh: Freshness| {
        let mine = || asked.iter().filter(|one| one.provider == fresh.provider);
        ProviderQuality {
            observed_age_secs: at.secs_since(fresh.observed_at),
            last_asked_at: mine().filter_map(|one| one.sent_at).max(),
            asks_last_day: mine().map(|one| one.asks).sum(),
            credits_last_day: mine().map(|one| one.credits).sum(),
            observed_at: fresh.observed_at,
            recorded_at: fresh.recorded_at,
            entries: fresh.entries,
            refused: fresh.refused,
            provider: fresh.provider,
        }
    };
    let providers = state.store.freshness(Seq((head.0 - RECENT_ENTRIES).max(0)))?.into_iter().map(of_provider).collect();
    let words = Some(WordsQuality::of(&state.store)?);
    Ok(Quality { findings: state.store.open_findings()?, providers: Some(providers), words, at })
}
