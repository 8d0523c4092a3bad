//! The prices of the book that the league advertises: one book, its main lines.

use std::borrow::Cow;

use odds::observation::{BookSeen, MarketSeen, Offer, OutcomeSeen, Problem, Refusal};
use odds::{Line, Moment, Price};
use serde_json::Value;

use super::wire::{Game, Priced, Team};
use crate::items::{items, text};

/// When the partner's prices were last read, as the reply says it.
pub(super) fn stamp(body: &[u8]) -> Option<Moment> {
    let body: Value = serde_json::from_slice(body).ok()?;
    read_at(&body)
}

pub(super) fn read_at(body: &Value) -> Option<Moment> {
    text(&body["lastUpdatedUTC"]).parse().ok()
}

/// Our key of the book, by its name; and its name.
pub(super) fn book(body: &Value) -> Option<(String, String)> {
    let name = text(&body["bettingPartner"]["name"]);
    let key: String = name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    (!key.is_empty()).then_some((key, name))
}

/// What the book offers on a game, by the API's markets. What cannot be read is refused alone.
pub(super) fn read(
    key: &str,
    seen_at: Option<Moment>,
    game: &Game,
    at: &str,
    problems: &mut Vec<Problem>,
    unreadable: &mut u64,
) -> BookSeen<'static> {
    let mut markets: Vec<MarketSeen<'static>> = Vec::new();
    let before = problems.len();
    one_side_alone(game, at, problems);
    for (side, team) in [("home", &game.home_team), ("away", &game.away_team)] {
        for (at, priced) in rows(team, &format!("{at}.{side}Team"), problems) {
            let market = text(&priced.description);
            if market.is_empty() {
                *unreadable += 1;
                problems.push(Problem::at(at, Refusal::MissingField, "a price without its market"));
                continue;
            }
            let Ok((name, point)) = named(side, &market, &text(&priced.qualifier)) else {
                *unreadable += 1;
                problems.push(Problem::at(at, Refusal::BadLine, format!("{market} with {:?}", text(&priced.qualifier))));
                market_of(&mut markets, market).is_damaged = true;
                continue;
            };
            let told = text(&priced.value);
            let offer = Price::parse_american(&told).map(|price| Offer { price, is_suspended: false, changed_at: None });
            let offer = offer.map_err(|error| {
                problems.push(Problem::at(at, Refusal::from(error), format!("{told:?}: {error}")));
                Refusal::from(error)
            });
            let outcome = OutcomeSeen { name: Cow::Owned(name), description: Cow::Borrowed(""), point, offer };
            market_of(&mut markets, market).outcomes.push(outcome);
        }
    }
    // an answer of which nothing tells whose it was may be any of those that are missing
    let is_shape = |problem: &Problem| matches!(problem.reason, Refusal::NotTheShape | Refusal::MissingField);
    if problems[before..].iter().any(is_shape) {
        markets.iter_mut().for_each(|market| market.is_damaged = true);
    }
    BookSeen { key: Cow::Owned(key.to_owned()), seen_at, markets }
}

/// Prices stand under both teams, or under none.
fn one_side_alone(game: &Game, at: &str, problems: &mut Vec<Problem>) {
    for (side, team, other) in [("home", &game.home_team, &game.away_team), ("away", &game.away_team, &game.home_team)] {
        if team.odds.is_null() && !other.odds.is_null() {
            problems.push(Problem::at(format!("{at}.{side}Team.odds"), Refusal::MissingField, "prices of the other side alone"));
        }
    }
}

fn market_of<'m>(markets: &'m mut Vec<MarketSeen<'static>>, key: String) -> &'m mut MarketSeen<'static> {
    let known = markets.iter().position(|market| market.key == *key);
    let at = known.unwrap_or_else(|| {
        markets.push(MarketSeen { key: Cow::Owned(key), ..MarketSeen::default() });
        markets.len() - 1
    });
    &mut markets[at]
}

fn rows(team: &Team, at: &str, problems: &mut Vec<Problem>) -> Vec<(String, Priced)> {
    items::<Priced>(&serde_json::json!({"odds": team.odds}), "odds", at, problems)
}

/// The answer and its line: a total stands under a team, with `O` or `U` before its line.
fn named(side: &str, market: &str, qualifier: &str) -> Result<(String, Option<Line>), odds::line::LineError> {
    if market == "OVER_UNDER" {
        let name = if qualifier.starts_with(['O', 'o']) { "over" } else { "under" };
        let figure = qualifier.trim_start_matches(['O', 'o', 'U', 'u']);
        return Ok((name.to_owned(), Some(Line::parse(figure)?)));
    }
    let is_draw = qualifier.eq_ignore_ascii_case("draw");
    let point = if qualifier.is_empty() || is_draw { None } else { Some(Line::parse(qualifier)?) };
    Ok((if is_draw { "draw" } else { side }.to_owned(), point))
}
