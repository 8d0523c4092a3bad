//! The log: appended to in one transaction at a time, read by followers in its own order, and by boards in the order of the world.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use odds::board::{FactChange, Order};
use odds::cover::Cover;
use odds::diff::Counts;
use odds::id::{ListingId, ReplyId, Seq};
use odds::names::{CellName, SlotName};
use odds::observation::{CatalogueRow, ListingKind, Problem, Scope};
use odds::reply::Basis;
use odds::{CellNo, EventId, Moment, SlotNo, block, cover};

use crate::adopted::Accounts;
use crate::anew::Anew;
use crate::engine::{Connection, Keys, Param, Table};
use crate::error::{Result, StoreError};
use crate::meeting::Met;
use crate::scopes::Scopes;
use crate::tables::{BLOCKS, CELLS, COVERS, DECISIONS, ENTRIES, FACTS, PROBLEMS, SLOTS};

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The last entry; 0 in an empty log.
    pub seq: Seq,
    /// The last listing's number.
    pub listing: ListingId,
    /// The last scope's number.
    pub(crate) scope: i64,
    /// When the last entry was recorded: it never runs back.
    pub recorded_at: Moment,
}

/// What one reply adds to the log, apart from the rows of its listings.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// The reply.
    pub reply: ReplyId,
    /// Its provider.
    pub provider: &'a str,
    /// Its endpoint.
    pub endpoint: &'a str,
    /// What was asked for.
    pub scope: Arc<Scope>,
    /// The latest moment that it describes.
    pub observed_at: Moment,
    /// What that rests on.
    pub basis: Basis,
    /// Now; put off to the last entry's time where the clock ran back.
    pub recorded_at: Moment,
    /// The version of the decoder.
    pub decoder: u16,
    /// What became of its outcomes.
    pub counts: Counts,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// Names that it gives.
    pub catalogue: Vec<CatalogueRow<'a>>,
    /// How many listings it speaks of.
    pub listings: usize,
}

/// What a reply adds to one listing at one place in the order of the world.
#[derive(Debug, Clone)]
pub struct NewRows<'a> {
    /// The listing.
    pub listing: ListingId,
    /// The place.
    pub order: Order,
    /// What it covered; `None` for values said anew in another reply's name.
    pub cover: Option<&'a Cover>,
    /// Changes, sorted by slot.
    pub changes: &'a [block::Change],
    /// Changes of facts.
    pub facts: &'a [FactChange],
}

/// A listing that is met for the first time.
#[derive(Debug, Clone)]
pub struct NewListing<'a> {
    /// The provider.
    pub provider: &'a str,
    /// The provider's id.
    pub external_id: &'a str,
    /// The provider's sport key.
    pub sport: &'a str,
    /// Our league, where we know it.
    pub league: Option<&'a str>,
    /// What kind of listing.
    pub kind: ListingKind,
}

/// A decision of identity.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// `founded`, `joined` or `split`.
    pub kind: &'static str,
    /// The listing.
    pub listing: ListingId,
    /// The event that it is now.
    pub event: EventId,
    /// Name and version of the rule.
    pub rule: &'static str,
    /// What it rests on, as JSON.
    pub evidence: String,
    /// Who decided.
    pub decided_by: String,
    /// `refused` or `undone`, where it is that.
    pub what: Option<&'static str>,
    /// The other listing of a pair that is refused.
    pub other: Option<ListingId>,
    /// The entry whose decision it takes back.
    pub undoes: Option<Seq>,
}

/// What the directory keeps beside a listing for look-ups; all of it can be derived from facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// When it starts.
    pub starts_at: Option<Moment>,
    /// Where it stands.
    pub status: Option<String>,
    /// The home participant.
    pub home: Option<String>,
    /// The away participant.
    pub away: Option<String>,
    /// Whether any quote of it stands.
    pub is_standing: bool,
}

/// An open transaction that holds the log: nobody else appends until it ends.
pub struct Appending<'a> {
    pub(crate) connection: &'a mut dyn Connection,
    scopes: &'a Scopes,
    head: Head,
    staged: Staged,
    pub(crate) met: Met,
    pub(crate) anew: Anew,
    pub(crate) accounts: Accounts,
    open_scope: Arc<Scope>,
    open_rows: RowCounts,
}

/// What the open entry has so far, flushed or not.
#[derive(Default)]
struct RowCounts {
    blocks: usize,
    facts: usize,
}

