//! The tables of the rows follower: what is written into them, and the statements that write it.
//!
//! A listing's rows are replaced whole, so that writing them twice changes nothing; changes are only added.

use std::collections::BTreeMap;

use odds::{ListingId, Moment, Seq};

use crate::engine::{Keys, Kind, Param, Table};
use crate::error::Result;
use crate::follow::Following;
use crate::store::Store;

macro_rules! table {
    ($(#[$doc:meta])* $name:ident = $table:literal { $($column:literal: $kind:ident),* $(,)? }) => {
        $(#[$doc])*
        const $name: Table = Table { name: $table, columns: &[$(($column, Kind::$kind)),*] };
    };
}

table!(EVENTS = "@event_rows" {
    "event_id": Text, "listing_id": Int, "provider": Text, "external_event_id": Text, "kind": Text, "sport_key": Text, "league": Text,
    "home_team": Text, "away_team": Text, "starts_at": Int, "status": Text, "home_score": Int, "away_score": Int, "venue": Text,
    "created_at": Int, "updated_at": Int, "is_over": Int, "is_shelved": Int, "is_pruned": Int, "is_history_due": Int,
});
table!(SLOTS = "@slot_rows" {
    "listing_id": Int, "slot": Int, "cell": Int, "book": Text, "provider_market": Text, "market": Text, "period": Text, "subject": Text,
    "selection": Text, "outcome_name": Text, "name": Text, "description": Text, "point": Int, "line": Int, "stance": Text,
    "is_prop": Int, "is_alternate": Int, "is_understood": Int, "is_milestone": Int,
});
table!(QUOTES = "@quote_rows" {
    "listing_id": Int, "slot": Int, "nanos": Int, "american": Int, "state": Text, "changed_at": Int, "first_seen_at": Int, "reply_id": Int,
    "is_best": Int, "is_apart": Int, "observed_at": Int, "book_seen_at": Int,
});
table!(CELLS = "@cell_rows" {
    "listing_id": Int, "cell": Int, "observed_at": Int, "basis": Text, "book_seen_at": Int, "confirmed_by": Int,
});
table!(CHANGES = "@change_rows" {
    "listing_id": Int, "slot": Int, "observed_at": Int, "reply_id": Int, "seq": Int, "state": Int, "nanos": Int, "american": Int,
    "changed_at": Int,
});
table!(INJURIES = "@injury_rows" {
    "listing_id": Int, "subject": Text, "player": Text, "team": Text, "status": Text, "meaning": Text, "body_part": Text, "comment": Text,
    "expected_return": Text, "reported_at": Int, "position": Text, "said_at": Int, "observed_at": Int,
});
table!(HISTORY = "@historical_rows" {
    "listing_id": Int, "slot": Int, "opening_nanos": Int, "opening_american": Int, "opening_line": Int, "opening_at": Int,
    "closing_nanos": Int, "closing_american": Int, "closing_line": Int, "closing_at": Int, "closing_quality": Text,
    "closing_gap_secs": Int, "moves": Int, "movement": Text, "result": Text, "opening_gap_secs": Int, "opening_quality": Text,
});
table!(STAT_LINES = "@stat_lines" {
    "listing_id": Int, "subject": Text, "player": Text, "team": Text, "side": Text, "position": Text, "did_not_play": Int,
    "said_at": Int, "observed_at": Int,
});
table!(STATS = "@stat_rows" {
    "listing_id": Int, "subject": Text, "stat": Text, "milli": Int,
});

/// Listings whose rows are taken out in one statement.
const TOGETHER: usize = 1000;

/// One row of a table, its values in the order of the table's columns.
pub type Values<'a> = Vec<Param<'a>>;

/// A table that the rows follower fills, by listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// What each slot means.
    Slots,
    /// What is offered.
    Quotes,
    /// When each cell was seen.
    Cells,
    /// Every change.
    Changes,
    /// Injuries.
    Injuries,
    /// Opening and closing lines.
    History,
    /// Players of whom it is told what they did.
    StatLines,
    /// What they did.
    Stats,
}

impl Rows {
    const fn table(self) -> &'static Table {
        match self {
            Self::Slots => &SLOTS,
            Self::Quotes => &QUOTES,
            Self::Cells => &CELLS,
            Self::Changes => &CHANGES,
            Self::Injuries => &INJURIES,
            Self::History => &HISTORY,
            Self::StatLines => &STAT_LINES,
            Self::Stats => &STATS,
        }
    }

    const fn clear(self) -> &'static str {
        match self {
            Self::Slots => "delete from @slot_rows where listing_id = $1",
            Self::Quotes => "delete from @quote_rows where listing_id = $1",
            Self::Cells => "delete from @cell_rows where listing_id = $1",
            Self::Changes => "delete from @change_rows where listing_id = $1",
            Self::Injuries => "delete from @injury_rows where listing_id = $1",
            Self::History => "delete from @historical_rows where listing_id = $1",
            Self::StatLines => "delete from @stat_lines where listing_id = $1",
            Self::Stats => "delete from @stat_rows where listing_id = $1",
        }
    }

    const fn clear_all(self) -> &'static str {
        match self {
            Self::Slots => "delete from @slot_rows where listing_id in $keys",
            Self::Quotes => "delete from @quote_rows where listing_id in $keys",
            Self::Cells => "delete from @cell_rows where listing_id in $keys",
            Self::Changes => "delete from @change_rows where listing_id in $keys",
            Self::Injuries => "delete from @injury_rows where listing_id in $keys",
            Self::History => "delete from @historical_rows where listing_id in $keys",
            Self::StatLines => "delete from @stat_lines where listing_id in $keys",
            Self::Stats => "delete from @stat_rows where listing_id in $keys",
        }
    }
}

