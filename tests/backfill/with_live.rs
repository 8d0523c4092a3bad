//! Back-fill beside live collecting, in any order: what was so as of a moment does not depend on it, and what live has set aside stays.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::date;
use odds::{Moment, Seq};
use predictive_play::backfill::Goal;
use predictive_play::backfill::run::Ended;
use predictive_play::collect::{Desk, ledger};
use store::{Cut, KeptReply, Store};

use crate::house::{House, goal, said, season};
use crate::route::{Fresh, assert_same, boards_in, boards_of, dump};

#[tokio::test(flavor = "multi_thread")]
async fn newest_first_or_oldest_first_the_store_says_the_same() {
    let (one, other) = (House::new(season(8), 1_000_000), House::new(season(8), 1_000_000));
    for house in [&one, &other] {
        house.learn_the_games(8).await;
    }
    assert_eq!(one.run(&goal(8), None).await, Ended::Done);
    let mut late = goal(8);
    late.from = jiff::civil::date(2025, 1, 10);
    assert_eq!(other.run(&late, None).await, Ended::Done);
    assert_eq!(other.run(&goal(8), None).await, Ended::Done);
    assert_eq!(other.meter.spent(), one.meter.spent(), "the second plan asks for the rest alone");
    assert_eq!(said(&one.store), said(&other.store));
}

/// A morning on which games are to come and fourteen days are to be back-filled.
const MORNING: &str = "2025-01-20T18:00:00Z";
/// Two of the evening's games are over by then.
const NIGHT: &str = "2025-01-21T03:00:00Z";

/// In which order history and what is live come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    LiveFirst,
    HistoryFirst,
    AtOnce,
}

fn desk(house: &House) -> Desk {
    let open = || Desk::open(house.brief("the-odds-api"), house.doors(), Arc::clone(&house.recorder), "live".to_owned());
    tokio::task::block_in_place(open).unwrap()
}

async fn live(house: &House) {
    let mut desk = desk(house);
    desk.greet().await.unwrap();
    let night: Moment = NIGHT.parse().unwrap();
    while house.clock.0.now() < night {
        let wake_at = desk.turn(&|| false).await.unwrap();
        house.clock.0.set(wake_at.max(house.clock.0.now().plus_secs(60)));
        tokio::task::yield_now().await;
    }
}

/// A turn of live, a few calls of history, and so on: the hand-turned clock may not run away from a lease that is held.
async fn by_turns(house: &House) {
    let mut desk = desk(house);
    desk.greet().await.unwrap();
    let (night, mut history): (Moment, _) = (NIGHT.parse().unwrap(), Ended::Stopped);
    while house.clock.0.now() < night || history != Ended::Done {
        let wake_at = desk.turn(&|| false).await.unwrap();
        if history != Ended::Done {
            let looks = std::sync::atomic::AtomicUsize::new(0);
            let is_over = || looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 3;
            history = house.open(&goal(14), None).await.unwrap().go(&is_over, &mut |_| {}).await.unwrap();
        }
        house.clock.0.set(wake_at.max(house.clock.0.now().plus_secs(60)));
    }
}

fn morning(house: &House) {
    house.clock.0.set(MORNING.parse().unwrap());
    season(17).answer_live(&house.server, &house.meter, &house.clock.0);
    assert!(house.store.take_lease("collect", "live", house.clock.0.now(), Moment::MAX).unwrap());
}

/// Both at work on one store. The runtime goes with it: what speaks to PostgreSQL is dropped outside of one.
fn work(house: &House, order: Order) {
    morning(house);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        house.learn_the_games(14).await;
        let history = async { assert_eq!(house.run(&goal(14), None).await, Ended::Done) };
        match order {
            Order::LiveFirst => {
                live(house).await;
                history.await;
            }
            Order::HistoryFirst => {
                history.await;
                live(house).await;
            }
            Order::AtOnce => by_turns(house).await,
        }
    });
}

/// Every reply in the order of the world, with whether it came live.
fn in_order(store: &Store) -> Vec<(Moment, KeptReply, Vec<u8>)> {
    let mut observed = HashMap::new();
    store
        .for_each_reply(&mut |reply| {
            observed.extend(reply.seq.map(|seq| (seq, reply.observed_at)));
            Ok(())
        })
        .unwrap();
    let mut replies: Vec<_> = store
        .recorded_replies(Seq(0), 10_000)
        .unwrap()
        .into_iter()
        .map(|kept| {
            let body = store.body(&kept).unwrap();
            (observed[&kept.seq.unwrap()], kept, body)
        })
        .collect();
    replies.sort_by_key(|(at, kept, _)| (*at, kept.id));
    replies
}

