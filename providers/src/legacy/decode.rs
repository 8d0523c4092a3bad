//! A page to observations: each row of it comes to something, or is refused with its reason.

use std::borrow::Cow;
use std::collections::HashSet;

use odds::observation::{CatalogueKind, Decoded, Problem, Refusal};
use odds::reply::Reply;
use serde_json::value::RawValue;

use super::reader::{Place, Reader};
use super::wire::{self, Row};
use super::{event, injuries, parts, stats};

/// Reads a page.
pub(super) fn decode<'a>(reply: &Reply<'a>) -> Decoded<'a> {
    let page = match wire::page(reply.body) {
        Ok(page) => page,
        Err(error) => {
            let problem = Problem::at("", Refusal::NotTheShape, format!("no page of an old database: {error}"));
            return Decoded { problems: vec![problem], ..Decoded::default() };
        }
    };
    let mut reader = Reader::new(reply.fetched_at);
    for raw in page.context.iter().chain(page.tables.iter().filter(|table| is_events(&table.table)).flat_map(|table| &table.rows)) {
        if let Some(row) = Row::read(raw)
            && let (Some(id), Some(words)) = (row.words("id"), event::words(&row))
        {
            reader.events.entry(id).or_insert(words);
        }
    }
    for table in page.tables {
        let mut ids = HashSet::new();
        for (at, raw) in table.rows.into_iter().enumerate() {
            read_row(&mut reader, &table.table, raw, at, &mut ids);
        }
    }
    stats::finish(&mut reader);
    reader.finish()
}

/// The table of events, under the name that the documented migration may have left it with.
fn is_events(table: &str) -> bool {
    matches!(table, "sports_events" | "sports_events_old")
}

fn read_row<'a>(reader: &mut Reader<'a>, table: &Cow<'a, str>, raw: &'a RawValue, at: usize, ids: &mut HashSet<Cow<'a, str>>) {
    let row = Row::read(raw);
    let place = reader.begin(table, row.as_ref(), raw, at);
    let Some(row) = row else {
        return reader.refuse(place, "", Refusal::NotTheShape, "no row");
    };
    if place.id.starts_with('[') {
        return reader.refuse(place, "id", Refusal::MissingField, "a row without an id cannot be told from others");
    }
    if !ids.insert(place.id.clone()) {
        return reader.refuse(place, "id", Refusal::ListingTwice, "stands in this page already; the first is kept");
    }
    match &**table {
        table if is_events(table) => event::read(reader, place, &row),
        "odds_data" => parts::odds_data(reader, place, &row),
        "player_props_odds" => parts::player_props(reader, place, &row),
        "historical_odds" => parts::historical(reader, place, &row),
        "injury_reports" => injuries::read(reader, place, &row),
        "predictions" => prediction(reader, place, &row),
        "teams" => name(reader, place, &row, CatalogueKind::Participant, &["team_key", "id"], &["team_name", "full_name", "name"]),
        "bookmakers" => {
            name(reader, place, &row, CatalogueKind::Book, &["bookmaker_key", "key"], &["bookmaker_name", "display_name", "name"])
        }
        "player_game_stats" => stats::read(reader, place, &row),
        other => {
            let detail = format!("no table that we know: {other:?}");
            reader.refuse(place, "", Refusal::NoPlace, detail);
        }
    }
}

/// A prediction stays where it is; what is told is whether its event is there. Its `odds` is a text of somebody's, and no quote.
fn prediction<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>) {
    if let Some((place, event, _)) = parts::event_of(reader, place, row) {
        reader.keep(place, event);
    }
}

fn name<'a>(reader: &mut Reader<'a>, place: Place<'a>, row: &Row<'a>, kind: CatalogueKind, keys: &[&str], titles: &[&str]) {
    match (row.first_words(keys), row.first_words(titles)) {
        (Some(key), title) => {
            let title = title.unwrap_or_else(|| key.clone());
            reader.name(place, kind, key, title, "");
        }
        (None, _) => reader.refuse(place, "", Refusal::MissingField, "no key"),
    }
}
