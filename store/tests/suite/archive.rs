//! The archive on both engines: dictionaries are trained, used, lost, damaged and found again, and no reply with them.

use std::path::{Path, PathBuf};

use odds::Moment;
use odds::reply::{Basis, Reply, Request};
use store::{Arrived, KeptReply, Store, StoreError};
use testkit::bodies::{Drift, GeneratedReply, Shape, World};
use testkit::corpus::Corpus;

use super::{AT, Place, on_all};

/// Small replies, one after the other, as the schedule's endpoint sends them.
pub fn replies(count: usize, seed: u64) -> Vec<GeneratedReply> {
    let mut world = World::new(seed, Shape { events: 6, ..Shape::FEATURED }, AT);
    let next = |_| {
        world.advance(300, &Drift::CALM);
        world.odds()
    };
    (0..count).map(next).collect()
}

pub fn take(store: &Store, replies: &[GeneratedReply]) {
    let arrived: Vec<Arrived<'_>> = replies.iter().map(|one| Arrived { reply: one.reply(), ask: None, is_for_the_log: true }).collect();
    for one in arrived.chunks(8) {
        store.archive_replies(one, one[0].reply.fetched_at).unwrap();
    }
}

pub fn assert_all_are_there(store: &Store, replies: &[GeneratedReply]) {
    let kept: Vec<KeptReply> = store.pending_replies(10_000).unwrap();
    assert_eq!(kept.len(), replies.len());
    let mut bodies: Vec<Vec<u8>> = kept.iter().map(|kept| store.body(kept).unwrap()).collect();
    let mut expected: Vec<Vec<u8>> = replies.iter().map(|one| one.body.clone().into_bytes()).collect();
    bodies.sort();
    expected.sort();
    assert!(bodies == expected, "a body came back as another");
}

pub fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let inside = entries.map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| if path.is_dir() { below(&path, ending) } else { vec![path] };
    inside.flat_map(of).filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect()
}

fn bytes_of(folder: &Path) -> u64 {
    let files = ["ppb", "zdict"].into_iter().flat_map(|ending| below(folder, ending));
    files.map(|path| path.metadata().unwrap().len()).sum()
}

#[test]
fn replies_of_one_moment_that_were_archived_together_are_pending_in_their_order() {
    on_all(|place| {
        let generated = replies(12, 5);
        let arrived = |one| Arrived { reply: Reply { fetched_at: AT, ..GeneratedReply::reply(one) }, ask: None, is_for_the_log: true };
        let ids = place.store.archive_replies(&generated.iter().map(arrived).collect::<Vec<_>>(), AT).unwrap();
        let (mut pending, mut last) = (Vec::new(), None);
        while pending.len() < ids.len() {
            let page = place.store.pending_replies_after(last, 5).unwrap();
            last = page.last().map(store::KeptReply::pending_place);
            pending.extend(page.iter().map(|kept| kept.id));
        }
        assert_eq!(pending, ids);
    });
}

#[test]
fn a_dictionary_comes_from_the_first_64_replies_and_bodies_with_and_without_it_stay_readable() {
    on_all(|place| {
        let all = replies(100, 5);
        take(&place.store, &all[..63]);
        assert!(!place.store.is_training_due() && place.store.train_dictionaries().unwrap().is_empty(), "63 are not enough");
        take(&place.store, &all[63..64]);
        let trained = place.store.train_dictionaries().unwrap();
        assert_eq!(
            trained.iter().map(|one| (one.provider.as_str(), one.endpoint.as_str())).collect::<Vec<_>>(),
            [("the-odds-api", "odds")]
        );
        assert!(trained[0].after < trained[0].before, "{trained:?}");
        assert!(place.store.train_dictionaries().unwrap().is_empty(), "twice makes no second one");
        take(&place.store, &all[64..]);
        assert_all_are_there(&place.store, &all);
        assert_all_are_there(&place.again(), &all);
        let file = place.store.archive().folder().join(&trained[0].file);
        let hash = blake3::hash(&std::fs::read(&file).unwrap()).to_hex();
        assert_eq!(file.file_stem().unwrap().to_str(), Some(&hash[..32]), "it is named by its content");
    });
}

