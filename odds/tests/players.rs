//! The same players in two sources of the datasets: who is joined, who waits, and that nobody is joined wrongly. The truth is the league's
//! own id where both sources have it; where one has none, the letters of the name among the players of the two teams that day.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::PathBuf;

use odds::Moment;
use odds::player::{Directory, PlayerId, Seen, Sighting, Teams};

type Row = HashMap<String, String>;

fn rows(path: &str) -> Option<Vec<Row>> {
    let root = std::env::var_os("PREDICTIVE_PLAY_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let Ok(file) = std::fs::File::open(root.join("datasets").join(path)) else {
        println!("skipped: datasets/{path} is not in the corpus");
        return None;
    };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let text = text.replace(['\r', '\u{feff}'], "");
    let mut lines = text.lines();
    let columns: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    Some(lines.map(|line| columns.iter().cloned().zip(cells(line)).collect()).collect())
}

/// The cells of a line; a comma inside quotes is part of its cell.
fn cells(line: &str) -> Vec<String> {
    let mut is_quoted = false;
    let split = line.split(|letter| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    });
    split.map(|cell| cell.trim_matches('"').to_owned()).collect()
}

/// A name as a source gives it, with its truth.
#[derive(Debug, Clone)]
struct Told {
    at: Moment,
    provider: &'static str,
    id: Option<String>,
    name: String,
    teams: Vec<String>,
    position: Option<String>,
    /// The league's id of the player, where it is known.
    truth: Option<String>,
}

fn moment(day: &str) -> Moment {
    format!("{}T12:00:00Z", &day[..10]).parse().unwrap()
}

/// What came of two sources.
#[derive(Debug, Default)]
struct Outcome {
    common: usize,
    joined: usize,
    waiting: usize,
    wrong: Vec<String>,
    apart: Vec<String>,
}

/// Feeds both in the order of time, and looks at each name of the second source at every sight of it: whose player is it?
fn play(league: &str, first: &[Told], second: &[Told]) -> Outcome {
    let mut all: Vec<&Told> = first.iter().chain(second).collect();
    all.sort_by_key(|told| told.at);
    let mut seen = BTreeSet::new();
    all.retain(|told| seen.insert((told.at, told.provider, &told.name, &told.teams, &told.id)));
    let (mut directory, mut truths) = (Directory::default(), HashMap::<PlayerId, BTreeSet<String>>::new());
    let in_first: BTreeSet<&String> = first.iter().filter_map(|told| told.truth.as_ref()).collect();
    let mut ends: BTreeMap<(String, String), Option<PlayerId>> = BTreeMap::new();
    let mut outcome = Outcome::default();
    for told in all {
        let teams = match told.teams.as_slice() {
            [home, away] => Teams::Playing(home, away),
            [team] => Teams::Stated(team),
            _ => Teams::Unknown,
        };
        let sighting = Sighting {
            league,
            provider: told.provider,
            id: told.id.as_deref(),
            name: &told.name,
            teams,
            position: told.position.as_deref(),
            at: told.at,
        };
        let player = match directory.meet(&sighting) {
            Seen::Is(player) => Some(player),
            Seen::Several | Seen::Nobody => None,
        };
        let Some(truth) = &told.truth else { continue };
        if told.provider == first[0].provider {
            if let Some(player) = player {
                truths.entry(player).or_default().insert(truth.clone());
            }
            continue;
        }
        if let Some(others) = player.and_then(|player| truths.get(&player)).filter(|others| !others.contains(truth)) {
            outcome.wrong.push(format!("{} {:?} {truth} is {others:?}", told.name, told.teams));
        }
        if in_first.contains(truth) {
            ends.insert((truth.clone(), told.name.clone()), player);
        }
    }
    outcome.common = ends.len();
    for ((truth, name), player) in ends {
        let is_joined = player.and_then(|player| truths.get(&player)).is_some_and(|others| others.contains(&truth));
        let waits = player.is_none_or(|player| directory.names_of(player).any(odds::player::Binding::waits));
        outcome.joined += usize::from(is_joined);
        outcome.waiting += usize::from(!is_joined && waits);
        if !is_joined {
            outcome.apart.push(if waits { format!("{name} (asked)") } else { name });
        }
    }
    outcome.wrong.extend(truths.values().filter(|truths| truths.len() > 1).map(|truths| format!("one player for {truths:?}")));
    outcome
}

