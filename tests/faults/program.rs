//! The program as its own process against the scripted provider: its settings, its store, and what SQL sees of its ledger.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use odds::Moment;
use odds::names::Interner;
use odds::{ReplyId, Seq};
use predictive_play::clock::{Clock, WallClock};
use store::Store;
use store::asks::AskRow;
use testkit::bodies::{Drift, Shape, World};
use testkit::child::{ChildProcess, Finished};
use testkit::postgres::TestDatabase;
use testkit::provider_server::{Act, CreditsMeter, ProviderServer};

use crate::house::{KEY, ODDS, cost, provider};
use crate::route;

/// No process is waited for longer, however loaded the machine is.
pub const LONG: Duration = Duration::from_secs(300);

/// A folder and a database for processes, and the provider that they ask.
pub struct Site {
    pub server: ProviderServer,
    pub meter: CreditsMeter,
    pub folder: tempfile::TempDir,
    pub address: String,
    world: Arc<Mutex<World>>,
    _database: Option<TestDatabase>,
}

impl Site {
    pub fn new(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = || format!("sqlite:{}", folder.path().join("pp.db").display());
        let address = database.as_ref().map_or_else(file, |database| database.url.clone());
        let meter = CreditsMeter::with(0, 90_000_000);
        let world = World::new(9, Shape::FEATURED, WallClock::default().now());
        let server = provider(&meter, &world);
        let site = Self { server, meter, folder, address, world: Arc::new(Mutex::new(world)), _database: database };
        site.answer_odds(|act| act);
        site.server.bill(ODDS, &site.meter, cost);
        site
    }

    /// Every ask for odds is answered with prices that have moved, in the way that `act` makes of it.
    pub fn answer_odds(&self, act: impl Fn(Act) -> Act + Send + 'static) {
        let world = Arc::clone(&self.world);
        self.server.answer(ODDS, move |received| {
            let mut world = world.lock().unwrap();
            let secs = (received.at.secs() - world.now().secs()).max(0);
            world.advance(u32::try_from(secs).unwrap(), &Drift::CALM);
            act(Act::json(world.odds().body))
        });
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of the program on this site.
    pub fn start(&self, arguments: &[&str]) -> ChildProcess {
        self.start_on("127.0.0.1:0", arguments)
    }

    /// The same, listening elsewhere than on loopback.
    pub fn start_on(&self, listen: &str, arguments: &[&str]) -> ChildProcess {
        let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("RUST_LOG", "info");
        command.env("DATABASE_URL", &self.address).env("PREDICTIVE_PLAY_DATA_DIR", self.data());
        command.env("PREDICTIVE_PLAY_LISTEN", listen).env("NO_PROXY", "*");
        command.env("THE_ODDS_API_KEY", KEY).env("THE_ODDS_API_BASE_URL", self.server.url());
        command.env("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false").env("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba");
        command.env("PREDICTIVE_PLAY_ASK_PROP_MARKETS", "").env("PREDICTIVE_PLAY_CADENCE_ODDS", "10s");
        ChildProcess::start(&mut command)
    }

    pub fn store(&self) -> Store {
        Store::open(&self.address, None, self.data().join("archive")).unwrap()
    }

    /// Waits until odds were asked for so many times in all.
    pub fn wait_for_odds(&self, count: usize, child: &ChildProcess) {
        let came = self.server.wait_for(ODDS, count, LONG);
        assert_eq!(came, Ok(()), "of {count} asks for odds; the process said:\n{}", child.said_so_far());
    }
}

pub fn asks(store: &Store) -> Vec<AskRow> {
    store.asks_since("the-odds-api", Moment::from_secs(0)).unwrap()
}

/// Ctrl-C, and a clean end.
pub fn ended(child: ChildProcess) -> Finished {
    child.interrupt();
    let finished = child.finish(LONG).unwrap();
    assert_eq!(finished.code, Some(0), "{}{}", finished.stdout, finished.stderr);
    assert!(!finished.stderr.contains("panicked") && !finished.stderr.contains(KEY), "{}", finished.stderr);
    finished
}

/// Waits until something holds.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < until, "{what} did not come to hold");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Every entry of the log in order, each once, without a hole; gives their replies.
pub fn entries(store: &Store) -> Vec<ReplyId> {
    let (mut words, mut after, mut replies) = (Interner::default(), Seq(0), Vec::new());
    loop {
        let entries = store.entries_after(after, 64, &mut words).unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            assert_eq!(entry.seq.0, after.0 + 1, "no gap and no double in the log");
            after = entry.seq;
            replies.push(entry.reply);
        }
    }
    assert_eq!(store.head().unwrap().seq, after);
    let mut once = replies.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), replies.len(), "no reply is recorded twice");
    replies
}

/// A single writer, given the archive alone, makes the same store.
pub fn assert_as_a_single_writer(store: &Store, data: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("single.db").display());
    let single = route::recorder_on(Store::open(&address, None, data.join("archive")).unwrap());
    predictive_play::rebuild::rebuild(&single, &mut |_, _| {}).unwrap();
    assert_eq!(predictive_play::rebuild::compare(store, single.store()).unwrap(), None);
}

/// Each call that arrived has its row; credits are what was billed, and what was set aside for intents that never left. Gives the rows.
pub fn assert_credits(site: &Site, store: &Store) -> Vec<AskRow> {
    let rows = asks(store);
    let lost: Vec<&AskRow> = rows.iter().filter(|row| row.outcome == "lost").collect();
    let (of_rows, calls) = (rows.iter().filter(|row| row.reserved == 3).count(), site.server.count(ODDS));
    let never_left = of_rows - calls;
    assert!(never_left <= lost.len(), "{never_left} intents for odds never left, {} are listed as lost", lost.len());
    let spent = store.credits_since("the-odds-api", Moment::from_secs(0)).unwrap();
    let other_lost: i64 = lost.iter().filter(|row| row.reserved != 3).map(|row| row.spent()).sum();
    assert_eq!(spent, site.meter.spent() + 3 * never_left as i64 + other_lost, "{rows:#?}");
    assert!(lost.iter().all(|row| row.billed.is_none() && row.spent() == row.reserved && !row.detail.is_empty()), "{lost:#?}");
    rows
}
