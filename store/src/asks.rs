//! The ledger of asks: every call has its row before it is made, and what came of it afterwards; and the lease that lets one process call.
//!
//! A row without an end is an intent whose process died: it counts as spent at what was reserved, and is never lost sight of.

use odds::Moment;
use odds::id::ReplyId;

use crate::engine::{Connection, Param, Row, in_transaction};
use crate::error::Result;
use crate::replies::KeptReply;
use crate::store::Store;

/// The word for an ask whose call is under way.
pub const SENT: &str = "sent";
/// The word for an intent that never got a reply, because its process died.
pub const LOST: &str = "lost";

/// A call that is about to be made.
#[derive(Debug, Clone, Copy)]
pub struct Intent<'a> {
    /// The provider's key.
    pub provider: &'a str,
    /// The ask, as JSON.
    pub ask: &'a str,
    /// The request without its secret, as canonical text.
    pub request: &'a str,
    /// What it is for.
    pub purpose: &'a str,
    /// When it was due.
    pub due_at: Moment,
    /// When it goes out.
    pub sent_at: Moment,
    /// The most credits that it can cost.
    pub credits: i64,
    /// Whether the same was asked before and failed.
    pub is_retry: bool,
}

/// Whether an intent was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It was: the number of its row.
    Row(i64),
    /// The lease is another's.
    NotOurs,
    /// The money is not there.
    NotPaid,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct AskEnd<'a> {
    /// A verdict's word, or `timed_out`, `unreachable`, `broken`, `lost`.
    pub outcome: &'a str,
    /// For people; without secrets.
    pub detail: &'a str,
    /// Credits that count: what was billed; `None` where nobody knows, then the reserved ones stand.
    pub billed: Option<i64>,
    /// What the provider says was used in the period.
    pub used: Option<i64>,
    /// What it says remains.
    pub remaining: Option<i64>,
    /// The reply, where there is one.
    pub reply: Option<ReplyId>,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskRow {
    /// Its number.
    pub id: i64,
    /// The provider's key.
    pub provider: String,
    /// The ask, as JSON.
    pub ask: String,
    /// The request, as canonical text.
    pub request: String,
    /// What it is for.
    pub purpose: String,
    /// When it went out.
    pub sent_at: Moment,
    /// When it ended.
    pub done_at: Option<Moment>,
    /// What came of it.
    pub outcome: String,
    /// For people.
    pub detail: String,
    /// Credits set aside for it.
    pub reserved: i64,
    /// Credits that were billed, where that is known.
    pub billed: Option<i64>,
    /// What the provider said was used afterwards.
    pub used: Option<i64>,
    /// What it said remained.
    pub remaining: Option<i64>,
    /// The reply.
    pub reply: Option<ReplyId>,
    /// Whether the same was asked before and failed.
    pub is_retry: bool,
}

impl AskRow {
    /// Credits that count as spent for it.
    #[must_use]
    pub fn spent(&self) -> i64 {
        self.billed.unwrap_or(self.reserved)
    }
}

macro_rules! ask {
    ($tail:literal) => {
        concat!(
            "select ask_id, provider, ask, request, purpose, sent_at, done_at, outcome, detail, credits_reserved, credits_billed,
                used_after, remaining_after, reply_id, is_retry from @asks ",
            $tail
        )
    };
}

fn read(row: &dyn Row) -> Result<AskRow> {
    Ok(AskRow {
        id: row.int(0)?,
        provider: row.text(1)?.to_owned(),
        ask: row.text(2)?.to_owned(),
        request: row.text(3)?.to_owned(),
        purpose: row.text(4)?.to_owned(),
        sent_at: Moment::from_micros(row.opt_int(5)?.unwrap_or_default()),
        done_at: row.opt_int(6)?.map(Moment::from_micros),
        outcome: row.text(7)?.to_owned(),
        detail: row.text(8)?.to_owned(),
        reserved: row.int(9)?,
        billed: row.opt_int(10)?,
        used: row.opt_int(11)?,
        remaining: row.opt_int(12)?,
        reply: row.opt_int(13)?.map(ReplyId),
        is_retry: row.int(14)? != 0,
    })
}

fn all(connection: &mut dyn Connection, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<AskRow>> {
    let mut rows = Vec::new();
    connection.query(sql, params, &mut |row| {
        rows.push(read(row)?);
        Ok(())
    })?;
    Ok(rows)
}

fn insert(connection: &mut dyn Connection, intent: &Intent<'_>) -> Result<i64> {
    let sql = "insert into @asks (provider, ask, request, purpose, due_at, sent_at, outcome, detail, credits_reserved, is_retry, ask_id)
        values ($1, $2, $3, $4, $5, $6, 'sent', '', $7, $8, $9)";
    let Intent { provider, ask, request, purpose, due_at, sent_at, credits, is_retry } = *intent;
    let id = first_int(connection, "select coalesce(max(ask_id), 0) + 1 from @asks", &[])?.unwrap_or(1);
    let params = [
        provider.into(),
        ask.into(),
        request.into(),
        purpose.into(),
        due_at.into(),
        sent_at.into(),
        credits.into(),
        i64::from(is_retry).into(),
        id.into(),
    ];
    connection.execute(sql, &params)?;
    Ok(id)
}

fn first_int(connection: &mut dyn Connection, sql: &'static str, params: &[Param<'_>]) -> Result<Option<i64>> {
    let mut found = None;
    connection.query(sql, params, &mut |row| {
        found = row.opt_int(0)?;
        Ok(())
    })?;
    Ok(found)
}

