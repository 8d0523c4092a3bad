//! Closing first: what must be set aside for the closing pulls of games to come, and how often the rest can be asked with what remains.
//!
//! Each game gets one featured pull at most five minutes before its start (shared by games that start together) and one pull of its
//! main prop markets. Only what is left over climbs the ladder of cadences, and the ladder spends nearest to the starts first.

use odds::Moment;
use providers::What;

use super::asked::{Asked, LastAsk};
use super::backoff::retry_at;
use super::budget::Funds;
use super::cadence::{CLOSING_LEAD_SECS, CLOSING_SECS, Cluster, Near, PHASES, PLACES, PROPS_SECS, Phase};
use super::due::Priority;
use super::known::{Slate, Targets};
use super::ladder::{Cadence, RUNGS};
use super::purpose::Purpose;
use super::weights::Weights;

/// Credits times seconds, by phase.
type ByPhase = [f64; 6];

/// What one sport asks of the budget over a span of time.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    closings: f64,
    odds: [f64; PLACES],
    props_closings: [f64; 2],
    props: [ByPhase; 2],
    weights: Weights,
}

/// Credits that are set aside, by what for and until when.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reserve {
    /// Featured closing pulls until the month ends.
    pub month: f64,
    /// Props closing pulls until the month ends.
    pub month_props: f64,
    /// Featured closing pulls until the day ends.
    pub day: f64,
    /// Props closing pulls until the day ends.
    pub day_props: f64,
}

impl Reserve {
    /// What an ask of a priority must leave untouched, of the month's credits and of the day's.
    pub(super) fn kept_from(&self, priority: Priority) -> (f64, f64) {
        match priority {
            Priority::Closing => (0.0, 0.0),
            Priority::ClosingProps => (self.month, self.day),
            Priority::Free | Priority::Regular => (self.month + self.month_props, self.day + self.day_props),
        }
    }

    /// An ask was let through: what was set aside for it is no longer needed.
    pub(super) fn release(&mut self, priority: Priority, credits: i64) {
        let credits = credits as f64;
        let (month, day) = match priority {
            Priority::Closing => (&mut self.month, &mut self.day),
            Priority::ClosingProps => (&mut self.month_props, &mut self.day_props),
            Priority::Free | Priority::Regular => return,
        };
        *month = (*month - credits).max(0.0);
        *day = (*day - credits).max(0.0);
    }
}

/// How far the credits reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The highest rung of the ladder that they pay for.
    pub rung: usize,
    /// The rung of odds: lower where their own ceiling does not reach as far.
    pub odds_rung: usize,
    /// The same of props.
    pub props_rung: usize,
    /// What is set aside.
    pub reserve: Reserve,
    /// The share of featured closing pulls that can be paid: 1 unless credits do not even reach for them.
    pub share: f64,
    /// The share of props closing pulls that can be paid.
    pub props_share: f64,
}

/// Chooses the pace for the sports of a provider. What the listings do not tell yet of the month is estimated from what they tell.
#[must_use]
pub fn pace(at: Moment, slates: &[Slate], asked: &Asked, funds: Funds, targets: Targets) -> Pace {
    let month: Vec<Demand> =
        slates.iter().map(|slate| demand(at, funds.month_ends_at, slate, asked).times(unknown_factor(at, funds, slate))).collect();
    let day: Vec<Demand> = match funds.day {
        Some(_) => slates.iter().map(|slate| demand(at, funds.day_ends_at, slate, asked)).collect(),
        None => Vec::new(),
    };
    let caps = caps(&month, funds, targets);
    let fits = |rung: usize| {
        let cadence = Cadence::of_two(rung.min(caps.0), rung.min(caps.1), targets);
        let need = |demands: &[Demand]| demands.iter().map(|demand| demand.credits(&cadence)).sum::<f64>();
        need(&month) <= funds.month as f64 && funds.day.is_none_or(|left| need(&day) <= left as f64)
    };
    let set_aside =
        |demands: &[Demand]| demands.iter().fold((0.0, 0.0), |sum, demand| (sum.0 + demand.closings, sum.1 + demand.props_closings[0]));
    let ((month_odds, month_props), (day_odds, day_props)) = (set_aside(&month), set_aside(&day));
    let shares = [(Some(funds.month), month_odds, month_props), (funds.day, day_odds, day_props)].map(shares_of);
    let own = |purpose, need| part(funds.by_purpose.of(purpose).map_or(f64::INFINITY, |left| left as f64), need);
    let (own_odds, own_props) = (own(Purpose::Odds, month_odds), own(Purpose::Props, month_props));
    let rung = highest(fits);
    Pace {
        rung,
        odds_rung: rung.min(caps.0),
        props_rung: rung.min(caps.1),
        reserve: Reserve { month: month_odds * own_odds, month_props: month_props * own_props, day: day_odds, day_props },
        share: shares[0].0.min(shares[1].0).min(own_odds),
        props_share: shares[0].1.min(shares[1].1).min(own_props),
    }
}

