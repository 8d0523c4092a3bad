//! `GET /v4/sports/{sport}/scores[?daysFrom=]`: games that are on and to come, and with days, those that ended lately.

use odds::Moment;
use odds::observation::{EventStatus, ListingKind};
use store::Cut;

use super::Answer;
use super::asked::{Asked, Dates};
use super::body::{Game as Body, Score, Time};
use super::games::{Game, Told, games, require_sport, sport_title, told};
use super::problem::Wrong;
use crate::state::State;

const DAY: i64 = 86_400;

pub(super) fn answer(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let (dates, only, days) = (asked.dates()?, asked.only()?, asked.days_from()?);
    require_sport(state, &asked.sport)?;
    let now = (state.now)();
    let games = games(state, &asked.sport, now, days.unwrap_or(0) + 2)?;
    let is_not_collected = games.is_empty();
    if is_not_collected {
        state.v4.miss(&asked.sport, "scores");
    }
    let title = sport_title(state, &asked.sport)?;
    let mut bodies = Vec::new();
    for game in games.iter().filter(|game| game.is_wanted(&only) && game.listings[0].kind == ListingKind::Contest) {
        let told = told(state, game, Cut::ALL)?;
        if told.is_on(now) || days.is_some_and(|days| ended_within(&told, days, now)) {
            bodies.push((told.starts_at, body(game, told, &title, dates)));
        }
    }
    bodies.sort_by_key(|(start, _)| *start);
    let bodies: Vec<Body> = bodies.into_iter().map(|(_, body)| body).collect();
    Ok(Answer::of(&bodies, if days.is_some() { 2 } else { 1 })?.not_collected(is_not_collected))
}

fn ended_within(told: &Told, days: i64, now: Moment) -> bool {
    told.status == Some(EventStatus::Final) && told.starts_at.is_some_and(|start| start <= now && start >= now.plus_secs(-days * DAY))
}

fn body(game: &Game, told: Told, title: &str, dates: Dates) -> Body {
    let scores = told.scores.as_ref().zip(told.home.as_ref().zip(told.away.as_ref())).map(|((home, away), names)| {
        [(names.0, home), (names.1, away)].map(|(name, score)| Score { name: name.clone(), score: score.clone() }).to_vec()
    });
    Body {
        id: game.id.clone(),
        sport_key: game.sport.clone(),
        sport_title: title.to_owned(),
        commence_time: Time::of(told.starts_at.unwrap_or_default(), dates),
        completed: told.status == Some(EventStatus::Final),
        last_update: told.scored_at.filter(|_| scores.is_some()).map(|at| Time::of(at, dates)),
        home_team: told.home,
        away_team: told.away,
        scores,
    }
}
