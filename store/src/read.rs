//! Reading the log: the rows of one listing for boards, and whole entries for followers.

use std::sync::Arc;

use odds::board::{Board, FactChange, Order};
use odds::diff::Counts;
use odds::id::{CellNo, ListingId, ReplyId, Seq};
use odds::names::{CellName, Interner, Names, SlotName, Word};
use odds::observation::{FactKind, Scope};
use odds::timeline::{Row, RowContent, Timeline};
use odds::{EventId, Line, Moment, block, cover};

use crate::engine::Connection;
use crate::error::{Result, StoreError};
use crate::misses::misses;
use crate::scopes::Scopes;
use crate::sealed::{Sealed, changes_of, with_sealed};

/// A listing's names and rows, as far as they were asked for.
#[derive(Debug, Default)]
pub struct ListingRows {
    /// Its cells and slots.
    pub names: Names,
    /// Its rows, in the order of the world.
    pub timeline: Timeline,
}

/// How much of a listing's history is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// What was observed up to this moment (as of).
    pub as_of: Moment,
    /// What was recorded up to this entry (known at).
    pub known: Seq,
}

impl Cut {
    /// Everything.
    pub const ALL: Cut = Cut { as_of: Moment::MAX, known: Seq(i64::MAX) };

    /// All that was observed up to a moment.
    #[must_use]
    pub const fn as_of(at: Moment) -> Self {
        Self { as_of: at, known: Seq(i64::MAX) }
    }
}

pub(crate) fn names(connection: &mut dyn Connection, listing: ListingId, known: Seq, words: &mut Interner) -> Result<Names> {
    let mut names = Names::default();
    let sql = "select book, market from @cells where listing_id = $1 and seq + 0 <= $2 order by cell";
    connection.query_held(sql, &[listing.0.into(), known.0.into()], &mut |row| {
        names.add_cell(CellName { book: words.intern(row.text(0)?), market: words.intern(row.text(1)?) });
        Ok(())
    })?;
    let sql = "select cell, name, description, point from @slots where listing_id = $1 and seq + 0 <= $2 order by slot";
    connection.query_held(sql, &[listing.0.into(), known.0.into()], &mut |row| {
        let cell = CellNo(u32::try_from(row.int(0)?).map_err(|error| StoreError::damaged("a slot", error))?);
        if cell.0 as usize >= names.cells().len() {
            return Err(StoreError::damaged("a slot", format!("cell {cell} has no name")));
        }
        let point = row.opt_int(3)?.map(|milli| Line::from_milli(milli as i32));
        names.add_slot(SlotName { cell, name: words.intern(row.text(1)?), description: words.intern(row.text(2)?), point });
        Ok(())
    })?;
    Ok(names)
}

/// Names and rows of a listing inside a cut; sweeps that missed it are among the rows.
pub(crate) fn listing_rows(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    words: &mut Interner,
) -> Result<ListingRows> {
    let (names, said) = said_rows(connection, scopes, listing, cut, None, words)?;
    with_its_misses(connection, scopes, listing, cut, names, Timeline::new(said))
}

/// The same of what it said, with the sweeps that missed it.
pub(crate) fn with_its_misses(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    names: Names,
    timeline: Timeline,
) -> Result<ListingRows> {
    let board = timeline.board_at(Order::end_of(cut.as_of), &names);
    let since = misses_since(&board, &timeline);
    with_misses(connection, scopes, listing, cut, since, names, timeline)
}

/// What is known of the entry that is open and lies in no table yet.
pub(crate) struct Open {
    /// What it asked for.
    pub(crate) scope: Arc<Scope>,
    /// What it says anew of the listing.
    pub(crate) anew: Vec<Row>,
}

/// The same inside a transaction, with what the entry that is open has brought; `since` asks for every miss from there on, for
/// late replies, which are compared with the board at their own place.
pub(crate) fn listing_rows_while_open(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    open: Open,
    since: Option<Moment>,
    words: &mut Interner,
) -> Result<ListingRows> {
    let (names, said) = said_rows(connection, scopes, listing, Cut::ALL, Some(open.scope), words)?;
    let timeline = Timeline::new(said.into_iter().chain(open.anew).collect());
    let since = match since {
        None => misses_since(&timeline.board_at(Order::end_of(Moment::MAX), &names), &timeline),
        Some(since) => Some(timeline.rows().first().map_or(since, |row| row.order.at.min(since))),
    };
    with_misses(connection, scopes, listing, Cut::ALL, since, names, timeline)
}

