//! A week with two providers for the same games, the first failing at random: the clock is turned by hand, the wire is a world that
//! knows every price it ever told. Freshness stays within a cadence of what is promised, every hand-over is written down, no price of
//! a source that fell behind is served, and neither spends above its ceiling.
#![allow(clippy::unwrap_used)]

#[path = "../common/second.rs"]
mod second;
mod world;

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::Request as HttpRequest;
use odds::Moment;
use odds::market::{Meaning, Words};
use predictive_play::clock::Clock;
use predictive_play::collect::{Brief, Desk, Doors, Terms, Wire};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use predictive_play::schedule::{Ceilings, Ranks, Targets};
use predictive_play::settings::{Settings, Sources};
use providers::the_odds_api::TheOddsApi;
use serde_json::Value;
use store::{FindingRow, Store};
use testkit::HandClock;
use tower::ServiceExt;
use world::{
    BEGIN, CADENCE, Called, DAYS, FIRST, Failure, Hand, PLENTY, SECOND, SEEDS, SHORT, Second, Setting, Spell, TIGHT, World, spells, truth,
};

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
fn terms(ceilings: [i64; 2]) -> Terms {
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
        ceilings: Ceilings { per_month: Some(ceiling), ..Ceilings::default() },
        ..brief
    };
    let brief = Terms::of(&settings, &Providers::all(), 1).briefs.remove(0);
    let briefs = [(FIRST, ceilings[0]), (SECOND, ceilings[1])].map(|terms| of(brief.clone(), terms)).to_vec();
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
    /// How old the newest look may be: what is promised where credits reach.
    oldest_secs: f64,
}

