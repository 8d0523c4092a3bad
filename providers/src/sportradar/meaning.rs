//! What Sportradar's slots mean: one table by market id, one by market name, and the player statistics of the NBA.
//!
//! A market's key is `id|name`. The id speaks first where it is in the table; a period may stand before the name (`1st half - total`).

use odds::market::{MarketKind, Meaning, Period, Side, Words};

/// Market ids: 1, 219 and 225 stand in our notes, the others are general knowledge of Sportradar's unified markets.
const BY_ID: &[(&str, MarketKind)] = &[
    ("1", MarketKind::Moneyline),
    ("11", MarketKind::DrawNoBet),
    ("16", MarketKind::Spread),
    ("18", MarketKind::Total),
    ("26", MarketKind::OddEven),
    ("29", MarketKind::BothTeamsToScore),
    ("186", MarketKind::Moneyline),
    ("219", MarketKind::Moneyline),
    ("223", MarketKind::Spread),
    ("225", MarketKind::Total),
    ("229", MarketKind::OddEven),
    ("251", MarketKind::Moneyline),
    ("256", MarketKind::Spread),
    ("258", MarketKind::Total),
    ("264", MarketKind::OddEven),
    ("406", MarketKind::Moneyline),
    ("410", MarketKind::Spread),
    ("412", MarketKind::Total),
];

/// Names, without period and without what stands in brackets.
const BY_NAME: &[(&str, MarketKind)] = &[
    ("1x2", MarketKind::Moneyline),
    ("2way", MarketKind::Moneyline),
    ("3way", MarketKind::Moneyline),
    ("winner", MarketKind::Moneyline),
    ("money line", MarketKind::Moneyline),
    ("moneyline", MarketKind::Moneyline),
    ("draw no bet", MarketKind::DrawNoBet),
    ("handicap", MarketKind::Spread),
    ("point spread", MarketKind::Spread),
    ("run line", MarketKind::Spread),
    ("puck line", MarketKind::Spread),
    ("spread", MarketKind::Spread),
    ("total", MarketKind::Total),
    ("both teams to score", MarketKind::BothTeamsToScore),
    ("odd/even", MarketKind::OddEven),
];

/// Periods as they stand before a name.
const PERIODS: &[(&str, Period)] = &[
    ("1st half", Period::Half(1)),
    ("2nd half", Period::Half(2)),
    ("1st quarter", Period::Quarter(1)),
    ("2nd quarter", Period::Quarter(2)),
    ("3rd quarter", Period::Quarter(3)),
    ("4th quarter", Period::Quarter(4)),
    ("1st period", Period::Third(1)),
    ("2nd period", Period::Third(2)),
    ("3rd period", Period::Third(3)),
    ("1st set", Period::Set(1)),
    ("1st inning", Period::Inning(1)),
    ("innings 1 to 5th", Period::FirstInnings(5)),
];

/// Player statistics by market id (documented).
const STATS: &[(&str, &str)] = &[
    ("921", "points"),
    ("922", "assists"),
    ("923", "rebounds"),
    ("924", "threes"),
    ("8000", "steals"),
    ("8001", "blocks"),
    ("8002", "turnovers"),
    ("8003", "pr"),
    ("8004", "pa"),
    ("8005", "ra"),
    ("8006", "pra"),
    ("8007", "blocks_steals"),
];

/// The meaning of a slot's words, or `None` where we do not know.
pub(super) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    let (id, name) = words.market.split_once('|')?;
    let id = id.strip_prefix("sr:market:").unwrap_or(id);
    if let Some((_, stat)) = STATS.iter().find(|(known, _)| *known == id) {
        return player(stat, words);
    }
    let name = name.to_ascii_lowercase();
    let (name, period) = without_period(&name)?;
    let by_id = || BY_ID.iter().find(|(known, _)| *known == id).filter(|_| period == Period::Full);
    let by_name = || BY_NAME.iter().find(|(known, _)| *known == plain(name));
    let (_, kind) = by_id().or_else(by_name)?;
    let side = answer(kind, words)?;
    words.description.is_empty().then(|| Meaning { period, ..Meaning::of(kind.clone(), side, words.point) })
}

/// Takes the period off a name; `None` where it names one that we do not know.
fn without_period(name: &str) -> Option<(&str, Period)> {
    let Some((period, rest)) = name.split_once(" - ") else { return Some((name, Period::Full)) };
    let (_, period) = PERIODS.iter().find(|(known, _)| *known == period)?;
    Some((rest, *period))
}

