//! Connections from outside: never so many that the product has no files left for its own work, and none that is silent for ever.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// A connection that moves nothing for so long is ended, within twice the time: a stream says something every 15 seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Files that the product needs for itself: the database, the archive, calls to providers.
const OWN_FILES: u64 = 256;
/// Files that are asked of the system, where it allows more.
const ENOUGH_FILES: u64 = 65_536;

/// A listener that lets in so many at once; others wait until one of them ends.
pub struct Guarded {
    listener: TcpListener,
    room: Arc<Semaphore>,
    patience: Duration,
}

impl Guarded {
    /// Lets in as many as the files that a process may have open leave room for.
    pub fn on(listener: TcpListener) -> Self {
        Self::with(listener, room(open_files()), PATIENCE)
    }

    fn with(listener: TcpListener, room: usize, patience: Duration) -> Self {
        Self { listener, room: Arc::new(Semaphore::new(room)), patience }
    }
}

/// How many files the process may have open, raised to what is enough where the system allows it.
fn open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH_FILES, |most| most.min(ENOUGH_FILES));
    match limit.current {
        Some(now) if now < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() => wanted,
        Some(now) => now,
        None => ENOUGH_FILES,
    }
}

/// The connections that so many files leave room for: half of them where they are few.
fn room(files: u64) -> usize {
    usize::try_from(files.saturating_sub(OWN_FILES).max(files / 2).max(1)).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}

impl Listener for Guarded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = Arc::clone(&self.room).acquire_owned().await.expect("nobody closes the room");
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let (silence, patience) = (Box::pin(sleep(self.patience)), self.patience);
        (Connection { stream, silence, patience, has_moved: false, _place: place }, peer)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when it has been silent for too long.
pub struct Connection {
    stream: TcpStream,
    silence: Pin<Box<Sleep>>,
    patience: Duration,
    has_moved: bool,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// What came of a look: one that moved something is noted, one that did not ends when patience does.
    fn noted<T>(&mut self, context: &mut Context<'_>, looked: Poll<Result<T>>) -> Poll<Result<T>> {
        if looked.is_ready() {
            self.has_moved = true;
            return looked;
        }
        loop {
            ready!(self.silence.as_mut().poll(context));
            if !std::mem::take(&mut self.has_moved) {
                return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "a silent connection")));
            }
            let until = self.silence.deadline() + self.patience;
            self.silence.as_mut().reset(until);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let looked = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.noted(context, looked)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let looked = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.noted(context, looked)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[std::io::IoSlice<'_>]) -> Poll<Result<usize>> {
        let looked = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.noted(context, looked)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use axum::serve::ListenerExt;
    use std::io::{Read, Write};
    use std::net::TcpStream as Plain;

    const LONG: Duration = Duration::from_secs(20);

    /// A service with room for two, whose patience is short; the runtime ends with the value.
    fn service(patience: Duration) -> (tokio::runtime::Runtime, SocketAddr) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let guarded = Guarded::with(listener, 2, patience).tap_io(|_| ());
        let router = Router::new().route("/", get(async || "here"));
        runtime.spawn(async move { axum::serve(guarded, router.into_make_service_with_connect_info::<SocketAddr>()).await });
        (runtime, address)
    }

    fn connect(address: SocketAddr, says: &str) -> Plain {
        let mut stream = Plain::connect(address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(says.as_bytes()).unwrap();
        stream
    }

    fn heard(mut stream: Plain) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    const ASK: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    #[test]
    fn half_a_request_is_ended_and_makes_room_for_the_next() {
        let (_runtime, address) = service(Duration::from_millis(200));
        let halves: Vec<Plain> = (0..2).map(|_| connect(address, "GET / HTTP/1.1\r\nHo")).collect();
        // There is no room: it waits until those that say nothing are ended.
        assert!(heard(connect(address, ASK)).ends_with("here"));
        assert!(halves.into_iter().all(|half| heard(half).is_empty()));
    }

    #[test]
    fn one_that_is_used_now_and_then_stays() {
        let (_runtime, address) = service(Duration::from_millis(400));
        let mut stream = connect(address, "");
        for _ in 0..6 {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            let mut answer = [0; 512];
            let read = stream.read(&mut answer).unwrap();
            assert!(String::from_utf8_lossy(&answer[..read]).contains("200 OK"));
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    #[test]
    fn files_are_left_for_the_products_own_work() {
        assert_eq!([room(1024), room(65_536), room(200), room(0)], [768, 65_280, 100, 1]);
    }
}
