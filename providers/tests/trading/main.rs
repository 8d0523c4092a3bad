//! Sportradar, TheSportsDB, Kalshi and Polymarket by bytes alone: fixtures that are true to the wire notes, recordings where there are
//! any, and bytes that mean nothing.

#![allow(clippy::unwrap_used)]

mod kalshi;
mod polymarket;
mod sportradar;
mod thesportsdb;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use odds::Moment;
use odds::market::Words;
use odds::observation::{Decoded, FactKind, ListingSeen};
use odds::reply::{Basis, Reply, Request};
use providers::Provider;

fn at(text: &str) -> Moment {
    text.parse().expect("a time")
}

fn fixture(provider: &str, name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(provider).join(name)).expect("a fixture of ours")
}

/// A reply as a test sends it.
struct Sent<'a> {
    endpoint: &'a str,
    request: Request,
    status: u16,
    headers: BTreeMap<String, String>,
    sport: Option<&'a str>,
}

impl<'a> Sent<'a> {
    fn of(endpoint: &'a str) -> Self {
        Self { endpoint, request: Request::default(), status: 200, headers: BTreeMap::new(), sport: None }
    }

    fn with<T>(&self, provider: &dyn Provider, body: &[u8], look: impl FnOnce(&Reply<'_>) -> T) -> T {
        look(&Reply {
            provider: provider.key(),
            endpoint: self.endpoint,
            request: &self.request,
            status: self.status,
            headers: &self.headers,
            body,
            fetched_at: at("2026-01-09T20:00:00Z"),
            basis: Basis::Fetched,
            sport: self.sport,
        })
    }

    fn decode<T>(&self, provider: &dyn Provider, body: &[u8], look: impl FnOnce(&Decoded<'_>) -> T) -> T {
        self.with(provider, body, |reply| {
            assert!(provider.judge(reply).is_good(), "{:?}", provider.judge(reply));
            look(&provider.decode(reply))
        })
    }
}

fn listings<'d, 'a>(decoded: &'d Decoded<'a>) -> &'d [ListingSeen<'a>] {
    decoded.snapshots.first().map_or(&[], |snapshot| &snapshot.listings)
}

fn listing<'d, 'a>(decoded: &'d Decoded<'a>, id: &str) -> &'d ListingSeen<'a> {
    listings(decoded).iter().find(|listing| listing.id == id).unwrap_or_else(|| panic!("no listing {id}"))
}

/// Facts of a kind, as `subject=value`, or the value alone.
fn facts(listing: &ListingSeen<'_>, kind: FactKind) -> Vec<String> {
    let shown = |subject: &str, value: &str| if subject.is_empty() { value.to_owned() } else { format!("{subject}={value}") };
    listing.facts.iter().filter(|fact| fact.kind == kind).map(|fact| shown(&fact.subject, &fact.value)).collect()
}

/// The one fact of a kind, or an empty text.
fn fact(listing: &ListingSeen<'_>, kind: FactKind) -> String {
    facts(listing, kind).join(" ")
}

/// Quotes as `book market name description point offer`, and `(nothing)` for a market that was read and offers none.
fn quotes(listing: &ListingSeen<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (book, market) in listing.books.iter().flat_map(|book| book.markets.iter().map(move |market| (book, market))) {
        let damaged = if market.is_damaged { " (damaged)" } else { "" };
        if market.outcomes.is_empty() {
            lines.push(format!("{} {}{damaged} (nothing)", book.key, market.key));
        }
        for outcome in &market.outcomes {
            let point = outcome.point.map_or_else(String::new, |point| format!(" {point}"));
            let offer = match &outcome.offer {
                Ok(offer) => offer.price.to_string(),
                Err(refusal) => refusal.as_str().to_owned(),
            };
            let description = if outcome.description.is_empty() { String::new() } else { format!(" [{}]", outcome.description) };
            lines.push(format!("{} {}{damaged} {}{description}{point} {offer}", book.key, market.key, outcome.name));
        }
    }
    lines
}

/// Meanings of all quotes, as `kind period [subject] side line stance`, or `?`.
fn meanings(provider: &dyn Provider, listing: &ListingSeen<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (book, market) in listing.books.iter().flat_map(|book| book.markets.iter().map(move |market| (book, market))) {
        for outcome in &market.outcomes {
            let (name, description, point) = (outcome.name.as_ref(), outcome.description.as_ref(), outcome.point);
            let words = Words { book: &book.key, market: &market.key, name, description, point };
            lines.push(provider.meaning(&listing.sport, &words).map_or_else(
                || "?".to_owned(),
                |meaning| {
                    let subject = meaning.subject.map_or_else(String::new, |subject| format!(" [{subject}]"));
                    let line = meaning.line.map_or_else(String::new, |line| format!(" {line}"));
                    let stance = format!("{:?}", meaning.stance).to_lowercase();
                    let milestone = if meaning.is_milestone { " milestone" } else { "" };
                    format!("{} {}{subject} {}{line} {stance}{milestone}", meaning.kind, meaning.period, meaning.side)
                },
            ));
        }
    }
    lines
}

/// Problems as `path reason`.
fn problems(decoded: &Decoded<'_>) -> Vec<String> {
    decoded.problems.iter().map(|problem| format!("{} {}", problem.path, problem.reason.as_str())).collect()
}

/// A recording of the shared folder; `None`, said aloud, where it is not there.
fn recorded(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("PREDICTIVE_PLAY_CORPUS").ok().map(PathBuf::from).filter(|path| path.is_dir()).or_else(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().map(|folder| folder.join("shared")).find(|path| path.join("recorded").is_dir())
    });
    let body = root.and_then(|root| std::fs::read(root.join("recorded").join(path)).ok());
    if body.is_none() {
        println!("skipped: {path} is not in a shared folder");
    }
    body
}

/// Every truncation and a wrong byte at every place of a body: nothing panics, and what cannot be read says why.
fn survives(provider: &dyn Provider, endpoint: &str, body: &[u8]) {
    let sent = Sent::of(endpoint);
    let check = |bytes: &[u8]| {
        sent.with(provider, bytes, |reply| {
            let _ = (provider.judge(reply), provider.meter(reply), provider.stamp(endpoint, bytes));
            let decoded = provider.decode(reply);
            assert!(decoded.unreadable == 0 || !decoded.problems.is_empty());
            assert!(decoded.snapshots.len() == 1 || !decoded.problems.is_empty(), "what is no answer says why");
        });
    };
    let step = (body.len() / 150).max(1);
    for end in (0..body.len()).step_by(step) {
        check(&body[..end]);
        for wrong in [b'"', b'{', b'7', b',', 0xff] {
            let mut bytes = body.to_vec();
            bytes[end] = wrong;
            check(&bytes);
        }
    }
}
