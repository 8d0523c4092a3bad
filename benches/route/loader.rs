//! The peer: what a careful Python program does with the same replies (json, psycopg2 `execute_values`, a lean table, committed).

use std::io::Write;
use std::process::Command;

use crate::fixture::Sample;

const PROGRAM: &str = include_str!("loader.py");

/// What the peer reaches on the same replies.
pub struct Peer {
    /// Outcomes a second, from bytes to the commit.
    pub whole: f64,
    /// Rows a second of its writes alone, in the fastest of its batches: ours is the fastest of some rounds too.
    pub writes: f64,
}

/// Runs the peer.
///
/// # Errors
/// Where Python or psycopg2 is not here.
pub fn run(sample: &Sample, url: &str) -> Result<Peer, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("replies.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).map_err(|error| error.to_string())?);
    for reply in &sample.replies {
        writeln!(file, "{}\t{}", reply.observed_at, reply.body).map_err(|error| error.to_string())?;
    }
    drop(file);
    let output =
        Command::new(python()).args(["-c", PROGRAM, &path.display().to_string(), url]).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no reason").to_owned());
    }
    let figures: Vec<f64> = String::from_utf8_lossy(&output.stdout).split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match figures[..] {
        [whole, writes] => Ok(Peer { whole, writes }),
        _ => Err("no figures".to_owned()),
    }
}

/// The one that is named, or the first that has the driver: the distribution's package belongs to the distribution's Python.
fn python() -> String {
    let has_driver =
        |python: &&str| Command::new(python).args(["-c", "import psycopg2"]).output().is_ok_and(|tried| tried.status.success());
    std::env::var("BENCH_PYTHON")
        .unwrap_or_else(|_| ["python3", "/usr/bin/python3"].into_iter().find(has_driver).unwrap_or("python3").to_owned())
}
