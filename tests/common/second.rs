//! A second provider of the same games, for tests of two: OpticOdds by its key and by its keys of books, and The Odds API by its language.

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;
use providers::the_odds_api::TheOddsApi;
use providers::{Ask, Call, Meter, Offers, Provider, Verdict};

pub const SECOND: &str = "opticodds";

/// The second provider: it speaks as the first does, and sells credits of its own.
pub struct Second;

impl Provider for Second {
    fn key(&self) -> &'static str {
        SECOND
    }
    fn offers(&self) -> &'static Offers {
        TheOddsApi.offers()
    }
    fn requests(&self, ask: &Ask) -> Vec<Call> {
        TheOddsApi.requests(ask)
    }
    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        TheOddsApi.judge(reply)
    }
    fn meter(&self, reply: &Reply<'_>) -> Option<Meter> {
        TheOddsApi.meter(reply)
    }
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        TheOddsApi.stamp(endpoint, body)
    }
    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        TheOddsApi.decode(reply)
    }
    fn decoder_version(&self) -> u16 {
        1
    }
    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        TheOddsApi.meaning(sport, words)
    }
    fn meaning_version(&self) -> u16 {
        TheOddsApi.meaning_version()
    }
    fn league(&self, sport: &str) -> Option<&'static League> {
        TheOddsApi.league(sport)
    }
}
