//! `GET /v4/historical/sports/{sport}/odds`, `/events`, `/events/{event}/odds`, and the older `/v4/sports/{sport}/odds-history`:
//! answered from our own log. The envelope names the moments at which we looked, in whole seconds; asking for one of them leads to it.

use odds::Moment;
use serde::Serialize;
use store::compat::{Around, Observed};
use store::{Cut, ListingRow};

use super::Answer;
use super::asked::{Asked, Dates};
use super::body::{Envelope, Time};
use super::games::{Game, event, game, games, on, require_sport, sport_title, told};
use super::odds::{When, any, distinct_markets, note_missing, priced};
use super::problem::Wrong;
use crate::state::State;

/// What one credit of a live call costs in the past.
const FACTOR: u64 = 10;
/// How far around the moment observations are looked for, in days.
const NEIGHBOURS: i64 = 400;

/// The envelope's times stay in the form that `date` takes, whatever form the others have.
fn envelope<T: Serialize>(around: &Around, asked: Moment, data: T) -> Envelope<T> {
    let time = |at| Time::of(at, Dates::Iso);
    Envelope {
        timestamp: time(around.at.unwrap_or(asked)),
        previous_timestamp: around.previous.map(time),
        next_timestamp: around.next.map(time),
        data,
    }
}

/// As far as was observed by the moment that answers; nothing was where nobody had looked by then.
fn when(around: &Around) -> Option<When> {
    around.at.map(|at| When { cut: Cut::as_of(at), at })
}

fn listings(games: &[Game]) -> Vec<ListingRow> {
    games.iter().flat_map(|game| game.listings.iter().cloned()).collect()
}

pub(super) fn odds(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let (date, prices, only) = (asked.date()?, asked.prices(state.v4.words(), true)?, asked.only()?);
    require_sport(state, &asked.sport)?;
    let games = games(state, &asked.sport, date, NEIGHBOURS)?;
    let around = state.store.observed_around(&listings(&games), date, Observed::Sweeps)?;
    let Some(when) = when(&around) else {
        prices.markets.iter().for_each(|market| state.v4.miss(&asked.sport, market));
        return Ok(Answer::of(&envelope(&around, date, [(); 0]), 0)?.not_collected(true));
    };
    let found = on(state, recent(games, when.at), when.cut, when.at, &only)?;
    let priced = priced(state, found, &prices, when, true)?;
    let credits = if priced.events.is_empty() { 0 } else { FACTOR * prices.markets.len() as u64 * prices.regions() };
    let is_missing = note_missing(state, &asked.sport, &prices, &priced.collected);
    Ok(Answer::of(&envelope(&around, date, priced.events), credits)?.not_collected(is_missing))
}

/// Games that had long begun by then need not be folded. A start can have moved since, so there is room.
fn recent(games: Vec<Game>, at: Moment) -> Vec<Game> {
    let earliest = at.plus_secs(-7 * 86_400);
    games.into_iter().filter(|game| game.starts_at().is_none_or(|start| start >= earliest)).collect()
}

pub(super) fn events(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let (date, dates, only, rotation) = (asked.date()?, asked.dates()?, asked.only()?, asked.rotation_numbers()?);
    require_sport(state, &asked.sport)?;
    let games = games(state, &asked.sport, date, NEIGHBOURS)?;
    let around = state.store.observed_around(&listings(&games), date, Observed::Anything)?;
    let Some(when) = when(&around) else {
        state.v4.miss(&asked.sport, "historical events");
        return Ok(Answer::of(&envelope(&around, date, [(); 0]), 0)?.not_collected(true));
    };
    let title = sport_title(state, &asked.sport)?;
    let found = on(state, recent(games, when.at), when.cut, when.at, &only)?;
    let events: Vec<_> = found.iter().map(|(game, told)| event(game, told, &title, dates, rotation)).collect();
    let credits = u64::from(!events.is_empty());
    Answer::of(&envelope(&around, date, events), credits)
}

pub(super) fn event_odds(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let (date, prices, id) = (asked.date()?, asked.prices(state.v4.words(), false)?, asked.event_id()?);
    require_sport(state, &asked.sport)?;
    let game = game(state, &asked.sport, id)?;
    let around = state.store.observed_around(&game.listings, date, Observed::Anything)?;
    let when = when(&around).ok_or_else(Wrong::event_not_found)?;
    let told = told(state, &game, when.cut)?;
    if !told.is_on(when.at) || !told.is_in(&any()) {
        return Err(Wrong::event_not_found());
    }
    let priced = priced(state, vec![(game, told)], &prices, when, true)?;
    let is_missing = note_missing(state, &asked.sport, &prices, &priced.collected);
    let credits = FACTOR * distinct_markets(&priced.events) * prices.regions();
    let event = priced.events.into_iter().next().ok_or_else(Wrong::event_not_found)?;
    Ok(Answer::of(&envelope(&around, date, event), credits)?.not_collected(is_missing))
}
