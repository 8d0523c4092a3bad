//! Bad input: refused with the name of what was wrong and what would be right, exit 2, nothing written.

use crate::Bench;

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    let bench = Bench::set_up();
    bench.put("a.json", "[]");
    let replay = |more: &[&'static str]| [&["replay"], more].concat();
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["dcotor"], "doctor"),
        (vec![], "Usage"),
        (vec!["check", "--fail-on", "never"], "warn"),
        (vec!["keys", "create"], "--name"),
        (vec!["keys", "create", "--name", ""], "1 to 64"),
        (vec!["migrate", "down", "--to", "one"], "--to"),
        (vec!["doctor", "--patience", "0"], "patience"),
        (vec!["plan", "--credits", "abc"], "a whole number of credits a month"),
        (vec!["plan", "--credits", "-1"], "a whole number of credits a month"),
        (vec!["plan", "--days", "-1"], "from 1 to 60"),
        (vec!["plan", "--days", "61"], "from 1 to 60"),
        (replay(&["--provider", "the-ods-api", "--endpoint", "odds", "a.json"]), "did you mean the-odds-api?"),
        (replay(&["--provider", "espn", "--endpoint", "scorebord", "a.json"]), "did you mean scoreboard?"),
        (replay(&["--provider", "bookies", "--endpoint", "odds", "a.json"]), "there are "),
        (replay(&["--provider", "espn", "--endpoint", "scoreboard"]), "PATH"),
        (replay(&["--provider", "espn", "--endpoint", "scoreboard", "nowhere.json"]), "nowhere.json"),
        (replay(&["--provider", "espn", "--endpoint", "scoreboard", "--speed", "0", "a.json"]), "or max"),
        (replay(&["--provider", "espn", "--endpoint", "scoreboard", "--observed-at", "monday", "a.json"]), "RFC 3339"),
    ];
    for (arguments, right) in cases {
        let ended = bench.run(&arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(right), "{arguments:?}: {}", ended.err);
        assert!(!bench.path().join("data").exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn wrong_settings_end_with_2_by_name_and_never_show_a_secret() {
    let bench = Bench::set_up();
    let cases = [
        ("PREDICTIVE_PLAY_LISTEN", "8080", "PREDICTIVE_PLAY_LISTEN"),
        ("DATABASE_URL", "mysql://u:hunter2@h/x", "DATABASE_URL"),
        ("REDIS_URL", "hunter2:6379", "REDIS_URL"),
        ("THE_ODDS_API_BASE_URL", "ftp://u:hunter2@x", "THE_ODDS_API_BASE_URL"),
        ("THE_ODDS_API_KEY_FILE", "nowhere", "THE_ODDS_API_KEY_FILE"),
        ("THE_ODDS_API_KEY_FILE", "/dev/zero", "longer than 1 MiB"),
        ("PREDICTIVE_PLAY_CONFIG", "/dev/zero", "longer than 1 MiB"),
        ("API_PROVIDER", "theods", "API_PROVIDER"),
        ("RUST_LOG", "store=loud", "RUST_LOG"),
        ("RUST_LOG", "verbose", "RUST_LOG"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT"),
        ("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "-1", "PREDICTIVE_PLAY_CREDITS_PER_MONTH"),
    ];
    for (name, value, said) in cases {
        for command in [&["doctor"][..], &["check"], &["serve"], &["migrate", "status"], &["keys", "list"]] {
            let ended = bench.run_with(command, &[(name, value)]);
            assert_eq!(ended.code, 2, "{name}={value} {command:?}: {}{}", ended.out, ended.err);
            assert!(ended.err.contains(said) && !ended.err.contains("hunter2"), "{name}: {}", ended.err);
            assert_eq!(ended.err.lines().count(), 1, "{name}: {}", ended.err);
        }
    }
    assert!(!bench.path().join("data").exists());
}

#[test]
fn a_settings_file_that_is_missing_or_says_something_unknown_is_refused() {
    let bench = Bench::set_up();
    assert_eq!(bench.run(&["--config", "nowhere.toml", "check"]).code, 2);
    bench.put("wrong.toml", "[cadence]\nprop = \"5m\"\n");
    let ended = bench.run(&["check", "--config", "wrong.toml"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("did you mean cadence.props?"), "{}", ended.err);
}

#[test]
fn a_file_that_is_no_database_is_a_failure_in_one_line() {
    let bench = Bench::set_up();
    bench.put("odds.db", &"this is no database. ".repeat(400));
    let settings = [("DATABASE_URL", "sqlite:odds.db")];
    for command in [&["check"][..], &["keys", "list"], &["migrate", "status"], &["doctor"]] {
        let ended = bench.run_with(command, &settings);
        assert_eq!(ended.code, 1, "{command:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.lines().count() <= 1, "{}", ended.err);
    }
}

#[test]
fn help_names_every_command_and_its_exit_codes() {
    let bench = Bench::set_up();
    let help = bench.run(&["--help"]);
    assert_eq!(help.code, 0);
    for word in ["serve", "replay", "doctor", "check", "migrate", "keys", "Exit codes"] {
        assert!(help.out.contains(word), "{word}: {}", help.out);
    }
    for command in ["replay", "doctor", "check", "migrate", "keys"] {
        let help = bench.run(&[command, "--help"]);
        assert_eq!((help.code, help.out.contains("--json")), (0, true), "{command}");
    }
}

#[test]
fn a_rebuild_into_the_store_itself_or_into_what_is_none_is_refused_without_its_password() {
    let bench = Bench::set_up();
    bench.run(&["migrate", "up"]);
    std::fs::create_dir(bench.path().join("deep")).unwrap();
    for into in ["sqlite:data/predictive-play.db", "sqlite:deep/../data/predictive-play.db"] {
        let ended = bench.run(&["rebuild", "--into", into, "--verify"]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{into}: {}", ended.err);
        assert!(ended.err.contains("name one that is not there yet"), "{into}: {}", ended.err);
    }
    for into in ["mysql://u:hunter2@h/d", "hunter2@h", "postgres://u:hunter2@h:port/d"] {
        let ended = bench.run(&["rebuild", "--into", into]);
        let says_what_is_right =
            ended.err.contains("sqlite:PATH") || ended.err.contains("it is not postgres://user:password@host:port/name");
        assert!(ended.code == 2 && says_what_is_right && !ended.err.contains("hunter2"), "{into}: {}", ended.err);
    }
}

#[test]
fn a_replay_of_nothing_or_of_a_time_to_come_is_a_failure_and_records_nothing() {
    let bench = Bench::set_up();
    bench.put("a.json", "[]");
    std::fs::create_dir(bench.path().join("empty")).unwrap();
    let replay = ["replay", "--provider", "the-odds-api", "--endpoint", "odds"];
    let ended = bench.run(&[&replay[..], &["empty"]].concat());
    assert!(ended.code == 1 && ended.err.contains("no file lies in empty"), "{} {}", ended.code, ended.err);
    let ended = bench.run(&[&replay[..], &["--observed-at", "2999-01-01T00:00:00Z", "a.json"]].concat());
    assert!(ended.code == 1 && ended.err.contains("ahead of the clock") && ended.out.contains("0 recorded"), "{}{}", ended.out, ended.err);
}

#[test]
fn a_folder_that_cannot_be_made_is_a_wrong_setting_by_name() {
    let bench = Bench::set_up();
    bench.put("file", "");
    for (name, value) in [("PREDICTIVE_PLAY_DATA_DIR", "file/data"), ("DATABASE_URL", "sqlite:file/odds.db")] {
        for command in [&["check"][..], &["up"], &["serve"], &["keys", "list"]] {
            let ended = bench.run_with(command, &[(name, value)]);
            assert_eq!(ended.code, 2, "{name} {command:?}: {}", ended.err);
            assert!(ended.err.contains(name) && ended.err.contains("\"file") && ended.err.contains("cannot be made"), "{}", ended.err);
            assert_eq!((ended.err.lines().count(), ended.err.matches("os error").count()), (1, 1), "said once: {}", ended.err);
        }
    }
}

#[test]
fn a_database_that_does_not_answer_is_told_with_its_place_and_a_wrong_address_in_plain_words() {
    let bench = Bench::set_up();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = bench.run_with(&["check"], &[("DATABASE_URL", &format!("postgres://ana:hunter2@{free}/odds"))]);
    assert!(ended.code == 1 && ended.err.contains(&free.to_string()) && !ended.err.contains("hunter2"), "{}", ended.err);
    assert_eq!(ended.err.matches("refused").count(), 1, "said once: {}", ended.err);
    let ended = bench.run_with(&["check"], &[("DATABASE_URL", "postgres://ana:hunter2@db:99999/odds")]);
    assert!(ended.code == 2 && ended.err.contains("it cannot be read: invalid connection string"), "{}", ended.err);
}

#[test]
fn an_address_of_another_machine_is_told_with_the_setting() {
    let ended = Bench::set_up().run_with(&["serve"], &[("PREDICTIVE_PLAY_LISTEN", "192.0.2.1:8080")]);
    assert!(ended.code == 1 && ended.err.contains("PREDICTIVE_PLAY_LISTEN") && ended.err.contains("0.0.0.0:8080"), "{}", ended.err);
}
