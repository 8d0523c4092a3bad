//! Spellings of teams that are one beyond doubt (general knowledge): the full name first, then nicknames, short forms, old names.
//!
//! A city alone stands for a team only where the league has one team there; the tables leave the others out. Names that moved on to
//! another team carry the seasons in which they were this team's: `Charlotte Hornets@-2001` ended with the season that began in 2001.
//! Such a name goes on working afterwards where no other team has it; one that ends in `!` does not.

mod american;
mod australia;
mod baseball;
mod college;
mod europe;
mod soccer;

use std::collections::HashMap;

use super::plain;
use crate::moment::Moment;

/// One team: `City|Nickname|other spellings, separated by |`, each with its seasons behind `@` where they are not all.
pub(super) type Team = &'static str;

/// How the rows of a table are spelt out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// City and nickname; the nickname stands alone too.
    Franchise,
    /// School and nickname; the nickname alone is never a name: there are many Tigers.
    School,
    /// One name, with or without the legal form behind it.
    Club,
}

/// The teams of a league.
struct Table {
    league: &'static str,
    style: Style,
    /// The month in which one season ends and the next begins.
    turns_in: i8,
    teams: &'static [&'static [Team]],
}

const fn table(league: &'static str, style: Style, turns_in: i8, teams: &'static [&'static [Team]]) -> Table {
    Table { league, style, turns_in, teams }
}

const TABLES: &[Table] = &[
    table("basketball.nba", Style::Franchise, 7, &[american::NBA]),
    table("basketball.wnba", Style::Franchise, 1, &[american::WNBA]),
    table("football.nfl", Style::Franchise, 7, &[american::NFL]),
    table("hockey.nhl", Style::Franchise, 7, &[american::NHL]),
    table("baseball.mlb", Style::Franchise, 1, &[baseball::MLB]),
    table("aussierules.afl", Style::Franchise, 1, &[australia::AFL]),
    table("rugbyleague.nrl", Style::Franchise, 1, &[australia::NRL]),
    table("football.ncaaf", Style::School, 7, &[college::SCHOOLS]),
    table("basketball.ncaab", Style::School, 7, &[college::SCHOOLS]),
    table("basketball.ncaaw", Style::School, 7, &[college::SCHOOLS]),
    table("soccer.usa.1", Style::Club, 1, &[soccer::UNITED_STATES]),
    table("soccer.eng.1", Style::Club, 7, &[soccer::ENGLAND]),
    table("soccer.eng.2", Style::Club, 7, &[soccer::ENGLAND]),
    table("soccer.eng.3", Style::Club, 7, &[soccer::ENGLAND]),
    table("soccer.eng.4", Style::Club, 7, &[soccer::ENGLAND]),
    table("soccer.esp.1", Style::Club, 7, &[soccer::SPAIN]),
    table("soccer.esp.2", Style::Club, 7, &[soccer::SPAIN]),
    table("soccer.ger.1", Style::Club, 7, &[soccer::GERMANY]),
    table("soccer.ger.2", Style::Club, 7, &[soccer::GERMANY]),
    table("soccer.ita.1", Style::Club, 7, &[soccer::ITALY]),
    table("soccer.ita.2", Style::Club, 7, &[soccer::ITALY]),
    table("soccer.fra.1", Style::Club, 7, &[soccer::FRANCE]),
    table("soccer.fra.2", Style::Club, 7, &[soccer::FRANCE]),
    table("soccer.ned.1", Style::Club, 7, &[europe::NETHERLANDS]),
    table("soccer.bel.1", Style::Club, 7, &[europe::BELGIUM]),
    table("soccer.por.1", Style::Club, 7, &[europe::PORTUGAL]),
    table("soccer.tur.1", Style::Club, 7, &[europe::TURKEY]),
    table("soccer.gre.1", Style::Club, 7, &[europe::GREECE]),
    table("soccer.sco.1", Style::Club, 7, &[europe::SCOTLAND]),
    table(
        "soccer.uefa.champions",
        Style::Club,
        7,
        &[
            soccer::ENGLAND,
            soccer::SPAIN,
            soccer::GERMANY,
            soccer::ITALY,
            soccer::FRANCE,
            europe::NETHERLANDS,
            europe::BELGIUM,
            europe::PORTUGAL,
            europe::TURKEY,
            europe::GREECE,
            europe::SCOTLAND,
            europe::CHAMPIONS,
        ],
    ),
];

/// A spelling of a team, and the seasons in which it was that team's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) team: usize,
    from: Option<i16>,
    to: Option<i16>,
    /// Whether it was nobody's outside of these seasons.
    is_strict: bool,
}

/// Every known spelling of a league's teams.
pub(super) struct Spellings {
    turns_in: i8,
    held: HashMap<String, Vec<Held>>,
}

impl Spellings {
    /// The place in the table of the team that a plain spelling was at a moment: the one that had it then, else the only one that ever
    /// had it. A spelling of two teams is none's.
    pub(super) fn team(&self, plain: &str, at: Option<Moment>) -> Option<usize> {
        let held = self.held.get(plain)?;
        let season = at.map(|at| season(at, self.turns_in));
        let is_then =
            |one: &&Held| season.is_none_or(|season| one.from.is_none_or(|from| from <= season) && one.to.is_none_or(|to| season <= to));
        only(held.iter().filter(is_then)).unwrap_or_else(|| only(held.iter().filter(|one| !one.is_strict)).flatten())
    }

