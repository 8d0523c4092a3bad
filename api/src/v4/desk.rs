//! What /v4 is handed besides the store: the provider's words, and the counts of what callers spent and wanted.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use odds::Moment;

/// What another provider's book is called in The Odds API's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookName {
    /// By this key, with this title.
    Named(String, String),
    /// By its own key.
    Own,
    /// It is no book: the best or mean of many.
    NoBook,
}

/// The Odds API's words, handed in, so that this room knows no provider. What is not known is answered with nothing.
pub trait Words: Send + Sync {
    /// Our league of a sport key.
    fn league(&self, sport: &str) -> Option<&'static str>;
    /// The sport key of one of our leagues.
    fn sport_key(&self, league: &str) -> Option<&'static str>;
    /// Every sport key that is known without having been asked for.
    fn sport_keys(&self) -> Vec<&'static str>;
    /// The title and description of a sport.
    fn title(&self, sport: &str) -> Option<(&'static str, &'static str)>;
    /// The group of a sport.
    fn group<'a>(&self, sport: &'a str) -> &'a str;
    /// Whether a sport has outrights alone.
    fn is_outright(&self, sport: &str) -> bool;
    /// Every region.
    fn regions(&self) -> &'static [&'static str];
    /// The books of a region.
    fn books(&self, region: &str) -> &'static [&'static str];
    /// What another provider's book is called.
    fn book(&self, provider: &str, key: &str) -> BookName;
}

struct NoWords;

impl Words for NoWords {
    fn league(&self, _: &str) -> Option<&'static str> {
        None
    }
    fn sport_key(&self, _: &str) -> Option<&'static str> {
        None
    }
    fn sport_keys(&self) -> Vec<&'static str> {
        Vec::new()
    }
    fn title(&self, _: &str) -> Option<(&'static str, &'static str)> {
        None
    }
    fn group<'a>(&self, sport: &'a str) -> &'a str {
        sport
    }
    fn is_outright(&self, sport: &str) -> bool {
        sport.ends_with("_winner")
    }
    fn regions(&self) -> &'static [&'static str] {
        &[]
    }
    fn books(&self, _: &str) -> &'static [&'static str] {
        &[]
    }
    fn book(&self, _: &str, _: &str) -> BookName {
        BookName::Own
    }
}

/// Credits that a key may spend in a month, unless said otherwise: the largest plan that The Odds API sells.
pub const CREDITS_PER_MONTH: u64 = 15_000_000;

/// What stands in the three headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// What the call cost.
    pub last: u64,
    /// Spent in the month, the call included.
    pub used: u64,
    /// What remains; below zero where calls raced.
    pub remaining: i64,
}

/// The state of /v4 in one process.
pub struct Desk {
    words: Arc<dyn Words>,
    allowance: u64,
    spent: Mutex<HashMap<u64, (String, u64)>>,
    demand: Mutex<BTreeMap<(String, String), u64>>,
    untold: Mutex<BTreeMap<(String, String), u64>>,
}

/// What a call wants to see as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Featured markets.
    Odds,
    /// Markets about players.
    Props,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(Arc::new(NoWords))
    }
}

/// Kinds of demand that are kept apart, at most: callers name what they like.
const MOST_DEMANDS: usize = 10_000;
/// The same of those that nobody has taken yet.
const MOST_UNTOLD: usize = 500;
/// Keys whose spending is kept, at most.
const MOST_KEYS: usize = 100_000;

impl Desk {
    /// A desk that speaks with these words.
    #[must_use]
    pub fn new(words: Arc<dyn Words>) -> Self {
        Self { words, allowance: CREDITS_PER_MONTH, spent: Mutex::default(), demand: Mutex::default(), untold: Mutex::default() }
    }

    /// The same with another allowance of credits a month.
    #[must_use]
    pub fn with_allowance(mut self, credits: u64) -> Self {
        self.allowance = credits;
        self
    }

    pub(super) fn words(&self) -> &dyn Words {
        &*self.words
    }

    /// Books credits on a key: it is held as a hash, and forgotten when a month begins.
    pub(super) fn spend(&self, key: &str, credits: u64, now: Moment) -> Usage {
        let month = now.timestamp().strftime("%Y-%m").to_string();
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() > MOST_KEYS {
            spent.clear();
        }
        let (in_month, used) = spent.entry(hasher.finish()).or_default();
        if *in_month != month {
            (*in_month, *used) = (month, 0);
        }
        *used += credits;
        Usage { last: credits, used: *used, remaining: self.allowance as i64 - *used as i64 }
    }

    /// Counts that somebody asked for what we do not collect.
    pub(super) fn miss(&self, sport: &str, what: &str) {
        let mut demand = self.demand.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (sport.to_owned(), what.to_owned());
        if demand.len() < MOST_DEMANDS || demand.contains_key(&key) {
            *demand.entry(key).or_default() += 1;
        }
        drop(demand);
        self.count(sport, what);
    }

    /// Counts that somebody asked how a league stands now, by any address of ours.
    pub(crate) fn want(&self, league: &str, wanted: Wanted) {
        self.count(league, if wanted == Wanted::Props { "props" } else { "odds" });
    }

    fn count(&self, league: &str, what: &str) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (league.to_owned(), what.to_owned());
        if untold.len() < MOST_UNTOLD || untold.contains_key(&key) {
            *untold.entry(key).or_default() += 1;
        }
    }

    /// What was asked for since this was called last: how often, by league (or sport key) and `odds`, `props`, or what is not collected.
    /// For whoever keeps it.
    #[must_use]
    pub fn take_demand(&self) -> Vec<(String, String, u64)> {
        let untold = std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
        untold.into_iter().map(|((league, what), count)| (league, what, count)).collect()
    }

    /// What was asked for and is not collected: how often, by sport key and market (or endpoint). For the metrics.
    #[must_use]
    pub fn demand(&self) -> Vec<(String, String, u64)> {
        let demand = self.demand.lock().unwrap_or_else(PoisonError::into_inner);
        demand.iter().map(|((sport, what), count)| (sport.clone(), what.clone(), *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_counted_by_key_and_month() {
        let desk = Desk::default().with_allowance(10);
        let at = |text: &str| text.parse::<Moment>().unwrap();
        assert_eq!(desk.spend("a", 8, at("2026-01-31T23:59:59Z")), Usage { last: 8, used: 8, remaining: 2 });
        assert_eq!(desk.spend("a", 8, at("2026-01-31T23:59:59Z")).remaining, -6);
        assert_eq!(desk.spend("b", 0, at("2026-01-31T23:59:59Z")).remaining, 10);
        assert_eq!(desk.spend("a", 1, at("2026-02-01T00:00:00Z")), Usage { last: 1, used: 1, remaining: 9 });
    }

    #[test]
    fn demand_is_counted_by_sport_and_market() {
        let desk = Desk::default();
        desk.miss("soccer_epl", "btts");
        desk.miss("soccer_epl", "btts");
        assert_eq!(desk.demand(), [("soccer_epl".to_owned(), "btts".to_owned(), 2)]);
        desk.want("soccer.eng.1", Wanted::Odds);
        let told =
            [("soccer.eng.1", "odds", 1), ("soccer_epl", "btts", 2)].map(|(league, what, n)| (league.to_owned(), what.to_owned(), n));
        assert_eq!((desk.take_demand(), desk.take_demand()), (told.to_vec(), Vec::new()), "each call is told once");
    }
}
