//! `doctor` tells apart what can be wrong: a misbehaving provider, a clock, a database, a disk, Redis, a port.

use std::net::TcpListener;
use std::process::Command;

use testkit::provider_server::{Act, Answer, ProviderServer};

use crate::{Bench, Ended};

const KEY: &str = "abcdef0123456789";

/// What the doctor says of the first line with this subject: code, state and reason.
fn said(ended: &Ended, subject: &str) -> (String, String, String) {
    let json = ended.json();
    let lines = json["lines"].as_array().unwrap().clone();
    let is_it = |line: &&serde_json::Value| line["subject"].as_str().unwrap().starts_with(subject) && line["code"] != "ok";
    let line = lines.iter().find(is_it).or_else(|| lines.iter().find(|line| line["subject"].as_str().unwrap().starts_with(subject)));
    let line = line.unwrap_or_else(|| panic!("nothing of {subject} in {json}"));
    let text = |name: &str| line[name].as_str().unwrap().to_owned();
    if line["state"] != "ok" {
        assert!(!text("reason").is_empty() && !text("advice").is_empty(), "{line}");
    }
    (text("code"), text("state"), text("reason"))
}

/// The doctor with The Odds API at this address and nobody else, and further settings.
fn doctor_at(url: &str, more: &[(&str, &str)]) -> (Bench, Ended) {
    let bench = Bench::set_up();
    let own =
        [("THE_ODDS_API_KEY", KEY), ("THE_ODDS_API_BASE_URL", url), ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"), ("NO_PROXY", "*")];
    let ended = bench.run_with(&["doctor", "--json", "--patience", "2"], &[&own[..], more].concat());
    assert!(!ended.out.contains(KEY) && !ended.err.contains(KEY), "the key is shown: {}{}", ended.out, ended.err);
    (bench, ended)
}

fn now() -> String {
    jiff::fmt::rfc2822::to_string(&jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC)).unwrap()
}

fn sports(remaining: &str, date: &str) -> Act {
    Act::Answer(Answer::json(200, "[]").with("x-requests-remaining", remaining).with("x-requests-used", "10").with("date", date))
}

