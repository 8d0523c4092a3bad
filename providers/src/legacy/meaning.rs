//! What the old words for markets and answers mean.

use odds::market::{MarketKind, Meaning, Side, Words};

use super::leagues;
use super::wire::folded;
use crate::provider::Provider;
use crate::the_odds_api::{TheOddsApi, crosswalk};

/// The question of a market's word, folded.
pub(super) fn kind(word: &str) -> Option<MarketKind> {
    Some(match word {
        "moneyline" | "h2h" | "ml" | "matchwinner" | "1x2" | "winner" | "matchodds" => MarketKind::Moneyline,
        "h2h3way" | "moneyline3way" | "threeway" => MarketKind::ThreeWay,
        "spread" | "spreads" | "pointspread" | "handicap" | "asianhandicap" | "runline" | "puckline" => MarketKind::Spread,
        "total" | "totals" | "overunder" | "ou" | "totalpoints" | "totalgoals" | "totalruns" => MarketKind::Total,
        "oddeven" | "oddoreven" | "totaloddeven" => MarketKind::OddEven,
        _ => return None,
    })
}

/// Whether an answer of a market is nothing without its line.
pub(super) fn needs_line(market: &str) -> bool {
    matches!(kind(&folded(market)), Some(MarketKind::Spread | MarketKind::Total))
}

/// What a slot means, or `None` where we do not know.
pub(super) fn meaning(sport: &str, words: &Words<'_>) -> Option<Meaning> {
    match kind(&folded(words.market)) {
        Some(kind) => game(kind, words),
        None => other(sport, words),
    }
}

fn game(kind: MarketKind, words: &Words<'_>) -> Option<Meaning> {
    let is_sum = kind == MarketKind::Total;
    let side = match folded(words.name).as_str() {
        "home" => Side::Home,
        "away" => Side::Away,
        "draw" | "tie" => Side::Draw,
        "over" => Side::Over,
        "under" => Side::Under,
        "odd" if kind == MarketKind::OddEven => Side::Odd,
        "even" if kind == MarketKind::OddEven => Side::Even,
        _ if kind == MarketKind::OddEven => return None,
        _ => Side::Named(words.name.to_owned()),
    };
    let is_over_under = matches!(side, Side::Over | Side::Under);
    let has_line = matches!(kind, MarketKind::Spread | MarketKind::Total);
    (is_sum == is_over_under && has_line == words.point.is_some() && words.description.is_empty())
        .then(|| Meaning::of(kind, side, words.point))
}

/// Everything else has the words of The Odds API, with or without what they begin with there.
fn other(sport: &str, words: &Words<'_>) -> Option<Meaning> {
    let key = leagues::of_key(sport).and_then(|league| crosswalk::sport_key(league.key)).unwrap_or(sport);
    ["", "player_", "batter_", "pitcher_"].iter().find_map(|start| {
        let market = format!("{start}{}", words.market);
        TheOddsApi.meaning(key, &Words { market: &market, ..*words })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::Line;

    fn of(sport: &str, market: &str, name: &str, description: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "dk", market, name, description, point: point.map(Line::from_milli) };
        meaning(sport, &words).map(|meaning| format!("{} {} {}", meaning.kind, meaning.side, meaning.subject.unwrap_or_default()))
    }

    #[test]
    fn old_words_for_game_markets_are_understood() {
        assert_eq!(of("NBA/NBA", "moneyline", "home", "", None).as_deref(), Some("moneyline home "));
        assert_eq!(of("NBA/NBA", "Point Spread", "LA Clippers", "", Some(-3500)).as_deref(), Some("spread LA Clippers "));
        assert_eq!(of("NBA/NBA", "over_under", "Over", "", Some(220_500)).as_deref(), Some("total over "));
        assert_eq!(of("NBA/NBA", "odd_even", "Even", "", None).as_deref(), Some("odd_even even "));
        assert_eq!(of("NBA/NBA", "odd_even", "LA Clippers", "", None), None);
        assert_eq!(of("NBA/NBA", "totals", "Over", "", None), None);
        assert_eq!(of("NBA/NBA", "moneyline", "over", "", None), None);
    }

    #[test]
    fn player_props_have_the_words_of_the_odds_api() {
        let told = Some("player_points over LeBron James");
        assert_eq!(of("NBA/NBA", "player_points", "Over", "LeBron James", Some(25_500)).as_deref(), told);
        assert_eq!(of("NBA/NBA", "points", "Over", "LeBron James", Some(25_500)).as_deref(), told);
        assert_eq!(of("NBA/NBA", "dunks_by_moonlight", "Over", "LeBron James", Some(25_500)), None);
    }
}
