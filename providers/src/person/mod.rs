//! A person's decisions, as a provider: each is a reply with one document, which nobody is asked for.
//!
//! The document: [`odds::decision::Decision`]. Why it goes the way of replies: docs/decisions/0008-identity.md.

mod decode;

use std::collections::BTreeMap;

use odds::Moment;
use odds::decision::Decision;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply, Request};
use odds::sport::League;

use crate::ask::Ask;
use crate::provider::{Call, Offers, Provider, Verdict};

/// Its key in tables and URLs.
pub const KEY: &str = odds::decision::PROVIDER;
/// The endpoint of every decision.
pub const ENDPOINT: &str = "decision";

/// Whoever decides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person;

/// It is never asked over HTTP: people speak of themselves.
static OFFERS: Offers = Offers::of_nobody_asked("A person's decisions");

/// What stands for the request of a decision.
#[must_use]
pub fn request() -> Request {
    Request::to("/decision")
}

/// The document of a decision, as it is archived.
#[must_use]
pub fn document(decision: &Decision) -> Vec<u8> {
    serde_json::to_vec(decision).unwrap_or_default()
}

/// The reply that a document is.
#[must_use]
pub fn reply<'a>(request: &'a Request, headers: &'a BTreeMap<String, String>, body: &'a [u8], made_at: Moment) -> Reply<'a> {
    Reply { provider: KEY, endpoint: ENDPOINT, request, status: 200, headers, body, fetched_at: made_at, basis: Basis::Stated, sport: None }
}

impl Provider for Person {
    fn key(&self) -> &'static str {
        KEY
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, _ask: &Ask) -> Vec<Call> {
        Vec::new()
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        match decode::read(reply.body) {
            Ok(_) => Verdict::Good,
            Err(why) => Verdict::ChangedShape(format!("no decision: {why}")),
        }
    }

    fn stamp(&self, _endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        Some((decode::read(body).ok()?.made_at, Basis::Stated))
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        1
    }

    fn meaning(&self, _sport: &str, _words: &Words<'_>) -> Option<Meaning> {
        None
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, _sport: &str) -> Option<&'static League> {
        None
    }
}
