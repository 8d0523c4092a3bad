//! MLB's own statistics API: games with doubleheaders and postponements, box scores, injured-list moves. No odds, no key.
//!
//! No reply of it was recorded: what is written here is general knowledge, read defensively. docs/providers/mlb-statsapi.md.

mod boxscore;
mod decode;
mod request;
mod schedule;
mod transactions;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// MLB's statistics API.
#[derive(Debug, Clone, Copy, Default)]
pub struct MlbStatsApi;

/// The one sport key: that of its majors.
const SPORT: &str = "mlb";

static OFFERS: Offers = Offers {
    title: "MLB Stats API",
    base_url: "https://statsapi.mlb.com",
    auth: Auth::Keyless,
    per_second: 0.5,
    is_metered: false,
    asks: &[What::Events, What::Scores, What::Summary, What::Injuries],
    default_sports: &[SPORT],
    timeout: Duration::from_secs(30),
};

impl Provider for MlbStatsApi {
    fn key(&self) -> &'static str {
        "mlb-statsapi"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    /// The live feed holds a box score too; it is long, and so is read where somebody has it, and not asked for.
    fn stored_endpoints(&self) -> &'static [&'static str] {
        &[request::FEED]
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::requests(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        decode::judge(reply)
    }

    fn stamp(&self, _endpoint: &str, _body: &[u8]) -> Option<(Moment, Basis)> {
        None
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        2
    }

    fn meaning(&self, _sport: &str, _words: &Words<'_>) -> Option<Meaning> {
        None
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        (sport == SPORT).then(|| odds::sport::league("baseball.mlb")).flatten()
    }
}
