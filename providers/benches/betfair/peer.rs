//! The peer of the exchange's stream: `betfairlightweight`, in a folder of its own below target/, and what is compared with it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use providers::betfair_historic::{Level, Market, Stream};

/// The version that is compared with.
pub const PEER: &str = "betfairlightweight==2.24.0";

/// The workspace's folder, be this compiled in it or in a room of it.
fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).unwrap_or(own)
}

/// Where the peer is set up.
pub fn folder() -> PathBuf {
    root().join("target/betfair-peer")
}

/// The peer's own Python, where it is set up.
pub fn python() -> Option<PathBuf> {
    let python = folder().join("bin/python");
    python.is_file().then_some(python)
}

/// What the peer prints of a file.
pub fn run(python: &Path, arguments: &[&str]) -> String {
    let script = root().join("providers/benches/betfair/peer.py");
    let output = Command::new(python).arg(script).args(arguments).output().expect("the peer starts");
    assert!(output.status.success(), "the peer failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the peer prints text")
}

/// Figures that are the same each time (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

fn levels(levels: impl IntoIterator<Item = Level>) -> String {
    levels.into_iter().map(|level| format!("{}@{}", level.price, level.size)).collect::<Vec<_>>().join(",")
}

/// What stands in a market, in the form in which the peer prints it.
fn shown(millis: i64, market: &Market<'_>) -> String {
    let is_in_play = if market.is_in_play() { "True" } else { "False" };
    let mut line = format!("{millis} {} {} {is_in_play} {} ", market.id, market.status(), market.traded_volume);
    let mut runners: Vec<_> = market.runners.iter().collect();
    runners.sort_by_key(|runner| (runner.id, runner.handicap));
    for (at, runner) in runners.into_iter().enumerate() {
        let last = runner.last_traded.map_or_else(|| "-".to_owned(), |price| price.to_string());
        let gap = if at > 0 { " " } else { "" };
        let (back, lay) = (levels(runner.back_levels(3)), levels(runner.lay_levels(3)));
        let (id, handicap, status, volume) = (runner.id, runner.handicap, runner.status(), runner.traded_volume);
        let traded = levels(runner.traded.rising());
        write!(line, "{gap}{id}:{handicap}:{status}:{last}:{volume}:{back}:{lay}:{traded}").expect("a text takes text");
    }
    line
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// What stands after each message, one line a market.
pub fn ours(body: &[u8]) -> Vec<String> {
    let (mut stream, mut all) = (Stream::default(), Vec::new());
    for line in lines(body) {
        let told = stream.take(line).expect("a file that the peer reads");
        all.extend(told.markets.into_iter().map(|at| shown(told.published_at.micros() / 1000, &stream.markets()[at])));
    }
    all
}

/// Reads a file and the best prices of each market that a message is about; gives how many messages, and the best of five times.
pub fn timed(body: &[u8]) -> (usize, Duration) {
    let once = || {
        let (mut stream, mut messages, mut sum) = (Stream::default(), 0, 0_i64);
        let began = Instant::now();
        for line in lines(body) {
            let told = stream.take(line).expect("a file that the peer reads");
            messages += 1;
            for at in told.markets {
                for runner in &stream.markets()[at].runners {
                    let best = [runner.best_back(), runner.best_lay()].into_iter().flatten();
                    sum = best.fold(sum, |sum, level| sum.wrapping_add(level.price));
                }
            }
        }
        std::hint::black_box(sum);
        (messages, began.elapsed())
    };
    (0..5).map(|_| once()).min_by_key(|(_, time)| *time).expect("five times")
}

/// A made-up file with everything that samples of the free plan lack: full ladders, short ones, virtual prices, traded volumes,
/// images in the middle, a removal, a suspension, the turn in-play.
pub fn made_up(messages: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut out = String::new();
    let (mut status, mut in_play, mut removed) = ("OPEN", false, 0_u64);
    for at in 0..messages {
        let pt = 1_700_000_000_000_u64 + at as u64 * 50;
        let is_image = at == 0 || at == messages / 3;
        let turns = [messages / 2, messages * 5 / 8, messages * 3 / 4];
        if at == turns[0] {
            (status, removed) = ("SUSPENDED", 3);
        } else if at == turns[1] {
            (status, in_play) = ("OPEN", true);
        } else if at + 1 == messages {
            status = "CLOSED";
        }
        let is_defined = is_image || turns.contains(&at) || at + 1 == messages;
        write!(out, r#"{{"op":"mcm","clk":"{at}","pt":{pt},"mc":[{{"id":"1.99","img":{is_image}"#).expect("text");
        if is_defined {
            let runners = (1..=10_u64).map(|id| {
                let status = if id <= removed { "REMOVED" } else { "ACTIVE" };
                format!(r#"{{"id":{id},"name":"Runner {id}","status":"{status}","sortPriority":{id},"adjustmentFactor":1{id}.5}}"#)
            });
            let runners = runners.collect::<Vec<_>>().join(",");
            write!(out, r#","marketDefinition":{{"status":"{status}","inPlay":{in_play},"marketType":"WIN","bettingType":"ODDS","marketTime":"2023-11-14T23:00:00.000Z","eventId":"9","eventTypeId":"7","eventName":"Nowhere 14th Nov","name":"1m","numberOfWinners":1,"betDelay":0,"version":1,"complete":true,"runnersVoidable":false,"bspReconciled":false,"crossMatching":true,"numberOfActiveRunners":10,"bspMarket":false,"turnInPlayEnabled":true,"persistenceEnabled":true,"marketBaseRate":5.0,"suspendTime":"2023-11-14T23:00:00.000Z","openDate":"2023-11-14T23:00:00.000Z","timezone":"UTC","regulators":["MR_INT"],"discountAllowed":true,"runners":[{runners}]}}"#).expect("text");
        }
        let changes = (0..if is_image { 10 } else { 1 + random.below(3) }).map(|nth| {
            let id = if is_image { nth + 1 } else { 1 + random.below(10) };
            runner_change(&mut random, id)
        });
        let mut changes: Vec<(u64, String)> = changes.collect();
        changes.sort();
        changes.dedup_by_key(|change| change.0);
        let changes = changes.into_iter().map(|change| change.1).collect::<Vec<_>>().join(",");
        writeln!(out, r#","tv":{}.25,"rc":[{changes}]}}]}}"#, at * 3).expect("text");
    }
    out.into_bytes()
}

/// Runners below the eighth have full ladders; the eighth a short one, the ninth one with virtual prices, the tenth both.
fn runner_change(random: &mut Random, id: u64) -> (u64, String) {
    let mut rows = |name: &str, first: u64| {
        let rows = (0..1 + random.below(4)).map(|_| {
            let size = if random.below(3) == 0 { 0 } else { 1 + random.below(90_000) };
            format!("[{}.{:02},{}.{:02}]", first + random.below(3), random.below(100), size / 100, size % 100)
        });
        format!(r#""{name}":[{}]"#, rows.collect::<Vec<_>>().join(","))
    };
    let mut parts = vec![rows("trd", 3)];
    if id < 8 {
        parts.extend([rows("atb", 2), rows("atl", 5)]);
    }
    let mut places = |name: &str, first: u64| {
        let place = random.below(3);
        let size = if random.below(5) == 0 { 0 } else { 1 + random.below(900) };
        format!(r#""{name}":[[{place},{}.5,{size}.5]]"#, first + place)
    };
    if matches!(id, 8 | 10) {
        parts.extend([places("batb", 2), places("batl", 6)]);
    }
    if id > 8 {
        parts.extend([places("bdatb", 3), places("bdatl", 7)]);
    }
    parts.push(format!(r#""ltp":{}.{:02},"tv":{}.5"#, 2 + random.below(5), random.below(100), random.below(10_000)));
    (id, format!(r#"{{"id":{id},{}}}"#, parts.join(",")))
}
