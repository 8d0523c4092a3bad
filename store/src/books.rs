//! The keys of books in rows that were made before they were known.

use odds::EventId;
use odds::id::NotAnId;

use crate::error::{Result, StoreError};
use crate::follow::Following;

impl Following<'_> {
    /// Gives books that were met before books had keys of ours theirs; gives how many had none. Twice changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn name_books(&mut self) -> Result<usize> {
        let mut unnamed = Vec::new();
        self.connection.query("select provider, book from @book_rows where key is null", &[], &mut |row| {
            unnamed.push((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
            Ok(())
        })?;
        for (provider, book) in &unnamed {
            self.name_book(provider, book, odds::book::key(provider, book))?;
        }
        Ok(unnamed.len())
    }

    /// Gives a book a key.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn name_book(&mut self, provider: &str, book: &str, key: &str) -> Result<()> {
        let sql = "update @book_rows set key = $3 where provider = $1 and book = $2";
        self.connection.execute(sql, &[provider.into(), book.into(), key.into()]).map(drop)
    }

    /// The first book whose key is not that of today: its provider, the provider's key of it, and the key that it has.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn book_named_otherwise(&mut self) -> Result<Option<(String, String, String)>> {
        let mut found = None;
        let sql = "select provider, book, key from @book_rows where key is not null order by provider, book";
        self.connection.query(sql, &[], &mut |row| {
            let (provider, book, key) = (row.text(0)?, row.text(1)?, row.text(2)?);
            if found.is_none() && key != odds::book::key(provider, book) {
                found = Some((provider.to_owned(), book.to_owned(), key.to_owned()));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// By sport: how many slots of how many listings are at a book.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn slots_at_book(&mut self, provider: &str, book: &str) -> Result<Vec<(String, i64, i64)>> {
        let mut counts = Vec::new();
        let sql = "select l.sport, count(*), count(distinct l.listing_id) from @slot_rows s join @listings l on l.listing_id = s.listing_id
            where l.provider = $1 and s.book = $2 group by l.sport order by l.sport";
        self.connection.query(sql, &[provider.into(), book.into()], &mut |row| {
            counts.push((row.text(0)?.to_owned(), row.int(1)?, row.int(2)?));
            Ok(())
        })?;
        Ok(counts)
    }

    /// Events that are not over and have a slot at a book.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn open_events_at_book(&mut self, provider: &str, book: &str) -> Result<Vec<EventId>> {
        let mut events = Vec::new();
        let sql = "select distinct l.event_id from @event_rows e join @listings l on l.event_id = e.event_id
            join @slot_rows s on s.listing_id = l.listing_id where e.is_over = 0 and l.provider = $1 and s.book = $2 order by l.event_id";
        self.connection.query(sql, &[provider.into(), book.into()], &mut |row| {
            events.push(row.text(0)?.parse().map_err(|error: NotAnId| StoreError::damaged("an event of rows", error))?);
            Ok(())
        })?;
        Ok(events)
    }
}
