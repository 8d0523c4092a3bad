//! The rows of one listing in the order of the world: what the store keeps, what a board is folded from, and what a late reply must say anew.

use std::sync::Arc;

use crate::attribute::slot_of;
use crate::block::{Change, Value};
use crate::board::{Board, FactChange, Order};
use crate::cover::Cover;
use crate::diff::Diff;
use crate::id::{Seq, SlotNo};
use crate::moment::Moment;
use crate::names::Names;
use crate::observation::{FactKind, Scope};

/// One row of a listing.
#[derive(Debug, Clone)]
pub struct Row {
    /// The reply that it speaks for, by its place in the world.
    pub order: Order,
    /// The entry that it arrived with.
    pub seq: Seq,
    /// What it says.
    pub content: RowContent,
}

/// What a row says.
#[derive(Debug, Clone)]
pub enum RowContent {
    /// The reply covered this of the listing.
    Cover(Cover, Arc<Scope>),
    /// The reply asked for the listing and did not bring it.
    Missed(Arc<Scope>),
    /// These changes.
    Changes(Vec<Change>),
    /// These changes of facts.
    Facts(Vec<FactChange>),
}

impl RowContent {
    const fn rank(&self) -> u8 {
        match self {
            Self::Cover(..) => 0,
            Self::Missed(_) => 1,
            Self::Changes(_) => 2,
            Self::Facts(_) => 3,
        }
    }
}

/// All rows of a listing, sorted in the order of the world.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: Vec<Row>,
}

/// The starts of an event as they were known, in the order of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starts {
    known: Vec<(Order, Option<Moment>)>,
}

impl Starts {
    /// From the starts that replies have stated, in the order of the world.
    #[must_use]
    pub const fn new(known: Vec<(Order, Option<Moment>)>) -> Self {
        Self { known }
    }

    /// The start that was known before a reply.
    #[must_use]
    pub fn before(&self, order: Order) -> Option<Moment> {
        let after = self.known.partition_point(|(said, _)| *said < order);
        self.known[..after].last().and_then(|(_, start)| *start)
    }
}

/// What a late reply must say for a later reply that had confirmed what the late one changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidAnew {
    /// The confirming reply.
    pub order: Order,
    /// Its values, sorted by slot.
    pub changes: Vec<Change>,
    /// Its facts.
    pub facts: Vec<FactChange>,
}

impl Timeline {
    /// Sorts rows into the order of the world.
    #[must_use]
    pub fn new(mut rows: Vec<Row>) -> Self {
        rows.sort_by_key(|row| (row.order, row.content.rank(), row.seq));
        Self { rows }
    }

    /// The rows, sorted.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows, sorted, to be used for another timeline.
    #[must_use]
    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// When the event starts, by what was known at each place.
    #[must_use]
    pub fn starts(&self) -> Starts {
        let facts =
            self.rows.iter().filter_map(|row| if let RowContent::Facts(facts) = &row.content { Some((row.order, facts)) } else { None });
        let starts =
            facts.flat_map(|(order, facts)| facts.iter().filter(|fact| fact.kind == FactKind::Start).map(move |fact| (order, fact)));
        Starts::new(starts.map(|(order, fact)| (order, fact.value.as_ref().and_then(|value| value.parse().ok()))).collect())
    }

    /// The board after all replies up to and with `until`.
    #[must_use]
    pub fn board_at(&self, until: Order, names: &Names) -> Board {
        let mut board = Board::default();
        board.grow(names);
        for row in self.rows.iter().take_while(|row| row.order <= until) {
            apply(&mut board, row, names);
        }
        board
    }

    /// The board before a reply.
    #[must_use]
    pub fn board_before(&self, order: Order, names: &Names) -> Board {
        let mut board = Board::default();
        board.grow(names);
        for row in self.rows.iter().take_while(|row| row.order < order) {
            apply(&mut board, row, names);
        }
        board
    }

    /// What must be said anew once `diff`, made against `before`, takes its place at `order`.
    ///
    /// For each slot that changes, the next reply that speaks of it and did not say a value had confirmed what stood before:
    /// that value is said again, in that reply's name. The same for facts.
    #[must_use]
    pub fn said_anew(&self, order: Order, diff: &Diff, before: &Board, names: &Names) -> Vec<SaidAnew> {
        let mut anew = Vec::new();
        let mut open_changes: Vec<Change> = diff.changes.iter().map(|change| standing_before(before, *change)).collect();
        let mut open_facts: Vec<OpenFact> = diff.facts.iter().map(|change| OpenFact::of(change, diff, before, names)).collect();
        let mut at = self.rows.partition_point(|row| row.order <= order);
        while at < self.rows.len() && !(open_changes.is_empty() && open_facts.is_empty()) {
            let end = at + self.rows[at..].partition_point(|row| row.order == self.rows[at].order);
            let said = confirm(&self.rows[at..end], &mut open_changes, &mut open_facts, names);
            anew.extend(said);
            at = end;
        }
        anew
    }
}

