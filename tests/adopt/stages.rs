//! An old database at each stage of the way: as it was, taken over, cut over. Each test gets copies, runs a step on one, and compares all
//! that is in it with what an undisturbed run left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use odds::reply::{Basis, Reply, Request};
use postgres::{Client, NoTls};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Retention, RowsFollower};
use predictive_play::record::Recorder;
use serde_json::{Value, json};
use store::Store;
use testkit::child::ChildProcess;
use testkit::legacy::Recipe;
use testkit::postgres::{PostgresCluster, PostgresOptions, TestDatabase, dedicated};

use crate::rig::command;

/// A step of the way, as one command does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The schema beside the old tables, and every row.
    TakeOver,
    /// The old tables follow the log.
    CutOver,
    /// What was written into them goes back.
    RollBack,
}

impl Step {
    pub const ALL: [Self; 3] = [Self::TakeOver, Self::CutOver, Self::RollBack];

    /// The template that it begins from.
    const fn before(self) -> &'static str {
        match self {
            Self::TakeOver => "as_it_was",
            Self::CutOver => "taken_over",
            Self::RollBack => "cut_over",
        }
    }

    /// The command that does it, or what is left of it.
    pub fn command(self, url: &str, folder: &Path) -> Command {
        let arguments: &[&str] = match self {
            Self::TakeOver => &["apply"],
            Self::CutOver => &["cutover", "--once", "--unverified"],
            Self::RollBack => &["rollback"],
        };
        let data = folder.display().to_string();
        command(folder, &[&["adopt"], arguments, &["--from", url]].concat(), &[("PREDICTIVE_PLAY_DATA_DIR", &data)])
    }

    /// Does it in a process of its own.
    pub fn run(self, url: &str, folder: &Path) -> Result<(), String> {
        let ended = ChildProcess::start(&mut self.command(url, folder)).finish(LONG)?;
        if ended.code == Some(0) { Ok(()) } else { Err(format!("{}{}", ended.stdout, ended.stderr)) }
    }
}

const LONG: Duration = Duration::from_secs(3600);

pub fn recorder(url: &str, folder: &Path) -> Recorder {
    let store = Arc::new(Store::open(url, None, folder.join("archive")).unwrap());
    Recorder::new(store, Providers::all(), Arc::new(WallClock::default()))
}

/// Reads the log on to its end.
pub fn follow(recorder: &Recorder) {
    let rows = RowsFollower::new(Providers::all(), Retention::default());
    let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
    Follower::new(Arc::clone(recorder.store()), clock, rows).catch_up().unwrap();
}

