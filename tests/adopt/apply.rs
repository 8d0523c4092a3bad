//! `apply`: our schema beside the old tables, every row accounted for, nothing of theirs touched.

use testkit::legacy::{Recipe, Shape};
use testkit::postgres::shared;

use crate::rig::{self, json, old, rows, run};

const SHAPES: [Shape; 4] = [Shape::Basic, Shape::WithSources, Shape::HalfEnhanced, Shape::BrokenHalfWay];

/// Every row of every table that is not ours, as one text a table.
fn theirs(url: &str) -> Vec<Vec<Option<String>>> {
    let tables = rows(
        url,
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname !~ '^pg_' and schemaname not in ('information_schema', 'predictive_play') order by 1",
    );
    let text = |table: &Vec<Option<String>>| {
        let table = table[0].clone().unwrap();
        let hash = rows(url, &format!("select md5(string_agg(t::text, '|' order by t::text)) from {table} t")).remove(0).remove(0);
        vec![Some(table), hash]
    };
    tables.iter().map(text).collect()
}

#[test]
fn every_row_of_every_shape_is_accounted_for_and_a_second_run_finds_nothing_to_do() {
    let Some(cluster) = shared() else { return };
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let (old, folder) = (old(cluster, &Recipe::of(shape, seed as u64, rig::now())), tempfile::tempdir().unwrap());
        let url = old.database.url.as_str();
        let before = theirs(url);
        let planned = run(folder.path(), &["adopt", "apply", "--dry-run", "--from", url], &[]);
        assert!(planned.code == Some(0) && planned.out.contains("nothing was written"), "{}{}", planned.out, planned.err);
        assert_eq!(old.database.text("select to_regnamespace('predictive_play')::text"), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a dry run makes no folder");
        let done = run(folder.path(), &["adopt", "apply", "--from", url, "--json"], &[]);
        assert_eq!(done.code, Some(0), "{shape:?}: {}", done.err);
        let done = json(&done);
        assert!(done["is_beside"] == true && done["recorded"] == done["read"] && done["known"] == 0, "{done}");
        let events = old.planted.rows[&format!("public.{}", old.planted.events_table)];
        let accounts = done["accounts"].as_array().unwrap();
        let of_events = accounts.iter().filter(|account| account["table"] == old.planted.events_table.as_str());
        assert_eq!(of_events.map(|account| account["rows"].as_u64().unwrap()).sum::<u64>(), events, "{shape:?}");
        let of = |rows: &serde_json::Value, table: &str| {
            let of_table = rows.as_array().unwrap().iter().filter(|row| row["table"] == table);
            of_table.map(|row| row["rows"].as_u64().unwrap()).sum::<u64>()
        };
        for (table, rows) in old.planted.rows.iter().filter_map(|(table, rows)| Some((table.strip_prefix("public.")?, rows))) {
            let (taken, staying) = (of(&done["accounts"], table), of(&done["staying"], table));
            assert!(
                taken + staying == *rows && taken.min(staying) == 0,
                "{shape:?} {table}: {rows} rows, {taken} taken over, {staying} stay"
            );
        }
        assert!(done["staying"].as_array().unwrap().iter().all(|table| !table["why"].as_str().unwrap().starts_with("no table")), "{done}");
        let all: u64 = accounts.iter().map(|account| account["rows"].as_u64().unwrap()).sum();
        assert_eq!(all, done["read"].as_u64().unwrap(), "every row that was read is accounted for");
        let again = json(&run(folder.path(), &["adopt", "apply", "--from", url, "--json"], &[]));
        assert!(again["recorded"] == 0 && again["known"] == done["read"] && again["accounts"] == done["accounts"], "{again}");
        assert_eq!(theirs(url), before, "{shape:?}: nothing of theirs is touched");
        let verified = run(folder.path(), &["adopt", "verify", "--from", url, "--html", "report.html"], &[]);
        assert_eq!(verified.code, Some(0), "{shape:?}: {}{}", verified.out, verified.err);
        assert!(std::fs::read_to_string(folder.path().join("report.html")).unwrap().contains("passed: every row"));
    }
}
