//! `odds` of an event: `{}` in most rows, else JSON in one of the forms that scripts wrote.

use super::events::Event;
use super::random::Random;
use super::recipe::{Part, Recipe};

const BOOKS: [&str; 12] = [
    "DraftKings",
    "FanDuel",
    "BetMGM",
    "Caesars",
    "Pinnacle",
    "bet365",
    "PointsBet",
    "BetRivers",
    "Unibet",
    "William Hill",
    "Bovada",
    "888sport",
];

/// The most that one list by bookmaker holds.
const MOST: usize = 2 * BOOKS.len();

/// Prices that are to stand in the events: all of them, or 400 where there is a table for them.
fn wanted(recipe: &Recipe) -> usize {
    let has_table = recipe.has(Part::OddsTables) && !recipe.has(Part::EmptyTables);
    if has_table { recipe.prices.min(400) } else { recipe.prices }
}

/// Prices that are to stand in `odds_data`.
pub(super) fn wanted_in_rows(recipe: &Recipe) -> usize {
    recipe.prices - wanted(recipe)
}

/// Gives odds to as few events as hold the wanted number of prices; gives how many prices there are.
pub(super) fn put(recipe: &Recipe, events: &mut [Event], random: &mut Random) -> u64 {
    let mut left = wanted(recipe);
    let mut free: Vec<usize> = (0..events.len()).filter(|&at| events[at].odds == "{}").collect();
    random.shuffle(&mut free);
    let of_each = wanted(recipe).div_ceil((free.len() / 3).max(1)).clamp(2, MOST);
    let mut put = 0;
    for (nth, &at) in free.iter().enumerate() {
        if left < 2 {
            break;
        }
        let (json, prices) = written(nth, of_each.min(left).max(2), random);
        events[at].odds = json;
        left = left.saturating_sub(prices);
        put += prices as u64;
    }
    put
}

/// Odds of one event with about `prices` prices, and how many there really are.
fn written(nth: usize, prices: usize, random: &mut Random) -> (String, usize) {
    let (home, away) = (american(random), american(random));
    match nth % 4 {
        _ if prices > 3 => by_bookmaker(prices / 2, random),
        0 => (format!(r#"{{"moneyline": {{"home": {home}, "away": "{away:+}"}}}}"#), 2),
        1 => (format!(r#"{{"homeOdds": {}, "awayOdds": {}}}"#, decimal(home), decimal(away)), 2),
        2 if prices == 3 => (format!(r#"{{"homeOdds": {}, "awayOdds": {}, "drawOdds": 3.4}}"#, decimal(home), decimal(away)), 3),
        _ => by_bookmaker(1, random),
    }
}

fn by_bookmaker(books: usize, random: &mut Random) -> (String, usize) {
    let one = |(nth, book): (usize, &&str)| {
        let (home, away) = (american(random), american(random));
        match nth % 2 {
            0 => format!(r#"{{"bookmaker": "{book}", "moneyline": {{"home": {home}, "away": {away}}}}}"#),
            _ => format!(r#"{{"bookmaker": "{book}", "homeOdds": {}, "awayOdds": {}}}"#, decimal(home), decimal(away)),
        }
    };
    let lines: Vec<String> = BOOKS.iter().take(books).enumerate().map(one).collect();
    (format!("[{}]", lines.join(", ")), 2 * lines.len())
}

/// American odds of a usual price.
pub(super) fn american(random: &mut Random) -> i64 {
    let size = 100 + i64::try_from(random.below(240)).expect("small");
    if random.below(2) == 0 { -size } else { size }
}

/// The same in decimal odds, to the cent.
fn decimal(american: i64) -> String {
    let american = american as f64;
    format!("{:.2}", if american > 0.0 { 1.0 + american / 100.0 } else { 1.0 - 100.0 / american })
}
