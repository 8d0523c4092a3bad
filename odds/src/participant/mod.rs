//! Names of participants: which spellings are one team beyond doubt, which are alike, and which are two.
//!
//! A part of a name is never a name: `Washington` is not `Washington State`. What is no known spelling is left to a person.

mod teams;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::OnceLock;

use crate::moment::Moment;

/// How two spellings stand to each other, in the order of their weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// Nothing says that they are one.
    Different,
    /// One holds the other's words, or they are nearly the same text: a person may know.
    Alike,
    /// Two known spellings of one participant of the league.
    Alias,
    /// The same letters and figures.
    Same,
}

impl Likeness {
    /// Whether they are one participant beyond doubt.
    #[must_use]
    pub const fn is_one(self) -> bool {
        matches!(self, Self::Alias | Self::Same)
    }
}

/// Compares two spellings inside a league of ours, whenever they were used.
#[must_use]
pub fn likeness(league: &str, a: &str, b: &str) -> Likeness {
    likeness_at(league, a, b, None)
}

/// Compares two spellings inside a league of ours at the time of a game: names move on from one team to another.
#[must_use]
pub fn likeness_at(league: &str, a: &str, b: &str, at: Option<Moment>) -> Likeness {
    let (plain_a, plain_b) = (plain(a), plain(b));
    if plain_a.is_empty() || plain_b.is_empty() || is_unnamed(a) || is_unnamed(b) {
        return Likeness::Different;
    }
    let (team_a, team_b) = (team(league, &plain_a, at), team(league, &plain_b, at));
    if plain_a == plain_b {
        return if is_of_two(league, &plain_a) && team_a.is_none() { Likeness::Alike } else { Likeness::Same };
    }
    if is_of_persons(league) && is_turned(a, b) {
        return Likeness::Alias;
    }
    match (team_a, team_b) {
        (Some(a), Some(b)) if a == b => Likeness::Alias,
        // two names that are known, of two teams: likeness of letters says nothing (Rangers and Angels)
        (Some(_), Some(_)) => Likeness::Different,
        _ if squad(league, a) != squad(league, b) => Likeness::Different,
        _ if is_alike(a, b, &plain_a, &plain_b) => Likeness::Alike,
        _ => Likeness::Different,
    }
}

/// Whether those who play in a league are persons, and no teams.
fn is_of_persons(league: &str) -> bool {
    league.starts_with("mma.")
}

/// Whether two names of a person are the same words in another order: the family's name stands first in some languages.
fn is_turned(a: &str, b: &str) -> bool {
    let words = |name: &str| {
        let mut words: Vec<String> = name.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words
    };
    words(a) == words(b)
}

/// Whether two spellings are known to be two teams of the league at the time of a game; of persons, whether nothing in them is alike.
#[must_use]
pub fn are_two(league: &str, a: &str, b: &str, at: Option<Moment>) -> bool {
    if is_of_persons(league) {
        return !is_unnamed(a) && !is_unnamed(b) && likeness_at(league, a, b, at) == Likeness::Different;
    }
    let teams = team(league, &plain(a), at).zip(team(league, &plain(b), at));
    teams.is_some_and(|(a, b)| a != b)
}

/// Whether a spelling is one that is known of a team of the league at that time: a farm team or a club of another league is none.
#[must_use]
pub fn is_known(league: &str, name: &str, at: Option<Moment>) -> bool {
    team(league, &plain(name), at).is_some()
}

/// How the sides of one listing lie to those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Home is home.
    Straight,
    /// The one's home is the other's away.
    Swapped,
    /// The names do not say.
    Unknown,
}

/// Whether two listings of one event have their sides the same way round, by the names of their sides (home, away). Where no name is
/// one beyond doubt, as in what a person joined or where a spelling became another, names that are alike tell it: the event has no others.
#[must_use]
pub fn sides(league: &str, one: (&str, &str), other: (&str, &str), at: Option<Moment>) -> Sides {
    if one == other {
        return Sides::Straight;
    }
    let like = |a, b| likeness_at(league, a, b, at);
    let straight = [like(one.0, other.0), like(one.1, other.1)];
    let swapped = [like(one.0, other.1), like(one.1, other.0)];
    for least in [Likeness::Alias, Likeness::Alike] {
        let count = |names: [Likeness; 2]| names.into_iter().filter(|name| *name >= least).count();
        match count(straight).cmp(&count(swapped)) {
            Ordering::Greater => return Sides::Straight,
            Ordering::Less => return Sides::Swapped,
            Ordering::Equal => {}
        }
    }
    Sides::Unknown
}