fn said_rows(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    open: Option<Arc<Scope>>,
    words: &mut Interner,
) -> Result<(Names, Vec<Row>)> {
    let names = names(connection, listing, cut.known, words)?;
    let mut rows = covers(connection, scopes, listing, cut, open)?;
    rows.extend(blocks(connection, listing, cut)?);
    let mut rows = with_sealed(connection, scopes, listing, rows)?;
    rows.retain(|row| row.order.at <= cut.as_of && row.seq <= cut.known);
    rows.extend(facts(connection, listing, cut, words)?);
    Ok((names, rows))
}

fn with_misses(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    listing: ListingId,
    cut: Cut,
    since: Option<Moment>,
    names: Names,
    timeline: Timeline,
) -> Result<ListingRows> {
    let Some(since) = since else { return Ok(ListingRows { names, timeline }) };
    let misses = misses(connection, scopes, listing, since, cut, &timeline, &names)?;
    if misses.is_empty() {
        return Ok(ListingRows { names, timeline });
    }
    let mut rows = timeline.into_rows();
    rows.extend(misses);
    Ok(ListingRows { names, timeline: Timeline::new(rows) })
}

/// Misses before every offered cell's last sight change nothing, unless slots were seen apart from their cells.
fn misses_since(board: &Board, timeline: &Timeline) -> Option<Moment> {
    if board.has_pinned() {
        return timeline.rows().first().map(|row| row.order.at);
    }
    board.oldest_sight().map(|order| order.at)
}

fn covers(connection: &mut dyn Connection, scopes: &Scopes, listing: ListingId, cut: Cut, open: Option<Arc<Scope>>) -> Result<Vec<Row>> {
    let mut raw = Vec::new();
    let sql = "select c.observed_at, c.reply_id, c.seq, c.cover, e.scope_id from @covers c left join @entries e on e.seq = c.seq
        where c.listing_id = $1 and c.observed_at <= $2 and c.seq + 0 <= $3";
    connection.query_held(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
        let at = Moment::from_micros(row.int(0)?);
        let cover = cover::decode(row.blob(3)?, at).map_err(|error| StoreError::damaged(format!("cover of listing {listing}"), error))?;
        raw.push((Order { at, reply: ReplyId(row.int(1)?) }, Seq(row.int(2)?), cover, row.opt_int(4)?));
        Ok(())
    })?;
    let mut rows = Vec::with_capacity(raw.len());
    for (order, seq, cover, scope) in raw {
        let scope = match (scope, &open) {
            (Some(scope), _) => scopes.get(connection, scope)?,
            (None, Some(open)) => Arc::clone(open),
            (None, None) => return Err(StoreError::Missing { what: "entry", id: seq.to_string() }),
        };
        rows.push(Row { order, seq, content: RowContent::Cover(cover, scope) });
    }
    Ok(rows)
}

fn blocks(connection: &mut dyn Connection, listing: ListingId, cut: Cut) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let sql = "select observed_at, reply_id, seq, n, block from @blocks where listing_id = $1 and observed_at <= $2 and seq + 0 <= $3";
    connection.query_held(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
        let at = Moment::from_micros(row.int(0)?);
        let changes = changes(row.int(3)?, row.blob(4)?, at)?;
        rows.push(Row { order: Order { at, reply: ReplyId(row.int(1)?) }, seq: Seq(row.int(2)?), content: RowContent::Changes(changes) });
        Ok(())
    })?;
    Ok(rows)
}

pub(crate) fn changes(n: i64, bytes: &[u8], at: Moment) -> Result<Vec<block::Change>> {
    let mut changes = Vec::with_capacity(usize::try_from(n).unwrap_or(0).min(bytes.len()));
    block::decode(bytes, at, |change| changes.push(change)).map_err(|error| StoreError::damaged("a block", error))?;
    Ok(changes)
}

pub(crate) fn facts(connection: &mut dyn Connection, listing: ListingId, cut: Cut, words: &mut Interner) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let sql = "select observed_at, reply_id, seq, kind, subject, value from @facts
        where listing_id = $1 and observed_at <= $2 and seq + 0 <= $3 order by observed_at, reply_id, seq, i";
    connection.query_held(sql, &[listing.0.into(), cut.as_of.into(), cut.known.0.into()], &mut |row| {
        let order = Order { at: Moment::from_micros(row.int(0)?), reply: ReplyId(row.int(1)?) };
        let change =
            FactChange { kind: fact_kind(row.int(3)?)?, subject: words.intern(row.text(4)?), value: row.opt_text(5)?.map(Word::from) };
        push_fact(&mut rows, order, Seq(row.int(2)?), change);
        Ok(())
    })?;
    Ok(rows)
}

