//! Owner, writer and reader: who may do what, and what a login without rights is told before anything begins.

use store::postgres::connect;
use store::{Store, engine, engine_for_answers};
use testkit::postgres::{PostgresCluster, PostgresOptions, TestDatabase, dedicated};

use crate::store_on;

fn at(cluster: &PostgresCluster, database: &TestDatabase, login: &str) -> String {
    cluster.url(&database.name).replacen("testkit@", &format!("{login}@"), 1)
}

fn bare(url: &str) -> Store {
    Store::new(engine(url, None).unwrap(), std::env::temp_dir().join("no-archive"))
}

fn refused(url: &str, statement: &str) -> String {
    let error = connect(url).unwrap().batch_execute(statement).unwrap_err();
    error.as_db_error().map(|error| error.message().to_owned()).unwrap_or_else(|| error.to_string())
}

/// A cluster of its own: roles belong to the whole of it.
fn cluster() -> Option<PostgresCluster> {
    dedicated(&PostgresOptions { fsync: false, ..PostgresOptions::default() })
}

#[test]
fn the_service_writes_as_writer_and_answers_read_as_reader() {
    let Some(cluster) = cluster() else { return };
    let database = cluster.database();
    let store = store_on(&database.url);
    assert_eq!(store.missing_rights().unwrap(), []);
    database.execute("create role analyst login in role predictive_play_reader; create role service login in role predictive_play_writer");
    let (analyst, service) = (at(&cluster, &database, "analyst"), at(&cluster, &database, "service"));
    connect(&analyst)
        .unwrap()
        .batch_execute("select * from predictive_play.odds_data; select * from predictive_play.quotes_as_of('x', now())")
        .unwrap();
    assert!(refused(&analyst, "insert into predictive_play.settings values ('a', 'b')").contains("permission denied"));
    assert!(refused(&service, "drop table predictive_play.blocks").contains("must be owner"));
    assert!(refused(&service, "delete from predictive_play.migrations").contains("permission denied"));
    let as_service = Store::open(&service, None, std::env::temp_dir().join("no-archive")).unwrap();
    assert!(as_service.claim_purpose("live").unwrap(), "a login that is only a writer is enough for the service");
    let told = "select string_agg(distinct usename || ' ' || relname, ',') from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation";
    assert!(database.text(told).is_some());
    let mut writer = engine(&database.url, None).unwrap().connect().unwrap();
    let mut reader = engine_for_answers(&database.url, None).unwrap().connect_to_read().unwrap();
    assert!(writer.run_script("drop table predictive_play.blocks").is_err(), "even a superuser's session works as writer");
    assert!(reader.execute("delete from @settings", &[]).unwrap_err().is_read_only());
    let mut limit = String::new();
    reader.query("select current_setting('statement_timeout')", &[], &mut |row| row.text(0).map(|text| limit = text.to_owned())).unwrap();
    assert_eq!(limit, "30s");
    reader.run_script("set statement_timeout = '100ms'").unwrap();
    let slow = reader.query("select pg_sleep(60)::text", &[], &mut |_| Ok(()));
    assert!(slow.is_err_and(|error| error.is_retryable()), "a statement that hangs is ended, and may be asked again");
}

#[test]
fn a_login_without_rights_is_told_which_before_anything_begins() {
    let Some(cluster) = cluster() else { return };
    let database = cluster.database();
    database.execute("create role plain login");
    let url = at(&cluster, &database, "plain");
    let error = bare(&url).migrate_up().unwrap_err().to_string();
    let grant = format!("grant create on database {} to plain;", database.name);
    assert!(error.contains(&format!("CREATE on database {}", database.name)) && error.contains(&grant), "{error}");
    assert_eq!(database.text("select to_regnamespace('predictive_play')::text"), None);

    database.execute(&grant);
    let store = bare(&url);
    store.migrate_up().unwrap();
    assert!(store.claim_purpose("live").unwrap(), "without the roles it does everything by itself");
    let missing = store.missing_rights().unwrap();
    assert!(missing.len() == 1 && missing[0].right.starts_with("CREATEROLE"), "{missing:?}");
    database.execute(&missing[0].sql);
    assert_eq!(store.settle_rights().unwrap(), [], "what was printed is what was missing");
    let owner = "select nspowner::regrole::text from pg_namespace where nspname = 'predictive_play'";
    assert_eq!(database.text(owner).as_deref(), Some("predictive_play_owner"));
    assert_eq!(store.purpose().unwrap().as_deref(), Some("live"));
    assert_eq!(bare(&url).migrate_down(0).unwrap().version, 0, "the login still owns it, through the role");
    assert!(bare(&url).migrate_up().is_ok());
}

#[test]
fn a_login_that_may_make_roles_needs_no_superuser() {
    let Some(cluster) = cluster() else { return };
    let database = cluster.database();
    database.execute(&format!("create role maker login createrole; grant create on database {} to maker", database.name));
    let store = bare(&at(&cluster, &database, "maker"));
    store.migrate_up().unwrap();
    assert_eq!(store.missing_rights().unwrap(), []);
    assert!(store.claim_purpose("live").unwrap());
    let mut writer = engine(&at(&cluster, &database, "maker"), None).unwrap().connect().unwrap();
    assert!(writer.run_script("drop table predictive_play.blocks").is_err(), "its sessions work as writer");
    assert_eq!(store.migrate_down(0).unwrap().version, 0);
}

#[test]
fn a_store_whose_maker_was_killed_before_rights_were_given_gets_them_when_it_is_opened() {
    let Some(cluster) = cluster() else { return };
    let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let known = store::MIGRATIONS.last().unwrap().version;
    bare(&database.url).migrate_up_to(known).unwrap();
    let rights = "select concat_ws(' ', nspowner::regrole, has_schema_privilege('predictive_play_reader', oid, 'usage')) from pg_namespace
        where nspname = 'predictive_play'";
    let other = cluster.database();
    Store::open(&other.url, None, folder.path()).unwrap();
    assert_eq!(database.text(rights).as_deref(), Some("testkit f"));
    for _ in 0..2 {
        Store::open(&database.url, None, folder.path()).unwrap();
        assert_eq!(database.text(rights).as_deref(), Some("predictive_play_owner t"));
    }
}
