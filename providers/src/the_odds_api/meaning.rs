//! What a slot's words mean: one table of keys, the suffixes of periods and ladders, and who is named where.
//!
//! A pure function of the words, so it may get better without a byte of history changing. What is not understood stays `None`:
//! a wrong meaning is worse than none.

use odds::market::{CountedKind, MarketKind, Meaning, Period, Side, Stance, Words};

use super::props;
use crate::answers::{feat, figure, over_under, yes_no};

/// What the answers of a game market look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A participant, or the draw.
    Winner,
    /// A participant, with its own handicap.
    Handicap,
    /// Over or under a sum of both sides.
    Sum,
    /// Over or under the sum of the team in the description.
    TeamSum,
    /// Yes or no.
    Happens,
}

/// Game markets: key without period and `alternate_`, what it asks, what its answers look like.
const GAME: &[(&str, MarketKind, Shape)] = &[
    ("h2h", MarketKind::Moneyline, Shape::Winner),
    ("h2h_3_way", MarketKind::ThreeWay, Shape::Winner),
    ("draw_no_bet", MarketKind::DrawNoBet, Shape::Winner),
    ("double_chance", MarketKind::DoubleChance, Shape::Winner),
    ("outrights", MarketKind::Outright, Shape::Winner),
    ("spreads", MarketKind::Spread, Shape::Handicap),
    ("totals", MarketKind::Total, Shape::Sum),
    ("team_totals", MarketKind::TeamTotal, Shape::TeamSum),
    ("btts", MarketKind::BothTeamsToScore, Shape::Happens),
    ("spreads_corners", MarketKind::Counted("corners", CountedKind::Spread), Shape::Handicap),
    ("totals_corners", MarketKind::Counted("corners", CountedKind::Total), Shape::Sum),
    ("spreads_cards", MarketKind::Counted("cards", CountedKind::Spread), Shape::Handicap),
    ("totals_cards", MarketKind::Counted("cards", CountedKind::Total), Shape::Sum),
];

/// Suffixes of periods.
const PERIODS: &[(&str, Period)] = &[
    ("_q1", Period::Quarter(1)),
    ("_q2", Period::Quarter(2)),
    ("_q3", Period::Quarter(3)),
    ("_q4", Period::Quarter(4)),
    ("_h1", Period::Half(1)),
    ("_h2", Period::Half(2)),
    ("_p1", Period::Third(1)),
    ("_p2", Period::Third(2)),
    ("_p3", Period::Third(3)),
    ("_1st_1_innings", Period::FirstInnings(1)),
    ("_1st_3_innings", Period::FirstInnings(3)),
    ("_1st_5_innings", Period::FirstInnings(5)),
    ("_1st_7_innings", Period::FirstInnings(7)),
];

/// What a slot means, or `None` where we do not know.
pub(super) fn meaning(sport: &str, words: &Words<'_>) -> Option<Meaning> {
    match props::prop(sport, words.market) {
        Some((kind, is_alternate)) => player(kind, is_alternate, words),
        None => game(words),
    }
}

fn game(words: &Words<'_>) -> Option<Meaning> {
    let (key, stance) = match words.market {
        "h2h_lay" => ("h2h", Stance::Lay),
        "outrights_lay" => ("outrights", Stance::Lay),
        key => (key, Stance::Back),
    };
    let (key, period) = without_period(key);
    let (key, is_alternate) = key.strip_prefix("alternate_").map_or((key, false), |key| (key, true));
    let (_, kind, shape) = GAME.iter().find(|(theirs, ..)| *theirs == key)?;
    let side = answer(*shape, words)?;
    let subject = (*shape == Shape::TeamSum).then(|| words.description.to_owned());
    Some(Meaning { period, subject, stance, is_alternate, ..Meaning::of(kind.clone(), side, words.point) })
}

fn without_period(key: &str) -> (&str, Period) {
    let found = PERIODS.iter().find_map(|(suffix, period)| key.strip_suffix(suffix).map(|key| (key, *period)));
    found.unwrap_or((key, Period::Full))
}

fn answer(shape: Shape, words: &Words<'_>) -> Option<Side> {
    let has_line = words.point.is_some();
    match shape {
        Shape::Winner if has_line => None,
        Shape::Winner => Some(winner(words.name)),
        Shape::Handicap => has_line.then(|| winner(words.name)),
        Shape::Sum => over_under(words.name).filter(|_| has_line),
        Shape::TeamSum => over_under(words.name).filter(|_| has_line && !words.description.is_empty()),
        Shape::Happens => yes_no(words.name).filter(|_| !has_line),
    }
}

fn winner(name: &str) -> Side {
    if name == "Draw" { Side::Draw } else { Side::Named(name.to_owned()) }
}

fn player(kind: MarketKind, is_alternate: bool, words: &Words<'_>) -> Option<Meaning> {
    let (subject, side) = if matches!(kind, MarketKind::PlayerFeat(_)) { feat(words)? } else { figure(words)? };
    let line = words.point.filter(|_| matches!(kind, MarketKind::PlayerStat(_)));
    Some(Meaning { subject: Some(subject.to_owned()), is_alternate, ..Meaning::of(kind, side, line) })
}
