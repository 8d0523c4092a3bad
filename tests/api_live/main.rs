//! The live half of the API, over a real listener and a store that is recorded into meanwhile.
#![allow(clippy::unwrap_used)]

mod milestones;
mod outage;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use api::{Follows, Live, Options, Tail};
use axum::Router;
use odds::Moment;
use odds::market::{Meaning, Words};
use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use store::Store;
use store::asks::{AskEnd, Intent};
use testkit::bodies::{Drift, Random, Season, Shape, World, season};

struct FromProviders(Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

struct House {
    store: Arc<Store>,
    recorder: Arc<Recorder>,
    live: Arc<Live>,
    state: Arc<api::State>,
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// Where the clock of a replay stands: shortly after the made-up season begins.
const REPLAYED: Moment = Moment::from_secs(1_774_980_600);

#[derive(Clone)]
struct Setting {
    options: Options,
    peer: &'static str,
    records: bool,
    is_replay: bool,
    database: Option<String>,
    replica: Option<String>,
}

impl Default for Setting {
    fn default() -> Self {
        Self { options: Options::default(), peer: "", records: true, is_replay: false, database: None, replica: None }
    }
}

impl House {
    fn open(setting: Setting) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        let database = setting.database.unwrap_or(path);
        let store = Arc::new(Store::open(&database, None, folder.path().join("archive")).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(WallClock::default());
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock)));
        let meanings: Arc<dyn api::Meanings> = Arc::new(FromProviders(Providers::all()));
        let boards = if setting.records { recorder.boards() } else { Arc::default() };
        let answers = setting.replica.map_or_else(
            || Arc::clone(&store),
            |replica| {
                let engine = store::engine_for_answers(&database, Some(&replica)).unwrap();
                Arc::new(Store::new(engine, folder.path().join("archive")))
            },
        );
        let state = Arc::new(api::State {
            store: Arc::clone(&answers),
            boards: Arc::clone(&boards),
            meanings: Arc::clone(&meanings),
            now: Arc::new(move || if setting.is_replay { REPLAYED } else { clock.now() }),
            v4: api::v4::Desk::default(),
            is_replay: setting.is_replay,
        });
        let follows = if setting.records { Follows::Nothing } else { Follows::Boards(boards) };
        let tail = Arc::new(Tail::start(answers, meanings, follows).unwrap());
        let live = Live::new(Arc::clone(&state), tail, setting.options);
        let mut app: Router = api::service(Arc::clone(&live), api::router(Arc::clone(&state)));
        if !setting.peer.is_empty() {
            // Stands for a connection from another machine: the outermost layer says who asks.
            let peer: SocketAddr = setting.peer.parse().unwrap();
            app = app.layer(axum::middleware::from_fn(move |mut request: axum::extract::Request, next: axum::middleware::Next| {
                request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
                next.run(request)
            }));
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
        Self { store, recorder, live, state, address, _runtime: runtime, _folder: folder }
    }

    fn record(&self, season: &mut Season, replies: usize) {
        for reply in season.by_ref().take(replies) {
            self.recorder.take(&[reply.reply()], None).unwrap();
            self.live.tail.wake();
        }
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut bytes = Vec::new();
        self.send(path, headers).read_to_end(&mut bytes).unwrap();
        Answer::read(&bytes)
    }

    /// HTTP/1.0, so that an answer ends where the connection does and comes as it is.
    fn send(&self, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).unwrap();
        stream
    }

    /// Every change of the log by paging.
    fn all_changes(&self, limit: usize) -> Vec<serde_json::Value> {
        let (mut all, mut next) = (Vec::new(), "0".to_owned());
        loop {
            let page = self.get(&format!("/v1/changes?after={next}&limit={limit}"), &[]).json();
            all.extend(page["changes"].as_array().unwrap().iter().cloned());
            next = page["next"].as_str().unwrap().to_owned();
            if page["is_at_end"] == true {
                return all;
            }
        }
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        Self { status: head[9..12].parse().unwrap(), head, body: bytes[end + 4..].to_vec() }
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

fn id_of(change: &serde_json::Value) -> String {
    change["id"].as_str().unwrap().to_owned()
}

/// Reads whole events off a stream until `enough`, gives the data of each with its id.
fn listen(mut stream: TcpStream, mut enough: impl FnMut(&[serde_json::Value]) -> bool) -> Vec<serde_json::Value> {
    let (mut text, mut got, mut buffer) = (Vec::new(), Vec::new(), [0; 4096]);
    while !enough(&got) {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            break;
        }
        text.extend_from_slice(&buffer[..read]);
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let event = String::from_utf8(text.drain(..end + 2).collect()).unwrap();
            if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                let data: serde_json::Value = serde_json::from_str(data).unwrap();
                assert!(event.starts_with(&format!("id: {}\n", id_of(&data))), "{event}");
                got.push(data);
            }
        }
    }
    got
}

