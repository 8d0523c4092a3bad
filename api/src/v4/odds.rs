//! `GET /v4/sports/{sport}/odds` and `/events/{event}/odds`: prices of all that is on and to come, and any market of one event.

use std::collections::{BTreeSet, HashMap};

use odds::Moment;
use store::Cut;

use super::Answer;
use super::Wanted;
use super::asked::{Asked, Only, Prices};
use super::body::EventOdds;
use super::games::{Game, Told, all_games, event, game, games, on, require_sport, sport_title, told};
use super::problem::Wrong;
use super::quotes::{Ask, quotes, titles};
use crate::state::State;

/// Games of `upcoming` that have not begun, at most.
const UPCOMING: usize = 8;

/// From which moment, and as far as what was observed by when.
#[derive(Clone, Copy)]
pub(super) struct When {
    pub cut: Cut,
    pub at: Moment,
}

/// Events with their prices, and which of the asked markets are collected at all.
pub(super) struct Priced {
    pub events: Vec<EventOdds>,
    pub collected: BTreeSet<String>,
}

pub(super) fn of_sport(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let (prices, mut only) = (asked.prices(state.v4.words(), true)?, asked.only()?);
    let now = (state.now)();
    let when = When { cut: Cut::ALL, at: now };
    let found = if asked.sport == "upcoming" {
        (only.from, only.to) = (None, None);
        next_few(on(state, all_games(state, now, 2)?, Cut::ALL, now, &only)?, now)
    } else {
        require_sport(state, &asked.sport)?;
        on(state, games(state, &asked.sport, now, 2)?, Cut::ALL, now, &only)?
    };
    let priced = priced(state, found, &prices, when, true)?;
    let credits = if priced.events.is_empty() { 0 } else { prices.markets.len() as u64 * prices.regions() };
    let is_missing = note_missing(state, &asked.sport, &prices, &priced.collected);
    note_wanted(state, &asked.sport, Wanted::Odds);
    Ok(Answer::of(&priced.events, credits)?.not_collected(is_missing))
}

/// All that are live, and the next few across all sports.
fn next_few(found: Vec<(Game, Told)>, now: Moment) -> Vec<(Game, Told)> {
    let mut coming = 0;
    let is_kept = |told: &Told| {
        let is_coming = told.starts_at.is_some_and(|start| start > now);
        coming += usize::from(is_coming);
        !is_coming || coming <= UPCOMING
    };
    let mut is_kept = is_kept;
    found.into_iter().filter(|(_, told)| is_kept(told)).collect()
}

pub(super) fn of_event(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let prices = asked.prices(state.v4.words(), false)?;
    let id = asked.event_id()?;
    require_sport(state, &asked.sport)?;
    let game = game(state, &asked.sport, id)?;
    let now = (state.now)();
    let told = told(state, &game, Cut::ALL)?;
    if !told.is_on(now) {
        return Err(Wrong::event_not_found());
    }
    let priced = priced(state, vec![(game, told)], &prices, When { cut: Cut::ALL, at: now }, false)?;
    let is_missing = note_missing(state, &asked.sport, &prices, &priced.collected);
    let is_of_players = prices
        .markets
        .iter()
        .any(|market| market.starts_with("player_") || market.starts_with("batter_") || market.starts_with("pitcher_"));
    note_wanted(state, &asked.sport, if is_of_players { Wanted::Props } else { Wanted::Odds });
    let credits = distinct_markets(&priced.events) * prices.regions();
    let event = priced.events.into_iter().next().ok_or_else(Wrong::event_not_found)?;
    Ok(Answer::of(&event, credits)?.not_collected(is_missing))
}

/// The markets that an answer shows: what it is paid by.
pub(super) fn distinct_markets(events: &[EventOdds]) -> u64 {
    let books = events.iter().flat_map(|event| &event.bookmakers);
    books.flat_map(|book| &book.markets).map(|market| market.key.as_str()).collect::<BTreeSet<_>>().len() as u64
}

/// Events with the prices that are asked for.
pub(super) fn priced(state: &State, found: Vec<(Game, Told)>, prices: &Prices, when: When, book_times: bool) -> Result<Priced, Wrong> {
    let books = titles(state)?;
    let ask = Ask { prices, cut: when.cut, at: when.at, book_times, titles: &books };
    let mut sports: HashMap<String, String> = HashMap::new();
    let mut priced = Priced { events: Vec::with_capacity(found.len()), collected: BTreeSet::new() };
    for (game, told) in found {
        if !sports.contains_key(&game.sport) {
            sports.insert(game.sport.clone(), sport_title(state, &game.sport)?);
        }
        let quotes = quotes(state, &game, &told, &ask)?;
        priced.collected.extend(quotes.collected);
        let event = event(&game, &told, &sports[&game.sport], prices.dates, prices.include.rotation_numbers);
        priced.events.push(EventOdds { event, bookmakers: quotes.books });
    }
    Ok(priced)
}

/// Counts that a sport was asked for, under our league of it where we know one.
fn note_wanted(state: &State, sport: &str, wanted: Wanted) {
    state.v4.want(state.v4.words().league(sport).unwrap_or(sport), wanted);
}

/// Counts the asked markets that are not collected; whether none of them is.
pub(super) fn note_missing(state: &State, sport: &str, prices: &Prices, collected: &BTreeSet<String>) -> bool {
    let missing: Vec<&String> = prices.markets.iter().filter(|market| !collected.contains(*market)).collect();
    missing.iter().for_each(|market| state.v4.miss(sport, market));
    missing.len() == prices.markets.len()
}

/// No wish about events.
pub(super) fn any() -> Only {
    Only::default()
}
