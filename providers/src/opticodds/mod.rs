//! OpticOdds, API version 3: prices of some hundred books fixture by fixture, and as a stream; not metered, limited by the time.
//!
//! What it gives and what of it is hearsay: docs/providers/opticodds.md. Its older dialect is [`crate::oddsjam`], which reads with
//! the pure parts of this folder.

pub(crate) mod books;
pub(crate) mod catalogue;
pub(crate) mod decode;
pub(crate) mod fixture;
pub(crate) mod form;
mod history;
pub(crate) mod injuries;
pub(crate) mod judge;
pub(crate) mod leagues;
pub(crate) mod markets;
pub(crate) mod meaning;
pub(crate) mod outcome;
mod props;
pub(crate) mod quotes;
mod request;
pub(crate) mod scope;
pub(crate) mod stream;
pub(crate) mod wire;
pub(crate) mod words;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::push::{Beat, Push, PushTerms, Subscription};
use crate::sse::Frame;
use crate::{Ask, Auth, Call, Offers, Provider, Verdict, What};

/// Raised whenever the same bytes would be read differently.
const DECODER_VERSION: u16 = 2;

/// "Two months": of an older event nothing can be had.
const HISTORY_DAYS: i64 = 62;

/// What it is asked for, in this dialect and in the older one.
pub(crate) const ASKS: &[What] =
    &[What::Sports, What::Events, What::Odds, What::EventOdds, What::Scores, What::Participants, What::Injuries, What::HistoricalEventOdds];

static OFFERS: Offers = Offers {
    title: "OpticOdds",
    base_url: "https://api.opticodds.com/api/v3",
    auth: Auth::Header("X-Api-Key"),
    // 2,500 in 15 s are allowed: an eighth of it, for others use the key as well.
    per_second: 20.0,
    is_metered: false,
    asks: ASKS,
    default_sports: &["football/nfl", "basketball/nba", "baseball/mlb", "hockey/nhl", "soccer/england_-_premier_league"],
    timeout: Duration::from_secs(30),
};

/// OpticOdds, API version 3.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpticOdds;

impl Provider for OpticOdds {
    fn key(&self) -> &'static str {
        "opticodds"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn keeps_history_days(&self) -> Option<i64> {
        Some(HISTORY_DAYS)
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::calls(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        if reply.endpoint == stream::ENDPOINT && reply.status == 200 {
            return Verdict::Good;
        }
        judge::verdict(reply, |body| decode::is_shaped(reply.endpoint, body))
    }

    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        decode::stamp(endpoint, body)
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

    /// History has windows of its own: ten calls in 15 s, of which three quarters are used.
    fn per_second(&self, what: What) -> f64 {
        if what == What::HistoricalEventOdds { 0.5 } else { OFFERS.per_second }
    }

    fn is_asked_by_listing(&self) -> bool {
        true
    }

    fn push(&self) -> Option<&dyn Push> {
        Some(self)
    }
}

impl Push for OpticOdds {
    fn terms(&self) -> PushTerms {
        stream::TERMS
    }

    fn subscriptions(&self, sport: &str, books: &[String]) -> Vec<Subscription> {
        stream::subscriptions(sport, books)
    }

    fn beat<'f>(&self, frame: &'f Frame<'_>) -> Beat<'f> {
        stream::beat(frame)
    }
}
