//! One book through two providers, each with its own key of it: one row of the old tables, and the freshest price in it.

use serde_json::{Value, json};

use super::followed::{CLIPPERS, old, prices};
use super::house::{House, game, h2h, hours, minutes};

fn board(id: &str, book: &str, price: f64) -> Value {
    json!([game(id, CLIPPERS, &hours(20), &[(book, vec![h2h(CLIPPERS, (price, 2.5))])])])
}

/// The winner's rows of a book, in the order in which they were made.
fn of_book(house: &mut House, books: &[&str]) -> Vec<Value> {
    let is_one = |row: &Value| books.contains(&row[0].as_str().unwrap());
    prices(house).into_iter().filter(is_one).map(|row| json!([row[0], row[2], row[3]])).collect()
}

#[test]
fn a_book_of_two_providers_has_one_row_an_outcome_with_the_freshest_price_and_rank_breaks_the_tie() {
    const BOOKS: [&str; 2] = ["williamhill_us", "caesars"];
    let caesars = "insert into bookmakers (bookmaker_key, name) values ('caesars', 'Caesars Sportsbook')";
    for list in ["", caesars] {
        let Some(mut house) = House::new(&format!("{}{list};", old())) else { return };
        let before = house.all();
        let key = if list.is_empty() { "williamhill_us" } else { "caesars" };
        let rows = |home: f64| [json!([key, "LA Clippers", home]), json!([key, "Boston Celtics", 150.0])];
        house.hears("odds", &minutes(61), &board("c1", "williamhill_us", 1.5));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-200.0));
        // the second is fresher
        house.later();
        house.hears_from_second(&minutes(66), &board("d1", "caesars", 1.4));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-250.0), "no second row of one book");
        assert_eq!(house.follows(), Default::default(), "twice changes nothing");
        // and the first again
        house.later();
        house.hears("odds", &minutes(70), &board("c1", "williamhill_us", 1.6));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-167.0));
        // both at once: the better in rank, whoever came last
        house.later();
        house.hears("odds", &minutes(75), &board("c1", "williamhill_us", 1.7));
        house.hears_from_second(&minutes(75), &board("d1", "caesars", 1.8));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-143.0));
        // the freshest takes it down: what the other saw before does not come back in its place
        house.later();
        house.hears_from_second(&minutes(80), &board("d1", "caesars", 1.9));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-111.0));
        house.later();
        let points =
            json!({"key": "player_points", "outcomes": [{"name": "Over", "description": "James Harden", "price": 1.9, "point": 20.5}]});
        house.hears_from_second(&minutes(85), &json!([game("d1", CLIPPERS, &hours(20), &[("caesars", vec![points])])]));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-111.0));
        assert_eq!(
            house.value("select count(*) from predictive_play.quotes_now where book = 'caesars' and market = 'moneyline' and is_best"),
            json!(0)
        );
        house.later();
        house.hears("odds", &minutes(90), &board("c1", "williamhill_us", 1.7));
        house.follows();
        assert_eq!(of_book(&mut house, &BOOKS), rows(-143.0));
        assert_eq!(house.value("select count(distinct bookmaker_id) from odds_data"), json!(2), "draftkings and it");
        assert_eq!(house.undoes(), []);
        assert_eq!(house.all(), before);
    }
}
