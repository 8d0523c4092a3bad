//! Reply to observations, and what a reply means before it is read.

use std::borrow::Cow;
use std::time::Duration;

use odds::observation::{Decoded, ListingScope, ListingSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::{Basis, Reply};
use serde_json::Value;

use super::request::{BOXSCORE, FEED, SCHEDULE, TRANSACTIONS, game_of, scope};
use super::wire::Game;
use super::{SPORT, boxscore, schedule, transactions};
use crate::items::{items, one, text};
use crate::provider::Verdict;

/// The verdict on a reply.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    let status = format!("status {}", reply.status);
    match reply.status {
        200..=299 => shape(reply),
        404 if matches!(reply.endpoint, BOXSCORE | FEED) => Verdict::Gone(status),
        408 | 425 | 429 | 500..=599 => {
            let wait = reply.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            Verdict::RetryAfter(wait, status)
        }
        _ => Verdict::Refused(status),
    }
}

fn shape(reply: &Reply<'_>) -> Verdict {
    let needed = match reply.endpoint {
        SCHEDULE => "dates",
        TRANSACTIONS => "transactions",
        FEED => "gameData",
        _ => "teams",
    };
    match serde_json::from_slice::<Value>(reply.body) {
        Ok(body) if body.get(needed).is_some() => Verdict::Good,
        Ok(_) => Verdict::ChangedShape(format!("a {} without {needed}", reply.endpoint)),
        Err(error) if error.is_eof() => Verdict::RetryAfter(None, format!("the body ends early, after {} bytes", reply.body.len())),
        Err(error) => Verdict::ChangedShape(format!("not JSON: {error}")),
    }
}

/// Reads a reply.
pub(super) fn decode<'a>(reply: &Reply<'_>) -> Decoded<'a> {
    let mut problems = Vec::new();
    let body: Value = match serde_json::from_slice(reply.body) {
        Ok(body) => body,
        Err(error) => {
            let problem = Problem::at("", Refusal::NotTheShape, format!("not JSON: {error}"));
            return Decoded { problems: vec![problem], ..Decoded::default() };
        }
    };
    let scope = scope(reply.endpoint, reply.request);
    if reply.endpoint == TRANSACTIONS {
        let moves = transactions::read(&body, reply.fetched_at, &mut problems);
        let snapshots = moves.into_iter().map(|(observed_at, listings)| {
            let basis = if observed_at < reply.fetched_at { Basis::Assumed } else { reply.basis };
            Snapshot { observed_at, basis, scope: scope.clone(), listings }
        });
        return Decoded { snapshots: snapshots.collect(), problems, ..Decoded::default() };
    }
    let listings = match reply.endpoint {
        SCHEDULE => games(&body, &mut problems),
        FEED => feed(&body, &mut problems).into_iter().collect(),
        _ => box_score(&body, reply, &scope, &mut problems).into_iter().collect(),
    };
    let snapshot = Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings };
    Decoded { snapshots: vec![snapshot], problems, ..Decoded::default() }
}

fn listing(id: String, facts: Vec<odds::observation::FactSeen<'static>>) -> ListingSeen<'static> {
    ListingSeen { id: Cow::Owned(id), sport: Cow::Borrowed(SPORT), facts, ..ListingSeen::default() }
}

/// A postponed game stands on the day that it left and on the day that it went to, under one id: the later one is what holds.
fn games(body: &Value, problems: &mut Vec<Problem>) -> Vec<ListingSeen<'static>> {
    let mut found: Vec<(String, ListingSeen<'static>)> = Vec::new();
    for (at, day) in items::<Value>(body, "dates", "", problems) {
        for (at, game) in items::<Game>(&day, "games", &at, problems) {
            let Some((id, facts)) = schedule::facts(&game, &at, problems) else { continue };
            let date = text(&game.game_date);
            match found.iter_mut().find(|(_, known)| known.id == *id) {
                Some(known) if known.0 <= date => *known = (date, listing(id, facts)),
                Some(_) => {}
                None => found.push((date, listing(id, facts))),
            }
        }
    }
    found.into_iter().map(|(_, listing)| listing).collect()
}

fn feed(body: &Value, problems: &mut Vec<Problem>) -> Option<ListingSeen<'static>> {
    let data = &body["gameData"];
    // the feed has a game's parts in other places than the schedule
    let team = |side: &str| serde_json::json!({"team": data["teams"][side], "score": body["liveData"]["linescore"]["teams"][side]["runs"]});
    let game = serde_json::json!({
        "gamePk": body["gamePk"], "gameType": data["game"]["type"], "gameDate": data["datetime"]["dateTime"],
        "officialDate": data["datetime"]["officialDate"], "status": data["status"], "venue": data["venue"],
        "teams": {"home": team("home"), "away": team("away")}, "doubleHeader": data["game"]["doubleHeader"],
        "gameNumber": data["game"]["gameNumber"], "linescore": {"innings": body["liveData"]["linescore"]["innings"].as_array().cloned().unwrap_or_default()},
    });
    let (at, game) = one::<Game>(&game, "gameData".to_owned(), problems)?;
    let (id, mut facts) = schedule::facts(&game, &at, problems)?;
    let is_over = schedule::status(&game.status) == Some(odds::observation::EventStatus::Final);
    let teams = &body["liveData"]["boxscore"]["teams"];
    facts.extend(schedule::officials(&body["liveData"]["boxscore"], "liveData.boxscore", problems));
    if teams.is_object() {
        facts.extend(boxscore::facts(teams, "liveData.boxscore.teams", is_over, problems));
    }
    Some(listing(id, facts))
}

/// A box score does not say whose it is: its request does.
fn box_score(body: &Value, reply: &Reply<'_>, scope: &Scope, problems: &mut Vec<Problem>) -> Option<ListingSeen<'static>> {
    let (Some(id), ListingScope::Listed(_)) = (game_of(reply.request), &scope.listings) else {
        let told = "a box score without its request: nothing in it says which game it is of; the feed of a game does";
        problems.push(Problem::at("", Refusal::MissingField, told));
        return None;
    };
    let mut facts = boxscore::facts(&body["teams"], "teams", false, problems);
    facts.extend(schedule::officials(body, "", problems));
    Some(listing(id.to_owned(), facts))
}
