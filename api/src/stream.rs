//! `GET /v1/stream`: changes as server-sent events, from any place in the log on, without a gap and without a double.
//!
//! A client that is behind reads the log until it reaches what the tail holds; from there the tail hands it what comes. One that
//! is too slow is cut with a note, and goes on where it was by its `Last-Event-ID`.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State as Extract};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::address::Address;
use crate::change::Filter;
use crate::changes::{Reader, place};
use crate::live::Live;
use crate::problem::Problem;
use crate::tail::{Batch, Joined};

const ENTRIES_AT_ONCE: i64 = 64;
const CHANGES_AT_ONCE: usize = 4096;
/// Bytes that are put together into one write.
const BYTES_AT_ONCE: usize = 64 << 10;
/// How long a reader waits for an entry that the tail has and its own replica has not.
const REPLICA_WAIT: Duration = Duration::from_millis(200);

/// The log as server-sent events, from any place on; withdrawals included.
#[utoipa::path(get, path = "/v1/stream", tag = "live", operation_id = "stream",
    params(
        ("after" = Option<String>, Query, description = "SEQ or SEQ.I to begin after; 0 for the whole log; without it, what comes from now on"),
        ("Last-Event-ID" = Option<String>, Header, description = "SEQ.I: goes on after it, without a gap; beats `after`"),
        ("sport" = Option<String>, Query, description = "Our league or a provider's sport key; several with commas"),
        ("market" = Option<String>, Query, description = "Our market or a provider's key; several with commas"),
        ("book" = Option<String>, Query, description = "Book keys; several with commas"),
        ("provider" = Option<String>, Query, description = "Providers' keys; several with commas"),
        ("event" = Option<String>, Query, description = "Event ids; several with commas"),
        ("kind" = Option<String>, Query, description = "quote, fact, decision; several with commas")
    ),
    responses((status = 200, description = "Server-sent events; the id of each is SEQ.I", body = String, content_type = "text/event-stream")))]
pub async fn get(
    Extract(live): Extract<Arc<Live>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permit = Arc::clone(&live.streams).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::unavailable("as many streams are open as are allowed; try again later"))?;
    let filter = Filter::of_query(&query, &["after"])?;
    let asked = last_event_id(&headers)?.map(|id| ("Last-Event-ID", id));
    let at = match asked.or_else(|| query.get("after").map(|after| ("after", after.clone()))) {
        Some((name, text)) => live.state.blocking(move |state| place(name, &text, state)).await?,
        None => Address::end_of(live.tail.position()),
    };
    let client = Client { live, filter, at, phase: Phase::Beginning, _permit: permit };
    let body = Body::from_stream(futures_util::stream::unfold(client, Client::next));
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, [("x-accel-buffering", "no")], body).into_response())
}

/// Where a client that was cut goes on; an empty one is none, as browsers have it.
fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::bad_parameter("Last-Event-ID", "", "plain letters"))?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

enum Phase {
    Beginning,
    Behind(Option<Box<Reader>>),
    Live(VecDeque<Arc<Batch>>, Receiver<Arc<Batch>>),
    Over,
}

struct Client {
    live: Arc<Live>,
    filter: Filter,
    /// Everything up to here was sent, or is not wanted.
    at: Address,
    phase: Phase,
    _permit: OwnedSemaphorePermit,
}

type Sent = Option<(Result<Bytes, Infallible>, Client)>;

