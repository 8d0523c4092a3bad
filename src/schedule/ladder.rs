//! The ladder of cadences: how often odds and props are asked, by how near a start is, from closing pulls alone to more than the targets.
//!
//! Between two looks at a price its staleness grows with time, so a look buys most where much is at stake and little is spent: gaps
//! go with one over the square root of what a look is worth. The ladder says it for a league of usual speed that three games of are
//! near; [`Near::worth`] and [`Weights`] say how much more or less a look buys elsewhere, and only stretch or shorten its gaps.

use super::cadence::{Near, Phase};
use super::known::Targets;
use super::weights::{Kind, Weights};

/// One cadence: how often odds and props are asked, by phase. The rungs of the ladder, from closing pulls alone to more than the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    odds: [i64; 6],
    props: [i64; 6],
    has_all_props: bool,
}

const fn rung(odds: [i64; 6], props: [i64; 6], has_all_props: bool) -> Rung {
    Rung { odds, props, has_all_props }
}

/// No props between the closing pulls.
const CLOSING_PROPS: [i64; 6] = [0; 6];

/// Gaps in seconds for targets of 300 (odds) and 600 (props), `0` for never. Each rung costs more than the one below it, and what it
/// adds lies as near to the starts as there is still something to gain: the last six hours are looked into before the last hour is
/// looked at closely, props once at their beginning before odds are asked by the minute.
const LADDER: [Rung; 37] = [
    rung([0, 0, 0, 0, 0, 0], CLOSING_PROPS, false),
    rung([21_600, 21_600, 21_600, 0, 0, 0], CLOSING_PROPS, false),
    rung([14_400, 14_400, 14_400, 0, 0, 0], CLOSING_PROPS, false),
    rung([10_800, 10_800, 10_800, 0, 0, 0], CLOSING_PROPS, false),
    rung([7200, 7200, 7200, 0, 0, 0], CLOSING_PROPS, false),
    rung([5400, 5400, 5400, 0, 0, 0], CLOSING_PROPS, false),
    rung([3600, 3600, 5400, 0, 0, 0], CLOSING_PROPS, false),
    rung([3600, 3600, 5400, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([2400, 2400, 4500, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([1800, 1800, 3600, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([1200, 1200, 3000, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([900, 900, 2700, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([720, 720, 2400, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([600, 600, 2100, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([480, 480, 2100, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([420, 420, 1800, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([360, 360, 1800, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([300, 300, 1800, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([300, 300, 1500, 0, 0, 0], [21_600, 21_600, 21_600, 0, 0, 0], false),
    rung([300, 300, 1500, 0, 0, 0], [10_800, 10_800, 10_800, 0, 0, 0], false),
    rung([300, 300, 1200, 0, 0, 0], [10_800, 10_800, 10_800, 0, 0, 0], false),
    rung([300, 300, 1200, 0, 0, 0], [7200, 7200, 7200, 0, 0, 0], false),
    rung([300, 300, 1200, 7200, 21_600, 0], [3600, 3600, 7200, 0, 0, 0], false),
    rung([300, 300, 1200, 5400, 14_400, 0], [3600, 3600, 5400, 0, 0, 0], false),
    rung([300, 300, 900, 3600, 14_400, 43_200], [2700, 2700, 5400, 0, 0, 0], false),
    rung([300, 300, 900, 3600, 7200, 43_200], [1800, 1800, 3600, 0, 0, 0], false),
    rung([300, 300, 720, 2700, 7200, 21_600], [1200, 1200, 2700, 0, 0, 0], false),
    rung([300, 300, 600, 2700, 5400, 21_600], [900, 900, 1800, 0, 0, 0], false),
    rung([300, 300, 480, 1800, 3600, 14_400], [600, 600, 1800, 0, 0, 0], false),
    rung([300, 300, 360, 1200, 3600, 14_400], [600, 600, 1200, 0, 14_400, 0], false),
    rung([300, 300, 300, 900, 1800, 7200], [600, 600, 900, 0, 7200, 0], false),
    rung([300, 300, 300, 600, 900, 3600], [600, 600, 900, 0, 7200, 0], true),
    rung([300, 300, 300, 300, 600, 3600], [600, 600, 900, 0, 3600, 0], true),
    rung([300, 300, 300, 300, 300, 1800], [600, 600, 600, 0, 1800, 0], true),
    rung([300, 300, 300, 300, 300, 900], [600, 600, 600, 0, 1200, 0], true),
    rung([300, 300, 300, 300, 300, 300], [600, 600, 600, 0, 600, 0], true),
    rung([120, 300, 300, 300, 300, 300], [300, 600, 600, 0, 600, 0], true),
];

/// How far up the ladder there are rungs.
pub const RUNGS: usize = LADDER.len();
/// The rung at which the targets are met everywhere.
pub const TARGET_RUNG: usize = RUNGS - 2;
/// Where asking costs nothing: the targets up to a day before a start, and hourly beyond, out of courtesy.
const FREE: Rung = rung([120, 300, 300, 300, 300, 3600], [600, 600, 600, 0, 600, 0], true);

/// The cadence that stands: a rung, read with the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    rung: Rung,
    targets: Targets,
}

impl Cadence {
    /// A rung of the ladder (the highest one for figures beyond it).
    #[must_use]
    pub fn of(rung: usize, targets: Targets) -> Self {
        Self { rung: LADDER[rung.min(RUNGS - 1)], targets }
    }

    /// Odds as one rung has them, and props as another.
    #[must_use]
    pub fn of_two(odds: usize, props: usize, targets: Targets) -> Self {
        let (odds, props) = (LADDER[odds.min(RUNGS - 1)], LADDER[props.min(RUNGS - 1)]);
        Self { rung: Rung { odds: odds.odds, ..props }, targets }
    }

    /// The cadence where asking costs nothing.
    #[must_use]
    pub const fn free(targets: Targets) -> Self {
        Self { rung: FREE, targets }
    }

    /// Seconds between featured pulls in a phase; `None` for closing pulls alone.
    #[must_use]
    pub fn odds_gap(&self, phase: Phase) -> Option<i64> {
        scaled(self.rung.odds[phase.index()], self.targets.odds_secs, 300)
    }

    /// Seconds between pulls of a game's props in a phase of it.
    #[must_use]
    pub fn props_gap(&self, phase: Phase) -> Option<i64> {
        scaled(self.rung.props[phase.index()], self.targets.props_secs, 600)
    }

    /// Seconds between featured pulls of a sport that stands there, its looks being worth so much.
    #[must_use]
    pub fn odds_gap_at(&self, near: Near, weights: &Weights) -> Option<i64> {
        let worth = near.worth() * weights.of(Kind::Odds, near.phase);
        self.odds_gap(near.phase).map(|gap| worth_of(gap, worth, self.targets.odds_secs))
    }

    /// Seconds between pulls of a game's props in a phase of it, such looks being worth so much.
    #[must_use]
    pub fn props_gap_at(&self, phase: Phase, weights: &Weights) -> Option<i64> {
        let worth = weights.of(Kind::Props, phase);
        self.props_gap(phase).map(|gap| worth_of(gap, worth, self.targets.props_secs))
    }

    /// Whether pulls ask for all prop markets on the menu, or for the main ones.
    #[must_use]
    pub const fn has_all_props(&self) -> bool {
        self.rung.has_all_props
    }
}

fn scaled(gap: i64, target: i64, of: i64) -> Option<i64> {
    (gap > 0).then(|| (gap * target / of).max(30))
}

/// A gap that lies above the target is stretched or shortened by what a look is worth, never below the target.
fn worth_of(gap: i64, worth: f64, target: i64) -> i64 {
    if gap <= target { gap } else { ((gap as f64 / worth.sqrt()) as i64).max(target) }
}

#[cfg(test)]
mod tests {
    use super::super::cadence::PHASES;
    use super::*;

    #[test]
    fn every_rung_asks_at_least_as_often_as_the_one_below_it_and_nearer_phases_at_least_as_often_as_farther_ones() {
        let often = |gap: Option<i64>| gap.map_or(0.0, |gap| 1.0 / gap as f64);
        for index in 0..RUNGS {
            let cadence = Cadence::of(index, Targets::default());
            for pair in PHASES.windows(2) {
                assert!(often(cadence.odds_gap(pair[0])) >= often(cadence.odds_gap(pair[1])), "rung {index}");
            }
            let below = Cadence::of(index.saturating_sub(1), Targets::default());
            for phase in PHASES {
                assert!(often(cadence.odds_gap(phase)) >= often(below.odds_gap(phase)), "rung {index}");
                assert!(often(cadence.props_gap(phase)) >= often(below.props_gap(phase)), "rung {index}");
            }
        }
    }
}
