//! Rows that are parts of an event: `odds_data`, `player_props_odds`, `historical_odds`.

use std::borrow::Cow;

use odds::line::Line;
use odds::observation::{CatalogueKind, Offer, OutcomeSeen, Refusal};
use odds::{Moment, Price};
use serde_json::value::RawValue;

use super::figures::{self, Form};
use super::odds_json::NO_BOOK;
use super::reader::{EventWords, Place, Reader, Spot, moment_of, time};
use super::wire::{Cell, Row, cell, no_odds, says_something};

/// The stamps of a part: it was written or read again no later than the newest of them.
pub(super) const STAMPS: &[&str] = &["last_update", "updated_at", "created_at", "timestamp", "recorded_at"];

/// The stamps of a row of odds that tell when the price was read or written again. Rows that were loaded together share a `created_at`:
/// it counts where nothing else is told.
const STAMPS_OF_ODDS: &[&str] = &["last_update", "updated_at", "timestamp", "recorded_at"];

/// The latest moment at which the price of a row of odds can have been seen.
fn moment_of_odds(row: &Row<'_>, taken_at: Moment) -> Moment {
    let is_told = STAMPS_OF_ODDS.iter().any(|stamp| time(row, stamp).is_some());
    moment_of(row, if is_told { STAMPS_OF_ODDS } else { STAMPS }, taken_at)
}

/// The event that a row points to; ends the row where there is none.
pub(super) fn event_of<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) -> Option<(Place<'a>, Cow<'a, str>, EventWords)> {
    let Some(id) = row.words("event_id") else {
        reader.refuse(place, "event_id", Refusal::Orphan, "points to no event");
        return None;
    };
    match reader.events.get(&id).cloned() {
        Some(words) => Some((place, id, words)),
        None => {
            reader.refuse(place, "event_id", Refusal::Orphan, format!("no row of sports_events has the id {id:?}"));
            None
        }
    }
}

/// One quote of a book: American odds, by the column's own definition.
pub(super) fn odds_data<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    let Some((place, event, words)) = event_of(reader, place, row) else { return };
    let Some(name) = row.words("outcome_name") else {
        return reader.refuse(place, "outcome_name", Refusal::MissingField, "no answer is named");
    };
    let price = match row.words("outcome_price").map(|text| american(&text, row.words("implied_probability").as_deref())) {
        None => return reader.refuse(place, "outcome_price", Refusal::MissingField, "no price"),
        Some(Err((reason, detail))) => return reader.refuse(place, "outcome_price", reason, detail),
        Some(Ok(price)) => price,
    };
    let point = match row.words("outcome_point").map(|text| Line::parse(&text)).transpose() {
        Err(error) => return reader.refuse(place, "outcome_point", Refusal::BadLine, error.to_string()),
        Ok(point) => point,
    };
    let at = moment_of_odds(row, reader.taken_at);
    let spot = Spot { book: book(reader, row), market: market(row), seen_at: time(row, "last_update").filter(|seen| *seen <= at) };
    let offer = Ok(Offer { price, is_suspended: false, changed_at: None });
    let description = row.first_words(&["outcome_description", "description"]).unwrap_or_default();
    let outcome = OutcomeSeen { name, description, point, offer };
    quote(reader, place, &event, &words, at, vec![(spot, outcome)]);
}

/// Keeps the quotes of one row, which are all of it.
fn quote<'a>(
    reader: &mut Reader<'a>,
    place: Place<'a>,
    event: &Cow<'a, str>,
    words: &EventWords,
    at: Moment,
    quotes: Vec<(Spot<'a>, OutcomeSeen<'a>)>,
) {
    let (mut others, mut is_contradicted) = (Vec::new(), false);
    for (spot, outcome) in quotes {
        if let Some(rows) = reader.quote(at, event, &words.sport, spot, outcome) {
            is_contradicted = true;
            others.extend(rows);
        }
    }
    if !is_contradicted {
        return reader.keep(place, event.clone());
    }
    contradict(reader, others, &place);
    reader.refuse(place, "", Refusal::Contradiction, ANOTHER_PRICE);
}

const ANOTHER_PRICE: &str = "another row says another price at the same moment";

/// Takes back what was said of the rows that this one contradicts.
fn contradict(reader: &mut Reader<'_>, others: Vec<usize>, place: &Place<'_>) {
    let own = reader.next_row();
    for other in others.into_iter().filter(|other| *other != own) {
        reader.contradict(other, &format!("{ANOTHER_PRICE} ({}/{})", place.table, place.id));
    }
}

