//! `backup` and `restore`: what was not restored and compared is no backup; whatever breaks, nothing half is left and nothing is lost.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use predictive_play::adopt::backup::{Request, backup, plan};
use predictive_play::adopt::{Address, AdoptError, Manifest, Result, restore};
use predictive_play::clock::WallClock;
use testkit::legacy::{Dirt, Part, Recipe, Shape};
use testkit::pgbouncer::PgBouncer;
use testkit::postgres::{PostgresCluster, PostgresOptions, TestDatabase, dedicated, shared};

use crate::rig::{self, client, old, rows};

/// Folders of one backup: where it goes, and where a private server stands meanwhile.
struct Place {
    folder: tempfile::TempDir,
    scratch: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), scratch: tempfile::tempdir().unwrap() };
        // The private server runs as another user where the tests run as root.
        std::fs::set_permissions(place.scratch.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        place
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("before")
    }

    fn left(&self) -> Vec<String> {
        let names = |folder: &Path| {
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        [names(self.folder.path()), names(self.scratch.path())].concat()
    }
}

#[derive(Default, Clone, Copy)]
struct Ways<'a> {
    direct: Option<&'a str>,
    scratch: Option<&'a str>,
    programs: Option<&'a Path>,
    without: &'a [String],
}

fn with<T>(url: &str, place: &Place, ways: Ways<'_>, work: impl FnOnce(&Request<'_>) -> T) -> T {
    let [direct, scratch] = [ways.direct, ways.scratch].map(|url| url.map(|url| Address::of_url(url).unwrap()));
    let from = Address::of_url(url).unwrap();
    work(&Request {
        from: &from,
        direct: direct.as_ref(),
        out: &place.out(),
        scratch: scratch.as_ref(),
        scratch_dir: place.scratch.path(),
        programs: ways.programs,
        without: ways.without,
    })
}

fn made(url: &str, place: &Place, ways: Ways<'_>) -> Result<Manifest> {
    with(url, place, ways, |request| backup(request, &WallClock::default(), &mut |_| {}))
}

fn put_back(place: &Place, into: &TestDatabase, is_replacing: bool) -> Result<restore::PutBack> {
    let into = Address::of_url(&into.url).unwrap();
    restore::restore(&restore::Request { backup: &place.out(), into: &into, is_replacing, programs: None }, &mut |_| {})
}

fn said<T>(result: Result<T>) -> String {
    let error = result.err().expect("it is refused");
    format!("{:#}", anyhow::Error::from(error))
}

/// Every row of a table in one text, past the code under test.
fn text_of(url: &str, table: &str) -> Option<String> {
    rows(url, &format!("select md5(string_agg(t::text, '|' order by t::text)) from {table} t")).remove(0).remove(0)
}

/// Rows of a backup that was made and proved.
pub fn rows_of_a_backup(url: &str) -> u64 {
    made(url, &Place::new(), Ways::default()).unwrap().rows()
}

