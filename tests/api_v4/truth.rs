//! What `/v4` leaves out, refuses and admits.

use odds::Moment;
use serde_json::Value;

use crate::served::Served;

const SWEEP: &str = "/v4/sports/basketball_nba/odds?regions=us&markets=h2h";
const ID: &str = "aa1b2c3d4e5f60718293a4b5c6d7e8f9";

/// A sweep of one game with the prices of one book: home, away.
fn sweep(at: &str, books: &[(&str, &str, &str)]) -> Vec<u8> {
    let books: Vec<Value> = books
        .iter()
        .map(|(key, home, away)| {
            let outcomes: Vec<Value> = [("Home", home), ("Away", away)]
                .iter()
                .filter(|(_, price)| !price.is_empty())
                .map(|(name, price)| serde_json::json!({"name": name, "price": serde_json::from_str::<Value>(price).unwrap()}))
                .collect();
            let markets = serde_json::json!([{"key": "h2h", "last_update": at, "outcomes": outcomes}]);
            serde_json::json!({"key": key, "title": key.to_uppercase(), "last_update": at, "markets": markets})
        })
        .collect();
    let event = serde_json::json!({
        "id": ID, "sport_key": "basketball_nba", "sport_title": "NBA", "commence_time": "2026-01-11T00:10:00Z",
        "home_team": "Home", "away_team": "Away", "bookmakers": books,
    });
    serde_json::to_vec(&[event]).unwrap()
}

fn take(served: &Served, at: &str, books: &[(&str, &str, &str)]) {
    let moment: Moment = at.parse().unwrap();
    served.clock.set(moment);
    served.take("the-odds-api", "odds", SWEEP, moment, &sweep(at, books));
}

fn shown(served: &Served) -> Vec<String> {
    let events = served.json("/v4/sports/basketball_nba/odds?regions=us&markets=h2h");
    let outcome = |book: &Value, outcome: &Value| format!("{} {} {}", book["key"], outcome["name"], outcome["price"]).replace('"', "");
    let of_book = |book: &Value| {
        let markets = book["markets"].as_array().unwrap().iter();
        markets.flat_map(|market| market["outcomes"].as_array().unwrap()).map(|one| outcome(book, one)).collect::<Vec<_>>()
    };
    events.as_array().unwrap().iter().flat_map(|event| event["bookmakers"].as_array().unwrap()).flat_map(of_book).collect()
}

#[test]
fn withdrawn_unobserved_and_old_quotes_are_left_out() {
    let served = Served::at("2026-01-10T20:00:00Z");
    take(&served, "2026-01-10T20:00:00Z", &[("fanduel", "1.9", "2"), ("betmgm", "1.8", "2.1")]);
    assert_eq!(shown(&served), ["fanduel Home 1.9", "fanduel Away 2", "betmgm Home 1.8", "betmgm Away 2.1"]);
    take(&served, "2026-01-10T20:05:00Z", &[("fanduel", "1.9", "")]);
    assert_eq!(shown(&served), ["fanduel Home 1.9"], "Away was withdrawn, and betmgm did not come");
    served.clock.set("2026-01-10T22:00:00Z".parse().unwrap());
    assert_eq!(shown(&served), [""; 0], "nobody looked for two hours");
    let past = served.json("/v4/historical/sports/basketball_nba/odds?regions=us&date=2026-01-10T20:04:59Z");
    assert_eq!(past["data"][0]["bookmakers"].as_array().unwrap().len(), 2, "as of the first sweep both stood");
}

#[test]
fn the_past_is_walked_by_its_neighbours_and_each_time_leads_to_its_answer() {
    let served = Served::at("2026-01-10T20:00:00Z");
    for (at, price) in [("2026-01-10T20:00:00.25Z", "1.5"), ("2026-01-10T20:05:00.75Z", "1.6"), ("2026-01-10T20:10:00Z", "1.7")] {
        take(&served, at, &[("fanduel", price, "2")]);
    }
    let ask = |date: &str| served.json(&format!("/v4/historical/sports/basketball_nba/odds/?regions=us&date={date}"));
    let first = ask("2026-01-10T20:03:00Z");
    assert_eq!((first["timestamp"].as_str(), first["previous_timestamp"].as_str()), (Some("2026-01-10T20:00:00Z"), None));
    let next = ask(first["next_timestamp"].as_str().unwrap());
    assert_eq!(next["timestamp"], first["next_timestamp"]);
    assert_eq!((&next["previous_timestamp"], next["next_timestamp"].as_str()), (&first["timestamp"], Some("2026-01-10T20:10:00Z")));
    assert_eq!(next["data"][0]["bookmakers"][0]["markets"][0]["outcomes"][0]["price"], 1.6);
    let older = served.json("/v4/sports/basketball_nba/odds-history?regions=us&date=2026-01-10T20:07:00Z");
    assert_eq!(older, next);
    let before = served.get("/v4/historical/sports/basketball_nba/odds?regions=us&date=2026-01-10T19:00:00Z");
    assert_eq!((before.header("x-requests-last"), before.header("x-predictive-play-coverage")), ("0", "not-collected"));
    assert_eq!(before.json()["next_timestamp"], "2026-01-10T20:00:00Z");
}

