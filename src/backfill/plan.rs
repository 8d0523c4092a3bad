//! The planner: a goal and what is known, to the steps that are still to be asked. Pure: the same two give the same steps.
//!
//! Steps have an order of worth: lists that cost nothing, lists of days that nobody knows, closing lines, closing props, openings, what
//! lies between. Money buys the front of that order, the newest days first; so more money never brings less, and no plan costs more
//! than it may.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use odds::Moment;
use providers::{Ask, Call, Provider, What};
use serde::Serialize;

use super::goal::{Goal, Resolution, midnight};
use super::known::{Frame, Game, Known, PERIOD_SECS};
use super::walk::{self, Walk};
use super::way::Way;
use crate::collect::menu;

/// Where a snapshot usually lies after the full five minutes: seen at :38 to :40 past.
const OFFSET_SECS: i64 = 40;
/// Until when the provider kept a snapshot every ten minutes only: 2022-09-18.
const TEN_MINUTES_UNTIL: Moment = Moment::from_secs(1_663_459_200);
/// How long before the first start of a day its opening is looked at.
const OPENING_LEAD_SECS: i64 = 24 * 3600;
/// A word beside markets: what players did, asked game by game where the provider tells it.
pub const STATS: &str = "stats";

/// What a step is worth, the first first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Costs nothing.
    Free,
    /// Tells which games a day has.
    List,
    /// The closing board.
    Close,
    /// The closing prices of one game's further markets.
    CloseProps,
    /// The board a day before.
    Open,
    /// One game's further markets a day before.
    OpenProps,
    /// A board in between.
    Between,
    /// One game's further markets in between.
    BetweenProps,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is worth.
    pub rank: Rank,
    /// Which of the goal's sports.
    pub sport: usize,
    /// The league's day that it is for.
    pub day: Date,
    /// What is asked.
    pub ask: Ask,
    /// The most that it can cost.
    pub credits: i64,
    /// Whether it can be asked now; else an answer before it says exactly what.
    pub is_ready: bool,
    /// Whether it was asked before and its reply was lost: then it is asked alone, so that a second mishap costs one call at most.
    pub is_alone: bool,
    /// Games that it is for.
    pub games: u32,
}

/// A day whose opening board is the closing board of the day before: a game of that began a day before its own first one, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// Which of the goal's sports.
    pub sport: usize,
    /// The [`slot`] of the snapshot.
    pub slot: i64,
    /// The day that it opens.
    pub day: Date,
    /// Games of it.
    pub games: u32,
}

/// What is still to be asked for a goal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Its steps, the worthiest first.
    pub steps: Vec<Step>,
    /// Openings that its closing steps bring.
    pub shared: Vec<Shared>,
    /// Days of which nobody knows the games: what they will cost is not known either.
    pub unknown_days: usize,
    /// Games of which the provider has no history (of all that is wanted): what it has not is not asked.
    pub gone_games: usize,
    /// Games that are not over, or not begun where their last board is all that is wanted: they are not asked yet.
    pub coming_games: usize,
}

impl Plan {
    /// The steps for a goal; `id` is the plan's, for what it tried before.
    #[must_use]
    pub fn of(provider: &dyn Provider, goal: &Goal, known: &BTreeMap<String, Known>, id: &str) -> Self {
        let mut plan = Self::default();
        for (index, sport) in goal.sports.iter().enumerate() {
            if let (Some(known), Some(way)) = (known.get(sport), Way::of(provider, sport)) {
                Planner { provider, goal, known, id, sport, index, planned: HashSet::new(), plan: &mut plan }.add(way);
            }
        }
        plan.steps.sort_by(|a, b| {
            let key = |step: &Step| (step.rank, std::cmp::Reverse(step.day), step.sport, step.ask.at);
            key(a).cmp(&key(b)).then_with(|| a.ask.cmp(&b.ask))
        });
        plan
    }

