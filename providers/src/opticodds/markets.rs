//! What a market asks: one table for every sport of this family, with the prefixes of periods and the mark of alternate lines.

use odds::market::{CountedKind, MarketKind, Period};

use super::props;
use super::words::plain;

/// Marks the key of a market's lines that are not the main one. The provider says it beside the market (`is_main`), and lines swap it.
pub(crate) const ALTERNATE: &str = ":alternate";

/// What the answers of a market look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A participant, or the draw.
    Winner,
    /// A participant, with its own handicap.
    Handicap,
    /// Over or under a sum of both sides.
    Sum,
    /// Over or under the sum of one team.
    TeamSum,
    /// Yes or no.
    Happens,
    /// An odd or an even sum.
    OddEven,
    /// A player's figure.
    Figure,
    /// What a player does.
    Feat,
}

/// Market words without period, what they ask, what the answers look like.
const GAME: &[(&str, MarketKind, Shape)] = &[
    ("moneyline", MarketKind::Moneyline, Shape::Winner),
    ("moneyline 3-way", MarketKind::ThreeWay, Shape::Winner),
    ("3-way moneyline", MarketKind::ThreeWay, Shape::Winner),
    ("1x2", MarketKind::ThreeWay, Shape::Winner),
    ("draw no bet", MarketKind::DrawNoBet, Shape::Winner),
    ("double chance", MarketKind::DoubleChance, Shape::Winner),
    ("point spread", MarketKind::Spread, Shape::Handicap),
    ("run line", MarketKind::Spread, Shape::Handicap),
    ("puck line", MarketKind::Spread, Shape::Handicap),
    ("goal spread", MarketKind::Spread, Shape::Handicap),
    ("game spread", MarketKind::Spread, Shape::Handicap),
    ("asian handicap", MarketKind::Spread, Shape::Handicap),
    ("handicap", MarketKind::Spread, Shape::Handicap),
    ("total points", MarketKind::Total, Shape::Sum),
    ("total runs", MarketKind::Total, Shape::Sum),
    ("total goals", MarketKind::Total, Shape::Sum),
    ("total games", MarketKind::Total, Shape::Sum),
    ("total rounds", MarketKind::Total, Shape::Sum),
    ("team total", MarketKind::TeamTotal, Shape::TeamSum),
    ("both teams to score", MarketKind::BothTeamsToScore, Shape::Happens),
    ("total points odd even", MarketKind::OddEven, Shape::OddEven),
    ("total runs odd even", MarketKind::OddEven, Shape::OddEven),
    ("total goals odd even", MarketKind::OddEven, Shape::OddEven),
    ("total games odd even", MarketKind::OddEven, Shape::OddEven),
    ("set handicap", MarketKind::Counted("sets", CountedKind::Spread), Shape::Handicap),
    ("set spread", MarketKind::Counted("sets", CountedKind::Spread), Shape::Handicap),
    ("total sets", MarketKind::Counted("sets", CountedKind::Total), Shape::Sum),
    ("corners spread", MarketKind::Counted("corners", CountedKind::Spread), Shape::Handicap),
    ("total corners", MarketKind::Counted("corners", CountedKind::Total), Shape::Sum),
    ("total cards", MarketKind::Counted("cards", CountedKind::Total), Shape::Sum),
    ("futures", MarketKind::Outright, Shape::Winner),
];

/// The main markets of a sport that has others than moneyline, point spread and total points: as its catalogue lists them.
const MAIN: &[(&str, &[&str])] = &[
    ("baseball", &["moneyline", "run_line", "total_runs"]),
    ("boxing", &["moneyline", "total_rounds"]),
    ("cricket", &["moneyline", "total_runs"]),
    ("golf", &["moneyline", "handicap"]),
    ("hockey", &["moneyline", "puck_line", "total_goals"]),
    ("mma", &["moneyline", "total_rounds"]),
    ("soccer", &["moneyline", "moneyline_3-way", "goal_spread", "total_goals"]),
    ("table_tennis", &["moneyline", "game_spread", "total_games"]),
    ("tennis", &["moneyline", "game_spread", "total_games"]),
    ("volleyball", &["moneyline", "set_handicap", "total_sets"]),
    ("water_polo", &["moneyline", "goal_spread", "total_goals"]),
];