impl House {
    fn new(seed: u64, setting: Setting) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Hand(HandClock::at_text(BEGIN));
        let begin = clock.now();
        let starts = (0..DAYS + 2).flat_map(|day| [11, 13].map(|hour| begin.plus_secs(day * 86_400 + hour * 3600))).collect();
        let end = begin.plus_secs(DAYS * 86_400);
        let world = Arc::new(World {
            clock: clock.0.clone(),
            starts,
            spells: spells(seed, begin, end),
            begin,
            setting,
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
        let desks = terms(setting.ceilings).briefs.into_iter().map(desk).collect();
        let oldest_secs = if setting.is_enough { (2 * CADENCE) as f64 } else { f64::MAX };
        Self { _dir: dir, store, world, clock, desks, router: api::router(state), oldest_secs }
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
        let answered = self.world.calls.lock().unwrap().iter().rev().find(|call| call.is_odds && call.is_good).cloned();
        let Some(answered) = answered else { return assert!(self.oldest_secs > 1e9, "nobody was asked by {at}") };
        let Some(home) = self.home_quote(at, &answered, "").await else { return };
        let age = home["observed_age_secs"].as_f64().unwrap();
        assert!(age <= self.oldest_secs, "at {at} the newest look is {age} s old: {home:#}");
        let state = if age <= api::view::UNLOOKED_SECS { "live" } else { "not_observed" };
        assert_eq!(home["state"], state, "what nobody looks at is not live, at {at}: {home:#}");
    }

    /// The quote of the home side of the next game: one, from who answered last, at the price that it told then.
    async fn home_quote(&self, at: Moment, answered: &Called, cut: &str) -> Option<Value> {
        let (game, _) = self.world.starts.iter().enumerate().find(|(_, start)| **start > at.plus_secs(300))?;
        let path = format!("/v1/events/a{game:031x}/odds{cut}");
        let response = self.router.clone().oneshot(HttpRequest::get(&path).body(Body::empty()).unwrap()).await.unwrap();
        let board: Value = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
        let mut home: Vec<&Value> = board["quotes"].as_array().unwrap().iter().filter(|quote| quote["selection"] == "home").collect();
        assert_eq!(home.len(), 1, "one book, one quote: {board:#}");
        let pending = || self.store.pending_replies(9).unwrap();
        assert_eq!(home[0]["provider"], answered.provider, "at {at} after {answered:?}, pending {:?}: {:#}", pending(), home[0]);
        assert_eq!(home[0]["price"], truth(answered.provider, game, answered.at), "at {at}: {:#}", home[0]);
        home.pop().cloned()
    }

    /// Every seventh answer of the week is the board of its moment, whoever spoke before and after: no price of another source was kept for it.
    async fn look_back(&self) {
        let answers: Vec<Called> = self.world.calls.lock().unwrap().iter().filter(|call| call.is_odds && call.is_good).cloned().collect();
        for (answered, next) in answers.iter().zip(answers.iter().skip(1)).step_by(7) {
            // the clock is turned on by the calls beside it: it is taken in a little after it was given
            let taken_in = answered.at.plus_secs(2).min(next.at.plus_micros(-1));
            self.home_quote(answered.at, answered, &format!("?as_of={taken_in}")).await;
        }
    }

    fn credits(&self, provider: &str) -> (i64, i64) {
        (self.world.billed(provider), self.store.credits_since(provider, Moment::from_secs(0)).unwrap())
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

/// Seeds of weeks: always the same few, and as many more as are asked for.
fn seeds() -> impl Iterator<Item = u64> {
    let more = std::env::var("FAILOVER_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    SEEDS.into_iter().chain((1_000..).take(more))
}

/// A week for each seed, those of two seeds beside each other; gives what each was found to be.
fn weeks<T: Send>(setting: Setting, look: fn(&House, u64) -> T) -> Vec<T> {
    let seeds: Vec<u64> = seeds().collect();
    let week = |seed: u64| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut house = House::new(seed, setting);
        runtime.block_on(async {
            house.pass().await;
            house.look_back().await;
        });
        look(&house, seed)
    };
    let (week, mut found) = (&week, Vec::new());
    for pair in seeds.chunks(2) {
        std::thread::scope(|scope| {
            let weeks: Vec<_> = pair.iter().map(|seed| scope.spawn(move || week(*seed))).collect();
            found.extend(weeks.into_iter().map(|week| week.join().unwrap()));
        });
    }
    found
}

#[test]
fn the_second_takes_over_within_a_cadence_and_gives_back_for_a_whole_week() {
    weeks(PLENTY, |house, seed| {
        assert!(house.handovers().len() >= 5, "the week of {seed} had outages: {:?}", house.world.spells);
        assert_every_handover(house);
        for (provider, ceiling) in [FIRST, SECOND].into_iter().zip(PLENTY.ceilings) {
            let (billed, ours) = house.credits(provider);
            assert!(billed > 0 && billed <= ours && ours <= ceiling, "{seed} {provider}: {billed} billed, {ours} ours, ceiling {ceiling}");
        }
    });
}

/// Seconds before a start within which a pull is its closing one, and within which a hand-over may be under way.
const CLOSING: i64 = 300;
const PASSING: i64 = CADENCE + 600;

impl House {
    /// Starts that are to come at a moment, as far as credits of this month are set aside for them.
    fn to_come(&self, at: Moment) -> i64 {
        let month_ends = "2026-11-01T00:00:00Z".parse().unwrap();
        self.world.starts.iter().filter(|start| **start > at && start.plus_secs(-120) < month_ends).count() as i64
    }

    /// Whether a provider was failing, or its failing began or ended, around a start.
    fn is_upset(&self, start: Moment) -> bool {
        let near = |at: Moment| at > start.plus_secs(-PASSING) && at <= start;
        self.world.spells.iter().any(|spell| near(spell.from) || near(spell.to))
    }
}

/// What is promised where credits are short: nothing but a closing pull touches what is set aside for the closing pulls to come, and
/// every game whose giver had credits for them all got its own.
fn assert_closing_first(house: &House, seed: u64) {
    let calls = house.world.calls.lock().unwrap().clone();
    let paid = |call: &&Called| call.is_odds && call.is_good;
    let is_closing = |call: &Called| {
        let next = house.world.starts.iter().find(|start| **start > call.at);
        next.is_some_and(|start| start.secs_since(call.at) <= CLOSING as f64)
    };
    for call in calls.iter().filter(paid).filter(|call| !is_closing(call)) {
        // what the old service took since the last answer, at most two in an outage, is not known before this one
        let kept = house.to_come(call.at) - if call.provider == FIRST { 2 } else { 0 };
        assert!(call.left >= kept, "week {seed}: {call:?} leaves {} of the {kept} closing pulls to come", call.left);
    }
    let mut closed = 0;
    let week_ends = house.world.begin.plus_secs(DAYS * 86_400);
    for start in house.world.starts.iter().filter(|start| **start < week_ends && !house.is_upset(**start)) {
        let opens = start.plus_secs(-CLOSING);
        let is_failing = house.world.spells.iter().any(|spell| spell.from <= opens && opens < spell.to);
        let last_left = |provider| calls.iter().rfind(|call| call.provider == provider && call.at < opens).map(|call| call.left);
        let (first, second) = (last_left(FIRST).unwrap_or(TIGHT.ceilings[0]), last_left(SECOND).unwrap_or(TIGHT.ceilings[1]));
        let (giver, left) = if is_failing || first <= 0 { (SECOND, second) } else { (FIRST, first) };
        let has_closed = calls.iter().filter(paid).any(|call| call.at >= opens && call.at < *start);
        closed += i64::from(has_closed);
        // one more for what the old service may take at that very moment
        let is_enough = left > house.to_come(opens);
        assert!(has_closed || !is_enough, "week {seed}: no closing pull of {start}, though {giver} had {left} credits");
    }
    assert!(closed >= 3, "week {seed}: {closed} closing pulls");
}

/// Neither spends above its ceiling: by what the provider billed, and by our ledger, which counts what nobody answered as spent.
fn assert_inside(house: &House, seed: u64, setting: Setting) -> [i64; 2] {
    [(FIRST, setting.ceilings[0]), (SECOND, setting.ceilings[1])].map(|(provider, ceiling)| {
        let (billed, ours) = house.credits(provider);
        assert!(billed <= ours && ours <= ceiling, "{seed} {provider}: {billed} billed, {ours} ours, ceiling {ceiling}");
        let open = house.store.handovers_since(Moment::from_secs(0)).unwrap();
        assert!(!open.is_empty(), "week {seed} had outages");
        billed
    })
}

#[test]
fn a_plan_that_runs_out_in_the_week_goes_to_closing_pulls_and_the_second_takes_over_for_good() {
    weeks(TIGHT, |house, seed| {
        let [_, second] = assert_inside(house, seed, TIGHT);
        assert!(second > 0, "the second gave");
        assert_eq!(house.world.plan(FIRST).1, 0, "the plan ran out");
        let last = house.handovers().into_iter().max_by_key(|row| row.opened_at).unwrap();
        assert!(last.closed_at.is_none(), "the second gives until the month ends: {last:?}");
        assert_closing_first(house, seed);
    });
}

#[test]
fn ceilings_that_do_not_reach_for_every_closing_pull_are_spent_on_closing_pulls_alone_and_to_the_unit() {
    let spent = weeks(SHORT, |house, seed| {
        let billed = assert_inside(house, seed, SHORT);
        let calls = house.world.calls.lock().unwrap().clone();
        let is_closing =
            |call: &Called| house.world.starts.iter().any(|start| call.at < *start && start.secs_since(call.at) <= CLOSING as f64);
        let others: Vec<&Called> = calls.iter().filter(|call| call.is_odds && !is_closing(call)).collect();
        assert!(others.is_empty(), "week {seed}: {others:?}");
        println!("{seed} {billed:?} of {:?}", SHORT.ceilings);
        assert!(
            billed[0] + 2 >= SHORT.ceilings[0],
            "week {seed}: {} of {} were spent, while games were given up",
            billed[0],
            SHORT.ceilings[0]
        );
        [FIRST, SECOND].map(|provider| house.credits(provider).1)
    });
    // both ceilings bind: in some week each is spent to the unit by our ledger, which counts what nobody answered
    for (at, ceiling) in SHORT.ceilings.into_iter().enumerate() {
        assert!(spent.iter().any(|ours| ours[at] == ceiling), "the ceiling of {ceiling} never bound: {spent:?}");
    }
}
