//! `plan` before anything was collected: it looks for games by free calls, says what it asked, and keeps nothing.

use testkit::provider_server::{Act, Answer, ProviderServer};

use crate::Bench;

const KEY: &str = "abcdef0123456789";

/// Games of the next days, as the free call lists them.
fn events() -> String {
    let game = |number: i64| {
        let start = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30 * (number + 1));
        let start = start.strftime("%Y-%m-%dT%H:%M:%SZ");
        format!(
            r#"{{"id":"{number:032x}","sport_key":"basketball_nba","sport_title":"NBA","commence_time":"{start}","home_team":"A{number}","away_team":"B{number}"}}"#
        )
    };
    format!("[{}]", (0..3).map(game).collect::<Vec<_>>().join(","))
}

fn settings(url: &str) -> [(&str, &str); 5] {
    [
        ("THE_ODDS_API_KEY", KEY),
        ("THE_ODDS_API_BASE_URL", url),
        ("API_PROVIDER", "the-odds-api"),
        ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba"),
        ("NO_PROXY", "*"),
    ]
}

#[test]
fn before_the_first_start_the_cadence_is_shown_by_free_calls_and_nothing_is_kept() {
    let (bench, server) = (Bench::set_up(), ProviderServer::start());
    let answer =
        Answer::json(200, events()).with("x-requests-used", "100").with("x-requests-remaining", "19900").with("x-requests-last", "0");
    server.script("/v4/sports/basketball_nba/events", [Act::Answer(answer)]);
    for _ in 0..2 {
        let plan = bench.run_with(&["plan", "--json"], &settings(&server.url()));
        assert_eq!((plan.code, plan.err.as_str()), (0, ""), "{}", plan.err);
        let one = &plan.json()[0];
        assert_eq!(
            (&one["games_known"], &one["monthly_ceiling"], &one["is_ceiling_known"]),
            (&3.into(), &18_000.into(), &true.into()),
            "{one}"
        );
        assert!(one["credits"].as_i64().unwrap() > 0 && !one["sports"][0]["cadence"].as_array().unwrap().is_empty(), "{one}");
        assert!(one["asked_for_games"][0].as_str().unwrap().contains("1 free calls, 3 games"), "{one}");
    }
    assert!(server.received().iter().all(|request| request.path.ends_with("/events")), "it cost something");
    let dump = bench.run(&["dump", "--canonical"]);
    assert!(!dump.out.contains("basketball_nba"), "{}", dump.out);
    let asked = server.received().len();
    let plan = bench.run_with(&["plan", "--offline"], &settings(&server.url()));
    assert!(plan.out.contains("leave out --offline"), "{}", plan.out);
    assert_eq!(server.received().len(), asked, "--offline asked somebody");
}

#[test]
fn who_cannot_be_reached_is_named_without_the_key() {
    let bench = Bench::set_up();
    let plan = bench.run_with(&["plan"], &settings("http://127.0.0.1:1"));
    assert_eq!(plan.code, 0);
    assert!(plan.out.contains("The Odds API cannot be reached at http://127.0.0.1:1") && !plan.out.contains(KEY), "{}", plan.out);
}

#[test]
fn a_misspelt_sport_is_told_by_plan_and_doctor() {
    let bench = Bench::set_up();
    let settings = [("PREDICTIVE_PLAY_ASK_SPORTS", "basketball.nab"), ("PREDICTIVE_PLAY_PROVIDERS_KEYLESS", "false")];
    let plan = bench.run_with(&["plan", "--offline"], &settings);
    assert!(plan.code == 0 && plan.err.contains("did you mean basketball.nba?"), "{}", plan.err);
    let doctor = bench.run_with(&["doctor", "--json", "--patience", "1"], &settings);
    let lines = doctor.json()["lines"].as_array().unwrap().clone();
    let line = lines.iter().find(|line| line["code"] == "unknown_sport").unwrap();
    assert!(line["reason"].as_str().unwrap().contains("did you mean basketball.nba?"), "{line}");
}

#[test]
fn a_first_choice_that_is_off_is_said_before_the_plan_of_the_others() {
    let bench = Bench::set_up();
    let own = [("API_PROVIDER", "oddsjam"), ("PREDICTIVE_PLAY_ASK_SPORTS", "basketball_nba")];
    let plan = bench.run_with(&["plan", "--offline"], &own);
    let first = plan.out.lines().next().unwrap_or_default();
    assert!(first.contains("oddsjam is named in API_PROVIDER and is off"), "{}", plan.out);
    assert!(first.contains("ODDSJAM_API_KEY") && first.contains("https://opticodds.com"), "{first}");
    let json = bench.run_with(&["plan", "--offline", "--json"], &own);
    assert!(json.err.contains("oddsjam is named in API_PROVIDER and is off"), "{}", json.err);
    assert!(json.json().as_array().is_some_and(|plans| plans.iter().all(|plan| plan["provider"] != "oddsjam")), "{}", json.out);
    let with_key = bench.run_with(&["plan", "--offline"], &[("API_PROVIDER", "oddsjam"), ("ODDSJAM_API_KEY", KEY)]);
    assert!(!with_key.out.contains("is off"), "{}", with_key.out);
}
