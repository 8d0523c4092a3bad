//! Who plays for whom: rosters and moves, from replies to the directory of players, answers and the log; and what an event tells besides.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Served, fixture};
use odds::reply::Request;
use predictive_play::collect::menu::{self, Known};
use predictive_play::settings::Settings;
use serde_json::{Value, json};

fn engines() -> Vec<(Served, Option<testkit::postgres::TestDatabase>)> {
    let postgres = testkit::postgres::shared().map(|cluster| {
        let database = cluster.database();
        (Served::empty_at(&database.url), Some(database))
    });
    std::iter::once((Served::empty(), None)).chain(postgres).collect()
}

fn get(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.get(path))
}

/// A roster of the NBA: the team's number and name, and its players by number and name.
fn roster(served: &Served, at: &str, (id, team): (&str, &str), players: &[(&str, &str)]) {
    let player = |(id, name): &(&str, &str)| json!({ "id": id, "displayName": name, "position": { "abbreviation": "G" } });
    let body =
        json!({ "timestamp": at, "athletes": players.iter().map(player).collect::<Vec<_>>(), "team": { "id": id, "displayName": team } });
    let request = Request::to(format!("/apis/site/v2/sports/basketball/nba/teams/{id}/roster"));
    served.take("espn", "roster", &request, at, body.to_string().as_bytes());
}

const OCTOBER: &str = "2023-10-20T12:00:00Z";
const JANUARY: &str = "2024-01-15T12:00:00Z";

#[test]
fn a_player_who_is_on_another_roster_has_two_teams_by_their_dates() {
    for (served, _database) in engines() {
        roster(&served, OCTOBER, ("17", "Brooklyn Nets"), &[("11", "Nic Claxton"), ("12", "Cam Thomas")]);
        roster(&served, JANUARY, ("17", "Brooklyn Nets"), &[("12", "Cam Thomas")]);
        roster(&served, JANUARY, ("25", "Oklahoma City Thunder"), &[("11", "Nic Claxton")]);
        served.follow_players();
        let found = get(&served, "/v1/players?sport=basketball.nba&name=claxton");
        let teams = found["players"][0]["teams"].as_array().unwrap();
        let shown: Vec<_> = teams.iter().map(|team| (team["team"].as_str().unwrap(), team["first_at"].as_str().unwrap())).collect();
        assert_eq!(shown, [("Oklahoma City Thunder", JANUARY), ("Brooklyn Nets", OCTOBER)], "{found}");
        let sql = "select t.team from @player_teams t join @player_directory p on p.player_id = t.player_id where p.player = 'Nic Claxton'
            order by t.first_at";
        assert_eq!(served.sql(sql), ["Brooklyn Nets", "Oklahoma City Thunder"]);
        let nets = get(&served, "/v1/listings/espn/roster/basketball/nba/17");
        let gone = nets["facts"].as_array().unwrap().iter().find(|fact| fact["subject"] == "11").cloned().unwrap();
        assert_eq!((&nets["kind"], &gone["value"]), (&json!("roster"), &Value::Null), "who is missing from a roster is off it: {nets}");
        let events = get(&served, "/v1/events?sport=basketball.nba&from=2020-01-01T00:00:00Z");
        assert_eq!(events["events"], json!([]), "a roster is no event");
    }
}

#[test]
fn a_move_says_the_team_from_then_on_where_it_names_one_of_the_league() {
    for (served, _database) in engines() {
        let moved = |id: u32, to: &str, day: &str| {
            json!({ "id": id, "person": { "id": 61, "fullName": "Ned Next" }, "toTeam": { "id": 1, "name": to }, "date": day, "typeDesc": "Trade",
                "description": format!("{to} acquired 2B Ned Next.") })
        };
        let body = json!({ "transactions": [
            moved(1, "New York Mets", "2024-06-13"), moved(2, "Syracuse Farm", "2024-06-14"), moved(3, "San Diego Padres", "2024-06-20"),
        ] });
        let request = Request::to("/api/v1/transactions").with("sportId", "1");
        served.take("mlb-statsapi", "transactions", &request, "2024-06-21T12:00:00Z", body.to_string().as_bytes());
        served.follow_players();
        let found = get(&served, "/v1/players?sport=baseball.mlb&name=ned%20next");
        let teams: Vec<_> = found["players"][0]["teams"].as_array().unwrap().iter().map(|team| team["team"].as_str().unwrap()).collect();
        assert_eq!(teams, ["San Diego Padres", "New York Mets"], "a farm team is none of the league: {found}");
        let moves = get(&served, "/v1/transactions?sport=baseball.mlb&player=ned%20next");
        let shown: Vec<_> = moves["transactions"].as_array().unwrap().iter().map(|told| told["on"].as_str().unwrap()).collect();
        assert_eq!(shown, ["2024-06-20", "2024-06-14", "2024-06-13"], "the newest day first: {moves}");
        assert_eq!(moves["transactions"][0]["player_id"], found["players"][0]["id"], "{moves}");
    }
}

