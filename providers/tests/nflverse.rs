//! nflverse's files: lines with their sign, moments that do not look ahead, teams that moved, and figures that grade props.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use odds::injury::{Injury, InjuryStatus};
use odds::market::{MarketKind, Meaning, Side};
use odds::observation::{Decoded, FactKind, ListingSeen, Refusal};
use odds::reply::{Basis, Reply, Request};
use odds::settlement::{Grade, grade_player};
use odds::stat::StatLine;
use odds::{Line, Moment};
use providers::nflverse::Nflverse;
use providers::{Provider, Verdict};

fn fixture(endpoint: &str) -> Vec<u8> {
    let name = if endpoint == "schedules" { "games" } else { endpoint };
    std::fs::read(format!("{}/fixtures/nflverse/{name}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn reply<'a>(endpoint: &'a str, body: &'a [u8], at: &str, basis: Basis) -> Reply<'a> {
    let (request, headers): &(Request, BTreeMap<String, String>) = Box::leak(Box::default());
    let fetched_at = at.parse().unwrap();
    Reply { provider: "nflverse", endpoint, request, status: 200, headers, body, fetched_at, basis, sport: None }
}

fn replayed<'a>(endpoint: &'a str, body: &'a [u8]) -> Decoded<'a> {
    let (at, basis) = Nflverse.stamp(endpoint, body).unwrap_or(("2024-09-10T12:00:00Z".parse().unwrap(), Basis::Assumed));
    Nflverse.decode(&reply(endpoint, body, &at.to_string(), basis))
}

/// What was seen of a listing, by moment.
fn seen<'d, 'a>(told: &'d Decoded<'a>, id: &str) -> Vec<(Moment, Basis, &'d ListingSeen<'a>)> {
    let of = |listing: &&ListingSeen<'_>| listing.id == id;
    told.snapshots.iter().flat_map(|at| at.listings.iter().filter(of).map(move |listing| (at.observed_at, at.basis, listing))).collect()
}

fn fact<'l>(listing: &'l ListingSeen<'_>, kind: FactKind, subject: &str) -> Option<&'l str> {
    listing.facts.iter().find(|fact| fact.kind == kind && fact.subject == subject).map(|fact| &*fact.value)
}

fn prices(listing: &ListingSeen<'_>) -> Vec<String> {
    let markets = listing.books.iter().flat_map(|book| &book.markets);
    let shown = |market: &odds::observation::MarketSeen<'_>| {
        let key = market.key.to_string();
        let outcomes = market.outcomes.iter().map(move |outcome| {
            let point = outcome.point.map_or_else(|| "-".to_owned(), |point| point.to_string());
            format!("{key} {} {point} {}", outcome.name, outcome.offer.unwrap().price.american())
        });
        outcomes.collect::<Vec<_>>()
    };
    markets.flat_map(shown).collect()
}

#[test]
fn a_favourite_at_home_gives_the_points_and_closing_lines_stand_at_the_start() {
    let body = fixture("schedules");
    let told = replayed("schedules", &body);
    let game = seen(&told, "2024_01_BAL_KC");
    assert_eq!(game.len(), 2);
    let (at, basis, listing) = game[0];
    assert_eq!((at.to_string().as_str(), basis), ("2024-09-06T00:20:00Z", Basis::Phase));
    let expected = [
        "moneyline home - -148",
        "moneyline away - 124",
        "spread home -3 -102",
        "spread away 3 -118",
        "total over 46 -110",
        "total under 46 -110",
    ];
    assert_eq!(prices(listing), expected);
    assert_eq!((fact(listing, FactKind::HomeScore, ""), fact(listing, FactKind::Home, "")), (None, Some("Kansas City Chiefs")));
    assert_eq!(fact(listing, FactKind::ExternalId, "espn"), Some("401671789"));
    let (at, _, listing) = game[1];
    assert_eq!((at.to_string().as_str(), fact(listing, FactKind::HomeScore, "")), ("2024-09-06T05:20:00Z", Some("27")));
}

#[test]
fn a_team_has_the_name_of_its_season_and_one_id() {
    let body = fixture("schedules");
    let told = replayed("schedules", &body);
    let (_, _, listing) = seen(&told, "2023_18_LV_WAS")[0];
    assert_eq!(
        (fact(listing, FactKind::Away, ""), fact(listing, FactKind::Home, "")),
        (Some("Las Vegas Raiders"), Some("Washington Commanders"))
    );
    assert_eq!(told.problems.iter().map(|problem| problem.reason).collect::<Vec<_>>(), [Refusal::MissingField], "a code of nobody");
}

#[test]
fn a_file_of_now_tells_its_newest_season_and_a_coming_game_as_of_now() {
    let body = fixture("schedules");
    let told = Nflverse.decode(&reply("schedules", &body, "2024-09-06T12:00:00Z", Basis::Fetched));
    assert!(seen(&told, "2023_18_LV_WAS").is_empty());
    let (at, basis, listing) = seen(&told, "2024_01_GB_PHI")[0];
    assert_eq!((at.to_string().as_str(), basis), ("2024-09-06T12:00:00Z", Basis::Fetched));
    assert_eq!(fact(listing, FactKind::NeutralSite, ""), Some("true"));
    assert!(told.snapshots.iter().all(|snapshot| snapshot.observed_at <= "2024-09-06T12:00:00Z".parse().unwrap()), "nothing of later");
}

#[test]
fn a_week_of_injuries_is_a_whole_list_of_its_last_change() {
    let body = fixture("injuries");
    let told = replayed("injuries", &body);
    let weeks = seen(&told, "injuries/nfl");
    assert_eq!(weeks.iter().map(|(at, ..)| at.to_string()).collect::<Vec<_>>(), ["2024-09-04T20:00:00Z", "2024-09-13T19:00:00Z"]);
    let of =
        |at: usize, player: &str| fact(weeks[at].2, FactKind::Injury, player).map(|value| serde_json::from_str::<Injury>(value).unwrap());
    let runner = of(0, "00-0000001").unwrap();
    assert_eq!((runner.meaning, runner.team.as_str()), (Some(InjuryStatus::Questionable), "Kansas City Chiefs"));
    assert_eq!(of(1, "00-0000001").unwrap().status, "Full Participation in Practice", "no designation: what he did in practice");
    assert_eq!((weeks[1].2.facts.len(), of(1, "00-0000002")), (1, None), "who is not in the week's list is off it");
}

fn lines(listing: &ListingSeen<'_>) -> BTreeMap<String, StatLine> {
    let stats = listing.facts.iter().filter(|fact| fact.kind == FactKind::Stat);
    stats.map(|fact| (fact.subject.to_string(), serde_json::from_str(&fact.value).unwrap())).collect()
}

#[test]
fn what_players_did_grades_props_combos_and_feats() {
    let body = fixture("player_stats");
    let told = replayed("player_stats", &body);
    let lines = lines(seen(&told, "2024_01_BAL_KC")[0].2);
    let over = |player: &str, stat, point: i32| {
        grade_player(&Meaning::of(MarketKind::PlayerStat(stat), Side::Over, Some(Line::from_milli(point))), &lines[player])
    };
    assert_eq!(over("00-0000001", "rec_yds", 61_500), Ok(Grade::Loss));
    assert_eq!(over("00-0000001", "rush_rec_yds", 67_500), Ok(Grade::Win));
    assert_eq!(over("00-0000003", "pass_rush_yds", 395_000), Ok(Grade::Push));
    assert_eq!(over("00-0000004", "kicking_points", 8500), Ok(Grade::Win));
    assert_eq!(over("00-0000005", "sacks", 1250), Ok(Grade::Win));
    assert!(over("00-0000001", "rush_longest", 6500).is_err(), "the file does not say it");
    let scored = |player: &str| grade_player(&Meaning::of(MarketKind::PlayerFeat("anytime_td"), Side::Yes, None), &lines[player]);
    assert_eq!((scored("00-0000001"), scored("00-0000003")), (Ok(Grade::Win), Ok(Grade::Loss)), "a pass is the catcher's touchdown");
    assert!(scored("00-0000005").is_err(), "a fumble taken in may be told twice");
    assert_eq!(told.problems.len(), 1, "the row without a player is counted");
}

#[test]
fn what_is_no_such_file_is_told() {
    let judged =
        |endpoint, body: &[u8], status| Nflverse.judge(&Reply { status, ..reply(endpoint, body, "2024-09-10T12:00:00Z", Basis::Fetched) });
    for endpoint in ["schedules", "injuries", "player_stats"] {
        assert_eq!(judged(endpoint, &fixture(endpoint), 200), Verdict::Good);
        for body in [&b"<html>Not here</html>"[..], b"", b"a,b\n1,2\n"] {
            assert!(matches!(judged(endpoint, body, 200), Verdict::ChangedShape(_)), "{endpoint} {body:?}");
        }
    }
    assert!(matches!(judged("injuries", b"", 404), Verdict::Gone(_)));
    assert!(judged("injuries", b"", 503).is_retryable());
}

fn corpus() -> Option<PathBuf> {
    let told = std::env::var_os("PREDICTIVE_PLAY_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared"));
    let found = told.into_iter().chain(beside).find(|dir| dir.join("recorded").is_dir());
    if found.is_none() {
        println!("skipped: no corpus (PREDICTIVE_PLAY_CORPUS or ../shared)");
    }
    found
}

