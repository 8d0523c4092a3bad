//! The read resources of `/v1`, asked inside the process over a store that fixtures of ours filled.
//!
//! Each body is held against `api/examples`, which the OpenAPI document shows. `UPDATE_EXAMPLES=1` writes them anew; read the difference.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{GAME, PROPS_GAME, Served, fixture};
use serde_json::Value;

/// The question behind the example of each path.
async fn questions(served: &Served) -> Vec<(&'static str, String)> {
    let board = served.get(&format!("/v1/events/{GAME}/odds")).await;
    let reply = board["quotes"][0]["reply"].as_str().unwrap().to_owned();
    let fixed: [(&str, String); 21] = [
        ("/v1/sports", "/v1/sports".into()),
        ("/v1/books", "/v1/books".into()),
        ("/v1/markets", "/v1/markets?sport=basketball.nba".into()),
        ("/v1/teams", "/v1/teams?sport=basketball.nba".into()),
        ("/v1/players", "/v1/players?sport=basketball.nba".into()),
        ("/v1/stats", "/v1/stats?player=wes%20wide".into()),
        ("/v1/events", "/v1/events?sport=basketball.nba&from=2026-01-11T00:00:00Z&limit=2".into()),
        ("/v1/events/{id}", format!("/v1/events/{GAME}")),
        ("/v1/events/{id}/odds", format!("/v1/events/{GAME}/odds?market=moneyline")),
        ("/v1/events/{id}/props", format!("/v1/events/{PROPS_GAME}/props?market=player_points")),
        ("/v1/events/{id}/history", format!("/v1/events/{GAME}/history?book=draftkings&selection=home")),
        ("/v1/odds", "/v1/odds?sport=basketball.nba&market=spread&limit=1".into()),
        ("/v1/props", "/v1/props?sport=basketball.nba&player=%C3%A1lvarez&limit=1".into()),
        ("/v1/boards", "/v1/boards?market=moneyline&book=draftkings".into()),
        ("/v1/results", "/v1/results?sport=soccer.eng.1".into()),
        ("/v1/injuries", "/v1/injuries?sport=basketball.nba".into()),
        ("/v1/injuries/changes", "/v1/injuries/changes?sport=basketball.nba&player=ash".into()),
        ("/v1/transactions", "/v1/transactions?sport=basketball.nba&team=bears".into()),
        ("/v1/decisions", "/v1/decisions?limit=20&kind=joined".into()),
        ("/v1/listings/{provider}/{id}", "/v1/listings/football-data/E0/2223/Northam-Nott'm%20Rovers".into()),
        ("/v1/backfill", "/v1/backfill?provider=the-odds-api&sport=basketball.nba&market=h2h&from=2026-01-09&to=2026-01-12".into()),
    ];
    let mut questions = fixed.to_vec();
    questions.push(("/v1/replies/{id}", format!("/v1/replies/{reply}")));
    questions.push(("/v1/replies/{id}/raw", format!("/v1/replies/{reply}/raw")));
    questions
}

