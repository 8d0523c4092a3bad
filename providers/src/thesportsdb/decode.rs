//! Reply to observations. The data is edited by a community: what does not fit is named, and nothing is guessed.

use std::borrow::Cow;

use odds::Moment;
use odds::attribute::{Day, OnDay, START};
use odds::observation::{
    CatalogueKind, CatalogueRow, Decoded, EventStatus, FactKind, FactSeen, ListingKind, ListingSeen, Refusal, Snapshot,
};
use odds::reply::Reply;

use super::wire::{self, EVENTS, Event, Start};
use super::{leagues, request};
use crate::tolerant::{Notes, Object, fact, fact_of, head};

/// Reads a reply of any endpoint, of either version.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    let mut notes = Notes::default();
    let Some((body, wrapper)) = Object::of_body(reply.body).and_then(|body| wire::wrapper(&body).map(|wrapper| (body, wrapper))) else {
        notes.refuse("", Refusal::NotTheShape, format!("not what {} sends: {}", reply.endpoint, head(reply.body)));
        return Decoded { problems: notes.problems, ..Decoded::default() };
    };
    let asked = reply.request.query.get("l").or_else(|| reply.request.query.get("id").filter(|_| reply.endpoint == request::TEAMS));
    let sport = asked.map(String::as_str).or(reply.sport).filter(|sport| leagues::is_number(sport)).unwrap_or_default();
    let items = body.objects(&mut notes, wrapper).items;
    let (mut listings, mut catalogue) = (Vec::<ListingSeen<'static>>::new(), Vec::new());
    for item in &items {
        if EVENTS.contains(&wrapper) && item.has("idEvent") {
            let event = Event::read(&mut notes, item);
            let Some(listing) = listing(&mut notes, event, sport) else { continue };
            if listings.iter().any(|known| known.id == listing.id) {
                notes.refuse(item.at(), Refusal::ListingTwice, format!("{} stands in this reply already; the first is kept", listing.id));
            } else {
                listings.push(listing);
            }
        } else {
            catalogue.extend(row(&mut notes, item));
        }
    }
    let said = listings.first().map(|listing| listing.sport.to_string());
    let scope = request::scope(if sport.is_empty() { said.unwrap_or_default() } else { sport.to_owned() });
    let snapshot = Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings };
    Decoded { snapshots: vec![snapshot], problems: notes.problems, unreadable: notes.unreadable, catalogue, ..Decoded::default() }
}

/// A league (`idLeague`, `strLeague`) or a team (`idTeam`, `strTeam`); anything else is refused.
fn row(notes: &mut Notes, item: &Object<'_>) -> Option<CatalogueRow<'static>> {
    let kinds = [(CatalogueKind::Participant, "idTeam", "strTeam"), (CatalogueKind::Sport, "idLeague", "strLeague")];
    let Some((kind, id, title)) = kinds.into_iter().find(|(_, id, _)| item.has(id)) else {
        notes.refuse(item.at(), Refusal::MissingField, "none of idEvent, idTeam and idLeague");
        return None;
    };
    let (key, title) = item.need(notes, id).zip(item.need(notes, title))?;
    Some(CatalogueRow { kind, key: Cow::Owned(key), title: Cow::Owned(title), detail: String::new() })
}

fn listing(notes: &mut Notes, event: Event, sport: &str) -> Option<ListingSeen<'static>> {
    let id = event.id?;
    let sport = event.league.unwrap_or_else(|| sport.to_owned());
    let status = status(notes, &event.at, event.status.as_deref(), event.is_postponed, (&event.home_score, &event.away_score));
    let mut facts = Vec::with_capacity(12);
    start(&mut facts, event.start, &sport);
    facts.extend(status.map(|status| fact(FactKind::Status, status.as_str())));
    let is_contest = event.home.is_some() || event.away.is_some();
    if is_contest {
        side(notes, &event.at, &mut facts, ("home", FactKind::Home), (event.home, event.home_id));
        side(notes, &event.at, &mut facts, ("away", FactKind::Away), (event.away, event.away_id));
    } else {
        facts.extend(event.title.map(|title| fact(FactKind::Title, title)));
    }
    let is_begun = matches!(status, Some(EventStatus::Live | EventStatus::Final | EventStatus::Suspended));
    for (kind, score) in [(FactKind::HomeScore, event.home_score), (FactKind::AwayScore, event.away_score)] {
        let Some(score) = score.filter(|_| is_begun) else { continue };
        match odds::decimal::parse_scaled(&score, 0) {
            Ok(scaled) if scaled.is_exact => facts.push(fact(kind, scaled.units.to_string())),
            _ => notes.refuse(&event.at, Refusal::MissingField, format!("{score:?} is no score")),
        }
    }
    facts.extend(event.venue.map(|venue| fact(FactKind::Venue, venue)));
    for (whose, id) in [("api-football", event.api_football), ("espn", event.espn)] {
        facts.extend(id.filter(|id| id != "0").map(|id| fact_of(FactKind::ExternalId, whose, id)));
    }
    let kind = if is_contest { ListingKind::Contest } else { ListingKind::Outright };
    Some(ListingSeen { id: Cow::Owned(id), sport: Cow::Owned(sport), kind, facts, ..ListingSeen::default() })
}