    /// Whether several teams go or went by a spelling.
    pub(super) fn is_of_two(&self, plain: &str) -> bool {
        self.held.get(plain).is_some_and(|held| only(held.iter()) == Some(None))
    }
}

/// The one team of some holders: `None` where there is no holder, `Some(None)` where there are several teams.
fn only<'a>(mut held: impl Iterator<Item = &'a Held>) -> Option<Option<usize>> {
    let first = held.next()?.team;
    Some(held.all(|other| other.team == first).then_some(first))
}

/// The year in which the season of a moment began.
fn season(at: Moment, turns_in: i8) -> i16 {
    let day = at.day_in(&jiff::tz::TimeZone::UTC);
    if day.month() >= turns_in { day.year() } else { day.year() - 1 }
}

/// Every league with its spellings.
pub(super) fn spellings() -> HashMap<&'static str, Spellings> {
    let mut known = HashMap::new();
    for table in TABLES {
        let mut held: HashMap<String, Vec<Held>> = HashMap::new();
        for (team, row) in table.teams.iter().copied().flatten().enumerate() {
            for (spelling, from, to) in spelt(row, table.style) {
                let holders = held.entry(plain(&spelling)).or_default();
                let is_strict = spelling.ends_with('!');
                let one = Held { team, from, to, is_strict };
                if !holders.contains(&one) {
                    holders.push(one);
                }
            }
        }
        known.insert(table.league, Spellings { turns_in: table.turns_in, held });
    }
    known
}

/// Every spelling of a team with its seasons, the full name first.
fn spelt(team: Team, style: Style) -> Vec<(String, Option<i16>, Option<i16>)> {
    let mut parts = team.split('|');
    let (city, nickname) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut all = Vec::new();
    match style {
        Style::Club => {
            let names = [city, nickname].into_iter().chain(parts).filter(|name| !name.is_empty());
            let ended = |name: &str| ["", " FC", " AFC", " CF"].map(|end| format!("{name}{end}"));
            all.extend(names.flat_map(ended).map(|name| (name, None, None)));
        }
        Style::School => {
            all.extend([format!("{city} {nickname}"), city.to_owned()].map(|name| (name, None, None)));
            for other in parts {
                all.extend([other.to_owned(), format!("{other} {nickname}")].map(|name| (name, None, None)));
            }
        }
        Style::Franchise => {
            let (nickname, from, to) = dated(nickname);
            all.extend([format!("{city} {nickname}"), nickname.to_owned()].map(|name| (name, from, to)));
            all.extend(short(city).iter().map(|short| (format!("{short} {nickname}"), from, to)));
            all.extend(parts.map(dated).map(|(name, from, to)| (name.to_owned(), from, to)));
        }
    }
    all
}

/// `Name@2002-2012`: the name with the first and the last season of it.
fn dated(spelling: &str) -> (&str, Option<i16>, Option<i16>) {
    let Some((name, seasons)) = spelling.split_once('@') else { return (spelling, None, None) };
    let (from, to) = seasons.split_once('-').unwrap_or((seasons, seasons));
    (name, from.parse().ok(), to.parse().ok())
}

/// How a city is shortened before a nickname.
fn short(city: &str) -> &'static [&'static str] {
    match city {
        "Los Angeles" => &["LA"],
        "New York" => &["NY"],
        "San Francisco" => &["SF"],
        "Tampa Bay" => &["TB", "Tampa"],
        "New Jersey" => &["NJ"],
        "Kansas City" => &["KC"],
        "St. Louis" => &["Saint Louis"],
        "Oklahoma City" => &["OKC"],
        "New England" => &["NE"],
        "New Orleans" => &["NO"],
        "Green Bay" => &["GB"],
        "San Antonio" => &["SA"],
        "San Diego" => &["SD"],
        "San Jose" => &["SJ"],
        "Las Vegas" => &["LV"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_full_name_of_the_tables_is_a_spelling_of_its_own_team() {
        let known = spellings();
        for table in TABLES {
            for (at, row) in table.teams.iter().copied().flatten().enumerate() {
                let (full, from, _) = spelt(row, table.style).into_iter().next().unwrap();
                let then = from.map(|year| format!("{}-08-01T00:00:00Z", year).parse().unwrap());
                assert_eq!(known[table.league].team(&plain(&full), then), Some(at), "{} {full}", table.league);
            }
        }
    }

    #[test]
    fn every_league_of_the_tables_is_one_of_ours_and_no_team_is_there_twice() {
        for table in TABLES {
            assert!(crate::sport::league(table.league).is_some(), "{}", table.league);
            let full = |row: &&str| row.split('|').take(2).collect::<Vec<_>>().join("|");
            let names: std::collections::BTreeSet<String> = table.teams.iter().copied().flatten().map(full).collect();
            assert_eq!(names.len(), table.teams.iter().map(|teams| teams.len()).sum::<usize>(), "{}", table.league);
        }
    }

    #[test]
    fn seasons_of_a_name_are_read_from_its_row() {
        assert_eq!(dated("Hornets@2002-2012"), ("Hornets", Some(2002), Some(2012)));
        assert_eq!((dated("Hornets@-2001"), dated("Hornets@2014-")), (("Hornets", None, Some(2001)), ("Hornets", Some(2014), None)));
        assert_eq!(season("2014-02-01T00:00:00Z".parse().unwrap(), 7), 2013);
        assert_eq!(season("2014-02-01T00:00:00Z".parse().unwrap(), 1), 2014);
    }
}
