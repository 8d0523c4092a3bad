//! A provider on loopback that follows a script: right answers, wrong ones, slow ones, none. On plain sockets and threads,
//! because an HTTP library would not let it misbehave.

mod act;
mod feed;
mod meter;
mod received;

use std::collections::HashMap;
use std::fmt;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use act::{Act, Answer};
pub use feed::Feed;
pub use meter::{Charge, CreditsMeter};
pub use received::Received;

use crate::clock::HandClock;
use received::LONGEST_HEAD;

/// The server. Gone, with its connections, when dropped.
#[derive(Debug)]
pub struct ProviderServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

type Decide = dyn FnMut(&Received) -> Act + Send;
type Cost = dyn Fn(&Received) -> i64 + Send;

/// What happens below one path.
#[derive(Default)]
struct Route {
    decide: Option<Box<Decide>>,
    meter: Option<(CreditsMeter, Box<Cost>)>,
}

#[derive(Default)]
struct State {
    is_dropped: bool,
    routes: HashMap<String, Route>,
    received: Vec<Received>,
    open: HashMap<u64, TcpStream>,
    connections: u64,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    clock: Option<HandClock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests received", self.lock().received.len())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProviderServer {
    /// A server that answers 404 to everything, until it is told more.
    #[must_use]
    pub fn start() -> Self {
        Self::listening(None)
    }

    /// The same; requests are stamped with what this clock shows, not with the wall's time.
    #[must_use]
    pub fn start_with_clock(clock: HandClock) -> Self {
        Self::listening(Some(clock))
    }

    fn listening(clock: Option<HandClock>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), clock });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address, for a wire in front of it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Plays these acts, one a request, for paths that begin with `prefix`; the last one goes on for ever. Of several prefixes
    /// the longest counts; a prefix scripted again begins anew.
    ///
    /// # Panics
    /// Where there is no act.
    pub fn script(&self, prefix: &str, acts: impl IntoIterator<Item = Act>) {
        let mut acts: std::collections::VecDeque<Act> = acts.into_iter().collect();
        assert!(!acts.is_empty(), "the script for {prefix} has no act");
        self.answer(prefix, move |_| if acts.len() > 1 { acts.pop_front().expect("longer than one") } else { acts[0].clone() });
    }

    /// Lets a closure decide what happens to each request whose path begins with `prefix`.
    pub fn answer(&self, prefix: &str, decide: impl FnMut(&Received) -> Act + Send + 'static) {
        self.shared.lock().routes.entry(prefix.to_owned()).or_default().decide = Some(Box::new(decide));
    }

    /// Bills each request below this prefix, and says so in its headers. What never arrives whole is billed too, for the provider
    /// has done its work; a refusal (status 400 and up) is free. With nothing left, the answer is 401 out of credits and the script waits.
    pub fn bill(&self, prefix: &str, meter: &CreditsMeter, cost: impl Fn(&Received) -> i64 + Send + 'static) {
        self.shared.lock().routes.entry(prefix.to_owned()).or_default().meter = Some((meter.clone(), Box::new(cost)));
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().received.clone()
    }

    /// How many requests so far had a path that begins with `prefix`.
    #[must_use]
    pub fn count(&self, prefix: &str) -> usize {
        self.shared.lock().received.iter().filter(|received| received.path.starts_with(prefix)).count()
    }

    /// Waits until so many requests below `prefix` have arrived.
    ///
    /// # Errors
    /// How many there were when the time ran out.
    pub fn wait_for(&self, prefix: &str, count: usize, within: Duration) -> Result<(), usize> {
        let deadline = Instant::now() + within;
        loop {
            let so_far = self.count(prefix);
            let left = deadline.saturating_duration_since(Instant::now());
            if so_far >= count || left.is_zero() {
                return if so_far >= count { Ok(()) } else { Err(so_far) };
            }
            let state = self.shared.lock();
            drop(self.shared.changed.wait_timeout(state, left.min(Duration::from_millis(20))).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.lock().connections
    }
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_dropped = true;
        // An error means that the client has closed it already.
        state.open.values().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the accepting thread; refused only where it is gone already.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        let mut state = shared.lock();
        if state.is_dropped {
            return;
        }
        let Ok(kept) = stream.try_clone() else { continue };
        state.connections += 1;
        let number = state.connections;
        state.open.insert(number, kept);
        drop(state);
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            serve(&stream, &shared);
            // Out of the list before it is closed: a clone left open would keep the connection alive.
            shared.lock().open.remove(&number);
        });
    }
}

