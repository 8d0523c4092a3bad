//! A wire to PostgreSQL that understands what is asked of the server: it counts statements, and stops at the n-th, before the server has
//! it or before its answer is back, so that a test may kill either side just there.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Which side of a statement a wire stops at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Before the server has it.
    Ask,
    /// When the server has done it, before the answer is back: whoever asked cannot know.
    Answer,
}

/// A TCP proxy in front of a PostgreSQL server. A statement is what the server answers by itself: a simple query, or what ends in a
/// `Sync` (a prepare, an execute, each half of a copy).
#[derive(Debug)]
pub struct StatementWire {
    server: SocketAddr,
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<String>,
    stop_at: Option<(usize, Stop)>,
    /// The connection whose next answer is not to come back.
    silenced: Option<u64>,
    is_held: bool,
    is_cut: bool,
    is_dropped: bool,
    connections: u64,
    open: Vec<TcpStream>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Stands still until the wire is let go; gives whether bytes may pass then.
    fn hold(&self, mut state: MutexGuard<'_, State>) -> bool {
        state.is_held = true;
        self.changed.notify_all();
        let state = self.changed.wait_while(state, |state| state.is_held && !state.is_cut).unwrap_or_else(PoisonError::into_inner);
        !state.is_cut
    }

    /// Counts a statement; stands still where it is the one.
    fn ask(&self, connection: u64, statement: String) -> bool {
        let mut state = self.lock();
        state.asked.push(statement);
        match state.stop_at {
            Some((nth, Stop::Ask)) if nth == state.asked.len() => self.hold(state),
            Some((nth, Stop::Answer)) if nth == state.asked.len() => {
                state.silenced = Some(connection);
                !state.is_cut
            }
            _ => !state.is_cut,
        }
    }

    fn answer(&self, connection: u64) -> bool {
        let mut state = self.lock();
        if state.silenced == Some(connection) {
            state.silenced = None;
            return self.hold(state);
        }
        !state.is_cut
    }
}

impl StatementWire {
    /// A wire to a server (`127.0.0.1:5432`, or a pair of host and port).
    ///
    /// # Panics
    /// Where the address is none, or loopback has no free port.
    #[must_use]
    pub fn to(server: impl ToSocketAddrs) -> Self {
        let server = server.to_socket_addrs().ok().and_then(|mut all| all.next()).expect("the test names an address");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, server, &accepting));
        Self { server, address, shared }
    }

    /// The same wire, which will stop at the n-th statement, counted from 1 over all connections.
    #[must_use]
    pub fn stopping_at(self, nth: usize, stop: Stop) -> Self {
        self.shared.change(|state| state.stop_at = Some((nth, stop)));
        self
    }

    /// A URL of the server with its host and port replaced by those of the wire.
    ///
    /// # Panics
    /// Where the URL does not name the server by address and port.
    #[must_use]
    pub fn through(&self, url: &str) -> String {
        let server = self.server.to_string();
        assert!(url.contains(&server), "{url} does not name {server}");
        url.replacen(&server, &self.address.to_string(), 1)
    }

    /// The statements that were asked so far, in their order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.lock().asked.clone()
    }

    /// Waits until it stands still at its statement; `false` where the time ran out before.
    #[must_use]
    pub fn wait_until_held(&self, within: Duration) -> bool {
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, within, |state| !state.is_held);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_held
    }

    /// Goes on where it stood still.
    pub fn let_go(&self) {
        self.shared.change(|state| state.is_held = false);
    }

    /// Cuts every connection, and every new one, for good.
    pub fn cut(&self) {
        self.shared.change(|state| {
            state.is_cut = true;
            // Refused only where it is closed already.
            state.open.drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        });
    }
}

impl Drop for StatementWire {
    fn drop(&mut self) {
        self.cut();
        self.shared.change(|state| state.is_dropped = true);
        // Wakes the accepting thread; refused only where it is gone already.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        let mut state = shared.lock();
        if state.is_dropped {
            return;
        }
        state.connections += 1;
        let connection = state.connections;
        drop(state);
        let shared = Arc::clone(shared);
        std::thread::spawn(move || carry(connection, client, server, &shared));
    }
}

/// A server that cannot be reached looks like a connection that is closed at once.
fn carry(connection: u64, client: TcpStream, server: SocketAddr, shared: &Arc<Shared>) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let clones = || Some((client.try_clone().ok()?, server.try_clone().ok()?, client.try_clone().ok()?, server.try_clone().ok()?));
    let Some((kept_client, kept_server, back_to, back_from)) = clones() else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    {
        let mut state = shared.lock();
        state.open.extend([kept_client, kept_server]);
        if state.is_cut {
            return state.open.drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }
    let back = Arc::clone(shared);
    std::thread::spawn(move || carry_back(connection, back_from, back_to, &back));
    carry_there(connection, client, server, shared);
}

