//! What a fixture states besides prices: start, standing, sides, scores, place.

use odds::Moment;
use odds::observation::{EventStatus, FactKind, FactSeen, Refusal};
use serde_json::Value;

use super::quotes::fact;
use super::wire::{Notes, any_text, field, moment, named, text};
use super::words::key_of;

/// The id of a fixture.
pub(super) fn id(row: &Value) -> Option<String> {
    any_text(row, &["id", "fixture_id"])
}

/// The sport key of a row: its sport and league by their ids, else by what follows from their names.
pub(super) fn sport(row: &Value) -> Option<String> {
    let part = |name| match named(row, name) {
        (Some(id), _) => Some(id),
        (None, name) => name.map(|name| key_of(&name)),
    };
    Some(format!("{}/{}", part("sport")?, part("league")?))
}

/// Facts of a fixture.
pub(super) fn facts(notes: &mut Notes, at: &str, row: &Value) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::new();
    facts.extend(start(notes, at, row, "start_date"));
    let standing = text(row, "status").and_then(|word| status(notes, &format!("{at}.status"), &word));
    facts.extend(standing.map(|status| fact(FactKind::Status, "", status.as_str())));
    side(&mut facts, row, ("home", FactKind::Home), ["home_team_display", "home_competitors", "home_rotation_number"]);
    side(&mut facts, row, ("away", FactKind::Away), ["away_team_display", "away_competitors", "away_rotation_number"]);
    // Two ids of one thing, in two dialects of one house.
    facts.extend(text(row, "game_id").map(|id| fact(FactKind::ExternalId, "oddsjam", id)));
    facts.extend(any_text(row, &["venue_name"]).map(|venue| fact(FactKind::Venue, "", venue)));
    facts.extend(field(row, "venue_neutral").as_bool().map(|is| fact(FactKind::NeutralSite, "", is.to_string())));
    facts.extend(text(row, "season_type").map(|season| fact(FactKind::SeasonType, "", season)));
    if standing.is_some_and(|standing| standing != EventStatus::Scheduled && standing != EventStatus::Cancelled) {
        scores(&mut facts, field(row, "result"));
    }
    facts
}

/// The start, under the name that it comes under.
pub(super) fn start(notes: &mut Notes, at: &str, row: &Value, name: &str) -> Option<FactSeen<'static>> {
    let value = field(row, name);
    if value.is_null() {
        return None;
    }
    let read: Option<Moment> = moment(value);
    if read.is_none() {
        notes.refuse(format!("{at}.{name}"), Refusal::BadTime, format!("{value}: a start is like 2024-08-30T00:10:00Z"));
    }
    read.map(|start| fact(FactKind::Start, "", start.to_string()))
}

/// Our status of their word. A word that we do not know is counted, and says nothing.
pub(crate) fn status(notes: &mut Notes, at: &str, word: &str) -> Option<EventStatus> {
    let known = match key_of(word).as_str() {
        "unplayed" | "scheduled" => EventStatus::Scheduled,
        "live" | "half" | "halftime" => EventStatus::Live,
        "completed" => EventStatus::Final,
        "cancelled" | "canceled" => EventStatus::Cancelled,
        "suspended" => EventStatus::Suspended,
        "delayed" => EventStatus::Delayed,
        "postponed" => EventStatus::Postponed,
        _ => {
            notes.refuse(at, Refusal::NoPlace, format!("{word:?}: a status that we do not know"));
            return None;
        }
    };
    Some(known)
}

/// A side has one competitor, or the two of a double; its name is the one that it is shown under.
fn side(
    facts: &mut Vec<FactSeen<'static>>,
    row: &Value,
    (word, kind): (&'static str, FactKind),
    [display, competitors, rotation]: [&str; 3],
) {
    let competitors: Vec<&Value> = field(row, competitors).as_array().map(|all| all.iter().collect()).unwrap_or_default();
    let joined = || competitors.iter().filter_map(|one| text(one, "name")).collect::<Vec<_>>().join(" / ");
    let name = text(row, display).or_else(|| Some(joined()).filter(|name| !name.is_empty()));
    facts.extend(name.map(|name| fact(kind, "", name)));
    if let [one] = competitors.as_slice() {
        facts.extend(text(one, "id").map(|id| fact(FactKind::SideId, word, id)));
    }
    let number = text(row, rotation).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    facts.extend(number.map(|number| fact(FactKind::Rotation, word, number)));
}

/// Points so far, and by period, where both sides have them.
fn scores(facts: &mut Vec<FactSeen<'static>>, result: &Value) {
    let of = |side| field(field(result, "scores"), side);
    let total = |side| text(of(side), "total").filter(|total| odds::decimal::parse_scaled(total, 3).is_ok_and(|read| read.is_exact));
    facts.extend(total("home").map(|points| fact(FactKind::HomeScore, "", points)));
    facts.extend(total("away").map(|points| fact(FactKind::AwayScore, "", points)));
    let (home, away) = (periods(of("home")), periods(of("away")));
    if !home.is_empty() && home.len() == away.len() {
        facts.push(fact(FactKind::PeriodScores, "", format!(r#"{{"home":[{}],"away":[{}]}}"#, home.join(","), away.join(","))));
    }
}

/// `{"period_1":3,"period_2":0}` in its order; nothing where one in between is missing.
fn periods(side: &Value) -> Vec<String> {
    let periods = field(side, "periods");
    let number = |number: usize| field(periods, &format!("period_{number}")).as_number().map(ToString::to_string);
    (1..).map_while(number).take(64).collect()
}
