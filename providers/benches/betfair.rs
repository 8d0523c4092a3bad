//! `cargo bench -p providers --bench betfair`: the exchange's stream beside `betfairlightweight`, in one run. Installs the peer below target/ first;
//! where it cannot be had, says so aloud.

#[path = "betfair/peer.rs"]
mod peer;

use std::process::Command;

const MESSAGES: usize = 40_000;

/// Sets the peer up, once. `None` where Python or the package cannot be had.
fn install() -> Option<std::path::PathBuf> {
    if let Some(python) = peer::python() {
        return Some(python);
    }
    let folder = peer::folder();
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status().ok()?.success();
    let pip = || Command::new(folder.join("bin/pip")).args(["install", "--quiet", peer::PEER]).status().ok();
    (made && pip()?.success()).then(peer::python).flatten()
}

fn main() {
    let Some(python) = install() else {
        println!("skipped: {} cannot be had (no python3 with venv, or no package index)", peer::PEER);
        return;
    };
    let body = peer::made_up(MESSAGES, 1);
    let path = peer::folder().join("made-up.jsonl");
    std::fs::write(&path, &body).expect("the file is written");
    let path = path.to_str().expect("a path in text");
    let theirs: Vec<String> = peer::run(&python, &[path]).lines().map(str::to_owned).collect();
    assert!(theirs == peer::ours(&body), "the same after every message");
    let told = peer::run(&python, &[path, "time"]);
    let mut figures = told.split_whitespace().filter_map(|figure| figure.parse::<f64>().ok());
    let (messages, secs) = (figures.next().expect("how many"), figures.next().expect("how long"));
    let (own, time) = peer::timed(&body);
    let (theirs, ours) = (messages / secs, own as f64 / time.as_secs_f64());
    println!("{} messages of {} bytes, all equal", own, body.len());
    println!("peer  {theirs:>12.0} messages/s ({})", peer::PEER);
    println!("ours  {ours:>12.0} messages/s");
    println!("ratio {:>12.1}", ours / theirs);
}
