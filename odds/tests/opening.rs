//! How surely an opening line is the first that there was: by who had looked for it just before.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use odds::block::{Change, Value};
use odds::board::Order;
use odds::closing::{Quality, Start, Track, tracks};
use odds::cover::{CellCover, Cover, Extent};
use odds::names::{CellName, Interner, Names, SlotName};
use odds::observation::{BookScope, ListingScope, Scope};
use odds::reply::Basis;
use odds::timeline::{Row, RowContent, Timeline};
use odds::{CellNo, Line, Moment, Price, ReplyId, Seq, SlotNo};

const TIP: &str = "2026-01-11T00:00:00Z";

fn tip() -> Moment {
    TIP.parse().unwrap()
}

/// A book with a market of one outcome at two lines.
fn names() -> Names {
    let (mut names, mut words) = (Names::default(), Interner::default());
    let cell = names.add_cell(CellName { book: words.intern("pinnacle"), market: words.intern("totals") });
    for milli in [220_500, 221_500] {
        let (name, description) = (words.intern("Over"), words.intern(""));
        names.add_slot(SlotName { cell, name, description, point: Some(Line::from_milli(milli)) });
    }
    names
}

/// What a reply says, in seconds from the start: of these slots at these prices; it covers the market whether it has it or not.
fn reply(secs: i64, offered: &[(u32, i64)], withdrawn: &[u32]) -> Vec<Row> {
    let order = Order { at: tip().plus_secs(secs), reply: ReplyId(secs.unsigned_abs() as i64) };
    let scope =
        Scope { listings: ListingScope::Sport, markets: Some(vec!["totals".to_owned()]), books: BookScope::All, ..Scope::default() };
    let cells = vec![CellCover { cell: CellNo(0), seen_at: None, extent: Extent::Whole }];
    let cover = Cover { cells, ..Cover::empty(Basis::Fetched) };
    let live = |(slot, cents): &(u32, i64)| {
        let price = Price::from_nanos(cents * 10_000_000).unwrap();
        Change { slot: SlotNo(*slot), value: Value::Live(price), changed_at: None }
    };
    let gone = |slot: &u32| Change { slot: SlotNo(*slot), value: Value::Withdrawn, changed_at: None };
    let mut changes: Vec<Change> = offered.iter().map(live).chain(withdrawn.iter().map(gone)).collect();
    changes.sort_by_key(|change| change.slot);
    let seq = Seq(1);
    vec![Row { order, seq, content: RowContent::Cover(cover, Arc::new(scope)) }, Row { order, seq, content: RowContent::Changes(changes) }]
}

fn told(replies: &[Vec<Row>]) -> Vec<Track> {
    let start = Start { at: tip(), is_exact: true, closes_at: None };
    tracks(&names(), &Timeline::new(replies.concat()), &start)
}

#[test]
fn an_opening_that_was_looked_for_just_before_is_exact() {
    let [track] = told(&[reply(-7200, &[], &[]), reply(-6900, &[(0, 190)], &[]), reply(-300, &[(0, 195)], &[])]).try_into().unwrap();
    assert_eq!(track.opening_quality, Some(Quality::Exact));
    assert_eq!((track.opening.unwrap().gap_secs, track.closing.unwrap().gap_secs), (6900, 300));
    assert_eq!(track.steps.len(), 2);
}

#[test]
fn an_opening_that_nobody_had_looked_for_may_be_late() {
    let [track] = told(&[reply(-8000, &[], &[]), reply(-6900, &[(0, 190)], &[]), reply(-300, &[(0, 195)], &[])]).try_into().unwrap();
    assert_eq!(track.opening_quality, Some(Quality::Late), "eleven minutes and more");
    let [track] = told(&[reply(-6900, &[(0, 190)], &[])]).try_into().unwrap();
    assert_eq!(track.opening_quality, Some(Quality::FirstSeenOnly));
    assert_eq!(track.closing.unwrap().quality, Quality::FirstSeenOnly);
}

#[test]
fn a_line_that_moved_goes_on_in_its_track_and_what_is_seen_in_play_is_no_opening() {
    let moved = reply(-3600, &[(1, 187)], &[0]);
    let [track] = told(&[reply(-7200, &[], &[]), reply(-7000, &[(0, 190)], &[]), moved, reply(60, &[(1, 500)], &[])]).try_into().unwrap();
    assert_eq!((track.slot, track.opening_quality), (SlotNo(1), Some(Quality::Exact)));
    let lines = |line: Option<Line>| line.map(Line::milli);
    assert_eq!((lines(track.opening.unwrap().line), lines(track.closing.unwrap().line)), (Some(220_500), Some(221_500)));
    assert_eq!(track.closing.unwrap().price.nanos(), 1_870_000_000, "not the price of the first minute");
    assert_eq!(told(&[reply(-60, &[], &[]), reply(60, &[(0, 190)], &[])]), []);
}

#[test]
fn several_lines_at_once_are_a_track_each() {
    let tracks = told(&[reply(-7200, &[(0, 190), (1, 205)], &[]), reply(-300, &[(0, 191), (1, 204)], &[])]);
    assert_eq!(tracks.iter().map(|track| track.slot).collect::<Vec<_>>(), [SlotNo(0), SlotNo(1)]);
    assert!(tracks.iter().all(|track| track.opening_quality == Some(Quality::Late) && track.closing.unwrap().quality == Quality::Exact));
}
