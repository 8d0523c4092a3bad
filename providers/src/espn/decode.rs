//! Reply to observations: which endpoint's words these are, whose sport they speak of, and what they cover.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::observation::{CatalogueKind, CatalogueRow, Decoded, ListingKind, ListingSeen, Refusal, Snapshot};
use odds::reply::Reply;

use super::contest::{self, Around, Contest};
use super::notes::{Notes, place};
use super::request::{self, INJURIES, ROSTER, SCOREBOARD, SUMMARY, TEAMS, TRANSACTIONS};
use super::wire::{Competition, Envelope, Event, Field, Items, League, OddsRow};
use super::{boxscore, chances, injuries, people, quotes, sport, teams};

/// What is gathered while a reply is read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) notes: Notes,
    pub(super) listings: Vec<ListingSeen<'static>>,
    pub(super) catalogue: Vec<CatalogueRow<'static>>,
    /// Books by id, so that each is named once.
    books: BTreeMap<String, String>,
}

/// Reads a reply of any endpoint that we ask.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    let mut gathered = Gathered::default();
    let sport = match serde_json::from_slice::<Envelope<'_>>(reply.body) {
        Ok(envelope) => read(&mut gathered, reply, envelope),
        Err(error) => {
            gathered.notes.refuse("", Refusal::NotTheShape, format!("not JSON of this endpoint: {error}"));
            None
        }
    };
    let Gathered { notes, listings, mut catalogue, books } = gathered;
    let named =
        |(key, title)| CatalogueRow { kind: CatalogueKind::Book, key: Cow::Owned(key), title: Cow::Owned(title), detail: String::new() };
    catalogue.extend(books.into_iter().map(named));
    let scope = sport.map(|sport| request::scope(reply.endpoint, reply.request, &sport));
    let snapshot = scope.map(|scope| Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings });
    Decoded {
        snapshots: snapshot.into_iter().collect(),
        problems: notes.problems,
        unreadable: notes.unreadable,
        catalogue,
        ..Decoded::default()
    }
}

/// Reads an envelope; gives the sport that it speaks of (empty where nothing says it), or `None` where it is no answer.
fn read(gathered: &mut Gathered, reply: &Reply<'_>, envelope: Envelope<'_>) -> Option<String> {
    let list = match reply.endpoint {
        SCOREBOARD => "events",
        SUMMARY => "header",
        INJURIES => "injuries",
        TEAMS => "sports",
        ROSTER => "athletes",
        TRANSACTIONS => "transactions",
        other => {
            gathered.notes.refuse("", Refusal::NotTheShape, format!("no endpoint of ours: {other:?}"));
            return None;
        }
    };
    let is_there = match reply.endpoint {
        SCOREBOARD => matches!(envelope.events, Field::Read(_)),
        SUMMARY => matches!(envelope.header, Field::Read(_)),
        INJURIES => matches!(envelope.injuries, Field::Read(_)),
        ROSTER => matches!(envelope.athletes, Field::Read(_)),
        TRANSACTIONS => matches!(envelope.transactions, Field::Read(_)),
        _ => matches!(envelope.sports, Field::Read(_)),
    };
    if !is_there {
        refuse_frame(&mut gathered.notes, list, &envelope);
        return None;
    }
    let sport = sport_of(&mut gathered.notes, reply, &envelope);
    match reply.endpoint {
        SCOREBOARD => scoreboard(gathered, envelope.events, &sport),
        SUMMARY => summary(gathered, envelope, &sport),
        INJURIES => league_injuries(gathered, envelope.injuries, &sport),
        // without its sport a list would be that of nobody's league
        ROSTER | TRANSACTIONS if sport.is_empty() => {}
        ROSTER => gathered.listings.extend(people::roster(&mut gathered.notes, envelope.team, envelope.athletes, &sport)),
        TRANSACTIONS => gathered.listings.extend(people::transactions(&mut gathered.notes, envelope.transactions, &sport)),
        _ => gathered.catalogue.extend(teams::read(&mut gathered.notes, envelope.sports, &sport)),
    }
    Some(sport)
}

/// An answer without its list: an error of theirs, or another shape.
fn refuse_frame(notes: &mut Notes, list: &str, envelope: &Envelope<'_>) {
    match (&envelope.code, &envelope.message) {
        (Field::Read(code), message) => {
            let message = message.read().map_or("", |message| message.as_str());
            notes.refuse("", Refusal::ProviderError, format!("{}: {message}", code.as_str()));
        }
        _ => notes.refuse(list, Refusal::NotTheShape, "missing, null or of another type"),
    }
}

fn sport_of(notes: &mut Notes, reply: &Reply<'_>, envelope: &Envelope<'_>) -> String {
    let found = sport::of_reply(reply).or_else(|| match reply.endpoint {
        SCOREBOARD => sport_of_scoreboard(envelope),
        SUMMARY => sport_of_header(envelope),
        INJURIES => injuries::sport_of(&envelope.injuries),
        _ => None,
    });
    found.unwrap_or_else(|| {
        notes.refuse("", Refusal::MissingField, "nothing in it says its sport; say it, like basketball/nba");
        String::new()
    })
}

