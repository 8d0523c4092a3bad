//! An old database that was taken over into a store beside it, with the follower of the old tables on.

use std::sync::Arc;

use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use postgres::{Client, NoTls};
use predictive_play::adopt::cutover::write::Done;
use predictive_play::adopt::cutover::{self, Cutover};
use predictive_play::adopt::data;
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use predictive_play::record::Recorder;
use predictive_play::schedule::Ranks;
use serde_json::{Value, json};
use store::Store;
use testkit::postgres::TestDatabase;

use super::second::{SECOND, Second};

/// All providers, and a second one of games and prices.
fn providers() -> Providers {
    let mut providers = Providers::all();
    providers.add(Second);
    providers
}

fn ranks() -> Ranks {
    Ranks::of(Vec::new(), vec!["the-odds-api", SECOND])
}

pub struct House {
    pub client: Client,
    pub recorder: Recorder,
    pub url: String,
    clock: Arc<dyn Clock>,
    cutover: Cutover,
    _folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl House {
    /// An old database made by these statements.
    pub fn new(old: &str) -> Option<Self> {
        let database = testkit::postgres::shared()?.database();
        database.execute(old);
        Some(Self::of(database))
    }

    /// An old database that is there.
    pub fn of(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&database.url, None, folder.path().join("archive")).unwrap());
        store.migrate_up().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
        let recorder = Recorder::new(store, providers(), Arc::clone(&clock));
        let mut client = Client::connect(&database.url, NoTls).unwrap();
        data::migrate(&mut Client::connect(&database.url, NoTls).unwrap(), "public", &recorder, &mut |_| {}).unwrap();
        client.batch_execute("set timezone = 'UTC'").unwrap();
        cutover::switch_on(&mut client, &[], &mut |_, _| {}).unwrap();
        let url = database.url.clone();
        Self { client, recorder, url, clock, cutover: Cutover::ranked(ranks()), _folder: folder, _database: database }
    }

    pub fn hears(&self, endpoint: &str, at: &str, body: &Value) {
        self.hears_of("basketball_nba", endpoint, at, body);
    }

    /// The second provider speaks.
    pub fn hears_from_second(&self, at: &str, body: &Value) {
        let request = Request::to("/v4/sports/basketball_nba/odds").with("markets", "h2h,player_points");
        self.takes(SECOND, "odds", Some("basketball_nba"), &request, at, body);
    }

    pub fn hears_of(&self, sport: &str, endpoint: &str, at: &str, body: &Value) {
        let asked: Vec<&str> =
            ["h2h", "spreads", "totals", "player_points"].into_iter().filter(|key| body.to_string().contains(key)).collect();
        let request = Request::default().with("markets", asked.join(","));
        self.takes("the-odds-api", endpoint, Some(sport), &request, at, body);
    }

    pub fn hears_of_injuries(&self, at: &str, teams: &Value) {
        let body = json!({"timestamp": at, "status": "success", "injuries": teams});
        self.takes("espn", "injuries", None, &Request::to("/apis/site/v2/sports/basketball/nba/injuries"), at, &body);
    }

    fn takes(&self, provider: &str, endpoint: &str, sport: Option<&str>, request: &Request, at: &str, body: &Value) {
        // Books were seen when the reply was had.
        let (headers, body) = (Default::default(), body.to_string().replace("@seen", at));
        let reply = Reply {
            provider,
            endpoint,
            request,
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            fetched_at: at.parse().unwrap(),
            basis: Basis::Fetched,
            sport,
        };
        let recorded = self.recorder.take(&[reply], None).unwrap();
        assert!(recorded[0].seq.is_some(), "{:?}", recorded[0].verdict);
    }

    /// Rows for SQL are made of the log, up to its end.
    pub fn reads(&self) {
        let rows = RowsFollower::new(providers(), Retention::default());
        Follower::new(Arc::clone(self.recorder.store()), Arc::clone(&self.clock), rows).catch_up().unwrap();
    }

    /// The log is read on to its end, and the old tables follow.
    pub fn follows(&mut self) -> Done {
        self.reads();
        let turn = self.cutover.turn(&mut self.client).unwrap();
        assert!(!turn.is_behind);
        turn.done
    }

    /// A minute later, as far as the pace knows.
    pub fn later(&mut self) {
        self.run("update predictive_play.old_rows set written_at = written_at - interval '2 minutes'; update predictive_play.old_due set not_before = null");
    }

    pub fn run(&mut self, statements: &str) {
        self.client.batch_execute(statements).unwrap();
    }

    /// The one value of a query, as JSON.
    pub fn value(&mut self, query: &str) -> Value {
        let row = self.client.query_one(&format!("select to_jsonb(({query}))::text"), &[]).unwrap();
        row.get::<_, Option<&str>>(0).map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    }

    /// Rows of a table as JSON, in the order of their keys; what a trigger sets is left out.
    pub fn rows(&mut self, table: &str) -> Vec<Value> {
        let rows = self.client.query(&format!("select (to_jsonb(t) - 'updated_at')::text from {table} t order by t.id"), &[]).unwrap();
        rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
    }

    /// Every row of every old table as text: to the letter.
    pub fn all(&mut self) -> Vec<String> {
        let tables = "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1";
        let tables: Vec<String> = self.client.query(tables, &[]).unwrap().iter().map(|row| row.get(0)).collect();
        let mut all = Vec::new();
        for table in tables {
            let sql = format!("select (to_jsonb(t) - 'updated_at')::text from public.\"{table}\" t order by 1");
            all.extend(self.client.query(&sql, &[]).unwrap().iter().map(|row| format!("{table} {}", row.get::<_, &str>(0))));
        }
        all
    }

    /// All is taken back, and proved; what was kept, by table.
    pub fn undoes(&mut self) -> Vec<(String, String)> {
        cutover::switch_off(&mut self.client).unwrap();
        let rehearsed = cutover::undo_all(&mut self.client, true).unwrap();
        let undone = cutover::undo_all(&mut self.client, false).unwrap();
        assert_eq!(rehearsed, undone, "a rehearsal tells what is done then");
        for proof in cutover::proof_all(&mut self.client).unwrap() {
            assert!(proof.is_whole(), "{proof:?}");
        }
        undone.into_iter().flat_map(|one| one.kept.into_keys().map(move |why| (one.table.clone(), why))).collect()
    }
}

