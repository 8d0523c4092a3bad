//! The whole way as an operator walks it, with the real binary: inspect, backup, apply, verify, cutover, then others write, rollback.

use std::sync::Arc;

use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use serde_json::{Value, json};
use store::Store;
use testkit::legacy::{Recipe, Shape};
use testkit::postgres::{PostgresCluster, shared};

use crate::rig::{self, Ended, Old, json, old, rows, run};

pub const OURS: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000001";
const OTHER: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000002";

/// An old database with two games to come that live listings will tell of, and a folder to work in.
pub struct Walk {
    pub old: Old,
    pub folder: tempfile::TempDir,
    start: String,
    /// How the binary gets there.
    pub way: String,
}

impl Walk {
    fn new(shape: Shape, seed: u64) -> Option<Self> {
        Some(Self::on(shared()?, shape, seed))
    }

    pub fn on(cluster: &PostgresCluster, shape: Shape, seed: u64) -> Self {
        let old = old(cluster, &Recipe::of(shape, seed, rig::now()));
        let start =
            old.database.text("select to_char(date_trunc('hour', now()) + interval '1 day', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')").unwrap();
        let game = |id: &str, home: &str, away: &str| {
            format!(
                "insert into {} (id, sport, league, home_team, away_team, start_time, odds, created_at, updated_at)
                 values ('{id}', 'NBA', 'NBA', '{home}', '{away}', '{start}', '{{\"homeOdds\": 1.50, \"awayOdds\": 2.60}}', '2026-01-01Z', '2026-01-01Z');",
                old.planted.events_table
            )
        };
        old.database.execute(&game(OURS, "LA Clippers", "Boston Celtics"));
        old.database.execute(&game(OTHER, "Miami Heat", "Utah Jazz"));
        let way = old.database.url.clone();
        Self { old, folder: tempfile::tempdir().unwrap(), start, way }
    }

    fn url(&self) -> &str {
        &self.old.database.url
    }

    fn events(&self) -> &'static str {
        if self.old.planted.events_table == "sports_events" { "sports_events" } else { "sports_events_old" }
    }

    pub fn adopt(&self, step: &str, more: &[&str]) -> Ended {
        run(self.folder.path(), &[&["adopt", step, "--from", &self.way], more].concat(), &[])
    }

    pub fn done(&self, step: &str, more: &[&str]) -> Value {
        let ended = self.adopt(step, &[more, &["--json"]].concat());
        assert_eq!(ended.code, Some(0), "adopt {step} {more:?}: {}{}", ended.out, ended.err);
        json(&ended)
    }

    /// A live reply of three games, in the store that the binary works on.
    pub fn hears(&self) {
        let now = self.old.database.text("select to_char(now(), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')").unwrap();
        let game = |id: &str, home: &str, away: &str| {
            json!({"id": id, "sport_key": "basketball_nba", "sport_title": "NBA", "commence_time": self.start, "home_team": home, "away_team": away,
                "bookmakers": [{"key": "draftkings", "title": "DraftKings", "last_update": now, "markets": [
                    {"key": "h2h", "last_update": now, "outcomes": [{"name": home, "price": 1.75}, {"name": away, "price": 2.1}]}]}]})
        };
        let body = json!([
            game("c1", "Los Angeles Clippers", "Boston Celtics"),
            game("c2", "Miami Heat", "Utah Jazz"),
            game("c3", "Atlanta Hawks", "Detroit Pistons"),
        ])
        .to_string();
        let store = Store::open(self.url(), None, self.folder.path().join("data/archive")).unwrap();
        let recorder = Recorder::new(Arc::new(store), Providers::all(), Arc::new(WallClock::default()));
        let (request, headers) = (Request::default().with("markets", "h2h"), Default::default());
        let reply = Reply {
            provider: "the-odds-api",
            endpoint: "odds",
            request: &request,
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            fetched_at: now.parse().unwrap(),
            basis: Basis::Fetched,
            sport: Some("basketball_nba"),
        };
        assert!(recorder.take(&[reply], None).unwrap()[0].seq.is_some());
    }

    /// Every row of the old tables that the follower may write, without what triggers set.
    pub fn rows(&self) -> Vec<Vec<Option<String>>> {
        let mut all = Vec::new();
        for table in
            ["bookmakers", "market_types", "players", self.events(), "odds_data", "player_props_odds", "injury_reports", "historical_odds"]
        {
            if self.old.database.text(&format!("select to_regclass('public.{table}')::text")).is_some() {
                all.extend(rows(
                    self.url(),
                    &format!("select '{table}', (to_jsonb(t) - 'updated_at')::text from public.{table} t order by 2"),
                ));
            }
        }
        all
    }

    pub fn odds_of(&self, id: &str) -> Value {
        let text = self.old.database.text(&format!("select odds::text from {} where id = '{id}'", self.events()));
        serde_json::from_str(&text.unwrap()).unwrap()
    }
}

