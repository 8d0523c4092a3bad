//! A provider whose meaning gets better: The Odds API, and what an earlier version of us did not know of it.

use odds::Moment;
use odds::market::{MarketKind, Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;
use providers::the_odds_api::TheOddsApi;
use providers::{Ask, Call, Meter, Offers, Provider, Verdict};

/// The Odds API as it was understood by a version: the first knew no totals and no points, and took spreads for alternate ones.
pub struct Learns {
    pub version: u16,
}

impl Provider for Learns {
    fn key(&self) -> &'static str {
        TheOddsApi.key()
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
        TheOddsApi.decoder_version()
    }
    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        if self.version == 1 && matches!(words.market, "totals" | "player_points") {
            return None;
        }
        let mut meaning = TheOddsApi.meaning(sport, words)?;
        meaning.is_alternate |= self.version == 1 && meaning.kind == MarketKind::Spread;
        Some(meaning)
    }
    fn meaning_version(&self) -> u16 {
        self.version
    }
    fn league(&self, sport: &str) -> Option<&'static League> {
        TheOddsApi.league(sport)
    }
}
