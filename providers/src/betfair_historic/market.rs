//! A market as its messages have made it: definition, runners, ladders.

use std::borrow::Cow;

use super::ladder::{Level, Rows, Side};
use super::wire::{Change, Definition, Figure, RunnerChange, RunnerDefinition};

/// Where a runner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunnerState {
    /// Can be bet on.
    #[default]
    Active,
    /// Taken out: its bets are void, and others' prices are reduced by its factor.
    Removed,
    /// Won, placed, lost, or hidden: over.
    Settled,
}

/// A runner.
#[derive(Debug, Clone, Default)]
pub struct Runner<'a> {
    /// The exchange's id of the selection.
    pub id: u64,
    /// The handicap, in units of 1e-9; 0 where the market has none.
    pub handicap: i64,
    /// The last price at which anybody was matched, in units of 1e-9.
    pub last_traded: Option<i64>,
    /// What was matched on it, in units of 1e-9.
    pub traded_volume: i64,
    /// What was matched at each price.
    pub traded: Rows,
    pub(super) definition: RunnerDefinition<'a>,
    back: Side,
    lay: Side,
}

impl Runner<'_> {
    fn of(id: u64, handicap: i64) -> Self {
        Self { id, handicap, ..Self::default() }
    }

    /// Its name; empty before a definition named it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Its status in the exchange's word (`ACTIVE`, `WINNER`, `REMOVED`).
    #[must_use]
    pub fn status(&self) -> &str {
        &self.definition.status
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> RunnerState {
        match self.status() {
            "ACTIVE" | "" => RunnerState::Active,
            "REMOVED" | "REMOVED_VACANT" => RunnerState::Removed,
            _ => RunnerState::Settled,
        }
    }

    /// The best price at which it can be backed.
    #[must_use]
    pub fn best_back(&self) -> Option<Level> {
        self.back.best(true)
    }

    /// The best price at which it can be laid.
    #[must_use]
    pub fn best_lay(&self) -> Option<Level> {
        self.lay.best(false)
    }

    /// The best prices to back it at, the best first.
    #[must_use]
    pub fn back_levels(&self, most: usize) -> Vec<Level> {
        self.back.levels(true, most)
    }

    /// The best prices to lay it at, the best first.
    #[must_use]
    pub fn lay_levels(&self, most: usize) -> Vec<Level> {
        self.lay.levels(false, most)
    }

    fn take(&mut self, change: RunnerChange) {
        if let Some(price) = change.ltp.0 {
            self.last_traded = Some(price);
        }
        if let Some(volume) = change.tv.0 {
            self.traded_volume = volume;
        }
        if let Some(rows) = &change.trd {
            if rows.is_empty() {
                self.traded.clear();
            }
            set_all(&mut self.traded, rows);
        }
        for (side, rows) in [(&mut self.back, change.atb), (&mut self.lay, change.atl)] {
            set_all(&mut side.full, rows.as_deref().unwrap_or_default());
        }
        for (side, rows) in [(&mut self.back, change.batb), (&mut self.lay, change.batl)] {
            set_places(&mut side.best, rows.as_deref().unwrap_or_default());
        }
        for (side, rows) in [(&mut self.back, change.bdatb), (&mut self.lay, change.bdatl)] {
            set_places(&mut side.shown, rows.as_deref().unwrap_or_default());
        }
    }

    fn forget_prices(&mut self) {
        let definition = std::mem::take(&mut self.definition);
        *self = Self { definition, ..Self::of(self.id, self.handicap) };
    }
}

fn set_all(rows: &mut Rows, told: &[[Figure; 2]]) {
    for [price, size] in told {
        if let (Some(price), Some(size)) = (price.0, size.0) {
            rows.set(price, Level { price, size });
        }
    }
}

fn set_places(rows: &mut Rows, told: &[[Figure; 3]]) {
    for [place, price, size] in told {
        if let (Some(place), Some(price), Some(size)) = (place.0, price.0, size.0) {
            rows.set(place, Level { price, size });
        }
    }
}

/// A market.
#[derive(Debug, Clone, Default)]
pub struct Market<'a> {
    /// The exchange's id (`1.211006011`).
    pub id: Cow<'a, str>,
    /// What was matched in it, in units of 1e-9, as stated; 0 where no message states it.
    pub traded_volume: i64,
    /// Its runners, in the order in which they were met.
    pub runners: Vec<Runner<'a>>,
    pub(super) definition: Definition<'a>,
    /// Whether a message was lost: what stands in the ladders is not known until the next image.
    pub(super) is_lost: bool,
    /// Whether the last message about it brought a definition.
    pub(super) is_defined_anew: bool,
}

impl<'a> Market<'a> {
    pub(super) fn of(id: Cow<'a, str>) -> Self {
        Self { id, ..Self::default() }
    }

    /// Its status in the exchange's word (`OPEN`, `SUSPENDED`, `CLOSED`); empty before a definition.
    #[must_use]
    pub fn status(&self) -> &str {
        &self.definition.status
    }

    /// Whether it has turned in-play.
    #[must_use]
    pub const fn is_in_play(&self) -> bool {
        self.definition.in_play
    }

    /// Its type in the exchange's word (`MATCH_ODDS`).
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.definition.market_type
    }

    pub(super) fn take(&mut self, change: Change<'a>) {
        if change.img {
            self.is_lost = false;
            self.traded_volume = 0;
            self.runners.iter_mut().for_each(Runner::forget_prices);
        }
        self.is_defined_anew |= change.market_definition.is_some();
        if let Some(mut definition) = change.market_definition {
            for runner in std::mem::take(&mut definition.runners) {
                let known = self.runner(runner.id, runner.hc.0.unwrap_or_default());
                known.definition = runner;
            }
            self.definition = definition;
        }
        if let Some(volume) = change.tv.0 {
            self.traded_volume = volume;
        }
        for told in change.rc {
            self.runner(told.id, told.hc.0.unwrap_or_default()).take(told);
        }
    }

    fn runner(&mut self, id: u64, handicap: i64) -> &mut Runner<'a> {
        let known = self.runners.iter().position(|runner| runner.id == id && runner.handicap == handicap);
        let at = known.unwrap_or_else(|| {
            self.runners.push(Runner::of(id, handicap));
            self.runners.len() - 1
        });
        &mut self.runners[at]
    }
}