/// A name without what stands in brackets (`total (incl. overtime)`).
fn plain(name: &str) -> &str {
    name.split('(').next().unwrap_or_default().trim()
}

fn answer(kind: &MarketKind, words: &Words<'_>) -> Option<Side> {
    let side = match words.name {
        "home" => Side::Home,
        "away" => Side::Away,
        "draw" => Side::Draw,
        "over" => Side::Over,
        "under" => Side::Under,
        "yes" => Side::Yes,
        "no" => Side::No,
        "odd" => Side::Odd,
        "even" => Side::Even,
        _ => return None,
    };
    let (is_lined, fits) = match kind {
        MarketKind::Moneyline => (false, matches!(side, Side::Home | Side::Away | Side::Draw)),
        MarketKind::DrawNoBet => (false, matches!(side, Side::Home | Side::Away)),
        MarketKind::Spread => (true, matches!(side, Side::Home | Side::Away)),
        MarketKind::Total => (true, matches!(side, Side::Over | Side::Under)),
        MarketKind::BothTeamsToScore => (false, matches!(side, Side::Yes | Side::No)),
        MarketKind::OddEven => (false, matches!(side, Side::Odd | Side::Even)),
        _ => (false, false),
    };
    (fits && is_lined == words.point.is_some()).then_some(side)
}

fn player(stat: &'static str, words: &Words<'_>) -> Option<Meaning> {
    let side = match words.name {
        "over" => Side::Over,
        "under" => Side::Under,
        _ => return None,
    };
    let is_whole = words.point.is_some() && !words.description.is_empty();
    is_whole.then(|| Meaning {
        subject: Some(first_name_first(words.description)),
        ..Meaning::of(MarketKind::PlayerStat(stat), side, words.point)
    })
}

/// Players are called `Banchero, Paolo`.
fn first_name_first(name: &str) -> String {
    name.split_once(", ").map_or_else(|| name.to_owned(), |(last, first)| format!("{first} {last}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use odds::Line;

    fn read(market: &str, name: &str, description: &str, point: Option<i32>) -> Option<String> {
        let words = Words { book: "sr:book:18149", market, name, description, point: point.map(Line::from_milli) };
        let meaning = meaning(&words)?;
        let line = meaning.line.map_or_else(String::new, |line| format!(" {line}"));
        let subject = meaning.subject.map_or_else(String::new, |subject| format!(" {subject}"));
        Some(format!("{} {}{subject} {}{line}", meaning.kind, meaning.period, meaning.side))
    }

    #[test]
    fn ids_and_names_lead_to_the_same_markets() {
        let cases = [
            ("sr:market:1|3way", "draw", None, "moneyline full draw"),
            ("sr:market:219|winner (incl. overtime)", "home", None, "moneyline full home"),
            ("sr:market:225|total (incl. overtime)", "over", Some(221_500), "total full over 221.5"),
            ("sr:market:4711|point spread", "away", Some(6500), "spread full away 6.5"),
            ("sr:market:229|odd/even (incl. overtime)", "even", None, "odd_even full even"),
            ("sr:market:74|1st half - odd/even", "odd", None, "odd_even half_1 odd"),
            ("sr:market:68|1st half - total", "under", Some(110_500), "total half_1 under 110.5"),
        ];
        for (market, name, point, expected) in cases {
            assert_eq!(read(market, name, "", point).as_deref(), Some(expected), "{market}");
        }
    }

    #[test]
    fn a_players_figure_has_the_player_as_its_subject_first_name_first() {
        let said = read("sr:market:8006|total points plus assists plus rebounds", "over", "Banchero, Paolo", Some(38_500));
        assert_eq!(said.as_deref(), Some("player_pra full Paolo Banchero over 38.5"));
        assert_eq!(read("sr:market:921|total points", "over", "", Some(20_500)), None);
    }

    #[test]
    fn what_is_not_in_the_tables_means_nothing() {
        for (market, name, point) in [
            ("sr:market:999|race to 20 points", "home", None),
            ("sr:market:225|halftime - total", "over", Some(100_500)),
            ("sr:market:225|total", "over", None),
            ("sr:market:1|3way", "over", None),
            ("sr:market:26|odd/even", "over", None),
            ("sr:market:1|3way", "home", Some(500)),
            ("total", "over", Some(500)),
        ] {
            assert_eq!(read(market, name, "", point), None, "{market}");
        }
    }
}
