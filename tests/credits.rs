//! Credits under two replicas, crashes and a clock that is set back: never above a ceiling of month, day or purpose, and no call without
//! a row of its own. On both engines, with the desks that collect and a provider that bills.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use odds::Moment;
use predictive_play::clock::Clock;
use predictive_play::collect::ledger::{self, Under, purpose_of};
use predictive_play::collect::wire::Coming;
use predictive_play::collect::{Alarm, Brief, Client, Desk, Doors, Outgoing, Terms, Wire};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::schedule::Purpose;
use predictive_play::settings::{Settings, Sources};
use store::Store;
use store::asks::{AskRow, Begun, Intent};
use testkit::HandClock;
use testkit::postgres::TestDatabase;
use testkit::provider_server::{Act, CreditsMeter, ProviderServer, Received};

const PROVIDER: &str = "the-odds-api";
/// A day before the month ends, so that the play passes from one into the next and back.
const BEGIN: &str = "2026-10-31T09:00:00Z";
const SPORTS: &str =
    r#"[{"key":"basketball_nba","group":"Basketball","title":"NBA","description":"US Basketball","active":true,"has_outrights":false}]"#;
const PER_MONTH: i64 = 60;
const PER_DAY: i64 = 40;
const FOR_PROPS: i64 = 12;

#[derive(Clone)]
struct Hand(HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.now()
    }
}

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

fn games() -> String {
    let game = |number: i64| {
        let start = BEGIN.parse::<Moment>().unwrap().plus_secs(3600 + number * 5400);
        format!(
            r#"{{"id":"{number:032x}","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"{start}","home_team":"A{number}","away_team":"B{number}"}}"#
        )
    };
    format!("[{}]", (0..30).map(game).collect::<Vec<_>>().join(","))
}

fn priced(received: &Received) -> i64 {
    let is_odds = received.path.ends_with("/odds");
    if is_odds { (received.listed("markets").len() * received.listed("regions").len().max(1)) as i64 } else { 0 }
}

struct House {
    store: Arc<Store>,
    recorder: Arc<Recorder>,
    clock: Hand,
    server: ProviderServer,
    meter: CreditsMeter,
    brief: Brief,
    address: String,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    _database: Option<TestDatabase>,
}

impl House {
    fn all() -> Vec<Self> {
        let postgres = testkit::postgres::shared().map(|cluster| Self::at(Some(cluster.database())));
        std::iter::once(Self::at(None)).chain(postgres).collect()
    }

    fn at(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = format!("sqlite:{}", folder.path().join("pp.db").display());
        let address = database.as_ref().map_or(sqlite, |database| database.url.clone());
        let store = Arc::new(Store::open(&address, None, folder.path().join("archive")).unwrap());
        let (clock, meter, server) = (Hand(HandClock::at_text(BEGIN)), CreditsMeter::with(0, 100_000), ProviderServer::start());
        for (path, body) in [
            ("/v4/sports", SPORTS.to_owned()),
            ("/v4/sports/basketball_nba/events", games()),
            ("/v4/sports/basketball_nba/odds", "[]".to_owned()),
        ] {
            server.script(path, [Act::json(body)]);
            server.bill(path, &meter, priced);
        }
        let url = server.url();
        let (month, day, props) = (PER_MONTH.to_string(), PER_DAY.to_string(), FOR_PROPS.to_string());
        let settings = [
            ("THE_ODDS_API_KEY", "k3y0fth3t3st0123456789abcdef"),
            ("THE_ODDS_API_BASE_URL", url.as_str()),
            ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
            ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
            ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", "player_points,player_assists"),
            ("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "100000"),
            ("PREDICTIVE_PLAY_PROVIDERS_THE_ODDS_API_CREDITS_PER_MONTH", month.as_str()),
            ("PREDICTIVE_PLAY_PROVIDERS_THE_ODDS_API_CREDITS_PER_DAY", day.as_str()),
            ("PREDICTIVE_PLAY_CREDITS_PROPS_PER_MONTH", props.as_str()),
        ];
        let settings = Settings::read(&Sources::of_env(settings)).unwrap();
        let mut brief = Terms::of(&settings, &Providers::all(), 1).briefs.remove(0);
        brief.timeout = Duration::from_millis(400);
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Providers::all(), Arc::new(clock.clone())));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { store, recorder, clock, server, meter, brief, address, runtime, folder, _database: database }
    }

    fn desk(&self, holder: &str, wire: Arc<dyn Wire>) -> Desk {
        let doors = Doors { clock: Arc::new(self.clock.clone()), alarm: Arc::new(self.clock.clone()), wire };
        Desk::open(self.brief.clone(), doors, Arc::clone(&self.recorder), holder.to_owned()).unwrap()
    }

    fn alive(&self, holder: &str) -> Desk {
        self.desk(holder, Arc::new(Client::new().unwrap()))
    }

    fn work(&self, desk: &mut Desk, secs: i64) {
        let until = self.clock.now().plus_secs(secs);
        while self.clock.now() < until {
            let wake_at = self.runtime.block_on(desk.turn(&|| false)).unwrap();
            self.clock.0.set(wake_at.max(self.clock.now().plus_secs(1)));
        }
    }

    fn rows(&self) -> Vec<AskRow> {
        self.store.asks_since(PROVIDER, Moment::from_secs(0)).unwrap()
    }

    /// Every month, day and purpose of the ledger is below its ceiling, and the bill is in it.
    fn assert_in_bounds(&self, after: &str) {
        let rows = self.rows();
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for row in &rows {
            let (day, ask): (String, serde_json::Value) = (row.sent_at.to_string(), serde_json::from_str(&row.ask).unwrap());
            *sums.entry(day[..7].to_owned()).or_default() += row.spent();
            *sums.entry(day[..10].to_owned()).or_default() += row.spent();
            if purpose_of(ask["what"].as_str(), false) == Purpose::Props {
                *sums.entry(format!("props {}", &day[..7])).or_default() += row.spent();
            }
        }
        for (span, spent) in &sums {
            let most = if span.starts_with("props") {
                FOR_PROPS
            } else if span.len() == 7 {
                PER_MONTH
            } else {
                PER_DAY
            };
            assert!(*spent <= most, "{span}: {spent} of {most} after {after}\n{rows:#?}");
        }
        let counted: i64 = rows.iter().map(AskRow::spent).sum();
        assert!(self.meter.spent() <= counted, "{} billed, {counted} counted after {after}", self.meter.spent());
        assert!(self.server.received().len() <= rows.len(), "a call without a row after {after}");
    }
}