/// The fact kind of a stored number.
pub(crate) fn fact_kind(number: i64) -> Result<FactKind> {
    u8::try_from(number).ok().and_then(FactKind::from_number).ok_or_else(|| StoreError::damaged("a fact", format!("kind {number}")))
}

pub(crate) fn push_fact(rows: &mut Vec<Row>, order: Order, seq: Seq, change: FactChange) {
    match rows.last_mut() {
        Some(Row { order: last, seq: last_seq, content: RowContent::Facts(facts) }) if *last == order && *last_seq == seq => {
            facts.push(change)
        }
        _ => rows.push(Row { order, seq, content: RowContent::Facts(vec![change]) }),
    }
}

/// One entry of the log, as a follower reads it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// The reply.
    pub reply: ReplyId,
    /// The provider.
    pub provider: String,
    /// The endpoint.
    pub endpoint: String,
    /// The provider's sport key, where the reply is of one sport.
    pub sport: String,
    /// What was asked for.
    pub scope: Arc<Scope>,
    /// The latest moment that it describes.
    pub observed_at: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What became of its outcomes.
    pub counts: Counts,
    /// How many blocks it has, at least: a follower waits until it sees as many.
    pub blocks: usize,
    /// Whether the log had a sweep of its sport before it that lies later in the world: what it brings may be missed already.
    pub is_behind: bool,
    /// Rows by listing, sorted by listing and then in the order of the world.
    pub rows: Vec<(ListingId, Row)>,
    /// Listings that it met first.
    pub founded: Vec<ListingId>,
    /// Which event each listing is from here on that was decided about, in the order of the decisions.
    pub decided: Vec<(ListingId, EventId)>,
    /// Cells that it met first.
    pub cells: Vec<(ListingId, CellNo, CellName)>,
    /// Slots that it met first, by listing in the order of their numbers.
    pub slots: Vec<(ListingId, SlotName)>,
}

impl Entry {
    /// Whether all of it is visible here: on a replica or a distributed store its blocks may come after it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.rows.iter().filter(|(_, row)| matches!(row.content, RowContent::Changes(_))).count() >= self.blocks
    }
}

/// How many entries are read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// So many.
    pub entries: i64,
    /// With so many new listings together; the first entry is read whatever it has.
    pub founded: usize,
}

impl Most {
    /// So many entries, however much is new in them.
    #[must_use]
    pub const fn entries(entries: i64) -> Self {
        Self { entries, founded: usize::MAX }
    }
}

/// The entries after one, in order.
pub(crate) fn entries_after(
    connection: &mut dyn Connection,
    scopes: &Scopes,
    after: Seq,
    most: Most,
    words: &mut Interner,
) -> Result<Vec<Entry>> {
    let mut entries = heads(connection, scopes, after, most.entries)?;
    let Some(last) = entries.last().map(|entry| entry.seq) else { return Ok(entries) };
    fill_listings(connection, (after, last), &mut entries)?;
    let mut founded = 0;
    let some = entries.iter().take_while(|entry| {
        founded += entry.founded.len();
        founded <= most.founded
    });
    let some = some.count().max(1);
    entries.truncate(some);
    let range = (after, entries.last().map_or(last, |entry| entry.seq));
    fill_decided(connection, range, &mut entries)?;
    fill_cells(connection, range, &mut entries, words)?;
    fill_slots(connection, range, &mut entries, words)?;
    fill_covers(connection, range, &mut entries)?;
    fill_blocks(connection, range, &mut entries)?;
    fill_facts(connection, range, &mut entries, words)?;
    fill_sealed(connection, range, &mut entries)?;
    for entry in &mut entries {
        entry.is_behind = entry.is_behind || is_begun_behind(connection, entry)?;
        let place = |(listing, row): &(ListingId, Row)| {
            (*listing, row.order, matches!(row.content, RowContent::Changes(_)), matches!(row.content, RowContent::Facts(_)))
        };
        entry.rows.sort_by_key(place);
        // Who sealed a listing while it was read has it told twice.
        entry.rows.dedup_by(|row, before| !matches!(row.1.content, RowContent::Facts(_)) && place(row) == place(before));
    }
    Ok(entries)
}