#[test]
fn both_stores_answer_the_same() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let folder = tempfile::tempdir().unwrap();
    let on_postgres = Served::on(&database.url, folder, "2026-01-10T20:00:00Z", api::v4::CREDITS_PER_MONTH);
    let on_sqlite = Served::at("2026-01-10T20:00:00Z");
    for served in [&on_postgres, &on_sqlite] {
        take(served, "2026-01-10T20:00:00Z", &[("fanduel", "1.9", "2"), ("betmgm", "1.8", "2.1")]);
        take(served, "2026-01-10T20:05:00Z", &[("fanduel", "1.9", "")]);
    }
    for target in [
        "/v4/sports?all=true".to_owned(),
        "/v4/sports/basketball_nba/odds?regions=us".to_owned(),
        "/v4/sports/upcoming/odds?regions=us".to_owned(),
        "/v4/sports/golf_us_open_winner/events".to_owned(),
        "/v4/sports/basketball_nba/participants".to_owned(),
        "/v4/sports/basketball_nba/scores?daysFrom=1".to_owned(),
        format!("/v4/sports/basketball_nba/events/{ID}/markets?regions=us"),
        "/v4/historical/sports/basketball_nba/odds?regions=us&date=2026-01-10T20:04:00Z".to_owned(),
        format!("/v4/historical/sports/basketball_nba/events/{ID}/odds?regions=us&date=2026-01-10T20:04:00Z"),
    ] {
        let (here, there) = (on_postgres.get(&target), on_sqlite.get(&target));
        assert_eq!((here.status, here.text), (there.status, there.text), "{target}");
    }
}

#[test]
fn formats_are_as_asked() {
    let served = Served::at("2026-01-10T20:00:00Z");
    take(&served, "2026-01-10T20:00:00Z", &[("fanduel", "1.5", "2.75")]);
    let events = served.json("/v4/sports/basketball_nba/odds?regions=us&oddsFormat=american&dateFormat=unix");
    assert_eq!(events[0]["commence_time"], 1_768_090_200);
    let outcomes = &events[0]["bookmakers"][0]["markets"][0]["outcomes"];
    assert_eq!((&outcomes[0]["price"], &outcomes[1]["price"]), (&Value::from(-200), &Value::from(175)));
}

#[test]
fn multipliers_and_rotation_numbers_come_where_they_are_asked_for() {
    let served = Served::at("2026-01-10T20:00:15Z");
    served.take_fixture("odds", "odds_two_books_with_links.json");
    served.take_fixture("event_odds", "event_odds_props_and_multipliers.json");
    let event = "/v4/sports/basketball_nba/events/60718293a4b5c6d7e8f90a1b2c3d4e5f/odds?regions=us_dfs&markets=player_points";
    let over = |extra: &str| served.json(&format!("{event}{extra}"))["bookmakers"][0]["markets"][0]["outcomes"][0].clone();
    assert_eq!((over("&includeMultipliers=true")["multiplier"].as_f64(), over("").get("multiplier")), (Some(1.05), None));
    let sweep = "/v4/sports/basketball_nba/odds?regions=us&eventIds=0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let numbered = served.json(&format!("{sweep}&includeRotationNumbers=true"));
    assert_eq!((numbered[0]["home_rotation_number"].as_u64(), numbered[0]["away_rotation_number"].as_u64()), (Some(502), Some(501)));
    assert_eq!(served.json(sweep)[0].get("home_rotation_number"), None);
}

#[test]
fn what_is_not_collected_says_so_and_costs_no_lie() {
    let served = Served::at("2026-01-10T20:00:00Z");
    take(&served, "2026-01-10T20:00:00Z", &[("fanduel", "1.5", "2.75")]);
    for target in ["/v4/sports/icehockey_nhl/odds?regions=us", "/v4/sports/basketball_nba/odds?regions=us&markets=totals"] {
        let got = served.get(target);
        assert_eq!((got.status, got.header("x-predictive-play-coverage")), (200, "not-collected"), "{target}: {}", got.text);
    }
    let props = served.get(&format!("/v4/sports/basketball_nba/events/{ID}/odds?regions=us&markets=player_points"));
    assert_eq!((props.json()["bookmakers"].as_array().unwrap().len(), props.header("x-requests-last")), (0, "0"));
    assert_eq!(props.header("x-predictive-play-coverage"), "not-collected");
    assert_eq!(served.get("/v4/sports/basketball_nba/odds?regions=us").header("x-predictive-play-coverage"), "");
}

