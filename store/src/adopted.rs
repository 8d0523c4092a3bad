//! What became of each row of an old database: written in the transaction that records the page in which the row came, so that
//! neither is there without the other, and a page that is recorded again changes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use odds::id::{ListingId, ReplyId};

use crate::engine::{Keys, Param, Row};
use crate::error::{Result, StoreError};
use crate::log::Appending;
use crate::store::Store;
use crate::tables::ADOPTED_ROWS;

/// What became of an old row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is an event, a result, a quote, a name.
    Adopted,
    /// It is another row's (or another provider's) event, on evidence.
    Joined,
    /// It stands alone, and may be the same event as another: a person is asked.
    Waiting,
    /// It could not be used.
    Refused,
}

impl Outcome {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Joined => "joined",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Adopted, Self::Joined, Self::Waiting, Self::Refused].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// An old row, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdopted<'a> {
    /// The old table.
    pub table: &'a str,
    /// The row's id in it.
    pub id: &'a str,
    /// Of the row's text.
    pub fingerprint: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The listing that it is, or is a part of.
    pub listing: Option<ListingId>,
    /// Why it was refused, or what of it could not be used.
    pub reason: &'a str,
    /// The page that it came in.
    pub reply: ReplyId,
}

/// An old row as the account shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Adopted {
    /// The old table.
    pub table: String,
    /// The row's id in it.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The event that it is today.
    pub event: Option<String>,
    /// The listing that it is, or is a part of.
    pub listing: Option<String>,
    /// Why it was refused, or what of it could not be used.
    pub reason: String,
    /// The page that it came in.
    pub reply: ReplyId,
}

/// What the account says of an old row, for whoever compares it with the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounted {
    /// Of the text that the row had.
    pub fingerprint: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The listing that it is, or is a part of.
    pub listing: Option<ListingId>,
    /// Why it was refused, or what of it could not be used.
    pub reason: String,
}

/// How the account names a row: `sports_events/8b6f2c1e-..`.
#[must_use]
pub fn old_row(table: &str, id: &str) -> String {
    format!("{table}/{id}")
}

impl Appending<'_> {
    /// What became of old rows by now, by [`old_row`].
    ///
    /// # Errors
    /// What the engine reports.
    pub fn outcomes_of(&mut self, rows: &[&str]) -> Result<HashMap<String, Outcome>> {
        let mut found = HashMap::new();
        let sql = "select old_row, outcome from @adopted_rows where old_row in $keys";
        self.connection.for_keys(sql, Keys::Texts(rows), &mut |row| {
            found.insert(row.text(0)?.to_owned(), outcome(row.text(1)?)?);
            Ok(())
        })?;
        let staged = rows.iter().filter_map(|row| Some(((*row).to_owned(), self.accounts.rows.get(*row)?.outcome)));
        found.extend(staged);
        Ok(found)
    }

    /// Notes what became of the old row that a listing is, where it is one: somebody decided about it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn set_outcome(&mut self, listing: ListingId, outcome: Outcome) -> Result<()> {
        self.flush_accounts()?;
        let sql = "update @adopted_rows set outcome = $1 where listing_id = $2 and outcome in ('adopted', 'joined', 'waiting')
            and substr(old_row, length(old_table) + 2) = (select l.external_id from @listings l where l.listing_id = $2)";
        self.connection.execute(sql, &[outcome.as_str().into(), listing.0.into()]).map(drop)
    }

    /// Keeps what became of old rows, in the entry that is open; what was said of them before is replaced. All of a transaction is written
    /// at its end, at once.
    pub fn adopt(&mut self, rows: &[NewAdopted<'_>]) {
        let seq = self.next_seq().0;
        for row in rows {
            let account = Account {
                table: row.table.to_owned(),
                fingerprint: row.fingerprint,
                outcome: row.outcome,
                listing: row.listing.map(|listing| listing.0),
                reason: row.reason.to_owned(),
                reply: row.reply.0,
                seq,
            };
            self.accounts.rows.insert(old_row(row.table, row.id), account);
        }
    }

    /// Sends what is held of accounts to the engine.
    pub(crate) fn flush_accounts(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.accounts.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = rows.keys().map(String::as_str).collect();
        self.connection.for_keys("delete from @adopted_rows where old_row in $keys", Keys::Texts(&keys), &mut |_| Ok(()))?;
        let values: Vec<Param<'_>> = rows
            .iter()
            .flat_map(|(name, row)| {
                [
                    Param::Text(name),
                    Param::Text(&row.table),
                    Param::Int(row.fingerprint),
                    Param::Text(row.outcome.as_str()),
                    row.listing.into(),
                    Param::Text(&row.reason),
                    Param::Int(row.reply),
                    Param::Int(row.seq),
                ]
            })
            .collect();
        self.connection.load(&ADOPTED_ROWS, &values)
    }
}

/// Accounts of old rows that are not written yet, in the order of their names: so the index takes them with few steps.
#[derive(Default)]
pub(crate) struct Accounts {
    rows: BTreeMap<String, Account>,
}

