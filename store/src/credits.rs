//! The ledger of credits, summed: what was set aside, what was billed and what counts as spent, by what it was asked for.

use odds::Moment;

use crate::engine::Row;
use crate::error::Result;
use crate::store::Store;

/// The sums of one kind of ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditSum {
    /// What was asked (`odds`, `event_odds`, `event_markets`); `None` for everything else.
    pub what: Option<String>,
    /// Whether back-fill asked it.
    pub is_backfill: bool,
    /// Calls.
    pub calls: i64,
    /// Credits set aside for calls that have no end yet.
    pub reserved: i64,
    /// Credits that the provider billed, or that are known not to have been billed.
    pub billed: i64,
    /// Credits of calls that ended without a word on what they cost: they count as they were set aside.
    pub unknown: i64,
    /// Credits that count as spent: all of these.
    pub counted: i64,
}

fn sum(row: &dyn Row) -> Result<CreditSum> {
    Ok(CreditSum {
        what: Some(row.text(0)?.to_owned()).filter(|what| !what.is_empty()),
        is_backfill: row.int(1)? != 0,
        calls: row.int(2)?,
        reserved: row.int(3)?,
        billed: row.int(4)?,
        unknown: row.int(5)?,
        counted: row.int(6)?,
    })
}

impl Store {
    /// Credits of the calls of a provider that were due since a moment, by what they asked.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn credits_by_purpose(&self, provider: &str, since: Moment) -> Result<Vec<CreditSum>> {
        let sql = "select case when ask like '{\"what\":\"odds\"%' then 'odds' when ask like '{\"what\":\"event_odds\"%' then 'event_odds'
                    when ask like '{\"what\":\"event_markets\"%' then 'event_markets' else '' end,
                case when purpose like 'backfill:%' then 1 else 0 end, count(*),
                cast(sum(case when outcome = 'sent' then credits_reserved else 0 end) as bigint),
                cast(sum(coalesce(credits_billed, 0)) as bigint),
                cast(sum(case when outcome <> 'sent' and credits_billed is null then credits_reserved else 0 end) as bigint),
                cast(sum(coalesce(credits_billed, credits_reserved)) as bigint)
            from @asks where provider = $1 and due_at >= $2 group by 1, 2 order by 2, 1";
        self.collect(sql, &[provider.into(), since.into()], &sum)
    }
}
