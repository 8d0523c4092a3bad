//! Tables that people already have, as a provider: its replies are chunks of their rows, each with the mapping that says what they mean.
//!
//! How a mapping is written: docs/import.md.

mod cells;
mod decode;
mod frame;
mod gather;
mod mapping;
mod meaning;
mod people;
mod plan;
mod quotes;
mod results;
mod time;
mod words;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::Ask;
use crate::provider::{Call, Offers, Provider, Verdict};
use crate::the_odds_api::TheOddsApi;

pub use cells::split;
pub use frame::{Format, Frame, is_empty, lines, records};
pub use mapping::Mapping;

/// Its key in tables and URLs.
pub const KEY: &str = "import";
/// The endpoint of chunks.
pub const ENDPOINT: &str = "rows";

/// Tables of people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Import;

/// It is never asked over HTTP: chunks are cut by `import`.
static OFFERS: Offers = Offers::of_nobody_asked("Imported tables");

impl Provider for Import {
    fn key(&self) -> &'static str {
        KEY
    }

    fn offers(&self) -> &'static Offers {
        &OFFERS
    }

    fn requests(&self, _ask: &Ask) -> Vec<Call> {
        Vec::new()
    }

    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        match Frame::read(reply.body).and_then(|(frame, _)| plan::Plan::of(&frame)) {
            Ok(_) => Verdict::Good,
            Err(wrong) => Verdict::ChangedShape(wrong),
        }
    }

    /// The newest moment that a chunk tells of.
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        let (request, headers) = Default::default();
        let (provider, fetched_at, basis) = (KEY, Moment::MIN, Basis::Assumed);
        let reply = Reply { provider, endpoint, request: &request, status: 200, headers: &headers, body, fetched_at, basis, sport: None };
        decode::decode(&reply).snapshots.last().map(|snapshot| (snapshot.observed_at, snapshot.basis))
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        decode::decode(reply)
    }

    fn decoder_version(&self) -> u16 {
        2
    }

    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        meaning::meaning(sport, words)
    }

    fn meaning_version(&self) -> u16 {
        1
    }

    fn league(&self, sport: &str) -> Option<&'static League> {
        TheOddsApi.league(sport)
    }

    /// Its rows come from several sources that tell of the same games.
    fn lists_an_event_once(&self) -> bool {
        false
    }
}
