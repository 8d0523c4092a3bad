//! What this provider's three markets mean in our language.

use odds::market::{MarketKind, Meaning, Side, Words};

/// The meaning of a slot's words, or `None` where they are none of ours.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let (kind, side) = match (words.market, words.name) {
        ("1X2", "H") => (MarketKind::Moneyline, Side::Home),
        ("1X2", "D") => (MarketKind::Moneyline, Side::Draw),
        ("1X2", "A") => (MarketKind::Moneyline, Side::Away),
        ("OU", ">2.5") => (MarketKind::Total, Side::Over),
        ("OU", "<2.5") => (MarketKind::Total, Side::Under),
        ("AH", "H") => (MarketKind::Spread, Side::Home),
        ("AH", "A") => (MarketKind::Spread, Side::Away),
        _ => return None,
    };
    let is_lined = kind != MarketKind::Moneyline;
    (is_lined == words.point.is_some()).then(|| Meaning::of(kind, side, words.point))
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::Line;

    fn of(market: &str, name: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "B365", market, name, description: "", point: point.map(Line::from_milli) };
        let meaning = meaning(&words)?;
        Some(format!("{} {} {}", meaning.kind, meaning.side, meaning.line.map(|line| line.to_string()).unwrap_or_default()))
    }

    #[test]
    fn the_three_markets_are_understood_and_nothing_else() {
        assert_eq!(of("1X2", "D", None).as_deref(), Some("moneyline draw "));
        assert_eq!(of("OU", "<2.5", Some(2500)).as_deref(), Some("total under 2.5"));
        assert_eq!(of("AH", "A", Some(-250)).as_deref(), Some("spread away -0.25"));
        assert_eq!(of("AH", "H", None), None);
        assert_eq!(of("1X2", "H", Some(0)), None);
        assert_eq!(of("corners", "H", None), None);
    }
}