#[test]
fn a_backup_of_every_shape_is_restored_and_equal_and_goes_back_alone() {
    let Some(cluster) = shared() else { return };
    for (seed, shape) in [Shape::Basic, Shape::WithSources, Shape::HalfEnhanced, Shape::BrokenHalfWay].into_iter().enumerate() {
        let (old, place) = (old(cluster, &Recipe::of(shape, seed as u64, rig::now())), Place::new());
        let manifest = made(&old.database.url, &place, Ways::default()).unwrap();
        assert_eq!(place.left(), ["before"], "nothing but the backup is left");
        assert_eq!((&manifest, &manifest.database), (&Manifest::read(&place.out()).unwrap(), &old.database.name));
        for (table, rows) in &old.planted.rows {
            let kept = manifest.tables.iter().find(|kept| format!("{}.{}", kept.schema, kept.table) == *table).unwrap();
            assert_eq!(kept.rows, *rows, "{table}");
        }
        assert!(manifest.tables.iter().any(|table| table.schema == "Reports 2024" && table.table == "Daily Totals" && table.rows == 10));
        // Rows that refer to nothing stand past their foreign keys: no server takes those keys over them.
        let violated: Vec<&str> = manifest.restored.not_valid.iter().map(|key| key.name.as_str()).collect();
        assert!(violated.contains(&"predictions_event_id_fkey") && violated.contains(&"bet_history_prediction_id_fkey"), "{violated:?}");
        let into = cluster.database();
        assert_eq!(put_back(&place, &into, false).unwrap().rows, manifest.rows());
        for table in old.planted.rows.keys() {
            assert_eq!(text_of(&into.url, table), text_of(&old.database.url, table), "{table}");
        }
        let refused = client(&into.url)
            .execute("insert into predictions (event_id, sport, matchup, pick, odds) values (gen_random_uuid(), '', '', '', '')", &[]);
        assert!(refused.is_err(), "a key that is put back as not valid guards new rows");
    }
}

#[test]
fn dump_and_hashes_see_one_moment_while_others_write() {
    let Some(cluster) = shared() else { return };
    let (old, place) = (old(cluster, &Recipe::of(Shape::WithSources, 9, rig::now()).clean()), Place::new());
    let is_over = AtomicBool::new(false);
    let (manifest, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut client, mut written) = (client(&old.database.url), 0_u64);
            while !is_over.load(Ordering::Relaxed) {
                let statement = "update sports_events set stats = jsonb_build_object('n', random()) where id = (select id from sports_events order by random() limit 1);
                    insert into sports_events (sport, league, home_team, away_team, start_time) values ('NBA', 'NBA', 'Late', 'Later', now())";
                client.batch_execute(statement).unwrap();
                written += 1;
            }
            written
        });
        let manifest = made(&old.database.url, &place, Ways::default());
        is_over.store(true, Ordering::Relaxed);
        (manifest.unwrap(), writer.join().unwrap())
    });
    let events = manifest.tables.iter().find(|table| table.table == "sports_events").unwrap();
    let planted = old.planted.rows["public.sports_events"];
    assert!(written > 0 && (planted..=planted + written).contains(&events.rows));
    assert_eq!(manifest.restored.not_valid, []);
}

