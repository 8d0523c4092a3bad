//! Opening and closing of each track of a listing, from its rows in the order of the world.
//!
//! A track is a slot without its point, while it has one point at a time; where it has several at once, each slot is its own.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::{BEFORE_NOON_SECS, Closing, Dated, EXACT_WITHIN_SECS, Opening, Quality};
use crate::block::Value;
use crate::board::Board;
use crate::id::SlotNo;
use crate::moment::Moment;
use crate::names::Names;
use crate::reply::Basis;
use crate::timeline::{Row, RowContent, Timeline, apply};

/// When an event starts, and what a listing says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The start; the noon of its day where that is all that is known.
    pub at: Moment,
    /// Whether the time is known, and not the day alone.
    pub is_exact: bool,
    /// Where the listing's closing prices stand, where that is not at the start.
    pub closes_at: Option<Moment>,
}

impl Start {
    /// Up to when a quote was surely before the start.
    fn surely_before(&self) -> Moment {
        if self.is_exact { self.at } else { self.at.plus_secs(-BEFORE_NOON_SECS) }
    }

    fn is_close(&self, at: Moment) -> bool {
        self.closes_at.map_or_else(|| at.secs_since(self.at).abs() < 1.0, |closes_at| closes_at == at)
    }

    fn closing(&self, track: &[Dated]) -> Option<Closing> {
        if self.is_exact { super::closing(track, self.at) } else { super::closing_on_day(track, self.at) }
    }
}

/// A track that was seen before the start of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The slot that it ended on.
    pub slot: SlotNo,
    /// The opening quote.
    pub opening: Option<Opening>,
    /// How surely it is the first that there was: [`Quality::Exact`] where a reply that spoke of the market, at most [`EXACT_WITHIN_SECS`]
    /// before, did not have it; else [`Quality::Late`], or [`Quality::FirstSeenOnly`] where the track was seen once.
    pub opening_quality: Option<Quality>,
    /// The closing quote.
    pub closing: Option<Closing>,
    /// What was quoted before the start, each price and line once while it stood, the first sighting of each.
    pub steps: Vec<Dated>,
}

/// The tracks of a listing that were seen before its start, in the order of their slots.
#[must_use]
pub fn tracks(names: &Names, timeline: &Timeline, start: &Start) -> Vec<Track> {
    let mut walk = Walk::of(names, timeline.rows(), start);
    walk.run();
    walk.tracks()
}

struct Walk<'a> {
    names: &'a Names,
    rows: &'a [Row],
    start: &'a Start,
    board: Board,
    /// Sightings by slot, and whether the first was looked for just before.
    seen: Vec<Vec<Dated>>,
    was_looked_for: Vec<bool>,
    /// The track of each slot, and whether a track had several points at once.
    track_of: Vec<usize>,
    has_several: Vec<bool>,
    /// The reply in which a slot was spoken of last, and how many points of a track the last reply offered that spoke of it.
    spoken_in: Vec<usize>,
    offered_in: Vec<(usize, usize)>,
    spoken: Vec<SlotNo>,
}

impl<'a> Walk<'a> {
    fn of(names: &'a Names, rows: &'a [Row], start: &'a Start) -> Self {
        let mut numbers: HashMap<(u32, &str, &str), usize, FxBuildHasher> = HashMap::default();
        let mut track_of = Vec::with_capacity(names.slots().len());
        for slot in names.slots() {
            let next = numbers.len();
            track_of.push(*numbers.entry((slot.cell.0, &slot.name, &slot.description)).or_insert(next));
        }
        let (slots, tracks) = (track_of.len(), numbers.len());
        let mut board = Board::default();
        board.grow(names);
        Self {
            names,
            rows,
            start,
            board,
            seen: vec![Vec::new(); slots],
            was_looked_for: vec![false; slots],
            track_of,
            has_several: vec![false; tracks],
            spoken_in: vec![0; slots],
            offered_in: vec![(0, 0); tracks],
            spoken: Vec::new(),
        }
    }

    fn run(&mut self) {
        let before = self.start.surely_before();
        let mut at = 0;
        while at < self.rows.len() {
            let order = self.rows[at].order;
            let end = at + self.rows[at..].partition_point(|row| row.order == order);
            self.rows[at..end].iter().for_each(|row| apply(&mut self.board, row, self.names));
            if counts(order.at, &self.rows[at..end], before) {
                self.hear(at, end);
                let spoken = std::mem::take(&mut self.spoken);
                spoken.iter().for_each(|slot| self.note(*slot, at));
                self.spoken = spoken;
            }
            at = end;
        }
    }

    /// Which slots a reply speaks of, each once. Replies are told apart by the place of their end, which is never 0.
    fn hear(&mut self, at: usize, end: usize) {
        self.spoken.clear();
        for row in &self.rows[at..end] {
            match &row.content {
                RowContent::Changes(changes) => changes.iter().for_each(|change| self.speak(change.slot, end)),
                RowContent::Cover(cover, _) => {
                    for covered in &cover.cells {
                        let slots = self.board.cells().get(covered.cell.0 as usize).map_or(0, |cell| cell.slots.len());
                        for place in 0..slots {
                            let slot = self.board.cells()[covered.cell.0 as usize].slots[place];
                            if covered.extent.speaks_of(slot) {
                                self.speak(slot, end);
                            }
                        }
                    }
                }
                RowContent::Missed(_) | RowContent::Facts(_) => {}
            }
        }
        self.spoken.sort_unstable();
    }

