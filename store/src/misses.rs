//! Misses: sweeps of a sport that asked for a listing and did not bring it. They are not stored; they are told from the entries.

use std::collections::HashSet;

use odds::Moment;
use odds::board::{Board, Order};
use odds::id::{ListingId, ReplyId, Seq};
use odds::names::{CellName, Names};
use odds::timeline::{Row, RowContent, Starts, Timeline};

use crate::boards::Kept;
use crate::engine::Connection;
use crate::error::Result;
use crate::read::Cut;
use crate::scopes::Scopes;

/// Sweeps are read so many at a time: a listing that is over is asked for by all that come after it.
pub(crate) const SWEEPS: i64 = 64;
/// After so many reads, and again after as many, it is asked whether any that are left can tell anything.
const LOOKS_AHEAD: usize = 2;

/// Sweeps of the listing's sport that asked for it, by the start that was known of it at their moment, and did not bring it;
/// until nothing stands any more.
pub(crate) fn misses(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    since: Moment,
    cut: Cut,
    timeline: &Timeline,
    names: &Names,
) -> Result<Vec<Row>> {
    let covers = timeline.rows().iter().filter(|row| matches!(row.content, RowContent::Cover(..)));
    let covered: HashSet<ReplyId> = covers.map(|row| row.order.reply).collect();
    let mut board = timeline.board_at(Order::end_of(cut.as_of), names);
    misses_of(connection, scopes, listing, since, cut, &Said { names, covered: &covered, starts: &timeline.starts() }, &mut board)
}

/// The misses after the last row of a board, which it takes in. Every sweep since then is judged by the start that stands now.
pub(crate) fn misses_after(connection: &mut dyn Connection, scopes: &Scopes, kept: &mut Kept, order: Order) -> Result<()> {
    let starts = Starts::new(vec![(Order::default(), kept.board.starts_at())]);
    let said = Said { names: &kept.names, covered: &HashSet::new(), starts: &starts };
    misses_of(connection, scopes, kept.listing.id, order.at, Cut::ALL, &said, &mut kept.board).map(drop)
}

/// What is known of a listing when its misses are looked for.
pub(crate) struct Said<'a> {
    pub(crate) names: &'a Names,
    pub(crate) covered: &'a HashSet<ReplyId>,
    pub(crate) starts: &'a Starts,
}

/// The same for a board that is folded already; it takes the misses in.
pub(crate) fn misses_of(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    since: Moment,
    cut: Cut,
    said: &Said<'_>,
    board: &mut Board,
) -> Result<Vec<Row>> {
    let first = sweeps(connection, listing, Order { at: since, reply: ReplyId(i64::MIN) }, cut)?;
    misses_among(connection, scopes, listing, first, cut, said, board)
}

/// The same where the first page of sweeps was read already.
pub(crate) fn misses_among(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    first: Vec<Sweep>,
    cut: Cut,
    said: &Said<'_>,
    board: &mut Board,
) -> Result<Vec<Row>> {
    let (mut rows, mut page) = (Vec::new(), first);
    for pages in 1.. {
        let is_last_page = (page.len() as i64) < SWEEPS;
        let Some(last) = page.last().map(|(order, ..)| *order) else { return Ok(rows) };
        for (order, seq, scope, external_id) in page.into_iter().filter(|(order, ..)| !said.covered.contains(&order.reply)) {
            let scope = scopes.get(connection, scope)?;
            if scope.asks_listing(&external_id, said.starts.before(order)) {
                board.apply_missed(order, &scope, said.names);
                rows.push(Row { order, seq, content: RowContent::Missed(scope) });
            }
        }
        let is_past = board.last().is_none_or(|said| said < last);
        if is_last_page || is_past && board.standing() == 0 {
            return Ok(rows);
        }
        if is_past && pages % LOOKS_AHEAD == 0 && !may_be_missed(connection, scopes, listing, last, cut, board, said.names)? {
            return Ok(rows);
        }
        page = sweeps(connection, listing, last, cut)?;
    }
    Ok(rows)
}

/// Whether any sweep after a place asked for a market at a book where something stands: props that no sweep asks for stand for ever,
/// and nobody need look through every sweep for them.
fn may_be_missed(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    after: Order,
    cut: Cut,
    board: &Board,
    names: &Names,
) -> Result<bool> {
    let mut ids = Vec::new();
    let sql = "select distinct e.scope_id from @listings l
        join @entries e on e.provider = l.provider and e.sport = l.sport and e.is_sweep = 1
        where l.listing_id = $1 and e.observed_at >= $2 and e.observed_at <= $3 and e.seq <= $4";
    connection.query_held(sql, &[listing.0.into(), after.at.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
        ids.push(row.int(0)?);
        Ok(())
    })?;
    let is_open = |cell: &odds::board::Cell| cell.slots.iter().any(|slot| board.is_standing(*slot));
    let open: Vec<&CellName> = names.cells().iter().zip(board.cells()).filter(|(_, cell)| is_open(cell)).map(|(name, _)| name).collect();
    for id in ids {
        let scope = scopes.get(connection, id)?;
        if open.iter().any(|name| scope.asks_market(&name.market) && scope.asks_book(&name.book)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A sweep: its place, its entry, the number of what it asked for, and what its provider calls the listing.
pub(crate) type Sweep = (Order, Seq, i64, String);

fn sweeps(connection: &mut dyn Connection, listing: ListingId, after: Order, cut: Cut) -> Result<Vec<Sweep>> {
    let mut sweeps = Vec::new();
    let sql = "select e.observed_at, e.reply_id, e.seq, e.scope_id, l.external_id from @listings l
        join @entries e on e.provider = l.provider and e.sport = l.sport and e.is_sweep = 1
        where l.listing_id = $1 and e.observed_at >= $2 and (e.observed_at > $3 or e.reply_id > $4) and e.observed_at <= $5 and e.seq <= $6
        order by e.observed_at, e.reply_id limit $7";
    let (at, reply) = (after.at, after.reply.0);
    let params = [listing.0.into(), at.into(), at.into(), reply.into(), cut.as_of.into(), cut.known.0.into(), SWEEPS.into()];
    connection.query_held(sql, &params, &mut |row| {
        let order = Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) };
        sweeps.push((order, Seq(row.int(2)?), row.int(3)?, row.text(4)?.to_owned()));
        Ok(())
    })?;
    Ok(sweeps)
}

/// The last sweep of a provider's sport, in the order of the world.
pub(crate) fn last_sweep(connection: &mut dyn Connection, provider: &str, sport: &str) -> Result<Option<Order>> {
    let mut last = None;
    let sql = "select observed_at, reply_id from @entries where provider = $1 and sport = $2 and is_sweep = 1
        order by observed_at desc, reply_id desc limit 1";
    connection.query_held(sql, &[provider.into(), sport.into()], &mut |row| {
        last = Some(Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) });
        Ok(())
    })?;
    Ok(last)
}
