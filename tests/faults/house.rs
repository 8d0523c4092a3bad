//! A store of either engine, a clock in the hand, a scripted provider with a bill, and the API over it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use odds::Moment;
use odds::market::{Meaning, Words};
use odds::{Price, SlotNo};
use predictive_play::clock::Clock;
use predictive_play::collect::{Alarm, Brief, Client, Desk, Doors, Terms, Wire};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::settings::{Settings, Sources};
use serde_json::Value;
use store::asks::AskRow;
use store::{Cut, Store};
use testkit::HandClock;
use testkit::bodies::{Drift, GeneratedReply, Shape, World};
use testkit::postgres::TestDatabase;
use testkit::provider_server::{Act, Answer, CreditsMeter, ProviderServer, Received};
use tower::ServiceExt;

use crate::bodies::Quotes;

pub const KEY: &str = "k3y0fth3t3st0123456789abcdef";
pub const NOON: &str = "2026-10-24T12:00:00Z";
pub const ODDS: &str = "/v4/sports/basketball_nba/odds";
pub const EVENTS: &str = "/v4/sports/basketball_nba/events";
pub const SPORTS: &str =
    r#"[{"key":"basketball_nba","group":"Basketball","title":"NBA","description":"US Basketball","active":true,"has_outrights":false}]"#;
/// Long enough for the most loaded of machines; a call that is to run into it has its own.
pub const PATIENT: Duration = Duration::from_secs(120);
/// 1,020 outcomes a reply.
const A_THOUSAND: Shape = Shape { events: 10, books: 17, ..Shape::FEATURED };

#[derive(Clone)]
pub struct Hand(pub HandClock);

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

