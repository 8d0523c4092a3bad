//! Polymarket: an exchange of yes/no contracts; its public listing (Gamma) has the best bid and ask of each, and no sizes.
//!
//! What it gives, what of it is hearsay and why it is off unless named: docs/providers/polymarket.md.

mod decode;
mod leagues;
mod meaning;
mod request;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::contract;
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// The key of the one book: the exchange itself.
const BOOK: &str = "polymarket";

/// Polymarket.
#[derive(Debug, Clone, Copy, Default)]
pub struct Polymarket;

/// No limit is documented in our notes: one call a second is ours.
static OFFERS: Offers = Offers {
    title: "Polymarket",
    base_url: "https://gamma-api.polymarket.com",
    auth: Auth::Keyless,
    per_second: 1.0,
    is_metered: false,
    asks: &[What::Events, What::Odds, What::Summary],
    default_sports: leagues::DEFAULTS,
    timeout: Duration::from_secs(20),
};

impl Provider for Polymarket {
    fn key(&self) -> &'static str {
        "polymarket"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::requests(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        contract::verdict(reply, decode::is_answer)
    }

    /// No answer says when its prices stood.
    fn stamp(&self, _endpoint: &str, _body: &[u8]) -> Option<(Moment, Basis)> {
        None
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        1
    }

    fn meaning(&self, _sport: &str, words: &Words<'_>) -> Option<Meaning> {
        meaning::meaning(words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        leagues::league(sport)
    }

    /// A game's further markets may come as events of their own.
    fn lists_an_event_once(&self) -> bool {
        false
    }
}
