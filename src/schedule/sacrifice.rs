//! What is given up first where credits do not reach: the ladder read from its top, and closing pulls at its end.

use serde::Serialize;

use super::cadence::{PHASES, Phase};
use super::closing_first::Pace;
use super::known::Targets;
use super::ladder::{Cadence, RUNGS};
use super::weights::{KINDS, Kind};

/// Something that is asked, in the order in which it is given up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sacrifice {
    /// What: `odds, last week`.
    pub what: String,
    /// How often it is asked as credits stand, in seconds, for a league of usual speed; `None` for what has no cadence of its own.
    pub every_secs: Option<i64>,
    /// The share of it that credits do not reach for: 0 where it is kept, 1 where it is given up.
    pub given_up: f64,
}

/// The order in which things are given up, the first of them first, with what stands now.
#[must_use]
pub fn order(pace: &Pace, targets: Targets) -> Vec<Sacrifice> {
    let stands = Cadence::of_two(pace.odds_rung, pace.props_rung, targets);
    let mut steps: Vec<(usize, Sacrifice)> = KINDS
        .into_iter()
        .flat_map(|kind| PHASES.map(|phase| (kind, phase)))
        .filter_map(|(kind, phase)| {
            let lowest = (0..RUNGS).find(|rung| gap(&Cadence::of(*rung, targets), kind, phase).is_some())?;
            let every_secs = gap(&stands, kind, phase);
            let what = format!("{}, {}", kind.as_str(), phase.as_str());
            Some((lowest, Sacrifice { what, every_secs, given_up: share(every_secs.is_none()) }))
        })
        .collect();
    if let Some(lowest) = (0..RUNGS).find(|rung| Cadence::of(*rung, targets).has_all_props()) {
        let what = "prop markets beyond the main ones".to_owned();
        steps.push((lowest, Sacrifice { what, every_secs: None, given_up: share(!stands.has_all_props()) }));
    }
    // What the highest rung brings goes first; within one rung, what is furthest from the start.
    steps.reverse();
    steps.sort_by_key(|(lowest, _)| std::cmp::Reverse(*lowest));
    let closings = [("closing pulls of props", pace.props_share), ("closing pulls of odds", pace.share)];
    let closings = closings.map(|(what, kept)| Sacrifice { what: what.to_owned(), every_secs: None, given_up: 1.0 - kept });
    steps.into_iter().map(|(_, step)| step).chain(closings).collect()
}

fn gap(cadence: &Cadence, kind: Kind, phase: Phase) -> Option<i64> {
    match kind {
        Kind::Odds => cadence.odds_gap(phase),
        Kind::Props => cadence.props_gap(phase),
    }
}

const fn share(is_given_up: bool) -> f64 {
    if is_given_up { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::closing_first::Reserve;
    use super::*;

    fn at(rung: usize, props_share: f64) -> Vec<Sacrifice> {
        let reserve = Reserve::default();
        order(&Pace { rung, odds_rung: rung, props_rung: rung, reserve, share: 1.0, props_share }, Targets::default())
    }

    #[test]
    fn what_is_far_from_the_start_goes_first_and_closing_pulls_last() {
        let order = at(RUNGS - 1, 1.0);
        let names: Vec<&str> = order.iter().map(|step| step.what.as_str()).collect();
        let place = |name: &str| names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{name} in {names:?}"));
        assert!(place("odds, last week") < place("odds, last day") && place("odds, last day") < place("odds, last hour"));
        assert!(place("prop markets beyond the main ones") < place("props, last hour"));
        assert_eq!(names[names.len() - 2..], ["closing pulls of props", "closing pulls of odds"]);
        assert!(order.iter().all(|step| step.given_up == 0.0), "{order:?}");
    }

    #[test]
    fn what_is_given_up_stands_in_front_of_what_is_kept() {
        for rung in 0..RUNGS {
            let given_up: Vec<bool> = at(rung, 1.0).iter().map(|step| step.given_up > 0.0).collect();
            assert!(given_up.windows(2).all(|pair| pair[0] || !pair[1]), "rung {rung}: {given_up:?}");
        }
        let order = at(0, 0.25);
        assert_eq!((order[order.len() - 2].given_up, order[order.len() - 1].given_up), (0.75, 0.0));
    }
}
