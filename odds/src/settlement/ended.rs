//! How bets on an event ended: by its score where that decides them, by what players did where they are about one.

use super::{Ending, Grade, Sides, Ways, grade, grade_player};
use crate::market::MarketKind::{BothTeamsToScore, DrawNoBet, Moneyline, OddEven, Spread, TeamTotal, Total};
use crate::market::{Meaning, Period};
use crate::stat::StatLine;

/// How an event ended, as far as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended<'a> {
    /// Our league, where we know it.
    pub league: Option<&'a str>,
    /// Whether it is over, or will not be played.
    pub is_over: bool,
    /// Whether it will not be played.
    pub is_cancelled: bool,
    /// The last score that was told of each side, where it is a number.
    pub home_score: Option<i64>,
    /// Of the away side.
    pub away_score: Option<i64>,
}

/// A listing's own sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnSides<'a> {
    /// What it calls home.
    pub home: Option<&'a str>,
    /// What it calls away.
    pub away: Option<&'a str>,
    /// Whether its event has them the other way round.
    pub is_turned: bool,
}

/// A player's line with who tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    provider: String,
    plain: String,
    line: StatLine,
}

impl Told {
    /// A line of a provider.
    #[must_use]
    pub fn by(provider: &str, line: StatLine) -> Self {
        Self { provider: provider.to_owned(), plain: plain(&line.player), line }
    }
}

impl Ended<'_> {
    /// What became of a bet; `None` where nothing that was told decides it. `answers` is how many the market has.
    #[must_use]
    pub fn settle(&self, meaning: &Meaning, sides: OwnSides<'_>, answers: usize, told: &[Told]) -> Option<Grade> {
        if meaning.kind.is_prop() && self.is_over {
            return graded(meaning, told);
        }
        let (home, away) = sides.home.zip(sides.away)?;
        let ending = self.ending().map(|ending| if sides.is_turned { mirrored(ending) } else { ending })?;
        if !self.is_decided_by_score(meaning) {
            return None;
        }
        let ways = Ways::of_answers(answers.max(2))?;
        grade(meaning, Sides { home, away }, ending, ways).ok()
    }

    fn ending(&self) -> Option<Ending> {
        if self.is_cancelled {
            return Some(Ending::Void);
        }
        let score = |score: Option<i64>| score.and_then(|score| u32::try_from(score).ok());
        let (home, away) = score(self.home_score).zip(score(self.away_score)).filter(|_| self.is_over)?;
        Some(Ending::Score { home, away })
    }

    /// A final score counts extra time where there was any: in leagues that play it and settle without it, the score does not decide.
    fn is_decided_by_score(&self, meaning: &Meaning) -> bool {
        let is_of_points = matches!(meaning.kind, Moneyline | Spread | Total | TeamTotal | DrawNoBet | BothTeamsToScore | OddEven);
        let has_extra_time = self.league.is_none_or(|league| league.starts_with("soccer.uefa"));
        is_of_points && !has_extra_time && meaning.period == Period::Full
    }
}

/// An ending from the other side's view: the score of an event, for a listing that has its sides the other way round.
const fn mirrored(ending: Ending) -> Ending {
    match ending {
        Ending::Score { home, away } => Ending::Score { home: away, away: home },
        Ending::Void => Ending::Void,
    }
}

/// How a prop ended, by what players did: told of one player of that whole name, and by all who tell it alike. Two players of one name,
/// or two sources that disagree, leave it open.
fn graded(meaning: &Meaning, told: &[Told]) -> Option<Grade> {
    let name = plain(meaning.subject.as_deref()?);
    let of_name: Vec<&Told> = told.iter().filter(|told| told.plain == name).collect();
    let is_twice = of_name.iter().enumerate().any(|(at, one)| of_name[..at].iter().any(|other| other.provider == one.provider));
    let mut grades = of_name.iter().filter_map(|told| grade_player(meaning, &told.line).ok());
    let first = grades.next().filter(|_| !is_twice && !name.is_empty())?;
    grades.all(|grade| grade == first).then_some(first)
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Line;
    use crate::market::{MarketKind, Side};
    use crate::stat::Amount;

    fn told(provider: &str, player: &str, points: i32) -> Told {
        let stats = [("points".to_owned(), Amount::whole(points))].into();
        Told::by(provider, StatLine { player: player.to_owned(), stats, ..StatLine::default() })
    }

    #[test]
    fn a_prop_is_graded_by_one_player_and_by_sources_that_agree() {
        let over = Meaning::of(MarketKind::PlayerStat("points"), Side::Over, Some(Line::from_milli(20_500)));
        let over = Meaning { subject: Some("A. J. Green".to_owned()), ..over };
        let grade = |told: &[Told]| graded(&over, told);
        assert_eq!(grade(&[told("a", "AJ Green", 21), told("a", "J Green", 2)]), Some(Grade::Win));
        assert_eq!(grade(&[told("a", "A.J. Green", 21), told("b", "AJ Green", 25)]), Some(Grade::Win), "other figures, the same end");
        assert_eq!(grade(&[told("a", "A.J. Green", 21), told("b", "AJ Green", 20)]), None, "they disagree");
        assert_eq!(grade(&[told("a", "AJ Green", 21), told("a", "A.J. Green", 30)]), None, "two of one name");
        assert_eq!(grade(&[told("a", "Green", 21)]), None);
    }
}
