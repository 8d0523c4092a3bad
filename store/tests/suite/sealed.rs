//! Listings that are over in few bytes: told as they were while they lay open, to whoever reads, at any time.

use store::{Over, Sealing};

use super::*;

const ALL: Over = Over { started_before: Moment::MAX, read_before: Moment::MAX };

fn seal(store: &Store) -> Sealing {
    store.seal(ALL, &mut |_| true).unwrap()
}

/// Everything that is told of the log: entries as followers read them, blocks as tables do, and boards in many cuts.
fn told(store: &Store) -> Vec<String> {
    let mut told = Vec::new();
    let (mut words, mut after) = (Interner::default(), Seq(0));
    loop {
        let entries = store.entries_after(after, 7, &mut words).unwrap();
        let Some(last) = entries.last() else { break };
        told.push(format!(
            "{:?}",
            store.listings_spoken_of(after, last.seq).unwrap().into_iter().collect::<std::collections::BTreeMap<_, _>>()
        ));
        after = last.seq;
        told.extend(entries.iter().map(|entry| format!("{} {:?}", entry.is_whole(), entry.rows)));
    }
    for row in store.all_listings().unwrap() {
        for cut in cuts(after) {
            let raw = store.raw_blocks(row.id, cut).unwrap();
            for block in raw.all() {
                let mut changes = Vec::new();
                raw.each_change(block, |change| changes.push(change)).unwrap();
                told.push(format!("{:?} {} {} {changes:?}", block.order, block.seq, block.recorded_at));
            }
            told.push(format!("{cut:?} {:?}", store.board(row.clone(), cut).unwrap().board));
        }
    }
    told
}

fn cuts(last: Seq) -> Vec<Cut> {
    let worlds = (0..12).map(|at| Cut::as_of(AT.plus_secs(at * 90)));
    let known = (1..=last.0).step_by(5).map(|seq| Cut { known: Seq(seq), ..Cut::ALL });
    worlds.chain(known).collect()
}

/// Replies of two games: in turn, one late, and then more of one of them.
fn say_much(store: &Store, from: i64) {
    let ids = ["one", "two"].map(|id| store.listing_of("p", id).unwrap().map(|row| row.id));
    let said = store.append(|log| {
        let games = ["one", "two"].into_iter().zip(ids).map(|(id, known)| known.unwrap_or_else(|| listing(log, id)));
        let games: Vec<ListingId> = games.collect();
        for n in from..from + 12 {
            let at = AT.plus_secs(if n % 5 == 4 { n * 60 - 400 } else { n * 60 });
            say(log, games[n as usize % 2], n + 1, at, ["1.5", "1.6", "1.605", "1.5"][n as usize % 4])?;
        }
        Ok(())
    });
    said.unwrap();
}

#[test]
fn what_is_sealed_is_told_as_it_was_open() {
    on_all(|place| {
        say_much(&place.store, 0);
        let open = told(&place.store);
        let sealing = seal(&place.store);
        assert_eq!((sealing.listings, sealing.rows, sealing.changes, sealing.damaged), (2, 24, 12, 0));
        assert_eq!(told(&place.store), open);
        let contents = place.store.contents().unwrap();
        assert_eq!((contents["blocks"].rows, contents["covers"].rows), (0, 0), "nothing lies twice");
        assert_eq!(seal(&place.store), Sealing::default(), "twice changes nothing");
        say_much(&place.store, 12);
        let late = told(&place.store);
        assert_eq!(seal(&place.store).rows, 24);
        assert_eq!(told(&place.store), late);
        assert_eq!(told(&place.again()), late);
        let all = place.store.sealed().unwrap();
        assert_eq!((all.listings, all.changes), (2, 24));
        assert_eq!(place.store.size().unwrap().sealed, all);
    });
}

#[test]
fn only_what_is_over_is_sealed_and_between_two_listings_one_may_stop() {
    on_all(|place| {
        say_much(&place.store, 0);
        let over = |before: Moment| Over { started_before: before, read_before: before };
        assert_eq!(place.store.seal(over(AT), &mut |_| true).unwrap(), Sealing::default(), "both start later");
        assert_eq!(place.store.seal(ALL, &mut |_| false).unwrap(), Sealing::default());
    });
}

