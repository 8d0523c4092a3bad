//! Bytes to observations, by endpoint: the envelope, the moment, the scope, and what stands twice.

use std::collections::HashMap;

use odds::Moment;
use odds::observation::{CatalogueKind, CatalogueRow, Decoded, FactSeen, ListingScope, ListingSeen, Problem, Refusal, Snapshot};
use odds::reply::{Basis, Reply, Request};
use serde_json::value::RawValue;

use super::clock::{self, AHEAD_SECS};
use super::listing::{Reader, count};
use super::loose::{self, Data, Item, Raw, short};
use super::place::Place;
use super::wire::{Envelope, Event};
use super::{catalogue, form, request, scope, scores};

/// Everything that a reply tells.
pub(super) fn decode<'a>(reply: &Reply<'a>) -> Decoded<'a> {
    let Ok(text) = std::str::from_utf8(reply.body) else {
        return not_the_shape("the body is no UTF-8 text");
    };
    let decoded = match reply.endpoint {
        "sports" => catalogue::sports(text),
        "participants" => catalogue::participants(text),
        "event_markets" => catalogue::event_markets(reply, text),
        "scores" => scores::scores(reply, text),
        "events" | "odds" | "event_odds" | "historical_events" | "historical_odds" | "historical_event_odds" => events(reply, text),
        other => Some(not_the_shape(&format!("no endpoint of this provider: {other}"))),
    };
    decoded.unwrap_or_else(|| not_the_shape(&format!("not what {} sends: {:?}", reply.endpoint, text.chars().take(60).collect::<String>())))
}

/// Nothing but one problem.
pub(super) fn not_the_shape<'a>(detail: &str) -> Decoded<'a> {
    Decoded { problems: vec![Problem::at("", Refusal::NotTheShape, detail)], ..Decoded::default() }
}

/// A body of events, and the envelope around it.
struct Body<'a> {
    envelope: Option<Stamps<'a>>,
    events: Data<'a, Event<'a>>,
}

#[derive(Clone, Copy)]
struct Stamps<'a> {
    timestamp: Raw<'a>,
    next: Raw<'a>,
}

fn body<'a>(reply: &Reply<'a>, text: &'a str) -> Option<Body<'a>> {
    if let Some(events) = loose::list(text) {
        return Some(Body { envelope: None, events: Data::Many(events) });
    }
    if reply.endpoint.starts_with("historical") {
        return envelope(text);
    }
    let event: Event<'a> = loose::object(text)?;
    if event.data.is_some() && event.id.as_filled().is_none() {
        return envelope(text);
    }
    Some(Body { envelope: None, events: Data::One(Box::new(event)) })
}

fn envelope(text: &str) -> Option<Body<'_>> {
    let Envelope { timestamp, next_timestamp, data } = loose::object(text)?;
    Some(Body { envelope: Some(Stamps { timestamp, next: next_timestamp }), events: data? })
}

/// The moment that a body speaks of, and the latest that its books' times are held against.
struct When {
    observed_at: Moment,
    basis: Basis,
    latest: Moment,
}

fn events<'a>(reply: &Reply<'a>, text: &'a str) -> Option<Decoded<'a>> {
    let Body { envelope, events } = body(reply, text)?;
    let asked = scope::scope(reply, &[]);
    let Some(when) = when(reply, envelope, text) else {
        return Some(without_a_moment(reply, envelope, &events));
    };
    let mut reader = Reader::new(form::form(reply, text), when.latest, scope::is_priced(reply.endpoint), asked, scope::extras(reply));
    if let Some(Stamps { timestamp, .. }) = envelope
        && timestamp.and_then(clock::moment).is_none()
    {
        reader.problem(Place::default(), "timestamp", Refusal::BadTime, bad_timestamp(timestamp));
    }
    let root = if envelope.is_some() { "data" } else { "" };
    let mut listings = listings(&mut reader, root, events, text);
    let mut scope = scope::scope(reply, &listings);
    if reader.has_nameless_events {
        scope.listings = ListingScope::Unknown;
    }
    scope::fill_sport(&mut listings, &scope.sport);
    reader.claim_nothing_of_missing_books(&mut listings, &scope.books);
    let next = envelope.and_then(|stamps| next(reply.request, stamps));
    Some(Decoded {
        decision: None,
        catalogue: reader
            .titles
            .into_iter()
            .map(|(key, title)| CatalogueRow { kind: CatalogueKind::Book, key, title, detail: String::new() })
            .collect(),
        snapshots: vec![Snapshot { observed_at: when.observed_at, basis: when.basis, scope, listings }],
        problems: reader.problems,
        unreadable: reader.unreadable,
        next,
        rows: Vec::new(),
    })
}

/// `None` where the reply is of the past and does not say of when: nobody could place it.
fn when(reply: &Reply<'_>, envelope: Option<Stamps<'_>>, text: &str) -> Option<When> {
    if let Some(timestamp) = envelope.and_then(|stamps| stamps.timestamp).and_then(clock::moment) {
        return Some(When { observed_at: observed_at(timestamp, text), basis: Basis::Stated, latest: timestamp });
    }
    let is_history = envelope.is_some() || reply.endpoint.starts_with("historical");
    let is_placed = !is_history || reply.basis != Basis::Fetched;
    is_placed.then(|| When { observed_at: reply.fetched_at, basis: reply.basis, latest: clock::latest_of(reply) })
}

