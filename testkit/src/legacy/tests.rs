//! The maker of old databases is an oracle only if it does what it says.

use super::*;
use crate::postgres::{PostgresOptions, TestDatabase, dedicated, shared};

const NOW: i64 = 1_790_000_000;
const SHAPES: [Shape; 5] = [Shape::Basic, Shape::WithSources, Shape::HalfEnhanced, Shape::BrokenHalfWay, Shape::Mixed];

fn count(database: &TestDatabase, from: &str) -> u64 {
    database.text(&format!("select count(*)::text from {from}")).unwrap().parse().unwrap()
}

#[test]
fn every_shape_holds_the_rows_that_were_told() {
    let Some(cluster) = shared() else { return };
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let (database, recipe) = (cluster.database_with_spaces(), Recipe::of(shape, seed as u64, NOW));
        let planted = fill(&database.url, &recipe);
        for (table, rows) in &planted.rows {
            assert_eq!(count(&database, table), *rows, "{shape:?} {table}");
        }
        assert!(planted.rows[&format!("public.{}", planted.events_table)] > 300, "dirt adds rows");
        let fitting = Dirt::ALL.iter().filter(|kind| kind.fits(&recipe)).count();
        assert_eq!((planted.dirt.len(), shape), (fitting, shape), "{:?}", planted.dirt.keys());
        assert!(planted.dirt.values().all(|keys| keys.len() == 2), "{shape:?}: {:?}", planted.dirt);
    }
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    let Some(cluster) = shared() else { return };
    let hash = "select md5(string_agg(e::text, '' order by id)) from sports_events e";
    let made = |seed: u64| {
        let database = cluster.database();
        let recipe = Recipe { parts: Recipe::of(Shape::WithSources, 1, NOW).parts, ..Recipe::of(Shape::WithSources, seed, NOW) };
        let planted = fill(&database.url, &recipe);
        (planted, database.text(hash))
    };
    let (one, again, other) = (made(1), made(1), made(2));
    assert_eq!(one, again);
    assert_ne!(one.1, other.1);
}

#[test]
fn a_host_stands_round_the_tables() {
    let Some(cluster) = shared() else { return };
    let database = cluster.database_with_spaces();
    let planted = fill(&database.url, &Recipe::of(Shape::HalfEnhanced, 3, NOW));
    assert!(database.text("select auth.uid()::text").is_none());
    assert_eq!(count(&database, "pg_policies where schemaname = 'public'"), 4);
    assert_eq!(count(&database, "pg_publication_tables where pubname = 'supabase_realtime'"), 2);
    assert_eq!(count(&database, "predictions p where not exists (select from sports_events e where e.id = p.event_id)"), 2);
    assert_eq!(planted.prices_in_events + planted.prices_in_rows, 400 + 40);
}

#[test]
#[ignore = "100,000 events and a million prices: a measure of its own speed"]
fn a_large_database_is_made_in_seconds() {
    let quick = PostgresOptions { fsync: false, ..PostgresOptions::default() }.with("max_wal_size", "4GB").with("shared_buffers", "256MB");
    let Some(cluster) = dedicated(&quick) else { return };
    let database = cluster.database();
    let began = std::time::Instant::now();
    let planted = fill(&database.url, &Recipe::of(Shape::HalfEnhanced, 1, NOW).sized(100_000, 1_000_000));
    println!("{:?} for {:?}", began.elapsed(), planted.rows);
    assert!(planted.prices_in_events + planted.prices_in_rows >= 1_000_000);
}
