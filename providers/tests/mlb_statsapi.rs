//! MLB's API, by fixtures of our own: no reply of it was recorded.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use odds::injury::{Injury, InjuryStatus};
use odds::observation::{Decoded, FactKind, ListingKind, ListingSeen};
use odds::reply::{Basis, Reply, Request};
use odds::roster::{Official, Transaction};
use odds::settlement::Figure;
use odds::stat::{StatLine, TeamSide};
use providers::mlb_statsapi::MlbStatsApi;
use providers::{Provider, Verdict};

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/fixtures/mlb-statsapi/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn reply<'a>(endpoint: &'a str, path: &str, body: &'a str) -> Reply<'a> {
    let headers: &BTreeMap<String, String> = Box::leak(Box::default());
    let request: &Request = Box::leak(Box::new(Request::to(path)));
    let fetched_at = "2024-07-05T12:00:00Z".parse().unwrap();
    let body = body.as_bytes();
    Reply { provider: "mlb-statsapi", endpoint, request, status: 200, headers, body, fetched_at, basis: Basis::Fetched, sport: None }
}

fn listing<'d>(told: &'d Decoded<'_>, id: &str) -> &'d ListingSeen<'d> {
    told.snapshots.iter().flat_map(|at| &at.listings).find(|listing| listing.id == id).unwrap()
}

fn fact<'l>(listing: &'l ListingSeen<'_>, kind: FactKind, subject: &str) -> Option<&'l str> {
    listing.facts.iter().find(|fact| fact.kind == kind && fact.subject == subject).map(|fact| &*fact.value)
}

fn line(listing: &ListingSeen<'_>, player: &str) -> Option<StatLine> {
    fact(listing, FactKind::Stat, player).map(|value| serde_json::from_str(value).unwrap())
}

