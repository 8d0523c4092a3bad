//! What ESPN's slots mean. The words are few, for we name the outcomes ourselves by the side that ESPN puts them on.

use odds::market::{MarketKind, Meaning, Side, Words};

use super::quotes::{MONEYLINE, SPREAD, TOTAL};

/// The meaning of a slot, or `None` for words that we do not write.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let side = side_of(words.name)?;
    let is_over_under = matches!(side, Side::Over | Side::Under);
    match words.market {
        MONEYLINE if !is_over_under => Some(Meaning::of(MarketKind::Moneyline, side, None)),
        SPREAD if matches!(side, Side::Home | Side::Away) => Some(Meaning::of(MarketKind::Spread, side, Some(words.point?))),
        TOTAL if is_over_under => Some(Meaning::of(MarketKind::Total, side, Some(words.point?))),
        _ => None,
    }
}

fn side_of(name: &str) -> Option<Side> {
    Some(match name {
        "home" => Side::Home,
        "away" => Side::Away,
        "draw" => Side::Draw,
        "over" => Side::Over,
        "under" => Side::Under,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::Line;

    fn read(market: &str, name: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "58", market, name, description: "", point: point.map(Line::from_milli) };
        meaning(&words).map(|m| format!("{} {} {}", m.kind, m.side, m.line.map_or_else(String::new, |line| line.to_string())))
    }

    #[test]
    fn three_markets_are_understood_with_the_line_of_the_side() {
        assert_eq!(read("moneyLine", "draw", None).as_deref(), Some("moneyline draw "));
        assert_eq!(read("pointSpread", "away", Some(-2500)).as_deref(), Some("spread away -2.5"));
        assert_eq!(read("total", "under", Some(231_500)).as_deref(), Some("total under 231.5"));
    }

    #[test]
    fn words_that_do_not_go_together_mean_nothing() {
        for (market, name, point) in [
            ("moneyLine", "over", None),
            ("pointSpread", "draw", Some(0)),
            ("pointSpread", "home", None),
            ("total", "over", None),
            ("props", "home", None),
        ] {
            assert_eq!(read(market, name, point), None, "{market} {name}");
        }
    }
}
