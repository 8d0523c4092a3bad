//! The rows follower on real engines: its tables say what the boards say, however often it is killed, dropped or late.
#![allow(clippy::unwrap_used)]

#[path = "../common/learns.rs"]
mod learns;
mod meaning;
mod rig;
#[path = "../common/rows.rs"]
mod text_rows;
mod together;
mod worked;

use std::sync::Arc;

use odds::block::Value;
use odds::observation::EventStatus;
use odds::observation::FactKind;
use odds::observation::ListingKind;
use odds::{Moment, Seq, SlotNo};
use predictive_play::publish::{Follower, Follows, RowsFollower, spawn};
use predictive_play::replay::{Stored, What, date};
use providers::Provider;
use store::{Cut, Entry, Following, Result, Store, StoreError};
use testkit::bodies::{Asked, Drift, GeneratedReply, Random, Shape, Step, play};

use rig::Rig;

/// Replies of every kind of a world in which everything moves.
fn rough(seed: u64, steps: usize) -> Vec<GeneratedReply> {
    let asked =
        [Asked::Odds, Asked::EventOdds(0), Asked::Odds, Asked::HistoricalOdds(9), Asked::EventOdds(1), Asked::Scores, Asked::Events];
    let step = |at: usize| Step { secs: 60 + (at as u32 * 977) % 1800, drift: Drift::ROUGH, asked: asked[at % asked.len()], extras: 0 };
    play(seed, Shape::SMALL, &(0..steps).map(step).collect::<Vec<_>>())
}

/// Some of the replies arrive after those that came later in the world.
fn shuffled(mut replies: Vec<GeneratedReply>) -> Vec<GeneratedReply> {
    let count = replies.len();
    (0..count / 3).for_each(|at| replies.swap(at, (at * 7 + 5) % count));
    replies
}

/// What stands by the boards, line by line as the view has it.
fn standing_by_boards(rig: &Rig) -> Vec<String> {
    let shelved_before = rig.newest().plus_secs(-48 * 3600);
    let mut lines = Vec::new();
    for row in rig.store.all_listings().unwrap() {
        let kept = rig.store.board(row, Cut::ALL).unwrap();
        let is_over = kept.board.fact(FactKind::Status).and_then(EventStatus::from_word).is_some_and(EventStatus::is_over);
        if is_over || kept.board.starts_at().is_some_and(|start| start < shelved_before) || kept.listing.kind == ListingKind::InjuryList {
            continue;
        }
        for slot in (0..kept.board.slots().len() as u32).map(SlotNo).filter(|slot| kept.board.is_standing(*slot)) {
            let (words, seen) = (kept.names.words(slot).unwrap(), kept.board.seen(slot).unwrap());
            let price = kept.board.slot(slot).unwrap().value.unwrap().price().unwrap();
            let last_update = seen.book_seen_at.unwrap_or(seen.order.at);
            lines.push(format!(
                "{} {} {} {} {} {} {} {} {} {}",
                kept.listing.provider,
                kept.listing.external_id,
                words.book,
                words.market,
                words.description,
                words.point.map_or(0, odds::Line::milli),
                price.american(),
                price.nanos(),
                kept.board.slot(slot).unwrap().said.at.secs(),
                last_update.secs(),
            ));
        }
    }
    lines.sort();
    lines
}

fn standing_by_rows(rig: &Rig) -> Vec<String> {
    rig.lines(if rig.is_postgres() {
        "select provider || ' ' || external_event_id || ' ' || provider_book || ' ' || market_key || ' ' || outcome_description || ' '
            || cast(round(coalesce(outcome_point, 0) * 1000) as bigint) || ' ' || outcome_price || ' ' || cast(round(decimal_odds * 1000000000) as bigint)
            || ' ' || cast(floor(extract(epoch from first_seen_at)) as bigint) || ' ' || cast(floor(extract(epoch from last_update)) as bigint)
        from @odds_data"
    } else {
        "select provider || ' ' || external_event_id || ' ' || provider_book || ' ' || market_key || ' ' || outcome_description || ' '
            || cast(round(coalesce(outcome_point, 0) * 1000) as integer) || ' ' || outcome_price || ' ' || cast(round(decimal_odds * 1000000000) as integer)
            || ' ' || strftime('%s', first_seen_at) || ' ' || strftime('%s', last_update)
        from @odds_data"
    })
}

