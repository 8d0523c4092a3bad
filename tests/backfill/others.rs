//! Every provider that has history gives it to `backfill` in its own way: each call is made once, what it brings is in the log, and what
//! was answered is never asked again.

use jiff::civil::{Date, date};
use odds::reply::{Basis, Reply, Request};
use predictive_play::backfill::run::Ended;
use predictive_play::backfill::{Goal, Resolution, Way};
use store::Cut;
use testkit::provider_server::{Act, Answer, Received};

use crate::house::House;

pub const SETTINGS: &[(&str, &str)] = &[
    ("API_PROVIDER", "the-odds-api,opticodds,oddsjam,sportradar,kalshi"),
    ("OPTICODDS_API_KEY", "opt1c0ddsk3yf0rt3sts"),
    ("ODDSJAM_API_KEY", "0ddsj4mk3yf0rt3sts00"),
    ("SPORTRADAR_API_KEY", "sp0rtr4d4rk3yf0rt3st"),
    ("OPTICODDS_BASE_URL", "{url}"),
    ("ODDSJAM_BASE_URL", "{url}"),
    ("SPORTRADAR_BASE_URL", "{url}"),
    ("FOOTBALL_DATA_BASE_URL", "{url}"),
    ("MLB_STATSAPI_BASE_URL", "{url}"),
    ("NFLVERSE_BASE_URL", "{url}"),
    ("NHL_WEB_BASE_URL", "{url}"),
    ("KALSHI_BASE_URL", "{url}"),
    ("PREDICTIVE_PLAY_CREDITS_PER_MONTH", "100000"),
];

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("providers/fixtures").join(path)).unwrap()
}

fn text(path: &str) -> String {
    String::from_utf8(fixture(path)).unwrap()
}

pub fn goal(provider: &str, sport: &str, from: Date, to: Date, markets: &[&str]) -> Goal {
    Goal {
        provider: provider.to_owned(),
        sports: vec![sport.to_owned()],
        from,
        to,
        markets: markets.iter().map(|market| (*market).to_owned()).collect(),
        books: vec![],
        regions: vec![],
        resolution: Resolution::Close,
    }
}

/// Runs a goal to its end, once and again: the second run asks nothing. Gives the paths that were asked.
async fn asked(house: &House, goal: &Goal) -> Vec<String> {
    let before = house.server.received().len();
    assert_eq!(house.run(goal, Some(100_000)).await, Ended::Done);
    let received = house.server.received();
    assert_eq!(house.run(goal, Some(100_000)).await, Ended::Done);
    assert_eq!(house.server.received().len(), received.len(), "what was answered is not asked again");
    assert!(house.plan(goal, Some(100_000)).steps.is_empty());
    let paths: Vec<String> = received[before..].iter().map(|received| received.path.clone()).collect();
    let mut once = paths.clone();
    once.sort();
    once.dedup();
    assert!(goal.provider == "kalshi" || once.len() == paths.len(), "{paths:#?}");
    paths
}

fn entries(house: &House, endpoint: &str) -> usize {
    house.store.recorded_replies(odds::Seq(0), 1000).unwrap().iter().filter(|kept| kept.endpoint == endpoint).count()
}

