//! The forecast: the days to come played with the very function that decides live, over the games that are known. It jumps from one
//! moment at which something can be due to the next.

use odds::Moment;
use providers::{Provider, What};
use rustc_hash::FxHashMap;

use super::asked::{Asked, Outcome};
use super::backoff::Health;
use super::budget::{Purse, next_month};
use super::cadence::{CLOSING_SECS, PROPS_SECS};
use super::closing_first::{demand, pace};
use super::decide::{View, decide_one};
use super::known::{Covered, Props, Slate, Targets};
use super::ladder::{Cadence, TARGET_RUNG};
use super::purpose::Purpose;
use super::sacrifice::{Sacrifice, order};

/// The usual plans of the provider that sells credits by the month.
pub const USUAL_PLANS: [i64; 5] = [500, 20_000, 100_000, 5_000_000, 15_000_000];

/// A span before a start, and how often was asked in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// For people.
    pub name: &'static str,
    /// Seconds before the start at which it begins.
    pub begins_secs: i64,
    /// Seconds before the start at which it ends.
    pub ends_secs: i64,
    /// Mean seconds between featured pulls, over all games; `None` where none fell in it.
    pub odds_gap_secs: Option<f64>,
    /// Mean seconds between props pulls of a game.
    pub props_gap_secs: Option<f64>,
}

const BANDS: [(&str, i64, i64); 5] = [
    ("last ten minutes", 600, 0),
    ("last hour", 3600, 0),
    ("one to six hours", 21_600, 3600),
    ("six hours to a day", 86_400, 21_600),
    ("a day to a week", 7 * 86_400, 86_400),
];

/// What is expected of one sport.
#[derive(Debug, Clone, PartialEq)]
pub struct SportForecast {
    /// The provider's sport key.
    pub sport: String,
    /// Our league.
    pub league: Option<&'static str>,
    /// Games that start in the span.
    pub games: usize,
    /// Credits, by prediction.
    pub credits: i64,
    /// Featured pulls.
    pub odds_pulls: usize,
    /// Props pulls.
    pub props_pulls: usize,
    /// How often, by how near the start is.
    pub bands: Vec<Band>,
    /// What is given up.
    pub given_up: GivenUp,
}

/// What credits do not reach for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GivenUp {
    /// Games without a featured pull in the five minutes before the start.
    pub closings: usize,
    /// Games with props on the menu without such a pull of them.
    pub props_closings: usize,
    /// Featured pulls that the targets would have made on top.
    pub odds_pulls: i64,
    /// Props pulls that the targets would have made on top.
    pub props_pulls: i64,
}

/// What is expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// By sport.
    pub sports: Vec<SportForecast>,
    /// Credits in all, by prediction.
    pub credits: i64,
    /// Calls in all, free ones included.
    pub asks: usize,
    /// Credits for thirty days like these at which the targets would be met everywhere.
    pub target_credits: i64,
    /// The smallest usual plan that has them, with a tenth to spare; `None` where none has.
    pub target_plan: Option<i64>,
    /// Credits until the month ends; `None` where the span ends before it.
    pub until_month_ends: Option<i64>,
    /// What is given up, in the order in which it goes; empty where no ceiling is known.
    pub order: Vec<Sacrifice>,
}

/// What a forecast starts from.
#[derive(Clone)]
pub struct Start<'a> {
    /// The provider.
    pub provider: &'a dyn Provider,
    /// Its sports, with the games that are known.
    pub slates: &'a [Slate],
    /// What was asked last.
    pub asked: Asked,
    /// Its credits.
    pub purse: Purse,
    /// What keyless sources give.
    pub covered: &'a Covered,
    /// What is wanted.
    pub targets: Targets,
    /// The seed of the jitter.
    pub seed: u64,
}

/// Plays the span. Every call is taken to be answered well, and to cost what was predicted.
#[must_use]
pub fn forecast(start: &Start<'_>, from: Moment, until: Moment) -> Forecast {
    let mut played = Played::new(start);
    let mut at = from;
    while at < until {
        let wake_at = played.step(start, at, next_month(from));
        at = wake_at.max(at.plus_secs(1));
    }
    played.told(start, from, until)
}

struct Played {
    asked: Asked,
    purse: Purse,
    odds: FxHashMap<String, Pulls>,
    props: FxHashMap<String, Pulls>,
    credits: FxHashMap<String, i64>,
    this_month: i64,
    asks: usize,
}

/// Moments of pulls in seconds, in order.
#[derive(Default)]
struct Pulls(Vec<i64>);

impl Pulls {
    fn between(&self, from: i64, until: i64) -> usize {
        self.0.partition_point(|at| *at < until) - self.0.partition_point(|at| *at < from)
    }
}

