//! `GET /v1/stats`: what players did, to grade props by.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::board::Board;
use odds::observation::FactKind;
use odds::player::Teams;
use odds::stat::StatLine;
use odds::{ListingId, Moment};
use serde::{Deserialize, Serialize};
use store::{ListingRow, StatPlace};
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, with_near};
use crate::asked::{Asked, Length, When, cursor, is_named, place};
use crate::players::People;
use crate::problem::Problem;
use crate::state::State;

/// What can be asked of figures: of a player, of an event, or of a player in an event.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatsAsk {
    /// A part of a player's name in any spelling, or a player's id.
    player: Option<String>,
    /// An event's id.
    event: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// Of a player: games at most, 1 to 500; 50 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// What players did, the newest game first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stats {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    stats: Vec<StatShown>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// What a source says that a player did in an event. Two sources that tell the same game are both here.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatShown {
    /// The event's id.
    event: String,
    /// Our league, or the provider's sport key.
    sport: String,
    /// Who says so.
    provider: String,
    /// The player, by our id: `/v1/players`.
    #[serde(skip_serializing_if = "Option::is_none")]
    player_id: Option<String>,
    /// The provider's id of the player, or the name.
    provider_player_id: String,
    /// What it says: player, team, side, position, `did_not_play` where so, and the statistics by our names.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    line: StatLine,
    /// When the event starts.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Moment>,
    /// Whether the event is over by what this provider says; until then figures may rise.
    is_final: bool,
    /// When we first saw it stated so: a correction is seen later.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Moment,
    /// When the figures were last read.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Moment>,
    /// The reply that said so.
    reply: String,
}

const LENGTH: Length = Length { usual: 50, most: 500 };
/// Names that are looked up for a part of one, at most: who asks for `a` is asked to say more.
const MOST_NAMES: usize = 50;

/// What players did, to grade props by.
#[utoipa::path(get, path = "/v1/stats", params(StatsAsk), tag = "events", responses((status = 200, body = Stats)))]
pub async fn stats(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<StatsAsk>) -> Result<Json<Stats>, Problem> {
    state.blocking(move |state| stats_known(state, &ask)).await.map(Json)
}

fn stats_known(state: &State, ask: &StatsAsk) -> Result<Stats, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    match (&ask.event, &ask.player) {
        (Some(event), _) => of_event(state, ask, event, when),
        (None, Some(player)) => of_player(state, ask, player, when),
        (None, None) => {
            let reason = "say player=NAME or event=ID; figures of everybody are in the view player_game_stats";
            Ok(Stats { as_of: when.at, stats: Vec::new(), next: None, absent: Some(Absence::not_observed(None, reason)) })
        }
    }
}

fn of_event(state: &State, ask: &StatsAsk, event: &str, when: When) -> Result<Stats, Problem> {
    let found = state.event(event, when.cut)?;
    let mut stats = Vec::new();
    for listing in &found.listings {
        stats.extend(of_listing(state, listing, ask, when)?);
    }
    let absent = stats.is_empty().then(|| {
        let reason = "no provider has told what players who fit did in this event by then";
        Absence::not_observed(Some(event), reason)
    });
    Ok(Stats { as_of: when.at, stats, next: None, absent })
}

fn of_player(state: &State, ask: &StatsAsk, player: &str, when: When) -> Result<Stats, Problem> {
    let limit = LENGTH.read(ask.limit.as_ref())?;
    let after = cursor::<2>(ask.cursor.as_ref())?.map(|[start, listing]| (start, ListingId(listing)));
    let all = state.store.stat_players()?;
    let people = People::of(state, ask.player.as_ref())?;
    let directory = people.directory();
    let called: BTreeSet<&String> =
        directory.called(player).into_iter().flat_map(|id| directory.names_of(id)).flat_map(|binding| &binding.names).collect();
    let names: Vec<&String> = all.iter().filter(|name| is_named(ask.player.as_ref(), name) || called.contains(name)).collect();
    if names.len() > MOST_NAMES {
        let right = format!("more of the name: {} players have this in theirs", names.len());
        return Err(Problem::bad_parameter("player", player, &right));
    }
    let mut places: Vec<StatPlace> = Vec::new();
    for name in names {
        places.extend(state.store.stat_listings(name, after, limit + 1)?);
    }
    places.sort_unstable_by(|a, b| b.cmp(a));
    places.dedup();
    let next = (places.len() > limit).then(|| place(&[places[limit - 1].0, places[limit - 1].1.0]));
    places.truncate(limit);
    let mut stats = Vec::new();
    for (_, listing) in places {
        if let Some(listing) = state.store.listing(listing)? {
            stats.extend(of_listing(state, &listing, ask, when)?);
        }
    }
    let absent = stats.is_empty().then(|| {
        let reason = "no provider has told what a player of this name did by then";
        Absence::not_observed(Some(player), with_near(reason, player, &all))
    });
    Ok(Stats { as_of: when.at, stats, next, absent })
}

/// The player of ours whom a line is about.
fn who(people: &People, listing: &ListingRow, subject: &str, line: &StatLine, at: Moment) -> Option<String> {
    let teams = line.team.as_deref().map_or(Teams::Unknown, Teams::Stated);
    people.find((listing.league.as_deref()?, &listing.provider), (Some(subject), &line.player), teams, at)
}

/// The lines of a listing as they were told inside the cut.
fn of_listing(state: &State, listing: &ListingRow, ask: &StatsAsk, when: When) -> Result<Vec<StatShown>, Problem> {
    if listing.founded > when.cut.known {
        return Ok(Vec::new());
    }
    let people = People::of(state, ask.player.as_ref())?;
    let shown = state.with_board(listing, when.cut, |kept| shown(&people, listing, &kept.board))?;
    let fits = |shown: &StatShown| is_named(ask.player.as_ref(), &shown.line.player) || people.are_wanted(shown.player_id.as_deref());
    Ok(shown.into_iter().filter(fits).collect())
}

fn shown(people: &People, listing: &ListingRow, facts: &Board) -> Vec<StatShown> {
    let observed_at = facts.facts_seen(FactKind::Stat).map(|order| order.at);
    let is_final = facts.fact(FactKind::Status) == Some("final");
    let lines = facts.facts_of(FactKind::Stat).filter_map(|(subject, fact)| {
        let line: StatLine = serde_json::from_str(fact.value.as_deref()?).ok()?;
        Some(StatShown {
            event: listing.event.to_string(),
            sport: listing.league.clone().unwrap_or_else(|| listing.sport.clone()),
            provider: listing.provider.clone(),
            player_id: who(people, listing, subject, &line, fact.said.at),
            provider_player_id: subject.to_string(),
            line,
            starts_at: facts.starts_at().or(listing.starts_at),
            is_final,
            first_seen_at: fact.said.at,
            observed_at,
            reply: fact.said.reply.to_string(),
        })
    });
    lines.collect()
}