/// Whether a name is only the place of one: nobody is known to play there yet.
#[must_use]
pub fn is_unnamed(name: &str) -> bool {
    const WORDS: [&str; 10] =
        ["tbd", "tba", "tbc", "unknown", "tobedetermined", "tobeannounced", "tobeconfirmed", "winner", "loser", "bye"];
    let starts = ["winner of ", "loser of ", "winner ", "loser ", "runner-up ", "runner up ", "tbd ", "tba ", "tbc "];
    let ends = [" winner", " loser"];
    let (plain, lower) = (plain(name), name.trim().to_lowercase());
    plain.is_empty()
        || WORDS.contains(&plain.as_str())
        || starts.iter().any(|start| lower.starts_with(start))
        || ends.iter().any(|end| lower.ends_with(end))
        || lower.contains('/') && lower.contains("tbd")
}

/// Which squad of a club a name speaks of, where it is not its first: women, a youth side, reserves.
fn squad(league: &str, name: &str) -> Option<&'static str> {
    const WOMEN: [&str; 12] =
        ["women", "womens", "ladies", "w", "wfc", "femenino", "femenina", "feminines", "feminine", "femminile", "frauen", "vrouwen"];
    const RESERVES: [&str; 5] = ["ii", "b", "reserves", "reserve", "res"];
    let words: Vec<String> = name.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    let is_youth =
        |word: &String| word.len() == 3 && word.starts_with('u') && word[1..].parse::<u8>().is_ok_and(|age| (15..=23).contains(&age));
    let is_womens_league = matches!(league, "basketball.wnba" | "basketball.ncaaw");
    if words.len() < 2 || plain(name) == "willemii" {
        None
    } else if words.iter().any(is_youth) {
        Some("youth")
    } else if !is_womens_league && words.iter().any(|word| WOMEN.contains(&word.as_str())) {
        Some("women")
    } else if words.last().is_some_and(|word| RESERVES.contains(&word.as_str())) {
        Some("reserves")
    } else {
        None
    }
}

/// A name as its letters and figures alone, without case and common marks.
#[must_use]
pub fn plain(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).map(unmarked).filter(|letter| letter.is_alphanumeric()).collect()
}

/// A letter without its mark, for the letters that team names have.
const fn unmarked(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' | 'ă' | 'ā' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' | 'ī' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ő' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'ű' | 'ů' | 'ū' => 'u',
        'ñ' | 'ń' | 'ň' => 'n',
        'ç' | 'ć' | 'č' => 'c',
        'ş' | 'š' | 'ś' | 'ș' => 's',
        'ž' | 'ż' | 'ź' => 'z',
        'ť' | 'ț' => 't',
        'đ' | 'ď' => 'd',
        'ř' => 'r',
        'ł' | 'ľ' => 'l',
        'ğ' => 'g',
        'ý' => 'y',
        other => other,
    }
}

/// The place in the league's table of the team that a plain spelling is known to be.
fn team(league: &str, plain: &str, at: Option<Moment>) -> Option<usize> {
    known().get(league)?.team(plain, at)
}

/// Whether our table of a league has a spelling; `None` where we have none of the league, or nobody is named yet.
#[must_use]
pub fn is_in_table(league: &str, name: &str) -> Option<bool> {
    let (spellings, plain) = (known().get(league)?, plain(name));
    (!is_unnamed(name)).then(|| spellings.team(&plain, None).is_some() || spellings.is_of_two(&plain))
}

/// Whether a spelling is one that several teams of the league go by.
fn is_of_two(league: &str, plain: &str) -> bool {
    known().get(league).is_some_and(|spellings| spellings.is_of_two(plain))
}

fn known() -> &'static HashMap<&'static str, teams::Spellings> {
    static KNOWN: OnceLock<HashMap<&'static str, teams::Spellings>> = OnceLock::new();
    KNOWN.get_or_init(teams::spellings)
}