fn rough(seed: u64) -> Season {
    Season { drift: Drift::ROUGH, world: World::new(seed, Shape::SMALL, Moment::from_secs(1_774_980_000)), ..season(seed) }
}

/// Listens, hangs up at random and comes again, until the change that is the last one.
fn hear(house: &House, seed: u64, end: &std::sync::OnceLock<String>) -> Vec<serde_json::Value> {
    let mut random = Random::from_seed(seed);
    let mut all: Vec<serde_json::Value> = Vec::new();
    loop {
        let last = all.last().map_or_else(|| "0".to_owned(), id_of);
        if end.get() == Some(&last) {
            return all;
        }
        let patience = random.below(900) as usize + 1;
        let stream = house.send("/v1/stream?after=0", &[("Last-Event-ID", &last)]);
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        all.extend(listen(stream, |got| got.len() >= patience));
    }
}

#[test]
fn streams_that_are_cut_at_random_miss_nothing_and_repeat_nothing_while_the_log_grows() {
    const ENTRIES: usize = 300;
    let house = House::open(Setting::default());
    let mut season = rough(7);
    house.record(&mut season, 40);
    let end = std::sync::OnceLock::new();
    let (heard, expected) = std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..6).map(|seed| (seed, &house, &end)).map(|(seed, house, end)| scope.spawn(move || hear(house, seed, end))).collect();
        house.record(&mut season, ENTRIES - 40);
        let expected = house.all_changes(777);
        end.set(id_of(expected.last().unwrap())).unwrap();
        (clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>(), expected)
    });
    assert_eq!(house.store.head().unwrap().seq.0, ENTRIES as i64);
    assert!(expected.len() > 5_000, "{}", expected.len());
    for all in heard {
        assert_eq!(all.iter().map(id_of).collect::<Vec<_>>(), expected.iter().map(id_of).collect::<Vec<_>>());
        assert_eq!(all, expected);
    }
}

#[test]
fn changes_say_what_happened_and_fold_to_what_stands() {
    let house = House::open(Setting::default());
    house.record(&mut rough(3), 60);
    let all = house.all_changes(5000);
    assert_eq!(all, house.all_changes(97), "the size of pages changes nothing");
    let quotes: Vec<_> = all.iter().filter(|change| change["kind"] == "quote").collect();
    let mut standing = std::collections::HashMap::new();
    for quote in &quotes {
        let slot = ["listing", "book", "provider_market", "name", "subject", "line"].map(|key| quote[key].to_string()).join("|");
        let before: Option<(String, serde_json::Value)> = standing.insert(slot, (quote["state"].to_string(), quote["price"].clone()));
        let stood = before.as_ref().is_some_and(|(state, _)| state != "\"withdrawn\"");
        let expected = match (before.is_some(), stood, quote["state"] == "withdrawn") {
            (_, _, true) => "withdrawn",
            (false, ..) => "opened",
            (true, false, _) => "returned",
            (true, true, _) => "moved",
        };
        assert_eq!(quote["change"], expected, "{quote}");
        if expected == "moved" {
            assert_eq!(quote["price_before"], before.unwrap().1);
        }
    }
    for change in ["opened", "moved", "returned", "withdrawn"] {
        assert!(quotes.iter().any(|quote| quote["change"] == change), "none {change}");
    }
    assert!(all.iter().any(|change| change["decision"] == "founded") && all.iter().any(|change| change["fact"] == "home"));
    let filtered = house.get("/v1/changes?after=0&limit=5000&market=total&kind=quote", &[]).json();
    let filtered = filtered["changes"].as_array().unwrap();
    assert!(!filtered.is_empty() && filtered.iter().all(|change| change["market"] == "total"));
}

