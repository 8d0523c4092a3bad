//! OpticOdds and its older dialect OddsJam by bytes alone: what they are asked, what their answers mean, and that nothing in them is lost.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod decode;
mod judge;
mod meaning;
mod oddsjam;
mod recordings;
mod requests;
mod stream;

use std::collections::BTreeMap;

use odds::Moment;
use odds::observation::{Decoded, ListingSeen};
use odds::reply::{Basis, Reply, Request};
use providers::Provider;

/// A fixture of ours, by its provider and situation.
fn fixture(provider: &str, name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{provider}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

const NOON: &str = "2026-10-24T12:00:00Z";

/// What surrounds a body.
struct Wrapping {
    provider: &'static str,
    endpoint: &'static str,
    request: Request,
    status: u16,
    headers: BTreeMap<String, String>,
}

impl Wrapping {
    fn of(provider: &'static str, endpoint: &'static str, request: Request) -> Self {
        Self { provider, endpoint, request, status: 200, headers: BTreeMap::new() }
    }

    fn around<'a>(&'a self, body: &'a [u8]) -> Reply<'a> {
        Reply {
            provider: self.provider,
            endpoint: self.endpoint,
            request: &self.request,
            status: self.status,
            headers: &self.headers,
            body,
            fetched_at: moment(NOON),
            basis: Basis::Fetched,
            sport: None,
        }
    }
}

fn read(provider: &dyn Provider, endpoint: &'static str, request: Request, body: &[u8]) -> Decoded<'static> {
    let wrapping = Wrapping::of(provider.key(), endpoint, request);
    let decoded = provider.decode(&wrapping.around(body));
    owned(&decoded)
}

/// The decoders of this family own what they give; the compiler cannot know.
fn owned(decoded: &Decoded<'_>) -> Decoded<'static> {
    let own = |text: &str| std::borrow::Cow::<'static, str>::Owned(text.to_owned());
    let listing = |listing: &ListingSeen<'_>| ListingSeen {
        id: own(&listing.id),
        sport: own(&listing.sport),
        kind: listing.kind,
        facts: listing
            .facts
            .iter()
            .map(|fact| odds::observation::FactSeen { kind: fact.kind, subject: own(&fact.subject), value: own(&fact.value) })
            .collect(),
        asked: listing.asked,
        books: listing
            .books
            .iter()
            .map(|book| odds::observation::BookSeen {
                key: own(&book.key),
                seen_at: book.seen_at,
                markets: book
                    .markets
                    .iter()
                    .map(|market| odds::observation::MarketSeen {
                        key: own(&market.key),
                        seen_at: market.seen_at,
                        is_damaged: market.is_damaged,
                        outcomes: market
                            .outcomes
                            .iter()
                            .map(|outcome| odds::observation::OutcomeSeen {
                                name: own(&outcome.name),
                                description: own(&outcome.description),
                                point: outcome.point,
                                offer: outcome.offer,
                            })
                            .collect(),
                        gone: odds::observation::Gone {
                            has_other_points: market.gone.has_other_points,
                            named: market.gone.named.iter().map(|(name, about, point)| (own(name), own(about), *point)).collect(),
                        },
                    })
                    .collect(),
            })
            .collect(),
    };
    Decoded {
        snapshots: decoded
            .snapshots
            .iter()
            .map(|snapshot| odds::observation::Snapshot {
                observed_at: snapshot.observed_at,
                basis: snapshot.basis,
                scope: snapshot.scope.clone(),
                listings: snapshot.listings.iter().map(listing).collect(),
            })
            .collect(),
        decision: None,
        problems: decoded.problems.clone(),
        unreadable: decoded.unreadable,
        catalogue: decoded
            .catalogue
            .iter()
            .map(|row| odds::observation::CatalogueRow {
                kind: row.kind,
                key: own(&row.key),
                title: own(&row.title),
                detail: row.detail.clone(),
            })
            .collect(),
        next: decoded.next.clone(),
        rows: Vec::new(),
    }
}

/// Quotes as `listing book/market name|description|point price[ locked]`.
fn quotes(decoded: &Decoded<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for listing in decoded.snapshots.iter().flat_map(|snapshot| &snapshot.listings) {
        for (book, market) in listing.books.iter().flat_map(|book| book.markets.iter().map(move |market| (book, market))) {
            for outcome in &market.outcomes {
                let point = outcome.point.map(|point| point.to_string()).unwrap_or_default();
                let offer = match outcome.offer {
                    Ok(offer) => format!("{}{}", offer.price.decimal(), if offer.is_suspended { " locked" } else { "" }),
                    Err(reason) => reason.as_str().to_owned(),
                };
                told.push(format!("{} {}/{} {}|{}|{point} {offer}", listing.id, book.key, market.key, outcome.name, outcome.description));
            }
        }
    }
    told
}

/// Facts of all listings as `listing kind subject value`.
fn facts(decoded: &Decoded<'_>) -> Vec<String> {
    let listings = decoded.snapshots.iter().flat_map(|snapshot| &snapshot.listings);
    let of = |listing: &ListingSeen<'_>| {
        let facts = listing.facts.iter();
        facts.map(|fact| format!("{} {} {} {}", listing.id, fact.kind.as_str(), fact.subject, fact.value)).collect::<Vec<_>>()
    };
    listings.flat_map(of).collect()
}

/// Problems as `path: reason`.
fn problems(decoded: &Decoded<'_>) -> Vec<String> {
    decoded.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.reason.as_str())).collect()
}

/// How many odds a decoded reply accounts for.
fn accounted(decoded: &Decoded<'_>) -> u64 {
    quotes(decoded).len() as u64 + decoded.unreadable
}
