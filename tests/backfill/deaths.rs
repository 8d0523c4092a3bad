//! Deaths at counted events, inside this process: before a call goes out, after its reply came, and at each rest on the way of a reply
//! into the store. What is left then is all that the next life has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use odds::reply::{Basis, Reply};
use predictive_play::backfill::run::{Ended, Run};
use predictive_play::backfill::{Goal, Resolution};
use predictive_play::collect::{Client, Doors, Outgoing, Wire, wire::Coming};
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use providers::{Ask, Call, Provider, What};
use store::asks::{Intent, LOST};
use store::{Arrived, Store};
use testkit::history::HISTORY;
use tokio::sync::Notify;

use crate::house::{House, NBA, assert_same, goal, lost, said, season, settled, snapshots};

const RICH: i64 = 10_000_000;
const PURPOSE: &str = "backfill:the-odds-api";

/// When in a call a life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    BeforeItGoesOut,
    AfterItsReplyCame,
}

/// A wire whose so manieth paid call is the last of its life.
struct Mortal {
    inner: Client,
    calls: AtomicUsize,
    dies_at: usize,
    death: Death,
    died: Notify,
}

impl Mortal {
    fn new(dies_at: usize, death: Death) -> Arc<Self> {
        Arc::new(Self { inner: Client::new().unwrap(), calls: AtomicUsize::new(0), dies_at, death, died: Notify::new() })
    }
}

impl Wire for Mortal {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        let is_paid = outgoing.request.path.starts_with(HISTORY);
        let is_last = is_paid && self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.dies_at;
        Box::pin(async move {
            if is_last && self.death == Death::BeforeItGoesOut {
                self.died.notify_one();
                return std::future::pending().await;
            }
            let came = self.inner.call(outgoing).await;
            if is_last {
                self.died.notify_one();
                return std::future::pending().await;
            }
            came
        })
    }
}

/// A life of a run: `None` where it died. Its runtime goes with it, so that nothing of it goes on.
fn life(house: &House, goal: &Goal, wire: &Arc<Mortal>) -> Option<Ended> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let doors = Doors { wire: Arc::<Mortal>::clone(wire), ..house.doors() };
        let what = (goal.id(None), goal.clone(), None);
        let run = Run::open(what, house.brief(&goal.provider), doors, Arc::clone(&house.recorder), "me".to_owned()).await.unwrap();
        let (is_over, mut tell) = (|| false, |_| {});
        tokio::select! {
            ended = run.go(&is_over, &mut tell) => Some(ended.unwrap()),
            () = wire.died.notified() => None,
        }
    });
    drop(runtime);
    ended
}

pub fn a_year_begins(days: usize, learnt: i8) -> House {
    let house = House::new(season(days), RICH);
    tokio::runtime::Runtime::new().unwrap().block_on(house.learn_the_games(learnt));
    house
}

/// Lives and dies until it is done; a seed chooses where. No call dies twice: what was lost is asked again alone, and each life
/// gets past it.
fn dies_and_goes_on(resolution: Resolution, days: i8, deaths: usize, mut seed: u64) {
    let goal = Goal { resolution, ..goal(days) };
    let (broken, whole) = (a_year_begins(days as usize, days), a_year_begins(days as usize, days));
    tokio::runtime::Runtime::new().unwrap().block_on(async { assert_eq!(whole.run(&goal, None).await, Ended::Done) });
    let (mut left_over, mut died) = (0, 0);
    while died < deaths {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let kind = if seed >> 63 == 0 { Death::BeforeItGoesOut } else { Death::AfterItsReplyCame };
        if life(&broken, &goal, &Mortal::new(left_over + 1 + (seed >> 33) as usize % 5, kind)).is_some() {
            break;
        }
        died += 1;
        left_over = broken.store.open_asks("the-odds-api").unwrap().len();
    }
    assert!(died * 10 >= deaths * 9, "it came to its end after {died} deaths of {deaths}");
    assert_eq!(life(&broken, &goal, &Mortal::new(usize::MAX, Death::BeforeItGoesOut)), Some(Ended::Done));
    settled((&broken.store, &broken.server, &broken.meter), &whole.store);
}

