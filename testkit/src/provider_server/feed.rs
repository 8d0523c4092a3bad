//! A feed of server-sent events in the hand of a test: what it sends is on the wire at once, and the line stands as long as the test wants.

use std::collections::VecDeque;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The feed. Clones are the same feed; whoever connects gets what is sent from then on, and what nobody took yet.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<String>,
    lines: u64,
    cut: u64,
}

impl Feed {
    /// A feed that has said nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a text as it is.
    pub fn send(&self, text: &str) {
        self.lock().waiting.push_back(text.to_owned());
        self.shared.changed.notify_all();
    }

    /// Sends a frame: its event, its id where it has one, its data.
    pub fn frame(&self, event: &str, id: &str, data: &str) {
        let id = if id.is_empty() { String::new() } else { format!("id: {id}\n") };
        self.send(&format!("event: {event}\n{id}retry: 5000\ndata: {data}\n\n"));
    }

    /// Cuts the line that stands; the next one stands again.
    pub fn cut(&self) {
        let mut state = self.lock();
        state.cut = state.lines;
        drop(state);
        self.shared.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plays the feed to one connection; it never goes on behind it.
    pub(super) fn play(&self, mut stream: &TcpStream, is_over: &dyn Fn() -> bool) -> bool {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let number = {
            let mut state = self.lock();
            state.lines += 1;
            state.lines
        };
        let mut is_written = stream.write_all(head.as_bytes()).is_ok();
        while is_written && !is_over() {
            let mut state = self.lock();
            if state.cut >= number {
                break;
            }
            match state.waiting.pop_front() {
                Some(text) => {
                    drop(state);
                    is_written = stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).is_ok();
                }
                // Woken by what is sent, and now and then to see whether the server still stands.
                None => drop(self.shared.changed.wait_timeout(state, Duration::from_millis(20)).unwrap_or_else(PoisonError::into_inner)),
            }
        }
        // Refused only where it is closed already.
        let _ = stream.shutdown(Shutdown::Both);
        false
    }
}
