//! The archivist: what the store needs now and then while replies come in. It trains dictionaries once an endpoint has enough replies,
//! copies finished bundles to the bucket, takes old ones out of the folder where that is wanted, and seals listings that are over.
//!
//! Nothing waits for it and nothing is lost without it: a reply is archived once it is synced in the folder.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use odds::Moment;
use store::{Keeper, Over, Pass, Result, Sealing, Store};

use crate::clock::Clock;

/// How often it looks.
const LOOKS_EVERY: Duration = Duration::from_secs(60);

/// Listings are sealed so often, and first so long after the start: by then a program that knows nothing of it, which this one took the
/// place of, has ended.
const SEALS_EVERY_SECS: i64 = 3_600;
/// A listing without a start is over once nobody has read anything of it for so long.
const UNREAD_DAYS: u32 = 60;

/// The work, for whoever calls it.
pub struct Archivist {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    keeper: Option<Keeper>,
    seal_after_days: Option<u32>,
    seals_at: Moment,
    has_looked: bool,
}

impl Archivist {
    /// One for a store; bundles older than so many days leave the folder, where said and where there is a bucket. Listings are sealed so
    /// many days after their start, where said.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, keep_days: Option<u32>, seal_after_days: Option<u32>) -> Self {
        let (keeper, seals_at) = (Keeper::of(store.archive(), keep_days), clock.now().plus_secs(SEALS_EVERY_SECS));
        Self { store, clock, keeper, seal_after_days, seals_at, has_looked: false }
    }

    /// Trains what can be trained, copies what is not copied, and seals what is over. `may_go_on` is asked between steps. Twice changes nothing.
    ///
    /// # Errors
    /// What the store reports, or where the bucket is away: the rest is done by the next call.
    pub fn work(&mut self, may_go_on: &mut dyn FnMut() -> bool) -> Result<Pass> {
        if !self.has_looked || self.store.is_training_due() {
            train(&self.store)?;
            self.has_looked = true;
        }
        // A bucket that is away keeps nothing from being sealed.
        let kept = match &mut self.keeper {
            Some(keeper) => keeper.pass(self.clock.now(), may_go_on),
            None => Ok(Pass::default()),
        };
        self.seal(may_go_on)?;
        kept
    }

    fn seal(&mut self, may_go_on: &mut dyn FnMut() -> bool) -> Result<()> {
        let now = self.clock.now();
        let Some(days) = self.seal_after_days.filter(|_| now >= self.seals_at) else { return Ok(()) };
        self.seals_at = now.plus_secs(SEALS_EVERY_SECS);
        let Sealing { listings, rows, changes, bytes, damaged } = self.store.seal(over(days, now), &mut |_| may_go_on())?;
        if listings > 0 || damaged > 0 {
            tracing::info!(listings, rows, changes, bytes, damaged, "listings that are over were sealed");
        }
        Ok(())
    }
}

/// Which listings are over so many days after their start.
#[must_use]
pub fn over(days: u32, now: Moment) -> Over {
    let ago = |days: u32| now.plus_secs(-86_400 * i64::from(days));
    Over { started_before: ago(days), read_before: ago(days.max(UNREAD_DAYS)) }
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
