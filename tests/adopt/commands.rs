//! `adopt` as an operator runs it: settings by their old names, exit codes, JSON, and what a kill leaves.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::child::ChildProcess;
use testkit::legacy::{Recipe, Shape};
use testkit::postgres::{PostgresOptions, dedicated, shared};

use crate::rig::{self, client, command, json, old, run};

#[test]
fn the_old_names_lead_there_with_a_password_of_any_characters_and_it_is_never_shown() {
    let Some(cluster) = dedicated(&PostgresOptions { fsync: false, ..PostgresOptions::default() }) else { return };
    let (old, folder) = (old(&cluster, &Recipe::of(Shape::WithSources, 1, rig::now())), tempfile::tempdir().unwrap());
    let password = r#"p@ss/w?rd#%41:'"\ é$;="#;
    let mut admin = client(&cluster.url("postgres"));
    admin.batch_execute(&format!("create role odd superuser login password '{}'", password.replace('\'', "''"))).unwrap();
    let hba: String = admin.query_one("show hba_file", &[]).unwrap().get(0);
    let rules = std::fs::read_to_string(&hba).unwrap();
    std::fs::write(&hba, format!("host all odd 127.0.0.1/32 scram-sha-256\n{rules}")).unwrap();
    admin.batch_execute("select pg_reload_conf()").unwrap();
    let port = cluster.port().to_string();
    let named = |password| {
        [
            ("DB_HOST", "127.0.0.1"),
            ("DB_PORT", port.as_str()),
            ("DB_NAME", old.database.name.as_str()),
            ("DB_USER", "odd"),
            ("DB_PASSWORD", password),
        ]
    };
    // The new rules hold once the server has read them.
    let deadline = Instant::now() + Duration::from_secs(60);
    while run(folder.path(), &["adopt", "inspect"], &named("wrong")).err.is_empty() {
        assert!(Instant::now() < deadline, "the server asks for no password");
    }
    let wrong = run(folder.path(), &["adopt", "inspect"], &named("wr0ng!"));
    assert!(
        wrong.code == Some(1) && wrong.err.contains("password authentication failed") && !wrong.err.contains("wr0ng!"),
        "{}",
        wrong.err
    );
    let done = run(folder.path(), &["adopt", "backup", "--out", "kept", "--json"], &named(password));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(json(&done)["database"], old.database.name.as_str());
    assert!(!done.out.contains("w?rd") && !done.err.contains("w?rd"));
}

