//! football-data.co.uk: seasons of matches with the prices of many books, as CSV, without a key.
//!
//! What it really sends, and how its phases become moments: `docs/providers/football-data.md`.

mod books;
mod columns;
mod decode;
mod divisions;
mod judge;
mod kickoff;
mod listing;
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
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// The provider of football-data.co.uk.
#[derive(Debug, Clone, Copy, Default)]
pub struct FootballData;

static OFFERS: Offers = Offers {
    title: "Football-Data.co.uk",
    base_url: "https://www.football-data.co.uk",
    auth: Auth::Keyless,
    per_second: 0.5,
    is_metered: false,
    asks: &[What::Fixtures, What::Season],
    default_sports: &["E0", "SP1", "D1", "I1", "F1", "E1"],
    timeout: Duration::from_secs(30),
};

impl Provider for FootballData {
    fn key(&self) -> &'static str {
        "football-data"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::requests(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        judge::judge(reply)
    }

    /// The newest phase that a season's file tells of: the end of its last match's day. A file of coming matches tells no time.
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        (endpoint != request::FIXTURES).then(|| decode::newest_phase(body)).flatten().map(|moment| (moment, Basis::Phase))
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
        divisions::division(sport).and_then(divisions::Division::league)
    }
}
