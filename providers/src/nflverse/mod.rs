//! nflverse: the NFL's games with closing lines, weekly injury reports and what players did in each week, as CSV files of releases.
//!
//! What the files hold, and what is hearsay of it: docs/providers/nflverse.md.

mod games;
mod injuries;
mod judge;
mod kickoff;
mod meaning;
mod request;
mod stats;
mod teams;
mod wire;

use std::time::Duration;

use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::{CatalogueKind, CatalogueRow, Decoded, Problem, Refusal};
use odds::reply::{Basis, Reply};
use odds::sport::League;

use crate::ask::{Ask, What};
use crate::provider::{Auth, Call, Offers, Provider, Verdict};

/// nflverse.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nflverse;

/// The one sport key.
const SPORT: &str = "nfl";

static OFFERS: Offers = Offers {
    title: "nflverse",
    base_url: "https://github.com",
    auth: Auth::Keyless,
    per_second: 0.2,
    is_metered: false,
    asks: &[What::Season],
    default_sports: &[SPORT],
    timeout: Duration::from_secs(60),
};

impl Provider for Nflverse {
    fn key(&self) -> &'static str {
        "nflverse"
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

    /// The newest thing that the file tells of: a file of statistics states no time.
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        let table = wire::Table::open(body).ok()?;
        match endpoint {
            request::SCHEDULES => games::newest(&table).map(|at| (at, Basis::Phase)),
            request::INJURIES => injuries::newest(&table).map(|at| (at, Basis::Assumed)),
            _ => None,
        }
    }

    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        if reply.status == 304 {
            return Decoded::default();
        }
        let table = match wire::Table::open(reply.body) {
            Ok(table) => table,
            Err(wrong) => return Decoded { problems: vec![Problem::at("header", Refusal::NotTheShape, wrong)], ..Decoded::default() },
        };
        match reply.endpoint {
            request::SCHEDULES => games::decode(&table, reply),
            request::INJURIES => injuries::decode(&table, reply),
            _ => stats::decode(&table, reply),
        }
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
        (sport == SPORT).then(|| odds::sport::league("football.nfl")).flatten()
    }
}

fn catalogue_row(kind: CatalogueKind, key: &'static str, title: &'static str, detail: &str) -> CatalogueRow<'static> {
    CatalogueRow { kind, key: key.into(), title: title.into(), detail: detail.to_owned() }
}
