//! Opening, closing and movement of each track of a listing, from its rows in the order of the world.
//!
//! A track is a slot without its point, while it has one point at a time; where it has several at once, each slot is its own.

use std::collections::{BTreeMap, BTreeSet};

use odds::block::Value;
use odds::board::{Board, Order};
use odds::closing::{self, Closing, Dated, Opening};
use odds::reply::Basis;
use odds::settlement::{Ending, Sides as Played, Ways, grade};
use odds::timeline::{Row, RowContent, apply};
use odds::{ListingId, Moment, SlotNo};
use serde::Serialize;
use store::boards::Kept;
use store::{ListingRows, Param};

use super::event::EventShown;
use super::slot::{Sides, Understood};
use super::stats::{ToldLine, graded};

/// A track as it is written.
pub(super) struct Track {
    slot: SlotNo,
    opening: Option<Opening>,
    closing: Option<Closing>,
    moves: i64,
    movement: String,
    pub(super) result: Option<&'static str>,
}

/// One step of a movement.
#[derive(Serialize)]
struct Step {
    at: Moment,
    american: i64,
    decimal: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<f64>,
}

/// Cell, name, description; and the slot, where the track had several at once.
type TrackKey<'a> = (u32, &'a str, &'a str, Option<SlotNo>);
type Sightings = BTreeMap<SlotNo, Vec<Dated>>;

/// When an event starts, and what a listing says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// The start; the noon of its day where that is all that is known.
    pub(super) at: Moment,
    /// Whether the time is known, and not the day alone.
    pub(super) is_exact: bool,
    /// Where the listing's closing prices stand, where that is not at the start.
    pub(super) closes_at: Option<Moment>,
}

impl Start {
    /// Up to when a quote was surely before the start.
    fn surely_before(&self) -> Moment {
        if self.is_exact { self.at } else { self.at.plus_secs(-closing::BEFORE_NOON_SECS) }
    }

    fn is_close(&self, at: Moment) -> bool {
        self.closes_at.map_or_else(|| at.secs_since(self.at).abs() < 1.0, |closes_at| closes_at == at)
    }

    fn closing(&self, track: &[Dated]) -> Option<Closing> {
        if self.is_exact { closing::closing(track, self.at) } else { closing::closing_on_day(track, self.at) }
    }
}

/// The tracks of a listing that were seen before its start.
pub(super) fn tracks(rows: &ListingRows, start: &Start) -> Vec<Track> {
    let (sightings, several) = walk(rows, start);
    let mut by_track: BTreeMap<TrackKey<'_>, Vec<(SlotNo, Dated)>> = BTreeMap::new();
    for (slot, dated) in &sightings {
        let Some(name) = rows.names.slot(*slot) else { continue };
        let own = several.contains(&track_key(rows, *slot)).then_some(*slot);
        let track = by_track.entry((name.cell.0, &name.name, &name.description, own)).or_default();
        track.extend(dated.iter().map(|dated| (*slot, *dated)));
    }
    by_track.into_values().filter_map(|track| tell(track, start)).collect()
}

fn track_key(rows: &ListingRows, slot: SlotNo) -> (u32, String, String) {
    rows.names.slot(slot).map_or_else(Default::default, |name| (name.cell.0, name.name.to_string(), name.description.to_string()))
}

fn tell(mut track: Vec<(SlotNo, Dated)>, start: &Start) -> Option<Track> {
    track.sort_by_key(|(_, dated)| dated.observed_at);
    let slot = track.iter().rev().find(|(_, dated)| dated.is_live).or(track.last())?.0;
    let dated: Vec<Dated> = track.into_iter().map(|(_, dated)| dated).collect();
    let before = start.surely_before();
    let (opening, closing) = (closing::opening(&dated, before), start.closing(&dated));
    if opening.is_none() && closing.is_none() {
        return None;
    }
    let mut steps: Vec<&Dated> =
        dated.iter().filter(|dated| dated.is_live && (dated.observed_at < before || dated.is_called_closing)).collect();
    steps.dedup_by_key(|dated| (dated.price.nanos(), dated.line));
    let movement: Vec<Step> = steps.iter().map(|dated| step(dated)).collect();
    let text = serde_json::to_string(&movement).expect("steps are numbers and texts");
    Some(Track { slot, opening, closing, moves: steps.len().saturating_sub(1) as i64, movement: text, result: None })
}

