//! The tail: one thread of the process that follows the log and hands each change, made once, to everybody who listens.
//!
//! Who joins at a place that the tail still holds goes on from it without a gap: what is held and what comes are handed over
//! under one lock. Who is further behind reads the log until then.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use axum::body::Bytes;
use odds::Seq;
use store::boards::Boards;
use store::{Result, Store};
use tokio::sync::broadcast;

use crate::address::Address;
use crate::change::Change;
use crate::derive::{Derived, Deriver};
use crate::state::Meanings;

const POLL: Duration = Duration::from_millis(200);
const RETRY: Duration = Duration::from_secs(1);
const ENTRIES_AT_ONCE: i64 = 64;
/// Batches that wait for one listener before he is cut.
const QUEUE: usize = 512;
const CHANGES_IN_A_BATCH: usize = 256;
/// Bytes of changes that are held for those who join again.
const HELD_BYTES: usize = 8 << 20;

/// Changes of one entry, or a part of them.
pub struct Batch {
    /// What they come after.
    pub after: Address,
    /// Everything up to here is in them.
    pub up_to: Address,
    /// The changes.
    pub changes: Vec<Change>,
    /// All of them as the stream sends them.
    pub frames: Bytes,
}

/// Whose boards the tail keeps.
pub enum Follows {
    /// Those that this process serves: nobody else writes here.
    Boards(Arc<RwLock<Boards>>),
    /// None: the process records, and its recorder keeps them.
    Nothing,
}

/// How a place in the log and the tail lie to each other.
pub enum Joined {
    /// What is held after the place, and what is to come.
    Live(Vec<Arc<Batch>>, broadcast::Receiver<Arc<Batch>>),
    /// The tail no longer holds it: read the log.
    Behind,
}

struct Held {
    /// Everything after this is in `batches`.
    from: Address,
    /// The end of what was followed.
    position: Seq,
    batches: VecDeque<Arc<Batch>>,
    bytes: usize,
}

struct Shared {
    held: Mutex<Held>,
    sender: broadcast::Sender<Arc<Batch>>,
    is_woken: Mutex<bool>,
    waking: Condvar,
    is_stopped: AtomicBool,
    trouble: Mutex<Option<String>>,
}

/// The handle of the tail. The thread ends when the last one is dropped.
pub struct Tail {
    shared: Arc<Shared>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tail {
    /// Starts to follow at the end of the log.
    ///
    /// # Errors
    /// Where the log cannot be read, or no thread be made.
    pub fn start(store: Arc<Store>, meanings: Arc<dyn Meanings>, follows: Follows) -> std::io::Result<Self> {
        let head = store.head().map_err(std::io::Error::other)?.seq;
        let (deriver, serves) = match follows {
            Follows::Nothing => (Deriver::new(Arc::clone(&store), meanings), false),
            Follows::Boards(boards) => (Deriver::keeping(Arc::clone(&store), meanings, boards), true),
        };
        if serves {
            deriver.load_standing(head).map_err(std::io::Error::other)?;
        }
        let from = Address::end_of(head);
        let shared = Arc::new(Shared {
            held: Mutex::new(Held { from, position: head, batches: VecDeque::new(), bytes: 0 }),
            sender: broadcast::channel(QUEUE).0,
            is_woken: Mutex::new(false),
            waking: Condvar::new(),
            is_stopped: AtomicBool::new(false),
            trouble: Mutex::new(None),
        });
        let follower = Follower { shared: Arc::downgrade(&shared), store, deriver, serves };
        std::thread::Builder::new().name("tail".to_owned()).spawn(move || follower.run())?;
        Ok(Self { shared })
    }

    /// Says that something was committed: whoever records in this process calls it, so that nobody waits for the next look.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// The entry up to which it was followed.
    #[must_use]
    pub fn position(&self) -> Seq {
        lock(&self.shared.held).position
    }

    /// What keeps it from following, in words; `None` where nothing does.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        lock(&self.shared.trouble).clone()
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.shared.sender.receiver_count()
    }

    /// Joins after a place.
    #[must_use]
    pub fn join(&self, at: Address) -> Joined {
        let held = lock(&self.shared.held);
        if at < held.from {
            return Joined::Behind;
        }
        let ahead = held.batches.iter().filter(|batch| batch.up_to > at).map(Arc::clone).collect();
        Joined::Live(ahead, self.shared.sender.subscribe())
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Release);
        self.shared.wake();
    }
}

impl Shared {
    fn wake(&self) {
        *lock(&self.is_woken) = true;
        self.waking.notify_one();
    }

