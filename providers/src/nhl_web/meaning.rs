//! What the partner's markets mean; the others are kept in the API's words.

use odds::market::{MarketKind, Meaning, Side, Words};

/// The meaning of a slot's words.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let side = match words.name {
        "home" => Side::Home,
        "away" => Side::Away,
        "draw" => Side::Draw,
        "over" => Side::Over,
        "under" => Side::Under,
        _ => return None,
    };
    let is_over_under = matches!(side, Side::Over | Side::Under);
    let kind = match words.market {
        "MONEY_LINE_2_WAY" if !is_over_under => MarketKind::Moneyline,
        "MONEY_LINE_3_WAY" if !is_over_under => MarketKind::ThreeWay,
        "PUCK_LINE" if !is_over_under => MarketKind::Spread,
        "OVER_UNDER" if is_over_under => MarketKind::Total,
        _ => return None,
    };
    let has_line = matches!(kind, MarketKind::Spread | MarketKind::Total);
    (has_line == words.point.is_some()).then(|| Meaning::of(kind, side, words.point))
}
