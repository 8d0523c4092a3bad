//! `GET /v1/events/{id}/odds`: the board of one event, now or as of a moment.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use odds::Moment;
use odds::observation::FactKind;
use odds::price::Format;
use serde::{Deserialize, Serialize};
use store::Cut;

use crate::problem::Problem;
use crate::state::State;
use crate::view::{Quote, Shown, standings};

/// What can be asked.
#[derive(Debug, Deserialize)]
pub struct Asked {
    market: Option<String>,
    book: Option<String>,
    format: Option<String>,
    as_of: Option<String>,
}

/// What is answered.
#[derive(Debug, Serialize)]
pub struct Answer {
    id: String,
    sport: String,
    home: Option<String>,
    away: Option<String>,
    starts_at: Option<Moment>,
    status: Option<String>,
    as_of: Moment,
    quotes: Vec<Quote>,
}

pub async fn get(Extract(state): Extract<Arc<State>>, Path(id): Path<String>, Query(asked): Query<Asked>) -> Result<Json<Answer>, Problem> {
    state.blocking(move |state| answer(state, &id, &asked)).await.map(Json)
}

fn answer(state: &State, id: &str, asked: &Asked) -> Result<Answer, Problem> {
    let as_of = asked
        .as_of
        .as_deref()
        .map(|text| text.parse().map_err(|error: odds::moment::NotAMoment| Problem::bad_parameter("as_of", text, &error.to_string())));
    let as_of: Option<Moment> = as_of.transpose()?;
    let format = match asked.format.as_deref() {
        None | Some("decimal") => Format::Decimal,
        Some("american") => Format::American,
        Some("fractional") => Format::Fractional,
        Some(other) => return Err(Problem::bad_parameter("format", other, "decimal, american or fractional")),
    };
    let at = as_of.unwrap_or_else(|| (state.now)());
    let cut = as_of.map_or(Cut::ALL, Cut::as_of);
    let event = state.event(id)?;
    let mut answer = Answer {
        id: event.id.to_string(),
        sport: event.listings[0].league.clone().unwrap_or_else(|| event.listings[0].sport.clone()),
        home: None,
        away: None,
        starts_at: None,
        status: None,
        as_of: at,
        quotes: Vec::new(),
    };
    for listing in &event.listings {
        state.with_board(listing, cut, |kept| {
            let text = |kind| kept.board.fact(kind).map(str::to_owned);
            answer.home = answer.home.take().or_else(|| text(FactKind::Home));
            answer.away = answer.away.take().or_else(|| text(FactKind::Away));
            answer.status = text(FactKind::Status).or_else(|| answer.status.take());
            answer.starts_at = answer.starts_at.or_else(|| kept.board.starts_at());
            let quotes = standings(kept, &*state.meanings, at).map(|standing| standing.quote(Shown { at, format }));
            let wanted =
                |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked.split(',').any(|one| one == value));
            answer.quotes.extend(quotes.filter(|quote| wanted(&asked.market, &quote.market) && wanted(&asked.book, &quote.book)));
        })?;
    }
    Ok(answer)
}
