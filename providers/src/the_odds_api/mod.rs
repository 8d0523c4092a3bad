//! The Odds API, version 4: prices of many books for many sports, metered by credits, polled.
//!
//! What it gives, what it costs and what of it is hearsay: docs/providers/the-odds-api.md.

mod books;
mod catalogue;
mod clock;
pub mod crosswalk;
mod decode;
mod form;
mod judge;
mod leagues;
mod listing;
mod loose;
mod meaning;
mod place;
mod props;
mod request;
mod scope;
mod scores;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::{Ask, Auth, Call, Meter, Offers, Provider, Verdict, What};

/// Raised whenever the same bytes would be read differently.
const DECODER_VERSION: u16 = 3;
/// Since when there are snapshots of the board: 2020-06-06.
const BOARDS_SINCE: Moment = Moment::from_secs(1_591_401_600);
/// Since when there are those of a game's further markets: 2023-05-03T05:30:00Z.
const GAMES_SINCE: Moment = Moment::from_secs(1_683_091_800);

static OFFERS: Offers = Offers {
    title: "The Odds API",
    base_url: "https://api.the-odds-api.com",
    auth: Auth::Query("apiKey"),
    per_second: 30.0,
    is_metered: true,
    asks: &[
        What::Sports,
        What::Events,
        What::Odds,
        What::EventOdds,
        What::EventMarkets,
        What::Scores,
        What::Participants,
        What::HistoricalOdds,
        What::HistoricalEvents,
        What::HistoricalEventOdds,
    ],
    default_sports: &["americanfootball_nfl", "basketball_nba", "baseball_mlb", "icehockey_nhl", "soccer_epl"],
    timeout: Duration::from_secs(20),
};

/// The Odds API, version 4.
#[derive(Debug, Clone, Copy, Default)]
pub struct TheOddsApi;

impl Provider for TheOddsApi {
    fn key(&self) -> &'static str {
        "the-odds-api"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::calls(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        judge::verdict(reply)
    }

    fn meter(&self, reply: &Reply<'_>) -> Option<Meter> {
        judge::meter(reply)
    }

    fn stamp(&self, _endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        decode::stamp(body)
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        DECODER_VERSION
    }

    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        meaning::meaning(sport, words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        leagues::league(sport)
    }

    fn regions_with(&self, books: &[String]) -> Vec<&'static str> {
        books::regions_with(books)
    }

    fn history_begins(&self, what: What) -> Option<Moment> {
        match what {
            What::HistoricalOdds | What::HistoricalEvents => Some(BOARDS_SINCE),
            What::HistoricalEventOdds => Some(GAMES_SINCE),
            _ => None,
        }
    }
}
