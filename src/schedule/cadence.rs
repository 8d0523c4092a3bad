//! How often, by how near the next start is: phases of the time before a start, the ladder of cadences, and how long each phase lasts.

use odds::Moment;

use super::known::Targets;

/// How long a game is taken to last where nobody says that it is over.
pub const LIVE_SECS: i64 = 3 * 3600 + 1800;
/// Games that start within this of the first of them share one closing pull: it goes out [`CLOSING_LEAD_SECS`] before the first
/// and so at most [`CLOSING_SECS`] before the last.
pub const TOGETHER_SECS: i64 = 180;
/// A closing pull goes out this long before the start: room for retries.
pub const CLOSING_LEAD_SECS: i64 = 120;
/// The longest before the start that a pull counts as the closing one.
pub const CLOSING_SECS: i64 = 300;
/// When the pulls of props begin.
pub const PROPS_SECS: i64 = 86_400;

/// How near the next start of a sport (or the start of a game) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The last ten minutes.
    Final,
    /// The last hour.
    Hour,
    /// The last six hours.
    SixHours,
    /// Games are on, and the next start is further away than six hours.
    Live,
    /// The last day.
    Day,
    /// The last week.
    Week,
}

/// Every phase, the nearest first: the order of all figures by phase.
pub const PHASES: [Phase; 6] = [Phase::Final, Phase::Hour, Phase::SixHours, Phase::Live, Phase::Day, Phase::Week];

impl Phase {
    /// For people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Final => "last ten minutes",
            Self::Hour => "last hour",
            Self::SixHours => "last six hours",
            Self::Live => "games on",
            Self::Day => "last day",
            Self::Week => "last week",
        }
    }

    /// How long before a start it ends and begins, in seconds; `None` while games are on.
    #[must_use]
    pub const fn span(self) -> Option<(i64, i64)> {
        match self {
            Self::Final => Some((0, 600)),
            Self::Hour => Some((600, 3600)),
            Self::SixHours => Some((3600, 21_600)),
            Self::Live => None,
            Self::Day => Some((21_600, 86_400)),
            Self::Week => Some((86_400, 7 * 86_400)),
        }
    }

    /// The phase of a moment so long before a start.
    #[must_use]
    pub fn before_start(secs: i64) -> Option<Self> {
        PHASES.into_iter().find(|phase| phase.span().is_some_and(|(end, begin)| secs > end && secs <= begin))
    }

    const fn index(self) -> usize {
        self as usize
    }
}

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
/// adds lies as near to the starts as there is still something to gain.
const LADDER: [Rung; 24] = [
    rung([0, 0, 0, 0, 0, 0], CLOSING_PROPS, false),
    rung([1800, 1800, 0, 0, 0, 0], CLOSING_PROPS, false),
    rung([1200, 1200, 0, 0, 0, 0], CLOSING_PROPS, false),
    rung([900, 900, 0, 0, 0, 0], CLOSING_PROPS, false),
    rung([720, 720, 5400, 0, 0, 0], CLOSING_PROPS, false),
    rung([600, 600, 5400, 0, 0, 0], CLOSING_PROPS, false),
    rung([480, 480, 3600, 0, 0, 0], CLOSING_PROPS, false),
    rung([420, 420, 3600, 0, 0, 0], CLOSING_PROPS, false),
    rung([360, 360, 2700, 0, 0, 0], CLOSING_PROPS, false),
    rung([300, 300, 2700, 0, 0, 0], CLOSING_PROPS, false),
    rung([300, 300, 1800, 0, 0, 0], CLOSING_PROPS, false),
    rung([300, 300, 1800, 0, 0, 0], [1800, 1800, 0, 0, 0, 0], false),
    rung([300, 300, 1500, 7200, 14_400, 0], [1800, 1800, 0, 0, 0, 0], false),
    rung([300, 300, 1200, 3600, 7200, 43_200], [1800, 1800, 0, 0, 0, 0], false),
    rung([300, 300, 900, 3600, 3600, 21_600], [1200, 1200, 7200, 0, 0, 0], false),
    rung([300, 300, 600, 1800, 3600, 14_400], [900, 900, 3600, 0, 0, 0], false),
    rung([300, 300, 480, 1200, 1800, 7200], [600, 600, 3600, 0, 0, 0], false),
    rung([300, 300, 300, 900, 1800, 7200], [600, 600, 1800, 0, 14_400, 0], false),
    rung([300, 300, 300, 600, 900, 3600], [600, 600, 1800, 0, 7200, 0], true),
    rung([300, 300, 300, 300, 600, 3600], [600, 600, 1200, 0, 3600, 0], true),
    rung([300, 300, 300, 300, 300, 1800], [600, 600, 900, 0, 1800, 0], true),
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

    /// Whether pulls ask for all prop markets on the menu, or for the main ones.
    #[must_use]
    pub const fn has_all_props(&self) -> bool {
        self.rung.has_all_props
    }
}

