//! Injury lists: a league's, and those of the two sides in a summary. Each is a whole list, so a player who is missing from it is
//! on it no more; a feed that is empty because nobody fills it gives no list at all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::Moment;
use odds::injury::{Injury, InjuryStatus};
use odds::observation::{FactKind, FactSeen, ListingKind, ListingSeen, Refusal};

use super::contest::fact;
use super::notes::{Notes, place};
use super::sport;
use super::wire::{Athlete, Field, InjuredTeam, InjuryRow, Items, Link};

/// Reads the teams of a list into a listing; `None` where the list is no statement: not there, broken in a way that would hide a
/// whole team, or of a league whose feed nobody fills.
pub(super) fn list(notes: &mut Notes, teams: Items<'_>, id: String, sport: &str) -> Option<ListingSeen<'static>> {
    let Field::Read(rows) = teams else {
        notes.need("", "injuries", teams);
        return None;
    };
    let sent = rows.iter().filter(|row| row.get() != "null").count();
    if sent == 0 && sport::has_no_injury_feed(sport) {
        return None;
    }
    let teams = notes.items::<InjuredTeam<'_>>("", "injuries", Field::Read(rows));
    let is_whole = teams.len() == sent && teams.iter().all(|(_, team)| matches!(team.injuries, Field::Read(_)));
    let mut players = BTreeMap::new();
    teams.into_iter().for_each(|(at, team)| read_team(notes, &at, team, &mut players));
    if !is_whole {
        notes.refuse(
            "injuries",
            Refusal::NotTheShape,
            "a team's list cannot be read: the list is not taken, or its players would seem healthy",
        );
        return None;
    }
    let facts = players.into_iter().filter_map(|(subject, injury)| injury_fact(subject, &injury)).collect();
    Some(ListingSeen {
        id: Cow::Owned(id),
        sport: Cow::Owned(sport.to_owned()),
        kind: ListingKind::InjuryList,
        facts,
        ..ListingSeen::default()
    })
}

fn injury_fact(subject: String, injury: &Injury) -> Option<FactSeen<'static>> {
    let value = serde_json::to_string(injury).ok()?;
    Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Injury, value) })
}

fn read_team(notes: &mut Notes, at: &str, team: InjuredTeam<'_>, players: &mut BTreeMap<String, Injury>) {
    let inner = notes.take(at, "team", team.team).unwrap_or_default();
    let name = match team.display_name {
        Field::Absent => notes.need_text(at, "team.displayName", inner.display_name),
        own => notes.need_text(at, "displayName", own),
    };
    let name = name.unwrap_or_default();
    for (at, row) in notes.items::<InjuryRow<'_>>(at, "injuries", team.injuries) {
        if let Some((subject, injury)) = read_row(notes, &at, row, &name) {
            keep_the_newest(notes, &at, players, subject, injury);
        }
    }
}

/// A player who is listed twice is kept as last reported; what differs and is older is named.
fn keep_the_newest(notes: &mut Notes, at: &str, players: &mut BTreeMap<String, Injury>, subject: String, injury: Injury) {
    let Some(known) = players.get_mut(&subject) else {
        players.insert(subject, injury);
        return;
    };
    if *known == injury {
        return;
    }
    let (older, newer) = if injury.reported_at > known.reported_at { (known.clone(), injury) } else { (injury, known.clone()) };
    notes.refuse(at, Refusal::Contradiction, format!("{} is listed twice; left out, as older: {}", newer.player, older.status));
    *known = newer;
}

fn read_row(notes: &mut Notes, at: &str, row: InjuryRow<'_>, team: &str) -> Option<(String, Injury)> {
    let athlete = notes.need(at, "athlete", row.athlete)?;
    let id = athlete_id(&athlete);
    let position = notes.take(at, "athlete.position", athlete.position);
    let player = notes.need_text(at, "athlete.displayName", athlete.display_name);
    let subject = id.or_else(|| player.clone())?;
    let kind = notes.take(at, "type", row.r#type).and_then(|kind| notes.text(at, "type.name", kind.name));
    let status = notes.need_text(at, "status", row.status).or_else(|| kind.clone()).unwrap_or_default();
    let meaning = InjuryStatus::from_words(&status).or_else(|| kind.as_deref().and_then(InjuryStatus::from_words));
    let details = notes.take(at, "details", row.details).unwrap_or_default();
    let injury = Injury {
        player: player.unwrap_or_default(),
        team: team.to_owned(),
        status,
        meaning,
        body_part: notes.text(at, "details.type", details.r#type),
        comment: notes.text(at, "shortComment", row.short_comment),
        expected_return: notes.text(at, "details.returnDate", details.return_date),
        reported_at: notes.text(at, "date", row.date).and_then(|date| reported(notes, at, &date)),
        position: position.and_then(|position| notes.text(at, "athlete.position.abbreviation", position.abbreviation)),
    };
    Some((subject, injury))
}

fn reported(notes: &mut Notes, at: &str, date: &str) -> Option<Moment> {
    let moment = date.parse::<Moment>();
    moment.map_err(|error| notes.refuse(place(at, "date"), Refusal::BadTime, error.to_string())).ok()
}

/// The league's list has no id of the athlete; it stands in the address of the player's page.
fn athlete_id(athlete: &Athlete<'_>) -> Option<String> {
    let own = athlete.id.read().map(|id| id.as_str().to_owned()).filter(|id| !id.is_empty());
    own.or_else(|| pages(athlete).find_map(|href| id_in(&href)))
}

fn pages(athlete: &Athlete<'_>) -> impl Iterator<Item = String> {
    let links = athlete.links.read().into_iter().flatten();
    links.filter_map(|raw| serde_json::from_str::<Link>(raw.get()).ok()?.href.read().map(|href| href.as_str().to_owned()))
}

fn id_in(href: &str) -> Option<String> {
    let id = href.split_once("/id/")?.1.split('/').next()?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}

/// The sport that the players' pages name, for a stored list that came without its request.
pub(super) fn sport_of(teams: &Items<'_>) -> Option<String> {
    let teams = teams.read().into_iter().flatten().filter_map(|raw| serde_json::from_str::<InjuredTeam<'_>>(raw.get()).ok());
    let mut rows = teams.flat_map(|team| team.injuries.read().cloned().unwrap_or_default());
    rows.find_map(|raw| {
        let row = serde_json::from_str::<InjuryRow<'_>>(raw.get()).ok()?;
        pages(row.athlete.read()?).find_map(|href| sport::of_page(&href))
    })
}
