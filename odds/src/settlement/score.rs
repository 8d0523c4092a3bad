//! Grades of everything that a score decides.

use std::cmp::Ordering;

use super::{Ending, Grade, GradeError, Sides, Ways, does_not_fit, line_of, over_or_under};
use crate::market::{CountedKind, MarketKind, Meaning, Side};

const QUARTER: i64 = 250;
const HALF: i64 = 500;

/// Which of the two, or neither.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Home,
    Draw,
    Away,
}

/// The score in the terms that grades need.
#[derive(Clone, Copy)]
struct Score {
    home: i64,
    away: i64,
}

/// Grades a meaning against the score of its period. The same meaning and score always give the same grade.
///
/// `ways` counts for [`MarketKind::Moneyline`] alone. A `Counted` market is graded like points: give the counts as the score.
///
/// # Errors
/// [`GradeError`] where the meaning is not decided by a score, lacks its line, or names an answer or team that is not in it.
pub fn grade(meaning: &Meaning, sides: Sides<'_>, ending: Ending, ways: Ways) -> Result<Grade, GradeError> {
    // Graded even where it is void, so that a meaning that cannot be graded is refused whatever the ending.
    let (home, away) = match ending {
        Ending::Score { home, away } => (i64::from(home), i64::from(away)),
        Ending::Void => (0, 0),
    };
    let backed = backed(meaning, sides, Score { home, away }, ways)?;
    Ok(if ending == Ending::Void { Grade::Void } else { backed.seen_from(meaning.stance) })
}

fn backed(meaning: &Meaning, sides: Sides<'_>, score: Score, ways: Ways) -> Result<Grade, GradeError> {
    match meaning.kind {
        MarketKind::Moneyline => winner(meaning, sides, score, ways),
        MarketKind::ThreeWay => winner(meaning, sides, score, Ways::Three),
        MarketKind::DrawNoBet => winner(meaning, sides, score, Ways::Two),
        MarketKind::DoubleChance => double_chance(meaning, sides, score),
        MarketKind::BothTeamsToScore => both_score(meaning, sides, score),
        MarketKind::OddEven => odd_or_even(meaning, sides, score),
        MarketKind::Spread | MarketKind::Counted(_, CountedKind::Spread) => spread(meaning, sides, score),
        MarketKind::Total | MarketKind::Counted(_, CountedKind::Total) => total(meaning, sides, score.home + score.away),
        MarketKind::TeamTotal => total(meaning, sides, team_points(meaning, sides, score)?),
        MarketKind::Outright | MarketKind::PlayerStat(_) | MarketKind::PlayerFeat(_) => {
            Err(GradeError::NotDecided { kind: meaning.kind.to_string(), by: "a score" })
        }
    }
}

fn winner(meaning: &Meaning, sides: Sides<'_>, score: Score, ways: Ways) -> Result<Grade, GradeError> {
    let answer = answer_of(&meaning.side, sides).filter(|answer| *answer != Answer::Draw || ways == Ways::Three);
    let answer = answer.ok_or_else(|| does_not_fit(meaning, sides))?;
    let result = score.result();
    Ok(if result == Answer::Draw && ways == Ways::Two { Grade::Push } else { Grade::when(answer == result) })
}

fn double_chance(meaning: &Meaning, sides: Sides<'_>, score: Score) -> Result<Grade, GradeError> {
    let Side::Named(name) = &meaning.side else {
        return Err(does_not_fit(meaning, sides));
    };
    let pair = pair_of(name, sides).ok_or_else(|| does_not_fit(meaning, sides))?;
    Ok(Grade::when(pair.contains(&score.result())))
}

/// Reads `Arsenal or Draw`, `Draw/Chelsea`, `Home or Away`: whole names in either order, so that a name with an "or" in it is read right.
fn pair_of(name: &str, sides: Sides<'_>) -> Option<[Answer; 2]> {
    let answers = [Answer::Home, Answer::Draw, Answer::Away];
    let mut found = None;
    for separator in [" or ", " Or ", "/", " / "] {
        for (at, _) in name.match_indices(separator) {
            let (one, other) = (&name[..at], &name[at + separator.len()..]);
            let named = |text: &str| answers.into_iter().find(|answer| answer.is_called(text, sides));
            match (named(one), named(other)) {
                (Some(one), Some(other)) if one != other && found.is_none() => found = Some([one, other]),
                (Some(_), Some(_)) => return None,
                _ => {}
            }
        }
    }
    found.filter(|_| sides.home != sides.away)
}