    fn wait(&self, most: Duration) {
        let woken = lock(&self.is_woken);
        let (mut woken, _) = self.waking.wait_timeout_while(woken, most, |is_woken| !*is_woken).unwrap_or_else(PoisonError::into_inner);
        *woken = false;
    }

    /// Holds and sends under one lock, so that nobody can join in between.
    fn publish(&self, derived: Derived) {
        let mut held = lock(&self.held);
        let mut after = Address::end_of(Seq(derived.seq.0 - 1));
        let end = Address::end_of(derived.seq);
        let mut changes = derived.changes;
        loop {
            let rest = if changes.len() > CHANGES_IN_A_BATCH { changes.split_off(CHANGES_IN_A_BATCH) } else { Vec::new() };
            let up_to = if rest.is_empty() { end } else { changes.last().map_or(end, |change| change.id) };
            let frames: Vec<u8> = changes.iter().flat_map(|change| change.frame.iter().copied()).collect();
            let batch = Arc::new(Batch { after, up_to, changes, frames: frames.into() });
            held.hold(Arc::clone(&batch));
            // Nobody listening is no failure.
            let _ = self.sender.send(batch);
            if rest.is_empty() {
                break;
            }
            (after, changes) = (up_to, rest);
        }
        held.position = derived.seq;
    }

    /// Nobody listens: the place moves on, and nothing is held.
    fn skip_to(&self, seq: Seq) -> bool {
        let mut held = lock(&self.held);
        if self.sender.receiver_count() > 0 {
            return false;
        }
        *held = Held { from: Address::end_of(seq), position: seq, batches: VecDeque::new(), bytes: 0 };
        true
    }
}

impl Held {
    fn hold(&mut self, batch: Arc<Batch>) {
        self.bytes += weight(&batch);
        self.batches.push_back(batch);
        while self.bytes > HELD_BYTES
            && let Some(oldest) = self.batches.pop_front()
        {
            self.bytes -= weight(&oldest);
            self.from = oldest.up_to;
        }
    }
}

/// The frames, once whole and once by change, and what surrounds them.
fn weight(batch: &Batch) -> usize {
    batch.frames.len() * 2 + batch.changes.len() * 256 + 256
}

struct Follower {
    shared: Weak<Shared>,
    store: Arc<Store>,
    deriver: Deriver,
    serves: bool,
}

impl Follower {
    fn run(mut self) {
        while let Some(shared) = self.shared.upgrade() {
            if shared.is_stopped.load(Ordering::Acquire) {
                return;
            }
            let followed = self.follow(&shared);
            let wait = note(&shared, followed);
            if wait.is_none() {
                continue;
            }
            if wait == Some(RETRY) {
                self.begin_anew(&shared);
            }
            shared.wait(wait.unwrap_or(POLL));
        }
    }

    /// One step; gives whether there may be more.
    fn follow(&mut self, shared: &Shared) -> Result<bool> {
        let position = lock(&shared.held).position;
        if !self.serves && shared.sender.receiver_count() == 0 {
            let head = self.store.head()?.seq;
            if head > position && shared.skip_to(head) {
                self.deriver.forget();
                return Ok(false);
            }
            if head <= position {
                return Ok(false);
            }
        }
        let read = self.deriver.read(position, ENTRIES_AT_ONCE)?;
        let is_more = read.len() as i64 == ENTRIES_AT_ONCE;
        read.into_iter().for_each(|derived| shared.publish(derived));
        Ok(is_more)
    }

    /// Entries may have been taken in that were not handed out: the boards are read again, as of what was.
    fn begin_anew(&mut self, shared: &Shared) {
        self.deriver.forget();
        if self.serves {
            let position = lock(&shared.held).position;
            // Where this fails as well, boards are read one by one when they are asked for.
            if let Err(error) = self.deriver.load_standing(position) {
                tracing::warn!(%error, "the boards could not be read again for now");
            }
        }
    }
}

/// Keeps what went wrong, told once; gives how long to wait, if at all.
fn note(shared: &Shared, followed: Result<bool>) -> Option<Duration> {
    let mut trouble = lock(&shared.trouble);
    match followed {
        Ok(is_more) => {
            if trouble.take().is_some() {
                tracing::info!("the log is followed again");
            }
            if is_more { None } else { Some(POLL) }
        }
        Err(error) => {
            if trouble.is_none() {
                tracing::warn!(%error, "the log cannot be followed for now");
            }
            *trouble = Some(error.to_string());
            Some(RETRY)
        }
    }
}
