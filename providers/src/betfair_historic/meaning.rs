//! What the exchange's markets mean. Types that are not here are kept in its words: nothing of them is lost, and nothing guessed.

use odds::Line;
use odds::market::{MarketKind, Meaning, Period, Side, Stance, Words};

use super::decode::LAY;
use crate::answers::{odd_even, yes_no};

/// The meaning of a slot's words, where the market's type is understood.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let (kind, stance) = match words.market.strip_suffix(LAY) {
        Some(kind) => (kind, Stance::Lay),
        None => (words.market, Stance::Back),
    };
    let meaning = meaning_of(kind, words)?;
    Some(Meaning { stance, ..meaning })
}

fn meaning_of(kind: &str, words: &Words<'_>) -> Option<Meaning> {
    let plain = |kind| Some(Meaning::of(kind, side(words.name), None));
    match kind {
        "MATCH_ODDS" | "MONEY_LINE" | "MONEYLINE" | "MATCH_WINNER" => plain(MarketKind::Moneyline),
        "DRAW_NO_BET" => plain(MarketKind::DrawNoBet),
        "DOUBLE_CHANCE" => plain(MarketKind::DoubleChance),
        "BOTH_TEAMS_TO_SCORE" => yes_no(words.name).map(|side| Meaning::of(MarketKind::BothTeamsToScore, side, None)),
        "ODD_OR_EVEN" => odd_even(words.name).map(|side| Meaning::of(MarketKind::OddEven, side, None)),
        "HALF_TIME" => plain(MarketKind::Moneyline).map(|meaning| Meaning { period: Period::Half(1), ..meaning }),
        "WIN" | "TOURNAMENT_WINNER" | "WINNER" => plain(MarketKind::Outright),
        "ASIAN_HANDICAP" | "HANDICAP" => Some(Meaning::of(MarketKind::Spread, side(words.name), Some(words.point?))),
        "COMBINED_TOTAL" => Some(Meaning::of(MarketKind::Total, over_or_under(words.name)?, Some(words.point?))),
        _ => goals(kind, words.name),
    }
}

/// `OVER_UNDER_25` and `FIRST_HALF_GOALS_15` carry their line in the type.
fn goals(kind: &str, name: &str) -> Option<Meaning> {
    let (figure, period) = match (kind.strip_prefix("OVER_UNDER_"), kind.strip_prefix("FIRST_HALF_GOALS_")) {
        (Some(figure), _) => (figure, Period::Full),
        (_, Some(figure)) => (figure, Period::Half(1)),
        _ => return None,
    };
    let tenths = figure.parse::<u8>().ok().filter(|tenths| figure.len() == 2 && tenths % 10 == 5)?;
    let line = Line::from_milli(i32::from(tenths) * 100);
    Some(Meaning { period, ..Meaning::of(MarketKind::Total, over_or_under(name)?, Some(line)) })
}

fn side(name: &str) -> Side {
    if name == "The Draw" { Side::Draw } else { Side::Named(name.to_owned()) }
}

fn over_or_under(name: &str) -> Option<Side> {
    match name.split(' ').next() {
        Some("Over") => Some(Side::Over),
        Some("Under") => Some(Side::Under),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(market: &str, name: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "betfair_ex", market, name, description: "", point: point.map(Line::from_milli) };
        let meaning = meaning(&words)?;
        let line = meaning.line.map(|line| line.to_string()).unwrap_or_default();
        Some(format!("{} {} {} {line} {:?}", meaning.kind, meaning.period, meaning.side, meaning.stance))
    }

    #[test]
    fn markets_are_understood_by_their_type_and_a_lay_is_never_a_back() {
        assert_eq!(read("MATCH_ODDS", "The Draw", None).as_deref(), Some("moneyline full draw  Back"));
        assert_eq!(read("MATCH_ODDS/LAY", "Casper Ruud", None).as_deref(), Some("moneyline full Casper Ruud  Lay"));
        assert_eq!(read("OVER_UNDER_25", "Under 2.5 Goals", None).as_deref(), Some("total full under 2.5 Back"));
        assert_eq!(read("ODD_OR_EVEN", "Even", None).as_deref(), Some("odd_even full even  Back"));
        assert_eq!(read("FIRST_HALF_GOALS_05", "Over 0.5 Goals", None).as_deref(), Some("total half_1 over 0.5 Back"));
        assert_eq!(read("ASIAN_HANDICAP", "Leeds", Some(-1250)).as_deref(), Some("spread full Leeds -1.25 Back"));
        for (market, name) in [
            ("OVER_UNDER_2", "Over"),
            ("OVER_UNDER_24", "Over"),
            ("CORRECT_SCORE", "1 - 0"),
            ("ODD_OR_EVEN", "Neither"),
            ("HANDICAP", "Leeds"),
        ] {
            assert_eq!(read(market, name, None), None, "{market}");
        }
    }
}