/// Takes one row into a board.
pub fn apply(board: &mut Board, row: &Row, names: &Names) {
    match &row.content {
        RowContent::Cover(cover, scope) => board.apply_cover(row.order, cover, scope, names),
        RowContent::Missed(scope) => board.apply_missed(row.order, scope, names),
        RowContent::Changes(changes) => changes.iter().for_each(|change| board.apply_change(row.order, *change)),
        RowContent::Facts(facts) => facts.iter().for_each(|fact| board.apply_fact(row.order, fact)),
    }
}

fn standing_before(before: &Board, change: Change) -> Change {
    let slot = before.slot(change.slot);
    Change {
        slot: change.slot,
        value: slot.and_then(|slot| slot.value).unwrap_or(Value::Withdrawn),
        changed_at: slot.and_then(|slot| slot.changed_at),
    }
}

/// A fact that a late reply changes, with what stood before.
struct OpenFact {
    before: FactChange,
    /// The slot that it belongs to, and whether something is offered there at the place that was come to.
    slot: Option<(SlotNo, bool)>,
}

impl OpenFact {
    fn of(change: &FactChange, diff: &Diff, before: &Board, names: &Names) -> Self {
        let value = before.facts().get(&(change.kind, Arc::clone(&change.subject))).and_then(|fact| fact.value.clone());
        let slot = if change.kind.is_of_quotes() { slot_of(&change.subject, names) } else { None };
        Self {
            before: FactChange { kind: change.kind, subject: Arc::clone(&change.subject), value },
            slot: slot.map(|slot| (slot, diff.is_offered_after(slot, before))),
        }
    }

    fn follow<'a>(&mut self, changes: impl Iterator<Item = &'a Change>) {
        let Some((slot, is_offered)) = &mut self.slot else { return };
        for change in changes.filter(|change| change.slot == *slot) {
            *is_offered = change.value.is_offered();
        }
    }

    fn is_told_by(&self, cover: &Cover, names: &Names) -> bool {
        let is_offered = |of: SlotNo| self.slot.is_some_and(|(slot, is_offered)| slot == of && is_offered);
        cover.tells(self.before.kind, &self.before.subject, names, &is_offered)
    }
}

/// Takes out of the open ones what the rows of one reply speak of, and gives those that the reply had confirmed without saying so.
fn confirm(rows: &[Row], open_changes: &mut Vec<Change>, open_facts: &mut Vec<OpenFact>, names: &Names) -> Option<SaidAnew> {
    let (mut changes, mut facts) = (Vec::new(), Vec::new());
    open_changes.retain(|open| {
        let is_said = said_changes(rows).any(|change| change.slot == open.slot);
        let is_confirmed = !is_said && covers(rows).any(|(cover, scope)| cover.speaks_of(open.slot, scope, names));
        if is_confirmed {
            changes.push(*open);
        }
        !is_said && !is_confirmed
    });
    open_facts.retain_mut(|open| {
        open.follow(said_changes(rows).chain(&changes));
        let is_said = said_facts(rows).any(|fact| fact.kind == open.before.kind && fact.subject == open.before.subject);
        let is_confirmed = !is_said && covers(rows).any(|(cover, _)| open.is_told_by(cover, names));
        if is_confirmed {
            facts.push(open.before.clone());
        }
        !is_said && !is_confirmed
    });
    let is_empty = changes.is_empty() && facts.is_empty();
    (!is_empty).then(|| SaidAnew { order: rows[0].order, changes, facts })
}

fn said_changes(rows: &[Row]) -> impl Iterator<Item = &Change> {
    rows.iter().flat_map(|row| if let RowContent::Changes(changes) = &row.content { changes.as_slice() } else { &[] })
}

fn said_facts(rows: &[Row]) -> impl Iterator<Item = &FactChange> {
    rows.iter().flat_map(|row| if let RowContent::Facts(facts) = &row.content { facts.as_slice() } else { &[] })
}

fn covers(rows: &[Row]) -> impl Iterator<Item = (&Cover, &Scope)> {
    rows.iter().filter_map(|row| if let RowContent::Cover(cover, scope) = &row.content { Some((cover, &**scope)) } else { None })
}