struct FromProviders(Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

pub struct House {
    pub store: Arc<Store>,
    pub recorder: Arc<Recorder>,
    pub clock: Hand,
    pub server: ProviderServer,
    pub meter: CreditsMeter,
    pub folder: tempfile::TempDir,
    /// The engine of PostgreSQL waits on a runtime of its own, so nothing of a store may be called inside of this one.
    pub runtime: tokio::runtime::Runtime,
    settings: Settings,
    brief: Brief,
    world: World,
    router: axum::Router,
    _database: Option<TestDatabase>,
}

/// What a call costs: markets times regions.
pub fn cost(received: &Received) -> i64 {
    let is_odds = received.path.ends_with("/odds");
    if is_odds { (received.listed("markets").len() * received.listed("regions").len().max(1)) as i64 } else { 0 }
}

/// A provider with a bill that lists the games of a world.
pub fn provider(meter: &CreditsMeter, world: &World) -> ProviderServer {
    let server = ProviderServer::start();
    server.script("/v4/sports", [Act::json(SPORTS)]);
    list_games(&server, world);
    for prefix in ["/v4/sports", EVENTS, ODDS] {
        server.bill(prefix, meter, cost);
    }
    server
}

/// The games of a world are listed; of each, no market beyond the featured ones is known.
pub fn list_games(server: &ProviderServer, world: &World) {
    let games = world.events().body;
    server.answer(EVENTS, move |received| match received.path.strip_prefix(EVENTS).and_then(|rest| rest.strip_suffix("/markets")) {
        Some(id) => Act::json(format!(r#"{{"id":"{}","bookmakers":[]}}"#, id.trim_start_matches('/'))),
        None => Act::json(games.clone()),
    });
}

impl House {
    /// One of each engine that is here.
    pub fn all() -> Vec<Self> {
        let postgres = testkit::postgres::shared().map(|cluster| {
            let database = cluster.database();
            Self::at(Some(database), tempfile::tempdir().unwrap())
        });
        std::iter::once(Self::sqlite()).chain(postgres).collect()
    }

    pub fn sqlite() -> Self {
        Self::at(None, tempfile::tempdir().unwrap())
    }

    fn at(database: Option<TestDatabase>, folder: tempfile::TempDir) -> Self {
        let file = || format!("sqlite:{}", folder.path().join("pp.db").display());
        let address = database.as_ref().map_or_else(file, |database| database.url.clone());
        let store = Arc::new(Store::open(&address, None, folder.path().join("archive")).unwrap());
        let clock = Hand(HandClock::at_text(NOON));
        let (meter, world) = (CreditsMeter::with(0, 20_000), World::new(7, A_THOUSAND, clock.now()));
        let server = provider(&meter, &world);
        assert!(store.take_lease("collect", "me", clock.now(), Moment::MAX).unwrap());
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(clock.clone())));
        let settings = settings(&server);
        let brief = Terms::of(&settings, &Providers::all(), 1).briefs.remove(0);
        let router = router(&recorder, &clock);
        Self {
            store,
            recorder,
            clock,
            server,
            meter,
            folder,
            runtime: tokio::runtime::Runtime::new().unwrap(),
            settings,
            brief,
            world,
            router,
            _database: database,
        }
    }

    /// A desk with so much patience for a call: the process begins anew, and remembers what the store knows.
    pub fn desk(&self, timeout: Duration) -> Desk {
        self.desk_on(Arc::new(Client::new().unwrap()), timeout)
    }

    /// The same on a wire of the test's own.
    pub fn desk_on(&self, wire: Arc<dyn Wire>, timeout: Duration) -> Desk {
        let doors = Doors { clock: Arc::new(self.clock.clone()), alarm: Arc::new(self.clock.clone()), wire };
        let brief = Brief { timeout, ..self.brief.clone() };
        Desk::open(brief, doors, Arc::clone(&self.recorder), "me".to_owned()).unwrap()
    }

    /// The provider lists its games again.
    pub fn list_games(&self) {
        list_games(&self.server, &self.world);
    }

    /// What the provider would answer now: prices have moved since it was asked last, and nothing else.
    pub fn answer(&mut self) -> GeneratedReply {
        let secs = self.clock.now().secs() - self.world.now().secs();
        self.world.advance(u32::try_from(secs.max(0)).unwrap(), &Drift::CALM);
        self.world.odds()
    }

    /// Turns the clock until odds were asked for once more, answers like this, and tells what came of it.
    pub fn ask(&self, desk: &mut Desk, act: Act) -> AskRow {
        let (known, called) = (self.asks_of("\"odds\"").len(), self.server.count(ODDS));
        self.server.script(ODDS, [act]);
        for _ in 0..5000 {
            let wake_at = self.runtime.block_on(desk.turn(&|| false)).unwrap();
            let mut rows = self.asks_of("\"odds\"");
            if rows.len() > known {
                assert_eq!(rows.len(), known + 1, "one ask a turn");
                assert_eq!(self.server.wait_for(ODDS, called + 1, PATIENT), Ok(()), "its call has arrived");
                return rows.pop().unwrap();
            }
            self.clock.0.set(wake_at.max(self.clock.now().plus_secs(1)));
        }
        panic!("odds are not asked for any more: {:#?}", self.asks().pop());
    }

    /// The ledger of asks.
    pub fn asks(&self) -> Vec<AskRow> {
        self.store.asks_since("the-odds-api", Moment::from_secs(0)).unwrap()
    }

    pub fn asks_of(&self, what: &str) -> Vec<AskRow> {
        let mut rows = self.asks();
        rows.retain(|row| row.ask.contains(&format!("\"what\":{what}")));
        rows
    }

    pub fn spent(&self) -> i64 {
        self.store.credits_since("the-odds-api", Moment::from_secs(0)).unwrap()
    }

    /// Every quote that stands, by the log alone.
    pub fn standing(&self) -> Quotes {
        let mut quotes = Quotes::new();
        for listing in self.store.all_listings().unwrap() {
            let kept = self.store.board(listing.clone(), Cut::ALL).unwrap();
            for slot in (0..kept.board.slots().len()).map(|at| SlotNo(at as u32)).filter(|slot| kept.board.is_standing(*slot)) {
                let words = kept.names.words(slot).unwrap();
                let [book, market, name, description] = [words.book, words.market, words.name, words.description].map(str::to_owned);
                let price: Price = kept.board.slot(slot).unwrap().value.unwrap().price().unwrap();
                quotes.insert((listing.external_id.clone(), book, market, name, description, words.point), price);
            }
        }
        quotes
    }

    /// An answer of the API.
    pub fn get(&self, path: &str) -> Value {
        let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).unwrap();
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(&self.runtime.block_on(to_bytes(response.into_body(), 64 << 20)).unwrap()).unwrap()
    }

    /// What the API says of the reply to an ask.
    pub fn reply(&self, row: &AskRow) -> Value {
        self.get(&format!("/v1/replies/{}", row.reply.expect("a reply is kept")))
    }

    /// Kinds and subjects of the findings that are open after a check.
    pub fn findings(&self) -> Vec<String> {
        let found = predictive_play::check::check(&self.store, self.recorder.providers(), &self.settings, &self.clock).unwrap();
        found.into_iter().map(|row| format!("{} {}", row.kind, row.subject)).collect()
    }
}

fn settings(server: &ProviderServer) -> Settings {
    let url = server.url();
    let pairs = [
        ("THE_ODDS_API_KEY", KEY),
        ("THE_ODDS_API_BASE_URL", url.as_str()),
        ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
        ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", ""),
    ];
    Settings::read(&Sources::of_env(pairs)).unwrap()
}

fn router(recorder: &Recorder, clock: &Hand) -> axum::Router {
    let now = clock.clone();
    let state = api::State {
        store: Arc::clone(recorder.store()),
        boards: recorder.boards(),
        meanings: Arc::new(FromProviders(Providers::all())),
        now: Arc::new(move || now.now()),
        is_replay: false,
        v4: api::v4::Desk::default(),
    };
    api::router(Arc::new(state))
}

/// An answer with status 200 and a body that is JSON.
pub fn good(reply: &GeneratedReply) -> Answer {
    Answer::json(200, reply.body.clone())
}
