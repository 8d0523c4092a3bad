//! One suite for the store on both engines: what the log, the archive and the schema promise, on a SQLite file and on a real
//! PostgreSQL.
#![allow(clippy::unwrap_used)]

#[path = "suite/archive.rs"]
mod archive;
#[path = "suite/bucket.rs"]
mod bucket;
#[path = "suite/handovers.rs"]
mod handovers;
#[path = "suite/sealed.rs"]
mod sealed;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use odds::block::{Change, Value};
use odds::board::{FactChange, Order};
use odds::cover::{CellCover, Cover, Extent};
use odds::diff::Counts;
use odds::id::{CellNo, EventId, ListingId, ReplyId, Seq, SlotNo};
use odds::names::{CellName, Interner, SlotName};
use odds::observation::{BookScope, FactKind, ListingKind, ListingScope, Scope};
use odds::reply::{Basis, Reply};
use odds::{Moment, Price};
use store::log::{Appending, NewEntry, NewListing, NewRows};
use store::{Arrived, Cut, Store, StoreError};
use testkit::bodies::{GeneratedReply, season};
use testkit::pgbouncer::PgBouncer;
use testkit::postgres::TestDatabase;

/// A store of one test, gone with the value; what is kept beside it is kept for that.
struct Place {
    store: Arc<Store>,
    address: String,
    folder: tempfile::TempDir,
    database: Option<TestDatabase>,
}

impl Place {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        Self::at(folder, address, None)
    }

    fn postgres() -> Option<Self> {
        let database = testkit::postgres::shared()?.database();
        let address = database.url.clone();
        Some(Self::at(tempfile::tempdir().unwrap(), address, Some(database)))
    }

    /// PostgreSQL behind a pooler that lends its few server connections by the transaction.
    fn pooled() -> Option<Self> {
        static POOLER: OnceLock<Option<PgBouncer>> = OnceLock::new();
        let cluster = testkit::postgres::shared()?;
        let pooler = POOLER.get_or_init(|| PgBouncer::in_front_of(cluster, 3)).as_ref()?;
        let database = cluster.database();
        let address = pooler.through(cluster, &database.url);
        Some(Self::at(tempfile::tempdir().unwrap(), address, Some(database)))
    }

    fn at(folder: tempfile::TempDir, address: String, database: Option<TestDatabase>) -> Self {
        let store = Arc::new(Store::open(&address, None, folder.path().join("archive")).unwrap());
        Self { store, address, folder, database }
    }

    /// Another process on the same store.
    fn again(&self) -> Store {
        Store::open(&self.address, None, self.folder.path().join("archive")).unwrap()
    }

    /// Runs a statement past the code under test; `@` stands before our tables.
    fn tamper(&self, statement: &str) {
        match &self.database {
            Some(database) => database.execute(&statement.replace('@', "predictive_play.")),
            None => {
                let connection = rusqlite::Connection::open(self.folder.path().join("store.sqlite")).unwrap();
                connection.execute_batch(&statement.replace('@', "")).unwrap();
            }
        }
    }
}

/// On both engines, and on PostgreSQL behind a pooler as well.
fn on_all(prove: impl Fn(&Place)) {
    prove(&Place::sqlite());
    for place in [Place::postgres(), Place::pooled()].into_iter().flatten() {
        prove(&place);
    }
}

const AT: Moment = Moment::from_secs(1_774_980_000);

fn sweep_of(sport: &str) -> Arc<Scope> {
    let markets = Some(vec!["h2h".to_owned()]);
    Arc::new(Scope { sport: sport.to_owned(), listings: ListingScope::Sport, markets, books: BookScope::All })
}

fn entry(reply: i64, at: Moment, scope: &Arc<Scope>) -> NewEntry<'static> {
    NewEntry {
        reply: ReplyId(reply),
        provider: "p",
        endpoint: "odds",
        scope: Arc::clone(scope),
        observed_at: at,
        basis: Basis::Fetched,
        recorded_at: at,
        decoder: 1,
        counts: Counts::default(),
        problems: Vec::new(),
        catalogue: Vec::new(),
        listings: 1,
    }
}

fn live(decimal: &str) -> Value {
    Value::Live(Price::from_decimal(decimal).unwrap())
}

