//! A wire between the product and a server that a test can break, mend, cut, slow and stall, byte by byte.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Which way bytes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From who connected to the server.
    ToServer,
    /// From the server to who connected.
    FromServer,
}

/// A TCP proxy on 127.0.0.1 in front of one server. Whole when made; gone, with its connections, when dropped.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_broken: bool,
    is_dropped: bool,
    stalled: [bool; 2],
    cut_after: [Option<u64>; 2],
    delay: Duration,
    carried: [u64; 2],
    connections: u64,
    open: Vec<(u64, TcpStream, TcpStream)>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

impl State {
    fn cut_all(&mut self) {
        self.open.drain(..).for_each(|(_, client, server)| cut(&client, &server));
    }
}

/// An error means that the other side was faster: the socket is closed already.
fn cut(client: &TcpStream, server: &TcpStream) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

impl Wire {
    /// A whole wire to a server (`127.0.0.1:5432`, or a pair of host and port).
    ///
    /// # Panics
    /// Where the address is none, or loopback has no free port.
    #[must_use]
    pub fn to(server: impl ToSocketAddrs) -> Self {
        let server = server.to_socket_addrs().ok().and_then(|mut all| all.next()).expect("the test names an address");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { server, state: Mutex::default(), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// Where to connect instead of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL of the server (`postgres://user@127.0.0.1:5432/db`) with its host and port replaced by those of the wire.
    ///
    /// # Panics
    /// Where the URL does not name the server by address and port.
    #[must_use]
    pub fn through(&self, url: &str) -> String {
        let server = self.shared.server.to_string();
        assert!(url.contains(&server), "{url} does not name {server}");
        url.replacen(&server, &self.address.to_string(), 1)
    }

    /// Cuts every connection, and every new one at once, until mended.
    pub fn break_now(&self) {
        self.shared.change(|state| {
            state.is_broken = true;
            state.cut_all();
        });
    }

    /// Cuts every connection that is open; new ones pass.
    pub fn cut_now(&self) {
        self.shared.change(State::cut_all);
    }

    /// Makes the wire whole again: nothing broken, stalled, delayed, or about to be cut.
    pub fn mend(&self) {
        self.shared.change(|state| {
            state.is_broken = false;
            state.stalled = [false; 2];
            state.cut_after = [None; 2];
            state.delay = Duration::ZERO;
        });
    }

    /// Lets this many more bytes through that way, in all connections together, then cuts every connection, once.
    pub fn cut_after(&self, bytes: u64, way: Way) {
        self.shared.change(|state| state.cut_after[way as usize] = Some(bytes));
    }

    /// Holds back every piece of data for this long, both ways, until mended.
    pub fn delay(&self, delay: Duration) {
        self.shared.change(|state| state.delay = delay);
    }

    /// Lets nothing pass that way, with the connections open, until mended. What was held back is delivered then.
    pub fn stall(&self, way: Way) {
        self.shared.change(|state| state.stalled[way as usize] = true);
    }

    /// Bytes carried that way so far.
    #[must_use]
    pub fn carried(&self, way: Way) -> u64 {
        self.shared.lock().carried[way as usize]
    }

    /// Connections that were asked for so far, refused ones included.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.lock().connections
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.is_dropped = true;
            state.cut_all();
        });
        // Wakes the accepting thread; refused only where it is gone already.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        let mut state = shared.lock();
        if state.is_dropped {
            return;
        }
        state.connections += 1;
        let (number, is_broken) = (state.connections, state.is_broken);
        drop(state);
        if !is_broken {
            let shared = Arc::clone(shared);
            std::thread::spawn(move || carry(number, client, &shared));
        }
    }
}

/// A server that cannot be reached looks like a connection that is closed at once.
fn carry(number: u64, client: TcpStream, shared: &Arc<Shared>) {
    let Ok(server) = TcpStream::connect(shared.server) else { return };
    let pair = || Some((client.try_clone().ok()?, server.try_clone().ok()?));
    let (Some(kept), Some((back_to, back_from))) = (pair(), pair()) else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    {
        let mut state = shared.lock();
        if state.is_broken || state.is_dropped {
            return cut(&client, &server);
        }
        state.open.push((number, kept.0, kept.1));
    }
    let back = Arc::clone(shared);
    let backwards = std::thread::spawn(move || pump(back_from, back_to, Way::FromServer, &back));
    pump(client, server, Way::ToServer, shared);
    // A panic there has ended that direction as well.
    let _ = backwards.join();
    shared.lock().open.retain(|(open, ..)| *open != number);
}

/// Carries one way until either side ends, then passes the end on.
fn pump(mut from: TcpStream, mut to: TcpStream, way: Way, shared: &Shared) {
    let mut piece = [0; 16 * 1024];
    while let Ok(len @ 1..) = from.read(&mut piece) {
        let Some(passing) = admitted(len, way, shared) else { break };
        shared.lock().carried[way as usize] += passing as u64;
        let is_written = to.write_all(&piece[..passing]).is_ok();
        if passing < len {
            shared.change(State::cut_all);
        }
        if !is_written || passing < len {
            break;
        }
    }
    // Refused only where it is closed already.
    let _ = to.shutdown(Shutdown::Write);
}

