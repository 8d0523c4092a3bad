//! What the three markets of the schedule file mean. We name the outcomes, by the side that the file puts them on.

use odds::market::{MarketKind, Meaning, Side, Words};

/// The meaning of a slot's words.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let (kind, side) = match (words.market, words.name) {
        ("moneyline", "home") => (MarketKind::Moneyline, Side::Home),
        ("moneyline", "away") => (MarketKind::Moneyline, Side::Away),
        ("spread", "home") => (MarketKind::Spread, Side::Home),
        ("spread", "away") => (MarketKind::Spread, Side::Away),
        ("total", "over") => (MarketKind::Total, Side::Over),
        ("total", "under") => (MarketKind::Total, Side::Under),
        _ => return None,
    };
    ((kind == MarketKind::Moneyline) == words.point.is_none()).then(|| Meaning::of(kind, side, words.point))
}