fn listing(log: &mut Appending<'_>, id: &str) -> ListingId {
    let listing = NewListing { provider: "p", external_id: id, sport: "s", league: None, kind: ListingKind::Contest };
    let added = log.add_listing(&listing, EventId::founded_by("p", id)).unwrap();
    let mut words = Interner::default();
    log.add_cell(added, CellNo(0), &CellName { book: words.intern("b"), market: words.intern("h2h") });
    log.add_slot(added, SlotNo(0), &SlotName { cell: CellNo(0), name: words.intern("Home"), description: words.intern(""), point: None });
    added
}

/// One reply that says a price and a start of a listing.
fn say(log: &mut Appending<'_>, listing: ListingId, reply: i64, at: Moment, price: &str) -> store::Result<Seq> {
    let cell = CellCover { cell: CellNo(0), seen_at: Some(at), extent: Extent::Whole };
    let mut cover = Cover { cells: vec![cell], ..Cover::empty(Basis::Fetched) };
    cover.facts.add(FactKind::Start);
    let changes = [Change { slot: SlotNo(0), value: live(price), changed_at: None }];
    let facts = [FactChange { kind: FactKind::Start, subject: "".into(), value: Some(at.plus_secs(3600).to_string().into()) }];
    let order = Order { at, reply: ReplyId(reply) };
    let scope = sweep_of("s");
    log.open_entry(&scope);
    log.add_rows(&NewRows { listing, order, cover: Some(&cover), changes: &changes, facts: &facts });
    log.end_entry(&entry(reply, at, &scope))
}

fn price_of(store: &Store, id: &str, cut: Cut) -> Option<Value> {
    let listing = store.listing_of("p", id).unwrap().unwrap();
    store.board(listing, cut).unwrap().board.slot(SlotNo(0)).and_then(|slot| slot.value)
}

#[test]
fn the_engines_are_real_and_say_their_versions() {
    on_all(|place| {
        let version = match &place.database {
            Some(database) => database.text("select version()").unwrap(),
            None => format!("SQLite {}", rusqlite::version()),
        };
        use std::io::Write;
        writeln!(std::io::stderr(), "suite: {} on {version}", place.store.engine().name()).unwrap();
        assert!(!version.is_empty());
    });
}

#[test]
fn the_schema_goes_up_down_and_up_again_each_twice() {
    on_all(|place| {
        let known = place.store.migration_status().unwrap().known;
        for _ in 0..2 {
            assert_eq!(place.store.migrate_up().unwrap().version, known);
        }
        for _ in 0..2 {
            let down = place.store.migrate_down(0).unwrap();
            assert_eq!((down.version, down.pending.is_empty()), (0, false));
        }
        for _ in 0..2 {
            assert_eq!(place.store.migrate_up().unwrap().version, known);
        }
        assert_eq!(place.store.head().unwrap().seq, Seq(0));
    });
}

#[test]
fn two_that_migrate_at_once_wait_for_each_other() {
    on_all(|place| {
        place.store.migrate_down(0).unwrap();
        let open = || Store::new(store::engine(&place.address, None).unwrap(), place.folder.path().join("archive"));
        std::thread::scope(|scope| {
            let both: Vec<_> = (0..2).map(|_| scope.spawn(|| open().migrate_up().map(|status| status.pending.len()))).collect();
            for one in both {
                assert_eq!(one.join().unwrap().unwrap(), 0);
            }
        });
    });
}

#[test]
fn a_store_that_a_newer_program_wrote_is_refused_with_what_to_do() {
    on_all(|place| {
        place.tamper("insert into @migrations (version, name) values (999, 'from tomorrow')");
        let refused = Store::open(&place.address, None, place.folder.path().join("archive")).err().unwrap().to_string();
        assert!(refused.contains("999") && refused.contains("newer program"), "{refused}");
    });
}

#[test]
fn what_fails_or_is_never_committed_leaves_nothing() {
    on_all(|place| {
        let failed = place.store.append(|log| {
            let game = listing(log, "game");
            say(log, game, 1, AT, "1.5")?;
            log.flush()?;
            Err::<(), _>(StoreError::Missing { what: "patience", id: String::new() })
        });
        assert!(failed.is_err());
        assert_eq!((place.store.head().unwrap().seq, place.store.all_listings().unwrap().len()), (Seq(0), 0));
        let (seq, head) = place
            .store
            .append(|log| {
                let game = listing(log, "game");
                say(log, game, 1, AT, "1.5")
            })
            .unwrap();
        assert_eq!((seq, head.seq, head.listing), (Seq(1), Seq(1), ListingId(1)));
        assert_eq!(price_of(&place.store, "game", Cut::ALL), Some(live("1.5")));
    });
}