#[test]
fn a_postponed_game_keeps_its_id_and_stands_once_as_it_was_played() {
    let body = fixture("schedule");
    let told = MlbStatsApi.decode(&reply("schedule", "/api/v1/schedule", &body));
    assert_eq!(told.snapshots[0].listings.len(), 3);
    let game = listing(&told, "7001");
    assert_eq!((fact(game, FactKind::Status, ""), fact(game, FactKind::Start, "")), (Some("final"), Some("2024-07-04T17:10:00Z")));
    assert_eq!((fact(game, FactKind::HomeScore, ""), fact(game, FactKind::AwayScore, "")), (Some("3"), Some("2")));
    assert_eq!(fact(game, FactKind::PeriodScores, ""), Some(r#"{"away":[0,2],"home":[3,null]}"#));
    assert!(fact(game, FactKind::Attribute, "reschedule").unwrap().contains("2024-07-03T23:10:00Z"));
}

#[test]
fn the_games_of_a_doubleheader_are_told_apart_by_number() {
    let body = fixture("schedule");
    let told = MlbStatsApi.decode(&reply("schedule", "/api/v1/schedule", &body));
    let number = |id: &str| fact(listing(&told, id), FactKind::GameNumber, "").map(str::to_owned);
    assert_eq!((number("7001").as_deref(), number("7002").as_deref(), number("7003")), (Some("1"), Some("2"), None));
    assert!(fact(listing(&told, "7002"), FactKind::Attribute, "away/probable_pitcher").unwrap().contains("Abel Arm"));
}

#[test]
fn a_postponed_game_is_not_final_and_an_unknown_state_is_named() {
    let body = fixture("schedule").replace("\"detailedState\":\"Final\"", "\"detailedState\":\"Postponed: Rain\"");
    let told = MlbStatsApi.decode(&reply("schedule", "/api/v1/schedule", &body));
    assert_eq!(fact(listing(&told, "7001"), FactKind::Status, ""), Some("postponed"));
    assert_eq!(fact(listing(&told, "7001"), FactKind::HomeScore, ""), None, "a game that was not begun has no score");
    let unheard = listing(&told, "7003");
    assert_eq!((fact(unheard, FactKind::Status, ""), fact(unheard, FactKind::Start, "")), (None, None), "a start to be set is none");
    assert!(told.problems.iter().any(|problem| problem.detail.contains("Unheard")));
}

#[test]
fn a_box_score_tells_what_players_did_and_nothing_of_the_bench() {
    let body = fixture("boxscore");
    let told = MlbStatsApi.decode(&reply("boxscore", "/api/v1/game/7001/boxscore", &body));
    let game = listing(&told, "7001");
    let figure = |player: &str, stat: &str| line(game, player).unwrap().figure(stat);
    assert_eq!([figure("51", "pitcher_outs"), figure("51", "pitcher_strikeouts")], [17_000, 7000].map(|milli| Some(Figure::Milli(milli))));
    assert_eq!(
        [figure("52", "hrr"), figure("52", "total_bases"), figure("52", "singles")],
        [5000, 6000, 0].map(|milli| Some(Figure::Milli(milli)))
    );
    assert_eq!(figure("51", "hits"), None, "hits that he allowed are not his");
    assert_eq!((line(game, "53"), line(game, "61").unwrap().side), (None, Some(TeamSide::Home)));
    assert_eq!(told.problems.len(), 1, "one player is broken, the others are read");
    let alone = MlbStatsApi.decode(&reply("boxscore", "", &body));
    assert!(alone.snapshots[0].listings.is_empty() && alone.problems[0].detail.contains("which game"));
}

#[test]
fn a_feed_of_a_game_that_is_over_says_who_took_no_part() {
    let (boxscore, game) = (fixture("boxscore"), r#""game":{"type":"R","doubleHeader":"N","gameNumber":1}"#);
    let body = format!(
        r#"{{"gamePk":7009,"gameData":{{{game},"datetime":{{"dateTime":"2024-07-04T17:10:00Z"}},"status":{{"abstractGameState":"Final","detailedState":"Final"}},"teams":{{"home":{{"id":2,"name":"Ruddock Rams"}},"away":{{"id":1,"name":"Northam Owls"}}}},"venue":{{"name":"Ruddock Park"}}}},"liveData":{{"linescore":{{"innings":[],"teams":{{"home":{{"runs":3}},"away":{{"runs":2}}}}}},"boxscore":{boxscore}}}}}"#
    );
    let told = MlbStatsApi.decode(&reply("feed", "", &body));
    let game = listing(&told, "7009");
    assert_eq!((fact(game, FactKind::Status, ""), fact(game, FactKind::HomeScore, "")), (Some("final"), Some("3")));
    assert_eq!(line(game, "53").unwrap().figure("hits"), Some(Figure::DidNotPlay));
    let live = body.replace("\"abstractGameState\":\"Final\",\"detailedState\":\"Final\"", "\"abstractGameState\":\"Live\"");
    let told = MlbStatsApi.decode(&reply("feed", "", &live));
    assert_eq!(line(listing(&told, "7009"), "53"), None, "he may come in yet");
}

#[test]
fn a_player_is_on_the_injured_list_from_his_move_until_the_next() {
    let body = fixture("transactions");
    let told = MlbStatsApi.decode(&reply("transactions", "/api/v1/transactions", &body));
    let lists: Vec<(String, Option<Injury>)> = told
        .snapshots
        .iter()
        .flat_map(|at| at.listings.iter().map(move |list| (at.observed_at, list)))
        .filter(|(_, list)| list.kind == ListingKind::InjuryList)
        .map(|(at, list)| (at.to_string(), fact(list, FactKind::Injury, "52").map(|value| serde_json::from_str(value).unwrap())))
        .collect();
    assert_eq!((lists[0].0.as_str(), lists[1].0.as_str()), ("2024-06-14T03:59:59Z", "2024-06-25T03:59:59Z"));
    let injury = lists[0].1.as_ref().unwrap();
    assert_eq!((injury.meaning, injury.status.as_str()), (Some(InjuryStatus::InjuredList), "10-Day-IL"));
    assert_eq!(injury.body_part.as_deref(), Some("Right hamstring strain"));
    assert_eq!((lists[1].1.as_ref(), told.snapshots[1].listings[0].kind), (None, ListingKind::InjuryList));
}

#[test]
fn every_move_is_kept_by_its_day_with_who_goes_where() {
    let body = fixture("transactions");
    let told = MlbStatsApi.decode(&reply("transactions", "/api/v1/transactions", &body));
    let days: Vec<(&str, Vec<Transaction>)> = told
        .snapshots
        .iter()
        .flat_map(|at| &at.listings)
        .filter(|listing| listing.kind == ListingKind::Transactions)
        .map(|day| (&*day.id, day.facts.iter().map(|fact| serde_json::from_str(&fact.value).unwrap()).collect()))
        .collect();
    assert_eq!(
        days.iter().map(|(id, moves)| (*id, moves.len())).collect::<Vec<_>>(),
        [("transactions/mlb/2024-06-13", 3), ("transactions/mlb/2024-06-24", 1)]
    );
    let trade = &days[0].1[2];
    assert_eq!((trade.player.as_deref(), trade.provider_player_id.as_deref()), (Some("Ned Next"), Some("61")));
    assert_eq!((trade.from_team.as_deref(), trade.to_team.as_deref()), (Some("Ruddock Rams"), Some("Northam Owls")));
    assert_eq!((trade.kind.as_deref(), trade.on.as_str()), (Some("Trade"), "2024-06-13"));
    let nobody = told.problems.iter().map(|problem| problem.detail.as_str()).collect::<Vec<_>>();
    assert_eq!(nobody, ["a move without its id, day or sentence"]);
}

#[test]
fn officials_of_a_game_stand_in_its_box_score() {
    let body = fixture("boxscore").replacen(
        '{',
        r#"{"officials":[{"official":{"id":427,"fullName":"Una Umpire"},"officialType":"Home Plate"},{"official":{}}],"#,
        1,
    );
    let told = MlbStatsApi.decode(&reply("boxscore", "/api/v1/game/7001/boxscore", &body));
    let official = fact(listing(&told, "7001"), FactKind::Official, "427").map(|value| serde_json::from_str::<Official>(value).unwrap());
    assert_eq!(official, Some(Official { name: "Una Umpire".to_owned(), role: Some("Home Plate".to_owned()) }));
}

#[test]
fn what_is_no_answer_is_told() {
    let judged = |endpoint: &str, body: &str, status| MlbStatsApi.judge(&Reply { status, ..reply(endpoint, "", body) });
    for name in ["schedule", "boxscore", "transactions"] {
        assert_eq!(judged(name, &fixture(name), 200), Verdict::Good);
        assert!(matches!(judged(name, "<html>", 200), Verdict::ChangedShape(_)));
        assert!(judged(name, "{\"dates\":[", 200).is_retryable());
    }
    assert!(matches!(judged("boxscore", "{}", 404), Verdict::Gone(_)));
    assert!(judged("schedule", "", 503).is_retryable());
}
