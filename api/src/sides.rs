//! The sides of an event by what is told of it (`odds::sides` says what they are).

pub use odds::sides::{EventSides, is_turned, turned};

use crate::contest::Told;

/// The sides by what is told of an event, its founding listing first.
#[must_use]
pub fn of(told: &[Told]) -> Option<EventSides> {
    told.iter().find_map(|one| EventSides::of_board(one.listing.league.as_deref(), &one.facts))
}
