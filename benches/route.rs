//! The route's speed, each figure beside a peer or a limit of the same run: `make bench`, or `cargo bench --bench route -- sqlite`.
#![allow(clippy::unwrap_used)]

#[path = "route/fixture.rs"]
mod fixture;
#[path = "route/loader.rs"]
mod loader;

use std::time::Instant;

use fixture::{Bench, Sample};
use odds::Moment;
use store::Cut;

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants = |name: &str| chosen.is_empty() || chosen.iter().any(|word| word == name);
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
    if wants("as_of") {
        as_of();
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
    let peer = cluster.database();
    match loader::outcomes_per_second(sample, &peer.url) {
        Ok(theirs) => {
            figure("Python loader, PostgreSQL, outcomes/s", theirs, "");
            figure("ratio", ours / theirs, "at least 15");
        }
        Err(why) => println!("  skipped: the Python loader ({why})"),
    }
}

fn as_of() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::sqlite(folder.path());
    let sample = Sample::one_event(10_000);
    bench.record(&sample, 1200);
    let listing = bench.store.all_listings().unwrap().into_iter().next().unwrap();
    let (first, last) = (sample.replies[0].observed_at, sample.replies.last().unwrap().observed_at);
    let runs = 200;
    let started = Instant::now();
    let mut standing = 0;
    for run in 0..runs {
        let at = Moment::from_micros(first.micros() + (last.micros() - first.micros()) / runs * run);
        standing += bench.store.board(listing.clone(), Cut::as_of(at)).unwrap().board.standing();
    }
    let (blocks, changes) = bench.blocks();
    let ms = started.elapsed().as_secs_f64() * 1000.0 / runs as f64;
    figure(&format!("one as-of board, {changes} changes in {blocks} blocks, ms"), ms, "under 1");
    assert!(standing > 0, "boards as of a moment have quotes");
}

fn figure(name: &str, value: f64, limit: &str) {
    println!("{name:<60} {value:>14.3}  {limit}");
}
