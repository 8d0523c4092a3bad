//! `GET /v1/injuries` and `/v1/injuries/changes`: who is hurt, and the ledger of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::board::Order;
use odds::injury::Injury;
use odds::observation::FactKind;
use odds::player::Teams;
use odds::timeline::RowContent;
use odds::{ListingId, Moment};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Cut, ListingRow};
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, Length, When, cursor, is_named, place, span};
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
    /// A part of a team's name.
    team: Option<String>,
    /// A part of a player's name in any spelling, or a player's id.
    player: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// What can be asked of the ledger.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesAsk {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// A part of a team's name.
    team: Option<String>,
    /// A part of a player's name in any spelling, or a player's id.
    player: Option<String>,
    /// No earlier than this moment of the world.
    #[param(format = DateTime)]
    from: Option<String>,
    /// No later.
    #[param(format = DateTime)]
    to: Option<String>,
    /// As of this moment of the world.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
    /// 1 to 1000; 200 where nothing is said.
    limit: Option<String>,
    /// Where the former answer's `next` points to.
    cursor: Option<String>,
}

/// The injuries.
#[derive(Debug, Serialize, ToSchema)]
pub struct Injuries {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    injuries: Vec<InjuryShown>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// An injury as a source states it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InjuryShown {
    /// Our league, or the provider's sport key.
    sport: String,
    /// Who says so.
    provider: String,
    /// The player, by our id: `/v1/players`.
    #[serde(skip_serializing_if = "Option::is_none")]
    player_id: Option<String>,
    /// The provider's id of the player, or the name.
    provider_player_id: String,
    /// What it says: player, team, status in the league's words, meaning, body part, comment, expected return, when it was reported.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    injury: Injury,
    /// When we first saw it stated so.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Moment,
    /// When the list was last read.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Moment>,
    /// Seconds since then.
    observed_age_secs: Option<f64>,
    /// The reply that said so.
    reply: String,
}

