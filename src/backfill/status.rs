//! What is there, and what it cost: the calendar of a goal, and the bill of a plan.

use odds::Moment;
use providers::Provider;
use serde::Serialize;
use store::Store;
use store::backfill::PURPOSE;
use store::calendar::{Day, Frame};

use super::goal::Goal;
use super::known::kept_from;
use super::plan::STATS;

/// The bill of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Bill {
    /// Calls that were made.
    pub calls: usize,
    /// The most that they could cost.
    pub predicted: i64,
    /// What counts as spent: billed, or set aside where the bill is not known.
    pub spent: i64,
    /// What was charged, or must be taken for charged, and brought nothing.
    pub not_delivered: Vec<NotDelivered>,
}

/// A call that was charged and brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotDelivered {
    /// The request.
    pub request: String,
    /// What came of it.
    pub outcome: String,
    /// For people.
    pub detail: String,
    /// Credits.
    pub credits: i64,
}

/// The bill of a plan.
///
/// # Errors
/// What the store reports.
pub fn bill(store: &Store, provider: &str, plan: &str) -> store::Result<Bill> {
    let rows = store.asks_for(provider, &format!("{PURPOSE}{plan}"))?;
    let is_for_nothing = |row: &&store::asks::AskRow| row.outcome != "good" && row.outcome != store::asks::SENT && row.spent() > 0;
    Ok(Bill {
        calls: rows.len(),
        predicted: rows.iter().map(|row| row.reserved).sum(),
        spent: rows.iter().map(store::asks::AskRow::spent).sum(),
        not_delivered: rows
            .iter()
            .filter(is_for_nothing)
            .map(|row| NotDelivered {
                request: row.request.clone(),
                outcome: row.outcome.clone(),
                detail: row.detail.clone(),
                credits: row.spent(),
            })
            .collect(),
    })
}

/// The calendar of a goal, at a moment.
///
/// # Errors
/// What the store reports.
pub fn calendar(store: &Store, provider: &dyn Provider, goal: &Goal, now: Moment) -> store::Result<Vec<Day>> {
    let markets: Vec<String> = goal.markets.iter().filter(|market| *market != STATS).cloned().collect();
    let mut days = Vec::new();
    for sport in &goal.sports {
        let league = provider.league(sport);
        days.extend(store.calendar(&Frame {
            provider: provider.key(),
            sport,
            league: league.map(|league| league.key),
            zone: league.map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone),
            from: goal.from,
            to: goal.to,
            markets: &markets,
            kept_from: kept_from(provider, now),
        })?);
    }
    Ok(days)
}