/// PostgreSQL's programs with one of them replaced by a script; `$REAL` is the folder of the real ones.
fn programs(cluster: &PostgresCluster, name: &str, script: &str) -> tempfile::TempDir {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for program in ["pg_dump", "pg_restore", "initdb", "postgres"].iter().filter(|program| **program != name) {
        symlink(cluster.program(program), folder.path().join(program)).unwrap();
    }
    let real = cluster.program(name);
    let script = format!("#!/bin/sh\nREAL={}\ncase \"$1\" in --version) exec \"$REAL\" --version ;; esac\n{script}\n", real.display());
    std::fs::write(folder.path().join(name), script).unwrap();
    std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn a_dump_that_was_killed_cut_or_lacks_rows_is_no_backup() {
    let Some(cluster) = shared() else { return };
    let old = old(cluster, &Recipe::of(Shape::Basic, 3, rig::now()));
    for (script, reason) in [
        ("\"$REAL\" \"$@\" | head -c 9000; kill -9 $$", "pg_dump was killed by signal 9"),
        ("\"$REAL\" \"$@\" | head -c 9000; exit 0", "what was restored is not what was backed up"),
        ("exec \"$REAL\" --exclude-table-data=predictions \"$@\"", "rows public.predictions: was "),
        ("exec \"$REAL\" --exclude-table=user_preferences \"$@\"", "user_preferences: was "),
        ("echo 'pg_dump: error: the wire broke' >&2; exit 1", "the wire broke"),
    ] {
        let (place, folder) = (Place::new(), programs(cluster, "pg_dump", script));
        let said = said(made(&old.database.url, &place, Ways { programs: Some(folder.path()), ..Ways::default() }));
        assert!(said.contains(reason), "{script}: {said}");
        assert_eq!(place.left(), [""; 0], "{script}");
    }
}

#[test]
fn a_restore_that_changes_something_in_silence_is_found() {
    let Some(cluster) = shared() else { return };
    let Some(other) = dedicated(&PostgresOptions { fsync: false, ..PostgresOptions::default() }) else { return };
    let (old, other) = (old(cluster, &Recipe::of(Shape::Basic, 4, rig::now())), other.url("postgres"));
    for (left_out, found) in [
        ("POLICY", "policy public.predictions"),
        ("INDEX", "index public.idx_"),
        ("PUBLICATION TABLE", "publication supabase_realtime"),
        ("TRIGGER", "trigger "),
        ("DEFAULT ACL", "default privileges testkit public r"),
        ("SEQUENCE SET", "sequence value Reports 2024.number: was 10, is not begun"),
    ] {
        let script = format!(
            "for last; do :; done\n\"$REAL\" --list \"$last\" | grep -v ' {left_out} ' > \"$last.list\"\n\"$REAL\" --use-list=\"$last.list\" \"$@\"; code=$?; rm \"$last.list\"; exit $code"
        );
        let (place, folder) = (Place::new(), programs(cluster, "pg_restore", &script));
        let said = said(made(&old.database.url, &place, Ways { programs: Some(folder.path()), scratch: Some(&other), ..Ways::default() }));
        assert!(
            said.contains(found) && (said.contains("is nothing") || said.contains("is insert") || said.contains("is not begun")),
            "{left_out}: {said}"
        );
        assert_eq!(place.left(), [""; 0]);
    }
}

/// An extension of the host's own, as the catalogue shows one that is installed: no other server has it.
const HOSTS_OWN: &str = "set allow_system_table_mods = on;
    create function extensions.hosts_secret(text) returns text language sql immutable as 'select upper($1)';
    create function extensions.hosts_stamp() returns trigger language plpgsql as 'begin new.updated_at = now(); return new; end';
    insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        select 99999, 'hosts_own', 10, oid, false, '1.0' from pg_namespace where nspname = 'extensions';
    insert into pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
        select 'pg_proc'::regclass, oid, 0, 'pg_extension'::regclass, 99999, 0, 'e' from pg_proc where proname like 'hosts%';
    create view secrets as select extensions.hosts_secret(home_team) as secret from sports_events;
    create trigger stamp before update on predictions for each row execute function extensions.hosts_stamp()";

#[test]
fn an_extension_of_the_hosts_own_is_stood_in_for_and_said() {
    let Some(cluster) = shared() else { return };
    let (old, place) = (old(cluster, &Recipe::of(Shape::Basic, 12, rig::now()).clean()), Place::new());
    old.database.execute(HOSTS_OWN);
    let manifest = made(&old.database.url, &place, Ways::default()).unwrap();
    let told = &manifest.restored.stood_in;
    assert!(
        told.len() == 1 && told[0].starts_with("hosts_own (made in their place: extensions.hosts_secret(text), extensions.hosts_stamp())"),
        "{told:?}"
    );
    assert!(manifest.objects.iter().any(|object| object.kind == "view" && object.name == "public.secrets"), "what calls it was compared");
    let into = cluster.database();
    let refused = said(put_back(&place, &into, false));
    assert!(refused.contains("hosts_own"), "{refused}");
    assert_eq!(into.text("select count(*)::text from pg_class where relname = 'sports_events'").as_deref(), Some("0"), "nothing by half");
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let Some(cluster) = shared() else { return };
    let old = old(cluster, &Recipe::of(Shape::Basic, 5, rig::now()).sized(4000, 4000));
    let Some(small) = SmallDisk::mount() else { return testkit::skipped("a small file system cannot be mounted here") };
    let out = small.0.path().join("before");
    let from = Address::of_url(&old.database.url).unwrap();
    let place = Place::new();
    let request = |out: &Path, scratch_dir: &Path| {
        backup(
            &Request { from: &from, direct: None, out, scratch: None, scratch_dir, programs: None, without: &[] },
            &WallClock::default(),
            &mut |_| {},
        )
    };
    let error = request(&out, place.scratch.path()).unwrap_err();
    assert!(error.is_disk_full(), "{error:?}");
    assert_eq!(std::fs::read_dir(small.0.path()).unwrap().count(), 0, "the half dump is gone");
    let said = said(request(&place.out(), small.0.path()));
    assert!(said.contains("No space left"), "{said}");
    assert_eq!(place.left(), [""; 0]);
    assert_eq!(std::fs::read_dir(small.0.path()).unwrap().count(), 0, "the scratch server is gone");
}

/// A file system of 200 kB.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=200k,mode=755", "tmpfs"])
            .arg(folder.path())
            .output()
            .ok()?;
        mounted.status.success().then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_pooler_is_refused_with_what_is_needed_and_passed_where_there_is_a_way() {
    let Some(cluster) = shared() else { return };
    let Some(pooler) = PgBouncer::in_front_of(cluster, 5) else { return };
    let (old, place) = (old(cluster, &Recipe::of(Shape::Basic, 6, rig::now())), Place::new());
    let through = pooler.through(cluster, &old.database.url);
    let refused = made(&through, &place, Ways::default()).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("DATABASE_DIRECT_URL"), "{refused}");
    let elsewhere = cluster.database();
    let refused = made(&through, &place, Ways { direct: Some(&elsewhere.url), ..Ways::default() }).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("not the same database"), "{refused}");
    let refused = made(&through, &place, Ways { direct: Some(&through), ..Ways::default() }).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("is a pooler"), "{refused}");
    assert_eq!(place.left(), [""; 0]);
    assert!(made(&through, &place, Ways { direct: Some(&old.database.url), ..Ways::default() }).is_ok());
    // A direct way that is for another store does not stand in the way of an address that needs none.
    let place = Place::new();
    assert!(made(&old.database.url, &place, Ways { direct: Some(&elsewhere.url), ..Ways::default() }).is_ok());
}