    /// How many steps from the front so much money pays for.
    #[must_use]
    pub fn paid_by(&self, credits: Option<i64>) -> usize {
        let Some(credits) = credits else { return self.steps.len() };
        let mut left = credits;
        self.steps
            .iter()
            .take_while(|step| {
                left -= step.credits;
                left >= 0
            })
            .count()
    }

    /// What so many steps from the front can cost at most.
    #[must_use]
    pub fn credits_of(&self, steps: usize) -> i64 {
        self.steps[..steps].iter().map(|step| step.credits).sum()
    }
}

struct Planner<'a> {
    provider: &'a dyn Provider,
    goal: &'a Goal,
    known: &'a Known,
    id: &'a str,
    sport: &'a str,
    index: usize,
    /// Snapshots of the whole board that steps of the days before bring.
    planned: HashSet<i64>,
    plan: &'a mut Plan,
}

impl Planner<'_> {
    fn add(&mut self, way: Way) {
        match way {
            Way::Snapshots => self.snapshots(),
            Way::Listings => {
                self.settled();
                self.listings(What::HistoricalEventOdds);
            }
            Way::Days(what) => self.days(what),
            Way::Seasons => self.seasons(),
        }
    }

    /// Adds a step, unless it was answered or tried as often as it will be. Gives whether it is to be asked.
    fn push(&mut self, rank: Rank, day: Date, ask: Ask, games: usize, is_ready: bool) -> bool {
        let is_history = |at| self.known.is_past(at) && self.provider.history_begins(ask.what).is_none_or(|begin| begin <= at);
        if is_ready && !self.known.may_ask(&ask, self.id) || ask.at.is_some_and(|at| !is_history(at)) {
            return false;
        }
        // What is not known yet is priced like any game's.
        let priced = if ask.listing.is_none() && ask.what == What::HistoricalEventOdds {
            self.provider.requests(&Ask { listing: Some("0".repeat(32)), ..ask.clone() })
        } else {
            self.provider.requests(&ask)
        };
        if priced.is_empty() {
            return false;
        }
        let credits: i64 = priced.iter().map(|call| i64::from(call.credits)).sum();
        let rank = if credits == 0 { Rank::Free } else { rank };
        let games = u32::try_from(games).unwrap_or(u32::MAX);
        let is_alone = self.known.was_lost(&ask);
        self.plan.steps.push(Step { rank, sport: self.index, day, ask, credits, is_ready, is_alone, games });
        true
    }

    fn of_day(&self, day: Date) -> &[Game] {
        let zone = self.known.zone();
        let (from, to) = (midnight(day, &zone), midnight(day.tomorrow().unwrap_or(day), &zone));
        let first = self.known.games.partition_point(|game| game.starts_at < from);
        let end = self.known.games.partition_point(|game| game.starts_at < to);
        &self.known.games[first..end]
    }

    fn days(&mut self, what: What) {
        let with_stats = self.goal.markets.iter().any(|market| market == STATS) && self.provider.offers().asks.contains(&What::Summary);
        for day in self.days_over() {
            self.push(Rank::List, day, Ask { day: Some(day.to_string()), ..Ask::of(what, self.sport) }, 0, true);
        }
        if with_stats {
            self.listings(What::Summary);
        }
    }

    /// Games that are over and that the provider lists at once: the list may have grown since an earlier last day.
    fn settled(&mut self) {
        if let Some(day) = self.days_over().pop() {
            self.push(Rank::List, day, Ask { day: Some(day.to_string()), ..Ask::of(What::Season, self.sport) }, 0, true);
        }
    }

    /// The goal's days of which nothing will change any more.
    fn days_over(&self) -> Vec<Date> {
        let zone = self.known.zone();
        self.goal.days().filter(|day| self.known.is_over(midnight(day.tomorrow().unwrap_or(*day), &zone))).collect()
    }

    fn seasons(&mut self) {
        let mut met: Vec<Vec<Call>> = Vec::new();
        for day in self.days_over() {
            let season = menu::season(midnight(day, &jiff::tz::TimeZone::UTC));
            let ask = Ask { day: Some(season), ..Ask::of(What::Season, self.sport) };
            let calls = self.provider.requests(&ask);
            if !met.contains(&calls) {
                met.push(calls);
                self.push(Rank::List, day, ask, 0, true);
            }
        }
    }

    fn listings(&mut self, what: What) {
        let (markets, books) = (self.goal.markets.iter().filter(|market| *market != STATS).cloned().collect::<Vec<_>>(), &self.goal.books);
        let markets = if what == What::Summary { Vec::new() } else { markets };
        let books = if what == What::Summary { Vec::new() } else { books.clone() };
        for day in self.goal.days() {
            let (gone, kept): (Vec<Game>, Vec<Game>) = self.of_day(day).iter().cloned().partition(|game| self.known.is_gone(game));
            self.plan.gone_games += gone.len();
            let (over, coming): (Vec<Game>, Vec<Game>) = kept.into_iter().partition(|game| self.known.is_over(game.starts_at));
            self.plan.coming_games += coming.len();
            for listing in over.into_iter().filter_map(|game| game.listing) {
                let ask = Ask { listing: Some(listing), markets: markets.clone(), books: books.clone(), ..Ask::of(what, self.sport) };
                self.push(Rank::Close, day, ask, 1, true);
            }
        }
    }

    fn snapshots(&mut self) {
        let (featured, further) = self.split();
        let zone = self.known.zone();
        let asks = [&featured, &further].into_iter().flatten();
        let since = asks.filter_map(|ask| self.provider.history_begins(ask.what)).max();
        for day in self.goal.days() {
            let games = self.of_day(day).to_vec();
            self.plan.coming_games += games.iter().filter(|game| !self.known.is_past(game.starts_at)).count();
            self.plan.gone_games += games.iter().filter(|game| since.is_some_and(|since| game.starts_at <= since)).count();
            let must_list = if games.is_empty() { !self.known.listed.contains(&day) } else { featured.is_none() };
            let is_nameless = games.iter().any(|game| game.listing.is_none());
            let mut is_coming = false;
            if must_list && (games.is_empty() || is_nameless) {
                let ask = Ask { at: Some(midnight(day, &zone)), day: Some(day.to_string()), ..Ask::of(What::HistoricalEvents, self.sport) };
                is_coming |= self.push(Rank::List, day, ask, 0, true);
                self.plan.unknown_days += usize::from(games.is_empty() && is_coming);
            }
            if let Some(ask) = &featured {
                is_coming |= self.board(day, ask, &games);
            }
            if let Some(ask) = &further {
                for game in games.iter().filter(|game| game.listing.is_some() || is_coming) {
                    self.board(day, &Ask { listing: game.listing.clone(), ..ask.clone() }, std::slice::from_ref(game));
                }
            }
        }
    }

    /// The featured markets of the goal as one ask of the whole board, and the others as one of a single game.
    fn split(&self) -> (Option<Ask>, Option<Ask>) {
        let at = Some(Moment::from_secs(0));
        let is_featured = |market: &String| {
            let ask = Ask { at, markets: vec![market.clone()], ..Ask::of(What::HistoricalOdds, self.sport) };
            !self.provider.requests(&ask).is_empty()
        };
        let wanted = self.goal.markets.iter().filter(|market| *market != STATS).cloned();
        let (featured, further): (Vec<String>, Vec<String>) = wanted.partition(is_featured);
        let ask = |what, markets: Vec<String>| (!markets.is_empty()).then(|| self.cheapest(Ask { markets, ..Ask::of(what, self.sport) }));
        (ask(What::HistoricalOdds, featured), ask(What::HistoricalEventOdds, further))
    }

    /// The books by their names, or the regions that bring them where those cost less.
    fn cheapest(&self, ask: Ask) -> Ask {
        let by_name = Ask { books: self.goal.books.clone(), regions: self.goal.regions.clone(), ..ask.clone() };
        let regions: Vec<String> = self.provider.regions_with(&self.goal.books).into_iter().map(str::to_owned).collect();
        if regions.is_empty() {
            return by_name;
        }
        let by_region = Ask { regions, ..ask };
        let price = |ask: &Ask| {
            let ask = Ask { at: Some(Moment::from_secs(0)), listing: Some("0".repeat(32)), ..ask.clone() };
            self.provider.requests(&ask).iter().map(|call| call.credits).sum::<u32>()
        };
        if price(&by_region) < price(&by_name) { by_region } else { by_name }
    }

    /// The steps of one day for the whole board, or for one game. Gives whether any is to be asked.
    fn board(&mut self, day: Date, ask: &Ask, games: &[Game]) -> bool {
        let is_of_game = ask.what == What::HistoricalEventOdds;
        let is_named = !is_of_game || ask.listing.is_some();
        let [close, open, between] =
            if is_of_game { [Rank::CloseProps, Rank::OpenProps, Rank::BetweenProps] } else { [Rank::Close, Rank::Open, Rank::Between] };
        let (frame, listing) = (Frame::of(ask), ask.listing.clone().unwrap_or_default());
        let mut slots = if is_of_game { HashSet::new() } else { std::mem::take(&mut self.planned) };
        let mut is_coming = false;
        for game in games {
            let at = game.starts_at.plus_secs(-1);
            let sharing = games.iter().filter(|other| slot(other.starts_at.plus_secs(-1)) == slot(at)).count();
            if self.known.answered_until(ask.what, &listing, &frame, at).is_none() && !slots.contains(&slot(at)) {
                let ask = Ask { at: Some(at), ..ask.clone() };
                if self.push(close, day, ask, sharing, is_named) {
                    slots.insert(slot(at));
                    is_coming = true;
                }
            }
        }
        let (Some(first), Some(last)) = (games.first(), games.last()) else {
            self.planned = slots;
            return is_coming;
        };
        if self.goal.resolution == Resolution::OpenClose {
            let at = first.starts_at.plus_secs(-OPENING_LEAD_SECS);
            if slots.contains(&slot(at)) {
                let games = u32::try_from(games.len()).unwrap_or(u32::MAX);
                self.plan.shared.push(Shared { sport: self.index, slot: slot(at), day, games });
            } else if self.known.answered_until(ask.what, &listing, &frame, at).is_none() {
                is_coming |= self.push(open, day, Ask { at: Some(at), ..ask.clone() }, games.len(), is_named);
            }
        }
        if matches!(self.goal.resolution, Resolution::Hour | Resolution::FiveMinutes) {
            let step_secs = if self.goal.resolution == Resolution::Hour { 3600 } else { period(first.starts_at) };
            let before = if is_of_game { Moment::MIN } else { self.last_of_day_before(day) };
            let from = first.starts_at.plus_secs(-OPENING_LEAD_SECS).max(before);
            let walk = Walk { from, to: last.starts_at, step_secs, is_by_stamps: step_secs != 3600, what: ask.what, listing: &listing };
            for (at, is_ready) in walk::moments(&walk, self.known, &frame, &slots, &|at| self.may_try(ask, at)) {
                is_coming |= self.push(between, day, Ask { at: Some(at), ..ask.clone() }, games.len(), is_named && is_ready);
            }
        }
        if !is_of_game {
            self.planned = slots;
        }
        is_coming
    }

    fn may_try(&self, ask: &Ask, at: Moment) -> bool {
        self.known.may_ask(&Ask { at: Some(at), ..ask.clone() }, self.id)
    }

    /// The walk of a day begins where that of the day before ended, so that nothing is asked in both.
    fn last_of_day_before(&self, day: Date) -> Moment {
        let before = day.yesterday().ok().filter(|day| *day >= self.goal.from);
        before.and_then(|day| self.of_day(day).last()).map_or(Moment::MIN, |game| game.starts_at)
    }
}

/// Snapshots a moment apart are the same one where they fall into the same of these.
#[must_use]
pub fn slot(at: Moment) -> i64 {
    (at.secs() - OFFSET_SECS).div_euclid(period(at))
}

fn period(at: Moment) -> i64 {
    if at < TEN_MINUTES_UNTIL { 2 * PERIOD_SECS } else { PERIOD_SECS }
}