#[test]
fn what_cannot_be_read_is_not_sealed_and_lies_as_it_did() {
    on_all(|place| {
        say_much(&place.store, 0);
        let bytes = |hex: &str| if place.database.is_some() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") };
        place.tamper(&format!("update @blocks set block = {} where seq = 3", bytes("03")));
        let before = place.store.contents().unwrap();
        let sealing = seal(&place.store);
        assert_eq!((sealing.listings, sealing.damaged), (1, 1), "the other game is sealed all the same");
        assert_eq!(place.store.contents().unwrap()["blocks"].rows, before["blocks"].rows / 2);
        place.tamper(&format!("update @sealed set changes = {}", bytes("ffff")));
        for row in place.store.all_listings().unwrap() {
            assert!(matches!(place.store.board(row, Cut::ALL), Err(StoreError::Damaged { .. })));
        }
        assert!(matches!(place.store.entries_after(Seq(0), 99, &mut Interner::default()), Err(StoreError::Damaged { .. })));
    });
}

#[test]
fn who_reads_and_writes_while_listings_are_sealed_misses_nothing() {
    on_all(|place| {
        place.store.append(|log| Ok([listing(log, "one"), listing(log, "two")])).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let other = place.again();
                while !is_over.load(Ordering::Acquire) {
                    seal(&other);
                }
            });
            let reading = scope.spawn(|| {
                let other = place.again();
                let mut most = 0;
                while !is_over.load(Ordering::Acquire) {
                    let (head, mut words) = (other.head().unwrap().seq, Interner::default());
                    let entries = other.entries_after(Seq(0), 999, &mut words).unwrap();
                    for entry in entries.iter().filter(|entry| entry.seq <= head) {
                        assert_eq!(
                            (entry.rows.len(), entry.is_whole()),
                            (3, true),
                            "cover, changes and facts of {}: {:?}",
                            entry.seq,
                            entry.rows
                        );
                    }
                    for row in other.all_listings().unwrap() {
                        let board = other.board(row.clone(), Cut { known: head, ..Cut::ALL }).unwrap().board;
                        let last = entries.iter().rfind(|entry| entry.seq <= head && entry.rows[0].0 == row.id);
                        assert_eq!(board.last().map(|order| order.reply), last.map(|entry| entry.reply), "known at {head}");
                        let seen = board.slots().first().and_then(|_| board.seen(SlotNo(0)));
                        assert_eq!(seen.map(|seen| seen.order), board.last(), "known at {head}");
                    }
                    most = entries.len();
                }
                most
            });
            for n in 0..60 {
                let game = ["one", "two"][n as usize % 2];
                let id = place.store.listing_of("p", game).unwrap().unwrap().id;
                place.store.append(|log| say(log, id, n + 1, AT.plus_secs(n), "1.5")).unwrap();
            }
            is_over.store(true, Ordering::Release);
            assert!(reading.join().unwrap() > 0);
        });
        seal(&place.store);
        assert_eq!(place.store.sealed().unwrap().rows, 60);
    });
}

#[test]
fn the_way_down_opens_everything_again() {
    on_all(|place| {
        say_much(&place.store, 0);
        let (open, before) = (told(&place.store), place.store.contents().unwrap());
        seal(&place.store);
        let works_from = || {
            let (mut connection, mut found) = (place.store.engine().connect_to_read().unwrap(), String::new());
            let sql = "select value from @settings where name = 'schema.15.works_from'";
            let read = connection.query(sql, &[], &mut |row| {
                row.text(0)?.clone_into(&mut found);
                Ok(())
            });
            read.map(|()| found).unwrap()
        };
        assert_eq!(works_from(), "15", "a program that cannot read it is kept out");
        place.store.migrate_down(14).unwrap();
        place.store.migrate_up().unwrap();
        assert_eq!((told(&place.store), works_from()), (open, "2".to_owned()));
        for table in ["blocks", "covers", "sealed"] {
            assert_eq!(place.store.contents().unwrap()[table], before[table], "{table}");
        }
    });
}
