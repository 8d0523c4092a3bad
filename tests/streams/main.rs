//! A push feed that is cut, delayed, duplicated, out of order and silent, on a clock in the hand: no gap unseen, every gap is a
//! not-observed interval, a quiet market is not a dead line, and no key is found anywhere.
#![allow(clippy::unwrap_used)]

mod random;

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use odds::Moment;
use odds::names::Interner;
use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::Clock;
use predictive_play::collect::stream::{Follower, lines};
use predictive_play::collect::wire::{Coming, Flow, NextFrame, Opening};
use predictive_play::collect::wishes::Wishes;
use predictive_play::collect::{Alarm, Brief, Client, Desk, Doors, Fault, FaultKind, Head, Outgoing, Terms, Wire};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::{Secret, Settings, Sources};
use store::{Cut, Store};
use testkit::HandClock;
use testkit::provider_server::{Act, Answer, Feed, ProviderServer};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

const KEY: &str = "k3y0fth3t3st0123456789abcdef";
const NOON: &str = "2026-10-24T12:00:00Z";
const LINE: &str = "/stream/odds/baseball";

/// A clock in the hand, and an alarm that waits until it was turned; it knows what is waited for.
#[derive(Clone)]
struct Hand {
    clock: HandClock,
    turned: Arc<watch::Sender<()>>,
    awaited: Arc<Mutex<Option<Moment>>>,
}

impl Hand {
    fn at_noon() -> Self {
        Self { clock: HandClock::at_text(NOON), turned: Arc::new(watch::channel(()).0), awaited: Arc::default() }
    }

    fn turn(&self, secs: i64) {
        self.clock.advance_secs(secs);
        self.turned.send_replace(());
    }

    /// Whether somebody waits for a moment that is still to come.
    fn is_waited_on(&self) -> bool {
        self.awaited.lock().unwrap().is_some_and(|at| at > self.clock.now())
    }
}

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.clock.now()
    }
}

struct Awaiting(Arc<Mutex<Option<Moment>>>);

impl Drop for Awaiting {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = None;
    }
}

impl Alarm for Hand {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let mut turned = self.turned.subscribe();
            *self.awaited.lock().unwrap() = Some(at);
            let _awaiting = Awaiting(Arc::clone(&self.awaited));
            while self.clock.now() < at {
                turned.changed().await.unwrap();
            }
        })
    }
}

/// An alarm that turns the clock to the moment that is waited for.
struct Eager(Hand);

impl Alarm for Eager {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if at > self.0.now() {
            self.0.clock.set(at);
        }
        Box::pin(std::future::ready(()))
    }
}

/// A wire on which a test plays a line.
#[derive(Clone, Default)]
struct Played {
    state: Arc<Mutex<PlayedState>>,
    news: Arc<Notify>,
}

#[derive(Default)]
struct PlayedState {
    /// Frames to come; `None` cuts the line.
    frames: VecDeque<Option<String>>,
    /// A frame was taken, and what it says is not done yet.
    is_busy: bool,
    is_refused: bool,
    asked: Vec<Outgoing>,
}

impl Played {
    fn play(&self, frame: Option<String>) {
        self.state.lock().unwrap().frames.push_back(frame);
        self.news.notify_one();
    }

    fn is_at_rest(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.frames.is_empty() && !state.is_busy
    }

    fn refuse(&self, is_refused: bool) {
        self.state.lock().unwrap().is_refused = is_refused;
    }

    fn asked(&self) -> usize {
        self.state.lock().unwrap().asked.len()
    }

    fn last_entry(&self) -> Option<String> {
        self.state.lock().unwrap().asked.last().and_then(|asked| asked.request.query.get("last_entry_id").cloned())
    }
}

impl Wire for Played {
    fn call<'a>(&'a self, _: &'a Outgoing) -> Coming<'a> {
        Box::pin(std::future::pending())
    }

    fn open<'a>(&'a self, outgoing: &'a Outgoing) -> Opening<'a> {
        let mut state = self.state.lock().unwrap();
        state.asked.push(outgoing.clone());
        let fault = Fault { kind: FaultKind::Unreachable, detail: "nobody is there".to_owned(), head: None };
        let opened: Result<(Head, Box<dyn Flow>), Fault> =
            if state.is_refused { Err(fault) } else { Ok((Head { status: 200, ..Head::default() }, Box::new(PlayedLine(self.clone())))) };
        Box::pin(std::future::ready(opened))
    }
}

/// A line that is open on it.
struct PlayedLine(Played);

