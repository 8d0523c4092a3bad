//! A better meaning: what is kept is understood with all its history, in steps that may be killed, beside what comes in meanwhile; and a
//! report says what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use odds::{Moment, Seq};
use predictive_play::decode::Providers;
use predictive_play::publish::{Follower, Follows, Retention, RowsFollower};
use store::{Entry, Following, Result, Store, StoreError};
use testkit::bodies::{Asked, Drift, GeneratedReply, Shape, Step, play};

use super::learns::Learns;
use super::rig::Rig;
use super::rough;

fn rows(version: u16) -> RowsFollower {
    let mut providers = Providers::all();
    providers.add(Learns { version });
    RowsFollower::new(providers, Retention::default()).reading_again(1)
}

fn follower(rig: &Rig, version: u16) -> Follower<RowsFollower> {
    Follower::new(Arc::clone(&rig.store), Arc::clone(&rig.clock), rows(version))
}

/// Two rigs of each engine that is here: one that learns, and one that knew from the beginning.
fn pairs() -> Vec<(Rig, Rig)> {
    Rig::all().into_iter().zip(Rig::all()).collect()
}

fn world() -> Vec<GeneratedReply> {
    rough(29, 80)
}

/// Replies after whose end events are over.
fn long_world() -> Vec<GeneratedReply> {
    let asked = [Asked::Odds, Asked::EventOdds(0), Asked::Scores, Asked::EventOdds(1), Asked::Odds, Asked::EventOdds(2)];
    let step = |at: usize| Step { secs: 2_700, drift: Drift::ROUGH, asked: asked[at % asked.len()], extras: 0 };
    play(29, Shape::SMALL, &(0..96).map(step).collect::<Vec<_>>())
}

fn log(rig: &Rig) -> Vec<u8> {
    let mut out = Vec::new();
    predictive_play::dump::canonical(&rig.store, &mut out).unwrap();
    out
}

/// The report without its times: market, was, became, fields, slots.
fn report(rig: &Rig) -> BTreeMap<[String; 4], i64> {
    let told = |change: store::meanings::MeaningChange| ([change.provider_market, change.was, change.became, change.fields], change.slots);
    rig.store.meaning_changes().unwrap().into_iter().map(told).collect()
}

/// Counts of markets by the rows, as the counts of words have them.
fn markets_by_rows(rig: &Rig) -> Vec<String> {
    rig.lines(
        "select l.provider || ' ' || l.sport || ' ' || s.provider_market || ' ' || count(*) || ' ' || sum(1 - s.is_understood)
        from @slot_rows s join @listings l on l.listing_id = s.listing_id group by l.provider, l.sport, s.provider_market",
    )
}

fn markets_by_counts(rig: &Rig) -> Vec<String> {
    rig.lines("select provider || ' ' || sport || ' ' || word || ' ' || met || ' ' || unknown from @word_counts where kind = 'market'")
}

#[test]
fn a_newer_version_reads_again_all_that_is_kept_and_says_what_changed() {
    for (rig, fresh) in pairs() {
        let mut before = follower(&rig, 1);
        for batch in long_world().chunks(7) {
            rig.take(batch);
            before.catch_up().unwrap();
            assert_eq!(markets_by_counts(&rig), markets_by_rows(&rig));
        }
        fresh.take(&long_world());
        follower(&fresh, 2).catch_up().unwrap();
        let (head, logged) = (rig.store.head().unwrap().seq, log(&rig));
        let over = "select event_id from @event_rows where is_over = 1";
        assert!(!rig.lines(over).is_empty(), "some events are over");
        let unknown = "select 'x' from @slot_rows where is_understood = 0 and provider_market in ('totals', 'player_points')";
        let (slots, expected) = (rig.lines(unknown).len() as i64, fresh.dump());
        assert!(slots > 20 && rig.dump() != expected);
        let graded = "select market_key from @historical_odds where market = 'total' and result is not null";
        assert!(rig.lines(graded).is_empty() && !fresh.lines(graded).is_empty(), "what is not understood is not graded");

        for _ in 0..2 {
            follower(&rig, 2).catch_up().unwrap();
            assert_eq!(rig.dump(), expected);
            let report = report(&rig);
            let became = |was: &str| report.iter().filter(|(key, _)| key[1] == was).map(|(_, slots)| slots).sum::<i64>();
            assert_eq!(became("unknown"), slots, "{report:?}");
            let spreads: i64 = report.iter().filter(|(key, _)| key[0] == "spreads").map(|(_, slots)| slots).sum();
            assert_eq!(spreads, rig.lines("select 'x' from @slot_rows where provider_market = 'spreads'").len() as i64);
            assert!(report.keys().all(|key| key[0] != "h2h"), "what means the same is not told: {report:?}");
        }
        assert_eq!(rig.lines(graded), fresh.lines(graded));
        assert_eq!((rig.store.head().unwrap().seq, log(&rig)), (head, logged), "the log, and what was known when, is as it was");
    }
}

/// Works so many steps at the head, then fails before the commit.
struct Killed {
    rows: RowsFollower,
    steps: usize,
}