#[test]
fn what_stands_in_rows_is_what_stands_on_the_boards() {
    for rig in Rig::all() {
        let mut follower = rig.follower();
        for batch in rough(7, 80).chunks(9) {
            rig.take(batch);
            follower.catch_up().unwrap();
            assert_eq!(standing_by_rows(&rig), standing_by_boards(&rig));
        }
        assert!(standing_by_rows(&rig).len() > 20, "the world has quotes");
    }
}

#[test]
fn lines_and_prices_are_the_same_text_on_both_engines() {
    let texts = |rig: &Rig| {
        rig.take(&rough(7, 80));
        rig.catch_up();
        rig.lines(
            "select external_event_id || ' ' || bookmaker || ' ' || market_key || ' ' || outcome_name || ' ' || coalesce(cast(outcome_point as text), '')
                || ' ' || cast(decimal_odds as text) || ' ' || cast(implied_probability as text) from @odds_data
            union all select listing || ' ' || coalesce(cast(line as text), '') || ' ' || coalesce(cast(point as text), '') || ' '
                || coalesce(cast(price as text), '') from @odds_changes
            union all select external_event_id || ' ' || coalesce(cast(opening_decimal as text), '') || ' ' || coalesce(cast(closing_decimal as text), '')
                || ' ' || coalesce(cast(opening_line as text), '') || ' ' || coalesce(cast(closing_line as text), '') from @historical_odds",
        )
    };
    let all: Vec<Vec<String>> = Rig::all().iter().map(texts).collect();
    assert!(all[0].iter().any(|line| line.split(' ').any(|word| word.ends_with(".5"))), "the world has lines");
    assert!(all.iter().flatten().flat_map(|line| line.split(' ')).all(|word| !(word.contains('.') && word.ends_with('0'))));
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "the engines differ");
}

#[test]
fn late_replies_correct_the_rows() {
    for rig in Rig::all() {
        let mut follower = rig.follower();
        for batch in shuffled(rough(11, 70)).chunks(5) {
            rig.take(batch);
            follower.catch_up().unwrap();
        }
        assert_eq!(standing_by_rows(&rig), standing_by_boards(&rig));
        let in_order = Rig::sqlite();
        in_order.take(&rough(11, 70));
        in_order.catch_up();
        let history = "select external_event_id || ' ' || bookmaker || ' ' || market_key || ' ' || coalesce(player_name, '') || ' ' || outcome_name
            || ' ' || coalesce(opening_price, 0) || ' ' || coalesce(closing_price, 0) || ' ' || movements || ' ' || movement || ' ' || coalesce(result, '')
            from @historical_odds";
        let expected = in_order.lines(history);
        assert!(expected.len() > 10, "the world has events that began: {}", expected.len());
        assert_eq!(rig.lines(history), expected);
    }
}

#[test]
fn dropped_and_rebuilt_rows_equal_the_followed_ones() {
    for rig in Rig::all() {
        let mut follower = rig.follower();
        for batch in shuffled(rough(3, 60)).chunks(4) {
            rig.take(batch);
            follower.catch_up().unwrap();
        }
        let followed = rig.dump();
        assert!(followed.len() > 500, "{}", followed.len());
        follower.reset().unwrap();
        assert_eq!(rig.store.cursor(RowsFollower::NAME).unwrap(), Seq(0));
        assert_eq!(rig.lines("select 'x' from @slot_rows"), [""; 0]);
        follower.catch_up().unwrap();
        assert_eq!(rig.dump(), followed);
    }
}

#[test]
fn a_follower_that_remembers_nothing_writes_the_same() {
    for rig in Rig::all() {
        let mut remembers = rig.follower();
        let mut dumps = Vec::new();
        for batch in rough(5, 40).chunks(4) {
            rig.take(batch);
            remembers.catch_up().unwrap();
        }
        dumps.push(rig.dump());
        remembers.reset().unwrap();
        let mut forgets = Follower::new(Arc::clone(&rig.store), Arc::clone(&rig.clock), rig.rows(10));
        forgets.catch_up().unwrap();
        dumps.push(rig.dump());
        assert_eq!(dumps[0], dumps[1]);
    }
}

