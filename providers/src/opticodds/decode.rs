//! Reply to observations: which endpoint's words these are, what they tell, and what they cover.

use odds::cover::FactMask;
use odds::observation::{Decoded, FactKind, FactSeen, ListingKind, ListingScope, ListingSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::{Basis, Reply, Request};
use odds::{Moment, attribute};
use serde_json::{Value, json};

use super::form::{self, Form};
use super::leagues::futures_of;
use super::quotes::{Extent, Gathered, Quote, Reading, fact, gather, price_of, quote};
use super::wire::{Notes, any_text, field, moment, pages, rows, text};
use super::words::key_of;
use super::{catalogue, fixture, history, injuries, scope, stream};

/// Reads a reply of any endpoint that we ask.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    if reply.endpoint == stream::ENDPOINT {
        return stream::decode(reply);
    }
    let body: Value = match serde_json::from_slice(reply.body) {
        Ok(body) => body,
        Err(error) => return not_the_shape(&error.to_string()),
    };
    let decoded = match reply.endpoint {
        "sports" => catalogue::sports(&body),
        "leagues" => catalogue::leagues(&body),
        "sportsbooks" => catalogue::sportsbooks(&body),
        "markets" => catalogue::markets(&body),
        "teams" => catalogue::participants(&body, "team"),
        "players" => catalogue::participants(&body, "player"),
        "injuries" => injuries::decode(reply, &body),
        "fixtures" | "fixtures_odds" => fixtures(reply, &body),
        "futures_odds" => futures(reply, &body),
        "sportsbooks_last_polled" => last_polled(reply, &body),
        "fixtures_odds_historical" => {
            let form = form_of(reply.request, &body);
            history::decode(&body, |sport| reading(form, sport), (reply.fetched_at, reply.basis))
        }
        "grader_odds" => graded(reply, &body),
        other => Some(not_the_shape(&format!("no endpoint of this provider: {other}"))),
    };
    let mut decoded = decoded.unwrap_or_else(|| not_the_shape(&format!("not what {} sends", reply.endpoint)));
    decoded.next = next_page(reply.request, &body);
    decoded
}

/// Nothing but one problem.
pub(crate) fn not_the_shape(detail: &str) -> Decoded<'static> {
    Decoded { problems: vec![Problem::at("", Refusal::NotTheShape, detail)], ..Decoded::default() }
}

/// The page that follows, where the answer has more.
pub(crate) fn next_page(request: &Request, body: &Value) -> Option<Request> {
    let (page, last) = pages(body);
    (!request.is_unknown() && page < last.min(1000)).then(|| request.clone().with("page", (page + 1).to_string()))
}

pub(crate) const fn reading(form: Form, sport: &str) -> Reading<'_> {
    Reading { form, sport, is_locked: false, is_future: false }
}

/// The form of all prices in a body, wherever they stand.
pub(crate) fn form_of(request: &Request, body: &Value) -> Form {
    let mut figures = Vec::new();
    collect_prices(body, &mut figures);
    form::of(request, figures.iter().map(String::as_str))
}

fn collect_prices(value: &Value, figures: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_prices(item, figures)),
        Value::Object(fields) => {
            figures.extend(price_of(value));
            fields.values().filter(|field| field.is_array() || field.is_object()).for_each(|field| collect_prices(field, figures));
        }
        _ => {}
    }
}

/// Fixtures, with the odds that are on offer where they were asked for.
fn fixtures(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    let form = form_of(reply.request, body);
    let (_, last) = pages(body);
    let mut listings = Vec::new();
    for (at, row) in rows(body)?.iter().enumerate() {
        let at = format!("data[{at}]");
        let odds = odds_of(&mut notes, &at, row);
        let (Some(id), Some(sport)) = (fixture::id(row), fixture::sport(row).or_else(|| scope::sport(reply))) else {
            notes.unreadable += odds.len() as u64;
            notes.refuse(&*at, Refusal::MissingField, "a fixture without its id, sport or league");
            continue;
        };
        let facts = fixture::facts(&mut notes, &at, row);
        let of_sport = sport.split('/').next().unwrap_or_default().to_owned();
        let unreadable = notes.unreadable;
        let quotes = read_all(&mut notes, &format!("{at}.odds"), odds, reading(form, &of_sport));
        listings.push(listing(id, sport, facts, quotes, last > 1 || notes.unreadable > unreadable));
    }
    let listings = merged(&mut notes, listings);
    let is_whole = notes.unreadable == 0 && last <= 1 && listings.len() == rows(body)?.len();
    let sport = scope::sport(reply).or_else(|| one_sport(&listings)).unwrap_or_default();
    let scope = if reply.endpoint == "fixtures_odds" {
        scope::of_odds(reply.request, "fixture_id", sport, is_whole)
    } else {
        Scope { sport, listings: ListingScope::Unknown, ..Scope::default() }
    };
    Some(finished(reply, notes, scope, listings))
}