/// The highest rungs that the purposes' own ceilings pay for: of odds, and of props.
fn caps(month: &[Demand], funds: Funds, targets: Targets) -> (usize, usize) {
    let cap = |purpose: Purpose, need: fn(&Demand, &Cadence) -> f64| {
        funds.by_purpose.of(purpose).map_or(RUNGS - 1, |left| {
            highest(|rung| month.iter().map(|demand| need(demand, &Cadence::of(rung, targets))).sum::<f64>() <= left as f64)
        })
    };
    (cap(Purpose::Odds, Demand::odds_credits), cap(Purpose::Props, Demand::props_credits))
}

/// The cadence climbs as far as everything below fits, too.
fn highest(fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, RUNGS);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}

fn shares_of((left, odds, props): (Option<i64>, f64, f64)) -> (f64, f64) {
    let Some(left) = left.map(|left| left as f64) else { return (1.0, 1.0) };
    (part(left, odds), part((left - odds).max(0.0), props))
}

fn part(left: f64, need: f64) -> f64 {
    if need <= left { 1.0 } else { (left / need).max(0.0) }
}

/// By how much the demand of the known games must be multiplied to stand for the whole month.
fn unknown_factor(at: Moment, funds: Funds, slate: &Slate) -> f64 {
    let Some(known_until) = slate.known_until.filter(|known_until| *known_until > at) else { return 1.0 };
    let unknown = funds.month_ends_at.secs_since(known_until).max(0.0);
    1.0 + unknown / known_until.secs_since(at).max(86_400.0)
}

/// What a sport asks of the budget from now until a moment.
#[must_use]
pub fn demand(at: Moment, until: Moment, slate: &Slate, asked: &Asked) -> Demand {
    let mut demand = Demand { closings: 0.0, odds: [0.0; PLACES], props_closings: [0.0; 2], props: [[0.0; 6]; 2], weights: slate.weights };
    if let Some(odds) = &slate.odds {
        let last = asked.last(at, What::Odds, &slate.sport);
        let to_come = slate.timeline.clusters_after(at);
        let within = to_come.partition_point(|cluster| cluster.closing_at() < until);
        let closed = to_come[..within]
            .iter()
            .take_while(|cluster| closing_window(cluster) <= at)
            .filter(|cluster| is_done(last.as_ref(), closing_window(cluster)));
        demand.closings = ((within - closed.count()) as i64 * odds.credits) as f64;
        demand.odds = slate.timeline.by_place_between(at, until).map(|secs| (secs * odds.credits) as f64);
    }
    props_closings(&mut demand, at, until, slate, asked);
    props_weights(&mut demand, at, until, slate);
    demand
}

fn closing_window(cluster: &Cluster) -> Moment {
    cluster.last.plus_secs(-CLOSING_SECS)
}

/// Whether a closing pull that may go out from `from` on was made, or was tried as often as it will be.
pub(super) fn is_done(last: Option<&LastAsk>, from: Moment) -> bool {
    last.is_some_and(|last| {
        last.good_at.is_some_and(|good_at| good_at >= from) || last.asked_at >= from && last.failures > 0 && retry_at(last).is_none()
    })
}

