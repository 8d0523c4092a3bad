//! What players did, from a box score to `/v1/stats` and SQL, on both engines: corrections are later facts, and both moments answer.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Served, fixture};
use odds::reply::Request;
use serde_json::{Value, json};

const FIRST: &str = "2024-09-06T05:00:00Z";
const CORRECTED: &str = "2024-09-06T12:00:00Z";

/// A box score, and hours later one in which a catch was taken back.
fn told(served: &Served) {
    let summary = Request::to("/apis/site/v2/sports/football/nfl/summary").with("event", "9001");
    let body = fixture("espn/summary_box_score.json");
    served.take("espn", "summary", &summary, FIRST, &body);
    let text = String::from_utf8(body).unwrap();
    let figures = r#"["7", "103", "14.7", "1", "49", "9"]"#;
    assert!(text.contains(figures));
    let corrected = text.replace(figures, r#"["6", "97", "16.1", "1", "49", "9"]"#);
    served.take("espn", "summary", &summary, CORRECTED, corrected.as_bytes());
    served.follow();
}

/// An answer, asked from outside of what opened the store.
fn get(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.get(path))
}

fn refused(served: &Served, path: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(served.refused(path))
}

fn engines() -> Vec<(Served, Option<testkit::postgres::TestDatabase>)> {
    let postgres = testkit::postgres::shared().map(|cluster| {
        let database = cluster.database();
        (Served::empty_at(&database.url), Some(database))
    });
    std::iter::once((Served::empty(), None)).chain(postgres).collect()
}

fn sql(served: &Served, sql: &'static str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut connection = served.state.store.engine().connect_to_read().unwrap();
    let read = connection.query(sql, &[], &mut |row| {
        lines.push(row.opt_text(0)?.unwrap_or("null").to_owned());
        Ok(())
    });
    read.unwrap_or_else(|error| panic!("{sql}: {error}: {:?}", std::error::Error::source(&error)));
    lines
}

fn yards(answer: &Value) -> Vec<Value> {
    answer["stats"].as_array().unwrap().iter().map(|line| line["stats"]["rec_yds"].clone()).collect()
}

#[test]
fn a_correction_is_a_later_fact_and_both_moments_answer() {
    for (served, _database) in engines() {
        told(&served);
        let now = get(&served, "/v1/stats?player=wes%20wide");
        assert_eq!(yards(&now), [json!(97)], "{now}");
        let line = &now["stats"][0];
        assert_eq!(
            (&line["player"], &line["team"], &line["side"], &line["provider"]),
            (&json!("Wes Wide"), &json!("Ruddock Rams"), &json!("home"), &json!("espn"))
        );
        assert_eq!((&line["first_seen_at"], &line["observed_at"], &line["is_final"]), (&json!(CORRECTED), &json!(CORRECTED), &json!(true)));
        assert_eq!(line["stats"]["tds"], json!(1));
        let then = format!("/v1/stats?player=wide&as_of={FIRST}");
        assert_eq!(yards(&get(&served, &then)), [json!(103)]);
        let known = format!("/v1/stats?player=wide&known_at={FIRST}");
        assert_eq!(yards(&get(&served, &known)), [json!(103)]);
        let before = get(&served, "/v1/stats?player=wide&as_of=2024-09-01T00:00:00Z");
        assert_eq!((yards(&before).len(), before["absent"]["state"].as_str()), (0, Some("not_observed")));
    }
}

#[test]
fn an_event_tells_all_its_players_and_one_of_them() {
    for (served, _database) in engines() {
        told(&served);
        let event = get(&served, "/v1/stats?player=wide")["stats"][0]["event"].as_str().unwrap().to_owned();
        let all = get(&served, &format!("/v1/stats?event={event}"));
        assert_eq!(all["stats"].as_array().unwrap().len(), 5);
        let one = get(&served, &format!("/v1/stats?event={event}&player=foot"));
        assert_eq!((one["stats"].as_array().unwrap().len(), &one["stats"][0]["stats"]["kicking_points"]), (1, &json!(9)));
        let nobody = get(&served, &format!("/v1/stats?event={event}&player=nobody"));
        assert!(nobody["stats"].as_array().unwrap().is_empty() && nobody["absent"]["reason"].is_string());
        let unknown = refused(&served, "/v1/stats?event=0a1b2c3d4e5f60718293a4b5c6d7e8f9");
        assert_eq!(unknown["status"], 404, "{unknown}");
        assert_eq!(get(&served, "/v1/stats?event=9001")["stats"].as_array().unwrap().len(), 5, "by the provider's id, too");
        let misspelt = get(&served, "/v1/stats?player=Wes%20Wyde");
        assert!(misspelt["absent"]["reason"].as_str().unwrap().contains("did you mean Wes Wide?"), "{misspelt}");
        assert_eq!(refused(&served, "/v1/stats?player=wide&limit=0")["status"], 400);
    }
}

#[test]
fn a_players_games_go_on_by_cursor_the_newest_first() {
    let served = Served::empty();
    let text = String::from_utf8(fixture("espn/summary_box_score.json")).unwrap();
    for game in 1..=5 {
        let body = text.replace("9001", &format!("900{game}")).replace("2024-09-06", &format!("2024-09-0{game}"));
        let summary = Request::to("/apis/site/v2/sports/football/nfl/summary").with("event", format!("900{game}"));
        served.take("espn", "summary", &summary, &format!("2024-09-0{game}T06:00:00Z"), body.as_bytes());
    }
    served.follow();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&served, &format!("/v1/stats?player=wide&limit=2{cursor}"));
        seen.extend(page["stats"].as_array().unwrap().iter().map(|line| line["starts_at"].as_str().unwrap()[..10].to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["2024-09-05", "2024-09-04", "2024-09-03", "2024-09-02", "2024-09-01"]);
}

#[test]
fn the_view_has_a_row_a_statistic_as_it_stands() {
    for (served, _database) in engines() {
        told(&served);
        let of_wide = "select stat || ' ' || cast(value as text) || ' ' || team || ' ' || side from @player_game_stats
            where player_name = 'Wes Wide' and stat in ('rec_yds', 'receptions') order by stat";
        assert_eq!(sql(&served, of_wide), ["rec_yds 97 Ruddock Rams home", "receptions 6 Ruddock Rams home"]);
        let sacks = "select cast(value as text) from @player_game_stats where player_id = '4' and stat = 'sacks'";
        assert_eq!(sql(&served, sacks), ["1.5"]);
        let known =
            "select external_event_id || ' ' || sport_key || ' ' || league || ' ' || home_team || ' ' || source from @player_game_stats
            where player_name = 'Wes Wide' and stat = 'tds'";
        assert_eq!(sql(&served, known), ["9001 football/nfl football.nfl Ruddock Rams espn"]);
        assert_eq!(sql(&served, "select player_name from @players where player_name = 'Wes Wide'"), ["Wes Wide"]);
        let before = sql(&served, "select subject || stat || cast(milli as text) from @stat_rows order by 1");
        assert!(!before.is_empty());
        served.follow();
        assert_eq!(
            sql(&served, "select subject || stat || cast(milli as text) from @stat_rows order by 1"),
            before,
            "written twice, the same"
        );
    }
}
