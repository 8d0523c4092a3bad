//! Detect: what a decoded reply changes in each listing. Compares with the boards, and stages the rows of the log.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use odds::ListingId;
use odds::board::{Board, Order};
use odds::diff::{Counts, Diff, Frame, diff};
use odds::names::Interner;
use odds::observation::{ListingScope, ListingSeen, Problem, Scope, Snapshot};
use odds::reply::Basis;
use odds::timeline::{Row, RowContent, Timeline};
use store::Result;
use store::boards::{Boards, Kept};
use store::log::{Appending, NewRows};

use crate::resolve::{self, Meeting, Named, Standing};

/// What one reply came to.
#[derive(Debug, Default)]
pub struct Detected {
    /// What became of its outcomes.
    pub counts: Counts,
    /// Contradictions that were found.
    pub problems: Vec<Problem>,
    /// How many listings it speaks of.
    pub listings: usize,
    /// Listings whose board changed.
    pub touched: Vec<ListingId>,
    /// Listings that were met in it, and how they stand to the events that were known.
    pub met: HashMap<ListingId, Standing>,
    decisions: usize,
}

/// Stages what a snapshot changes. `scope` is what the whole reply asked for; `placed` holds the places that the reply has taken so far, so that none is taken twice.
///
/// # Errors
/// What the store reports.
pub fn detect(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    (snapshot, scope): (&Snapshot<'_>, &Arc<Scope>),
    placed: &mut HashSet<(ListingId, Order)>,
    found: &mut Detected,
) -> Result<()> {
    log.open_entry(scope);
    let mut seen_now = HashSet::new();
    for seen in &snapshot.listings {
        let id = listing_of(log, boards, meeting, seen, found)?;
        let was = boards.get(id).map(Named::of);
        let mut order = Order { at: snapshot.observed_at, reply: meeting.reply };
        while !placed.insert((id, order)) {
            order.at = order.at.plus_micros(1);
        }
        seen_now.insert(id);
        found.touched.push(id);
        found.listings += 1;
        detect_listing(log, boards, meeting.provider, id, seen, order, snapshot.basis, scope, found)?;
        resolve::judge_again(log, boards, meeting, (id, was), &mut found.decisions)?;
    }
    detect_unanswered(log, boards, meeting, (snapshot, scope), &mut seen_now, placed, found)?;
    if scope.can_miss_listings() {
        let order = Order { at: snapshot.observed_at, reply: meeting.reply };
        detect_missing(log, boards, meeting.provider, order, scope, &seen_now, found)?;
    }
    Ok(())
}

/// Listings that were asked for by name and did not come: what was asked of them is not observed from here on. One that was never met
/// is not met by its absence.
fn detect_unanswered(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    (snapshot, scope): (&Snapshot<'_>, &Arc<Scope>),
    seen_now: &mut HashSet<ListingId>,
    placed: &mut HashSet<(ListingId, Order)>,
    found: &mut Detected,
) -> Result<()> {
    let ListingScope::Listed(asked) = &scope.listings else { return Ok(()) };
    for id in asked.iter().filter(|_| scope.markets.is_some()) {
        let is_known = boards.id_of(meeting.provider, id).is_some() || log.find_listing(meeting.provider, id)?.is_some();
        if !is_known || snapshot.listings.iter().any(|listing| listing.id == *id) {
            continue;
        }
        let silent = ListingSeen { id: id.into(), ..ListingSeen::default() };
        let id = listing_of(log, boards, meeting, &silent, found)?;
        let order = Order { at: snapshot.observed_at, reply: meeting.reply };
        if seen_now.insert(id) && placed.insert((id, order)) {
            found.touched.push(id);
            found.listings += 1;
            detect_listing(log, boards, meeting.provider, id, &silent, order, snapshot.basis, scope, found)?;
        }
    }
    Ok(())
}

/// The listing of a provider's id: in memory, in the store, or met now.
fn listing_of(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    meeting: &Meeting<'_>,
    seen: &ListingSeen<'_>,
    found: &mut Detected,
) -> Result<ListingId> {
    if let Some(id) = boards.id_of(meeting.provider, &seen.id) {
        return Ok(id);
    }
    let kept = match log.find_listing(meeting.provider, &seen.id)? {
        Some(row) => {
            let rows = log.listing_rows(row.id, &mut boards.words)?;
            Boards::fold(row, rows, log.head().seq)
        }
        None => {
            let (kept, standing) = resolve::meet(log, boards, meeting, seen, &mut found.decisions)?;
            found.met.insert(kept.listing.id, standing);
            kept
        }
    };
    let id = kept.listing.id;
    boards.insert(kept);
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "one listing's place in a reply is all of this")]
fn detect_listing(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    provider: &str,
    id: ListingId,
    seen: &ListingSeen<'_>,
    order: Order,
    basis: Basis,
    scope: &Arc<Scope>,
    found: &mut Detected,
) -> Result<()> {
    let frame = Frame { basis, scope };
    let Some(sport) = boards.get(id).map(|kept| kept.listing.sport.clone()) else { return Ok(()) };
    let is_behind = boards.is_behind(log, provider, &sport, order)?;
    let Some((kept, words, scratch)) = boards.open(id) else { return Ok(()) };
    let is_late = kept.board.last().is_some_and(|last| order < last);
    let goes_on = is_behind && !is_late && !kept.board.has_pinned();
    if goes_on {
        kept.board.forget_misses_after(order);
    }
    let (cells, slots) = (kept.names.cells().len(), kept.names.slots().len());
    let timeline = if is_late { Some(log.listing_history(id, order.at, words)?.timeline) } else { None };
    let before = timeline.as_ref().map(|timeline| timeline.board_before(order, &kept.names));
    let diff = diff(before.as_ref().unwrap_or(&kept.board), &mut kept.names, words, seen, &frame, scratch);
    stage_names(log, kept, cells, slots);
    log.add_rows(&NewRows { listing: id, order, cover: Some(&diff.cover), changes: &diff.changes, facts: &diff.facts });
    found.counts.add(&diff.counts);
    found.problems.extend(diff.problems.iter().cloned());
    kept.seq = log.next_seq();
    if let (Some(timeline), Some(before)) = (&timeline, &before) {
        stage_anew(log, kept, timeline, before, order, &diff);
    }
    if goes_on {
        take_live(log, kept, order, scope, &diff);
    }
    if goes_on && !kept.board.has_pinned() {
        log.miss_after(kept, order)?;
        refresh_looks(log, kept);
    } else if is_late || is_behind {
        let rows = log.listing_rows(id, words)?;
        kept.board = rows.timeline.board_at(Order::end_of(odds::Moment::MAX), &kept.names);
        refresh_looks(log, kept);
    } else {
        take_live(log, kept, order, scope, &diff);
    }
    let (kept_provider, kept_sport) = (kept.listing.provider.clone(), kept.listing.sport.clone());
    let is_standing = kept.listing.is_standing;
    boards.set_standing(&kept_provider, &kept_sport, id, is_standing);
    Ok(())
}

fn stage_names(log: &mut Appending<'_>, kept: &Kept, cells: usize, slots: usize) {
    for (at, name) in kept.names.cells().iter().enumerate().skip(cells) {
        log.add_cell(kept.listing.id, odds::CellNo(at as u32), name);
    }
    for (at, name) in kept.names.slots().iter().enumerate().skip(slots) {
        log.add_slot(kept.listing.id, odds::SlotNo(at as u32), name);
    }
}

/// The reply is the newest of its listing: the board goes on from where it stands.
fn take_live(log: &mut Appending<'_>, kept: &mut Kept, order: Order, scope: &Arc<Scope>, diff: &Diff) {
    kept.board.grow(&kept.names);
    kept.board.apply_cover(order, &diff.cover, scope, &kept.names);
    diff.changes.iter().for_each(|change| kept.board.apply_change(order, *change));
    diff.facts.iter().for_each(|fact| kept.board.apply_fact(order, fact));
    let is_standing = diff.counts.after > 0 || kept.board.standing() > 0;
    if !diff.facts.is_empty() || is_standing != kept.listing.is_standing {
        refresh_looks(log, kept);
    }
}

/// The reply is late: what later replies had confirmed is said anew.
fn stage_anew(log: &mut Appending<'_>, kept: &Kept, timeline: &Timeline, before: &Board, order: Order, diff: &Diff) {
    for said in timeline.said_anew(order, diff, before, &kept.names) {
        log.say_anew(kept.listing.id, said);
    }
}

fn refresh_looks(log: &mut Appending<'_>, kept: &mut Kept) {
    let mut looks = kept.looks();
    // what it was introduced with stands until the moment of its facts is reached
    looks.starts_at = looks.starts_at.or(kept.listing.starts_at);
    looks.status = looks.status.or_else(|| kept.listing.status.clone());
    looks.home = looks.home.or_else(|| kept.listing.home.clone());
    looks.away = looks.away.or_else(|| kept.listing.away.clone());
    kept.listing.is_standing = looks.is_standing;
    kept.listing.starts_at = looks.starts_at;
    kept.listing.status.clone_from(&looks.status);
    kept.listing.home.clone_from(&looks.home);
    kept.listing.away.clone_from(&looks.away);
    log.set_looks(kept.listing.id, looks);
}

/// Listings that a sweep asked for and did not bring are not observed from here on.
fn detect_missing(
    log: &mut Appending<'_>,
    boards: &mut Boards,
    provider: &str,
    order: Order,
    scope: &Arc<Scope>,
    seen: &HashSet<ListingId>,
    found: &mut Detected,
) -> Result<()> {
    boards.note_sweep(provider, &scope.sport, order);
    let mut ids = boards.sweepable(log, provider, &scope.sport)?;
    ids.extend(boards.in_memory(provider, &scope.sport));
    ids.sort_unstable();
    ids.dedup();
    for id in ids.into_iter().filter(|id| !seen.contains(id)) {
        let Some((kept, words, _)) = boards.open(id) else { continue };
        let is_late = kept.board.last().is_some_and(|last| order < last);
        let missed = if is_late { miss_late(log, kept, words, order, scope)? } else { miss_live(kept, order, scope) };
        let Some((before, after)) = missed else { continue };
        found.counts.before += before;
        found.counts.after += after;
        found.counts.not_observed += before - after;
        if kept.listing.is_standing && kept.board.standing() == 0 {
            refresh_looks(log, kept);
            boards.set_standing(provider, &scope.sport, id, false);
        }
    }
    Ok(())
}

/// Gives how many of the quotes that were asked for stood before and stand after.
fn miss_live(kept: &mut Kept, order: Order, scope: &Scope) -> Option<(u64, u64)> {
    if kept.board.is_missed_already(order, scope) || !scope.asks_listing(&kept.listing.external_id, kept.board.starts_at()) {
        return None;
    }
    let before = standing_in(kept, &kept.board, scope);
    kept.board.apply_missed(order, scope, &kept.names);
    Some((before, standing_in(kept, &kept.board, scope)))
}

/// A sweep that is late takes its place among what is known already, by the start that was known then.
fn miss_late(
    log: &mut Appending<'_>,
    kept: &mut Kept,
    words: &mut Interner,
    order: Order,
    scope: &Arc<Scope>,
) -> Result<Option<(u64, u64)>> {
    if !kept.board.is_missable(order, scope, &kept.names) {
        return Ok(None);
    }
    let timeline = log.listing_history(kept.listing.id, order.at, words)?.timeline;
    if !scope.asks_listing(&kept.listing.external_id, timeline.starts().before(order)) {
        return Ok(None);
    }
    let mut then = timeline.board_before(order, &kept.names);
    let before = standing_in(kept, &then, scope);
    then.apply_missed(order, scope, &kept.names);
    let after = standing_in(kept, &then, scope);
    let mut rows = timeline.into_rows();
    rows.push(Row { order, seq: log.next_seq(), content: RowContent::Missed(Arc::clone(scope)) });
    kept.board = Timeline::new(rows).board_at(Order::end_of(odds::Moment::MAX), &kept.names);
    Ok(Some((before, after)))
}

fn standing_in(kept: &Kept, board: &Board, scope: &Scope) -> u64 {
    let cells =
        kept.names.cells().iter().zip(board.cells()).filter(|(name, _)| scope.asks_market(&name.market) && scope.asks_book(&name.book));
    cells.flat_map(|(_, cell)| &cell.slots).filter(|slot| board.is_standing(**slot)).count() as u64
}