/// A snapshot knows what its books were last read with, if only by the little that clocks differ.
fn observed_at(timestamp: Moment, text: &str) -> Moment {
    clock::newest_book_time(text, timestamp.plus_secs(AHEAD_SECS)).map_or(timestamp, |newest| newest.max(timestamp))
}

/// The moment that a stored body states of itself.
pub(super) fn stamp(body: &[u8]) -> Option<(Moment, Basis)> {
    let text = std::str::from_utf8(body).ok()?;
    let timestamp = if text.trim_start().starts_with('{') { stated_timestamp(text) } else { None };
    let stated = match timestamp {
        Some(timestamp) => Some(observed_at(timestamp, text)),
        None => clock::newest_book_time(text, Moment::MAX),
    };
    stated.map(|moment| (moment, Basis::Stated))
}

fn stated_timestamp(text: &str) -> Option<Moment> {
    #[derive(serde::Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        timestamp: &'a RawValue,
        #[serde(rename = "data")]
        _data: serde::de::IgnoredAny,
    }
    clock::moment(serde_json::from_str::<Head<'_>>(text).ok()?.timestamp)
}

fn bad_timestamp(timestamp: Raw<'_>) -> String {
    timestamp.map_or_else(
        || "the envelope's timestamp is missing".to_owned(),
        |raw| format!("{}: not a time like 2024-01-25T03:55:40Z", short(raw)),
    )
}

fn without_a_moment<'a>(reply: &Reply<'a>, envelope: Option<Stamps<'a>>, events: &Data<'a, Event<'a>>) -> Decoded<'a> {
    let problem = match envelope {
        Some(stamps) => Problem::at("timestamp", Refusal::BadTime, bad_timestamp(stamps.timestamp)),
        None => Problem::at("", Refusal::NotTheShape, format!("{} sends an envelope with its timestamp", reply.endpoint)),
    };
    let unreadable = match events {
        Data::One(event) => count(event),
        Data::Many(events) => events.iter().map(|event| if let Item::Fits(event) = event { count(event) } else { 0 }).sum(),
    };
    Decoded { problems: vec![problem], unreadable: unreadable as u64, ..Decoded::default() }
}

/// The walk goes on at the neighbour that the envelope names, and only forward.
fn next(request: &Request, stamps: Stamps<'_>) -> Option<Request> {
    let (now, next) = (clock::moment(stamps.timestamp?)?, clock::moment(stamps.next?)?);
    (!request.is_unknown() && next > now).then(|| request.clone().with("date", request::date(next)))
}

fn listings<'a>(reader: &mut Reader<'a>, root: &'static str, events: Data<'a, Event<'a>>, text: &'a str) -> Vec<ListingSeen<'a>> {
    let items = match events {
        Data::One(event) => return reader.listing(Place { root, ..Place::default() }, *event).into_iter().collect(),
        Data::Many(items) => items,
    };
    let mut placed = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let at = Place { root, event: Some(index), ..Place::default() };
        match item {
            Item::Fits(event) => placed.extend(reader.listing(at, event).map(|listing| (index, listing))),
            Item::Not(raw) => {
                reader.has_nameless_events = true;
                reader.problem(at, "", Refusal::NotTheShape, format!("{} is no event", short(raw)));
            }
        }
    }
    without_repeats(reader, root, placed, text)
}

/// A listing that stands twice is one listing: what both mentions say alike is said once, and where they contradict each other neither
/// is believed. Its outcomes are held against each other where they get their slots.
fn without_repeats<'a>(
    reader: &mut Reader<'a>,
    root: &'static str,
    placed: Vec<(usize, ListingSeen<'a>)>,
    text: &'a str,
) -> Vec<ListingSeen<'a>> {
    let mut first: HashMap<String, (usize, usize)> = HashMap::with_capacity(placed.len());
    let mut kept: Vec<ListingSeen<'a>> = Vec::with_capacity(placed.len());
    for (index, listing) in placed {
        let Some(&(before, place)) = first.get(listing.id.as_ref()) else {
            first.insert(listing.id.to_string(), (index, kept.len()));
            kept.push(listing);
            continue;
        };
        let is_same = raw_event(root, text, before).zip(raw_event(root, text, index)).is_some_and(|(a, b)| a.get() == b.get());
        let verdict = if is_same { "the same as" } else { "it differs from" };
        let at = Place { root, event: Some(index), ..Place::default() };
        reader.problem(at, "id", Refusal::ListingTwice, format!("{} stands twice, {verdict} {root}[{before}]", listing.id));
        without_contradictions(reader, at, &mut kept[place].facts, &listing.facts);
        kept[place].books.extend(listing.books);
    }
    kept
}

/// Takes out what another mention of the same listing says differently.
fn without_contradictions<'a>(reader: &mut Reader<'a>, at: Place, facts: &mut Vec<FactSeen<'a>>, others: &[FactSeen<'a>]) {
    facts.retain(|fact| {
        let other = others.iter().find(|other| (other.kind, &other.subject) == (fact.kind, &fact.subject));
        let Some(other) = other.filter(|other| other.value != fact.value) else { return true };
        let detail = format!("{} is {:?} in one mention and {:?} in the other", fact.kind.as_str(), fact.value, other.value);
        reader.problem(at, "", Refusal::Contradiction, detail);
        false
    });
}

fn raw_event<'a>(root: &str, text: &'a str, index: usize) -> Option<&'a RawValue> {
    #[derive(serde::Deserialize)]
    struct Inside<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
    }
    let events = match root {
        "" => serde_json::from_str(text).ok()?,
        _ => serde_json::from_str::<Inside<'a>>(text).ok()?.data,
    };
    events.get(index).copied()
}