/// Fails after its work, before the commit, every other time.
struct Breaks {
    rows: RowsFollower,
    calls: usize,
}

impl Follows for Breaks {
    fn name(&self) -> &'static str {
        self.rows.name()
    }

    fn apply(&mut self, following: &mut Following<'_>, store: &Store, entries: &[Entry]) -> Result<()> {
        self.calls += 1;
        self.rows.apply(following, store, entries)?;
        if self.calls % 2 == 1 { Err(StoreError::Missing { what: "power for", id: "a moment".to_owned() }) } else { Ok(()) }
    }

    fn at_head(&mut self, following: &mut Following<'_>, store: &Store, seq: Seq, now: Moment) -> Result<bool> {
        self.rows.at_head(following, store, seq, now)
    }

    fn forget(&mut self) {
        self.rows.forget();
    }

    fn drop_all(&mut self, following: &mut Following<'_>) -> Result<()> {
        self.rows.drop_all(following)
    }
}

#[test]
fn what_is_killed_before_the_commit_is_not_there_and_not_doubled() {
    for rig in Rig::all() {
        let mut breaks = Follower::new(Arc::clone(&rig.store), Arc::clone(&rig.clock), Breaks { rows: rig.rows(500_000), calls: 0 });
        for batch in rough(13, 40).chunks(4) {
            rig.take(batch);
            let (before, dump) = (rig.store.cursor(RowsFollower::NAME).unwrap(), rig.dump());
            assert!(breaks.catch_up().is_err());
            assert_eq!((rig.store.cursor(RowsFollower::NAME).unwrap(), rig.dump()), (before, dump));
            breaks.catch_up().unwrap();
        }
        let broken = rig.dump();
        rig.follower().reset().unwrap();
        rig.catch_up();
        assert_eq!(rig.dump(), broken);
    }
}

#[test]
fn two_followers_of_one_name_do_not_write_twice() {
    for rig in Rig::all() {
        let (mut one, mut other) = (rig.follower(), rig.follower());
        for (at, batch) in rough(17, 40).chunks(4).enumerate() {
            rig.take(batch);
            if at % 3 != 0 {
                one.catch_up().unwrap();
            }
            other.catch_up().unwrap();
        }
        let both = rig.dump();
        one.reset().unwrap();
        one.catch_up().unwrap();
        assert_eq!(rig.dump(), both);
    }
}

#[test]
fn an_entry_that_is_not_all_visible_is_waited_for() {
    let rig = Rig::sqlite();
    rig.take(&rough(19, 12));
    rig.execute("create table hidden as select * from blocks where seq = 5");
    assert!(rig.execute("delete from blocks where seq = 5") > 0, "entry 5 has blocks");
    assert_eq!(rig.catch_up(), Seq(4));
    rig.execute("insert into blocks select * from hidden");
    assert_eq!(rig.catch_up(), rig.store.head().unwrap().seq);
    assert_eq!(standing_by_rows(&rig), standing_by_boards(&rig));
}

#[test]
fn on_a_thread_it_follows_what_is_recorded() {
    let rig = Rig::sqlite();
    let handle = spawn(Arc::clone(&rig.store), Arc::clone(&rig.clock), rig.rows(500_000)).unwrap();
    for batch in rough(23, 20).chunks(5) {
        rig.take(batch);
        handle.wake();
        let head = rig.store.head().unwrap().seq;
        assert!((0..2_000_000).any(|_| {
            std::thread::yield_now();
            rig.store.cursor(RowsFollower::NAME).unwrap() == head
        }));
    }
    handle.stop();
    rig.catch_up();
    assert_eq!(standing_by_rows(&rig), standing_by_boards(&rig));
}

