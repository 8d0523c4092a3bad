//! `store backup`, `verify`, `restore`, `move` and `size`, as an operator runs them, on both engines.

use std::path::Path;

use crate::{Bench, odds_body};

fn filled() -> Bench {
    let bench = Bench::set_up();
    for (n, price) in ["1.45", "1.5", "1.6"].into_iter().enumerate() {
        let body = odds_body(price, "2026-04-01T00:10:00Z").replace("20:00:00Z", &format!("20:0{n}:00Z"));
        let path = bench.put(&format!("{n}.json"), &body);
        assert_eq!(bench.run(&["replay", "--provider", "the-odds-api", "--endpoint", "odds", &path]).code, 0);
    }
    bench
}

fn dump(bench: &Bench, settings: &[(&str, &str)]) -> String {
    let ended = bench.run_with(&["dump", "--canonical"], settings);
    assert_eq!(ended.code, 0, "{}", ended.err);
    ended.out
}

fn flip_a_byte(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn a_bundle(below: &Path) -> std::path::PathBuf {
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|extension| extension == "ppb") => return path,
                _ => {}
            }
        }
    }
    panic!("the archive holds no bundle");
}

#[test]
fn a_backup_is_read_back_before_it_counts_and_damage_is_found() {
    let bench = filled();
    let made = bench.run(&["store", "backup", "--to", "kept", "--json"]);
    assert_eq!((made.code, &made.json()["tables"]["entries"]["rows"]), (0, &3.into()), "{}", made.err);
    assert_eq!(bench.run(&["store", "verify", "--backup", "kept"]).code, 0);
    assert_eq!(bench.run(&["store", "verify"]).code, 0);
    assert_eq!(bench.run(&["store", "backup", "--to", "kept"]).code, 1, "a backup is never written over");
    for damaged in [bench.path().join("kept/store.db"), a_bundle(&bench.path().join("kept/archive"))] {
        flip_a_byte(&damaged);
        let found = bench.run(&["store", "verify", "--backup", "kept"]);
        let name = damaged.file_name().unwrap().to_str().unwrap();
        assert!(found.code == 1 && found.out.contains(name), "{}{}", found.out, found.err);
        let refused = bench.run(&["store", "restore", "--from", "kept", "--into", "sqlite:new.db"]);
        assert!(refused.code == 1 && refused.err.contains("damaged"), "{}", refused.err);
        flip_a_byte(&damaged);
    }
    assert_eq!(bench.run(&["store", "verify", "--backup", "kept"]).code, 0);
    assert_eq!(bench.run(&["store", "verify", "--backup", "nowhere"]).code, 1);
    flip_a_byte(&a_bundle(&bench.path().join("data/archive")));
    assert_eq!(bench.run(&["store", "verify"]).code, 1, "a body of our own archive that was changed is found");
}

#[test]
fn a_backup_is_restored_into_either_engine_with_a_byte_equal_dump() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (bench, database) = (filled(), cluster.database());
    let before = dump(&bench, &[]);
    assert_eq!(bench.run(&["store", "backup", "--to", "kept"]).code, 0);
    let server = [("DATABASE_URL", database.url.as_str()), ("PREDICTIVE_PLAY_DATA_DIR", "restored")];
    let restored = bench.run_with(&["store", "restore", "--from", "kept"], &server);
    assert_eq!(restored.code, 0, "{}", restored.err);
    assert_eq!(dump(&bench, &server), before);
    let refused = bench.run_with(&["store", "restore", "--from", "kept"], &server);
    assert!(refused.code == 1 && refused.err.contains("not empty"), "{}", refused.err);

    assert_eq!(bench.run_with(&["store", "backup", "--to", "of-server"], &server).code, 0);
    let back = [("DATABASE_URL", "sqlite:back.db"), ("PREDICTIVE_PLAY_DATA_DIR", "back")];
    assert_eq!(bench.run_with(&["store", "restore", "--from", "of-server"], &back).code, 0);
    assert_eq!(dump(&bench, &back), before);
    assert_eq!(bench.run_with(&["store", "verify"], &back).code, 0);
}

#[test]
fn a_store_moves_to_postgresql_and_back_and_says_what_it_weighs() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (bench, database) = (filled(), cluster.database());
    let here = format!("sqlite:{}", bench.path().join("data/predictive-play.db").display());
    let moved = bench.run(&["store", "move", "--from", &here, "--to", &database.url, "--json"]);
    assert_eq!((moved.code, &moved.json()["is_equal"], &moved.json()["copied"]), (0, &true.into(), &3.into()), "{}", moved.err);
    let again = bench.run(&["store", "move", "--from", &here, "--to", &database.url, "--json"]).json();
    assert_eq!((&again["is_equal"], &again["copied"]), (&true.into(), &0.into()));
    let back = bench.run(&["store", "move", "--from", &database.url, "--to", "sqlite:back.db"]);
    assert!(back.code == 0 && back.out.contains("byte-equal"), "{}{}", back.out, back.err);
    let file = bench.path().join("data/predictive-play.db");
    std::os::unix::fs::symlink(&file, bench.path().join("other.db")).unwrap();
    let respelt = [database.url.replacen("127.0.0.1", "localhost", 1), format!("{}?application_name=another", database.url)];
    let ways =
        [(&here, here.clone()), (&here, "sqlite:./data/../data/predictive-play.db".to_owned()), (&here, "sqlite:other.db".to_owned())];
    for (from, to) in ways.into_iter().chain(respelt.map(|url| (&database.url, url))) {
        let refused = bench.run(&["store", "move", "--from", from, "--to", &to]);
        assert!(refused.code == 2 && refused.err.contains("the same store"), "{to}: {}{}", refused.out, refused.err);
    }
    for settings in [vec![], vec![("DATABASE_URL", database.url.as_str())]] {
        let size = bench.run_with(&["store", "size", "--json"], &settings).json();
        assert!(size["database_bytes"].as_i64() > Some(10_000) && size["archive_files"] == 3, "{size}");
    }
}

#[test]
fn what_is_over_is_sealed_and_nothing_that_is_told_changes() {
    let bench = filled();
    let before = dump(&bench, &[]);
    let kept = bench.run(&["store", "seal", "--after-days", "3650"]);
    assert_eq!((kept.code, kept.out.trim()), (0, "0 listings sealed: 0 rows with 0 changes are 0 bytes now"), "{}", kept.err);
    let sealed = bench.run(&["store", "seal", "--json"]).json();
    assert_eq!(
        (&sealed["listings"], &sealed["rows"], &sealed["damaged"]),
        (&1.into(), &6.into(), &0.into()),
        "three replies, a block and a cover each"
    );
    assert_eq!(dump(&bench, &[]), before);
    assert_eq!(bench.run(&["store", "size", "--json"]).json()["sealed"]["changes"], sealed["changes"]);
    assert_eq!(bench.run(&["store", "backup", "--to", "kept"]).code, 0);
    assert_eq!(bench.run(&["store", "restore", "--from", "kept", "--into", "sqlite:new.db"]).code, 0, "its dump equals the backup's");
    assert_eq!(bench.run(&["migrate", "down", "--to", "14", "--yes"]).code, 0);
    assert_eq!(bench.run(&["migrate", "up"]).code, 0);
    assert_eq!((dump(&bench, &[]), &bench.run(&["store", "size", "--json"]).json()["sealed"]["listings"]), (before, &0.into()));
    let never = bench.run_with(&["store", "seal"], &[("PREDICTIVE_PLAY_STORE_SEAL_AFTER_DAYS", "0")]);
    assert!(never.code == 2 && never.err.contains("--after-days"), "{}", never.err);
}
