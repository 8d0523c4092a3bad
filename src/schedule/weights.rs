//! What a look is worth, as data to the scheduler: how fast a league's prices really move by how near the start is, learnt from the
//! log, and how much users ask for it. 1 is what the ladder of cadences assumes of every league.
//!
//! A weight changes how often something is asked between closing pulls, by one over its square root. It never touches closing pulls,
//! ceilings or what is set aside, and is held within a factor of four either way: no league is starved, and none takes all.

use super::cadence::{PHASES, Phase};

/// What a look asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Featured markets of a sport.
    Odds,
    /// A game's props.
    Props,
}

/// Both kinds.
pub const KINDS: [Kind; 2] = [Kind::Odds, Kind::Props];

impl Kind {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Odds => "odds",
            Self::Props => "props",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The most and the least that a look can be worth beside a usual one.
pub const MOST: f64 = 4.0;
/// See [`MOST`].
pub const LEAST: f64 = 0.25;
/// How many market-hours the usual speed counts for: until about so many were watched, a league is taken to be as others are.
const PRIOR_HOURS: f64 = 500.0;
/// How many calls the usual demand counts for.
const PRIOR_CALLS: f64 = 200.0;

/// What was seen of one kind in one phase: changes, and for how long markets were watched.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Speed {
    /// Changes of prices.
    pub changes: f64,
    /// Hours between looks, summed over the markets at books that were looked at.
    pub market_hours: f64,
}

impl Speed {
    /// Changes in an hour of one market at one book, with the usual speed for what was not watched long enough.
    #[must_use]
    pub fn per_hour(self, usual: f64) -> f64 {
        (self.changes + usual * PRIOR_HOURS) / (self.market_hours + PRIOR_HOURS)
    }
}

/// What was learnt of one league: speeds by kind and phase, and calls of users by kind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Learnt {
    speeds: [[Speed; 6]; 2],
    calls: [f64; 2],
}

impl Learnt {
    /// Adds what was seen of a kind in a phase.
    pub fn see(&mut self, kind: Kind, phase: Phase, seen: Speed) {
        let speed = &mut self.speeds[kind as usize][phase.index()];
        speed.changes += seen.changes;
        speed.market_hours += seen.market_hours;
    }

    /// Adds calls of users.
    pub fn call(&mut self, kind: Kind, calls: f64) {
        self.calls[kind as usize] += calls;
    }

    /// What was seen of a kind in a phase.
    #[must_use]
    pub const fn speed(&self, kind: Kind, phase: Phase) -> Speed {
        self.speeds[kind as usize][phase.index()]
    }

    /// Calls of users for a kind.
    #[must_use]
    pub const fn calls(&self, kind: Kind) -> f64 {
        self.calls[kind as usize]
    }
}

/// What looks at one league are worth, by kind and phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights([[f64; 6]; 2]);

impl Default for Weights {
    fn default() -> Self {
        Self::EVEN
    }
}

impl Weights {
    /// As the ladder assumes.
    pub const EVEN: Self = Self([[1.0; 6]; 2]);

    /// Weights as given, each held within its limits; what is no number counts as 1.
    #[must_use]
    pub fn given(weights: [[f64; 6]; 2]) -> Self {
        Self(weights.map(|of_kind| of_kind.map(|weight| if weight.is_nan() { 1.0 } else { weight.clamp(LEAST, MOST) })))
    }

    /// The weight of a look.
    #[must_use]
    pub const fn of(&self, kind: Kind, phase: Phase) -> f64 {
        self.0[kind as usize][phase.index()]
    }
}

/// The weights of leagues that share credits, from what was learnt of each: its speed beside all of them together in the same phase, times
/// its share of what users ask for, both with what is usual for those of which little is known.
#[must_use]
pub fn weigh(learnt: &[Learnt]) -> Vec<Weights> {
    let usual = |kind: Kind, phase: Phase| {
        let seen = learnt.iter().map(|one| one.speed(kind, phase)).filter(|speed| speed.market_hours > 0.0);
        let (changes, hours) = seen.fold((0.0, 0.0), |sum, speed| (sum.0 + speed.changes, sum.1 + speed.market_hours));
        if hours > 0.0 { changes / hours } else { 0.0 }
    };
    let mean_calls = |kind: Kind| learnt.iter().map(|one| one.calls(kind)).sum::<f64>() / (learnt.len().max(1) as f64);
    let of = |one: &Learnt, kind: Kind, phase: Phase| {
        let usual = usual(kind, phase);
        let speed = if usual > 0.0 { one.speed(kind, phase).per_hour(usual) / usual } else { 1.0 };
        speed * (one.calls(kind) + PRIOR_CALLS) / (mean_calls(kind) + PRIOR_CALLS)
    };
    learnt.iter().map(|one| Weights::given(KINDS.map(|kind| PHASES.map(|phase| of(one, kind, phase))))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn league(changes: f64, calls: f64) -> Learnt {
        let mut learnt = Learnt::default();
        learnt.see(Kind::Odds, Phase::Hour, Speed { changes, market_hours: 50_000.0 });
        learnt.call(Kind::Odds, calls);
        learnt
    }

    #[test]
    fn without_data_every_league_is_as_others_are() {
        assert_eq!(weigh(&[Learnt::default(), Learnt::default()]), [Weights::EVEN, Weights::EVEN]);
        assert_eq!(weigh(&[]), []);
    }

    #[test]
    fn a_league_that_moves_twice_as_fast_is_worth_more_and_others_less() {
        let [fast, slow] = weigh(&[league(100_000.0, 0.0), league(50_000.0, 0.0)])[..] else { panic!() };
        let (fast, slow) = (fast.of(Kind::Odds, Phase::Hour), slow.of(Kind::Odds, Phase::Hour));
        assert!((fast / slow - 2.0).abs() < 0.05 && fast > 1.2 && slow < 0.8, "{fast} and {slow}");
        assert_eq!(weigh(&[league(1.0, 0.0)])[0].of(Kind::Props, Phase::Hour), 1.0, "of props nothing was seen");
    }

    #[test]
    fn what_was_watched_for_a_moment_proves_little() {
        let mut brief = Learnt::default();
        brief.see(Kind::Odds, Phase::Hour, Speed { changes: 500.0, market_hours: 5.0 });
        let weights = weigh(&[brief, league(50_000.0, 0.0)]);
        let weight = weights[0].of(Kind::Odds, Phase::Hour);
        assert!(weight > 1.0 && weight < 2.1, "a hundred times as fast, for a moment: {weight}");
    }

    #[test]
    fn what_users_ask_for_counts_more_and_never_without_limit() {
        let weights = weigh(&[league(50_000.0, 1e9), league(50_000.0, 0.0)]);
        let of = |index: usize| weights[index].of(Kind::Odds, Phase::Hour);
        assert!(of(0) > 1.5 && of(0) <= MOST && of(1) >= LEAST && of(1) < 0.5, "{} and {}", of(0), of(1));
        assert_eq!(Weights::given([[f64::NAN; 6], [f64::INFINITY; 6]]).of(Kind::Odds, Phase::Day), 1.0);
    }
}
