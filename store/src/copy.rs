//! A store into another one, whatever engines they are: for backups, for restoring them, and for moving house while collecting goes on.
//!
//! The log is only appended to, so it is copied by `seq` in rounds that lock nothing. What stands beside it and changes (the
//! directory, the ledgers) is copied last and whole. What followers made of the log is not copied: they make it again.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use odds::Seq;

use crate::engine::{Connection, Held, Kind, Param, Table, in_transaction};
use crate::error::{Result, StoreError};
use crate::log::read_head;
use crate::sealed::SEALED;
use crate::store::Store;
use crate::tables::{
    ADOPTED_ROWS, ASKS, BACKFILL_ANSWERS, BACKFILL_PLANS, BLOCKS, BODIES, CATALOGUE, CELLS, COVERS, DECISIONS, DEMAND, ENTRIES, FACTS,
    FINDINGS, FOREIGN_IDS, KEYS, LISTINGS, MEANING_CHANGES, PROBLEMS, REPLIES, SCOPES, SETTINGS, SLOTS,
};

/// Rows of an entry: each carries its `seq` and is never changed.
const OF_THE_LOG: [&Table; 8] = [&ENTRIES, &PROBLEMS, &CELLS, &SLOTS, &BLOCKS, &COVERS, &FACTS, &DECISIONS];

/// What stands beside the log and changes.
const BESIDE: [&Table; 16] = [
    &ASKS,
    &BACKFILL_ANSWERS,
    &BACKFILL_PLANS,
    &BODIES,
    &REPLIES,
    &SCOPES,
    &LISTINGS,
    &CATALOGUE,
    &DEMAND,
    &KEYS,
    &SETTINGS,
    &FINDINGS,
    &ADOPTED_ROWS,
    &FOREIGN_IDS,
    &MEANING_CHANGES,
    &SEALED,
];

/// Tables that are not copied: versions are made by `migrate`, leases die with who held them, followers make their rows again, and the
/// ledger of what was written into old tables belongs to the database that those are in.
pub const NOT_COPIED: [&str; 32] = [
    "adopt_stages",
    "old_follower",
    "old_switches",
    "old_refused",
    "old_told",
    "old_rows",
    "old_fields",
    "old_due",
    "old_hashes",
    "head",
    "migrations",
    "leases",
    "cursors",
    "event_rows",
    "slot_rows",
    "quote_rows",
    "cell_rows",
    "change_rows",
    "injury_rows",
    "historical_rows",
    "stat_lines",
    "stat_rows",
    "book_rows",
    "market_rows",
    "market_speeds",
    "player_rows",
    "meanings",
    "word_counts",
    "player_directory",
    "player_names",
    "player_spellings",
    "player_teams",
];

/// Rows that are held in memory between reading and loading, and bytes.
const AT_ONCE: usize = 20_000;
const BYTES_AT_ONCE: usize = 32 << 20;
/// Entries that are copied in one transaction.
const ENTRIES_AT_ONCE: i64 = 2_000;
/// With so few entries left, the log is locked and the rest is copied.
const FEW: i64 = 200;

/// The statements of a table; engines keep statements for ever, so these are made once.
struct Statements {
    after: &'static str,
    all: &'static str,
    empty: &'static str,
}

fn statements() -> &'static [(&'static Table, Statements)] {
    static MADE: OnceLock<Vec<(&'static Table, Statements)>> = OnceLock::new();
    MADE.get_or_init(|| OF_THE_LOG.into_iter().chain(BESIDE).map(|table| (table, Statements::of(table))).collect())
}

impl Statements {
    fn of(table: &Table) -> Self {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let select = format!("select {} from {}", columns.join(", "), table.name);
        Self {
            after: format!("{select} where seq > $1 and seq <= $2").leak(),
            all: select.leak(),
            empty: format!("delete from {}", table.name).leak(),
        }
    }
}

/// What a table holds: how many rows, and a hash of them that does not depend on their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Content {
    /// Rows.
    pub rows: u64,
    /// The sum of the hashes of all rows.
    pub hash: u128,
}

impl Content {
    fn add(&mut self, row: &[Held]) {
        let mut hasher = blake3::Hasher::new();
        for value in row {
            hash(value, &mut hasher);
        }
        let mut first = [0; 16];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        self.rows += 1;
        self.hash = self.hash.wrapping_add(u128::from_le_bytes(first));
    }
}

