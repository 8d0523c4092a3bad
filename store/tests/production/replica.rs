//! Reads at a real streaming replica: it is used, its lag is told, and when it is gone the primary answers in its place.

use std::time::Duration;

use store::{Reading, Store, engine_for_answers};
use testkit::postgres::{PostgresCluster, PostgresOptions, TestDatabase, dedicated};

use crate::store_on;

struct Pair {
    primary: PostgresCluster,
    replica: PostgresCluster,
    database: TestDatabase,
    writes: Store,
    answers: Store,
}

impl Pair {
    fn start() -> Option<Self> {
        let primary = dedicated(&PostgresOptions::default())?;
        if !primary.has_program("pg_basebackup") {
            testkit::skipped("pg_basebackup is not installed");
            return None;
        }
        let database = primary.database();
        let writes = store_on(&database.url);
        let replica = primary.replica();
        let engine = engine_for_answers(&database.url, Some(&replica.url(&database.name))).unwrap();
        let answers = Store::new(engine, std::env::temp_dir().join("no-archive"));
        Some(Self { primary, replica, database, writes, answers })
    }

    /// Which server answers a read: only the replica has its own port.
    fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..600 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("not within 30 s: {what}; the replica says {}", self.replica.log_tail());
    }
}

#[test]
fn answers_are_read_at_the_replica_and_its_lag_is_told() {
    let Some(pair) = Pair::start() else { return };
    pair.wait_until("the replica has caught up", || pair.answers.reading() == Reading::Replica { lag_secs: Some(0.0) });
    pair.replica_is_held();
    assert!(pair.writes.claim_purpose("live").unwrap());
    assert_eq!(pair.answers.purpose().unwrap(), None, "the replica does not know it yet, so it is the replica that was read");
    pair.wait_until("the lag is told", || matches!(pair.answers.reading(), Reading::Replica { lag_secs } if lag_secs != Some(0.0)));
    pair.replica_goes_on();
    pair.wait_until("what was written is read", || pair.answers.purpose().unwrap().as_deref() == Some("live"));
    assert_eq!(pair.primary.version(), pair.replica.version());
}

#[test]
fn a_replica_that_is_gone_is_passed_over_until_it_is_back() {
    let Some(mut pair) = Pair::start() else { return };
    pair.wait_until("the replica has caught up", || matches!(pair.answers.reading(), Reading::Replica { .. }));
    pair.answers.head().unwrap();
    pair.replica.stop_immediate();
    assert_eq!(pair.answers.head().unwrap(), pair.writes.head().unwrap(), "the primary answers, and nobody saw an error");
    assert!(matches!(pair.answers.reading(), Reading::InPlaceOfReplica { reason } if !reason.is_empty()));
    pair.replica.restart().unwrap();
    pair.wait_until("it is read again", || matches!(pair.answers.reading(), Reading::Replica { .. }));
    assert!(pair.database.url.contains(&pair.primary.port().to_string()));
}

impl Pair {
    fn replica_is_held(&self) {
        self.on_replica("select pg_wal_replay_pause()");
    }

    fn replica_goes_on(&self) {
        self.on_replica("select pg_wal_replay_resume()");
    }

    fn on_replica(&self, statement: &str) {
        store::postgres::connect(&self.replica.url("postgres")).unwrap().batch_execute(statement).unwrap();
    }
}
