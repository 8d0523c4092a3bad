//! What the listings of one event say together: where they disagree, the newest statement wins.

use crate::board::{Board, Fact};
use crate::moment::Moment;
use crate::observation::FactKind;
use crate::sides::{EventSides, is_turned};

/// The fact of a kind that was said last, and whose board says it.
#[must_use]
pub fn newest<'b>(boards: &[&'b Board], kind: FactKind) -> Option<(&'b Board, &'b Fact)> {
    let facts = boards.iter().filter_map(|board| fact(board, kind).map(|fact| (*board, fact)));
    facts.max_by_key(|(_, fact)| fact.said)
}

/// The text of the fact that was said last.
#[must_use]
pub fn newest_text(boards: &[&Board], kind: FactKind) -> Option<String> {
    newest(boards, kind).and_then(|(_, fact)| fact.value.as_deref()).map(str::to_owned)
}

/// When the event starts: a start that moved counts from when it was said.
#[must_use]
pub fn starts_at(boards: &[&Board]) -> Option<Moment> {
    newest_text(boards, FactKind::Start).and_then(|text| text.parse().ok())
}

/// Whether the time of a start is known, and not its day alone.
#[must_use]
pub fn is_start_exact(boards: &[&Board], starts_at: Moment) -> bool {
    boards.iter().filter(|board| board.starts_at() == Some(starts_at)).any(|board| board.start_on_day().is_none())
}

/// The text of the first board that says it: what names an event is its founder's.
#[must_use]
pub fn first_text(boards: &[&Board], kind: FactKind) -> Option<String> {
    boards.iter().find_map(|board| board.fact(kind)).map(str::to_owned)
}

/// The score of a side that was said last, where it is a number: a listing that has the sides the other way round says it as the other's.
#[must_use]
pub fn score(boards: &[&Board], sides: Option<&EventSides>, own: FactKind, other: FactKind) -> Option<i64> {
    let facts = boards.iter().filter_map(|board| fact(board, if is_turned(sides, board) { other } else { own }));
    facts.max_by_key(|fact| fact.said)?.value.as_deref()?.parse().ok()
}

fn fact(board: &Board, kind: FactKind) -> Option<&Fact> {
    board.facts_of(kind).find(|(subject, fact)| subject.is_empty() && fact.value.is_some()).map(|(_, fact)| fact)
}
