//! The exchange's files beside `betfairlightweight`: the same prices, volumes and states after every message. The peer is set up by
//! `cargo bench -p providers --bench betfair`; without it this says that it was skipped.
#![allow(clippy::unwrap_used, dead_code)]

#[path = "../providers/benches/betfair/peer.rs"]
mod peer;

use predictive_play::replay::{files, read};
use testkit::corpus::Corpus;

fn agree(python: &std::path::Path, name: &str, body: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream");
    std::fs::write(&path, body).unwrap();
    let theirs: Vec<String> = peer::run(python, &[path.to_str().unwrap()]).lines().map(str::to_owned).collect();
    let ours = peer::ours(body);
    assert!(!ours.is_empty(), "{name}");
    for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(ours, theirs, "{name}, line {at}");
    }
    assert_eq!(ours.len(), theirs.len(), "{name}");
}

#[test]
fn every_message_leaves_what_the_peer_says() {
    let Some(python) = peer::python() else {
        return testkit::skipped("the peer is not set up; `cargo bench -p providers --bench betfair` does it");
    };
    agree(&python, "made up", &peer::made_up(400, 7));
    let Some(corpus) = Corpus::find() else { return };
    let folder = corpus.root().join("datasets/betfair_stream_samples");
    for file in files(&[folder]).unwrap_or_default().into_iter().filter(|path| !path.ends_with("README.md")) {
        read(&file, &mut |stored| {
            agree(&python, &stored.name, &stored.body);
            Ok(())
        })
        .unwrap();
    }
}
