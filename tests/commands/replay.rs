//! `replay`: order, speed, sources of moments, bad replies, and ctrl-C.

use std::time::Duration;

use testkit::child::ChildProcess;

use crate::{Bench, odds_body};

const REPLAY: [&str; 5] = ["replay", "--provider", "the-odds-api", "--endpoint", "odds"];

fn replay<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&REPLAY[..], more].concat()
}

fn put(bench: &Bench, stamp: &str, price: &str, seen: &str) {
    let body = odds_body(price, "2026-04-01T00:00:00Z").replace("2026-03-31T20:00:00Z", seen);
    bench.put(&format!("in/{stamp}.json"), &body);
}

#[test]
fn what_is_good_goes_in_what_is_bad_is_named_and_twice_changes_nothing() {
    let bench = Bench::set_up();
    put(&bench, "odds_1", "1.45", "2026-03-31T20:00:00Z");
    put(&bench, "odds_2", "1.50", "2026-03-31T20:05:00Z");
    bench.put("in/page_20260331T2010Z.json", "<html>down</html>");
    bench.put("in/table_20260331T2010Z.csv", "book,price\nx,2\n");
    bench.put("in/undated.json", "[]");
    let ended = bench.run(&replay(&["--json", "in"]));
    let json = ended.json();
    assert_eq!((ended.code, &json["recorded"], &json["bad"]), (1, &2.into(), &3.into()), "{}", ended.err);
    assert!(ended.err.contains("page_20260331T2010Z.json: changed_shape") && ended.err.contains("a table (CSV)"), "{}", ended.err);
    assert!(ended.err.contains("--observed-at"), "{}", ended.err);
    assert_eq!((&json["counts"]["opened"], &json["counts"]["moved"], &json["is_conserved"]), (&2.into(), &1.into(), &true.into()));
    assert_eq!(json["moments_from"]["stated by the reply"], 2);
    let again = bench.run(&replay(&["--json", "in"])).json();
    assert_eq!((&again["recorded"], &again["known_already"]), (&0.into(), &2.into()));
}

#[test]
fn ctrl_c_ends_after_the_batch_at_hand_and_the_same_command_goes_on() {
    let bench = Bench::set_up();
    put(&bench, "odds_1", "1.45", "2026-03-31T20:00:00Z");
    put(&bench, "odds_2", "1.50", "2026-03-31T22:00:00Z");
    let child = ChildProcess::start(&mut bench.command(&replay(&["--speed", "1", "--json", "in"]), &[]));
    let store = bench.path().join("data/archive");
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !store.is_dir() {
        assert!(std::time::Instant::now() < deadline, "nothing was archived: {}", child.said_so_far());
        std::thread::sleep(Duration::from_millis(50));
    }
    child.interrupt();
    let finished = child.finish(Duration::from_secs(60)).unwrap();
    assert_eq!(finished.code, Some(130), "{}", finished.stderr);
    let json: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!((&json["recorded"], &json["is_stopped"]), (&1.into(), &true.into()));
    let rest = bench.run(&replay(&["--json", "in"]));
    assert_eq!((rest.code, &rest.json()["recorded"], &rest.json()["known_already"]), (0, &1.into(), &1.into()));
}

#[test]
fn at_a_speed_replies_wait_for_their_turn() {
    let bench = Bench::set_up();
    put(&bench, "odds_1", "1.45", "2026-03-31T20:00:00Z");
    put(&bench, "odds_2", "1.50", "2026-03-31T20:01:00Z");
    let began = std::time::Instant::now();
    assert_eq!(bench.run(&replay(&["--speed", "60", "in"])).code, 0);
    assert!(began.elapsed() >= Duration::from_secs(1), "a minute at sixty times is a second");
}

/// A store with two replies that say something, one that says the same as the first, and an error that was set aside.
fn with_replies() -> Bench {
    let bench = Bench::set_up();
    put(&bench, "odds_1", "1.45", "2026-03-31T20:00:00Z");
    put(&bench, "odds_2", "1.50", "2026-03-31T20:05:00Z");
    let error = r#"{"status":401,"headers":{},"body":{"message":"no","error_code":"INVALID_KEY"}}"#;
    bench.put("in/error_20260331T2010Z.json", error);
    assert_eq!(bench.run(&replay(&["--json", "in"])).json()["recorded"], 2);
    bench
}

