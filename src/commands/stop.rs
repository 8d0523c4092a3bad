//! Ctrl-C and SIGTERM, for commands that are not a server: the work at hand is ended, then the command. A second one ends it at once.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether somebody asked to stop, and a way to sleep until they do.
#[derive(Clone, Default)]
pub struct Stop {
    asked: Arc<(Mutex<bool>, Condvar)>,
}

/// What a shell expects of a command that ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

impl Stop {
    /// Listens from here on.
    pub fn listen() -> anyhow::Result<Self> {
        let stop = Self::default();
        let noted = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Both are caught before this returns: the thread may only come to run when work has begun.
        let (mut interrupted, mut terminated) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        std::thread::Builder::new().name("stop".to_owned()).spawn(move || {
            runtime.block_on(either(&mut interrupted, &mut terminated));
            noted.ask();
            super::tell::complaint("stopping after what is at hand; ctrl-C again stops at once");
            runtime.block_on(either(&mut interrupted, &mut terminated));
            std::process::exit(i32::from(INTERRUPTED));
        })?;
        Ok(stop)
    }

    fn ask(&self) {
        *self.asked.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.asked.1.notify_all();
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        *self.asked.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, until the time is over or somebody asks.
    pub fn sleep(&self, span: Duration) {
        let asked = self.asked.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.asked.1.wait_timeout_while(asked, span, |asked| !*asked));
    }
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
