//! The import's speed beside its goals: a table of props in CSV by a shipped mapping, on both engines: `make bench`, or
//! `cargo bench --bench import -- sqlite`.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use odds::Moment;
use predictive_play::clock::WallClock;
use predictive_play::decode::Providers;
use predictive_play::import::summary::Summary;
use predictive_play::import::{Watch, import, mapping};
use predictive_play::record::Recorder;
use store::Store;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MOMENTS: usize = 60;
const GAMES: usize = 14;
const BOOKS: [&str; 8] = ["sportsbet", "tab", "pointsbetau", "unibet", "neds", "ladbrokes_au", "betr_au", "playup"];
const PLAYERS: usize = 40;
const HEADER: &str = "event_id,home_team,away_team,commence_time,bookmaker,bookmaker_title,last_update,market,player,outcome_name,price,point,snapshot_utc\n";

struct Silent;

impl Watch for Silent {
    fn bad(&mut self, wrong: &str) {
        panic!("{wrong}");
    }

    fn file(&mut self, _: &Summary) {}

    fn is_stopped(&self) -> bool {
        false
    }
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants = |name: &str| chosen.is_empty() || chosen.iter().any(|word| word == name);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..MOMENTS).map(|moment| written(folder.path(), moment)).collect();
    let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
    println!("sample: {MOMENTS} files, {} quotes, {:.0} MB of CSV", MOMENTS * GAMES * BOOKS.len() * PLAYERS * 2, bytes as f64 / 1e6);
    if wants("sqlite") {
        let url = format!("sqlite:{}", folder.path().join("pp.db").display());
        measure("import, SQLite", &url, &folder.path().join("sqlite"), &files, 300_000.0);
    }
    if wants("postgres")
        && let Some(cluster) = testkit::postgres::shared()
    {
        let database = cluster.database();
        measure("import, PostgreSQL", &database.url, &folder.path().join("postgres"), &files, 600_000.0);
    }
}

fn measure(what: &str, url: &str, archive: &Path, files: &[PathBuf], goal: f64) {
    let store = Arc::new(Store::open(url, None, archive).unwrap());
    let recorder = Recorder::new(store, Providers::all(), Arc::new(WallClock::not_before(Moment::MIN)));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/mappings/afl-props.toml");
    let known = mapping(&std::fs::read_to_string(path).unwrap()).unwrap();
    let begun = Instant::now();
    let summary = import(files, &known, Some(&recorder), &mut Silent).unwrap();
    let per_sec = summary.counts.received as f64 / begun.elapsed().as_secs_f64();
    assert!(summary.counts.is_conserved() && summary.counts.refused == 0, "{:?}", summary.counts);
    let missed = if per_sec < goal { ": MISSED" } else { "" };
    println!("{what}: {per_sec:.0} quotes/s, {:.2} of the goal of {goal:.0}{missed}", per_sec / goal);
}

/// The file of a moment: two answers of each player at each book; each price moves at about every seventh moment.
fn written(folder: &Path, moment: usize) -> PathBuf {
    let mut text = HEADER.to_owned();
    let at = format!("202603{:02}_{:02}0000", 3 + moment / 24, moment % 24);
    for game in 0..GAMES {
        for (number, book) in BOOKS.iter().enumerate() {
            for player in 0..PLAYERS {
                for (side, name) in ["Over", "Under"].into_iter().enumerate() {
                    let moves = (moment + 3 * player + 5 * number + side) / 7;
                    let price = 150 + (moves * 37 + player * 11) % 120;
                    let (units, cents, line) = (price / 100, price % 100, 10 + player / 2);
                    writeln!(
                        text,
                        "{game:032x},Home Side {game},Away Side {game},2026-03-09T08:30:00Z,{book},{book} (AU),,player_disposals,First Last{player} of {game},{name},{units}.{cents:02},{line}.5,{at}"
                    )
                    .unwrap();
                }
            }
        }
    }
    let file = folder.join(format!("props_{at}.csv"));
    std::fs::write(&file, text).unwrap();
    file
}