/// Live odds of every game in the old rows, and of one that is not there: a reply for each sport.
pub fn hear(recorder: &Recorder, url: &str, price: f64) {
    let sql =
        "select sport_key::text, id::text, home_team, away_team, to_char(start_time at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
        from sports_events where isfinite(start_time) and sport_key is not null order by id";
    let mut sports: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in Client::connect(url, NoTls).unwrap().query(sql, &[]).unwrap() {
        let sport: String = row.get(0);
        let id = row.get::<_, String>(1).replace('-', "");
        let game = game(&sport, &id, (row.get(2), row.get(3)), row.get(4), price);
        sports.entry(sport).or_default().push(game);
    }
    let new =
        game("baseball_mlb", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", ("Montreal Expos", "Brooklyn Dodgers"), "2031-01-01T00:00:00Z", price);
    sports.entry("baseball_mlb".to_owned()).or_default().push(new);
    for (sport, games) in sports {
        let (request, headers, body) = (Request::default().with("markets", "h2h"), Default::default(), Value::from(games).to_string());
        let reply = Reply {
            provider: "the-odds-api",
            endpoint: "odds",
            request: &request,
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            fetched_at: WallClock::default().now(),
            basis: Basis::Fetched,
            sport: Some(&sport),
        };
        assert!(recorder.take(&[reply], None).unwrap()[0].seq.is_some());
    }
}

fn game(sport: &str, id: &str, (home, away): (&str, &str), start: &str, price: f64) -> Value {
    let market = json!({"key": "h2h", "outcomes": [{"name": home, "price": price}, {"name": away, "price": 2.1}]});
    json!({"id": id, "sport_key": sport, "sport_title": sport, "commence_time": start, "home_team": home, "away_team": away,
        "bookmakers": [{"key": "draftkings", "title": "DraftKings", "markets": [market]}]})
}

/// A server of one test's own, with the database at each stage.
pub struct Stages {
    pub cluster: PostgresCluster,
    folder: tempfile::TempDir,
}

/// Two leagues play next month, so that live odds stand.
const STILL_TO_COME: &str =
    "update sports_events set status = 'scheduled', start_time = start_time + (date_trunc('day', now()) - '2023-11-01')
    where sport_key in ('baseball_mlb', 'icehockey_nhl') and start_time between '2023-01-01' and '2024-02-01'";

/// A copy of a stage: the database and the archive beside it.
pub struct Copy {
    pub database: TestDatabase,
    pub folder: tempfile::TempDir,
}

impl Stages {
    /// `None`, and a line that says so, where PostgreSQL is not installed.
    pub fn of(recipe: &Recipe) -> Option<Self> {
        // a crash of the server keeps what the system was handed: only a crash of the machine would need more
        let stages = Self {
            cluster: dedicated(&PostgresOptions { fsync: false, ..PostgresOptions::default() })?,
            folder: tempfile::tempdir().unwrap(),
        };
        let url = |stage: &str| stages.cluster.url(stage);
        stages.cluster.template("as_it_was", |url| {
            drop(testkit::legacy::fill(url, recipe));
            Client::connect(url, NoTls).unwrap().batch_execute(STILL_TO_COME).unwrap();
        });
        std::fs::create_dir_all(stages.archive("as_it_was")).unwrap();
        stages.stage("taken_over", Step::TakeOver, |recorder| {
            hear(recorder, &url("taken_over"), 1.8);
            follow(recorder);
        });
        stages.stage("cut_over", Step::CutOver, |_| {});
        Some(stages)
    }

    fn archive(&self, stage: &str) -> PathBuf {
        self.folder.path().join(stage)
    }

    /// Makes the next stage from the one before a step.
    fn stage(&self, name: &str, step: Step, then: impl FnOnce(&Recorder)) {
        let folder = self.archive(name);
        copy(&self.archive(step.before()), &folder);
        self.cluster.template_from(name, step.before(), |url| {
            step.run(url, &folder).unwrap();
            then(&recorder(url, &folder));
        });
    }

    /// A copy of the stage that a step begins from.
    pub fn before(&self, step: Step) -> Copy {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.archive(step.before()), folder.path());
        let database = self.cluster.database_from(step.before());
        // a sequence that was copied with its database is not in the write-ahead log until a checkpoint: a crash would set it back
        database.execute("checkpoint");
        Copy { database, folder }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    assert!(Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap().success());
}

/// All that is to be the same after a kill: by what it is.
pub type State = Vec<(&'static str, String)>;

const ACCOUNT: &str = "select concat_ws(' ', old_table, old_id, outcome, event_id, reason) from predictive_play.adopted order by 1";
/// A row that was added under a number of a sequence gets another at the second try: what is in it is to be the same.
const LEDGER: &str = "select concat_ws(' ', old_table, case when row_key ~ '^[0-9]+$' then 'n' else row_key end, what) from (
        select old_table, row_key, concat_ws(' ', field, before, written, asked, state) as what from predictive_play.old_fields
        union all select old_table, row_key, concat_ws(' ', is_added, event_id, undone, apart) from predictive_play.old_rows) l order by 1";
/// Who may do what in our schema, by the names that others grant to as well.
const RIGHTS: &str = "select concat_ws(' ', c.relname, a) from pg_class c, unnest(c.relacl) a
    where c.relnamespace = 'predictive_play'::regnamespace union select concat_ws(' ', n.nspname, a) from pg_namespace n, unnest(n.nspacl) a
    where n.nspname = 'predictive_play' order by 1";
const OLD_TABLES: &str = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1";

impl Copy {
    /// What is in it. Columns that the old trigger sets by the clock are left out once we write: they are not ours.
    pub fn state(&self, step: Step) -> State {
        let mut client = Client::connect(&self.database.url, NoTls).unwrap();
        let mut texts = |sql: &str| client.query(sql, &[]).unwrap().iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>();
        let own = |name, sql: &str, texts: &mut dyn FnMut(&str) -> Vec<String>| (name, texts(sql).join("\n"));
        let by_clock = match step {
            Step::TakeOver => "",
            _ => " - 'updated_at' - 'created_at' - case jsonb_typeof(to_jsonb(t) -> 'id') when 'number' then 'id' else '' end",
        };
        let mut state = vec![own("account", ACCOUNT, &mut texts), own("ledger", LEDGER, &mut texts), own("rights", RIGHTS, &mut texts)];
        let tables = texts(OLD_TABLES);
        let hash = |table: &String| {
            format!(
                "select '{table} ' || coalesce(md5(string_agg(r, '' order by r)), '') from (select (to_jsonb(t){by_clock})::text as r from public.\"{table}\" t) h"
            )
        };
        state.push(("old tables", tables.iter().flat_map(|table| texts(&hash(table))).collect::<Vec<_>>().join("\n")));
        let recorder = recorder(&self.database.url, self.folder.path());
        assert_eq!(recorder.store().pending_replies(10).unwrap().len(), 0, "nothing waits");
        let mut dump = Vec::new();
        predictive_play::dump::canonical(recorder.store(), &mut dump).unwrap();
        state.push(("store", timeless(&String::from_utf8(dump).unwrap())));
        state
    }
}

/// The dump without what depends on when the rows were looked at: a row without a time of its own gets that moment, and the page that it
/// came in is named by it.
fn timeless(dump: &str) -> String {
    const EARLIEST_LOOK: &str = "2024-06-01";
    let mut lines = Vec::new();
    let mut listing = "";
    for line in dump.lines().filter(|line| !line.starts_with("reply ") && !line.starts_with("  problem ")) {
        let told = line.strip_prefix("  ").and_then(|line| Some((line.split_once(' ')?.0, line.splitn(3, ' ').nth(2)?)));
        match told {
            Some((at, what)) => lines.push(format!("{listing} {} {what}", if at > EARLIEST_LOOK { "looked at" } else { at })),
            None => {
                listing = line;
                lines.push(line.to_owned());
            }
        }
    }
    lines.sort();
    lines.join("\n")
}

/// Where two states differ, in words; `None` where nowhere.
pub fn difference(is: &State, should: &State) -> Option<String> {
    let (what, is, should) = is.iter().zip(should).find(|(is, should)| is != should).map(|(is, should)| (is.0, &is.1, &should.1))?;
    let lines = |text: &str, other: &str| {
        let other: std::collections::BTreeSet<&str> = other.lines().collect();
        text.lines().filter(|line| !other.contains(line)).take(5).collect::<Vec<_>>().join("\n  ")
    };
    Some(format!(
        "{what}: {} lines, not {}; only here:\n  {}\nonly there:\n  {}",
        is.lines().count(),
        should.lines().count(),
        lines(is, should),
        lines(should, is)
    ))
}
