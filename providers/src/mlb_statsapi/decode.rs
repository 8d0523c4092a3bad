//! Reply to observations, and what a reply means before it is read.

use odds::observation::{Decoded, ListingScope, ListingSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::{Basis, Reply};
use serde_json::Value;

use super::request::{BOXSCORE, FEED, SCHEDULE, TRANSACTIONS, game_of, scope};
use super::wire::Game;
use super::{SPORT, boxscore, schedule, transactions};
use crate::items::{self, items, listing, one, text};
use crate::provider::Verdict;

/// The verdict on a reply.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    let needed = match reply.endpoint {
        SCHEDULE => "dates",
        TRANSACTIONS => "transactions",
        FEED => "gameData",
        _ => "teams",
    };
    items::verdict(reply, needed, matches!(reply.endpoint, BOXSCORE | FEED))
}

/// Reads a reply.
pub(super) fn decode<'a>(reply: &Reply<'_>) -> Decoded<'a> {
    let mut problems = Vec::new();
    let body = match items::body(reply) {
        Ok(body) => body,
        Err(problem) => return Decoded { problems: vec![problem], ..Decoded::default() },
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

/// A postponed game stands on the day that it left and on the day that it went to, under one id: the later one is what holds.
fn games(body: &Value, problems: &mut Vec<Problem>) -> Vec<ListingSeen<'static>> {
    let mut found: Vec<(String, ListingSeen<'static>)> = Vec::new();
    for (at, day) in items::<Value>(body, "dates", "", problems) {
        if day.get("games").is_none() {
            problems.push(Problem::at(at.clone(), Refusal::MissingField, "a day without a list of games, not even an empty one"));
        }
        for (at, game) in items::<Game>(&day, "games", &at, problems) {
            let Some((id, facts)) = schedule::facts(&game, &at, problems) else { continue };
            let date = text(&game.game_date);
            match found.iter_mut().find(|(_, known)| known.id == *id) {
                Some(known) if known.0 <= date => *known = (date, listing(SPORT, id, facts)),
                Some(_) => {}
                None => found.push((date, listing(SPORT, id, facts))),
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
    Some(listing(SPORT, id, facts))
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
    Some(listing(SPORT, id.to_owned(), facts))
}
