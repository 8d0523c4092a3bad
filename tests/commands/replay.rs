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