#[test]
fn quotes_as_of_a_moment_are_those_of_the_board_as_of_it() {
    for rig in Rig::all().into_iter().filter(Rig::is_postgres) {
        let replies = rough(29, 60);
        rig.take(&shuffled(replies.clone()));
        let sql = "select q.provider || ' ' || q.listing || ' ' || q.provider_book || ' ' || q.market || ' ' || q.name || ' ' || q.description || ' '
                || coalesce(cast(q.point * 1000 as bigint), 0) || ' ' || q.state || ' ' || coalesce(cast(q.price * 1000000000 as bigint), 0) || ' '
                || coalesce(q.american, 0) || ' ' || cast(extract(epoch from q.first_seen_at) * 1000000 as bigint)
            from (select distinct event_id from @listings) e
            cross join lateral @quotes_as_of(e.event_id, timestamptz 'epoch' + cast($1 as bigint) * interval '1 microsecond') q";
        for at in replies.iter().step_by(7).map(|reply| reply.observed_at) {
            assert_eq!(rig.lines_of(sql, &[at.into()]), said_by_boards(&rig, at), "as of {at}");
        }
        let over = store::Over { started_before: Moment::MAX, read_before: Moment::MAX };
        let sealing = rig.store.seal(over, &mut |done| done.listings == 0).unwrap();
        assert!(sealing.listings > 0 && sealing.changes > 0, "{sealing:?}");
        for at in replies.iter().step_by(7).map(|reply| reply.observed_at) {
            assert_eq!(rig.lines_of(sql, &[at.into()]), said_by_boards(&rig, at), "as of {at}, some listings being sealed");
        }
    }
}

/// What was said last at each slot, by the boards as of a moment.
fn said_by_boards(rig: &Rig, at: Moment) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rig.store.all_listings().unwrap() {
        let kept = rig.store.board(row, Cut::as_of(at)).unwrap();
        for (number, slot) in kept.board.slots().iter().enumerate() {
            let Some(value) = slot.value else { continue };
            let words = kept.names.words(SlotNo(number as u32)).unwrap();
            let state = match value {
                Value::Live(_) => "live",
                Value::Suspended(_) => "suspended",
                Value::Withdrawn => "withdrawn",
            };
            lines.push(format!(
                "{} {} {} {} {} {} {} {state} {} {} {}",
                kept.listing.provider,
                kept.listing.external_id,
                words.book,
                words.market,
                words.name,
                words.description,
                words.point.map_or(0, odds::Line::milli),
                value.price().map_or(0, odds::Price::nanos),
                value.price().map_or(0, odds::Price::american),
                slot.said.at.micros(),
            ));
        }
    }
    lines.sort();
    lines
}

#[test]
fn blocks_and_sealed_parts_are_read_in_sql_as_in_rust() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let store = Store::open(&database.url, None, tempfile::tempdir().unwrap().path()).unwrap();
    let mut connection = store.engine().connect_to_read().unwrap();
    let mut read = |sql: &'static str, params: &[store::Param<'_>]| {
        let mut rows = Vec::new();
        let answered = connection.query(sql, params, &mut |row| {
            let price = (row.int(1)?, row.opt_int(2)?, row.opt_int(3)?, row.opt_int(4)?);
            rows.push((row.int(0)?, price, [row.opt_int(5)?, row.opt_int(6)?, row.opt_int(7)?]));
            Ok(())
        });
        answered.unwrap();
        rows
    };
    let mut random = Random::from_seed(5);
    for _ in 0..300 {
        let (changes, at) = (any_changes(&mut random), Moment::from_secs(1_774_980_000));
        let bytes = odds::block::encode(&changes, at);
        let sql = "select slot, state, nanos, american, changed_at, null, null, null from @read_block($1, $2) order by slot";
        let told: Vec<_> = changes.iter().map(|change| in_sql(change, [None; 3])).collect();
        assert_eq!(read(sql, &[(&bytes).into(), at.into()]), told);
    }
    for _ in 0..100 {
        let (part, mut told) = (any_part(&mut random), Vec::new());
        for place in &part.places {
            let words = [place.order.at.micros(), place.order.reply.0, place.seq.0].map(Some);
            told.extend(part.changes_of(place).iter().map(|change| in_sql(change, words)));
        }
        let bytes = odds::sealed::encode(&part);
        let sql = "select slot, state, nanos, american, changed_at, observed_at, reply_id, seq from @read_sealed($1)";
        assert_eq!(read(sql, &[(&bytes).into()]), told);
    }
}

