//! The follower on a thread of its own, with a connection of its own: a turn every few seconds while it is on. It may run in several
//! processes: who has the cursor writes, the others look again later.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use postgres::Client;

use super::{Cutover, Turn};
use crate::adopt::error::{AdoptError, Result};
use crate::schedule::Ranks;

/// How often it looks.
const LOOKS_EVERY: Duration = Duration::from_secs(3);
/// The pause after a failure.
const WAITS_AFTER_FAILURE: Duration = Duration::from_secs(10);
/// The pause while there is more to do: others get at the rows in between.
const BREATHES: Duration = Duration::from_millis(20);

/// The follower's thread. Dropped, it ends after the transaction that it is in.
pub struct Handle {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Ends it, after the transaction that it is in.
    pub fn stop(self) {}
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the follower of the old tables broke off");
        }
    }
}

/// Follows the log into the old tables of the database at `url`, where the follower is switched on there, until the handle is dropped. A
/// server that cannot be reached is tried again; the old tables lag, nothing is lost.
///
/// # Errors
/// Where no thread can be had.
pub fn spawn(url: String, ranks: Ranks) -> std::io::Result<Handle> {
    spawn_looking(url, ranks, LOOKS_EVERY)
}

/// The same, looking as often as asked.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_looking(url: String, ranks: Ranks, every: Duration) -> std::io::Result<Handle> {
    let (stop, stopped) = channel::<()>();
    let run = move || {
        let mut thread = Following { url, every, client: None, cutover: Cutover::ranked(ranks), is_out: false };
        loop {
            let waits = thread.turn();
            if stopped.recv_timeout(waits) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("follow-old-tables".to_owned()).spawn(run)?;
    Ok(Handle { stop: Some(stop), thread: Some(thread) })
}

struct Following {
    url: String,
    every: Duration,
    client: Option<Client>,
    cutover: Cutover,
    is_out: bool,
}

impl Following {
    /// One turn; gives how long to wait then. A failure is told once, until it works again.
    fn turn(&mut self) -> Duration {
        match self.try_turn() {
            Ok(turn) => {
                if std::mem::take(&mut self.is_out) {
                    tracing::info!("the old tables are followed again");
                }
                if turn.done.written + turn.done.added > 0 {
                    let done = turn.done;
                    tracing::debug!(written = done.written, added = done.added, theirs = done.theirs, "wrote into the old tables");
                }
                if turn.is_behind { BREATHES } else { self.every }
            }
            Err(error) => {
                self.client = None;
                if !std::mem::replace(&mut self.is_out, true) {
                    let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(%error, why, "the old tables could not be followed; it is tried again");
                }
                WAITS_AFTER_FAILURE.min(self.every * 4)
            }
        }
    }

    fn try_turn(&mut self) -> Result<Turn> {
        let client = match &mut self.client {
            Some(client) => client,
            none => {
                let connected = store::postgres::connect(&self.url);
                none.insert(connected.map_err(|error| AdoptError::Failed(format!("connecting to the old tables: {error}")))?)
            }
        };
        self.cutover.turn(client)
    }
}
