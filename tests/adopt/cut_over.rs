//! The old tables as a follower of the log: a row that was taken over gets what live listings tell of its game, in its own spelling.

use std::sync::Arc;

use odds::reply::{Basis, Reply, Request};
use postgres::{Client, NoTls};
use predictive_play::adopt::cutover::old_table::OldTable;
use predictive_play::adopt::cutover::{self, Cutover, undo};
use predictive_play::adopt::data;
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use predictive_play::record::Recorder;
use serde_json::{Value, json};
use store::Store;
use testkit::postgres::TestDatabase;

const OLD: &str = r#"
create table sports_events (id uuid primary key default gen_random_uuid(), sport text not null, league text not null, home_team text not null,
    away_team text not null, start_time timestamptz not null, odds jsonb not null default '{}', stats jsonb default '{}',
    status text default 'scheduled' check (status in ('scheduled', 'live', 'completed', 'cancelled')),
    created_at timestamptz default now(), updated_at timestamptz default now(), external_event_id text, source text);
create table predictions (id bigserial primary key, event_id uuid references sports_events (id) on delete cascade);
insert into sports_events (id, sport, league, home_team, away_team, start_time, odds) values
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', 'NBA', 'NBA', 'LA Clippers', 'Boston Celtics', '2026-11-24T03:30Z', '{"homeOdds": 1.50, "awayOdds": 2.60}'),
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000002', 'NBA', 'NBA', 'Miami Heat', 'Utah Jazz', '2026-11-24T00:00Z', '{}'),
    ('8b6f2c1e-6f0a-4e58-9a3f-000000000003', 'NBA', 'NBA', 'New York Knicks', 'Chicago Bulls', '2026-11-25T05:00Z', '{}');
insert into predictions (event_id) select id from sports_events;
"#;