impl Following<'_> {
    /// Adds rows; `values` holds them one after another, in the order of the table's columns.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn add(&mut self, rows: Rows, values: &[Param<'_>]) -> Result<()> {
        self.connection.load(rows.table(), values)
    }

    /// Adds rows at the end of the transaction, together with those of other listings: of a listing that nothing asks for before.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn add_at_end(&mut self, rows: Rows, values: &[Param<'_>]) -> Result<()> {
        self.later.add(self.connection, rows.table(), values)
    }

    /// Takes out the rows of a listing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn clear(&mut self, rows: Rows, listing: ListingId) -> Result<()> {
        self.later.load(self.connection, rows.table())?;
        self.connection.execute(rows.clear(), &[listing.0.into()]).map(drop)
    }

    /// Takes out the rows of several listings.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn clear_all(&mut self, rows: Rows, listings: &[ListingId]) -> Result<()> {
        self.later.load(self.connection, rows.table())?;
        let keys: Vec<i64> = listings.iter().map(|listing| listing.0).collect();
        self.connection.for_keys(rows.clear_all(), Keys::Ints(&keys), &mut |_| Ok(()))
    }

    /// Replaces the row of an event; its values in the order of the table's columns, the event's id first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn set_event_row(&mut self, event: &str, values: &[Param<'_>]) -> Result<()> {
        self.later.load(self.connection, &EVENTS)?;
        self.connection.execute("delete from @event_rows where event_id = $1", &[event.into()])?;
        self.connection.load(&EVENTS, values)
    }

    /// Adds the row of an event that has none, at the end of the transaction.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn add_event_row(&mut self, values: &[Param<'_>]) -> Result<()> {
        self.later.add(self.connection, &EVENTS, values)
    }

    /// Whether an event waits for its opening and closing lines.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_history_due(&mut self, event: &str) -> Result<bool> {
        let mut is_due = false;
        let sql = "select is_history_due from @event_rows where event_id = $1";
        self.connection.query(sql, &[event.into()], &mut |row| {
            is_due = row.int(0)? != 0;
            Ok(())
        })?;
        Ok(is_due)
    }

    /// Notes a book that was met, with our key of it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meet_book(&mut self, provider: &str, book: &str, is_aggregate: bool) -> Result<()> {
        let sql = "insert into @book_rows (provider, book, is_aggregate, key) values ($1, $2, $3, $4)
            on conflict (provider, book) do update set is_aggregate = excluded.is_aggregate, key = excluded.key";
        let key = odds::book::key(provider, book);
        self.connection.execute(sql, &[provider.into(), book.into(), i64::from(is_aggregate).into(), key.into()]).map(drop)
    }

    /// Notes a market that was met: `words` are the market and the period in our words.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meet_market(&mut self, provider: &str, key: &str, words: (&str, &str), is_prop: bool, is_understood: bool) -> Result<()> {
        let sql =
            "insert into @market_rows (provider, provider_market, market, period, is_prop, is_understood) values ($1, $2, $3, $4, $5, $6)
            on conflict (provider, provider_market) do nothing";
        let flags = (i64::from(is_prop), i64::from(is_understood));
        let params = [provider.into(), key.into(), words.0.into(), words.1.into(), flags.0.into(), flags.1.into()];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Notes a player who was named.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn meet_player(&mut self, sport: &str, player: &str) -> Result<()> {
        let sql = "insert into @player_rows (sport_key, player) values ($1, $2) on conflict (sport_key, player) do nothing";
        self.connection.execute(sql, &[sport.into(), player.into()]).map(drop)
    }

    /// Takes out the row of an event that no listing is any more.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn remove_event_row(&mut self, event: &str) -> Result<()> {
        self.connection.execute("delete from @event_rows where event_id = $1", &[event.into()]).map(drop)
    }

    /// Puts events away that are over or began before a moment: what stood on them stands no more. Gives their listings.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn shelve_before(&mut self, at: Moment) -> Result<Vec<ListingId>> {
        let sql = "select l.listing_id from @event_rows e join @listings l on l.event_id = e.event_id where e.is_shelved = 0 and e.starts_at < $1";
        let listings = self.listings(sql, &[at.into()])?;
        for some in listings.chunks(TOGETHER) {
            self.clear_all(Rows::Quotes, some)?;
            self.clear_all(Rows::Cells, some)?;
        }
        self.connection.execute("update @event_rows set is_shelved = 1 where is_shelved = 0 and starts_at < $1", &[at.into()])?;
        Ok(listings)
    }

    /// Prunes the changes of events that began before a moment, of so many events at most: the newest of each slot stays. Gives whether
    /// there may be more.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn prune_before(&mut self, at: Moment, most: i64) -> Result<bool> {
        let sql = "select event_id from @event_rows where is_pruned = 0 and is_shelved = 1 and starts_at < $1 order by starts_at limit $2";
        let events = self.events(sql, &[at.into(), most.into()])?;
        let keys: Vec<&str> = events.iter().map(String::as_str).collect();
        let mut listings: Vec<i64> = Vec::new();
        self.connection.for_keys("select listing_id from @listings where event_id in $keys", Keys::Texts(&keys), &mut |row| {
            listings.push(row.int(0)?);
            Ok(())
        })?;
        let sql = "delete from @change_rows where listing_id in $keys and exists (
            select 1 from @change_rows later where later.listing_id = @change_rows.listing_id and later.slot = @change_rows.slot
            and (later.observed_at, later.reply_id, later.seq) > (@change_rows.observed_at, @change_rows.reply_id, @change_rows.seq))";
        self.connection.for_keys(sql, Keys::Ints(&listings), &mut |_| Ok(()))?;
        self.connection.for_keys("update @event_rows set is_pruned = 1 where event_id in $keys", Keys::Texts(&keys), &mut |_| Ok(()))?;
        Ok(events.len() as i64 == most)
    }

    /// Events whose opening and closing lines are due: over, or begun by a moment.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn history_due(&mut self, at: Moment, limit: i64) -> Result<Vec<String>> {
        let sql = "select event_id from @event_rows where is_history_due = 1 and (is_over = 1 or starts_at <= $1) order by starts_at, event_id limit $2";
        self.events(sql, &[at.into(), limit.into()])
    }

    /// Notes that the opening and closing lines of events were told.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn histories_told(&mut self, events: &[&str]) -> Result<()> {
        let sql = "update @event_rows set is_history_due = 0 where event_id in $keys";
        self.connection.for_keys(sql, Keys::Texts(events), &mut |_| Ok(()))
    }

    /// Drops every row: they are made again from the log.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn drop_rows(&mut self) -> Result<()> {
        for sql in [
            "delete from @event_rows",
            "delete from @slot_rows",
            "delete from @quote_rows",
            "delete from @cell_rows",
            "delete from @change_rows",
            "delete from @injury_rows",
            "delete from @historical_rows",
            "delete from @stat_lines",
            "delete from @stat_rows",
            "delete from @book_rows",
            "delete from @market_rows",
            "delete from @player_rows",
            "delete from @word_counts",
            "delete from @meanings where follower = 'rows'",
        ] {
            self.connection.execute(sql, &[])?;
        }
        Ok(())
    }

    fn events(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<String>> {
        let mut events = Vec::new();
        self.connection.query(sql, params, &mut |row| {
            events.push(row.text(0)?.to_owned());
            Ok(())
        })?;
        Ok(events)
    }

    fn listings(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<ListingId>> {
        let mut listings = Vec::new();
        self.connection.query(sql, params, &mut |row| {
            listings.push(ListingId(row.int(0)?));
            Ok(())
        })?;
        Ok(listings)
    }
}

impl Store {
    /// The newest moment that entries up to one describe; none counts that lies ahead of the clock that recorded it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn newest_observed(&self, until: Seq) -> Result<Option<Moment>> {
        self.read(|connection| {
            let mut newest = None;
            let sql = "select max(case when observed_at < recorded_at then observed_at else recorded_at end) from @entries
                where seq <= $1 and provider <> $2";
            connection.query(sql, &[until.0.into(), odds::decision::PROVIDER.into()], &mut |row| {
                newest = row.opt_int(0)?.map(Moment::from_micros);
                Ok(())
            })?;
            Ok(newest)
        })
    }

    /// How many events wait for their opening and closing lines that are over, or have begun by a moment.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn histories_due(&self, at: Moment) -> Result<u64> {
        self.read(|connection| {
            let mut left = 0;
            let sql = "select count(*) from @event_rows where is_history_due = 1 and (is_over = 1 or starts_at <= $1)";
            connection.query(sql, &[at.into()], &mut |row| {
                left = row.int(0)?.unsigned_abs();
                Ok(())
            })?;
            Ok(left)
        })
    }

    /// The listings on which the rows follower shows quotes, by provider and the provider's sport.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_with_quotes(&self) -> Result<BTreeMap<(String, String), Vec<ListingId>>> {
        self.read(|connection| {
            let mut found: BTreeMap<(String, String), Vec<ListingId>> = BTreeMap::new();
            let sql = "select l.provider, l.sport, l.listing_id from @listings l
                where exists (select 1 from @quote_rows q where q.listing_id = l.listing_id)";
            connection.query(sql, &[], &mut |row| {
                found.entry((row.text(0)?.to_owned(), row.text(1)?.to_owned())).or_default().push(ListingId(row.int(2)?));
                Ok(())
            })?;
            Ok(found)
        })
    }

    /// Whether a provider's catalogue calls a book an aggregate: the best or the mean of many, nothing that can be bet.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_aggregate_book(&self, provider: &str, book: &str) -> Result<bool> {
        self.read(|connection| {
            let mut is_aggregate = false;
            let sql = "select detail from @catalogue where provider = $1 and kind = 'book' and key = $2";
            connection.query(sql, &[provider.into(), book.into()], &mut |row| {
                is_aggregate = row.text(0)?.contains("\"aggregate\":true");
                Ok(())
            })?;
            Ok(is_aggregate)
        })
    }
}
