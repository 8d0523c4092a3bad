//! A board as of a moment, without reading more of its history than it needs.
//!
//! Changes and facts are folded whole. Of the coverage only the end is read: back to where every market that still has an offer
//! was last read in full, for what came before changes nothing that is shown.

use std::collections::{BTreeSet, HashSet};

use odds::block;
use odds::block::Value;
use odds::board::{Board, FactChange, Order};
use odds::cover::{self, Cover, Extent};
use odds::id::{CellNo, ListingId, ReplyId, Seq};
use odds::names::{Interner, Names, Word};
use odds::observation::FactKind;
use odds::timeline::{Row, RowContent, Starts, Timeline, apply};
use odds::{Moment, SlotNo};

use crate::engine::Connection;
use crate::error::{Result, StoreError};
use crate::log::fact_kind;
use crate::misses::{Said, misses_of};
use crate::read::{Cut, names};
use crate::scopes::Scopes;

const AT_ONCE: i64 = 16;

/// The board of a listing inside a cut, with its names, and the last entry of those that were read for it.
pub(crate) fn board(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    words: &mut Interner,
) -> Result<(Names, Board, Seq)> {
    let names = names(connection, listing, cut.known, words)?;
    let mut board = Board::default();
    board.grow(&names);
    let mut last = Seq(0);
    fold_changes(connection, listing, cut, &mut board, &mut last)?;
    let starts = fold_facts(connection, listing, cut, words, (&mut board, &mut last))?;
    let rows = last_covers(connection, scopes, listing, cut, &board)?;
    last = rows.iter().map(|row| row.seq).fold(last, Seq::max);
    let since = rows.last().map(|row| row.order.at);
    let covered: HashSet<ReplyId> = rows.iter().map(|row| row.order.reply).collect();
    for row in Timeline::new(rows).rows() {
        apply(&mut board, row, &names);
    }
    if let Some(since) = since {
        misses_of(connection, scopes, listing, since, cut, &Said { names: &names, covered: &covered, starts: &starts }, &mut board)?;
    }
    Ok((names, board, last))
}

fn fold_changes(connection: &mut dyn Connection, listing: ListingId, cut: Cut, board: &mut Board, last: &mut Seq) -> Result<()> {
    let sql = "select observed_at, reply_id, block, seq from @blocks where listing_id = $1 and observed_at <= $2 and seq <= $3
        order by observed_at, reply_id, seq";
    connection.query(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
        let order = Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) };
        *last = Seq(row.int(3)?).max(*last);
        block::decode(row.blob(2)?, order.at, |change| board.apply_change(order, change))
            .map_err(|error| StoreError::damaged(format!("a block of listing {listing}"), error))
    })
}

fn fold_facts(
    connection: &mut dyn Connection,
    listing: ListingId,
    cut: Cut,
    words: &mut Interner,
    (board, last): (&mut Board, &mut Seq),
) -> Result<Starts> {
    let mut starts = Vec::new();
    let sql =
        "select observed_at, reply_id, kind, subject, value, seq from @facts where listing_id = $1 and observed_at <= $2 and seq <= $3
        order by observed_at, reply_id, seq, i";
    connection.query(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
        let order = Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) };
        let change =
            FactChange { kind: fact_kind(row.int(2)?)?, subject: words.intern(row.text(3)?), value: row.opt_text(4)?.map(Word::from) };
        *last = Seq(row.int(5)?).max(*last);
        if change.kind == FactKind::Start {
            starts.push((order, change.value.as_ref().and_then(|value| value.parse().ok())));
        }
        board.apply_fact(order, &change);
        Ok(())
    })?;
    Ok(Starts::new(starts))
}

/// Covers from the newest back, until every cell with an offer was read in full.
fn last_covers(connection: &mut dyn Connection, scopes: &Scopes, listing: ListingId, cut: Cut, board: &Board) -> Result<Vec<Row>> {
    let mut open = Open::of(board);
    let (mut rows, mut before) = (Vec::new(), Order { at: cut.as_of, reply: ReplyId(i64::MAX) });
    loop {
        let page = covers_before(connection, scopes, listing, cut, before)?;
        let is_last_page = (page.len() as i64) < AT_ONCE;
        for row in page {
            before = row.order;
            if let RowContent::Cover(cover, _) = &row.content {
                open.close(cover);
            }
            rows.push(row);
        }
        if is_last_page || open.is_empty() {
            return Ok(rows);
        }
    }
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

fn covers_before(connection: &mut dyn Connection, scopes: &Scopes, listing: ListingId, cut: Cut, before: Order) -> Result<Vec<Row>> {
    let mut raw = Vec::new();
    let sql = "select c.observed_at, c.reply_id, c.seq, c.cover, e.scope_id from @covers c join @entries e on e.seq = c.seq
        where c.listing_id = $1 and c.observed_at <= $2 and (c.observed_at < $3 or c.reply_id < $4) and c.seq <= $5
        order by c.observed_at desc, c.reply_id desc limit $6";
    let params = [listing.0.into(), before.at.into(), before.at.into(), before.reply.0.into(), cut.known.0.into(), AT_ONCE.into()];
    connection.query(sql, &params, &mut |row| {
        let at = Moment::from_micros(row.int(0)?);
        let cover = cover::decode(row.blob(3)?, at).map_err(|error| StoreError::damaged(format!("a cover of listing {listing}"), error))?;
        raw.push((Order { at, reply: ReplyId(row.int(1)?) }, Seq(row.int(2)?), cover, row.int(4)?));
        Ok(())
    })?;
    raw.into_iter()
        .map(|(order, seq, cover, scope)| Ok(Row { order, seq, content: RowContent::Cover(cover, scopes.get(connection, scope)?) }))
        .collect()
}
