//! OddsJam, API version 2: the older dialect of OpticOdds, with a key, addresses and words of its own. What the two share is read by
//! the pure parts of [`crate::opticodds`].
//!
//! No body of version 2 was ever seen by us, so it is read as loosely as can be: docs/providers/oddsjam.md says what is hearsay.

mod decode;
mod leagues;
mod request;
mod stream;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::opticodds;
use crate::push::{Beat, Push, PushTerms, Subscription};
use crate::sse::Frame;
use crate::{Ask, Auth, Call, Offers, Provider, Verdict};

/// Raised whenever the same bytes would be read differently.
const DECODER_VERSION: u16 = 1;

static OFFERS: Offers = Offers {
    title: "OddsJam",
    base_url: "https://api-external.oddsjam.com/api/v2",
    auth: Auth::Query("key"),
    // Its limits are not known.
    per_second: 5.0,
    is_metered: false,
    asks: opticodds::ASKS,
    default_sports: &["football/NFL", "basketball/NBA", "baseball/MLB", "hockey/NHL"],
    timeout: Duration::from_secs(30),
};

/// OddsJam, API version 2.
#[derive(Debug, Clone, Copy, Default)]
pub struct OddsJam;

impl Provider for OddsJam {
    fn key(&self) -> &'static str {
        "oddsjam"
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, ask: &Ask) -> Vec<Call> {
        request::calls(ask)
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        if reply.endpoint == stream::ENDPOINT && reply.status == 200 {
            return Verdict::Good;
        }
        opticodds::judge::verdict(reply, |body| decode::is_shaped(reply.endpoint, body))
    }

    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        opticodds::decode::stamp(endpoint, body)
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        DECODER_VERSION
    }

    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        opticodds::meaning::meaning(sport, words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        leagues::league(sport)
    }

    fn is_asked_by_listing(&self) -> bool {
        true
    }

    fn push(&self) -> Option<&dyn Push> {
        Some(self)
    }
}

impl Push for OddsJam {
    fn terms(&self) -> PushTerms {
        opticodds::stream::TERMS
    }

    fn subscriptions(&self, sport: &str, books: &[String]) -> Vec<Subscription> {
        stream::subscriptions(sport, books)
    }

    fn beat<'f>(&self, frame: &'f Frame<'_>) -> Beat<'f> {
        opticodds::stream::beat(frame)
    }
}
