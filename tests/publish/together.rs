//! What is new is read and written together: the same as one listing after another, in few questions.

use std::collections::BTreeSet;

use odds::{EventId, ListingId, Moment, Seq};
use predictive_play::publish::Follower;
use store::{Cut, ListingRows, Over, Sealing, Store};
use testkit::bodies::{Asked, Drift, Shape, Step, play};
use testkit::statements::StatementWire;

use crate::rig::Rig;
use crate::{rough, shuffled};

fn text(rows: &ListingRows) -> String {
    format!("{rows:?}")
}

#[test]
fn many_listings_and_events_are_read_as_one_by_one_at_every_place_in_the_log() {
    for rig in Rig::all() {
        rig.take(&shuffled(rough(31, 60)));
        let store = &rig.store;
        let all = store.all_listings().unwrap();
        let ids: Vec<ListingId> = all.iter().map(|row| row.id).collect();
        let events: Vec<EventId> = all.iter().map(|row| row.event).collect::<BTreeSet<_>>().into_iter().collect();
        let head = store.head().unwrap().seq;
        let mut missed = 0;
        // once as it lies open, once with all that is over sealed
        let seal = Over { started_before: Moment::MAX, read_before: Moment::MAX };
        let knowns = [1, 5, head.0 / 2, head.0].map(Seq);
        for (at, known) in knowns.iter().chain(&knowns).copied().enumerate() {
            if at == knowns.len() {
                assert_ne!(store.seal(seal, &mut |_| true).unwrap(), Sealing::default());
            }
            let cut = Cut { as_of: Moment::MAX, known };
            let together = store.rows_of_listings(&ids, known).unwrap();
            for id in &ids {
                let alone = text(&store.listing_rows(*id, cut).unwrap());
                missed += alone.matches("Missed").count();
                assert_eq!(text(&together[id]), alone, "listing {id} at {known}");
            }
            let mut together = store.listings_by_number(&ids, known).unwrap();
            together.sort_by_key(|row| row.id);
            let alone: Vec<_> = ids.iter().map(|id| store.listing_known(*id, known).unwrap().unwrap()).collect();
            assert_eq!(together, sorted(alone));
            let alone: Vec<_> = events.iter().filter_map(|event| store.event_known(*event, known).unwrap()).collect();
            assert_eq!(store.events_known(&events, known).unwrap(), alone, "at {known}");
        }
        assert!(missed > 0, "sweeps miss some of the listings");
    }
}

fn sorted(mut rows: Vec<store::ListingRow>) -> Vec<store::ListingRow> {
    rows.sort_by_key(|row| row.id);
    rows
}

/// One reply with many games, and one after they are over.
fn many_games() -> Vec<testkit::bodies::GeneratedReply> {
    let shape = Shape { events: 300, books: 2, props: 0, players: 0, ..Shape::SMALL };
    let step = |secs, asked| Step { secs, drift: Drift::CALM, asked, extras: 0 };
    play(37, shape, &[step(60, Asked::Odds), step(20 * 86_400, Asked::Events)])
}

#[test]
fn the_first_reading_asks_for_all_new_listings_together_and_tells_how_far_it_is() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::on(&database.url, folder);
    rig.take(&many_games());
    let games = rig.store.all_listings().unwrap().len();
    assert!(games >= 300, "{games} games");
    let wire = StatementWire::to(("127.0.0.1", cluster.port()));
    let through = std::sync::Arc::new(Store::open(&wire.through(&database.url), None, tempfile::tempdir().unwrap().path()).unwrap());
    let before = wire.asked().len();
    let mut follower = Follower::new(through, std::sync::Arc::clone(&rig.clock), rig.rows(500_000));
    let mut told = Vec::new();
    let head = follower.catch_up_telling(&mut |seq| told.push(seq)).unwrap();
    let asked = wire.asked().len() - before;
    assert!(asked < 2 * games, "{asked} statements for {games} games: {:#?}", &wire.asked()[before..before + 60]);
    assert!(told.first().is_some_and(|first| *first > Seq(0)) && told.last() == Some(&head) && told.is_sorted(), "{told:?}");
    assert_eq!(head, rig.store.head().unwrap().seq);
    assert_eq!(rig.lines("select distinct 'told' from @historical_odds"), ["told"], "lines of games that are over");
    assert_eq!(crate::standing_by_rows(&rig), crate::standing_by_boards(&rig));
}