#[test]
fn exit_codes_tell_findings_from_wrong_usage_and_a_dry_run_writes_nothing() {
    let Some(cluster) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let nowhere = run(folder.path(), &["adopt", "inspect"], &[]);
    assert!(nowhere.code == Some(2) && nowhere.err.contains("DB_HOST") && nowhere.err.contains("--from"), "{}", nowhere.err);
    let unreachable = run(folder.path(), &["adopt", "inspect", "--from", "postgres://x:hunter2@127.0.0.1:1/y"], &[]);
    assert!(unreachable.code == Some(1) && !unreachable.err.contains("hunter2"), "{}", unreachable.err);
    let recipe = Recipe::of(Shape::Basic, 2, rig::now());
    let (clean, dirty) = (old(cluster, &recipe.clone().clean()), old(cluster, &recipe));
    let said = run(folder.path(), &["adopt", "inspect", "--from", &clean.database.url], &[]);
    assert!(said.code == Some(0) && said.out.contains("shape: basic") && said.out.contains("no problems"), "{}{}", said.out, said.err);
    let said = run(folder.path(), &["adopt", "inspect", "--from", &dirty.database.url], &[]);
    assert!(said.code == Some(1) && said.out.contains("same_game_twice in public.sports_events: 2: pairs"), "{}", said.out);
    let report = json(&run(folder.path(), &["adopt", "inspect", "--json", "--from", &dirty.database.url], &[]));
    assert_eq!((&report["shape"]["name"], &report["server"]["database"]), (&"basic".into(), &dirty.database.name.as_str().into()));
    let planned = run(folder.path(), &["adopt", "backup", "--dry-run", "--out", "kept", "--from", &dirty.database.url], &[]);
    assert!(planned.code == Some(0) && planned.out.contains("nothing was written"), "{}{}", planned.out, planned.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(run(folder.path(), &["adopt", "backup", "--out", "kept", "--from", &dirty.database.url], &[]).code, Some(0));
    let again = run(folder.path(), &["adopt", "backup", "--out", "kept", "--from", &dirty.database.url], &[]);
    assert!(again.code == Some(2) && again.err.contains("not empty"), "{}", again.err);
    let into = cluster.database();
    let planned = run(folder.path(), &["adopt", "restore", "--dry-run", "--backup", "kept", "--into", &into.url], &[]);
    assert!(planned.code == Some(0) && planned.out.contains("would put back"), "{}{}", planned.out, planned.err);
    assert_eq!(into.text("select to_regclass('public.sports_events')::text"), None);
    let done = run(folder.path(), &["adopt", "restore", "--backup", "kept", "--into", &into.url, "--json"], &[]);
    assert_eq!((done.code, json(&done)["rows"].as_u64() > Some(300)), (Some(0), true), "{}", done.err);
    let refused = run(folder.path(), &["adopt", "restore", "--backup", "kept", "--into", &into.url], &[]);
    assert!(refused.code == Some(2) && refused.err.contains("--replace"), "{}", refused.err);
}

#[test]
fn a_kill_leaves_no_server_no_backup_and_no_obstacle() {
    let Some(cluster) = shared() else { return };
    let (old, folder, scratch) =
        (old(cluster, &Recipe::of(Shape::Basic, 3, rig::now())), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::set_permissions(scratch.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let programs = tempfile::tempdir().unwrap();
    std::fs::set_permissions(programs.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for program in ["pg_dump", "initdb", "postgres"] {
        std::os::unix::fs::symlink(cluster.program(program), programs.path().join(program)).unwrap();
    }
    // Stands still in the middle of the proof, until it is told that the wire to whoever started it has closed.
    let script =
        format!("#!/bin/sh\necho reached > {0}/reached\nwhile kill -0 $PPID 2>/dev/null; do sleep 0.1; done\n", folder.path().display());
    std::fs::write(programs.path().join("pg_restore"), script).unwrap();
    std::fs::set_permissions(programs.path().join("pg_restore"), PermissionsExt::from_mode(0o755)).unwrap();
    let [scratch_dir, programs_dir] = [&scratch, &programs].map(|folder| folder.path().display().to_string());
    let arguments = ["adopt", "backup", "--out", "kept", "--from", &old.database.url, "--scratch-dir", &scratch_dir];
    let child = ChildProcess::start(&mut command(folder.path(), &[&arguments[..], &["--programs", &programs_dir]].concat(), &[]));
    let wait_until = |is_so: &dyn Fn() -> bool, what: &str| {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !is_so() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait_until(&|| folder.path().join("reached").exists(), "the proof begins");
    let cluster_folder = std::fs::read_dir(scratch.path()).unwrap().next().unwrap().unwrap().path();
    let lock = std::fs::read_to_string(cluster_folder.join("data/postmaster.pid")).unwrap();
    let server = Path::new("/proc").join(lock.lines().next().unwrap());
    assert!(server.exists());
    child.kill();
    wait_until(&|| !server.exists(), "the scratch server ends with us");
    wait_until(&|| std::fs::read_dir(scratch.path()).unwrap().count() == 0, "and its folder goes");
    assert!(!folder.path().join("kept").exists(), "what was not proved has no name");
    let again = run(folder.path(), &arguments, &[]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(folder.path().join("kept/manifest.json").exists() && !folder.path().join("kept.incomplete").exists());
}