/// Adds a value to the hash of its row.
fn hash(value: &Held, hasher: &mut blake3::Hasher) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Held::Null => (0, &[]),
        Held::Int(value) => {
            hasher.update(&[1]).update(&value.to_le_bytes());
            return;
        }
        Held::Text(text) => (2, text.as_bytes()),
        Held::Blob(bytes) => (3, bytes),
    };
    hasher.update(&[kind]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
}

/// What a value takes beside itself.
fn bytes_of(value: &Held) -> usize {
    match value {
        Held::Null | Held::Int(_) => 0,
        Held::Text(text) => text.len(),
        Held::Blob(bytes) => bytes.len(),
    }
}

/// Hands on every row of a statement.
fn each_row(
    from: &mut dyn Connection,
    table: &Table,
    sql: &'static str,
    params: &[Param<'_>],
    on_row: &mut dyn FnMut(Vec<Held>) -> Result<()>,
) -> Result<()> {
    from.query(sql, params, &mut |row| {
        let value = |(i, (_, kind)): (usize, &(&'static str, Kind))| {
            Ok(match kind {
                Kind::Int => row.opt_int(i)?.map_or(Held::Null, Held::Int),
                Kind::Text => row.opt_text(i)?.map_or(Held::Null, |text| Held::Text(text.to_owned())),
                Kind::Blob => Held::Blob(row.blob(i)?.to_vec()),
            })
        };
        on_row(table.columns.iter().enumerate().map(value).collect::<Result<_>>()?)
    })
}

/// A table's rows from one engine to the other; gives what they were.
fn copy(from: &mut dyn Connection, into: &mut dyn Connection, table: &Table, sql: &'static str, params: &[Param<'_>]) -> Result<Content> {
    let (mut held, mut bytes, mut content): (Vec<Held>, usize, Content) = Default::default();
    each_row(from, table, sql, params, &mut |row| {
        content.add(&row);
        bytes += row.iter().map(bytes_of).sum::<usize>();
        held.extend(row);
        if held.len() < AT_ONCE * table.columns.len() && bytes < BYTES_AT_ONCE {
            return Ok(());
        }
        bytes = 0;
        load(into, table, &mut held)
    })?;
    load(into, table, &mut held)?;
    Ok(content)
}

fn load(into: &mut dyn Connection, table: &Table, held: &mut Vec<Held>) -> Result<()> {
    let values: Vec<Param<'_>> = held.iter().map(Held::param).collect();
    into.load(table, &values)?;
    held.clear();
    Ok(())
}

/// Copies entries of the log, with all that hangs on them, up to one; each batch is whole.
fn copy_log(from: &mut dyn Connection, into: &mut dyn Connection, (after, up_to): (i64, i64), contents: &mut Contents) -> Result<()> {
    let mut at = after;
    while at < up_to {
        let next = (at + ENTRIES_AT_ONCE).min(up_to);
        in_transaction(into, |into| {
            for (table, statements) in &statements()[..OF_THE_LOG.len()] {
                note(contents, table, copy(from, into, table, statements.after, &[at.into(), next.into()])?);
            }
            into.execute("update @head set seq = $1 where one = 1", &[next.into()]).map(drop)
        })?;
        at = next;
    }
    Ok(())
}

/// Copies what stands beside the log, and where the log ends: afterwards the two are the same.
fn copy_beside(from: &mut dyn Connection, into: &mut dyn Connection, contents: &mut Contents) -> Result<()> {
    let head = read_head(from, false)?;
    in_transaction(into, |into| {
        for (table, statements) in &statements()[OF_THE_LOG.len()..] {
            into.execute(statements.empty, &[])?;
            note(contents, table, copy(from, into, table, statements.all, &[])?);
        }
        drop_open_rows(into)?;
        let sql = "update @head set seq = $1, listing_id = $2, scope_id = $3, recorded_at = $4 where one = 1";
        into.execute(sql, &[head.seq.0.into(), head.listing.0.into(), head.scope.into(), head.recorded_at.into()]).map(drop)
    })
}

/// What was sealed after it was copied is there twice: the parts stay.
fn drop_open_rows(into: &mut dyn Connection) -> Result<()> {
    into.execute(
        "delete from @blocks where exists (select 1 from @sealed s where s.listing_id = @blocks.listing_id and s.up_to >= @blocks.seq)",
        &[],
    )?;
    into.execute(
        "delete from @covers where exists (select 1 from @sealed s where s.listing_id = @covers.listing_id and s.up_to >= @covers.seq)",
        &[],
    )?;
    Ok(())
}

/// What each table holds, by name.
pub type Contents = BTreeMap<String, Content>;

fn note(contents: &mut Contents, table: &Table, more: Content) {
    let content = contents.entry(name_of(table)).or_default();
    content.rows += more.rows;
    content.hash = content.hash.wrapping_add(more.hash);
}

fn name_of(table: &Table) -> String {
    table.name.trim_start_matches('@').to_owned()
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The last entry.
    pub seq: Seq,
    /// Entries that were there from an earlier run.
    pub were_there: i64,
    /// What was read of each table in this run.
    pub contents: Contents,
}

impl Store {
    /// Copies this store as it stands at one moment into an empty one. Locks nothing: who writes goes on, and what is written
    /// meanwhile is not in the copy.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the other is not empty; what the engines report.
    pub fn copy_into(&self, other: &Store) -> Result<Copied> {
        let mut into = other.pool.writer()?;
        require_empty(into.connection())?;
        let mut from = self.pool.reader()?;
        from.begin_read()?;
        let seq = read_head(&mut *from, false)?.seq;
        let mut contents = Contents::new();
        copy_log(&mut *from, into.connection(), (0, seq.0), &mut contents)?;
        copy_beside(&mut *from, into.connection(), &mut contents)?;
        from.rollback()?;
        other.scopes.forget();
        Ok(Copied { seq, were_there: 0, contents })
    }

    /// Brings another store to the same content as this one, while others go on writing here: the log in rounds that lock nothing,
    /// the rest with the log locked, and `check` run on both before it is free again. Run again, it goes on where it stood.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the other holds something else; what the engines or `check` report.
    pub fn move_into<T>(&self, other: &Store, check: impl FnOnce() -> Result<T>) -> Result<(Copied, T)> {
        let were_there = self.require_same_beginning(other)?;
        let mut contents = Contents::new();
        loop {
            let mut from = self.pool.reader()?;
            from.begin_read()?;
            let (seq, at) = (read_head(&mut *from, false)?.seq.0, other.head()?.seq.0);
            copy_log(&mut *from, other.pool.writer()?.connection(), (at, seq), &mut contents)?;
            from.rollback()?;
            if seq - at <= FEW {
                break;
            }
        }
        let is_postgres = self.engine().name() == "postgres";
        // Without the time limit of a writer: what is checked may take long.
        let mut locked = self.engine().connect_to_migrate()?;
        let connection = &mut *locked;
        connection.begin()?;
        let seq = read_head(connection, is_postgres)?.seq;
        let at = other.head()?.seq.0;
        let copied = other.pool.writer().and_then(|mut into| {
            copy_log(connection, into.connection(), (at, seq.0), &mut contents)?;
            copy_beside(connection, into.connection(), &mut contents)
        });
        other.scopes.forget();
        let checked = copied.and_then(|()| check());
        connection.rollback()?;
        Ok((Copied { seq, were_there, contents }, checked?))
    }

    /// How many entries another store has of this one's log already.
    fn require_same_beginning(&self, other: &Store) -> Result<i64> {
        let at = other.head()?.seq;
        if at.0 == 0 {
            require_empty(other.pool.writer()?.connection())?;
            return Ok(0);
        }
        let reply_at = |store: &Store| {
            let mut reply = None;
            store.pool.reader()?.query("select reply_id from @entries where seq = $1", &[at.0.into()], &mut |row| {
                reply = Some(row.int(0)?);
                Ok(())
            })?;
            Ok::<_, StoreError>(reply)
        };
        match (reply_at(self)?, reply_at(other)?) {
            (Some(ours), Some(theirs)) if ours == theirs => Ok(at.0),
            _ => Err(StoreError::Missing {
                what: "common beginning of the logs: the other store holds something else, up to entry",
                id: at.to_string(),
            }),
        }
    }

    /// What each copied table holds at one moment.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn contents(&self) -> Result<Contents> {
        let mut from = self.pool.reader()?;
        from.begin_read()?;
        let mut contents = Contents::new();
        for (table, statements) in statements() {
            let mut content = Content::default();
            each_row(&mut *from, table, statements.all, &[], &mut |row| {
                content.add(&row);
                Ok(())
            })?;
            note(&mut contents, table, content);
        }
        from.rollback()?;
        Ok(contents)
    }
}

fn require_empty(connection: &mut dyn Connection) -> Result<()> {
    let mut found = 0;
    let sql = "select (select count(*) from (select 1 from @replies limit 1) r) + (select seq from @head)";
    connection.query(sql, &[], &mut |row| {
        found = row.int(0)?;
        Ok(())
    })?;
    if found == 0 {
        Ok(())
    } else {
        Err(StoreError::Missing { what: "empty store:", id: "the one named holds replies already".to_owned() })
    }
}
