//! Notes what a call of back-fill came to, from its row in the ledger and its archived reply alone: after a call, or after a crash.

use std::sync::Arc;

use odds::Moment;
use providers::{Ask, Provider};
use store::Store;
use store::asks::AskRow;
use store::backfill::{AnswerRow, PURPOSE};

use super::known::{Frame, PAGE, PART, asked_for};
use crate::collect::page;

/// Ends of calls whose provider may have done its work, though no reply came.
const WITHOUT_REPLY: [&str; 3] = ["lost", "timed_out", "broken"];

/// The note of a row that has an end; `None` where its ask cannot be read, or nobody was reached.
///
/// # Errors
/// What the store reports.
pub fn of_row(store: &Arc<Store>, provider: &dyn Provider, row: &AskRow) -> store::Result<Option<AnswerRow>> {
    let Ok(ask) = serde_json::from_str::<Ask>(&row.ask) else { return Ok(None) };
    if row.outcome == "unreachable" || row.outcome == store::asks::SENT {
        return Ok(None);
    }
    let (mut stamp, mut next_stamp, mut outcome) = (None, None, row.outcome.as_str());
    if row.outcome == "good"
        && let Some(kept) = store.reply_of_ask(row.id)?
    {
        let body = store.body(&kept)?;
        (stamp, next_stamp) = stamps(&body);
        stamp = stamp.or_else(|| ask.at.and_then(|_| provider.stamp(&kept.endpoint, &body)).map(|(at, _)| at));
        // A list is answered with its last page: broken off before, it is asked from its beginning.
        if ask.at.is_none() && page(&ask, &kept.request, provider.decode(&kept.with_body(&body)).next.as_ref()).is_some() {
            outcome = PAGE;
        }
    }
    if row.outcome == "good" && !is_whole(store, provider, &ask, row)? {
        outcome = PART;
    }
    Ok(Some(AnswerRow {
        provider: row.provider.clone(),
        what: ask.what.as_str().to_owned(),
        sport: ask.sport.clone(),
        listing: ask.listing.clone().unwrap_or_default(),
        day: ask.day.clone().unwrap_or_default(),
        asked_for: asked_for(&ask),
        frame: Frame::of(&ask).text(),
        plan: row.purpose.strip_prefix(PURPOSE).unwrap_or_default().to_owned(),
        ask: row.id,
        outcome: outcome.to_owned(),
        detail: row.detail.clone(),
        attempts: 1,
        losses: i64::from(WITHOUT_REPLY.contains(&row.outcome.as_str())),
        stamp,
        next_stamp,
    }))
}

/// Whether an ask of several calls (files of a season) has an end of each of them.
fn is_whole(store: &Store, provider: &dyn Provider, ask: &Ask, row: &AskRow) -> store::Result<bool> {
    let calls = provider.requests(ask);
    if calls.len() < 2 {
        return Ok(true);
    }
    let rows = store.asks_for(&row.provider, &row.purpose)?;
    let has_ended = |request: String| {
        let is_end = |other: &&AskRow| other.ask == row.ask && ["good", "gone", "refused"].contains(&other.outcome.as_str());
        rows.iter().filter(is_end).any(|other| other.request == request)
    };
    Ok(calls.into_iter().all(|call| has_ended(call.request.canonical())))
}

/// The stamps of an envelope of history: its own, and that of the snapshot after it.
fn stamps(body: &[u8]) -> (Option<Moment>, Option<Moment>) {
    #[derive(serde::Deserialize)]
    struct Envelope {
        timestamp: Option<String>,
        next_timestamp: Option<String>,
    }
    let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else { return (None, None) };
    let moment = |text: Option<String>| text.and_then(|text| text.parse().ok());
    (moment(envelope.timestamp), moment(envelope.next_timestamp))
}

/// Notes every row of a provider's back-fills that has an end and no note.
///
/// # Errors
/// What the store reports.
pub fn catch_up(store: &Arc<Store>, provider: &dyn Provider) -> store::Result<()> {
    for row in store.unnoted_asks(provider.key())? {
        if let Some(answer) = of_row(store, provider, &row)? {
            store.note_backfill_answer(&answer)?;
        }
    }
    Ok(())
}