fn unpacked(corpus: &Path, path: &str) -> Option<Vec<u8>> {
    let Ok(packed) = std::fs::read(corpus.join(path)) else {
        println!("skipped: {path} is not in the corpus");
        return None;
    };
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut body).unwrap();
    Some(body)
}

#[test]
fn the_real_season_is_read_whole_and_its_statistics_fall_on_its_games() {
    let Some(corpus) = corpus() else { return };
    let folder = "datasets/nfl_player_stats_weekly";
    let (Some(games), Some(stats)) = (
        unpacked(&corpus, &format!("{folder}/nfl_schedule_2024.csv.gz")),
        unpacked(&corpus, &format!("{folder}/nfl_player_week_2024.csv.gz")),
    ) else {
        return;
    };
    let schedule = replayed("schedules", &games);
    assert_eq!(schedule.problems, []);
    let ids: std::collections::BTreeSet<String> =
        schedule.snapshots.iter().flat_map(|at| &at.listings).map(|listing| listing.id.to_string()).collect();
    let played = replayed("player_stats", &stats);
    let of_games: std::collections::BTreeSet<String> = played.snapshots[0].listings.iter().map(|listing| listing.id.to_string()).collect();
    assert_eq!((ids.len(), of_games == ids), (285, true));
    let rows: usize = played.snapshots[0].listings.iter().map(|listing| listing.facts.len()).sum();
    let refused: Vec<_> = played.problems.iter().map(|problem| problem.reason).collect();
    println!("{rows} player-weeks, {refused:?}");
    assert!(played.problems[0].detail.starts_with("22 rows"), "{:?}", played.problems);
    assert_eq!(rows + 22, 18_981, "every other row is a line");
    // the points of both sides are what their players' touchdowns, kicks and the rest came to: no side's sum exceeds its score
    let final_scores: BTreeMap<String, i64> = schedule
        .snapshots
        .iter()
        .flat_map(|at| &at.listings)
        .filter_map(|listing| {
            let total = fact(listing, FactKind::HomeScore, "")?.parse::<i64>().ok()?
                + fact(listing, FactKind::AwayScore, "")?.parse::<i64>().ok()?;
            Some((listing.id.to_string(), total))
        })
        .collect();
    for listing in &played.snapshots[0].listings {
        let milli = |line: &StatLine, stat: &str| line.stats.get(stat).map_or(0, |amount| amount.milli());
        let points: i64 = lines(listing).values().map(|line| milli(line, "tds") * 6 + milli(line, "kicking_points")).sum();
        assert!(points / 1000 <= final_scores[&*listing.id], "{}: {points}", listing.id);
    }
}