/// Whether a reply of several moments begins behind a sweep that the log had before it; by its head only the last of them is known.
fn is_begun_behind(connection: &mut dyn Connection, entry: &Entry) -> Result<bool> {
    let first = entry.rows.iter().map(|(_, row)| row.order.at).min();
    let Some(first) = first.filter(|first| *first < entry.observed_at) else { return Ok(false) };
    let mut is_behind = false;
    let sql = "select 1 from @entries where provider = $1 and sport = $2 and is_sweep = 1 and observed_at >= $3 and seq < $4 limit 1";
    let params = [(&*entry.provider).into(), (&*entry.sport).into(), first.into(), entry.seq.0.into()];
    connection.query_held(sql, &params, &mut |_| {
        is_behind = true;
        Ok(())
    })?;
    Ok(is_behind)
}

fn heads(connection: &mut dyn Connection, scopes: &Scopes, after: Seq, limit: i64) -> Result<Vec<Entry>> {
    let mut raw = Vec::new();
    let sql = "select seq, reply_id, provider, endpoint, sport, scope_id, observed_at, recorded_at,
        received, opened, moved, returned, unchanged, duplicate, refused, reformatted, quotes_before, quotes_after, withdrawn, not_observed,
        (select count(*) from (select 1 from @entries s where s.provider = e.provider and s.sport = e.sport and s.is_sweep = 1
            and s.observed_at >= e.observed_at and s.seq < e.seq limit 1) later), blocks
        from @entries e where seq > $1 order by seq limit $2";
    connection.query_held(sql, &[after.0.into(), limit.into()], &mut |row| {
        let entry = Entry {
            seq: Seq(row.int(0)?),
            reply: ReplyId(row.int(1)?),
            provider: row.text(2)?.to_owned(),
            endpoint: row.text(3)?.to_owned(),
            sport: row.text(4)?.to_owned(),
            scope: Arc::default(),
            observed_at: Moment::from_micros(row.int(6)?),
            recorded_at: Moment::from_micros(row.int(7)?),
            counts: counts(row, 8)?,
            blocks: usize::try_from(row.int(21)?).unwrap_or(0),
            is_behind: row.int(20)? > 0,
            rows: Vec::new(),
            founded: Vec::new(),
            decided: Vec::new(),
            cells: Vec::new(),
            slots: Vec::new(),
        };
        raw.push((entry, row.int(5)?));
        Ok(())
    })?;
    raw.into_iter().map(|(entry, scope)| Ok(Entry { scope: scopes.get(connection, scope)?, ..entry })).collect()
}

/// Twelve columns of counts, from one on.
pub(crate) fn counts(row: &dyn crate::engine::Row, from: usize) -> Result<Counts> {
    let at = |offset: usize| row.int(from + offset).map(|value| value as u64);
    Ok(Counts {
        received: at(0)?,
        opened: at(1)?,
        moved: at(2)?,
        returned: at(3)?,
        unchanged: at(4)?,
        duplicate: at(5)?,
        refused: at(6)?,
        reformatted: at(7)?,
        before: at(8)?,
        after: at(9)?,
        withdrawn: at(10)?,
        not_observed: at(11)?,
    })
}

type Range = (Seq, Seq);

fn entry_of(entries: &mut [Entry], seq: i64) -> Result<&mut Entry> {
    let at = entries
        .binary_search_by_key(&Seq(seq), |entry| entry.seq)
        .map_err(|_| StoreError::Missing { what: "entry", id: seq.to_string() })?;
    Ok(&mut entries[at])
}

fn fill_listings(connection: &mut dyn Connection, range: Range, entries: &mut [Entry]) -> Result<()> {
    let sql = "select founded_seq, listing_id from @listings where founded_seq > $1 and founded_seq <= $2 order by listing_id";
    connection.query_held(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        entry_of(entries, row.int(0)?)?.founded.push(ListingId(row.int(1)?));
        Ok(())
    })
}

fn fill_decided(connection: &mut dyn Connection, range: Range, entries: &mut [Entry]) -> Result<()> {
    let sql = "select seq, listing_id, event_id from @decisions where seq > $1 and seq <= $2 order by seq, i";
    connection.query(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        let event = row.text(2)?.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a decision", error))?;
        entry_of(entries, row.int(0)?)?.decided.push((ListingId(row.int(1)?), event));
        Ok(())
    })
}

