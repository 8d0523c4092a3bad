//! What the checks read: counts and ledgers, each by one statement that stays short when the log is long.

use odds::Moment;
use odds::id::{ReplyId, Seq};

use crate::engine::{Param, Row};
use crate::error::Result;
use crate::store::Store;

/// An entry whose sums do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbalanced {
    /// Its place in the log.
    pub seq: Seq,
    /// Its reply.
    pub reply: ReplyId,
    /// Outcomes received that nothing became of; negative where more came out than went in.
    pub outcomes_off: i64,
    /// Quotes that are neither there any more nor gone.
    pub quotes_off: i64,
}

/// How often something in the replies of an endpoint could not be used for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemCount {
    /// The provider.
    pub provider: String,
    /// The endpoint.
    pub endpoint: String,
    /// The reason's word.
    pub reason: String,
    /// How often.
    pub count: i64,
    /// In how many replies.
    pub replies: i64,
    /// One of them: where it stood, and what.
    pub example: String,
}

/// A reply that speaks of every listing of a sport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The provider.
    pub provider: String,
    /// The provider's sport key.
    pub sport: String,
    /// The endpoint.
    pub endpoint: String,
    /// The moment it describes.
    pub observed_at: Moment,
}

/// One row of the ledger of asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskRow {
    /// Its number.
    pub id: i64,
    /// The provider.
    pub provider: String,
    /// What was asked, as JSON.
    pub ask: String,
    /// When it was due.
    pub due_at: Moment,
    /// When it was sent.
    pub sent_at: Option<Moment>,
    /// When it was done with.
    pub done_at: Option<Moment>,
    /// What came of it.
    pub outcome: String,
    /// Credits set aside for it.
    pub reserved: i64,
    /// Credits that the provider billed.
    pub billed: Option<i64>,
    /// What the provider says is used, after it.
    pub used_after: Option<i64>,
    /// What the provider says remains, after it.
    pub remaining_after: Option<i64>,
}

/// How many listings of a provider's sport, or with a book of it, there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The provider.
    pub provider: String,
    /// Its key of the sport or book.
    pub key: String,
    /// In how many listings.
    pub listings: i64,
}

/// Replies that are archived and not in the log yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// How many.
    pub count: i64,
    /// When the oldest of them was archived.
    pub oldest: Option<Moment>,
}