/// What is so as of a moment is what a replay of the replies until then gives; and what stands now is what live alone would have.
fn holds(house: &House, what: &str) {
    let (replies, fresh, alone) = (in_order(&house.store), Fresh::sqlite(), Fresh::sqlite());
    let is_history = |kept: &KeptReply| kept.endpoint.starts_with("historical");
    let (past, now): (usize, usize) = replies.iter().fold((0, 0), |(past, now), (_, kept, _)| match kept.endpoint.as_str() {
        endpoint if endpoint.starts_with("historical") => (past + 1, now),
        "odds" => (past, now + 1),
        _ => (past, now),
    });
    assert!(past >= 24 && now >= 5, "{what}: {past} of history, {now} live");
    for (number, (at, kept, body)) in replies.iter().enumerate() {
        fresh.recorder.take(&[kept.with_body(body)], None).unwrap();
        if !is_history(kept) {
            alone.recorder.take(&[kept.with_body(body)], None).unwrap();
        }
        let is_last = replies.get(number + 1).is_none_or(|(next, ..)| next > at);
        if is_last && number % 5 == 0 {
            let what = format!("{what}: as of {at} (left) is a replay until then (right)");
            assert_same(&boards_of(&house.store, Cut::as_of(*at)), &boards_of(fresh.store(), Cut::ALL), &what);
        }
    }
    // What was set aside is in no log, and so in no replay of it.
    let of_the_log = |dump: String| dump.lines().filter(|line| !line.contains(" set_aside body ")).collect::<Vec<_>>().join("\n");
    let (dumped, replayed) = (of_the_log(dump(&house.store)), of_the_log(fresh.dump()));
    let differs = dumped.lines().zip(replayed.lines()).find(|(ours, theirs)| ours != theirs);
    assert!(dumped == replayed, "{what}: the order of arrival changes the dump: {differs:#?}");
    let log = boards_of(&house.store, Cut::ALL);
    let memory = boards_in(&house.recorder.boards().read().unwrap());
    for (listing, board) in &memory {
        assert_eq!(Some(board), log.get(listing), "{what}: the board in memory of {listing} is that of the log");
    }
    let stands = |boards: &BTreeMap<String, String>| -> BTreeMap<String, Vec<String>> {
        // What was said when may be known better by history; what stands, and when it was seen last, may not change.
        let without = |line: &str| {
            line.split_once(" said ").map_or_else(
                || line.to_owned(),
                |(value, rest)| format!("{value} {}", rest.split_once(" seen ").map_or("", |(_, seen)| seen)),
            )
        };
        boards.iter().map(|(listing, board)| (listing.clone(), board.lines().map(without).collect())).collect()
    };
    let (joint, live) = (stands(&log), stands(&boards_of(alone.store(), Cut::ALL)));
    let quoted = live.iter().filter(|(_, lines)| lines.iter().any(|line| line.contains("Live(")));
    let mut met = 0;
    for (listing, lines) in quoted {
        met += 1;
        assert_eq!(joint.get(listing), Some(lines), "{what}: history touched the live board of {listing}");
    }
    assert!(met >= 3, "{met} listings are live");
}

#[test]
fn live_and_history_in_any_order_tell_the_same_of_every_moment() {
    for order in [Order::LiveFirst, Order::HistoryFirst, Order::AtOnce] {
        let house = House::new(season(17), 1_000_000);
        work(&house, order);
        holds(&house, &format!("{order:?}"));
    }
}

#[test]
fn so_they_do_on_postgresql() {
    let Some(house) = House::postgres(season(17), 1_000_000) else { return };
    work(&house, Order::AtOnce);
    holds(&house, "PostgreSQL");
}

#[test]
fn what_is_kept_for_live_is_never_taken_by_history() {
    let house = House::new(season(17), 1_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        morning(&house);
        house.learn_the_games(14).await;
        // Live has met the evening's games, so that something is kept for them.
        let mut desk = desk(&house);
        desk.greet().await.unwrap();
        desk.turn(&|| false).await.unwrap();
        drop(desk);
        let (at, brief) = (house.clock.0.now(), house.brief("the-odds-api"));
        let kept = predictive_play::backfill::live::kept(&house.store, &brief, at).unwrap();
        assert!(kept.month > 0, "{kept:?}");
        let ended = house.run(&goal(14), None).await;
        assert!(matches!(ended, Ended::OutOfCredits { .. }), "{ended:?}");
        let at = house.clock.0.now();
        // What is kept follows the clock, and the run's own calls took time.
        let kept = predictive_play::backfill::live::kept(&house.store, &brief, at).unwrap();
        let left = ledger::purse(&house.store, &*brief.provider, brief.ceilings, at).unwrap().funds(at).unwrap().month;
        assert!(left >= kept.month && left < kept.month + 40, "{left} are left, {kept:?} are kept");
        live(&house).await;
    });
    let evening = Goal { from: date(2025, 1, 20), to: date(2025, 1, 20), markets: vec!["h2h".to_owned()], ..goal(1) };
    let day = house.calendar(&evening).remove(0);
    assert_eq!((day.games, day.with_close), (3, 3), "the evening's closing lines came live: {day:?}");
}