#[test]
fn a_provider_is_told_apart_by_what_it_answers() {
    let refusal = |status: u16, code: &str| Act::Answer(Answer::json(status, format!(r#"{{"message":"no {KEY}","error_code":"{code}"}}"#)));
    let cases = [
        (sports("490", &now()), "ok", 0),
        (sports("0", &now()), "no_credits", 1),
        (refusal(401, "INVALID_KEY"), "wrong_key", 1),
        (refusal(401, "OUT_OF_USAGE_CREDITS"), "no_credits", 1),
        (Act::html(), "changed_shape", 1),
        (Act::too_many(None), "failing", 1),
        (Act::status(503), "failing", 1),
        (Act::Silence, "unreachable", 1),
        (Act::Reset, "unreachable", 1),
    ];
    for (act, code, exit) in cases {
        let server = ProviderServer::start();
        server.script("/v4/sports", [act]);
        let (_bench, ended) = doctor_at(&server.url(), &[]);
        assert_eq!(said(&ended, "provider the-odds-api").0, code, "{}", ended.out);
        assert_eq!(ended.code, exit, "{}", ended.out);
        assert_eq!(server.received().iter().filter(|call| call.query("apiKey") != KEY).count(), 0);
    }
}

#[test]
fn no_key_and_no_host_are_told_apart() {
    let bench = Bench::set_up();
    let named = [("API_PROVIDER", "the-odds-api"), ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false")];
    let ended = bench.run_with(&["doctor", "--json"], &named);
    assert_eq!((said(&ended, "provider the-odds-api").0.as_str(), ended.code), ("no_key", 1));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_bench, ended) = doctor_at(&format!("http://{free}"), &[]);
    assert_eq!(said(&ended, "provider the-odds-api").0, "unreachable");
}

#[test]
fn a_clock_that_is_off_is_told_with_its_way() {
    for (date, way) in [("Mon, 01 Jan 2035 00:00:00 GMT", "behind"), ("Mon, 01 Jan 2024 00:00:00 GMT", "ahead")] {
        let server = ProviderServer::start();
        server.script("/v4/sports", [sports("490", date)]);
        let (_bench, ended) = doctor_at(&server.url(), &[]);
        let (code, _, reason) = said(&ended, "clock");
        assert_eq!((code.as_str(), ended.code), ("clock_skew", 1));
        assert!(reason.contains(way), "{reason}");
    }
}

#[test]
fn a_database_that_is_gone_read_only_or_of_another_version_is_told_apart() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let server = ProviderServer::start();
    server.script("/v4/sports", [sports("490", &now())]);
    let doctor = |url: &str| {
        let (_bench, ended) = doctor_at(&server.url(), &[("DATABASE_URL", url)]);
        (said(&ended, "database").0, ended.code)
    };
    assert_eq!(doctor(&database.url), ("ok".to_owned(), 0), "no schema yet is well");
    assert_eq!(Bench::set_up().run_with(&["migrate", "up"], &[("DATABASE_URL", &database.url)]).code, 0);
    assert_eq!(doctor(&database.url), ("ok".to_owned(), 0));
    database.execute(
        "create role reader login; grant usage on schema predictive_play to reader;
        grant select on all tables in schema predictive_play to reader",
    );
    let as_reader = database.url.replace("testkit@", "reader@");
    assert_eq!(doctor(&as_reader), ("read_only".to_owned(), 1), "a user without rights");
    let as_replica = format!("{}?options=-c%20default_transaction_read_only%3Don", database.url);
    assert_eq!(doctor(&as_replica), ("read_only".to_owned(), 1), "a replica");
    database.execute("insert into predictive_play.migrations (version, name) values (99, 'later')");
    assert_eq!(doctor(&database.url), ("schema_newer".to_owned(), 2));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(doctor(&format!("postgres://x:hunter2@{free}/x")), ("unreachable".to_owned(), 1));
}

#[test]
fn a_file_on_a_disk_that_is_locked_is_read_only_and_so_is_a_database_before_its_schema() {
    let server = ProviderServer::start();
    server.script("/v4/sports", [sports("490", &now())]);
    if let Some(cluster) = testkit::postgres::shared() {
        let database = cluster.database();
        let as_replica = format!("{}?options=-c%20default_transaction_read_only%3Don", database.url);
        let (_bench, ended) = doctor_at(&server.url(), &[("DATABASE_URL", &as_replica)]);
        assert_eq!((said(&ended, "database").0.as_str(), ended.code), ("read_only", 1), "{}", ended.out);
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = |options: &str| {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success())
    };
    if !mount("size=64m") {
        testkit::skipped("a disk of one's own cannot be mounted here (needs root): a locked one is not tried");
        return;
    }
    let _disk = SmallDisk(folder.path());
    let data = folder.path().display().to_string();
    assert_eq!(Bench::set_up().run_with(&["migrate", "up"], &[("PREDICTIVE_PLAY_DATA_DIR", &data)]).code, 0);
    assert!(mount("remount,ro"));
    let (_bench, ended) = doctor_at(&server.url(), &[("PREDICTIVE_PLAY_DATA_DIR", &data)]);
    assert_eq!((said(&ended, "database").0.as_str(), ended.code), ("read_only", 1), "{}", ended.out);
    assert_eq!(said(&ended, "disk").0, "not_writable", "{}", ended.out);
}

#[test]
fn redis_down_and_a_busy_port_are_warnings() {
    let server = ProviderServer::start();
    server.script("/v4/sports", [sports("490", &now())]);
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = busy.local_addr().unwrap().to_string();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let redis = format!("redis://:hunter2@{free}");
    let (_bench, ended) = doctor_at(&server.url(), &[("REDIS_URL", &redis), ("PREDICTIVE_PLAY_LISTEN", &listen)]);
    assert_eq!(said(&ended, "redis").0, "redis_down");
    assert_eq!(said(&ended, "listen").0, "port_busy");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(!ended.out.contains("hunter2"));
    let Some(alive) = testkit::redis::dedicated() else { return };
    let (_bench, ended) = doctor_at(&server.url(), &[("REDIS_URL", &alive.url())]);
    assert_eq!(said(&ended, "redis").1, "ok", "{}", ended.out);
}

/// A disk of one's own that is taken away again.
struct SmallDisk<'a>(&'a std::path::Path);

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(folder.path()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        testkit::skipped("a disk of one's own cannot be mounted here (needs root): a full disk is tried on /dev/full alone");
        return;
    }
    let _disk = SmallDisk(folder.path());
    let server = ProviderServer::start();
    server.script("/v4/sports", [sports("490", &now())]);
    let data = folder.path().display().to_string();
    let (_bench, nearly) = doctor_at(&server.url(), &[("PREDICTIVE_PLAY_DATA_DIR", &data)]);
    assert_eq!((said(&nearly, "disk").0.as_str(), nearly.code), ("disk_full", 1), "little room: {}", nearly.out);
    assert!(std::fs::write(folder.path().join("filling"), vec![1_u8; 1 << 20]).is_err(), "it fills up");
    let (_bench, full) = doctor_at(&server.url(), &[("PREDICTIVE_PLAY_DATA_DIR", &data)]);
    let (code, _, reason) = said(&full, "disk");
    assert_eq!(code, "disk_full");
    assert!(reason.contains("cannot be written"), "{reason}");
}

