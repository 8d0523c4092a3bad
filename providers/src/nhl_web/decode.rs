//! Reply to observations, and what a reply means before it is read.

use std::borrow::Cow;

use odds::observation::{CatalogueKind, CatalogueRow, Decoded, EventStatus, ListingSeen, Problem, Refusal, Snapshot};
use odds::reply::Reply;
use serde_json::Value;

use super::request::{BOXSCORE, PARTNER, SCHEDULE, STANDINGS, scope};
use super::wire::{Game, Standing};
use super::{SPORT, boxscore, game, partner};
use crate::items::{self, items, listing, one, text};
use crate::provider::Verdict;

/// The verdict on a reply.
pub(super) fn judge(reply: &Reply<'_>) -> Verdict {
    let needed = match reply.endpoint {
        SCHEDULE => "gameWeek",
        BOXSCORE => "homeTeam",
        STANDINGS => "standings",
        _ => "games",
    };
    items::verdict(reply, needed, reply.endpoint == BOXSCORE)
}

/// Reads a reply.
pub(super) fn decode<'a>(reply: &Reply<'_>) -> Decoded<'a> {
    let mut told = Decoded::default();
    let body = match items::body(reply) {
        Ok(body) => body,
        Err(problem) => return Decoded { problems: vec![problem], ..told },
    };
    let listings = match reply.endpoint {
        SCHEDULE => week(&body, &mut told.problems),
        BOXSCORE => box_score(&body, &mut told.problems).into_iter().collect(),
        PARTNER => offers(&body, &mut told),
        STANDINGS => {
            standings(&body, &mut told);
            return told;
        }
        _ => games(&body, "", &mut told.problems),
    };
    let scope = scope(reply.endpoint, reply.request);
    told.snapshots.push(Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings });
    told
}

fn week(body: &Value, problems: &mut Vec<Problem>) -> Vec<ListingSeen<'static>> {
    let mut found: Vec<ListingSeen<'static>> = Vec::new();
    for (at, day) in items::<Value>(body, "gameWeek", "", problems) {
        for listing in games(&day, &at, problems) {
            if found.iter().any(|known| known.id == listing.id) {
                problems.push(Problem::at(at.clone(), Refusal::ListingTwice, format!("{} stands on an earlier day already", listing.id)));
            } else {
                found.push(listing);
            }
        }
    }
    found
}

fn games(body: &Value, at: &str, problems: &mut Vec<Problem>) -> Vec<ListingSeen<'static>> {
    if body.get("games").is_none() {
        problems.push(Problem::at(at, Refusal::MissingField, "no list of games, not even an empty one"));
    }
    let games = items::<Game>(body, "games", at, problems);
    games.into_iter().filter_map(|(at, game)| game::facts(&game, &at, problems)).map(|(id, facts)| listing(SPORT, id, facts)).collect()
}

fn box_score(body: &Value, problems: &mut Vec<Problem>) -> Option<ListingSeen<'static>> {
    let (at, game) = one::<Game>(body, String::new(), problems)?;
    let (id, mut facts) = game::facts(&game, &at, problems)?;
    let is_over = game::status(&text(&game.game_state), &text(&game.game_schedule_state)) == Some(EventStatus::Final);
    facts.extend(boxscore::facts(body, &game, is_over, problems));
    facts.extend(boxscore::officials(body, problems));
    Some(listing(SPORT, id, facts))
}

fn offers(body: &Value, told: &mut Decoded<'_>) -> Vec<ListingSeen<'static>> {
    let Some((key, title)) = partner::book(body) else {
        told.problems.push(Problem::at("bettingPartner.name", Refusal::MissingField, "prices of nobody"));
        return Vec::new();
    };
    let seen_at = partner::read_at(body);
    let mut found = Vec::new();
    for (at, game) in items::<Game>(body, "games", "", &mut told.problems) {
        let Some((id, facts)) = game::facts(&game, &at, &mut told.problems) else { continue };
        let book = partner::read(&key, seen_at, &game, &at, &mut told.problems, &mut told.unreadable);
        found.push(ListingSeen { books: vec![book], ..listing(SPORT, id, facts) });
    }
    let kind = CatalogueKind::Book;
    told.catalogue.push(CatalogueRow { kind, key: Cow::Owned(key), title: Cow::Owned(title), detail: String::new() });
    found
}

/// Teams with their whole names, and where they stand.
fn standings(body: &Value, told: &mut Decoded<'_>) {
    for (at, row) in items::<Standing>(body, "standings", "", &mut told.problems) {
        let (key, title) = (game::named(&row.team_abbrev), game::named(&row.team_name));
        if key.is_empty() || title.is_empty() {
            told.problems.push(Problem::at(at, Refusal::MissingField, "a team without its name or abbreviation"));
            continue;
        }
        let detail = serde_json::json!({
            "abbreviation": key, "points": row.points, "wins": row.wins, "losses": row.losses, "ot_losses": row.ot_losses,
            "games_played": row.games_played,
        });
        let (kind, key) = (CatalogueKind::Participant, Cow::Owned(format!("{SPORT}/{key}")));
        told.catalogue.push(CatalogueRow { kind, key, title: Cow::Owned(title), detail: detail.to_string() });
    }
}
