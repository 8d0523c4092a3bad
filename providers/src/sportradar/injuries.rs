//! A league's injury list: whole where it is there, so a player who is missing from it is on it no more.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, ListingKind, ListingSeen, Refusal};

use super::request::injury_list;
use super::wire::team_name;
use crate::tolerant::{Notes, Object, fact_of};

/// `{"league":{..},"teams":[{"name":"Thunder","market":"Oklahoma City","players":[{"id":"..","full_name":"..","position":"G",
/// "injuries":[{"id":"..","comment":"..","desc":"Knee","status":"Day To Day","start_date":"2025-06-01","update_date":"2025-06-03"}]}]}]}`;
/// `None` where a team or a player cannot be read, for its players would seem healthy.
pub(super) fn list(notes: &mut Notes, body: &Object<'_>, sport: &str) -> Option<ListingSeen<'static>> {
    let teams = body.objects(notes, "teams");
    let (mut players, mut is_whole) = (BTreeMap::new(), teams.is_whole);
    for team in &teams.items {
        let name = team_name(notes, team).unwrap_or_default();
        let list = team.objects(notes, "players");
        is_whole &= list.is_whole;
        for player in &list.items {
            is_whole &= read_player(notes, player, &name, &mut players);
        }
    }
    if !is_whole {
        notes.refuse("teams", Refusal::NotTheShape, "part of the list cannot be read: it is not taken, or its players would seem healthy");
        return None;
    }
    let facts = players
        .into_iter()
        .filter_map(|(subject, injury)| serde_json::to_string(&injury).ok().map(|value| fact_of(FactKind::Injury, subject, value)));
    Some(ListingSeen {
        id: Cow::Owned(injury_list(sport)),
        sport: Cow::Owned(sport.to_owned()),
        kind: ListingKind::InjuryList,
        facts: facts.collect(),
        ..ListingSeen::default()
    })
}

/// Reads a player's injuries, the newest of which counts; `false` where nobody can be told from it.
fn read_player(notes: &mut Notes, player: &Object<'_>, team: &str, players: &mut BTreeMap<String, Injury>) -> bool {
    let name = player.text(notes, "full_name").or_else(|| player.text(notes, "name"));
    let Some(subject) = player.text(notes, "id").or_else(|| name.clone()) else {
        notes.refuse(player.at(), Refusal::MissingField, "a player without id and name");
        return false;
    };
    let position = player.text(notes, "primary_position").or_else(|| player.text(notes, "position"));
    let rows = player.objects(notes, "injuries");
    let newest = rows.items.iter().map(|row| (day(notes, row), row)).max_by(|one, other| one.0.cmp(&other.0));
    let Some((reported, row)) = newest else { return rows.is_whole };
    let status = row.need(notes, "status").unwrap_or_default();
    let injury = Injury {
        player: name.unwrap_or_else(|| subject.clone()),
        team: team.to_owned(),
        meaning: InjuryStatus::from_words(&status),
        status,
        body_part: row.text(notes, "desc"),
        comment: row.text(notes, "comment"),
        expected_return: None,
        // A day, and no time: its beginning in UTC stands for it.
        reported_at: reported.and_then(|day| format!("{day}T00:00:00Z").parse().ok()),
        position,
    };
    players.insert(subject, injury);
    rows.is_whole
}

/// The newest day that an injury names.
fn day(notes: &mut Notes, row: &Object<'_>) -> Option<jiff::civil::Date> {
    let text = row.text(notes, "update_date").or_else(|| row.text(notes, "start_date"))?;
    let day = text.get(..10).and_then(|day| day.parse().ok());
    if day.is_none() {
        notes.refuse(row.place("update_date"), Refusal::BadTime, format!("{text:?}: not a day like 2025-06-01"));
    }
    day
}
