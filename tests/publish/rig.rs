//! A store on a real engine with a recorder and a follower, and its tables as text.

use std::sync::Arc;

use odds::reply::{Basis, Reply, Request};
use odds::{Moment, Seq};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use predictive_play::record::Recorder;
use store::Store;
use testkit::bodies::GeneratedReply;

use super::text_rows::{self, dump};

/// A store with what keeps its files, or its database, alive.
pub struct Rig {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub recorder: Recorder,
    _database: Option<testkit::postgres::TestDatabase>,
    _folder: tempfile::TempDir,
}

impl Rig {
    fn at(address: &str, folder: tempfile::TempDir, database: Option<testkit::postgres::TestDatabase>) -> Self {
        let store = Arc::new(Store::open(address, None, folder.path().join("archive")).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
        let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock));
        Self { store, clock, recorder, _database: database, _folder: folder }
    }

    /// On a database that somebody else keeps.
    pub fn on(url: &str, folder: tempfile::TempDir) -> Self {
        Self::at(url, folder, None)
    }

    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::at(&address, folder, None)
    }

    /// One of each engine that is here.
    pub fn all() -> Vec<Self> {
        let postgres = testkit::postgres::shared().map(|cluster| {
            let database = cluster.database();
            Self::at(&database.url.clone(), tempfile::tempdir().unwrap(), Some(database))
        });
        std::iter::once(Self::sqlite()).chain(postgres).collect()
    }

    pub fn take(&self, replies: &[GeneratedReply]) {
        let replies: Vec<Reply<'_>> = replies.iter().map(GeneratedReply::reply).collect();
        self.recorder.take(&replies, None).unwrap();
    }

    /// Records a body as fetched at a moment.
    pub fn take_body(&self, provider: &str, endpoint: &str, at: &str, body: &str) {
        let (request, headers, fetched_at) = (Request::default(), Default::default(), at.parse().unwrap());
        let body = body.as_bytes();
        let reply = Reply {
            provider,
            endpoint,
            request: &request,
            status: 200,
            headers: &headers,
            body,
            fetched_at,
            basis: Basis::Fetched,
            sport: None,
        };
        let recorded = self.recorder.take(&[reply], None).unwrap();
        assert!(recorded[0].seq.is_some() && recorded[0].problems == 0, "{:?}", recorded[0]);
    }

    pub fn rows(&self, slots: usize) -> RowsFollower {
        RowsFollower::new(Providers::all(), Retention::default()).holding(slots)
    }

    pub fn follower(&self) -> Follower<RowsFollower> {
        Follower::new(Arc::clone(&self.store), Arc::clone(&self.clock), self.rows(500_000))
    }

    pub fn catch_up(&self) -> Seq {
        self.follower().catch_up().unwrap()
    }

    pub fn is_postgres(&self) -> bool {
        self.store.engine().name() == "postgres"
    }

    /// The first column of an answer as sorted lines.
    pub fn lines(&self, sql: &'static str) -> Vec<String> {
        self.lines_of(sql, &[])
    }

    /// The same, with parameters.
    pub fn lines_of(&self, sql: &'static str, params: &[store::Param<'_>]) -> Vec<String> {
        text_rows::lines(&self.store, sql, params)
    }

    pub fn execute(&self, sql: &'static str) -> u64 {
        self.store.engine().connect().unwrap().execute(sql, &[]).unwrap()
    }

    /// Every row that the follower wrote, as text.
    pub fn dump(&self) -> Vec<String> {
        TABLES.iter().flat_map(|sql| self.lines(sql)).collect()
    }

    pub fn newest(&self) -> Moment {
        self.store.newest_observed(Seq(i64::MAX)).unwrap().unwrap_or_default()
    }
}

const TABLES: &[&str] = &[
    dump!(
        "event_rows",
        "event_id",
        "listing_id",
        "provider",
        "external_event_id",
        "kind",
        "sport_key",
        "league",
        "home_team",
        "away_team",
        "starts_at",
        "status",
        "home_score",
        "away_score",
        "venue",
        "created_at",
        "updated_at",
        "is_over",
        "is_shelved",
        "is_pruned",
        "is_history_due"
    ),
    dump!(
        "slot_rows",
        "listing_id",
        "slot",
        "cell",
        "book",
        "provider_market",
        "market",
        "period",
        "subject",
        "selection",
        "outcome_name",
        "name",
        "description",
        "point",
        "line",
        "stance",
        "is_prop",
        "is_alternate",
        "is_understood",
        "is_milestone"
    ),
    dump!(
        "quote_rows",
        "listing_id",
        "slot",
        "nanos",
        "american",
        "state",
        "changed_at",
        "first_seen_at",
        "reply_id",
        "is_best",
        "is_apart",
        "observed_at",
        "book_seen_at"
    ),
    dump!("cell_rows", "listing_id", "cell", "observed_at", "basis", "book_seen_at", "confirmed_by"),
    dump!("change_rows", "listing_id", "slot", "observed_at", "reply_id", "seq", "state", "nanos", "american", "changed_at"),
    dump!(
        "injury_rows",
        "listing_id",
        "subject",
        "player",
        "team",
        "status",
        "meaning",
        "body_part",
        "expected_return",
        "said_at",
        "observed_at"
    ),
    dump!("stat_lines", "listing_id", "subject", "player", "team", "side", "position", "did_not_play", "said_at", "observed_at"),
    dump!("stat_rows", "listing_id", "subject", "stat", "milli"),
    dump!(
        "historical_rows",
        "listing_id",
        "slot",
        "opening_nanos",
        "opening_line",
        "opening_at",
        "closing_nanos",
        "closing_line",
        "closing_at",
        "closing_quality",
        "closing_gap_secs",
        "moves",
        "movement",
        "result"
    ),
    dump!("book_rows", "provider", "book", "is_aggregate", "key"),
    dump!("market_rows", "provider", "provider_market", "market", "period", "is_prop", "is_understood"),
    dump!("player_rows", "sport_key", "player"),
    dump!("word_counts", "provider", "sport", "kind", "word", "league", "met", "unknown", "example", "first_seen_at", "last_seen_at"),
];
