//! The whole way there and back, while scripts like the old ones keep writing: nothing is lost, every row is accounted for, every reference
//! is alive, and nobody waits for us.
//!
//! What the scripts write they write into a twin of the old database too, which nobody takes over: at the end both hold the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use predictive_play::adopt::cutover;
use testkit::legacy::{Recipe, Shape};
use testkit::postgres::{TestDatabase, shared};

use crate::rig::{self, client, json, run};
use crate::stages::{follow, hear, recorder};

/// A lock that no reader and no writer of a row notices.
const WEAK: [&str; 3] = ["AccessShareLock", "RowShareLock", "RowExclusiveLock"];
/// Nobody may hold a stronger one for longer.
const MOST: Duration = Duration::from_millis(100);

/// A script that writes as the old ones did, until it is told to stop. Gives how often it wrote.
fn write_on(urls: [String; 2], stop: &AtomicBool) -> usize {
    let mut clients = urls.map(|url| client(&url));
    let mut texts = |sql: &str| clients[0].query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect::<Vec<String>>();
    let events = texts("select id::text from sports_events order by id");
    let users = texts("select id::text from auth.users order by id");
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        let (event, other) = (&events[done * 7919 % events.len()], &events[done * 104_729 % events.len()]);
        let (n, user) = (done, &users[done % users.len()]);
        let statement = match done % 6 {
            0 => format!(
                "insert into sports_events (id, sport, league, home_team, away_team, start_time, status, source, external_event_id)
                 values (md5('new {n}')::uuid, 'NBA', 'NBA', 'Home {n}', 'Away {n}', timestamptz '2026-01-01' + interval '1 hour' * {n}, 'scheduled', 'ESPN', 'new {n}')"
            ),
            1 => format!(
                "update sports_events set status = 'completed', stats = '{{\"home_score\": {n}, \"away_score\": \"{}\"}}' where id = '{event}'",
                n + 1
            ),
            2 => format!("update sports_events set odds = '{{\"moneyline\": {{\"home\": -{}, \"away\": \"+{}\"}}}}' where id = '{event}'", 101 + n, 103 + n),
            3 => format!(
                "insert into predictions (id, user_id, event_id, sport, matchup, pick, odds)
                 values (md5('prediction {n}')::uuid, '{user}', '{other}', 'NBA', 'somebody at home', 'home', '-110')"
            ),
            4 => format!(
                "insert into odds_data (id, event_id, outcome_name, outcome_price, last_update)
                 values ({}, '{other}', 'home', -{}, '2025-12-01')",
                50_000_000 + n,
                101 + n
            ),
            _ => format!("delete from predictions where id = md5('prediction {}')::uuid", n.saturating_sub(8)),
        };
        clients.iter_mut().for_each(|client| client.batch_execute(&statement).unwrap_or_else(|error| panic!("{error:?}: {statement}")));
        done += 1;
        // as fast as the scripts, which asked somebody over the network for each row
        std::thread::sleep(Duration::from_millis(15));
    }
    done
}

