//! Five leagues and when they play: their own calendars in outline, with days off, several starts at once, and starts by the local clock.

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use odds::Moment;

/// A league as two providers key it.
#[derive(Debug, Clone, Copy)]
pub struct League {
    /// The Odds API's sport key.
    pub sport: &'static str,
    /// ESPN's path.
    pub espn: &'static str,
    /// ESPN's uid of it.
    pub uid: &'static str,
    /// Where its clocks stand.
    pub zone: &'static str,
    /// Whether a game can end level.
    pub has_draws: bool,
    teams: &'static [&'static str],
    slots: fn(Date) -> &'static [Slot],
    round: fn(Date) -> i64,
}

/// Games that start at the same time: hour, minute, how many, and which pair of the round is the first.
type Slot = (i8, i8, usize, usize);

/// A game that is played on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixture {
    /// Its home team.
    pub home: &'static str,
    /// Its away team.
    pub away: &'static str,
    /// When it starts.
    pub start: Moment,
}

impl League {
    /// The five.
    pub const ALL: [Self; 5] = [NBA, NFL, MLB, NHL, EPL];

    /// The games of a day, by start.
    ///
    /// # Panics
    /// Where its zone is none: a mistake in here.
    #[must_use]
    pub fn fixtures(&self, day: Date) -> Vec<Fixture> {
        let zone = TimeZone::get(self.zone).expect("a zone that there is");
        let mut fixtures = Vec::new();
        for (hour, minute, games, first) in (self.slots)(day) {
            let start = day.at(*hour, *minute, 0, 0).to_zoned(zone.clone()).expect("a time that there is");
            for pair in *first..first + games {
                let (home, away) = self.pair((self.round)(day), pair);
                fixtures.push(Fixture { home, away, start: Moment::from(start.timestamp()) });
            }
        }
        fixtures
    }

    /// A pair of a round: everybody plays once in it, and meets all others in as many rounds as there are others.
    fn pair(&self, round: i64, pair: usize) -> (&'static str, &'static str) {
        let others = self.teams.len() - 1;
        let turned = |at: usize| {
            let place = (at as i64 + round).rem_euclid(others as i64);
            self.teams[1 + usize::try_from(place).unwrap_or_default()]
        };
        let one = if pair == 0 { self.teams[0] } else { turned(pair) };
        let other = turned(others - pair);
        if round.rem_euclid(2) == 0 { (one, other) } else { (other, one) }
    }
}

fn days(day: Date) -> i64 {
    i64::from((day - date(2024, 1, 1)).get_days())
}

fn weeks(day: Date) -> i64 {
    // A round of the week begins on a Tuesday.
    (days(day) - 1).div_euclid(7)
}

fn is_in(day: Date, from: (i16, i8, i8), to: (i16, i8, i8)) -> bool {
    (from..=to).contains(&(day.year(), day.month(), day.day()))
}

const NBA: League = League {
    sport: "basketball_nba",
    espn: "basketball/nba",
    uid: "s:40~l:46",
    zone: "America/New_York",
    has_draws: false,
    teams: &[
        "Boston Celtics",
        "New York Knicks",
        "Miami Heat",
        "Chicago Bulls",
        "Denver Nuggets",
        "Utah Jazz",
        "Phoenix Suns",
        "Toronto Raptors",
        "Brooklyn Nets",
        "Atlanta Hawks",
        "Dallas Mavericks",
        "Houston Rockets",
        "Orlando Magic",
        "Indiana Pacers",
        "Memphis Grizzlies",
        "Sacramento Kings",
    ],
    slots: |day| {
        let is_off = is_in(day, (2025, 2, 14), (2025, 2, 19))
            || is_in(day, (2024, 12, 24), (2024, 12, 24))
            || is_in(day, (2024, 11, 28), (2024, 11, 28));
        let is_on = is_in(day, (2024, 10, 22), (2025, 4, 13)) && !is_off;
        if is_on { &[(19, 0, 3, 0), (19, 30, 2, 3), (20, 0, 1, 5), (22, 0, 1, 6)] } else { &[] }
    },
    round: days,
};

const NFL: League = League {
    sport: "americanfootball_nfl",
    espn: "football/nfl",
    uid: "s:20~l:28",
    zone: "America/New_York",
    has_draws: false,
    teams: &[
        "Buffalo Bills",
        "Miami Dolphins",
        "New England Patriots",
        "New York Jets",
        "Baltimore Ravens",
        "Cincinnati Bengals",
        "Cleveland Browns",
        "Pittsburgh Steelers",
        "Houston Texans",
        "Indianapolis Colts",
        "Jacksonville Jaguars",
        "Tennessee Titans",
        "Denver Broncos",
        "Kansas City Chiefs",
        "Las Vegas Raiders",
        "Los Angeles Chargers",
        "Dallas Cowboys",
        "New York Giants",
        "Philadelphia Eagles",
        "Washington Commanders",
        "Chicago Bears",
        "Detroit Lions",
        "Green Bay Packers",
        "Minnesota Vikings",
        "Atlanta Falcons",
        "Carolina Panthers",
        "New Orleans Saints",
        "Tampa Bay Buccaneers",
        "Arizona Cardinals",
        "Los Angeles Rams",
        "San Francisco 49ers",
        "Seattle Seahawks",
    ],
    slots: |day| match day.weekday() {
        _ if !is_in(day, (2024, 9, 5), (2025, 1, 6)) => &[],
        Weekday::Thursday => &[(20, 15, 1, 14)],
        Weekday::Sunday => &[(13, 0, 8, 0), (16, 5, 2, 8), (16, 25, 2, 10), (20, 20, 1, 12)],
        Weekday::Monday => &[(20, 15, 1, 13)],
        _ => &[],
    },
    round: weeks,
};