#[test]
fn a_statement_that_fails_leaves_the_store_usable() {
    on_all(|place| {
        let twice = place.store.append(|log| {
            let game = listing(log, "game");
            say(log, game, 7, AT, "1.5")?;
            say(log, game, 7, AT, "1.6")
        });
        assert!(matches!(twice, Err(StoreError::Engine { .. })), "an entry of one reply is there once");
        place.store.append(|log| Ok(listing(log, "game"))).unwrap();
        assert_eq!(place.store.all_listings().unwrap().len(), 1);
    });
}

#[test]
fn two_writers_leave_no_gap_and_a_follower_sees_each_entry_once_in_order() {
    on_all(|place| {
        place.store.append(listing_with_entry).unwrap();
        let (done, other) = (AtomicBool::new(false), place.again());
        let write = |store: &Store, from: i64| {
            for reply in from..from + 40 {
                store.append(|log| say(log, ListingId(1), reply, AT.plus_secs(reply), "1.7")).unwrap();
            }
        };
        std::thread::scope(|scope| {
            let follower = scope.spawn(|| {
                let (mut after, mut words) = (Seq(0), Interner::default());
                loop {
                    let is_last = done.load(Ordering::SeqCst);
                    let entries = place.store.entries_after(after, 7, &mut words).unwrap();
                    for entry in &entries {
                        assert_eq!(entry.seq.0, after.0 + 1);
                        assert_eq!(entry.rows.len(), 3, "an entry is seen with all of its rows");
                        after = entry.seq;
                    }
                    if entries.is_empty() && is_last {
                        return after;
                    }
                }
            });
            let writers = [scope.spawn(|| write(&place.store, 100)), scope.spawn(|| write(&other, 200))];
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            done.store(true, Ordering::SeqCst);
            assert_eq!(follower.join().unwrap(), Seq(81));
        });
    });
}

fn listing_with_entry(log: &mut Appending<'_>) -> store::Result<Seq> {
    let game = listing(log, "game");
    say(log, game, 1, AT, "1.5")
}

#[test]
fn what_was_recorded_does_not_run_back_with_the_clock() {
    on_all(|place| {
        let scope = Arc::new(Scope::default());
        place.store.append(|log| log.end_entry(&entry(1, AT.plus_secs(60), &scope))).unwrap();
        let (_, head) = place.store.append(|log| log.end_entry(&entry(2, AT, &scope))).unwrap();
        assert_eq!(head.recorded_at, AT.plus_secs(60));
    });
}

#[test]
fn scopes_are_kept_once_and_survive_a_rollback() {
    on_all(|place| {
        // longer than a b-tree of PostgreSQL has room for
        let games = (0..400_u64).map(|n| blake3::hash(&n.to_le_bytes()).to_string()).collect();
        let scope = Arc::new(Scope { listings: ListingScope::Listed(games), ..(*sweep_of("s")).clone() });
        let failed = place.store.append(|log| {
            log.end_entry(&entry(1, AT, &scope))?;
            Err::<(), _>(StoreError::Missing { what: "patience", id: String::new() })
        });
        assert!(failed.is_err());
        for reply in 2..5 {
            place.store.append(|log| log.end_entry(&entry(reply, AT, &scope))).unwrap();
        }
        place.again().append(|log| log.end_entry(&entry(5, AT, &scope))).unwrap();
        let entries = place.store.entries_after(Seq(0), 9, &mut Interner::default()).unwrap();
        assert_eq!(entries.len(), 4);
        assert!(entries.iter().all(|entry| *entry.scope == *scope));
    });
}

#[test]
fn an_entry_counts_its_blocks_though_a_look_up_sent_some_ahead() {
    on_all(|place| {
        let scope = sweep_of("s");
        let changes = [Change { slot: SlotNo(0), value: live("1.5"), changed_at: None }];
        let order = Order { at: AT, reply: ReplyId(1) };
        let appended = place.store.append(|log| {
            log.open_entry(&scope);
            for id in ["one", "two"] {
                let listing = listing(log, id);
                log.add_rows(&NewRows { listing, order, cover: None, changes: &changes, facts: &[] });
                log.flush()?;
            }
            log.end_entry(&entry(1, AT, &scope))?;
            log.end_entry(&entry(2, AT, &scope))
        });
        appended.unwrap();
        let entries = place.store.entries_after(Seq(0), 9, &mut Interner::default()).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.blocks).collect::<Vec<_>>(), [2, 0]);
    });
}