fn both_score(meaning: &Meaning, sides: Sides<'_>, score: Score) -> Result<Grade, GradeError> {
    let both = score.home > 0 && score.away > 0;
    match meaning.side {
        Side::Yes => Ok(Grade::when(both)),
        Side::No => Ok(Grade::when(!both)),
        _ => Err(does_not_fit(meaning, sides)),
    }
}

fn odd_or_even(meaning: &Meaning, sides: Sides<'_>, score: Score) -> Result<Grade, GradeError> {
    let is_odd = (score.home + score.away) % 2 != 0;
    match meaning.side {
        Side::Odd => Ok(Grade::when(is_odd)),
        Side::Even => Ok(Grade::when(!is_odd)),
        _ => Err(does_not_fit(meaning, sides)),
    }
}

fn spread(meaning: &Meaning, sides: Sides<'_>, score: Score) -> Result<Grade, GradeError> {
    let line = i64::from(line_of(meaning)?.milli());
    let ahead = match answer_of(&meaning.side, sides) {
        Some(Answer::Home) => score.home - score.away,
        Some(Answer::Away) => score.away - score.home,
        Some(Answer::Draw) | None => return Err(does_not_fit(meaning, sides)),
    };
    Ok(by_margin(ahead * 1000 + line))
}

fn total(meaning: &Meaning, sides: Sides<'_>, points: i64) -> Result<Grade, GradeError> {
    let line = i64::from(line_of(meaning)?.milli());
    Ok(by_margin(over_or_under(meaning, sides)? * (points * 1000 - line)))
}

/// By how many thousandths the bet is ahead. Scores are whole, so a margin on a quarter comes from a quarter line: half the stake stands on each neighbour.
fn by_margin(margin: i64) -> Grade {
    if margin.rem_euclid(HALF) == QUARTER {
        return Grade::halves(Grade::of((margin - QUARTER).cmp(&0)), Grade::of((margin + QUARTER).cmp(&0)));
    }
    Grade::of(margin.cmp(&0))
}

fn team_points(meaning: &Meaning, sides: Sides<'_>, score: Score) -> Result<i64, GradeError> {
    let subject = meaning.subject.as_deref().unwrap_or_default();
    match named(subject, sides) {
        Some(Answer::Home) => Ok(score.home),
        Some(Answer::Away) => Ok(score.away),
        Some(Answer::Draw) | None => {
            Err(GradeError::SubjectUnknown { subject: subject.to_owned(), home: sides.home.to_owned(), away: sides.away.to_owned() })
        }
    }
}

fn answer_of(side: &Side, sides: Sides<'_>) -> Option<Answer> {
    match side {
        Side::Home => Some(Answer::Home),
        Side::Away => Some(Answer::Away),
        Side::Draw => Some(Answer::Draw),
        Side::Named(name) => named(name, sides),
        Side::Over | Side::Under | Side::Yes | Side::No | Side::Odd | Side::Even => None,
    }
}

/// Which side has exactly this name; nobody where both have it.
fn named(name: &str, sides: Sides<'_>) -> Option<Answer> {
    match (name == sides.home, name == sides.away) {
        (true, false) => Some(Answer::Home),
        (false, true) => Some(Answer::Away),
        _ => None,
    }
}

impl Answer {
    fn is_called(self, text: &str, sides: Sides<'_>) -> bool {
        match self {
            Self::Home => text == sides.home || text == "Home",
            Self::Draw => text == "Draw",
            Self::Away => text == sides.away || text == "Away",
        }
    }
}

impl Score {
    fn result(self) -> Answer {
        match self.home.cmp(&self.away) {
            Ordering::Greater => Answer::Home,
            Ordering::Equal => Answer::Draw,
            Ordering::Less => Answer::Away,
        }
    }
}
