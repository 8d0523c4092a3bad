//! The live half of the route against a provider that misbehaves: what is good is kept, the credits are right to the unit, nothing stops,
//! nobody calls twice, and no key is found anywhere.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use predictive_play::clock::{Clock, WallClock};
use predictive_play::collect::{Alarm, Brief, Client, Collector, Desk, Doors, Outgoing, Terms, WallAlarm, Wire, wire::Coming};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::{Settings, Sources};
use store::asks::Intent;
use store::{Arrived, Store};
use testkit::HandClock;
use testkit::child::ChildProcess;
use testkit::provider_server::{Act, Answer, CreditsMeter, ProviderServer, Received};
use tokio::sync::watch;

const KEY: &str = "k3y0fth3t3st0123456789abcdef";
const NOON: &str = "2026-10-24T12:00:00Z";
const ODDS: &str = "/v4/sports/basketball_nba/odds";
const SPORTS: &str =
    r#"[{"key":"basketball_nba","group":"Basketball","title":"NBA","description":"US Basketball","active":true,"has_outrights":false}]"#;

fn game(rest: &str) -> String {
    format!(
        r#"[{{"id":"e912304de2b2ce35b473ce2ecd3d1502","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"2026-10-24T14:00:00Z","home_team":"Boston Celtics","away_team":"New York Knicks"{rest}}}]"#
    )
}

fn priced(price: &str) -> String {
    game(&format!(
        r#","bookmakers":[{{"key":"draftkings","title":"DraftKings","last_update":"2026-10-24T12:00:00Z","markets":[{{"key":"h2h","last_update":"2026-10-24T12:00:00Z","outcomes":[{{"name":"Boston Celtics","price":{price}}},{{"name":"New York Knicks","price":2.1}}]}}]}}]"#
    ))
}

#[derive(Clone)]
struct Hand(HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

/// Turns the clock to the moment that is waited for.
impl Alarm for Hand {
    fn until<'a>(&'a self, at: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if at > self.0.now() {
            self.0.set(at);
        }
        Box::pin(std::future::ready(()))
    }
}

/// A wire on which nothing ever comes back.
struct Dead;

impl Wire for Dead {
    fn call<'a>(&'a self, _: &'a Outgoing) -> Coming<'a> {
        Box::pin(std::future::pending())
    }
}

/// A store, a clock in the hand and a scripted provider with a bill.
struct House {
    dir: tempfile::TempDir,
    store: Arc<Store>,
    recorder: Arc<Recorder>,
    clock: Hand,
    server: ProviderServer,
    meter: CreditsMeter,
    terms: Terms,
}

fn cost(received: &Received) -> i64 {
    let is_odds = received.path.ends_with("/odds");
    if is_odds { (received.listed("markets").len() * received.listed("regions").len().max(1)) as i64 } else { 0 }
}

fn scripted(meter: &CreditsMeter) -> ProviderServer {
    let server = ProviderServer::start();
    server.script("/v4/sports", [Act::json(SPORTS)]);
    server.script("/v4/sports/basketball_nba/events", [Act::json(game(""))]);
    server.script(ODDS, [Act::json(priced("1.8"))]);
    for prefix in ["/v4/sports", "/v4/sports/basketball_nba/events", ODDS] {
        server.bill(prefix, meter, cost);
    }
    server
}

fn settings(server: &ProviderServer, more: &[(&str, &str)]) -> Settings {
    let url = server.url();
    let fixed = [
        ("THE_ODDS_API_KEY", KEY),
        ("THE_ODDS_API_BASE_URL", url.as_str()),
        ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
        ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", ""),
    ];
    Settings::read(&Sources::of_env(fixed.into_iter().chain(more.iter().copied()))).unwrap()
}

fn open(dir: &Path) -> Arc<Store> {
    Arc::new(Store::open(&format!("sqlite:{}", dir.join("pp.db").display()), None, dir.join("archive")).unwrap())
}