/// What a live reply of a provider told before.
fn taught(house: &House, provider: &str, endpoint: &str, request: &Request, body: &[u8]) {
    let headers = std::collections::BTreeMap::new();
    let reply = Reply {
        provider,
        endpoint,
        request,
        status: 200,
        headers: &headers,
        body,
        fetched_at: house.clock.0.now(),
        basis: Basis::Fetched,
        sport: None,
    };
    house.recorder.take(&[reply], None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn football_data_gives_twenty_seasons_in_twenty_calls() {
    let house = House::with(SETTINGS);
    house.server.answer("/mmz4281", |received| {
        let season = received.path.split('/').nth(2).unwrap_or_default().to_owned();
        let body = format!(
            "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A\nE0,15/08/{},Northam,Ruddock,1,0,H,2.1,3.2,3.5\n",
            &season[..2]
        );
        Act::Answer(Answer::text(200, &body))
    });
    let paths = asked(&house, &goal("football-data", "E0", date(2005, 7, 1), date(2025, 6, 30), &[])).await;
    assert_eq!((paths.len(), entries(&house, "season")), (20, 20), "{paths:#?}");
    let listed = house.store.all_listings().unwrap().into_iter().filter(|listing| listing.provider == "football-data").count();
    assert_eq!(listed, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn nflverse_gives_games_injuries_and_what_players_did_season_by_season() {
    let house = House::with(SETTINGS);
    for (name, path) in [("schedules", "games.csv"), ("injuries", "injuries.csv"), ("stats_player", "player_stats.csv")] {
        let body = text(&format!("nflverse/{path}"));
        house.server.answer(&format!("/nflverse/nflverse-data/releases/download/{name}"), move |_| Act::Answer(Answer::text(200, &body)));
    }
    house.run(&goal("nflverse", "nfl", date(2023, 9, 1), date(2025, 1, 31), &[]), Some(0)).await;
    let paths: Vec<String> = house.server.received().into_iter().map(|received| received.path).collect();
    for year in [2023, 2024] {
        assert!(paths.iter().any(|path| path.ends_with(&format!("injuries_{year}.csv"))), "{paths:#?}");
        assert!(paths.iter().any(|path| path.ends_with(&format!("stats_player_week_{year}.csv"))), "{paths:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_season_of_several_files_that_was_broken_off_between_them_is_read_to_its_end() {
    let house = House::with(SETTINGS);
    for (name, path) in [("schedules", "games.csv"), ("injuries", "injuries.csv"), ("stats_player", "player_stats.csv")] {
        let body = text(&format!("nflverse/{path}"));
        house.server.answer(&format!("/nflverse/nflverse-data/releases/download/{name}"), move |_| Act::Answer(Answer::text(200, &body)));
    }
    let goal = goal("nflverse", "nfl", date(2024, 9, 1), date(2025, 1, 31), &[]);
    let run = house.open(&goal, Some(0)).await.unwrap();
    let (is_over, mut tell) = (|| house.server.count("/nflverse") > 0, |_| {});
    // It ends after the call at hand, which is the first of three.
    run.go(&is_over, &mut tell).await.unwrap();
    assert_eq!(house.run(&goal, Some(0)).await, Ended::Done);
    let mut endpoints: Vec<String> =
        house.server.received().iter().map(|received| received.path.rsplit('/').next().unwrap().to_owned()).collect();
    endpoints.sort();
    endpoints.dedup();
    assert_eq!(endpoints.len(), 3, "{endpoints:?}");
    assert!(house.plan(&goal, Some(0)).steps.is_empty());
}

/// A day of the NHL's scores: the day that was asked for alone, out of the week that the schedule is.
fn nhl_scores(received: &Received, week: &str) -> Option<String> {
    let day = received.path.strip_prefix("/v1/score/")?;
    let week: serde_json::Value = serde_json::from_str(week).unwrap();
    let of_day = week["gameWeek"].as_array().unwrap().iter().find(|of_day| of_day["date"] == day);
    Some(serde_json::json!({"currentDate": day, "games": of_day.map_or(&serde_json::json!([]), |of_day| &of_day["games"])}).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn leagues_give_their_schedules_day_by_day() {
    let house = House::with(SETTINGS);
    house.clock.0.set("2026-11-01T12:00:00Z".parse().unwrap());
    let days = [
        ("mlb-statsapi", "mlb", "/api/v1/schedule", "mlb-statsapi/schedule.json", "schedule", date(2024, 7, 3), date(2024, 7, 4)),
        ("nhl-web", "nhl", "/v1/score", "nhl-web/schedule.json", "score", date(2025, 11, 1), date(2025, 11, 2)),
        ("sportradar", "mlb", "/mlb", "sportradar/schedule_mlb.json", "schedule", date(2026, 7, 4), date(2026, 7, 5)),
    ];
    for (provider, sport, prefix, body, endpoint, from, to) in days {
        let (body, before) = (text(body), entries(&house, endpoint));
        house.server.answer(prefix, move |received| Act::json(nhl_scores(received, &body).unwrap_or_else(|| body.clone())));
        let (goal, brief) = (goal(provider, sport, from, to, &[]), house.brief(provider));
        assert!(matches!(Way::of(&*brief.provider, sport), Some(Way::Days(_))), "{provider}");
        house.run(&goal, Some(100)).await;
        let days = house.store.backfill_answers(provider, sport).unwrap();
        assert_eq!(days.iter().filter(|answer| answer.outcome == "good").count(), 2, "{provider}: {days:#?}");
        assert!(entries(&house, endpoint) > before, "{provider}");
        assert!(house.plan(&goal, Some(100)).steps.is_empty(), "{provider}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opticodds_gives_the_moves_of_the_fixtures_that_are_known_ten_in_a_quarter_of_a_minute() {
    let house = House::with(SETTINGS);
    house.clock.0.set("2026-11-01T12:00:00Z".parse().unwrap());
    let fixture_row = |number: usize| {
        format!(
            r#"{{"id":"F{number}X7UREAAAA1","start_date":"2026-10-24T{:02}:10:00Z","home_team_display":"Harbor Gulls {number}","away_team_display":"Mill Owls {number}","status":"completed","sport":{{"id":"baseball"}},"league":{{"id":"mlb"}}}}"#,
            5 + number
        )
    };
    let rows: Vec<String> = (0..12).map(fixture_row).collect();
    let body = format!(r#"{{"data":[{}],"page":1,"total_pages":1}}"#, rows.join(","));
    taught(&house, "opticodds", "fixtures", &Request::to("/fixtures").with("league", "mlb"), body.as_bytes());
    let history = text("opticodds/fixtures_odds_historical.json");
    house.server.answer("/fixtures/odds/historical", move |received| {
        Act::json(history.replace("F1X7UREAAAA1", received.query("fixture_id")).replace("T23:10", "T12:10"))
    });
    let began = house.clock.0.now();
    let goal = Goal {
        books: vec!["pinnacle".to_owned()],
        ..goal("opticodds", "baseball/mlb", date(2026, 10, 24), date(2026, 10, 24), &["moneyline"])
    };
    assert_eq!(house.run(&goal, Some(0)).await, Ended::Done);
    let ids: Vec<String> = house.server.received().iter().map(|received| received.query("fixture_id").to_owned()).collect();
    assert_eq!(ids.len(), 12, "{ids:?}");
    assert_eq!(entries(&house, "fixtures_odds_historical"), 12);
    assert!(house.clock.0.now().secs_since(began) >= 16.0, "ten calls in 15 s are allowed");
    assert!(house.plan(&goal, Some(0)).steps.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn opticodds_is_not_asked_for_games_older_than_the_two_months_that_it_keeps() {
    let house = House::with(SETTINGS);
    let now = house.clock.0.now();
    let fixture_row = |(id, days): (&str, i64)| {
        let start = now.plus_secs(-86_400 * days);
        format!(
            r#"{{"id":"{id}","start_date":"{start}","home_team_display":"Gulls {id}","away_team_display":"Owls {id}","status":"completed","sport":{{"id":"baseball"}},"league":{{"id":"mlb"}}}}"#
        )
    };
    let rows: Vec<String> = [("OLD", 90), ("KEPT", 30)].into_iter().map(fixture_row).collect();
    let body = format!(r#"{{"data":[{}],"page":1,"total_pages":1}}"#, rows.join(","));
    taught(&house, "opticodds", "fixtures", &Request::to("/fixtures").with("league", "mlb"), body.as_bytes());
    let day = |days: i64| now.plus_secs(-86_400 * days).day_in(&jiff::tz::TimeZone::UTC);
    let goal = goal("opticodds", "baseball/mlb", day(100), day(20), &["moneyline"]);
    let plan = house.plan(&goal, Some(0));
    let asked: std::collections::BTreeSet<Option<&str>> = plan.steps.iter().map(|step| step.ask.listing.as_deref()).collect();
    assert_eq!((asked, plan.gone_games), ([Some("KEPT")].into(), 1), "{:#?}", plan.steps);
    let holes: Vec<_> = house.calendar(&goal).into_iter().map(|day| (day.games, day.holes)).collect();
    assert_eq!(holes, [(1, [("not_offered", 1)].into()), (1, [("not_asked", 1)].into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn oddsjam_gives_the_history_of_the_games_that_are_known() {
    let house = House::with(SETTINGS);
    let games = r#"[{"id":4711,"sport":"football","league":"NFL","start_date":"2025-10-26T17:00:00Z","away_team":"Hill Dogs","home_team":"Bay Cats","is_live":false}]"#;
    taught(&house, "oddsjam", "games", &Request::to("/games").with("league", "NFL"), games.as_bytes());
    let listing = house.store.all_listings().unwrap().into_iter().find(|listing| listing.provider == "oddsjam").unwrap();
    house.server.answer("/game-odds/history", |_| {
        Act::json(r#"[{"game_id":4711,"sport":"football","league":"NFL","start_date":"2025-10-26T17:00:00Z","home_team":"Bay Cats","away_team":"Hill Dogs","sports_book_name":"Pinnacle","market_name":"Moneyline","name":"Bay Cats","price":"-110","timestamp":1761490000}]"#)
    });
    let goal = Goal {
        books: vec!["Pinnacle".to_owned()],
        ..goal("oddsjam", &listing.sport, date(2025, 10, 26), date(2025, 10, 26), &["Moneyline"])
    };
    let paths = asked(&house, &goal).await;
    assert_eq!(paths, ["/game-odds/history"]);
    assert_eq!(entries(&house, "historical_odds"), 1);
}

/// Kalshi's settled games in two pages, and each game's candles.
fn kalshi(house: &House) {
    house.server.answer("/trade-api/v2/markets", |received| {
        let contract = |event: &str, title: &str, side: &str, code: &str| {
            format!(r#"{{"ticker":"{event}-{code}","event_ticker":"{event}","title":"{title} winner?","yes_sub_title":"{side}","status":"finalized","result":"yes"}}"#)
        };
        let page = received.query("cursor").to_owned();
        let (event, title, next) = match page.as_str() {
            "" => ("KXNBAGAME-26JAN09WESNOR", "Westhaven vs Northport", "two"),
            _ => ("KXNBAGAME-26JAN10EASSAL", "Eastbay vs Salt Plain", ""),
        };
        let body = format!(r#"{{"cursor":"{next}","markets":[{}]}}"#, contract(event, title, "Northport", &event[event.len() - 3..]));
        Act::json(body)
    });
    house.server.answer("/trade-api/v2/series/KXNBAGAME/events", |received| {
        let event = received.path.split('/').nth(6).unwrap_or_default();
        let from: i64 = received.query("start_ts").parse().unwrap();
        let candle = |hour: i64, bid: &str, ask: &str| {
            format!(
                r#"{{"end_period_ts":{},"yes_bid":{{"close_dollars":"{bid}"}},"yes_ask":{{"close_dollars":"{ask}"}},"price":{{}},"volume_fp":"0.00"}}"#,
                from + hour * 3600
            )
        };
        let candles = [candle(24, "0.6000", "0.6200"), candle(25, "0.6100", "0.6300")].join(",");
        Act::json(format!(
            r#"{{"market_tickers":["{event}-{}"],"market_candlesticks":[[{candles}]],"adjusted_end_ts":{}}}"#,
            &event[event.len() - 3..],
            received.query("end_ts")
        ))
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn kalshi_gives_hourly_candles_of_what_is_settled() {
    let house = House::with(SETTINGS);
    kalshi(&house);
    let goal = goal("kalshi", "KXNBAGAME", date(2026, 1, 9), date(2026, 1, 10), &[]);
    let paths = asked(&house, &goal).await;
    assert_eq!(paths.iter().filter(|path| path.ends_with("/markets")).count(), 2, "two pages: {paths:#?}");
    assert_eq!(paths.iter().filter(|path| path.ends_with("/candlesticks")).count(), 2, "{paths:#?}");
    let listing = house.store.listing_of("kalshi", "KXNBAGAME-26JAN09WESNOR").unwrap().unwrap();
    let first = "2026-01-03T06:00:00Z".parse().unwrap();
    let board = house.store.board(listing, Cut::as_of(first)).unwrap();
    let stands: Vec<String> = board.board.slots().iter().filter_map(|slot| slot.value).map(|value| format!("{value:?}")).collect();
    assert_eq!(stands.len(), 2, "an ask and a bid as of the first candle's end: {stands:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_of_which_the_day_alone_is_known_is_no_game_that_others_are_paid_for() {
    let house = House::with(SETTINGS);
    kalshi(&house);
    assert_eq!(house.run(&goal("kalshi", "KXNBAGAME", date(2026, 1, 9), date(2026, 1, 10), &[]), Some(0)).await, Ended::Done);
    let nba =
        Goal { regions: vec!["us".to_owned()], ..goal("the-odds-api", "basketball_nba", date(2026, 1, 9), date(2026, 1, 10), &["h2h"]) };
    let plan = house.plan(&nba, None);
    assert!(plan.steps.iter().all(|step| step.ask.what == providers::What::HistoricalEvents), "{:#?}", plan.steps);
    assert!(house.calendar(&nba).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_broken_off_between_its_pages_is_read_to_its_end() {
    let house = House::with(SETTINGS);
    kalshi(&house);
    let goal = goal("kalshi", "KXNBAGAME", date(2026, 1, 9), date(2026, 1, 10), &[]);
    let run = house.open(&goal, Some(0)).await.unwrap();
    let server = &house.server;
    let (is_over, mut tell) = (|| false, |_| {});
    tokio::select! {
        ended = run.go(&is_over, &mut tell) => panic!("{ended:?}"),
        () = async { while server.count("/trade-api/v2/markets") < 2 { tokio::task::yield_now().await } } => {}
    }
    house.store.give_lease("backfill:kalshi", "me").unwrap();
    assert_eq!(house.run(&goal, Some(0)).await, Ended::Done);
    assert!(house.store.listing_of("kalshi", "KXNBAGAME-26JAN10EASSAL").unwrap().is_some(), "the second page was read");
    assert_eq!(entries(&house, "candlesticks"), 2);
}