const MLB: League = League {
    sport: "baseball_mlb",
    espn: "baseball/mlb",
    uid: "s:1~l:10",
    zone: "America/New_York",
    has_draws: false,
    teams: &[
        "New York Yankees",
        "Boston Red Sox",
        "Tampa Bay Rays",
        "Toronto Blue Jays",
        "Baltimore Orioles",
        "Cleveland Guardians",
        "Detroit Tigers",
        "Kansas City Royals",
        "Minnesota Twins",
        "Chicago White Sox",
        "Houston Astros",
        "Seattle Mariners",
        "Texas Rangers",
        "Los Angeles Angels",
        "New York Mets",
        "Atlanta Braves",
        "Philadelphia Phillies",
        "Miami Marlins",
        "Washington Nationals",
        "Chicago Cubs",
        "Milwaukee Brewers",
        "St. Louis Cardinals",
        "Cincinnati Reds",
        "Pittsburgh Pirates",
        "Los Angeles Dodgers",
        "San Diego Padres",
        "San Francisco Giants",
        "Arizona Diamondbacks",
        "Colorado Rockies",
        "Athletics",
    ],
    slots: |day| {
        let is_off = is_in(day, (2025, 7, 14), (2025, 7, 17));
        match is_in(day, (2024, 9, 1), (2024, 9, 29)) || is_in(day, (2025, 3, 27), (2025, 8, 31)) && !is_off {
            true => &[(13, 10, 2, 0), (16, 5, 1, 2), (18, 40, 3, 3), (19, 10, 4, 6), (20, 10, 2, 10), (21, 40, 1, 12), (22, 10, 2, 13)],
            // The last rounds: one game a night.
            false if is_in(day, (2024, 10, 1), (2024, 10, 30)) => &[(20, 8, 1, 0)],
            false => &[],
        }
    },
    // The same two meet three days in a row.
    round: |day| days(day).div_euclid(3),
};

const NHL: League = League {
    sport: "icehockey_nhl",
    espn: "hockey/nhl",
    uid: "s:70~l:90",
    zone: "America/New_York",
    has_draws: false,
    teams: &[
        "Boston Bruins",
        "New York Rangers",
        "Toronto Maple Leafs",
        "Tampa Bay Lightning",
        "Florida Panthers",
        "Carolina Hurricanes",
        "New Jersey Devils",
        "Pittsburgh Penguins",
        "Colorado Avalanche",
        "Dallas Stars",
        "Vegas Golden Knights",
        "Edmonton Oilers",
        "Los Angeles Kings",
        "Calgary Flames",
    ],
    slots: |day| {
        let is_off = is_in(day, (2024, 12, 24), (2024, 12, 26)) || is_in(day, (2025, 2, 10), (2025, 2, 21));
        let is_on = is_in(day, (2024, 10, 8), (2025, 4, 17)) && !is_off;
        if is_on { &[(19, 0, 3, 0), (20, 0, 2, 3), (21, 0, 1, 5), (22, 0, 1, 6)] } else { &[] }
    },
    round: days,
};

const EPL: League = League {
    sport: "soccer_epl",
    espn: "soccer/eng.1",
    uid: "s:600~l:700",
    zone: "Europe/London",
    has_draws: true,
    teams: &[
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
        "Leicester City",
        "Liverpool",
        "Manchester City",
        "Manchester United",
        "Newcastle United",
        "Nottingham Forest",
        "Southampton",
        "Tottenham Hotspur",
        "West Ham United",
        "Wolverhampton Wanderers",
    ],
    slots: |day| {
        let is_off = is_in(day, (2024, 10, 8), (2024, 10, 14))
            || is_in(day, (2024, 11, 12), (2024, 11, 18))
            || is_in(day, (2025, 3, 18), (2025, 3, 24));
        match day.weekday() {
            _ if !is_in(day, (2024, 8, 17), (2025, 5, 25)) || is_off => &[],
            Weekday::Saturday => &[(12, 30, 1, 0), (15, 0, 5, 1), (17, 30, 1, 6)],
            Weekday::Sunday => &[(14, 0, 2, 7), (16, 30, 1, 9)],
            _ => &[],
        }
    },
    round: weeks,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_plays_twice_on_a_day_and_a_year_has_its_games() {
        let mut games = Vec::new();
        for league in League::ALL {
            let mut played = 0;
            for day in date(2024, 9, 1).series(jiff::Span::new().days(1)).take(365) {
                let fixtures = league.fixtures(day);
                let mut teams: Vec<&str> = fixtures.iter().flat_map(|fixture| [fixture.home, fixture.away]).collect();
                let all = teams.len();
                teams.sort_unstable();
                teams.dedup();
                assert_eq!(teams.len(), all, "{} on {day}", league.sport);
                played += fixtures.len();
            }
            games.push((league.sport, played));
        }
        assert!(games.iter().all(|(_, played)| *played > 250), "{games:?}");
    }

    #[test]
    fn starts_are_by_the_local_clock() {
        let first = |league: &League, day| league.fixtures(day)[0].start.to_string();
        assert_eq!(first(&NFL, date(2024, 10, 27)), "2024-10-27T17:00:00Z");
        assert_eq!(first(&NFL, date(2024, 11, 3)), "2024-11-03T18:00:00Z", "the clocks were put back");
        assert_eq!(first(&EPL, date(2024, 10, 27)), "2024-10-27T14:00:00Z");
    }
}