#[test]
fn boards_are_cut_by_the_world_and_by_the_log() {
    on_all(|place| {
        place
            .store
            .append(|log| {
                let game = listing(log, "game");
                say(log, game, 1, AT, "1.5")?;
                say(log, game, 2, AT.plus_secs(20), "1.7")
            })
            .unwrap();
        place.store.append(|log| say(log, ListingId(1), 3, AT.plus_secs(10), "1.6")).unwrap();
        let as_of = |secs| price_of(&place.store, "game", Cut::as_of(AT.plus_secs(secs)));
        assert_eq!(
            [as_of(-1), as_of(0), as_of(10), as_of(19), as_of(20)],
            [None, Some(live("1.5")), Some(live("1.6")), Some(live("1.6")), Some(live("1.7"))]
        );
        let known = |seq, secs| price_of(&place.store, "game", Cut { as_of: AT.plus_secs(secs), known: Seq(seq) });
        assert_eq!(
            [known(0, 99), known(1, 99), known(2, 15), known(3, 15)],
            [None, Some(live("1.5")), Some(live("1.5")), Some(live("1.6"))]
        );
    });
}

#[test]
fn a_sweep_that_does_not_bring_a_listing_says_so_on_reading() {
    on_all(|place| {
        place
            .store
            .append(|log| {
                let game = listing(log, "game");
                say(log, game, 1, AT, "1.5")?;
                log.end_entry(&entry(2, AT.plus_secs(300), &sweep_of("s")))?;
                log.end_entry(&entry(3, AT.plus_secs(200), &sweep_of("another sport")))
            })
            .unwrap();
        let row = place.store.listing_of("p", "game").unwrap().unwrap();
        let board = place.store.board(row, Cut::ALL).unwrap().board;
        assert_eq!(board.not_observed_since(SlotNo(0)).map(|order| order.at), Some(AT.plus_secs(300)));
    });
}

#[test]
fn replies_are_pending_until_the_log_has_them_and_bodies_are_kept_once() {
    on_all(|place| {
        let generated: Vec<GeneratedReply> = season(3).take(3).collect();
        let replies: Vec<Reply<'_>> = generated.iter().map(GeneratedReply::reply).collect();
        let arrived: Vec<Arrived<'_>> =
            replies.iter().map(|reply| Arrived { reply: reply.clone(), ask: None, is_for_the_log: true }).collect();
        let ids = place.store.archive_replies(&arrived, AT).unwrap();
        assert_eq!(place.store.archive_replies(&arrived, AT.plus_secs(1)).unwrap(), ids);
        let pending = place.store.pending_replies(10).unwrap();
        assert_eq!(pending.len(), 3);
        for (kept, reply) in pending.iter().zip(&replies) {
            assert_eq!(place.store.body(kept).unwrap(), reply.body);
        }
        let scope = Arc::new(Scope::default());
        place.store.append(|log| log.end_entry(&NewEntry { reply: ids[1], ..entry(0, AT, &scope) })).unwrap();
        let left: Vec<ReplyId> = place.store.pending_replies(10).unwrap().iter().map(|kept| kept.id).collect();
        assert_eq!(left, [ids[0], ids[2]]);
        assert_eq!(place.store.archive().bundles().unwrap().len(), 1);
    });
}

#[test]
fn an_archive_that_cannot_be_written_indexes_nothing() {
    on_all(|place| {
        std::fs::write(place.folder.path().join("archive"), "a file in the way").unwrap();
        let generated = season(4).next().unwrap();
        let arrived = Arrived { reply: generated.reply(), ask: None, is_for_the_log: true };
        let refused = place.store.archive_replies(&[arrived], AT).unwrap_err();
        assert!(matches!(refused, StoreError::Archive { .. }), "{refused}");
        assert_eq!(place.store.pending_replies(1).unwrap().len(), 0);
    });
}