struct House {
    client: Client,
    recorder: Recorder,
    clock: Arc<dyn Clock>,
    cutover: Cutover,
    _folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl House {
    /// An old database, taken over into a store beside it.
    fn new() -> Option<Self> {
        let database = testkit::postgres::shared()?.database();
        database.execute(OLD);
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&database.url, None, folder.path().join("archive")).unwrap());
        store.migrate_up().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
        let recorder = Recorder::new(store, Providers::all(), Arc::clone(&clock));
        let mut client = Client::connect(&database.url, NoTls).unwrap();
        data::migrate(&mut Client::connect(&database.url, NoTls).unwrap(), "public", &recorder, &mut |_| {}).unwrap();
        client.batch_execute("set timezone = 'UTC'").unwrap();
        cutover::switch_on(&mut client, &[]).unwrap();
        Some(Self { client, recorder, clock, cutover: Cutover::default(), _folder: folder, _database: database })
    }

    fn hears(&self, endpoint: &str, at: &str, body: &Value) {
        let (request, headers, body) = (Request::default().with("markets", "h2h"), Default::default(), body.to_string());
        let reply = Reply {
            provider: "the-odds-api",
            endpoint,
            request: &request,
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            fetched_at: at.parse().unwrap(),
            basis: Basis::Fetched,
            sport: Some("basketball_nba"),
        };
        assert!(self.recorder.take(&[reply], None).unwrap()[0].seq.is_some());
    }

    /// The log is read on to its end.
    fn follows(&mut self) -> predictive_play::adopt::cutover::write::Done {
        let rows = RowsFollower::new(Providers::all(), Retention::default());
        Follower::new(Arc::clone(self.recorder.store()), Arc::clone(&self.clock), rows).catch_up().unwrap();
        self.cutover.turn(&mut self.client).unwrap().done
    }

    fn later(&mut self) {
        self.client.batch_execute("update predictive_play.old_rows set written_at = written_at - interval '2 minutes'").unwrap();
    }

    fn row(&mut self, sides: (&str, &str)) -> Value {
        let sql = "select to_jsonb(e)::text from sports_events e where home_team = $1 and away_team = $2";
        serde_json::from_str(self.client.query_one(sql, &[&sides.0, &sides.1]).unwrap().get(0)).unwrap()
    }

    fn all(&mut self) -> Vec<String> {
        let rows = self.client.query("select e::text from sports_events e order by id", &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn game(id: &str, (home, away): (&str, &str), start: &str, prices: (f64, f64)) -> Value {
    json!({"id": id, "sport_key": "basketball_nba", "sport_title": "NBA", "commence_time": start, "home_team": home, "away_team": away,
        "bookmakers": [{"key": "draftkings", "title": "DraftKings", "last_update": "2026-11-23T12:00:00Z", "markets": [
            {"key": "h2h", "last_update": "2026-11-23T12:00:00Z", "outcomes": [
                {"name": home, "price": prices.0}, {"name": away, "price": prices.1}]}]}]})
}

const CLIPPERS: (&str, &str) = ("Los Angeles Clippers", "Boston Celtics");
const LAKERS: (&str, &str) = ("Los Angeles Lakers", "Denver Nuggets");
const KNICKS: (&str, &str) = ("New York Knicks", "Chicago Bulls");

fn board(price: f64) -> Value {
    json!([
        game("c1", CLIPPERS, "2026-11-24T03:30:00Z", (price, 2.1)),
        game("c2", LAKERS, "2026-11-24T04:00:00Z", (1.8, 2.05)),
        game("c3", KNICKS, "2026-11-25T00:30:00Z", (1.7, 2.2)),
    ])
}

#[test]
fn a_row_gets_real_prices_in_its_own_spelling_and_a_missing_game_its_row() {
    let Some(mut house) = House::new() else { return };
    let before = house.all();
    house.hears("odds", "2026-11-23T12:01:00Z", &board(1.75));
    let done = house.follows();
    assert_eq!((done.written, done.added), (1, 1), "{done:?}");
    let row = house.row(("LA Clippers", "Boston Celtics"));
    assert_eq!(row["odds"], json!({"homeOdds": 1.75, "awayOdds": 2.1}));
    assert_eq!(row["id"], "8b6f2c1e-6f0a-4e58-9a3f-000000000001");
    let new = house.row(LAKERS);
    assert_eq!((&new["league"], &new["status"], &new["odds"]["awayOdds"]), (&json!("NBA"), &json!("scheduled"), &json!(2.05)));
    assert_eq!(house.all().len(), 4, "a game of the same names five hours later may be this one: a person is asked before a row is added");

    assert_eq!(house.follows(), Default::default(), "nothing new, nothing written");
    house.hears("odds", "2026-11-23T12:06:00Z", &board(1.7));
    assert_eq!(house.follows().written, 0, "at most once a minute");
    house.later();
    assert_eq!(house.follows().written, 1, "what had to wait is not forgotten");
    assert_eq!(house.row(("LA Clippers", "Boston Celtics"))["odds"]["homeOdds"], json!(1.7));

    house.later();
    let scores = json!([{"id": "c1", "sport_key": "basketball_nba", "commence_time": "2026-11-24T03:30:00Z", "home_team": CLIPPERS.0,
        "away_team": CLIPPERS.1, "completed": true, "last_update": "2026-11-24T06:00:00Z",
        "scores": [{"name": CLIPPERS.0, "score": "101"}, {"name": CLIPPERS.1, "score": "99"}]}]);
    house.hears("scores", "2026-11-24T06:01:00Z", &scores);
    house.follows();
    let row = house.row(("LA Clippers", "Boston Celtics"));
    assert_eq!((&row["status"], &row["stats"]), (&json!("completed"), &json!({"home_score": 101, "away_score": 99})));

    let mut tx = house.client.transaction().unwrap();
    let table = OldTable::look(&mut tx, "sports_events").unwrap().unwrap();
    drop(tx);
    let undone = undo::table(&mut house.client, &table, false).unwrap();
    assert_eq!((undone.put_back, undone.removed), (1, 1), "{undone:?}");
    assert_eq!(house.all(), before);
}
