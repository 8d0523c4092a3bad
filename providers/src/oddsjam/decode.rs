//! Reply to observations. An answer is a flat list of odds, each with its game: they are gathered game by game.

use odds::observation::{Decoded, FactKind, FactSeen, ListingKind, ListingSeen, Refusal, Scope};
use odds::reply::Reply;
use serde_json::Value;

use super::{stream, wire};
use crate::opticodds::decode::{finished, form_of, listing, merged, next_page, not_the_shape, reading};
use crate::opticodds::leagues::futures_of;
use crate::opticodds::quotes::{Quote, Reading, fact, quote};
use crate::opticodds::wire::{Notes, any_text, field, pages, rows, text};
use crate::opticodds::{catalogue, injuries, scope};

/// Reads a reply of any endpoint that we ask.
pub(super) fn decode(reply: &Reply<'_>) -> Decoded<'static> {
    if reply.endpoint == stream::ENDPOINT {
        return crate::opticodds::stream::decode(reply);
    }
    let body: Value = match serde_json::from_slice(reply.body) {
        Ok(body) => body,
        Err(error) => return not_the_shape(&error.to_string()),
    };
    let decoded = match reply.endpoint {
        "leagues" => catalogue::leagues(&body),
        "sportsbooks" => catalogue::sportsbooks(&body),
        "teams" => catalogue::participants(&body, "team"),
        "players" => catalogue::participants(&body, "player"),
        "injuries" => injuries::decode(reply, &body),
        "games" => games(reply, &body),
        "scores" => scores(reply, &body),
        "odds" | "historical_odds" => odds(reply, &body),
        "futures_odds" => futures(reply, &body),
        other => Some(not_the_shape(&format!("no endpoint of this provider: {other}"))),
    };
    let mut decoded = decoded.unwrap_or_else(|| not_the_shape(&format!("not what {} sends", reply.endpoint)));
    decoded.next = next_page(reply.request, &body);
    decoded
}

/// Whether a body is what its endpoint sends, as far as its outermost shape tells.
pub(super) fn is_shaped(endpoint: &str, body: &Value) -> bool {
    let Some(rows) = rows(body) else { return false };
    let is_first = |has: &dyn Fn(&Value) -> bool| rows.first().is_none_or(has);
    match endpoint {
        "games" | "scores" => is_first(&|row| wire::id(row).is_some()),
        "odds" => is_first(&|row| row.is_object()),
        _ => true,
    }
}

/// A listing that is being gathered out of rows.
struct Heap {
    id: String,
    sport: String,
    facts: Vec<FactSeen<'static>>,
    quotes: Vec<Quote>,
}

/// The heap of a row's game; `None`, with a problem, where it cannot be told.
fn heap<'h>(notes: &mut Notes, heaps: &'h mut Vec<Heap>, at: &str, row: &Value, reply: &Reply<'_>) -> Option<&'h mut Heap> {
    let (Some(id), Some(sport)) = (wire::id(row), wire::sport(row).or_else(|| scope::sport(reply))) else {
        notes.refuse(at, Refusal::MissingField, "a row without its game, sport or league");
        return None;
    };
    // Rows of one game stand together.
    let place = heaps.iter().rposition(|heap| heap.id == id);
    let place = place.unwrap_or_else(|| {
        let facts = wire::facts(notes, at, row);
        heaps.push(Heap { id, sport, facts, quotes: Vec::new() });
        heaps.len() - 1
    });
    heaps.get_mut(place)
}

fn odds(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let (mut notes, mut heaps) = (Notes::default(), Vec::new());
    let form = form_of(reply.request, body);
    let (_, last) = pages(body);
    for (at, row) in rows(body)?.iter().enumerate() {
        let at = format!("data[{at}]");
        let below = field(row, "odds").as_array();
        let many = below.map_or(1, Vec::len) as u64;
        let Some(heap) = heap(&mut notes, &mut heaps, &at, row, reply) else {
            notes.unreadable += many;
            continue;
        };
        let of_sport = heap.sport.split('/').next().unwrap_or_default().to_owned();
        let reading = reading(form, &of_sport);
        match below {
            Some(odds) => {
                let read =
                    odds.iter().enumerate().filter_map(|(number, odd)| quote(&mut notes, &format!("{at}.odds[{number}]"), odd, reading));
                heap.quotes.extend(read);
            }
            None => heap.quotes.extend(quote(&mut notes, &at, row, reading)),
        }
    }
    let is_past = reply.endpoint == "historical_odds";
    let is_part = last > 1 || is_past;
    let is_whole = notes.unreadable == 0 && !is_part && notes.problems.iter().all(|problem| problem.reason != Refusal::MissingField);
    let listings: Vec<_> = heaps.into_iter().map(|heap| listing(heap.id, heap.sport, heap.facts, heap.quotes, is_part)).collect();
    let listings = without_promises(listings);
    let sport = listings.first().map(|listing| listing.sport.to_string()).unwrap_or_default();
    let scope = scope::of_odds(reply.request, "game_id", sport, is_whole);
    Some(finished(reply, notes, scope, listings))
}

/// Links and limits are not known to come with every odd of this dialect: one without tells nothing.
fn without_promises(mut listings: Vec<ListingSeen<'static>>) -> Vec<ListingSeen<'static>> {
    listings.iter_mut().for_each(|listing| listing.asked = odds::cover::FactMask::default());
    listings
}

fn games(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    let mut listings = Vec::new();
    for (at, row) in rows(body)?.iter().enumerate() {
        listings.extend(stated(&mut notes, &format!("data[{at}]"), row, reply));
    }
    let listings = merged(&mut notes, listings);
    Some(finished(reply, notes, Scope::default(), listings))
}

/// What is stated of one game.
fn stated(notes: &mut Notes, at: &str, row: &Value, reply: &Reply<'_>) -> Option<ListingSeen<'static>> {
    let (Some(id), Some(sport)) = (wire::id(row), wire::sport(row).or_else(|| scope::sport(reply))) else {
        notes.refuse(at, Refusal::MissingField, "a game without its id, sport or league");
        return None;
    };
    let facts = wire::facts(notes, at, row);
    Some(ListingSeen { id: id.into(), sport: sport.into(), facts, ..ListingSeen::default() })
}

/// Scores so far, and by period. The sums of a period's two sides come as rows of their own.
fn scores(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    let mut listings = Vec::new();
    for (at, row) in rows(body)?.iter().enumerate() {
        let Some(mut listing) = stated(&mut notes, &format!("data[{at}]"), row, reply) else { continue };
        let has_begun =
            listing.facts.iter().any(|fact| fact.kind == FactKind::Status && !matches!(&*fact.value, "scheduled" | "cancelled"));
        if has_begun {
            points(&mut listing.facts, row);
        }
        listings.push(listing);
    }
    let listings = merged(&mut notes, listings);
    Some(finished(reply, notes, Scope::default(), listings))
}

fn points(facts: &mut Vec<FactSeen<'static>>, row: &Value) {
    let sides =
        [(FactKind::HomeScore, ["home_final_score", "score_home_total"]), (FactKind::AwayScore, ["away_final_score", "score_away_total"])];
    for (kind, names) in sides {
        let points = any_text(row, &names).filter(|points| odds::decimal::parse_scaled(points, 3).is_ok_and(|read| read.is_exact));
        facts.extend(points.map(|points| fact(kind, "", points)));
    }
    let periods = field(row, "period_scores").as_array().map_or(&[][..], Vec::as_slice);
    let side = |word: &str| -> Vec<String> {
        let of = |number: usize| {
            let is_it = |row: &&Value| text(row, "team").as_deref() == Some(word) && text(row, "period_number") == Some(number.to_string());
            periods.iter().find(is_it).and_then(|row| field(row, "score").as_number()).map(ToString::to_string)
        };
        (1..).map_while(of).take(64).collect()
    };
    let (home, away) = (side("home"), side("away"));
    if !home.is_empty() && home.len() == away.len() {
        facts.push(fact(FactKind::PeriodScores, "", format!(r#"{{"home":[{}],"away":[{}]}}"#, home.join(","), away.join(","))));
    }
}

fn futures(reply: &Reply<'_>, body: &Value) -> Option<Decoded<'static>> {
    let (mut notes, mut heaps) = (Notes::default(), Vec::<Heap>::new());
    let form = form_of(reply.request, body);
    for (at, row) in rows(body)?.iter().enumerate() {
        let at = format!("data[{at}]");
        let future = if field(row, "future").is_object() { field(row, "future") } else { row };
        let (id, sport) = (any_text(future, &["id", "future_id"]), text(future, "sport").zip(text(future, "league")));
        let (Some(id), Some((sport, league))) = (id, sport) else {
            notes.unreadable += 1;
            notes.refuse(at, Refusal::MissingField, "an odd without its future, sport or league");
            continue;
        };
        let of_sport = sport.to_lowercase();
        let Some(quote) = quote(&mut notes, &at, row, Reading { is_future: true, ..reading(form, &of_sport) }) else { continue };
        match heaps.iter_mut().find(|heap| heap.id == id) {
            Some(heap) => heap.quotes.push(quote),
            None => {
                let title = any_text(future, &["name", "future_name"]).map(|title| fact(FactKind::Title, "", title));
                let sport = futures_of(&format!("{of_sport}/{league}"));
                heaps.push(Heap { id, sport, facts: title.into_iter().collect(), quotes: vec![quote] });
            }
        }
    }
    // Which futures an answer is to bring is not known, and it may be one page of several: its silence tells nothing.
    let listings = heaps
        .into_iter()
        .map(|heap| ListingSeen { kind: ListingKind::Outright, ..listing(heap.id, heap.sport, heap.facts, heap.quotes, true) });
    let listings = without_promises(listings.collect());
    Some(finished(reply, notes, Scope::default(), listings))
}
