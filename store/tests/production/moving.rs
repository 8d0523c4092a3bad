//! A store that moves to the other engine and back while others go on writing to it: nothing lost, nothing double, and the same
//! content on both sides at the moment when nobody writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use odds::block::{Change, Value};
use odds::board::Order;
use odds::cover::Cover;
use odds::diff::Counts;
use odds::id::{CellNo, EventId, ListingId, SlotNo};
use odds::names::{CellName, Interner, SlotName};
use odds::observation::{ListingKind, Scope};
use odds::reply::{Basis, Reply, Request};
use odds::{Moment, Price};
use store::copy::NOT_COPIED;
use store::log::{NewEntry, NewListing, NewRows};
use store::{Arrived, Over, Store};

use crate::store_on;

const AT: Moment = Moment::from_secs(1_774_980_000);

/// One reply, archived and recorded: a listing of its own, or a price of an older one.
fn write(store: &Store, n: i64) -> store::Result<()> {
    let (request, headers, body) = (Request::to(format!("/odds/{n}")), BTreeMap::new(), format!("body {}", n % 7));
    let at = AT.plus_secs(n);
    let reply = Reply {
        provider: "p",
        endpoint: "odds",
        request: &request,
        status: 200,
        headers: &headers,
        body: body.as_bytes(),
        fetched_at: at,
        basis: Basis::Fetched,
        sport: None,
    };
    let id = store.archive_replies(&[Arrived { reply, ask: None, is_for_the_log: true }], at)?[0];
    let scope = Arc::new(Scope { sport: format!("sport {}", n % 3), ..Scope::default() });
    let change = [Change { slot: SlotNo(0), value: Value::Live(Price::from_decimal("1.5").unwrap()), changed_at: None }];
    store.append(|log| {
        log.open_entry(&scope);
        let listing = if n % 2 == 0 { ListingId(log.head().listing.0) } else { listing(log, n)? };
        log.add_rows(&NewRows {
            listing,
            order: Order { at, reply: id },
            cover: Some(&Cover::empty(Basis::Fetched)),
            changes: &change,
            facts: &[],
        });
        let entry = NewEntry {
            reply: id,
            provider: "p",
            endpoint: "odds",
            scope: Arc::clone(&scope),
            observed_at: at,
            basis: Basis::Fetched,
            recorded_at: at,
            decoder: 1,
            counts: Counts::default(),
            problems: Vec::new(),
            catalogue: Vec::new(),
            listings: 1,
        };
        log.end_entry(&entry)
    })?;
    Ok(())
}

fn listing(log: &mut store::log::Appending<'_>, n: i64) -> store::Result<ListingId> {
    let id = format!("game \u{1f3c0} {n}");
    let new = NewListing { provider: "p", external_id: &id, sport: "s", league: None, kind: ListingKind::Contest };
    let added = log.add_listing(&new, EventId::founded_by("p", &id))?;
    let mut words = Interner::default();
    log.add_cell(added, CellNo(0), &CellName { book: words.intern("b"), market: words.intern("h2h") });
    log.add_slot(added, SlotNo(0), &SlotName { cell: CellNo(0), name: words.intern("Home"), description: words.intern(""), point: None });
    Ok(added)
}

/// Every listing.
const ALL: Over = Over { started_before: Moment::MAX, read_before: Moment::MAX };

/// Moves while a thread writes and seals, twice: the second run goes on where the first stood.
fn move_while_writing(from: &Store, to: &Store, first: i64) -> i64 {
    let (is_over, written) = (AtomicBool::new(false), AtomicI64::new(first));
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            while !is_over.load(Ordering::Acquire) {
                write(from, written.load(Ordering::Acquire) + 1).unwrap();
                if written.fetch_add(1, Ordering::AcqRel) % 40 == 0 {
                    from.seal(ALL, &mut |_| true).unwrap();
                }
            }
        });
        let equal = || {
            assert_eq!(from.contents().unwrap(), to.contents().unwrap());
            Ok(())
        };
        let (one, ()) = from.move_into(to, equal).unwrap();
        let before = written.load(Ordering::Acquire);
        while written.load(Ordering::Acquire) < before + 10 {
            assert!(!writing.is_finished(), "who writes was stopped by the move");
            std::thread::yield_now();
        }
        let (two, ()) = from.move_into(to, equal).unwrap();
        assert!(two.were_there == one.seq.0 && two.seq > one.seq, "{one:?} {two:?}");
        is_over.store(true, Ordering::Release);
    });
    written.load(Ordering::Acquire)
}

