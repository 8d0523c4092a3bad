//! What the made-up bodies promise to those who test with them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;

fn beginning() -> Moment {
    "2026-03-31T18:00:00Z".parse().unwrap()
}

/// Prices by what tells an outcome from another.
fn prices(reply: &GeneratedReply) -> BTreeMap<Posted, String> {
    reply.posted().into_iter().map(|posted| (Posted { price: String::new(), ..posted.clone() }, posted.price)).collect()
}

#[test]
fn a_seed_gives_the_same_season_and_another_seed_another() {
    let bodies = |seed| season(seed).take(3).map(|reply| reply.body).collect::<Vec<_>>();
    assert_eq!(bodies(7), bodies(7));
    assert_ne!(bodies(7), bodies(8));
    assert_eq!(season(7).next().unwrap().observed_at, beginning());
}

#[test]
fn a_reply_of_a_season_has_600_outcomes_and_a_fifth_of_them_move() {
    let replies: Vec<GeneratedReply> = season(1).take(2).collect();
    let (before, after) = (prices(&replies[0]), prices(&replies[1]));
    assert_eq!((replies[0].outcomes, before.len(), after.len()), (600, 600, 600));
    assert_eq!(before.iter().filter(|(key, price)| after[key] != **price).count(), 120);
    assert_eq!(replies[1].observed_at.secs_since(replies[0].observed_at), 300.0);
}

#[test]
fn bodies_have_the_shape_of_the_wire() {
    let world = World::new(3, Shape::SMALL, beginning());
    let body = |reply: GeneratedReply| serde_json::from_str::<serde_json::Value>(&reply.body).unwrap();
    let odds = body(world.odds());
    let book = &odds[0]["bookmakers"][0];
    assert_eq!((book["key"].as_str(), book["last_update"].is_string()), (Some("draftkings"), true));
    assert!(book["markets"][0]["outcomes"][0].get("point").is_none());
    assert!(book["markets"][1]["outcomes"][0]["point"].is_f64());
    let event = body(world.event_odds(4));
    assert_eq!(event["id"].as_str(), Some(world.listings()[1]));
    assert!(event["bookmakers"][0].get("last_update").is_none());
    assert!(event["bookmakers"][0]["markets"][0]["outcomes"][0]["description"].is_string());
    let historical = world.historical_odds(9);
    assert_eq!((historical.basis, historical.observed_at), (Basis::Stated, beginning()));
    assert_eq!(body(historical)["timestamp"], "2026-03-31T17:59:51Z");
    assert!(body(world.events())[0].get("bookmakers").is_none());
    assert!(body(world.scores())[0]["scores"].is_null());
}

#[test]
fn requests_say_what_was_asked() {
    let world = World::new(3, Shape::SMALL, beginning());
    let odds = world.odds();
    assert_eq!(
        (odds.request.path.as_str(), odds.request.query["markets"].as_str()),
        ("/v4/sports/basketball_nba/odds", "h2h,spreads,totals")
    );
    let event = world.event_odds(0);
    assert_eq!(event.request.path, format!("/v4/sports/basketball_nba/events/{}/odds", world.listings()[0]));
    assert_eq!(event.request.query["markets"], "player_points,player_rebounds");
    assert_eq!(world.historical_odds(0).request.path, "/v4/historical/sports/basketball_nba/odds");
    assert_eq!(odds.reply().body, odds.body.as_bytes());
}

#[test]
fn the_named_shapes_are_as_large_as_they_say() {
    assert_eq!(World::new(1, Shape::FEATURED, beginning()).odds().outcomes, 600);
    assert_eq!(World::new(1, Shape::PROPS, beginning()).event_odds(0).outcomes, 1152);
}

#[test]
fn a_world_that_stands_still_says_the_same_prices_at_another_time() {
    let mut world = World::new(5, Shape::SMALL, beginning());
    let before = world.odds();
    world.advance(200, &Drift::STILL);
    let after = world.odds();
    assert_eq!(prices(&before), prices(&after));
    assert_ne!(before.body, after.body);
}

#[test]
fn a_rough_world_loses_and_regains_listings_books_markets_outcomes_and_moves_starts_and_lines() {
    let mut world = World::new(11, Shape::SMALL, beginning());
    let mut seen: [BTreeSet<(bool, String)>; 4] = Default::default();
    let (mut starts, mut points) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..60 {
        world.advance(60, &Drift::ROUGH);
        for event in &world.events {
            starts.insert((event.id.clone(), event.starts_at));
            seen[0].insert((event.is_gone, event.id.clone()));
            for book in &event.books {
                seen[1].insert((book.is_gone, format!("{}{}", event.id, book.key)));
                for market in &book.markets {
                    seen[2].insert((market.is_gone, format!("{}{}{}", event.id, book.key, market.key)));
                    points.extend(market.outcomes.iter().filter_map(|outcome| outcome.point));
                    seen[3].extend(market.outcomes.iter().map(|outcome| (outcome.is_gone, outcome.name.to_owned())));
                }
            }
        }
    }
    for both in &seen {
        assert!(both.iter().any(|(is_gone, what)| !is_gone && both.contains(&(true, what.clone()))));
    }
    assert!(starts.len() > world.events.len() && points.len() > 20);
}

#[test]
fn games_begin_end_and_make_room_for_others() {
    let mut world = World::new(2, Shape::SMALL, beginning());
    let first = world.listings()[0].to_owned();
    let mut phases = BTreeSet::new();
    for _ in 0..200 {
        world.advance(900, &Drift::CALM);
        let scores: serde_json::Value = serde_json::from_str(&world.scores().body).unwrap();
        let game = scores.as_array().unwrap().iter().find(|game| game["id"] == first.as_str());
        phases.extend(game.map(|game| (game["completed"].as_bool().unwrap(), game["scores"].is_array())));
    }
    assert_eq!(phases, BTreeSet::from([(false, false), (false, true), (true, true)]));
    assert!(!world.listings().contains(&first.as_str()));
    assert_eq!(world.listings().len(), Shape::SMALL.events);
}

#[test]
fn sequences_come_out_of_order_with_ties_and_every_endpoint() {
    let (mut endpoints, mut is_late, mut is_tied) = (BTreeSet::new(), false, false);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..50 {
        let all = replies(12).new_tree(&mut runner).unwrap().current();
        endpoints.extend(all.iter().map(|reply| reply.endpoint));
        is_late |= all.windows(2).any(|pair| pair[1].observed_at < pair[0].observed_at);
        let moments: BTreeSet<Moment> = all.iter().map(|reply| reply.observed_at).collect();
        is_tied |= moments.len() < all.len();
    }
    assert_eq!(endpoints, BTreeSet::from(["event_odds", "events", "historical_odds", "odds", "scores"]));
    assert!(is_late && is_tied);
}

proptest! {
    #[test]
    fn every_reply_is_right_json_with_real_prices_counted_and_no_outcome_twice(all in replies(6)) {
        for reply in all {
            let posted = reply.posted();
            prop_assert_eq!(posted.len(), reply.outcomes);
            prop_assert_eq!(prices(&reply).len(), reply.outcomes);
            for each in posted {
                prop_assert!(odds::Price::from_decimal(&each.price).is_ok(), "{:?}", each);
            }
        }
    }

    #[test]
    fn teams_of_a_game_are_two(seed in any::<u64>()) {
        let mut world = World::new(seed, Shape { events: 30, books: 0, ..Shape::SMALL }, beginning());
        for _ in 0..20 {
            world.advance(40_000, &Drift::STILL);
            prop_assert!(world.events.iter().all(|event| event.home != event.away));
        }
    }
}
