//! The world of a week: two providers that sell the same games, one of which fails at random, and everything that was asked of them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Mutex;

use odds::Moment;
use predictive_play::clock::Clock;
use predictive_play::collect::{Alarm, Fault, FaultKind, Head, Outgoing, Wire, WireReply, wire::Coming};
use testkit::HandClock;

pub use super::second::{SECOND, Second};

pub const FIRST: &str = "the-odds-api";
pub const CADENCE: i64 = 1800;
pub const BEGIN: &str = "2026-10-24T12:00:00Z";
pub const DAYS: i64 = 7;
/// The plan of a provider, as it tells it.
pub const PLAN: i64 = 20_000;
/// How a week is set up.
#[derive(Clone, Copy)]
pub struct Setting {
    /// Credits of both a month.
    pub ceilings: [i64; 2],
    /// What the first sells a month, and how often an old service on the same key takes one of it.
    pub plan: i64,
    pub foreign_secs: i64,
    /// Whether credits reach for the freshness that is promised.
    pub is_enough: bool,
}

/// As many credits as could ever be wanted.
pub const PLENTY: Setting = Setting { ceilings: [50_000, 50_000], plan: 10 * PLAN, foreign_secs: i64::MAX, is_enough: true };
/// The first's plan runs out in the week, for an old service takes of it; the second has a credit for each closing pull, and few more.
pub const TIGHT: Setting = Setting { ceilings: [45, 9], plan: 50, foreign_secs: 3 * 3600, is_enough: false };
/// Ceilings that do not reach for half of the closing pulls of the week.
pub const SHORT: Setting = Setting { ceilings: [6, 3], plan: PLAN, foreign_secs: i64::MAX, is_enough: false };
/// Weeks that are always tried; `FAILOVER_SEEDS` says how many more.
pub const SEEDS: [u64; 2] = [7, 33];

#[derive(Clone)]
pub struct Hand(pub HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

impl Alarm for Hand {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if at > self.0.now() {
            self.0.set(at);
        }
        Box::pin(std::future::ready(()))
    }
}

/// How the first provider fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    Down,
    Silent,
    OutOfCredits,
    Gibberish,
}

#[derive(Debug, Clone, Copy)]
pub struct Spell {
    pub from: Moment,
    pub to: Moment,
    pub failure: Failure,
}

/// Spells of failure at random times, each of its own kind and length.
pub fn spells(seed: u64, begin: Moment, end: Moment) -> Vec<Spell> {
    let mut state = seed;
    let mut draw = |most: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as i64).rem_euclid(most)
    };
    let (mut spells, mut at) = (Vec::new(), begin.plus_secs(6 * 3600));
    while at < end.plus_secs(-6 * 3600) {
        let failure = [Failure::Down, Failure::Silent, Failure::OutOfCredits, Failure::Gibberish][draw(4) as usize];
        let to = at.plus_secs(300 + draw(5 * 3600));
        spells.push(Spell { from: at, to, failure });
        at = to.plus_secs(2 * 3600 + draw(12 * 3600));
    }
    spells
}

/// One call that came in.
#[derive(Debug, Clone)]
pub struct Called {
    pub provider: &'static str,
    pub at: Moment,
    pub is_odds: bool,
    pub is_good: bool,
    /// What may still be spent once it is paid.
    pub left: i64,
}

pub struct World {
    pub clock: HandClock,
    pub starts: Vec<Moment>,
    pub spells: Vec<Spell>,
    pub begin: Moment,
    pub setting: Setting,
    pub calls: Mutex<Vec<Called>>,
    pub used: Mutex<BTreeMap<&'static str, i64>>,
}

/// What the price of the home side is at a provider: it moves every seven minutes, and no two providers have it alike.
pub fn truth(provider: &str, game: usize, at: Moment) -> f64 {
    let step = at.secs() / 420 + 17 * game as i64;
    let own = if provider == SECOND { 5 } else { 0 };
    (1500 + 10 * step.rem_euclid(40) + own) as f64 / 1000.0
}

