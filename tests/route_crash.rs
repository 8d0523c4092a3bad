//! A process that is killed at any moment loses nothing and doubles nothing; two that write at once neither.
#![allow(clippy::unwrap_used)]

mod route;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use odds::Seq;
use odds::names::Interner;
use odds::reply::Reply;
use route::{dump, recorder_on};
use store::{Arrived, Store};
use testkit::bodies::{GeneratedReply, season};
use testkit::child::{ChildProcess, Finished};
use testkit::postgres::TestDatabase;
use testkit::wire::{Way, Wire};

const LONG: Duration = Duration::from_secs(120);

/// Replies of one season as files, each with its moment in its name.
fn files(folder: &Path, seed: u64, many: usize) -> PathBuf {
    let folder = folder.join(format!("replies-{seed}"));
    std::fs::create_dir_all(&folder).unwrap();
    for generated in season(seed).take(many) {
        let stamp: String = generated.observed_at.to_string().chars().filter(|letter| !matches!(letter, '-' | ':')).collect();
        std::fs::write(folder.join(format!("odds_{stamp}.json")), &generated.body).unwrap();
    }
    folder
}

fn replay(address: &str, data: &Path, replies: &Path) -> ChildProcess {
    let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
    command.env("DATABASE_URL", address).env("PREDICTIVE_PLAY_DATA_DIR", data).current_dir(data);
    command.args(["replay", "--json", "--provider", "the-odds-api", "--endpoint", "odds"]).arg(replies);
    ChildProcess::start(&mut command)
}

fn finished(child: ChildProcess) -> Finished {
    let finished = child.finish(LONG).unwrap();
    assert_eq!(finished.code, Some(0), "{}{}", finished.stdout, finished.stderr);
    finished
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("store.sqlite").display())
}

fn opened(address: &str, folder: &Path) -> Store {
    Store::open(address, None, folder.join("archive")).unwrap()
}

#[test]
fn a_replay_that_is_killed_ten_times_ends_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    std::fs::create_dir_all(&whole).unwrap();
    std::fs::create_dir_all(&broken).unwrap();
    let replies = files(folder.path(), 11, 600);
    let began = Instant::now();
    finished(replay(&sqlite(&whole), &whole, &replies));
    let takes = began.elapsed();
    let mut killed = 0;
    for round in 1..=10_u32 {
        let child = replay(&sqlite(&broken), &broken, &replies);
        // Early kills hit the first batches; what is done already is passed over faster and faster.
        std::thread::sleep(takes * (round * 37 % 90 + 5) / 100);
        killed += u32::from(child.kill().signal == Some(9));
    }
    assert!(killed >= 3, "only {killed} of 10 were killed before their end");
    finished(replay(&sqlite(&broken), &broken, &replies));
    let (whole, broken) = (opened(&sqlite(&whole), &whole), opened(&sqlite(&broken), &broken));
    assert_eq!(predictive_play::rebuild::compare(&whole, &broken).unwrap(), None);
    assert_eq!(broken.head().unwrap().seq, Seq(600));
    assert_eq!(broken.pending_replies(10).unwrap().len(), 0);
}

#[test]
fn two_replays_into_one_postgresql_store_leave_no_gap_and_no_double() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    replay_twice_at_once(&database, &database.url);
}

#[test]
fn two_replays_through_a_pooler_leave_no_gap_and_no_double() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let Some(pooler) = testkit::pgbouncer::PgBouncer::in_front_of(cluster, 4) else { return };
    let database = cluster.database();
    replay_twice_at_once(&database, &pooler.through(cluster, &database.url));
}

/// Two replays and one of both, into the database by way of an address.
fn replay_twice_at_once(database: &TestDatabase, address: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (files(folder.path(), 21, 300), files(folder.path(), 22, 300));
    let both = folder.path().join("both");
    std::fs::create_dir_all(&both).unwrap();
    for file in [&one, &other].into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = file.unwrap().path();
        let name = format!("{}-{}", path.parent().unwrap().file_name().unwrap().display(), path.file_name().unwrap().display());
        std::fs::copy(&path, both.join(name)).unwrap();
    }
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let store = opened(address, &data);
    let writers = [replay(address, &data, &one), replay(address, &data, &other), replay(address, &data, &both)];
    let (mut words, mut after, mut blocks) = (Interner::default(), Seq(0), 0);
    let until = Instant::now() + LONG;
    while after < Seq(600) && Instant::now() < until {
        for entry in store.entries_after(after, 16, &mut words).unwrap() {
            assert_eq!(entry.seq.0, after.0 + 1, "a follower meets every entry once, in order");
            after = entry.seq;
            blocks += entry.rows.len();
        }
    }
    writers.into_iter().for_each(|writer| drop(finished(writer)));
    assert_eq!(after, Seq(600));
    assert_eq!(store.head().unwrap().seq, Seq(600));
    let count = |what: &str| database.text(&format!("select count({what})::text from predictive_play.entries")).unwrap();
    assert_eq!((count("*").as_str(), count("distinct reply_id").as_str()), ("600", "600"));
    assert!(blocks > 600);
    let alone = folder.path().join("alone");
    std::fs::create_dir_all(&alone).unwrap();
    finished(replay(&sqlite(&alone), &alone, &both));
    assert_eq!(predictive_play::rebuild::compare(&store, &opened(&sqlite(&alone), &alone)).unwrap(), None);
}

