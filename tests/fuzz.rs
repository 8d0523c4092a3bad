//! Fuzz targets on the stable compiler: bytes are mutated for a bounded time, and nothing may panic. `FUZZ_SECS` says how long each
//! target runs (2 unless told; `make fuzz` takes longer); `FUZZ_SEED` plays a run again. What a run finds is kept below
//! tests/fuzz_cases/TARGET and played first from then on.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use predictive_play::decode::Providers;
use testkit::bodies::Random;

fn seconds() -> f64 {
    std::env::var("FUZZ_SECS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0)
}

fn seed() -> u64 {
    std::env::var("FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_123)
}

/// Everything below a folder; nothing where it is not there.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![std::fs::read(path).unwrap()] }).collect()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Changes a few places: a byte, a cut, a copy of a part elsewhere, or a word that parsers trip over.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const WORDS: [&[u8]; 14] = [
        b"null",
        b"-1e400",
        b"1e400",
        b"[]",
        b"{}",
        b"\"\"",
        b"0",
        b"-0.0",
        b"\\u0000",
        b"\xff\xfe",
        b",,",
        b"\n",
        b"9999999999999999999999",
        b"true",
    ];
    for _ in 0..=random.below(4) {
        let mut below = |most: usize| usize::try_from(random.below(most as u64)).unwrap();
        let at = below(bytes.len() + 1);
        match below(5) {
            0 if at < bytes.len() => bytes[at] = below(256) as u8,
            1 => bytes.truncate(at),
            2 => {
                let from = below(bytes.len() + 1);
                let part = bytes[from..(from + below(64)).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let end = (at + below(32)).min(bytes.len());
                bytes.splice(at..end, WORDS[below(WORDS.len())].iter().copied());
            }
            _ => {
                let end = (at + 1 + below(16)).min(bytes.len());
                bytes.splice(at.min(end)..end, []);
            }
        }
    }
}

/// Runs a target on its kept cases, its seeds, and mutations of them.
fn fuzz(target: &str, seeds: Vec<Vec<u8>>, run: impl Fn(&[u8])) {
    let kept = here("tests/fuzz_cases").join(target);
    let check = |bytes: &[u8]| {
        if catch_unwind(AssertUnwindSafe(|| run(bytes))).is_err() {
            std::fs::create_dir_all(&kept).unwrap();
            let path = kept.join(&blake3::hash(bytes).to_hex()[..16]);
            std::fs::write(&path, bytes).unwrap();
            panic!("{target} panicked; the bytes are kept in {}", path.display());
        }
    };
    files(&kept).iter().chain(&seeds).for_each(|bytes| check(bytes));
    assert!(!seeds.is_empty(), "{target} has seeds");
    let (mut random, started, mut runs) = (Random::from_seed(seed()), Instant::now(), 0_u64);
    let until = Duration::from_secs_f64(seconds());
    while started.elapsed() < until {
        let mut bytes = seeds[random.below(seeds.len() as u64) as usize].clone();
        bytes.truncate(1 << 16);
        mutate(&mut bytes, &mut random);
        check(&bytes);
        runs += 1;
    }
    assert!(runs > 0);
    println!("{target}: {runs} runs from seed {}", seed());
}

fn fuzz_provider(key: &str, endpoints: &[&str]) {
    let providers = Providers::all();
    let provider = providers.get(key).unwrap();
    let (request, headers) = (Request::default(), BTreeMap::new());
    fuzz(key, files(&here("providers/fixtures").join(key)), |bytes| {
        for endpoint in endpoints {
            let reply = Reply {
                provider: key,
                endpoint,
                request: &request,
                status: 200,
                headers: &headers,
                body: bytes,
                fetched_at: Moment::from_secs(1_790_000_000),
                basis: Basis::Fetched,
                sport: None,
            };
            let _ = (provider.judge(&reply), provider.stamp(endpoint, bytes), provider.meter(&reply));
            let decoded = provider.decode(&reply);
            assert!(decoded.unreadable == 0 || !decoded.problems.is_empty(), "what is refused says why");
        }
    });
}

#[test]
fn the_odds_api_reads_any_bytes() {
    fuzz_provider(
        "the-odds-api",
        &["odds", "event_odds", "historical_odds", "events", "scores", "sports", "participants", "event_markets"],
    );
}

#[test]
fn espn_reads_any_bytes() {
    fuzz_provider("espn", &["scoreboard", "injuries", "summary", "teams"]);
}

#[test]
fn football_data_reads_any_bytes() {
    fuzz_provider("football-data", &["season", "fixtures"]);
}

#[test]
fn an_old_database_reads_any_bytes() {
    fuzz_provider("legacy", &["rows"]);
}

#[test]
fn prices_lines_and_times_read_any_text() {
    let seeds =
        ["1.91", "-110", "+105", "EVEN", "6/4", "-7.0", "1e400", "2026-03-31T23:10:00Z"].map(|text| text.as_bytes().to_vec()).to_vec();
    fuzz("figures", seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = (odds::Price::from_decimal(&text), odds::Price::parse_american(&text), odds::Price::parse_fractional(&text));
        let _ = (odds::Line::parse(&text), text.parse::<Moment>());
        if let Ok(price) = odds::Price::from_decimal(&text) {
            assert_eq!(odds::Price::from_decimal(&price.to_string()).map(odds::Price::nanos), Ok(price.nanos()));
        }
    });
}

#[test]
fn blocks_and_covers_read_any_bytes() {
    let at = Moment::from_secs(1_790_000_000);
    let price = odds::Price::from_american(-110).unwrap();
    let change = |slot| odds::block::Change { slot: odds::SlotNo(slot), value: odds::block::Value::Live(price), changed_at: Some(at) };
    let block = odds::block::encode(&[change(0), change(7)], at);
    let cell =
        odds::cover::CellCover { cell: odds::CellNo(3), seen_at: Some(at), extent: odds::cover::Extent::Except(vec![odds::SlotNo(5)]) };
    let cover = odds::cover::encode(&odds::cover::Cover { cells: vec![cell], ..odds::cover::Cover::empty(Basis::Stated) }, at);
    fuzz("stored", vec![block, cover], |bytes| {
        let _ = odds::block::decode(bytes, at, |_| ());
        if let Ok(cover) = odds::cover::decode(bytes, at) {
            assert_eq!(odds::cover::decode(&odds::cover::encode(&cover, at), at), Ok(cover));
        }
    });
}

#[test]
fn settings_read_any_file() {
    let seeds = vec![std::fs::read(here("config/example.toml")).unwrap(), std::fs::read(here(".env.example")).unwrap()];
    fuzz("settings", seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let sources = predictive_play::settings::Sources::of_env([("API_PROVIDER", text.chars().take(200).collect::<String>())]);
        let _ = predictive_play::settings::Settings::read(&sources.with_file("fuzzed.toml", &text));
    });
}
