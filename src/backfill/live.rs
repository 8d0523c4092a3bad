//! What live collecting leaves: back-fill is below it in rank, and never takes what is set aside for closing lines to come, nor what the
//! desk may spend in the turn that it is in.

use odds::Moment;
use store::Store;

use crate::collect::desk::MOST_IN_A_TURN;
use crate::collect::ledger::{self, Memory};
use crate::collect::{Brief, menu};
use crate::schedule::closing_first::pace;
use crate::schedule::{Purpose, Slate};

/// Credits that are kept for live collecting: of the month, and of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Of the month.
    pub month: i64,
    /// Of the day.
    pub day: i64,
}

/// What is kept for live collecting.
///
/// # Errors
/// What the store reports.
pub fn kept(store: &Store, brief: &Brief, at: Moment) -> store::Result<Kept> {
    let provider = &*brief.provider;
    let memory = Memory::read(store, provider, brief.ceilings, at)?;
    let Some(funds) = memory.purse.funds(at) else { return Ok(Kept::default()) };
    let slates = menu::slates(store, provider, &brief.ask, &brief.sports, at, menu::Known::Own)?;
    let reserve = pace(at, &slates, &memory.asked, funds, brief.targets).reserve;
    let games = slates.iter().filter(|slate| !slate.games.is_empty());
    let turn = games.map(dearest).max().unwrap_or(0).saturating_mul(i64::try_from(MOST_IN_A_TURN).unwrap_or(i64::MAX));
    Ok(Kept {
        month: whole(reserve.month + reserve.month_props).saturating_add(turn),
        day: whole(reserve.day + reserve.day_props).saturating_add(turn),
    })
}

/// What may be spent now beside what is kept; `None` where no ceiling is known, and nothing may be spent at all.
///
/// # Errors
/// What the store reports.
pub fn left(store: &Store, brief: &Brief, kept: Kept, at: Moment) -> store::Result<Option<i64>> {
    let purse = ledger::purse(store, &*brief.provider, brief.ceilings, at)?;
    let Some(funds) = purse.funds(at) else { return Ok(None) };
    let day = funds.day.map_or(i64::MAX, |day| day.saturating_sub(kept.day));
    let own = funds.by_purpose.of(Purpose::Backfill).unwrap_or(i64::MAX);
    Ok(Some(funds.month.saturating_sub(kept.month).min(day).min(own).max(0)))
}

/// What the dearest single ask of a sport costs.
fn dearest(slate: &Slate) -> i64 {
    let props = slate.games.iter().map(|listed| listed.props.full_credits()).max().unwrap_or(0);
    slate.odds.as_ref().map_or(0, |odds| odds.credits).max(props)
}

fn whole(credits: f64) -> i64 {
    credits.ceil() as i64
}
