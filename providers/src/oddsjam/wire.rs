//! Their own words. Version 1, seen: `{"game":{"id":121408,"sport":"football","league":"NFL","start_date":"2021-08-27T19:00:00-04:00",
//! "away_team":"..","home_team":"..","is_live":false},"market_name":"Total Points","sports_book":{"name":"BetMGM"},"name":"Under 32.5",
//! "price":-110.0,"is_main":false,"checked_date":"..","changed_date":".."}`. Version 2, by hearsay, is flat, or has a game with its odds
//! below it; both are read.

use odds::observation::{FactKind, FactSeen, Refusal};
use serde_json::Value;

use crate::opticodds::fixture::status;
use crate::opticodds::quotes::fact;
use crate::opticodds::wire::{Notes, any_text, field, moment, text};

/// The game of a row: an object of its own, or the row itself.
pub(super) fn game(row: &Value) -> &Value {
    let game = field(row, "game");
    if game.is_object() { game } else { row }
}

/// Its id. A row that is an odd has an id of its own, which is no game's.
pub(super) fn id(row: &Value) -> Option<String> {
    let game = game(row);
    let is_its_own = !std::ptr::eq(game, row) || price_fields(row).is_none();
    text(game, "game_id").or_else(|| text(game, "id").filter(|_| is_its_own))
}

fn price_fields(row: &Value) -> Option<String> {
    any_text(row, &["price", "bet_price", "market_name", "market"])
}

/// The sport key: the sport in lower case, the league as it is written.
pub(super) fn sport(row: &Value) -> Option<String> {
    let game = game(row);
    Some(format!("{}/{}", text(game, "sport")?.to_lowercase(), text(game, "league")?))
}

/// Facts of a game.
pub(super) fn facts(notes: &mut Notes, at: &str, row: &Value) -> Vec<FactSeen<'static>> {
    let game = game(row);
    let mut facts = Vec::new();
    let start = field(game, "start_date");
    match moment(start) {
        Some(start) => facts.push(fact(FactKind::Start, "", start.to_string())),
        None if start.is_null() => {}
        None => notes.refuse(format!("{at}.start_date"), Refusal::BadTime, format!("{start}: a start is like 2021-08-27T19:00:00-04:00")),
    }
    facts.extend(text(game, "home_team").map(|name| fact(FactKind::Home, "", name)));
    facts.extend(text(game, "away_team").map(|name| fact(FactKind::Away, "", name)));
    let word = text(row, "status").or_else(|| text(game, "status"));
    facts.extend(
        word.and_then(|word| status(notes, &format!("{at}.status"), &word)).map(|status| fact(FactKind::Status, "", status.as_str())),
    );
    facts.extend(any_text(row, &["venue_name"]).map(|venue| fact(FactKind::Venue, "", venue)));
    facts.extend(text(row, "season_type").map(|season| fact(FactKind::SeasonType, "", season)));
    facts
}
