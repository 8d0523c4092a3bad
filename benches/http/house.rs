//! A product to be asked: a store with made-up replies, served on loopback as `up` serves it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use api::{Follows, Live, Options, Tail};
use axum::Router;
use axum::routing::get;
use odds::Moment;
use odds::market::{Meaning, Words};
use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use store::Store;
use testkit::bodies::{GeneratedReply, season};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};

struct FromProviders(Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

/// When each entry was committed, by its place in the log.
#[derive(Default)]
pub struct Marks(Mutex<HashMap<i64, Instant>>);

pub struct House {
    store: Arc<Store>,
    recorder: Recorder,
    live: Arc<Live>,
    pub address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl House {
    pub fn open() -> Self {
        Self::serving(Router::new())
    }

    /// The same service, with a handler that answers constant bytes.
    pub fn constant(size: usize) -> Self {
        let bytes = axum::body::Bytes::from(vec![b'x'; size]);
        Self::serving(Router::new().route("/constant", get(move || async move { bytes })))
    }

    fn serving(more: Router) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        let store = Arc::new(Store::open(&path, None, folder.path().join("archive")).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
        let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock));
        let meanings: Arc<dyn api::Meanings> = Arc::new(FromProviders(Providers::all()));
        let state = Arc::new(api::State {
            store: Arc::clone(&store),
            boards: recorder.boards(),
            meanings: Arc::clone(&meanings),
            now: Arc::new(move || clock.now()),
            v4: api::v4::Desk::default(),
            is_replay: false,
        });
        let tail = Arc::new(Tail::start(Arc::clone(&store), meanings, Follows::Nothing).unwrap());
        let options = Options { allow_anonymous: true, requests_per_sec: u32::MAX / 4, ..Options::default() };
        let live = Live::new(Arc::clone(&state), tail, options);
        let app = api::service(Arc::clone(&live), api::router(state).merge(more));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
        Self { store, recorder, live, address, _runtime: runtime, _folder: folder }
    }

    pub fn record(&self, replies: usize) {
        season(5).take(replies).for_each(|reply| self.take(&reply));
    }

    fn take(&self, reply: &GeneratedReply) {
        self.recorder.take(&[reply.reply()], None).unwrap();
        self.live.tail.wake();
    }

    /// The event that starts last: it is open for as long as a bench runs.
    pub fn an_event(&self) -> String {
        self.store.all_listings().unwrap().into_iter().max_by_key(|listing| listing.starts_at).unwrap().event.to_string()
    }

    pub fn stream_clients(&self) -> usize {
        self.live.tail.listeners()
    }

    /// Records a reply in which one price differs from the one before.
    pub fn move_one_price(&self, step: usize, sent: &Marks) {
        let body = format!(
            r#"[{{"id":"0123456789abcdef0123456789abcdef","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"2027-01-01T00:00:00Z","home_team":"A","away_team":"B","bookmakers":[{{"key":"fanduel","title":"FanDuel","last_update":"2026-12-31T00:00:00Z","markets":[{{"key":"h2h","last_update":"2026-12-31T00:00:00Z","outcomes":[{{"name":"A","price":2.{:03}}}]}}]}}]}}]"#,
            100 + step
        );
        let (request, headers) = (Request::default(), std::collections::BTreeMap::new());
        let at = Moment::from_secs(1_798_700_000 + step as i64);
        let reply = Reply {
            provider: "the-odds-api",
            endpoint: "odds",
            request: &request,
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            fetched_at: at,
            basis: Basis::Assumed,
            sport: Some("basketball_nba"),
        };
        let recorded = self.recorder.take(&[reply], None).unwrap();
        sent.0.lock().unwrap().insert(recorded[0].seq.unwrap().0, Instant::now());
        self.live.tail.wake();
    }
}

/// What changes while boards are read.
#[derive(Clone, Copy)]
pub enum Moves {
    /// One price of an event that nobody asks for.
    Another,
    /// Every board: a reply of ten games, of whose 600 prices a fifth moved.
    All,
}

/// Records ten replies a second until it is dropped.
pub struct Mover {
    is_over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Mover {
    pub fn start(house: Arc<House>, moves: Moves) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let (mut replies, marks, started) = (season(5).skip(40), Marks::default(), Instant::now());
            for step in 0.. {
                if watched.load(Ordering::Relaxed) {
                    return;
                }
                match moves {
                    Moves::Another => house.move_one_price(step, &marks),
                    Moves::All => house.take(&replies.next().unwrap()),
                }
                let next = started + Duration::from_millis(100) * (step as u32 + 1);
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        Self { is_over, thread: Some(thread) }
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Reads a stream, and notes how long each quote took from its commit.
pub async fn listen(address: SocketAddr, sent: Arc<Marks>, heard: Arc<Mutex<Vec<f64>>>) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /v1/stream?kind=quote HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut lines = tokio::io::BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Some(seq) = line.strip_prefix("id: ").and_then(|id| id.split('.').next()).and_then(|seq| seq.parse::<i64>().ok()) else {
            continue;
        };
        let now = Instant::now();
        if let Some(at) = sent.0.lock().unwrap().get(&seq) {
            heard.lock().unwrap().push(now.saturating_duration_since(*at).as_secs_f64());
        }
    }
}
