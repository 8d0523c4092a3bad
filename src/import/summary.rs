//! What comes in with an import: listings, quotes by market, results, and what was refused, with examples.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use odds::Moment;
use odds::diff::Counts;
use odds::observation::{Decoded, FactKind, ListingKind};
use serde::Serialize;

/// Examples that are kept of each reason.
const EXAMPLES: usize = 10;

/// Refused for one reason.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Refused {
    /// How often.
    pub times: u64,
    /// The first ones.
    pub examples: Vec<String>,
}

/// Quotes of one market.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct OfMarket {
    /// Quotes with a price.
    pub quotes: u64,
    /// Of these, refused.
    pub refused: u64,
}

/// What a chunk, or all of them, tell.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Told {
    /// Rows.
    pub rows: usize,
    #[serde(skip)]
    listings: HashSet<u64>,
    /// Quotes by market.
    pub markets: BTreeMap<String, OfMarket>,
    /// Lines without a price.
    pub lines_alone: u64,
    /// Events with a result.
    pub results: u64,
    /// Lines of what a player did.
    pub stats: u64,
    /// Injuries that are told.
    pub injuries: u64,
    /// Lists of people that are told, with or without anybody on them.
    pub lists: u64,
    /// Quotes seen after their event had begun.
    pub after_the_start: u64,
    /// What was refused, by reason.
    pub refused: BTreeMap<&'static str, Refused>,
    /// The first moment.
    pub first_at: Option<Moment>,
    /// The last.
    pub last_at: Option<Moment>,
}

/// What a run came to.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Files that could not be.
    pub bad: usize,
    /// What they tell.
    #[serde(flatten)]
    pub told: Told,
    /// Chunks that were recorded.
    pub recorded: usize,
    /// Chunks that were known already.
    pub known: usize,
    /// What became of the quotes of recorded chunks.
    pub counts: Counts,
    /// Whether somebody asked to stop.
    pub is_stopped: bool,
}

impl Told {
    /// What a chunk tells.
    #[must_use]
    pub fn of(file: &str, rows: usize, decoded: &Decoded<'_>) -> Self {
        let mut told = Self { rows, ..Self::default() };
        told.first_at = decoded.snapshots.first().map(|snapshot| snapshot.observed_at);
        told.last_at = decoded.snapshots.last().map(|snapshot| snapshot.observed_at);
        for snapshot in &decoded.snapshots {
            for listing in &snapshot.listings {
                told.listings.insert(hash(&listing.id));
                let of_kind = |kind| listing.facts.iter().filter(move |fact| fact.kind == kind);
                told.results += u64::from(listing.facts.iter().any(|fact| fact.kind == FactKind::HomeScore));
                told.stats += of_kind(FactKind::Stat).count() as u64;
                told.injuries += of_kind(FactKind::Injury).count() as u64;
                told.lists += u64::from(listing.kind == ListingKind::InjuryList);
                told.lines_alone += of_kind(FactKind::Attribute).filter(|fact| fact.value.starts_with("{\"line\":")).count() as u64;
                let start = of_kind(FactKind::Start).next().and_then(|start| start.value.parse::<Moment>().ok());
                let is_played = start.is_some_and(|start| snapshot.observed_at > start) && snapshot.basis.is_measured();
                for market in listing.books.iter().flat_map(|book| &book.markets) {
                    let of_market = match told.markets.get_mut(&*market.key) {
                        Some(of_market) => of_market,
                        None => told.markets.entry(market.key.clone().into_owned()).or_default(),
                    };
                    of_market.quotes += market.outcomes.len() as u64;
                    of_market.refused += market.outcomes.iter().filter(|outcome| outcome.offer.is_err()).count() as u64;
                    told.after_the_start += if is_played { market.outcomes.len() as u64 } else { 0 };
                }
            }
        }
        for problem in &decoded.problems {
            let refused = told.refused.entry(problem.reason.as_str()).or_default();
            refused.times += 1;
            if refused.examples.len() < EXAMPLES {
                refused.examples.push(format!("{file}, {}: {}", problem.path, problem.detail));
            }
        }
        told
    }

    /// How many listings.
    #[must_use]
    pub fn listings(&self) -> usize {
        self.listings.len()
    }

    /// How many quotes with a price.
    #[must_use]
    pub fn quotes(&self) -> u64 {
        self.markets.values().map(|market| market.quotes).sum()
    }

    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.listings.extend(other.listings);
        for (market, quotes) in other.markets {
            let all = self.markets.entry(market).or_default();
            all.quotes += quotes.quotes;
            all.refused += quotes.refused;
        }
        self.lines_alone += other.lines_alone;
        self.results += other.results;
        self.stats += other.stats;
        self.injuries += other.injuries;
        self.lists += other.lists;
        self.after_the_start += other.after_the_start;
        for (reason, refused) in other.refused {
            let all = self.refused.entry(reason).or_default();
            all.times += refused.times;
            all.examples.extend(refused.examples.into_iter().take(EXAMPLES - all.examples.len().min(EXAMPLES)));
        }
        self.first_at = [self.first_at, other.first_at].into_iter().flatten().min();
        self.last_at = self.last_at.max(other.last_at);
    }
}

impl Summary {
    /// Adds a chunk.
    pub fn add(&mut self, told: Told) {
        self.told.add(told);
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