const SHAPES: [Shape; 4] = [Shape::Basic, Shape::WithSources, Shape::HalfEnhanced, Shape::BrokenHalfWay];

#[test]
fn there_and_back_at_every_shape_and_the_old_tables_equal_the_backup() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let Some(walk) = Walk::new(shape, 20 + seed as u64) else { return };
        let before = walk.rows();
        assert_eq!(walk.adopt("inspect", &[]).code, Some(1), "old rows are never all clean");
        assert_eq!(walk.done("report", &[])["version"], 0);
        walk.done("backup", &["--out", "before"]);
        walk.done("apply", &[]);
        let refused = walk.adopt("cutover", &[]);
        assert!(refused.code == Some(1) && refused.err.contains("adopt verify"), "{}", refused.err);
        let verified = walk.done("verify", &["--backup", "before"]);
        assert!(verified["passed"] == true && verified["backup"]["changed"] == json!([]), "{verified}");
        walk.hears();
        let planned = walk.adopt("cutover", &["--dry-run"]);
        let says =
            planned.out.contains(&format!("on  {}.odds", walk.events())) && planned.out.contains(&format!("{}: 2 rows", walk.events()));
        assert!(planned.code == Some(0) && says, "{shape:?}: {}{}", planned.out, planned.err);
        assert_eq!(walk.rows(), before, "a plan writes nothing");
        let done = walk.done("cutover", &["--once"]);
        assert!(done["turn"]["written"].as_u64() >= Some(2) && done["turn"]["added"].as_u64() >= Some(1), "{shape:?}: {done}");
        assert_eq!(walk.odds_of(OURS), json!({"homeOdds": 1.75, "awayOdds": 2.1}));
        assert_eq!(walk.done("report", &[])["follower"]["is_on"], true);
        let verified = walk.done("verify", &[]);
        assert!(verified["tables"][0]["ours"].as_u64() >= Some(3), "what we wrote is known as ours: {verified}");
        let rehearsed = walk.done("rollback", &["--dry-run"]);
        assert_eq!((&rehearsed["was_followed"], &rehearsed["is_whole"]), (&json!(true), &json!(true)), "{rehearsed}");
        assert!(rehearsed["proofs"].as_array().is_some_and(|proofs| !proofs.is_empty()), "{rehearsed}");
        assert_ne!(walk.rows(), before, "a rehearsal takes nothing back");
        let done = walk.done("rollback", &["--backup", "before"]);
        assert!(done["is_whole"] == true && done["kept"] == 0, "{shape:?}: {done}");
        assert_eq!(walk.rows(), before, "{shape:?}");
        let differing: Vec<&Value> = done["backup"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| !matches!(one["equality"].as_str(), Some("equal" | "equal_apart")))
            .collect();
        assert_eq!(differing, Vec::<&Value>::new(), "{shape:?}: nobody else wrote");
        assert_eq!(walk.done("report", &[])["follower"]["is_on"], false);
        walk.done("verify", &[]);
        let again = walk.done("rollback", &["--drop-schema"]);
        assert_eq!((&again["was_followed"], &again["schema_stays"]), (&json!(false), &json!(false)));
        assert_eq!(walk.old.database.text("select to_regnamespace('predictive_play')::text"), None);
        assert_eq!(walk.done("rollback", &[])["is_whole"], true, "once more there is nothing to do");
        assert_eq!(walk.rows(), before);
    }
}