/// Waits while stalled or delayed, and tells how many bytes may pass; `None` where the wire was broken meanwhile.
fn admitted(len: usize, way: Way, shared: &Shared) -> Option<usize> {
    let delay = shared.lock().delay;
    let mut state = shared.lock();
    if !delay.is_zero() {
        state = shared
            .changed
            .wait_timeout_while(state, delay, |state| is_whole(state) && !state.delay.is_zero())
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
    state =
        shared.changed.wait_while(state, |state| is_whole(state) && state.stalled[way as usize]).unwrap_or_else(PoisonError::into_inner);
    if !is_whole(&state) {
        return None;
    }
    let Some(left) = state.cut_after[way as usize].take() else { return Some(len) };
    let passing = len.min(usize::try_from(left).unwrap_or(usize::MAX));
    if passing == len {
        state.cut_after[way as usize] = Some(left - passing as u64);
    }
    Some(passing)
}

fn is_whole(state: &State) -> bool {
    !state.is_broken && !state.is_dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends back whatever it gets.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                std::thread::spawn(move || std::io::copy(&mut stream.try_clone().unwrap(), &mut stream));
            }
        });
        address
    }

    fn connect(wire: &Wire) -> TcpStream {
        let stream = TcpStream::connect(wire.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    /// What comes back of a text, or the error's kind.
    fn round(stream: &mut TcpStream, text: &str) -> Result<String, std::io::ErrorKind> {
        let mut back = vec![0; text.len()];
        stream.write_all(text.as_bytes()).and_then(|()| stream.read_exact(&mut back)).map_err(|error| error.kind())?;
        Ok(String::from_utf8(back).unwrap())
    }

    #[test]
    fn a_whole_wire_carries_and_counts_both_ways() {
        let wire = Wire::to(echo());
        assert_eq!(round(&mut connect(&wire), "quotes"), Ok("quotes".to_owned()));
        assert_eq!((wire.carried(Way::ToServer), wire.carried(Way::FromServer), wire.connections()), (6, 6, 1));
    }

    #[test]
    fn a_broken_wire_cuts_old_and_new_connections_until_it_is_mended() {
        let wire = Wire::to(echo());
        let mut old = connect(&wire);
        round(&mut old, "one").unwrap();
        wire.break_now();
        assert!(round(&mut old, "two").is_err());
        assert!(round(&mut connect(&wire), "three").is_err());
        wire.mend();
        assert_eq!(round(&mut connect(&wire), "four"), Ok("four".to_owned()));
    }

    #[test]
    fn a_wire_is_cut_after_exactly_so_many_bytes_and_once() {
        let wire = Wire::to(echo());
        let mut stream = connect(&wire);
        round(&mut stream, "abc").unwrap();
        wire.cut_after(4, Way::FromServer);
        assert!(round(&mut stream, "defghi").is_err());
        assert_eq!(wire.carried(Way::FromServer), 7);
        assert_eq!(round(&mut connect(&wire), "again"), Ok("again".to_owned()));
    }

    #[test]
    fn a_stall_holds_one_way_back_and_delivers_when_mended() {
        let wire = Wire::to(echo());
        let mut stream = connect(&wire);
        wire.stall(Way::FromServer);
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(matches!(round(&mut stream, "late"), Err(std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)));
        assert_eq!(wire.carried(Way::ToServer), 4);
        wire.mend();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut back = [0; 4];
        stream.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"late");
    }

    #[test]
    fn a_delay_holds_every_piece_back() {
        let wire = Wire::to(echo());
        let mut stream = connect(&wire);
        wire.delay(Duration::from_millis(60));
        let began = std::time::Instant::now();
        round(&mut stream, "slow").unwrap();
        assert!(began.elapsed() >= Duration::from_millis(120));
    }

    #[test]
    fn the_wire_stands_in_for_its_server_in_a_url_and_a_dead_server_looks_cut() {
        let dead = SocketAddr::from(([127, 0, 0, 1], crate::supervised::free_port()));
        let wire = Wire::to(dead);
        assert_eq!(wire.through(&format!("postgres://me@{dead}/odds")), format!("postgres://me@{}/odds", wire.address()));
        assert!(round(&mut connect(&wire), "anybody").is_err());
    }

    #[test]
    fn a_dropped_wire_listens_no_longer() {
        let wire = Wire::to(echo());
        let (mut stream, address) = (connect(&wire), wire.address());
        round(&mut stream, "one").unwrap();
        drop(wire);
        assert!(round(&mut stream, "two").is_err());
        let is_closed = || TcpStream::connect(address).is_err();
        assert!((0..100).any(|_| is_closed() || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }));
    }
}