/// A figure where American odds are to stand; one that cannot be any is decimal only if the row's own probability says so.
fn american(text: &str, implied: Option<&str>) -> Result<Price, (Refusal, String)> {
    let read = |form| figures::read(&[(text, form)], false).pop().unwrap_or_else(|| Err((Refusal::BadPrice, String::new())));
    let wrong = match read(Form::American) {
        Ok(price) => return Ok(price),
        Err(wrong) => wrong,
    };
    let told = implied.and_then(|text| text.parse::<f64>().ok());
    match (read(Form::Decimal), told) {
        (Ok(price), Some(told)) if (price.implied() - told).abs() < 0.01 => Ok(price),
        _ => Err(wrong),
    }
}

/// The book's key; the old id of it where the row that named it is gone.
fn book<'a>(reader: &mut Reader<'a>, row: &Row<'a>) -> Cow<'a, str> {
    let named = row.object("_bookmaker").unwrap_or_default();
    if let Some(key) = named.first_words(&["bookmaker_key", "key", "bookmaker_name", "name"]) {
        let title = named.first_words(&["bookmaker_name", "display_name", "title", "name"]).unwrap_or_else(|| key.clone());
        reader.add_name(CatalogueKind::Book, key.clone(), title, "");
        return key;
    }
    let own = row.first_words(&["bookmaker", "bookmaker_key", "sportsbook"]);
    own.or_else(|| row.words("bookmaker_id").map(|id| Cow::Owned(format!("bookmaker_id:{id}")))).unwrap_or(Cow::Borrowed(NO_BOOK))
}

fn market<'a>(row: &Row<'a>) -> Cow<'a, str> {
    let named = row.object("_market_type").unwrap_or_default();
    let key = named.first_words(&["market_key", "market_type_key", "key", "market_name", "name"]);
    let own = key.or_else(|| row.first_words(&["market_key", "market_type", "market"]));
    own.or_else(|| row.words("market_type_id").map(|id| Cow::Owned(format!("market_type_id:{id}")))).unwrap_or(Cow::Borrowed("unnamed"))
}

/// Over and under of a player's figure.
pub(super) fn player_props<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    let Some((place, event, words)) = event_of(reader, place, row) else { return };
    let named = row.object("_player").unwrap_or_default();
    let player = named.first_words(&["full_name", "player_name", "display_name", "name"]).or_else(|| row.words("player_name"));
    let Some(player) = player.or_else(|| row.words("player_id").map(|id| Cow::Owned(format!("player_id:{id}")))) else {
        return reader.refuse(place, "player_id", Refusal::MissingField, "no player is named");
    };
    let line = match row.words("line").map(|text| Line::parse(&text)).transpose() {
        Err(error) => return reader.refuse(place, "line", Refusal::BadLine, error.to_string()),
        Ok(line) => line,
    };
    let kind = row.object("_prop_type").unwrap_or_default();
    let key = kind.first_words(&["prop_key", "prop_type_key", "market_key", "key", "prop_name", "name"]);
    let key = key.or_else(|| row.first_words(&["prop_key", "prop_type", "market_key", "stat_type"]));
    let market =
        key.or_else(|| row.words("prop_type_id").map(|id| Cow::Owned(format!("prop_type_id:{id}")))).unwrap_or(Cow::Borrowed("unnamed"));
    let at = moment_of_odds(row, reader.taken_at);
    let seen_at = time(row, "last_update").filter(|seen| *seen <= at);
    let book = book(reader, row);
    let mut quotes = Vec::new();
    for (column, name) in [("over_odds", "Over"), ("under_odds", "Under")] {
        let Some(text) = row.words(column) else {
            if let Some(raw) = row.raw(column).filter(|raw| says_something(raw)) {
                reader.unreadable(&place, column, Refusal::NotTheShape, no_odds(raw));
            }
            continue;
        };
        match american(&text, None) {
            Err((reason, detail)) => reader.unreadable(&place, column, reason, detail),
            Ok(price) => {
                let offer = Ok(Offer { price, is_suspended: false, changed_at: None });
                let outcome = OutcomeSeen { name: Cow::Borrowed(name), description: player.clone(), point: line, offer };
                quotes.push((Spot { book: book.clone(), market: market.clone(), seen_at }, outcome));
            }
        }
    }
    if quotes.is_empty() {
        return reader.refuse(place, "over_odds", Refusal::MissingField, "no price of either answer can be read");
    }
    quote(reader, place, &event, &words, at, quotes);
}