#[test]
fn errors_have_their_codes_statuses_and_shape() {
    let served = Served::at("2026-01-10T20:00:00Z");
    take(&served, "2026-01-10T20:00:00Z", &[("fanduel", "1.5", "2.75")]);
    let unknown = "b".repeat(32);
    for (target, status, code) in [
        ("/v4/sports/curling_moon/odds?regions=us".to_owned(), 404, "UNKNOWN_SPORT"),
        ("/v4/sports/basketball_nba/odds".to_owned(), 422, "MISSING_REGION"),
        ("/v4/sports/basketball_nba/odds?regions=us&markets=player_points".to_owned(), 422, "INVALID_MARKET"),
        (format!("/v4/sports/basketball_nba/events/{unknown}/odds?regions=us"), 404, "EVENT_NOT_FOUND"),
        ("/v4/sports/basketball_nba/events/7/odds?regions=us".to_owned(), 422, "INVALID_EVENT_ID"),
        ("/v4/historical/sports/basketball_nba/odds?regions=us".to_owned(), 422, "MISSING_HISTORICAL_TIMESTAMP"),
        ("/v4/sports/basketball_nba/scores?daysFrom=9".to_owned(), 422, "INVALID_SCORES_DAYS_FROM"),
    ] {
        let got = served.get(&target);
        let body = got.json();
        assert_eq!((got.status, body["error_code"].as_str()), (status, Some(code)), "{target}: {}", got.text);
        assert!(body["message"].is_string() && body["details_url"].as_str().unwrap().starts_with("/docs"), "{}", got.text);
        assert_eq!(got.header("x-requests-last"), "0", "a refused call costs nothing");
    }
}

#[test]
fn credits_run_out_for_priced_calls_alone() {
    let served = Served::with_allowance("2026-01-10T20:00:00Z", 2);
    take(&served, "2026-01-10T20:00:00Z", &[("fanduel", "1.5", "2.75")]);
    let odds = "/v4/sports/basketball_nba/odds?regions=us,eu&apiKey=one";
    let first = served.get(odds);
    assert_eq!((first.status, first.header("x-requests-last"), first.header("x-requests-remaining")), (200, "2", "0"));
    let second = served.get(odds);
    assert_eq!((second.status, second.json()["error_code"].as_str()), (401, Some("OUT_OF_USAGE_CREDITS")));
    assert_eq!(served.get("/v4/sports?apiKey=one").status, 200);
    assert_eq!(served.get("/v4/sports/basketball_nba/odds?regions=us&apiKey=two").status, 200);
}

#[test]
fn games_that_others_tell_of_stand_under_the_same_sport_with_the_books_own_names() {
    let served = Served::at("2026-01-10T20:00:00Z");
    let csv =
        "Div,Date,Time,HomeTeam,AwayTeam,B365H,B365D,B365A,MaxH,MaxD,MaxA\nE0,11/01/2026,15:00,Arsenal,Chelsea,1.8,3.6,4.5,1.9,3.8,4.8\n";
    served.take("football-data", "fixtures", "", served.clock.now(), csv.as_bytes());
    let events = served.json("/v4/sports/soccer_epl/odds?regions=uk&bookmakers=bet365,Max");
    let event = &events[0];
    assert_eq!((event["home_team"].as_str(), event["sport_title"].as_str()), (Some("Arsenal"), Some("EPL")));
    assert_eq!(event["id"].as_str().unwrap().len(), 32);
    let books = event["bookmakers"].as_array().unwrap();
    assert_eq!((books.len(), books[0]["key"].as_str(), books[0]["title"].as_str()), (1, Some("bet365"), Some("Bet365")));
    let names: Vec<_> = books[0]["markets"][0]["outcomes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Arsenal", "Draw", "Chelsea"]);
    let one = served.json(&format!("/v4/sports/soccer_epl/events/{}/odds?regions=uk", event["id"].as_str().unwrap()));
    assert_eq!(one["id"], event["id"]);
}

