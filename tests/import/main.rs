//! `import` through the route: the same file twice changes nothing, both engines say the same, a rebuild from the archive too; every shipped
//! mapping can be read; and the datasets beside the project come in, with what their own descriptions say is wrong with them found again.
#![allow(clippy::unwrap_used)]

mod formats;
mod groups;
#[path = "../route/mod.rs"]
mod route;
mod workbook;

use std::path::{Path, PathBuf};

use predictive_play::import::summary::Summary;
use predictive_play::import::{Known, Watch, import, mapping};
use predictive_play::rebuild::{compare, rebuild};
use route::{Fresh, recorder_on, say};
use store::Store;
use testkit::corpus::Corpus;

/// Keeps what was complained of.
#[derive(Default)]
struct Ears(Vec<String>);

impl Watch for Ears {
    fn bad(&mut self, wrong: &str) {
        self.0.push(wrong.to_owned());
    }

    fn file(&mut self, _summary: &Summary) {}

    fn is_stopped(&self) -> bool {
        false
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/mappings")
}

fn shipped(name: &str) -> Known {
    mapping(&std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap()).unwrap()
}

fn take(fresh: &Fresh, known: &Known, files: &[PathBuf]) -> Summary {
    let mut ears = Ears::default();
    let summary = import(files, known, Some(&fresh.recorder), &mut ears).unwrap();
    assert_eq!(ears.0, [""; 0]);
    assert!(summary.counts.is_conserved(), "{:?}", summary.counts);
    summary
}

/// Pulls of 30 games at 100 moments: 6,000 rows, so several chunks; a price moves now and then, and the last outcome vanishes at the end.
fn pulls() -> String {
    let mut text =
        "event_id,sport_key,home_team,away_team,commence_time,bookmaker,last_update,market,outcome_name,price,point,snapshot_utc\n"
            .to_owned();
    for moment in 0..100 {
        for game in 0..30 {
            let row = |name: &str, price: String| {
                let (hour, minute) = (moment / 60, moment % 60);
                format!(
                    "e{game},basketball_nba,Home {game},Away {game},2026-03-05T00:10:00Z,unibet,,h2h,{name} {game},{price},,20260304_{hour:02}{minute:02}00\n"
                )
            };
            text.push_str(&row("Home", format!("1.{}", 50 + moment / 10)));
            if moment < 99 {
                text.push_str(&row("Away", "2.5".to_owned()));
            }
        }
    }
    text
}

#[test]
fn the_same_file_twice_changes_nothing_and_all_stores_say_the_same() {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("pulls.csv");
    std::fs::write(&file, pulls()).unwrap();
    let packed = files.path().join("pulls.csv.zst");
    std::fs::write(&packed, zstd::encode_all(pulls().as_bytes(), 1).unwrap()).unwrap();
    let known = shipped("the-odds-api-flat");
    let (sqlite, postgres) = (Fresh::sqlite(), Fresh::postgres());
    let first = take(&sqlite, &known, std::slice::from_ref(&file));
    let counts = first.counts;
    assert_eq!((first.told.rows, first.told.listings(), counts.received), (5970, 30, 5970));
    assert_eq!((counts.opened, counts.moved, counts.withdrawn), (60, 30 * 9, 30), "{counts:?}");
    let dump = sqlite.dump();
    let again = take(&sqlite, &known, &[file.clone(), packed]);
    assert_eq!((again.recorded, again.known, again.counts.received), (0, 2 * first.recorded, 0));
    assert_eq!(sqlite.dump(), dump);
    if let Some(postgres) = &postgres {
        take(postgres, &known, std::slice::from_ref(&file));
        assert_eq!(compare(sqlite.store(), postgres.store()).unwrap(), None, "SQLite and PostgreSQL say the same");
    }
    let address = format!("sqlite:{}", sqlite.folder.path().join("rebuilt.sqlite").display());
    let rebuilt = recorder_on(Store::open(&address, None, sqlite.folder.path().join("archive")).unwrap());
    assert_eq!(rebuild(&rebuilt, &mut |_, _| ()).unwrap(), first.recorded);
    assert_eq!(compare(sqlite.store(), rebuilt.store()).unwrap(), None, "a rebuild from the archive says the same");
}

#[test]
fn a_nul_letter_and_an_endless_word_cost_no_chunk_on_either_engine_and_a_rebuild_mends_them_alike() {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("odd.csv");
    let text = pulls()
        .replace("Home 7,Away 7,", "Ho\u{0}me 7,Away 7,")
        .replace("unibet,,h2h,Home 8,", &format!("{},,h2h,Home 8,", "u".repeat(3000)));
    std::fs::write(&file, text).unwrap();
    let known = shipped("the-odds-api-flat");
    let (sqlite, postgres) = (Fresh::sqlite(), Fresh::postgres());
    let summary = take(&sqlite, &known, std::slice::from_ref(&file));
    assert_eq!((summary.told.rows, summary.counts.refused), (5970, 0));
    assert!(sqlite.dump().contains("Ho\u{fffd}me 7"));
    if let Some(postgres) = &postgres {
        take(postgres, &known, std::slice::from_ref(&file));
        assert_eq!(compare(sqlite.store(), postgres.store()).unwrap(), None, "SQLite and PostgreSQL say the same");
    }
    let address = format!("sqlite:{}", sqlite.folder.path().join("rebuilt.sqlite").display());
    let rebuilt = recorder_on(Store::open(&address, None, sqlite.folder.path().join("archive")).unwrap());
    assert_eq!(rebuild(&rebuilt, &mut |_, _| ()).unwrap(), summary.recorded);
    assert_eq!(compare(sqlite.store(), rebuilt.store()).unwrap(), None, "a rebuild mends them alike");
}

#[test]
fn a_file_of_many_earlier_moments_takes_its_place_behind_a_later_one() {
    let files = tempfile::tempdir().unwrap();
    let (all, last) = (files.path().join("a.csv"), files.path().join("b.csv"));
    let text = pulls();
    let late = |row: &&str| row.starts_with("event_id") || row.contains(",20260304_013000");
    std::fs::write(&last, text.lines().filter(late).collect::<Vec<_>>().join("\n")).unwrap();
    std::fs::write(&all, &text).unwrap();
    let known = shipped("the-odds-api-flat");
    let (one, other) = (Fresh::sqlite(), Fresh::sqlite());
    take(&one, &known, &[last.clone(), all.clone()]);
    take(&other, &known, &[all, last]);
    assert_eq!(compare(one.store(), other.store()).unwrap(), None, "whichever came first");
}

#[test]
fn a_file_that_lacks_a_column_is_named_and_the_others_go_in() {
    let files = tempfile::tempdir().unwrap();
    let (bad, good) = (files.path().join("a.csv"), files.path().join("b.csv"));
    std::fs::write(&bad, "event,price\n1,2\n").unwrap();
    std::fs::write(&good, pulls()).unwrap();
    let mut ears = Ears::default();
    let fresh = Fresh::sqlite();
    let summary = import(&[bad, good], &shipped("the-odds-api-flat"), Some(&fresh.recorder), &mut ears).unwrap();
    assert_eq!((summary.bad, summary.files, summary.told.listings()), (1, 1, 30));
    assert!(ears.0[0].contains("a.csv") && ears.0[0].contains("no column \"home_team\"; there are: event, price"), "{:?}", ears.0);
}

#[test]
fn every_shipped_mapping_can_be_read() {
    let mut read = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        mapping(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
        read += 1;
    }
    assert!(read > 20, "{read}");
}

/// A dataset, the mapping that reads it, and what its own description says that we must count: rows, listings, and refused by reason.
type Expected = (&'static str, &'static [&'static str], (usize, usize), &'static [(&'static str, u64)]);

const DATASETS: &[Expected] = &[
    ("mlb-sbr", &["mlb_sbr_open_close"], (24_640, 12_320), &[]),
    ("nfl-sbr", &["nfl_sbr_archive"], (2_956, 2_956), &[]),
    ("nba-closing", &["nba_closing_2008_2024/nba_games_2008_2024.csv.gz"], (21_797, 21_797), &[("implausible", 18)]),
    ("nfl-games", &["nfl_games_lines/nfl_games_2011_2024.csv.gz"], (3_811, 3_811), &[]),
    ("nfl-multibook", &["nfl_multibook_open_close"], (3_890, 1_942), &[("no_place", 3)]),
    ("cross-section", &["cross_section_2026_04_16/odds.csv.gz"], (72_102, 468), &[("impossible_price", 11)]),
    ("the-odds-api-flat", &["nba_exchange_and_au_books_2026/nba_snapshots_2026_mar_apr.csv.gz"], (18_246, 369), &[]),
    ("action-props", &["nfl_props_and_lines_2016_2023/player_props_2022.csv.gz"], (147_956, 283), &[("bad_price", 1_512)]),
    ("nfl-props-timed", &["nfl_player_props/timestamped_2024.csv.gz"], (19_879, 228), &[]),
    ("oddsportal-nhl", &["nhl_moneyline_2008_2023"], (20_175, 20_175), &[]),
    ("cross-section-scores", &["cross_section_2026_04_16/scores.csv.gz"], (485, 22), &[]),
    (
        "games-results",
        &["mlb_games_starters/mlb_games_2024_2025.csv.gz", "nhl_wnba_line_movement/wnba_results_2024_2026jun.csv.gz"],
        (5_668, 5_668),
        &[],
    ),
    ("mlb-starters", &["mlb_games_starters/mlb_starters_2024_2025.csv.gz"], (9_898, 4_949), &[]),
    ("nba-team-box", &["nba_closing_2008_2024/nba_team_box_2014_2024.csv.gz"], (27_453, 13_725), &[("contradiction", 3)]),
    ("nba-results", &["nba_exchange_and_au_books_2026/nba_results_2026.csv.gz"], (1_322, 1_322), &[]),
    ("nba-il", &["nba_injury_transactions"], (58_826, 2_164), &[("missing_field", 2)]),
    (
        "nba-logs",
        &["nba_player_props/player_game_logs_2024_25.csv.gz", "nba_player_props/player_game_logs_2025_26_to_11_10.csv.gz"],
        (24_695, 1_386),
        &[],
    ),
    ("nba-threes", &["nba_player_props/player_game_logs_2024_25_threes.csv.gz"], (36_300, 1_762), &[]),
    ("nfl-injuries", &["nfl_injuries"], (48_956, 1), &[("contradiction", 3)]),
];

#[test]
fn the_datasets_come_in_and_their_measured_defects_are_found_again() {
    let Some(corpus) = Corpus::find() else { return };
    for (name, paths, (rows, listings), refused) in DATASETS {
        let paths: Vec<PathBuf> = paths.iter().map(|path| corpus.root().join("datasets").join(path)).collect();
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            say(&format!("skipped: {} is not in the corpus", missing.display()));
            continue;
        }
        let is_table = |path: &PathBuf| !path.ends_with("README.md");
        let files: Vec<PathBuf> = predictive_play::replay::files(&paths).unwrap().into_iter().filter(is_table).collect();
        let mut ears = Ears::default();
        let told = import(&files, &shipped(name), None, &mut ears).unwrap().told;
        assert_eq!(ears.0, [""; 0], "{name}");
        assert_eq!((told.rows, told.listings()), (*rows, *listings), "{name}");
        for (reason, times) in *refused {
            assert_eq!(told.refused.get(reason).map_or(0, |refused| refused.times), *times, "{name}: {reason}");
        }
        let refused: Vec<_> = told.refused.iter().map(|(reason, refused)| format!("{} {reason}", refused.times)).collect();
        say(&format!(
            "{name}: {rows} rows, {listings} listings, {} quotes, {} results; {}",
            told.quotes(),
            told.results,
            refused.join(", ")
        ));
    }
    let sample = corpus.root().join("datasets/nba_exchange_and_au_books_2026/nba_snapshots_2026_mar_apr.csv.gz");
    if sample.exists() {
        let known = shipped("the-odds-api-flat");
        let (sqlite, postgres) = (Fresh::sqlite(), Fresh::postgres());
        let first = take(&sqlite, &known, std::slice::from_ref(&sample));
        assert_eq!(take(&sqlite, &known, std::slice::from_ref(&sample)).known, first.recorded);
        if let Some(postgres) = &postgres {
            take(postgres, &known, std::slice::from_ref(&sample));
            assert_eq!(compare(sqlite.store(), postgres.store()).unwrap(), None, "SQLite and PostgreSQL say the same");
        }
    }
}
