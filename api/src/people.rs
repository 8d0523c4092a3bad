//! `GET /v1/teams`, `/v1/players`: names with what each provider calls them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::Moment;
use odds::market::Words;
use odds::observation::{CatalogueKind, FactKind};
use odds::player::{Directory, Player, Span};
use serde::{Deserialize, Serialize};
use store::Cut;
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, When, is_named};
use crate::contest::is_sport;
use crate::names::BY_ARRIVAL;
use crate::players::People;
use crate::problem::Problem;
use crate::state::State;

/// What can be asked of names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NamesAsk {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// A part of the name.
    name: Option<String>,
    /// As of this moment of the world: sides of contests. Of players it is refused with its reason: ask `known_at`.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// Teams and competitors.
#[derive(Debug, Serialize, ToSchema)]
pub struct Teams {
    teams: Vec<Name>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// Players.
#[derive(Debug, Serialize, ToSchema)]
pub struct Players {
    players: Vec<Name>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Name {
    /// Our id of a player; absent where the directory knows none, and for teams.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// In the spelling of the first provider that has it.
    name: String,
    /// Our league, or the provider's sport key; absent where the provider does not say.
    sport: Option<String>,
    /// What providers call it: spellings that differ in case, marks and punctuation alone stand together.
    aliases: BTreeSet<Alias>,
    /// A player's teams, the newest first, as sources have said them; absent where none has, and for teams.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    teams: Vec<TeamOf>,
}

/// A team of a player.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamOf {
    /// In the source's spelling.
    team: String,
    /// Who says so.
    provider: String,
    /// When it was first said.
    #[schema(value_type = String, format = DateTime)]
    first_at: Moment,
    /// When it was last said.
    #[schema(value_type = String, format = DateTime)]
    last_at: Moment,
}

/// What a provider calls somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Alias {
    /// The provider.
    provider: String,
    /// Its spelling.
    name: String,
    /// Its own id, where it gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// Names by league and plain spelling, or by the player that they are.
#[derive(Default)]
struct Grouped(BTreeMap<(Option<String>, String), Name>);

impl Grouped {
    fn add(&mut self, sport: Option<String>, alias: Alias) {
        let key = (sport.clone(), plain(&alias.name));
        let new = || Name { id: None, name: alias.name.clone(), sport, aliases: BTreeSet::new(), teams: Vec::new() };
        self.0.entry(key).or_insert_with(new).aliases.insert(alias);
    }

    /// A name of a league's player: with all that is known of him, where the directory knows him. One name may be several players'.
    fn add_player(&mut self, directory: &Directory, sport: Option<String>, alias: &Alias) {
        let league = sport.as_deref().unwrap_or_default();
        let players = directory.spelt(league, &alias.provider, &alias.name);
        if players.is_empty() {
            self.add(sport, alias.clone());
            return;
        }
        for player in players.into_iter().filter_map(|id| directory.player(id)) {
            let key = (sport.clone(), plain(&player.name) + &player.id.to_string());
            let new = || Name {
                id: Some(player.id.to_string()),
                name: player.name.clone(),
                sport: sport.clone(),
                aliases: BTreeSet::new(),
                teams: teams_of(player),
            };
            self.0.entry(key).or_insert_with(new).aliases.insert(alias.clone());
        }
    }

    /// All names of the players who are called so, those of box scores included.
    fn add_known(&mut self, directory: &Directory, ask: &NamesAsk) {
        let called = ask.name.as_ref().map(|name| directory.called(name));
        let is_called = |player: &Player| called.as_ref().is_none_or(|called| called.contains(&player.id));
        for player in directory.players().filter(|player| is_called(player)) {
            if !is_sport(&player.league, Some(&player.league), ask.sport.as_ref()) {
                continue;
            }
            for binding in directory.names_of(player.id) {
                let id = binding.has_id.then(|| binding.reference.clone());
                for name in &binding.names {
                    let alias = Alias { provider: binding.provider.clone(), name: name.clone(), id: id.clone() };
                    self.add_player(directory, Some(player.league.clone()), &alias);
                }
            }
        }
    }