fn sport_of_scoreboard(envelope: &Envelope<'_>) -> Option<String> {
    let league = envelope.leagues.read().and_then(|leagues| serde_json::from_str::<League<'_>>(leagues.first()?.get()).ok());
    league.as_ref().and_then(sport::of_league).or_else(|| {
        let event = serde_json::from_str::<Event<'_>>(envelope.events.read()?.first()?.get()).ok()?;
        sport::of_uid(event.uid.read()?.as_str())
    })
}

fn sport_of_header(envelope: &Envelope<'_>) -> Option<String> {
    let header = envelope.header.read()?;
    header.league.read().and_then(sport::of_league).or_else(|| sport::of_uid(header.uid.read()?.as_str()))
}

fn scoreboard(gathered: &mut Gathered, events: Items<'_>, sport: &str) {
    for (at, event) in gathered.notes.items::<Event<'_>>("", "events", events) {
        read_event(gathered, &at, event, sport);
    }
}

fn read_event(gathered: &mut Gathered, at: &str, event: Event<'_>, sport: &str) {
    let notes = &mut gathered.notes;
    let Some(id) = notes.need_text(at, "id", event.id) else { return };
    let is_alone = event.competitions.read().is_some_and(|list| list.len() == 1);
    let competitions = notes.items::<Competition<'_>>(at, "competitions", event.competitions);
    if competitions.is_empty() {
        notes.refuse(place(at, "competitions"), Refusal::MissingField, format!("event {id} has no competition that can be read"));
    }
    for (at, competition) in competitions {
        let notes = &mut gathered.notes;
        let own_id = if is_alone { Some(id.clone()) } else { notes.need_text(&at, "id", competition.id.clone()) };
        let Some(own_id) = own_id else { continue };
        if gathered.listings.iter().any(|listing| listing.id == own_id) {
            notes.refuse(at, Refusal::ListingTwice, format!("event {own_id} stands in this reply already; the first is kept"));
            continue;
        }
        let around = Around { date: event.date.clone(), status: event.status.clone(), season: event.season.clone(), venue: Field::Absent };
        let contest = contest::read(notes, &at, competition, around);
        let odds = vec![(at.clone(), "odds", contest.odds.clone())];
        record(gathered, &at, own_id, sport, contest, odds);
    }
}

/// A summary's head is a competition like any other; its prices stand beside it, under two names that may both be filled.
fn summary<'a>(gathered: &mut Gathered, mut envelope: Envelope<'a>, sport: &str) {
    let notes = &mut gathered.notes;
    let told = chances::Told::of(&mut envelope);
    let Some(header) = notes.need("", "header", envelope.header) else { return };
    let Some(id) = notes.need_text("header", "id", header.id) else { return };
    let info = notes.take("", "gameInfo", envelope.game_info).unwrap_or_default();
    let competitions = notes.items::<Competition<'a>>("header", "competitions", header.competitions);
    let Some((at, competition)) = competitions.into_iter().next() else {
        notes.refuse("header.competitions", Refusal::MissingField, "no competition that can be read");
        return;
    };
    let mut contest = contest::read(notes, &at, competition, Around { venue: info.venue, ..Around::default() });
    let box_score = notes.take("", "boxscore", envelope.boxscore).unwrap_or_default();
    let stats = boxscore::facts(notes, sport, box_score, &contest);
    contest.facts.extend(stats);
    contest.facts.extend(people::officials(notes, info.officials));
    contest.facts.extend(chances::facts(notes, told));
    let odds = vec![
        (String::new(), "pickcenter", envelope.pickcenter),
        (String::new(), "odds", envelope.odds),
        (at.clone(), "odds", contest.odds.clone()),
    ];
    record(gathered, &at, id.clone(), sport, contest, odds);
    let is_told = !matches!(envelope.injuries, Field::Absent) && !sport.is_empty();
    let list =
        is_told.then(|| injuries::list(&mut gathered.notes, envelope.injuries, format!("{}/{id}", request::injury_list(sport)), sport));
    gathered.listings.extend(list.flatten());
}

fn league_injuries(gathered: &mut Gathered, teams: Items<'_>, sport: &str) {
    // without its sport a list would be the list of nobody's league
    if !sport.is_empty() {
        let list = injuries::list(&mut gathered.notes, teams, request::injury_list(sport), sport);
        gathered.listings.extend(list);
    }
}

/// Puts a contest with its prices among the listings.
fn record(gathered: &mut Gathered, at: &str, id: String, sport: &str, contest: Contest<'_>, odds: Vec<(String, &str, Items<'_>)>) {
    let notes = &mut gathered.notes;
    let is_open = contest.standing.is_open_for_bets();
    let mut rows = Vec::new();
    for (at, name, list) in odds {
        for (at, row) in notes.items::<OddsRow>(&at, name, list) {
            rows.extend(quotes::read(notes, &at, row, is_open));
        }
    }
    let rows = quotes::merge(notes, at, rows);
    let mut facts = contest.facts;
    let mut books = Vec::with_capacity(rows.len());
    for row in rows {
        facts.extend(row.facts);
        books.extend(row.book);
        gathered.books.insert(row.named.0, row.named.1);
    }
    gathered.listings.push(ListingSeen {
        id: Cow::Owned(id),
        sport: Cow::Owned(sport.to_owned()),
        kind: ListingKind::Contest,
        facts,
        books,
        ..ListingSeen::default()
    });
}
