//! Injuries of two sources that disagree: two in the answer, two in SQL, one player; and each change of each as a stream.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Served, fixture};
use odds::reply::Request;
use serde_json::{Value, json};

const NOON: &str = "2026-01-10T12:00:00Z";
const LATER: &str = "2026-01-10T13:00:00Z";

fn engines() -> Vec<(Served, Option<testkit::postgres::TestDatabase>)> {
    let postgres = testkit::postgres::shared().map(|cluster| {
        let database = cluster.database();
        (Served::empty_at(&database.url).live(), Some(database))
    });
    // what waits for the store's tail is made off the runtime's threads
    std::iter::once((Served::empty().live(), None)).chain(postgres).collect()
}

fn espn(served: &Served, at: &str, edits: &[(&str, &str)]) {
    let mut text = String::from_utf8(fixture("espn/injuries_nba.json")).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let request = Request::to("/apis/site/v2/sports/basketball/nba/injuries");
    served.take("espn", "injuries", &request, at, text.as_bytes());
}

/// The other source: the same man in the same team, and another word.
fn sportradar(served: &Served, at: &str, status: &str) {
    let body = json!({ "league": { "id": "5f0a1f6e-0000-4000-8000-000000000002", "alias": "NBA" }, "teams": [{
        "id": "5f0a1f6e-0000-4000-8000-0000000000c1", "name": "Bears", "market": "North", "players": [{
            "id": "5f0a1f6e-0000-4000-8000-0000000000d9", "full_name": "Al Ash", "position": "G",
            "injuries": [{ "id": "i1", "desc": "Knee", "status": status, "update_date": "2026-01-09" }],
        }],
    }] });
    let request = Request::to("/nba/trial/v8/en/league/injuries.json");
    served.take("sportradar", "injuries", &request, at, body.to_string().as_bytes());
}

fn get(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.get(path))
}

fn said(injury: &Value) -> (&str, &str) {
    (injury["provider"].as_str().unwrap(), injury["status"].as_str().unwrap())
}

#[test]
fn two_sources_that_disagree_are_shown_as_two_of_one_player() {
    for (served, _database) in engines() {
        espn(&served, NOON, &[]);
        sportradar(&served, NOON, "Probable");
        served.follow_players();
        served.follow();
        let answer = get(&served, "/v1/injuries?sport=basketball.nba&player=al%20ash");
        let injuries = answer["injuries"].as_array().unwrap();
        assert_eq!(injuries.iter().map(said).collect::<Vec<_>>(), [("espn", "Out"), ("sportradar", "Probable")], "{answer}");
        let ids: Vec<&Value> = injuries.iter().map(|injury| &injury["player_id"]).collect();
        assert!(ids[0].is_string() && ids[0] == ids[1], "one man: {answer}");
        let meanings: Vec<&Value> = injuries.iter().map(|injury| &injury["meaning"]).collect();
        assert_eq!(meanings, [&json!("out"), &json!("probable")]);
        let view = "select source || ' ' || player_name || ' ' || injury_status || ' ' || injury_meaning from @injury_reports
            where player_name = 'Al Ash' order by source";
        assert_eq!(served.sql(view), ["espn Al Ash Out out", "sportradar Al Ash Probable probable"]);
    }
}

#[test]
fn a_change_of_one_source_is_a_change_of_its_own_in_the_ledger_and_in_the_stream() {
    for (served, _database) in engines() {
        espn(&served, NOON, &[]);
        sportradar(&served, NOON, "Probable");
        let before = get(&served, "/v1/changes?kind=fact&limit=1000");
        espn(&served, LATER, &[("\"status\":\"Out\"", "\"status\":\"Day-To-Day\"")]);
        served.follow();
        let ledger = get(&served, "/v1/injuries/changes?sport=basketball.nba&player=al%20ash");
        let told: Vec<_> =
            ledger["changes"].as_array().unwrap().iter().map(|one| (one["provider"].as_str(), one["kind"].as_str())).collect();
        let (espn, other) = (Some("espn"), Some("sportradar"));
        assert_eq!(told.len(), 3, "{ledger}");
        assert!(told.contains(&(other, Some("listed"))) && told.contains(&(espn, Some("listed"))), "{ledger}");
        assert_eq!(told[2], (espn, Some("changed")));
        let changed = &ledger["changes"][2];
        assert_eq!((&changed["before"]["status"], &changed["after"]["status"]), (&json!("Out"), &json!("Day-To-Day")));
        let after = before["next"].as_str().unwrap();
        let stream = get(&served, &format!("/v1/changes?kind=fact&after={after}&limit=1000"));
        let of_ash: Vec<&Value> = stream["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|change| change["fact"] == "injury" && change["subject"] == "900001")
            .collect();
        assert_eq!(of_ash.len(), 1, "{stream}");
        assert_eq!((&of_ash[0]["value"]["status"], &of_ash[0]["provider"]), (&json!("Day-To-Day"), &json!("espn")), "{stream}");
        assert!(
            stream["changes"].as_array().unwrap().iter().all(|change| change["provider"] != "sportradar"),
            "the other stands: {stream}"
        );
        let view = "select source || ' ' || injury_status from @injury_reports where player_name = 'Al Ash' order by source";
        assert_eq!(served.sql(view), ["espn Day-To-Day", "sportradar Probable"]);
        let earlier = get(&served, &format!("/v1/injuries?sport=basketball.nba&player=al%20ash&as_of={NOON}"));
        assert_eq!(said(&earlier["injuries"][0]), ("espn", "Out"), "as it was then: {earlier}");
    }
}