type InSql = (i64, (i64, Option<i64>, Option<i64>, Option<i64>), [Option<i64>; 3]);

/// A change as SQL tells it: slot, state, price, when it changed, and its place where that is told.
fn in_sql(change: &odds::block::Change, place: [Option<i64>; 3]) -> InSql {
    let state = match change.value {
        Value::Live(_) => 0,
        Value::Suspended(_) => 1,
        Value::Withdrawn => 2,
    };
    let price = change.value.price();
    let told = (state, price.map(odds::Price::nanos), price.map(odds::Price::american), change.changed_at.map(Moment::micros));
    (i64::from(change.slot.0), told, place)
}

/// A part in which prices of few slots move often.
fn any_part(random: &mut Random) -> odds::sealed::Part {
    let (mut part, mut seq, mut at) = (odds::sealed::Part::default(), 0, Moment::from_secs(1_774_980_000));
    for _ in 0..random.between(1, 12) {
        (seq, at) = (seq + random.between(0, 900), at.plus_micros(random.between(-1_000_000, 400_000_000)));
        let near = |slot, cents: i64| odds::block::Change {
            slot: SlotNo(slot),
            value: Value::Live(odds::Price::from_nanos(cents * 10_000_000).unwrap()),
            changed_at: None,
        };
        let changes = match random.below(3) {
            0 => any_changes(random),
            1 => vec![near(0, random.between(101, 300)), near(7, random.between(101, 300))],
            _ => Vec::new(),
        };
        let order = odds::board::Order { at, reply: odds::ReplyId(random.between(i64::MIN / 2, i64::MAX / 2)) };
        part.add(order, odds::Seq(seq), random.happens(500), &changes);
    }
    part
}

fn any_price(random: &mut Random) -> odds::Price {
    let price = match random.below(5) {
        0 => odds::Price::from_nanos(random.between(1_000_000_001, 9_000_000_000)),
        1 => odds::Price::from_american(random.between(100, 100_000)),
        2 => odds::Price::from_american(random.between(-100_000, -100)),
        3 => odds::Price::from_contract(random.between(1, 999_999) as u32),
        _ => odds::Price::from_fraction(random.between(1, 500) as u32, random.between(1, 100) as u32),
    };
    price.unwrap()
}

fn any_changes(random: &mut Random) -> Vec<odds::block::Change> {
    let mut slot = 0;
    let one = |_| {
        slot += random.between(1, 300) as u32;
        let value = match random.below(5) {
            0 => Value::Withdrawn,
            1 => Value::Suspended(any_price(random)),
            _ => Value::Live(any_price(random)),
        };
        let moved = Moment::from_secs(1_774_980_000).plus_micros(random.between(-2_000_000_000, 1_000_000_000));
        let moved = if random.happens(500) { Moment::from_secs(moved.secs()) } else { moved };
        odds::block::Change { slot: SlotNo(slot), value, changed_at: random.happens(300).then_some(moved) }
    };
    (0..10).map(one).collect()
}

#[test]
fn real_replies_stand_in_rows_as_on_the_boards() {
    let Some(corpus) = testkit::corpus::Corpus::find() else { return };
    for rig in Rig::all() {
        for (provider, endpoint) in [
            ("the-odds-api", "odds"),
            ("the-odds-api", "event_odds"),
            ("the-odds-api", "scores"),
            ("espn", "scoreboard"),
            ("espn", "injuries"),
        ] {
            let what = What {
                provider: provider.to_owned(),
                endpoint: endpoint.to_owned(),
                sport: None,
                observed_at: Some("2026-03-31T23:10:00Z".parse().unwrap()),
            };
            let reads = predictive_play::decode::Providers::all();
            let speaks: &dyn Provider = &**reads.get(provider).unwrap();
            for recording in corpus.recordings(provider, endpoint).unwrap().into_iter().filter(|recording| recording.is_json()).take(12) {
                let stored =
                    Stored { name: recording.file_name().to_owned(), status: 200, headers: Default::default(), body: recording.bytes };
                let Ok(dated) = date(stored, &what, speaks) else { continue };
                let request = odds::reply::Request::default();
                rig.recorder.take(&[dated.reply(&what, &request)], None).unwrap();
            }
        }
        rig.catch_up();
        assert_eq!(standing_by_rows(&rig), standing_by_boards(&rig));
        assert_ne!(rig.lines("select player_name || injury_status from @injury_reports"), [""; 0]);
        let followed = rig.dump();
        let mut follower = rig.follower();
        follower.reset().unwrap();
        follower.catch_up().unwrap();
        assert_eq!(rig.dump(), followed);
    }
}

