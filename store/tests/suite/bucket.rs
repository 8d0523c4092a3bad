//! The bucket of the archive: ended before any step, nothing is lost; what the folder lost is read from the bucket; and a bundle
//! leaves the folder only when the bucket was seen to have it. On a folder, and on a server that speaks S3 where one is installed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use odds::Moment;
use store::{Archive, Bucket, BucketAddress, Keeper, Pass, Store, StoreError, engine};
use testkit::bodies::GeneratedReply;
use testkit::child::ChildProcess;

use super::AT;
use super::archive::{assert_all_are_there, below, replies, take};

const DAY: i64 = 24 * 3600;

fn now() -> Moment {
    AT.plus_secs(10 * DAY)
}

fn on_folder(folder: &Path) -> Bucket {
    let url = format!("file://{}", folder.join("bucket").display());
    Bucket::open(&BucketAddress { url, ..BucketAddress::default() }).unwrap()
}

/// A process on a folder and a bucket, as it stands after a start.
fn start(folder: &Path, bucket: &Bucket) -> Store {
    let archive = Archive::with_bucket(folder.join("archive"), Some(bucket.clone()));
    let store = Store::on(engine(&format!("sqlite:{}", folder.join("store.db").display()), None).unwrap(), archive);
    store.migrate_up().unwrap();
    store
}

/// Replies of which the last were packed with a dictionary.
fn filled(store: &Store) -> Vec<GeneratedReply> {
    let all = replies(72, 11);
    take(store, &all[..64]);
    assert_eq!(store.train_dictionaries().unwrap().len(), 1);
    take(store, &all[64..]);
    all
}

fn bundles_in(folder: &Path) -> usize {
    below(&folder.join("archive"), "ppb").len()
}

#[test]
fn ended_before_any_step_nothing_is_lost_and_the_next_pass_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, bucket) = (folder.path(), on_folder(folder.path()));
    let store = start(folder, &bucket);
    let all = filled(&store);
    let bundles = bundles_in(folder);
    let mut copied = 0;
    let mut ended_early = 0;
    loop {
        // Each life of the process makes three steps and is gone.
        let store = start(folder, &bucket);
        let mut left = 3;
        let mut may_go_on = || {
            left -= 1;
            left >= 0
        };
        let pass = Keeper::of(store.archive(), Some(2)).unwrap().pass(now(), &mut may_go_on).unwrap();
        copied += pass.copied;
        assert_all_are_there(&store, &all);
        if !pass.is_stopped {
            break;
        }
        ended_early += 1;
        assert!(ended_early < 200, "it comes to no end");
    }
    assert!(ended_early > bundles, "it was ended {ended_early} times");
    assert_eq!((copied, bundles_in(folder)), (bundles + 1, 0), "each file once, and all bundles left the folder");
    std::fs::remove_dir_all(folder.join("archive")).unwrap();
    let store = start(folder, &bucket);
    assert_all_are_there(&store, &all);
    assert_eq!(store.archive().bundles().unwrap().len(), bundles, "a rebuild finds them in the bucket");
}

#[test]
fn a_bundle_stays_in_the_folder_until_the_bucket_was_seen_to_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, bucket) = (folder.path(), on_folder(folder.path()));
    let store = start(folder, &bucket);
    let all = filled(&store);
    let bundles = bundles_in(folder);
    let copied = Keeper::of(store.archive(), None).unwrap().pass(now(), &mut || true).unwrap();
    assert_eq!((copied.copied, copied.removed, bundles_in(folder)), (bundles + 1, 0, bundles));
    // The cursor has passed them when the bucket loses one and spoils another: same length, other bytes.
    let there = below(&folder.join("bucket"), "ppb");
    std::fs::remove_file(&there[0]).unwrap();
    let mut bytes = std::fs::read(&there[1]).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&there[1], bytes).unwrap();
    let mut keeper = Keeper::of(store.archive(), Some(2)).unwrap();
    let first = keeper.pass(now(), &mut || true).unwrap();
    assert_eq!((first.removed, first.copied, bundles_in(folder)), (bundles - 2, 2, 2));
    let second = keeper.pass(now(), &mut || true).unwrap();
    assert_eq!((second.removed, second.copied, bundles_in(folder)), (2, 0, 0));
    assert_eq!(keeper.pass(now(), &mut || true).unwrap(), Pass::default(), "twice changes nothing");
    assert_all_are_there(&store, &all);
}

