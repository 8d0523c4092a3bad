//! `report phase1` on the recorded season, on both engines: what is loaded is met, what is not is said, and each figure's statement
//! answers the same when anybody runs it.
#![allow(clippy::unwrap_used)]

mod route;

use std::process::Command;

use odds::reply::{Basis, Reply, Request};
use predictive_play::report::phase1;
use route::Fresh;
use serde_json::Value;

const FILE: &str = include_str!("../data/recorded/premier-league-2022-23.csv");
const EPL: &str = "soccer.eng.1";

/// The season as one file, sent in at its end.
fn loaded(place: &Fresh) {
    let (request, headers) = (Request::to("/mmz4281/2223/E0.csv"), std::collections::BTreeMap::new());
    let reply = Reply {
        provider: "football-data",
        endpoint: "season",
        request: &request,
        status: 200,
        headers: &headers,
        body: FILE.as_bytes(),
        fetched_at: "2023-06-01T00:00:00Z".parse().unwrap(),
        basis: Basis::Fetched,
        sport: None,
    };
    place.recorder.take(&[reply], None).unwrap();
}

fn places() -> Vec<Fresh> {
    std::iter::once(Fresh::sqlite()).chain(Fresh::postgres()).collect()
}

/// The program's own report on a store: its exit code and what it prints.
fn run(place: &Fresh, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_predictive-play"))
        .args(["report", "phase1"])
        .args(arguments)
        .current_dir(place.folder.path())
        .env_clear()
        .env("DATABASE_URL", &place.address)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

#[test]
fn a_season_that_is_loaded_is_six_months_and_a_year_of_history() {
    for place in places() {
        loaded(&place);
        let (code, said) = run(&place, &["--to", "2023-06-01", "--sport", EPL, "--json"]);
        let told: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &told["is_met"], &told["missing"]), (Some(0), &true.into(), &serde_json::json!([])), "{told:#}");
        let sport = &told["sports"][0];
        assert_eq!((&sport["sport"], &sport["year"]["games"], &sport["year"]["with_close"]), (&EPL.into(), &380.into(), &380.into()));
        assert_eq!(sport["months"].as_object().unwrap().len(), 10, "August to May");
        let proofs = told["proofs"].as_array().unwrap();
        assert_eq!(proofs.len(), 2);
        assert!(
            proofs
                .iter()
                .all(|proof| proof["sql"].as_str().unwrap().contains("sports_events") && !proof["sql"].as_str().unwrap().contains('@'))
        );
        let lines: Vec<&str> = proofs[1]["rows"][0].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
        assert_eq!(lines[..3], [EPL, "2022-08-05", "2023-05-28"], "{lines:?}");
        assert!(lines[3] != "0" && lines[3] == lines[7], "every line of a season that is over is settled: {lines:?}");
        assert_eq!(lines[5], "0", "a file that says only \"closing\" proves no exact close");
        let (code, text) = run(&place, &["--to", "2023-06-01", "--sport", "soccer_epl"]);
        assert!(code == Some(0) && text.contains("a year met (380 of 380") && text.contains("group by 1, 2 order by 1, 2;"), "{text}");
    }
}

#[test]
fn what_is_missing_is_said_with_exit_code_1() {
    for place in places() {
        loaded(&place);
        let (code, text) = run(&place, &["--to", "2023-08-01", "--sport", EPL, "--sport", "basketball.nba"]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(&format!("{EPL}: a year met")), "June and July are no holes: {text}");
        assert!(text.contains("missing: basketball.nba, a year: 2022-10: no game is known, though it is played in"), "{text}");
        assert!(text.ends_with("not met\n"), "{text}");
    }
}

#[test]
fn the_statements_are_those_that_are_shown() {
    let place = Fresh::sqlite();
    loaded(&place);
    run(&place, &["--sport", EPL]);
    let proof = place.store().loaded_months("2022-06-01", "2023-06-01").unwrap();
    let path = place.address.strip_prefix("sqlite:").unwrap();
    let connection = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection.prepare(&proof.sql).unwrap();
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    assert_eq!(columns, proof.columns);
    let value = |row: &rusqlite::Row<'_>, at: usize| match row.get_ref(at).unwrap() {
        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
        other => other.as_str().unwrap().to_owned(),
    };
    let rows: Vec<Vec<String>> =
        statement.query_map([], |row| Ok((0..6).map(|at| value(row, at)).collect())).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows, proof.rows, "anybody who runs it gets the same");
    let sports = phase1::sports(&[EPL.to_owned()], &proof, "2023-06-01".parse().unwrap());
    assert!(
        sports[0].six_months.is_met && sports[0].months.values().all(|month| month.with_score == month.games && month.with_open == 0),
        "{sports:?}"
    );
}
