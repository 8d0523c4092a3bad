//! What was asked, and what came back: the bytes as they arrived, with secrets left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::ReplyKey;
use crate::moment::Moment;

/// A request in the provider's own words, without its secret: what is stored, hashed and shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Request {
    /// Path below the provider's base URL (`/v4/sports/basketball_nba/odds`); empty where a stored file came without its request.
    pub path: String,
    /// Query parameters without the key, sorted. A parameter that is sent several times has its values one a line.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
}

impl Request {
    /// A request for a path, without parameters yet.
    #[must_use]
    pub fn to(path: impl Into<String>) -> Self {
        Self { path: path.into(), query: BTreeMap::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.insert(name.to_owned(), value.into());
        self
    }

    /// The same with a parameter that is sent once for each value; not at all where there is none.
    #[must_use]
    pub fn with_each(self, name: &str, values: &[impl AsRef<str>]) -> Self {
        if values.is_empty() {
            return self;
        }
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        self.with(name, values.join("\n"))
    }

    /// Every value of a parameter.
    pub fn each<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> {
        self.query.get(name).into_iter().flat_map(|values| values.split('\n'))
    }

    /// The parameters as they are sent: one pair for each value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().flat_map(|(name, values)| values.split('\n').map(move |value| (name.as_str(), value)))
    }

    /// Whether the request is not known: a stored file that came without it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.path.is_empty()
    }

    /// Canonical text: JSON with sorted keys.
    #[must_use]
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Where the time of a reply comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The reply states it.
    Stated,
    /// The moment at which it was fetched.
    Fetched,
    /// The source says only "closing" or "before": the latest moment at which it can have been seen.
    Phase,
    /// An old row whose time is taken on trust: the latest moment at which it can have been seen.
    Assumed,
}

impl Basis {
    /// Whether the moment was measured, so that it counts in staleness and may be an opening.
    #[must_use]
    pub const fn is_measured(self) -> bool {
        matches!(self, Basis::Stated | Basis::Fetched)
    }

    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Basis::Stated => "stated",
            Basis::Fetched => "fetched",
            Basis::Phase => "phase",
            Basis::Assumed => "assumed",
        }
    }
}

/// One reply of a provider, as decoders see it.
#[derive(Debug, Clone)]
pub struct Reply<'a> {
    /// The provider's key (`the-odds-api`).
    pub provider: &'a str,
    /// The endpoint's name, as the folders of the recordings are named (`odds`, `event_odds`, `scoreboard` ...).
    pub endpoint: &'a str,
    /// What was asked, without secrets.
    pub request: &'a Request,
    /// HTTP status.
    pub status: u16,
    /// Response headers that matter, names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// The body, decompressed.
    pub body: &'a [u8],
    /// When the bytes arrived; for a stored reply, the moment that stands for it (see `basis`).
    pub fetched_at: Moment,
    /// What `fetched_at` rests on: [`Basis::Fetched`] live, else what the one who replays knows of it.
    pub basis: Basis,
    /// The sport in the provider's words, where whoever replays a file says it.
    pub sport: Option<&'a str>,
}

impl Reply<'_> {
    /// A header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What tells this reply apart from every other.
    #[must_use]
    pub fn key(&self) -> ReplyKey {
        let mut hasher = blake3::Hasher::new();
        for part in [self.provider, self.endpoint, &self.request.canonical(), &self.fetched_at.micros().to_string()] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hasher.update(blake3::hash(self.body).as_bytes());
        ReplyKey(*hasher.finalize().as_bytes())
    }
}
