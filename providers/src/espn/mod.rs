//! ESPN's keyless site API: schedules, scores, states and injuries of the big leagues, and the prices of the one book that it shows.
//!
//! Unofficial and without a contract: everything is read as if it may change tomorrow. What it sends: docs/providers/espn.md.

mod boxscore;
mod chances;
mod contest;
mod decode;
mod injuries;
mod meaning;
mod notes;
mod people;
mod phases;
mod quotes;
mod request;
mod sport;
mod status;
mod teams;
mod verdict;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// ESPN.
#[derive(Debug, Clone, Copy, Default)]
pub struct Espn;

/// No limit is documented: one call a second is ours.
const OFFERS: Offers = Offers {
    title: "ESPN",
    base_url: "https://site.api.espn.com",
    auth: Auth::Keyless,
    per_second: 1.0,
    is_metered: false,
    asks: &[What::Events, What::Odds, What::Scores, What::Participants, What::Rosters, What::Transactions, What::Injuries, What::Summary],
    default_sports: sport::DEFAULTS,
    timeout: Duration::from_secs(20),
};

impl Provider for Espn {
    fn key(&self) -> &'static str {
        "espn"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::requests(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        verdict::judge(reply)
    }

    /// Lists of people carry a time of their own; odds have none, nor has a scoreboard.
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        if !matches!(endpoint, request::INJURIES | request::ROSTER | request::TRANSACTIONS) {
            return None;
        }
        let envelope = serde_json::from_slice::<wire::Envelope<'_>>(body).ok()?;
        let at = envelope.timestamp.read()?.as_str().parse().ok()?;
        Some((at, Basis::Stated))
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        3
    }

    fn meaning(&self, _sport: &str, words: &Words<'_>) -> Option<Meaning> {
        meaning::meaning(words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        sport::league(sport)
    }
}