/// The list of odds of a row; something else in its place is a problem.
pub(super) fn odds_of<'v>(notes: &mut Notes, at: &str, row: &'v Value) -> &'v [Value] {
    match field(row, "odds") {
        Value::Array(odds) => odds,
        Value::Null => &[],
        other => {
            notes.refuse(format!("{at}.odds"), Refusal::NotTheShape, format!("no list of odds: {other}"));
            &[]
        }
    }
}

/// Every odd of a list.
pub(crate) fn read_all(notes: &mut Notes, at: &str, odds: &[Value], reading: Reading<'_>) -> Vec<Quote> {
    odds.iter().enumerate().filter_map(|(number, odd)| quote(notes, &format!("{at}[{number}]"), odd, reading)).collect()
}

/// A listing with quotes. Links and limits come with every odd, so that one without has none.
pub(crate) fn listing(id: String, sport: String, facts: Vec<FactSeen<'static>>, quotes: Vec<Quote>, is_part: bool) -> ListingSeen<'static> {
    let Gathered { books, facts: of_quotes } = gather(quotes, if is_part { Extent::Part } else { Extent::Whole });
    let mut asked = FactMask::default();
    if !books.is_empty() {
        asked.add(FactKind::Link);
        asked.add(FactKind::BetLimit);
    }
    ListingSeen {
        id: id.into(),
        sport: sport.into(),
        facts: facts.into_iter().chain(of_quotes).collect(),
        asked,
        books,
        ..ListingSeen::default()
    }
}

/// A listing that stands twice is one; its outcomes are held against each other where they get their slots.
pub(crate) fn merged(notes: &mut Notes, listings: Vec<ListingSeen<'static>>) -> Vec<ListingSeen<'static>> {
    let mut kept: Vec<ListingSeen<'static>> = Vec::with_capacity(listings.len());
    for listing in listings {
        match kept.iter_mut().find(|known| known.id == listing.id) {
            Some(known) => {
                notes.refuse("data", Refusal::ListingTwice, format!("{} stands twice", listing.id));
                known.books.extend(listing.books);
                known.facts.retain(|fact| {
                    !listing
                        .facts
                        .iter()
                        .any(|other| (other.kind, &other.subject) == (fact.kind, &fact.subject) && other.value != fact.value)
                });
            }
            None => kept.push(listing),
        }
    }
    kept
}

fn one_sport(listings: &[ListingSeen<'_>]) -> Option<String> {
    let first = listings.first()?;
    listings.iter().all(|listing| listing.sport == first.sport).then(|| first.sport.to_string())
}

/// One snapshot of now.
pub(crate) fn finished(reply: &Reply<'_>, mut notes: Notes, scope: Scope, listings: Vec<ListingSeen<'static>>) -> Decoded<'static> {
    Decoded {
        catalogue: notes.catalogue(),
        snapshots: vec![Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings }],
        problems: notes.problems,
        unreadable: notes.unreadable,
        ..Decoded::default()
    }
}

/// Outrights: one listing a future, kept under a sport key of their own.
fn futures(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    let form = form_of(reply.request, body);
    let (_, last) = pages(body);
    let mut listings = Vec::new();
    for (at, row) in rows(body)?.iter().enumerate() {
        let odds = odds_of(&mut notes, &format!("data[{at}]"), row);
        let sport = fixture::sport(row).or_else(|| scope::sport(reply));
        let (Some(id), Some(sport)) = (text(row, "id"), sport) else {
            notes.unreadable += odds.len() as u64;
            notes.refuse(format!("data[{at}]"), Refusal::MissingField, "a future without its id, sport or league");
            continue;
        };
        let title = any_text(row, &["name", "title"]).map(|title| fact(FactKind::Title, "", title));
        let of_sport = sport.split('/').next().unwrap_or_default().to_owned();
        let reading = Reading { is_future: true, ..reading(form, &of_sport) };
        let unreadable = notes.unreadable;
        let quotes = read_all(&mut notes, &format!("data[{at}].odds"), odds, reading);
        let is_part = last > 1 || notes.unreadable > unreadable;
        let listing = listing(id, futures_of(&sport), title.into_iter().collect(), quotes, is_part);
        listings.push(ListingSeen { kind: ListingKind::Outright, ..listing });
    }
    let listings = merged(&mut notes, listings);
    let sport = one_sport(&listings).unwrap_or_default();
    let scope =
        Scope { listings: ListingScope::Unknown, ..scope::of_odds(reply.request, "future_id", sport, notes.unreadable == 0 && last <= 1) };
    Some(finished(reply, notes, scope, listings))
}

/// When each book was last polled, as a fact of each fixture. Of a whole league it is told to nobody: no listing stands for it.
fn last_polled(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    let mut listings = Vec::new();
    for (at, row) in rows(body)?.iter().enumerate() {
        let mut facts = Vec::new();
        for (number, book) in field(row, "sportsbooks").as_array().map_or(&[][..], Vec::as_slice).iter().enumerate() {
            let at = format!("data[{at}].sportsbooks[{number}]");
            let title = text(book, "name");
            let Some(key) = text(book, "id").or_else(|| title.as_deref().map(key_of)) else {
                notes.refuse(at, Refusal::MissingField, "a book without its id");
                continue;
            };
            notes.book(&key, title.as_deref().unwrap_or(&key));
            match moment(field(book, "timestamp")) {
                Some(polled) => facts.push(fact(
                    FactKind::Attribute,
                    attribute::of_book(&key),
                    json!({ "last_polled_at": polled.to_string() }).to_string(),
                )),
                None => notes.refuse(format!("{at}.timestamp"), Refusal::BadTime, "a poll without its time"),
            }
        }
        let sport = fixture::sport(row).or_else(|| scope::sport(reply)).unwrap_or_default();
        if let Some(id) = text(row, "fixture_id") {
            listings.push(ListingSeen { id: id.into(), sport: sport.into(), facts, ..ListingSeen::default() });
        }
    }
    // Fixtures that were asked for are known to us by name; one that nobody asked for, without its league, could not be placed.
    if reply.request.is_unknown() {
        let nameless = listings.iter().filter(|listing| listing.sport.is_empty()).map(|listing| listing.id.to_string()).collect::<Vec<_>>();
        nameless.iter().for_each(|id| notes.refuse("data", Refusal::MissingField, format!("{id}: a fixture without its sport and league")));
        listings.retain(|listing| !listing.sport.is_empty());
    }
    Some(finished(reply, notes, Scope::default(), listings))
}

/// What a bet came to, by their grader: a fact beside the fixture's.
fn graded(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let row = field(body, "data");
    let (id, market, name, result) = (fixture::id(row)?, text(row, "market")?, text(row, "name")?, text(row, "result")?);
    let mut notes = Notes::default();
    let Some(sport) = fixture::sport(row).or_else(|| scope::sport(reply)) else {
        notes.refuse("data", Refusal::MissingField, "a grade without its sport and league");
        return Some(finished(reply, notes, Scope::default(), Vec::new()));
    };
    let mut facts = vec![fact(
        FactKind::Attribute,
        attribute::of_market("grade", &format!("{market}/{name}")),
        json!({ "result": result }).to_string(),
    )];
    facts.extend(
        text(row, "status")
            .and_then(|word| fixture::status(&mut notes, "data.status", &word))
            .map(|status| fact(FactKind::Status, "", status.as_str())),
    );
    let listing = ListingSeen { id: id.into(), sport: sport.into(), facts, ..ListingSeen::default() };
    Some(finished(reply, notes, Scope::default(), vec![listing]))
}

/// The moment that a stored body states of itself: its newest time of a poll, a change, or an entry of the stream.
pub(crate) fn stamp(endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
    if endpoint == stream::ENDPOINT {
        return stream::stamp(body).map(|moment| (moment, Basis::Stated));
    }
    if !matches!(endpoint, "fixtures_odds" | "futures_odds" | "sportsbooks_last_polled" | "odds" | "scores") {
        return None;
    }
    let mut newest = None;
    newest_time(&serde_json::from_slice(body).ok()?, &mut newest);
    newest.map(|moment| (moment, Basis::Stated))
}

fn newest_time(value: &Value, newest: &mut Option<Moment>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| newest_time(item, newest)),
        Value::Object(fields) => {
            let times = ["timestamp", "checked_date"].iter().filter_map(|name| fields.get(*name)).filter_map(moment);
            *newest = times.chain(*newest).max();
            fields.values().filter(|field| field.is_array() || field.is_object()).for_each(|field| newest_time(field, newest));
        }
        _ => {}
    }
}

/// Whether a body is what its endpoint sends, as far as its outermost shape tells.
pub(super) fn is_shaped(endpoint: &str, body: &Value) -> bool {
    match endpoint {
        "grader_odds" => field(body, "data").is_object(),
        _ => rows(body).is_some(),
    }
}
