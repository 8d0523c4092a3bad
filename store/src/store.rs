//! The store as the other rooms see it: one value, safe to share between threads, whatever engine is under it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use odds::Moment;
use odds::board::Order;
use odds::id::{ListingId, ReplyId, Seq};
use odds::names::Interner;
use odds::player::Directory;

use crate::archive::Archive;
use crate::boards::Kept;
use crate::engine::{Connection, Engine};
use crate::error::{Result, StoreError};
use crate::log::{Appending, Head, read_head};
use crate::pool::Pool;
use crate::postgres::{MissingRight, Postgres, roles};
use crate::read::{Cut, Entry, ListingRows, Most, Open};
use crate::replica::Reading;
use crate::replies::{Arrived, KeptReply, PendingPlace};
use crate::scopes::Scopes;
use crate::sqlite::Sqlite;
use crate::{migrate, misses, read, replies};

/// The directory of players, and the two versions that it was read at.
type HeldPlayers = ((i64, i64), Arc<Directory>);

/// A store: a database, and the archive beside it.
pub struct Store {
    pub(crate) pool: Pool,
    archive: Archive,
    pub(crate) scopes: Scopes,
    pub(crate) players: Mutex<Option<HeldPlayers>>,
}

/// The engine of an address: `sqlite:PATH` or `postgres://...`; `direct` is a way to it past a pooler.
///
/// # Errors
/// [`StoreError::Address`] for anything else, [`StoreError::Connection`] for a part of it.
pub fn engine(address: &str, direct: Option<&str>) -> Result<Box<dyn Engine>> {
    match sqlite(address) {
        Some(engine) => Ok(engine),
        None => Ok(Box::new(Postgres::at(postgres(address)?)?.with_direct(direct)?)),
    }
}

/// The same for who only answers: with the rights of a reader, within a time limit, at a replica where one is named.
///
/// # Errors
/// As [`engine`].
pub fn engine_for_answers(address: &str, replica: Option<&str>) -> Result<Box<dyn Engine>> {
    match sqlite(address) {
        Some(engine) => Ok(engine),
        None => Ok(Box::new(Postgres::for_answers(postgres(address)?, replica)?)),
    }
}

fn sqlite(address: &str) -> Option<Box<dyn Engine>> {
    let path = address.strip_prefix("sqlite:")?;
    Some(Box::new(Sqlite::at(path.strip_prefix("//").unwrap_or(path))))
}

fn postgres(address: &str) -> Result<&str> {
    let is_ours = address.starts_with("postgres://") || address.starts_with("postgresql://");
    if is_ours { Ok(address) } else { Err(StoreError::Address { address: kind_of(address) }) }
}

/// What an address begins with, without anything that could be a password.
fn kind_of(address: &str) -> String {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_plain = scheme.len() <= 24 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '+');
    if is_plain { format!("{scheme}:...") } else { "...".to_owned() }
}

impl Store {
    /// The store of an engine, with its archive in a folder. Makes no connection yet.
    #[must_use]
    pub fn new(engine: Box<dyn Engine>, archive: impl AsRef<Path>) -> Self {
        Self::on(engine, Archive::at(archive.as_ref()))
    }

    /// The store of an engine over an archive. Makes no connection yet.
    #[must_use]
    pub fn on(engine: Box<dyn Engine>, archive: Archive) -> Self {
        Self { pool: Pool::new(engine), archive, scopes: Scopes::default(), players: Mutex::default() }
    }

    /// The store of an address, its schema brought up to what this program knows.
    ///
    /// # Errors
    /// Where it cannot be reached, or a newer program wrote it.
    pub fn open(address: &str, direct: Option<&str>, archive: impl AsRef<Path>) -> Result<Self> {
        let store = Self::new(engine(address, direct)?, archive);
        store.migrate_up()?;
        Ok(store)
    }

