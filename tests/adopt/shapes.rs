//! The follower of the old tables on every shape, with dirt of every kind: it writes what it knows, and all of it goes back.

use predictive_play::adopt::cutover;
use serde_json::{Value, json};
use testkit::legacy::{Part, Recipe, Shape};

use super::house::{House, game_of, h2h, market, minutes};
use super::rig::{now, old};

/// Prices of the games to come of a league, in the rows' own names.
fn board(house: &mut House, events: &str, sport: &str, league: &str, step: i64) -> Value {
    let rows = house.value(&format!(
        "select to_jsonb(array(select jsonb_build_array(e.id, e.home_team, e.away_team, e.start_time) from public.{events} e
         where e.start_time between now() and now() + interval '3 days' and e.league = '{league}' and e.home_team <> e.away_team order by e.id))"
    ));
    let one = |row: &Value| {
        let text = |at: usize| row[at].as_str().unwrap();
        let sides = (text(1), text(2));
        let price = 1.5 + step as f64 / 10.0;
        let spreads =
            market("spreads", &json!([{"name": sides.0, "price": 1.91, "point": -3.5}, {"name": sides.1, "price": 1.91, "point": 3.5}]));
        game_of(
            sport,
            text(0),
            sides,
            text(3),
            &[("draftkings", vec![h2h(sides, (price, 2.3)), spreads]), ("pinnacle", vec![h2h(sides, (1.6, 2.2))])],
        )
    };
    rows.as_array().unwrap().iter().map(one).collect()
}

const LEAGUES: [(&str, &str); 3] = [("basketball_nba", "NBA"), ("icehockey_nhl", "NHL"), ("americanfootball_nfl", "NFL")];

fn follow_and_go_back(recipe: &Recipe) {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let old = old(cluster, recipe);
    let events = old.planted.events_table.clone();
    let mut house = House::of(old.database);
    let before = house.all();
    let mut written = 0;
    for step in 0..2 {
        for (sport, league) in LEAGUES {
            let board = board(&mut house, &events, sport, league, step);
            house.hears_of(sport, "odds", &minutes(61 + step), &board);
        }
        house.later();
        let done = house.follows();
        assert_eq!(done.theirs, 0, "{done:?}");
        written += done.written + done.added;
    }
    assert!(written > 0, "{:?}: nothing was written", recipe.parts);
    assert_ne!(house.all(), before);
    if recipe.has(Part::OddsTables) && !recipe.has(Part::EmptyTables) {
        assert_ne!(house.value("select count(*) from predictive_play.old_rows where old_table = 'odds_data'"), json!(0));
    }
    assert_eq!(house.undoes(), [], "{:?}", recipe.parts);
    assert_eq!(house.all(), before, "{:?}", recipe.parts);
    let proofs = cutover::proof_all(&mut house.client).unwrap();
    assert!(proofs.iter().all(|proof| proof.changed_by_others + proof.written_by_both == 0), "{proofs:?}");
}

#[test]
fn the_basic_shape_is_followed_and_given_back() {
    follow_and_go_back(&Recipe::of(Shape::Basic, 1, now()));
}

#[test]
fn the_shape_with_sources_is_followed_and_given_back() {
    follow_and_go_back(&Recipe::of(Shape::WithSources, 2, now()));
}

#[test]
fn the_half_enhanced_shape_is_followed_and_given_back() {
    follow_and_go_back(&Recipe::of(Shape::HalfEnhanced, 3, now()));
}

#[test]
fn the_shape_that_broke_half_way_is_followed_and_given_back() {
    follow_and_go_back(&Recipe::of(Shape::BrokenHalfWay, 4, now()));
}

#[test]
fn any_mix_is_followed_and_given_back() {
    for seed in 5..9 {
        follow_and_go_back(&Recipe::of(Shape::Mixed, seed, now()));
    }
}
