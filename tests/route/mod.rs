//! What the tests of the route share: stores of both engines, and boards as text that can be compared between stores.
#![allow(dead_code)]

pub mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use odds::names::Interner;
use odds::reply::Reply;
use odds::{Moment, Seq, SlotNo};
use predictive_play::clock::Clock;
use predictive_play::decode::Providers;
use predictive_play::record::Recorder;
use store::boards::{Boards, Kept};
use store::{Cut, Store};
use testkit::HandClock;
use testkit::postgres::TestDatabase;

pub struct Hand(pub HandClock);

impl Clock for Hand {
    fn now(&self) -> Moment {
        self.0.advance_micros(1)
    }
}

/// A store of its own, with its archive, gone with the value.
pub struct Fresh {
    pub recorder: Recorder,
    pub address: String,
    pub folder: tempfile::TempDir,
    _database: Option<TestDatabase>,
}

impl Fresh {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        Self::open(folder, address, None)
    }

    /// `None` where PostgreSQL is not installed; that is told.
    pub fn postgres() -> Option<Self> {
        let database = testkit::postgres::shared()?.database();
        let address = database.url.clone();
        Some(Self::open(tempfile::tempdir().unwrap(), address, Some(database)))
    }

    fn open(folder: tempfile::TempDir, address: String, database: Option<TestDatabase>) -> Self {
        let store = Store::open(&address, None, folder.path().join("archive")).unwrap();
        let recorder = recorder_on(store);
        Self { recorder, address, folder, _database: database }
    }

    pub fn store(&self) -> &Arc<Store> {
        self.recorder.store()
    }

    pub fn dump(&self) -> String {
        dump(self.store())
    }
}

pub fn recorder_on(store: Store) -> Recorder {
    let clock = Hand(HandClock::at_text("2027-01-01T00:00:00Z"));
    Recorder::new(Arc::new(store), Providers::all(), Arc::new(clock))
}

pub fn dump(store: &Store) -> String {
    let mut out = Vec::new();
    predictive_play::dump::canonical(store, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Records replies in these groups, each archived and appended in one go.
pub fn take(recorder: &Recorder, groups: &[Vec<Reply<'_>>]) {
    for group in groups {
        recorder.take(group, None).unwrap();
    }
}

/// The boards of all listings of a store inside a cut, by the log alone.
pub fn boards_of(store: &Store, cut: Cut) -> BTreeMap<String, String> {
    let listings = store.all_listings().unwrap();
    let kept = listings.into_iter().map(|listing| store.board(listing, cut).unwrap());
    kept.filter_map(|kept| board_text(&kept)).collect()
}

/// The boards that a follower or a recorder has in memory.
pub fn boards_in(boards: &Boards) -> BTreeMap<String, String> {
    boards.all().filter_map(board_text).collect()
}

/// A follower that reads the log from its beginning, a few entries at a time, with every board in memory from the start of each.
pub fn followed(store: &Store) -> BTreeMap<String, String> {
    let (mut boards, mut words) = (Boards::default(), Interner::default());
    loop {
        let entries = store.entries_after(boards.seq, 2, &mut words).unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            let cut = Cut { known: Seq(entry.seq.0 - 1), ..Cut::ALL };
            for listing in store.all_listings().unwrap() {
                if boards.get(listing.id).is_none() && listing.founded < entry.seq {
                    boards.insert(store.board(listing, cut).unwrap());
                }
            }
            boards.follow(&entry);
        }
    }
    for listing in store.all_listings().unwrap() {
        if boards.get(listing.id).is_none() {
            boards.insert(store.board(listing, Cut::ALL).unwrap());
        }
    }
    boards_in(&boards)
}

/// A board by names: what stands, who said it, how far it was seen, and facts; `None` where nothing was ever said of it.
pub fn board_text(kept: &Kept) -> Option<(String, String)> {
    let (board, names) = (&kept.board, &kept.names);
    board.last()?;
    let mut lines = Vec::new();
    for (at, slot) in board.slots().iter().enumerate().filter(|(_, slot)| slot.value.is_some()) {
        let at = SlotNo(at as u32);
        let (words, seen, missed) = (names.words(at).unwrap(), board.seen(at), board.not_observed_since(at));
        let value = slot.value.unwrap();
        let seen = seen.map(|seen| (seen.order.at.to_string(), seen.order.reply, seen.book_seen_at.map(|at| at.to_string()), seen.basis));
        let missed = missed.filter(|_| value.is_offered()).map(|missed| (missed.at.to_string(), missed.reply));
        let said = (slot.said.at.to_string(), slot.said.reply);
        lines.push(format!("{words:?} {value:?} said {said:?} seen {seen:?} missed {missed:?}"));
    }
    for ((kind, subject), fact) in board.facts() {
        lines.push(format!("{} {subject} {:?} said {:?}", kind.as_str(), fact.value, (fact.said.at.to_string(), fact.said.reply)));
    }
    lines.sort();
    Some((kept.listing.external_id.clone(), lines.join("\n")))
}

/// Fails with the lines in which two sets of boards differ.
pub fn assert_same(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>, what: &str) {
    if left == right {
        return;
    }
    let mut told = String::new();
    let none = String::new();
    for id in left.keys().chain(right.keys()).collect::<std::collections::BTreeSet<_>>() {
        let (a, b) = (left.get(id).unwrap_or(&none), right.get(id).unwrap_or(&none));
        for line in a.lines().filter(|line| !b.lines().any(|other| other == *line)) {
            let _ = writeln!(told, "  left  {id}: {line}");
        }
        for line in b.lines().filter(|line| !a.lines().any(|other| other == *line)) {
            let _ = writeln!(told, "  right {id}: {line}");
        }
        if left.contains_key(id) != right.contains_key(id) {
            let _ = writeln!(told, "  {id} is on one side alone");
        }
    }
    let few: Vec<&str> = told.lines().take(8).collect();
    panic!("{what}\n{}", few.join("\n"));
}

/// Prints past the capture of the test runner: figures that nobody sees prove nothing.
pub fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{line}").expect("standard error is open");
}
