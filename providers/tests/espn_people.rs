//! ESPN's rosters, moves, officials and chances, by fixtures of our own and by the recorded summaries.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use odds::observation::{Decoded, FactKind, ListingKind, ListingScope, ListingSeen, Refusal};
use odds::reply::{Basis, Reply, Request};
use odds::roster::{Member, Official, Transaction};
use providers::espn::Espn;
use providers::{Provider, Verdict};
use serde::de::DeserializeOwned;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/espn/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn reply<'a>(endpoint: &'a str, request: &'a Request, body: &'a [u8]) -> Reply<'a> {
    let headers: &BTreeMap<String, String> = Box::leak(Box::default());
    let fetched_at = "2026-01-10T12:00:05Z".parse().unwrap();
    Reply { provider: "espn", endpoint, request, status: 200, headers, body, fetched_at, basis: Basis::Fetched, sport: None }
}

fn decode(endpoint: &str, path: &str, body: &[u8]) -> Decoded<'static> {
    let request = Request::to(format!("/apis/site/v2/sports/{path}"));
    Espn.decode(&reply(endpoint.to_owned().leak(), Box::leak(Box::new(request)), body.to_vec().leak()))
}

fn listing<'d>(told: &'d Decoded<'_>, id: &str) -> &'d ListingSeen<'d> {
    let mut all = told.snapshots.iter().flat_map(|at| &at.listings);
    all.find(|listing| listing.id == id).unwrap_or_else(|| panic!("no {id} in {told:?}"))
}

fn facts<T: DeserializeOwned>(listing: &ListingSeen<'_>, kind: FactKind) -> Vec<(String, T)> {
    let told = listing.facts.iter().filter(|fact| fact.kind == kind);
    told.map(|fact| (fact.subject.to_string(), serde_json::from_str(&fact.value).unwrap())).collect()
}

fn text<'l>(listing: &'l ListingSeen<'_>, kind: FactKind, subject: &str) -> Option<&'l str> {
    listing.facts.iter().find(|fact| fact.kind == kind && fact.subject == subject).map(|fact| &*fact.value)
}

#[test]
fn a_roster_is_the_whole_list_of_a_team_flat_or_by_positions() {
    let told = decode("roster", "basketball/nba/teams/20/roster", &fixture("roster_nba.json"));
    assert_eq!(told.problems, []);
    assert_eq!(told.snapshots[0].scope.listings, ListingScope::Listed(vec!["roster/basketball/nba/20".to_owned()]));
    let roster = listing(&told, "roster/basketball/nba/20");
    assert_eq!((roster.kind, roster.sport.as_ref()), (ListingKind::Roster, "basketball/nba"));
    let members: Vec<(String, Member)> = facts(roster, FactKind::Member);
    let ash = Member {
        player: "Al Ash".to_owned(),
        team: "North Bears".to_owned(),
        position: Some("G".to_owned()),
        jersey: Some("7".to_owned()),
        status: Some("Active".to_owned()),
    };
    assert_eq!(members[0], ("900001".to_owned(), ash));
    assert_eq!((members[1].0.as_str(), members[1].1.player.as_str(), members.len()), ("900002", "Bo Birch", 2));

    let told = decode("roster", "football/nfl/teams/12/roster", &fixture("roster_nfl.json"));
    let members: Vec<(String, Member)> = facts(listing(&told, "roster/football/nfl/12"), FactKind::Member);
    let shown: Vec<_> = members.iter().map(|(id, member)| (id.as_str(), member.position.as_deref(), member.status.as_deref())).collect();
    assert_eq!(shown, [("1", Some("QB"), None), ("2", Some("RB"), None), ("3", Some("LB"), Some("Injured Reserve"))]);
}