#[test]
fn fifty_deaths_lose_nothing_and_pay_for_nothing_twice_but_what_was_under_way() {
    dies_and_goes_on(Resolution::Hour, 30, 50, 7);
}

#[test]
fn a_walk_by_stamps_that_dies_anywhere_goes_on_where_it_stood() {
    dies_and_goes_on(Resolution::FiveMinutes, 2, 20, 11);
}

#[test]
fn closes_and_openings_that_die_anywhere_come_out_the_same() {
    dies_and_goes_on(Resolution::Close, 100, 10, 23);
    dies_and_goes_on(Resolution::OpenClose, 60, 10, 5);
}

#[test]
fn what_is_lost_twice_is_a_hole_that_is_listed_and_never_asked_a_third_time() {
    let (house, goal) = (a_year_begins(1, 1), goal(1));
    for _ in 0..2 {
        assert_eq!(life(&house, &goal, &Mortal::new(1, Death::AfterItsReplyCame)), None);
    }
    assert_eq!(life(&house, &goal, &Mortal::new(usize::MAX, Death::AfterItsReplyCame)), Some(Ended::Done));
    assert_eq!(snapshots(&house.server).values().max(), Some(&2));
    // calls beside it may have been under way
    let mut by_request = BTreeMap::<String, Vec<bool>>::new();
    lost(&house.store).into_iter().for_each(|row| by_request.entry(row.request).or_default().push(row.is_retry));
    assert!(by_request.values().any(|lost| *lost == [false, true]), "the ledger tells which was the second: {by_request:?}");
    assert!(by_request.values().all(|lost| *lost == [false, true] || *lost == [false]), "{by_request:?}");
    let bill = house.bill(&goal, None);
    let listed = bill.not_delivered.iter().filter(|one| one.outcome == LOST).count();
    assert!(listed >= 2 && listed == lost(&house.store).len(), "{bill:#?}");
    let holes: u32 = house.calendar(&goal).iter().filter_map(|day| day.holes.get("failed")).sum();
    assert!(holes > 0, "{:#?}", house.calendar(&goal));
    assert!(house.plan(&goal, None).steps.is_empty());
}

/// Where a reply may rest when its process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// The bundle is on the disk, and no row names it.
    OnTheDisk,
    /// It is in the index, and not in the log.
    Pending,
    /// It is in the log, and the row of its ask is open.
    Recorded,
}

/// Asks the first snapshot of a goal as a run does, and leaves it at a rest.
fn leave(house: &House, goal: &Goal, rest: Rest) {
    let (ask, call) = first_call(house, goal);
    let at = house.clock.0.now();
    assert!(house.store.take_lease(PURPOSE, "me", at, at.plus_secs(60)).unwrap());
    let (text, request) = (serde_json::to_string(&ask).unwrap(), call.request.canonical());
    let purpose = format!("backfill:{}", goal.id(None));
    let credits = i64::from(call.credits);
    let intent = Intent {
        provider: "the-odds-api",
        ask: &text,
        request: &request,
        purpose: &purpose,
        due_at: at,
        sent_at: at,
        credits,
        is_retry: false,
    };
    let id = house.store.begin_ask_under(PURPOSE, &intent, "me").unwrap().unwrap();
    let outgoing = Outgoing {
        base_url: house.server.url(),
        request: call.request.clone(),
        auth: house.brief("the-odds-api").provider.offers().auth,
        secret: house.brief("the-odds-api").secret,
        timeout: std::time::Duration::from_secs(5),
    };
    let came = tokio::runtime::Runtime::new().unwrap().block_on(async { Client::new().unwrap().call(&outgoing).await.unwrap() });
    let reply = Reply {
        provider: "the-odds-api",
        endpoint: call.endpoint,
        request: &call.request,
        status: came.head.status,
        headers: &came.head.headers,
        body: &came.body,
        fetched_at: at,
        basis: Basis::Fetched,
        sport: None,
    };
    let arrived = [Arrived { reply: reply.clone(), ask: Some(id), is_for_the_log: true }];
    match rest {
        Rest::OnTheDisk => {
            // The bundle of a store that is thrown away lies in the folder of this one.
            let elsewhere = tempfile::tempdir().unwrap();
            let address = format!("sqlite:{}", elsewhere.path().join("thrown-away.db").display());
            let other = Store::open(&address, None, house.store.archive().folder()).unwrap();
            other.archive_replies(&arrived, at).unwrap();
        }
        Rest::Pending => drop(house.store.archive_replies(&arrived, at).unwrap()),
        Rest::Recorded => drop(house.recorder.take(&[reply], Some(id)).unwrap()),
    }
}