/// What happens, in an order that looks drawn at random and is always the same.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Work(i64),
    Crash,
    SetBack(i64),
    Race,
}

fn acts() -> Vec<Turn> {
    use Turn::{Crash, Race, SetBack, Work};
    let mut acts = vec![Work(3600), Crash, Race, SetBack(7200), Work(1800), Crash, Work(7200), SetBack(600), Race, Work(5400)];
    acts.extend([Crash, Crash, Work(30_000), Race, SetBack(100_000), Work(9000), Crash, Work(60_000), SetBack(40_000), Work(80_000)]);
    acts
}

#[test]
fn two_replicas_crashes_and_a_clock_set_back_pass_no_ceiling_and_make_no_call_without_a_row() {
    for house in House::all() {
        let (mut holder, mut other) = ("one", "two");
        assert!(house.store.take_lease("collect", holder, house.clock.now(), Moment::MAX).unwrap());
        let mut desk = house.alive(holder);
        house.runtime.block_on(desk.greet()).unwrap();
        for (step, act) in acts().into_iter().enumerate() {
            match act {
                Turn::Work(secs) => house.work(&mut desk, secs),
                Turn::SetBack(secs) => house.clock.0.set(house.clock.now().plus_secs(-secs)),
                Turn::Race => {
                    let mut late = house.alive(other);
                    let before = house.rows().len();
                    let mut at = house.clock.now();
                    for _ in 0..20 {
                        match house.runtime.block_on(late.turn(&|| false)) {
                            Ok(wake_at) => at = wake_at.max(at.plus_secs(1)),
                            Err(error) => assert_eq!(error.to_string(), "another process collects"),
                        }
                        house.clock.0.set(at);
                    }
                    assert_eq!(house.rows().len(), before, "who has no lease wrote an intent");
                    desk = house.alive(holder);
                }
                Turn::Crash => {
                    // An hour without a look: then something that costs is due.
                    house.clock.0.advance_secs(3600);
                    let mut dying = house.desk(holder, Arc::new(Dead));
                    for _ in 0..40 {
                        let dies = async { tokio::time::timeout(Duration::from_millis(50), dying.turn(&|| false)).await };
                        match house.runtime.block_on(dies) {
                            Ok(wake_at) => house.clock.0.set(wake_at.unwrap().max(house.clock.now().plus_secs(1))),
                            Err(_) => break,
                        }
                    }
                    drop(dying);
                    house.store.give_lease("collect", holder).unwrap();
                    (holder, other) = (other, holder);
                    assert!(house.store.take_lease("collect", holder, house.clock.now(), Moment::MAX).unwrap());
                    desk = house.alive(holder);
                    assert_eq!(house.store.open_asks(PROVIDER).unwrap(), [], "what was left open is closed by who takes over");
                }
            }
            house.assert_in_bounds(&format!("step {step}, {act:?}"));
        }
        let rows = house.rows();
        assert!(rows.iter().any(|row| row.outcome == "lost" && row.spent() > 0), "a crash fell into a call that costs");
        let by_month = |month: &str| rows.iter().filter(|row| row.sent_at.to_string().starts_with(month)).map(AskRow::spent).sum::<i64>();
        assert!(by_month("2026-10") > PER_MONTH / 4 && by_month("2026-11") > 0, "the play spends: {rows:#?}");
    }
}