impl Store {
    fn rows<T>(&self, sql: &'static str, params: &[Param<'_>], read: impl Fn(&dyn Row) -> Result<T>) -> Result<Vec<T>> {
        self.read(|connection| {
            let mut rows = Vec::new();
            connection.query(sql, params, &mut |row| {
                rows.push(read(row)?);
                Ok(())
            })?;
            Ok(rows)
        })
    }

    /// Entries whose sums do not hold, the first of them: there should be none.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn unbalanced(&self, limit: i64) -> Result<Vec<Unbalanced>> {
        let sql = "select seq, reply_id, received - (opened + moved + returned + unchanged + duplicate + refused),
                quotes_before + opened + returned - (quotes_after + withdrawn + not_observed)
            from @entries
            where received <> opened + moved + returned + unchanged + duplicate + refused
                or quotes_before + opened + returned <> quotes_after + withdrawn + not_observed
            order by seq limit $1";
        self.rows(sql, &[limit.into()], |row| {
            Ok(Unbalanced { seq: Seq(row.int(0)?), reply: ReplyId(row.int(1)?), outcomes_off: row.int(2)?, quotes_off: row.int(3)? })
        })
    }

    /// What could not be used of the replies that were recorded since a moment, by reason.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn problems_since(&self, since: Moment) -> Result<Vec<ProblemCount>> {
        let sql = "select e.provider, e.endpoint, p.reason, count(*), count(distinct p.seq), min(p.path || ': ' || p.detail)
            from @entries e join @problems p on p.seq = e.seq where e.recorded_at >= $1
            group by e.provider, e.endpoint, p.reason order by e.provider, e.endpoint, p.reason";
        self.rows(sql, &[since.into()], |row| {
            Ok(ProblemCount {
                provider: row.text(0)?.to_owned(),
                endpoint: row.text(1)?.to_owned(),
                reason: row.text(2)?.to_owned(),
                count: row.int(3)?,
                replies: row.int(4)?,
                example: row.text(5)?.to_owned(),
            })
        })
    }

    /// Sweeps that were fetched live since a moment, by provider, sport and time.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn live_sweeps_since(&self, since: Moment) -> Result<Vec<Sweep>> {
        let sql = "select provider, sport, endpoint, observed_at from @entries
            where is_sweep = 1 and basis = 'fetched' and recorded_at >= $1 order by provider, sport, endpoint, observed_at";
        self.rows(sql, &[since.into()], |row| {
            Ok(Sweep {
                provider: row.text(0)?.to_owned(),
                sport: row.text(1)?.to_owned(),
                endpoint: row.text(2)?.to_owned(),
                observed_at: Moment::from_micros(row.int(3)?),
            })
        })
    }

    /// The ledger of asks since a moment, in the order in which they were due.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn asks_due_since(&self, since: Moment) -> Result<Vec<AskRow>> {
        let sql =
            "select ask_id, provider, ask, due_at, sent_at, done_at, outcome, credits_reserved, credits_billed, used_after, remaining_after
            from @asks where due_at >= $1 order by provider, due_at, ask_id";
        self.rows(sql, &[since.into()], |row| {
            let moment = |value: Option<i64>| value.map(Moment::from_micros);
            Ok(AskRow {
                id: row.int(0)?,
                provider: row.text(1)?.to_owned(),
                ask: row.text(2)?.to_owned(),
                due_at: Moment::from_micros(row.int(3)?),
                sent_at: moment(row.opt_int(4)?),
                done_at: moment(row.opt_int(5)?),
                outcome: row.text(6)?.to_owned(),
                reserved: row.int(7)?,
                billed: row.opt_int(8)?,
                used_after: row.opt_int(9)?,
                remaining_after: row.opt_int(10)?,
            })
        })
    }

    /// Replies that are archived and not in the log yet.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn pending(&self) -> Result<Pending> {
        let sql = "select count(*), min(archived_at) from @replies where state = 'pending'";
        let rows = self.rows(sql, &[], |row| Ok(Pending { count: row.int(0)?, oldest: row.opt_int(1)?.map(Moment::from_micros) }))?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// The sports of all listings, in the providers' words.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sports_of_listings(&self) -> Result<Vec<Named>> {
        self.rows("select provider, sport, count(*) from @listings group by provider, sport order by provider, sport", &[], named)
    }

    /// The books of the listings that stand and that no catalogue names.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn books_without_a_name(&self) -> Result<Vec<Named>> {
        let sql = "select l.provider, c.book, count(distinct c.listing_id) from @listings l join @cells c on c.listing_id = l.listing_id
            where l.is_standing = 1 and not exists
                (select 1 from @catalogue n where n.provider = l.provider and n.kind = 'book' and n.key = c.book and n.title <> '')
            group by l.provider, c.book order by l.provider, c.book";
        self.rows(sql, &[], named)
    }

    /// What the store was made for (`live`, `replay`), where that is written down.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn purpose(&self) -> Result<Option<String>> {
        let rows = self.rows("select value from @settings where name = 'purpose'", &[], |row| Ok(row.text(0)?.to_owned()))?;
        Ok(rows.into_iter().next())
    }

    /// Whether any entry holds what was fetched live.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn has_live_entries(&self) -> Result<bool> {
        let rows = self.rows("select seq from @entries where basis = 'fetched' limit 1", &[], |row| row.int(0))?;
        Ok(!rows.is_empty())
    }
}

fn named(row: &dyn Row) -> Result<Named> {
    Ok(Named { provider: row.text(0)?.to_owned(), key: row.text(1)?.to_owned(), listings: row.int(2)? })
}