impl Store {
    /// Writes an intent, durably, if `holder` has the lease `collect` at that moment; gives its number, or `None` where another has it.
    ///
    /// # Errors
    /// What the engine reports: then the call is not to be made.
    pub fn begin_ask(&self, intent: &Intent<'_>, holder: &str) -> Result<Option<i64>> {
        self.begin_ask_under("collect", intent, holder)
    }

    /// The same under a lease of another name: two who hold different leases take turns here, so that each row has its own number.
    ///
    /// # Errors
    /// What the engine reports: then the call is not to be made.
    pub fn begin_ask_under(&self, lease: &str, intent: &Intent<'_>, holder: &str) -> Result<Option<i64>> {
        match self.begin_ask_if(lease, intent, holder, || Ok(true))? {
            Begun::Row(id) => Ok(Some(id)),
            Begun::NotOurs | Begun::NotPaid => Ok(None),
        }
    }

    /// The same where the money is there. `is_paid` is asked while nobody else, in whatever process, can write an intent: of two who would
    /// both have passed it, the second sees the row of the first.
    ///
    /// # Errors
    /// What the engine or `is_paid` reports: then the call is not to be made.
    pub fn begin_ask_if(&self, lease: &str, intent: &Intent<'_>, holder: &str, is_paid: impl FnOnce() -> Result<bool>) -> Result<Begun> {
        let turn = "insert into @settings (name, value) values ('asks', '') on conflict (name) do update set value = excluded.value";
        let holds = "update @leases set until_at = until_at where name = $3 and holder = $1 and until_at > $2";
        self.write(|connection| {
            in_transaction(connection, |connection| {
                connection.execute(turn, &[])?;
                if connection.execute(holds, &[holder.into(), intent.sent_at.into(), lease.into()])? == 0 {
                    return Ok(Begun::NotOurs);
                }
                if !is_paid()? {
                    return Ok(Begun::NotPaid);
                }
                insert(connection, intent).map(Begun::Row)
            })
        })
    }