    fn speak(&mut self, slot: SlotNo, reply: usize) {
        let Some(spoken_in) = self.spoken_in.get_mut(slot.0 as usize).filter(|spoken_in| **spoken_in != reply) else { return };
        *spoken_in = reply;
        self.spoken.push(slot);
        if !self.board.slot(slot).and_then(|slot| slot.value).is_some_and(Value::is_offered) {
            return;
        }
        let track = self.track_of[slot.0 as usize];
        let (offered_in, count) = &mut self.offered_in[track];
        *count = if *offered_in == reply { *count + 1 } else { 1 };
        *offered_in = reply;
        self.has_several[track] |= *count > 1;
    }

    /// Keeps the first and the last sighting of each run of equal ones: those between them tell nothing more.
    fn note(&mut self, slot: SlotNo, at: usize) {
        let (Some(stands), Some(name)) = (self.board.slot(slot), self.names.slot(slot)) else { return };
        let Some(value) = stands.value else { return };
        let order = self.rows[at].order;
        let is_first = self.seen[slot.0 as usize].is_empty();
        if is_first {
            self.was_looked_for[slot.0 as usize] = self.was_looked_for(slot, at);
        }
        let seen = &mut self.seen[slot.0 as usize];
        let Some(price) = value.price().or_else(|| seen.last().map(|dated| dated.price)) else { return };
        let basis = self.board.seen(slot).map_or(Basis::Assumed, |seen| seen.basis);
        let is_called_closing = basis == Basis::Phase && self.start.is_close(order.at);
        let is_live = matches!(value, Value::Live(_));
        let dated = Dated { price, line: name.point, is_live, observed_at: order.at, basis, is_called_closing };
        let says_the_same = |other: &Dated| {
            (other.price, other.is_live, other.basis, other.is_called_closing) == (price, is_live, basis, is_called_closing)
        };
        match seen.as_mut_slice() {
            [.., before, last] if says_the_same(before) && says_the_same(last) => *last = dated,
            _ => seen.push(dated),
        }
    }

    /// Whether a reply shortly before the one at a place spoke of a slot, which it had not.
    fn was_looked_for(&self, slot: SlotNo, at: usize) -> bool {
        let since = self.rows[at].order.at.plus_secs(-EXACT_WITHIN_SECS);
        let earlier = self.rows[..at].iter().rev().take_while(|row| row.order.at >= since);
        let mut covers =
            earlier.filter_map(|row| if let RowContent::Cover(cover, scope) = &row.content { Some((cover, scope)) } else { None });
        covers.any(|(cover, scope)| cover.basis.is_measured() && cover.speaks_of(slot, scope, self.names))
    }

    fn tracks(self) -> Vec<Track> {
        let mut by_track: Vec<Vec<(SlotNo, Dated)>> = vec![Vec::new(); self.has_several.len()];
        let mut told = Vec::new();
        for (at, seen) in self.seen.iter().enumerate() {
            let (slot, track) = (SlotNo(at as u32), self.track_of[at]);
            let dated = seen.iter().map(|dated| (slot, *dated));
            if self.has_several[track] {
                told.extend(tell(dated.collect(), self.start, &self.was_looked_for));
            } else {
                by_track[track].extend(dated);
            }
        }
        told.extend(by_track.into_iter().filter_map(|track| tell(track, self.start, &self.was_looked_for)));
        told.sort_by_key(|track| track.slot);
        told
    }
}

/// What lies before the start, and what is called closing, which stands at the start itself.
fn counts(at: Moment, rows: &[Row], before: Moment) -> bool {
    let is_phase = || rows.iter().any(|row| matches!(&row.content, RowContent::Cover(cover, _) if cover.basis == Basis::Phase));
    at < before || is_phase()
}

fn tell(mut track: Vec<(SlotNo, Dated)>, start: &Start, was_looked_for: &[bool]) -> Option<Track> {
    track.sort_by_key(|(_, dated)| dated.observed_at);
    let slot = track.iter().rev().find(|(_, dated)| dated.is_live).or(track.last())?.0;
    let before = start.surely_before();
    let slots: Vec<SlotNo> = track.iter().map(|(slot, _)| *slot).collect();
    let dated: Vec<Dated> = track.into_iter().map(|(_, dated)| dated).collect();
    let (opening, closing) = (super::opening(&dated, before), start.closing(&dated));
    if opening.is_none() && closing.is_none() {
        return None;
    }
    let opening_quality = opening.map(|opening| {
        let first = dated.iter().position(|dated| dated.observed_at == opening.observed_at);
        match first {
            // who was seen withdrawn or suspended before was known before
            Some(0) if was_looked_for[slots[0].0 as usize] => Quality::Exact,
            _ if dated.len() > 1 => Quality::Late,
            _ => Quality::FirstSeenOnly,
        }
    });
    let is_step = |dated: &Dated| dated.is_live && (dated.observed_at < before || dated.is_called_closing);
    let mut steps: Vec<Dated> = dated.into_iter().filter(is_step).collect();
    steps.dedup_by_key(|dated| (dated.price.nanos(), dated.line));
    Some(Track { slot, opening, opening_quality, closing, steps })
}
