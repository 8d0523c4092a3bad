//! Replies one after the other: an endless season for benches, and for property tests sequences that shrink.

use odds::Moment;
use proptest::prelude::*;

use super::GeneratedReply;
use super::world::{Drift, Shape, World};

/// 2026-03-31T18:00:00Z, where every sequence begins.
const BEGINNING: Moment = Moment::from_secs(1_774_980_000);

/// An endless season of `/odds` replies, five minutes apart: 600 outcomes in each, a fifth of the prices moved from one to the next.
#[must_use]
pub fn season(seed: u64) -> Season {
    Season { world: World::new(seed, Shape::FEATURED, BEGINNING), drift: Drift::CALM, every_secs: 300 }
}

/// Replies of `/odds` without end.
#[derive(Debug, Clone)]
pub struct Season {
    /// The world as it stands.
    pub world: World,
    /// How it moves between replies.
    pub drift: Drift,
    /// Seconds between replies.
    pub every_secs: u32,
}

impl Iterator for Season {
    type Item = GeneratedReply;

    fn next(&mut self) -> Option<GeneratedReply> {
        let reply = self.world.odds();
        self.world.advance(self.every_secs, &self.drift);
        Some(reply)
    }
}

/// What is asked in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// [`World::odds`].
    Odds,
    /// [`World::event_odds`] of this game.
    EventOdds(usize),
    /// [`World::historical_odds`], so many seconds behind.
    HistoricalOdds(u32),
    /// [`World::events`].
    Events,
    /// [`World::scores`].
    Scores,
}

/// Time passes, the world moves, something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Seconds that pass; 0 gives two replies of one moment.
    pub secs: u32,
    /// How the world moves.
    pub drift: Drift,
    /// What is asked then.
    pub asked: Asked,
    /// How many of links, ids, limits and rotation numbers are asked for with it.
    pub extras: usize,
}

/// What is answered when these steps are taken, in the order of the steps.
#[must_use]
pub fn play(seed: u64, shape: Shape, steps: &[Step]) -> Vec<GeneratedReply> {
    let mut world = World::new(seed, shape, BEGINNING);
    let answered = |step: &Step| {
        world.advance(step.secs, &step.drift);
        world.extras = step.extras;
        match step.asked {
            Asked::Odds => world.odds(),
            Asked::EventOdds(which) => world.event_odds(which),
            Asked::HistoricalOdds(behind_secs) => world.historical_odds(behind_secs),
            Asked::Events => world.events(),
            Asked::Scores => world.scores(),
        }
    };
    steps.iter().map(answered).collect()
}

/// One step of any kind; shrinks towards `/odds` of a world that stands still.
pub fn step() -> impl Strategy<Value = Step> {
    let secs = prop_oneof![1 => Just(0_u32), 6 => 1_u32..1200, 1 => 3600_u32..40_000];
    let drift = prop_oneof![1 => Just(Drift::STILL), 3 => Just(Drift::CALM), 4 => Just(Drift::ROUGH)];
    let asked = prop_oneof![
        6 => Just(Asked::Odds),
        3 => (0_usize..3).prop_map(Asked::EventOdds),
        3 => (0_u32..=30).prop_map(Asked::HistoricalOdds),
        1 => Just(Asked::Events),
        1 => Just(Asked::Scores),
    ];
    (secs, drift, asked, 0_usize..=4).prop_map(|(secs, drift, asked, extras)| Step { secs, drift, asked, extras })
}

/// Up to `most` replies of one small world, in any order of arrival. Two may be of one moment, or even equal: then they are one reply.
pub fn replies(most: usize) -> impl Strategy<Value = Vec<GeneratedReply>> {
    let steps = proptest::collection::vec(step(), 1..=most);
    (any::<u64>(), steps).prop_map(|(seed, steps)| play(seed, Shape::SMALL, &steps)).prop_shuffle()
}