fn step(dated: &Dated) -> Step {
    let line = dated.line.map(odds::Line::as_f64);
    Step { at: dated.observed_at, american: dated.price.american(), decimal: dated.price.decimal(), line }
}

/// Sightings by slot, and the tracks that had several points at once.
fn walk(rows: &ListingRows, start: &Start) -> (Sightings, BTreeSet<(u32, String, String)>) {
    let mut board = Board::default();
    board.grow(&rows.names);
    let (mut sightings, mut several) = (Sightings::new(), BTreeSet::new());
    let all = rows.timeline.rows();
    let mut at = 0;
    while at < all.len() {
        let order = all[at].order;
        let end = at + all[at..].partition_point(|row| row.order == order);
        all[at..end].iter().for_each(|row| apply(&mut board, row, &rows.names));
        if counts(order.at, &all[at..end], start.surely_before()) {
            let spoken = spoken_of(&board, &all[at..end]);
            note_several(rows, &board, &spoken, &mut several);
            spoken.into_iter().for_each(|slot| note(rows, &board, slot, order, start, &mut sightings));
        }
        at = end;
    }
    (sightings, several)
}

/// What lies before the start, and what is called closing, which stands at the start itself.
fn counts(at: Moment, rows: &[Row], before: Moment) -> bool {
    let is_phase = || rows.iter().any(|row| matches!(&row.content, RowContent::Cover(cover, _) if cover.basis == Basis::Phase));
    at < before || is_phase()
}

fn spoken_of(board: &Board, rows: &[Row]) -> BTreeSet<SlotNo> {
    let mut slots = BTreeSet::new();
    for row in rows {
        match &row.content {
            RowContent::Changes(changes) => slots.extend(changes.iter().map(|change| change.slot)),
            RowContent::Cover(cover, _) => {
                for covered in &cover.cells {
                    let of_cell = board.cells().get(covered.cell.0 as usize).map_or(&[][..], |cell| &cell.slots);
                    slots.extend(of_cell.iter().filter(|slot| covered.extent.speaks_of(**slot)));
                }
            }
            RowContent::Missed(_) | RowContent::Facts(_) => {}
        }
    }
    slots
}

fn note_several(rows: &ListingRows, board: &Board, spoken: &BTreeSet<SlotNo>, several: &mut BTreeSet<(u32, String, String)>) {
    let mut offered: BTreeMap<(u32, &str, &str), usize> = BTreeMap::new();
    for slot in spoken.iter().filter(|slot| board.slot(**slot).and_then(|slot| slot.value).is_some_and(Value::is_offered)) {
        let Some(name) = rows.names.slot(*slot) else { continue };
        let count = offered.entry((name.cell.0, &name.name, &name.description)).or_default();
        *count += 1;
        if *count == 2 {
            several.insert(track_key(rows, *slot));
        }
    }
}

/// Keeps the first and the last sighting of each run of equal ones: those between them tell nothing more.
fn note(rows: &ListingRows, board: &Board, slot: SlotNo, order: Order, start: &Start, sightings: &mut Sightings) {
    let (Some(stands), Some(name)) = (board.slot(slot), rows.names.slot(slot)) else { return };
    let Some(value) = stands.value else { return };
    let seen = sightings.entry(slot).or_default();
    let Some(price) = value.price().or_else(|| seen.last().map(|dated| dated.price)) else { return };
    let basis = board.seen(slot).map_or(Basis::Assumed, |seen| seen.basis);
    let is_called_closing = basis == Basis::Phase && start.is_close(order.at);
    let dated =
        Dated { price, line: name.point, is_live: matches!(value, Value::Live(_)), observed_at: order.at, basis, is_called_closing };
    let says_the_same = |other: &Dated| {
        (other.price, other.is_live, other.basis, other.is_called_closing) == (price, dated.is_live, basis, is_called_closing)
    };
    match seen.as_mut_slice() {
        [.., before, last] if says_the_same(before) && says_the_same(last) => *last = dated,
        _ => seen.push(dated),
    }
}

