//! `GET /v1/odds` and `GET /v1/props`: the boards of many events in one call.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::Moment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, Length, When, format, moment, span};
use crate::board::Wish;
use crate::event_odds::{EventBoard, board};
use crate::problem::Problem;
use crate::state::State;
use crate::v4::Wanted;
use crate::walk::Walk;

/// What can be asked of the odds of many events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OddsAsk {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// No earlier start; six hours before the moment asked about where nothing is said.
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later start.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Markets in our words or the providers', with commas; markets about players only where they are named.
    market: Option<String>,
    /// Books by our key or the providers', with commas.
    book: Option<String>,
    /// Providers whose word alone is wanted, with commas; of all, each quote is shown once, from the freshest.
    provider: Option<String>,
    /// Only quotes that changed after this moment.
    #[param(format = DateTime)]
    updated_after: Option<String>,
    /// `decimal` (where nothing is said), `american` or `fractional`.
    format: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// Events, 1 to 100; 25 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// What can be asked of the player props of many events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PropsAsk {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// A part of a player's name in any spelling, or a player's id.
    player: Option<String>,
    /// No earlier start; six hours before the moment asked about where nothing is said.
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later start.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Markets in our words or the providers', with commas.
    market: Option<String>,
    /// Books by our key or the providers', with commas.
    book: Option<String>,
    /// Providers whose word alone is wanted, with commas; of all, each quote is shown once, from the freshest.
    provider: Option<String>,
    /// Only quotes that changed after this moment.
    #[param(format = DateTime)]
    updated_after: Option<String>,
    /// `decimal` (where nothing is said), `american` or `fractional`.
    format: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// Events, 1 to 100; 25 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// A page of boards.
#[derive(Debug, Serialize, ToSchema)]
pub struct Boards {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    /// Events that have a quote that fits, by start.
    events: Vec<EventBoard>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

const LENGTH: Length = Length { usual: 25, most: 100 };
const BEFORE_SECS: i64 = 6 * 3600;

/// The boards of many events, without what is about players.
#[utoipa::path(get, path = "/v1/odds", params(OddsAsk), tag = "odds",
    responses((status = 200, body = Boards), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub async fn odds(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<OddsAsk>) -> Result<Json<Boards>, Problem> {
    let props = if ask.market.is_some() { None } else { Some(false) };
    state.blocking(move |state| answer(state, &ask, None, props)).await.map(Json)
}

/// The player props of many events.
#[utoipa::path(get, path = "/v1/props", params(PropsAsk), tag = "odds",
    responses((status = 200, body = Boards), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub async fn props(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<PropsAsk>) -> Result<Json<Boards>, Problem> {
    let PropsAsk { sport, player, from, to, market, book, provider, updated_after, format, as_of, known_at, limit, cursor } = ask;
    let ask = OddsAsk { sport, from, to, market, book, provider, updated_after, format, as_of, known_at, limit, cursor };
    state.blocking(move |state| answer(state, &ask, player.as_ref(), Some(true))).await.map(Json)
}

fn answer(state: &State, ask: &OddsAsk, player: Option<&String>, props: Option<bool>) -> Result<Boards, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let wish = Wish {
        market: ask.market.as_ref(),
        book: ask.book.as_ref(),
        provider: ask.provider.as_ref(),
        player,
        props,
        updated_after: moment("updated_after", ask.updated_after.as_ref())?,
        format: format(ask.format.as_ref())?,
        when,
    };
    let (from, to) = span(ask.from.as_ref(), ask.to.as_ref())?;
    let walk = Walk {
        sport: ask.sport.as_ref(),
        status: None,
        participant: None,
        from: from.or(Some(when.at.plus_secs(-BEFORE_SECS))),
        to,
        is_recent: false,
        cursor: ask.cursor.as_ref(),
        limit: LENGTH.read(ask.limit.as_ref())?,
        when,
    };
    let aggregates = state.aggregates()?;
    let mut events = Vec::new();
    let next = walk.each(state, |met| {
        let found = wish.find(state, &met.row, met.sides.as_ref(), &aggregates)?;
        let has_quotes = !found.quotes.is_empty();
        if has_quotes {
            events.push(EventBoard { quotes: found.quotes, absent: found.absent, ..board(met.event, when.at) });
        }
        Ok(has_quotes)
    })?;
    if ask.as_of.is_none() {
        let leagues: BTreeSet<&str> = events.iter().map(|event| event.sport.as_str()).collect();
        let wanted = if props == Some(true) { Wanted::Props } else { Wanted::Odds };
        leagues.into_iter().for_each(|league| state.v4.want(league, wanted));
    }
    let absent =
        if events.is_empty() { Some(of_sport(state, ask.sport.as_ref(), "no event in this span has a quote that fits")?) } else { None };
    Ok(Boards { as_of: when.at, events, next, absent })
}