fn side(
    notes: &mut Notes,
    at: &str,
    facts: &mut Vec<FactSeen<'static>>,
    (word, kind): (&'static str, FactKind),
    (name, id): (Option<String>, Option<String>),
) {
    match name {
        Some(name) => facts.push(fact(kind, name)),
        None => notes.refuse(at, Refusal::MissingField, format!("the {word} side has no name, and the other has one")),
    }
    facts.extend(id.map(|id| fact_of(FactKind::SideId, word, id)));
}

/// The start; a day alone stands at noon of the league's day, and says so.
fn start(facts: &mut Vec<FactSeen<'static>>, start: Option<Start>, sport: &str) {
    let zone = leagues::league(sport).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    let at = |time: jiff::civil::DateTime| time.to_zoned(zone.clone()).ok().map(|zoned| Moment::from(zoned.timestamp()));
    match start {
        Some(Start::Exact(start)) => facts.push(fact(FactKind::Start, start.to_string())),
        Some(Start::OnDay(day)) => {
            let Some((noon, end)) = at(day.at(12, 0, 0, 0)).zip(at(day.at(23, 59, 59, 0))) else { return };
            facts.push(fact(FactKind::Start, noon.to_string()));
            let on_day = serde_json::to_string(&OnDay { precision: Day::Day, closes_at: end }).ok();
            facts.extend(on_day.map(|value| fact_of(FactKind::Attribute, START, value)));
        }
        None => {}
    }
}

/// Status words as they were seen or heard of; anything else is refused, and never guessed to be final.
const WORDS: &[(EventStatus, &[&str])] = &[
    (EventStatus::Scheduled, &["ns", "not started", "scheduled", "tbd", "time to be defined"]),
    (
        EventStatus::Live,
        &["1h", "ht", "2h", "et", "bt", "p", "live", "in progress", "q1", "q2", "q3", "q4", "ot", "halftime", "in1", "in2"],
    ),
    (
        EventStatus::Final,
        &["ft", "aet", "pen", "aot", "ap", "match finished", "finished", "after overtime", "after extra time", "awarded", "wo"],
    ),
    (EventStatus::Postponed, &["pst", "post", "postponed"]),
    (EventStatus::Cancelled, &["canc", "cancelled", "canceled", "abd", "abandoned"]),
    (EventStatus::Suspended, &["susp", "suspended", "int", "interrupted"]),
    (EventStatus::Delayed, &["delayed"]),
];

/// Where it stands: `strPostponed` first; a row of old, whose status nobody filled in and whose scores are there, tells no status.
fn status(
    notes: &mut Notes,
    at: &str,
    word: Option<&str>,
    is_postponed: bool,
    scores: (&Option<String>, &Option<String>),
) -> Option<EventStatus> {
    if is_postponed {
        return Some(EventStatus::Postponed);
    }
    let Some(word) = word else {
        // A null status is a game to come where no score is told, and a finished one of old where both are (seen).
        return Some(if scores.0.is_some() && scores.1.is_some() { EventStatus::Final } else { EventStatus::Scheduled });
    };
    let lower = word.to_ascii_lowercase();
    let known = WORDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(status, _)| *status);
    if known.is_none() {
        notes.refuse(format!("{at}.strStatus"), Refusal::MissingField, format!("{word:?}: no status that we know"));
    }
    known
}