fn scaled(gap: i64, target: i64, of: i64) -> Option<i64> {
    (gap > 0).then(|| (gap * target / of).max(30))
}

/// Games of a sport that start together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cluster {
    /// The first start.
    pub first: Moment,
    /// The last start.
    pub last: Moment,
}

impl Cluster {
    /// When its closing pull goes out.
    #[must_use]
    pub const fn closing_at(&self) -> Moment {
        self.first.plus_secs(-CLOSING_LEAD_SECS)
    }

    /// Whether a pull at this moment is its closing one.
    #[must_use]
    pub fn is_closed_by(&self, at: Moment) -> bool {
        at >= self.last.plus_secs(-CLOSING_SECS) && at < self.first
    }
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: i64,
    until: i64,
    phase: Option<Phase>,
    /// Seconds of each phase before `from`.
    before: [i64; 6],
}

/// Which phase a sport is in, when: the whole of it laid out once, so that sums over weeks cost two look-ups.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    stretches: Vec<Stretch>,
    clusters: Vec<Cluster>,
}

impl Timeline {
    /// Lays out the time around starts, which come in order.
    #[must_use]
    pub fn of(starts: impl Iterator<Item = Moment>) -> Self {
        let mut line = Self::default();
        let (mut previous, mut live_until) = (None, i64::MIN);
        for start in starts {
            line.cluster(start);
            let start = start.secs();
            if previous != Some(start) {
                line.approach(previous.unwrap_or(start - 7 * 86_400), start, live_until);
            }
            previous = Some(start);
            live_until = start + LIVE_SECS;
        }
        if let Some(last) = previous {
            line.push(last, live_until, Some(Phase::Live));
        }
        line
    }

    fn cluster(&mut self, start: Moment) {
        match self.clusters.last_mut() {
            Some(open) if start <= open.first.plus_secs(TOGETHER_SECS) => open.last = start,
            _ => self.clusters.push(Cluster { first: start, last: start }),
        }
    }

    fn approach(&mut self, from: i64, start: i64, live_until: i64) {
        let far = [None, Some(Phase::Week), Some(Phase::Day)];
        let far_ends = [start - 7 * 86_400, start - 86_400, start - 21_600];
        let live_until = live_until.clamp(from, (start - 21_600).max(from));
        self.push(from, live_until, Some(Phase::Live));
        let mut at = live_until;
        let near = [(Some(Phase::SixHours), start - 3600), (Some(Phase::Hour), start - 600), (Some(Phase::Final), start)];
        for (phase, end) in far.into_iter().zip(far_ends).chain(near) {
            self.push(at, end, phase);
            at = at.max(end);
        }
    }

    fn push(&mut self, from: i64, until: i64, phase: Option<Phase>) {
        if until <= from {
            return;
        }
        let before = self.stretches.last().map_or([0; 6], |last| with_secs(last.before, last.phase, last.until - last.from));
        self.stretches.push(Stretch { from, until, phase, before });
    }

    /// The phase at a moment, and when the next one begins.
    #[must_use]
    pub fn phase(&self, at: Moment) -> (Option<Phase>, Moment) {
        let index = self.stretches.partition_point(|stretch| stretch.until <= at.secs());
        match self.stretches.get(index) {
            None => (None, Moment::MAX),
            Some(stretch) if at.secs() < stretch.from => (None, Moment::from_secs(stretch.from)),
            Some(stretch) => (stretch.phase, Moment::from_secs(stretch.until)),
        }
    }