fn report(what: &str, outcome: &Outcome, least_percent: f64) {
    let recall = outcome.joined as f64 * 100.0 / outcome.common.max(1) as f64;
    println!("| {what} | {} | {} | {recall:.2} % | {} | {} |", outcome.common, outcome.joined, outcome.waiting, outcome.wrong.len());
    println!("  not joined: {}", outcome.apart.join(", "));
    assert!(outcome.wrong.is_empty(), "{what}: {:#?}", outcome.wrong);
    assert!(outcome.common > 0 && recall >= least_percent, "{what}: {recall}");
}

fn nfl_stats() -> Option<Vec<Told>> {
    let games = rows("nfl_player_stats_weekly/nfl_schedule_2024.csv.gz")?;
    let days: HashMap<(String, String), String> = games
        .iter()
        .flat_map(|row| ["home_team", "away_team"].map(|side| ((row["week"].clone(), row[side].clone()), row["gameday"].clone())))
        .collect();
    let stats = rows("nfl_player_stats_weekly/nfl_player_week_2024.csv.gz")?;
    let told = stats.into_iter().filter_map(|row| {
        let day = days.get(&(row["week"].clone(), row["team"].clone()))?;
        Some(Told {
            at: moment(day),
            provider: "stats",
            id: Some(row["player_id"].clone()),
            name: row["player_display_name"].clone(),
            teams: vec![row["team"].clone()],
            position: Some(row["position"].clone()).filter(|position| !position.is_empty()),
            truth: Some(row["player_id"].clone()),
        })
    });
    Some(told.collect())
}

fn nfl_injuries(provider: &'static str, has_ids: bool, is_wanted: impl Fn(&Row) -> bool) -> Option<Vec<Told>> {
    let injuries = rows("nfl_injuries/nfl_injuries_2011_2024.csv.gz")?;
    let told = injuries.into_iter().filter(|row| is_wanted(row) && row.get("date_modified").is_some_and(|at| at.len() >= 10));
    let told = told.map(|row| Told {
        at: moment(&row["date_modified"]),
        provider,
        id: has_ids.then(|| row["player_id"].clone()),
        name: row["player_name"].clone(),
        teams: vec![row["team"].clone()],
        position: Some(row["position"].clone()).filter(|position| !position.is_empty()),
        truth: Some(row["player_id"].clone()),
    });
    Some(told.collect())
}

/// The letters of a name without the mark of the generation, as a reader who knows nothing of the rules would have them.
fn bare(name: &str) -> String {
    let words = name.split(|letter: char| letter.is_whitespace() || letter == ',');
    let kept = words.filter(|word| !matches!(word.trim_end_matches('.'), "Jr" | "Sr" | "II" | "III" | "IV" | "V"));
    odds::participant::plain(&kept.collect::<String>())
}

/// Names without an id: their truth by the letters, among the players of either team who are told of within some days.
fn with_truth(mut second: Vec<Told>, first: &[Told], is_team: impl Fn(&str, &str) -> bool) -> Vec<Told> {
    let mut by_letters: HashMap<String, Vec<&Told>> = HashMap::new();
    first.iter().for_each(|told| by_letters.entry(bare(&told.name)).or_default().push(told));
    for told in &mut second {
        let near = by_letters.get(&bare(&told.name)).into_iter().flatten();
        let of_game = near.filter(|one| {
            (one.at.secs() - told.at.secs()).abs() <= 40 * 86_400 && told.teams.iter().any(|team| is_team(team, &one.teams[0]))
        });
        let truths: BTreeSet<&String> = of_game.filter_map(|one| one.truth.as_ref()).collect();
        told.truth = if truths.len() == 1 { truths.into_iter().next().cloned() } else { None };
    }
    second
}