#[test]
fn what_others_wrote_since_stays_and_is_told() {
    let Some(walk) = Walk::new(Shape::HalfEnhanced, 30) else { return };
    walk.done("backup", &["--out", "before"]);
    walk.done("apply", &[]);
    walk.done("verify", &[]);
    walk.hears();
    walk.done("cutover", &["--once", "--without", "odds_data"]);
    assert_eq!(
        walk.old
            .database
            .text("select count(*)::text from odds_data where event_id::text = '8b6f2c1e-6f0a-4e58-9a3f-000000000001'")
            .unwrap(),
        "0"
    );
    let new = walk
        .old
        .database
        .text("select id::text from sports_events where home_team = 'Atlanta Hawks' and source = 'Predictive Play'")
        .unwrap();
    walk.old.database.execute(&format!(
        "update sports_events set odds = '{{\"homeOdds\": 9}}' where id = '{OTHER}';
         insert into predictions (event_id, sport, matchup, pick, odds) values ('{new}', 'NBA', 'x', 'y', '-110');
         insert into sports_events (id, sport, league, home_team, away_team, start_time) values ('8b6f2c1e-6f0a-4e58-9a3f-000000000009', 'NBA', 'NBA', 'Late', 'Later', now());"
    ));
    let verified = walk.done("verify", &[]);
    assert!(verified["passed"] == true && verified["later"].as_u64() >= Some(1), "{verified}");
    assert_eq!(walk.adopt("verify", &["--strict"]).code, Some(1));
    let account = || {
        walk.old
            .database
            .text(&format!("select fingerprint || ' ' || seq from predictive_play.adopted_rows where old_row = 'sports_events/{OURS}'"))
    };
    let accounted = account();
    let again = walk.done("apply", &[]);
    assert!(again["recorded"].as_u64() >= Some(1) && again["recorded"].as_u64() < Some(10), "what others added is taken: {again}");
    let ours = format!("select count(*)::text from predictive_play.listings where provider = 'legacy' and external_id = '{new}'");
    assert_eq!(walk.old.database.text(&ours).as_deref(), Some("0"), "a row that we added is not read as the old database's own word");
    assert_eq!(account(), accounted, "nor a row that we wrote into");
    assert_eq!(walk.done("verify", &[])["later"], 0);
    let done = walk.adopt("rollback", &["--backup", "before", "--drop-schema"]);
    assert!(done.code == Some(1) && done.err.contains("our schema stays"), "{}{}", done.out, done.err);
    for said in [
        "somebody else wrote there after us",
        "public.predictions points to",
        "rows others added",
        "proved: ",
        "public.predictions: holds what others wrote",
    ] {
        assert!(done.out.contains(said), "{said}: {}", done.out);
    }
    assert_eq!((walk.odds_of(OURS), walk.odds_of(OTHER)), (json!({"homeOdds": 1.50, "awayOdds": 2.60}), json!({"homeOdds": 9})));
    assert_eq!(walk.old.database.text(&format!("select count(*)::text from sports_events where id = '{new}'")).unwrap(), "1");
    assert_eq!(walk.old.database.text("select count(*)::text from predictions p where not exists (select from sports_events e where e.id = p.event_id) and p.matchup = 'x'").unwrap(), "0");
    walk.done("verify", &[]);
}

#[test]
fn a_rehearsal_says_where_the_end_would_not_be_proved_and_a_schema_in_use_stays() {
    let Some(walk) = Walk::new(Shape::HalfEnhanced, 31) else { return };
    walk.done("backup", &["--out", "before"]);
    walk.done("apply", &[]);
    walk.hears();
    walk.done("cutover", &["--once", "--unverified"]);
    let rehearse = || walk.adopt("rollback", &["--dry-run", "--backup", "before", "--json"]);
    let told = rehearse();
    assert!(told.code == Some(0) && json(&told)["is_whole"] == true, "{}{}", told.out, told.err);
    // A policy that came since lets nobody write the row, not even its owner.
    walk.old.database.execute(&format!(
        "create function stands() returns trigger language plpgsql as $$ begin return null; end $$;
         create trigger stands before update on sports_events for each row when (old.id = '{OURS}') execute function stands();
         drop table news_articles"
    ));
    let told = rehearse();
    let report = json(&told);
    assert!(told.code == Some(1) && report["is_whole"] == false, "{}{}", told.out, told.err);
    assert_eq!(report["backup"][0]["table"], "public.news_articles");
    let events = report["proofs"].as_array().unwrap().iter().find(|proof| proof["table"] == "sports_events").unwrap();
    assert_eq!(events["unexplained"], json!([OURS]));
    let done = walk.adopt("rollback", &["--backup", "before"]);
    assert!(done.code == Some(1) && done.out.contains("not proved"), "{}{}", done.out, done.err);
    walk.old.database.execute("drop trigger stands on sports_events");
    let done = walk.adopt("rollback", &["--json"]);
    assert!(done.code == Some(0) && json(&done)["is_whole"] == true, "what was stuck goes back now: {}{}", done.out, done.err);
    let lease = "insert into predictive_play.leases (name, holder, until_at) values ('collect', 'up on hosta', (extract(epoch from now()) * 1000000)::bigint + 60000000)";
    walk.old.database.execute(lease);
    let held = walk.adopt("rollback", &["--drop-schema"]);
    assert!(held.code == Some(1) && held.err.contains("up on hosta works on it"), "{}{}", held.out, held.err);
    assert!(walk.old.database.text("select to_regnamespace('predictive_play')::text").is_some());
    walk.old.database.execute("update predictive_play.leases set until_at = 0; alter table historical_odds rename to elsewhere");
    let lost = walk.adopt("rollback", &["--drop-schema"]);
    assert!(lost.code == Some(1) && lost.out.contains("rows cannot be compared"), "{}{}", lost.out, lost.err);
    walk.old.database.execute("alter table elsewhere rename to historical_odds");
    assert_eq!(walk.adopt("rollback", &["--drop-schema"]).code, Some(0));
    assert_eq!(walk.old.database.text("select to_regnamespace('predictive_play')::text"), None);
}

