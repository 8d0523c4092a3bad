//! How long a large old database takes, beside its own dump and restore. Run by hand, in release:
//! `cargo test --release -p predictive-play --lib a_hundred_thousand -- --ignored --nocapture`.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use super::*;

/// Seconds of processor that this process has used: what the figure is on a machine of its own.
fn processor_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

#[test]
#[ignore = "large: run by hand, in release"]
fn a_hundred_thousand_old_events_are_taken_over_in_a_minute() {
    let statements = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/adopt/data/tests/large.sql")).unwrap();
    let Some(old) = old_database(&statements) else { return };
    let cluster = testkit::postgres::shared().unwrap();
    let other = cluster.database();
    let pipe =
        format!("'{}' '{}' | '{}' -q '{}'", cluster.program("pg_dump").display(), old.url, cluster.program("psql").display(), other.url);
    let began = Instant::now();
    assert!(Command::new("sh").args(["-c", &pipe]).stdout(std::process::Stdio::null()).status().unwrap().success());
    let dumped = began.elapsed().as_secs_f64();
    for fresh in Fresh::all() {
        let engine = fresh.store().engine().name();
        let (began, used) = (Instant::now(), processor_secs());
        let progress = take_over(&old, &fresh.recorder);
        let (taken, used) = (began.elapsed().as_secs_f64(), processor_secs() - used);
        let counts = fresh.store().adopted_counts().unwrap();
        assert_eq!(counts.iter().map(|(.., count)| *count).sum::<i64>() as usize, progress.read);
        let began = Instant::now();
        let again = take_over(&old, &fresh.recorder);
        let passed = began.elapsed().as_secs_f64();
        assert_eq!(again.known, progress.read);
        say(&format!(
            "{engine}: {} rows in {taken:.1} s ({used:.1} s of processor), pg_dump | psql {dumped:.1} s, ratio {:.1}; a second run {passed:.1} s",
            progress.read,
            taken / dumped
        ));
        counts.iter().for_each(|(table, outcome, count)| say(&format!("  {table} {} {count}", outcome.as_str())));
    }
}