#[test]
fn a_process_that_only_serves_follows_the_boards() {
    let house = House::open(Setting { records: false, ..Setting::default() });
    let mut season = season(5);
    house.record(&mut season, 12);
    let head = house.store.head().unwrap().seq;
    let caught_up = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(25));
        house.live.tail.position() == head
    });
    assert!(caught_up);
    let boards = house.state.boards.read().unwrap();
    assert!(boards.all().count() >= 10);
    for kept in boards.all() {
        let fresh = house.store.board(kept.listing.clone(), store::Cut::ALL).unwrap();
        let values = |kept: &store::boards::Kept| kept.board.slots().iter().map(|slot| (slot.value, slot.said)).collect::<Vec<_>>();
        assert_eq!(values(kept), values(&fresh));
    }
}

#[test]
fn a_key_is_needed_elsewhere_and_not_on_the_machine_itself() {
    let far = House::open(Setting { peer: "192.0.2.7:4711", ..Setting::default() });
    let (key, text) = far.store.create_key("test", [9; 32], Moment::from_secs(1)).unwrap();
    let bearer = format!("Bearer {text}");
    let in_url = |path: &str| format!("{path}?apiKey={text}");
    let table = [
        ("/v1/changes".to_owned(), vec![], 401),
        ("/".to_owned(), vec![], 401),
        ("/metrics".to_owned(), vec![], 401),
        ("/livez".to_owned(), vec![], 200),
        ("/readyz".to_owned(), vec![], 200),
        ("/v1/changes".to_owned(), vec![("Authorization", bearer.as_str())], 200),
        ("/v1/changes".to_owned(), vec![("X-API-Key", text.as_str())], 200),
        ("/v1/changes".to_owned(), vec![("X-API-Key", "pp_wrong")], 401),
        (in_url("/v1/changes"), vec![], 401),
        (in_url("/v4/sports"), vec![], 200),
        ("/v4/sports?apiKey=nonsense".to_owned(), vec![], 401),
    ];
    for (path, headers, status) in &table {
        assert_eq!(far.get(path, headers).status, *status, "{path} {headers:?}");
    }
    assert!(far.get("/v1/changes", &[]).head.contains("application/problem+json"));
    assert_eq!(far.get("/v4/sports", &[]).json()["error_code"], "MISSING_KEY");
    assert!(far.store.revoke_key(&key.id, Moment::from_secs(2)).unwrap());
    let closes = (0..40).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        far.get("/v1/changes", &[("X-API-Key", &text)]).status == 401
    });
    assert!(closes, "a revoked key goes on opening");

    let near = House::open(Setting::default());
    assert_eq!(near.get("/v1/changes", &[]).status, 200);
    for header in ["Forwarded", "X-Forwarded-For", "X-Real-IP"] {
        assert_eq!(near.get("/v1/changes", &[(header, "for=1.2.3.4")]).status, 401, "{header}");
    }
    let open = Options { allow_anonymous: true, requests_per_sec: 2, ..Options::default() };
    let open = House::open(Setting { peer: "192.0.2.7:4711", options: open, ..Setting::default() });
    let statuses: Vec<u16> = (0..12).map(|_| open.get("/v1/changes", &[]).status).collect();
    assert_eq!(statuses[0], 200);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn findings_are_those_that_were_open_then() {
    let house = House::open(Setting::default());
    let finding = store::NewFinding { kind: "no_price".into(), subject: "x".into(), severity: "warn".into(), detail: "y".into() };
    house.store.keep_findings(&[finding], Moment::from_secs(1000)).unwrap();
    house.store.keep_findings(&[], Moment::from_secs(2000)).unwrap();
    for (at, open) in [("00:16:39Z", 0), ("00:16:40Z", 1), ("00:33:19Z", 1), ("00:33:20Z", 0)] {
        let then = house.get(&format!("/v1/quality?known_at=1970-01-01T{at}"), &[]).json();
        assert_eq!((then["findings"].as_array().unwrap().len(), then.get("providers")), (open, None), "{at}");
    }
    let now = house.get("/v1/quality", &[]).json();
    assert!(now["findings"].as_array().unwrap().is_empty() && now["providers"].is_array());
    assert_eq!(house.get("/v1/quality?as_of=1970-01-01T00:16:40Z", &[]).status, 400);
    assert_eq!(house.get("/v1/quality?limit=3", &[]).status, 400);
}

