//! Versions of the schema while collecting goes on: the program of the version before reads and writes on the expanded schema, and
//! the way down loses nothing. And the months of changes: made ahead, detached, dropped, and what must stay stays.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use odds::Moment;
use store::{Server, Store, engine};
use testkit::postgres::TestDatabase;

use crate::store_on;

/// The first version with changes as rows, and the one before the newest.
fn versions_before() -> [i64; 2] {
    [2, store::MIGRATIONS[store::MIGRATIONS.len() - 2].version]
}

/// What a program of any of these versions does with changes, in its own words: it names the table and its columns, nothing else.
const OLD_WRITE: &str =
    "insert into predictive_play.change_rows (listing_id, slot, observed_at, reply_id, seq, state, nanos, american, changed_at)";
const CHANGES: &str = "select coalesce(string_agg(r::text, ' ' order by listing_id, slot, observed_at, reply_id, seq), '') from predictive_play.change_rows r";

fn old_store(database: &TestDatabase, version: i64) -> Store {
    let store = Store::new(engine(&database.url, None).unwrap(), std::env::temp_dir().join("no-archive"));
    assert_eq!(store.migrate_up_to(version).unwrap().version, version);
    store
}

#[test]
fn the_program_before_goes_on_writing_while_the_schema_goes_up_and_down() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    for version in versions_before() {
        goes_on_writing_from(version, &cluster.database());
    }
}

fn goes_on_writing_from(version: i64, database: &TestDatabase) {
    old_store(database, version);
    let (is_over, written) = (AtomicBool::new(false), AtomicI64::new(0));
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut old = store::postgres::connect(&database.url).unwrap();
            while !is_over.load(Ordering::Acquire) {
                let n = written.load(Ordering::Acquire) + 1;
                // One transaction as the old program does it, head and change together: prepared anew, since plans outlive no migration.
                let sql = format!(
                    "begin; select seq from predictive_play.head for update; {OLD_WRITE} values ({n}, 0, {n}, {n}, {n}, 0, 1, 1, null);
                     update predictive_play.head set seq = seq + 1; commit"
                );
                old.batch_execute(&sql).unwrap();
                old.query_one("select count(*) from predictive_play.odds_changes", &[]).unwrap();
                written.store(n, Ordering::Release);
            }
        });
        let wait_for_more = || {
            let from = written.load(Ordering::Acquire);
            while written.load(Ordering::Acquire) < from + 5 {
                assert!(!writing.is_finished(), "the program before was stopped by the new one");
                std::thread::yield_now();
            }
        };
        let new = Store::new(engine(&database.url, None).unwrap(), std::env::temp_dir().join("no-archive"));
        for _ in 0..3 {
            wait_for_more();
            assert!(new.migrate_up().unwrap().pending.is_empty());
            wait_for_more();
            assert_eq!(new.migrate_down(version).unwrap().version, version);
        }
        wait_for_more();
        is_over.store(true, Ordering::Release);
    });
    let written = written.load(Ordering::Acquire).to_string();
    assert_eq!(database.text("select count(*)::text from predictive_play.change_rows").as_deref(), Some(written.as_str()));
    assert_eq!(database.text("select seq::text from predictive_play.head").as_deref(), Some(written.as_str()));
}

#[test]
fn who_reads_for_long_is_waited_for_and_nobody_waits_behind_us() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    old_store(&database, versions_before()[0]);
    let connect = || store::postgres::connect(&database.url).unwrap();
    let mut long = connect();
    long.batch_execute("begin; select count(*) from predictive_play.change_rows").unwrap();
    std::thread::scope(|scope| {
        let upgrade = scope.spawn(|| {
            let new = Store::new(engine(&database.url, None).unwrap(), std::env::temp_dir().join("no-archive"));
            new.migrate_up().map(|status| status.pending.len())
        });
        let mut other = connect();
        let waits = "select exists (select from pg_locks where not granted and locktype = 'relation' and mode = 'AccessExclusiveLock'
            and database = (select oid from pg_database where datname = current_database()))";
        while !other.query_one(waits, &[]).unwrap().get::<_, bool>(0) {
            assert!(!upgrade.is_finished(), "it has somebody to wait for");
            std::thread::yield_now();
        }
        // It stands behind the upgrade, which stands behind the long reader: it is let through all the same.
        other.batch_execute("set statement_timeout = '60s'; select count(*) from predictive_play.change_rows").unwrap();
        long.batch_execute("commit").unwrap();
        assert_eq!(upgrade.join().unwrap().unwrap(), 0);
    });
}

