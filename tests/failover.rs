//! A week with two providers for the same games, the first failing at random: the clock is turned by hand, the wire is a world that
//! knows every price it ever told. Freshness stays within a cadence of what is promised, every hand-over is written down, no price of
//! a source that fell behind is served, and neither spends above its ceiling.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::Request as HttpRequest;
use odds::Moment;
use odds::market::{Meaning, Words};
use odds::observation::Decoded;
use odds::reply::{Basis, Reply};
use odds::sport::League;
use predictive_play::clock::Clock;
use predictive_play::collect::{Alarm, Brief, Desk, Doors, Fault, FaultKind, Head, Outgoing, Terms, Wire, WireReply, wire::Coming};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::schedule::{Ceilings, Ranks, Targets};
use predictive_play::settings::{Settings, Sources};
use providers::the_odds_api::TheOddsApi;
use providers::{Ask, Call, Meter, Offers, Provider, Verdict};
use serde_json::Value;
use store::{FindingRow, Store};
use testkit::HandClock;
use tower::ServiceExt;

const FIRST: &str = "the-odds-api";
const SECOND: &str = "opticodds";
const CADENCE: i64 = 1800;
const BEGIN: &str = "2026-10-24T12:00:00Z";
const DAYS: i64 = 7;
const CEILINGS: [(&str, i64); 2] = [(FIRST, 5_000), (SECOND, 5_000)];

/// The second provider: it speaks as the first does, and sells credits of its own.
struct Second;

impl Provider for Second {
    fn key(&self) -> &'static str {
        SECOND
    }
    fn offers(&self) -> &'static Offers {
        TheOddsApi.offers()
    }
    fn requests(&self, ask: &Ask) -> Vec<Call> {
        TheOddsApi.requests(ask)
    }
    fn judge(&self, reply: &Reply<'_>) -> Verdict {
        TheOddsApi.judge(reply)
    }
    fn meter(&self, reply: &Reply<'_>) -> Option<Meter> {
        TheOddsApi.meter(reply)
    }
    fn stamp(&self, endpoint: &str, body: &[u8]) -> Option<(Moment, Basis)> {
        TheOddsApi.stamp(endpoint, body)
    }
    fn decode<'a>(&self, reply: &Reply<'a>) -> Decoded<'a> {
        TheOddsApi.decode(reply)
    }
    fn decoder_version(&self) -> u16 {
        1
    }
    fn meaning(&self, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        TheOddsApi.meaning(sport, words)
    }
    fn meaning_version(&self) -> u16 {
        TheOddsApi.meaning_version()
    }
    fn league(&self, sport: &str) -> Option<&'static League> {
        TheOddsApi.league(sport)
    }
}

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

/// How the first provider fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Down,
    Silent,
    OutOfCredits,
    Gibberish,
}

#[derive(Debug, Clone, Copy)]
struct Spell {
    from: Moment,
    to: Moment,
    failure: Failure,
}

/// Spells of failure at random times, each of its own kind and length.
fn spells(seed: u64, begin: Moment, end: Moment) -> Vec<Spell> {
    let mut state = seed;
    let mut draw = |most: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as i64).rem_euclid(most)
    };
    let (mut spells, mut at) = (Vec::new(), begin.plus_secs(6 * 3600));
    while at < end.plus_secs(-6 * 3600) {
        let failure = [Failure::Down, Failure::Silent, Failure::OutOfCredits, Failure::Gibberish][draw(4) as usize];
        let to = at.plus_secs(300 + draw(5 * 3600));
        spells.push(Spell { from: at, to, failure });
        at = to.plus_secs(2 * 3600 + draw(12 * 3600));
    }
    spells
}

/// One call that came in.
#[derive(Debug, Clone)]
struct Called {
    provider: &'static str,
    at: Moment,
    is_odds: bool,
    is_good: bool,
}

struct World {
    clock: HandClock,
    starts: Vec<Moment>,
    spells: Vec<Spell>,
    calls: Mutex<Vec<Called>>,
    used: Mutex<BTreeMap<&'static str, i64>>,
}

