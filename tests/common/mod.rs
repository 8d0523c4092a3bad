//! A small store that is always the same, made by sending fixtures of ours through the route with a hand-turned clock, and the
//! API over it, called inside the process.

#![allow(dead_code)]

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request as HttpRequest, StatusCode};
use odds::Moment;
use odds::market::{Meaning, Words};
use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, PlayersFollower, Retention, RowsFollower};
use predictive_play::record::{Recorded, Recorder};
use serde_json::Value;
use store::Store;
use testkit::HandClock;
use tower::ServiceExt;

pub const GAME: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
pub const PROPS_GAME: &str = "60718293a4b5c6d7e8f90a1b2c3d4e5f";

struct Hands(HandClock);

impl Clock for Hands {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

/// Where decisions are recorded.
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

struct FromProviders(Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

/// The store, the route into it, and the API over it.
pub struct Served {
    _folder: tempfile::TempDir,
    pub clock: HandClock,
    recorder: Recorder,
    router: axum::Router,
    /// What the handlers work with.
    pub state: Arc<api::State>,
}

/// A fixture of a provider.
pub fn fixture(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("providers/fixtures").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What an ask of The Odds API's main markets says.
pub fn featured() -> Request {
    Request::to("/v4/sports/basketball_nba/odds")
        .with("bookmakers", "draftkings,betfair_ex_eu")
        .with("markets", "h2h,spreads")
        .with("oddsFormat", "decimal")
}

impl Served {
    /// An empty store, in a file of its own.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::over(&address, folder)
    }

    /// The same on a database of another engine.
    pub fn empty_at(address: &str) -> Self {
        Self::over(address, tempfile::tempdir().unwrap())
    }

    fn over(address: &str, folder: tempfile::TempDir) -> Self {
        let store = Arc::new(Store::open(address, None, folder.path().join("archive")).unwrap());
        let clock = HandClock::at_text("2022-08-20T00:00:00Z");
        let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(Hands(clock.clone())));
        let now = clock.clone();
        let state = Arc::new(api::State {
            store,
            boards: recorder.boards(),
            meanings: Arc::new(FromProviders(Providers::all())),
            now: Arc::new(move || now.now()),
            is_replay: false,
            v4: api::v4::Desk::default(),
        });
        let router = api::router(Arc::clone(&state));
        Self { _folder: folder, clock, recorder, router, state }
    }

    /// Two providers and a season's file: a game that both list, its lines and prices moving, props, injuries, results.
    pub fn filled() -> Self {
        Self::empty().fill()
    }

    /// The same on a database of another engine.
    pub fn filled_at(address: &str) -> Self {
        Self::over(address, tempfile::tempdir().unwrap()).fill()
    }

    fn fill(self) -> Self {
        let served = self;
        served.take(
            "football-data",
            "season",
            &Request::to("/mmz4281/2223/E0.csv"),
            "2022-08-20T00:00:00Z",
            &fixture("football-data/season-new.csv"),
        );
        let league = "/apis/site/v2/sports/basketball/nba";
        served.take(
            "espn",
            "injuries",
            &Request::to(format!("{league}/injuries")),
            "2026-01-10T12:00:00Z",
            &fixture("espn/injuries_nba.json"),
        );
        let healthier = edited("espn/injuries_nba.json", &[("\"status\":\"Out\"", "\"status\":\"Day-To-Day\"")]);
        served.take("espn", "injuries", &Request::to(format!("{league}/injuries")), "2026-01-10T13:00:00Z", &healthier);
        served.take("the-odds-api", "sports", &Request::to("/v4/sports"), "2026-01-10T19:00:00Z", &fixture("the-odds-api/sports.json"));
        let participants = Request::to("/v4/sports/basketball_nba/participants");
        served.take("the-odds-api", "participants", &participants, "2026-01-10T19:00:01Z", &fixture("the-odds-api/participants.json"));
        served.take("the-odds-api", "odds", &featured(), "2026-01-10T20:00:20Z", &fixture("the-odds-api/odds_two_books_with_links.json"));
        // Two days later: the same two at the same hour would be one game told twice, and join with nothing.
        let later = edited("the-odds-api/event_odds_props_and_multipliers.json", &[("2026-01-11T00:10:00Z", "2026-01-13T00:10:00Z")]);
        let props = Request::to(format!("/v4/sports/basketball_nba/events/{PROPS_GAME}/odds"))
            .with("markets", "player_points,player_double_double");
        served.take("the-odds-api", "event_odds", &props, "2026-01-10T20:00:30Z", &later);
        let same_game = edited(
            "espn/scoreboard_mixed.json",
            &[("North Bears", "Boston Celtics"), ("South Owls", "Miami Heat"), ("2026-01-10T00:00Z", "2026-01-11T00:10Z")],
        );
        served.take("espn", "scoreboard", &Request::to(format!("{league}/scoreboard")), "2026-01-10T20:03:00Z", &same_game);
        let moved = edited(
            "the-odds-api/odds_two_books_with_links.json",
            &[
                ("\"price\": 1.54", "\"price\": 1.5"),
                ("\"point\": -4.5", "\"point\": -5.5"),
                ("\"point\": 4.5", "\"point\": 5.5"),
                ("20:00:", "20:04:"),
            ],
        );
        served.take("the-odds-api", "odds", &featured(), "2026-01-10T20:04:20Z", &moved);
        served.clock.set("2026-01-10T20:05:00Z".parse().unwrap());
        served
    }

    /// A box score of a game that is over, and the rows that follow it.
    pub fn with_a_box_score() -> Self {
        let served = Self::empty();
        let summary = Request::to("/apis/site/v2/sports/football/nfl/summary").with("event", "9001");
        served.take("espn", "summary", &summary, "2024-09-06T05:00:00Z", &fixture("espn/summary_box_score.json"));
        served.take_moves();
        served.follow();
        served
    }

    /// The moves of a league: of one that is told here and nowhere else.
    pub fn take_moves(&self) {
        let moves = Request::to("/apis/site/v2/sports/basketball/nba/transactions").with("limit", "100");
        self.take("espn", "transactions", &moves, "2026-01-10T12:00:00Z", &fixture("espn/transactions_nba.json"));
    }

    /// The same over what is served live as well: the log as a cursor, and decisions.
    pub fn live(mut self) -> Self {
        let (store, meanings) = (Arc::clone(&self.state.store), Arc::clone(&self.state.meanings));
        let tail = Arc::new(api::Tail::start(store, meanings, api::Follows::Nothing).unwrap());
        let recorder = Recorder::new(Arc::clone(&self.state.store), Providers::all(), Arc::new(Hands(self.clock.clone())));
        let options = api::Options { allow_anonymous: true, decides: Some(Arc::new(Desk(recorder))), ..api::Options::default() };
        let live = api::Live::new(Arc::clone(&self.state), tail, options);
        self.router = api::service(live, api::router(Arc::clone(&self.state)));
        self
    }

    /// The route into the store, as another process has it.
    pub fn another_recorder(&self) -> Recorder {
        Recorder::new(Arc::clone(&self.state.store), Providers::all(), Arc::new(Hands(self.clock.clone())))
    }

    /// Brings the directory of players up to the log.
    pub fn follow_players(&self) {
        let players = PlayersFollower::new(Providers::all());
        Follower::new(Arc::clone(&self.state.store), Arc::new(Hands(self.clock.clone())), players).catch_up().unwrap();
    }

    /// The first column of an answer in SQL, as text.
    pub fn sql(&self, sql: &'static str) -> Vec<String> {
        let mut lines = Vec::new();
        let mut connection = self.state.store.engine().connect_to_read().unwrap();
        let read = connection.query(sql, &[], &mut |row| {
            lines.push(row.opt_text(0)?.unwrap_or("null").to_owned());
            Ok(())
        });
        read.unwrap_or_else(|error| panic!("{sql}: {error}: {:?}", std::error::Error::source(&error)));
        lines
    }

    /// A statement past the code under test.
    pub fn execute(&self, sql: &'static str) -> u64 {
        self.state.store.engine().connect().unwrap().execute(sql, &[]).unwrap()
    }

    /// Brings the rows for SQL up to the log.
    pub fn follow(&self) {
        let rows = RowsFollower::new(Providers::all(), Retention::default());
        Follower::new(Arc::clone(&self.state.store), Arc::new(Hands(self.clock.clone())), rows).catch_up().unwrap();
    }

    /// Sends a reply through the route at a moment.
    pub fn take(&self, provider: &str, endpoint: &str, request: &Request, at: &str, body: &[u8]) -> Recorded {
        self.take_late(provider, endpoint, request, at, at, body)
    }

    /// The same of a reply that comes later than the moment of which it tells.
    pub fn take_late(&self, provider: &str, endpoint: &str, request: &Request, at: &str, now: &str, body: &[u8]) -> Recorded {
        let fetched_at: Moment = at.parse().unwrap();
        self.clock.set(now.parse().unwrap());
        let headers = std::collections::BTreeMap::new();
        let reply =
            Reply { provider, endpoint, request, status: 200, headers: &headers, body, fetched_at, basis: Basis::Fetched, sport: None };
        let recorded = self.recorder.take(&[reply], None).unwrap().remove(0);
        assert!(recorded.verdict.is_good() && recorded.seq.is_some(), "{provider} {endpoint}: {:?}", recorded.verdict);
        recorded
    }

    /// An answer: its status, its content type and its bytes.
    pub async fn ask(&self, path: &str) -> (StatusCode, String, Vec<u8>) {
        let request = HttpRequest::get(path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status(), kind, to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
    }

    /// An answer that is good, as JSON.
    pub async fn get(&self, path: &str) -> Value {
        let (status, _, body) = self.ask(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// What became of a decision that is posted with a key.
    pub async fn decide(&self, key: &str, decision: &Value) -> (u16, Value) {
        let request = HttpRequest::post("/v1/decisions").header("content-type", "application/json").header("x-api-key", key);
        let response = self.router.clone().oneshot(request.body(Body::from(decision.to_string())).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 64 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// What is answered to a table of events and moments: its status, its content type and its bytes.
    pub async fn post(&self, path: &str, kind: &str, table: impl Into<Body>) -> (StatusCode, String, Vec<u8>) {
        let request = HttpRequest::post(path).header("content-type", kind).body(table.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status(), kind, to_bytes(response.into_body(), 256 << 20).await.unwrap().to_vec())
    }

    /// The boards of a table, which must be good.
    pub async fn boards(&self, path: &str, table: &str) -> Vec<Value> {
        let (status, _, body) = self.post(path, "text/csv", table.to_owned()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        String::from_utf8(body).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A refusal, as JSON.
    pub async fn refused(&self, path: &str) -> Value {
        let (status, kind, body) = self.ask(path).await;
        assert!(status.is_client_error() && kind == "application/problem+json", "{path}: {status} {kind}");
        serde_json::from_slice(&body).unwrap()
    }
}

fn edited(path: &str, edits: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::from_utf8(fixture(path)).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "{path} holds {from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}