/// The main markets of a sport.
pub(crate) fn main_of(sport: &str) -> &'static [&'static str] {
    MAIN.iter().find(|(of, _)| *of == sport).map_or(&["moneyline", "point_spread", "total_points"], |(_, markets)| markets)
}

/// What a market's key asks in a sport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) kind: MarketKind,
    pub(crate) shape: Shape,
    pub(crate) period: Period,
    pub(crate) is_alternate: bool,
}

/// Reads a market's key or label; `None` where we do not know (yet) what it asks.
pub(crate) fn question(sport: &str, market: &str) -> Option<Question> {
    let (market, is_alternate) = market.strip_suffix(ALTERNATE).map_or((market, false), |market| (market, true));
    let words = plain(market);
    let (words, period) = without_period(&words);
    let game = GAME.iter().find(|(theirs, ..)| *theirs == words).map(|(_, kind, shape)| (kind.clone(), *shape));
    let (kind, shape) = game.or_else(|| {
        let kind = props::prop(sport, words)?;
        let shape = if matches!(kind, MarketKind::PlayerFeat(_)) { Shape::Feat } else { Shape::Figure };
        Some((kind, shape))
    })?;
    Some(Question { kind, shape, period, is_alternate })
}

/// Takes the period off the front: `1st half moneyline`, `1st 5 innings total runs`, `3rd inning run line`, `2nd set total games`.
fn without_period(words: &str) -> (&str, Period) {
    let whole = (words, Period::Full);
    let Some((ordinal, rest)) = words.split_once(' ') else { return whole };
    let Some(number) = ordinal_of(ordinal) else { return whole };
    let Some((unit, rest)) = rest.split_once(' ') else { return whole };
    match unit {
        "half" if number <= 2 => (rest, Period::Half(number)),
        "quarter" if number <= 4 => (rest, Period::Quarter(number)),
        "period" if number <= 3 => (rest, Period::Third(number)),
        "inning" => (rest, Period::Inning(number)),
        "set" if number <= 5 => (rest, Period::Set(number)),
        many if number == 1 => match (many.parse::<u8>(), rest.strip_prefix("innings ")) {
            (Ok(innings), Some(rest)) if innings > 0 => (rest, Period::FirstInnings(innings)),
            _ => whole,
        },
        _ => whole,
    }
}

fn ordinal_of(word: &str) -> Option<u8> {
    let number: u8 =
        word.strip_suffix("st").or(word.strip_suffix("nd")).or(word.strip_suffix("rd")).or(word.strip_suffix("th"))?.parse().ok()?;
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_stand_in_front_and_are_taken_off() {
        let cases = [
            ("1st_half_moneyline", "moneyline", Period::Half(1)),
            ("4th Quarter Moneyline 3-Way", "moneyline 3-way", Period::Quarter(4)),
            ("3rd Period Total Goals", "total goals", Period::Third(3)),
            ("1st 5 Innings Run Line", "run line", Period::FirstInnings(5)),
            ("7th Inning Total Runs", "total runs", Period::Inning(7)),
            ("2nd Set Total Games", "total games", Period::Set(2)),
            ("2nd_quarter_total_points_odd_even", "total points odd even", Period::Quarter(2)),
            ("3rd Half Moneyline", "3rd half moneyline", Period::Full),
            ("1st Half", "1st half", Period::Full),
            ("1st Goal Scorer", "1st goal scorer", Period::Full),
        ];
        for (label, words, period) in cases {
            assert_eq!(without_period(&plain(label)), (words, period), "{label}");
        }
    }

    #[test]
    fn every_main_market_is_understood() {
        for (sport, markets) in MAIN {
            for market in *markets {
                assert!(question(sport, market).is_some(), "{sport} {market}");
            }
        }
        assert!(main_of("basketball").iter().all(|market| question("basketball", market).is_some()));
    }
}
