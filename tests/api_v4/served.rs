//! A store with replies in it, served on a real port at a moment that the test sets.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use api::v4::Desk;
use odds::Moment;
use odds::market::{Meaning, Words};
use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::v4::TheOddsApiWords;
use serde_json::Value;
use testkit::HandClock;

struct Hands(HandClock);

impl Clock for Hands {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

struct Means(Providers);

impl api::Meanings for Means {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

pub struct Served {
    pub clock: HandClock,
    pub address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
    /// Holds the store: a PostgreSQL connection may not be closed inside a runtime, so it goes after it.
    recorder: Recorder,
    _folder: tempfile::TempDir,
}

/// An answer, read whole.
pub struct Got {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub text: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers/fixtures/the-odds-api").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Served {
    pub fn at(now: &str) -> Self {
        Self::with_allowance(now, api::v4::CREDITS_PER_MONTH)
    }

    pub fn with_allowance(now: &str, credits: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.db").display());
        Self::on(&address, folder, now, credits)
    }

    /// On a database of the test's own, with its archive in a folder.
    pub fn on(address: &str, folder: tempfile::TempDir, now: &str, credits: u64) -> Self {
        let clock = HandClock::at_text(now);
        let store = Arc::new(store::Store::open(address, None, folder.path().join("archive")).unwrap());
        let recorder = Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(Hands(clock.clone())));
        let hands = clock.clone();
        let state = Arc::new(api::State {
            store,
            boards: recorder.boards(),
            meanings: Arc::new(Means(Providers::all())),
            now: Arc::new(move || hands.now()),
            v4: Desk::new(Arc::new(TheOddsApiWords)).with_allowance(credits),
            is_replay: false,
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, api::router(state)).await });
        Self { clock, address, recorder, _runtime: runtime, _folder: folder }
    }

    /// Takes a reply in, of a moment; the request is known where a path is given (`path?name=value&..`).
    pub fn take(&self, provider: &str, endpoint: &str, asked: &str, at: Moment, body: &[u8]) {
        let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = pairs.fold(Request::to(path), |request, (name, value)| request.with(name, value));
        let reply = Reply {
            provider,
            endpoint,
            request: &request,
            status: 200,
            headers: &BTreeMap::new(),
            body,
            fetched_at: at,
            basis: Basis::Fetched,
            sport: None,
        };
        let recorded = self.recorder.take(&[reply], None).unwrap();
        assert!(recorded[0].seq.is_some(), "{endpoint}: {:?}", recorded[0].verdict);
    }

    /// A fixture of ours, as of now.
    pub fn take_fixture(&self, endpoint: &str, name: &str) {
        self.take("the-odds-api", endpoint, "", self.clock.now(), &fixture(name));
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn get(&self, target: &str) -> Got {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Got { status, headers, text: body.to_owned() }
    }

    pub fn json(&self, target: &str) -> Value {
        let got = self.get(target);
        assert_eq!(got.status, 200, "{target}: {}", got.text);
        got.json()
    }
}
