//! Files of an export: what is written, what is left as it is, what becomes of late replies, moved starts and runs that are killed.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use odds::Moment;
use odds::reply::Request;
use predictive_play::export::{Done, FileFormat, MANIFEST, Manifest, Target, Wish, export};
use store::{Bucket, BucketAddress};

use crate::common::{GAME, PROPS_GAME, Served, featured, fixture};
use crate::read::{Row, rows, source};

const LATER: &str = "2026-01-14T12:00:00Z";

pub fn wish(format: FileFormat) -> Wish {
    Wish { format, sports: Vec::new(), from: None, to: None, as_of: None, known_at: None, is_anew: false }
}

pub fn run(served: &Served, wish: &Wish, folder: &Path) -> anyhow::Result<Done> {
    export(&source(served), wish, &Target::folder(folder)?, served.clock.now(), &mut |_, _| true)
}

/// Every file of a folder with its bytes, but for those that readers pass over.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder_of) = open.pop() {
        for entry in fs::read_dir(folder_of).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".writing") {
                open.push(path);
            } else if path.is_file() {
                found.insert(path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn csv_rows(folder: &Path, file: &str) -> Vec<Row> {
    let mut text = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(fs::File::open(folder.join(file)).unwrap()), &mut text).unwrap();
    rows(&text)
}

/// The names of files that differ.
fn differ(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

#[test]
fn a_second_run_changes_nothing() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    for format in [FileFormat::Parquet, FileFormat::Csv, FileFormat::Arrow] {
        let folder = tempfile::tempdir().unwrap();
        let first = run(&served, &wish(format), folder.path()).unwrap();
        let before = files(folder.path());
        assert!(first.files_written > 10 && first.files_written + 1 == before.len(), "{first:?}");
        assert!(
            first.rows["odds"] > 60 && first.rows["props"] > 2 && first.rows["injuries"] > 2 && first.rows["results"] > 2,
            "{:?}",
            first.rows
        );
        let second = run(&served, &wish(format), folder.path()).unwrap();
        assert_eq!(differ(&before, &files(folder.path())), [""; 0]);
        assert_eq!((second.files_written, second.files_removed, second.days_read), (0, 0, 0), "{second:?}");
        assert_eq!((second.rows, second.bytes), (first.rows, first.bytes));
    }
}

#[test]
fn the_manifest_names_every_file_with_its_rows_and_its_hash() {
    let served = Served::filled();
    let folder = tempfile::tempdir().unwrap();
    run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let mut there = files(folder.path());
    let manifest = Manifest::read(&there.remove(MANIFEST).unwrap()).unwrap();
    assert_eq!((manifest.schema_version, manifest.format.as_str()), (1, "csv"));
    assert_eq!(manifest.seq, served.state.store.head().unwrap().seq.0);
    assert_eq!(manifest.files.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    for (name, kept) in &manifest.files {
        assert_eq!(kept.blake3, blake3::hash(&there[name]).to_hex().to_string(), "{name}");
        assert_eq!((kept.bytes, kept.rows), (there[name].len() as u64, csv_rows(folder.path(), name).len() as u64), "{name}");
    }
}

/// A board of the game of the 10th that was read late: back-fill.
fn late(served: &Served) {
    let text = String::from_utf8(fixture("the-odds-api/odds_two_books_with_links.json")).unwrap();
    let body = text.replace("\"price\": 1.54", "\"price\": 1.52").replace("20:00:", "20:02:");
    served.take_late("the-odds-api", "odds", &featured(), "2026-01-10T20:02:20Z", LATER, body.as_bytes());
}

#[test]
fn a_day_that_got_a_late_reply_is_written_again_and_no_other() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let first = run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let before = files(folder.path());
    late(&served);
    let second = run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let changed = differ(&before, &files(folder.path()));
    let of_day = |name: &String| name.contains("sport=basketball.nba/day=2026-01-10") || name == MANIFEST;
    assert!(changed.iter().all(of_day) && changed.iter().any(|name| name.starts_with("odds/")), "{changed:?}");
    assert_eq!(second.days_read, 1, "{second:?}");
    assert!(second.rows["odds"] > first.rows["odds"]);
    let odds = csv_rows(folder.path(), "odds/sport=basketball.nba/day=2026-01-10/data.csv.gz");
    assert!(
        odds.iter().any(|row| row["price"] == "1.52" && row["observed_at"] == "2026-01-10T20:02:20Z"),
        "the late price is in its place"
    );
    let of_game: Vec<&Row> = odds.iter().filter(|row| row["event_id"] == GAME && row["provider"] == "the-odds-api").collect();
    assert!(of_game.len() > 5 && of_game.is_sorted_by_key(|row| row["observed_at"].clone()));
}

#[test]
fn what_was_appended_equals_what_is_written_at_once() {
    let served = Served::filled();
    let (grown, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&served, &wish(FileFormat::Parquet), grown.path()).unwrap();
    late(&served);
    served.clock.set("2026-01-11T03:00:00Z".parse().unwrap());
    run(&served, &wish(FileFormat::Parquet), grown.path()).unwrap();
    served.clock.set(LATER.parse().unwrap());
    run(&served, &wish(FileFormat::Parquet), grown.path()).unwrap();
    run(&served, &wish(FileFormat::Parquet), whole.path()).unwrap();
    assert_eq!(differ(&files(grown.path()), &files(whole.path())), [""; 0]);
}

#[test]
fn an_event_that_moved_to_another_day_is_in_one_day_alone() {
    let served = Served::filled();
    let folder = tempfile::tempdir().unwrap();
    run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let then = "odds/sport=basketball.nba/day=2026-01-12/data.csv.gz";
    assert!(folder.path().join(then).is_file());
    let text = String::from_utf8(fixture("the-odds-api/event_odds_props_and_multipliers.json")).unwrap();
    let body = text.replace("2026-01-11T00:10:00Z", "2026-01-15T00:10:00Z");
    let request =
        Request::to(format!("/v4/sports/basketball_nba/events/{PROPS_GAME}/odds")).with("markets", "player_points,player_double_double");
    served.take("the-odds-api", "event_odds", &request, "2026-01-10T21:00:30Z", body.as_bytes());
    served.clock.set("2026-01-20T00:00:00Z".parse().unwrap());
    let done = run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let of_event = |name: &String| csv_rows(folder.path(), name).iter().any(|row| row.get("event_id").is_some_and(|id| id == PROPS_GAME));
    let names: Vec<String> = files(folder.path()).into_keys().filter(|name| name.ends_with(".gz")).collect();
    let days: Vec<&String> = names.iter().filter(|name| of_event(name)).collect();
    assert!(!days.is_empty() && days.iter().all(|name| name.contains("day=2026-01-14")), "{days:?}");
    assert!(done.files_removed > 0 && !folder.path().join(then).exists(), "{done:?}");
    let again = tempfile::tempdir().unwrap();
    run(&served, &wish(FileFormat::Csv), again.path()).unwrap();
    assert_eq!(differ(&files(folder.path()), &files(again.path())), [""; 0]);
}

#[test]
fn a_run_that_is_killed_anywhere_leaves_whole_files_and_the_next_one_mends_it() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    let whole = tempfile::tempdir().unwrap();
    run(&served, &wish(FileFormat::Csv), whole.path()).unwrap();
    let expected = files(whole.path());
    let mut days = 0;
    for killed_at in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::folder(folder.path()).unwrap();
        let mut on_day = |done: usize, all: usize| {
            days = all;
            assert!(done != killed_at, "killed");
            true
        };
        let killed =
            catch_unwind(AssertUnwindSafe(|| export(&source(&served), &wish(FileFormat::Csv), &target, served.clock.now(), &mut on_day)));
        drop(target);
        // what a killed process leaves where it was writing
        fs::write(folder.path().join(".writing/file"), b"half").unwrap();
        for name in files(folder.path()).keys() {
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), expected[name], "{name}: each file that is there is whole");
        }
        // a process that another test is just starting has the lock too, until it is what it is to be
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let is_locked = |error: &anyhow::Error| error.to_string().starts_with("another export is writing");
        while let Err(error) = run(&served, &wish(FileFormat::Csv), folder.path()) {
            assert!(is_locked(&error) && std::time::Instant::now() < until, "{error:#}");
            std::thread::yield_now();
        }
        assert_eq!(differ(&expected, &files(folder.path())), [""; 0], "killed at day {killed_at}");
        assert!(!folder.path().join(".writing/file").exists());
        if killed.is_ok() {
            break;
        }
    }
    assert!(days > 5, "{days}");
}