#[test]
fn a_store_moves_to_the_other_engine_and_back_while_others_write() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let sqlite =
        |name: &str| Store::open(&format!("sqlite:{}", folder.path().join(name).display()), None, folder.path().join("archive")).unwrap();
    let (first, back) = (sqlite("first.db"), sqlite("back.db"));
    let server = Store::open(&database.url, None, folder.path().join("archive")).unwrap();
    (1..=300).for_each(|n| write(&first, n).unwrap());
    let written = move_while_writing(&first, &server, 300);
    server.move_into(&server_from(&first, &folder), || Ok(())).expect_err("a store that holds another history is refused");
    assert!(written > 310);
    first.move_into(&server, || Ok(())).unwrap();
    let last = move_while_writing(&server, &back, written);
    server.move_into(&back, || Ok(())).unwrap();
    assert_eq!(back.head().unwrap().seq.0, last, "every reply has its entry, once");
    assert_eq!(back.contents().unwrap(), server.contents().unwrap());
    assert!(back.sealed().unwrap().rows > 0, "what was sealed on the way is sealed");
    assert_eq!(back.archive_damage().unwrap(), Vec::<String>::new());
}

#[test]
fn a_copy_of_a_store_that_others_write_to_is_of_one_moment() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let sqlite =
        |name: &str| Store::open(&format!("sqlite:{}", folder.path().join(name).display()), None, folder.path().join("archive")).unwrap();
    let server = Store::open(&database.url, None, folder.path().join("archive")).unwrap();
    for (n, store) in [sqlite("one.db"), server].iter().enumerate() {
        let (is_over, written) = (AtomicBool::new(false), AtomicI64::new(0));
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    write(store, written.load(Ordering::Acquire) + 1).unwrap();
                    written.fetch_add(1, Ordering::AcqRel);
                }
            });
            while written.load(Ordering::Acquire) < 50 {
                assert!(!writing.is_finished(), "who writes has failed");
                std::thread::yield_now();
            }
            let copy = sqlite(&format!("copy-{n}.db"));
            let copied = store.copy_into(&copy).unwrap();
            is_over.store(true, Ordering::Release);
            let contents = copy.contents().unwrap();
            assert_eq!(contents, copied.contents);
            let rows = |table: &str| contents[table].rows as i64;
            assert_eq!((rows("entries"), copy.head().unwrap().seq), (copied.seq.0, copied.seq));
            assert_eq!(rows("blocks"), rows("covers"), "an entry came with half of its rows");
            assert!(copied.seq.0 >= 49 && rows("replies") >= rows("entries"));
            assert_eq!(copy.archive_damage().unwrap(), Vec::<String>::new());
        });
    }
}

/// A store with as many entries and another history.
fn server_from(other: &Store, folder: &tempfile::TempDir) -> Store {
    let store =
        Store::open(&format!("sqlite:{}", folder.path().join("stranger.db").display()), None, folder.path().join("archive-2")).unwrap();
    assert!(other.head().unwrap().seq.0 > 3);
    (1001..1004).for_each(|n| write(&store, n).unwrap());
    store
}

#[test]
fn every_table_is_copied_or_left_out_on_purpose() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let store = store_on(&database.url);
    let mut known: Vec<String> = store.contents().unwrap().into_keys().chain(NOT_COPIED.map(str::to_owned)).collect();
    known.sort();
    let all = "select string_agg(relname, ' ' order by relname collate \"C\") from pg_class
        where relnamespace = 'predictive_play'::regnamespace and relkind in ('r', 'p') and not relispartition";
    assert_eq!(
        database.text(all).unwrap(),
        known.join(" "),
        "a new table is copied (store/src/copy.rs), or its reason not to be is given there"
    );
    let columns = "select count(*)::text from information_schema.columns where table_schema = 'predictive_play' and table_name = ";
    for (name, wide) in [("entries", 26), ("replies", 14), ("listings", 13), ("asks", 16), ("decisions", 12), ("findings", 8)] {
        assert_eq!(database.text(&format!("{columns}'{name}'")), Some(wide.to_string()), "a column of {name} is not copied");
    }
}
