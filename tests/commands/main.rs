//! The commands as people and scripts run them: the built binary, its exit codes, its JSON, and what it says of bad input.
#![allow(clippy::unwrap_used)]

mod backup;
mod bad_input;
mod closed;
mod doctor;
mod matches;
mod on_postgres;
mod outage;
mod plan;
mod replay;
mod store;

use std::path::Path;
use std::process::{Command, Output};

/// The binary in a folder of its own, with nothing of the tester's environment in it.
pub struct Bench {
    pub folder: tempfile::TempDir,
}

pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Bench {
    pub fn set_up() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
        command.args(arguments).current_dir(self.path()).env_clear().envs(settings.iter().copied());
        command.env(
            "PREDICTIVE_PLAY_LISTEN",
            settings.iter().find(|(name, _)| name.ends_with("_LISTEN")).map_or("127.0.0.1:18099", |(_, at)| at),
        );
        command
    }

    pub fn run_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
        ended(self.command(arguments, settings).output().unwrap())
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    pub fn put(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        name.to_owned()
    }
}

pub fn ended(output: Output) -> Ended {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ended = Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ended.err.contains("panicked"), "it panicked: {}", ended.err);
    ended
}

impl Ended {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {:?} {:?}", self.out, self.err))
    }
}

/// A reply of The Odds API with one game, as its wire notes show it.
pub fn odds_body(price: &str, start: &str) -> String {
    format!(
        r#"[{{"id":"63330b334dfcd7aa56e69624617bc273","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"{start}",
"home_team":"Boston Celtics","away_team":"Miami Heat","bookmakers":[{{"key":"draftkings","title":"DraftKings","last_update":"2026-03-31T20:00:00Z",
"markets":[{{"key":"h2h","last_update":"2026-03-31T20:00:00Z","outcomes":[{{"name":"Boston Celtics","price":{price}}},{{"name":"Miami Heat","price":2.8}}]}}]}}]}}]"#
    )
}
