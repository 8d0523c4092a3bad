//! How near the next start is: phases of the time before a start, how many games a look at a sport speaks of, and how long each lasts.

use odds::Moment;

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

    /// The key under which figures about it are kept.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Hour => "hour",
            Self::SixHours => "six_hours",
            Self::Live => "live",
            Self::Day => "day",
            Self::Week => "week",
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

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// Whether it lies within [`CROWD_SECS`] of a start, so that games are counted in it.
    const fn is_near(self) -> bool {
        matches!(self, Self::Final | Self::Hour | Self::SixHours)
    }
}

/// A look at a sport is worth as much as there are games that start within this, in seconds.
pub const CROWD_SECS: i64 = 21_600;
/// Classes of how many games that are, at most, and what such a look is worth beside one for three games. What a look costs is the
/// same for one game and for fifteen.
const CROWDS: [(usize, f64); 7] = [(1, 0.36), (2, 0.64), (3, 1.0), (5, 1.5625), (8, 2.25), (12, 3.25), (usize::MAX, 4.4)];
/// Places of sums: near phases by class, the others once.
pub(super) const PLACES: usize = 3 * CROWDS.len() + 3;

/// Where a sport stands: its phase, and how many games a look speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// The phase.
    pub phase: Phase,
    crowd: usize,
}

impl Near {
    fn of(phase: Phase, games: usize) -> Self {
        let crowd = if phase.is_near() { CROWDS.iter().position(|(most, _)| games <= *most).unwrap_or(CROWDS.len() - 1) } else { 0 };
        Self { phase, crowd }
    }

    /// What a look is worth beside one for three games. In the last hour no game is worth less for being alone.
    #[must_use]
    pub fn worth(self) -> f64 {
        match self.phase {
            Phase::SixHours => CROWDS[self.crowd].1,
            Phase::Final | Phase::Hour => CROWDS[self.crowd].1.max(1.0),
            Phase::Live | Phase::Day | Phase::Week => 1.0,
        }
    }

    const fn place(self) -> usize {
        if self.phase.is_near() { self.phase.index() * CROWDS.len() + self.crowd } else { 3 * CROWDS.len() + self.phase.index() - 3 }
    }