fn fill_cells(connection: &mut dyn Connection, range: Range, entries: &mut [Entry], words: &mut Interner) -> Result<()> {
    let sql = "select seq, listing_id, cell, book, market from @cells where seq > $1 and seq <= $2 order by listing_id, cell";
    connection.query_held(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        let name = CellName { book: words.intern(row.text(3)?), market: words.intern(row.text(4)?) };
        entry_of(entries, row.int(0)?)?.cells.push((ListingId(row.int(1)?), CellNo(row.int(2)? as u32), name));
        Ok(())
    })
}

fn fill_slots(connection: &mut dyn Connection, range: Range, entries: &mut [Entry], words: &mut Interner) -> Result<()> {
    let sql = "select seq, listing_id, cell, name, description, point from @slots where seq > $1 and seq <= $2 order by listing_id, slot";
    connection.query_held(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        let point = row.opt_int(5)?.map(|milli| Line::from_milli(milli as i32));
        let name =
            SlotName { cell: CellNo(row.int(2)? as u32), name: words.intern(row.text(3)?), description: words.intern(row.text(4)?), point };
        entry_of(entries, row.int(0)?)?.slots.push((ListingId(row.int(1)?), name));
        Ok(())
    })
}

fn fill_covers(connection: &mut dyn Connection, range: Range, entries: &mut [Entry]) -> Result<()> {
    let sql = "select seq, listing_id, observed_at, reply_id, cover from @covers where seq > $1 and seq <= $2";
    connection.query_held(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        let (entry, listing, order) = place(entries, row)?;
        let cover =
            cover::decode(row.blob(4)?, order.at).map_err(|error| StoreError::damaged(format!("cover of listing {listing}"), error))?;
        let content = RowContent::Cover(cover, Arc::clone(&entry.scope));
        entry.rows.push((listing, Row { order, seq: entry.seq, content }));
        Ok(())
    })
}

fn fill_blocks(connection: &mut dyn Connection, range: Range, entries: &mut [Entry]) -> Result<()> {
    let sql = "select seq, listing_id, observed_at, reply_id, n, block from @blocks where seq > $1 and seq <= $2";
    connection.query_held(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        let (entry, listing, order) = place(entries, row)?;
        let content = RowContent::Changes(changes(row.int(4)?, row.blob(5)?, order.at)?);
        entry.rows.push((listing, Row { order, seq: entry.seq, content }));
        Ok(())
    })
}

/// Asked after the open rows: what is sealed in between is told by one of them at least.
fn fill_sealed(connection: &mut dyn Connection, range: Range, entries: &mut [Entry]) -> Result<()> {
    let is_inside = |seq: Seq| range.0 < seq && seq <= range.1;
    Sealed::between(connection, range.0, range.1)?.each(|listing, part, covers| {
        for row in changes_of(part).filter(|row| is_inside(row.seq)) {
            entry_of(entries, row.seq.0)?.rows.push((listing, row));
        }
        for (order, seq, cover, _) in covers.into_iter().filter(|(_, seq, ..)| is_inside(*seq)) {
            let entry = entry_of(entries, seq.0)?;
            let content = RowContent::Cover(cover, Arc::clone(&entry.scope));
            entry.rows.push((listing, Row { order, seq, content }));
        }
        Ok(())
    })
}

fn fill_facts(connection: &mut dyn Connection, range: Range, entries: &mut [Entry], words: &mut Interner) -> Result<()> {
    let sql = "select seq, listing_id, observed_at, reply_id, kind, subject, value from @facts
        where seq > $1 and seq <= $2 order by seq, listing_id, observed_at, reply_id, i";
    connection.query_held(sql, &[range.0.0.into(), range.1.0.into()], &mut |row| {
        let change =
            FactChange { kind: fact_kind(row.int(4)?)?, subject: words.intern(row.text(5)?), value: row.opt_text(6)?.map(Word::from) };
        let (entry, listing, order) = place(entries, row)?;
        entry.rows.push((listing, Row { order, seq: entry.seq, content: RowContent::Facts(vec![change]) }));
        Ok(())
    })
}

fn place<'a>(entries: &'a mut [Entry], row: &dyn crate::engine::Row) -> Result<(&'a mut Entry, ListingId, Order)> {
    let order = Order { at: Moment::from_micros(row.int(2)?), reply: ReplyId(row.int(3)?) };
    Ok((entry_of(entries, row.int(0)?)?, ListingId(row.int(1)?), order))
}