/// What the price of the home side is at a provider: it moves every seven minutes, and no two providers have it alike.
fn truth(provider: &str, game: usize, at: Moment) -> f64 {
    let step = at.secs() / 420 + 17 * game as i64;
    let own = if provider == SECOND { 5 } else { 0 };
    (1500 + 10 * step.rem_euclid(40) + own) as f64 / 1000.0
}

impl World {
    fn games(&self, provider: &str, with_prices: bool) -> String {
        let at = self.clock.now();
        let games = self.starts.iter().enumerate().filter(|(_, start)| **start > at);
        let game = |(number, start): (usize, &Moment)| {
            let prefix = if provider == SECOND { 'b' } else { 'a' };
            let price = truth(provider, number, at);
            let books = format!(
                r#","bookmakers":[{{"key":"draftkings","title":"DraftKings","last_update":"{at}","markets":[{{"key":"h2h","last_update":"{at}","outcomes":[{{"name":"Home {number}","price":{price}}},{{"name":"Away {number}","price":2.1}}]}}]}}]"#
            );
            format!(
                r#"{{"id":"{prefix}{number:031x}","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"{start}","home_team":"Home {number}","away_team":"Away {number}"{}}}"#,
                if with_prices { &*books } else { "" }
            )
        };
        format!("[{}]", games.map(game).collect::<Vec<_>>().join(","))
    }

    fn failure(&self, provider: &str) -> Option<Failure> {
        let at = self.clock.now();
        self.spells.iter().find(|spell| provider == FIRST && spell.from <= at && at < spell.to).map(|spell| spell.failure)
    }

    fn answer(&self, outgoing: &Outgoing) -> Result<WireReply, Fault> {
        let provider = if outgoing.base_url.ends_with("second") { SECOND } else { FIRST };
        let path = outgoing.request.path.as_str();
        let (is_odds, failure) = (path.ends_with("/odds"), self.failure(provider));
        let is_good = match failure {
            None => true,
            Some(Failure::Gibberish | Failure::OutOfCredits) => !is_odds,
            Some(_) => false,
        };
        self.calls.lock().unwrap().push(Called { provider, at: self.clock.now(), is_odds, is_good });
        let cost = i64::from(is_odds) + if path.ends_with("/scores") { 2 } else { 0 };
        let reply = |status, remaining: i64, last: i64, body: String| {
            let used = *self.used.lock().unwrap().get(provider).unwrap_or(&0);
            let headers = [("x-requests-used", used), ("x-requests-remaining", remaining), ("x-requests-last", last)];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_string())).into();
            Ok(WireReply { head: Head { status, headers }, body: body.into_bytes() })
        };
        let remaining = 20_000 - *self.used.lock().unwrap().entry(provider).or_default();
        match failure {
            Some(Failure::Down) => Ok(WireReply { head: Head { status: 503, ..Head::default() }, body: b"down".to_vec() }),
            Some(Failure::Silent) => Err(Fault { kind: FaultKind::Unreachable, detail: "nobody answers".to_owned(), head: None }),
            Some(Failure::Gibberish) if is_odds => reply(200, remaining, 0, "<html>".to_owned()),
            Some(Failure::OutOfCredits) if cost > 0 => {
                reply(401, 0, 0, r#"{"message":"spent","error_code":"OUT_OF_USAGE_CREDITS"}"#.to_owned())
            }
            Some(Failure::OutOfCredits) => reply(200, 0, 0, self.games(provider, false)),
            _ => {
                *self.used.lock().unwrap().entry(provider).or_default() += cost;
                let body = match path {
                    path if path.ends_with("/sports") || path.ends_with("/scores") => "[]".to_owned(),
                    _ => self.games(provider, is_odds),
                };
                reply(200, remaining - cost, cost, body)
            }
        }
    }
}

impl Wire for World {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        Box::pin(std::future::ready(self.answer(outgoing)))
    }
}

struct FromProviders(Providers);

impl api::Meanings for FromProviders {
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning> {
        self.0.get(provider)?.meaning(sport, words)
    }
}

fn providers() -> Providers {
    let mut providers = Providers::default();
    providers.add(TheOddsApi);
    providers.add(Second);
    providers
}