/// A moment so many minutes from this hour.
pub fn minutes(minutes: i64) -> String {
    Moment::from_secs(super::rig::now() / 3600 * 3600 + minutes * 60).to_string()
}

/// A moment so many hours from this hour.
pub fn hours(hours: i64) -> String {
    minutes(hours * 60)
}

/// A market of The Odds API: key and outcomes.
pub fn market(key: &str, outcomes: &Value) -> Value {
    json!({"key": key, "last_update": "@seen", "outcomes": outcomes})
}

/// A game of The Odds API, with markets at books.
pub fn game(id: &str, (home, away): (&str, &str), start: &str, books: &[(&str, Vec<Value>)]) -> Value {
    game_of("basketball_nba", id, (home, away), start, books)
}

pub fn game_of(sport: &str, id: &str, (home, away): (&str, &str), start: &str, books: &[(&str, Vec<Value>)]) -> Value {
    let books: Vec<Value> =
        books.iter().map(|(key, markets)| json!({"key": key, "title": key, "last_update": "@seen", "markets": markets})).collect();
    json!({"id": id, "sport_key": sport, "sport_title": sport, "commence_time": start, "home_team": home, "away_team": away, "bookmakers": books})
}

/// The winner's market.
pub fn h2h((home, away): (&str, &str), prices: (f64, f64)) -> Value {
    market("h2h", &json!([{"name": home, "price": prices.0}, {"name": away, "price": prices.1}]))
}
