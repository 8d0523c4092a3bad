//! Sides the other way round: home and away of every answer that merges are the event's, and lines keep to the side that they are of.

use serde_json::Value;

use super::rig::{Game, House};
use super::served::{Served, follower, rows};

fn final_at(id: &str, home: &str, away: &str, quotes: (&str, &str, i32)) -> Game {
    Game {
        id: id.to_owned(),
        league: "football.nfl".to_owned(),
        home: home.to_owned(),
        away: away.to_owned(),
        start: "2025-02-09T23:30:00Z".to_owned(),
        is_neutral: true,
        quotes: Some((quotes.0.to_owned(), quotes.1.to_owned(), quotes.2)),
        ..Game::default()
    }
}

fn quote<'a>(quotes: &'a Value, provider: &str, market: &str, selection: &str) -> &'a Value {
    let mut all = quotes.as_array().unwrap().iter();
    let is_it = |quote: &&Value| quote["provider"] == provider && quote["market"] == market && quote["selection"] == selection;
    all.find(is_it).unwrap_or_else(|| panic!("{provider} {market} {selection} in {quotes:#}"))
}

#[test]
fn the_sides_of_an_event_are_those_of_its_founder_in_every_answer() {
    for house in House::on_both() {
        // the Chiefs give two and a half points to one, and are away at the other
        house.take("one", "2025-02-09T12:00:00Z", &[final_at("1", "Kansas City Chiefs", "Philadelphia Eagles", ("1.8", "2.1", -5))]);
        house.take("two", "2025-02-09T12:01:00Z", &[final_at("2", "Philadelphia Eagles", "Kansas City Chiefs", ("2.05", "1.85", 5))]);
        let event = house.event("one", "1");
        assert_eq!(house.event("two", "2"), event);
        let served = Served::over(&house);
        let board = served.get(&format!("/v1/events/{event}/odds?as_of=2025-02-09T12:02:00Z"));
        assert_eq!((board["home"].as_str(), board["listings"][1]["is_turned"].as_bool()), (Some("Kansas City Chiefs"), Some(true)));
        for (market, provider, home, line) in [
            ("moneyline", "one", 1.8, None),
            ("moneyline", "two", 1.85, None),
            ("spread", "one", 1.8, Some(-2.5)),
            ("spread", "two", 1.85, Some(-2.5)),
        ] {
            let quote = quote(&board["quotes"], provider, market, "home");
            assert_eq!((quote["price"].as_f64(), quote["line"].as_f64()), (Some(home), line), "{provider} {market}");
        }
        assert_eq!(quote(&board["quotes"], "two", "moneyline", "home")["is_best"], true, "compared with the same side");
        let history = served.get(&format!("/v1/events/{event}/history?selection=home&market=spread&as_of=2025-02-09T12:02:00Z"));
        let lines: Vec<f64> = history["changes"].as_array().unwrap().iter().map(|change| change["line"].as_f64().unwrap()).collect();
        assert_eq!(lines, [-2.5, -2.5]);
        let changes = served.get("/v1/changes?after=0&limit=500");
        let told =
            changes["changes"].as_array().unwrap().iter().filter(|change| change["kind"] == "quote" && change["selection"] == "home");
        let prices: Vec<f64> = told.map(|change| change["price"].as_f64().unwrap()).collect();
        assert_eq!(prices, [1.8, 1.8, 1.85, 1.85]);

        let over = Game {
            status: Some("final".to_owned()),
            score: Some(("40".to_owned(), "22".to_owned())),
            ..final_at("2", "Philadelphia Eagles", "Kansas City Chiefs", ("2.05", "1.85", 5))
        };
        house.take("two", "2025-02-10T03:30:00Z", &[over]);
        let told = served.get(&format!("/v1/events/{event}?as_of=2025-02-10T04:00:00Z"));
        assert_eq!((told["scores"]["home"].as_str(), told["scores"]["away"].as_str()), (Some("22"), Some("40")));
        follower(&house).catch_up().unwrap();
        let rows = rows(house.store());
        assert!(
            rows.iter().any(|row| row.starts_with("event_rows")
                && row.contains("Kansas City Chiefs Philadelphia Eagles")
                && row.contains(" 22 40 "))
        );
        let of_two: Vec<&String> = rows.iter().filter(|row| row.starts_with("slot_rows 2 ") && row.contains(" home ")).collect();
        assert!(of_two.len() == 2 && of_two.iter().all(|row| row.contains("Kansas City Chiefs") || row.contains("-2500")), "{of_two:?}");
        let results: Vec<&str> =
            rows.iter().filter(|row| row.starts_with("historical_rows 2 ")).filter_map(|row| row.rsplit(' ').next()).collect();
        assert_eq!(results, ["win", "loss", "win", "loss"], "the Eagles won, as its own home side: {rows:#?}");
    }
}