#[test]
fn another_dictionary_for_the_same_endpoint_leaves_what_the_first_packed_readable() {
    let (place, other) = (Place::sqlite(), Place::sqlite());
    let (all, others) = (replies(80, 5), replies(64, 6));
    take(&other.store, &others);
    let foreign = other.store.train_dictionaries().unwrap().remove(0).file;
    take(&place.store, &all[..64]);
    place.store.train_dictionaries().unwrap();
    take(&place.store, &all[64..72]);
    let to = place.store.archive().folder().join(&foreign);
    std::fs::copy(other.store.archive().folder().join(&foreign), to).unwrap();
    let again = place.again();
    take(&again, &all[72..]);
    assert_all_are_there(&again, &all);
    assert_all_are_there(&place.store, &all);
}

#[test]
fn a_lost_dictionary_is_named_a_damaged_one_too_and_bodies_without_it_are_read() {
    on_all(|place| {
        let all = replies(72, 7);
        take(&place.store, &all[..64]);
        let trained = place.store.train_dictionaries().unwrap().remove(0);
        take(&place.store, &all[64..]);
        let file = place.store.archive().folder().join(&trained.file);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let again = place.again();
        let kept = again.pending_replies(100).unwrap();
        let (first, last) = (again.body(&kept[0]), again.body(&kept[71]).unwrap_err());
        assert!(first.is_ok(), "{first:?}");
        assert!(matches!(&last, StoreError::DictionaryLost { dictionary, .. } if trained.file.contains(dictionary.as_str())), "{last}");
        assert!(last.to_string().contains(".zdict back from a backup"), "{last}");

        std::fs::write(&file, &bytes[1..]).unwrap();
        let damaged = place.again().body(&kept[71]).unwrap_err();
        assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged}");
        take(&place.again(), &replies(8, 8));

        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(again.body(&kept[71]).unwrap(), all[71].body.as_bytes(), "it was brought back");
    });
}

#[test]
fn replies_that_have_nothing_in_common_get_no_dictionary() {
    let place = Place::sqlite();
    let mut state = 1_u64;
    let mut noise = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    };
    let bodies: Vec<Vec<u8>> = (0..70).map(|_| (0..400).map(&mut noise).collect()).collect();
    archive_bodies(&place.store, "odds", &bodies);
    assert!(place.store.is_training_due());
    assert!(place.store.train_dictionaries().unwrap().is_empty());
    assert!(!place.store.is_training_due(), "it is not tried again with every reply");
}

fn archive_bodies(store: &Store, endpoint: &str, bodies: &[Vec<u8>]) {
    let (request, headers) = (Request::default(), std::collections::BTreeMap::new());
    for (at, body) in bodies.iter().enumerate() {
        let fetched_at = Moment::from_secs(AT.micros() / 1_000_000 + at as i64 * 300);
        let reply = Reply {
            provider: "the-odds-api",
            endpoint,
            request: &request,
            status: 200,
            headers: &headers,
            body,
            fetched_at,
            basis: Basis::Fetched,
            sport: None,
        };
        store.archive_replies(&[Arrived { reply, ask: None, is_for_the_log: true }], fetched_at).unwrap();
    }
}

/// What dictionaries save on recorded seasons: the figure of docs/performance.md.
#[test]
fn a_recorded_season_takes_fewer_bytes_with_dictionaries() {
    let Some(corpus) = Corpus::find() else { return };
    // Replies of 130 kB are too long to gain by a dictionary, those of 2 kB gain half.
    for (endpoint, name, gains) in [("historical_odds", "odds_2023-2024", 0), ("historical_events", "events_2021-2024", 1)] {
        let mut bodies = Vec::new();
        corpus.for_each(&format!("datasets/nba_odds_api_raw/{name}.tar.zst"), |recording| bodies.push(recording.bytes)).unwrap();
        let raw: usize = bodies.iter().map(Vec::len).sum();
        let sizes = [false, true].map(|is_trained| {
            let place = Place::sqlite();
            let (first, rest) = bodies.split_at(64);
            archive_bodies(&place.store, endpoint, first);
            if is_trained {
                assert_eq!(place.store.train_dictionaries().unwrap().len(), gains, "{endpoint}");
            }
            archive_bodies(&place.store, endpoint, rest);
            bytes_of(place.store.archive().folder())
        });
        println!("{endpoint}: {} replies, {raw} bytes; archive {} without dictionary, {} with", bodies.len(), sizes[0], sizes[1]);
        assert_eq!(sizes[1] < sizes[0], gains > 0, "{endpoint}: {sizes:?}");
    }
}