#[test]
fn the_way_up_and_down_again_loses_nothing() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    for version in versions_before() {
        up_and_down_from(version, &cluster.database());
    }
}

fn up_and_down_from(version: i64, database: &TestDatabase) {
    let old = old_store(database, version);
    let options = "select coalesce(string_agg(relname || reloptions::text, ' ' order by relname), '') from pg_class
        where relnamespace = 'predictive_play'::regnamespace and reloptions is not null and relkind = 'r'";
    let options_before = database.text(options);
    assert_eq!(options_before.as_deref() == Some(""), version == 2, "{options_before:?}");
    let fill = format!("{OLD_WRITE} select i % 7, i % 3, i * 86400000000, i, i, i % 3, i, null, null from generate_series(1, 3000) i");
    database.execute(&fill);
    let before = database.text(CHANGES);
    old.migrate_up().unwrap();
    assert_eq!(database.text(CHANGES), before);
    old.migrate_down(version).unwrap();
    assert_eq!(database.text(CHANGES), before);
    assert_eq!(database.text(options), options_before);
}

#[test]
fn a_program_starts_again_on_a_newer_schema_that_only_adds_and_on_no_other() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let known = store_on(&database.url).migration_status().unwrap().known;
    database.execute("insert into predictive_play.migrations (version, name) values (900, 'from tomorrow'), (901, 'from the day after')");
    let open = || Store::open(&database.url, None, std::env::temp_dir().join("no-archive"));
    let says = |version: i64, oldest: i64| {
        database.execute(&format!(
            "insert into predictive_play.settings values ('schema.{version}.works_from', '{oldest}') on conflict (name) do update set value = excluded.value"
        ));
    };
    assert!(open().is_err(), "a newer schema that says nothing");
    says(900, known);
    assert!(open().is_err(), "one of the two says nothing");
    says(901, known);
    assert!(open().unwrap().claim_purpose("live").unwrap());
    says(901, 900);
    assert!(open().err().unwrap().to_string().contains("newer program"));
}

const NOW: Moment = Moment::from_secs(1_793_491_200);
const DAY: i64 = 86_400;

#[test]
fn months_are_made_ahead_and_what_must_stay_outlives_those_that_go() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let store = store_on(&database.url);
    let server: Server = store.server().unwrap();
    eprintln!("months: on PostgreSQL {}", server.version);
    let (made, _) = store.turn_months(NOW, Moment::from_micros(0)).unwrap();
    assert!(made <= 4);
    assert_eq!(store.turn_months(NOW, Moment::from_micros(0)).unwrap(), (0, Vec::new()), "twice changes nothing");
    // Listing 1 is over: its last change before the start, and its newest, stay. Listing 2 is open: all of it stays.
    for (listing, starts, is_shelved) in [(1, 20, 1), (2, 400, 0)] {
        let start = NOW.plus_secs(starts * DAY).micros();
        database.execute(&format!(
            "insert into predictive_play.listings values ({listing}, 'p', 'g{listing}', 's', 'contest', 1, 'e{listing}', null, {start}, null, null, null, 0);
             insert into predictive_play.event_rows values ('e{listing}', {listing}, 'p', 'g{listing}', 'contest', 's', null, null, null, {start},
             null, null, null, null, 0, 0, 1, {is_shelved}, 0, 0)"
        ));
        for day in [1, 5, 19, 21, 22] {
            let at = NOW.plus_secs(day * DAY).micros();
            database.execute(&format!("{OLD_WRITE} values ({listing}, 0, {at}, {day}, {day}, 0, 1500000000, -200, null)"));
        }
    }
    let kept = "select string_agg(listing_id || '.' || seq, ' ' order by listing_id, seq) from predictive_play.change_rows";
    let (_, gone) = store.turn_months(NOW.plus_secs(50 * DAY), NOW.plus_secs(200 * DAY)).unwrap();
    assert!(!gone.is_empty() && gone.iter().all(|month| month.starts_with("change_rows_2")), "{gone:?}");
    assert_eq!(database.text(kept).as_deref(), Some("1.19 1.22 2.1 2.5 2.19 2.21 2.22"));
    assert_eq!(database.text("select count(*)::text from pg_class where relname = 'change_rows_2026_11'").as_deref(), Some("0"));
}
