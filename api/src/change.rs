//! A change as it is told: its bytes, made once however many listen, and what it can be asked for by.

use std::collections::HashMap;

use axum::body::Bytes;
use serde::{Serialize, Serializer};
use store::boards::Kept;

use crate::address::Address;
use crate::problem::Problem;

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a change can be asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    kind: &'static str,
    sport: String,
    league: Option<String>,
    event: String,
    provider: String,
    quote: Option<[String; 4]>,
}

impl Tags {
    pub(crate) fn of(kept: &Kept, kind: &'static str) -> Self {
        let listing = &kept.listing;
        Self {
            kind,
            sport: listing.sport.clone(),
            league: listing.league.clone(),
            event: listing.event.to_string(),
            provider: listing.provider.clone(),
            quote: None,
        }
    }

    /// The book and the market in our words and in the provider's.
    pub(crate) fn of_quote(mut self, [book, provider_book]: [&str; 2], [market, provider_market]: [&str; 2]) -> Self {
        self.quote = Some([book, provider_book, market, provider_market].map(str::to_owned));
        self
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it lies.
    pub id: Address,
    /// What it can be asked for by.
    pub tags: Tags,
    /// As the stream sends it: `id`, `data`, an empty line.
    pub frame: Bytes,
    json_from: usize,
}

impl Change {
    pub(crate) fn new(id: Address, tags: Tags, told: &impl Serialize) -> Self {
        let mut frame = format!("id: {id}\ndata: ").into_bytes();
        let json_from = frame.len();
        serde_json::to_writer(&mut frame, told).expect("texts and numbers become JSON in memory");
        frame.extend_from_slice(b"\n\n");
        Self { id, tags, frame: frame.into(), json_from }
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.frame[self.json_from..self.frame.len() - 2]
    }
}

/// Which changes are wanted: each list empty for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    kind: Vec<String>,
    sport: Vec<String>,
    event: Vec<String>,
    provider: Vec<String>,
    market: Vec<String>,
    book: Vec<String>,
}

const FILTERS: [&str; 6] = ["kind", "sport", "event", "provider", "market", "book"];
const KINDS: [&str; 3] = ["quote", "fact", "decision"];

impl Filter {
    /// Reads the filters of a query; `others` are the caller's own parameters.
    ///
    /// # Errors
    /// 400 for a parameter that is neither, and for a kind that there is none of.
    pub fn of_query(query: &HashMap<String, String>, others: &[&str]) -> Result<Self, Problem> {
        let known: Vec<String> = others.iter().chain(&FILTERS).map(|name| (*name).to_owned()).collect();
        if let Some(unknown) = query.keys().filter(|name| !known.contains(name)).min() {
            return Err(Problem::unknown_parameter(unknown, &known));
        }
        let list = |name: &str| -> Vec<String> {
            let text = query.get(name).map_or("", String::as_str);
            text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
        };
        let filter = Self {
            kind: list("kind"),
            sport: list("sport"),
            event: list("event"),
            provider: list("provider"),
            market: list("market"),
            book: list("book"),
        };
        match filter.kind.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
            Some(kind) => Err(Problem::bad_parameter("kind", kind, "quote, fact, decision, or several of them with commas")),
            None => Ok(filter),
        }
    }

    /// Whether everything is wanted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a change is wanted. One that is no quote is not, where a market or a book was asked for.
    #[must_use]
    pub fn wants(&self, tags: &Tags) -> bool {
        let any = |wanted: &[String], has: &[&str]| wanted.is_empty() || wanted.iter().any(|one| has.contains(&one.as_str()));
        let sport = [tags.sport.as_str(), tags.league.as_deref().unwrap_or_default()];
        let quote = match &tags.quote {
            Some([book, provider_book, market, provider_market]) => {
                any(&self.book, &[book, provider_book]) && any(&self.market, &[market, provider_market])
            }
            None => self.book.is_empty() && self.market.is_empty(),
        };
        quote
            && any(&self.kind, &[tags.kind])
            && any(&self.sport, &sport)
            && any(&self.event, &[&tags.event])
            && any(&self.provider, &[&tags.provider])
    }
}
