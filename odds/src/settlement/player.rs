//! Grades of what a player did.

use super::{Figure, Grade, GradeError, Sides, does_not_fit, line_of, over_or_under};
use crate::market::{MarketKind, Meaning, Period, Side};
use crate::stat::StatLine;

const NOBODY: Sides<'static> = Sides { home: "", away: "" };

/// Grades an over or under on a player's figure of the meaning's period.
///
/// # Errors
/// [`GradeError`] where the market is not such a one, has no line, or the answer is neither over nor under.
pub fn grade_figure(meaning: &Meaning, figure: Figure) -> Result<Grade, GradeError> {
    if !matches!(meaning.kind, MarketKind::PlayerStat(_)) {
        return Err(GradeError::NotDecided { kind: meaning.kind.to_string(), by: "a player's figure" });
    }
    let line = line_of(meaning)?;
    let sign = over_or_under(meaning, NOBODY)?;
    Ok(match figure {
        Figure::DidNotPlay => Grade::Void,
        Figure::Milli(milli) => {
            let over = Grade::of(milli.cmp(&i64::from(line.milli())));
            if sign > 0 { over } else { over.mirrored() }.seen_from(meaning.stance)
        }
    })
}

/// Grades a player prop on the whole event by what the player did in it: an over or under, a combo of several, a yes or no.
/// That the line is the right player's is for the caller to know.
///
/// # Errors
/// [`GradeError`] where the market is no player's, is of a part of the event, or the line does not state what decides it.
pub fn grade_player(meaning: &Meaning, line: &StatLine) -> Result<Grade, GradeError> {
    if meaning.kind.is_prop() && meaning.period != Period::Full {
        return Err(GradeError::NotDecided { kind: meaning.kind.to_string(), by: "the figures of the whole event" });
    }
    let not_stated = || GradeError::NotStated { kind: meaning.kind.to_string(), player: line.player.clone() };
    match meaning.kind {
        MarketKind::PlayerStat(stat) => grade_figure(meaning, line.figure(stat).ok_or_else(not_stated)?),
        MarketKind::PlayerFeat(feat) => {
            let is_yes = match meaning.side {
                Side::Yes => true,
                Side::No => false,
                _ => return Err(does_not_fit(meaning, NOBODY)),
            };
            if line.did_not_play {
                return Ok(Grade::Void);
            }
            let happened = line.did(feat).ok_or_else(not_stated)?;
            Ok(Grade::when(happened == is_yes).seen_from(meaning.stance))
        }
        _ => Err(GradeError::NotDecided { kind: meaning.kind.to_string(), by: "a player's figures" }),
    }
}