impl Played {
    fn new(start: &Start<'_>) -> Self {
        let (odds, props, credits) = (FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
        Self { asked: start.asked.clone(), purse: start.purse, odds, props, credits, this_month: 0, asks: 0 }
    }

    fn step(&mut self, start: &Start<'_>, at: Moment, month_ends_at: Moment) -> Moment {
        let view = View {
            provider: start.provider,
            slates: start.slates,
            asked: &self.asked,
            purse: &self.purse,
            health: Health::Well,
            covered: start.covered,
            with_holds: false,
        };
        let decision = decide_one(at, &view, start.targets, start.seed);
        for due in decision.due {
            self.asks += 1;
            self.this_month += if at < month_ends_at { due.predicted_credits } else { 0 };
            self.purse.reserve_for(at, Purpose::of(due.ask.what), due.predicted_credits);
            self.asked.note(&due.ask, at, Outcome::Good, None);
            *self.credits.entry(due.ask.sport.clone()).or_default() += due.predicted_credits;
            let row = match due.ask.what {
                What::Odds => self.odds.entry(due.ask.sport).or_default(),
                What::EventOdds => self.props.entry(due.ask.listing.unwrap_or_default()).or_default(),
                _ => continue,
            };
            row.0.push(at.secs());
        }
        decision.wake_at
    }

    fn told(&self, start: &Start<'_>, from: Moment, until: Moment) -> Forecast {
        let sports: Vec<SportForecast> = start.slates.iter().map(|slate| self.of_sport(slate, from, until, start.targets)).collect();
        let days = (until.secs_since(from) / 86_400.0).max(1.0 / 24.0);
        let targets = Cadence::of(TARGET_RUNG, start.targets);
        let needed: f64 = start.slates.iter().map(|slate| demand(from, until, slate, &Asked::default()).credits(&targets)).sum();
        let target_credits = (needed * 30.0 / days).ceil() as i64;
        let target_plan = USUAL_PLANS.into_iter().find(|plan| plan * 9 / 10 >= target_credits);
        let order = start
            .purse
            .funds(from)
            .filter(|_| start.provider.offers().is_metered)
            .map_or_else(Vec::new, |funds| order(&pace(from, start.slates, &start.asked, funds, start.targets), start.targets));
        Forecast {
            from,
            until,
            credits: self.credits.values().sum(),
            sports,
            asks: self.asks,
            target_credits,
            target_plan,
            until_month_ends: (until >= next_month(from)).then_some(self.this_month),
            order,
        }
    }

    fn of_sport(&self, slate: &Slate, from: Moment, until: Moment, targets: Targets) -> SportForecast {
        let none = Pulls::default();
        let odds = self.odds.get(&slate.sport).unwrap_or(&none);
        let games = &slate.games[slate.first_after(from)..slate.first_after(until.plus_secs(-1)).max(slate.first_after(from))];
        let props = |listing: &str| self.props.get(listing).unwrap_or(&none);
        let bands = BANDS.into_iter().map(|(name, begins_secs, ends_secs)| {
            let spans = games.iter().map(|listed| {
                let start = listed.game.starts_at.secs();
                (listed, (start - begins_secs).max(from.secs()), (start - ends_secs).min(until.secs()))
            });
            let (mut secs, mut odds_pulls, mut props_secs, mut props_pulls) = (0, 0, 0, 0);
            for (listed, begin, end) in spans.filter(|(_, begin, end)| begin < end) {
                secs += end - begin;
                odds_pulls += odds.between(begin, end);
                if !matches!(listed.props, Props::Nothing) {
                    props_secs += end - begin;
                    props_pulls += props(&listed.game.listing).between(begin, end);
                }
            }
            let gap = |secs: i64, pulls: usize| (pulls > 0).then(|| secs as f64 / pulls as f64);
            Band { name, begins_secs, ends_secs, odds_gap_secs: gap(secs, odds_pulls), props_gap_secs: gap(props_secs, props_pulls) }
        });
        let is_closed = |pulls: &Pulls, start: i64| pulls.between(start - CLOSING_SECS, start) > 0;
        let start_of = |listed: &super::known::Listed| listed.game.starts_at.secs();
        let with_props = games.iter().filter(|listed| !matches!(listed.props, Props::Nothing));
        let props_pulls: usize = games.iter().map(|listed| props(&listed.game.listing).0.len()).sum();
        let given_up = GivenUp {
            closings: games.iter().filter(|listed| !is_closed(odds, start_of(listed))).count(),
            props_closings: with_props.clone().filter(|listed| !is_closed(props(&listed.game.listing), start_of(listed))).count(),
            odds_pulls: (near_secs(slate, from, until) / targets.odds_secs - odds.0.len() as i64).max(0),
            props_pulls: (with_props.count() as i64 * PROPS_SECS / targets.props_secs - props_pulls as i64).max(0),
        };
        SportForecast {
            sport: slate.sport.clone(),
            league: slate.league.map(|league| league.key),
            games: games.len(),
            credits: self.credits.get(&slate.sport).copied().unwrap_or_default(),
            odds_pulls: odds.0.len(),
            props_pulls,
            bands: bands.collect(),
            given_up,
        }
    }
}

fn near_secs(slate: &Slate, from: Moment, until: Moment) -> i64 {
    slate.timeline.secs_between(from, until).iter().sum()
}