/// The terms of both: the first in rank is The Odds API.
fn terms() -> Terms {
    let fixed = [
        ("THE_ODDS_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false"),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
        ("PREDICTIVE_PLAY_ASK_PROP_MARKETS", ""),
        ("PREDICTIVE_PLAY_ASK_MARKETS", "h2h"),
    ];
    let settings = Settings::read(&Sources::of_env(fixed)).unwrap();
    let of = |brief: Brief, (key, ceiling): (&str, i64)| Brief {
        provider: if key == FIRST { Arc::new(TheOddsApi) } else { Arc::new(Second) },
        base_url: format!("http://{}", if key == FIRST { "first" } else { "second" }),
        targets: Targets { odds_secs: CADENCE, events_secs: CADENCE, scores_secs: 86_400, ..Targets::default() },
        ceilings: Ceilings { per_month: Some(ceiling), per_day: None },
        ..brief
    };
    let brief = Terms::of(&settings, &Providers::all(), 1).briefs.remove(0);
    let briefs = CEILINGS.map(|terms| of(brief.clone(), terms)).to_vec();
    Terms { briefs, unknown_sports: Vec::new() }.ranked(&Ranks::of(Vec::new(), vec![FIRST, SECOND]))
}

/// The house in which the week passes.
struct House {
    _dir: tempfile::TempDir,
    store: Arc<Store>,
    world: Arc<World>,
    clock: Hand,
    desks: Vec<Desk>,
    router: axum::Router,
}

impl House {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Hand(HandClock::at_text(BEGIN));
        let begin = clock.now();
        let starts = (0..DAYS + 2).flat_map(|day| [11, 13].map(|hour| begin.plus_secs(day * 86_400 + hour * 3600))).collect();
        let end = begin.plus_secs(DAYS * 86_400);
        let world = Arc::new(World {
            clock: clock.0.clone(),
            starts,
            spells: spells(seed, begin, end),
            calls: Mutex::default(),
            used: Mutex::default(),
        });
        let address = format!("sqlite:{}", dir.path().join("pp.db").display());
        let store = Arc::new(Store::open(&address, None, dir.path().join("archive")).unwrap());
        assert!(store.take_lease("collect", "me", begin, Moment::MAX).unwrap());
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), providers(), Arc::new(clock.clone())));
        let now = clock.clone();
        let state = Arc::new(api::State {
            store: Arc::clone(&store),
            boards: recorder.boards(),
            meanings: Arc::new(FromProviders(providers())),
            now: Arc::new(move || now.now()),
            is_replay: false,
            v4: api::v4::Desk::default(),
        });
        let doors = Doors { clock: Arc::new(clock.clone()), alarm: Arc::new(clock.clone()), wire: Arc::clone(&world) as Arc<dyn Wire> };
        let desk = |brief| Desk::open(brief, doors.clone(), Arc::clone(&recorder), "me".to_owned()).unwrap();
        let desks = terms().briefs.into_iter().map(desk).collect();
        Self { _dir: dir, store, world, clock, desks, router: api::router(state) }
    }

    /// The week: each desk is woken when it wants to be, and when the roster has news.
    async fn pass(&mut self) {
        let end = self.clock.now().plus_secs(DAYS * 86_400);
        for desk in &mut self.desks {
            desk.greet().await.unwrap();
        }
        let news = self.desks[0].brief().roster.news();
        let (mut wakes, mut told, mut looked_at) = ([self.clock.now(); 2], *news.borrow(), self.clock.now());
        while self.clock.now() < end {
            let turn = usize::from(wakes[1] < wakes[0]);
            if wakes[turn] > self.clock.now() {
                self.clock.0.set(wakes[turn]);
            }
            wakes[turn] = self.desks[turn].turn(&|| false).await.unwrap().max(self.clock.now().plus_secs(1));
            if std::mem::replace(&mut told, *news.borrow()) != told {
                wakes[1 - turn] = self.clock.now();
            }
            if self.clock.now().secs_since(looked_at) >= 2_700.0 {
                looked_at = self.clock.now();
                self.look().await;
            }
        }
    }

    /// Whether the board of the next game shows what was told last, once, and lately.
    async fn look(&self) {
        let at = self.clock.now();
        let Some((game, _)) = self.world.starts.iter().enumerate().find(|(_, start)| **start > at.plus_secs(300)) else { return };
        let answered = self.world.calls.lock().unwrap().iter().rev().find(|call| call.is_odds && call.is_good).cloned().unwrap();
        let path = format!("/v1/events/a{game:031x}/odds");
        let response = self.router.clone().oneshot(HttpRequest::get(&path).body(Body::empty()).unwrap()).await.unwrap();
        let board: Value = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
        let home: Vec<&Value> = board["quotes"].as_array().unwrap().iter().filter(|quote| quote["selection"] == "home").collect();
        assert_eq!(home.len(), 1, "one book, one quote: {board:#}");
        assert_eq!(home[0]["provider"], answered.provider, "at {at}: {:#}", home[0]);
        assert_eq!(home[0]["price"], truth(answered.provider, game, answered.at), "at {at}: {:#}", home[0]);
        assert_eq!(home[0]["state"], "live", "at {at}: {:#}", home[0]);
        let age = home[0]["observed_age_secs"].as_f64().unwrap();
        assert!(age <= (2 * CADENCE) as f64, "at {at} the newest look is {age} s old: {:#}", home[0]);
    }

    fn handovers(&self) -> Vec<FindingRow> {
        self.store.handovers_since(Moment::from_secs(0)).unwrap().into_iter().filter(|row| row.subject == "odds/basketball.nba").collect()
    }
}

