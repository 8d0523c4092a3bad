//! Where answers are read: at the primary, or at a replica that is some seconds behind. Who gets an answer is told.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderName, HeaderValue};
use odds::Moment;
use serde::Serialize;
use store::Reading;

use crate::state::State;

/// The header that tells how many seconds the replica is behind that an answer was read from; `unknown` where it cannot tell.
pub(crate) const LAG: HeaderName = HeaderName::from_static("x-predictive-play-replica-lag-secs");

/// How long what a replica told of itself holds, in seconds.
const HOLDS_SECS: f64 = 1.0;

/// What a replica told of itself, not older than a second.
#[derive(Default)]
pub(crate) struct Reads {
    last: Mutex<Option<(Moment, Reading)>>,
}

/// Where answers are read, as `/v1/health` tells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_secs: Option<f64>,
    #[serde(skip)]
    reason: Option<String>,
}

impl Told {
    /// Why the replica is not read, where it is not.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl Reads {
    /// Asks the replica how it is, where there is one and it was not asked within the last second. One asks; others do not wait.
    pub(crate) async fn look(&self, state: &Arc<State>) {
        if !state.store.engine().has_replica() {
            return;
        }
        let now = (state.now)();
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.as_ref().is_some_and(|(at, _)| now.secs_since(*at) < HOLDS_SECS) {
                return;
            }
            let before = last.take().map_or(Reading::Primary, |(_, reading)| reading);
            *last = Some((now, before));
        }
        if let Ok(reading) = state.blocking(|state| Ok(state.store.reading())).await {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, reading));
        }
    }

    /// The header of an answer that was read at a replica.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        match &*self.last.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((_, Reading::Replica { lag_secs: Some(lag) })) => HeaderValue::try_from(format!("{lag:.3}")).ok(),
            Some((_, Reading::Replica { lag_secs: None })) => Some(HeaderValue::from_static("unknown")),
            _ => None,
        }
    }

    /// The same for `/v1/health`; `None` where no replica is named.
    pub(crate) fn told(&self) -> Option<Told> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Some(match &last.as_ref()?.1 {
            Reading::Primary => Told { from: "primary", lag_secs: None, reason: None },
            Reading::Replica { lag_secs } => Told { from: "replica", lag_secs: *lag_secs, reason: None },
            Reading::InPlaceOfReplica { reason } => Told { from: "primary", lag_secs: None, reason: Some(reason.clone()) },
        })
    }
}
