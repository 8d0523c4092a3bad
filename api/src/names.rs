//! `GET /v1/sports`, `/v1/books`, `/v1/markets`: what is known, with the providers' keys kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use odds::book::Venue;
use odds::market::Words;
use odds::observation::CatalogueKind;
use odds::{Seq, sport};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::absence::{Absence, of_sport};
use crate::asked::{Asked, When};
use crate::contest::is_sport;
use crate::problem::Problem;
use crate::state::State;

/// Nothing can be asked.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Nothing {}

/// What can be asked of sports and books.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KnownAsk {
    /// Refused with its reason: when something was met first is kept by arrival (`known_at`), not by the world's time.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// Why `as_of` is refused.
pub(crate) const BY_ARRIVAL: &str =
    "when a name was met first is kept by arrival alone, and a late reply can tell of an earlier moment: ask known_at instead";

/// What can be asked of markets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MarketsAsk {
    /// Leagues, sports or providers' keys, with commas.
    sport: Option<String>,
    /// Refused with its reason: when something was met first is kept by arrival (`known_at`), not by the world's time.
    #[param(format = DateTime)]
    as_of: Option<String>,
    /// By what had been recorded at this moment.
    #[param(format = DateTime)]
    known_at: Option<String>,
}

/// A provider's key of something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderKey {
    /// The provider.
    pub provider: String,
    /// Its key.
    pub key: String,
    /// The name that it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Further properties that it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Value>,
    /// In how many listings it was seen.
    pub listings: i64,
}

/// The sports that are known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sports {
    sports: Vec<Sport>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A league, competition or sport.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sport {
    /// Our key (`basketball.nba`), or the provider's where we have none.
    key: String,
    /// For people.
    title: String,
    /// Whether we have a key of our own for it.
    is_known: bool,
    /// The zone whose calendar day is the league's day.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<&'static str>,
    /// What providers call it.
    providers: Vec<ProviderKey>,
}

/// The books that are known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Books {
    books: Vec<Book>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A book, by key: never by title.
#[derive(Debug, Serialize, ToSchema)]
pub struct Book {
    /// Our key (`caesars`), or the provider's where we have none.
    key: String,
    /// For people.
    title: String,
    /// Whether we have a key of our own for it: then it is one book, whoever delivers it.
    is_known: bool,
    /// Who runs it: books of one operator move together.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'static str>,
    /// Where it is licensed (`us-nj`), where that is known and one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'static str>,
    /// `sportsbook`, `exchange`, `dfs`, `prediction_market` or `aggregate`, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    venue: Option<&'static str>,
    /// Whether it is no book but the best or the mean of many: nothing that can be bet.
    is_aggregate: bool,
    /// Who delivers it, and under which key.
    providers: Vec<ProviderKey>,
}

/// The markets that were seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Markets {
    markets: Vec<Market>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Absence>,
}

/// A market.
#[derive(Debug, Serialize, ToSchema)]
pub struct Market {
    /// Our name of it (`spread`), or the provider's key where we do not know what it means.
    key: String,
    /// Which part of the event.
    period: String,
    /// Whether we know what it means.
    is_understood: bool,
    /// Whether it is about players.
    is_prop: bool,
    /// What providers call it, by sport.
    providers: Vec<ProviderMarket>,
}

/// A provider's key of a market in a sport.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderMarket {
    /// The provider.
    provider: String,
    /// Its key.
    key: String,
    /// The provider's sport key.
    sport: String,
    /// In how many listings it was seen.
    listings: i64,
}

type Catalogue = BTreeMap<(String, String), (Option<String>, Option<Value>)>;

fn catalogue(state: &State, kind: CatalogueKind, known: Seq) -> Result<Catalogue, Problem> {
    let rows = state.store.catalogue_known(kind, known)?;
    Ok(rows.into_iter().map(|row| ((row.provider, row.key), (Some(row.title), serde_json::from_str(&row.detail).ok()))).collect())
}

fn nothing_yet(is_empty: bool, what: &str) -> Option<Absence> {
    is_empty.then(|| Absence::not_observed(None, format!("no reply that was recorded names a {what} yet")))
}

/// The sports and leagues that providers named or listed.
#[utoipa::path(get, path = "/v1/sports", params(KnownAsk), tag = "names",
    responses((status = 200, body = Sports)))]
pub async fn sports(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<KnownAsk>) -> Result<Json<Sports>, Problem> {
    state.blocking(move |state| sports_known(state, &ask)).await.map(Json)
}

fn sports_known(state: &State, ask: &KnownAsk) -> Result<Sports, Problem> {
    let known = When::known_alone(state, ask.as_of.as_ref(), ask.known_at.as_ref(), BY_ARRIVAL)?.cut.known;
    let mut named = catalogue(state, CatalogueKind::Sport, known)?;
    let mut sports: BTreeMap<String, Sport> = BTreeMap::new();
    for listed in state.store.sports_known(known)? {
        let (title, detail) = named.remove(&(listed.provider.clone(), listed.key.clone())).unwrap_or_default();
        let key = listed.league.unwrap_or_else(|| listed.key.clone());
        let provider = ProviderKey { provider: listed.provider, key: listed.key, title, detail, listings: listed.listings };
        add_sport(&mut sports, key, provider);
    }
    for ((provider, key), (title, detail)) in named {
        add_sport(&mut sports, key.clone(), ProviderKey { provider, key, title, detail, listings: 0 });
    }
    let sports: Vec<Sport> = sports.into_values().collect();
    Ok(Sports { absent: nothing_yet(sports.is_empty(), "sport"), sports })
}

