//! A game as every endpoint has it.

use std::borrow::Cow;

use odds::Moment;
use odds::observation::{EventStatus, FactKind, FactSeen, Problem, Refusal};
use serde_json::Value;

use super::teams;
use super::wire::{Game, Team};
use crate::items::text;

/// The id and facts of a game; `None` where it has no id.
pub(super) fn facts(game: &Game, at: &str, problems: &mut Vec<Problem>) -> Option<(String, Vec<FactSeen<'static>>)> {
    let id = [&game.id, &game.game_id].into_iter().map(text).find(|id| !id.is_empty());
    let Some(id) = id else {
        problems.push(Problem::at(format!("{at}.id"), Refusal::MissingField, "missing"));
        return None;
    };
    let mut facts = Vec::new();
    let start = text(&game.start_time_utc);
    match start.parse::<Moment>() {
        // of a game whose time is to be set the API sends a stand-in
        Ok(start) if text(&game.game_schedule_state) != "TBD" => facts.push(fact(FactKind::Start, start.to_string())),
        Ok(_) => {}
        Err(error) => problems.push(Problem::at(format!("{at}.startTimeUTC"), Refusal::BadTime, error.to_string())),
    }
    let has_state = !game.game_state.is_null() || !game.game_schedule_state.is_null();
    let status = status(&text(&game.game_state), &text(&game.game_schedule_state));
    if status.is_none() && has_state {
        let told = format!("{} / {}: no state that we know", text(&game.game_state), text(&game.game_schedule_state));
        problems.push(Problem::at(format!("{at}.gameState"), Refusal::MissingField, told));
    }
    facts.extend(status.map(|status| fact(FactKind::Status, status.as_str())));
    let is_begun = matches!(status, Some(EventStatus::Live | EventStatus::Final | EventStatus::Suspended));
    for (word, team, kinds) in
        [("home", &game.home_team, (FactKind::Home, FactKind::HomeScore)), ("away", &game.away_team, (FactKind::Away, FactKind::AwayScore))]
    {
        side(&mut facts, word, team, kinds, is_begun);
    }
    let venue = named(&game.venue);
    facts.extend((!venue.is_empty()).then(|| fact(FactKind::Venue, venue)));
    facts.extend(game.neutral_site.as_bool().map(|is| fact(FactKind::NeutralSite, is.to_string())));
    let season_type = match text(&game.game_type).as_str() {
        "1" => Some("preseason"),
        "2" => Some("regular"),
        "3" => Some("playoffs"),
        _ => None,
    };
    facts.extend(season_type.map(|word| fact(FactKind::SeasonType, word)));
    Some((id, facts))
}

fn side(facts: &mut Vec<FactSeen<'static>>, word: &'static str, team: &Team, (name, score): (FactKind, FactKind), is_begun: bool) {
    facts.extend(team_name(team).map(|value| fact(name, value)));
    let id = text(&team.abbrev);
    facts.extend((!id.is_empty()).then(|| FactSeen { subject: Cow::Borrowed(word), ..fact(FactKind::SideId, id) }));
    if is_begun && team.score.is_u64() {
        facts.push(fact(score, text(&team.score)));
    }
}

/// The team's whole name; a team that we do not know is called by its place and name, as far as they are told.
pub(super) fn team_name(team: &Team) -> Option<String> {
    if let Some(name) = teams::name(&text(&team.abbrev)) {
        return Some(name.to_owned());
    }
    let (place, common) = (named(&team.place_name), [named(&team.common_name), named(&team.name)]);
    let common = common.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let joined = if common.starts_with(&place) { common } else { format!("{place} {common}") };
    Some(joined.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A name in its own language.
pub(super) fn named(value: &Value) -> String {
    text(value.get("default").unwrap_or(value))
}

/// The schedule's word speaks first: a game that was called off keeps its state.
pub(super) fn status(state: &str, schedule: &str) -> Option<EventStatus> {
    match schedule {
        "PPD" => return Some(EventStatus::Postponed),
        "CNCL" => return Some(EventStatus::Cancelled),
        "SUSP" => return Some(EventStatus::Suspended),
        _ => {}
    }
    Some(match state {
        "FUT" | "PRE" => EventStatus::Scheduled,
        "LIVE" | "CRIT" => EventStatus::Live,
        "OFF" | "FINAL" => EventStatus::Final,
        _ => return None,
    })
}

pub(super) fn fact(kind: FactKind, value: impl Into<String>) -> FactSeen<'static> {
    FactSeen { kind, subject: Cow::Borrowed(""), value: Cow::Owned(value.into()) }
}
