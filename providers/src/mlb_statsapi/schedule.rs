//! A game as the schedule and the live feed have it.

use std::borrow::Cow;

use odds::Moment;
use odds::observation::{EventStatus, FactKind, FactSeen, Problem, Refusal};
use odds::roster::Official;
use serde_json::Value;

use super::wire::{Game, GameTeam, Linescore, OfficialRow, Status};
use crate::items::{items, text};

/// The game's id and its facts; `None` where it has no id.
pub(super) fn facts(game: &Game, at: &str, problems: &mut Vec<Problem>) -> Option<(String, Vec<FactSeen<'static>>)> {
    let id = text(&game.game_pk);
    if id.is_empty() {
        problems.push(Problem::at(format!("{at}.gamePk"), Refusal::MissingField, "missing"));
        return None;
    }
    let status = status(&game.status);
    if status.is_none() {
        let told = format!("{} / {}", text(&game.status.detailed_state), text(&game.status.abstract_game_state));
        problems.push(Problem::at(format!("{at}.status"), Refusal::MissingField, format!("no status that we know: {told}")));
    }
    let mut facts = Vec::new();
    // of a start that is not set yet the API sends a stand-in
    if game.status.start_time_tbd != Value::Bool(true) {
        match text(&game.game_date).parse::<Moment>() {
            Ok(start) => facts.push(fact(FactKind::Start, start.to_string())),
            Err(error) => problems.push(Problem::at(format!("{at}.gameDate"), Refusal::BadTime, error.to_string())),
        }
    }
    facts.extend(status.map(|status| fact(FactKind::Status, status.as_str())));
    let is_begun = matches!(status, Some(EventStatus::Live | EventStatus::Final | EventStatus::Suspended));
    for (word, team, name, score) in
        [("home", &game.teams.home, FactKind::Home, FactKind::HomeScore), ("away", &game.teams.away, FactKind::Away, FactKind::AwayScore)]
    {
        facts.extend(side(word, team, (name, score), is_begun));
        if text(&team.team.name).is_empty() {
            problems.push(Problem::at(format!("{at}.teams.{word}.team.name"), Refusal::MissingField, "missing"));
        }
    }
    if is_begun {
        facts.extend(innings(&game.linescore));
    }
    let told = |kind, value: &Value| Some(text(value)).filter(|text| !text.is_empty()).map(|text| fact(kind, text));
    facts.extend(told(FactKind::Venue, &game.venue.name));
    facts.extend(told(FactKind::SeasonType, &game.game_type));
    if matches!(text(&game.double_header).as_str(), "Y" | "S") {
        facts.extend(told(FactKind::GameNumber, &game.game_number));
    }
    facts.extend(moved(game));
    Some((id, facts))
}

fn side(word: &'static str, team: &GameTeam, (name, score): (FactKind, FactKind), is_begun: bool) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::new();
    let told = |value: &Value| Some(text(value)).filter(|text| !text.is_empty());
    facts.extend(told(&team.team.name).map(|value| fact(name, value)));
    facts.extend(told(&team.team.id).map(|id| FactSeen { subject: Cow::Borrowed(word), ..fact(FactKind::SideId, id) }));
    if is_begun && team.score.is_u64() {
        facts.push(fact(score, text(&team.score)));
    }
    let pitcher =
        told(&team.probable_pitcher.full_name).map(|name| serde_json::json!({"name": name, "id": text(&team.probable_pitcher.id)}));
    let subject = format!("{word}/probable_pitcher");
    facts.extend(pitcher.map(|value| FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Attribute, value.to_string()) }));
    facts
}

/// Runs by inning; a half that was not played is `null`.
fn innings(linescore: &Linescore) -> Option<FactSeen<'static>> {
    let runs = |value: &Value| if value.is_u64() { value.clone() } else { Value::Null };
    let home: Vec<Value> = linescore.innings.iter().map(|inning| runs(&inning.home.runs)).collect();
    let away: Vec<Value> = linescore.innings.iter().map(|inning| runs(&inning.away.runs)).collect();
    (!home.is_empty()).then(|| fact(FactKind::PeriodScores, serde_json::json!({"home": home, "away": away}).to_string()))
}

/// The officials of a game, where a box score or the feed names them.
pub(super) fn officials(body: &Value, at: &str, problems: &mut Vec<Problem>) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::new();
    for (_, row) in items::<OfficialRow>(body, "officials", at, problems) {
        let (id, name, role) = (text(&row.official.id), text(&row.official.full_name), text(&row.official_type));
        if name.is_empty() {
            continue;
        }
        let subject = if id.is_empty() { name.clone() } else { id };
        let official = Official { name, role: Some(role).filter(|role| !role.is_empty()) };
        let value = serde_json::to_string(&official).ok();
        facts.extend(value.map(|value| FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Official, value) }));
    }
    facts
}

/// Where a postponed game went or came from: it keeps its id, and stands on both days.
fn moved(game: &Game) -> Option<FactSeen<'static>> {
    let told = |value: &Value| Some(text(value)).filter(|text| !text.is_empty());
    let (to, from) = (told(&game.reschedule_date), told(&game.rescheduled_from));
    if to.is_none() && from.is_none() {
        return None;
    }
    let value = serde_json::json!({"rescheduled_to": to, "rescheduled_from": from, "official_date": told(&game.official_date)});
    Some(FactSeen { subject: Cow::Borrowed("reschedule"), ..fact(FactKind::Attribute, value.to_string()) })
}

/// The detailed word speaks first: a postponed game is `Final` by its abstract state.
pub(super) fn status(status: &Status) -> Option<EventStatus> {
    let detailed = text(&status.detailed_state);
    let known = [
        ("Postponed", EventStatus::Postponed),
        ("Cancelled", EventStatus::Cancelled),
        ("Canceled", EventStatus::Cancelled),
        ("Suspended", EventStatus::Suspended),
        ("Delayed", EventStatus::Delayed),
        ("Forfeit", EventStatus::Final),
        ("Completed Early", EventStatus::Final),
    ];
    if let Some((_, status)) = known.iter().find(|(word, _)| detailed.starts_with(word)) {
        return Some(*status);
    }
    match text(&status.abstract_game_state).as_str() {
        "Preview" => Some(EventStatus::Scheduled),
        "Live" => Some(EventStatus::Live),
        "Final" => Some(EventStatus::Final),
        _ => None,
    }
}

pub(super) fn fact(kind: FactKind, value: impl Into<String>) -> FactSeen<'static> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: Cow::Owned(value.into()) }
}