#[test]
fn a_gateways_word_for_a_wrong_key_is_understood_and_where_keys_are_had_is_said() {
    let server = ProviderServer::start();
    let inactive = Answer::json(403, "<h1>Developer Inactive</h1>").with("x-mashery-error-code", "ERR_403_DEVELOPER_INACTIVE");
    server.script("/oddscomparison-prematch/trial/v2/en/sports.json", [Act::Answer(inactive)]);
    server.script("/api/v1/json/501234567/all_leagues.php", [Act::Answer(Answer::json(200, r#"{"leagues":null}"#).with("date", &now()))]);
    let bench = Bench::set_up();
    let (url, key) = (server.url(), "501234567");
    let own = [
        ("API_PROVIDER", "sportradar,thesportsdb,opticodds"),
        ("SPORTRADAR_API_KEY", KEY),
        ("SPORTRADAR_BASE_URL", &url),
        ("THESPORTSDB_API_KEY", key),
        ("THESPORTSDB_BASE_URL", &url),
        ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ("NO_PROXY", "*"),
    ];
    let ended = bench.run_with(&["doctor", "--json", "--patience", "2"], &own);
    let (code, _, reason) = said(&ended, "provider sportradar");
    assert_eq!(code, "wrong_key", "{}", ended.out);
    assert!(reason.contains("ERR_403_DEVELOPER_INACTIVE"), "{reason}");
    assert_eq!(said(&ended, "provider thesportsdb").0, "ok", "the key stands in the path: {}", ended.out);
    assert!(!ended.out.contains(KEY) && !ended.out.contains(key));
    let without = bench.run_with(&["doctor", "--json"], &[("API_PROVIDER", "sportradar"), ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false")]);
    assert_eq!(said(&without, "provider sportradar").0, "no_key");
    assert!(without.out.contains("https://developer.sportradar.com") && without.out.contains("123 is the free key"), "{}", without.out);
    assert_eq!(said(&without, "provider kalshi").0, "not_asked");
}

#[test]
fn of_everybody_without_a_key_it_is_said_how_one_is_had_and_how_files_come_in() {
    let bench = Bench::set_up();
    let ended = bench.run_with(&["doctor", "--json"], &[("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false")]);
    let json = ended.json();
    let advice = |provider: &str| {
        let subject = format!("provider {provider}");
        let line = json["lines"].as_array().unwrap().iter().find(|line| line["subject"] == subject.as_str());
        line.unwrap_or_else(|| panic!("nothing of {provider} in {json}"))["advice"].as_str().unwrap().to_owned()
    };
    for (provider, variable) in [
        ("the-odds-api", "THE_ODDS_API_KEY"),
        ("oddsjam", "ODDSJAM_API_KEY"),
        ("opticodds", "OPTICODDS_API_KEY"),
        ("sportradar", "SPORTRADAR_API_KEY"),
        ("thesportsdb", "THESPORTSDB_API_KEY"),
    ] {
        let said = advice(provider);
        assert!(said.contains(variable) && said.contains("https://"), "{provider}: {said}");
    }
    let files = advice("betfair-historic");
    assert!(files.contains("https://") && files.contains("replay --provider betfair-historic"), "{files}");
}

#[test]
fn a_wrong_key_is_told_with_where_a_right_one_is_had() {
    let server = ProviderServer::start();
    let refusal = Answer::json(401, r#"{"message":"no","error_code":"INVALID_KEY"}"#);
    server.script("/v4/sports", [Act::Answer(refusal)]);
    let (_bench, ended) = doctor_at(&server.url(), &[]);
    let lines = ended.json();
    let line = lines["lines"].as_array().unwrap().iter().find(|line| line["code"] == "wrong_key").cloned().unwrap();
    assert!(line["advice"].as_str().unwrap().contains("https://the-odds-api.com"), "{line}");
}
