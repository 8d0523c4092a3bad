//! What the benches run on: made-up replies, and a recorder on a store of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use odds::Moment;
use odds::reply::Reply;
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use store::{Arrived, Cut, Store};
use testkit::bodies::{Drift, GeneratedReply, Shape, World, season};

const BEGINNING: Moment = Moment::from_secs(1_760_000_000);

/// Replies made before the clock starts.
pub struct Sample {
    pub replies: Vec<GeneratedReply>,
    pub outcomes: usize,
}

impl Sample {
    pub fn new(replies: usize) -> Self {
        Self::of(season(7).take(replies).collect())
    }

    /// Replies in which every price moves.
    pub fn all_moving(replies: usize) -> Self {
        let mut season = season(9);
        season.drift = Drift { moved_percent: 100, ..Drift::STILL };
        Self::of(season.take(replies).collect())
    }

    /// So many games with 1,152 props each, once.
    pub fn props(games: usize, seed: u64) -> Self {
        let world = World::new(13 + seed, Shape { events: games, ..Shape::PROPS }, BEGINNING);
        Self::of((0..games).map(|game| world.event_odds(game)).collect())
    }

    /// Ten events with 60 featured outcomes each, until each has so many changes.
    pub fn ten_events(changes: usize) -> Self {
        Self::until(World::new(11, Shape::FEATURED, BEGINNING), changes * 10, |world| vec![world.odds()])
    }

    /// Two events with 1,152 props each, until each has so many changes.
    pub fn prop_events(changes: usize) -> Self {
        Self::until(World::new(11, Shape::PROPS, BEGINNING), changes * 2, |world| vec![world.event_odds(0), world.event_odds(1)])
    }

    /// A fifth of the prices moves from one round of replies to the next.
    fn until(mut world: World, changes: usize, ask: impl Fn(&World) -> Vec<GeneratedReply>) -> Self {
        let mut replies = ask(&world);
        let (mut made, each) = (Self::outcomes(&replies), Self::outcomes(&replies).div_ceil(5));
        while made < changes {
            world.advance(5, &Drift::CALM);
            replies.extend(ask(&world));
            made += each;
        }
        Self::of(replies)
    }

    fn outcomes(replies: &[GeneratedReply]) -> usize {
        replies.iter().map(|reply| reply.outcomes).sum()
    }

    fn of(replies: Vec<GeneratedReply>) -> Self {
        let outcomes = Self::outcomes(&replies);
        Self { replies, outcomes }
    }

    pub fn megabytes(&self) -> f64 {
        self.replies.iter().map(|reply| reply.body.len()).sum::<usize>() as f64 / 1e6
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment::from_secs(1_770_000_000)
    }
}

/// A recorder on a store of its own.
pub struct Bench {
    pub store: Arc<Store>,
    recorder: Recorder,
}

impl Bench {
    pub fn sqlite(folder: &Path) -> Self {
        Self::at(&format!("sqlite:{}", folder.join("bench.db").display()), folder)
    }

    pub fn postgres(url: &str, folder: &Path) -> Self {
        Self::at(url, folder)
    }

    fn at(address: &str, folder: &Path) -> Self {
        let store = Arc::new(Store::open(address, None, folder.join("archive")).unwrap());
        let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(Still));
        Self { store, recorder }
    }

    /// Bytes in, archived, recorded and committed, so many replies a transaction.
    pub fn record(&self, sample: &Sample, together: usize) -> Duration {
        let replies: Vec<Reply<'_>> = sample.replies.iter().map(GeneratedReply::reply).collect();
        let started = Instant::now();
        for batch in replies.chunks(together) {
            self.recorder.take(batch, None).unwrap();
        }
        started.elapsed()
    }

    /// The record step alone: replies are archived and decoded before the clock starts.
    pub fn record_alone(&self, sample: &Sample, together: usize) -> Duration {
        let replies: Vec<Reply<'_>> = sample.replies.iter().map(GeneratedReply::reply).collect();
        let arrived: Vec<Arrived<'_>> =
            replies.iter().map(|reply| Arrived { reply: reply.clone(), ask: None, is_for_the_log: true }).collect();
        let ids = self.store.archive_replies(&arrived, Still.now()).unwrap();
        let batch: Vec<_> = ids.into_iter().zip(&replies).collect();
        let decoded: Vec<_> = replies.iter().map(|reply| self.recorder.providers().decode(reply)).collect();
        let started = Instant::now();
        for (batch, decoded) in batch.chunks(together).zip(decoded.chunks(together)) {
            self.recorder.record(batch, decoded).unwrap();
        }
        started.elapsed()
    }

    pub fn slots(&self) -> usize {
        self.recorder.boards().read().unwrap().slots()
    }

    pub fn blocks(&self) -> (usize, usize) {
        let listings = self.store.all_listings().unwrap();
        let rows = listings.iter().flat_map(|listing| self.store.listing_rows(listing.id, Cut::ALL).unwrap().timeline.rows().to_vec());
        rows.fold((0, 0), |(blocks, changes), row| match row.content {
            odds::timeline::RowContent::Changes(said) => (blocks + 1, changes + said.len()),
            _ => (blocks, changes),
        })
    }
}