#[derive(Default)]
struct Staged {
    blocks: Vec<([i64; 5], Vec<u8>)>,
    covers: Vec<([i64; 4], Vec<u8>)>,
    facts: Vec<([i64; 6], FactChange)>,
    cells: Vec<([i64; 3], CellName)>,
    slots: Vec<([i64; 5], SlotName)>,
    entries: Vec<StagedEntry>,
    problems: Vec<(i64, i64, Problem)>,
    recorded: Vec<i64>,
    looks: BTreeMap<ListingId, Looks>,
    decisions: Vec<([i64; 3], String, NewDecision)>,
}

struct StagedEntry {
    provider: String,
    endpoint: String,
    sport: String,
    basis: Basis,
    numbers: [i64; 22],
}

impl<'a> Appending<'a> {
    /// Takes the log: waits for whoever holds it, and reads where it ends.
    pub(crate) fn begin(connection: &'a mut dyn Connection, scopes: &'a Scopes, is_postgres: bool) -> Result<Self> {
        connection.begin()?;
        let head = read_head(connection, is_postgres)?;
        let (staged, met, anew, open_rows) = (Staged::default(), Met::default(), Anew::default(), RowCounts::default());
        Ok(Self { connection, scopes, head, staged, met, anew, accounts: Accounts::default(), open_scope: Arc::default(), open_rows })
    }

