//! The rows follower on real engines: its tables say what the boards say, however often it is killed, dropped or late.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use odds::block::Value;
use odds::names::Interner;
use odds::reply::{Basis, Reply, Request};
use odds::timeline::RowContent;
use odds::{Moment, Seq};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower, spawn};
use predictive_play::record::Recorder;
use predictive_play::replay::{Dated, Stored, What, date};
use store::{Cut, Param, Store, StoreError};
use testkit::bodies::{Drift, GeneratedReply, Shape, Step, World, play};

/// A store with what keeps its files, or its database, alive.
struct Rig {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    recorder: Recorder,
    _folder: tempfile::TempDir,
    _database: Option<testkit::postgres::TestDatabase>,
}

impl Rig {
    fn at(address: &str, folder: tempfile::TempDir, database: Option<testkit::postgres::TestDatabase>) -> Self {
        let store = Arc::new(Store::open(address, None, folder.path().join("archive")).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
        let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock));
        Self { store, clock, recorder, _folder: folder, _database: database }
    }

    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::at(&address, folder, None)
    }

    /// One of each engine that is here.
    fn all() -> Vec<Self> {
        let postgres = testkit::postgres::shared().map(|cluster| {
            let database = cluster.database();
            Self::at(&database.url.clone(), tempfile::tempdir().unwrap(), Some(database))
        });
        std::iter::once(Self::sqlite()).chain(postgres).collect()
    }

    fn take(&self, replies: &[GeneratedReply]) {
        let replies: Vec<Reply<'_>> = replies.iter().map(GeneratedReply::reply).collect();
        self.recorder.take(&replies, None).unwrap();
    }

    fn follower(&self) -> Follower<RowsFollower> {
        self.follower_holding(500_000)
    }

    fn follower_holding(&self, slots: usize) -> Follower<RowsFollower> {
        let rows = RowsFollower::new(Providers::all(), Retention::default()).holding(slots);
        Follower::new(Arc::clone(&self.store), Arc::clone(&self.clock), rows)
    }

    fn catch_up(&self) -> Seq {
        self.follower().catch_up().unwrap()
    }

    /// An answer as sorted lines; whole numbers and texts only.
    fn lines(&self, sql: &'static str) -> Vec<String> {
        let mut lines =
            self.store.follow("reader", (Seq(0), Seq(0)), Moment::default(), |following| following.lines(sql)).unwrap().unwrap();
        lines.sort();
        lines
    }
}