/// Each hand-over has its outage, each outage that was met has its hand-over, in time and back.
fn assert_every_handover(house: &House) {
    let (rows, calls) = (house.handovers(), house.world.calls.lock().unwrap());
    let slack = CADENCE;
    for row in &rows {
        assert!(row.detail.starts_with("from the-odds-api to opticodds: "), "{row:?}");
        let spell = house.world.spells.iter().rev().find(|spell| spell.from <= row.opened_at).unwrap_or_else(|| panic!("{row:?}"));
        // That credits are spent is told by answers that cost none, too.
        let tells = |call: &&Called| !call.is_good || spell.failure == Failure::OutOfCredits;
        let failed = calls.iter().filter(|call| call.provider == FIRST && spell.from <= call.at && call.at < spell.to).find(tells);
        let failed = failed.unwrap_or_else(|| panic!("nobody failed: {row:?}"));
        assert!(row.opened_at.secs_since(failed.at) <= slack as f64, "late: {row:?} {failed:?}");
        let back = row.closed_at.unwrap_or_else(|| panic!("never back: {row:?}"));
        assert!(back.secs_since(spell.to) <= (slack + 600) as f64 && back > row.opened_at, "{row:?} {spell:?}");
    }
    let met = |spell: &&Spell| {
        let failed = calls
            .iter()
            .filter(|call| call.is_odds && call.provider == FIRST && !call.is_good && spell.from <= call.at && call.at < spell.to);
        failed.count() >= 3
    };
    for spell in house.world.spells.iter().filter(met) {
        assert!(rows.iter().any(|row| spell.from <= row.opened_at && row.opened_at < spell.to), "no hand-over in {spell:?}");
    }
    let is_handed = |at: Moment| rows.iter().any(|row| row.opened_at <= at && row.closed_at.is_none_or(|closed| at <= closed));
    for call in calls.iter().filter(|call| call.provider == SECOND && call.is_odds) {
        assert!(is_handed(call.at), "credits of the second were spent while the first gave: {call:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_takes_over_within_a_cadence_and_gives_back_for_a_whole_week() {
    let mut house = House::new(7);
    house.pass().await;
    assert!(house.handovers().len() >= 5, "the week had outages: {:?}", house.world.spells);
    assert_every_handover(&house);
    for (provider, ceiling) in CEILINGS {
        let (billed, ours) =
            (house.world.used.lock().unwrap()[provider], house.store.credits_since(provider, Moment::from_secs(0)).unwrap());
        assert!(billed > 0 && billed <= ours && ours <= ceiling, "{provider}: {billed} billed, {ours} by our ledger, ceiling {ceiling}");
    }
}
