//! The peer: what a careful Python program does with the same replies (json, psycopg2 `execute_values`, a lean table, committed).

use std::io::Write;
use std::process::Command;

use crate::fixture::Sample;

const PROGRAM: &str = include_str!("loader.py");

/// Outcomes a second of the peer on the same replies.
///
/// # Errors
/// Where Python or psycopg2 is not here.
pub fn outcomes_per_second(sample: &Sample, url: &str) -> Result<f64, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("replies.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).map_err(|error| error.to_string())?);
    for reply in &sample.replies {
        writeln!(file, "{}\t{}", reply.observed_at, reply.body).map_err(|error| error.to_string())?;
    }
    drop(file);
    let python = std::env::var("BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output =
        Command::new(python).args(["-c", PROGRAM, &path.display().to_string(), url]).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no reason").to_owned());
    }
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(|_| "no figure".to_owned())
}