    fn into_names(self) -> Vec<Name> {
        self.0.into_values().collect()
    }
}

fn teams_of(player: &Player) -> Vec<TeamOf> {
    let of =
        |span: &Span| TeamOf { team: span.team.clone(), provider: span.provider.clone(), first_at: span.first_at, last_at: span.last_at };
    let mut teams: Vec<TeamOf> = player.teams.iter().map(of).collect();
    teams.sort_by_key(|team| std::cmp::Reverse(team.last_at));
    teams
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Teams and competitors, with what each provider calls them.
#[utoipa::path(get, path = "/v1/teams", params(NamesAsk), tag = "names", responses((status = 200, body = Teams)))]
pub async fn teams(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<NamesAsk>) -> Result<Json<Teams>, Problem> {
    state.blocking(move |state| teams_known(state, &ask)).await.map(Json)
}

fn teams_known(state: &State, ask: &NamesAsk) -> Result<Teams, Problem> {
    let when = When::read(state, ask.as_of.as_ref(), ask.known_at.as_ref())?;
    let mut grouped = Grouped::default();
    let mut places: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    let listed = if when.is_now() { state.store.teams_listed()? } else { state.store.teams_known(when.cut)? };
    for team in listed {
        let sport = Some(team.league.clone().unwrap_or_else(|| team.sport.clone()));
        places.insert((team.provider.clone(), team.name.clone()), sport.clone());
        if is_sport(&team.sport, team.league.as_deref(), ask.sport.as_ref()) && is_named(ask.name.as_ref(), &team.name) {
            grouped.add(sport, Alias { provider: team.provider, name: team.name, id: None });
        }
    }
    // When a list of participants came first is not kept by the world's time.
    let is_told_by_lists = when.cut.as_of == Cut::ALL.as_of;
    let named = if is_told_by_lists { state.store.catalogue_known(CatalogueKind::Participant, when.cut.known)? } else { Vec::new() };
    for named in named {
        let own = named.key.rsplit_once('/').map(|(sport, _)| sport.to_owned());
        let sport = places.get(&(named.provider.clone(), named.title.clone())).cloned().flatten().or_else(|| own.clone());
        let fits = is_sport(own.as_deref().unwrap_or_default(), sport.as_deref(), ask.sport.as_ref());
        if fits && is_named(ask.name.as_ref(), &named.title) {
            grouped.add(sport, Alias { provider: named.provider, name: named.title, id: Some(named.key) });
        }
    }
    let teams = grouped.into_names();
    let absent = if teams.is_empty() { Some(of_sport(state, ask.sport.as_ref(), "no side of that name was listed")?) } else { None };
    Ok(Teams { teams, absent })
}

/// Players: whoever a market or an injury list was about.
#[utoipa::path(get, path = "/v1/players", params(NamesAsk), tag = "names", responses((status = 200, body = Players)))]
pub async fn players(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<NamesAsk>) -> Result<Json<Players>, Problem> {
    state.blocking(move |state| players_known(state, &ask)).await.map(Json)
}

fn players_known(state: &State, ask: &NamesAsk) -> Result<Players, Problem> {
    let cut = When::known_alone(state, ask.as_of.as_ref(), ask.known_at.as_ref(), BY_ARRIVAL)?.cut;
    let people = People::of(state, ask.name.as_ref())?;
    let directory = people.directory();
    let mut grouped = Grouped::default();
    for quoted in state.store.players_known(cut.known)? {
        let words = Words { book: "", market: &quoted.market, name: &quoted.outcome, description: &quoted.name, point: None };
        let is_player = state.meanings.meaning(&quoted.provider, &quoted.sport, &words).is_some_and(|meaning| meaning.kind.is_prop());
        let fits = is_sport(&quoted.sport, quoted.league.as_deref(), ask.sport.as_ref()) && is_named(ask.name.as_ref(), &quoted.name);
        if fits && (is_player || odds::market::is_player_key(&quoted.market)) {
            let sport = Some(quoted.league.unwrap_or(quoted.sport));
            grouped.add_player(directory, sport, &Alias { provider: quoted.provider, name: quoted.name, id: None });
        }
    }
    for listing in state.store.injury_lists()? {
        if !is_sport(&listing.sport, listing.league.as_deref(), ask.sport.as_ref()) {
            continue;
        }
        let Some(facts) = state.store.facts_at(listing.id, cut)? else { continue };
        for (subject, fact) in facts.facts_of(FactKind::Injury) {
            let injury: Option<odds::injury::Injury> = fact.value.as_deref().and_then(|value| serde_json::from_str(value).ok());
            if let Some(injury) = injury.filter(|injury| is_named(ask.name.as_ref(), &injury.player)) {
                let sport = Some(listing.league.clone().unwrap_or_else(|| listing.sport.clone()));
                let id = (**subject != *injury.player).then(|| subject.to_string());
                grouped.add_player(directory, sport, &Alias { provider: listing.provider.clone(), name: injury.player, id });
            }
        }
    }
    if cut.known == Cut::ALL.known {
        grouped.add_known(directory, ask);
    }
    let players = grouped.into_names();
    let absent = if players.is_empty() {
        Some(of_sport(state, ask.sport.as_ref(), "no market or injury list was about a player of that name")?)
    } else {
        None
    };
    Ok(Players { players, absent })
}
