//! Which way round a listing has the sides of its event: at a neutral site providers disagree on who is at home. Home and away are those
//! of the event in every answer that merges listings; prices and lines keep to the side that they are of.

use crate::board::Board;
use crate::moment::Moment;
use crate::observation::FactKind;
use crate::participant::{Sides, sides};

/// The sides of an event: of the first listing that names both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSides {
    league: String,
    home: String,
    away: String,
    at: Option<Moment>,
}

impl EventSides {
    /// The sides that a listing names.
    #[must_use]
    pub fn of_board(league: Option<&str>, board: &Board) -> Option<Self> {
        let text = |kind| board.fact(kind).map(str::to_owned);
        let (home, away) = (text(FactKind::Home)?, text(FactKind::Away)?);
        Some(Self { league: league.unwrap_or_default().to_owned(), home, away, at: board.starts_at() })
    }

    /// The sides by their names.
    #[must_use]
    pub fn named(league: &str, (home, away): (&str, &str), at: Option<Moment>) -> Self {
        Self { league: league.to_owned(), home: home.to_owned(), away: away.to_owned(), at }
    }

    /// Whether a listing of the event has them the other way round, by what its board says.
    #[must_use]
    pub fn is_turned(&self, board: &Board) -> bool {
        let names = board.fact(FactKind::Home).zip(board.fact(FactKind::Away));
        names.is_some_and(|names| sides(&self.league, (&self.home, &self.away), names, self.at) == Sides::Swapped)
    }
}

/// Whether a listing of an event whose sides may be known is turned.
#[must_use]
pub fn is_turned(sides: Option<&EventSides>, board: &Board) -> bool {
    sides.is_some_and(|sides| sides.is_turned(board))
}

/// A selection from the event's own view.
#[must_use]
pub fn turned(selection: String, is_turned: bool) -> String {
    match (selection.as_str(), is_turned) {
        ("home", true) => "away".to_owned(),
        ("away", true) => "home".to_owned(),
        _ => selection,
    }
}