    /// Where the log ends, with what this transaction has added.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Which of some replies the log has an entry of already.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn recorded_among(&mut self, replies: &[ReplyId]) -> Result<HashSet<ReplyId>> {
        let keys: Vec<i64> = replies.iter().map(|reply| reply.0).collect();
        let mut found = HashSet::new();
        self.connection.for_keys("select reply_id from @entries where reply_id in $keys", Keys::Ints(&keys), &mut |row| {
            found.insert(ReplyId(row.int(0)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// Gives a listing its number, and its event.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn add_listing(&mut self, listing: &NewListing<'_>, event: EventId) -> Result<ListingId> {
        self.head.listing.0 += 1;
        let id = self.head.listing;
        let founded = self.next_seq();
        self.met.add(listing, id, event, founded);
        Ok(id)
    }

    pub(crate) const fn scopes(&self) -> &'a Scopes {
        self.scopes
    }

    /// Opens the next entry: the rows that follow belong to it, until [`Appending::end_entry`].
    #[must_use]
    pub const fn next_seq(&self) -> Seq {
        Seq(self.head.seq.0 + 1)
    }

    /// Says what the entry that is open asked for: its covers are read with it until the entry is there.
    pub fn open_entry(&mut self, scope: &Arc<Scope>) {
        self.open_scope = Arc::clone(scope);
    }

    pub(crate) fn open_scope(&self) -> Arc<Scope> {
        Arc::clone(&self.open_scope)
    }

    /// Adds a cell to a listing.
    pub fn add_cell(&mut self, listing: ListingId, cell: CellNo, name: &CellName) {
        let seq = self.next_seq().0;
        self.staged.cells.push(([listing.0, i64::from(cell.0), seq], name.clone()));
    }

    /// Adds a slot to a listing.
    pub fn add_slot(&mut self, listing: ListingId, slot: SlotNo, name: &SlotName) {
        let point = name.point.map_or(i64::MIN, |point| i64::from(point.milli()));
        let seq = self.next_seq().0;
        self.staged.slots.push(([listing.0, i64::from(slot.0), i64::from(name.cell.0), point, seq], name.clone()));
    }

    /// Adds a reply's rows to a listing.
    pub fn add_rows(&mut self, rows: &NewRows<'_>) {
        let (listing, at, reply, seq) = (rows.listing.0, rows.order.at.micros(), rows.order.reply.0, self.next_seq().0);
        if let Some(cover) = rows.cover {
            self.staged.covers.push(([listing, at, reply, seq], cover::encode(cover, rows.order.at)));
        }
        if !rows.changes.is_empty() {
            let bytes = block::encode(rows.changes, rows.order.at);
            self.open_rows.blocks += 1;
            self.staged.blocks.push(([listing, at, reply, seq, rows.changes.len() as i64], bytes));
        }
        self.open_rows.facts += rows.facts.len();
        for (i, fact) in rows.facts.iter().enumerate() {
            self.staged.facts.push(([listing, at, reply, seq, i as i64, fact.kind as i64], fact.clone()));
        }
    }

    /// Keeps what the directory shows of a listing.
    pub fn set_looks(&mut self, listing: ListingId, looks: Looks) {
        if !self.met.take_looks(listing, &looks) {
            self.staged.looks.insert(listing, looks);
        }
    }

    /// Adds a decision to the entry that is open.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn add_decision(&mut self, i: usize, decision: &NewDecision) -> Result<()> {
        let place = [self.next_seq().0, i as i64, decision.listing.0];
        self.staged.decisions.push((place, decision.event.to_string(), decision.clone()));
        Ok(())
    }

    /// Ends the open entry and gives its place in the log.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn end_entry(&mut self, entry: &NewEntry<'_>) -> Result<Seq> {
        self.add_anew();
        let seq = self.next_seq();
        let scope_id = self.scopes.id_of(self.connection, &entry.scope, &mut self.head.scope)?;
        self.head.seq = seq;
        self.head.recorded_at = self.head.recorded_at.max(entry.recorded_at);
        let RowCounts { blocks, facts } = std::mem::take(&mut self.open_rows);
        let counts = &entry.counts;
        let number = |value: u64| value as i64;
        let numbers = [
            seq.0,
            entry.reply.0,
            scope_id,
            i64::from(entry.scope.can_miss_listings()),
            entry.observed_at.micros(),
            self.head.recorded_at.micros(),
            i64::from(entry.decoder),
            blocks as i64,
            entry.listings as i64,
            facts as i64,
            number(counts.received),
            number(counts.opened),
            number(counts.moved),
            number(counts.returned),
            number(counts.unchanged),
            number(counts.duplicate),
            number(counts.refused),
            number(counts.reformatted),
            number(counts.before),
            number(counts.after),
            number(counts.withdrawn),
            number(counts.not_observed),
        ];
        self.staged.entries.push(StagedEntry {
            provider: entry.provider.to_owned(),
            endpoint: entry.endpoint.to_owned(),
            sport: entry.scope.sport.clone(),
            basis: entry.basis,
            numbers,
        });
        self.staged.recorded.push(entry.reply.0);
        self.staged.problems.extend(entry.problems.iter().enumerate().map(|(i, problem)| (seq.0, i as i64, problem.clone())));
        let scopes = self.scopes;
        let is_new = |row: &&CatalogueRow<'_>| {
            scopes.is_new_name([entry.provider, row.kind.as_str(), &row.key], [&row.title, &row.detail], entry.observed_at)
        };
        for row in entry.catalogue.iter().filter(is_new) {
            self.keep_catalogue(entry, row, seq)?;
        }
        Ok(seq)
    }

    fn keep_catalogue(&mut self, entry: &NewEntry<'_>, row: &CatalogueRow<'_>, seq: Seq) -> Result<()> {
        let sql = "insert into @catalogue (provider, kind, key, title, detail, observed_at, seq) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (provider, kind, key) do update
            set seq = case when excluded.title = @catalogue.title and excluded.detail = @catalogue.detail then @catalogue.seq else excluded.seq end,
            title = excluded.title, detail = excluded.detail, observed_at = excluded.observed_at
            where excluded.observed_at > @catalogue.observed_at or (excluded.observed_at = @catalogue.observed_at
            and (excluded.title > @catalogue.title or (excluded.title = @catalogue.title and excluded.detail > @catalogue.detail)))";
        let params: [Param<'_>; 7] = [
            entry.provider.into(),
            row.kind.as_str().into(),
            (&*row.key).into(),
            (&*row.title).into(),
            (&row.detail).into(),
            entry.observed_at.into(),
            seq.0.into(),
        ];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Sends what is staged to the engine, still inside the transaction: reads from here on see it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn flush(&mut self) -> Result<()> {
        self.load_rows()?;
        let staged = std::mem::take(&mut self.staged);
        self.load(&ENTRIES, &staged.entries, |entry, out| {
            out.extend(entry.numbers.iter().map(|number| Param::Int(*number)));
            out.extend([
                Param::Text(&entry.provider),
                Param::Text(&entry.endpoint),
                Param::Text(&entry.sport),
                Param::Text(entry.basis.as_str()),
            ]);
        })?;
        self.load(&PROBLEMS, &staged.problems, |(seq, i, problem), out| {
            out.extend([
                Param::Int(*seq),
                Param::Int(*i),
                Param::Text(&problem.path),
                Param::Text(problem.reason.as_str()),
                Param::Text(&problem.detail),
            ]);
        })?;
        self.load(&CELLS, &staged.cells, |(key, name), out| {
            out.extend(key.iter().map(|number| Param::Int(*number)));
            out.extend([Param::Text(&name.book), Param::Text(&name.market)]);
        })?;
        self.load(&SLOTS, &staged.slots, |(key, name), out| {
            out.extend(key.iter().map(|number| if *number == i64::MIN { Param::Null } else { Param::Int(*number) }));
            out.extend([Param::Text(&name.name), Param::Text(&name.description)]);
        })?;
        self.load(&FACTS, &staged.facts, |(key, fact), out| {
            out.extend(key.iter().map(|number| Param::Int(*number)));
            out.extend([Param::Text(&fact.subject), fact.value.as_deref().into()]);
        })?;
        if !staged.recorded.is_empty() {
            let sql = "update @replies set state = 'recorded' where reply_id in $keys";
            self.connection.for_keys(sql, Keys::Ints(&staged.recorded), &mut |_| Ok(()))?;
        }
        self.load(&DECISIONS, &staged.decisions, |(place, event, decision), out| {
            out.extend(place.iter().map(|number| Param::Int(*number)));
            out.extend([decision.kind, event, decision.rule, &decision.evidence, &decision.decided_by].map(Param::Text));
            out.push(decision.what.into());
            out.extend([decision.other.map(|other| other.0), decision.undoes.map(|seq| seq.0)].map(Param::from));
            out.push(Param::Text("listing"));
        })?;
        self.staged.looks = staged.looks;
        self.flush_looks()
    }

    /// Sends what is staged as far as sweeps need it to be read: their entries, and the listing itself where it was only just met.
    pub(crate) fn flush_sweeps(&mut self) -> Result<()> {
        if self.staged.entries.is_empty() { self.flush_looks() } else { self.flush() }
    }

    /// Hands the blocks and covers that are staged to the engine, which may write them while the next listings are compared.
    ///
    /// # Errors
    /// What the engine reports, of these or of earlier ones.
    pub fn load_rows(&mut self) -> Result<()> {
        let (blocks, covers) = (std::mem::take(&mut self.staged.blocks), std::mem::take(&mut self.staged.covers));
        self.load(&BLOCKS, &blocks, |(key, bytes), out| {
            out.extend(key.iter().map(|number| Param::Int(*number)));
            out.push(Param::Blob(bytes));
        })?;
        self.load(&COVERS, &covers, |(key, bytes), out| {
            out.extend(key.iter().map(|number| Param::Int(*number)));
            out.push(Param::Blob(bytes));
        })
    }

    /// Sends only what the directory shows of listings: enough for look-ups in it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn flush_looks(&mut self) -> Result<()> {
        self.met.write(self.connection)?;
        self.flush_old_looks()
    }

    /// The same of listings that are written already: those that were only just met stay in memory, where look-ups find them too, so that
    /// each is written once and in company.
    pub(crate) fn flush_old_looks(&mut self) -> Result<()> {
        for (listing, looks) in std::mem::take(&mut self.staged.looks) {
            self.write_looks(listing, &looks)?;
        }
        Ok(())
    }

    fn load<'b, T>(&mut self, table: &Table, rows: &'b [T], mut write: impl FnMut(&'b T, &mut Vec<Param<'b>>)) -> Result<()> {
        let mut values = Vec::with_capacity(rows.len() * table.columns.len());
        rows.iter().for_each(|row| write(row, &mut values));
        self.connection.load(table, &values)
    }

    fn write_looks(&mut self, listing: ListingId, looks: &Looks) -> Result<()> {
        let sql = "update @listings set starts_at = $1, status = $2, home = $3, away = $4, is_standing = $5 where listing_id = $6";
        let params: [Param<'_>; 6] = [
            looks.starts_at.into(),
            looks.status.as_deref().into(),
            looks.home.as_deref().into(),
            looks.away.as_deref().into(),
            i64::from(looks.is_standing).into(),
            listing.0.into(),
        ];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Writes all, moves the head, and commits: from here on it is in, durably.
    pub(crate) fn commit(mut self) -> Result<Head> {
        self.flush_accounts().and_then(|()| self.flush())?;
        let head = self.head;
        let sql = "update @head set seq = $1, listing_id = $2, scope_id = $3, recorded_at = $4 where one = 1";
        self.connection.execute(sql, &[head.seq.0.into(), head.listing.0.into(), head.scope.into(), head.recorded_at.into()])?;
        self.connection.commit()?;
        Ok(head)
    }

    pub(crate) fn rollback(self) -> Result<()> {
        self.scopes.forget();
        self.connection.rollback()
    }
}

pub(crate) fn read_head(connection: &mut dyn Connection, lock: bool) -> Result<Head> {
    let sql = if lock {
        "select seq, listing_id, scope_id, recorded_at from @head where one = 1 for update"
    } else {
        "select seq, listing_id, scope_id, recorded_at from @head where one = 1"
    };
    let mut head = None;
    connection.query(sql, &[], &mut |row| {
        head = Some(Head {
            seq: Seq(row.int(0)?),
            listing: ListingId(row.int(1)?),
            scope: row.int(2)?,
            recorded_at: Moment::from_micros(row.int(3)?),
        });
        Ok(())
    })?;
    head.ok_or(StoreError::Missing { what: "row of", id: "head".to_owned() })
}
