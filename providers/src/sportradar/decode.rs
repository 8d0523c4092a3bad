//! Reply to observations: which feed it is, whose sport it speaks of, and what it covers.

use odds::observation::{CatalogueRow, Decoded, ListingSeen, Refusal, Snapshot};
use odds::reply::Reply;

use super::board::Board;
use super::request::{self, BOXSCORE, HIERARCHY, INJURIES, PROBABILITIES, SCHEDULE, SERIES, STANDINGS, TIMELINE};
use super::wire::{self, Game, SportEvent};
use super::{catalogue, injuries, leagues, listing};
use crate::tolerant::{Notes, Object, head};

/// What is gathered while a reply is read.
#[derive(Default)]
struct Gathered {
    notes: Notes,
    listings: Vec<ListingSeen<'static>>,
    catalogue: Vec<CatalogueRow<'static>>,
    /// Whether no listing was lost, so that one that is missing was not there.
    is_cut: bool,
}

/// Reads a reply of any endpoint.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    let mut gathered = Gathered::default();
    let scope = match Object::of_body(reply.body) {
        Some(body) if wire::is_answer(reply.endpoint, &body) => {
            let sport = sport_of(&mut gathered.notes, reply, &body);
            read(&mut gathered, reply.endpoint, &body, &sport);
            Some(request::scope(reply.endpoint, reply.request, &sport, !gathered.is_cut))
        }
        _ => {
            let found = format!("not what {} sends: {}", reply.endpoint, head(reply.body));
            gathered.notes.refuse("", Refusal::NotTheShape, found);
            None
        }
    };
    let Gathered { notes, listings, mut catalogue, .. } = gathered;
    catalogue.sort();
    catalogue.dedup();
    let snapshot = scope.map(|scope| Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings });
    Decoded {
        snapshots: snapshot.into_iter().collect(),
        problems: notes.problems,
        unreadable: notes.unreadable,
        catalogue,
        ..Decoded::default()
    }
}

/// The sport: of the request, of whoever replays the reply, else of the league that the body names.
fn sport_of(notes: &mut Notes, reply: &Reply<'_>, body: &Object<'_>) -> String {
    let of_request = request::sport_of(reply.request);
    let told = || reply.sport.filter(|sport| leagues::league(sport).is_some()).map(str::to_owned);
    let of_body = |notes: &mut Notes| {
        let alias = body.object(notes, "league").and_then(|league| league.text(notes, "alias"))?;
        leagues::product_named(&alias).map(|product| product.key.to_owned())
    };
    of_request.or_else(told).or_else(|| of_body(notes)).unwrap_or_else(|| {
        if reply.endpoint == BOXSCORE || reply.endpoint == INJURIES || reply.endpoint == SCHEDULE {
            notes.refuse("", Refusal::MissingField, "nothing in it says its sport; say it, like nba");
        }
        String::new()
    })
}

fn read(gathered: &mut Gathered, endpoint: &str, body: &Object<'_>, sport: &str) {
    let notes = &mut gathered.notes;
    match endpoint {
        SCHEDULE => {
            let week = body.object(notes, "week");
            games(gathered, week.as_ref().unwrap_or(body), sport);
        }
        BOXSCORE => game(gathered, body, sport),
        SERIES => {
            let series = body.objects(notes, "series").items;
            series.iter().for_each(|one| games(gathered, one, sport));
        }
        HIERARCHY | STANDINGS => gathered.catalogue.extend(catalogue::teams(notes, body)),
        INJURIES => gathered.listings.extend(injuries::list(notes, body, sport)),
        TIMELINE | PROBABILITIES => beside(gathered, body, sport),
        _ => odds(gathered, body, sport),
    }
}

fn games(gathered: &mut Gathered, object: &Object<'_>, sport: &str) {
    let games = object.objects(&mut gathered.notes, "games");
    gathered.is_cut |= !games.is_whole;
    games.items.iter().for_each(|one| game(gathered, one, sport));
}

fn game(gathered: &mut Gathered, object: &Object<'_>, sport: &str) {
    let read = Game::read(&mut gathered.notes, object);
    gathered.is_cut |= read.id.is_none();
    let listing = listing::of_game(&mut gathered.notes, read, leagues::product_of(sport).map(|(product, _)| product), sport);
    add(gathered, object, listing);
}

/// An event with what stands beside it: its status in a timeline, its probabilities in theirs.
fn beside(gathered: &mut Gathered, body: &Object<'_>, sport: &str) {
    let notes = &mut gathered.notes;
    let Some(event) = body.object(notes, "sport_event") else { return };
    let (read, told) = (SportEvent::read(notes, &event), body.object(notes, "sport_event_status"));
    let mut listing = listing::of_event(notes, read, told.as_ref(), sport);
    if let Some(listing) = &mut listing {
        listing.facts.extend(listing::probabilities(notes, body));
    }
    add(gathered, &event, listing);
}

fn odds(gathered: &mut Gathered, body: &Object<'_>, sport: &str) {
    let notes = &mut gathered.notes;
    for name in wire::CATALOGUES {
        gathered.catalogue.extend(catalogue::of_list(notes, body, name));
    }
    let mut entries: Vec<Object<'_>> = wire::WRAPPERS.iter().flat_map(|name| body.objects(notes, name).items).collect();
    entries.extend(body.object(notes, wire::EVENT_PROPS));
    if body.has("sport_event") {
        entries.push(body.clone());
    }
    entries.iter().for_each(|entry| event(gathered, entry, sport));
}

/// One event with its markets: `{"sport_event":{..},"markets":[..]}`, or its players': `{"sport_event":{..},"players_props":[{"player":{..},
/// "markets":[..]}],"players_markets":{"markets":[..]}}`; a schedule may have the event's fields without a wrapper.
fn event(gathered: &mut Gathered, entry: &Object<'_>, sport: &str) {
    let notes = &mut gathered.notes;
    let inner = entry.object(notes, "sport_event");
    let read = SportEvent::read(notes, inner.as_ref().unwrap_or(entry));
    let mut board = Board::default();
    let markets = entry.objects(notes, "markets");
    board.read(notes, &markets, None);
    let players = entry.objects(notes, "players_props");
    board.is_damaged |= !players.is_whole;
    for one in players.items {
        let player = one.object(notes, "player").and_then(|player| player.need(notes, "name"));
        let markets = one.objects(notes, "markets");
        board.is_damaged |= player.is_none() || !one.has("markets");
        match player {
            Some(player) => board.read(notes, &markets, Some(&player)),
            None => {
                notes.unreadable(one.at(), Refusal::MissingField, format!("{} markets of a player without a name", markets.items.len()))
            }
        }
    }
    if let Some(players) = entry.object(notes, "players_markets") {
        let markets = players.objects(notes, "markets");
        board.read(notes, &markets, None);
    }
    let mut listing = listing::of_event(notes, read, None, sport);
    gathered.catalogue.extend(catalogue::books(board.names.clone()));
    if let Some(listing) = &mut listing {
        listing.facts.append(&mut board.facts);
        listing.books = board.into_books();
    }
    add(gathered, entry, listing);
}

/// A listing that stands twice in a reply is kept as it was said first.
fn add(gathered: &mut Gathered, object: &Object<'_>, listing: Option<ListingSeen<'static>>) {
    let Some(listing) = listing else { return };
    if gathered.listings.iter().any(|known| known.id == listing.id) {
        let detail = format!("{} stands in this reply already; the first is kept", listing.id);
        gathered.notes.refuse(object.at(), Refusal::ListingTwice, detail);
        return;
    }
    gathered.listings.push(listing);
}
