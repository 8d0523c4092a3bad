//! PostgreSQL that crashes under a running `up`, and a wire to it that is cut in the middle of messages: answers say so and come back, collecting
//! waits and goes on, and old tables that follow the log get every row once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use testkit::child::ChildProcess;
use testkit::postgres::{PostgresOptions, TestDatabase, dedicated};
use testkit::provider_server::{Act, ProviderServer};
use testkit::wire::{Way, Wire};

use crate::{Bench, odds_body};

const LONG: Duration = Duration::from_secs(120);
const SPORTS: &str =
    r#"[{"key":"basketball_nba","group":"Basketball","title":"NBA","description":"US Basketball","active":true,"has_outrights":false}]"#;

fn soon() -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A provider whose price is another at each call, for a game that starts soon.
fn provider() -> ProviderServer {
    let (server, soon) = (ProviderServer::start(), soon());
    server.script("/v4/sports", [Act::json(SPORTS)]);
    let mut price = 1000;
    server.answer("/v4/sports/basketball_nba", move |received| {
        price += 1;
        let body = odds_body(&format!("{}.{:03}", price / 1000, price % 1000), &soon);
        let body = body.replace("2026-03-31T20:00:00Z", &jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if received.path.ends_with("/odds") || received.path.ends_with("/events") { Act::json(body) } else { Act::json("[]") }
    });
    server
}

struct Up {
    child: ChildProcess,
    address: String,
}

impl Up {
    fn start(bench: &Bench, settings: &[(&str, &str)]) -> Self {
        let mut child = ChildProcess::start(&mut bench.command(&["up"], settings));
        let line = child.wait_for_line("serving on http://", LONG).unwrap();
        Self { child, address: line.rsplit('/').next().unwrap().to_owned() }
    }

    /// The status and the whole answer.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    fn wait_for(&self, path: &str, status: u16) -> String {
        let until = Instant::now() + LONG;
        loop {
            let (found, answer) = self.get(path);
            if found == status {
                return answer;
            }
            assert!(Instant::now() < until, "{path} is not {status}: {answer}\n{}", self.child.said_so_far());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn entries_of_odds(database: &TestDatabase) -> i64 {
    let sql = "select count(*)::text from predictive_play.entries where endpoint = 'odds'";
    database.text(sql).unwrap().parse().unwrap()
}

fn wait_for_entries(up: &Up, database: &TestDatabase, many: i64) {
    let until = Instant::now() + LONG;
    while entries_of_odds(database) < many {
        let said = up.child.said_so_far();
        assert!(Instant::now() < until && !said.contains("panicked"), "no {many} entries: {said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Odds of one sport, asked for as often as may be.
fn settings<'a>(database: &'a str, base: &'a str) -> [(&'static str, &'a str); 10] {
    [
        ("DATABASE_URL", database),
        ("PREDICTIVE_PLAY_LISTEN", "127.0.0.1:0"),
        ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ("THE_ODDS_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("THE_ODDS_API_BASE_URL", base),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
        ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", "none"),
        ("PREDICTIVE_PLAY_CADENCE_ODDS", "10s"),
        ("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "100000"),
        ("RUST_BACKTRACE", "1"),
    ]
}

/// Every entry once, in its order, and nothing left to record.
fn assert_whole(database: &TestDatabase) {
    let sums = "select concat_ws(' ', count(*) = max(seq), count(*) = count(distinct reply_id)) from predictive_play.entries";
    assert_eq!(database.text(sums).as_deref(), Some("t t"));
    assert_eq!(database.text("select count(*)::text from predictive_play.replies where state = 'pending'").as_deref(), Some("0"));
}

#[test]
fn a_server_that_crashes_under_up_is_told_and_collecting_goes_on_after() {
    let Some(mut cluster) = dedicated(&PostgresOptions::default()) else { return };
    let (bench, database, provider) = (Bench::set_up(), cluster.database(), provider());
    let base = provider.url();
    let up = Up::start(&bench, &settings(&database.url, &base));
    wait_for_entries(&up, &database, 1);
    up.wait_for("/readyz", 200);
    up.wait_for("/v1/decisions", 200);
    cluster.stop_immediate();
    for path in ["/readyz", "/v1/decisions"] {
        let answer = up.wait_for(path, 503);
        assert!(answer.contains("application/problem+json") && answer.contains("PostgreSQL"), "{path}: {answer}");
    }
    assert_eq!(up.get("/livez").0, 200);
    cluster.restart().unwrap();
    up.wait_for("/readyz", 200);
    up.wait_for("/v1/decisions", 200);
    let before = entries_of_odds(&database);
    wait_for_entries(&up, &database, before + 1);
    up.child.interrupt();
    let ended = up.child.finish(LONG).unwrap();
    assert!(ended.code == Some(0) && !ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_whole(&database);
}

/// An old database with the provider's game in one row.
const OLD_GAME: &str = r#"
create table sports_events (id uuid primary key, sport text not null, league text not null, home_team text not null, away_team text not null,
    start_time timestamptz not null, odds jsonb not null default '{}', stats jsonb default '{}', status text default 'scheduled',
    created_at timestamptz default now(), updated_at timestamptz default now());
insert into sports_events (id, sport, league, home_team, away_team, start_time, odds) values ('8b6f2c1e-6f0a-4e58-9a3f-000000000001', 'NBA', 'NBA',
    'Boston Celtics', 'Miami Heat', '@soon', '{"homeOdds": 1.50, "awayOdds": 2.60}');
"#;
/// Where the wire is cut: after so many bytes more, in the middle of a message.
const CUTS: [(u64, Way); 8] = [
    (41, Way::FromServer),
    (3_001, Way::ToServer),
    (17, Way::ToServer),
    (9_001, Way::FromServer),
    (701, Way::ToServer),
    (1, Way::FromServer),
    (20_011, Way::ToServer),
    (60_013, Way::FromServer),
];

fn home_odds(database: &TestDatabase) -> f64 {
    database.text("select odds ->> 'homeOdds' from sports_events").unwrap().parse().unwrap()
}

/// Waits until the old row holds another price than this. A minute passes each time, as far as the follower's pace knows.
fn wait_for_old_row(up: &Up, database: &TestDatabase, before: f64) {
    let until = Instant::now() + LONG;
    while (home_odds(database) - before).abs() < 1e-9 {
        database.execute(
            "update predictive_play.old_rows set written_at = written_at - interval '2 minutes'; update predictive_play.old_due set not_before = null",
        );
        assert!(Instant::now() < until, "the old row stays at {before}: {}", up.child.said_so_far());
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_wire_that_is_cut_in_the_middle_of_messages_costs_no_entry_and_no_old_row() {
    let Some(cluster) = dedicated(&PostgresOptions::default()) else { return };
    let (bench, database, provider) = (Bench::set_up(), cluster.database(), provider());
    database.execute(&OLD_GAME.replace("@soon", &soon()));
    for step in [&["apply"][..], &["verify"], &["cutover"]] {
        let ended = bench.run_with(&[&["adopt"], step, &["--from", &database.url]].concat(), &[]);
        assert_eq!(ended.code, 0, "{step:?}: {}{}", ended.out, ended.err);
    }
    let (wire, base) = (Wire::to(SocketAddr::from(([127, 0, 0, 1], cluster.port()))), provider.url());
    let way = wire.through(&database.url);
    let up = Up::start(&bench, &settings(&way, &base));
    wait_for_entries(&up, &database, 1);
    wait_for_old_row(&up, &database, 1.5);
    for (n, (bytes, way)) in CUTS.into_iter().enumerate() {
        let (carried, until) = (wire.carried(way), Instant::now() + LONG);
        wire.cut_after(bytes, way);
        while wire.carried(way) < carried + bytes {
            assert!(Instant::now() < until, "{bytes} bytes {way:?}: {}", up.child.said_so_far());
            std::thread::sleep(Duration::from_millis(10));
        }
        if n % 3 == 2 {
            wait_for_entries(&up, &database, entries_of_odds(&database) + 1);
        }
    }
    wire.delay(Duration::from_millis(15));
    wait_for_entries(&up, &database, entries_of_odds(&database) + 1);
    wire.mend();
    wire.break_now();
    for path in ["/readyz", "/v1/decisions"] {
        let answer = up.wait_for(path, 503);
        assert!(answer.contains("application/problem+json") && answer.contains("PostgreSQL"), "{path}: {answer}");
    }
    assert_eq!(up.get("/livez").0, 200);
    let (before, held) = (entries_of_odds(&database), home_odds(&database));
    wire.mend();
    up.wait_for("/readyz", 200);
    up.wait_for("/v1/decisions", 200);
    wait_for_entries(&up, &database, before + 1);
    wait_for_old_row(&up, &database, held);
    up.child.interrupt();
    let ended = up.child.finish(LONG).unwrap();
    assert!(ended.code == Some(0) && !ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_whole(&database);
    let ledger = "select string_agg(concat_ws(' ', field, before, state), ', ' order by field) from predictive_play.old_fields";
    assert_eq!(database.text(ledger).as_deref(), Some("odds.awayOdds 2.60 ours, odds.homeOdds 1.50 ours"), "one row, as it was before");
    let direct = [("DATABASE_URL", database.url.as_str())];
    let again = bench.run_with(&["rebuild", "--into", "sqlite:again.db", "--verify"], &direct);
    assert_eq!(again.code, 0, "the archive alone makes the same store: {}{}", again.out, again.err);
    let back = bench.run_with(&["adopt", "rollback", "--from", &database.url], &[]);
    assert!(back.code == 0 && back.out.contains("proved: "), "{}{}", back.out, back.err);
    assert_eq!(database.text("select odds::text from sports_events").as_deref(), Some(r#"{"awayOdds": 2.60, "homeOdds": 1.50}"#));
}