#[test]
fn a_roster_that_is_empty_or_cannot_be_read_whole_makes_nobody_seem_gone() {
    let whole = String::from_utf8(fixture("roster_nba.json")).unwrap();
    let second = r#"{"id":"900002","displayName":"Bo Birch","position":{"abbreviation":"C"}}"#;
    assert!(whole.contains(second));
    for spoilt in [
        whole.replace(second, "7"),
        whole.replace(second, "{}"),
        r#"{"athletes":[],"team":{"id":"20","displayName":"North Bears"}}"#.to_owned(),
        whole.replace(r#""displayName":"North Bears""#, r#""displayName":null"#),
    ] {
        let told = decode("roster", "basketball/nba/teams/20/roster", spoilt.as_bytes());
        assert_eq!(told.snapshots[0].listings.len(), 0, "{spoilt}");
        assert!(!told.problems.is_empty(), "{spoilt}");
    }
}

#[test]
fn moves_stand_by_their_day_in_the_sources_own_sentence() {
    let body = fixture("transactions_nba.json");
    let told = decode("transactions", "basketball/nba/transactions", &body);
    assert_eq!(told.snapshots[0].scope.listings, ListingScope::Unknown, "who is not in it is not gone");
    let day: Vec<(String, Transaction)> = facts(listing(&told, "transactions/basketball/nba/2026-01-09"), FactKind::Transaction);
    let shown: Vec<_> = day.iter().map(|(_, told)| (told.team.as_deref().unwrap(), told.text.as_str(), told.on.as_str())).collect();
    assert_eq!(shown, [("North Bears", "Waived C Ed Elm.", "2026-01-09"), ("South Owls", "Waived C Ed Elm.", "2026-01-09")]);
    assert!(day.iter().all(|(_, told)| told.player.is_none()), "a name is not guessed out of a sentence");
    assert_eq!(listing(&told, "transactions/basketball/nba/2026-01-10").kind, ListingKind::Transactions);
    let problems: Vec<_> = told.problems.iter().map(|problem| (problem.path.as_str(), problem.reason)).collect();
    assert_eq!(problems, [("transactions[3].date", Refusal::BadTime)]);
    assert_eq!(Espn.stamp("transactions", &body), Some(("2026-01-10T12:00:00Z".parse().unwrap(), Basis::Stated)));
}

#[test]
fn officials_venue_and_chances_of_a_summary_are_facts_and_no_prices() {
    let told = decode("summary", "basketball/nba/summary", &fixture("summary_course.json"));
    let game = listing(&told, "4003");
    assert_eq!((text(game, FactKind::Venue, ""), text(game, FactKind::NeutralSite, "")), (Some("Middle Hall"), Some("true")));
    let officials: Vec<(String, Official)> = facts(game, FactKind::Official);
    let shown: Vec<_> = officials.iter().map(|(_, official)| (official.name.as_str(), official.role.as_deref())).collect();
    assert_eq!(shown, [("Una Umpire", Some("Referee")), ("Vic Whistle", None)]);
    assert_eq!(text(game, FactKind::Attribute, "predictor"), Some(r#"{"home":"41.5","away":"58.5"}"#));
    assert_eq!(text(game, FactKind::Attribute, "win_probability"), Some(r#"{"home":"1.0","play":"4","at":"2026-01-09T02:20:30Z"}"#));
    assert_eq!(
        text(game, FactKind::Attribute, "win_probability/course"),
        Some(concat!(
            r#"[{"home":"0.61","at":"2026-01-09T00:10:41Z"},{"home":"0.58","at":"2026-01-09T00:12:00Z"},"#,
            r#"{"home":"1.0","at":"2026-01-09T02:20:30Z"}]"#
        )),
        "of each minute the last"
    );
    assert!(game.books.is_empty(), "a chance is nobody's offer");
}

/// A recorded summary, where the folder is there.
fn recorded(file: &str) -> Option<Vec<u8>> {
    let told = std::env::var_os("PREDICTIVE_PLAY_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().filter_map(|folder| Some(folder.parent()?.join("shared")));
    let found = told.into_iter().chain(beside).map(|corpus| corpus.join("recorded/espn/summary").join(file)).find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: no recording {file} (PREDICTIVE_PLAY_CORPUS names the folder)");
    }
    found.map(|file| std::fs::read(file).unwrap())
}

#[test]
fn the_recorded_summaries_name_their_officials() {
    let named = |file: &str, id: &str| {
        let body = recorded(file)?;
        let request = Request::default();
        let told = Espn.decode(&reply("summary", &request, &body));
        let officials: Vec<(String, Official)> = facts(listing(&told, id), FactKind::Official);
        Some(officials.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
    };
    let Some(nba) = named("nba_401809245_pregame_pickcenter.json", "401809245") else { return };
    assert_eq!(nba, ["Biniam Maru", "Kevin Cutler", "Zach Zarba"]);
    assert_eq!(named("wnba_game_info.json", "401736393").unwrap(), ["Catherine Chang", "Paul Tuomey", "Tiara Cruse"]);
}

/// A row whose prices stand by phase below its sides, as the core API has them.
const BY_PHASE: &str = r#"{"provider":{"id":"41","name":"DraftKings"},
 "homeTeamOdds":{"current":{"moneyLine":{"american":"+120"},"pointSpread":{"american":"+2.5"},"spread":{"american":"-110"}},
  "open":{"moneyLine":{"alternateDisplayValue":"+105"}}},
 "awayTeamOdds":{"current":{"moneyLine":{"american":"-140"},"pointSpread":{"american":"-2.5"},"spread":{"american":"-112"}}},
 "current":{"over":{"american":"-108"},"under":{"american":"-113"},"total":{"american":"231.5"}}}"#;

#[test]
fn each_provider_of_odds_is_a_book_of_its_own_whatever_shape_its_row_has() {
    let flat = r#"{"provider":{"id":"58","name":"ESPN BET"},"homeTeamOdds":{"moneyLine":118},"awayTeamOdds":{"moneyLine":-138}}"#;
    let body = format!(
        r#"{{"header":{{"id":"1","uid":"s:40~l:46~e:1","competitions":[{{"id":"1","date":"2026-01-11T00:00Z",
        "competitors":[{{"id":"20","homeAway":"home","team":{{"id":"20","displayName":"North Bears"}}}},{{"id":"21","homeAway":"away","team":{{"id":"21","displayName":"South Owls"}}}}],
        "status":{{"type":{{"name":"STATUS_SCHEDULED","state":"pre","completed":false}}}}}}]}},"pickcenter":[{flat}],"odds":[{BY_PHASE}]}}"#
    );
    let told = decode("summary", "basketball/nba/summary", body.as_bytes());
    assert_eq!(told.problems, []);
    let game = listing(&told, "1");
    let quotes: Vec<String> = game
        .books
        .iter()
        .flat_map(|book| book.markets.iter().flat_map(move |market| market.outcomes.iter().map(move |outcome| (book, market, outcome))))
        .map(|(book, market, outcome)| {
            let point = outcome.point.map_or_else(String::new, |point| point.to_string());
            format!("{} {} {} {point} {}", book.key, market.key, outcome.name, outcome.offer.unwrap().price.american())
        })
        .collect();
    assert_eq!(
        quotes,
        [
            "58 moneyLine home  118",
            "58 moneyLine away  -138",
            "41 moneyLine home  120",
            "41 moneyLine away  -140",
            "41 pointSpread home 2.5 -110",
            "41 pointSpread away -2.5 -112",
            "41 total over 231.5 -108",
            "41 total under 231.5 -113",
        ]
    );
    assert_eq!(text(game, FactKind::Attribute, "41/moneyLine/home"), Some(r#"{"open":{"odds":"+105"}}"#));
}

#[test]
fn what_is_no_list_is_told() {
    let judged = |endpoint: &str, body: &[u8], status| Espn.judge(&Reply { status, ..reply(endpoint, &Request::default(), body) });
    assert_eq!(judged("roster", &fixture("roster_nba.json"), 200), Verdict::Good);
    assert_eq!(judged("transactions", &fixture("transactions_nba.json"), 200), Verdict::Good);
    for endpoint in ["roster", "transactions"] {
        assert!(matches!(judged(endpoint, b"{}", 200), Verdict::ChangedShape(_)));
        assert!(judged(endpoint, b"{\"athletes\":[", 200).is_retryable());
    }
    assert!(matches!(judged("roster", b"{}", 404), Verdict::Gone(_)));
}