#[test]
fn on_loopback_nobody_reads_under_a_foreign_name_without_a_key() {
    let near = House::open(Setting { peer: "127.0.0.1:4711", ..Setting::default() });
    let (_, key) = near.store.create_key("page", [7; 32], Moment::from_secs(1)).unwrap();
    let foreign = ("Host", "evil.example:8080");
    let refused = near.get("/v1/changes", &[foreign]);
    assert_eq!((refused.status, refused.header("content-type")), (421, Some("application/problem+json")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("PREDICTIVE_PLAY_ALLOW_ANONYMOUS"));
    assert_eq!(near.get("/v1/changes", &[foreign, ("X-API-Key", "pp_wrong")]).status, 421);
    assert_eq!(near.get("/v1/changes", &[("Host", "127.0.0.1:8080")]).status, 200);
    assert_eq!(near.get("/livez", &[foreign]).status, 200, "what watches has its own names");
    assert_eq!(near.get("/v1/changes", &[foreign, ("X-API-Key", &key)]).status, 200);
    let options = Options { allow_anonymous: true, ..Options::default() };
    let open = House::open(Setting { peer: "127.0.0.1:4711", options, ..Setting::default() });
    assert_eq!(open.get("/v1/changes", &[foreign]).status, 200);
}

#[test]
fn a_board_that_did_not_change_is_not_sent_again() {
    let house = House::open(Setting { is_replay: true, ..Setting::default() });
    house.record(&mut season(1), 3);
    let event = house.store.all_listings().unwrap()[0].event;
    let path = format!("/v1/events/{event}/odds");
    let first = house.get(&path, &[]);
    let etag = first.header("etag").unwrap().replace("w/", "W/");
    assert_eq!(first.status, 200);
    let again = (0..3).any(|_| {
        let etag = house.get(&path, &[]).header("etag").unwrap().replace("w/", "W/");
        house.get(&path, &[("If-None-Match", &etag)]).status == 304
    });
    assert!(again);
    house.record(&mut Season { world: World::new(2, Shape::FEATURED, Moment::from_secs(1_784_980_000)), ..season(2) }, 1);
    assert_eq!(house.get(&path, &[("If-None-Match", &etag)]).status, 200);
    assert_eq!(first.header("access-control-allow-origin"), None);
    let foreign = house.get(&path, &[("Origin", "https://evil.example")]);
    assert_eq!(foreign.header("access-control-allow-origin"), None, "CORS is off");
    for path in ["/", "/v1/health", "/v1/quality", "/metrics", path.as_str(), "/v1/nothing"] {
        assert_eq!(house.get(path, &[]).header("x-predictive-play-source"), Some("replay"), "{path}");
    }
    let page = String::from_utf8(house.get("/", &[]).body).unwrap();
    assert!(page.contains("REPLAY") && page.contains("<table>") && page.contains("class=\""), "{page}");
    assert_eq!(house.get("/", &[("Accept-Encoding", "gzip")]).header("content-encoding"), Some("gzip"));
    let metrics = String::from_utf8(house.get("/metrics", &[]).body).unwrap();
    assert!(metrics.contains("predictive_play_log_entries_total 4"), "{metrics}");
}

#[test]
fn a_place_that_is_none_is_refused_with_what_would_be_right() {
    let house = House::open(Setting::default());
    for path in [
        "/v1/changes?after=x",
        "/v1/changes?after=99",
        "/v1/stream?after=1.",
        "/v1/changes?limit=0",
        "/v1/changes?kind=odds",
        "/v1/changes?markets=h2h",
        "/v1/stream?books=x",
    ] {
        let answer = house.get(path, &[]);
        assert_eq!(answer.status, 400, "{path}");
        let answer = answer.json();
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains("cannot be used") || detail.contains("did you mean"), "{path}: {detail}");
    }
    assert_eq!(house.get(&format!("/?{}", "x".repeat(9000)), &[]).status, 414);
}

