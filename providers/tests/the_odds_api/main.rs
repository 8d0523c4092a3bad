//! The Odds API by bytes alone: what it is asked, what its answers mean, and that nothing in them is lost.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod decode;
mod judge;
mod meaning;
mod mutations;
mod recordings;
mod requests;
mod speed;

use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{Decoded, ListingSeen, OutcomeSeen};
use odds::reply::{Basis, Reply, Request};

/// A fixture of ours, by its situation.
fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/the-odds-api/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// What surrounds a body: everything of a reply that a test may want to set.
struct Wrapping {
    endpoint: &'static str,
    request: Request,
    status: u16,
    headers: BTreeMap<String, String>,
    fetched_at: Moment,
    basis: Basis,
    sport: Option<&'static str>,
}

impl Wrapping {
    /// A stored file that came without its request.
    fn stored(endpoint: &'static str) -> Self {
        Self {
            endpoint,
            request: Request::default(),
            status: 200,
            headers: BTreeMap::new(),
            fetched_at: moment("2026-01-10T20:00:15Z"),
            basis: Basis::Assumed,
            sport: None,
        }
    }

    /// A live answer to a request in decimal odds.
    fn live(endpoint: &'static str, path: &str) -> Self {
        Self { request: Request::to(path).with("oddsFormat", "decimal"), basis: Basis::Fetched, ..Self::stored(endpoint) }
    }

    fn at(mut self, fetched_at: &str) -> Self {
        self.fetched_at = moment(fetched_at);
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.with(name, value);
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn around<'a>(&'a self, body: &'a [u8]) -> Reply<'a> {
        Reply {
            provider: "the-odds-api",
            endpoint: self.endpoint,
            request: &self.request,
            status: self.status,
            headers: &self.headers,
            body,
            fetched_at: self.fetched_at,
            basis: self.basis,
            sport: self.sport,
        }
    }
}

fn listings<'d, 'a>(decoded: &'d Decoded<'a>) -> impl Iterator<Item = &'d ListingSeen<'a>> {
    decoded.snapshots.iter().flat_map(|snapshot| &snapshot.listings)
}

fn outcomes<'d, 'a>(decoded: &'d Decoded<'a>) -> impl Iterator<Item = &'d OutcomeSeen<'a>> {
    listings(decoded).flat_map(|listing| &listing.books).flat_map(|book| &book.markets).flat_map(|market| &market.outcomes)
}

/// Facts of a listing as `kind subject value`.
fn facts(listing: &ListingSeen<'_>) -> Vec<String> {
    listing.facts.iter().map(|fact| format!("{} {} {}", fact.kind.as_str(), fact.subject, fact.value)).collect()
}

/// Problems as `path: reason`.
fn problems(decoded: &Decoded<'_>) -> Vec<String> {
    decoded.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.reason.as_str())).collect()
}