#[tokio::test]
async fn every_body_is_the_example_that_the_document_shows() {
    // What waits for the store's follower is made off the runtime's threads.
    let box_score = tokio::task::spawn_blocking(Served::with_a_box_score).await.unwrap();
    let served = Served::filled();
    let questions = questions(&served).await;
    let mut wrong = Vec::new();
    for (path, file, example) in api::openapi::EXAMPLES {
        let (_, question) = questions.iter().find(|(asked, _)| asked == path).unwrap_or_else(|| panic!("{path} is not asked"));
        let served = if matches!(*path, "/v1/stats" | "/v1/transactions") { &box_score } else { &served };
        let body = match *path {
            "/v1/boards" => served.boards(question, &format!("event_id,as_of\n{GAME},2026-01-10T20:01:00Z\n")).await.remove(0),
            _ => served.get(question).await,
        };
        if std::env::var_os("UPDATE_EXAMPLES").is_some() {
            let to = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("api/examples/{file}.json"));
            std::fs::write(to, serde_json::to_string_pretty(&body).unwrap() + "\n").unwrap();
        } else if body != serde_json::from_str::<Value>(example).unwrap() {
            wrong.push(format!("{question} is not api/examples/{file}.json:\n{}", serde_json::to_string_pretty(&body).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The PostgreSQL client runs a runtime of its own, so it is made and dropped outside the one that asks.
#[test]
fn postgresql_answers_as_sqlite_does() {
    let Some(cluster) = testkit::postgres::shared() else { return };
    let database = cluster.database();
    let (small, large) = (Served::filled(), Served::filled_at(&database.url));
    tokio::runtime::Runtime::new().unwrap().block_on(compare(&small, &large));
}

async fn compare(small: &Served, large: &Served) {
    for (_, question) in questions(small).await.into_iter().filter(|(path, _)| *path != "/v1/boards") {
        for cut in ["", "as_of=2026-01-10T20:01:00Z", "known_at=2026-01-10T20:01:00Z"] {
            let joint = if question.contains('?') { '&' } else { '?' };
            let question = if cut.is_empty() { question.clone() } else { format!("{question}{joint}{cut}") };
            let (one, other) = (small.ask(&question).await, large.ask(&question).await);
            assert_eq!(String::from_utf8_lossy(&one.2), String::from_utf8_lossy(&other.2), "{question}");
            assert_ne!(one.0.as_u16() / 100, 5, "{question}");
        }
    }
}

#[tokio::test]
async fn the_document_names_every_path_of_the_router_and_all_its_references_resolve() {
    let served = Served::empty();
    let document = served.get("/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let named: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(named, api::paths().into_iter().chain(api::LIVE_PATHS.map(str::to_owned)).collect());
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads elsewhere"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].as_str().is_some_and(|said| !said.is_empty()), "{method} {path} says nothing of itself");
            assert_ne!(operation["operationId"], method.as_str(), "{path}: clients are made with this name");
        }
        let operation = &item[api::openapi::method_of(path)];
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}: {}", operation["operationId"]);
        let inside: BTreeSet<&str> = path.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect();
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let told: BTreeSet<&str> = parameters.iter().filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(inside, told, "{path}");
        assert!(parameters.iter().all(|one| one["schema"].is_object() && one["in"].is_string()), "{path}");
        let media =
            operation["responses"]["200"]["content"].as_object().unwrap_or_else(|| panic!("{path} has no body")).values().next().unwrap();
        let is_a_table = ["/v1/history.", "/v1/boards."].iter().any(|start| path.starts_with(start));
        let is_no_json = is_a_table || ["/livez", "/readyz", "/metrics", "/v1/stream"].contains(&path.as_str());
        assert!(
            is_no_json || media["example"].as_object().is_some_and(|example| !example.is_empty()) || media["example"].is_array(),
            "{path} has no example"
        );
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.iter().filter(|(name, _)| *name != "example").for_each(|(_, value)| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_the_one_that_was_read_last() {
    let mut document = api::openapi::document().clone();
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        let content = item[api::openapi::method_of(path)]["responses"]["200"]["content"].as_object_mut().unwrap();
        content.values_mut().for_each(|media| drop(media.as_object_mut().unwrap().remove("example")));
    }
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn events_begin_with_yesterday_by_the_league_s_own_day_unless_a_span_is_asked_for() {
    let served = Served::filled();
    // The game starts at 00:10 UTC on the 11th, which is the evening of the 10th in its league.
    for (at, is_listed) in [("2026-01-12T04:59:00Z", true), ("2026-01-12T05:01:00Z", false), ("2026-01-10T20:05:00Z", true)] {
        served.clock.set(at.parse().unwrap());
        let listed = |answer: Value| answer["events"].as_array().unwrap().iter().any(|event| event["id"] == GAME);
        assert_eq!(listed(served.get("/v1/events?sport=basketball.nba&limit=200").await), is_listed, "{at}");
        assert_eq!(listed(served.get(&format!("/v1/events?sport=basketball.nba&as_of={at}")).await), is_listed, "as of {at}");
        assert!(listed(served.get("/v1/events?sport=basketball.nba&from=2020-01-01T00:00:00Z&limit=200").await), "{at}");
    }
    let first = &served.get("/v1/events?limit=1").await["events"][0];
    assert!(first["starts_at"].as_str().unwrap() > "2026-01-09", "the oldest games come first: {first}");
    served.clock.set("2027-01-01T00:00:00Z".parse().unwrap());
    let none = served.get("/v1/events?sport=soccer.eng.1").await;
    assert!(none["absent"]["reason"].as_str().unwrap().contains("say `from`"), "{none}");
}

#[tokio::test]
async fn names_are_those_that_were_known_by_then_and_what_cannot_be_told_is_refused() {
    let served = Served::filled();
    let now = served.clock.now();
    // Everything up to the catalogue of sports was recorded by then; the odds came after.
    let (before, later) = ("2026-01-10T19:30:00Z", "2026-01-10T20:10:00Z");
    let count = |answer: &Value, list: &str| answer[list].as_array().unwrap().len();
    for (path, list) in
        [("/v1/books", "books"), ("/v1/markets", "markets"), ("/v1/players", "players"), ("/v1/sports", "sports"), ("/v1/teams", "teams")]
    {
        let all = served.get(path).await;
        let then = served.get(&format!("{path}?known_at={before}")).await;
        assert_ne!(then, all, "{path}");
        assert_eq!(served.get(&format!("{path}?known_at=2099-01-01T00:00:00Z")).await, all, "{path}");
        let none = served.get(&format!("{path}?known_at=2001-01-01T00:00:00Z")).await;
        assert!(count(&none, list) == 0 && none["absent"]["state"].is_string(), "{path}: {none}");
    }
    let markets = served.get(&format!("/v1/markets?sport=basketball.nba&known_at={before}")).await;
    assert_eq!(count(&markets, "markets"), 0, "{markets}");
    for path in ["/v1/sports", "/v1/books", "/v1/markets", "/v1/players"] {
        let (status, _, body) = served.ask(&format!("{path}?as_of={later}")).await;
        assert_eq!(status.as_u16(), 400, "{path}");
        assert!(String::from_utf8_lossy(&body).contains("known_at"), "{path}");
    }
    let teams = |answer: Value| answer["teams"].as_array().unwrap().iter().map(|team| team["name"].to_string()).collect::<Vec<_>>();
    let celtics = "\"Boston Celtics\"".to_owned();
    assert!(!teams(served.get(&format!("/v1/teams?sport=basketball.nba&as_of={before}")).await).contains(&celtics));
    assert!(teams(served.get(&format!("/v1/teams?sport=basketball.nba&as_of={later}")).await).contains(&celtics));
    assert_eq!(served.ask(&format!("/v1/stats?as_of={later}&known_at={before}")).await.0.as_u16(), 200);
    assert_eq!(served.ask("/v1/stats?as_of=soon").await.0.as_u16(), 400);
    assert_eq!(served.clock.now(), now);
}

#[tokio::test]
async fn the_best_price_is_never_a_lay_price_nor_that_of_an_aggregate() {
    let served = Served::filled();
    let board = served.get(&format!("/v1/events/{GAME}/odds?market=moneyline")).await;
    let best: Vec<(&str, f64)> = best_of(&board);
    assert!(best.contains(&("home", 1.57)) && best.contains(&("away", 2.7)), "{best:?}");
    assert!(board["quotes"].as_array().unwrap().iter().any(|quote| quote["stance"] == "lay" && quote["price"] == 2.76));
    let season = served.get("/v1/results?sport=soccer.eng.1").await;
    let id = season["results"][0]["id"].as_str().unwrap();
    let board = served.get(&format!("/v1/events/{id}/odds?market=moneyline,three_way&as_of=2022-08-12T19:00:00Z")).await;
    let quotes = board["quotes"].as_array().unwrap();
    let max = quotes.iter().find(|quote| quote["book"] == "Max" && quote["selection"] == "home").unwrap();
    assert!(max["is_aggregate"] == true && max["is_best"] == false && max["price"] == 1.85, "{max}");
    assert!(best_of(&board).contains(&("home", 1.83)), "{:?}", best_of(&board));
}

#[tokio::test]
async fn a_book_of_two_providers_is_quoted_once_by_the_freshest_with_both_listed() {
    let served = Served::filled();
    let home_of = |board: &Value| -> Vec<Value> {
        let quotes = board["quotes"].as_array().unwrap().iter();
        quotes.filter(|quote| quote["market"] == "moneyline" && quote["selection"] == "home").cloned().collect()
    };
    let ask = |more: &str| format!("/v1/events/{GAME}/odds?market=moneyline&book=draftkings{more}");
    let home = home_of(&served.get(&ask("")).await);
    assert_eq!((home.len(), home[0]["provider"].as_str(), home[0]["price"].as_f64()), (1, Some("the-odds-api"), Some(1.5)));
    let sources: Vec<(&str, &str, f64)> = home[0]["sources"].as_array().unwrap().iter().map(source).collect();
    assert_eq!(sources, [("the-odds-api", "draftkings", 1.5), ("espn", "41", 2.0)]);
    let before = home_of(&served.get(&ask("&as_of=2026-01-10T20:04:00Z")).await);
    assert_eq!((before.len(), before[0]["provider"].as_str()), (1, Some("espn")), "ESPN looked last then");
    let alone = home_of(&served.get(&ask("&provider=espn")).await);
    assert_eq!((alone.len(), alone[0]["price"].as_f64(), alone[0]["provider_book"].as_str()), (1, Some(2.0), Some("41")));
    assert_eq!(alone[0].get("sources"), None);
    let own = home_of(&served.get(&format!("/v1/events/{GAME}/odds?book=41&provider=espn")).await);
    assert_eq!(own, alone, "by the provider's own key of the book, too");
    let nobody = served.get(&ask("&provider=goblins")).await;
    assert!(nobody["absent"][0]["reason"].as_str().unwrap().contains("has not listed this event"), "{nobody}");
    let both = served.get("/v1/odds?sport=basketball.nba&provider=espn&book=draftkings").await;
    assert!(
        both["events"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|event| event["quotes"].as_array().unwrap())
            .all(|quote| quote["provider"] == "espn")
    );
    let books = served.get("/v1/books").await;
    let draftkings = books["books"].as_array().unwrap().iter().find(|book| book["key"] == "draftkings").unwrap();
    let keys: Vec<&str> = draftkings["providers"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    assert_eq!((keys, draftkings["venue"].as_str()), (vec!["41", "draftkings"], Some("sportsbook")));
}

fn source(source: &Value) -> (&str, &str, f64) {
    (source["provider"].as_str().unwrap(), source["book"].as_str().unwrap(), source["price"].as_f64().unwrap())
}

fn best_of(board: &Value) -> Vec<(&str, f64)> {
    let quotes = board["quotes"].as_array().unwrap().iter().filter(|quote| quote["is_best"] == true);
    quotes.map(|quote| (quote["selection"].as_str().unwrap(), quote["price"].as_f64().unwrap())).collect()
}

#[tokio::test]
async fn history_tells_what_each_change_was() {
    let served = Served::filled();
    let history = served.get(&format!("/v1/events/{GAME}/history?book=draftkings")).await;
    let kinds: Vec<(&str, &str)> = history["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["observed_at"] == "2026-01-10T20:04:20Z")
        .map(|change| (change["kind"].as_str().unwrap(), change["market"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, [("moved", "moneyline"), ("line_moved", "spread"), ("line_moved", "spread")]);
    let moved = history["changes"].as_array().unwrap().iter().find(|change| change["kind"] == "line_moved").unwrap();
    assert_eq!((moved["line_before"].as_f64(), moved["line"].as_f64()), (Some(-4.5), Some(-5.5)));
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_double() {
    let served = Served::filled();
    for (path, list) in [("/v1/events?x", "events"), (&format!("/v1/events/{GAME}/history?x"), "changes"), ("/v1/decisions?x", "decisions")]
    {
        let path = path.trim_end_matches('x');
        let whole = served.get(&format!("{path}limit=200")).await[list].as_array().unwrap().clone();
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = served.get(&format!("{path}limit=2&cursor={cursor}")).await;
            pages.extend(page[list].as_array().unwrap().clone());
            assert!(pages.len() <= whole.len(), "{path} goes round");
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert!(whole.len() > 2 && pages == whole, "{path}");
    }
}

#[tokio::test]
async fn as_of_shows_the_world_and_known_at_what_we_knew_of_it() {
    let served = Served::filled();
    let home = |board: &Value| {
        let quotes = board["quotes"].as_array().unwrap().clone();
        quotes
            .into_iter()
            .find(|quote| quote["book"] == "draftkings" && quote["selection"] == "home")
            .map(|quote| quote["price"].as_f64().unwrap())
    };
    let odds = format!("/v1/events/{GAME}/odds?market=moneyline");
    assert_eq!(home(&served.get(&odds).await), Some(1.5));
    for name in ["as_of", "known_at"] {
        let then = served.get(&format!("{odds}&{name}=2026-01-10T20:01:00Z")).await;
        assert_eq!((home(&then), then["listings"].as_array().unwrap().len()), (Some(1.54), 1), "{name}");
    }
    let before = served.refused(&format!("{odds}&known_at=2026-01-10T19:30:00Z")).await;
    assert_eq!(before["status"], 404);
    assert!(before["detail"].as_str().unwrap().contains("not known yet"), "{before}");
    let injuries = |at: &str| format!("/v1/injuries?sport=basketball.nba&player=al%20ash&as_of=2026-01-10T{at}:00Z");
    assert_eq!(served.get(&injuries("12:30")).await["injuries"][0]["status"], "Out");
    assert_eq!(served.get(&injuries("13:30")).await["injuries"][0]["status"], "Day-To-Day");
    assert_eq!(served.get(&injuries("11:30")).await["absent"]["state"], "not_observed");
}

#[tokio::test]
async fn nothing_is_live_or_best_once_the_game_is_over_and_what_was_before_stays_as_it_was() {
    let served = Served::filled();
    let states = |board: &Value| -> Vec<(String, bool)> {
        let quotes = board["events"][0]["quotes"].as_array().unwrap().iter();
        quotes.map(|quote| (quote["state"].as_str().unwrap().to_owned(), quote["is_best"] == true)).collect()
    };
    let game = "/v1/odds?sport=soccer.eng.1&from=2022-08-12T00:00:00Z&to=2022-08-13T00:00:00Z";
    let now = states(&served.get(game).await);
    assert!(!now.is_empty() && now.iter().all(|(state, is_best)| state != "live" && !is_best), "{now:?}");
    let then = states(&served.get(&format!("{game}&as_of=2022-08-12T19:00:00Z")).await);
    assert!(then.iter().any(|(state, is_best)| state == "live" && *is_best), "{then:?}");
}

#[tokio::test]
async fn links_and_limits_are_those_of_the_moment_whatever_the_order_of_arrival() {
    let served = Served::empty();
    let link = "https://book.example/bet/";
    let first = fixture("the-odds-api/odds_two_books_with_links.json");
    let linked = |with: &str| String::from_utf8(first.clone()).unwrap().replace(&format!("{link}1"), with).into_bytes();
    let asked = common::featured().with("includeLinks", "true").with("includeBetLimits", "true");
    let take = |at: &str, body: &[u8]| served.take("the-odds-api", "odds", &asked, at, body);
    take("2026-01-10T20:01:00Z", &first);
    take("2026-01-10T20:11:00Z", &first);
    let known = "2026-01-10T20:12:00Z";
    take(known, &first);
    // Both tell of moments before: one of another link, one of an outcome without any.
    served.take_late("the-odds-api", "odds", &asked, "2026-01-10T20:05:00Z", "2026-01-10T20:13:00Z", &linked(&format!("{link}2")));
    let bare =
        String::from_utf8(first.clone()).unwrap().replace(&format!(r#""link": "{link}1", "#), "").replace(r#", "bet_limit": 5000"#, "");
    assert_ne!(bare.as_bytes(), first, "the fixture has the link and the limit");
    served.take_late("the-odds-api", "odds", &asked, "2026-01-10T20:08:00Z", "2026-01-10T20:14:00Z", bare.as_bytes());

    let event = "https://book.example/event/77";
    for (cut, expected) in [
        ("as_of=2026-01-10T20:02:00Z", (format!("{link}1"), Some(5000.0))),
        ("as_of=2026-01-10T20:06:00Z", (format!("{link}2"), Some(5000.0))),
        ("as_of=2026-01-10T20:09:00Z", (event.to_owned(), None)),
        ("as_of=2026-01-10T20:11:30Z", (format!("{link}1"), Some(5000.0))),
        ("as_of=2026-01-10T20:06:00Z&known_at=2026-01-10T20:12:30Z", (format!("{link}1"), Some(5000.0))),
        ("", (format!("{link}1"), Some(5000.0))),
    ] {
        let board = served.get(&format!("/v1/events/{GAME}/odds?market=moneyline&book=draftkings&{cut}")).await;
        let home = board["quotes"].as_array().unwrap().iter().find(|quote| quote["selection"] == "home").unwrap();
        assert_eq!((home["link"].as_str().unwrap_or_default().to_owned(), home["limit"].as_f64()), expected, "{cut}");
    }
}

#[tokio::test]
async fn a_game_that_two_providers_list_is_one_event_with_both() {
    let served = Served::filled();
    let event = served.get(&format!("/v1/events/{GAME}")).await;
    let providers: Vec<&str> = event["listings"].as_array().unwrap().iter().map(|listing| listing["provider"].as_str().unwrap()).collect();
    assert_eq!(providers, ["the-odds-api", "espn"]);
    let by_its_espn_id = served.get("/v1/events/1001").await;
    assert_eq!(by_its_espn_id["id"], GAME);
}

#[tokio::test]
async fn what_is_absent_says_why_and_differs_from_what_was_withdrawn() {
    let served = Served::filled();
    let odds = |rest: &str| format!("/v1/events/{GAME}/odds?{rest}");
    let nobody = served.get(&odds("market=moneylin")).await;
    assert_eq!(nobody["absent"][0]["state"], "not_covered");
    assert!(nobody["absent"][0]["reason"].as_str().unwrap().contains("moneyline?"), "{nobody}");
    let board = served.get(&odds("market=spread")).await;
    let state = |line: f64| board["quotes"].as_array().unwrap().iter().find(|quote| quote["line"] == line).unwrap()["state"].clone();
    assert_eq!((state(-4.5), state(-5.5)), ("withdrawn".into(), "live".into()));
    let later = served.get(&odds("market=spread&as_of=2026-01-10T23:30:00Z")).await;
    assert!(later["quotes"].as_array().unwrap().iter().any(|quote| quote["state"] == "not_observed"));
    assert_eq!(served.get("/v1/events?sport=curling").await["absent"]["state"], "not_covered");
    assert_eq!(served.get("/v1/props?sport=soccer.eng.1").await["absent"]["state"], "not_observed");
}

#[tokio::test]
async fn bad_questions_are_refused_with_what_would_be_right() {
    let served = Served::filled();
    let cases = [
        ("/v1/events?sports=x", "did you mean sport?"),
        ("/v1/events?status=finished", "scheduled"),
        ("/v1/events?limit=0", "1 to 200"),
        ("/v1/events?cursor=abc", "former answer"),
        ("/v1/events?from=yesterday", "RFC 3339"),
        ("/v1/sports?sport=x", "this path takes as_of, known_at"),
        ("/v1/odds?market=a&market=b", "commas"),
        (&format!("/v1/events/{GAME}/odds?format=hongkong"), "american"),
        (&format!("/v1/events/{}", GAME.replace("f9", "00")), GAME),
        ("/v1/replies/xyz", "16 hexadecimal"),
        ("/v1/listings/espm/1001", "did you mean espn?"),
        ("/v1/listings/football-data/E0/2223/Northam-Rovers", "Nott'm Rovers"),
        ("/v1/sport", "did you mean /v1/sports"),
        ("/v1/backfill?from=yesterday", "2025-10-21"),
        ("/v1/backfill?from=2024-01-01&to=2023-12-31", "after from=2024-01-01"),
        ("/v1/backfill?from=2020-01-01&to=2023-12-31", "400 days"),
        ("/v1/backfill?as_of=2026-01-01T00:00:00Z", "what is there now"),
    ];
    for (path, right) in cases {
        let problem = served.refused(path).await;
        assert!(problem["detail"].as_str().unwrap().contains(right), "{path}: {problem}");
    }
}

#[tokio::test]
async fn an_empty_store_answers_every_list_with_a_reason() {
    let served = Served::empty();
    let is_a_list = |path: &String| !path.contains('{') && api::openapi::method_of(path) == "get";
    for path in api::paths().into_iter().filter(is_a_list) {
        let body = served.get(&path).await;
        assert!(body["absent"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_price_leads_to_the_bytes_that_it_came_from() {
    let served = Served::filled();
    let board = served.get(&format!("/v1/events/{GAME}/odds?market=moneyline&book=betfair_ex_eu&format=american")).await;
    assert_eq!(board["quotes"][0]["price"], -175);
    let reply = served.get(&format!("/v1/replies/{}", board["quotes"][0]["reply"].as_str().unwrap())).await;
    assert_eq!((&reply["entry"]["is_conserved"], &reply["state"]), (&true.into(), &"recorded".into()));
    let (_, kind, bytes) = served.ask(reply["raw"].as_str().unwrap()).await;
    assert_eq!((kind.as_str(), bytes), ("application/json", common::fixture("the-odds-api/odds_two_books_with_links.json")));
}

/// A page of an old database: a game that is live too, the same with its sides swapped, and one that only the old database had.
fn old_rows() -> Vec<u8> {
    let row = |id: &str, home: &str, away: &str, start: &str| {
        let words = format!(r#""sport":"NBA","league":"NBA","home_team":"{home}","away_team":"{away}","start_time":"{start}""#);
        format!(
            r#"{{"id":"{id}",{words},"status":"completed","updated_at":"2026-01-10T18:00:00+00:00","odds":{{"homeOdds":1.9,"awayOdds":1.95}}}}"#
        )
    };
    let rows = [
        row(JOINED_ROW, "Celtics", "Heat", "2026-01-11T00:10:00+00:00"),
        row(SWAPPED_ROW, "Miami Heat", "Boston Celtics", "2026-01-11T00:10:00+00:00"),
        row(OWN_ROW, "LA Clippers", "Utah Jazz", "2024-01-11T00:10:00+00:00"),
    ];
    providers::legacy::page("2026-01-10T20:04:30Z".parse().unwrap(), &[("sports_events", rows.iter().map(String::as_str).collect())], &[])
}

const JOINED_ROW: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000001";
const SWAPPED_ROW: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000002";
const OWN_ROW: &str = "8b6f2c1e-6f0a-4e58-9a3f-000000000003";

#[tokio::test]
async fn ids_of_old_rows_go_on_working_and_what_waits_for_a_person_is_shown() {
    let served = Served::filled();
    served.take("legacy", "rows", &providers::legacy::request("sports_events", JOINED_ROW), "2026-01-10T20:04:30Z", &old_rows());
    for id in [OWN_ROW.to_owned(), OWN_ROW.replace('-', ""), OWN_ROW.to_uppercase()] {
        let event = served.get(&format!("/v1/events/{id}")).await;
        assert_eq!((event["id"].as_str(), event["home"].as_str()), (Some(&*OWN_ROW.replace('-', "")), Some("LA Clippers")), "{id}");
    }
    for id in [JOINED_ROW.to_owned(), JOINED_ROW.replace('-', "")] {
        let event = served.get(&format!("/v1/events/{id}")).await;
        assert_eq!(event["id"], GAME, "{id}");
    }
    let board = served.get(&format!("/v1/events/{OWN_ROW}/odds")).await;
    assert_eq!(board["quotes"].as_array().unwrap().len(), 2, "{board}");
    // a provider lists another game under the digits of the old row's id
    let digits = JOINED_ROW.replace('-', "");
    let other = format!(
        r#"[{{"id":"{digits}","sport_key":"basketball_nba","commence_time":"2026-02-01T00:10:00Z","home_team":"Chicago Bulls","away_team":"New York Knicks","bookmakers":[]}}]"#
    );
    served.take("the-odds-api", "odds", &odds::reply::Request::default().with("markets", "h2h"), "2026-01-10T20:04:40Z", other.as_bytes());
    for (id, home) in [(JOINED_ROW, "Boston Celtics"), (&*digits, "Chicago Bulls")] {
        assert_eq!(served.get(&format!("/v1/events/{id}")).await["home"], home, "{id}");
    }
    served.refused("/v1/events/8b6f2c1e-6f0a-4e58-9a3f-00000000ffff").await;
    let waiting = served.get("/v1/decisions?waiting=true").await;
    let listed: Vec<&str> = waiting["decisions"].as_array().unwrap().iter().map(|one| one["listing"].as_str().unwrap()).collect();
    assert_eq!(listed, [SWAPPED_ROW], "{waiting}");
    let candidates = &waiting["decisions"][0]["evidence"]["candidates"];
    assert!(candidates.as_array().unwrap().iter().any(|one| one["event"] == GAME), "{candidates}");
    served.refused("/v1/decisions?waiting=perhaps").await;
}
