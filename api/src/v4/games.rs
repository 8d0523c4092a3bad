//! Which events stand under a sport key, by which id, and what their boards say of them.

use std::collections::{BTreeMap, BTreeSet};

use odds::board::Order;
use odds::observation::{EventStatus, FactKind};
use odds::{EventId, Moment};
use store::boards::Kept;
use store::compat::Under;
use store::{Cut, ListingRow};

use super::asked::{Dates, Only};
use super::body::{Event, Rotation, Time};
use super::desk::Words;
use super::problem::Wrong;
use crate::sides::{EventSides, is_turned};
use crate::state::State;

/// The provider whose words are spoken here.
pub(super) const PROVIDER: &str = "the-odds-api";

/// How far ahead and back events are looked for, in days.
const AHEAD_DAYS: i64 = 400;
const DAY: i64 = 86_400;
/// A game that nobody says has ended is held to be over this long after its start, in seconds.
const LONGEST_GAME: i64 = 4 * 3600;
/// A game that somebody says is being played, this long: tests and delays have an end.
const LONGEST_LIVE: i64 = 24 * 3600;

/// An event with the listings that tell of it: those of the provider spoken here first.
#[derive(Debug, Clone)]
pub(super) struct Game {
    pub id: String,
    pub sport: String,
    pub listings: Vec<ListingRow>,
}

/// What the boards of a game say of it inside a cut.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub starts_at: Option<Moment>,
    pub home: Option<String>,
    pub away: Option<String>,
    pub status: Option<EventStatus>,
    pub scores: Option<(String, String)>,
    pub scored_at: Option<Moment>,
    pub rotation: Rotation,
    /// Whether any listing was known by then.
    pub is_known: bool,
    /// Whether quotes of it were there, and none is observed any more.
    pub is_gone: bool,
}

impl Game {
    /// Those of the listings that are the provider's own.
    fn is_own(&self) -> bool {
        self.listings.iter().any(|listing| listing.provider == PROVIDER)
    }

    /// Its latest start, as known today.
    pub fn starts_at(&self) -> Option<Moment> {
        self.listings.iter().find_map(|listing| listing.starts_at)
    }

    /// Whether a caller wants it, by its id.
    pub fn is_wanted(&self, only: &Only) -> bool {
        only.ids.as_ref().is_none_or(|ids| ids.contains(&self.id))
    }
}

/// Whether a sport key means anything to us.
pub(super) fn require_sport(state: &State, sport: &str) -> Result<(), Wrong> {
    let words = state.v4.words();
    let is_known = words.title(sport).is_some()
        || words.league(sport).is_some()
        || state.store.named(PROVIDER, "sport", sport)?.iter().any(|row| row.key == sport)
        || state.store.sports_of(PROVIDER)?.iter().any(|known| known == sport);
    if is_known { Ok(()) } else { Err(Wrong::unknown_sport()) }
}

/// The title of a sport, as last told.
pub(super) fn sport_title(state: &State, sport: &str) -> Result<String, Wrong> {
    let told = state.store.named(PROVIDER, "sport", sport)?.into_iter().find(|row| row.key == sport).map(|row| row.title);
    Ok(told.unwrap_or_else(|| state.v4.words().title(sport).map_or_else(|| sport.to_owned(), |(title, _)| title.to_owned())))
}

/// The games of a sport that start around a moment, by start.
pub(super) fn games(state: &State, sport: &str, at: Moment, back_days: i64) -> Result<Vec<Game>, Wrong> {
    let words = state.v4.words();
    let league = words.league(sport).filter(|league| words.sport_key(league) == Some(sport));
    let (from, to) = (at.plus_secs(-back_days * DAY), at.plus_secs(AHEAD_DAYS * DAY));
    let rows = state.store.listings_under(&Under { provider: PROVIDER, sport, league, from, to })?;
    Ok(grouped(rows, words).into_iter().filter(|game| game.sport == sport).collect())
}

/// The games of every sport that start around a moment.
pub(super) fn all_games(state: &State, at: Moment, back_days: i64) -> Result<Vec<Game>, Wrong> {
    let rows = state.store.listings_between(at.plus_secs(-back_days * DAY), at.plus_secs(AHEAD_DAYS * DAY))?;
    Ok(grouped(rows, state.v4.words()))
}

/// One game of a sport, by the id that is shown here.
pub(super) fn game(state: &State, sport: &str, id: &str) -> Result<Game, Wrong> {
    let event = match state.store.listing_of(PROVIDER, id)? {
        Some(listing) => Some(listing.event),
        None => id.parse::<EventId>().ok(),
    };
    let row = event.map(|event| state.store.event(event)).transpose()?.flatten();
    let games = row.map(|row| grouped(row.listings, state.v4.words())).unwrap_or_default();
    let found = games.into_iter().find(|game| game.id == id || game.listings.iter().any(|listing| listing.event.to_string() == id));
    found.filter(|game| game.sport == sport).ok_or_else(Wrong::event_not_found)
}

fn grouped(rows: Vec<ListingRow>, words: &dyn Words) -> Vec<Game> {
    let mut order = Vec::new();
    let mut by_event: BTreeMap<EventId, Vec<ListingRow>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.kind.is_event()) {
        if !by_event.contains_key(&row.event) {
            order.push(row.event);
        }
        by_event.entry(row.event).or_default().push(row);
    }
    order.into_iter().filter_map(|event| one_game(event, by_event.remove(&event)?, words)).collect()
}

