//! An old database that is taken over, as a provider: its listings are its rows, its replies are pages of them.
//!
//! The page's shape: [`page`]. Why a row's moment is the latest one: docs/decisions/0005-old-rows.md.
#![allow(clippy::ptr_arg, clippy::type_complexity, reason = "names stay borrowed from the page as they are handed on")]

mod decode;
mod event;
mod figures;
mod foreign;
mod injuries;
mod leagues;
mod meaning;
mod odds_json;
mod parts;
mod reader;
mod request;
mod stat_names;
mod stats;
mod wire;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::Ask;
use crate::provider::{Call, Offers, Provider, Verdict};

pub use request::{ENDPOINT, page, request};

/// Its key in tables and URLs.
pub const KEY: &str = "legacy";

/// The old database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Legacy;

/// It is never asked over HTTP: pages are read by `adopt`.
static OFFERS: Offers = Offers::of_nobody_asked("Old database");

impl Provider for Legacy {
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
        match wire::page(reply.body) {
            Ok(_) => Verdict::Good,
            Err(error) => Verdict::ChangedShape(format!("no page of an old database: {error}")),
        }
    }

    /// A page says when it was taken; the rows in it have moments of their own.
    fn stamp(&self, _endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        let page = wire::page(body).ok()?;
        Some((page.taken_at.parse().ok()?, Basis::Fetched))
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        3
    }

    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        meaning::meaning(sport, words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        leagues::of_key(sport)
    }

    /// Its rows were gathered from several sources, by scripts that met the same game twice.
    fn lists_an_event_once(&self) -> bool {
        false
    }
}
