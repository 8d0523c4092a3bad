//! The program as its own process, killed at any moment of a back-fill: nothing is lost, and nothing is paid twice but what was under way.

use std::process::Command;
use std::time::Duration;

use store::Store;
use testkit::child::ChildProcess;
use testkit::history::HISTORY;
use testkit::provider_server::{CreditsMeter, ProviderServer};

use crate::house::{KEY, said, season, snapshots};

const LONG: Duration = Duration::from_secs(300);

struct Site {
    folder: tempfile::TempDir,
    server: ProviderServer,
    meter: CreditsMeter,
}

impl Site {
    fn new(days: usize, pause_ms: u64) -> Self {
        let (server, meter) = (ProviderServer::start(), CreditsMeter::with(0, 1_000_000));
        let mut history = season(days);
        history.pause = Duration::from_millis(pause_ms);
        history.answer_at(&server, &meter);
        Self { folder: tempfile::tempdir().unwrap(), server, meter }
    }

    fn address(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("pp.db").display())
    }

    fn start(&self, to: &str) -> ChildProcess {
        let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
        command.args(["backfill", "run", "--json", "--provider", "the-odds-api", "--sport", "basketball_nba", "--from", "2025-01-06"]);
        command.args(["--to", to, "--markets", "h2h,totals", "--max-credits", "100000"]);
        command.current_dir(self.folder.path()).env_clear().env("RUST_LOG", "warn").env("NO_PROXY", "*");
        command.env("DATABASE_URL", self.address()).env("PREDICTIVE_PLAY_DATA_DIR", self.folder.path().join("data"));
        command.env("THE_ODDS_API_KEY", KEY).env("THE_ODDS_API_BASE_URL", self.server.url()).env("ESPN_BASE_URL", self.server.url());
        command.env("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba").env("PREDICTIVE_PLAY_ASK_PROP_MARKETS", "");
        ChildProcess::start(&mut command)
    }

    fn store(&self) -> Store {
        Store::open(&self.address(), None, self.folder.path().join("data").join("archive")).unwrap()
    }

    fn end(&self, to: &str) {
        let finished = self.start(to).finish(LONG).unwrap();
        assert_eq!(finished.code, Some(0), "{}{}", finished.stdout, finished.stderr);
    }
}

/// Kills so many times, at moments that a seed chooses, and holds the outcome against a run that nothing broke.
fn killed(days: usize, to: &str, kills: usize) {
    let (broken, whole) = (Site::new(days, 5), Site::new(days, 0));
    whole.end(to);
    let calls = whole.server.count(HISTORY);
    let mut seed: u64 = 7;
    for kill in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let child = broken.start(to);
        let at = (calls * (kill + 1) / (kills + 1)).max(broken.server.count(HISTORY) + 1).min(calls);
        // A run that has nothing left to ask has ended by itself.
        let _ = broken.server.wait_for(HISTORY, at, Duration::from_secs(60));
        std::thread::sleep(Duration::from_micros(seed >> 50));
        child.kill();
        let name = format!("{}{}", store::backfill::PURPOSE, "the-odds-api");
        let keyless = format!("{}{}", store::backfill::PURPOSE, "espn");
        // The lease of the dead runs out.
        let store = broken.store();
        for name in [name, keyless] {
            let far = odds::Moment::MAX;
            assert!(store.take_lease(&name, "undertaker", far, far).unwrap());
            store.give_lease(&name, "undertaker").unwrap();
        }
    }
    broken.end(to);
    let (store, other) = (broken.store(), whole.store());
    let asks = store.asks_since("the-odds-api", odds::Moment::from_secs(0)).unwrap();
    let lost: Vec<_> = asks.iter().filter(|row| row.outcome == "lost").collect();
    for ((path, stamp), times) in snapshots(&broken.server) {
        let excused = lost.iter().filter(|row| row.request.contains(path.split(' ').next().unwrap())).count();
        assert!(times <= 2 && (times == 1 || excused > 0), "{path} of {stamp} was asked {times} times, {} are lost", lost.len());
    }
    let twice: i64 = snapshots(&broken.server).values().map(|times| *times as i64 - 1).sum();
    assert!(twice <= lost.len() as i64, "{twice} were asked twice, {} are listed as lost", lost.len());
    let never_left = lost.len() as i64 - twice;
    let spent = store.credits_since("the-odds-api", odds::Moment::from_secs(0)).unwrap();
    assert!(
        spent >= broken.meter.spent() && spent <= broken.meter.spent() + 20 * never_left.max(0) + 20 * twice,
        "{spent} {}",
        broken.meter.spent()
    );
    assert_same(&said(&store), &said(&other));
}

fn assert_same(one: &[String], other: &[String]) {
    let differs = one.iter().zip(other).find(|(a, b)| a != b);
    assert!(one.len() > 100 && one.len() == other.len() && differs.is_none(), "{} and {} lines: {differs:#?}", one.len(), other.len());
}

#[test]
#[ignore = "open: a run that is killed may ask a snapshot more than one that nothing broke, and then the two histories differ"]
fn killed_ten_times_it_loses_nothing_and_pays_for_nothing_twice() {
    killed(40, "2025-02-14", 10);
}

#[test]
#[ignore = "takes minutes: make soak"]
fn killed_fifty_times_through_a_year() {
    killed(365, "2026-01-05", 50);
}
