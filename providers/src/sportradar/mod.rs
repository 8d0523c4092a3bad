//! Sportradar: schedules, results and injuries of the big leagues, and the odds comparison (main markets and player props), each product
//! with a quota of its own that a trial soon spends.
//!
//! What it gives, what it costs and what of it is hearsay: docs/providers/sportradar.md.

mod board;
mod catalogue;
mod decode;
mod injuries;
mod judge;
mod leagues;
mod listing;
mod meaning;
mod request;
mod status;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::provider::{Auth, Call, Meter, Offers, Provider, Verdict};
use crate::tolerant::{Notes, Object};

/// Sportradar.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sportradar;

/// A trial takes one call a second and a thousand a period (seen in its headers).
static OFFERS: Offers = Offers {
    title: "Sportradar",
    base_url: "https://api.sportradar.com",
    auth: Auth::Header("x-api-key"),
    per_second: 1.0,
    is_metered: true,
    asks: &[What::Sports, What::Events, What::Odds, What::EventOdds, What::Scores, What::Participants, What::Injuries, What::Summary],
    default_sports: leagues::DEFAULTS,
    timeout: Duration::from_secs(20),
};

impl Provider for Sportradar {
    fn key(&self) -> &'static str {
        "sportradar"
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

    fn meter(&self, reply: &Reply<'_>) -> Option<Meter> {
        judge::meter(reply)
    }

    /// Feeds of the odds comparison and of soccer say when they were made; the leagues' interfaces do not.
    fn stamp(&self, _endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        let at = Object::of_body(body)?.time(&mut Notes::default(), "generated_at")?;
        Some((at, Basis::Stated))
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
        leagues::league(sport)
    }

    fn stored_endpoints(&self) -> &'static [&'static str] {
        &[
            request::INJURIES,
            request::PLAYER_PROPS,
            request::PREMATCH,
            request::PROBABILITIES,
            request::SERIES,
            request::STANDINGS,
            request::TIMELINE,
        ]
    }

    /// The leagues' interfaces and the odds comparison list a game each, under ids of two families.
    fn lists_an_event_once(&self) -> bool {
        false
    }
}