const OWN: [&str; 4] = ["replay", "--provider", "archive", "--json"];

#[test]
fn our_own_stored_replies_are_sent_through_the_route_and_say_the_same() {
    let (from, into) = (with_replies(), Bench::set_up());
    let data = from.path().join("data").display().to_string();
    let ended = into.run(&[&OWN[..], &[&data]].concat());
    let json = ended.json();
    let counted = (&json["recorded"], &json["set_aside"], &json["bad"], &json["is_conserved"]);
    assert_eq!((ended.code, counted), (0, (&2.into(), &1.into(), &0.into(), &true.into())), "{}", ended.err);
    let dump = ["dump", "--canonical"];
    assert!(from.run(&dump).out == into.run(&dump).out, "provider, endpoint, request, moment and body came along");
    let again = into.run(&[&OWN[..], &[&data]].concat()).json();
    assert_eq!((&again["recorded"], &again["known_already"]), (&0.into(), &2.into()));
}

#[test]
fn a_database_that_was_lost_is_filled_from_its_own_archive_which_stays_as_it_is() {
    let bench = with_replies();
    let dump = bench.run(&["dump", "--canonical"]).out;
    let archive = bench.path().join("data/archive");
    let before = files_below(&archive);
    for name in ["predictive-play.db", "predictive-play.db-wal", "predictive-play.db-shm"] {
        let _ = std::fs::remove_file(bench.path().join("data").join(name));
    }
    assert_eq!(bench.run(&OWN).json()["recorded"], 2);
    assert!(bench.run(&["dump", "--canonical"]).out == dump);
    assert_eq!(files_below(&archive), before, "no bundle is written anew");
    assert_eq!(bench.run(&[&OWN[..], &["data"]].concat()).json()["recorded"], 0);
}

#[test]
fn a_single_bundle_is_replayed_a_damaged_one_is_named_and_passed_over() {
    let (from, into) = (with_replies(), Bench::set_up());
    let bundle = files_below(&from.path().join("data/archive")).into_iter().find(|path| path.ends_with(".ppb")).unwrap();
    let spoilt = into.put("spoilt.ppb", "PPR1 and then nothing");
    let ended = into.run(&[&OWN[..], &[&bundle, &spoilt]].concat());
    assert_eq!((ended.code, &ended.json()["recorded"], &ended.json()["bad"]), (1, &2.into(), &1.into()), "{}", ended.err);
    assert!(ended.err.contains("spoilt.ppb"), "{}", ended.err);
}

#[test]
fn what_cannot_be_meant_with_our_own_replies_is_refused() {
    let bench = Bench::set_up();
    for (more, said) in [
        (&["--endpoint", "odds", "."][..], "--endpoint is refused"),
        (&["--observed-at", "2026-01-01T00:00:00Z", "."], "--observed-at is refused"),
        (&["nowhere"], "neither a file nor a folder"),
    ] {
        let ended = bench.run(&[&OWN[..], more].concat());
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    bench.put("empty/x.txt", "");
    let ended = bench.run(&[&OWN[..], &["empty"]].concat());
    assert!(ended.code == 1 && ended.err.contains("no bundles of replies"), "{}", ended.err);
    let ended = bench.run(&["replay", "--provider", "espn", "empty"]);
    assert!(ended.code == 2 && ended.err.contains("--endpoint is needed"), "{}", ended.err);
    let ended = bench.run(&["replay", "--provider", "espn", "--endpoint", "scoreboard"]);
    assert!(ended.code == 2 && ended.err.contains("PATH is needed"), "{}", ended.err);
}

fn files_below(folder: &std::path::Path) -> Vec<String> {
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<String> =
        inside.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path.display().to_string()] }).collect();
    files.sort();
    files
}
