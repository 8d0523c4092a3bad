//! The runner of every follower: reads entries in the order of the log, hands them on, and moves the cursor with what was made of them.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use odds::names::Interner;
use odds::{Moment, Seq};
use store::{Entry, Following, Most, Result, Store};

use crate::clock::Clock;

/// What follows the log.
pub trait Follows: Send {
    /// The name of its cursor.
    fn name(&self) -> &'static str;

    /// Writes what entries bring. Everything that it writes goes through `following`: it is there together with the cursor, or not at all.
    ///
    /// # Errors
    /// What the store reports; the entries are handed on again later.
    fn apply(&mut self, following: &mut Following<'_>, store: &Store, entries: &[Entry]) -> Result<()>;

    /// What is done once nothing is left to read: slow work that may wait. Gives whether there is more of it.
    ///
    /// # Errors
    /// What the store reports.
    fn at_head(&mut self, following: &mut Following<'_>, store: &Store, seq: Seq, now: Moment) -> Result<bool>;

    /// Forgets what it holds in memory: what it wrote last may not be in.
    fn forget(&mut self);

    /// Takes out all that it ever wrote.
    ///
    /// # Errors
    /// What the store reports.
    fn drop_all(&mut self, following: &mut Following<'_>) -> Result<()>;
}

/// Entries that are handed on in one transaction, and listings that they may found together.
const MOST: Most = Most { entries: 128, founded: 2_000 };

/// One follower on one store.
pub struct Follower<F> {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    follows: F,
    words: Interner,
    cursor: Option<Seq>,
}

/// How far one step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Moved,
    AtHead,
}

impl<F: Follows> Follower<F> {
    /// A follower that goes on where its cursor stands.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, follows: F) -> Self {
        Self { store, clock, follows, words: Interner::default(), cursor: None }
    }

    /// Reads on until nothing is left, and does what waits for that; gives the entry up to which it has read. Twice changes nothing.
    ///
    /// # Errors
    /// What the store reports: what was committed by then stays, the rest is read again.
    pub fn catch_up(&mut self) -> Result<Seq> {
        self.catch_up_while(|| true).map(|seq| seq.unwrap_or_default())
    }

    /// The same; after each transaction `on_step` hears the entry up to which it has read.
    ///
    /// # Errors
    /// As [`Follower::catch_up`].
    pub fn catch_up_telling(&mut self, on_step: &mut dyn FnMut(Seq)) -> Result<Seq> {
        loop {
            let is_through = self.turn()?;
            on_step(self.cursor.unwrap_or_default());
            if is_through {
                return Ok(self.cursor.unwrap_or_default());
            }
        }
    }

    /// The same, as long as it may go on; `None` where it had to end before it was through. What is new goes before what can wait.
    fn catch_up_while(&mut self, mut may_go_on: impl FnMut() -> bool) -> Result<Option<Seq>> {
        while may_go_on() {
            if self.turn()? {
                return Ok(Some(self.cursor.unwrap_or_default()));
            }
        }
        Ok(None)
    }

    /// One transaction; gives whether nothing is left to do.
    fn turn(&mut self) -> Result<bool> {
        Ok(self.attempt(Self::step)? == Step::AtHead && !self.attempt(Self::settle)?)
    }

    /// Drops all that it wrote, so that the next [`Follower::catch_up`] makes it again from the log.
    ///
    /// # Errors
    /// What the store reports: then all is as it was.
    pub fn reset(&mut self) -> Result<()> {
        self.forget();
        let (name, now) = (self.follows.name(), self.clock.now());
        loop {
            let from = self.store.cursor(name)?;
            if self.store.follow(name, (from, Seq(0)), now, |following| self.follows.drop_all(following))?.is_some() {
                return Ok(());
            }
        }
    }

    fn forget(&mut self) {
        self.follows.forget();
        self.words = Interner::default();
        self.cursor = None;
    }

    /// What failed may or may not be in: memory is given up, the cursor knows.
    fn attempt<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let done = work(self);
        if done.is_err() {
            self.forget();
        }
        done
    }

    fn place(&mut self) -> Result<Seq> {
        let cursor = match self.cursor {
            Some(cursor) => cursor,
            None => self.store.cursor(self.follows.name())?,
        };
        self.cursor = Some(cursor);
        Ok(cursor)
    }

    fn step(&mut self) -> Result<Step> {
        let from = self.place()?;
        let mut entries = self.store.some_entries_after(from, MOST, &mut self.words)?;
        let whole = entries.iter().take_while(|entry| entry.is_whole()).count();
        entries.truncate(whole);
        let Some(to) = entries.last().map(|entry| entry.seq) else { return Ok(Step::AtHead) };
        let (store, follows) = (&self.store, &mut self.follows);
        let applied = store.follow(follows.name(), (from, to), self.clock.now(), |following| follows.apply(following, store, &entries))?;
        match applied {
            Some(()) => self.cursor = Some(to),
            None => self.forget(),
        }
        self.words.forget_unused();
        Ok(Step::Moved)
    }

    fn settle(&mut self) -> Result<bool> {
        let (at, now) = (self.place()?, self.clock.now());
        let (store, follows) = (&self.store, &mut self.follows);
        let settled = store.follow(follows.name(), (at, at), now, |following| follows.at_head(following, store, at, now))?;
        if settled.is_none() {
            self.forget();
        }
        Ok(settled.unwrap_or(false))
    }
}

/// A follower on a thread of its own. Dropped, it ends after the transaction that it is in.
pub struct Handle {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Tells it that the log has grown; without this it looks by itself a few times a second.
    pub fn wake(&self) {
        if let Some(wake) = &self.wake {
            // It ends only with this handle, so somebody listens.
            let _ = wake.send(());
        }
    }

    /// Ends it, after the transaction that it is in.
    pub fn stop(self) {}
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a follower broke off");
        }
    }
}

const LOOKS_EVERY: Duration = Duration::from_millis(250);
const WAITS_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Runs a follower on a thread of its own until its handle is dropped. A store that fails is tried again; the follower lags, nothing is lost.
///
/// # Errors
/// Where no thread can be had.
pub fn spawn<F: Follows + 'static>(store: Arc<Store>, clock: Arc<dyn Clock>, follows: F) -> std::io::Result<Handle> {
    let (wake, woken) = channel();
    let name = format!("follow-{}", follows.name());
    let mut follower = Follower::new(store, clock, follows);
    let run = move || {
        let mut seen = None;
        loop {
            let mut is_woken = false;
            let may_go_on = || match woken.try_recv() {
                Err(TryRecvError::Disconnected) => false,
                told => {
                    is_woken |= told.is_ok();
                    true
                }
            };
            let waits = match follower.catch_up_if_new(&mut seen, may_go_on) {
                Ok(()) if is_woken => Duration::ZERO,
                Ok(()) => LOOKS_EVERY,
                Err(error) => {
                    tracing::warn!(follower.name = follower.follows.name(), %error, "a follower could not read on; it tries again");
                    WAITS_AFTER_FAILURE
                }
            };
            if woken.recv_timeout(waits) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name(name).spawn(run)?;
    Ok(Handle { wake: Some(wake), thread: Some(thread) })
}

impl<F: Follows> Follower<F> {
    fn catch_up_if_new(&mut self, seen: &mut Option<Seq>, may_go_on: impl FnMut() -> bool) -> Result<()> {
        let head = self.store.head()?.seq;
        if *seen != Some(head) {
            *seen = None;
            *seen = self.catch_up_while(may_go_on)?;
        }
        Ok(())
    }
}
