//! Prices that stand by phase below a row's sides (`homeTeamOdds.current.moneyLine`), brought into the shape of the nested ones, so that
//! they are read once.

use super::wire::{Field, Phases, Posted, SideOdds, SidePhase, Sides, Text, Told, Totals};

/// A price of a phase, with its line where it has one.
type Read<P> = fn(&P) -> Option<Posted>;

/// The winners, by phase.
pub(super) fn moneyline(home: &SideOdds, away: &SideOdds, draw: &SideOdds) -> Field<Sides> {
    let of = |side: &SideOdds| of_side(side, |phase| Some(Posted { line: Field::Absent, odds: american(&phase.money_line)? }));
    sides(Sides { home: of(home), away: of(away), draw: of(draw), ..Sides::default() })
}

/// The handicaps, by phase: the line is `pointSpread`, its price `spread`.
pub(super) fn spread(home: &SideOdds, away: &SideOdds) -> Field<Sides> {
    let of = |side: &SideOdds| of_side(side, |phase| Some(Posted { line: american(&phase.point_spread)?, odds: american(&phase.spread)? }));
    sides(Sides { home: of(home), away: of(away), ..Sides::default() })
}

/// The totals, by phase, which stand beside the sides.
pub(super) fn total(open: &Field<Totals>, close: &Field<Totals>, current: &Field<Totals>) -> Field<Sides> {
    let of = |read: Read<Totals>| phases(open, close, current, read);
    let over = of(|phase| Some(Posted { line: american(&phase.total)?, odds: american(&phase.over)? }));
    let under = of(|phase| Some(Posted { line: american(&phase.total)?, odds: american(&phase.under)? }));
    sides(Sides { over, under, ..Sides::default() })
}

fn of_side(side: &SideOdds, read: Read<SidePhase>) -> Field<Phases> {
    phases(&side.open, &side.close, &side.current, read)
}

fn phases<P>(open: &Field<P>, close: &Field<P>, current: &Field<P>, read: Read<P>) -> Field<Phases> {
    let of = |field: &Field<P>| match field {
        Field::Read(phase) => read(phase).map_or(Field::Absent, Field::Read),
        Field::Absent => Field::Absent,
        Field::Wrong(found) => Field::Wrong(found.clone()),
    };
    match (of(open), of(close), of(current)) {
        (Field::Absent, Field::Absent, Field::Absent) => Field::Absent,
        (open, close, current) => Field::Read(Phases { open, close, current }),
    }
}

/// The American figure; of a price as text it stands in `alternateDisplayValue`.
fn american(told: &Field<Told>) -> Option<Field<Text>> {
    let told = told.read()?;
    match (&told.american, &told.alternate_display_value) {
        (Field::Absent, Field::Absent) => None,
        (Field::Absent, other) => Some(other.clone()),
        (american, _) => Some(american.clone()),
    }
}

fn sides(sides: Sides) -> Field<Sides> {
    let all = [&sides.home, &sides.away, &sides.draw, &sides.over, &sides.under];
    if all.iter().all(|side| matches!(side, Field::Absent)) { Field::Absent } else { Field::Read(sides) }
}
