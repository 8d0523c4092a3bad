//! The archivist: what the archive of raw replies needs now and then while replies come in. It trains dictionaries once an endpoint
//! has enough replies, copies finished bundles to the bucket, and takes old ones out of the folder where that is wanted.
//!
//! Nothing waits for it and nothing is lost without it: a reply is archived once it is synced in the folder.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use store::{Keeper, Pass, Result, Store};

use crate::clock::Clock;

/// How often it looks.
const LOOKS_EVERY: Duration = Duration::from_secs(60);

/// The work, for whoever calls it.
pub struct Archivist {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    keeper: Option<Keeper>,
    has_looked: bool,
}

impl Archivist {
    /// One for a store; bundles older than so many days leave the folder, where said and where there is a bucket.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, keep_days: Option<u32>) -> Self {
        let keeper = Keeper::of(store.archive(), keep_days);
        Self { store, clock, keeper, has_looked: false }
    }

    /// Trains what can be trained, and copies what is not copied. `may_go_on` is asked between steps. Twice changes nothing.
    ///
    /// # Errors
    /// What the store reports, or where the bucket is away: the rest is done by the next call.
    pub fn work(&mut self, may_go_on: &mut dyn FnMut() -> bool) -> Result<Pass> {
        if !self.has_looked || self.store.is_training_due() {
            train(&self.store)?;
            self.has_looked = true;
        }
        match &mut self.keeper {
            Some(keeper) => keeper.pass(self.clock.now(), may_go_on),
            None => Ok(Pass::default()),
        }
    }
}

/// Trains dictionaries for endpoints that have enough replies; tells of each.
///
/// # Errors
/// What the store reports.
pub fn train(store: &Store) -> Result<()> {
    for one in store.train_dictionaries()? {
        let (before, after) = (one.before, one.after);
        tracing::info!(provider.key = one.provider, endpoint = one.endpoint, before, after, "a dictionary was trained for the archive");
    }
    Ok(())
}

/// An archivist on a thread of its own. Dropped, it ends after the file that it is copying.
pub struct Handle {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the archivist broke off");
        }
    }
}

/// Starts one; it works at once, then every minute.
///
/// # Errors
/// Where no thread can be had.
pub fn spawn(mut archivist: Archivist) -> std::io::Result<Handle> {
    let (end, ended) = channel::<()>();
    let is_ended = move |wait| ended.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected);
    let run = move || {
        loop {
            match archivist.work(&mut || !is_ended(Duration::ZERO)) {
                Ok(pass) if pass != Pass::default() => {
                    let Pass { copied, bytes, removed, damaged, .. } = pass;
                    tracing::info!(copied, bytes, removed, damaged, "raw replies were copied to the bucket");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the archivist could not finish; it tries again"),
            }
            if is_ended(LOOKS_EVERY) {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("archivist".to_owned()).spawn(run)?;
    Ok(Handle { end: Some(end), thread: Some(thread) })
}
