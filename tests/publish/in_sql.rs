//! What SQL reads of the log in PostgreSQL: blocks, sealed parts, and quotes as of a moment.

use super::*;

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
        let sql = "select slot, state, nanos, american, changed_at, cast(null as bigint), cast(null as bigint), cast(null as bigint)
            from @read_block($1, $2) order by slot";
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
        let order = odds::board::Order { at, reply: odds::ReplyId(random.between(i64::MIN / 4, i64::MAX / 4)) };
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
