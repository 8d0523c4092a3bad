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
        let order: Vec<&str> = one["given_up_first"].as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap()).collect();
        assert!(order.first() != Some(&"closing pulls of props") && order.last() == Some(&"closing pulls of odds"), "{order:?}");
        assert_eq!(one["spent_this_month"], 0, "{one}");
        assert!(one["credits_until_month_ends"].as_i64().is_some(), "thirty days reach beyond the month: {one}");
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
fn what_is_given_up_first_stands_in_front_of_what_is_kept() {
    let (bench, server) = (Bench::set_up(), ProviderServer::start());
    server.script("/v4/sports/basketball_nba/events", [Act::json(events())]);
    let url = server.url();
    let settings = settings(&url).into_iter().chain([("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "60")]).collect::<Vec<_>>();
    let plan = bench.run_with(&["plan", "--days", "10"], &settings);
    assert_eq!(plan.code, 0, "{}", plan.err);
    let lines: Vec<&str> =
        plan.out.lines().map(str::trim).filter(|line| line.starts_with("given up first") || line.starts_with("then ")).collect();
    let kept = lines.iter().position(|line| line.contains("kept")).unwrap();
    assert!(
        kept > 0
            && lines[..kept].iter().all(|line| line.ends_with("given up"))
            && lines[kept..].iter().all(|line| !line.ends_with(" given up")),
        "{}",
        plan.out
    );
    assert!(lines.last().unwrap().contains("closing pulls of odds"), "{}", plan.out);
}

#[test]
fn the_ledger_is_told_with_its_ceilings_and_asks_nobody() {
    let bench = Bench::set_up();
    let nobody = bench.run_with(&["plan", "--ledger"], &[]);
    assert_eq!(
        (nobody.code, nobody.out.as_str()),
        (0, "nobody who sells credits is asked, and nothing was spent in this month\n"),
        "{}",
        nobody.err
    );
    let settings = [
        ("THE_ODDS_API_KEY", KEY),
        ("THE_ODDS_API_BASE_URL", "http://127.0.0.1:1"),
        ("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "18000"),
        ("PREDICTIVE_PLAY_PROVIDERS_THE_ODDS_API_CREDITS_PER_MONTH", "900"),
        ("PREDICTIVE_PLAY_CREDITS_BACKFILL_PER_MONTH", "100"),
    ];
    let ledger = bench.run_with(&["plan", "--ledger", "--json"], &settings);
    let one = &ledger.json()[0];
    assert_eq!(
        (&one["provider"], &one["month"]["ceiling"], &one["month"]["left"]),
        (&"the-odds-api".into(), &900.into(), &900.into()),
        "{one}"
    );
    let purposes: Vec<(&str, &serde_json::Value)> =
        one["purposes"].as_array().unwrap().iter().map(|of| (of["purpose"].as_str().unwrap(), &of["left"])).collect();
    let left = |credits: i64| serde_json::Value::from(credits);
    assert_eq!(purposes, [("live odds", &left(900)), ("live props", &left(900)), ("back-fill", &left(100)), ("other", &left(900))]);
    let text = bench.run_with(&["plan", "--ledger"], &settings);
    assert!(text.out.contains("0 credits in this month (of 900)") && !text.out.contains(KEY), "{}", text.out);
    let wrong = bench.run_with(&["plan", "--ledger"], &[("PREDICTIVE_PLAY_CREDITS_PROPS_PER_MONTH", "many")]);
    assert!(wrong.code == 2 && wrong.err.contains("PREDICTIVE_PLAY_CREDITS_PROPS_PER_MONTH"), "{}", wrong.err);
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

#[test]
fn a_back_fill_of_what_cannot_be_asked_says_why_and_what_would_be_right() {
    let bench = Bench::set_up();
    let plan = |provider: &str, sport: &str| {
        let span = ["--from", "2025-01-01", "--to", "2025-01-02"];
        bench.run(&[&["backfill", "plan", "--provider", provider, "--sport", sport], &span[..]].concat())
    };
    let cases = [
        ("betfair-historic", "soccer", "`predictive-play replay` or `import`"),
        ("football-data", "basketball_nba", "such as E0, "),
        ("the-odds-apy", "basketball_nba", "did you mean the-odds-api?"),
    ];
    for (provider, sport, right) in cases {
        let ended = plan(provider, sport);
        assert!(ended.code != 0 && ended.err.contains(right), "{provider}: {}", ended.err);
    }
    let nothing_known = plan("opticodds", "basketball/nba");
    assert!(nothing_known.code == 0 && nothing_known.out.contains("no game of these days is known by its own id"), "{}", nothing_known.out);
}
