//! What is watched: decisions as followers read them, open findings, and how fresh and how costly each provider is.

use odds::id::{ListingId, Seq};
use odds::{EventId, Moment};

use crate::error::{Result, StoreError};
use crate::store::Store;

/// A decision of identity, at its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDecision {
    /// Its entry.
    pub seq: Seq,
    /// `founded`, `joined` or `split`.
    pub kind: String,
    /// The listing.
    pub listing: ListingId,
    /// The event that it was from then on.
    pub event: EventId,
    /// Name and version of the rule.
    pub rule: String,
    /// What it rests on, as JSON.
    pub evidence: String,
    /// Who decided.
    pub decided_by: String,
}

/// How fresh a provider's replies are, by the newest entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// The provider.
    pub provider: String,
    /// The latest moment that its entries describe.
    pub observed_at: Moment,
    /// When its last entry was recorded.
    pub recorded_at: Moment,
    /// Its entries among those that were looked at.
    pub entries: i64,
    /// Outcomes refused in them.
    pub refused: i64,
}

/// What asking a provider came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The provider.
    pub provider: String,
    /// How the ask ended (`sent` while it has not).
    pub outcome: String,
    /// How many ended so.
    pub asks: i64,
    /// Credits that they cost: billed, or reserved where the bill is not known.
    pub credits: i64,
    /// When the last one was sent.
    pub sent_at: Option<Moment>,
}

/// Sums over entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// The last entry that is in them.
    pub seq: Seq,
    /// Outcomes received.
    pub received: i64,
    /// Opened, moved, returned, withdrawn.
    pub changes: [i64; 4],
    /// Outcomes refused.
    pub refused: i64,
    /// Changes of facts.
    pub facts: i64,
}

impl Store {
    /// The decisions of a span of the log, in order.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn decisions_between(&self, after: Seq, up_to: Seq) -> Result<Vec<EntryDecision>> {
        self.read(|connection| {
            let mut decided = Vec::new();
            let sql = "select seq, coalesce(what, kind), listing_id, event_id, rule, evidence, decided_by from @decisions
                where seq > $1 and seq <= $2 order by seq, listing_id, i";
            connection.query(sql, &[after.0.into(), up_to.0.into()], &mut |row| {
                decided.push(EntryDecision {
                    seq: Seq(row.int(0)?),
                    kind: row.text(1)?.to_owned(),
                    listing: ListingId(row.int(2)?),
                    event: row.text(3)?.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a decision", error))?,
                    rule: row.text(4)?.to_owned(),
                    evidence: row.text(5)?.to_owned(),
                    decided_by: row.text(6)?.to_owned(),
                });
                Ok(())
            })?;
            Ok(decided)
        })
    }

    /// How fresh each provider is, by the entries after one.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn freshness(&self, after: Seq) -> Result<Vec<Freshness>> {
        self.read(|connection| {
            let mut all = Vec::new();
            let sql = "select provider, max(observed_at), max(recorded_at), count(*), cast(sum(refused) as bigint) from @entries
                where seq > $1 and provider <> 'person' group by provider order by provider";
            connection.query(sql, &[after.0.into()], &mut |row| {
                all.push(Freshness {
                    provider: row.text(0)?.to_owned(),
                    observed_at: Moment::from_micros(row.int(1)?),
                    recorded_at: Moment::from_micros(row.int(2)?),
                    entries: row.int(3)?,
                    refused: row.int(4)?,
                });
                Ok(())
            })?;
            Ok(all)
        })
    }

    /// What asks that were due since a moment came to, by provider and outcome.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn asked_since(&self, since: Moment) -> Result<Vec<Asked>> {
        self.read(|connection| {
            let mut all = Vec::new();
            let sql = "select provider, outcome, count(*), cast(sum(coalesce(credits_billed, credits_reserved)) as bigint), max(sent_at)
                from @asks where due_at >= $1 group by provider, outcome order by provider, outcome";
            connection.query(sql, &[since.into()], &mut |row| {
                all.push(Asked {
                    provider: row.text(0)?.to_owned(),
                    outcome: row.text(1)?.to_owned(),
                    asks: row.int(2)?,
                    credits: row.int(3)?,
                    sent_at: row.opt_int(4)?.map(Moment::from_micros),
                });
                Ok(())
            })?;
            Ok(all)
        })
    }

    /// Sums over the log, with those up to an entry known already.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sums_after(&self, known: Sums) -> Result<Sums> {
        self.read(|connection| {
            let mut sums = known;
            let sql = "select cast(coalesce(max(seq), 0) as bigint), cast(coalesce(sum(received), 0) as bigint),
                cast(coalesce(sum(opened), 0) as bigint), cast(coalesce(sum(moved), 0) as bigint),
                cast(coalesce(sum(returned), 0) as bigint), cast(coalesce(sum(withdrawn), 0) as bigint),
                cast(coalesce(sum(refused), 0) as bigint), cast(coalesce(sum(facts), 0) as bigint) from @entries where seq > $1";
            connection.query(sql, &[known.seq.0.into()], &mut |row| {
                sums.seq = known.seq.max(Seq(row.int(0)?));
                sums.received += row.int(1)?;
                for (at, sum) in sums.changes.iter_mut().enumerate() {
                    *sum += row.int(2 + at)?;
                }
                sums.refused += row.int(6)?;
                sums.facts += row.int(7)?;
                Ok(())
            })?;
            Ok(sums)
        })
    }
}
