//! The program as its own process, killed at any moment of a back-fill: nothing is lost, and nothing is paid twice but what was under way.

use std::process::Command;
use std::time::Duration;

use store::Store;
use testkit::child::ChildProcess;
use testkit::history::HISTORY;
use testkit::provider_server::{CreditsMeter, ProviderServer};

use crate::house::{KEY, lost, season, settled, snapshots};

const LONG: Duration = Duration::from_secs(1_800);

pub struct Site {
    folder: tempfile::TempDir,
    server: ProviderServer,
    pub meter: CreditsMeter,
}

impl Site {
    pub fn new(days: usize, pause_ms: u64) -> Self {
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
        let first = ["backfill", "run", "--json", "--provider", "the-odds-api", "--sport", "basketball_nba", "--from", "2025-01-06"];
        let second = ["--to", to, "--markets", "h2h,totals", "--max-credits", "100000", "--resolution", "open-close"];
        self.begin(&[&first[..], &second].concat())
    }

    /// Runs a command to its end, with an exit code, and gives what it printed.
    pub fn run(&self, arguments: &[&str], code: i32) -> String {
        let finished = self.begin(arguments).finish(LONG).unwrap();
        assert_eq!(finished.code, Some(code), "{}{}", finished.stdout, finished.stderr);
        finished.stdout
    }

    fn begin(&self, arguments: &[&str]) -> ChildProcess {
        let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
        command.args(arguments);
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

/// Kills so many times, each at a request that a seed chooses, and holds the outcome against a run that nothing broke. The provider's
/// answers and the kill race each other, so a life ends with its calls in any state.
fn killed(days: usize, to: &str, kills: usize) {
    let (broken, whole) = (Site::new(days, 5), Site::new(days, 0));
    whole.end(to);
    let (mut seed, mut left_open): (u64, usize) = (7, 0);
    for kill in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Past what is asked again: nothing is to die twice here.
        let at = broken.server.count(HISTORY) + left_open + 1 + (seed >> 33) as usize % 7;
        let child = broken.start(to);
        let reached = broken.server.wait_for(HISTORY, at, LONG);
        let finished = child.kill();
        assert_eq!(reached, Ok(()), "kill {kill}: {}{}", finished.stdout, finished.stderr);
        assert_eq!(finished.signal, Some(9), "kill {kill} came before the end");
        let store = broken.store();
        left_open = store.open_asks("the-odds-api").unwrap().len();
        // The lease of the dead runs out.
        for name in ["the-odds-api", "espn"].map(|key| format!("{}{key}", store::backfill::PURPOSE)) {
            let far = odds::Moment::MAX;
            assert!(store.take_lease(&name, "undertaker", far, far).unwrap());
            store.give_lease(&name, "undertaker").unwrap();
        }
    }
    broken.end(to);
    settled((&broken.store(), &broken.server, &broken.meter), &whole.store());
}

#[test]
fn killed_ten_times_it_loses_nothing_and_pays_for_nothing_twice() {
    killed(40, "2025-02-14", 10);
}

#[test]
fn ctrl_c_ends_it_after_the_calls_at_hand_and_it_goes_on_where_it_stood() {
    let (broken, whole) = (Site::new(20, 5), Site::new(20, 0));
    whole.end("2025-01-25");
    let child = broken.start("2025-01-25");
    broken.server.wait_for(HISTORY, 12, LONG).unwrap();
    child.interrupt();
    let finished = child.finish(LONG).unwrap();
    assert_eq!(finished.code, Some(130), "{}{}", finished.stdout, finished.stderr);
    let told: serde_json::Value = serde_json::from_str(finished.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&told["ended"], &told["bill"]["not_delivered"]), (&"stopped".into(), &serde_json::json!([])), "{told}");
    assert!(finished.stderr.contains("games with their close"), "{}", finished.stderr);
    let store = broken.store();
    assert!(store.open_asks("the-odds-api").unwrap().is_empty() && lost(&store).is_empty());
    drop(store);
    // Nobody's lease has to run out.
    broken.end("2025-01-25");
    settled((&broken.store(), &broken.server, &broken.meter), &whole.store());
    assert!(snapshots(&broken.server).values().all(|times| *times == 1));
}

#[test]
#[ignore = "takes minutes: make soak"]
fn killed_fifty_times_through_a_year() {
    killed(365, "2026-01-05", 50);
}