impl Client {
    async fn next(mut self) -> Sent {
        loop {
            let bytes = match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Over => return None,
                Phase::Beginning => self.begin(),
                Phase::Behind(reader) => self.read(reader).await,
                Phase::Live(waiting, receiver) => self.listen(waiting, receiver).await,
            };
            if !bytes.is_empty() {
                return Some((Ok(bytes), self));
            }
        }
    }

    fn begin(&mut self) -> Bytes {
        self.phase = Phase::Behind(None);
        Bytes::from(format!("retry: 2000\n: after {}\n\n", self.at))
    }

    /// Says where we are, so that a client whose filter is seldom met need not read everything again.
    fn mark(&self) -> Bytes {
        Bytes::from(format!("id: {}\n: here\n\n", self.at))
    }

    fn cut(&mut self, why: &str) -> Bytes {
        self.phase = Phase::Over;
        self.live.metrics.count_cut();
        let at = self.at;
        Bytes::from(format!("id: {at}\nevent: cut\ndata: {{\"why\":\"{why}\",\"resume\":\"{at}\"}}\n\n"))
    }

    async fn read(&mut self, reader: Option<Box<Reader>>) -> Bytes {
        if let Joined::Live(ahead, receiver) = self.live.tail.join(self.at) {
            self.phase = Phase::Live(ahead.into(), receiver);
            return Bytes::new();
        }
        let state = Arc::clone(&self.live.state);
        let mut reader = reader.unwrap_or_else(|| Box::new(Reader::after(self.at, Arc::clone(&state.store), Arc::clone(&state.meanings))));
        let filter = self.filter.clone();
        let turn = Arc::clone(&self.live.reading).acquire_owned().await;
        let read = state
            .blocking(move |_| {
                let page = reader.page(&filter, CHANGES_AT_ONCE, ENTRIES_AT_ONCE)?;
                Ok((reader, page))
            })
            .await;
        drop(turn);
        let Ok((reader, page)) = read else { return self.cut("the store cannot be read for now") };
        self.at = page.next;
        self.phase = Phase::Behind(Some(reader));
        if page.changes.is_empty() && page.is_at_end {
            tokio::time::sleep(REPLICA_WAIT).await;
        }
        if page.changes.is_empty() {
            return self.mark();
        }
        page.changes.iter().flat_map(|change| change.frame.iter().copied()).collect()
    }

    async fn listen(&mut self, mut waiting: VecDeque<Arc<Batch>>, mut receiver: Receiver<Arc<Batch>>) -> Bytes {
        let mut bytes = Vec::new();
        let batch = match waiting.pop_front() {
            Some(batch) => batch,
            None => match tokio::time::timeout(self.live.options.heartbeat, receiver.recv()).await {
                Ok(Ok(batch)) => batch,
                Ok(Err(RecvError::Lagged(_))) => return self.cut("too slow"),
                Ok(Err(RecvError::Closed)) => return Bytes::new(),
                Err(_) => {
                    self.phase = Phase::Live(waiting, receiver);
                    return self.mark();
                }
            },
        };
        if self.filter.is_open() && batch.after == self.at && !batch.changes.is_empty() {
            self.at = batch.up_to;
            self.phase = Phase::Live(waiting, receiver);
            return batch.frames.clone();
        }
        if !self.take(&batch, &mut bytes) {
            return bytes.into();
        }
        while bytes.len() < BYTES_AT_ONCE {
            let batch = match waiting.pop_front().map_or_else(|| receiver.try_recv(), Ok) {
                Ok(batch) => batch,
                Err(TryRecvError::Lagged(_)) => {
                    let note = self.cut("too slow");
                    bytes.extend_from_slice(&note);
                    return bytes.into();
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
            if !self.take(&batch, &mut bytes) {
                return bytes.into();
            }
        }
        self.phase = Phase::Live(waiting, receiver);
        bytes.into()
    }

    /// Takes what is new and wanted of a batch; `false` where something is missing before it: then the log is read again.
    fn take(&mut self, batch: &Batch, bytes: &mut Vec<u8>) -> bool {
        if batch.after > self.at {
            self.phase = Phase::Behind(None);
            return false;
        }
        let at = self.at;
        let wanted = batch.changes.iter().filter(|change| change.id > at && self.filter.wants(&change.tags));
        wanted.for_each(|change| bytes.extend_from_slice(&change.frame));
        self.at = at.max(batch.up_to);
        true
    }
}