#[test]
fn a_market_of_a_book_is_told_by_whoever_looked_last() {
    let served = Served::at("2026-01-10T20:00:00Z");
    take(&served, "2026-01-10T20:00:00Z", &[("draftkings", "1.9", "2")]);
    let at: Moment = "2026-01-10T20:01:00Z".parse().unwrap();
    let scoreboard = r#"{"leagues":[{"id":"46","slug":"nba"}],"events":[{"id":"9001","uid":"s:40~l:46~e:9001","date":"2026-01-11T00:10Z",
        "season":{"slug":"regular-season"},"competitions":[{"id":"9001","date":"2026-01-11T00:10Z","competitors":[
        {"id":"1","homeAway":"home","team":{"id":"1","displayName":"Home"}},{"id":"2","homeAway":"away","team":{"id":"2","displayName":"Away"}}],
        "status":{"type":{"name":"STATUS_SCHEDULED","state":"pre","completed":false}},"odds":[{"provider":{"id":"41","name":"DraftKings"},
        "moneyline":{"home":{"close":{"odds":"-200"}},"away":{"close":{"odds":"+150"}}}}]}]}]}"#;
    served.clock.set(at);
    served.take("espn", "scoreboard", "", at, scoreboard.as_bytes());
    assert_eq!(shown(&served), ["draftkings Home 1.5", "draftkings Away 2.5"], "ESPN looked last, and says so under the same book");
    take(&served, "2026-01-10T20:02:00Z", &[("draftkings", "1.8", "2.1")]);
    assert_eq!(shown(&served), ["draftkings Home 1.8", "draftkings Away 2.1"]);
}

#[test]
fn whoever_guards_the_way_has_the_answers_to_wrong_keys() {
    use api::v4::KeyProblem;
    for (kind, code) in
        [(KeyProblem::Missing, "MISSING_KEY"), (KeyProblem::Invalid, "INVALID_KEY"), (KeyProblem::Deactivated, "DEACTIVATED_KEY")]
    {
        let response = api::v4::key_problem(kind);
        assert_eq!(response.status().as_u16(), 401);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = runtime.block_on(axum::body::to_bytes(response.into_body(), 10_000)).unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(body["error_code"], code);
        assert!(body["message"].is_string() && body["details_url"].is_string());
    }
}

#[test]
fn a_game_that_one_source_says_is_over_is_answered_with_its_score_alone() {
    let served = Served::at("2026-01-10T20:00:00Z");
    take(&served, "2026-01-10T20:00:00Z", &[("fanduel", "1.5", "2.75")]);
    let now: Moment = "2026-01-11T02:50:00Z".parse().unwrap();
    served.clock.set(now);
    take(&served, "2026-01-11T02:50:00Z", &[("fanduel", "1.01", "21")]);
    assert_eq!(shown(&served).len(), 2, "it is being played");
    let over = serde_json::json!([{
        "id": ID, "sport_key": "basketball_nba", "sport_title": "NBA", "commence_time": "2026-01-11T00:10:00Z", "completed": true,
        "home_team": "Home", "away_team": "Away", "last_update": "2026-01-11T02:50:00Z",
        "scores": [{"name": "Home", "score": "101"}, {"name": "Away", "score": "99"}],
    }]);
    served.take("the-odds-api", "scores", "", now, &serde_json::to_vec(&over).unwrap());
    assert_eq!(shown(&served), [""; 0]);
    assert_eq!(served.json("/v4/sports/basketball_nba/scores"), serde_json::json!([]), "games that are over are asked for by days");
    assert_eq!(served.json("/v4/sports/basketball_nba/scores?daysFrom=1"), over);
    let gone = served.get(&format!("/v4/sports/basketball_nba/events/{ID}/odds?regions=us"));
    assert_eq!((gone.status, gone.json()["error_code"].as_str()), (404, Some("EVENT_NOT_FOUND")));
}

#[test]
fn the_one_book_of_a_keyless_scoreboard_stands_under_its_own_key() {
    let served = Served::at("2026-01-09T22:00:00Z");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("providers/fixtures/espn/scoreboard_mixed.json");
    served.take("espn", "scoreboard", "", served.clock.now(), &std::fs::read(path).unwrap());
    let events = served.json("/v4/sports/basketball_nba/odds?regions=us&markets=h2h,spreads,totals&oddsFormat=american");
    let event = events.as_array().unwrap().iter().find(|event| !event["bookmakers"].as_array().unwrap().is_empty()).unwrap();
    let book = &event["bookmakers"][0];
    assert_eq!((book["key"].as_str(), book["title"].as_str()), (Some("draftkings"), Some("DraftKings")));
    let keys: Vec<_> = book["markets"].as_array().unwrap().iter().map(|market| market["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["h2h", "spreads", "totals"]);
    let home = &book["markets"][1]["outcomes"][0];
    assert_eq!((&home["name"], home["price"].as_i64(), home["point"].as_f64()), (&event["home_team"], Some(105), Some(-1.5)));
    assert_eq!(book["last_update"], "2026-01-09T22:00:00Z", "no time is stated, so it is the moment at which we looked");
}
