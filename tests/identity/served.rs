//! The API over a store of these tests, called inside the process, and the rows for SQL as text.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use odds::market::{Meaning, Words};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use predictive_play::record::Recorder;
use serde_json::Value;
use store::Store;
use tower::ServiceExt;

use super::rig::{Hand, House, providers};
use super::text_rows::{dump, lines};

struct FromProviders(Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

struct Desk(Recorder);

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

impl api::Decides for Desk {
    fn decide(&self, decision: &odds::decision::Decision) -> store::Result<api::Made> {
        let settled = self.0.decide(decision)?;
        let player = settled.player.map(|player| player.to_string());
        Ok(api::Made { reply: settled.reply, seq: settled.seq, refused: settled.refused, decided: settled.decided, player })
    }
}

pub struct Served {
    runtime: tokio::runtime::Runtime,
    router: Router,
}

impl Served {
    pub fn over(house: &House) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = Arc::clone(house.store());
        let now = house.clock.clone();
        let meanings: Arc<dyn api::Meanings> = Arc::new(FromProviders(providers()));
        let state = Arc::new(api::State {
            store: Arc::clone(&store),
            boards: Arc::default(),
            meanings: Arc::clone(&meanings),
            now: Arc::new(move || now.now()),
            is_replay: false,
            v4: api::v4::Desk::default(),
        });
        let tail = Arc::new(api::Tail::start(Arc::clone(&store), meanings, api::Follows::Nothing).unwrap());
        let desk = Desk(Recorder::new(store, providers(), Arc::new(Hand(house.clock.clone()))));
        let options = api::Options { allow_anonymous: true, decides: Some(Arc::new(desk)), ..api::Options::default() };
        let router = api::service(api::Live::new(Arc::clone(&state), tail, options), api::router(state));
        Self { runtime, router }
    }

    fn answer(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            (status, to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
        })
    }

    /// An answer as its status and its text.
    pub fn ask(&self, path: &str) -> (u16, String) {
        let (status, body) = self.answer(Request::get(path).body(Body::empty()).unwrap());
        (status.as_u16(), String::from_utf8(body).unwrap())
    }

    /// An answer that is good, as JSON.
    pub fn get(&self, path: &str) -> Value {
        let (status, text) = self.ask(path);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Decides; with a key, where one is shown.
    pub fn decide(&self, key: Option<&str>, decision: &Value) -> (u16, Value) {
        let request = Request::post("/v1/decisions").header("content-type", "application/json");
        let request = key.into_iter().fold(request, |request, key| request.header("x-api-key", key));
        let (status, body) = self.answer(request.body(Body::from(decision.to_string())).unwrap());
        (status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
    }
}

pub fn follower(house: &House) -> Follower<RowsFollower> {
    let rows = RowsFollower::new(providers(), Retention::default());
    Follower::new(Arc::clone(house.store()), Arc::new(Hand(house.clock.clone())), rows)
}

const TABLES: [&str; 6] = [
    dump!(
        "event_rows",
        "event_id",
        "listing_id",
        "provider",
        "external_event_id",
        "home_team",
        "away_team",
        "starts_at",
        "status",
        "home_score",
        "away_score",
        "created_at",
        "updated_at",
        "is_over",
        "is_shelved",
        "is_pruned",
        "is_history_due"
    ),
    dump!("slot_rows", "listing_id", "slot", "cell", "book", "market", "period", "selection", "outcome_name", "line", "point"),
    dump!("quote_rows", "listing_id", "slot", "nanos", "state", "first_seen_at", "reply_id", "is_best", "observed_at"),
    dump!("cell_rows", "listing_id", "cell", "observed_at", "confirmed_by"),
    dump!("change_rows", "listing_id", "slot", "observed_at", "reply_id", "state", "nanos"),
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
        "moves",
        "movement",
        "result"
    ),
];

/// Every row for SQL, as sorted lines.
pub fn rows(store: &Store) -> Vec<String> {
    let mut all: Vec<String> = TABLES.iter().flat_map(|sql| lines(store, sql, &[])).collect();
    all.sort();
    all
}