#[test]
fn real_injuries_and_games_of_fourteen_years_are_read() {
    let Some(corpus) = corpus() else { return };
    if let Some(body) = unpacked(&corpus, "datasets/nfl_injuries/nfl_injuries_2011_2024.csv.gz") {
        let told = replayed("injuries", &body);
        let facts: usize = told.snapshots.iter().flat_map(|at| &at.listings).map(|listing| listing.facts.len()).sum();
        println!("{} weeks, {facts} reports, {} problems", told.snapshots.len(), told.problems.len());
        assert!(facts + 3 >= 48_956 && told.problems.len() <= 3, "{:?}", told.problems);
    }
    if let Some(body) = unpacked(&corpus, "datasets/nfl_games_lines/nfl_games_2011_2024.csv.gz") {
        let told = replayed("schedules", &body);
        assert_eq!(told.problems, []);
        let games = told.snapshots.iter().flat_map(|at| &at.listings).filter(|listing| fact(listing, FactKind::HomeScore, "").is_some());
        assert_eq!(games.count(), 3811);
    }
}

#[test]
fn recorded_subsets_are_read_through_python_where_it_can() {
    let Some(corpus) = corpus() else { return };
    for (name, endpoint, rows) in [("games_subset", "schedules", 4096), ("injuries_subset", "injuries", 51_739)] {
        let path = corpus.join(format!("recorded/nflverse/{name}.parquet"));
        let script = format!("import pandas,sys; pandas.read_parquet({path:?}).to_csv(sys.stdout,index=False)");
        let Ok(output) = Command::new("python3").args(["-c", &script]).output() else { continue };
        if !output.status.success() {
            println!("skipped: no pandas with parquet to read {name}");
            continue;
        }
        assert_eq!(Nflverse.judge(&reply(endpoint, &output.stdout, "2026-01-01T00:00:00Z", Basis::Assumed)), Verdict::Good, "{name}");
        let told = replayed(endpoint, &output.stdout);
        let facts: usize = told.snapshots.iter().flat_map(|at| &at.listings).map(|listing| listing.facts.len()).sum();
        println!("{name}: {} snapshots, {facts} facts, {} problems, {rows} rows", told.snapshots.len(), told.problems.len());
        assert!(facts > rows / 2);
    }
}