    /// Every place that sums are kept for, in their order.
    pub(super) fn all() -> impl Iterator<Item = (usize, Self)> {
        let near = PHASES.into_iter().filter(|phase| phase.is_near());
        let crowded = near.flat_map(|phase| (0..CROWDS.len()).map(move |crowd| Self { phase, crowd }));
        let far = PHASES.into_iter().filter(|phase| !phase.is_near()).map(|phase| Self { phase, crowd: 0 });
        crowded.chain(far).map(|near| (near.place(), near))
    }
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
    near: Option<Near>,
    /// Seconds at each place before `from`.
    before: [i64; PLACES],
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
        let (mut line, starts) = (Self::default(), starts.map(|start| start.secs()).collect::<Vec<_>>());
        let (mut previous, mut live_until) = (None, i64::MIN);
        for start in starts.iter().copied() {
            line.cluster(Moment::from_secs(start));
            if previous != Some(start) {
                line.approach(previous.unwrap_or(start - 7 * 86_400), start, live_until, &starts);
            }
            previous = Some(start);
            live_until = start + LIVE_SECS;
        }
        if let Some(last) = previous {
            line.push(last, live_until, Some(Phase::Live), &starts);
        }
        line
    }

    fn cluster(&mut self, start: Moment) {
        match self.clusters.last_mut() {
            Some(open) if start <= open.first.plus_secs(TOGETHER_SECS) => open.last = start,
            _ => self.clusters.push(Cluster { first: start, last: start }),
        }
    }

    fn approach(&mut self, from: i64, start: i64, live_until: i64, starts: &[i64]) {
        let far = [None, Some(Phase::Week), Some(Phase::Day)];
        let far_ends = [start - 7 * 86_400, start - 86_400, start - 21_600];
        let live_until = live_until.clamp(from, (start - 21_600).max(from));
        self.push(from, live_until, Some(Phase::Live), starts);
        let mut at = live_until;
        let near = [(Some(Phase::SixHours), start - 3600), (Some(Phase::Hour), start - 600), (Some(Phase::Final), start)];
        for (phase, end) in far.into_iter().zip(far_ends).chain(near) {
            self.push(at, end, phase, starts);
            at = at.max(end);
        }
    }

    /// A stretch of one phase, cut where another game comes within [`CROWD_SECS`].
    fn push(&mut self, from: i64, until: i64, phase: Option<Phase>, starts: &[i64]) {
        let mut at = from;
        while at < until {
            let (begun, within) = (starts.partition_point(|start| *start <= at), starts.partition_point(|start| *start <= at + CROWD_SECS));
            let near = phase.map(|phase| Near::of(phase, within - begun));
            let next = starts.get(within).filter(|_| phase.is_some_and(Phase::is_near)).map_or(until, |start| start - CROWD_SECS);
            let next = next.clamp(at + 1, until);
            match self.stretches.last_mut() {
                Some(last) if last.until == at && last.near == near => last.until = next,
                _ => self.begin(at, next, near),
            }
            at = next;
        }
    }

    fn begin(&mut self, from: i64, until: i64, near: Option<Near>) {
        let before = self.stretches.last().map_or([0; PLACES], |last| with_secs(last.before, last.near, last.until - last.from));
        self.stretches.push(Stretch { from, until, near, before });
    }

    /// The phase at a moment, and when the next one begins at the earliest.
    #[must_use]
    pub fn phase(&self, at: Moment) -> (Option<Phase>, Moment) {
        let (near, until) = self.near(at);
        (near.map(|near| near.phase), until)
    }

    /// Where the sport stands at a moment, and until when.
    #[must_use]
    pub fn near(&self, at: Moment) -> (Option<Near>, Moment) {
        let index = self.stretches.partition_point(|stretch| stretch.until <= at.secs());
        match self.stretches.get(index) {
            None => (None, Moment::MAX),
            Some(stretch) if at.secs() < stretch.from => (None, Moment::from_secs(stretch.from)),
            Some(stretch) => (stretch.near, Moment::from_secs(stretch.until)),
        }
    }

    /// Seconds of each phase between two moments.
    #[must_use]
    pub fn secs_between(&self, from: Moment, until: Moment) -> [i64; 6] {
        let (by_place, mut secs) = (self.by_place_between(from, until), [0; 6]);
        Near::all().for_each(|(place, near)| secs[near.phase.index()] += by_place[place]);
        secs
    }

    /// The same, told apart by how many games a look speaks of.
    pub(super) fn by_place_between(&self, from: Moment, until: Moment) -> [i64; PLACES] {
        let (from, until) = (self.secs_before(from), self.secs_before(until));
        std::array::from_fn(|place| (until[place] - from[place]).max(0))
    }

    fn secs_before(&self, at: Moment) -> [i64; PLACES] {
        let at = at.secs();
        let index = self.stretches.partition_point(|stretch| stretch.from <= at);
        let Some(stretch) = index.checked_sub(1).map(|index| &self.stretches[index]) else { return [0; PLACES] };
        with_secs(stretch.before, stretch.near, at.min(stretch.until) - stretch.from)
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

fn with_secs(mut secs: [i64; PLACES], near: Option<Near>, more: i64) -> [i64; PLACES] {
    if let Some(near) = near {
        secs[near.place()] += more;
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
    fn a_look_speaks_of_all_games_that_start_within_six_hours() {
        let line = line(&["2026-10-18T17:00:00Z", "2026-10-18T17:00:00Z", "2026-10-18T20:00:00Z", "2026-10-18T20:00:00Z"]);
        let worth = |text: &str| line.near(at(text)).0.unwrap().worth();
        assert_eq!((worth("2026-10-18T13:59:59Z"), worth("2026-10-18T14:00:00Z")), (0.64, 1.5625), "two games, then four");
        assert_eq!(line.near(at("2026-10-18T11:00:00Z")).1, at("2026-10-18T14:00:00Z"));
        assert_eq!(worth("2026-10-18T19:30:00Z"), 1.0, "nobody is worth less in the last hour for being alone");
        assert_eq!(line.secs_between(at("2026-10-18T11:00:00Z"), at("2026-10-18T20:00:00Z")), [1200, 6000, 25_200, 0, 0, 0]);
    }

    #[test]
    fn every_place_has_its_own_sum() {
        let places: std::collections::BTreeSet<usize> = Near::all().map(|(place, _)| place).collect();
        assert_eq!((places.len(), places.first(), places.last()), (PLACES, Some(&0), Some(&(PLACES - 1))));
    }
}
