//! Betfair's historical files: the exchange's stream of one market or event, one message a line, as they are bought or downloaded.
//!
//! Nobody is asked for them: `replay --provider betfair-historic --endpoint stream PATH.bz2`. How the ladder is kept and what of it
//! goes into the log: docs/providers/betfair-historic.md.

mod decode;
mod facts;
mod ladder;
mod market;
mod meaning;
mod sports;
mod stream;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::Ask;
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

pub use ladder::{Level, Rows};
pub use market::{Market, Runner, RunnerState};
pub use stream::{Broken, Stream, Told};

/// Betfair's historical files.
#[derive(Debug, Clone, Copy, Default)]
pub struct BetfairHistoric;

/// The one endpoint.
const STREAM: &str = "stream";

static OFFERS: Offers = Offers {
    title: "Betfair Exchange, historical files",
    base_url: "https://historicdata.betfair.com",
    auth: Auth::Keyless,
    per_second: 1.0,
    is_metered: false,
    asks: &[],
    default_sports: &[],
    timeout: Duration::from_secs(60),
};

impl Provider for BetfairHistoric {
    fn key(&self) -> &'static str {
        "betfair-historic"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn stored_endpoints(&self) -> &'static [&'static str] {
        &[STREAM]
    }

    fn requests(&self, _ask: &Ask) -> Vec<Call> {
        Vec::new()
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        decode::judge(reply)
    }

    /// The last message's time of publication.
    fn stamp(&self, _endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        decode::last_published(body).map(|at| (at, Basis::Stated))
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

    /// The files name the sport alone, and in it are games of many leagues.
    fn league(&self, _sport: &str) -> Option<&'static League> {
        None
    }

    /// Each market of an event is a listing of its own.
    fn lists_an_event_once(&self) -> bool {
        false
    }
}
