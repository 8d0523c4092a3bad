//! A board as of a moment, without reading more of its history than it needs.
//!
//! Changes and facts are folded whole. Of the coverage only the end is read: back to where every market that still has an offer
//! was last read in full, for what came before changes nothing that is shown.

mod found;
mod many;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use odds::SlotNo;
use odds::block::Value;
use odds::board::{Board, Order};
use odds::cover::{Cover, Extent};
use odds::id::{CellNo, ListingId, ReplyId, Seq};
use odds::names::{Interner, Names};
use odds::timeline::{Row, RowContent, Starts, Timeline, apply};

use crate::engine::Connection;
use crate::error::Result;
use crate::misses::{Said, misses_among, misses_of};
use crate::read::Cut;
use crate::scopes::Scopes;
use crate::sealed::{Laid, LaidCover, PlacedCover};
use found::{COVERS, Found, Seen, Sights};
pub use many::{BoardsAsked, OnBoards};

/// The board of a listing inside a cut, with its names, and the last entry of those that were read for it.
pub(crate) fn board(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    words: &mut Interner,
) -> Result<(Names, Board, Seq)> {
    let mut found = Found::ask(connection, listing, cut, words)?;
    let names = found.names()?;
    let mut board = Board::default();
    board.grow(&names);
    found.fold_changes(listing, &mut board)?;
    found.facts.iter().for_each(|(order, _, _, change)| board.apply_fact(*order, change));
    let (starts, last) = (found.starts(), found.last());
    let seen = found.seen(connection, listing, cut, true)?;
    let seen = take_sights(connection, scopes, listing, cut, seen, (&names, &starts), &mut board)?;
    Ok((names, board, last.max(seen)))
}

/// Takes into a board of changes and facts how far it was read inside the cut, and who missed it since; gives the last entry of those
/// that were read for it.
fn take_sights(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    seen: Seen<'_>,
    (names, starts): (&Names, &Starts),
    board: &mut Board,
) -> Result<Seq> {
    let (rows, sweeps) = match seen {
        Seen::Newest(Sights { covers, sweeps }) => {
            let rows = last_covers(connection, scopes, listing, cut, covers, board)?;
            let is_one_page = rows.len() as i64 <= COVERS;
            (rows, is_one_page.then_some(sweeps))
        }
        Seen::All(laid, covers) => (last_of(connection, scopes, listing, (laid, covers), board)?, None),
    };
    let last = rows.iter().map(|row| row.seq).max().unwrap_or(Seq(0));
    let since = rows.last().map(|row| row.order.at);
    let covered: HashSet<ReplyId> = rows.iter().map(|row| row.order.reply).collect();
    let covers = Timeline::new(rows);
    let unseen = pins(&covers).then(|| board.clone());
    covers.rows().iter().for_each(|row| apply(board, row, names));
    let Some(since) = since else { return Ok(last) };
    let said = Said { names, covered: &covered, starts };
    let misses = match sweeps {
        Some(sweeps) => misses_among(connection, scopes, listing, sweeps, cut, &said, board)?,
        None => misses_of(connection, scopes, listing, since, cut, &said, board)?,
    };
    if let Some(unseen) = unseen.filter(|_| !misses.is_empty()) {
        *board = unseen;
        let rows = covers.into_rows().into_iter().chain(misses).collect();
        Timeline::new(rows).rows().iter().for_each(|row| apply(board, row, names));
    }
    Ok(last)
}

/// Whether slots are seen apart from their cells in some of these covers: then covers and misses are told in one order.
fn pins(covers: &Timeline) -> bool {
    let cells =
        covers.rows().iter().flat_map(|row| if let RowContent::Cover(cover, _) = &row.content { cover.cells.as_slice() } else { &[] });
    cells.into_iter().any(|cell| cell.extent != Extent::Whole)
}

/// Covers from the newest back, until every cell with an offer was read in full; the first page of them is there.
fn last_covers(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    first: Vec<PlacedCover>,
    board: &Board,
) -> Result<Vec<Row>> {
    let mut open = Open::of(board);
    let (mut rows, mut page) = (Vec::new(), first);
    loop {
        let is_last_page = (page.len() as i64) < COVERS;
        for (order, seq, cover, scope) in page {
            open.close(&cover);
            rows.push(Row { order, seq, content: RowContent::Cover(cover, scopes.get(connection, scope)?) });
        }
        let Some(last) = rows.last().filter(|_| !is_last_page && !open.is_empty()) else { return Ok(rows) };
        page = covers_before(connection, listing, cut, last.order)?;
    }
}

/// The same where all covers are there, from the oldest on and unread.
fn last_of(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    (laid, covers): (&Laid, &[LaidCover]),
    board: &Board,
) -> Result<Vec<Row>> {
    let (mut open, mut rows) = (Open::of(board), Vec::new());
    for page in covers.rchunks(COVERS as usize) {
        for cover in page.iter().rev() {
            let (order, seq, cover, scope) = laid.read(listing, cover)?;
            open.close(&cover);
            rows.push(Row { order, seq, content: RowContent::Cover(cover, scopes.get(connection, scope)?) });
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(rows)
}

/// What has not been met yet on the way back.
struct Open {
    cells: BTreeSet<CellNo>,
    slots: BTreeSet<(CellNo, SlotNo)>,
}

impl Open {
    fn of(board: &Board) -> Self {
        let offered = board.slots().iter().filter(|slot| slot.value.is_some_and(Value::is_offered));
        Self { cells: offered.map(|slot| slot.cell).collect(), slots: BTreeSet::new() }
    }

    /// A market read in full is met, but for the slots that could not be used in it: they are looked for further back.
    fn close(&mut self, cover: &Cover) {
        for cell in &cover.cells {
            match &cell.extent {
                Extent::Whole => {
                    self.cells.remove(&cell.cell);
                }
                Extent::Except(slots) if self.cells.remove(&cell.cell) => self.slots.extend(slots.iter().map(|slot| (cell.cell, *slot))),
                Extent::Except(_) | Extent::Only(_) => {}
            }
            self.slots.retain(|(of, slot)| *of != cell.cell || !cell.extent.speaks_of(*slot));
        }
    }

    fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.slots.is_empty()
    }
}

fn covers_before(connection: &mut dyn Connection, listing: ListingId, cut: Cut, before: Order) -> Result<Vec<PlacedCover>> {
    let mut page = Vec::new();
    let sql =
        "select 0, c.observed_at, c.reply_id, c.seq, e.scope_id, null, null, null, c.cover from @covers c join @entries e on e.seq = c.seq
        where c.listing_id = $1 and c.observed_at <= $2 and (c.observed_at < $3 or c.reply_id < $4) and c.seq + 0 <= $5
        order by c.observed_at desc, c.reply_id desc limit $6";
    let params = [listing.0.into(), before.at.into(), before.at.into(), before.reply.0.into(), cut.known.0.into(), COVERS.into()];
    connection.query_held(sql, &params, &mut |row| {
        page.push(found::cover(row, listing)?);
        Ok(())
    })?;
    Ok(page)
}
