//! What kind of old database is wanted.

use std::collections::BTreeSet;

use super::dirt::Dirt;
use super::random::Random;

/// A shape that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `sports_events` with `odds` and `stats`, predictions, bets, preferences.
    Basic,
    /// With `external_event_id` and `source`.
    WithSources,
    /// With the enhanced columns and all their tables.
    HalfEnhanced,
    /// A half-run migration: any of the enhanced tables, some empty, the events perhaps renamed, references that lead nowhere.
    BrokenHalfWay,
    /// Any of the columns and tables, drawn from the seed.
    Mixed,
}

/// What a database may have beside the basic shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `external_event_id`, `source`, and `postponed` in the status check.
    Sources,
    /// `external_event_id` is unique.
    UniqueExternalId,
    /// `sport_key`, with `sports_config`.
    SportKey,
    /// `home_team_id`, `away_team_id`, with `teams` and `players`.
    Teams,
    /// `venue`, `venue_city`, `weather_conditions`, `attendance`, `broadcast_info`.
    Venue,
    /// `final_home_score`, `final_away_score`, `period_scores`.
    FinalScores,
    /// `metadata`.
    Metadata,
    /// `bookmakers`, `market_types`, `odds_data`, `historical_odds`.
    OddsTables,
    /// `player_prop_types`, `player_props_odds`, `player_game_stats`, `player_season_stats`.
    PropTables,
    /// `injury_reports`, `news_articles`, `ai_predictions`, `model_performance`.
    NewsTables,
    /// The enhanced tables were made and never filled.
    EmptyTables,
    /// Columns that should refer to events do so by name alone.
    NoEventKeys,
    /// No check of the status.
    AnyStatus,
    /// `sports_events` was renamed to `sports_events_old`.
    Renamed,
    /// A new, empty `sports_events` stands beside the renamed one.
    NewBesideOld,
}

impl Part {
    const OF_SHAPE_3: [Self; 10] = [
        Self::Sources,
        Self::UniqueExternalId,
        Self::SportKey,
        Self::Teams,
        Self::Venue,
        Self::FinalScores,
        Self::Metadata,
        Self::OddsTables,
        Self::PropTables,
        Self::NewsTables,
    ];
    const OF_SHAPE_4: [Self; 5] = [Self::EmptyTables, Self::NoEventKeys, Self::AnyStatus, Self::Renamed, Self::NewBesideOld];
}

/// An old database to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// All that is drawn is drawn from it.
    pub seed: u64,
    /// What stands beside the basic shape.
    pub parts: BTreeSet<Part>,
    /// Events before dirt (some kinds of dirt add rows).
    pub events: usize,
    /// Prices, in `odds` of the events and in `odds_data` where it is there.
    pub prices: usize,
    /// Kinds of dirt; kinds that the parts cannot hold are left out.
    pub dirt: BTreeSet<Dirt>,
    /// Rows (or pairs) of each kind.
    pub of_each: usize,
    /// What counts as now, in seconds since 1970: games before it are over.
    pub now: i64,
}

impl Recipe {
    /// A small database of a shape, with two rows of every kind of dirt.
    #[must_use]
    pub fn of(shape: Shape, seed: u64, now: i64) -> Self {
        Self { seed, parts: parts(shape, seed), events: 300, prices: 400, dirt: Dirt::ALL.into(), of_each: 2, now }
    }

    /// The same in another size.
    #[must_use]
    pub fn sized(mut self, events: usize, prices: usize) -> Self {
        (self.events, self.prices, self.of_each) = (events, prices, (events / 500).max(2));
        self
    }

    /// The same without dirt.
    #[must_use]
    pub fn clean(mut self) -> Self {
        self.dirt.clear();
        self
    }

    /// The same with one more part.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.insert(part);
        self
    }

    /// The same without a part.
    #[must_use]
    pub fn without(mut self, part: Part) -> Self {
        self.parts.remove(&part);
        self
    }

    /// Whether a part is there.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// The name of the table with the events.
    #[must_use]
    pub fn events_table(&self) -> &'static str {
        if self.has(Part::Renamed) { "sports_events_old" } else { "sports_events" }
    }
}

fn parts(shape: Shape, seed: u64) -> BTreeSet<Part> {
    let mut random = Random::new(seed ^ 0xBAD5_EED5);
    let mut drawn = |from: &[Part]| from.iter().copied().filter(|_| random.below(2) == 0).collect::<Vec<_>>();
    match shape {
        Shape::Basic => BTreeSet::new(),
        Shape::WithSources => [Part::Sources].into(),
        Shape::HalfEnhanced => Part::OF_SHAPE_3.into(),
        Shape::BrokenHalfWay => drawn(&Part::OF_SHAPE_3).into_iter().chain(Part::OF_SHAPE_4).chain([Part::Sources]).collect(),
        Shape::Mixed => [drawn(&Part::OF_SHAPE_3), drawn(&Part::OF_SHAPE_4)].concat().into_iter().collect(),
    }
}