fn add_sport(sports: &mut BTreeMap<String, Sport>, key: String, provider: ProviderKey) {
    let league = sport::league(&key);
    let title = league.map(|league| league.title.to_owned()).or_else(|| provider.title.clone()).unwrap_or_else(|| key.clone());
    let zone = league.map(|league| league.zone);
    let new = Sport { key: key.clone(), title, is_known: league.is_some(), zone, providers: Vec::new() };
    sports.entry(key).or_insert(new).providers.push(provider);
}

/// The books that providers named or quoted.
#[utoipa::path(get, path = "/v1/books", params(KnownAsk), tag = "names",
    responses((status = 200, body = Books)))]
pub async fn books(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<KnownAsk>) -> Result<Json<Books>, Problem> {
    state.blocking(move |state| books_known(state, &ask)).await.map(Json)
}

fn books_known(state: &State, ask: &KnownAsk) -> Result<Books, Problem> {
    let known = When::known_alone(state, ask.as_of.as_ref(), ask.known_at.as_ref(), BY_ARRIVAL)?.cut.known;
    let mut named = catalogue(state, CatalogueKind::Book, known)?;
    let mut books: BTreeMap<String, Book> = BTreeMap::new();
    let mut add = |provider: ProviderKey| {
        let book = book_of(&provider);
        books.entry(book.key.clone()).or_insert(book).providers.push(provider);
    };
    for listed in state.store.books_known(known)? {
        let (title, detail) = named.remove(&(listed.provider.clone(), listed.key.clone())).unwrap_or_default();
        add(ProviderKey { provider: listed.provider, key: listed.key, title, detail, listings: listed.listings });
    }
    for ((provider, key), (title, detail)) in named {
        add(ProviderKey { provider, key, title, detail, listings: 0 });
    }
    let books: Vec<Book> = books.into_values().collect();
    Ok(Books { absent: nothing_yet(books.is_empty(), "book"), books })
}

fn book_of(provider: &ProviderKey) -> Book {
    let known = odds::book::known(&provider.provider, &provider.key);
    let told = || provider.title.clone().unwrap_or_else(|| provider.key.clone());
    let filled = |text: fn(&odds::book::Book) -> &'static str| known.map(text).filter(|text| !text.is_empty());
    let is_told_aggregate = provider.detail.as_ref().is_some_and(|detail| detail["aggregate"] == true);
    Book {
        key: known.map_or(provider.key.as_str(), |book| book.key).to_owned(),
        title: known.map_or_else(told, |book| book.title.to_owned()),
        is_known: known.is_some(),
        operator: filled(|book| book.operator),
        place: filled(|book| book.place),
        venue: known.map(|book| book.venue.as_str()),
        is_aggregate: is_told_aggregate || known.is_some_and(|book| book.venue == Venue::Aggregate),
        providers: Vec::new(),
    }
}

/// The markets that were seen, with what they mean where we know it.
#[utoipa::path(get, path = "/v1/markets", params(MarketsAsk), tag = "names", responses((status = 200, body = Markets)))]
pub async fn markets(Extract(state): Extract<Arc<State>>, Asked(ask): Asked<MarketsAsk>) -> Result<Json<Markets>, Problem> {
    state.blocking(move |state| markets_known(state, &ask)).await.map(Json)
}

fn markets_known(state: &State, ask: &MarketsAsk) -> Result<Markets, Problem> {
    let known = When::known_alone(state, ask.as_of.as_ref(), ask.known_at.as_ref(), BY_ARRIVAL)?.cut.known;
    let leagues: BTreeMap<(String, String), Option<String>> =
        state.store.sports_listed()?.into_iter().map(|one| ((one.provider, one.key), one.league)).collect();
    let mut markets: BTreeMap<(String, String), Market> = BTreeMap::new();
    for seen in state.store.markets_known(known)? {
        let league = leagues.get(&(seen.provider.clone(), seen.sport.clone())).cloned().flatten();
        if !is_sport(&seen.sport, league.as_deref(), ask.sport.as_ref()) {
            continue;
        }
        let meaning = seen.outcome.as_ref().and_then(|(name, description, point)| {
            let words = Words { book: &seen.book, market: &seen.market, name, description, point: *point };
            state.meanings.meaning(&seen.provider, &seen.sport, &words)
        });
        let key = meaning.as_ref().map_or_else(|| seen.market.clone(), |meaning| meaning.kind.to_string());
        let period = meaning.as_ref().map_or_else(|| "full".to_owned(), |meaning| meaning.period.to_string());
        let is_prop = meaning.as_ref().is_some_and(|meaning| meaning.kind.is_prop());
        let new = Market { key: key.clone(), period: period.clone(), is_understood: meaning.is_some(), is_prop, providers: Vec::new() };
        let provider = ProviderMarket { provider: seen.provider, key: seen.market, sport: seen.sport, listings: seen.listings };
        markets.entry((key, period)).or_insert(new).providers.push(provider);
    }
    let markets: Vec<Market> = markets.into_values().collect();
    let absent = if markets.is_empty() { Some(of_sport(state, ask.sport.as_ref(), "no market of it was seen yet")?) } else { None };
    Ok(Markets { markets, absent })
}