impl House {
    fn new(remaining: i64, more: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Hand(HandClock::at_text(NOON));
        let meter = CreditsMeter::with(0, remaining);
        let server = scripted(&meter);
        let store = open(dir.path());
        assert!(store.take_lease("collect", "me", clock.now(), Moment::MAX).unwrap());
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(clock.clone())));
        let mut terms = Terms::of(&settings(&server, more), &Providers::all(), 1);
        terms.briefs.iter_mut().for_each(|brief| brief.timeout = Duration::from_millis(400));
        Self { dir, store, recorder, clock, server, meter, terms }
    }

    fn doors(&self, wire: Arc<dyn Wire>) -> Doors {
        Doors { clock: Arc::new(self.clock.clone()), alarm: Arc::new(self.clock.clone()), wire }
    }

    fn brief(&self) -> Brief {
        self.terms.briefs[0].clone()
    }

    fn desk_on(&self, wire: Arc<dyn Wire>) -> Desk {
        Desk::open(self.brief(), self.doors(wire), Arc::clone(&self.recorder), "me".to_owned()).unwrap()
    }

    fn desk(&self) -> Desk {
        self.desk_on(Arc::new(Client::new().unwrap()))
    }

    /// Turn after turn, the clock turned to each wake, for so long.
    async fn work(&self, desk: &mut Desk, secs: i64) {
        let until = self.clock.now().plus_secs(secs);
        while self.clock.now() < until {
            let wake_at = desk.turn(&|| false).await.unwrap();
            self.clock.0.set(wake_at.max(self.clock.now().plus_secs(1)));
        }
    }

    fn spent(&self) -> i64 {
        self.store.credits_since("the-odds-api", Moment::from_secs(0)).unwrap()
    }

    fn outcomes(&self) -> Vec<String> {
        self.store.asks_since("the-odds-api", Moment::from_secs(0)).unwrap().into_iter().map(|row| row.outcome).collect()
    }

    fn count(&self, outcome: &str) -> usize {
        self.outcomes().iter().filter(|word| *word == outcome).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_misbehaves_in_every_way_loses_nothing_and_is_billed_to_the_unit() {
    let house = House::new(20_000, &[]);
    let good = || Answer::json(200, priced("1.8"));
    let faults = [
        Act::Silence,
        Act::Drip { answer: good(), bytes: 20, every: Duration::from_millis(100) },
        Act::too_many(Some("2")),
        Act::too_many(None),
        Act::status(503),
        Act::HalfBody(good()),
        Act::ChunkedUnended(good(), 64),
        Act::Answer(good().gzipped_and_cut()),
        Act::Answer(good().wrongly_gzipped()),
        Act::Close,
        Act::html(),
        Act::json(r#"{"unexpected":true}"#),
        Act::json(game(r#","bookmakers":null"#)),
        Act::json(priced("-1e400")),
    ];
    let script: Vec<Act> =
        faults.into_iter().flat_map(|fault| [Act::json(priced("1.9")), fault]).chain([Act::json(priced("1.8"))]).collect();
    let acts = script.len();
    house.server.script(ODDS, script);
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    house.work(&mut desk, 4 * 3600).await;
    assert!(house.server.count(ODDS) > acts, "asking went on: {} of {acts}", house.server.count(ODDS));
    assert_eq!(house.spent(), house.meter.spent(), "{:?}", house.outcomes());
    assert_eq!(desk.memory().purse.spent.month, house.meter.spent());
    for outcome in ["timed_out", "retry_after", "broken", "changed_shape", "good"] {
        assert!(house.count(outcome) > 0, "{outcome} of {:?}", house.outcomes());
    }
    assert_eq!(house.count("sent"), 0);
    let listing = house.store.listing_of("the-odds-api", "e912304de2b2ce35b473ce2ecd3d1502").unwrap().unwrap();
    assert!(listing.is_standing);
    assert_eq!(house.store.pending_replies(10).unwrap().len(), 0);
    assert_no_key(house.dir.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn games_that_have_just_come_have_their_prices_asked_within_seconds() {
    let house = House::new(20_000, &[]);
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    house.work(&mut desk, 15).await;
    assert!(house.count("good") > 0 && house.server.count(ODDS) > 0, "{:?}", house.outcomes());
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_that_is_asked_for_is_given() {
    let house = House::new(20_000, &[]);
    house.server.script(ODDS, [Act::too_many(Some("120")), Act::json(priced("1.8"))]);
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    house.work(&mut desk, 600).await;
    let rows = house.store.asks_since("the-odds-api", Moment::from_secs(0)).unwrap();
    let refused = rows.iter().position(|row| row.outcome == "retry_after").unwrap();
    let next = rows[refused + 1..].iter().find(|row| row.sent_at > rows[refused].sent_at).unwrap();
    assert!(next.sent_at >= rows[refused].done_at.unwrap().plus_secs(120), "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ceiling_is_ever_passed_and_spent_credits_leave_the_free_calls() {
    let house = House::new(20_000, &[("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "7")]);
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    house.work(&mut desk, 7200).await;
    assert!(house.meter.spent() > 0 && house.meter.spent() <= 7, "{}", house.meter.spent());
    let poor = House::new(4, &[]);
    let mut desk = poor.desk();
    desk.greet().await.unwrap();
    poor.work(&mut desk, 7200).await;
    assert!(poor.meter.remaining() >= 0 && poor.server.count("/v4/sports/basketball_nba/events") > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn spending_that_is_not_ours_is_a_finding_and_is_not_spent_again() {
    let house = House::new(20_000, &[]);
    let found = || {
        let settings = settings(&house.server, &[]);
        let open = predictive_play::check::check(&house.store, &Providers::all(), &settings, &house.clock).unwrap();
        open.into_iter().find(|row| row.kind == "credits_foreign").map(|row| (row.subject, row.detail))
    };
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    house.work(&mut desk, 3600).await;
    assert!(house.meter.spent() > 0);
    assert_eq!(found(), None, "all of it is ours");
    house.meter.spend_elsewhere(750);
    house.work(&mut desk, 7200).await;
    let (subject, detail) = found().unwrap();
    assert_eq!(subject, "the-odds-api");
    assert!(detail.starts_with("750 credits of this month were spent with this key by somebody else"), "{detail}");
    assert_eq!(house.spent(), house.meter.spent(), "what others spent is not on our bill");
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_that_run_out_are_believed_and_events_are_still_asked() {
    let house = House::new(20_000, &[]);
    let body = r#"{"message":"Usage quota has been reached.","error_code":"OUT_OF_USAGE_CREDITS"}"#;
    house.server.script(ODDS, [Act::Answer(Answer::json(401, body))]);
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    house.work(&mut desk, 120).await;
    assert_eq!(house.count("quota_spent"), 1, "{:?}", house.outcomes());
    assert_eq!((house.spent(), house.meter.spent()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_intent_and_reply_the_credits_count_and_it_is_asked_again_at_most_once() {
    let house = House::new(20_000, &[]);
    let mut desk = house.desk();
    desk.greet().await.unwrap();
    desk.turn(&|| false).await.unwrap();
    drop(desk);
    house.clock.0.advance_secs(3600);
    let before = house.spent();
    let mut dying = house.desk_on(Arc::new(Dead));
    assert!(tokio::time::timeout(Duration::from_millis(300), dying.turn(&|| false)).await.is_err());
    drop(dying);
    let open = house.store.open_asks("the-odds-api").unwrap();
    assert!(open.iter().any(|row| row.reserved == 3), "the intent was written first: {open:?}");
    let mut desk = house.desk();
    assert_eq!((house.count("sent"), house.count("lost")), (0, open.len()));
    assert_eq!(house.spent(), before + open.iter().map(|row| row.reserved).sum::<i64>());
    assert_eq!(desk.memory().purse.spent.month, house.spent());
    house.work(&mut desk, 200).await;
    let rows = house.store.asks_since("the-odds-api", Moment::from_secs(0)).unwrap();
    let lost = rows.iter().find(|row| row.outcome == "lost" && row.reserved == 3).unwrap();
    let again: Vec<_> = rows.iter().filter(|row| row.id > lost.id && row.request == lost.request && row.is_retry).collect();
    assert_eq!(again.len(), 1, "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_archive_and_record_the_reply_is_recorded_and_its_row_closed() {
    let house = House::new(20_000, &[]);
    let (at, request) = (house.clock.now(), Request::to(ODDS).with("markets", "h2h"));
    let canonical = request.canonical();
    let intent = Intent {
        provider: "the-odds-api",
        ask: r#"{"what":"odds","sport":"basketball_nba"}"#,
        request: &canonical,
        purpose: "closing pull",
        due_at: at,
        sent_at: at,
        credits: 3,
        is_retry: false,
    };
    let id = house.store.begin_ask(&intent, "me").unwrap().unwrap();
    let headers = [("x-requests-last", "1"), ("x-requests-used", "1"), ("x-requests-remaining", "99")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let body = priced("1.8");
    let (provider, endpoint) = ("the-odds-api", "odds");
    let (status, body, basis) = (200, body.as_bytes(), Basis::Fetched);
    let reply = Reply { provider, endpoint, request: &request, status, headers: &headers, body, fetched_at: at, basis, sport: None };
    house.store.archive_replies(&[Arrived { reply, ask: Some(id), is_for_the_log: true }], at).unwrap();
    let collector = Collector::new(house.terms.clone(), house.doors(Arc::new(Dead)), Arc::clone(&house.recorder), "me".to_owned());
    for _ in 0..2 {
        let desks = collector.open_desks().await.unwrap();
        assert_eq!((house.outcomes(), house.spent()), (vec!["good".to_owned()], 1));
        assert_eq!(desks[0].memory().purse.told.map(|told| told.remaining), Some(99));
        assert_eq!(house.store.head().unwrap().seq.0, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_says_who_may_call_and_a_second_collector_waits_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let meter = CreditsMeter::with(0, 20_000);
    let server = scripted(&meter);
    let terms = Terms::of(&settings(&server, &[]), &Providers::all(), 1);
    let start = |name: &str| {
        let (store, clock): (_, Arc<dyn Clock>) = (open(dir.path()), Arc::new(WallClock::default()));
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::clone(&clock)));
        let doors = Doors { alarm: Arc::new(WallAlarm::on(Arc::clone(&clock))), wire: Arc::new(Client::new().unwrap()), clock };
        let collector = Collector::new(terms.clone(), doors, recorder, name.to_owned());
        let (end, ends) = watch::channel(false);
        (end, tokio::spawn(async move { collector.run(ends).await }), store)
    };
    let (end_one, one, store) = start("one");
    let (end_two, two, _) = start("two");
    server.wait_for("/v4/sports/basketball_nba/events", 1, Duration::from_secs(10)).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asked = store.asks_since("the-odds-api", Moment::from_secs(0)).unwrap();
    let calls: Vec<String> = server.received().iter().map(|one| format!("{} {}", one.path, one.query("commenceTimeFrom"))).collect();
    assert_eq!(calls.len(), asked.len(), "each call has its row");
    assert!((1..calls.len()).all(|at| !calls[..at].contains(&calls[at])), "{calls:?}");
    end_one.send(true).unwrap();
    end_two.send(true).unwrap();
    one.await.unwrap();
    two.await.unwrap();
    let now = WallClock::default().now();
    assert!(store.take_lease("collect", "three", now, now.plus_secs(10)).unwrap(), "the lease was given back");
    assert!(!store.take_lease("collect", "four", now, now.plus_secs(10)).unwrap());
    assert!(store.take_lease("collect", "four", now.plus_secs(10), now.plus_secs(20)).unwrap(), "it runs out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_silent_delays_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (silent, other) = (ProviderServer::start(), ProviderServer::start());
    silent.script("/", [Act::Silence]);
    other.script("/", [Act::json(r#"{"events":[],"leagues":[]}"#)]);
    let (silent_url, other_url) = (silent.url(), other.url());
    let pairs = [
        ("THE_ODDS_API_KEY", KEY),
        ("THE_ODDS_API_BASE_URL", silent_url.as_str()),
        ("ESPN_BASE_URL", other_url.as_str()),
        ("FOOTBALL_DATA_BASE_URL", silent_url.as_str()),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
    ];
    let terms = Terms::of(&Settings::read(&Sources::of_env(pairs)).unwrap(), &Providers::all(), 1);
    let (store, clock): (_, Arc<dyn Clock>) = (open(dir.path()), Arc::new(WallClock::default()));
    let recorder = Arc::new(Recorder::new(store, Providers::all(), Arc::clone(&clock)));
    let doors = Doors { alarm: Arc::new(WallAlarm::on(Arc::clone(&clock))), wire: Arc::new(Client::new().unwrap()), clock };
    let collector = Collector::new(terms, doors, recorder, "one".to_owned());
    let (_end, ends) = watch::channel(false);
    let task = tokio::spawn(async move { collector.run(ends).await });
    other.wait_for("/", 3, Duration::from_secs(15)).unwrap();
    assert_eq!(silent.count("/v4/sports"), 1, "the silent one is still waited for");
    task.abort();
}

#[test]
fn the_program_collects_ends_cleanly_and_shows_its_key_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let meter = CreditsMeter::with(0, 20_000);
    let server = scripted(&meter);
    let echo = format!(r#"{{"message":"API key is not valid: {KEY}","error_code":"INVALID_KEY"}}"#);
    server.script("/v4/sports/basketball_nba/events", [Act::Answer(Answer::json(401, echo))]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_predictive-play"));
    command.arg("collect").current_dir(dir.path()).env_clear().env("RUST_LOG", "trace").env("THE_ODDS_API_KEY", KEY);
    command.env("THE_ODDS_API_BASE_URL", server.url()).env("PREDICTIVE_PLAY_DATA_DIR", dir.path().join("data"));
    command.env("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false").env("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba");
    let mut child = ChildProcess::start(&mut command);
    child.wait_for_line("collecting", Duration::from_secs(20)).unwrap();
    server.wait_for("/v4/sports/basketball_nba/events", 1, Duration::from_secs(20)).unwrap();
    child.interrupt();
    let finished = child.finish(Duration::from_secs(30)).unwrap();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(!finished.stdout.contains(KEY) && !finished.stderr.contains(KEY));
    assert!(server.received().iter().all(|one| one.query("apiKey") == KEY), "the key did travel");
    assert!(files(&dir.path().join("data")).len() > 1);
    assert_no_key(dir.path());
}

/// No file below a folder has the key: bundles are unpacked.
fn assert_no_key(dir: &Path) {
    let has_key = |bytes: &[u8]| bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
    for path in files(dir) {
        assert!(!has_key(&std::fs::read(&path).unwrap()), "{} has the key", path.display());
    }
    for archive in [dir.join("archive"), dir.join("data/archive")].into_iter().filter(|archive| archive.is_dir()) {
        let archive = store::archive::Archive::at(archive);
        for bundle in archive.bundles().unwrap() {
            for (header, place) in archive.frames(&bundle).unwrap() {
                let body = place.map(|place| archive.body(&place, header.length).unwrap()).unwrap_or_default();
                assert!(!has_key(&body), "{bundle} has the key in a body");
            }
        }
    }
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_ledger_and_the_lease_are_the_same_on_postgresql() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (database, dir) = (cluster.database(), tempfile::tempdir().unwrap());
    let stores = [Store::open(&database.url, None, dir.path()).unwrap(), Store::open(&database.url, None, dir.path()).unwrap()];
    let now: Moment = NOON.parse().unwrap();
    let (provider, ask, request, purpose) = ("the-odds-api", "{}", "{}", "closing pull");
    let intent = Intent { provider, ask, request, purpose, due_at: now, sent_at: now, credits: 3, is_retry: false };
    assert_eq!(stores[0].begin_ask(&intent, "one").unwrap(), None, "nobody has the lease");
    assert!(stores[0].take_lease("collect", "one", now, now.plus_secs(20)).unwrap());
    assert!(!stores[1].take_lease("collect", "two", now, now.plus_secs(20)).unwrap());
    assert_eq!(stores[1].begin_ask(&intent, "two").unwrap(), None);
    let ids: Vec<i64> = std::thread::scope(|scope| {
        let writers: Vec<_> = stores
            .iter()
            .map(|store| scope.spawn(|| (0..20).map(|_| store.begin_ask(&intent, "one").unwrap().unwrap()).collect()))
            .collect();
        writers.into_iter().flat_map(|writer: std::thread::ScopedJoinHandle<'_, Vec<i64>>| writer.join().unwrap()).collect()
    });
    let mut sorted = ids;
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=40).collect::<Vec<i64>>(), "no number twice, none left out");
    assert_eq!(stores[0].credits_since(provider, now).unwrap(), 120);
    let end = store::asks::AskEnd { outcome: "good", billed: Some(1), used: Some(1), remaining: Some(9), ..Default::default() };
    stores[0].end_ask(1, now, &end).unwrap();
    assert_eq!((stores[1].credits_since(provider, now).unwrap(), stores[1].open_asks(provider).unwrap().len()), (118, 39));
    assert_eq!(stores[1].last_metered_ask(provider).unwrap().map(|row| (row.id, row.remaining)), Some((1, Some(9))));
    assert!(stores[0].claim_purpose("live").unwrap() && !stores[1].claim_purpose("replay").unwrap());
    assert_eq!((stores[0].reply_of_ask(1).unwrap(), stores[0].has_priced_listing(now).unwrap()), (None, false));
}