#[test]
fn what_was_archived_and_not_recorded_is_recorded_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let generated: Vec<GeneratedReply> = season(31).take(6).collect();
    let replies: Vec<Reply<'_>> = generated.iter().map(GeneratedReply::reply).collect();
    let address = sqlite(folder.path());
    let arrived: Vec<Arrived<'_>> =
        replies[2..].iter().map(|reply| Arrived { reply: reply.clone(), ask: None, is_for_the_log: true }).collect();
    let recorder = recorder_on(opened(&address, folder.path()));
    recorder.take(&replies[..2], None).unwrap();
    recorder.store().archive_replies(&arrived, recorder.store().head().unwrap().recorded_at).unwrap();
    drop(recorder);
    let next = recorder_on(opened(&address, folder.path()));
    assert_eq!((next.record_pending().unwrap(), next.record_pending().unwrap()), (4, 0));
    let whole = route::Fresh::sqlite();
    whole.recorder.take(&replies, None).unwrap();
    assert_eq!(dump(next.store()), whole.dump());
}

/// What befalls the wire while one reply is taken; `n` makes each time another.
fn befall(wire: &Wire, n: u64) {
    let bytes = n * 977 % 9000;
    match n % 6 {
        1 => wire.cut_now(),
        2 => wire.cut_after(bytes, Way::ToServer),
        3 => wire.cut_after(bytes / 4, Way::FromServer),
        4 => wire.break_now(),
        5 => wire.delay(Duration::from_millis(2)),
        _ => wire.mend(),
    }
}

#[test]
fn a_wire_to_postgresql_that_breaks_anywhere_loses_nothing_and_doubles_nothing() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (database, wire) = (cluster.database(), Wire::to(("127.0.0.1", cluster.port())));
    let folder = tempfile::tempdir().unwrap();
    let recorder = recorder_on(opened(&wire.through(&database.url), folder.path()));
    let generated: Vec<GeneratedReply> = season(51).take(60).collect();
    let mut failed = 0;
    for (n, generated) in (0..).zip(&generated) {
        befall(&wire, n);
        if let Err(error) = recorder.take(&[generated.reply()], None) {
            assert!(error.is_retryable(), "{error}");
            failed += 1;
            wire.mend();
            // As the collector does it: nobody asks again, what came is on the disk; connections that were cut are found out by using them.
            let recorded =
                (0..5).find_map(|_| recorder.record_pending().inspect_err(|error| assert!(error.is_retryable(), "{error}")).ok());
            assert!(recorded.is_some(), "collecting does not go on after {error}");
        }
        wire.mend();
    }
    assert!(failed >= 20, "only {failed} of 60 replies met a fault");
    let whole = route::Fresh::sqlite();
    generated.iter().for_each(|generated| drop(whole.recorder.take(&[generated.reply()], None).unwrap()));
    assert_eq!(dump(recorder.store()), whole.dump());
    let count = |what: &str| database.text(&format!("select count({what})::text from predictive_play.entries")).unwrap();
    assert_eq!((count("*").as_str(), count("distinct reply_id").as_str(), recorder.store().head().unwrap().seq), ("60", "60", Seq(60)));
}

#[test]
fn a_bundle_whose_index_was_lost_is_found_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let generated: Vec<GeneratedReply> = season(32).take(4).collect();
    let replies: Vec<Reply<'_>> = generated.iter().map(GeneratedReply::reply).collect();
    let store = opened(&sqlite(folder.path()), folder.path());
    let recorder = recorder_on(store);
    recorder.take(&replies[..2], None).unwrap();
    // The bundle of the others is on the disk, as after a crash between the file and its rows.
    let elsewhere = opened(&format!("sqlite:{}", folder.path().join("lost.sqlite").display()), folder.path());
    recorder_on(elsewhere).take(&replies[2..], None).unwrap();
    assert_eq!((recorder.record_pending().unwrap(), recorder.record_pending().unwrap()), (2, 0));
    assert_eq!(recorder.store().head().unwrap().seq, Seq(4));
}