#[test]
fn young_bundles_stay_a_damaged_one_is_not_copied_and_a_lost_cursor_only_looks_again() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, bucket) = (folder.path(), on_folder(folder.path()));
    let store = start(folder, &bucket);
    filled(&store);
    let bundles = below(&folder.join("archive"), "ppb");
    std::fs::write(&bundles[0], "spoilt").unwrap();
    let mut keeper = Keeper::of(store.archive(), Some(2)).unwrap();
    let pass = keeper.pass(AT.plus_secs(DAY), &mut || true).unwrap();
    assert_eq!((pass.copied, pass.damaged, pass.removed), (bundles.len(), 1, 0), "the dictionary and all but one");
    let pass = keeper.pass(now(), &mut || true).unwrap();
    assert_eq!((pass.damaged > 0, pass.removed, bundles_in(folder)), (true, bundles.len() - 1, 1), "the damaged one is kept");
    let cursor = folder.join("archive/bucket-cursor.json");
    std::fs::write(&cursor, "not a cursor").unwrap();
    let pass = Keeper::of(store.archive(), None).unwrap().pass(now(), &mut || true).unwrap();
    assert_eq!((pass.copied, pass.damaged), (0, 1));
}

#[test]
fn a_bucket_that_is_away_holds_up_nothing_that_is_archived() {
    let folder = tempfile::tempdir().unwrap();
    // A port that nobody may listen on.
    let address = BucketAddress {
        url: "s3://odds/archive".to_owned(),
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        access_key_id: Some("id".to_owned()),
        secret_access_key: Some("hunter2".to_owned()),
        ..BucketAddress::default()
    };
    let bucket = Bucket::open(&address).unwrap();
    let store = start(folder.path(), &bucket);
    let all = filled(&store);
    assert_all_are_there(&store, &all);
    let refused = Keeper::of(store.archive(), Some(2)).unwrap().pass(now(), &mut || true).unwrap_err();
    assert!(matches!(refused, StoreError::Bucket { .. }) && refused.is_retryable(), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    assert_all_are_there(&store, &all);
}

#[test]
fn a_bucket_is_s3_or_a_folder() {
    for url in ["", "bucket", "http://x/y", "file://relative", "gs://x"] {
        assert!(Bucket::open(&BucketAddress { url: url.to_owned(), ..BucketAddress::default() }).is_err(), "{url}");
    }
}

/// moto, a server that speaks S3 (`pip install 'moto[server]'`), on a port that it chooses; `None`, and a line, where it is not there.
fn s3_server() -> Option<(ChildProcess, String)> {
    let is_there = Command::new("moto_server").arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !is_there.is_ok_and(|status| status.success()) {
        println!("skipped: no moto_server, so the bucket is tried on a folder alone");
        return None;
    }
    let mut child = ChildProcess::start(Command::new("moto_server").args(["-H", "127.0.0.1", "-p", "0"]));
    let line = child.wait_for_line("Running on http://", Duration::from_secs(120)).unwrap();
    let at = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    Some((child, at))
}

#[test]
fn a_server_that_speaks_s3_takes_bundles_and_gives_them_back() {
    let Some((_server, endpoint)) = s3_server() else { return };
    let made = Command::new("curl").args(["-sSf", "-X", "PUT", &format!("{endpoint}/odds")]).status().unwrap();
    assert!(made.success(), "the bucket could not be made");
    let folder = tempfile::tempdir().unwrap();
    let address = BucketAddress {
        url: "s3://odds/some/prefix".to_owned(),
        endpoint: Some(endpoint),
        access_key_id: Some("id".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        ..BucketAddress::default()
    };
    let bucket = Bucket::open(&address).unwrap();
    let store = start(folder.path(), &bucket);
    let all = filled(&store);
    let bundles = bundles_in(folder.path());
    let pass = Keeper::of(store.archive(), Some(2)).unwrap().pass(now(), &mut || true).unwrap();
    assert_eq!((pass.copied, pass.removed, bundles_in(folder.path())), (bundles + 1, bundles, 0));
    std::fs::remove_dir_all(folder.path().join("archive")).unwrap();
    let store = start(folder.path(), &bucket);
    assert_all_are_there(&store, &all);
    assert_eq!(store.archive().bundles().unwrap().len(), bundles);
    assert_eq!(bucket.get("2026/01/01/none.ppb").unwrap(), None);
}
