//! Kalshi's series (`KXWNBAGAME`): the league in the middle, and what is asked behind it. `KXWNBAGAME` is recorded, the others are general
//! knowledge: a series that is not made of these parts has no league and no meaning, and is kept all the same.

use odds::market::{MarketKind, Period, Side};
use odds::sport::League;

const LEAGUES: &[(&str, &str)] = &[
    ("NCAAMB", "basketball.ncaab"),
    ("NCAAWB", "basketball.ncaaw"),
    ("NCAAF", "football.ncaaf"),
    ("WNBA", "basketball.wnba"),
    ("NBA", "basketball.nba"),
    ("NFL", "football.nfl"),
    ("MLB", "baseball.mlb"),
    ("NHL", "hockey.nhl"),
    ("EPL", "soccer.eng.1"),
    ("MLS", "soccer.usa.1"),
    ("LALIGA", "soccer.esp.1"),
    ("BUNDESLIGA", "soccer.ger.1"),
    ("SERIEA", "soccer.ita.1"),
    ("LIGUE1", "soccer.fra.1"),
    ("UCL", "soccer.uefa.champions"),
    ("UFC", "mma.ufc"),
];

/// What a series asks: its family, the question, and the part of the game.
pub(super) const FAMILIES: &[(&str, MarketKind, Period)] = &[
    ("GAME", MarketKind::Moneyline, Period::Full),
    ("FIGHT", MarketKind::Moneyline, Period::Full),
    ("1HWINNER", MarketKind::Moneyline, Period::Half(1)),
    ("2HWINNER", MarketKind::Moneyline, Period::Half(2)),
    ("SPREAD", MarketKind::Spread, Period::Full),
    ("1HSPREAD", MarketKind::Spread, Period::Half(1)),
    ("2HSPREAD", MarketKind::Spread, Period::Half(2)),
    ("TOTAL", MarketKind::Total, Period::Full),
    ("1HTOTAL", MarketKind::Total, Period::Half(1)),
    ("2HTOTAL", MarketKind::Total, Period::Half(2)),
    ("BTTS", MarketKind::BothTeamsToScore, Period::Full),
    ("PTS", MarketKind::PlayerStat("points"), Period::Full),
    ("REB", MarketKind::PlayerStat("rebounds"), Period::Full),
    ("AST", MarketKind::PlayerStat("assists"), Period::Full),
    ("3PT", MarketKind::PlayerStat("threes"), Period::Full),
    ("BLK", MarketKind::PlayerStat("blocks"), Period::Full),
    ("STL", MarketKind::PlayerStat("steals"), Period::Full),
    ("", MarketKind::Outright, Period::Full),
];

/// What it is asked for when the operator names it: the winners of games of the big leagues, one call each.
pub(super) const DEFAULTS: &[&str] = &["KXNFLGAME", "KXNBAGAME", "KXWNBAGAME", "KXMLBGAME", "KXNHLGAME"];

/// League and family of a series.
fn parts(series: &str) -> Option<(&'static str, &str)> {
    let rest = series.strip_prefix("KX")?;
    LEAGUES.iter().find_map(|(code, league)| rest.strip_prefix(code).map(|family| (*league, family)))
}

/// Our league of a series.
pub(super) fn league(series: &str) -> Option<&'static League> {
    parts(series).and_then(|(league, _)| odds::sport::league(league))
}

/// What a series asks, where we know.
pub(super) fn question(series: &str) -> Option<(&'static MarketKind, Period)> {
    let (_, family) = parts(series)?;
    FAMILIES.iter().find(|(known, ..)| *known == family).map(|(_, kind, period)| (kind, *period))
}

/// The series of an event's or a contract's ticker.
pub(super) fn of_ticker(ticker: &str) -> &str {
    ticker.split('-').next().unwrap_or_default()
}

/// Which side of a game a contract's ticker is about (`KXNBAGAME-26JAN09WESNOR-NOR`): its event's code names the visitors first, then the
/// hosts. `None` where that is not one side alone.
pub(super) fn side(ticker: &str) -> Option<Side> {
    let (event, code) = ticker.rsplit_once('-')?;
    day(event)?;
    let sides = event.split('-').nth(1)?.get(7..)?;
    if ["TIE", "DRAW"].contains(&code) {
        return Some(Side::Draw);
    }
    let is = |found: bool, side: Side| found.then_some(side);
    let is_other = |rest: &str| rest.len() >= 2;
    let away = is(sides.strip_prefix(code).is_some_and(is_other), Side::Away);
    let home = is(sides.strip_suffix(code).is_some_and(is_other), Side::Home);
    if away.is_some() && home.is_some() { None } else { away.or(home) }
}

/// Whether a text can stand in a path or a parameter as one of their tickers.
pub(super) fn is_ticker(text: &str) -> bool {
    !text.is_empty() && text.len() < 100 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// The day in a ticker (`KXWNBAGAME-26JUL09INDPHX`), which is the league's own.
pub(super) fn day(event: &str) -> Option<jiff::civil::Date> {
    let code = event.split('-').nth(1)?;
    let (year, month, day) = (code.get(..2)?, code.get(2..5)?, code.get(5..7)?);
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let month = i8::try_from(MONTHS.iter().position(|name| *name == month)? + 1).ok()?;
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i8>().ok()).flatten();
    jiff::civil::Date::new(2000 + i16::from(figures(year)?), month, figures(day)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_a_league_and_a_question() {
        let said =
            |series: &str| (league(series).map(|league| league.key), question(series).map(|(kind, period)| format!("{kind} {period}")));
        assert_eq!(said("KXWNBAGAME"), (Some("basketball.wnba"), Some("moneyline full".into())));
        assert_eq!(said("KXNBA1HTOTAL"), (Some("basketball.nba"), Some("total half_1".into())));
        assert_eq!(said("KXNBA"), (Some("basketball.nba"), Some("outright full".into())));
        assert_eq!(said("KXNBAEAST"), (Some("basketball.nba"), None));
        assert_eq!((said("KXFED"), said("NBA")), ((None, None), (None, None)));
        assert!(LEAGUES.iter().all(|(_, key)| odds::sport::league(key).is_some()));
        assert!(DEFAULTS.iter().all(|series| league(series).is_some() && question(series).is_some()));
    }

    #[test]
    fn a_contract_s_side_is_read_from_its_event_s_code_or_not_at_all() {
        let said = |ticker: &str| side(ticker).map(|side| side.to_string());
        assert_eq!(said("KXNBAGAME-26JAN09WESNOR-NOR").as_deref(), Some("home"));
        assert_eq!(said("KXNBAGAME-26JAN09WESNOR-WES").as_deref(), Some("away"));
        assert_eq!(said("KXEPLGAME-26JAN09ARSCHE-TIE").as_deref(), Some("draw"));
        for ticker in ["KXNBAGAME-26JAN09WESNOR-ZZZ", "KXNBAGAME-26JAN09LALAL-LAL", "KXNBAGAME-26JAN09NOR-NOR", "KXNBA-26-NOR", "KXNBAGAME"]
        {
            assert_eq!(said(ticker), None, "{ticker}");
        }
    }

    #[test]
    fn the_day_of_a_ticker_is_read_or_not_there() {
        assert_eq!(day("KXWNBAGAME-26JUL09INDPHX").map(|day| day.to_string()).as_deref(), Some("2026-07-09"));
        for ticker in ["KXNBA-26", "KXWNBAGAME-26FOO09X", "KXWNBAGAME-26JUL39X", "KXWNBAGAME", "KX-é26JUL09"] {
            assert_eq!(day(ticker), None, "{ticker}");
        }
    }
}