    /// The archive of raw replies.
    #[must_use]
    pub const fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Which engine is under it, and where.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        self.pool.engine()
    }

    /// Brings the schema up; refuses one that a newer program wrote, unless all that it did was to add.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn migrate_up(&self) -> Result<migrate::Status> {
        let engine = self.pool.engine();
        let status = self.migration_status()?;
        if status.version == status.known {
            // whoever brought it up may have been killed before rights were given
            if self.engine().name() == "postgres" && self.read(roles::is_unsettled)? {
                self.settle_rights()?;
            }
            return Ok(status);
        }
        if status.version > status.known {
            return self.write(|connection| migrate::require_known(connection, engine)).map(|()| status);
        }
        let mut connection = engine.connect_to_migrate()?;
        migrate::up(&mut *connection, engine)?;
        migrate::require_known(&mut *connection, engine)?;
        self.pool.forget();
        migrate::status(&mut *connection, engine)
    }

    /// Brings the schema up to one version and no further: for a program that is to be replaced later, and for tests of that.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn migrate_up_to(&self, version: i64) -> Result<migrate::Status> {
        let engine = self.pool.engine();
        let mut connection = engine.connect_to_migrate()?;
        self.pool.forget();
        migrate::up_to(&mut *connection, engine, version)
    }

    /// Refuses a schema that this program cannot work with; changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Schema`]; what the engine reports.
    pub fn require_known(&self) -> Result<()> {
        self.write(|connection| migrate::require_known(connection, self.pool.engine()))
    }

    /// Makes the roles of our schema and gives them their rights, as far as the login may; gives what it lacks. Nothing on SQLite.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn settle_rights(&self) -> Result<Vec<MissingRight>> {
        if self.engine().name() != "postgres" {
            return Ok(Vec::new());
        }
        let mut connection = self.engine().connect_to_migrate()?;
        roles::settle(&mut *connection)?;
        self.pool.forget();
        roles::missing(&mut *connection)
    }

    /// What the login lacks for the roles of our schema; changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn missing_rights(&self) -> Result<Vec<MissingRight>> {
        if self.engine().name() != "postgres" {
            return Ok(Vec::new());
        }
        roles::missing(&mut *self.engine().connect_to_migrate()?)
    }

    /// Makes the months of changes ahead of a moment and takes away those that ended before another, each detached before it is dropped;
    /// the newest change of a slot and its last one before the start stay. Gives how many were made, and which are gone. Nothing on SQLite.
    ///
    /// # Errors
    /// What the engine reports; nothing where the login does not own the schema: then whoever does runs it.
    pub fn turn_months(&self, now: Moment, keep_since: Moment) -> Result<(i64, Vec<String>)> {
        if self.engine().name() != "postgres" {
            return Ok((0, Vec::new()));
        }
        let mut connection = self.engine().connect_to_migrate()?;
        roles::require_ownership(&mut *connection)?;
        let mut made = 0;
        let sql = "select @make_months(to_timestamp($1::bigint / 1000000.0), 3)";
        connection.query(sql, &[now.into()], &mut |row| {
            made = row.int(0)?;
            Ok(())
        })?;
        let mut gone = Vec::new();
        loop {
            let mut month = None;
            let sql = "select @drop_oldest_month(to_timestamp($1::bigint / 1000000.0))";
            connection.query(sql, &[keep_since.into()], &mut |row| {
                month = row.opt_text(0)?.map(str::to_owned);
                Ok(())
            })?;
            match month {
                Some(month) => gone.push(month),
                None => break,
            }
        }
        if made > 0 {
            roles::settle(&mut *connection)?;
        }
        Ok((made, gone))
    }

    /// Takes the schema down to a version.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn migrate_down(&self, to: i64) -> Result<migrate::Status> {
        let mut connection = self.pool.engine().connect_to_migrate()?;
        self.pool.forget();
        migrate::down(&mut *connection, self.pool.engine(), to)
    }

    /// Where the schema stands.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn migration_status(&self) -> Result<migrate::Status> {
        self.write(|connection| migrate::status(connection, self.pool.engine()))
    }

    /// Appends to the log in one transaction. What `work` returns as an error undoes all of it.
    ///
    /// # Errors
    /// What the engine or `work` reports.
    pub fn append<T>(&self, work: impl FnOnce(&mut Appending<'_>) -> Result<T>) -> Result<(T, Head)> {
        let is_postgres = self.pool.engine().name() == "postgres";
        self.write(|connection| {
            let mut appending = Appending::begin(connection, &self.scopes, is_postgres)?;
            match work(&mut appending) {
                Ok(value) => Ok((value, appending.commit()?)),
                Err(error) => {
                    let _ = appending.rollback();
                    Err(error)
                }
            }
        })
    }

    /// Where reads go just now; asks a replica how far behind it is.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.pool.engine().reading()
    }

    /// Uses the writing connection; one that broke is given up.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut dyn Connection) -> Result<T>) -> Result<T> {
        let mut writer = self.pool.writer()?;
        let result = work(writer.connection());
        if let Err(error) = &result
            && !error.is_of_the_archive()
        {
            self.scopes.forget();
            writer.discard();
        }
        result
    }

    /// Uses a reading connection; one that broke is given up, and the read is tried once more on a new one.
    pub(crate) fn read<T>(&self, work: impl Fn(&mut dyn Connection) -> Result<T>) -> Result<T> {
        let mut reader = self.pool.reader()?;
        let result = work(&mut *reader);
        match result {
            Err(error) if error.is_disconnected() => {
                self.pool.engine().reader_was_cut(&error);
                reader.discard_all();
                work(&mut *self.pool.reader()?)
            }
            other => other,
        }
    }

    /// Where the log ends.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn head(&self) -> Result<Head> {
        self.read(|connection| read_head(connection, false))
    }

    /// Archives replies and gives their ids; the bytes are on the disk when it returns, also where the database is gone: then the next
    /// start indexes them. Twice changes nothing.
    ///
    /// # Errors
    /// Where the disk or the engine refuses: then none of them is indexed.
    pub fn archive_replies(&self, arrived: &[Arrived<'_>], now: Moment) -> Result<Vec<ReplyId>> {
        let is_postgres = self.pool.engine().name() == "postgres";
        let written = self.read(|connection| replies::write(connection, &self.archive, arrived, now)).or_else(|error| {
            if error.is_disconnected() {
                replies::write_unread(&self.archive, arrived, now)?;
            }
            Err(error)
        })?;
        self.write(|connection| replies::index(connection, written, now, is_postgres))
    }

    /// Replies that were archived and are not in the log, oldest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn pending_replies(&self, limit: i64) -> Result<Vec<KeptReply>> {
        self.pending_replies_after(None, limit)
    }

    /// Pending replies, oldest first, after a place among them.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn pending_replies_after(&self, after: Option<PendingPlace>, limit: i64) -> Result<Vec<KeptReply>> {
        self.read(|connection| replies::pending(connection, after, limit))
    }

    /// One reply, without its body.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn reply(&self, id: ReplyId) -> Result<Option<KeptReply>> {
        self.read(|connection| replies::get(connection, id))
    }

    /// Replies in the order of the log, after an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn recorded_replies(&self, after: Seq, limit: i64) -> Result<Vec<KeptReply>> {
        self.read(|connection| replies::recorded_after(connection, after, limit))
    }

    /// The body of a reply.
    ///
    /// # Errors
    /// Where the archive lost it.
    pub fn body(&self, reply: &KeptReply) -> Result<Vec<u8>> {
        self.archive.body(&reply.place, reply.body_length)
    }

    /// The names and rows of a listing inside a cut.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn listing_rows(&self, listing: ListingId, cut: Cut) -> Result<ListingRows> {
        self.read(|connection| read::listing_rows(connection, &self.scopes, listing, cut, &mut Interner::default()))
    }

    /// The entries after one, in order.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn entries_after(&self, after: Seq, limit: i64, words: &mut Interner) -> Result<Vec<Entry>> {
        self.some_entries_after(after, Most::entries(limit), words)
    }

    /// The same, fewer where much is new in them: what is new costs a follower more than what is known.
    ///
    /// # Errors
    /// As [`Store::entries_after`].
    pub fn some_entries_after(&self, after: Seq, most: Most, words: &mut Interner) -> Result<Vec<Entry>> {
        let mut reader = self.pool.reader()?;
        let entries = reader.begin_read().and_then(|()| {
            let entries = read::entries_after(&mut *reader, &self.scopes, after, most, words);
            reader.rollback()?;
            entries
        });
        if let Err(error) = entries.as_ref()
            && error.is_disconnected()
        {
            self.pool.engine().reader_was_cut(error);
            reader.discard_all();
        }
        entries
    }
}