/// Answers requests on one connection until an act, or the client, ends it.
fn serve(stream: &TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    while let Some((head_len, head)) = peek_head(stream) {
        let Some(received) = Received::read(&head, shared.clock.as_ref()) else { return };
        let act = decide(&received, shared);
        if !perform(act, stream, head_len, shared) {
            return;
        }
    }
}

/// Looks at a request's head without taking it: a connection closed with unread bytes is reset, which is how [`Act::Reset`] is made.
fn peek_head(stream: &TcpStream) -> Option<(usize, String)> {
    let mut bytes = vec![0; LONGEST_HEAD];
    loop {
        let len = stream.peek(&mut bytes).ok().filter(|len| *len > 0)?;
        if let Some(end) = bytes[..len].windows(4).position(|four| four == b"\r\n\r\n") {
            return Some((end + 4, String::from_utf8_lossy(&bytes[..end]).into_owned()));
        }
        if len == LONGEST_HEAD {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn decide(received: &Received, shared: &Shared) -> Act {
    let mut state = shared.lock();
    state.received.push(received.clone());
    let prefix = state.routes.keys().filter(|prefix| received.path.starts_with(prefix.as_str())).max_by_key(|prefix| prefix.len()).cloned();
    let act = match prefix.and_then(|prefix| state.routes.get_mut(&prefix)) {
        Some(route) => route.decide(received),
        None => Act::Answer(Answer::text(404, &format!("nothing is scripted for {}", received.path))),
    };
    drop(state);
    shared.changed.notify_all();
    act
}

impl Route {
    fn decide(&mut self, received: &Received) -> Act {
        if let Some((meter, _)) = &self.meter
            && meter.is_spent()
        {
            return Act::Answer(meter.refusal(received));
        }
        let mut act = match &mut self.decide {
            Some(decide) => decide(received),
            None => Act::Answer(Answer::text(404, "billed, but not scripted")),
        };
        if let Some((meter, cost)) = &self.meter {
            let is_refusal = act.answered().is_some_and(|answer| answer.status >= 400);
            let headers = meter.charge(received, if is_refusal { 0 } else { cost(received) });
            if let Some(answer) = act.answered_mut() {
                answer.headers.extend(headers);
            }
        }
        act
    }
}

/// Whether the connection goes on.
fn perform(act: Act, mut stream: &TcpStream, head_len: usize, shared: &Shared) -> bool {
    if matches!(act, Act::Reset | Act::ResetAfter(..)) {
        reset(&act, stream, shared);
        return false;
    }
    if stream.read_exact(&mut vec![0; head_len]).is_err() {
        return false;
    }
    match act {
        Act::Answer(answer) => stream.write_all(&answer.wire()).is_ok(),
        Act::Chunked(answer, size) => stream.write_all(&answer.chunked_wire(size, true)).is_ok(),
        Act::ChunkedUnended(answer, size) => {
            let _ = stream.write_all(&answer.chunked_wire(size, false));
            false
        }
        Act::HalfBody(answer) => {
            let wire = answer.wire();
            let _ = stream.write_all(&wire[..wire.len() - answer.body.len().div_ceil(2)]);
            false
        }
        Act::Drip { answer, bytes, every } => drip(&answer.wire(), bytes, every, stream, shared),
        Act::After(delay, then) => pause(delay, shared) && perform(*then, stream, 0, shared),
        Act::Silence => wait_for_close(stream),
        Act::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
            false
        }
        Act::Feed(feed) => feed.play(stream, &|| shared.lock().is_dropped),
        Act::Close | Act::Reset | Act::ResetAfter(..) => false,
    }
}

/// The caller closes the connection with the request unread, which resets it; the client is first to read what was sent, for a
/// reset overtakes what is still on its way.
fn reset(act: &Act, mut stream: &TcpStream, shared: &Shared) {
    if let Act::ResetAfter(answer, bytes) = act {
        let wire = answer.wire();
        let _ = stream.write_all(&wire[..(*bytes).min(wire.len())]);
        pause(Duration::from_millis(50), shared);
    }
}

fn drip(wire: &[u8], bytes: usize, every: Duration, mut stream: &TcpStream, shared: &Shared) -> bool {
    wire.chunks(bytes.max(1)).all(|piece| stream.write_all(piece).is_ok() && pause(every, shared))
}

/// Waits, unless the server is dropped meanwhile; tells whether it still stands.
fn pause(pause: Duration, shared: &Shared) -> bool {
    let deadline = Instant::now() + pause;
    let mut state = shared.lock();
    while !state.is_dropped {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        state = shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    false
}

fn wait_for_close(mut stream: &TcpStream) -> bool {
    while stream.read(&mut [0; 1024]).is_ok_and(|len| len > 0) {}
    false
}

#[cfg(test)]
mod tests;
