//! The one function that decides. Each provider is decided on alone: another one's failures, quota or key cannot reach it.

use odds::Moment;
use providers::Provider;

use super::asked::Asked;
use super::backoff::Health;
use super::budget::{Funds, Purse};
use super::closing_first::{Pace, Reserve, pace};
use super::due::{Decision, Draft};
use super::known::{Covered, Slate, Targets};
use super::ladder::{Cadence, RUNGS};
use super::{featured, props, routine};

/// Everything that a decision about one provider looks at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The provider.
    pub provider: &'a dyn Provider,
    /// Its sports that are wanted, those without games too.
    pub slates: &'a [Slate],
    /// What was asked of it last.
    pub asked: &'a Asked,
    /// Its credits; ignored where its calls cost none.
    pub purse: &'a Purse,
    /// How it answered lately.
    pub health: Health,
    /// What keyless sources give.
    pub covered: &'a Covered,
    /// Whether the decision is to say why everything else is not asked: costs a little for each game.
    pub with_holds: bool,
}

/// What the parts of a decision look at.
pub(super) struct Room<'a> {
    pub at: Moment,
    pub seed: u64,
    pub provider: &'a dyn Provider,
    pub asked: &'a Asked,
    pub covered: &'a Covered,
    pub targets: Targets,
    pub cadence: Cadence,
    pub pace: Pace,
    pub with_holds: bool,
    /// When something that credits did not let through is looked at again, in seconds.
    pub retry_secs: i64,
}

/// Decides for every provider.
#[must_use]
pub fn decide(at: Moment, views: &[View<'_>], targets: Targets, seed: u64) -> Vec<Decision> {
    views.iter().map(|view| decide_one(at, view, targets, seed)).collect()
}

/// Decides what is due at one provider. Pure: the same input gives the same output. Run again after its asks were noted, it finds
/// nothing of them due.
#[must_use]
pub fn decide_one(at: Moment, view: &View<'_>, targets: Targets, seed: u64) -> Decision {
    let is_metered = view.provider.offers().is_metered;
    let funds = if is_metered { view.purse.funds(at) } else { None };
    let (pace, cadence) = match funds {
        Some(funds) => paced(at, view, funds, targets),
        None if is_metered => (unknown(), Cadence::of(0, targets)),
        None => (unlimited(), Cadence::free(targets)),
    };
    let room = Room {
        at,
        seed,
        provider: view.provider,
        asked: view.asked,
        covered: view.covered,
        targets,
        cadence,
        pace,
        with_holds: view.with_holds,
        retry_secs: (targets.odds_secs / 5).max(15),
    };
    let mut draft = Draft::new(at, view.with_holds);
    routine::consider_catalogues(&room, view.slates, &mut draft);
    for slate in view.slates {
        routine::consider(&room, slate, &mut draft);
        featured::consider(&room, slate, &mut draft);
        props::consider(&room, slate, &mut draft);
    }
    let gate = view.health.gate(at, view.purse.told);
    draft.settle(view.provider, gate, is_metered.then_some(funds), pace.reserve, (is_metered && funds.is_some()).then_some(pace.rung))
}

fn paced(at: Moment, view: &View<'_>, funds: Funds, targets: Targets) -> (Pace, Cadence) {
    let pace = pace(at, view.slates, view.asked, funds, targets);
    (pace, Cadence::of_two(pace.odds_rung, pace.props_rung, targets))
}

/// No ceiling is known: everything that costs is proposed as a closing pull would be, and stopped at the till.
const fn unknown() -> Pace {
    Pace { rung: 0, odds_rung: 0, props_rung: 0, reserve: NOTHING, share: 1.0, props_share: 1.0 }
}

const fn unlimited() -> Pace {
    Pace { rung: RUNGS - 1, odds_rung: RUNGS - 1, props_rung: RUNGS - 1, reserve: NOTHING, share: 1.0, props_share: 1.0 }
}

const NOTHING: Reserve = Reserve { month: 0.0, month_props: 0.0, day: 0.0, day_props: 0.0 };