fn props_closings(demand: &mut Demand, at: Moment, until: Moment, slate: &Slate, asked: &Asked) {
    let first = slate.first_after(at);
    let end = slate.first_after(until.plus_secs(CLOSING_LEAD_SECS)).max(first);
    let mut sums: [i64; 2] = std::array::from_fn(|which| slate.props_before[end][which] - slate.props_before[first][which]);
    for listed in &slate.games[first..end] {
        let from = listed.game.starts_at.plus_secs(-CLOSING_SECS);
        if from > at {
            break;
        }
        if is_done(asked.last(at, What::EventOdds, &listed.game.listing).as_ref(), from) {
            sums[0] -= listed.props.closing_credits();
            sums[1] -= listed.props.full_credits();
        }
    }
    demand.props_closings = sums.map(|credits| credits as f64);
}

fn props_weights(demand: &mut Demand, at: Moment, until: Moment, slate: &Slate) {
    let first = slate.first_after(at);
    let end = slate.first_after(until.plus_secs(PROPS_SECS)).max(first);
    let whole_from = slate.first_after(at.plus_secs(PROPS_SECS)).clamp(first, end);
    let whole_to = slate.first_after(until).clamp(whole_from, end);
    for listed in slate.games[first..whole_from].iter().chain(&slate.games[whole_to..end]) {
        let credits = [listed.props.closing_credits(), listed.props.full_credits()];
        add_props(demand, credits, |begin, end| overlap(listed.game.starts_at, begin, end, at, until));
    }
    let credits = std::array::from_fn(|which| slate.props_before[whole_to][which] - slate.props_before[whole_from][which]);
    add_props(demand, credits, |begin, end| begin - end);
}

fn add_props(demand: &mut Demand, credits: [i64; 2], secs: impl Fn(i64, i64) -> i64) {
    for phase in [Phase::Final, Phase::Hour, Phase::SixHours, Phase::Day] {
        let Some((end, begin)) = phase.span() else { continue };
        let secs = secs(begin, end);
        for (weights, credits) in demand.props.iter_mut().zip(credits) {
            weights[phase as usize] += (credits * secs) as f64;
        }
    }
}

fn overlap(start: Moment, begin: i64, end: i64, from: Moment, until: Moment) -> i64 {
    (start.plus_secs(-end).min(until).secs() - start.plus_secs(-begin).max(from).secs()).max(0)
}

impl Demand {
    fn times(self, factor: f64) -> Self {
        Self {
            closings: self.closings * factor,
            odds: self.odds.map(|weight| weight * factor),
            props_closings: self.props_closings.map(|credits| credits * factor),
            props: self.props.map(|weights| weights.map(|weight| weight * factor)),
            weights: self.weights,
        }
    }

    /// What a cadence costs, closing pulls included.
    #[must_use]
    pub fn credits(&self, cadence: &Cadence) -> f64 {
        self.odds_credits(cadence) + self.props_credits(cadence)
    }

    fn odds_credits(&self, cadence: &Cadence) -> f64 {
        let gap_at = |near: Near| cadence.odds_gap_at(near, &self.weights);
        let odds: f64 = Near::all().filter_map(|(place, near)| gap_at(near).map(|gap| self.odds[place] / gap as f64)).sum();
        // Turns are laid out so that one of them falls on each closing pull; where starts lie closer than turns, the closings add some.
        let is_closing_in_turn = cadence.odds_gap(Phase::Hour).is_some_and(|gap| gap <= CLOSING_SECS);
        let shared = if is_closing_in_turn { 0.0 } else { odds.min(self.closings) / 2.0 };
        odds.max(self.closings) + shared
    }

    fn props_credits(&self, cadence: &Cadence) -> f64 {
        let which = usize::from(cadence.has_all_props());
        let gap_of = |phase: Phase| cadence.props_gap_at(phase, &self.weights);
        let props: f64 = PHASES.iter().filter_map(|phase| gap_of(*phase).map(|gap| self.props[which][*phase as usize] / gap as f64)).sum();
        // The first pull of a game's props goes out as soon as its first phase begins, on top of the turns that are laid out backwards.
        let first = if props > 0.0 { self.props_closings[which] } else { 0.0 };
        (props + first).max(self.props_closings[which])
    }
}
