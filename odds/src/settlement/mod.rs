//! How a bet ended: one meaning graded against a final score or a player's figure, in exact integers.
//!
//! A grade is for the line in the meaning, never for a later one; where the meaning and the result do not fit together there is a refusal, never a guess.

mod ended;
mod player;
mod score;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

use crate::line::Line;
use crate::market::{Meaning, Side, Stance};

pub use ended::{Ended, OwnSides, Told};
pub use player::{grade_figure, grade_player};
pub use score::grade;

/// What became of a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Lost whole.
    Loss,
    /// Half lost, half returned (a quarter line).
    HalfLoss,
    /// Returned: the result fell on the line, or the draw returns the stake.
    Push,
    /// Half won, half returned (a quarter line).
    HalfWin,
    /// Won whole.
    Win,
    /// Returned: what the bet was about did not take place.
    Void,
}

impl Grade {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::HalfLoss => "half_loss",
            Self::Push => "push",
            Self::HalfWin => "half_win",
            Self::Win => "win",
            Self::Void => "void",
        }
    }

    /// The grade of the bet against this one: a lay of the same answer, or the other answer of a two-way line.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Loss => Self::Win,
            Self::HalfLoss => Self::HalfWin,
            Self::HalfWin => Self::HalfLoss,
            Self::Win => Self::Loss,
            Self::Push | Self::Void => self,
        }
    }

    fn of(by: Ordering) -> Self {
        match by {
            Ordering::Less => Self::Loss,
            Ordering::Equal => Self::Push,
            Ordering::Greater => Self::Win,
        }
    }

    fn when(is_won: bool) -> Self {
        if is_won { Self::Win } else { Self::Loss }
    }

    /// Half the stake on each of two neighbouring lines; they are never a win and a loss.
    fn halves(one: Self, other: Self) -> Self {
        match (one, other) {
            (Self::Win, Self::Push) | (Self::Push, Self::Win) => Self::HalfWin,
            (Self::Loss, Self::Push) | (Self::Push, Self::Loss) => Self::HalfLoss,
            _ => one,
        }
    }

    fn seen_from(self, stance: Stance) -> Self {
        if stance == Stance::Lay { self.mirrored() } else { self }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who played, in the spelling that the meaning's provider uses: names are compared whole, never by parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides<'a> {
    /// The home (or first) participant.
    pub home: &'a str,
    /// The away (or second) participant.
    pub away: &'a str,
}

/// How the part of the event that a meaning is about ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Points of that period (or what is counted: corners, cards), as the market's rules count them.
    Score {
        /// Of the home participant.
        home: u32,
        /// Of the away participant.
        away: u32,
    },
    /// Not played, or not to an end that counts.
    Void,
}

/// Between how many answers a moneyline was offered: it decides what a draw does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ways {
    /// Home and away: a draw returns the stake.
    Two,
    /// Home, draw and away: a draw loses for either side.
    Three,
}

impl Ways {
    /// The ways of a market with so many answers; `None` where it is no moneyline's count.
    #[must_use]
    pub const fn of_answers(count: usize) -> Option<Self> {
        match count {
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            _ => None,
        }
    }
}

/// What a player did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The figure in thousandths (`21` points are 21000): fantasy points have fractions.
    Milli(i64),
    /// Took no part: bets on it are void.
    DidNotPlay,
}

/// Why a meaning cannot be graded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GradeError {
    /// The market needs a line and the meaning has none.
    #[error("a {kind} cannot be graded without its line")]
    NoLine {
        /// Market kind.
        kind: String,
    },
    /// The answer is none of that market's.
    #[error("{side:?} is no answer of a {kind} between {home:?} and {away:?}")]
    SideDoesNotFit {
        /// Market kind.
        kind: String,
        /// The answer.
        side: String,
        /// The home participant.
        home: String,
        /// The away participant.
        away: String,
    },
    /// The team is neither side, or both sides have one name.
    #[error("team {subject:?} is not one of {home:?} and {away:?}")]
    SubjectUnknown {
        /// The team; empty where the meaning names none.
        subject: String,
        /// The home participant.
        home: String,
        /// The away participant.
        away: String,
    },
    /// This kind of market is not decided by what was given.
    #[error("a {kind} is not decided by {by}")]
    NotDecided {
        /// Market kind.
        kind: String,
        /// What was given.
        by: &'static str,
    },
    /// What the player did is known, but not this of it.
    #[error("the figures of {player:?} do not decide a {kind}")]
    NotStated {
        /// Market kind.
        kind: String,
        /// The player.
        player: String,
    },
}

fn line_of(meaning: &Meaning) -> Result<Line, GradeError> {
    meaning.line.ok_or_else(|| GradeError::NoLine { kind: meaning.kind.to_string() })
}

/// 1 for over, -1 for under.
fn over_or_under(meaning: &Meaning, sides: Sides<'_>) -> Result<i64, GradeError> {
    match meaning.side {
        Side::Over => Ok(1),
        Side::Under => Ok(-1),
        _ => Err(does_not_fit(meaning, sides)),
    }
}

fn does_not_fit(meaning: &Meaning, sides: Sides<'_>) -> GradeError {
    GradeError::SideDoesNotFit {
        kind: meaning.kind.to_string(),
        side: meaning.side.to_string(),
        home: sides.home.to_owned(),
        away: sides.away.to_owned(),
    }
}