    /// Seconds of each phase between two moments.
    #[must_use]
    pub fn secs_between(&self, from: Moment, until: Moment) -> [i64; 6] {
        let (from, until) = (self.secs_before(from), self.secs_before(until));
        std::array::from_fn(|index| (until[index] - from[index]).max(0))
    }

    fn secs_before(&self, at: Moment) -> [i64; 6] {
        let at = at.secs();
        let index = self.stretches.partition_point(|stretch| stretch.from <= at);
        let Some(stretch) = index.checked_sub(1).map(|index| &self.stretches[index]) else { return [0; 6] };
        with_secs(stretch.before, stretch.phase, at.min(stretch.until) - stretch.from)
    }

    /// Games that start together, in order.
    #[must_use]
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// Those of them that have not begun.
    #[must_use]
    pub fn clusters_after(&self, at: Moment) -> &[Cluster] {
        &self.clusters[self.clusters.partition_point(|cluster| cluster.first <= at)..]
    }
}

fn with_secs(mut secs: [i64; 6], phase: Option<Phase>, more: i64) -> [i64; 6] {
    if let Some(phase) = phase {
        secs[phase.index()] += more;
    }
    secs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn line(starts: &[&str]) -> Timeline {
        Timeline::of(starts.iter().map(|start| at(start)))
    }

    #[test]
    fn the_phase_tells_how_near_the_next_start_is() {
        let line = line(&["2026-10-18T17:00:00Z", "2026-10-19T00:20:00Z"]);
        let phase = |text| line.phase(at(text)).0;
        assert_eq!(phase("2026-10-11T16:59:59Z"), None);
        assert_eq!(phase("2026-10-11T17:00:00Z"), Some(Phase::Week));
        assert_eq!(phase("2026-10-18T10:59:59Z"), Some(Phase::Day));
        assert_eq!(phase("2026-10-18T11:00:00Z"), Some(Phase::SixHours));
        assert_eq!(phase("2026-10-18T16:49:59Z"), Some(Phase::Hour));
        assert_eq!(phase("2026-10-18T16:50:00Z"), Some(Phase::Final));
        assert_eq!(phase("2026-10-18T17:00:00Z"), Some(Phase::Live));
        assert_eq!(line.phase(at("2026-10-18T17:00:00Z")).1, at("2026-10-18T18:20:00Z"));
        assert_eq!(phase("2026-10-19T03:49:59Z"), Some(Phase::Live));
        assert_eq!(line.phase(at("2026-10-19T03:50:00Z")), (None, Moment::MAX));
    }

    #[test]
    fn the_seconds_of_the_phases_add_up_to_the_time_between() {
        let line = line(&["2026-10-18T17:00:00Z", "2026-10-18T17:05:00Z", "2026-10-19T00:20:00Z"]);
        assert_eq!(
            line.secs_between(at("2026-10-11T17:00:00Z"), at("2026-10-19T03:50:00Z")).iter().sum::<i64>(),
            7 * 86_400 + 10 * 3600 + 3000
        );
        assert_eq!(line.secs_between(at("2026-10-18T16:00:00Z"), at("2026-10-18T17:05:00Z")), [900, 3000, 0, 0, 0, 0]);
        assert_eq!(line.secs_between(at("2027-10-18T16:00:00Z"), at("2027-10-18T17:05:00Z")), [0; 6]);
    }

    #[test]
    fn games_that_start_within_three_minutes_share_a_closing_pull_that_is_in_time_for_all() {
        let line = line(&["2026-10-18T17:00:00Z", "2026-10-18T17:03:00Z", "2026-10-18T17:05:00Z"]);
        let [first, second] = line.clusters() else { panic!("{:?}", line.clusters()) };
        assert_eq!((first.last, second.first), (at("2026-10-18T17:03:00Z"), at("2026-10-18T17:05:00Z")));
        assert!(first.is_closed_by(first.closing_at()) && !first.is_closed_by(at("2026-10-18T16:57:59Z")));
    }

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
