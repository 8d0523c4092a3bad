//! `GET /v1/changes`: the whole log as a cursor, withdrawals included; and the reader that it and the stream share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State as Extract};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use odds::Seq;
use store::{Result, Store};

use crate::address::{Address, NotAnAddress};
use crate::change::{Change, Filter};
use crate::derive::Deriver;
use crate::live::Live;
use crate::problem::Problem;
use crate::state::{Meanings, State};

const ENTRIES_AT_ONCE: i64 = 64;
/// Entries that one page looks through at most: a filter that few changes meet must not hold a request for ever.
const MOST_ENTRIES: i64 = 4096;
const MOST_CHANGES: usize = 5000;
const DEFAULT_CHANGES: usize = 500;
const KEPT_READERS: usize = 8;

/// Reads changes from the log, from a place on.
pub struct Reader {
    deriver: Deriver,
    /// Everything up to here was handed out, or is not wanted.
    at: Address,
    read_to: Seq,
    ahead: VecDeque<Change>,
}

/// What was read at once.
pub struct Page {
    /// The changes that are wanted.
    pub changes: Vec<Change>,
    /// Where to go on.
    pub next: Address,
    /// Whether the log had nothing further.
    pub is_at_end: bool,
}

impl Reader {
    /// A reader of what comes after a place.
    #[must_use]
    pub fn after(at: Address, store: Arc<Store>, meanings: Arc<dyn Meanings>) -> Self {
        Self { deriver: Deriver::new(store, meanings), at, read_to: at.whole_entries(), ahead: VecDeque::new() }
    }

    /// Reads on, until there are `limit` changes, or `entries` were looked through, or the log ends.
    ///
    /// # Errors
    /// What the store reports; the reader cannot be used any more then.
    pub fn page(&mut self, filter: &Filter, limit: usize, entries: i64) -> Result<Page> {
        let (mut changes, mut looked, mut is_at_end) = (Vec::new(), 0, false);
        while changes.len() < limit {
            if let Some(change) = self.ahead.pop_front() {
                self.at = change.id;
                changes.extend(filter.wants(&change.tags).then_some(change));
                continue;
            }
            self.at = self.at.max(Address::end_of(self.read_to));
            if looked >= entries {
                break;
            }
            let read = self.deriver.read(self.read_to, ENTRIES_AT_ONCE)?;
            is_at_end = read.is_empty();
            if is_at_end {
                break;
            }
            looked += read.len() as i64;
            for derived in read {
                self.read_to = derived.seq;
                let at = self.at;
                self.ahead.extend(derived.changes.into_iter().filter(|change| change.id > at));
            }
        }
        if self.ahead.is_empty() {
            self.at = self.at.max(Address::end_of(self.read_to));
        }
        Ok(Page { changes, next: self.at, is_at_end })
    }
}

/// Readers that wait for the next page to be asked for, so that it need not begin anew.
#[derive(Default)]
pub struct Readers(Mutex<VecDeque<Reader>>);

impl Readers {
    fn take(&self, at: Address) -> Option<Reader> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = waiting.iter().position(|reader| reader.at == at)?;
        waiting.remove(found)
    }

    fn keep(&self, reader: Reader) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back(reader);
        if waiting.len() > KEPT_READERS {
            waiting.pop_front();
        }
    }
}

/// Reads `after`, which is no later than the log's end.
///
/// # Errors
/// 400 for what is no place in the log.
pub fn place(name: &str, text: &str, state: &State) -> Result<Address, Problem> {
    let at: Address = text.parse().map_err(|error: NotAnAddress| Problem::bad_parameter(name, text, &error.to_string()))?;
    let head = state.store.head()?.seq;
    if at.seq > head {
        let right = format!("the log ends at {head}; a place from another store means nothing here, begin with 0");
        return Err(Problem::bad_parameter(name, text, &right));
    }
    Ok(at)
}

/// The whole log in pages, oldest first, withdrawals included.
#[utoipa::path(get, path = "/v1/changes", tag = "live", operation_id = "log_changes",
    params(
        ("after" = Option<String>, Query, description = "SEQ or SEQ.I: what comes after it; 0 for all"),
        ("limit" = Option<u32>, Query, description = "At most 5,000; 500 unless told"),
        ("sport" = Option<String>, Query, description = "Our league or a provider's sport key; several with commas"),
        ("market" = Option<String>, Query, description = "Our market or a provider's key; several with commas"),
        ("book" = Option<String>, Query, description = "Book keys; several with commas"),
        ("provider" = Option<String>, Query, description = "Providers' keys; several with commas"),
        ("event" = Option<String>, Query, description = "Event ids; several with commas"),
        ("kind" = Option<String>, Query, description = "quote, fact, decision; several with commas")
    ),
    responses((status = 200, description = "Changes, oldest first, with `next` to go on after", body = serde_json::Value,
        example = json!({"changes": [{"id": "1.4", "kind": "quote", "event": "4305987b42a20fc8d12e54bd24c8fe01", "provider": "football-data", "listing": "E0/2223/Crystal Palace-Arsenal", "sport": "soccer.eng.1", "recorded_at": "2026-11-23T13:06:15.312636Z", "reply": "69607e59dd04cafd", "change": "opened", "state": "live", "book": "B365", "market": "moneyline", "period": "full", "selection": "home", "name": "H", "line": null, "price": 4.2, "price_before": null, "stance": "back", "provider_market": "1X2", "changed_at": null, "observed_at": "2022-08-05T18:59:59Z", "is_late": true}], "next": "1.4", "is_at_end": false}))))]
pub async fn get(Extract(live): Extract<Arc<Live>>, Query(query): Query<HashMap<String, String>>) -> Result<Response, Problem> {
    let reading = Arc::clone(&live);
    let body = live.state.blocking(move |state| page(&reading, state, &query)).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn page(live: &Live, state: &State, query: &HashMap<String, String>) -> Result<Vec<u8>, Problem> {
    let filter = Filter::of_query(query, &["after", "limit"])?;
    let at = query.get("after").map_or(Ok(Address::end_of(Seq(0))), |text| place("after", text, state))?;
    let limit = match query.get("limit") {
        None => DEFAULT_CHANGES,
        Some(text) => (text.parse().ok().filter(|limit| (1..=MOST_CHANGES).contains(limit)))
            .ok_or_else(|| Problem::bad_parameter("limit", text, &format!("a whole number from 1 to {MOST_CHANGES}")))?,
    };
    let waiting = live.readers.take(at);
    let mut reader = waiting.unwrap_or_else(|| Reader::after(at, Arc::clone(&state.store), Arc::clone(&state.meanings)));
    let page = reader.page(&filter, limit, MOST_ENTRIES)?;
    live.readers.keep(reader);
    Ok(encode(&page))
}

fn encode(page: &Page) -> Vec<u8> {
    let mut body = Vec::with_capacity(page.changes.iter().map(|change| change.json().len() + 1).sum::<usize>() + 64);
    body.extend_from_slice(b"{\"changes\":[");
    for (at, change) in page.changes.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(change.json());
    }
    body.extend_from_slice(format!("],\"next\":\"{}\",\"is_at_end\":{}}}", page.next, page.is_at_end).as_bytes());
    body
}
