//! A call that went out, and what came of it: the reply is recorded, its row in the ledger closed.

use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use providers::{Ask, Call, Meter, Provider, What};
use store::StoreError;
use store::asks::AskEnd;

use super::ledger::{self, billed, end_of};
use super::wire::{Fault, FaultKind, WireReply};
use crate::record::Recorder;
use crate::schedule::Outcome;

/// The request for the page that follows, however the provider counts its pages. A walk over neighbouring moments of history is none.
#[must_use]
pub fn page<'a>(ask: &Ask, asked: &Request, next: Option<&'a Request>) -> Option<&'a Request> {
    let is_walk = ask.at.is_some() && matches!(ask.what, What::HistoricalOdds | What::HistoricalEvents | What::HistoricalEventOdds);
    next.filter(|next| !is_walk && next.path == asked.path && next.query != asked.query)
}

/// What came of one call.
pub(super) struct Answered {
    pub(super) ask: Ask,
    pub(super) sent_at: Moment,
    pub(super) reserved: i64,
    pub(super) endpoint: &'static str,
    pub(super) outcome: Outcome,
    pub(super) word: &'static str,
    pub(super) reason: String,
    pub(super) billed: Option<i64>,
    pub(super) meter: Meter,
    pub(super) retry_after: Option<Moment>,
    pub(super) done_at: Moment,
    pub(super) next: Option<Call>,
}

/// A call that went out.
pub(super) struct Sent {
    pub(super) id: i64,
    pub(super) sent_at: Moment,
    pub(super) ask: Ask,
    pub(super) call: Call,
    pub(super) reserved: i64,
    pub(super) at: Moment,
}

impl Sent {
    pub(super) fn take_reply(self, recorder: &Recorder, provider: &dyn Provider, came: WireReply) -> Result<Answered, StoreError> {
        let reply = Reply {
            provider: provider.key(),
            endpoint: self.call.endpoint,
            request: &self.call.request,
            status: came.head.status,
            headers: &came.head.headers,
            body: &came.body,
            fetched_at: self.at,
            basis: Basis::Fetched,
            sport: None,
        };
        let meter = provider.meter(&reply).unwrap_or_default();
        let recorded = recorder.take(std::slice::from_ref(&reply), Some(self.id))?.pop();
        let verdict = recorded.as_ref().map_or_else(|| provider.judge(&reply), |recorded| recorded.verdict.clone());
        let billed = billed(Some(came.head.status), meter, self.reserved);
        let end = AskEnd {
            detail: verdict.reason(),
            reply: recorded.as_ref().map(|recorded| recorded.reply),
            ..end_of(verdict.as_str(), billed, meter)
        };
        recorder.store().end_ask(self.id, self.at, &end)?;
        let retry_after = ledger::patience(&verdict, self.at);
        let next = recorded.and_then(|recorded| recorded.next);
        let next = page(&self.ask, &self.call.request, next.as_ref()).map(|request| Call { request: request.clone(), ..self.call.clone() });
        let answered = self.answered(Outcome::from(&verdict), (verdict.as_str(), verdict.reason()), billed, meter, retry_after);
        Ok(Answered { next, ..answered })
    }

    pub(super) fn take_fault(self, recorder: &Recorder, provider: &dyn Provider, fault: &Fault) -> Result<Answered, StoreError> {
        let meter = fault.head.as_ref().map_or_else(Meter::default, |head| {
            let (request, headers) = (&self.call.request, &head.headers);
            let (key, endpoint) = (provider.key(), self.call.endpoint);
            let bare = Reply {
                provider: key,
                endpoint,
                request,
                status: head.status,
                headers,
                body: b"",
                fetched_at: self.at,
                basis: Basis::Fetched,
                sport: None,
            };
            provider.meter(&bare).unwrap_or_default()
        });
        let billed = match fault.kind {
            FaultKind::Unreachable => Some(0),
            _ => billed(fault.head.as_ref().map(|head| head.status), meter, self.reserved),
        };
        let end = AskEnd { detail: &fault.detail, ..end_of(fault.kind.as_str(), billed, meter) };
        recorder.store().end_ask(self.id, self.at, &end)?;
        let word = fault.kind.as_str();
        Ok(self.answered(ledger::outcome(word), (word, &fault.detail), billed, meter, None))
    }

    fn answered(
        self,
        outcome: Outcome,
        (word, reason): (&'static str, &str),
        billed: Option<i64>,
        meter: Meter,
        retry_after: Option<Moment>,
    ) -> Answered {
        let Self { sent_at, ask, reserved, at, call, .. } = self;
        let (endpoint, reason) = (call.endpoint, reason.to_owned());
        Answered { ask, sent_at, reserved, endpoint, outcome, word, reason, billed, meter, retry_after, done_at: at, next: None }
    }
}