/// A page of the ledger, in the order of the world.
#[derive(Debug, Serialize, ToSchema)]
pub struct InjuryChanges {
    /// The moment of which this speaks.
    #[schema(value_type = String, format = DateTime)]
    as_of: Moment,
    changes: Vec<InjuryChange>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A change of an injury.
#[derive(Debug, Serialize, ToSchema)]
pub struct InjuryChange {
    /// `listed`, `changed` or `cleared`.
    kind: &'static str,
    /// Our league, or the provider's sport key.
    sport: String,
    /// Who says so.
    provider: String,
    /// The player, by our id: `/v1/players`.
    #[serde(skip_serializing_if = "Option::is_none")]
    player_id: Option<String>,
    /// The provider's id of the player, or the name.
    provider_player_id: String,
    /// What it says from then on; absent once cleared.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// What it said before.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// The moment of the world at which we saw it.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Moment,
    /// The reply that said so.
    reply: String,
    #[serde(skip)]
    place: (Order, ListingId, i64),
}

fn sport_of(listing: &ListingRow) -> String {
    listing.league.clone().unwrap_or_else(|| listing.sport.clone())
}

/// The lists of a sport that were read by then: the league's own where there is one, else those of its games.
fn lists(state: &State, sport: Option<&String>, cut: Cut) -> Result<Vec<ListingRow>, Problem> {
    let mut by_sport: BTreeMap<(String, String), Vec<ListingRow>> = BTreeMap::new();
    for listing in state.store.injury_lists()? {
        if is_of_sport(&listing, sport) && listing.founded <= cut.known && state.store.facts_at(listing.id, cut)?.is_some() {
            by_sport.entry((listing.provider.clone(), listing.sport.clone())).or_default().push(listing);
        }
    }
    Ok(by_sport.into_values().flat_map(of_league).collect())
}

/// A game's list is named below its league's: `injuries/nba` and `injuries/nba/401`.
fn of_league(lists: Vec<ListingRow>) -> Vec<ListingRow> {
    let shortest = lists.iter().map(|list| list.external_id.as_str()).min_by_key(|id| id.len()).map(|id| format!("{id}/"));
    let league =
        shortest.filter(|start| lists.iter().filter(|list| list.external_id.starts_with(start.as_str())).count() + 1 == lists.len());
    match league {
        Some(start) => lists.into_iter().filter(|list| !list.external_id.starts_with(&start)).collect(),
        None => lists,
    }
}

/// The player of ours whom an injury is about.
fn who(people: &People, listing: &ListingRow, subject: &str, injury: &Injury, at: Moment) -> Option<String> {
    let teams = if injury.team.is_empty() { Teams::Unknown } else { Teams::Stated(&injury.team) };
    people.find((listing.league.as_deref()?, &listing.provider), (Some(subject), &injury.player), teams, at)
}

/// Who is hurt. The league's own list is preferred to those that come with its games; each player is here once.
#[utoipa::path(get, path = "/v1/injuries", params(Ask), tag = "injuries", responses((status = 200, body = Injuries)))]
pub async fn list(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<Ask>) -> Result<Json<Injuries>, Problem> {
    state.blocking(move |state| answer(state, &ask)).await.map(Json)
}

fn answer(state: &State, ask: &Ask) -> Result<Injuries, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let people = People::of(state, ask.player.as_ref())?;
    let mut newest: BTreeMap<(String, String, String), InjuryShown> = BTreeMap::new();
    for listing in lists(state, ask.sport.as_ref(), when.cut)? {
        for shown in state.with_board(&listing, when.cut, |kept| of_list(&people, &listing, &kept.board, when.at))? {
            let key = (shown.provider.clone(), shown.sport.clone(), shown.provider_player_id.clone());
            if newest.get(&key).is_none_or(|have| have.observed_at < shown.observed_at) {
                newest.insert(key, shown);
            }
        }
    }
    let fits = |shown: &InjuryShown| {
        let is_player = is_named(ask.player.as_ref(), &shown.injury.player) || people.are_wanted(shown.player_id.as_deref());
        is_named(ask.team.as_ref(), &shown.injury.team) && is_player
    };
    let mut injuries: Vec<InjuryShown> = newest.into_values().filter(fits).collect();
    injuries.sort_by(|a, b| {
        (&a.sport, &a.injury.team, &a.injury.player, &a.provider).cmp(&(&b.sport, &b.injury.team, &b.injury.player, &b.provider))
    });
    let absent = if injuries.is_empty() {
        Some(of_sport(state, ask.sport.as_ref(), "no injury list that was read by then names anybody who fits")?)
    } else {
        None
    };
    Ok(Injuries { as_of: when.at, injuries, absent })
}

fn of_list(people: &People, listing: &ListingRow, board: &odds::board::Board, at: Moment) -> Vec<InjuryShown> {
    let seen = board.facts_seen(FactKind::Injury).map(|order| order.at);
    let shown = |(subject, fact): (&odds::names::Word, &odds::board::Fact)| {
        let injury: Injury = serde_json::from_str(fact.value.as_deref()?).ok()?;
        Some(InjuryShown {
            sport: sport_of(listing),
            provider: listing.provider.clone(),
            player_id: who(people, listing, subject, &injury, fact.said.at),
            provider_player_id: subject.to_string(),
            injury,
            first_seen_at: fact.said.at,
            observed_at: seen,
            observed_age_secs: seen.map(|seen| at.secs_since(seen)),
            reply: fact.said.reply.to_string(),
        })
    };
    board.facts_of(FactKind::Injury).filter_map(shown).collect()
}

const LENGTH: Length = Length { usual: 200, most: 1000 };

/// The ledger of injuries: who was listed, what changed, who was cleared.
#[utoipa::path(get, path = "/v1/injuries/changes", params(ChangesAsk), tag = "injuries", responses((status = 200, body = InjuryChanges)))]
pub async fn changes(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<ChangesAsk>) -> Result<Json<InjuryChanges>, Problem> {
    state.blocking(move |state| ledger(state, &ask)).await.map(Json)
}