fn one_game(event: EventId, mut listings: Vec<ListingRow>, words: &dyn Words) -> Option<Game> {
    listings.sort_by_key(|listing| (listing.provider != PROVIDER, listing.id));
    let first = listings.first()?;
    let (id, sport) = if first.provider == PROVIDER {
        (first.external_id.clone(), first.sport.clone())
    } else {
        (event.to_string(), words.sport_key(first.league.as_deref()?)?.to_owned())
    };
    Some(Game { id, sport, listings })
}

/// What the boards of a game say inside a cut; the first listing that knows a thing is believed, an end whoever tells it.
pub(super) fn told(state: &State, game: &Game, cut: Cut) -> Result<Told, Wrong> {
    let mut told = Told::default();
    let mut seen = BTreeSet::new();
    for listing in &game.listings {
        state.with_board(listing, cut, |kept| take(&mut told, kept, &mut seen))?;
    }
    told.is_gone = !seen.is_empty() && !seen.contains(&true);
    Ok(told)
}

fn take(told: &mut Told, kept: &Kept, seen: &mut BTreeSet<bool>) {
    let board = &kept.board;
    if board.last().is_none() {
        return;
    }
    let text = |kind| board.fact(kind).map(str::to_owned);
    told.is_known = true;
    told.starts_at = told.starts_at.or_else(|| board.starts_at());
    told.home = told.home.take().or_else(|| text(FactKind::Home));
    told.away = told.away.take().or_else(|| text(FactKind::Away));
    let status = board.fact(FactKind::Status).and_then(EventStatus::from_word);
    if told.status.is_none() || status.is_some_and(EventStatus::is_over) {
        told.status = status.or(told.status);
    }
    let scored_at = board.facts_seen(FactKind::HomeScore).map(|order: Order| order.at);
    if let (Some(home), Some(away)) = (text(FactKind::HomeScore), text(FactKind::AwayScore))
        && scored_at >= told.scored_at
    {
        let names = told.home.as_deref().zip(told.away.as_deref());
        let sides = names.map(|names| EventSides::named(kept.listing.league.as_deref().unwrap_or_default(), names, told.starts_at));
        let is_turned = is_turned(sides.as_ref(), board);
        (told.scores, told.scored_at) = (Some(if is_turned { (away, home) } else { (home, away) }), scored_at);
    }
    for (side, fact) in board.facts_of(FactKind::Rotation) {
        let number = fact.value.as_deref().and_then(|value| value.parse().ok());
        match &**side {
            "home" => told.rotation.home_rotation_number = number,
            "away" => told.rotation.away_rotation_number = number,
            _ => {}
        }
    }
    let offered = board.slots().iter().zip(0..).filter(|(slot, _)| slot.value.is_some_and(odds::block::Value::is_offered));
    seen.extend(offered.map(|(_, at)| board.not_observed_since(odds::SlotNo(at)).is_none()));
}

impl Told {
    /// The sides as they are shown.
    pub fn sides(&self, game: &Game) -> Option<EventSides> {
        let league = game.listings.iter().find_map(|listing| listing.league.as_deref()).unwrap_or_default();
        Some(EventSides::named(league, (self.home.as_deref()?, self.away.as_deref()?), self.starts_at))
    }

    /// Whether it is to come or being played: games that are over, called off or gone are not.
    pub fn is_on(&self, at: Moment) -> bool {
        let Some(start) = self.starts_at else { return false };
        if !self.is_known || self.status.is_some_and(EventStatus::is_over) {
            return false;
        }
        let longest = if self.status.is_some_and(is_begun) { LONGEST_LIVE } else { LONGEST_GAME };
        at < start || (!self.is_gone && start.plus_secs(longest) >= at)
    }

    /// Whether it starts in the span that is asked for.
    pub fn is_in(&self, only: &Only) -> bool {
        let Some(start) = self.starts_at else { return false };
        only.from.is_none_or(|from| from <= start) && only.to.is_none_or(|to| start <= to)
    }
}

const fn is_begun(status: EventStatus) -> bool {
    matches!(status, EventStatus::Live | EventStatus::Delayed | EventStatus::Suspended)
}

/// The event as every body shows it.
pub(super) fn event(game: &Game, told: &Told, title: &str, dates: Dates, rotation: bool) -> Event {
    Event {
        id: game.id.clone(),
        sport_key: game.sport.clone(),
        sport_title: title.to_owned(),
        commence_time: Time::of(told.starts_at.unwrap_or_default(), dates),
        home_team: told.home.clone(),
        away_team: told.away.clone(),
        rotation: rotation.then(|| told.rotation.clone()),
    }
}

/// Games of a sport that are on at a moment, with what is told of them, by start.
pub(super) fn on(state: &State, games: Vec<Game>, cut: Cut, at: Moment, only: &Only) -> Result<Vec<(Game, Told)>, Wrong> {
    let mut found = Vec::new();
    for game in games.into_iter().filter(|game| game.is_wanted(only)) {
        let told = told(state, &game, cut)?;
        if told.is_on(at) && told.is_in(only) {
            found.push((game, told));
        }
    }
    found.sort_by_key(|(game, told)| (told.starts_at, !game.is_own(), game.listings[0].id));
    Ok(found)
}