/// Looks every few milliseconds which locks on old tables are held, and gives how long each kind was at most: every lock of ours, and
/// stronger ones of anybody.
fn watch_locks(url: &str, stop: &AtomicBool) -> BTreeMap<String, Duration> {
    let mut client = client(url);
    let weak = WEAK.map(|lock| format!("'{lock}'")).join(", ");
    let sql = format!(
        "select concat_ws(' ', c.relname, l.mode, l.pid, l.virtualtransaction) from pg_locks l join pg_class c on c.oid = l.relation
         join pg_stat_activity a on a.pid = l.pid and a.backend_type = 'client backend'
         where l.granted and l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())
           and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
           and (a.application_name = 'predictive-play' or l.mode not in ({weak}))"
    );
    let looking = client.prepare(&sql).unwrap();
    let (mut since, mut longest) = (BTreeMap::<String, Instant>::new(), BTreeMap::<String, Duration>::new());
    while !stop.load(Ordering::Relaxed) {
        let held: Vec<String> = client.query(&looking, &[]).unwrap().iter().map(|row| row.get(0)).collect();
        since.retain(|lock, _| held.contains(lock));
        for lock in held {
            let kind = lock.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let held_for = since.entry(lock).or_insert_with(Instant::now).elapsed();
            let most = longest.entry(kind).or_default();
            *most = held_for.max(*most);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    longest
}

/// Every old table as one hash; columns that the old trigger sets by the clock, and numbers of sequences, are left out.
fn hashes(database: &TestDatabase) -> BTreeMap<String, (i64, String)> {
    let mut client = client(&database.url);
    let sql = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1";
    let tables: Vec<String> = client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    let mut hash = |table: &str| {
        let sql = format!(
            "select count(*), coalesce(md5(string_agg(r, '' order by r)), '')
             from (select (to_jsonb(t) - 'updated_at' - 'created_at' - 'reported_at' - 'placed_at')::text as r from public.\"{table}\" t) h"
        );
        let row = client.query_one(&sql, &[]).unwrap();
        (row.get(0), row.get(1))
    };
    tables.iter().map(|table| (table.clone(), hash(table))).collect()
}

/// Goes there and back with so many events; gives what is to be told of it.
fn there_and_back(recipe: &Recipe) {
    let Some(cluster) = shared() else { return };
    let (old, twin) = (rig::old(cluster, recipe).database, rig::old(cluster, recipe).database);
    let (folder, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let data = folder.path().display().to_string();
    let settings = [("PREDICTIVE_PLAY_DATA_DIR", data.as_str())];
    let adopt = |arguments: &[&str]| {
        let began = Instant::now();
        let ended = run(folder.path(), &[&["adopt"], arguments, &["--from", &old.url, "--json"]].concat(), &settings);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
        println!("{arguments:?}: {:.1} s", began.elapsed().as_secs_f64());
        json(&ended)
    };
    let (written, locks) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write_on([old.url.clone(), twin.url.clone()], &stop));
        let watcher = scope.spawn(|| watch_locks(&old.url, &stop));
        let going = scope.spawn(|| {
            adopt(&["apply"]);
            adopt(&["verify"]);
            let recorder = recorder(&old.url, folder.path());
            hear(&recorder, &old.url, 1.8);
            follow(&recorder);
            let told = adopt(&["cutover", "--once", "--unverified"]);
            assert!(told["turn"]["written"].as_u64() > Some(0), "{told}");
            // weeks later: prices move, the scripts have written on
            hear(&recorder, &old.url, 1.9);
            follow(&recorder);
            client(&old.url).batch_execute("update predictive_play.old_rows set written_at = written_at - interval '30 days'").unwrap();
            adopt(&["cutover", "--once", "--unverified"]);
            adopt(&["apply"]);
            adopt(&["rollback"]);
        });
        let went = going.join();
        stop.store(true, Ordering::Relaxed);
        let seen = (writer.join().unwrap(), watcher.join().unwrap());
        went.unwrap();
        seen
    });
    println!("the scripts wrote {written} times; our locks on old tables, and how long each was held at most:");
    locks.iter().for_each(|(lock, held)| println!("  {lock}: {} ms", held.as_millis()));
    assert!(written > 50, "the scripts wrote {written} times only");
    assert!(locks.contains_key("sports_events RowExclusiveLock"), "the watch sees our writes: {locks:?}");
    let strong: Vec<_> = locks.iter().filter(|(lock, held)| !WEAK.iter().any(|weak| lock.ends_with(weak)) && **held >= MOST).collect();
    assert!(strong.is_empty(), "{strong:?}");
    let mut ours = client(&old.url);
    for proof in cutover::proof_all(&mut ours).unwrap() {
        assert!(proof.is_whole() && proof.ours_kept == 0, "{proof:?}");
    }
    assert_eq!(hashes(&old), hashes(&twin), "the old tables are what they were, with what the scripts wrote");
    let told = adopt(&["apply"]);
    assert_eq!(told["read"], told["known"].as_u64().unwrap() + told["recorded"].as_u64().unwrap(), "{told}");
    // every event by its old id
    let verified = adopt(&["verify", "--sample", "1000000"]);
    assert!(verified["passed"] == true && verified["differences"]["count"] == 0, "{verified}");
}

fn sized(events: usize, prices: usize) -> Recipe {
    Recipe::of(Shape::HalfEnhanced, 11, rig::now()).sized(events, prices)
}

#[test]
fn there_and_back_beside_scripts_that_keep_writing() {
    there_and_back(&sized(2_000, 3_000));
}

#[test]
#[ignore = "large: a hundred thousand events and a million prices"]
fn there_and_back_with_a_hundred_thousand_events() {
    there_and_back(&sized(100_000, 1_000_000));
}