#[test]
fn the_ledger_tells_what_each_purpose_cost_and_a_restart_knows_it() {
    for house in House::all() {
        assert!(house.store.take_lease("collect", "one", house.clock.now(), Moment::MAX).unwrap());
        let mut desk = house.alive("one");
        house.runtime.block_on(desk.greet()).unwrap();
        house.work(&mut desk, 12_000);
        let since = "2026-10-01T00:00:00Z".parse().unwrap();
        let sums = house.store.credits_by_purpose(PROVIDER, since).unwrap();
        assert_eq!(sums.iter().map(|sum| sum.counted).sum::<i64>(), house.store.credits_since(PROVIDER, since).unwrap());
        assert_eq!(sums.iter().map(|sum| sum.calls).sum::<i64>(), house.rows().len() as i64);
        assert!(sums.iter().any(|sum| sum.what.as_deref() == Some("odds") && sum.billed > 0), "{sums:?}");
        let (now, then) = (desk.memory().purse.spent, house.alive("one").memory().purse.spent);
        assert_eq!(now, then, "what is known after a restart");
        assert!(*now.by_purpose.of(Purpose::Odds) > 0 && now.by_purpose.of(Purpose::Odds) <= &now.month);
        let paid = house.store.paid_asks(PROVIDER, since, 5).unwrap();
        assert!(!paid.is_empty() && paid.windows(2).all(|pair| pair[0].id > pair[1].id) && paid.iter().all(|row| row.reserved > 0));
    }
}

/// Writes intents of a credit each until the money is gone; gives how many.
fn spend_all(house: &House, store: &Store, lease: &str, purpose: Purpose) -> i64 {
    let (at, provider, ceilings) = (house.clock.now(), &*house.brief.provider, house.brief.ceilings);
    let intent = Intent { provider: PROVIDER, ask: "{}", request: "{}", purpose: "", due_at: at, sent_at: at, credits: 1, is_retry: false };
    for written in 0.. {
        match ledger::begin(store, provider, &intent, Under { lease, holder: lease, purpose, ceilings }).unwrap() {
            Begun::Row(_) => {}
            Begun::NotPaid => return written,
            Begun::NotOurs => panic!("{lease} is ours"),
        }
    }
    0
}

#[test]
fn who_spend_from_two_processes_at_once_stop_at_the_ceiling_together() {
    for house in House::all() {
        let other = Store::open(&house.address, None, house.folder.path().join("archive")).unwrap();
        let leases = [("collect", Purpose::Odds), ("backfill:the-odds-api", Purpose::Backfill)];
        for (lease, _) in leases {
            assert!(house.store.take_lease(lease, lease, house.clock.now(), Moment::MAX).unwrap());
        }
        let gate = std::sync::Barrier::new(8);
        let written: i64 = std::thread::scope(|scope| {
            let at_once = |number: usize| {
                let (store, (lease, purpose)) = (if number < 4 { &*house.store } else { &other }, leases[number / 2 % 2]);
                let (house, gate) = (&house, &gate);
                scope.spawn(move || {
                    gate.wait();
                    spend_all(house, store, lease, purpose)
                })
            };
            let spenders: Vec<_> = (0..8).map(at_once).collect();
            spenders.into_iter().map(|spender| spender.join().unwrap()).sum()
        });
        assert_eq!((written, house.rows().iter().map(AskRow::spent).sum::<i64>()), (PER_DAY, PER_DAY), "{}", house.address);
    }
}

#[test]
fn a_desk_whose_money_was_spent_beside_it_asks_no_more_and_goes_on_the_day_after() {
    for house in House::all() {
        assert!(house.store.take_lease("collect", "one", house.clock.now(), Moment::MAX).unwrap());
        let mut desk = house.alive("one");
        house.runtime.block_on(desk.greet()).unwrap();
        house.runtime.block_on(desk.turn(&|| false)).unwrap();
        // what the desk holds in its memory does not know of it
        let lease = "backfill:the-odds-api";
        assert!(house.store.take_lease(lease, lease, house.clock.now(), Moment::MAX).unwrap());
        let spent = spend_all(&house, &house.store, lease, Purpose::Backfill);
        house.store.give_lease(lease, lease).unwrap();
        let before = house.rows().len();
        house.work(&mut desk, 3 * 3600);
        let costly = |rows: &[AskRow]| rows.iter().filter(|row| row.reserved > 0).count();
        assert!(spent > 0 && costly(&house.rows()[before..]) == 0, "{:#?}", &house.rows()[before..]);
        assert!(house.server.received().len() <= house.rows().len());
        house.work(&mut desk, 16 * 3600);
        assert!(costly(&house.rows()[before..]) > 0, "the day after, and the month after, are paid for");
        house.assert_in_bounds("a back-fill beside it");
    }
}