fn first_call(house: &House, goal: &Goal) -> (Ask, Call) {
    let step = house.plan(goal, None).steps.into_iter().find(|step| step.ask.what == What::HistoricalOdds).unwrap();
    let call = house.brief("the-odds-api").provider.requests(&step.ask).remove(0);
    (step.ask, call)
}

#[test]
fn a_reply_that_was_on_the_disk_is_neither_lost_nor_asked_again_wherever_it_rested() {
    for rest in [Rest::OnTheDisk, Rest::Pending, Rest::Recorded] {
        let (broken, whole, goal) = (a_year_begins(7, 7), a_year_begins(7, 7), goal(7));
        leave(&broken, &goal, rest);
        assert_eq!(broken.server.count(HISTORY), 1);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { assert_eq!(broken.run(&goal, None).await, Ended::Done, "{rest:?}") });
        runtime.block_on(async { assert_eq!(whole.run(&goal, None).await, Ended::Done) });
        assert_eq!(lost(&broken.store).len(), 0, "{rest:?}");
        assert!(snapshots(&broken.server).values().all(|times| *times == 1), "{rest:?}: {:#?}", snapshots(&broken.server));
        assert_eq!(broken.bill(&goal, None).spent, broken.meter.spent(), "{rest:?}");
        assert_same(&said(&broken.store), &said(&whole.store));
    }
}

#[test]
fn the_first_reply_of_all_is_found_in_the_folder_of_an_empty_store() {
    let (house, goal) = (House::new(season(1), RICH), Goal { resolution: Resolution::Close, ..goal(1) });
    let ask = Ask { at: Some("2025-01-06T23:59:59Z".parse().unwrap()), ..Ask::of(What::HistoricalOdds, NBA) };
    let ask = Ask { markets: goal.markets.clone(), regions: goal.regions.clone(), ..ask };
    let call = providers::the_odds_api::TheOddsApi.requests(&ask).remove(0);
    assert_eq!(house.store.head().unwrap().seq.0, 0);
    let (at, request) = (house.clock.0.now(), call.request.canonical());
    assert!(house.store.take_lease(PURPOSE, "me", at, at.plus_secs(60)).unwrap());
    let text = serde_json::to_string(&ask).unwrap();
    let intent = Intent {
        provider: "the-odds-api",
        ask: &text,
        request: &request,
        purpose: "backfill:one",
        due_at: at,
        sent_at: at,
        credits: 20,
        is_retry: false,
    };
    let id = house.store.begin_ask_under(PURPOSE, &intent, "me").unwrap();
    let headers = std::collections::BTreeMap::new();
    let body = br#"{"timestamp":"2025-01-06T23:55:38Z","data":[]}"#;
    let reply = Reply {
        provider: "the-odds-api",
        endpoint: call.endpoint,
        request: &call.request,
        status: 200,
        headers: &headers,
        body,
        fetched_at: at,
        basis: Basis::Fetched,
        sport: None,
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", elsewhere.path().join("thrown-away.db").display());
    let other = Store::open(&address, None, house.store.archive().folder()).unwrap();
    let foreign = Reply { body: b"[]", ..reply.clone() };
    other.archive_replies(&[Arrived { reply: foreign, ask: None, is_for_the_log: true }], at).unwrap();
    assert_eq!(Recorder::new(Arc::clone(&house.store), Providers::all(), Arc::new(house.clock.clone())).record_pending().unwrap(), 0);
    other.archive_replies(&[Arrived { reply, ask: id, is_for_the_log: true }], at).unwrap();
    assert_eq!(house.recorder.record_pending().unwrap(), 1, "what an open ask waits for, and nothing else of the folder");
    assert!(house.store.reply_of_ask(id.unwrap()).unwrap().is_some());
}
