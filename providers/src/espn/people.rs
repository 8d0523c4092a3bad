//! Who plays for whom: a team's roster, and the moves of a league. Rosters come flat or by groups of positions; a move is a sentence with
//! its day and team, and the sentence is not taken apart: a name that was guessed would be somebody else's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::contest::fact;
use super::notes::{Notes, place};
use super::wire::{Field, Items, MoveRow, OfficialRow, RosterRow, Team};
use odds::observation::{FactKind, FactSeen, ListingKind, ListingSeen, Refusal};
use odds::roster::{Member, Official, Transaction};

/// The listing of a team's roster.
pub(super) fn roster_id(sport: &str, team: &str) -> String {
    format!("roster/{sport}/{team}")
}

/// Reads a roster. `None` where it is no statement: nobody on it, or something in it that cannot be read, which would make players
/// seem gone.
pub(super) fn roster(notes: &mut Notes, team: Field<Team>, athletes: Items<'_>, sport: &str) -> Option<ListingSeen<'static>> {
    let team = notes.need("", "team", team)?;
    let id = notes.need_text("team", "id", team.id)?;
    let name = notes.need_text("team", "displayName", team.display_name)?;
    let before = notes.problems.len();
    let mut players = BTreeMap::new();
    for (at, row) in notes.items::<RosterRow<'_>>("", "athletes", athletes) {
        if matches!(row.items, Field::Absent) {
            members(notes, &at, row, &name, &mut players);
            continue;
        }
        for (at, row) in notes.items::<RosterRow<'_>>(&at, "items", row.items) {
            members(notes, &at, row, &name, &mut players);
        }
    }
    if players.is_empty() || notes.problems.len() > before {
        let why = "nobody is on it, or somebody cannot be read: it is not taken, or players would seem gone";
        notes.refuse("athletes", Refusal::NotTheShape, why);
        return None;
    }
    let member = |(subject, member): (String, Member)| {
        let value = serde_json::to_string(&member).ok()?;
        Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Member, value) })
    };
    Some(ListingSeen {
        id: Cow::Owned(roster_id(sport, &id)),
        sport: Cow::Owned(sport.to_owned()),
        kind: ListingKind::Roster,
        facts: players.into_iter().filter_map(member).collect(),
        ..ListingSeen::default()
    })
}

fn members(notes: &mut Notes, at: &str, row: RosterRow<'_>, team: &str, players: &mut BTreeMap<String, Member>) {
    let id = notes.text(at, "id", row.id);
    let name = notes.text(at, "fullName", row.full_name);
    let name = notes.text(at, "displayName", row.display_name).or(name);
    let Some(subject) = id.or_else(|| name.clone()) else {
        notes.refuse(at, Refusal::MissingField, "neither id nor name");
        return;
    };
    let position =
        notes.take(at, "position", row.position).and_then(|position| notes.text(at, "position.abbreviation", position.abbreviation));
    let status = notes.take(at, "status", row.status).and_then(|status| notes.text(at, "status.name", status.name));
    let jersey = notes.text(at, "jersey", row.jersey);
    players.insert(subject, Member { player: name.unwrap_or_default(), team: team.to_owned(), position, jersey, status });
}

/// Reads the moves of a league: one listing a day, so that no list grows for ever.
pub(super) fn transactions(notes: &mut Notes, rows: Items<'_>, sport: &str) -> Vec<ListingSeen<'static>> {
    let mut days: BTreeMap<String, BTreeMap<String, Transaction>> = BTreeMap::new();
    for (at, row) in notes.items::<MoveRow>("", "transactions", rows) {
        let Some((on, text)) = notes.need_text(&at, "date", row.date).zip(notes.need_text(&at, "description", row.description)) else {
            continue;
        };
        let Some(on) = on.get(..10).filter(|day| day.parse::<jiff::civil::Date>().is_ok()).map(str::to_owned) else {
            notes.refuse(place(&at, "date"), Refusal::BadTime, format!("{on:?} begins with no day"));
            continue;
        };
        let team = notes.take(&at, "team", row.team).and_then(|team| notes.text(&at, "team.displayName", team.display_name));
        // a move has no id: its team and its sentence are its name, for two that agree in both are one
        let subject = team.as_ref().map_or_else(|| text.clone(), |team| format!("{team}: {text}"));
        days.entry(on.clone()).or_default().insert(subject, Transaction { on, team, text, ..Transaction::default() });
    }
    days.into_iter().map(|(day, moves)| of_day(sport, &day, moves)).collect()
}

fn of_day(sport: &str, day: &str, moves: BTreeMap<String, Transaction>) -> ListingSeen<'static> {
    let told = |(subject, told): (String, Transaction)| {
        let value = serde_json::to_string(&told).ok()?;
        Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Transaction, value) })
    };
    ListingSeen {
        id: Cow::Owned(format!("transactions/{sport}/{day}")),
        sport: Cow::Owned(sport.to_owned()),
        kind: ListingKind::Transactions,
        facts: moves.into_iter().filter_map(told).collect(),
        ..ListingSeen::default()
    }
}

/// The officials of a game, by their names: they come without ids.
pub(super) fn officials(notes: &mut Notes, rows: Items<'_>) -> Vec<FactSeen<'static>> {
    let mut officials: BTreeMap<String, Official> = BTreeMap::new();
    for (at, row) in notes.items::<OfficialRow>("gameInfo", "officials", rows) {
        let own = notes.text(&at, "displayName", row.display_name);
        let Some(name) = own.or_else(|| notes.need_text(&at, "fullName", row.full_name)) else { continue };
        let role = notes.take(&at, "position", row.position).and_then(|position| notes.text(&at, "position.name", position.name));
        officials.insert(name.clone(), Official { name, role });
    }
    let told = |(subject, official): (String, Official)| {
        let value = serde_json::to_string(&official).ok()?;
        Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Official, value) })
    };
    officials.into_iter().filter_map(told).collect()
}