#[test]
fn the_scratch_database_is_never_on_the_old_server_and_is_gone_after() {
    let Some(cluster) = shared() else { return };
    let (old, place) = (old(cluster, &Recipe::of(Shape::WithSources, 7, rig::now())), Place::new());
    let own = cluster.url("postgres");
    let refused = made(&old.database.url, &place, Ways { scratch: Some(&own), ..Ways::default() }).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("own server"), "{refused}");
    assert_eq!(place.left(), [""; 0]);
    let Some(other) = dedicated(&PostgresOptions { fsync: false, ..PostgresOptions::default() }) else { return };
    let manifest = made(&old.database.url, &place, Ways { scratch: Some(&other.url("postgres")), ..Ways::default() }).unwrap();
    assert_eq!(manifest.restored.roles_made, ["anon", "authenticated", "service_role"]);
    let left = rows(&other.url("postgres"), "select datname from pg_database where datname like 'predictive%'");
    assert_eq!(left, Vec::<Vec<Option<String>>>::new());
}

#[test]
fn a_role_without_rights_is_told_which_before_anything_begins_and_may_leave_schemas_out() {
    let Some(cluster) = shared() else { return };
    let (old, place) = (old(cluster, &Recipe::of(Shape::Basic, 8, rig::now()).clean()), Place::new());
    let role = format!("dumper_{}", old.database.name.replace(' ', "_").to_lowercase());
    old.database.execute(&format!(
        "create role {role} login bypassrls; grant usage on schema public, auth, extensions to {role}; grant select on all tables in schema public, auth to {role};
         grant usage on schema storage to {role}; revoke select on bet_history from {role}"
    ));
    let url = old.database.url.replace("testkit@", &format!("{role}@"));
    let refused = said(made(&url, &place, Ways::default()));
    for told in ["select on public.bet_history", "usage on Reports 2024", "select on storage.objects", "--without-schema"] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
    let planned = with(&url, &place, Ways::default(), plan).unwrap();
    assert!(planned.missing_rights.iter().all(|missing| missing.step == "backup") && planned.missing_rights.len() >= 4);
    old.database.execute(&format!("grant select on bet_history to {role}"));
    let without = ["storage".to_owned(), "Reports 2024".to_owned()];
    let manifest = made(&url, &place, Ways { without: &without, ..Ways::default() }).unwrap();
    assert_eq!(manifest.without_schemas, without);
    assert!(manifest.tables.iter().all(|table| !without.contains(&table.schema)) && manifest.rows() > 300);
    old.database.execute(&format!("drop owned by {role}; drop role {role}"));
}