/// The program on a store, dying at once where a file would get longer than so many blocks; false where it died.
fn run_program(served: &Served, data: &Path, folder: &Path, blocks: Option<u32>) -> bool {
    let limit = blocks.map_or_else(String::new, |blocks| format!("ulimit -c 0; ulimit -f {blocks}; "));
    let mut program = Command::new("sh");
    program.arg("-c").arg(format!("{limit}exec \"$0\" export parquet --out \"$1\" --json"));
    program.arg(env!("CARGO_BIN_EXE_predictive-play")).arg(folder);
    program.env("DATABASE_URL", served.state.store.engine().address()).env("PREDICTIVE_PLAY_DATA_DIR", data);
    let ended = program.output().unwrap();
    assert!(blocks.is_some() || ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    ended.status.success()
}

#[test]
fn a_process_that_dies_in_the_middle_of_a_file_leaves_no_half_of_it() {
    let served = Served::filled();
    let (data, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run_program(&served, data.path(), whole.path(), None);
    let expected = files(whole.path());
    assert!(expected.len() > 10, "{:?}", expected.keys());
    let mut died = 0;
    for blocks in [4, 12, 20, 28] {
        let folder = tempfile::tempdir().unwrap();
        if run_program(&served, data.path(), folder.path(), Some(blocks)) {
            continue;
        }
        died += 1;
        let half = fs::metadata(folder.path().join(".writing/file")).unwrap().len();
        assert!(half > 0, "it died while it wrote");
        for (name, bytes) in files(folder.path()).iter().filter(|(name, _)| *name != MANIFEST) {
            assert_eq!(bytes, &expected[name], "{name}");
        }
        run_program(&served, data.path(), folder.path(), None);
        assert_eq!(differ(&expected, &files(folder.path())), [""; 0]);
    }
    assert!(died > 1, "{died}");
}

#[test]
fn a_file_that_was_lost_or_spoilt_is_written_again() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let before = files(folder.path());
    fs::remove_file(folder.path().join("odds/sport=basketball.nba/day=2026-01-10/data.csv.gz")).unwrap();
    fs::write(folder.path().join("events/sport=basketball.nba/day=2026-01-12/data.csv.gz"), b"short").unwrap();
    let done = run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    assert_eq!(done.files_written, 2, "{done:?}");
    assert_eq!(differ(&before, &files(folder.path())), [""; 0]);
    // one of the same length is found where all is told anew
    let spoilt = folder.path().join("events/sport=basketball.nba/day=2026-01-12/data.csv.gz");
    let mut bytes = fs::read(&spoilt).unwrap();
    bytes[20] ^= 1;
    fs::write(&spoilt, bytes).unwrap();
    let anew = Wish { is_anew: true, ..wish(FileFormat::Csv) };
    assert_eq!(run(&served, &anew, folder.path()).unwrap().files_written, 1);
    assert_eq!(differ(&before, &files(folder.path())), [""; 0]);
}

#[test]
fn sports_and_days_are_chosen_and_the_rest_of_an_export_is_left() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let day = |text: &str| Some(text.parse().unwrap());
    let some = Wish { sports: vec!["basketball".to_owned()], from: day("2026-01-10"), to: day("2026-01-10"), ..wish(FileFormat::Csv) };
    run(&served, &some, folder.path()).unwrap();
    let names: Vec<String> = files(folder.path()).into_keys().filter(|name| name != MANIFEST).collect();
    assert!(names.len() > 3 && names.iter().all(|name| name.contains("/sport=basketball.nba/day=2026-01-10/")), "{names:?}");
    run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let all = files(folder.path());
    run(&served, &some, folder.path()).unwrap();
    assert_eq!(differ(&all, &files(folder.path())), [""; 0]);
}

