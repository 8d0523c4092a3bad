//! Boards of many events at many moments: the history of a listing is read once and folded forward through all moments that are asked
//! of it, where one question a board would read and fold it from its beginning each time.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;

use odds::board::Board;
use odds::id::{EventId, Seq};
use odds::names::Interner;
use odds::timeline::Starts;

use super::found::{Folded, Found};
use super::take_sights;
use crate::boards::Kept;
use crate::directory::{self, EventRow, ListingRow, founder_first, listing};
use crate::engine::{Connection, Keys};
use crate::error::Result;
use crate::read::Cut;
use crate::scopes::Scopes;
use crate::store::Store;
use crate::together;

/// Events are looked up so many at a time.
const TOGETHER: usize = 1000;

/// The boards of an event's listings inside a cut, as they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct BoardsAsked<'a> {
    /// The event, as it was known at the cut.
    pub event: &'a EventRow,
    /// As of when, and known by when.
    pub cut: Cut,
}

/// Takes the boards of one of those that were asked for, by its place among them: one of each listing that was met by then.
pub type OnBoards<'a> = &'a mut dyn FnMut(usize, &[Kept]) -> Result<()>;

impl Store {
    /// The boards of many events, each as of its moment, all of one state of the store; each equals what [`Store::board`] gives of it.
    /// They come event by event in the order in which events are first asked for, and of each event the earliest moment first. Where the
    /// connection is cut in between, all of them come once more.
    ///
    /// # Errors
    /// What the engine or `on_boards` reports, or damaged bytes.
    pub fn boards_as_of(&self, asked: &[BoardsAsked<'_>], on_boards: OnBoards<'_>) -> Result<()> {
        let of_one_pass = |at: &usize| (asked[*at].event.id, asked[*at].cut.known);
        let mut first: HashMap<(EventId, Seq), usize> = HashMap::new();
        (0..asked.len()).for_each(|at| {
            first.entry(of_one_pass(&at)).or_insert(at);
        });
        let mut places: Vec<usize> = (0..asked.len()).collect();
        places.sort_by_key(|at| (first[&of_one_pass(at)], asked[*at].cut.as_of));
        let on_boards = RefCell::new(on_boards);
        self.read(|connection| {
            connection.begin_read()?;
            let mut words = Interner::default();
            let mut passes = places.chunk_by(|a, b| of_one_pass(a) == of_one_pass(b));
            let done = passes.try_for_each(|pass| {
                Pass { asked, places: pass, scopes: &self.scopes }.walk(connection, &mut words, &mut **on_boards.borrow_mut())
            });
            let ended = connection.rollback();
            done.and(ended)
        })
    }

    /// Events by their ids, as known at a place in the log; those that no listing was by then are left out.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn events_known(&self, ids: &[EventId], known: Seq) -> Result<Vec<EventRow>> {
        if known != Cut::ALL.known {
            let some = |ids: &[EventId]| self.read(|connection| together::events_known(connection, ids, known));
            return ids.chunks(TOGETHER).map(some).collect::<Result<Vec<_>>>().map(|some| some.concat());
        }
        let mut listings: Vec<ListingRow> = Vec::new();
        for ids in ids.chunks(TOGETHER) {
            let texts: Vec<String> = ids.iter().map(EventId::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            listings.extend(self.read(|connection| {
                let mut found = Vec::new();
                connection.for_keys(listing!("where event_id in $keys"), Keys::Texts(&texts), &mut |row| {
                    found.push(directory::read(row)?);
                    Ok(())
                })?;
                Ok(found)
            })?);
        }
        listings.sort_by_key(|row| (row.event, row.id));
        listings.dedup_by_key(|row| row.id);
        let events = listings.chunk_by(|a, b| a.event == b.event).map(|listings| {
            let (id, mut listings) = (listings[0].event, listings.to_vec());
            founder_first(id, &mut listings);
            EventRow { id, listings, asked_as: None }
        });
        Ok(events.collect())
    }
}

/// One event's moments by what was known at one place in the log, the earliest first.
struct Pass<'a> {
    asked: &'a [BoardsAsked<'a>],
    places: &'a [usize],
    scopes: &'a Scopes,
}

impl Pass<'_> {
    fn walk(&self, connection: &mut dyn Connection, words: &mut Interner, on_boards: OnBoards<'_>) -> Result<()> {
        let (Some(first), Some(last)) = (self.places.first(), self.places.last()) else { return Ok(()) };
        let (event, end) = (self.asked[*first].event, self.asked[*last].cut);
        let met = event.listings.iter().filter(|listing| listing.founded <= end.known);
        let read = met.map(|listing| History::read(connection, listing, end, words)).collect::<Result<Vec<_>>>()?;
        let (mut histories, mut boards): (Vec<History>, Vec<Kept>) = read.into_iter().unzip();
        let mut before = None;
        for at in self.places {
            let cut = self.asked[*at].cut;
            if before != Some(cut) {
                for (history, kept) in histories.iter_mut().zip(&mut boards) {
                    history.go_to(connection, self.scopes, cut, kept)?;
                }
            }
            before = Some(cut);
            on_boards(*at, &boards)?;
        }
        Ok(())
    }
}

/// A listing's history up to the last moment that is asked of it, and how far it was folded.
struct History {
    found: Found,
    starts: Starts,
    folded: Folded,
    end: Cut,
}

impl History {
    /// Reads it, and makes a place for its boards.
    fn read(connection: &mut dyn Connection, listing: &ListingRow, end: Cut, words: &mut Interner) -> Result<(Self, Kept)> {
        let mut found = Found::ask(connection, listing.id, end, words)?;
        let names = found.names()?;
        let mut folded = Folded::default();
        folded.board.grow(&names);
        let kept = Kept { listing: listing.clone(), names, board: Board::default(), seq: Seq(0) };
        Ok((Self { starts: found.starts(), found, folded, end }, kept))
    }

    /// Goes forward to a moment. How far it was read until the last one came with the history; until others it is asked.
    fn go_to(&mut self, connection: &mut dyn Connection, scopes: &Scopes, cut: Cut, kept: &mut Kept) -> Result<()> {
        let listing = kept.listing.id;
        self.found.fold_on(cut.as_of, listing, &mut self.folded)?;
        kept.board = self.folded.board.clone();
        let seen = self.found.seen(connection, listing, cut, cut == self.end)?;
        let seen = take_sights(connection, scopes, listing, cut, seen, (&kept.names, &self.starts), &mut kept.board)?;
        kept.seq = self.folded.last.max(seen);
        Ok(())
    }
}