fn ledger(state: &State, ask: &ChangesAsk) -> Result<InjuryChanges, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let (from, to) = span(ask.from.as_ref(), ask.to.as_ref())?;
    let limit = LENGTH.read(ask.limit.as_ref())?;
    let after = cursor::<4>(ask.cursor.as_ref())?
        .map(|[at, reply, listing, i]| (Order { at: Moment::from_micros(at), reply: odds::ReplyId(reply) }, ListingId(listing), i));
    let people = People::of(state, ask.player.as_ref())?;
    let mut changes = Vec::new();
    for listing in lists(state, ask.sport.as_ref(), when.cut)? {
        changes.extend(of_ledger(state, &people, &listing, when.cut)?);
    }
    changes.retain(|change| {
        from.is_none_or(|from| from <= change.observed_at)
            && to.is_none_or(|to| change.observed_at <= to)
            && after.is_none_or(|after| change.place > after)
            && change.speaks_of("team", ask.team.as_ref())
            && (change.speaks_of("player", ask.player.as_ref()) || people.are_wanted(change.player_id.as_deref()))
    });
    changes.sort_by_key(|change| change.place);
    let next = (changes.len() > limit).then(|| {
        let (order, listing, i) = changes[limit - 1].place;
        place(&[order.at.micros(), order.reply.0, listing.0, i])
    });
    changes.truncate(limit);
    let absent = if changes.is_empty() {
        Some(of_sport(state, ask.sport.as_ref(), "no injury that fits was seen to change in this span")?)
    } else {
        None
    };
    Ok(InjuryChanges { as_of: when.at, changes, next, absent })
}

impl InjuryChange {
    fn speaks_of(&self, field: &str, asked: Option<&String>) -> bool {
        let mut said = [&self.after, &self.before].into_iter().flatten();
        asked.is_none() || said.any(|value| value[field].as_str().is_some_and(|name| is_named(asked, name)))
    }
}

fn of_ledger(state: &State, people: &People, listing: &ListingRow, cut: Cut) -> Result<Vec<InjuryChange>, Problem> {
    let mut before: BTreeMap<String, Value> = BTreeMap::new();
    let (mut changes, mut numbers, mut seen) = (Vec::new(), 0, BTreeSet::new());
    for row in state.store.fact_rows(listing.id, cut)? {
        let RowContent::Facts(facts) = &row.content else { continue };
        if seen.insert(row.order) {
            numbers = 0;
        }
        for fact in facts.iter().filter(|fact| fact.kind == FactKind::Injury) {
            let after: Option<Value> = fact.value.as_deref().and_then(|value| serde_json::from_str(value).ok());
            let subject = fact.subject.to_string();
            let was = match &after {
                Some(value) => before.insert(subject.clone(), value.clone()),
                None => before.remove(&subject),
            };
            let kind = match (&was, &after) {
                (None, Some(_)) => "listed",
                (Some(was), Some(is)) if was != is => "changed",
                (Some(_), None) => "cleared",
                _ => continue,
            };
            let told = after.as_ref().or(was.as_ref()).and_then(|value| serde_json::from_value::<Injury>(value.clone()).ok());
            changes.push(InjuryChange {
                kind,
                sport: sport_of(listing),
                provider: listing.provider.clone(),
                player_id: told.and_then(|injury| who(people, listing, &subject, &injury, row.order.at)),
                provider_player_id: subject,
                after,
                before: was,
                observed_at: row.order.at,
                reply: row.order.reply.to_string(),
                place: (row.order, listing.id, numbers),
            });
            numbers += 1;
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(id: &str) -> ListingRow {
        ListingRow {
            id: ListingId(1),
            provider: "espn".to_owned(),
            external_id: id.to_owned(),
            sport: "basketball/nba".to_owned(),
            kind: odds::observation::ListingKind::InjuryList,
            event: odds::EventId::founded_by("espn", id),
            league: None,
            starts_at: None,
            status: None,
            home: None,
            away: None,
            is_standing: false,
            founded: odds::Seq(1),
        }
    }

    fn kept(ids: &[&str]) -> Vec<String> {
        of_league(ids.iter().map(|id| list(id)).collect()).into_iter().map(|list| list.external_id).collect()
    }

    #[test]
    fn the_leagues_own_list_is_preferred_and_without_it_those_of_its_games_are_taken() {
        let (own, first, second) = ("injuries/basketball/nba", "injuries/basketball/nba/401", "injuries/basketball/nba/402");
        assert_eq!(kept(&[own, first, second]), [own]);
        assert_eq!(kept(&[first, second]), [first, second]);
        assert_eq!(kept(&[own]), [own]);
        assert_eq!(kept(&[]), [""; 0]);
    }
}
