//! Sport keys to our leagues. A key that is not here is kept as it is; nothing is guessed from its words.

use odds::sport::{self, League};

/// Their sport key, our league. A season's part (preseason, all-stars, summer league) is no league of its own.
const LEAGUES: &[(&str, &str)] = &[
    ("americanfootball_nfl", "football.nfl"),
    ("americanfootball_nfl_preseason", "football.nfl"),
    ("americanfootball_ncaaf", "football.ncaaf"),
    ("basketball_nba", "basketball.nba"),
    ("basketball_nba_preseason", "basketball.nba"),
    ("basketball_nba_summer_league", "basketball.nba"),
    ("basketball_nba_all_stars", "basketball.nba"),
    ("basketball_wnba", "basketball.wnba"),
    ("basketball_ncaab", "basketball.ncaab"),
    ("basketball_wncaab", "basketball.ncaaw"),
    ("baseball_mlb", "baseball.mlb"),
    ("baseball_mlb_preseason", "baseball.mlb"),
    ("icehockey_nhl", "hockey.nhl"),
    ("icehockey_nhl_preseason", "hockey.nhl"),
    ("mma_mixed_martial_arts", "mma.ufc"),
    ("soccer_epl", "soccer.eng.1"),
    ("soccer_efl_champ", "soccer.eng.2"),
    ("soccer_england_league1", "soccer.eng.3"),
    ("soccer_england_league2", "soccer.eng.4"),
    ("soccer_spain_la_liga", "soccer.esp.1"),
    ("soccer_spain_segunda_division", "soccer.esp.2"),
    ("soccer_germany_bundesliga", "soccer.ger.1"),
    ("soccer_germany_bundesliga2", "soccer.ger.2"),
    ("soccer_italy_serie_a", "soccer.ita.1"),
    ("soccer_italy_serie_b", "soccer.ita.2"),
    ("soccer_france_ligue_one", "soccer.fra.1"),
    ("soccer_france_ligue_two", "soccer.fra.2"),
    ("soccer_netherlands_eredivisie", "soccer.ned.1"),
    ("soccer_belgium_first_div", "soccer.bel.1"),
    ("soccer_portugal_primeira_liga", "soccer.por.1"),
    ("soccer_turkey_super_league", "soccer.tur.1"),
    ("soccer_greece_super_league", "soccer.gre.1"),
    ("soccer_spl", "soccer.sco.1"),
    ("soccer_usa_mls", "soccer.usa.1"),
    ("soccer_uefa_champs_league", "soccer.uefa.champions"),
    ("aussierules_afl", "aussierules.afl"),
    ("rugbyleague_nrl", "rugbyleague.nrl"),
];

/// Our league of a sport key.
pub(super) fn league(key: &str) -> Option<&'static League> {
    LEAGUES.iter().find(|(theirs, _)| *theirs == key).and_then(|(_, ours)| sport::league(ours))
}

/// The sport key of one of our leagues: the season proper stands first in the table.
pub(super) fn key_of(league: &str) -> Option<&'static str> {
    LEAGUES.iter().find(|(_, ours)| *ours == league).map(|(theirs, _)| *theirs)
}

/// Every sport key that we know a league of.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    LEAGUES.iter().map(|(theirs, _)| *theirs)
}

/// Whether a sport key is a competition's winner: outrights alone (all twelve of the catalogue of 2026-04-16 end like this).
pub(super) fn is_outright(key: &str) -> bool {
    key.ends_with("_winner")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sport_key_of_the_table_has_one_of_our_leagues() {
        for (theirs, ours) in LEAGUES {
            assert_eq!(league(theirs).map(|league| league.key), Some(*ours));
        }
        assert!(league("golf_us_open_winner").is_none());
    }
}
