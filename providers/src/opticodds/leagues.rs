//! Sport keys (`football/nfl`: their sport, their league) to our leagues. A key that is not here is kept as it is.

use odds::sport::{self, League};

/// Their sport and league, our league. Seen in replies, but those of soccer outside England, which follow the same pattern by hearsay.
const LEAGUES: &[(&str, &str)] = &[
    ("football/nfl", "football.nfl"),
    ("football/ncaaf", "football.ncaaf"),
    ("basketball/nba", "basketball.nba"),
    ("basketball/usa_-_nba_summer_league", "basketball.nba"),
    ("basketball/wnba", "basketball.wnba"),
    ("basketball/ncaab", "basketball.ncaab"),
    ("basketball/ncaaw", "basketball.ncaaw"),
    ("baseball/mlb", "baseball.mlb"),
    ("hockey/nhl", "hockey.nhl"),
    ("mma/ufc", "mma.ufc"),
    ("soccer/england_-_premier_league", "soccer.eng.1"),
    ("soccer/england_-_championship", "soccer.eng.2"),
    ("soccer/spain_-_la_liga", "soccer.esp.1"),
    ("soccer/germany_-_bundesliga", "soccer.ger.1"),
    ("soccer/italy_-_serie_a", "soccer.ita.1"),
    ("soccer/france_-_ligue_1", "soccer.fra.1"),
    ("soccer/usa_-_major_league_soccer", "soccer.usa.1"),
    ("soccer/uefa_-_champions_league", "soccer.uefa.champions"),
    ("aussie_rules/afl", "aussierules.afl"),
];

/// What stands behind the league in the key of its futures.
const FUTURES: &str = "futures";

/// A sport key in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target<'k> {
    /// Their sport.
    pub(crate) sport: &'k str,
    /// Their league.
    pub(crate) league: &'k str,
    /// Whether its futures are meant.
    pub(crate) is_futures: bool,
}

impl<'k> Target<'k> {
    /// Reads `football/nfl` or `football/nfl/futures`.
    pub(crate) fn of(key: &'k str) -> Option<Self> {
        let mut parts = key.split('/');
        let (sport, league, rest) = (parts.next()?, parts.next()?, parts.next());
        let is_whole = !sport.is_empty() && !league.is_empty() && parts.next().is_none() && rest.is_none_or(|rest| rest == FUTURES);
        is_whole.then_some(Self { sport, league, is_futures: rest.is_some() })
    }
}

/// The sport key of the futures of a league.
pub(crate) fn futures_of(key: &str) -> String {
    format!("{key}/{FUTURES}")
}

/// Our league of a sport key.
pub(super) fn league(key: &str) -> Option<&'static League> {
    LEAGUES.iter().find(|(theirs, _)| *theirs == key).and_then(|(_, ours)| sport::league(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_whole_and_leads_to_a_league_of_ours() {
        for (theirs, ours) in LEAGUES {
            assert_eq!(league(theirs).map(|league| league.key), Some(*ours));
            assert!(Target::of(theirs).is_some_and(|target| !target.is_futures), "{theirs}");
        }
        assert!(Target::of(&futures_of("golf/pga")).unwrap().is_futures);
        for wrong in ["", "football", "football/", "/nfl", "football/nfl/else", "football/nfl/futures/more"] {
            assert_eq!(Target::of(wrong), None, "{wrong}");
        }
    }
}