impl Drop for PlayedLine {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().is_busy = false;
    }
}

impl Flow for PlayedLine {
    fn next(&mut self) -> NextFrame<'_> {
        Box::pin(async {
            loop {
                {
                    let mut state = self.0.state.lock().unwrap();
                    let frame = state.frames.pop_front();
                    state.is_busy = frame.is_some();
                    if let Some(frame) = frame {
                        return Ok(frame);
                    }
                }
                self.0.news.notified().await;
            }
        })
    }
}

/// A store, and one line that is followed on a clock in the hand.
struct House {
    _dir: tempfile::TempDir,
    store: Arc<Store>,
    recorder: Arc<Recorder>,
    hand: Hand,
    played: Played,
    brief: Brief,
    wishes: Arc<Wishes>,
    end: watch::Sender<bool>,
}

impl House {
    fn new(base_url: &str) -> Self {
        let (dir, hand) = (tempfile::tempdir().unwrap(), Hand::at_noon());
        let store =
            Arc::new(Store::open(&format!("sqlite:{}", dir.path().join("pp.db").display()), None, dir.path().join("archive")).unwrap());
        assert!(store.take_lease("collect", "me", hand.now(), Moment::MAX).unwrap());
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(hand.clone())));
        let settings = [
            ("API_PROVIDER", "opticodds"),
            ("OPTICODDS_API_KEY", KEY),
            ("OPTICODDS_BASE_URL", base_url),
            ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
            ("PREDICTIVE_PLAY_ASK_SPORTS", "baseball.mlb"),
            ("PREDICTIVE_PLAY_ASK_BOOKS", "pinnacle"),
        ];
        let settings = Settings::read(&Sources::of_env(settings)).unwrap();
        let brief = Terms::of(&settings, &Providers::all(), 1).briefs.remove(0);
        Self { _dir: dir, store, recorder, hand, played: Played::default(), brief, wishes: Arc::default(), end: watch::channel(false).0 }
    }

    fn doors(&self, wire: Arc<dyn Wire>) -> Doors {
        Doors { clock: Arc::new(self.hand.clone()), alarm: Arc::new(self.hand.clone()), wire }
    }

    /// A house whose line is open, and the task that follows it.
    async fn following() -> (Self, JoinHandle<()>) {
        let house = Self::new("http://127.0.0.1:1");
        let mut lines = lines(&house.brief);
        assert_eq!(lines.len(), 1);
        let doors = house.doors(Arc::new(house.played.clone()));
        let (brief, recorder, wishes) = (house.brief.clone(), Arc::clone(&house.recorder), Arc::clone(&house.wishes));
        let follower = Follower::new(lines.remove(0), brief, doors, recorder, wishes).unwrap();
        let ends = house.end.subscribe();
        let task = tokio::spawn(async move { follower.follow(ends).await.unwrap() });
        house.settled().await;
        (house, task)
    }

    /// Waits until the line has done all that is due, and waits for something to come.
    async fn settled(&self) {
        let began = Instant::now();
        while !(self.played.is_at_rest() && self.hand.is_waited_on()) {
            assert!(began.elapsed() < Duration::from_secs(30), "the line does not come to rest\n{}", self.dump());
            tokio::task::yield_now().await;
        }
    }

    /// Turns the clock, and lets everything that is due be done.
    async fn turn(&self, secs: i64) {
        self.hand.turn(secs);
        self.settled().await;
    }

    /// A frame comes, and a second passes, in which it is kept.
    async fn told(&self, event: &str, entry: &str, data: &str) {
        self.played.play(Some(format!("event: {event}\nid: {entry}\ndata: {data}")));
        self.settled().await;
        self.turn(1).await;
    }

    async fn ping(&self) {
        self.played.play(Some("event: ping\ndata: 2026-10-24T12:00:00Z".to_owned()));
        self.settled().await;
    }

    async fn cut(&self) {
        self.played.play(None);
        self.settled().await;
    }

    async fn ends(self, task: JoinHandle<()>) {
        self.end.send_replace(true);
        task.await.unwrap();
        let mut words = Interner::default();
        for entry in self.store.entries_after(odds::Seq(0), 1000, &mut words).unwrap() {
            assert!(entry.counts.is_conserved(), "{:?}", entry.counts);
        }
        assert_eq!(self.store.pending_replies(1).unwrap().len(), 0);
    }

    fn entries(&self) -> i64 {
        self.store.head().unwrap().seq.0
    }

    fn dump(&self) -> String {
        let mut out = Vec::new();
        predictive_play::dump::canonical(&self.store, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What stands as of a moment, as `market name point price`, with ` since ..` where it is not observed.
    fn board(&self, at: Moment) -> Vec<String> {
        let listing = self.store.all_listings().unwrap().remove(0);
        let kept = self.store.board(listing, Cut::as_of(at)).unwrap();
        let mut told = Vec::new();
        for slot in (0..kept.names.slots().len()).map(|at| odds::SlotNo(at as u32)) {
            let words = kept.names.words(slot).unwrap();
            let Some(value) = kept.board.slot(slot).and_then(|slot| slot.value).filter(|value| value.is_offered()) else { continue };
            let price = value.price().unwrap().decimal();
            let state = if matches!(value, odds::block::Value::Suspended(_)) { " suspended" } else { "" };
            let missed = kept.board.not_observed_since(slot).map(|order| format!(" since {}", order.at)).unwrap_or_default();
            let point = words.point.map(|point| point.to_string()).unwrap_or_default();
            told.push(format!("{} {} {point} {price}{state}{missed}", words.market, words.name));
        }
        told.sort();
        told
    }
}

fn over(point: &str, price: &str, is_main: bool) -> String {
    let key = point.replace('.', "_");
    format!(
        r#"{{"data":[{{"fixture_id":"F1","id":"1-2:pinnacle:total_runs:over_{key}","is_main":{is_main},"league":"MLB","market":"Total Runs","name":"Over {point}","points":{point},"price":{price},"selection":"","selection_line":"over","sport":"baseball","sportsbook":"Pinnacle","timestamp":1792843199.5}}]}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_are_in_the_log_within_a_second_and_locks_and_new_main_lines_are_read() {
    let (house, task) = House::following().await;
    house.told("odds", "1792843200000-0", &over("8", "1.91", true)).await;
    assert_eq!((house.entries(), house.board(Moment::MAX)), (1, vec!["total_runs Over 8 1.91".to_owned()]));
    house.told("locked-odds", "1792843201000-0", &over("8", "1.91", true)).await;
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8 1.91 suspended"]);
    house.told("odds", "1792843202000-0", &over("8.5", "1.95", true)).await;
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8.5 1.95"], "a new main line takes the old one down");
    house.told("odds", "1792843203000-0", &over("8", "1.8", false)).await;
    house.told("odds", "1792843204000-0", &over("8", "1.85", true)).await;
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8 1.85"], "lines swap between main and alternate without a lock");
    house.ends(task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_line_goes_on_where_it_was_and_loses_nothing() {
    let (house, task) = House::following().await;
    house.told("odds", "1792843200000-0", &over("8", "1.91", true)).await;
    house.cut().await;
    house.turn(1).await;
    assert_eq!((house.played.asked(), house.played.last_entry().as_deref()), (2, Some("1792843200000-0")));
    house.told("odds", "1792843202000-0", &over("8", "1.95", true)).await;
    assert_eq!((house.entries(), house.board(Moment::MAX)), (2, vec!["total_runs Over 8 1.95".to_owned()]), "no gap: it was replayed");
    house.ends(task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_that_is_not_replayed_is_a_not_observed_interval_and_is_asked_for() {
    let (house, task) = House::following().await;
    let noon = house.hand.now();
    house.told("odds", "1792843200000-0", &over("8", "1.91", true)).await;
    assert_eq!(house.wishes.take().len(), 1, "what stood before the line was open is asked for");
    house.played.refuse(true);
    house.cut().await;
    while house.entries() == 1 {
        house.turn(1).await;
        assert!(house.hand.now().secs_since(noon) <= 30.0, "told before the provider forgets");
    }
    let gap = [format!("total_runs Over 8 1.91 since {}", noon.plus_micros(1))];
    assert_eq!(house.board(Moment::MAX), gap, "from the last sign of life on, while the line is still down");
    assert!(house.wishes.take().is_empty(), "nobody could answer yet");
    house.played.refuse(false);
    house.turn(60).await;
    let back = house.hand.now();
    house.told("odds", "1792843290000-0", &over("8", "2.05", true)).await;
    assert_eq!(house.wishes.take().into_iter().collect::<Vec<_>>(), ["baseball/mlb"], "everything is asked for at once");
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8 2.05"]);
    assert_eq!(house.board(back.plus_micros(-1)), gap, "the gap stays a gap");
    assert_eq!(house.board(noon), ["total_runs Over 8 1.91"], "and what was seen before it was seen");
    house.ends(task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_market_is_no_dead_line_and_a_silent_line_is_dead_within_its_heartbeats() {
    let (house, task) = House::following().await;
    house.told("odds", "1792843200000-0", &over("8", "1.91", true)).await;
    for _ in 0..12 {
        house.ping().await;
        house.turn(5).await;
    }
    house.ping().await;
    assert_eq!((house.played.asked(), house.entries()), (1, 1), "a minute without a price is no gap");
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8 1.91"]);
    house.turn(14).await;
    assert_eq!(house.played.asked(), 1);
    house.turn(1).await;
    house.turn(1).await;
    assert_eq!(house.played.asked(), 2, "dead after three heartbeats, and opened again");
    house.ping().await;
    assert_eq!((house.entries(), house.board(Moment::MAX)), (1, vec!["total_runs Over 8 1.91".to_owned()]), "replayed: no gap");
    house.ends(task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_come_twice_or_late_change_nothing_that_is_newer() {
    let (house, task) = House::following().await;
    let noon = house.hand.now();
    house.told("odds", "1792843200000-0", &over("8", "1.91", true)).await;
    house.told("odds", "1792843210000-0", &over("8", "1.95", true)).await;
    house.told("odds", "1792843200000-0", &over("8", "1.91", true)).await;
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8 1.95"], "said again");
    house.told("odds", "1792843205000-0", &over("8", "1.7", true)).await;
    assert_eq!(house.board(Moment::MAX), ["total_runs Over 8 1.95"], "overtaken");
    assert_eq!(house.board(noon), ["total_runs Over 8 1.91"]);
    let newer = noon.plus_secs(1);
    assert_eq!(house.board(newer.plus_micros(-9)), ["total_runs Over 8 1.91"], "nothing is known of it before it can have been seen");
    assert_eq!(house.board(newer.plus_micros(-1)), ["total_runs Over 8 1.7"], "it stands where it belongs");
    assert_eq!(house.board(newer), ["total_runs Over 8 1.95"]);
    house.ends(task).await;
}

/// A line of a real server, opened by the one client.
async fn opened(server: &ProviderServer, key: &str) -> (Head, Box<dyn Flow>) {
    let brief = House::new(&server.url()).brief;
    let outgoing = Outgoing {
        base_url: server.url(),
        request: lines(&brief).remove(0).request,
        auth: brief.provider.offers().auth,
        secret: Some(Secret::new(key)),
        timeout: Duration::from_secs(10),
    };
    Client::new().unwrap().open(&outgoing).await.unwrap()
}

#[tokio::test]
async fn the_client_brings_frames_one_by_one_and_no_key_comes_back() {
    let (server, feed) = (ProviderServer::start(), Feed::new());
    server.script(LINE, [Act::Feed(feed.clone())]);
    let (head, mut flow) = opened(&server, KEY).await;
    assert_eq!(head.status, 200);
    feed.send("event: odds\ndata: {\"key\":\"");
    feed.send(&format!("{KEY}\"}}\n\nevent: ping\ndata: x\n\n"));
    assert_eq!(flow.next().await.unwrap().as_deref(), Some("event: odds\ndata: {\"key\":\"[secret]\"}"));
    assert_eq!(flow.next().await.unwrap().as_deref(), Some("event: ping\ndata: x"));
    feed.cut();
    assert!(matches!(flow.next().await, Ok(None) | Err(_)), "the end of the line");
    let received = server.received().remove(0);
    assert_eq!(received.headers.get("x-api-key").map(String::as_str), Some(KEY));
    assert_eq!((received.query("sportsbook"), received.query("league")), ("pinnacle", "mlb"));
    assert!(received.query.values().all(|value| value != KEY));
}

#[tokio::test]
async fn a_refused_line_says_why() {
    let server = ProviderServer::start();
    server.script(LINE, [Act::Answer(Answer::json(401, r#"{"message":"Invalid API key","code":401}"#))]);
    let (head, mut flow) = opened(&server, "wrong").await;
    assert_eq!((head.status, flow.next().await.unwrap().unwrap().contains("Invalid API key")), (401, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_is_granted_by_its_desk_for_every_game_and_pages_are_followed() {
    let server = ProviderServer::start();
    let house = House::new(&server.url());
    let fixture = |id: &str, odds: &str| {
        format!(
            r#"{{"id":"{id}","start_date":"2026-10-24T14:00:00Z","home_team_display":"Gulls {id}","away_team_display":"Owls {id}","status":"unplayed","sport":{{"id":"baseball"}},"league":{{"id":"mlb"}}{odds}}}"#
        )
    };
    let page = |id: &str, page: u32| Act::json(format!(r#"{{"data":[{}],"page":{page},"total_pages":2}}"#, fixture(id, "")));
    let pages = BTreeMap::from([(false, page("F1", 1)), (true, page("F2", 2))]);
    server.answer("/fixtures/active", move |received| pages[&received.query.contains_key("page")].clone());
    for path in ["/leagues", "/sportsbooks", "/markets", "/injuries", "/fixtures?"] {
        server.script(path, [Act::json(r#"{"data":[]}"#)]);
    }
    server.script("/fixtures/odds", [Act::json(format!(r#"{{"data":[{}]}}"#, fixture("F1", r#","odds":[{"sportsbook":"Pinnacle","market":"Moneyline","market_id":"moneyline","name":"Gulls F1","selection":"Gulls F1","is_main":true,"price":1.8}]"#)))]);
    // The rate of calls waits for the clock: this alarm turns it.
    let doors = Doors { alarm: Arc::new(Eager(house.hand.clone())), ..house.doors(Arc::new(Client::new().unwrap())) };
    let mut desk = Desk::open(house.brief.clone(), doors, Arc::clone(&house.recorder), "me".to_owned()).unwrap();
    desk.turn(&|| false).await.unwrap();
    assert_eq!(server.count("/fixtures/active"), 2, "{:#?}", server.received());
    let ids: Vec<String> = house.store.all_listings().unwrap().into_iter().map(|listing| listing.external_id).collect();
    assert!(ids.contains(&"F1".to_owned()) && ids.contains(&"F2".to_owned()), "{ids:?}");
    house.hand.turn(10);
    // Whatever is due by the clock is asked first, so that what comes then is the wish alone.
    for _ in 0..6 {
        desk.turn(&|| false).await.unwrap();
    }
    let before = server.count("/fixtures/odds");
    desk.turn(&|| false).await.unwrap();
    assert_eq!(server.count("/fixtures/odds"), before, "nothing is due");
    desk.wishes().add("baseball/mlb");
    desk.turn(&|| false).await.unwrap();
    let received = server.received();
    let asked: Vec<_> = received.iter().filter(|received| received.path.starts_with("/fixtures/odds")).skip(before).collect();
    assert!(!asked.is_empty() && asked.iter().all(|received| !received.query.contains_key("market")), "every market: {asked:#?}");
    assert!(house.dump().contains(r#"change "pinnacle" "moneyline" "Gulls F1""#), "{}", house.dump());
}

#[test]
fn a_fixture_that_was_asked_for_by_name_and_does_not_come_is_not_observed() {
    let house = House::new("http://127.0.0.1:1");
    let request = |fixture: &str| {
        Request::to("/fixtures/odds").with("fixture_id", fixture).with("sportsbook", "pinnacle").with("odds_format", "DECIMAL")
    };
    let headers = BTreeMap::new();
    let take = |request: &Request, body: &str| {
        house.hand.turn(60);
        let (provider, endpoint, basis, fetched_at) = ("opticodds", "fixtures_odds", Basis::Fetched, house.hand.now());
        let body = body.as_bytes();
        let reply = Reply { provider, endpoint, request, status: 200, headers: &headers, body, fetched_at, basis, sport: None };
        house.recorder.take(&[reply], None).unwrap().remove(0).counts
    };
    let odds = r#"{"data":[{"id":"F1","status":"unplayed","start_date":"2026-10-24T14:00:00Z","home_team_display":"Gulls","away_team_display":"Owls","sport":{"id":"baseball"},"league":{"id":"mlb"},"odds":[{"sportsbook":"Pinnacle","market_id":"moneyline","name":"Gulls","selection":"Gulls","price":1.8,"is_main":true}]}]}"#;
    assert_eq!(take(&request("F1"), odds).opened, 1);
    let silent = take(&request("F1"), r#"{"data":[]}"#);
    assert!(silent.not_observed == 1 && silent.is_conserved(), "{silent:?}");
    assert_eq!(house.board(Moment::MAX), [format!("moneyline Gulls  1.8 since {}", house.hand.now())]);
    assert_eq!(take(&request("F2"), r#"{"data":[]}"#).not_observed, 0);
    assert_eq!(house.store.all_listings().unwrap().len(), 1, "a fixture that nobody met is not met by its absence");
    assert_eq!(take(&request("F1"), odds).returned, 1);
}