impl World {
    pub fn games(&self, provider: &str, with_prices: bool) -> String {
        let at = self.clock.now();
        let games = self.starts.iter().enumerate().filter(|(_, start)| **start > at);
        let game = |(number, start): (usize, &Moment)| {
            let prefix = if provider == SECOND { 'b' } else { 'a' };
            let price = truth(provider, number, at);
            let books = format!(
                r#","bookmakers":[{{"key":"draftkings","title":"DraftKings","last_update":"{at}","markets":[{{"key":"h2h","last_update":"{at}","outcomes":[{{"name":"Home {number}","price":{price}}},{{"name":"Away {number}","price":2.1}}]}}]}}]"#
            );
            format!(
                r#"{{"id":"{prefix}{number:031x}","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"{start}","home_team":"Home {number}","away_team":"Away {number}"{}}}"#,
                if with_prices { &*books } else { "" }
            )
        };
        format!("[{}]", games.map(game).collect::<Vec<_>>().join(","))
    }

    pub fn failure(&self, provider: &str) -> Option<Failure> {
        let at = self.clock.now();
        self.spells.iter().find(|spell| provider == FIRST && spell.from <= at && at < spell.to).map(|spell| spell.failure)
    }

    pub fn billed(&self, provider: &str) -> i64 {
        self.used.lock().unwrap().get(provider).copied().unwrap_or_default()
    }

    /// What others took of a provider's plan by now, and what remains of it.
    pub fn plan(&self, provider: &str) -> (i64, i64) {
        if provider == SECOND {
            return (0, PLAN - self.billed(provider));
        }
        let foreign = (self.clock.now().secs() - self.begin.secs()) / self.setting.foreign_secs;
        (foreign, (self.setting.plan - self.billed(provider) - foreign).max(0))
    }

    /// What may still be spent at a provider: by our ceiling and by its plan.
    pub fn left(&self, provider: &str) -> i64 {
        let ceiling = self.setting.ceilings[usize::from(provider == SECOND)];
        (ceiling - self.billed(provider)).min(self.plan(provider).1)
    }

    pub fn answer(&self, outgoing: &Outgoing) -> Result<WireReply, Fault> {
        let provider = if outgoing.base_url.ends_with("second") { SECOND } else { FIRST };
        let path = outgoing.request.path.as_str();
        let is_odds = path.ends_with("/odds");
        let cost = i64::from(is_odds) + if path.ends_with("/scores") { 2 } else { 0 };
        let (foreign, remaining) = self.plan(provider);
        let failure = self.failure(provider).or((cost > remaining).then_some(Failure::OutOfCredits));
        let is_good = match failure {
            None => true,
            Some(Failure::Gibberish | Failure::OutOfCredits) => !is_odds,
            Some(_) => false,
        };
        let left = self.left(provider) - if failure.is_none() { cost } else { 0 };
        self.calls.lock().unwrap().push(Called { provider, at: self.clock.now(), is_odds, is_good, left });
        let reply = |status, remaining: i64, last: i64, body: String| {
            let used = self.billed(provider) + foreign;
            let headers = [("x-requests-used", used), ("x-requests-remaining", remaining), ("x-requests-last", last)];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_string())).into();
            Ok(WireReply { head: Head { status, headers }, body: body.into_bytes() })
        };
        match failure {
            Some(Failure::Down) => Ok(WireReply { head: Head { status: 503, ..Head::default() }, body: b"down".to_vec() }),
            Some(Failure::Silent) => Err(Fault { kind: FaultKind::Unreachable, detail: "nobody answers".to_owned(), head: None }),
            Some(Failure::Gibberish) if is_odds => reply(200, remaining, 0, "<html>".to_owned()),
            Some(Failure::OutOfCredits) if cost > 0 => {
                reply(401, 0, 0, r#"{"message":"spent","error_code":"OUT_OF_USAGE_CREDITS"}"#.to_owned())
            }
            Some(Failure::OutOfCredits) => reply(200, 0, 0, self.games(provider, false)),
            _ => {
                *self.used.lock().unwrap().entry(provider).or_default() += cost;
                let body = match path {
                    path if path.ends_with("/sports") || path.ends_with("/scores") => "[]".to_owned(),
                    _ => self.games(provider, is_odds),
                };
                reply(200, remaining - cost, cost, body)
            }
        }
    }
}

impl Wire for World {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        Box::pin(std::future::ready(self.answer(outgoing)))
    }
}
