//! Kalshi: an exchange of yes/no contracts, whose market data takes no key: prices and sizes of both answers.
//!
//! What it gives, what of it is hearsay and why it is off unless named: docs/providers/kalshi.md.

mod decode;
mod depth;
mod meaning;
mod past;
mod request;
mod series;
mod title;
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
const BOOK: &str = "kalshi";

/// Kalshi.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kalshi;

/// No limit is documented in our notes: one call a second is ours.
static OFFERS: Offers = Offers {
    title: "Kalshi",
    base_url: "https://api.elections.kalshi.com",
    auth: Auth::Keyless,
    per_second: 1.0,
    is_metered: false,
    asks: &[What::Events, What::Odds, What::Summary, What::HistoricalEventOdds],
    default_sports: series::DEFAULTS,
    timeout: Duration::from_secs(20),
};

impl Provider for Kalshi {
    fn key(&self) -> &'static str {
        "kalshi"
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

    /// Contracts have an `updated_time`, and what it is of is not in our notes: nothing is taken for the moment of the prices.
    fn stamp(&self, _endpoint: &str, _body: &[u8]) -> Option<(Moment, Basis)> {
        None
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        2
    }

    fn meaning(&self, _sport: &str, words: &Words<'_>) -> Option<Meaning> {
        meaning::meaning(words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        series::league(sport)
    }

    fn stored_endpoints(&self) -> &'static [&'static str] {
        &[request::ORDER_BOOK, request::TRADES]
    }

    /// The winner, the spread and the total of a game are events of their own there.
    fn lists_an_event_once(&self) -> bool {
        false
    }
}
