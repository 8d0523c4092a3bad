//! Team codes, which move: a code may be that of then or of now, and a name is that of the season.

/// A code and the others that files have for the same team, with its names and the first season of each.
type Team = (&'static str, &'static [&'static str], &'static [(i64, &'static str)]);

const TEAMS: &[Team] = &[
    ("ARI", &["ARZ", "PHX"], &[(0, "Arizona Cardinals")]),
    ("ATL", &[], &[(0, "Atlanta Falcons")]),
    ("BAL", &["BLT"], &[(0, "Baltimore Ravens")]),
    ("BUF", &[], &[(0, "Buffalo Bills")]),
    ("CAR", &[], &[(0, "Carolina Panthers")]),
    ("CHI", &[], &[(0, "Chicago Bears")]),
    ("CIN", &[], &[(0, "Cincinnati Bengals")]),
    ("CLE", &["CLV"], &[(0, "Cleveland Browns")]),
    ("DAL", &[], &[(0, "Dallas Cowboys")]),
    ("DEN", &[], &[(0, "Denver Broncos")]),
    ("DET", &[], &[(0, "Detroit Lions")]),
    ("GB", &["GNB"], &[(0, "Green Bay Packers")]),
    ("HOU", &["HST"], &[(0, "Houston Texans")]),
    ("IND", &[], &[(0, "Indianapolis Colts")]),
    ("JAX", &["JAC"], &[(0, "Jacksonville Jaguars")]),
    ("KC", &["KAN"], &[(0, "Kansas City Chiefs")]),
    ("LA", &["LAR", "STL", "SL"], &[(0, "St. Louis Rams"), (2016, "Los Angeles Rams")]),
    ("LAC", &["SD", "SDG"], &[(0, "San Diego Chargers"), (2017, "Los Angeles Chargers")]),
    ("LV", &["OAK", "LVR", "RAI"], &[(0, "Oakland Raiders"), (2020, "Las Vegas Raiders")]),
    ("MIA", &[], &[(0, "Miami Dolphins")]),
    ("MIN", &[], &[(0, "Minnesota Vikings")]),
    ("NE", &["NWE"], &[(0, "New England Patriots")]),
    ("NO", &["NOR"], &[(0, "New Orleans Saints")]),
    ("NYG", &[], &[(0, "New York Giants")]),
    ("NYJ", &[], &[(0, "New York Jets")]),
    ("PHI", &[], &[(0, "Philadelphia Eagles")]),
    ("PIT", &[], &[(0, "Pittsburgh Steelers")]),
    ("SEA", &[], &[(0, "Seattle Seahawks")]),
    ("SF", &["SFO"], &[(0, "San Francisco 49ers")]),
    ("TB", &["TAM"], &[(0, "Tampa Bay Buccaneers")]),
    ("TEN", &["OTI"], &[(0, "Tennessee Titans")]),
    ("WAS", &["WSH", "WFT"], &[(0, "Washington Redskins"), (2020, "Washington Football Team"), (2022, "Washington Commanders")]),
];

/// The code of today and the name of a season; `None` for a code that no file was seen to have.
pub(super) fn team(code: &str, season: i64) -> Option<(&'static str, &'static str)> {
    let (now, _, names) = TEAMS.iter().find(|(now, others, _)| *now == code || others.contains(&code))?;
    let (_, name) = names.iter().rev().find(|(from, _)| *from <= season)?;
    Some((now, name))
}

/// The id of a game, the same from every file: season, week and both teams, in the order of their letters. Two teams meet once a week.
pub(super) fn game_id(season: i64, week: i64, one: &str, other: &str) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("{season}_{week:02}_{first}_{second}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_that_moved_has_one_code_and_the_name_of_its_season() {
        for (code, season, expected) in [
            ("OAK", 2019, ("LV", "Oakland Raiders")),
            ("LV", 2019, ("LV", "Oakland Raiders")),
            ("LV", 2020, ("LV", "Las Vegas Raiders")),
            ("STL", 2015, ("LA", "St. Louis Rams")),
            ("LAR", 2024, ("LA", "Los Angeles Rams")),
            ("SD", 2016, ("LAC", "San Diego Chargers")),
            ("WAS", 2021, ("WAS", "Washington Football Team")),
        ] {
            assert_eq!(team(code, season), Some(expected), "{code} {season}");
        }
        assert_eq!(team("QQ", 2024), None);
        assert_eq!(game_id(2024, 1, "KC", "BAL"), game_id(2024, 1, "BAL", "KC"));
    }
}
