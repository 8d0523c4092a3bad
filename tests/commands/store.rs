//! `migrate`, `keys` and `check`, on a store of their own.

use crate::{Bench, odds_body};

#[test]
fn migrate_looks_without_making_and_goes_both_ways() {
    let bench = Bench::set_up();
    let status = bench.run(&["migrate", "status", "--json"]);
    assert_eq!((status.code, &status.json()["version"]), (0, &0.into()));
    assert!(!bench.path().join("data").exists(), "looking made a store");
    let up = bench.run(&["migrate", "up", "--json"]).json();
    assert_eq!(up["version"], up["known"]);
    let refused = bench.run(&["migrate", "down", "--to", "0"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(bench.run(&["migrate", "status", "--json"]).json()["version"], up["version"]);
    assert_eq!(bench.run(&["migrate", "down", "--to", "0", "--yes", "--json"]).json()["version"], 0);
    assert_eq!(bench.run(&["migrate", "up", "--json"]).json(), up);
}

#[test]
fn a_store_of_a_newer_program_is_refused_by_all() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (bench, database) = (Bench::set_up(), cluster.database());
    let settings = [("DATABASE_URL", database.url.as_str()), ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"), ("THE_ODDS_API_KEY", "k")];
    assert_eq!(bench.run_with(&["migrate", "up"], &settings).code, 0);
    database.execute("insert into predictive_play.migrations (version, name) values (99, 'later')");
    for command in
        [&["check"][..], &["keys", "list"], &["migrate", "up"], &["migrate", "status"], &["migrate", "down", "--yes"], &["serve"]]
    {
        let ended = bench.run_with(command, &settings);
        assert_eq!(ended.code, 2, "{command:?}: {}{}", ended.out, ended.err);
        assert!(format!("{}{}", ended.out, ended.err).contains("newer program"), "{command:?}: {}", ended.err);
    }
    assert_eq!(database.text("select max(version)::text from predictive_play.migrations").as_deref(), Some("99"));
}

#[test]
fn a_key_is_shown_once_listed_without_it_and_revoked() {
    let bench = Bench::set_up();
    let made = bench.run(&["keys", "create", "--name", "dashboard", "--json"]).json();
    let (id, key) = (made["key_id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned());
    let list = bench.run(&["keys", "list", "--json"]);
    assert!(!list.out.contains(&key));
    assert_eq!((&list.json()["keys"][0]["name"], &list.json()["keys"][0]["revoked_at"]), (&"dashboard".into(), &serde_json::Value::Null));
    let unknown = bench.run(&["keys", "revoke", "dashboard"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains(&id), "the near one is named: {}", unknown.err);
    let first = bench.run(&["keys", "revoke", &id, "--json"]).json();
    assert!(first["revoked_at"].is_string());
    assert_eq!(bench.run(&["keys", "revoke", &id, "--json"]).json(), first, "a second time changes nothing");
    let bytes = std::fs::read(bench.path().join("data/predictive-play.db")).unwrap();
    assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "the key itself is at rest");
}

#[test]
fn keys_are_kept_in_postgresql_too_and_found_by_their_hash() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (bench, database) = (Bench::set_up(), cluster.database());
    let settings = [("DATABASE_URL", database.url.as_str())];
    let made = bench.run_with(&["keys", "create", "--name", "model", "--json"], &settings).json();
    let store = store::Store::new(store::engine(&database.url, None).unwrap(), bench.path());
    let (text, keys) = (made["key"].as_str().unwrap(), store.keys().unwrap());
    let found = store::keys::find(&keys, text).unwrap();
    assert_eq!((found.name.as_str(), found.id.as_str()), ("model", made["key_id"].as_str().unwrap()));
    assert_eq!(store::keys::find(&keys, "pp_other"), None);
    assert_eq!(bench.run_with(&["keys", "revoke", &found.id], &settings).code, 0);
    assert_eq!(store::keys::find(&store.keys().unwrap(), text), None);
}

#[test]
fn check_opens_a_finding_keeps_its_beginning_and_closes_it() {
    let bench = Bench::set_up();
    assert_eq!(bench.run(&["check"]).code, 0);
    let bad = odds_body("\"a lot\"", "2026-04-01T00:00:00Z");
    bench.put("odds_20260331T2001Z.json", &bad);
    assert_eq!(bench.run(&["replay", "--provider", "theodds", "--endpoint", "odds", "odds_20260331T2001Z.json"]).code, 0);
    let first = bench.run(&["check", "--json"]);
    assert_eq!(first.code, 1, "{}", first.out);
    let of = |json: &serde_json::Value| {
        let all = json["findings"].as_array().unwrap().clone();
        all.into_iter().find(|finding| finding["kind"] == "problems").unwrap()
    };
    assert_eq!(of(&first.json())["subject"], "the-odds-api/odds/bad_price");
    let again = bench.run(&["check", "--fail-on", "error", "--json"]);
    assert_eq!(again.code, 0, "a warning is no error");
    assert_eq!(of(&again.json())["opened_at"], of(&first.json())["opened_at"]);
    assert_ne!(of(&again.json())["seen_at"], of(&first.json())["seen_at"]);
}

#[test]
fn an_entry_whose_sums_do_not_hold_is_an_error() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (bench, database) = (Bench::set_up(), cluster.database());
    let settings = [("DATABASE_URL", database.url.as_str())];
    bench.put("odds_20260331T2001Z.json", &odds_body("1.45", "2026-04-01T00:00:00Z"));
    let replay = ["replay", "--provider", "the-odds-api", "--endpoint", "odds", "odds_20260331T2001Z.json"];
    assert_eq!(bench.run_with(&replay, &settings).code, 0);
    assert_eq!(bench.run_with(&["check", "--fail-on", "error"], &settings).code, 0);
    database.execute("update predictive_play.entries set received = received + 1");
    let found = bench.run_with(&["check", "--fail-on", "error", "--json"], &settings);
    assert_eq!((found.code, &found.json()["findings"][0]["kind"]), (1, &"not_conserved".into()));
    database.execute("update predictive_play.entries set received = received - 1");
    assert_eq!(bench.run_with(&["check", "--fail-on", "error"], &settings).code, 0);
    let closed = "select count(*)::text from predictive_play.findings where kind = 'not_conserved' and closed_at is not null";
    assert_eq!(database.text(closed).as_deref(), Some("1"));
}

#[test]
fn prices_that_cannot_be_meant_and_words_without_meaning_are_found() {
    let bench = Bench::set_up();
    let now = jiff::Timestamp::now();
    let soon = (now + jiff::SignedDuration::from_hours(2)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let seen = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let fair = odds_body("1.45", &soon).replace("2026-03-31T20:00:00Z", &seen);
    let wrong = odds_body("14.5", &soon).replace("2026-03-31T20:00:00Z", &seen).replace("63330b33", "63330b34");
    let strange = fair.replace("h2h", "moon_phase").replace("63330b33", "63330b35");
    for (name, body) in [("fair", &fair), ("wrong", &wrong), ("strange", &strange)] {
        let path = bench.put(&format!("{name}.json"), body);
        assert_eq!(bench.run(&["replay", "--provider", "the-odds-api", "--endpoint", "odds", &path]).code, 0);
    }
    let json = bench.run(&["check", "--json"]).json();
    let of = |kind: &str| -> Vec<String> {
        let all = json["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == kind);
        all.map(|finding| finding["detail"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of("overround").len(), 1, "{json}");
    assert!(of("overround")[0].contains("-57.4 %") && of("overround")[0].contains("draftkings"), "{json}");
    assert_eq!(of("unknown_market").len(), 1, "{json}");
    assert!(of("unknown_market")[0].starts_with("2 of 2 slots"), "{json}");
}