#[test]
fn a_difference_from_the_backup_is_told_by_what_proves_it() {
    let Some(walk) = Walk::new(Shape::HalfEnhanced, 32) else { return };
    walk.done("backup", &["--out", "before"]);
    walk.old.database.execute("update historical_odds set created_at = '2020-01-01Z' where id = (select min(id) from historical_odds)");
    walk.done("apply", &[]);
    walk.hears();
    walk.done("cutover", &["--once", "--unverified"]);
    walk.old.database.execute(&format!(
        "update sports_events set odds = '{{\"homeOdds\": 9}}' where id = '{OTHER}';
         delete from predictions where id = (select id from predictions order by id limit 1);
         alter table news_articles add column read_by text"
    ));
    let done = walk.done("rollback", &["--backup", "before"]);
    let beside = |table: &str| {
        let all = done["backup"].as_array().unwrap();
        let one = all.iter().find(|one| one["table"] == format!("public.{table}")).unwrap();
        [&one["equality"], &one["told_by"]].map(|word| word.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(beside("predictions"), ["written_by_others", "ledger"], "{done}");
    assert_eq!(beside("sports_events"), ["written_by_others", "since_cut_over"], "{done}");
    assert_eq!(beside("news_articles"), ["reshaped", ""], "{done}");
    assert_eq!(beside("bookmakers")[0], "equal", "{done}");
    let lines = beside("historical_odds");
    assert!(lines == ["written_by_others", "before_cut_over"] || lines == ["written_by_others", "ledger"], "{done}");
    assert_eq!(done["is_whole"], true);
}

#[test]
fn a_table_that_was_dropped_for_good_no_longer_holds_our_schema_once_somebody_says_so() {
    let Some(walk) = Walk::new(Shape::HalfEnhanced, 33) else { return };
    walk.done("backup", &["--out", "before"]);
    walk.done("apply", &[]);
    walk.hears();
    walk.done("cutover", &["--once", "--unverified"]);
    let ours = "select count(*)::text from predictive_play.old_rows where old_table = 'odds_data' and undone is null";
    assert_ne!(walk.old.database.text(ours).as_deref(), Some("0"), "we wrote into it");
    let refused = walk.adopt("rollback", &["--dropped", "odds_data"]);
    assert!(refused.code == Some(2) && refused.err.contains("public.odds_data is there"), "{}{}", refused.out, refused.err);
    assert_eq!(walk.done("report", &[])["follower"]["is_on"], true, "refused before anything is stopped");
    walk.old.database.execute("drop table odds_data cascade; drop table news_articles");
    let unknown = walk.adopt("rollback", &["--dropped", "odds_dta"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("odds_dta"), "{}{}", unknown.out, unknown.err);
    let held = walk.adopt("rollback", &["--drop-schema"]);
    assert!(held.code == Some(1) && held.out.contains("--dropped says"), "it may have been renamed: {}{}", held.out, held.err);
    let said = ["--dropped", "odds_data", "--dropped", "news_articles", "--backup", "before"];
    let rehearsed = walk.done("rollback", &[&said[..], &["--dry-run"]].concat());
    assert_eq!(rehearsed["is_whole"], true, "{rehearsed}");
    assert_ne!(walk.old.database.text(ours).as_deref(), Some("0"), "a rehearsal notes nothing");
    let done = walk.done("rollback", &[&said[..], &["--drop-schema"]].concat());
    let gone = done["tables"].as_array().unwrap().iter().find(|one| one["table"] == "odds_data").unwrap();
    assert!(done["is_whole"] == true && gone["gone"].as_u64() > Some(0) && done["schema_stays"] == false, "{done}");
    assert_eq!(walk.old.database.text("select to_regnamespace('predictive_play')::text"), None);
}