    /// Closes a row with what came of its call; one that was given up as lost is put right by a late reply.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn end_ask(&self, id: i64, done_at: Moment, end: &AskEnd<'_>) -> Result<()> {
        let sql = "update @asks set done_at = $1, outcome = $2, detail = $3, credits_billed = $4, used_after = $5, remaining_after = $6, reply_id = $7
            where ask_id = $8";
        let params = [
            done_at.into(),
            end.outcome.into(),
            end.detail.into(),
            end.billed.into(),
            end.used.into(),
            end.remaining.into(),
            end.reply.map(|reply| reply.0).into(),
            id.into(),
        ];
        self.write(|connection| connection.execute(sql, &params).map(drop))
    }

    /// Rows that have no end: calls under way, or intents of a process that died.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn open_asks(&self, provider: &str) -> Result<Vec<AskRow>> {
        self.read(|connection| all(connection, ask!("where provider = $1 and outcome = 'sent' order by ask_id"), &[provider.into()]))
    }

    /// A row by its number.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn ask_row(&self, id: i64) -> Result<Option<AskRow>> {
        self.read(|connection| Ok(all(connection, ask!("where ask_id = $1"), &[id.into()])?.pop()))
    }

    /// The rows that were written for a purpose, in the order in which they were written.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn asks_for(&self, provider: &str, purpose: &str) -> Result<Vec<AskRow>> {
        let sql = ask!("where provider = $1 and purpose = $2 order by ask_id");
        self.read(|connection| all(connection, sql, &[provider.into(), purpose.into()]))
    }

    /// The rows that back-fill wrote and of which no answer is noted, though they have an end.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn unnoted_asks(&self, provider: &str) -> Result<Vec<AskRow>> {
        let sql = ask!(
            "where provider = $1 and purpose like 'backfill:%' and outcome <> 'sent'
                and not exists (select 1 from @backfill_answers a where a.ask_id = @asks.ask_id) order by ask_id"
        );
        self.read(|connection| all(connection, sql, &[provider.into()]))
    }

    /// The rows of a provider that were due since a moment, in the order in which they were written.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn asks_since(&self, provider: &str, since: Moment) -> Result<Vec<AskRow>> {
        let sql = ask!("where provider = $1 and due_at >= $2 order by ask_id");
        self.read(|connection| all(connection, sql, &[provider.into(), since.into()]))
    }

    /// The newest rows of a provider since a moment that cost something, or may have, the newest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn paid_asks(&self, provider: &str, since: Moment, most: i64) -> Result<Vec<AskRow>> {
        let sql =
            ask!("where provider = $1 and due_at >= $2 and (credits_reserved > 0 or credits_billed > 0) order by ask_id desc limit $3");
        self.read(|connection| all(connection, sql, &[provider.into(), since.into(), most.into()]))
    }

    /// Credits that count as spent at a provider since a moment.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn credits_since(&self, provider: &str, since: Moment) -> Result<i64> {
        let sql = "select cast(coalesce(sum(coalesce(credits_billed, credits_reserved)), 0) as bigint) from @asks where provider = $1 and due_at >= $2";
        self.read(|connection| Ok(first_int(connection, sql, &[provider.into(), since.into()])?.unwrap_or_default()))
    }

    /// The newest row in which a provider told of its meter: the newest by number, for the clock may have been set back since.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn last_metered_ask(&self, provider: &str) -> Result<Option<AskRow>> {
        let sql = ask!("where provider = $1 and remaining_after is not null order by ask_id desc limit 1");
        self.read(|connection| Ok(all(connection, sql, &[provider.into()])?.pop()))
    }

    /// The reply that answers an ask, where it was archived.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn reply_of_ask(&self, id: i64) -> Result<Option<KeptReply>> {
        let sql = "select reply_id from @replies where ask_id = $1";
        match self.read(|connection| first_int(connection, sql, &[id.into()]))? {
            Some(reply) => self.reply(ReplyId(reply)),
            None => Ok(None),
        }
    }

    /// Takes or renews a lease until a moment; `false` where another holds it now. Twice changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn take_lease(&self, name: &str, holder: &str, now: Moment, until: Moment) -> Result<bool> {
        let sql = "insert into @leases as held (name, holder, until_at) values ($1, $2, $3)
            on conflict (name) do update set holder = excluded.holder, until_at = excluded.until_at
            where held.holder = excluded.holder or held.until_at <= $4";
        let params = [name.into(), holder.into(), until.into(), now.into()];
        self.write(|connection| Ok(connection.execute(sql, &params)? == 1))
    }

    /// Gives a lease back, if `holder` has it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn give_lease(&self, name: &str, holder: &str) -> Result<()> {
        let sql = "delete from @leases where name = $1 and holder = $2";
        self.write(|connection| connection.execute(sql, &[name.into(), holder.into()]).map(drop))
    }

    /// What the store is for, said once and for all: `true` where it is this, now or from before; `false` where it is something else.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn claim_purpose(&self, purpose: &str) -> Result<bool> {
        self.write(|connection| {
            let sql = "insert into @settings (name, value) values ('purpose', $1) on conflict (name) do nothing";
            connection.execute(sql, &[purpose.into()])?;
            Ok(first_int(connection, "select 1 from @settings where name = 'purpose' and value = $1", &[purpose.into()])?.is_some())
        })
    }

    /// Keeps a setting of the store itself in the place of what it was.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn keep_setting(&self, name: &str, value: &str) -> Result<()> {
        let sql = "insert into @settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
        self.write(|connection| connection.execute(sql, &[name.into(), value.into()]).map(drop))
    }

    /// A setting of the store itself.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn setting(&self, name: &str) -> Result<Option<String>> {
        let sql = "select value from @settings where name = $1";
        Ok(self.collect(sql, &[name.into()], &|row| Ok(row.text(0)?.to_owned()))?.pop())
    }

    /// Market keys that a provider's books were seen to offer, each with its listing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn offered_markets(&self, provider: &str) -> Result<Vec<(String, String)>> {
        self.read(|connection| found_markets(connection, provider))
    }

    /// Whether any contest that starts after a moment has a quote that stands.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn has_priced_listing(&self, after: Moment) -> Result<bool> {
        let sql = "select 1 from @listings where is_standing = 1 and starts_at >= $1 limit 1";
        self.read(|connection| Ok(first_int(connection, sql, &[after.into()])?.is_some()))
    }
}

/// Keys are `listing/book/market`; gives listing and market.
fn found_markets(connection: &mut dyn Connection, provider: &str) -> Result<Vec<(String, String)>> {
    let mut rows = Vec::new();
    let sql = "select key from @catalogue where provider = $1 and kind = 'market' order by key";
    connection.query(sql, &[provider.into()], &mut |row| {
        let mut parts = row.text(0)?.splitn(3, '/');
        if let (Some(listing), Some(_), Some(market)) = (parts.next(), parts.next(), parts.next()) {
            rows.push((listing.to_owned(), market.to_owned()));
        }
        Ok(())
    })?;
    rows.dedup();
    Ok(rows)
}
