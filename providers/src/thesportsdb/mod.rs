//! TheSportsDB: fixtures, results, venues and cross ids, edited by a community. No odds. Least trusted of all that we ask.
//!
//! What it gives, what it cuts and what of it is hearsay: docs/providers/thesportsdb.md.

mod decode;
mod judge;
mod leagues;
mod request;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// TheSportsDB.
#[derive(Debug, Clone, Copy, Default)]
pub struct TheSportsDb;

/// The free key takes 30 calls a minute (documented).
static OFFERS: Offers = Offers {
    title: "TheSportsDB",
    base_url: "https://www.thesportsdb.com",
    auth: Auth::Path,
    per_second: 0.5,
    is_metered: false,
    asks: &[What::Sports, What::Events, What::Scores, What::Participants, What::Summary],
    default_sports: leagues::DEFAULTS,
    timeout: Duration::from_secs(20),
};

impl Provider for TheSportsDb {
    fn key(&self) -> &'static str {
        "thesportsdb"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::requests(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        judge::verdict(reply)
    }

    /// No answer says when it was made.
    fn stamp(&self, _endpoint: &str, _body: &[u8]) -> Option<(Moment, Basis)> {
        None
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        2
    }

    /// Further lists of version 1, and those of version 2, have the same rows in them.
    fn stored_endpoints(&self) -> &'static [&'static str] {
        &["eventsnextleague", "eventspastleague", "eventsround", "eventsseason", "livescore", "schedule"]
    }

    /// It has no markets.
    fn meaning(&self, _sport: &str, _words: &Words<'_>) -> Option<Meaning> {
        None
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        leagues::league(sport)
    }
}