#[test]
fn a_provider_that_does_not_answer_is_named_by_health_and_on_an_empty_page() {
    let house = House::open(Setting::default());
    let page = |house: &House| String::from_utf8(house.get("/", &[]).body).unwrap();
    assert_eq!(house.get("/v1/health", &[]).json()["status"], "ok");
    assert!(page(&house).contains("the first answers of the providers are still to come"));
    let now = WallClock::default().now();
    assert!(house.store.take_lease("collect", "me", now, Moment::MAX).unwrap());
    let (provider, ask) = ("espn", "{}");
    let intent = Intent { provider, ask, request: "/", purpose: "test", due_at: now, sent_at: now, credits: 0, is_retry: false };
    let id = house.store.begin_ask(&intent, "me").unwrap().unwrap();
    house.store.end_ask(id, now, &AskEnd { outcome: "unreachable", ..AskEnd::default() }).unwrap();
    let health = house.get("/v1/health", &[]).json();
    assert_eq!((&health["status"], &health["reasons"][0]["what"]), (&"degraded".into(), &"provider".into()), "{health}");
    assert!(page(&house).contains("<p class=trouble>espn: no ask was answered well in the last hour (unreachable 1)"), "{}", page(&house));
    let options = Options { replay_because: Some("offline: <nobody>".to_owned()), ..Options::default() };
    let replay = House::open(Setting { options, is_replay: true, ..Setting::default() });
    assert_eq!(replay.get("/v1/health", &[]).json()["reasons"][0]["what"], "replay");
    assert!(page(&replay).contains("no live prices: offline: &lt;nobody&gt;"), "{}", page(&replay));
}

#[test]
fn the_page_pairs_both_sides_of_a_line_and_names_books_as_people_do() {
    let house = House::open(Setting::default());
    let soon = WallClock::default().now().plus_secs(3600);
    let at = Moment::from_secs(soon.secs() - 3601);
    let quote = |book: &str, spread: &str| {
        format!(
            r#"{{"key":"{book}","title":"{book} & Sons","last_update":"{at}","markets":[{{"key":"spreads","last_update":"{at}","outcomes":[{{"name":"North Bears","price":1.9,"point":-{spread}}},{{"name":"South <Lions>","price":1.95,"point":{spread}}}]}}]}}"#
        )
    };
    let body = format!(
        r#"[{{"id":"e912304de2b2ce35b473ce2ecd3d1502","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"{}","home_team":"North Bears","away_team":"South <Lions>","bookmakers":[{},{}]}}]"#,
        Moment::from_secs(soon.secs()),
        quote("alpha", "3.5"),
        quote("beta", "1.5")
    );
    let (request, headers) = (Request::default(), std::collections::BTreeMap::new());
    let reply = Reply {
        provider: "the-odds-api",
        endpoint: "odds",
        request: &request,
        status: 200,
        headers: &headers,
        body: body.as_bytes(),
        fetched_at: at,
        basis: Basis::Fetched,
        sport: None,
    };
    house.recorder.take(&[reply], None).unwrap();
    let page = String::from_utf8(house.get("/", &[]).body).unwrap();
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text:?} in {page}"));
    assert!(place("North Bears -3.5") < place("South &lt;Lions&gt; +3.5") && place("South &lt;Lions&gt; +3.5") < place("North Bears -1.5"));
    assert!(place("alpha &amp; Sons") < place("beta &amp; Sons"));
    assert!(!page.contains("<Lions>") && page.contains("NBA · ") && page.contains(" UTC)"), "{page}");
}
