//! Names of participants: which spellings are one team beyond doubt, which are alike, and which are two.
//!
//! A part of a name is never a name: `Washington` is not `Washington State`. What is no known spelling is left to a person.

mod teams;

use std::collections::HashMap;
use std::sync::OnceLock;

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

/// Compares two spellings inside a league of ours.
#[must_use]
pub fn likeness(league: &str, a: &str, b: &str) -> Likeness {
    let (plain_a, plain_b) = (plain(a), plain(b));
    if plain_a.is_empty() || plain_b.is_empty() {
        return Likeness::Different;
    }
    if plain_a == plain_b {
        return Likeness::Same;
    }
    let (team_a, team_b) = (team(league, &plain_a), team(league, &plain_b));
    match (team_a, team_b) {
        (Some(a), Some(b)) if a == b => Likeness::Alias,
        // two names that are known, of two teams: likeness of letters says nothing (Rangers and Angels)
        (Some(_), Some(_)) => Likeness::Different,
        _ if is_alike(a, b, &plain_a, &plain_b) => Likeness::Alike,
        _ => Likeness::Different,
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
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

/// The place in the league's table of the team that a plain spelling is known to be.
fn team(league: &str, plain: &str) -> Option<usize> {
    static SPELLINGS: OnceLock<HashMap<&'static str, HashMap<String, usize>>> = OnceLock::new();
    SPELLINGS.get_or_init(spellings).get(league)?.get(plain).copied()
}

/// Every known spelling by league. One that stands for two teams of a league stands for none.
fn spellings() -> HashMap<&'static str, HashMap<String, usize>> {
    let mut known = HashMap::new();
    for (league, table) in teams::LEAGUES {
        let mut of_league: HashMap<String, Option<usize>> = HashMap::new();
        for (at, team) in table.iter().enumerate() {
            for spelling in teams::spellings(team) {
                let holder = of_league.entry(plain(&spelling)).or_insert(Some(at));
                *holder = holder.filter(|holder| *holder == at);
            }
        }
        known.insert(*league, of_league.into_iter().filter_map(|(name, at)| Some((name, at?))).collect());
    }
    known
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
        assert_eq!(likeness("football.ncaaf", "Washington", "Washington State"), Likeness::Alike);
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
    fn every_full_name_of_the_tables_is_a_spelling_of_its_own_team() {
        for (league, table) in teams::LEAGUES {
            for (at, row) in table.iter().enumerate() {
                let full = teams::spellings(row).into_iter().next().unwrap();
                assert_eq!(team(league, &plain(&full)), Some(at), "{league} {full}");
            }
        }
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")), (3, 3, 0));
    }
}
