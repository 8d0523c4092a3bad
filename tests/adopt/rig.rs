//! What the tests of adoption share: old databases, and the plain client past the code under test.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use postgres::{Client, NoTls, SimpleQueryMessage};
use testkit::legacy::Recipe;
use testkit::postgres::{PostgresCluster, TestDatabase};

/// Now, to the day: queries compare with the server's clock.
pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

pub struct Old {
    pub database: TestDatabase,
    pub planted: testkit::legacy::Planted,
}

pub fn old(cluster: &PostgresCluster, recipe: &Recipe) -> Old {
    let database = cluster.database_with_spaces();
    let planted = testkit::legacy::fill(&database.url, recipe);
    Old { database, planted }
}

pub fn client(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap()
}

/// Rows of a query as texts.
pub fn rows(url: &str, query: &str) -> Vec<Vec<Option<String>>> {
    let answer = client(url).simple_query(query).unwrap_or_else(|error| panic!("{error:?}: {query}"));
    let row = |message: SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
        _ => None,
    };
    answer.into_iter().filter_map(row).collect()
}

/// The keys that a query of a problem lists: the first column, or both ids of a pair.
pub fn listed(url: &str, query: &str) -> BTreeSet<String> {
    let is_pair = query.contains(" as other_id");
    let key = |row: &Vec<Option<String>>| {
        let (one, other) = (row[0].clone().unwrap(), row.get(1).cloned().flatten().unwrap_or_default());
        if is_pair { format!("{}+{}", one.clone().min(other.clone()), one.max(other)) } else { one }
    };
    rows(url, query).iter().map(key).collect()
}

/// How a command ended, and what it said.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn command(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
    command.args(arguments).current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").envs(settings.iter().copied());
    command
}

pub fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    let output = command(folder, arguments, settings).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ended = Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    ended
}

pub fn json(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {} {}", ended.out, ended.err))
}