impl Appending<'_> {
    /// Takes the sweeps after a place into a board whose last row stands there: they asked for the listing and did not bring it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn miss_after(&mut self, kept: &mut Kept, order: Order) -> Result<()> {
        self.flush_sweeps()?;
        let scopes = self.scopes();
        misses::misses_after(self.connection, scopes, kept, order)
    }

    /// The names and rows of a listing, with what this transaction has added so far.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn listing_rows(&mut self, listing: ListingId, words: &mut Interner) -> Result<ListingRows> {
        self.flush()?;
        let (scopes, open) = (self.scopes(), self.open_rows_of(listing));
        read::listing_rows_while_open(self.connection, scopes, listing, open, None, words)
    }

    fn open_rows_of(&self, listing: ListingId) -> Open {
        Open { scope: self.open_scope(), anew: self.anew.rows_of(listing, self.next_seq()) }
    }

    /// The last sweep of a provider's sport, in the order of the world.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn last_sweep(&mut self, provider: &str, sport: &str) -> Result<Option<Order>> {
        self.flush()?;
        misses::last_sweep(self.connection, provider, sport)
    }

    /// The same with every miss since a moment or its first row, so that boards of every moment between are right.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn listing_history(&mut self, listing: ListingId, since: Moment, words: &mut Interner) -> Result<ListingRows> {
        self.flush()?;
        let (scopes, open) = (self.scopes(), self.open_rows_of(listing));
        read::listing_rows_while_open(self.connection, scopes, listing, open, Some(since), words)
    }

    /// The entries after one, in order, that others have appended.
    ///
    /// # Errors
    /// What the engine reports, or damaged bytes.
    pub fn entries_after(&mut self, after: Seq, limit: i64, words: &mut Interner) -> Result<Vec<Entry>> {
        let scopes = self.scopes();
        read::entries_after(self.connection, scopes, after, Most::entries(limit), words)
    }
}