impl Track {
    /// What became of a bet on it, where the event's score decides that, or what a player did.
    pub(super) fn settle(&mut self, kept: &Kept, meant: &Understood<'_>, event: &EventShown, sides: &Sides, told: &[ToldLine]) {
        if let Some(meaning) = meant.meaning.as_ref().filter(|meaning| meaning.kind.is_prop() && event.is_over) {
            self.result = graded(meaning, told).map(odds::settlement::Grade::as_str);
            return;
        }
        let (Some(meaning), (Some(home), Some(away), is_turned)) = (&meant.meaning, sides) else { return };
        let Some(ending) =
            ending(event).map(|ending| if *is_turned { mirrored(ending) } else { ending }).filter(|_| is_decided_by_score(event, meaning))
        else {
            return;
        };
        let names = kept.names.slots().iter().filter(|name| name.cell.0 == meant.cell).map(|name| &name.name);
        let Some(ways) = Ways::of_answers(names.collect::<BTreeSet<_>>().len().max(2)) else { return };
        self.result = grade(meaning, Played { home, away }, ending, ways).ok().map(odds::settlement::Grade::as_str);
    }

    pub(super) const fn slot(&self) -> SlotNo {
        self.slot
    }

    pub(super) fn values<'a>(&'a self, listing: ListingId, out: &mut Vec<Param<'a>>) {
        let milli = |line: Option<odds::Line>| Param::from(line.map(|line| i64::from(line.milli())));
        out.extend([Param::Int(listing.0), Param::Int(i64::from(self.slot.0))]);
        match &self.opening {
            Some(opening) => out.extend([
                Param::Int(opening.price.nanos()),
                Param::Int(opening.price.american()),
                milli(opening.line),
                opening.observed_at.into(),
            ]),
            None => out.extend([Param::Null; 4]),
        }
        match &self.closing {
            Some(closing) => out.extend([
                Param::Int(closing.price.nanos()),
                Param::Int(closing.price.american()),
                milli(closing.line),
                closing.observed_at.into(),
                closing.quality.as_str().into(),
                Param::Int(closing.gap_secs),
            ]),
            None => out.extend([Param::Null; 6]),
        }
        out.extend([Param::Int(self.moves), Param::Text(&self.movement), self.result.into()]);
    }
}

fn ending(event: &EventShown) -> Option<Ending> {
    if event.is_cancelled {
        return Some(Ending::Void);
    }
    let score = |score: Option<i64>| score.and_then(|score| u32::try_from(score).ok());
    let (home, away) = score(event.home_score).zip(score(event.away_score)).filter(|_| event.is_over)?;
    Some(Ending::Score { home, away })
}

/// An ending from the other side's view: the score of an event, for a listing that has its sides the other way round.
const fn mirrored(ending: Ending) -> Ending {
    match ending {
        Ending::Score { home, away } => Ending::Score { home: away, away: home },
        Ending::Void => Ending::Void,
    }
}

/// A final score counts extra time where there was any: in leagues that play it and settle without it, the score does not decide.
fn is_decided_by_score(event: &EventShown, meaning: &odds::market::Meaning) -> bool {
    use odds::market::MarketKind::{BothTeamsToScore, DrawNoBet, Moneyline, OddEven, Spread, TeamTotal, Total};
    let is_of_points = matches!(meaning.kind, Moneyline | Spread | Total | TeamTotal | DrawNoBet | BothTeamsToScore | OddEven);
    let has_extra_time = event.league().is_none_or(|league| league.starts_with("soccer.uefa"));
    is_of_points && !has_extra_time && meaning.period == odds::market::Period::Full
}
