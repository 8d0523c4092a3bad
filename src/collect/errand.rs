//! An errand: one call for whoever does not run a desk. Intent, call, reply to record and end of the row are the same as live.

use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use providers::{Ask, Auth, Call};
use store::StoreError;
use store::asks::{Begun, Intent};

use super::collector::Doors;
use super::desk::{Brief, blocking};
use super::ledger::{self, Under};
use super::sent::Sent;
use super::wire::{Fault, FaultKind, Outgoing};
use crate::record::Recorder;
use crate::schedule::{Outcome, Purpose};

/// Who asks, and what for.
#[derive(Clone)]
pub struct Errands {
    /// The provider, its key and where it answers.
    pub brief: Brief,
    /// Clock, alarm and wire.
    pub doors: Doors,
    /// Where replies go.
    pub recorder: Arc<Recorder>,
    /// The lease under which it is asked.
    pub lease: String,
    /// Who holds it.
    pub holder: String,
    /// What the rows say that it is for.
    pub purpose: String,
}

/// A call whose intent is written.
#[derive(Debug, Clone)]
pub struct Errand {
    /// Its row.
    pub id: i64,
    /// When it goes out.
    pub sent_at: Moment,
    /// What is asked.
    pub ask: Ask,
    /// The call.
    pub call: Call,
}

/// What writing an intent came to.
#[derive(Debug, Clone)]
pub enum Writing {
    /// It is written.
    Done(Box<Errand>),
    /// The lease is another's.
    NotOurs,
    /// The ceiling has no room for it any more.
    NotPaid,
}

/// What came of one.
#[derive(Debug, Clone)]
pub struct Came {
    /// Its row.
    pub id: i64,
    /// What is asked.
    pub ask: Ask,
    /// What it means.
    pub outcome: Outcome,
    /// The word in the ledger.
    pub word: &'static str,
    /// For people.
    pub reason: String,
    /// The most that it could cost.
    pub reserved: i64,
    /// What it cost, where that is known.
    pub billed: Option<i64>,
    /// Until when the provider asks to be left alone.
    pub retry_after: Option<Moment>,
    /// When it came.
    pub done_at: Moment,
    /// The page that follows.
    pub next: Option<Call>,
}

impl Errands {
    /// Writes the intent, on the disk, before anything goes out.
    ///
    /// # Errors
    /// What the store reports: then the call is not to be made.
    pub async fn begin(&self, ask: Ask, call: Call, is_retry: bool) -> Result<Writing, StoreError> {
        let sent_at = self.doors.clock.now();
        let (store, lease, holder) = (Arc::clone(self.recorder.store()), self.lease.clone(), self.holder.clone());
        let (purpose, credits) = (self.purpose.clone(), i64::from(call.credits));
        let (provider, ceilings) = (Arc::clone(&self.brief.provider), self.brief.ceilings);
        let (text, request) = (serde_json::to_string(&ask).unwrap_or_default(), call.request.canonical());
        let begun = blocking(move || {
            let (provider, key) = (&*provider, provider.key());
            let intent =
                Intent { provider: key, ask: &text, request: &request, purpose: &purpose, due_at: sent_at, sent_at, credits, is_retry };
            let under = Under { lease: &lease, holder: &holder, purpose: Purpose::Backfill, ceilings };
            ledger::begin(&store, provider, &intent, under)
        })
        .await?;
        Ok(match begun {
            Begun::Row(id) => Writing::Done(Box::new(Errand { id, sent_at, ask, call })),
            Begun::NotOurs => Writing::NotOurs,
            Begun::NotPaid => Writing::NotPaid,
        })
    }

    /// Makes the call, hands the reply to record and closes the row.
    ///
    /// # Errors
    /// What the store reports: then the row is open still, and closed at the next start.
    pub async fn make(self, errand: Errand) -> Result<Came, StoreError> {
        let Errand { id, sent_at, ask, call } = errand;
        let outgoing = Outgoing {
            base_url: self.brief.base_url.clone(),
            request: call.request.clone(),
            auth: self.brief.provider.offers().auth,
            secret: self.brief.secret.clone().filter(|_| self.brief.provider.offers().auth != Auth::Keyless),
            timeout: self.brief.timeout,
        };
        let deadline = outgoing.timeout + Duration::from_secs(5);
        let came = tokio::time::timeout(deadline, self.doors.wire.call(&outgoing))
            .await
            .unwrap_or_else(|_| Err(Fault { kind: FaultKind::TimedOut, detail: "no end of the call".to_owned(), head: None }));
        let at = self.doors.clock.now();
        let sent = Sent { id, sent_at, ask, reserved: i64::from(call.credits), call, at };
        let (recorder, provider) = (Arc::clone(&self.recorder), Arc::clone(&self.brief.provider));
        let answered = blocking(move || match came {
            Ok(reply) => sent.take_reply(&recorder, &*provider, reply),
            Err(fault) => sent.take_fault(&recorder, &*provider, &fault),
        })
        .await?;
        Ok(Came {
            id,
            ask: answered.ask,
            outcome: answered.outcome,
            word: answered.word,
            reason: answered.reason,
            reserved: answered.reserved,
            billed: answered.billed,
            retry_after: answered.retry_after,
            done_at: answered.done_at,
            next: answered.next,
        })
    }
}