impl Follows for Killed {
    fn name(&self) -> &'static str {
        self.rows.name()
    }

    fn apply(&mut self, following: &mut Following<'_>, store: &Store, entries: &[Entry]) -> Result<()> {
        self.rows.apply(following, store, entries)
    }

    fn at_head(&mut self, following: &mut Following<'_>, store: &Store, seq: Seq, now: Moment) -> Result<bool> {
        let is_more = self.rows.at_head(following, store, seq, now)?;
        if self.steps == 0 {
            return Err(StoreError::Missing { what: "power for", id: "a moment".to_owned() });
        }
        self.steps -= 1;
        Ok(is_more)
    }

    fn forget(&mut self) {
        self.rows.forget();
    }

    fn drop_all(&mut self, following: &mut Following<'_>) -> Result<()> {
        self.rows.drop_all(following)
    }
}

#[test]
fn killed_in_the_middle_it_goes_on_beside_what_comes_in_and_counts_nothing_twice() {
    for (rig, fresh) in pairs() {
        let (world, mut kills) = (world(), 0);
        let (before, after) = world.split_at(50);
        rig.take(before);
        follower(&rig, 1).catch_up().unwrap();
        let mut after = after.chunks(3);
        loop {
            let mut killed = Follower::new(Arc::clone(&rig.store), Arc::clone(&rig.clock), Killed { rows: rows(2), steps: 1 });
            let is_through = killed.catch_up().is_ok();
            kills += 1;
            assert!(kills < 500, "it never comes through");
            match after.next() {
                Some(batch) => rig.take(batch),
                None if is_through => break,
                None => {}
            }
        }
        assert!(kills > 5, "{kills}");
        fresh.take(before);
        follower(&fresh, 1).catch_up().unwrap();
        let unknown = fresh.lines("select 'x' from @slot_rows where is_understood = 0").len() as i64;
        let still =
            fresh.lines("select 'x' from @slot_rows where is_understood = 0 and provider_market not in ('totals', 'player_points')").len();
        assert_eq!(report(&rig).iter().filter(|(key, _)| key[1] == "unknown").map(|(_, slots)| slots).sum::<i64>(), unknown - still as i64);
        fresh.take(&world[50..]);
        let mut anew = follower(&fresh, 2);
        anew.reset().unwrap();
        anew.catch_up().unwrap();
        assert_eq!(rig.dump(), fresh.dump());
        assert_eq!(markets_by_counts(&rig), markets_by_rows(&rig));
    }
}

#[test]
fn an_older_program_that_came_back_leaves_what_it_wrote_to_the_newer_one() {
    for (rig, fresh) in pairs() {
        let world = world();
        for (version, part) in [(2, &world[..30]), (1, &world[30..60]), (2, &world[60..])] {
            rig.take(part);
            follower(&rig, version).catch_up().unwrap();
        }
        fresh.take(&world);
        follower(&fresh, 2).catch_up().unwrap();
        assert_eq!(rig.dump(), fresh.dump());
    }
}

#[test]
fn rows_of_a_program_that_kept_no_versions_are_read_again_whole() {
    for (rig, fresh) in pairs() {
        let world = world();
        rig.take(&world[..60]);
        follower(&rig, 1).catch_up().unwrap();
        // as the schema of before leaves it: it moves its cursor and knows of nothing else
        rig.execute("update @cursors set versioned_seq = null");
        rig.execute("delete from @meanings");
        rig.execute("delete from @word_counts");
        rig.execute("update @slot_rows set is_milestone = 0");
        rig.take(&world[60..]);
        follower(&rig, 2).catch_up().unwrap();
        fresh.take(&world);
        follower(&fresh, 2).catch_up().unwrap();
        let rows = |rig: &Rig| rig.dump().into_iter().filter(|line| !line.starts_with("word_counts")).collect::<Vec<_>>();
        assert_eq!(rows(&rig), rows(&fresh));
        assert_eq!(markets_by_counts(&rig), markets_by_counts(&fresh));
        assert!(report(&rig).iter().any(|(key, slots)| key[1] == "unknown" && *slots > 0));
        assert!(rig.store.meaning_changes().unwrap().iter().all(|change| change.from_version == 0 && change.to_version == 2));
    }
}

#[test]
fn rows_of_an_old_database_that_is_followed_are_looked_at_again() {
    for rig in Rig::all().iter().filter(|rig| rig.is_postgres()) {
        rig.take(&world());
        follower(rig, 1).catch_up().unwrap();
        follower(rig, 2).catch_up().unwrap();
        assert_eq!(rig.lines("select event_id from @old_due"), [""; 0], "nobody follows it");
        rig.execute("insert into @old_follower values (1, true, 'sports_events', now())");
        follower(rig, 1).catch_up().unwrap();
        rig.execute("update @meanings set version = 1, target = 1");
        rig.execute("update @slot_rows set market = 'totals', is_understood = 0 where provider_market = 'totals'");
        follower(rig, 2).catch_up().unwrap();
        let of_totals = "select distinct l.event_id from @slot_rows s join @listings l on l.listing_id = s.listing_id where s.provider_market = 'totals'";
        assert_eq!(rig.lines("select event_id from @old_due"), rig.lines(of_totals));
    }
}