#[test]
fn moves_come_a_page_of_whole_days_at_a_time_and_by_team_and_day() {
    let served = Served::empty();
    served.take_moves();
    let of = |query: &str| {
        let answer = get(&served, &format!("/v1/transactions?sport=basketball.nba{query}"));
        let told: Vec<String> =
            answer["transactions"].as_array().unwrap().iter().map(|told| told["text"].as_str().unwrap().to_owned()).collect();
        (told, answer["next"].as_str().map(str::to_owned))
    };
    let (first, next) = of("&limit=1");
    assert_eq!(first, ["Signed G Al Ash to a two-way contract."]);
    let (rest, end) = of(&format!("&limit=1&cursor={}", next.unwrap()));
    assert_eq!(rest, ["Waived C Ed Elm."; 2], "a day is not cut in two");
    let (none, _) = of(&format!("&limit=1&cursor={}", end.unwrap()));
    assert_eq!(none, [""; 0]);
    assert_eq!(of("&team=owls").0.len(), 1);
    assert_eq!(of("&player=ed%20elm").0.len(), 2, "a name in a sentence is found as it stands");
    assert_eq!(of("&from=2026-01-10").0, first);
    assert_eq!(of("&to=2026-01-09").0.len(), 2);
    let refused = tokio::runtime::Runtime::new().unwrap().block_on(served.refused("/v1/transactions?from=noon"));
    assert!(refused["detail"].as_str().unwrap().contains("2026-11-25"), "{refused}");
}

#[test]
fn an_event_tells_its_officials_its_site_and_what_sources_give_the_sides() {
    for (served, _database) in engines() {
        let request = Request::to("/apis/site/v2/sports/basketball/nba/summary").with("event", "4003");
        served.take("espn", "summary", &request, "2026-01-09T03:00:00Z", &fixture("espn/summary_course.json"));
        let events = get(&served, "/v1/events?sport=basketball.nba&from=2026-01-01T00:00:00Z");
        let event = events["events"][0].clone();
        let id = event["id"].as_str().unwrap().to_owned();
        assert_eq!((&event["venue"], &event["neutral_site"]), (&json!("Middle Hall"), &json!(true)));
        assert_eq!(event["officials"][0], json!({ "name": "Una Umpire", "role": "Referee", "provider": "espn" }), "{event}");
        assert!(event.get("chances").is_none(), "the list stays short");
        let whole = get(&served, &format!("/v1/events/{id}"));
        let chances = whole["chances"].as_array().unwrap();
        let shown: Vec<_> = chances.iter().map(|one| (one["kind"].as_str().unwrap(), one["home"].as_f64(), one["away"].as_f64())).collect();
        assert_eq!(shown, [("projection", Some(0.415), Some(0.585)), ("win_probability", Some(1.0), Some(0.0))], "{whole}");
        assert_eq!(chances[1]["at"], json!("2026-01-09T02:20:30Z"));
        assert_eq!(chances[1]["course"][0], json!({ "at": "2026-01-09T00:10:41Z", "home": 0.61, "away": 0.39 }), "{whole}");
        let board = get(&served, &format!("/v1/events/{id}/odds"));
        assert_eq!(board["quotes"], json!([]), "a chance is no price: {board}");
        // a later summary names another hall: the newest word stands
        let moved = String::from_utf8(fixture("espn/summary_course.json")).unwrap().replace("Middle Hall", "Other Hall");
        served.take("espn", "summary", &request, "2026-01-09T04:00:00Z", moved.as_bytes());
        assert_eq!(get(&served, &format!("/v1/events/{id}"))["venue"], json!("Other Hall"));
    }
}

#[test]
fn the_teams_of_a_catalogue_are_those_whose_rosters_are_asked_unless_they_are_too_many() {
    let served = Served::empty();
    let teams = |sport: &str, count: usize| {
        let team = |id: usize| json!({ "team": { "id": id.to_string(), "displayName": format!("Team {id}") } });
        let leagues = json!([{ "slug": "x", "teams": (1..=count).map(team).collect::<Vec<_>>() }]);
        let request = Request::to(format!("/apis/site/v2/sports/{sport}/teams"));
        served.take("espn", "teams", &request, JANUARY, json!({ "sports": [{ "leagues": leagues }] }).to_string().as_bytes());
    };
    teams("basketball/nba", 2);
    teams("football/college-football", 65);
    let sports = ["basketball/nba", "football/college-football"].map(str::to_owned);
    let (ask, at) = (Settings::default().ask, JANUARY.parse().unwrap());
    let slates = menu::slates(&served.state.store, &providers::espn::Espn, &ask, &sports, at, Known::Own).unwrap();
    let asked: Vec<_> = slates.iter().map(|slate| slate.teams.as_slice()).collect();
    let nba = ["basketball/nba/1", "basketball/nba/2"].map(str::to_owned);
    assert_eq!(asked, [&nba[..], &[]]);
}
