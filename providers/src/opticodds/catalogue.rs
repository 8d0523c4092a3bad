//! The lists without prices: leagues, books, markets, teams, players. All of them become rows of the catalogue, but markets: of these
//! it is told which we do not understand yet.

use odds::observation::{CatalogueKind, CatalogueRow, Decoded, Problem, Refusal};
use serde_json::{Map, Value};

use super::fixture;
use super::markets::question;
use super::wire::{Notes, any_text, field, named, row, rows, text};
use super::words::key_of;

/// Reads a list whose rows become rows of the catalogue.
fn list(body: &Value, read: impl Fn(&Value) -> Option<CatalogueRow<'static>>) -> Option<Decoded<'static>> {
    let mut decoded = Decoded::default();
    for (at, entry) in rows(body)?.iter().enumerate() {
        match read(entry) {
            Some(row) => decoded.catalogue.push(row),
            None => decoded.problems.push(Problem::at(format!("data[{at}]"), Refusal::MissingField, "a row without its id or name")),
        }
    }
    Some(decoded)
}

/// Leagues, under the sport keys that asks are made with.
pub(crate) fn leagues(body: &Value) -> Option<Decoded<'static>> {
    list(body, |entry| {
        let (id, _) = named(entry, "sport");
        let key = format!("{}/{}", id.or_else(|| text(entry, "sport").map(|name| key_of(&name)))?, text(entry, "id")?);
        Some(row(CatalogueKind::Sport, key, text(entry, "name")?, detail(entry, &["region", "region_code", "gender"])))
    })
}

/// Sports have no key that can be asked for: they stand in the keys of their leagues.
pub(crate) fn sports(body: &Value) -> Option<Decoded<'static>> {
    rows(body).map(|_| Decoded::default())
}

/// Books.
pub(crate) fn sportsbooks(body: &Value) -> Option<Decoded<'static>> {
    list(body, |entry| {
        let title = any_text(entry, &["name", "title"]).or_else(|| super::wire::as_text(entry))?;
        let key = text(entry, "id").filter(|id| id.parse::<u64>().is_err()).unwrap_or_else(|| key_of(&title));
        Some(row(CatalogueKind::Book, key, title, detail(entry, &["is_onshore", "is_active"])))
    })
}

/// Teams, or players: an id that a person has in several leagues is another one in each.
pub(crate) fn participants(body: &Value, kind: &str) -> Option<Decoded<'static>> {
    list(body, |entry| {
        let (key, title) = (text(entry, "id")?, any_text(entry, &["name", "team_name", "player_name"])?);
        let mut told = Map::new();
        told.insert("kind".to_owned(), Value::from(kind));
        told.extend(fixture::sport(entry).map(|sport| ("sport".to_owned(), Value::from(sport))));
        let (team_id, team) = named(entry, "team");
        told.extend(team.map(|team| ("team".to_owned(), Value::from(team))));
        told.extend(team_id.map(|id| ("team_id".to_owned(), Value::from(id))));
        for name in ["abbreviation", "city", "mascot", "nickname", "position", "number", "base_id"] {
            let value = field(entry, name);
            if value.is_string() || value.is_number() {
                told.insert(name.to_owned(), value.clone());
            }
        }
        Some(row(CatalogueKind::Participant, key, title, Value::Object(told).to_string()))
    })
}

/// Which market labels, in which sports, we do not understand yet: each is counted, and its prices are kept all the same.
pub(crate) fn markets(body: &Value) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    for (at, entry) in rows(body)?.iter().enumerate() {
        let Some(key) = text(entry, "id").or_else(|| text(entry, "name").map(|name| key_of(&name))) else {
            notes.refuse(format!("data[{at}]"), Refusal::MissingField, "a market without its id");
            continue;
        };
        let sports = field(entry, "sports").as_array().map_or(&[][..], Vec::as_slice);
        for sport in sports.iter().filter_map(|sport| text(sport, "id")) {
            if question(&sport, &key).is_none() {
                notes.refuse(
                    format!("data[{at}]"),
                    Refusal::NoPlace,
                    format!("market {key} of {sport}: not understood yet, kept as it is"),
                );
            }
        }
    }
    Some(Decoded { problems: notes.problems, ..Decoded::default() })
}

fn detail(entry: &Value, names: &[&str]) -> String {
    let told: Map<String, Value> =
        names.iter().filter(|name| !field(entry, name).is_null()).map(|name| ((*name).to_owned(), field(entry, name).clone())).collect();
    if told.is_empty() { String::new() } else { Value::Object(told).to_string() }
}
