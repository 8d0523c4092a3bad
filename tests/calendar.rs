//! `GET /v1/backfill`: the calendar of the past, with the reason of every hole.
#![allow(clippy::unwrap_used)]

mod common;

use common::Served;

#[tokio::test]
async fn the_calendar_of_the_past_tells_what_was_planned_and_why_the_rest_is_not_there() {
    let served = Served::filled();
    let goal =
        r#"{"provider":"the-odds-api","sports":["basketball_nba"],"from":"2026-01-10","to":"2026-01-10","markets":["h2h","totals"]}"#;
    let plan = store::backfill::PlanRow {
        id: "0f1e2d3c4b5a".to_owned(),
        provider: "the-odds-api".to_owned(),
        goal: goal.to_owned(),
        max_credits: Some(100),
        predicted_credits: 40,
        predicted_calls: 2,
        made_at: served.clock.now(),
        ended_at: None,
        ended_because: None,
    };
    served.state.store.keep_backfill_plan(&plan).unwrap();
    let all = served.get("/v1/backfill").await;
    assert_eq!((&all["plans"][0]["plan"], &all["plans"][0]["spent_credits"]), (&"0f1e2d3c4b5a".into(), &0.into()));
    let days = all["days"].as_array().unwrap();
    let markets: Vec<_> = days.iter().map(|day| (day["day"].as_str().unwrap(), day["market"].as_str().unwrap())).collect();
    assert_eq!(markets, [("2026-01-10", "h2h"), ("2026-01-10", "totals")], "the days and markets of the plan");
    assert_eq!(days[0]["holes"], serde_json::json!([{"reason": "not_asked", "games": days[0]["games"]}]));
    let money = store::Store::end_backfill_plan;
    money(&served.state.store, "0f1e2d3c4b5a", served.clock.now(), "out_of_credits").unwrap();
    let all = served.get("/v1/backfill?provider=the-odds-api&market=totals").await;
    assert_eq!(all["days"].as_array().unwrap().len(), 1);
    assert_eq!(all["days"][0]["holes"][0]["reason"], "out_of_credits");
    let none = served.get("/v1/backfill?provider=the-odd-api").await;
    assert!(none["absent"]["reason"].as_str().unwrap().contains("did you mean the-odds-api?"), "{none}");
}
