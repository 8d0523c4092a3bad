//! Bodies as The Odds API sends them, made up from a seed: for property tests, faults and benches, never for anything that serves.
//!
//! A [`World`] holds games, books and prices; [`World::advance`] moves it on; its other functions say what the provider would answer now.

mod random;
mod sequence;
mod words;
mod world;
mod write;

use std::collections::BTreeMap;
use std::fmt;

use odds::Moment;
use odds::reply::{Basis, Reply, Request};

pub use random::Random;
pub use sequence::{Asked, Season, Step, play, replies, season, step};
pub use world::{Drift, Shape, World};

/// One reply that the provider would have sent.
#[derive(Clone, PartialEq, Eq)]
pub struct GeneratedReply {
    /// As the folders of the recordings are named (`odds`, `event_odds` ...).
    pub endpoint: &'static str,
    /// What was asked.
    pub request: Request,
    /// The moment that it describes.
    pub observed_at: Moment,
    /// Whether it states that moment itself (the historical endpoints) or was fetched at it.
    pub basis: Basis,
    /// Headers; those of the meter are for whoever serves it to add.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Outcomes with a price in the body.
    pub outcomes: usize,
}

/// One outcome as it stands in a body: an oracle that owes nothing to the decoder under test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posted {
    /// The provider's id of the event.
    pub listing: String,
    /// Book key.
    pub book: String,
    /// Market key.
    pub market: String,
    /// The outcome's name.
    pub outcome: String,
    /// Player or team; empty where there is none.
    pub description: String,
    /// The point as JSON text; empty where there is none.
    pub point: String,
    /// The price as JSON text.
    pub price: String,
}

impl GeneratedReply {
    /// As a decoder sees it.
    #[must_use]
    pub fn reply(&self) -> Reply<'_> {
        Reply {
            provider: "the-odds-api",
            endpoint: self.endpoint,
            request: &self.request,
            status: 200,
            headers: &self.headers,
            body: self.body.as_bytes(),
            fetched_at: self.observed_at,
            basis: self.basis,
            sport: None,
        }
    }

    /// Every outcome in the body, in its order, read by a general JSON reader; none where the endpoint has no prices.
    #[must_use]
    pub fn posted(&self) -> Vec<Posted> {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect("we write right JSON");
        let data = body.get("data").unwrap_or(&body);
        let mut all = Vec::with_capacity(self.outcomes);
        for event in data.as_array().map_or_else(|| std::slice::from_ref(data), Vec::as_slice) {
            for book in items(event, "bookmakers") {
                for market in items(book, "markets") {
                    all.extend(items(market, "outcomes").iter().map(|outcome| Posted::read(event, book, market, outcome)));
                }
            }
        }
        all
    }
}

impl Posted {
    fn read(event: &serde_json::Value, book: &serde_json::Value, market: &serde_json::Value, outcome: &serde_json::Value) -> Self {
        let text = |value: &serde_json::Value, key| value.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let number = |key| outcome.get(key).map(ToString::to_string).unwrap_or_default();
        Self {
            listing: text(event, "id"),
            book: text(book, "key"),
            market: text(market, "key"),
            outcome: text(outcome, "name"),
            description: text(outcome, "description"),
            point: number("point"),
            price: number("price"),
        }
    }
}

fn items<'a>(value: &'a serde_json::Value, key: &str) -> &'a [serde_json::Value] {
    value.get(key).and_then(|list| list.as_array()).map_or(&[], Vec::as_slice)
}

impl fmt::Debug for GeneratedReply {
    /// What a failing property test prints: all that is needed to play it again, and nothing else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} {} -> {}", self.endpoint, self.observed_at, self.request.canonical(), self.body)
    }
}

#[cfg(test)]
mod tests;
