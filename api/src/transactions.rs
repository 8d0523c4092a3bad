//! `GET /v1/transactions`: the moves of leagues, as sources tell them. Each new one is a change of the log, and so in the stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use jiff::civil::Date;
use odds::board::Board;
use odds::observation::FactKind;
use odds::player::Teams;
use odds::roster::Transaction;
use odds::{ListingId, Moment};
use serde::{Deserialize, Serialize};
use store::ListingRow;
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, Length, When, cursor, is_named, place};
use crate::contest::is_of_sport;
use crate::players::People;
use crate::problem::Problem;
use crate::state::State;

/// What can be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// A part of the name of a team that is in it.
    team: Option<String>,
    /// A part of the player's name, in any spelling where the source names him apart, else as it stands in the sentence; or his id.
    player: Option<String>,
    /// No earlier day of the league, `2026-11-25`.
    from: Option<String>,
    /// No later day.
    to: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// 1 to 1000; 200 where nothing is said. A page ends with the day of a league that reaches it, and so may hold more.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// A page of moves, the newest day first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transactions {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    transactions: Vec<TransactionShown>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A move as a source states it. Two sources that tell the same one are both here.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransactionShown {
    /// Our league, or the provider's sport key.
    sport: String,
    /// Who says so.
    provider: String,
    /// The player, by our id: `/v1/players`; absent where the source names nobody apart from its sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    player_id: Option<String>,
    /// What it says: the day (`on`), team, player, `from_team`, `to_team`, kind and sentence (`text`), each where the source has it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    told: Transaction,
    /// When we first saw it stated so.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Moment,
    /// The reply that said so.
    reply: String,
}

const LENGTH: Length = Length { usual: 200, most: 1000 };

/// The moves of leagues, by day: who was signed, traded, let go.
#[utoipa::path(get, path = "/v1/transactions", params(Ask), tag = "names", responses((status = 200, body = Transactions),
    (status = 400, body = Problem, content_type = "application/problem+json")))]
pub async fn list(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>) -> Result<Json<Transactions>, Problem> {
    state.blocking(move |state| answer(state, &ask)).await.map(Json)
}

fn day(name: &str, text: Option<&String>) -> Result<Option<Date>, Problem> {
    text.map(|text| text.parse().map_err(|_| Problem::bad_parameter(name, text, "a day such as 2026-11-25"))).transpose()
}

/// Where the list of a day stands: newest first, and by listing within a day.
fn place_of(day: Date, listing: ListingId) -> (i64, i64) {
    let number = i64::from(day.year()) * 400 + i64::from(day.day_of_year());
    (-number, listing.0)
}

fn answer(state: &State, ask: &Ask) -> Result<Transactions, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let (from, to) = (day("from", ask.from.as_ref())?, day("to", ask.to.as_ref())?);
    let limit = LENGTH.read(ask.limit.as_ref())?;
    let after = cursor::<2>(ask.cursor.as_ref())?.map(|[day, listing]| (day, listing));
    let people = People::of(state, ask.player.as_ref())?;
    let mut lists: BTreeMap<(i64, i64), ListingRow> = BTreeMap::new();
    for listing in state.store.transaction_lists()? {
        let Some(on) = day_of(&listing) else { continue };
        let is_in_span = from.is_none_or(|from| from <= on) && to.is_none_or(|to| on <= to);
        if is_in_span && is_of_sport(&listing, ask.sport.as_ref()) && listing.founded <= when.cut.known {
            lists.insert(place_of(on, listing.id), listing);
        }
    }
    let (mut transactions, mut next) = (Vec::new(), None);
    for (at, listing) in lists.into_iter().filter(|(at, _)| after.is_none_or(|after| *at > after)) {
        let told = state.with_board(&listing, when.cut, |kept| shown(&people, &listing, &kept.board))?;
        if transactions.len() >= limit {
            if told.iter().any(|told| fits(told, ask, &people)) {
                break;
            }
            continue;
        }
        transactions.extend(told.into_iter().filter(|told| fits(told, ask, &people)));
        next = Some(at);
    }
    let is_full = transactions.len() >= limit;
    let next = next.filter(|_| is_full).map(|(day, listing)| place(&[day, listing]));
    let absent = if transactions.is_empty() {
        Some(of_sport(state, ask.sport.as_ref(), "no move that was told by then fits what was asked")?)
    } else {
        None
    };
    Ok(Transactions { as_of: when.at, transactions, next, absent })
}

/// The day of a list: the last part of its name (`transactions/basketball/nba/2026-11-25`).
fn day_of(listing: &ListingRow) -> Option<Date> {
    listing.external_id.rsplit_once('/')?.1.parse().ok()
}

fn shown(people: &People, listing: &ListingRow, board: &Board) -> Vec<TransactionShown> {
    let told = board.facts_of(FactKind::Transaction).filter_map(|(_, fact)| {
        let told: Transaction = serde_json::from_str(fact.value.as_deref()?).ok()?;
        Some(TransactionShown {
            sport: listing.league.clone().unwrap_or_else(|| listing.sport.clone()),
            provider: listing.provider.clone(),
            player_id: who(people, listing, &told, fact.said.at),
            told,
            first_seen_at: fact.said.at,
            reply: fact.said.reply.to_string(),
        })
    });
    told.collect()
}

fn who(people: &People, listing: &ListingRow, told: &Transaction, at: Moment) -> Option<String> {
    let teams = told.to_team.as_deref().map_or(Teams::Unknown, Teams::Stated);
    let name = (told.provider_player_id.as_deref(), told.player.as_deref()?);
    people.find((listing.league.as_deref()?, &listing.provider), name, teams, at)
}

fn fits(shown: &TransactionShown, ask: &Ask, people: &People) -> bool {
    let told = &shown.told;
    let teams = [&told.team, &told.from_team, &told.to_team].into_iter().flatten();
    let is_team = ask.team.is_none() || teams.clone().any(|team| is_named(ask.team.as_ref(), team));
    let named = told.player.as_deref().unwrap_or(&told.text);
    is_team && (is_named(ask.player.as_ref(), named) || people.are_wanted(shown.player_id.as_deref()))
}