/// Opening, closing and movements of a line. Each needs a price, and a moment that bounds when it can have been seen.
pub(super) fn historical<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    let Some((place, event, words)) = event_of(reader, place, row) else { return };
    let (book, market) = (book(reader, row), market(row));
    let answer = row.words("outcome_name");
    let mut kept = 0;
    let taken_at = reader.taken_at;
    let row_at = moment_of(row, STAMPS, taken_at);
    let mut said: Vec<(String, Row<'a>, Option<Moment>)> = Vec::new();
    for (column, moment) in [("opening_line", None), ("closing_line", words.start.map(|start| start.min(taken_at)))] {
        match row.cell(column) {
            Cell::Absent => {}
            Cell::Object(line) => said.push((column.to_owned(), line, moment)),
            _ => reader.unreadable(&place, column, Refusal::NotTheShape, "a line without its price"),
        }
    }
    match row.cell("line_movements") {
        Cell::List(moves) => {
            for (at, raw) in moves.into_iter().enumerate() {
                match cell(raw) {
                    Cell::Object(line) => said.push((format!("line_movements.{at}"), line, None)),
                    _ => reader.unreadable(&place, &format!("line_movements.{at}"), Refusal::NotTheShape, "no movement"),
                }
            }
        }
        Cell::Absent => {}
        Cell::Object(none) if none.0.is_empty() => {}
        _ => reader.unreadable(&place, "line_movements", Refusal::NotTheShape, "no list of movements"),
    }
    for (column, line, moment) in said {
        let stated = ["timestamp", "time", "at", "last_update", "updated_at"].iter().find_map(|name| time(&line, name));
        let Some(at) = stated.filter(|at| *at <= row_at.max(moment.unwrap_or(row_at))).or(moment) else {
            reader.unreadable(&place, &column, Refusal::BadTime, "nothing says when it stood");
            continue;
        };
        let figures = figures_of(&line, answer.as_ref());
        for (field, raw) in left_out(&line, &figures) {
            reader.unreadable(&place, &format!("{column}.{field}"), Refusal::NotTheShape, no_odds(raw));
        }
        for (name, text, point) in figures {
            match (figures::read(&[(&text, Form::American)], false).pop(), point.as_deref().map(Line::parse).transpose()) {
                (Some(Ok(price)), Ok(point)) => {
                    let offer = Ok(Offer { price, is_suspended: false, changed_at: None });
                    let outcome = OutcomeSeen { name, description: Cow::Borrowed(""), point, offer };
                    let spot = Spot { book: book.clone(), market: market.clone(), seen_at: None };
                    match reader.quote(at, &event, &words.sport, spot, outcome) {
                        None => kept += 1,
                        Some(others) => {
                            contradict(reader, others, &place);
                            reader.problem(&place, &column, Refusal::Contradiction, ANOTHER_PRICE);
                        }
                    }
                }
                (Some(Err((reason, detail))), _) => reader.unreadable(&place, &column, reason, detail),
                _ => reader.unreadable(&place, &column, Refusal::BadLine, "a point that is no line"),
            }
        }
    }
    if kept == 0 {
        return reader.refuse(place, "", Refusal::MissingField, "no price with a moment stands in it");
    }
    reader.keep(place, event);
}

/// A figure of a line: the answer, its odds, its point.
type Figure<'a> = (Cow<'a, str>, Cow<'a, str>, Option<Cow<'a, str>>);

/// Where the one price of a line stands, and where those of its sides do.
const OWN: [&str; 3] = ["price", "odds", "american"];
const SIDES: [&str; 5] = ["home", "away", "draw", "over", "under"];

/// The figures of an opening, a closing or a movement: one price of the row's own answer, or one for each side.
fn figures_of<'a>(line: &Row<'a>, answer: Option<&Cow<'a, str>>) -> Vec<Figure<'a>> {
    let point = line.first_words(&["point", "line", "handicap", "total"]);
    let own = line.first_words(&OWN).zip(answer.cloned().or_else(|| line.words("outcome_name")));
    if let Some((text, name)) = own {
        return vec![(name, text, point)];
    }
    let found = SIDES.iter().filter_map(|side| {
        let point = point.clone().filter(|_| matches!(*side, "over" | "under"));
        Some((Cow::Borrowed(*side), line.words(side)?, point))
    });
    found.collect()
}

/// What stands where odds do and is not among the figures: no odds, or odds of no answer. The same odds said twice are not left out.
fn left_out<'a>(line: &Row<'a>, figures: &[Figure<'a>]) -> Vec<(Cow<'a, str>, &'a RawValue)> {
    let is_taken = |name: &str, raw| {
        let text = cell(raw).words();
        figures.iter().any(|(answer, taken, _)| text.as_ref() == Some(taken) && (OWN.contains(&name) || answer == name))
    };
    let is_odds = |name: &str| OWN.contains(&name) || SIDES.contains(&name);
    let left = line.0.iter().filter(|(name, raw)| is_odds(name) && says_something(raw) && !is_taken(name, raw));
    left.map(|(name, raw)| (name.clone(), *raw)).collect()
}
