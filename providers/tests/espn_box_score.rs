//! ESPN's box scores: what players did, by columns that are known by their key, and what is not said.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use odds::Line;
use odds::market::{MarketKind, Meaning, Side};
use odds::observation::{FactKind, FactSeen, Refusal};
use odds::reply::{Basis, Reply, Request};
use odds::settlement::{Figure, Grade, grade_player};
use odds::stat::{StatLine, TeamSide};
use providers::Provider;
use providers::espn::Espn;

fn fixture() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/espn/summary_box_score.json")).unwrap()
}

fn read(body: &[u8]) -> (Vec<FactSeen<'static>>, Vec<Refusal>) {
    let (request, headers) = (Request::default(), BTreeMap::new());
    let fetched_at = "2024-09-06T12:00:00Z".parse().unwrap();
    let reply = Reply {
        provider: "espn",
        endpoint: "summary",
        request: &request,
        status: 200,
        headers: &headers,
        body,
        fetched_at,
        basis: Basis::Fetched,
        sport: None,
    };
    let told = Espn.decode(&reply);
    let facts = told.snapshots.into_iter().flat_map(|at| at.listings).flat_map(|listing| listing.facts);
    let owned =
        |fact: FactSeen<'_>| FactSeen { kind: fact.kind, subject: fact.subject.into_owned().into(), value: fact.value.into_owned().into() };
    (facts.map(owned).collect(), told.problems.into_iter().map(|problem| problem.reason).collect())
}

fn lines(facts: &[FactSeen<'_>]) -> BTreeMap<String, StatLine> {
    let stats = facts.iter().filter(|fact| fact.kind == FactKind::Stat);
    stats.map(|fact| (fact.subject.to_string(), serde_json::from_str(&fact.value).unwrap())).collect()
}

#[test]
fn a_box_score_of_football_grades_props_and_touchdowns() {
    let (facts, problems) = read(fixture().as_bytes());
    let lines = lines(&facts);
    let figure = |player: &str, stat: &str| lines[player].figure(stat);
    let milli = |number: i64| Some(Figure::Milli(number * 1000));
    assert_eq!([figure("1", "pass_cmp"), figure("1", "pass_att"), figure("1", "pass_rush_yds")], [milli(20), milli(28), milli(288)]);
    assert_eq!([figure("3", "rush_rec_yds"), figure("3", "rec_longest"), figure("3", "rush_yds")], [milli(103), milli(49), milli(0)]);
    assert_eq!([figure("6", "kicking_points"), figure("6", "extra_points_kicked")], [milli(9), milli(3)]);
    assert_eq!(figure("4", "sacks"), Some(Figure::Milli(1500)));
    assert_eq!(figure("2", "sacks"), None, "who is in no defensive group is not said to have none");
    let scored = |player: &str| grade_player(&Meaning::of(MarketKind::PlayerFeat("anytime_td"), Side::Yes, None), &lines[player]);
    assert_eq!([scored("1"), scored("2"), scored("3"), scored("4")], [Grade::Loss, Grade::Win, Grade::Win, Grade::Win].map(Ok));
    assert_eq!(figure("4", "tds"), milli(1), "an interception taken home is told in two groups");
    assert_eq!((lines["1"].side, lines["1"].team.as_deref()), (Some(TeamSide::Home), Some("Ruddock Rams")));
    assert_eq!((problems, lines.contains_key("5")), (vec![Refusal::NotTheShape], false), "figures without their keys");
    let over = Meaning::of(MarketKind::PlayerStat("receptions"), Side::Over, Some(Line::from_milli(6500)));
    assert_eq!(grade_player(&over, &lines["3"]), Ok(Grade::Win));
}

#[test]
fn chances_are_attributes_and_nobodys_price() {
    let (facts, _) = read(fixture().as_bytes());
    let chance = facts.iter().find(|fact| fact.kind == FactKind::Attribute && fact.subject == "win_probability").unwrap();
    assert_eq!(chance.value, r#"{"home":"0.973","tie":"0.0","play":"2"}"#);
}

#[test]
fn before_a_game_nobody_did_anything() {
    let body = fixture().replace("STATUS_FINAL", "STATUS_SCHEDULED").replace("\"post\"", "\"pre\"").replace("true", "false");
    assert!(lines(&read(body.as_bytes()).0).is_empty());
}

fn recorded(name: &str) -> Option<Vec<u8>> {
    let told = std::env::var_os("PREDICTIVE_PLAY_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared"));
    let found = told.into_iter().chain(beside).map(|dir| dir.join("recorded/espn").join(name)).find_map(|path| std::fs::read(path).ok());
    if found.is_none() {
        println!("skipped: {name} is not in the corpus");
    }
    found
}

#[test]
fn the_recorded_box_score_adds_up_to_the_result_and_tells_who_sat_out() {
    let Some(body) = recorded("summary/wnba_game_info.json") else { return };
    let (facts, problems) = read(&body);
    let lines = lines(&facts);
    assert_eq!(problems, []);
    let points = |side: TeamSide| {
        let of_side = lines.values().filter(|line| line.side == Some(side));
        of_side.filter_map(|line| line.stats.get("points")).map(|amount| amount.milli() / 1000).sum::<i64>().to_string()
    };
    let score = |kind: FactKind| facts.iter().find(|fact| fact.kind == kind).unwrap().value.to_string();
    assert_eq!((points(TeamSide::Home), points(TeamSide::Away)), (score(FactKind::HomeScore), score(FactKind::AwayScore)));
    let jones = &lines["3058895"];
    assert_eq!((jones.figure("pra"), jones.figure("free_throws_att")), (Some(Figure::Milli(16_000)), Some(Figure::Milli(4000))));
    assert_eq!(lines["4898400"].figure("points"), Some(Figure::DidNotPlay));
    println!("{} players, {} of whom sat out", lines.len(), lines.values().filter(|line| line.did_not_play).count());
}