#[test]
fn a_month_of_real_history_stands_in_rows_as_on_the_boards() {
    let Some(corpus) = testkit::corpus::Corpus::find() else { return };
    let archive = "datasets/nba_odds_api_raw/odds_2023-2024.tar.zst";
    if !corpus.root().join(archive).is_file() {
        return testkit::skipped(archive);
    }
    let what = What { provider: "the-odds-api".to_owned(), endpoint: "historical_odds".to_owned(), sport: None, observed_at: None };
    let mut month = Vec::new();
    let providers = predictive_play::decode::Providers::all();
    let visit = |recording: testkit::corpus::Recording| {
        if month.len() < 30 && recording.is_json() {
            let stored = Stored { name: recording.name, status: 200, headers: Default::default(), body: recording.bytes };
            month.push(date(stored, &what, &**providers.get("the-odds-api").unwrap()).unwrap());
        }
    };
    corpus.for_each(archive, visit).unwrap();
    for rig in Rig::all() {
        let mut follower = rig.follower();
        for day in month.chunks(10) {
            let request = odds::reply::Request::default();
            let replies: Vec<_> = day.iter().map(|dated| dated.reply(&what, &request)).collect();
            rig.recorder.take(&replies, None).unwrap();
            follower.catch_up().unwrap();
            assert_eq!(standing_by_rows(&rig), standing_by_boards(&rig));
        }
        let told = rig.lines("select closing_quality from @historical_odds");
        assert!(told.len() > 500, "{} lines", told.len());
        assert!(!rig.lines("select book from @quotes_now where is_best").is_empty());
        assert_eq!(rig.lines("select book from @quotes_now where is_best and (stance = 'lay' or state <> 'live')"), [""; 0]);
        let followed = rig.dump();
        follower.reset().unwrap();
        follower.catch_up().unwrap();
        assert_eq!(rig.dump(), followed);
    }
}

/// `cargo test --release --test publish -- --ignored --nocapture keeps_up`
#[test]
#[ignore = "a measure, told in changes a second; run in release"]
fn it_keeps_up_with_what_is_recorded() {
    let least = if cfg!(debug_assertions) { 1_000.0 } else { 100_000.0 };
    for rig in Rig::all() {
        let shape = Shape { events: 40, books: 12, props: 0, players: 0, ..Shape::SMALL };
        let season = testkit::bodies::Season {
            world: testkit::bodies::World::new(1, shape, Moment::from_secs(1_774_980_000)),
            drift: Drift::CALM,
            every_secs: 60,
        };
        let replies: Vec<GeneratedReply> = season.take(400).collect();
        let recording = std::time::Instant::now();
        replies.chunks(100).for_each(|replies| rig.take(replies));
        let recorded = recording.elapsed().as_secs_f64();
        let following = std::time::Instant::now();
        rig.catch_up();
        let followed = following.elapsed().as_secs_f64();
        let changes: f64 = rig.lines("select cast(count(*) as text) from @change_rows")[0].parse().unwrap();
        let engine = rig.store.engine().name();
        println!(
            "{engine}: {changes} changes recorded in {recorded:.2} s, followed in {followed:.2} s: {:.0} changes/s",
            changes / followed
        );
        assert!(changes / followed > least || engine != "sqlite", "slower than {least} changes a second");
    }
}