#[test]
fn an_export_as_of_a_moment_stays_of_that_moment() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let moment: Moment = "2026-01-10T20:01:00Z".parse().unwrap();
    let of_moment = Wish { as_of: Some(moment), ..wish(FileFormat::Csv) };
    run(&served, &of_moment, folder.path()).unwrap();
    let before = files(folder.path());
    let odds = csv_rows(folder.path(), "odds/sport=basketball.nba/day=2026-01-10/data.csv.gz");
    assert!(!odds.is_empty() && odds.iter().all(|row| row["observed_at"] <= moment.to_string()));
    assert!(!before.keys().any(|name| name.starts_with("closing/sport=basketball")), "nothing had begun");
    served.take("the-odds-api", "odds", &featured(), LATER, &fixture("the-odds-api/odds_two_books_with_links.json"));
    run(&served, &of_moment, folder.path()).unwrap();
    let same = differ(&before, &files(folder.path()));
    assert_eq!(same, [MANIFEST], "only how far it read");
    let refused = run(&served, &wish(FileFormat::Csv), folder.path()).unwrap_err();
    assert!(refused.to_string().contains("as of another moment (as of 2026-01-10T20:01:00Z)"), "{refused}");
}

#[test]
fn a_folder_with_another_export_is_refused() {
    let (served, other) = (Served::filled(), Served::with_a_box_score());
    let folder = tempfile::tempdir().unwrap();
    run(&served, &wish(FileFormat::Csv), folder.path()).unwrap();
    let before = files(folder.path());
    for (served, format, said) in [
        (&served, FileFormat::Parquet, "holds an export in csv, not in parquet"),
        (&other, FileFormat::Csv, "holds an export of another store"),
    ] {
        let refused = run(served, &wish(format), folder.path()).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
    let held = Target::folder(folder.path()).unwrap();
    let refused = run(&served, &wish(FileFormat::Csv), folder.path()).unwrap_err();
    assert!(refused.to_string().contains("another export is writing"), "{refused}");
    drop(held);
    assert_eq!(differ(&before, &files(folder.path())), [""; 0]);
}

#[test]
fn a_bucket_gets_the_same_files() {
    let served = Served::filled();
    served.clock.set(LATER.parse().unwrap());
    let (folder, bucket_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&served, &wish(FileFormat::Parquet), folder.path()).unwrap();
    let address = BucketAddress { url: format!("file://{}", bucket_folder.path().display()), ..BucketAddress::default() };
    for written in [true, false] {
        let target = Target::bucket(Bucket::open(&address).unwrap()).unwrap();
        let done = export(&source(&served), &wish(FileFormat::Parquet), &target, served.clock.now(), &mut |_, _| true).unwrap();
        assert_eq!(done.files_written > 0, written, "{done:?}");
        assert_eq!(differ(&files(folder.path()), &files(bucket_folder.path())), [""; 0]);
    }
}
