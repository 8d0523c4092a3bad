//! Catalogue rows: sports, competitions and books of the odds comparison, and the teams of a league.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::observation::{CatalogueKind, CatalogueRow};
use serde::Serialize;

use super::wire::team_name;
use crate::tolerant::{Notes, Object};

/// A calculated line that comes as a book of its own: no bookmaker, and never counted as one.
const CONSENSUS: &str = "consensus";

pub(super) fn row(kind: CatalogueKind, key: String, title: String, detail: String) -> CatalogueRow<'static> {
    CatalogueRow { kind, key: Cow::Owned(key), title: Cow::Owned(title), detail }
}

/// `{"id":"sr:sport:2","name":"Basketball","type":"competition"}`, and the like for competitions and books.
pub(super) fn of_list(notes: &mut Notes, body: &Object<'_>, name: &str) -> Vec<CatalogueRow<'static>> {
    let mut rows = Vec::new();
    for item in body.objects(notes, name).items {
        let Some((key, title)) = item.need(notes, "id").zip(item.need(notes, "name")) else { continue };
        rows.push(if name == "books" { book(key, title) } else { row(CatalogueKind::Sport, key, title, String::new()) });
    }
    rows
}

/// A book's row; the consensus is an aggregate.
pub(super) fn book(key: String, title: String) -> CatalogueRow<'static> {
    let is_aggregate = title.eq_ignore_ascii_case(CONSENSUS) || key.eq_ignore_ascii_case(CONSENSUS);
    let detail = if is_aggregate { r#"{"aggregate":true}"#.to_owned() } else { String::new() };
    row(CatalogueKind::Book, key, title, detail)
}

/// Books by key.
pub(super) fn books(names: BTreeMap<String, String>) -> impl Iterator<Item = CatalogueRow<'static>> {
    names.into_iter().map(|(key, title)| book(key, title))
}

#[derive(Serialize)]
struct Detail {
    #[serde(skip_serializing_if = "Option::is_none")]
    abbreviation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Where teams stand below a league: `leagues[].divisions[].teams[]`, `conferences[].divisions[].teams[]`, and the like.
const LEVELS: [&str; 3] = ["leagues", "conferences", "divisions"];

/// The teams of a hierarchy or of standings, at whatever depth.
pub(super) fn teams(notes: &mut Notes, body: &Object<'_>) -> Vec<CatalogueRow<'static>> {
    let mut rows = Vec::new();
    gather(notes, body, &mut rows, LEVELS.len());
    rows
}

fn gather(notes: &mut Notes, object: &Object<'_>, rows: &mut Vec<CatalogueRow<'static>>, depth: usize) {
    for team in object.objects(notes, "teams").items {
        let (id, title) = (team.need(notes, "id"), team_name(notes, &team));
        let detail = Detail {
            abbreviation: team.text(notes, "abbr").or_else(|| team.text(notes, "alias")),
            location: team.text(notes, "market"),
            name: team.text(notes, "name"),
        };
        let detail = serde_json::to_string(&detail).unwrap_or_default();
        rows.extend(id.zip(title).map(|(id, title)| row(CatalogueKind::Participant, id, title, detail)));
    }
    if depth == 0 {
        return;
    }
    for level in LEVELS {
        for below in object.objects(notes, level).items {
            gather(notes, &below, rows, depth - 1);
        }
    }
}
