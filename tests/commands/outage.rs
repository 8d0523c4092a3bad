//! PostgreSQL that crashes under a running `up`: answers say so and come back, and collecting waits and goes on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use testkit::child::ChildProcess;
use testkit::postgres::{PostgresOptions, TestDatabase, dedicated};
use testkit::provider_server::{Act, ProviderServer};

use crate::{Bench, odds_body};

const LONG: Duration = Duration::from_secs(120);
const SPORTS: &str =
    r#"[{"key":"basketball_nba","group":"Basketball","title":"NBA","description":"US Basketball","active":true,"has_outrights":false}]"#;

/// A provider whose price is another at each call, for a game that starts soon.
fn provider() -> ProviderServer {
    let server = ProviderServer::start();
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
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

#[test]
fn a_server_that_crashes_under_up_is_told_and_collecting_goes_on_after() {
    let Some(mut cluster) = dedicated(&PostgresOptions::default()) else { return };
    let (bench, database, provider) = (Bench::set_up(), cluster.database(), provider());
    let base = provider.url();
    let settings = [
        ("DATABASE_URL", database.url.as_str()),
        ("PREDICTIVE_PLAY_LISTEN", "127.0.0.1:0"),
        ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ("THE_ODDS_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("THE_ODDS_API_BASE_URL", base.as_str()),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
        ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", "none"),
        ("PREDICTIVE_PLAY_CADENCE_ODDS", "10s"),
        ("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "100000"),
        ("RUST_BACKTRACE", "1"),
    ];
    let up = Up::start(&bench, &settings);
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
    let sums = "select concat_ws(' ', count(*) = max(seq), count(*) = count(distinct reply_id)) from predictive_play.entries";
    assert_eq!(database.text(sums).as_deref(), Some("t t"));
    assert_eq!(database.text("select count(*)::text from predictive_play.replies where state = 'pending'").as_deref(), Some("0"));
}