#[test]
fn damaged_bytes_are_an_error_and_never_a_panic() {
    on_all(|place| {
        place.store.append(listing_with_entry).unwrap();
        let row = place.store.listing_of("p", "game").unwrap().unwrap();
        let bytes = |hex: &str| if place.database.is_some() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") };
        let kept = place.store.entries_after(Seq(0), 9, &mut Interner::default()).unwrap().len();
        assert_eq!(kept, 1);
        for (table, column) in [("blocks", "block"), ("covers", "cover")] {
            for hex in ["ff", "03", "ffffffffffffffffffff01", "00ffffffffffffffffff"] {
                place.tamper(&format!("update @{table} set {column} = {}", bytes(hex)));
                let _ = place.store.board(row.clone(), Cut::ALL);
                let _ = place.store.entries_after(Seq(0), 9, &mut Interner::default());
            }
            place.tamper(&format!("update @{table} set {column} = {}", bytes("ff")));
            let refused = place.store.board(row.clone(), Cut::ALL).unwrap_err();
            assert!(matches!(refused, StoreError::Damaged { .. }), "{table}: {refused}");
            assert!(matches!(place.store.entries_after(Seq(0), 9, &mut Interner::default()), Err(StoreError::Damaged { .. })));
        }
        place.tamper("delete from @blocks; delete from @covers; update @facts set kind = 200");
        assert!(matches!(place.store.board(row, Cut::ALL), Err(StoreError::Damaged { .. })));
        assert_eq!(place.store.head().unwrap().seq, Seq(1), "the connection is usable after it");
    });
}

#[test]
fn a_slot_whose_names_are_gone_is_left_out_and_never_a_panic() {
    on_all(|place| {
        place.store.append(listing_with_entry).unwrap();
        place.tamper("delete from @slots; delete from @cells");
        let row = place.store.listing_of("p", "game").unwrap().unwrap();
        let read = place.store.board(row, Cut::ALL);
        assert!(read.is_err() || read.unwrap().board.slots().is_empty());
    });
}

#[test]
fn a_store_that_may_only_be_read_says_so_and_can_be_read() {
    // Not behind a pooler: it keeps server connections that began before the database became read-only.
    [Some(Place::sqlite()), Place::postgres()].iter().flatten().for_each(|place| {
        place.store.append(listing_with_entry).unwrap();
        let Some(database) = &place.database else {
            let mut reader = store::engine(&place.address, None).unwrap().connect_to_read().unwrap();
            let refused = reader.execute("delete from @entries", &[]).unwrap_err();
            assert!(refused.is_read_only() && !refused.is_retryable(), "{refused}");
            return;
        };
        database.execute(&format!("alter database \"{}\" set default_transaction_read_only = on", database.name));
        let again = Store::new(store::engine(&place.address, None).unwrap(), place.folder.path().join("archive"));
        let refused = again.append(|log| say(log, ListingId(1), 9, AT, "1.9")).unwrap_err();
        assert!(refused.is_read_only() && !refused.is_retryable(), "{refused}");
        assert_eq!(price_of(&again, "game", Cut::ALL), Some(live("1.5")));
    });
}

#[test]
fn a_disk_without_room_is_told_apart_and_may_have_room_again() {
    let place = Place::sqlite();
    place.store.append(listing_with_entry).unwrap();
    let mut connection = store::engine(&place.address, None).unwrap().connect().unwrap();
    connection.run_script("pragma max_page_count = 10").unwrap();
    let bytes = vec![7; 200_000];
    let refused = connection
        .execute(
            "insert into @bodies (body_hash, bundle, frame_offset, frame_length, body_length) values ($1, $2, 0, 0, 0)",
            &[(&bytes).into(), "b".into()],
        )
        .unwrap_err();
    assert!(refused.is_full() && refused.is_retryable() && !refused.is_disconnected(), "{refused}");
    connection.run_script("pragma max_page_count = 1073741823").unwrap();
    assert_eq!(connection.execute("update @head set seq = seq", &[]).unwrap(), 1);
}

#[test]
fn a_server_that_is_gone_is_told_apart_and_found_again() {
    let Some(mut cluster) = testkit::postgres::dedicated(&testkit::postgres::PostgresOptions::default()) else { return };
    let database = cluster.database();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database.url, None, folder.path()).unwrap();
    store.append(listing_with_entry).unwrap();
    cluster.stop_immediate();
    let refused = store.append(|log| say(log, ListingId(1), 9, AT, "1.9")).unwrap_err();
    assert!(refused.is_disconnected() && refused.is_retryable(), "{refused}");
    assert!(store.head().unwrap_err().is_disconnected());
    cluster.restart().unwrap();
    assert_eq!(store.append(|log| say(log, ListingId(1), 9, AT, "1.9")).unwrap().0, Seq(2));
    assert_eq!(store.head().unwrap().seq, Seq(2));
}