#[test]
fn a_restore_refuses_what_it_would_harm_and_replaces_only_when_told() {
    let Some(cluster) = shared() else { return };
    let (old, place) = (old(cluster, &Recipe::of(Shape::WithSources, 10, rig::now()).with(Part::Teams)), Place::new());
    let manifest = made(&old.database.url, &place, Ways::default()).unwrap();
    let events = text_of(&old.database.url, "sports_events");
    old.database.execute("create table kept (n int); insert into kept values (1); delete from predictions; update sports_events set odds = '{}', league = 'lost'");
    let harmed = text_of(&old.database.url, "sports_events");
    let refused = put_back(&place, &old.database, false).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("is not empty") && refused.to_string().contains("--replace"), "{refused}");
    assert_eq!(text_of(&old.database.url, "sports_events"), harmed);
    // Default privileges there would open what is put back to others.
    let refused = put_back(&place, &old.database, true).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("default privileges (of testkit in public)"), "{refused}");
    old.database.execute("alter default privileges in schema public revoke select on tables from anon");
    // Something of somebody else's hangs on it: nothing is put back by half.
    old.database.execute("create view others as select id from sports_events");
    assert!(put_back(&place, &old.database, true).is_err());
    assert_eq!(text_of(&old.database.url, "sports_events"), harmed);
    old.database.execute("drop view others");
    assert_eq!(put_back(&place, &old.database, true).unwrap().rows, manifest.rows());
    assert_eq!((text_of(&old.database.url, "sports_events"), text_of(&old.database.url, "kept").is_some()), (events, true));
    assert_eq!(old.planted.of(Dirt::OrphanPrediction).len(), 2);
    let mut bytes = std::fs::read(place.out().join("old.dump")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(place.out().join("old.dump"), bytes).unwrap();
    let refused = said(put_back(&place, &cluster.database(), false));
    assert!(refused.contains("is damaged"), "{refused}");
    std::fs::remove_file(place.out().join("manifest.json")).unwrap();
    assert!(matches!(put_back(&place, &cluster.database(), false), Err(AdoptError::Usage(why)) if why.contains("is no backup")));
}

#[test]
fn programs_that_are_missing_are_named_by_their_package_and_a_folder_in_use_is_left_alone() {
    let Some(cluster) = shared() else { return };
    let (old, place, empty) = (old(cluster, &Recipe::of(Shape::Basic, 11, rig::now())), Place::new(), tempfile::tempdir().unwrap());
    let refused = made(&old.database.url, &place, Ways { programs: Some(empty.path()), ..Ways::default() }).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("postgresql-client-"), "{refused}");
    std::fs::create_dir(place.out()).unwrap();
    std::fs::write(place.out().join("notes.txt"), "mine").unwrap();
    let refused = made(&old.database.url, &place, Ways::default()).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("is not empty"), "{refused}");
    assert_eq!(std::fs::read_to_string(place.out().join("notes.txt")).unwrap(), "mine");
}
