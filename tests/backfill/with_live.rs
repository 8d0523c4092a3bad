//! Back-fill beside live collecting, in any order: what was so as of a moment does not depend on it, and what live has set aside stays.

use predictive_play::backfill::run::Ended;

use crate::house::{House, goal, said, season};

#[tokio::test(flavor = "multi_thread")]
async fn newest_first_or_oldest_first_the_store_says_the_same() {
    let (one, other) = (House::new(season(8), 1_000_000), House::new(season(8), 1_000_000));
    for house in [&one, &other] {
        house.learn_the_games(8).await;
    }
    assert_eq!(one.run(&goal(8), None).await, Ended::Done);
    let mut late = goal(8);
    late.from = jiff::civil::date(2025, 1, 10);
    assert_eq!(other.run(&late, None).await, Ended::Done);
    assert_eq!(other.run(&goal(8), None).await, Ended::Done);
    assert_eq!(other.meter.spent(), one.meter.spent(), "the second plan asks for the rest alone");
    assert_eq!(said(&one.store), said(&other.store));
}
