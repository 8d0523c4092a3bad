//! Who plays: real names, so that spellings differ as they really do.

/// A league, and how the old scripts wrote it.
pub(super) struct League {
    pub key: &'static str,
    pub sport: &'static str,
    pub league: &'static str,
    /// Hour of the day, UTC, at which its games begin.
    pub hour: i64,
    pub teams: &'static [&'static str],
}

const NBA: [&str; 30] = [
    "Atlanta Hawks",
    "Boston Celtics",
    "Brooklyn Nets",
    "Charlotte Hornets",
    "Chicago Bulls",
    "Cleveland Cavaliers",
    "Dallas Mavericks",
    "Denver Nuggets",
    "Detroit Pistons",
    "Golden State Warriors",
    "Houston Rockets",
    "Indiana Pacers",
    "Los Angeles Clippers",
    "Los Angeles Lakers",
    "Memphis Grizzlies",
    "Miami Heat",
    "Milwaukee Bucks",
    "Minnesota Timberwolves",
    "New Orleans Pelicans",
    "New York Knicks",
    "Oklahoma City Thunder",
    "Orlando Magic",
    "Philadelphia 76ers",
    "Phoenix Suns",
    "Portland Trail Blazers",
    "Sacramento Kings",
    "San Antonio Spurs",
    "Toronto Raptors",
    "Utah Jazz",
    "Washington Wizards",
];
const MLB: [&str; 30] = [
    "Arizona Diamondbacks",
    "Atlanta Braves",
    "Baltimore Orioles",
    "Boston Red Sox",
    "Chicago Cubs",
    "Chicago White Sox",
    "Cincinnati Reds",
    "Cleveland Guardians",
    "Colorado Rockies",
    "Detroit Tigers",
    "Houston Astros",
    "Kansas City Royals",
    "Los Angeles Angels",
    "Los Angeles Dodgers",
    "Miami Marlins",
    "Milwaukee Brewers",
    "Minnesota Twins",
    "New York Mets",
    "New York Yankees",
    "Oakland Athletics",
    "Philadelphia Phillies",
    "Pittsburgh Pirates",
    "San Diego Padres",
    "San Francisco Giants",
    "Seattle Mariners",
    "St. Louis Cardinals",
    "Tampa Bay Rays",
    "Texas Rangers",
    "Toronto Blue Jays",
    "Washington Nationals",
];
const NHL: [&str; 20] = [
    "Anaheim Ducks",
    "Boston Bruins",
    "Buffalo Sabres",
    "Calgary Flames",
    "Carolina Hurricanes",
    "Chicago Blackhawks",
    "Colorado Avalanche",
    "Dallas Stars",
    "Edmonton Oilers",
    "Los Angeles Kings",
    "Minnesota Wild",
    "Montreal Canadiens",
    "Nashville Predators",
    "New York Islanders",
    "New York Rangers",
    "Ottawa Senators",
    "Pittsburgh Penguins",
    "Seattle Kraken",
    "Tampa Bay Lightning",
    "Vancouver Canucks",
];
const NFL: [&str; 20] = [
    "Arizona Cardinals",
    "Baltimore Ravens",
    "Buffalo Bills",
    "Carolina Panthers",
    "Chicago Bears",
    "Dallas Cowboys",
    "Denver Broncos",
    "Green Bay Packers",
    "Houston Texans",
    "Kansas City Chiefs",
    "Las Vegas Raiders",
    "Los Angeles Chargers",
    "Los Angeles Rams",
    "Miami Dolphins",
    "New England Patriots",
    "New York Giants",
    "New York Jets",
    "Philadelphia Eagles",
    "Pittsburgh Steelers",
    "Seattle Seahawks",
];
const EPL: [&str; 20] = [
    "Arsenal",
    "Aston Villa",
    "Bournemouth",
    "Brentford",
    "Brighton and Hove Albion",
    "Chelsea",
    "Crystal Palace",
    "Everton",
    "Fulham",
    "Ipswich Town",
    "Leeds United",
    "Leicester City",
    "Liverpool",
    "Manchester City",
    "Manchester United",
    "Newcastle United",
    "Nottingham Forest",
    "Southampton",
    "West Ham United",
    "Wolverhampton Wanderers",
];

pub(super) const LEAGUES: [League; 5] = [
    League { key: "basketball_nba", sport: "NBA", league: "NBA", hour: 0, teams: &NBA },
    League { key: "baseball_mlb", sport: "MLB", league: "MLB", hour: 23, teams: &MLB },
    League { key: "icehockey_nhl", sport: "NHL", league: "NHL", hour: 1, teams: &NHL },
    League { key: "americanfootball_nfl", sport: "NFL", league: "NFL", hour: 18, teams: &NFL },
    League { key: "soccer_epl", sport: "Soccer", league: "English Premier League", hour: 15, teams: &EPL },
];

pub(super) const BASEBALL: usize = 1;

/// Games of all leagues on one day: every team plays once.
pub(super) const GAMES_A_DAY: usize = (30 + 30 + 20 + 20 + 20) / 2;

/// The same team as another source writes it, where it does.
pub(super) fn other_spelling(team: &str) -> Option<String> {
    let prefixes = [("Los Angeles ", "LA "), ("New York ", "NY "), ("Manchester ", "Man "), ("St. Louis ", "St Louis ")];
    let replaced = prefixes.iter().find_map(|(long, short)| team.strip_prefix(long).map(|rest| format!("{short}{rest}")));
    let shortened = [("Wolverhampton Wanderers", "Wolverhampton"), ("Brighton and Hove Albion", "Brighton"), ("Leeds United", "Leeds Utd")];
    replaced.or_else(|| shortened.iter().find(|(long, _)| *long == team).map(|(_, short)| (*short).to_owned()))
}

/// The pairs of a day: each team plays once, and the same pair meets again only after a whole round.
pub(super) fn pairs(league: &League, day: i64) -> Vec<(&'static str, &'static str)> {
    let count = league.teams.len();
    let turn = usize::try_from(day.rem_euclid(count as i64 - 1)).expect("a remainder is small");
    let at = |seat: usize| if seat == 0 { league.teams[0] } else { league.teams[1 + (seat - 1 + turn) % (count - 1)] };
    (0..count / 2).map(|table| (at(table), at(count - 1 - table))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_team_plays_once_a_day_and_no_pair_meets_on_neighbouring_days() {
        for league in &LEAGUES {
            let (today, tomorrow) = (pairs(league, 7), pairs(league, 8));
            let mut seen: Vec<&str> = today.iter().flat_map(|(home, away)| [*home, *away]).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), league.teams.len(), "{}", league.key);
            let met = |one: &&(&str, &str)| tomorrow.contains(one) || tomorrow.contains(&(one.1, one.0));
            assert_eq!(today.iter().find(met), None, "{}", league.key);
        }
    }
}
