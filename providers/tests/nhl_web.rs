//! The NHL's web API, by fixtures of our own: no reply of it was recorded.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use odds::market::Words;
use odds::observation::{Decoded, FactKind, ListingSeen, Refusal};
use odds::reply::{Basis, Reply, Request};
use odds::roster::Official;
use odds::settlement::Figure;
use odds::stat::StatLine;
use providers::nhl_web::NhlWeb;
use providers::{Provider, Verdict};

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/fixtures/nhl-web/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn reply<'a>(endpoint: &'a str, body: &'a str) -> Reply<'a> {
    let (request, headers): &(Request, BTreeMap<String, String>) = Box::leak(Box::default());
    let fetched_at = "2025-11-01T16:00:00Z".parse().unwrap();
    let body = body.as_bytes();
    Reply { provider: "nhl-web", endpoint, request, status: 200, headers, body, fetched_at, basis: Basis::Fetched, sport: None }
}

fn listing<'d>(told: &'d Decoded<'_>, id: &str) -> &'d ListingSeen<'d> {
    told.snapshots.iter().flat_map(|at| &at.listings).find(|listing| listing.id == id).unwrap()
}

fn fact<'l>(listing: &'l ListingSeen<'_>, kind: FactKind, subject: &str) -> Option<&'l str> {
    listing.facts.iter().find(|fact| fact.kind == kind && fact.subject == subject).map(|fact| &*fact.value)
}

#[test]
fn teams_have_whole_names_and_what_was_called_off_is_not_scheduled() {
    let body = fixture("schedule");
    let told = NhlWeb.decode(&reply("schedule", &body));
    let game = listing(&told, "2025020123");
    assert_eq!((fact(game, FactKind::Away, ""), fact(game, FactKind::Home, "")), (Some("New York Islanders"), Some("Utah Mammoth")));
    assert_eq!((fact(game, FactKind::Status, ""), fact(game, FactKind::Start, "")), (Some("scheduled"), Some("2025-11-01T23:00:00Z")));
    assert_eq!(fact(listing(&told, "2025020124"), FactKind::Status, ""), Some("postponed"));
    let unset = listing(&told, "2025020125");
    assert_eq!((fact(unset, FactKind::Start, ""), fact(unset, FactKind::SeasonType, "")), (None, Some("playoffs")));
    assert_eq!(told.problems.len(), 1, "the broken game alone: {:?}", told.problems);
}

#[test]
fn a_box_score_tells_figures_and_who_had_no_time_on_the_ice() {
    let body = fixture("boxscore");
    let told = NhlWeb.decode(&reply("boxscore", &body));
    let game = listing(&told, "2025020123");
    let figure = |player: &str, stat: &str| {
        let line: StatLine = serde_json::from_str(fact(game, FactKind::Stat, player).unwrap()).unwrap();
        line.figure(stat)
    };
    assert_eq!(
        [figure("11", "points"), figure("11", "shots"), figure("12", "saves")],
        [2000, 4000, 26_000].map(|milli| Some(Figure::Milli(milli)))
    );
    assert_eq!((figure("13", "saves"), figure("11", "power_play_points")), (Some(Figure::DidNotPlay), None));
    assert_eq!((fact(game, FactKind::HomeScore, ""), told.problems.len()), (Some("3"), 1));
    let live = body.replace("\"OFF\"", "\"LIVE\"");
    let told = NhlWeb.decode(&reply("boxscore", &live));
    let spare: StatLine = serde_json::from_str(fact(listing(&told, "2025020123"), FactKind::Stat, "13").unwrap()).unwrap();
    assert!(!spare.did_not_play, "he may come in yet");
}

#[test]
fn officials_of_a_box_score_are_facts_of_the_game() {
    let told = r#"{"gameInfo":{"referees":[{"default":"Una Umpire"},{}],"linesmen":[{"default":"Lee Line"}]},"#;
    let body = fixture("boxscore").replacen('{', told, 1);
    let told = NhlWeb.decode(&reply("boxscore", &body));
    let officials: Vec<Official> = listing(&told, "2025020123")
        .facts
        .iter()
        .filter(|fact| fact.kind == FactKind::Official)
        .map(|fact| serde_json::from_str(&fact.value).unwrap())
        .collect();
    let named = |name: &str, role: &str| Official { name: name.to_owned(), role: Some(role.to_owned()) };
    assert_eq!(officials, [named("Una Umpire", "Referee"), named("Lee Line", "Linesman")]);
}

#[test]
fn the_partners_prices_keep_their_sign_and_their_side() {
    let body = fixture("partner");
    let told = NhlWeb.decode(&reply("partner_game", &body));
    let book = &listing(&told, "2025020123").books[0];
    let mut shown: Vec<String> = Vec::new();
    for market in &book.markets {
        for outcome in &market.outcomes {
            let point = outcome.point.map_or_else(|| "-".to_owned(), |point| point.to_string());
            let words = Words { book: &book.key, market: &market.key, name: &outcome.name, description: "", point: outcome.point };
            let kind = NhlWeb.meaning("nhl", &words).map_or_else(|| "unknown".to_owned(), |meaning| meaning.kind.to_string());
            let price = outcome.offer.map_or_else(|refused| refused.as_str().to_owned(), |offer| offer.price.american().to_string());
            shown.push(format!("{kind} {} {point} {price}", outcome.name));
        }
    }
    let expected = [
        "moneyline home - -150",
        "moneyline away - 130",
        "spread home -1.5 160",
        "spread away 1.5 -190",
        "total over 6.5 -110",
        "total under 6.5 -110",
        "three_way home - 105",
        "three_way draw - 320",
        "unknown away - bad_price",
    ];
    assert_eq!(shown, expected);
    assert_eq!((book.key.as_ref(), book.seen_at.unwrap().to_string().as_str()), ("draftkings", "2025-11-01T15:00:00Z"));
    assert_eq!((told.unreadable, told.problems.iter().filter(|problem| problem.reason == Refusal::BadLine).count()), (1, 1));
}

#[test]
fn standings_name_the_teams() {
    let body = fixture("standings");
    let told = NhlWeb.decode(&reply("standings", &body));
    assert_eq!((told.catalogue[0].key.as_ref(), told.catalogue[0].title.as_ref()), ("nhl/WPG", "Winnipeg Jets"));
    assert_eq!((told.snapshots.len(), told.problems.len()), (0, 1));
}

#[test]
fn what_is_no_answer_is_told() {
    let judged = |endpoint: &str, body: &str, status| NhlWeb.judge(&Reply { status, ..reply(endpoint, body) });
    for (endpoint, name) in [("schedule", "schedule"), ("boxscore", "boxscore"), ("partner_game", "partner"), ("standings", "standings")] {
        assert_eq!(judged(endpoint, &fixture(name), 200), Verdict::Good);
        assert!(matches!(judged(endpoint, "[]", 200), Verdict::ChangedShape(_)));
        assert!(judged(endpoint, "{\"a\":", 200).is_retryable());
    }
    assert!(matches!(judged("boxscore", "", 404), Verdict::Gone(_)) && judged("score", "", 429).is_retryable());
}
