//! The NHL's web API: schedule, scores, box scores, standings, and the prices of the book that it advertises. No key.
//!
//! No reply of it was recorded: what is written here is general knowledge, read defensively. docs/providers/nhl-web.md.

mod boxscore;
mod decode;
mod game;
mod meaning;
mod partner;
mod request;
mod teams;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// The NHL's web API.
#[derive(Debug, Clone, Copy, Default)]
pub struct NhlWeb;

/// The one sport key.
const SPORT: &str = "nhl";

static OFFERS: Offers = Offers {
    title: "NHL web API",
    base_url: "https://api-web.nhle.com",
    auth: Auth::Keyless,
    per_second: 0.5,
    is_metered: false,
    asks: &[What::Events, What::Scores, What::Summary, What::Odds, What::Participants],
    default_sports: &[SPORT],
    timeout: Duration::from_secs(30),
};

impl Provider for NhlWeb {
    fn key(&self) -> &'static str {
        "nhl-web"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::requests(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        decode::judge(reply)
    }

    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        (endpoint == request::PARTNER).then(|| partner::stamp(body)).flatten().map(|at| (at, Basis::Stated))
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
        (sport == SPORT).then(|| odds::sport::league("hockey.nhl")).flatten()
    }
}
