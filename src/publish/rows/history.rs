//! Opening, closing and movement of each track of a listing, as rows (`odds::closing` says what a track is).

use std::collections::BTreeSet;

use odds::closing::{self, Dated, Start};
use odds::names::Names;
use odds::settlement::{Grade, OwnSides, Told};
use odds::timeline::Timeline;
use odds::{ListingId, Moment, SlotNo};
use serde::Serialize;
use store::Param;
use store::boards::Kept;

use super::event::EventShown;
use super::slot::{Sides, Understood};

/// A track as it is written.
pub(super) struct Track {
    track: closing::Track,
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

/// The tracks of a listing that were seen before its start.
pub(super) fn tracks(names: &Names, timeline: &Timeline, start: &Start) -> Vec<Track> {
    closing::tracks(names, timeline, start).into_iter().map(tell).collect()
}

fn tell(track: closing::Track) -> Track {
    let movement: Vec<Step> = track.steps.iter().map(step).collect();
    let movement = serde_json::to_string(&movement).expect("steps are numbers and texts");
    Track { track, movement, result: None }
}

fn step(dated: &Dated) -> Step {
    let line = dated.line.map(odds::Line::as_f64);
    Step { at: dated.observed_at, american: dated.price.american(), decimal: dated.price.decimal(), line }
}

impl Track {
    /// What became of a bet on it, where the event's score decides that, or what a player did.
    pub(super) fn settle(
        &mut self,
        kept: &Kept,
        meant: &Understood<'_>,
        event: &EventShown,
        (home, away, is_turned): &Sides,
        told: &[Told],
    ) {
        let Some(meaning) = &meant.meaning else { return };
        let names = kept.names.slots().iter().filter(|name| name.cell.0 == meant.cell).map(|name| &name.name);
        let answers = names.collect::<BTreeSet<_>>().len();
        let sides = OwnSides { home: home.as_deref(), away: away.as_deref(), is_turned: *is_turned };
        self.result = event.ended().settle(meaning, sides, answers, told).map(Grade::as_str);
    }

    pub(super) const fn slot(&self) -> SlotNo {
        self.track.slot
    }

    pub(super) fn values<'a>(&'a self, listing: ListingId, out: &mut Vec<Param<'a>>) {
        let closing::Track { slot, opening, opening_quality, closing, steps } = &self.track;
        let milli = |line: Option<odds::Line>| Param::from(line.map(|line| i64::from(line.milli())));
        out.extend([Param::Int(listing.0), Param::Int(i64::from(slot.0))]);
        match opening {
            Some(opening) => out.extend([
                Param::Int(opening.price.nanos()),
                Param::Int(opening.price.american()),
                milli(opening.line),
                opening.observed_at.into(),
            ]),
            None => out.extend([Param::Null; 4]),
        }
        match closing {
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
        out.extend([Param::Int(steps.len().saturating_sub(1) as i64), Param::Text(&self.movement), self.result.into()]);
        out.push(opening.map(|opening| opening.gap_secs).into());
        out.push(opening_quality.map(closing::Quality::as_str).into());
    }
}
