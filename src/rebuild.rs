//! Rebuild: a new store from the archive alone, and the proof that it says the same.

use std::io::{BufRead, BufReader, BufWriter, Read, Seek};

use anyhow::Context;
use store::Store;

use crate::dump;
use crate::pending::LEFT;
use crate::record::Recorder;
use crate::replay::own::OwnReplies;

/// Where two dumps part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line, from 1.
    pub line: u64,
    /// What the one says; `None` where it has ended.
    pub before: Option<String>,
    /// What the other says.
    pub rebuilt: Option<String>,
}

/// Records every reply of the archive that the recorder's store lies on, in the order of arrival. Gives how many were recorded.
/// What is there already is left as it is, so that a rebuild that was broken off goes on.
///
/// # Errors
/// Where the archive is damaged, or what the store reports.
pub fn rebuild(into: &Recorder, on_bundle: &mut dyn FnMut(usize, usize)) -> anyhow::Result<usize> {
    let store = into.store();
    let own = OwnReplies::of_archive(store.archive())?;
    let bundles = own.by_arrival();
    for bundle in bundles.iter().map(|bundle| &bundle.name) {
        store.index_bodies(bundle).with_context(|| format!("indexing {bundle}"))?;
    }
    let mut recorded = 0;
    for (at, bundle) in bundles.iter().map(|bundle| &bundle.name).enumerate() {
        store.index_replies(bundle, &|reply| into.providers().judge(reply).is_good()).with_context(|| format!("indexing {bundle}"))?;
        recorded += into.record_indexed().with_context(|| format!("recording {bundle}"))?;
        on_bundle(at + 1, bundles.len());
    }
    anyhow::ensure!(store.pending_replies(1)?.is_empty(), "{LEFT}");
    Ok(recorded)
}

/// The first line in which the canonical dumps of two stores differ; `None` where they are byte-equal.
///
/// # Errors
/// What the stores report, or the folder for temporary files.
pub fn compare(one: &Store, other: &Store) -> anyhow::Result<Option<Difference>> {
    let (mut one, mut other) = (dumped(one)?.lines(), dumped(other)?.lines());
    for line in 1.. {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => break,
            (before, rebuilt) if before != rebuilt => return Ok(Some(Difference { line, before, rebuilt })),
            _ => {}
        }
    }
    Ok(None)
}

fn dumped(store: &Store) -> anyhow::Result<BufReader<impl Read + use<>>> {
    let mut file = tempfile::tempfile().context("making a temporary file for a dump")?;
    dump::canonical(store, &mut BufWriter::new(&mut file))?;
    file.rewind()?;
    Ok(BufReader::new(file))
}