#[test]
fn nfl_injuries_and_statistics_are_of_the_same_players() {
    let (Some(stats), Some(injuries)) = (nfl_stats(), nfl_injuries("injuries", true, |row| row["season"] == "2024")) else { return };
    report("NFL 2024: weekly statistics, injuries with ids", &play("football.nfl", &stats, &injuries), 94.0);
    let injuries = nfl_injuries("injuries", false, |row| row["season"] == "2024").unwrap();
    report("NFL 2024: weekly statistics, injuries without ids", &play("football.nfl", &stats, &injuries), 94.0);
}

#[test]
fn nfl_injuries_of_fourteen_seasons_are_told_apart_by_name_team_and_position() {
    let (Some(with), Some(without)) = (nfl_injuries("ids", true, |_| true), nfl_injuries("names", false, |_| true)) else { return };
    report("NFL 2011-24: injuries with ids, the same without", &play("football.nfl", &with, &without), 97.0);
}

#[test]
fn nfl_props_and_statistics_are_of_the_same_players() {
    let (Some(stats), Some(props)) = (nfl_stats(), rows("nfl_player_props/timestamped_2024.csv.gz")) else { return };
    let props = props.into_iter().map(|row| Told {
        at: moment(&row["commence_time"]),
        provider: "props",
        id: None,
        name: row["player"].clone(),
        teams: vec![row["home_team"].clone(), row["away_team"].clone()],
        position: None,
        truth: None,
    });
    let is_team = |a: &str, b: &str| a == b || (a.starts_with("LA") && b == "LA" && a != "LAC");
    let props = with_truth(props.collect(), &stats, is_team);
    report("NFL 2024: weekly statistics, props", &play("football.nfl", &stats, &props), 97.0);
}

fn nba(logs: &str, props: &str) -> Option<(Vec<Told>, Vec<Told>)> {
    let logs = rows(logs)?.into_iter().map(|row| {
        let id = row.get("player_id").cloned();
        Told {
            at: moment(&row["date"]),
            provider: "logs",
            truth: id.clone().or_else(|| Some(row["player"].clone())),
            id,
            name: row["player"].clone(),
            teams: row["matchup"].split(' ').next().map(str::to_owned).into_iter().collect(),
            position: None,
        }
    });
    let props = rows(props)?.into_iter().filter_map(|row| {
        let (away, home) = row["game"].split_once(" @ ")?;
        Some(Told {
            at: moment(&row["game_time"]),
            provider: "props",
            id: None,
            name: row["player"].clone(),
            teams: vec![home.to_owned(), away.to_owned()],
            position: None,
            truth: None,
        })
    });
    let (logs, props): (Vec<Told>, Vec<Told>) = (logs.collect(), props.collect());
    let is_team = |name: &str, code: &str| odds::participant::likeness("basketball.nba", name, code).is_one();
    let props = with_truth(props, &logs, is_team);
    Some((logs, props))
}

#[test]
fn nba_props_and_game_logs_are_of_the_same_players() {
    for (what, logs, props) in [
        ("NBA autumn 2025: game logs with ids, props", "player_game_logs_2025_26_to_11_10", "all_markets_2025_10_21_to_11_10"),
        ("NBA 2024/25: game logs with ids, props", "player_game_logs_2024_25", "threes_2024_25"),
        ("NBA 2024/25: game logs without ids, props", "player_game_logs_2024_25_threes", "threes_2024_25"),
    ] {
        let path = |name: &str| format!("nba_player_props/{name}.csv.gz");
        let Some((logs, props)) = nba(&path(logs), &path(props)) else { return };
        report(what, &play("basketball.nba", &logs, &props), 97.0);
    }
}
