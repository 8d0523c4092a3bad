//! Sport keys (`football/NFL`: their sport in lower case, their league as they write it) to our leagues.

use odds::sport::{self, League};

/// Their sport and league, our league. `NCAA` was their name of college football in 2021.
const LEAGUES: &[(&str, &str)] = &[
    ("football/NFL", "football.nfl"),
    ("football/NCAAF", "football.ncaaf"),
    ("football/NCAA", "football.ncaaf"),
    ("basketball/NBA", "basketball.nba"),
    ("basketball/WNBA", "basketball.wnba"),
    ("basketball/NCAAB", "basketball.ncaab"),
    ("basketball/NCAAW", "basketball.ncaaw"),
    ("baseball/MLB", "baseball.mlb"),
    ("hockey/NHL", "hockey.nhl"),
    ("mma/UFC", "mma.ufc"),
    ("soccer/England - Premier League", "soccer.eng.1"),
    ("soccer/Premier League", "soccer.eng.1"),
];

/// Our league of a sport key.
pub(super) fn league(key: &str) -> Option<&'static League> {
    LEAGUES.iter().find(|(theirs, _)| *theirs == key).and_then(|(_, ours)| sport::league(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_leads_to_a_league_of_ours() {
        for (theirs, ours) in LEAGUES {
            assert_eq!(league(theirs).map(|league| league.key), Some(*ours));
        }
    }
}
