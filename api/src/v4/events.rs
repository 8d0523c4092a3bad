//! `GET /v4/sports/{sport}/events`: what is on and to come, without prices. Free.

use store::Cut;

use super::Answer;
use super::asked::Asked;
use super::games::{event, games, on, require_sport, sport_title};
use super::problem::Wrong;
use crate::state::State;

pub(super) fn answer(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let (dates, only, rotation) = (asked.dates()?, asked.only()?, asked.rotation_numbers()?);
    require_sport(state, &asked.sport)?;
    let now = (state.now)();
    let games = games(state, &asked.sport, now, 2)?;
    let is_not_collected = games.is_empty();
    if is_not_collected {
        state.v4.miss(&asked.sport, "events");
    }
    let title = sport_title(state, &asked.sport)?;
    let found = on(state, games, Cut::ALL, now, &only)?;
    let events: Vec<_> = found.iter().map(|(game, told)| event(game, told, &title, dates, rotation)).collect();
    Ok(Answer::of(&events, 0)?.not_collected(is_not_collected))
}
