//! What a look is worth to the scheduler, as it is kept: how fast markets moved, and what users ask for. Both survive a restart.

use odds::Moment;

use crate::engine::Row;
use crate::error::Result;
use crate::follow::Following;
use crate::store::Store;

/// The name of the cursor of the follower that learns speeds.
pub const SPEEDS_FOLLOWER: &str = "speeds";
/// Market-seconds that are remembered at full weight: beyond, all sums are halved, so that what is new counts more than what is old.
pub const MOST_MARKET_SECS: i64 = 50_000 * 3600;

/// Days for which calls of users are kept.
const KEPT_DAYS: i64 = 60;

/// How fast the markets of a sport moved in a phase before the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketSpeed {
    /// The provider's sport key.
    pub sport: String,
    /// `odds` or `props`.
    pub kind: String,
    /// The phase's key.
    pub phase: String,
    /// Changes of prices.
    pub changes: i64,
    /// Seconds between looks, summed over the markets at books that were looked at.
    pub market_secs: i64,
}

/// Calls of users for one league.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Our league, or the sport key that was asked for.
    pub league: String,
    /// `odds` or `props`; else the market that is not collected.
    pub kind: String,
    /// Calls.
    pub calls: i64,
}

impl Following<'_> {
    /// Adds what was seen of a provider's markets to what is known.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn add_market_speed(&mut self, provider: &str, seen: &MarketSpeed) -> Result<()> {
        let add = "insert into @market_speeds as known (provider, sport, kind, phase, changes, market_secs) values ($1, $2, $3, $4, $5, $6)
            on conflict (provider, sport, kind, phase)
                do update set changes = known.changes + excluded.changes, market_secs = known.market_secs + excluded.market_secs";
        let halve = "update @market_speeds set changes = changes / 2, market_secs = market_secs / 2
            where provider = $1 and sport = $2 and kind = $3 and phase = $4 and market_secs > $5";
        let MarketSpeed { sport, kind, phase, changes, market_secs } = seen;
        let place = [provider.into(), sport.as_str().into(), kind.as_str().into(), phase.as_str().into()];
        let [a, b, c, d] = place;
        self.connection.execute(add, &[a, b, c, d, (*changes).into(), (*market_secs).into()])?;
        self.connection.execute(halve, &[a, b, c, d, MOST_MARKET_SECS.into()]).map(drop)
    }

    /// Takes out all speeds: they are learnt again from the log.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn drop_market_speeds(&mut self) -> Result<()> {
        self.connection.execute("delete from @market_speeds", &[]).map(drop)
    }
}

fn speed(row: &dyn Row) -> Result<MarketSpeed> {
    let text = |at| row.text(at).map(str::to_owned);
    Ok(MarketSpeed { sport: text(0)?, kind: text(1)?, phase: text(2)?, changes: row.int(3)?, market_secs: row.int(4)? })
}

impl Store {
    /// How fast the markets of a provider's sports moved, by sport, kind and phase.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn market_speeds(&self, provider: &str) -> Result<Vec<MarketSpeed>> {
        let sql = "select sport, kind, phase, changes, market_secs from @market_speeds where provider = $1 order by sport, kind, phase";
        self.collect(sql, &[provider.into()], &speed)
    }

    /// Adds calls of users that were made on the day of a moment, and forgets those of long ago.
    ///
    /// # Errors
    /// What the engine reports: then none of them is counted.
    pub fn add_demand(&self, at: Moment, calls: &[Demand]) -> Result<()> {
        let sql = "insert into @demand as known (asked_on, league, kind, calls) values ($1, $2, $3, $4)
            on conflict (asked_on, league, kind) do update set calls = known.calls + excluded.calls";
        self.write(|connection| {
            crate::engine::in_transaction(connection, |connection| {
                for one in calls {
                    let params = [day(at).into(), one.league.as_str().into(), one.kind.as_str().into(), one.calls.into()];
                    connection.execute(sql, &params)?;
                }
                connection.execute("delete from @demand where asked_on < $1", &[(day(at) - KEPT_DAYS).into()]).map(drop)
            })
        })
    }

    /// Calls of users since the day of a moment, by league and kind.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn demand_since(&self, since: Moment) -> Result<Vec<Demand>> {
        let sql =
            "select league, kind, cast(sum(calls) as bigint) from @demand where asked_on >= $1 group by league, kind order by league, kind";
        let read = |row: &dyn Row| Ok(Demand { league: row.text(0)?.to_owned(), kind: row.text(1)?.to_owned(), calls: row.int(2)? });
        self.collect(sql, &[day(since).into()], &read)
    }
}

const fn day(at: Moment) -> i64 {
    at.secs().div_euclid(86_400)
}
