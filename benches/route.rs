//! The route's speed, each figure beside a peer or a limit of the same run: `make bench`, or `cargo bench --bench route -- sqlite`.
#![allow(clippy::unwrap_used)]

#[path = "route/as_of.rs"]
mod as_of;
#[path = "route/bare.rs"]
mod bare;
#[path = "route/fixture.rs"]
mod fixture;
#[path = "route/loader.rs"]
mod loader;
#[path = "route/many_moments.rs"]
mod many_moments;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use fixture::{Bench, Sample};

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants = |name: &str| chosen.is_empty() || chosen.iter().any(|word| word == name);
    // First, while nothing else is in memory.
    if wants("memory") {
        memory();
    }
    // Nor does this one need the sample, and it is long.
    if chosen.iter().any(|word| word == "many_moments") {
        many_moments::run();
        return;
    }
    let sample = Sample::new(1200);
    println!(
        "sample: {} replies, {} outcomes, {:.0} MB of bodies, about 20 % of the outcomes moved",
        sample.replies.len(),
        sample.outcomes,
        sample.megabytes()
    );
    if wants("sqlite") {
        sqlite(&sample);
    }
    if wants("postgres") {
        postgres(&sample);
    }
    if chosen.iter().any(|word| word == "record") {
        record(&sample);
    }
    if wants("as_of") {
        as_of::run();
    }
}

fn sqlite(sample: &Sample) {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::sqlite(folder.path());
    let spent = bench.record(sample, 1200);
    figure("route, SQLite, outcomes/s", sample.outcomes as f64 / spent.as_secs_f64(), "at least 250,000");
    let (blocks, changes) = bench.blocks();
    println!("  {blocks} blocks, {changes} changes");
}

fn postgres(sample: &Sample) {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::postgres(&database.url, folder.path());
    let spent = bench.record(sample, 1200);
    let ours = sample.outcomes as f64 / spent.as_secs_f64();
    figure("route, PostgreSQL, outcomes/s", ours, "");
    sizes(&database.url, bench.blocks());
    let peer = python(cluster, sample);
    if let Some(peer) = &peer {
        figure("Python loader, the same replies, outcomes/s", peer.whole, "");
        figure("  ratio", ours / peer.whole, "at least 15");
    }
    record_alone(cluster, peer.as_ref());
}

fn record(sample: &Sample) {
    let Some(cluster) = testkit::postgres::shared() else { return };
    record_alone(cluster, python(cluster, sample).as_ref());
}

fn python(cluster: &testkit::postgres::PostgresCluster, sample: &Sample) -> Option<loader::Peer> {
    let database = cluster.database();
    loader::run(sample, &database.url)
        .inspect_err(|why| println!("skipped: the Python loader ({why}): apt install python3-psycopg2, or name another by BENCH_PYTHON"))
        .ok()
}

/// What the hot tables take with their indexes, and what coverage costs a day of one sport asked every five minutes.
fn sizes(url: &str, (blocks, changes): (usize, usize)) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let mut size = |table: &str| -> f64 {
        let sql = format!("select pg_total_relation_size('predictive_play.{table}')::float8");
        client.query_one(&sql, &[]).unwrap().get(0)
    };
    let (hot, covers) = (size("blocks"), size("covers"));
    let allowed = 160.0 * blocks as f64 + 8.0 * changes as f64;
    figure("hot bytes of blocks / (160 a block + 8 a change)", hot / allowed, "at most 1");
    figure("bytes a cover (one listing in one reply), indexes too", covers / blocks as f64, "");
    figure("coverage a day, one sport of 10 games every 5 minutes, MB", covers / blocks as f64 * 2880.0 / 1e6, "");
}

/// Rounds of the record step: the fastest counts, for others use the machine too.
const ROUNDS: usize = 3;

/// Prices that all move, decoded before the clock starts; 128 replies a transaction, as the route takes them when they are at hand.
fn record_alone(cluster: &testkit::postgres::PostgresCluster, peer: Option<&loader::Peer>) {
    let moving = Sample::all_moving(2000);
    let (mut ours, mut bare) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        let (database, other) = (cluster.database(), cluster.database());
        let folder = tempfile::tempdir().unwrap();
        let spent = Bench::postgres(&database.url, folder.path()).record_alone(&moving, 128);
        ours = ours.max(moving.outcomes as f64 / spent.as_secs_f64());
        let _schema = Bench::postgres(&other.url, folder.path());
        bare = bare.max(moving.outcomes as f64 / bare::copy(&database.url, &other.url, 128).as_secs_f64());
    }
    figure("record alone, PostgreSQL, every price moving, changes/s", ours, "");
    figure("the same rows by bare binary copy, changes/s", bare, "");
    figure("  ratio", ours / bare, "");
    let Some(peer) = peer else { return };
    figure("Python loader, its writes alone, rows/s", peer.writes, "");
    figure("  ratio of the record step", ours / peer.writes, "at least 50");
    figure("  ratio of bare binary copy", bare / peer.writes, "");
}

fn memory() {
    let idle = resident_megabytes();
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::sqlite(folder.path());
    for part in 0..20 {
        bench.record(&Sample::props(105, part), 105);
    }
    let slots = bench.slots();
    let used = resident_megabytes();
    figure("memory before, MB", idle, "");
    figure(&format!("memory with {slots} open slots, MB"), used, "under 1,000");
    figure("bytes a slot", (used - idle) * 1e6 / slots as f64, "");
}

fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
}

pub(crate) fn figure(name: &str, value: f64, limit: &str) {
    println!("{name:<60} {value:>14.3}  {limit}");
}