struct Account {
    table: String,
    fingerprint: i64,
    outcome: Outcome,
    listing: Option<i64>,
    reason: String,
    reply: i64,
    seq: i64,
}

impl Store {
    /// The texts that old rows had when they were accounted for, by [`old_row`]; rows that were not are left out.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn adopted_fingerprints(&self, rows: &[&str]) -> Result<HashMap<String, i64>> {
        self.read(|connection| {
            let mut found = HashMap::new();
            let sql = "select old_row, fingerprint from @adopted_rows where old_row in $keys";
            connection.for_keys(sql, Keys::Texts(rows), &mut |row| {
                found.insert(row.text(0)?.to_owned(), row.int(1)?);
                Ok(())
            })?;
            Ok(found)
        })
    }

    /// Rows of the old tables that hold something that we wrote there, by [`old_row`]: read again they would be our own word. None on SQLite.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn rows_of_ours(&self) -> Result<HashSet<String>> {
        if self.engine().name() != "postgres" {
            return Ok(HashSet::new());
        }
        let sql = "select old_table, row_key from @old_rows where undone is null";
        Ok(self.collect(sql, &[], &|row| Ok(old_row(row.text(0)?, row.text(1)?)))?.into_iter().collect())
    }

    /// What the account says of old rows, by [`old_row`]; rows that it does not know are left out.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn accounted(&self, rows: &[&str]) -> Result<HashMap<String, Accounted>> {
        self.read(|connection| {
            let mut found = HashMap::new();
            let sql = "select old_row, fingerprint, outcome, listing_id, reason from @adopted_rows where old_row in $keys";
            connection.for_keys(sql, Keys::Texts(rows), &mut |row| {
                let (fingerprint, listing, reason) = (row.int(1)?, row.opt_int(3)?.map(ListingId), row.text(4)?.to_owned());
                found.insert(row.text(0)?.to_owned(), Accounted { fingerprint, outcome: outcome(row.text(2)?)?, listing, reason });
                Ok(())
            })?;
            Ok(found)
        })
    }

    /// Why rows of each old table were refused, or could not be used whole: outcome, reason, how many; the most frequent first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn adopted_reasons(&self) -> Result<Vec<(String, Outcome, String, i64)>> {
        let sql = "select old_table, outcome, reason, count(*) from @adopted_rows where reason <> '' group by old_table, outcome, reason
            order by old_table, count(*) desc, outcome, reason";
        self.collect(sql, &[], &|row| Ok((row.text(0)?.to_owned(), outcome(row.text(1)?)?, row.text(2)?.to_owned(), row.int(3)?)))
    }

    /// Whether any old row is accounted for.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn has_accounts(&self) -> Result<bool> {
        Ok(!self.collect("select 1 from @adopted_rows limit 1", &[], &|row| row.int(0))?.is_empty())
    }

    /// How many rows of each old table came to what.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn adopted_counts(&self) -> Result<Vec<(String, Outcome, i64)>> {
        let sql = "select old_table, outcome, count(*) from @adopted_rows group by old_table, outcome order by old_table, outcome";
        self.collect(sql, &[], &|row| Ok((row.text(0)?.to_owned(), outcome(row.text(1)?)?, row.int(2)?)))
    }

    /// What became of one old row.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn adopted(&self, table: &str, id: &str) -> Result<Option<Adopted>> {
        let name = old_row(table, id);
        let sql = "select r.old_table, r.old_row, r.outcome, l.event_id, l.external_id, r.reason, r.reply_id
            from @adopted_rows r left join @listings l on l.listing_id = r.listing_id where r.old_row = $1";
        Ok(self.collect(sql, &[(&name).into()], &adopted)?.pop())
    }

    /// The rows of an old table that came to something, in the order of their ids, after one.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn adopted_as(&self, table: &str, outcome: Outcome, after: &str, limit: i64) -> Result<Vec<Adopted>> {
        let after = old_row(table, after);
        let sql = "select r.old_table, r.old_row, r.outcome, l.event_id, l.external_id, r.reason, r.reply_id
            from @adopted_rows r left join @listings l on l.listing_id = r.listing_id
            where r.old_table = $1 and r.outcome = $2 and r.old_row > $3 order by r.old_row limit $4";
        self.collect(sql, &[table.into(), outcome.as_str().into(), (&after).into(), limit.into()], &adopted)
    }
}

fn outcome(word: &str) -> Result<Outcome> {
    Outcome::from_word(word).ok_or_else(|| StoreError::damaged("an account of an old row", word.to_owned()))
}

fn adopted(row: &dyn Row) -> Result<Adopted> {
    let table = row.text(0)?.to_owned();
    let id = row.text(1)?.get(table.len() + 1..).unwrap_or_default().to_owned();
    Ok(Adopted {
        table,
        id,
        outcome: outcome(row.text(2)?)?,
        event: row.opt_text(3)?.map(str::to_owned),
        listing: row.opt_text(4)?.map(str::to_owned),
        reason: row.text(5)?.to_owned(),
        reply: ReplyId(row.int(6)?),
    })
}