#[test]
fn the_commands_dump_and_rebuild_prove_a_store_and_find_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    let replies = files(folder.path(), 41, 5);
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    finished(replay(&sqlite(&data), &data, &replies));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_predictive-play"));
        command.env("DATABASE_URL", sqlite(&data)).env("PREDICTIVE_PLAY_DATA_DIR", &data).current_dir(&data).args(arguments);
        ChildProcess::start(&mut command).finish(LONG).unwrap()
    };
    let dumped = run(&["dump", "--canonical"]);
    assert_eq!((dumped.code, dumped.stdout.matches("\nreply ").count()), (Some(0), 5));
    let into = format!("sqlite:{}", folder.path().join("new.sqlite").display());
    let rebuilt = run(&["rebuild", "--into", &into, "--verify"]);
    assert_eq!(rebuilt.code, Some(0), "{}{}", rebuilt.stdout, rebuilt.stderr);
    assert!(rebuilt.stdout.contains("5 replies recorded") && rebuilt.stdout.contains("byte-equal"), "{}", rebuilt.stdout);
    let spare = rusqlite::Connection::open(data.join("store.sqlite")).unwrap();
    spare.execute("update facts set value = 'Nobody' where kind = 2", []).unwrap();
    let differs = run(&["rebuild", "--into", &into, "--verify", "--json"]);
    assert_eq!(differs.code, Some(1));
    assert!(differs.stdout.contains("\"is_equal\":false") && differs.stdout.contains("Nobody"), "{}", differs.stdout);
    assert_eq!(run(&["rebuild", "--into", "mysql://x"]).code, Some(2));
}

/// Somebody's obstacle: the entry of one reply is refused by the database itself.
fn put_obstacle(address: &str, data: &Path, reply: odds::ReplyId) {
    if address.starts_with("sqlite:") {
        let database = rusqlite::Connection::open(data.join("store.sqlite")).unwrap();
        let no = "create trigger obstacle before insert on entries when new.reply_id = {reply} begin select raise(abort, 'no'); end";
        return database.execute_batch(&no.replace("{reply}", &reply.0.to_string())).unwrap();
    }
    postgres(address, &format!("alter table predictive_play.entries add constraint obstacle check (reply_id <> {}) not valid", reply.0));
}

fn clear_obstacle(address: &str, data: &Path) {
    if address.starts_with("sqlite:") {
        let database = rusqlite::Connection::open(data.join("store.sqlite")).unwrap();
        return database.execute_batch("drop trigger obstacle").unwrap();
    }
    postgres(address, "alter table predictive_play.entries drop constraint obstacle");
}

fn postgres(address: &str, sql: &str) {
    postgres::Client::connect(address, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
}

/// One reply of many cannot be recorded: the others go in, live and at a start, and it follows when nothing stands in its way.
fn one_that_cannot_be_recorded_stands_in_nobodys_way(address: &str, folder: &Path) {
    let generated: Vec<GeneratedReply> = season(61).take(9).collect();
    let replies: Vec<Reply<'_>> = generated.iter().map(GeneratedReply::reply).collect();
    let recorder = recorder_on(opened(address, folder));
    recorder.take(&replies[..2], None).unwrap();
    let arrived: Vec<Arrived<'_>> =
        replies[2..6].iter().map(|reply| Arrived { reply: reply.clone(), ask: None, is_for_the_log: true }).collect();
    let ids = recorder.store().archive_replies(&arrived, recorder.store().head().unwrap().recorded_at).unwrap();
    put_obstacle(address, folder, ids[1]);
    let next = recorder_on(opened(address, folder));
    assert_eq!((next.record_pending().unwrap(), next.record_pending().unwrap()), (3, 0));
    let taken = next.take(&replies[3..9], None).unwrap();
    assert_eq!(taken.iter().map(|one| (one.is_left, one.seq.is_some())).collect::<Vec<_>>()[..2], [(true, false), (false, false)]);
    assert_eq!(taken.iter().filter(|one| one.seq.is_some()).count(), 3);
    let left: Vec<_> = next.store().pending_replies(10).unwrap().iter().map(|kept| kept.id).collect();
    assert_eq!((left, next.store().head().unwrap().seq), (vec![ids[1]], Seq(8)));
    clear_obstacle(address, folder);
    assert_eq!(next.record_pending().unwrap(), 1);
    let whole = route::Fresh::sqlite();
    whole.recorder.take(&replies, None).unwrap();
    assert_eq!(dump(next.store()), whole.dump());
}

#[test]
fn one_that_cannot_be_recorded_stands_in_nobodys_way_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    one_that_cannot_be_recorded_stands_in_nobodys_way(&sqlite(folder.path()), folder.path());
}

#[test]
fn one_that_cannot_be_recorded_stands_in_nobodys_way_on_postgresql() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let (database, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    one_that_cannot_be_recorded_stands_in_nobodys_way(&database.url, folder.path());
}

#[test]
fn a_body_that_the_archive_lost_stands_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let generated: Vec<GeneratedReply> = season(62).take(3).collect();
    let recorder = recorder_on(opened(&sqlite(folder.path()), folder.path()));
    let now = recorder.store().head().unwrap().recorded_at;
    let mut bundles = Vec::new();
    for generated in &generated {
        let arrived = Arrived { reply: generated.reply(), ask: None, is_for_the_log: true };
        recorder.store().archive_replies(&[arrived], now).unwrap();
        bundles.push(recorder.store().archive().bundles().unwrap().into_iter().find(|one| !bundles.contains(one)).unwrap());
    }
    std::fs::remove_file(recorder.store().archive().folder().join(&bundles[1])).unwrap();
    assert_eq!(recorder.record_pending().unwrap(), 2);
    assert_eq!((recorder.store().pending_replies(10).unwrap().len(), recorder.store().head().unwrap().seq), (1, Seq(2)));
}
