//! The site's divisions: which file holds them, which league of ours they are, and whether a pairing comes once a season.

use odds::sport::{League, league};

/// A division of the site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    /// The site's code, which is our sport key at this provider.
    pub(super) code: &'static str,
    /// For people.
    pub(super) title: &'static str,
    /// Our league's key, or empty.
    league: &'static str,
    /// The name in the column `Country`; empty for divisions with a file a season.
    country: &'static str,
    /// Whether two sides meet at most once at each ground in a season, so that the pairing names the match.
    pub(super) is_pairing_unique: bool,
}

const fn once(code: &'static str, title: &'static str, league: &'static str) -> Division {
    Division { code, title, league, country: "", is_pairing_unique: true }
}

const fn repeated(code: &'static str, title: &'static str, league: &'static str) -> Division {
    Division { code, title, league, country: "", is_pairing_unique: false }
}

const fn extra(code: &'static str, country: &'static str, title: &'static str, league: &'static str) -> Division {
    Division { code, title, league, country, is_pairing_unique: false }
}

/// Divisions with a file a season, then the extra leagues with one file for all seasons.
const DIVISIONS: &[Division] = &[
    once("E0", "Premier League", "soccer.eng.1"),
    once("E1", "Championship", "soccer.eng.2"),
    once("E2", "League One", "soccer.eng.3"),
    once("E3", "League Two", "soccer.eng.4"),
    once("EC", "National League", ""),
    once("D1", "Bundesliga", "soccer.ger.1"),
    once("D2", "2. Bundesliga", "soccer.ger.2"),
    once("I1", "Serie A", "soccer.ita.1"),
    once("I2", "Serie B", "soccer.ita.2"),
    once("SP1", "La Liga", "soccer.esp.1"),
    once("SP2", "La Liga 2", "soccer.esp.2"),
    once("F1", "Ligue 1", "soccer.fra.1"),
    once("F2", "Ligue 2", "soccer.fra.2"),
    once("N1", "Eredivisie", "soccer.ned.1"),
    once("P1", "Primeira Liga", "soccer.por.1"),
    once("T1", "Super Lig", "soccer.tur.1"),
    repeated("B1", "Belgian Pro League", "soccer.bel.1"),
    repeated("G1", "Super League Greece", "soccer.gre.1"),
    repeated("SC0", "Scottish Premiership", "soccer.sco.1"),
    repeated("SC1", "Scottish Championship", ""),
    repeated("SC2", "Scottish League One", ""),
    repeated("SC3", "Scottish League Two", ""),
    extra("ARG", "Argentina", "Argentina", ""),
    extra("AUT", "Austria", "Austria", ""),
    extra("BRA", "Brazil", "Brazil", ""),
    extra("CHN", "China", "China", ""),
    extra("DNK", "Denmark", "Denmark", ""),
    extra("FIN", "Finland", "Finland", ""),
    extra("IRL", "Ireland", "Ireland", ""),
    extra("JPN", "Japan", "Japan", ""),
    extra("MEX", "Mexico", "Mexico", ""),
    extra("NOR", "Norway", "Norway", ""),
    extra("POL", "Poland", "Poland", ""),
    extra("ROU", "Romania", "Romania", ""),
    extra("RUS", "Russia", "Russia", ""),
    extra("SWE", "Sweden", "Sweden", ""),
    extra("SWZ", "Switzerland", "Switzerland", ""),
    extra("USA", "USA", "MLS", "soccer.usa.1"),
];

impl Division {
    /// Whether all its seasons are in one file of another shape.
    pub(super) const fn is_extra(&self) -> bool {
        !self.country.is_empty()
    }

    /// Our league of it.
    pub(super) fn league(&self) -> Option<&'static League> {
        league(self.league)
    }
}

/// The division of a code.
pub(super) fn division(code: &str) -> Option<&'static Division> {
    DIVISIONS.iter().find(|division| division.code == code)
}

/// The division of a name in the column `Country`.
pub(super) fn of_country(country: &str) -> Option<&'static Division> {
    DIVISIONS.iter().find(|division| division.is_extra() && division.country == country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_league_that_a_division_names_is_one_of_ours() {
        for division in DIVISIONS {
            assert_eq!(division.league().is_some(), !division.league.is_empty(), "{}", division.code);
            assert_eq!(DIVISIONS.iter().filter(|other| other.code == division.code).count(), 1);
        }
        assert_eq!(division("E0").and_then(Division::league).map(|league| league.key), Some("soccer.eng.1"));
        assert_eq!(of_country("USA").map(|division| division.code), Some("USA"));
    }
}