/// Whether one spelling holds every word of the other, or they differ in at most an eighth of their letters.
fn is_alike(a: &str, b: &str, plain_a: &str, plain_b: &str) -> bool {
    let words = |name: &str| -> Vec<String> { name.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect() };
    let (words_a, words_b) = (words(a), words(b));
    let holds = |all: &[String], some: &[String]| !some.is_empty() && some.iter().all(|word| all.contains(word));
    let longest = plain_a.chars().count().max(plain_b.chars().count());
    holds(&words_a, &words_b) || holds(&words_b, &words_a) || (longest <= 60 && distance(plain_a, plain_b) * 8 <= longest)
}

/// Letters to add, drop or change to make one text the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = corner + usize::from(letter != *other);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_and_a_part_of_a_name_is_another() {
        assert_eq!(likeness("soccer.ger.1", "Bayern München", "Bayern Munchen"), Likeness::Same);
        assert_eq!(likeness("hockey.nhl", "St. Louis Blues", "St Louis Blues"), Likeness::Same);
        assert_eq!(likeness("football.ncaaf", "Washington", "Washington State"), Likeness::Different, "two schools that are known");
        assert_eq!(likeness("football.ncaaf", "Wofford", "Wofford State"), Likeness::Alike);
        assert_eq!(likeness("soccer.usa.1", "Inter", "Inter Miami"), Likeness::Alike);
        assert_eq!(likeness("basketball.nba", "", ""), Likeness::Different);
    }

    #[test]
    fn known_spellings_are_one_team_in_their_own_league_alone() {
        for (a, b) in [
            ("LA Clippers", "Los Angeles Clippers"),
            ("Clippers", "L.A. Clippers"),
            ("LAC", "LA Clippers"),
            ("Sixers", "Philadelphia 76ers"),
        ] {
            assert_eq!(likeness("basketball.nba", a, b), Likeness::Alias, "{a} {b}");
        }
        assert_ne!(likeness("soccer.eng.1", "LA Clippers", "Los Angeles Clippers"), Likeness::Alias);
        assert_eq!(likeness("baseball.mlb", "Cleveland Indians", "Cleveland Guardians"), Likeness::Alias);
        assert_eq!(likeness("soccer.eng.1", "Man Utd", "Manchester United FC"), Likeness::Alias);
    }

    #[test]
    fn what_may_be_two_teams_is_none() {
        assert!(!likeness("basketball.nba", "Los Angeles", "LA Clippers").is_one());
        assert!(!likeness("baseball.mlb", "Chicago", "Chicago Cubs").is_one());
        assert_eq!(likeness("basketball.nba", "LA Clippers", "LA Lakers"), Likeness::Different);
        assert_eq!(likeness("baseball.mlb", "Texas Rangers", "Los Angeles Angels"), Likeness::Different);
        assert_eq!(likeness("soccer.eng.1", "Manchester United", "Manchester City"), Likeness::Different);
    }

    #[test]
    fn a_name_that_moved_on_is_the_team_that_had_it_then() {
        let at = |year: i16| Some(format!("{year}-12-01T00:00:00Z").parse().unwrap());
        let nba = |a, b, year| likeness_at("basketball.nba", a, b, at(year));
        assert_eq!(nba("Charlotte Hornets", "New Orleans Pelicans", 1999), Likeness::Alias);
        assert_eq!(nba("New Orleans Hornets", "Pelicans", 2010), Likeness::Alias);
        assert_eq!(nba("Charlotte Hornets", "Charlotte Bobcats", 2015), Likeness::Alias);
        assert_eq!(nba("Charlotte Hornets", "New Orleans Pelicans", 2015), Likeness::Different);
        assert_eq!(nba("Hornets", "New Orleans", 2010), Likeness::Alias);
        assert_eq!(nba("Hornets", "New Orleans", 2016), Likeness::Different);
        assert!(!likeness("basketball.nba", "Hornets", "Charlotte").is_one(), "nobody says when: two went by it");
        assert_eq!(likeness("basketball.nba", "Charlotte Hornets", "Charlotte Hornets"), Likeness::Alike, "two went by the same name");
        assert_eq!(nba("Charlotte Hornets", "Charlotte Hornets", 2020), Likeness::Same);
        assert_eq!(nba("Seattle SuperSonics", "Oklahoma City Thunder", 2007), Likeness::Alias);
        assert_eq!(nba("New Jersey Nets", "Brooklyn Nets", 2020), Likeness::Alias, "an old name goes on working");
        let nhl = |a, b, year| likeness_at("hockey.nhl", a, b, at(year));
        assert_eq!(nhl("Winnipeg Jets", "Arizona Coyotes", 1990), Likeness::Alias);
        assert_eq!(nhl("Winnipeg Jets", "Atlanta Thrashers", 2012), Likeness::Alias);
        assert_eq!(nhl("Arizona Coyotes", "Utah Hockey Club", 2024), Likeness::Different);
        let nfl = |a, b, year| likeness_at("football.nfl", a, b, at(year));
        assert_eq!((nfl("Los Angeles", "Rams", 2016), nfl("St. Louis", "Rams", 2014)), (Likeness::Alias, Likeness::Alias));
        assert_eq!((nfl("Oakland", "Las Vegas Raiders", 2018), nfl("San Diego", "LAC", 2015)), (Likeness::Alias, Likeness::Alias));
    }

    #[test]
    fn a_fighter_is_one_in_either_order_of_his_names_and_two_where_nothing_is_alike() {
        let mma = |a, b| likeness("mma.ufc", a, b);
        assert_eq!(mma("Zhang Weili", "Weili Zhang"), Likeness::Alias);
        assert_eq!(mma("Joanna Jędrzejczyk", "Joanna Jedrzejczyk"), Likeness::Same);
        assert_eq!(mma("Jiří Procházka", "Jiri Prochazka"), Likeness::Same);
        assert!(!mma("Pereira", "Alex Pereira").is_one() && !mma("Alex Pereira", "Michel Pereira").is_one());
        assert!(likeness("football.nfl", "Browns Cleveland", "Cleveland Browns") < Likeness::Alias, "a team has no family");
        let two = |a, b| are_two("mma.ufc", a, b, None);
        assert!(two("Ciryl Gane", "Alexander Volkov") && !two("Pereira", "Alex Pereira") && !two("TBD", "Ciryl Gane"));
    }

    #[test]
    fn women_youth_and_reserves_are_other_teams() {
        for other in ["Arsenal Women", "Arsenal W", "Arsenal U21", "Arsenal Ladies", "Arsenal II", "Arsenal Reserves"] {
            assert_eq!(likeness("soccer.eng.1", "Arsenal", other), Likeness::Different, "{other}");
        }
        assert_eq!(likeness("soccer.ned.1", "Willem II", "Willem II Tilburg"), Likeness::Alias);
    }

    #[test]
    fn the_place_of_a_name_is_no_name() {
        for name in ["TBD", "T.B.A.", "Winner of Game 49", "loser QF 2", "TBD 1", "Play-In Winner", "To be determined", "", "--"] {
            assert!(is_unnamed(name), "{name}");
            assert_eq!(likeness("football.nfl", name, name), Likeness::Different);
        }
        assert!(!is_unnamed("Wigan"));
    }

    #[test]
    fn sides_are_told_by_the_names() {
        let nba = |one, other| sides("basketball.nba", one, other, None);
        assert_eq!(nba(("Bulls", "Jazz"), ("Utah Jazz", "Chicago Bulls")), Sides::Swapped);
        assert_eq!(nba(("Bulls", "Jazz"), ("Chicago Bulls", "Somebody")), Sides::Straight);
        assert_eq!(nba(("Bulls", "Jazz"), ("A", "B")), Sides::Unknown);
    }

    #[test]
    fn sides_that_a_person_joined_or_that_were_renamed_are_told_by_names_that_are_alike() {
        let nfl = |one, other| sides("football.nfl", one, other, None);
        let event = ("Kansas City Chiefs", "Philadelphia Eagles");
        assert_eq!(nfl(event, ("Philadelphia Eagles (N)", "Kansas City Chiefs (N)")), Sides::Swapped);
        assert_eq!(nfl(event, ("Chiefs", "Philadelphia Eagles (N)")), Sides::Straight);
        let club = |one, other| sides("soccer.eng.1", one, other, None);
        assert_eq!(club(("City", "United"), ("Manchester City", "Manchester United")), Sides::Straight);
        let (event, short) = (("Dulwich Hamlet", "Corinthian Casuals"), ("Corinthian", "Dulwich"));
        assert_eq!((club(event, short), club(event, (short.1, short.0))), (Sides::Swapped, Sides::Straight));
        assert_eq!(club(event, ("A", "B")), Sides::Unknown);
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")), (3, 3, 0));
    }
}