fn carry_there(connection: u64, mut client: TcpStream, mut server: TcpStream, shared: &Shared) {
    let (mut messages, mut piece) = (Messages::default(), [0; 16 * 1024]);
    'wire: while let Ok(len @ 1..) = client.read(&mut piece) {
        messages.bytes.extend_from_slice(&piece[..len]);
        while let Some((message, statement)) = messages.next() {
            let passes = statement.is_none_or(|statement| shared.ask(connection, statement));
            if !passes || server.write_all(&message).is_err() {
                break 'wire;
            }
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}

fn carry_back(connection: u64, mut server: TcpStream, mut client: TcpStream, shared: &Shared) {
    let mut piece = [0; 16 * 1024];
    while let Ok(len @ 1..) = server.read(&mut piece) {
        if !shared.answer(connection) || client.write_all(&piece[..len]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// The messages of who connected, cut out of the bytes of one connection.
#[derive(Default)]
struct Messages {
    bytes: Vec<u8>,
    has_begun: bool,
    prepared: HashMap<Vec<u8>, String>,
    current: String,
    is_closing: bool,
}

const START: i32 = 196_608;

impl Messages {
    /// The next whole message, and the statement that it is or completes.
    fn next(&mut self) -> Option<(Vec<u8>, Option<String>)> {
        let head = usize::from(self.has_begun);
        let number = |at: usize| Some(i32::from_be_bytes(self.bytes.get(at..at + 4)?.try_into().ok()?));
        let len = head + usize::try_from(number(head)?).ok()?;
        if self.bytes.len() < len {
            return None;
        }
        let code = number(4);
        let message: Vec<u8> = self.bytes.drain(..len).collect();
        if !self.has_begun {
            // asking for TLS comes before, and has no kind either
            self.has_begun = code == Some(START);
            return Some((message, None));
        }
        let is_closing = std::mem::replace(&mut self.is_closing, message[0] == b'C');
        let mut texts = message[5..].split(|byte| *byte == 0);
        let statement = match message[0] {
            b'Q' => Some(text(texts.next())),
            b'P' => {
                let name = texts.next().unwrap_or_default().to_vec();
                self.current = text(texts.next());
                self.prepared.insert(name, self.current.clone());
                None
            }
            b'B' => {
                let name = texts.nth(1).unwrap_or_default();
                self.current = self.prepared.get(name).cloned().unwrap_or_default();
                None
            }
            // a statement that is forgotten asks for nothing
            b'S' if is_closing => None,
            b'S' => Some(self.current.clone()),
            _ => None,
        };
        Some((message, statement))
    }
}

fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use postgres::{Client, NoTls};

    use super::*;
    use crate::postgres::{TestDatabase, shared};

    const SOON: Duration = Duration::from_secs(30);

    fn table() -> Option<(TestDatabase, SocketAddr)> {
        let cluster = shared()?;
        let database = cluster.database();
        database.execute("create table log (seq bigint)");
        Some((database, SocketAddr::from(([127, 0, 0, 1], cluster.port()))))
    }

    /// `None` where the wire was cut.
    fn work(url: &str) -> Option<()> {
        let mut client = Client::connect(url, NoTls).ok()?;
        client.batch_execute("insert into log values (1)").ok()?;
        client.execute("insert into log values ($1)", &[&2_i64]).ok()?;
        let mut copy = client.copy_in("copy log from stdin").ok()?;
        copy.write_all(b"3\n").ok()?;
        copy.finish().ok().map(drop)
    }

    fn rows(database: &TestDatabase) -> Option<String> {
        database.text("select string_agg(seq::text, ' ' order by seq) from log")
    }

    #[test]
    fn statements_are_counted_in_both_ways_of_asking() {
        let Some((database, server)) = table() else { return };
        let wire = StatementWire::to(server);
        work(&wire.through(&database.url)).unwrap();
        let asked = wire.asked();
        let told: Vec<&str> = asked.iter().map(String::as_str).collect();
        let (simple, insert, copy) = ("insert into log values (1)", "insert into log values ($1)", "copy log from stdin");
        assert_eq!(told, [simple, insert, insert, copy, copy, copy], "prepared, done; prepared, begun, done");
        assert_eq!(rows(&database).as_deref(), Some("1 2 3"));
    }

    #[test]
    fn the_server_has_what_came_before_the_stop_and_with_the_answer_the_statement_too() {
        for nth in 1..=6 {
            for stop in [Stop::Ask, Stop::Answer] {
                let Some((database, server)) = table() else { return };
                let wire = StatementWire::to(server).stopping_at(nth, stop);
                let url = wire.through(&database.url);
                let working = std::thread::spawn(move || work(&url));
                assert!(wire.wait_until_held(SOON), "{nth} {stop:?}");
                wire.cut();
                assert_eq!(working.join().unwrap(), None, "{nth} {stop:?}");
                let done = nth - usize::from(stop == Stop::Ask);
                let expected = [None, Some("1"), Some("1"), Some("1 2"), Some("1 2"), Some("1 2"), Some("1 2 3")][done];
                assert_eq!(rows(&database).as_deref(), expected, "{nth} {stop:?}");
            }
        }
    }

    #[test]
    fn a_wire_that_is_let_go_carries_on() {
        let Some((database, server)) = table() else { return };
        let wire = StatementWire::to(server).stopping_at(3, Stop::Answer);
        let url = wire.through(&database.url);
        let working = std::thread::spawn(move || work(&url));
        assert!(wire.wait_until_held(SOON));
        wire.let_go();
        assert_eq!(working.join().unwrap(), Some(()));
        assert_eq!(rows(&database).as_deref(), Some("1 2 3"));
    }
}
