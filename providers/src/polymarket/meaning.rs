//! What Polymarket's slots mean: one table of `sportsMarketType`s, and the groups, each answer of which is one of many that may win.

use odds::market::{MarketKind, Meaning, Period, Side, Stance, Words};

use super::decode::GROUP;

/// Market types (general knowledge), what they ask, and of which part.
const TYPES: &[(&str, MarketKind, Period)] = &[
    (GROUP, MarketKind::Outright, Period::Full),
    ("moneyline", MarketKind::Moneyline, Period::Full),
    ("first_half_moneyline", MarketKind::Moneyline, Period::Half(1)),
    ("spreads", MarketKind::Spread, Period::Full),
    ("first_half_spreads", MarketKind::Spread, Period::Half(1)),
    ("totals", MarketKind::Total, Period::Full),
    ("first_half_totals", MarketKind::Total, Period::Half(1)),
    ("both_teams_to_score", MarketKind::BothTeamsToScore, Period::Full),
];

/// The meaning of a slot's words, or `None` where we do not know.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let (key, stance) = words.market.strip_suffix("_bid").map_or((words.market, Stance::Back), |key| (key, Stance::Lay));
    let (_, kind, period) = TYPES.iter().find(|(known, ..)| *known == key)?;
    let is_lined = matches!(kind, MarketKind::Spread | MarketKind::Total);
    if is_lined != words.point.is_some() {
        return None;
    }
    let (subject, side) = answer(kind, words)?;
    Some(Meaning { period: *period, subject, stance, ..Meaning::of(kind.clone(), side, words.point) })
}

fn answer(kind: &MarketKind, words: &Words<'_>) -> Option<(Option<String>, Side)> {
    let named = |name: &str| Side::Named(name.to_owned());
    let is_draw = || words.description.to_ascii_lowercase().starts_with("draw");
    Some(match (kind, words.name, words.description) {
        (MarketKind::Total, "Over", _) => (None, Side::Over),
        (MarketKind::Total, "Under", _) => (None, Side::Under),
        (MarketKind::BothTeamsToScore, "Yes", _) => (None, Side::Yes),
        (MarketKind::BothTeamsToScore, "No", _) => (None, Side::No),
        (MarketKind::Total | MarketKind::BothTeamsToScore, ..) => return None,
        // Yes of a side is that side; No is not the other one, for it pays on a draw as well.
        (MarketKind::Moneyline, "Yes", _) if is_draw() => (None, Side::Draw),
        (MarketKind::Moneyline | MarketKind::Outright, "Yes", about) if !about.is_empty() => (None, named(about)),
        (MarketKind::Moneyline | MarketKind::Outright, "No", about) if !about.is_empty() => (Some(about.to_owned()), Side::No),
        (_, "Yes" | "No", _) => return None,
        (MarketKind::Outright, ..) => return None,
        (_, name, "") => (None, named(name)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::Line;

    fn read(market: &str, name: &str, description: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "polymarket", market, name, description, point: point.map(Line::from_milli) };
        let meaning = meaning(&words)?;
        let line = meaning.line.map_or_else(String::new, |line| format!(" {line}"));
        let subject = meaning.subject.map_or_else(String::new, |subject| format!(" [{subject}]"));
        Some(format!("{} {}{subject} {}{line} {:?}", meaning.kind, meaning.period, meaning.side, meaning.stance))
    }

    #[test]
    fn groups_are_outrights_and_typed_markets_are_of_the_game() {
        let cases = [
            (("group", "Yes", "Atlanta Dream", None), "outright full Atlanta Dream Back"),
            (("group_bid", "No", "Atlanta Dream", None), "outright full [Atlanta Dream] no Lay"),
            (("moneyline", "Lakers", "", None), "moneyline full Lakers Back"),
            (("moneyline", "Yes", "Draw (Alba vs. Brem)", None), "moneyline full draw Back"),
            (("moneyline", "No", "Alba", None), "moneyline full [Alba] no Back"),
            (("spreads", "Lakers", "", Some(-3500)), "spread full Lakers -3.5 Back"),
            (("totals_bid", "Over", "", Some(221_500)), "total full over 221.5 Lay"),
        ];
        for ((market, name, description, point), expected) in cases {
            assert_eq!(read(market, name, description, point).as_deref(), Some(expected), "{market} {name}");
        }
    }

    #[test]
    fn what_does_not_fit_means_nothing() {
        for (market, name, description, point) in [
            ("question", "Yes", "Will it rain?", None),
            ("nba_mystery", "Lakers", "", None),
            ("group", "Yes", "", None),
            ("spreads", "Lakers", "", None),
            ("spreads", "Yes", "Lakers", Some(500)),
            ("totals", "Lakers", "", Some(500)),
        ] {
            assert_eq!(read(market, name, description, point), None, "{market} {name}");
        }
    }
}
