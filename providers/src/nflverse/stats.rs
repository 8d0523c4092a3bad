//! What players did, by week. A row names both teams and the week, and by them the game.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use odds::observation::{Decoded, FactKind, FactSeen, ListingSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::Reply;
use odds::stat::{Amount, StatLine};

use super::SPORT;
use super::teams::{game_id, team};
use super::wire::{Row, Table};

/// Our name, and the column's, with what it was called before.
const STATS: &[(&str, &[&str])] = &[
    ("def_int", &["def_interceptions"]),
    ("extra_points_kicked", &["pat_made"]),
    ("field_goals_kicked", &["fg_made"]),
    ("pass_att", &["attempts"]),
    ("pass_cmp", &["completions"]),
    ("pass_int", &["passing_interceptions", "interceptions"]),
    ("pass_tds", &["passing_tds"]),
    ("pass_yds", &["passing_yards"]),
    ("rec_tds", &["receiving_tds"]),
    ("rec_yds", &["receiving_yards"]),
    ("receptions", &["receptions"]),
    ("rush_att", &["carries"]),
    ("rush_tds", &["rushing_tds"]),
    ("rush_yds", &["rushing_yards"]),
    ("sacks", &["def_sacks"]),
    ("targets", &["targets"]),
];

/// Touchdowns of every kind that the player himself makes, but for those of the next two.
const TOUCHDOWNS: &[&str] = &["rushing_tds", "receiving_tds", "special_teams_tds"];
/// What the defence made, and what came of a fumble: where both are told, they may be the same one (K).
const MAY_BE_ONE: [&str; 2] = ["def_tds", "fumble_recovery_tds"];

/// Reads the file: all of it is of the moment of the reply, for it states none.
pub(super) fn decode<'a>(table: &Table, reply: &Reply<'_>) -> Decoded<'a> {
    let (mut games, mut problems): (BTreeMap<String, Vec<FactSeen<'a>>>, Vec<Problem>) = (BTreeMap::new(), Vec::new());
    let (mut seen, mut unnamed) = (BTreeSet::new(), 0_u64);
    for row in table.rows() {
        let read = row.map_err(|(number, wrong)| Problem::at(format!("row {number}"), Refusal::NotTheShape, wrong));
        match read.and_then(|row| line(&row).map(|line| (row.number, line))) {
            Ok((number, Some((game, player, line)))) => {
                if !seen.insert((game.clone(), player.clone())) {
                    let told = format!("{player} stands twice in {game}; the first is kept");
                    problems.push(Problem::at(format!("row {number}"), Refusal::Contradiction, told));
                } else if let Ok(value) = serde_json::to_string(&line) {
                    let fact = FactSeen { kind: FactKind::Stat, subject: Cow::Owned(player), value: Cow::Owned(value) };
                    games.entry(game).or_default().push(fact);
                }
            }
            Ok((_, None)) => unnamed += 1,
            Err(problem) => problems.push(problem),
        }
    }
    if unnamed > 0 {
        let told = format!("{unnamed} rows of a team as a whole, without a player");
        problems.push(Problem::at("player_id", Refusal::NoPlace, told));
    }
    let listing = |(id, facts)| ListingSeen { id: Cow::Owned(id), sport: Cow::Borrowed(SPORT), facts, ..ListingSeen::default() };
    let listings = games.into_iter().map(listing).collect();
    let scope = Scope { sport: SPORT.to_owned(), ..Scope::default() };
    let snapshot = Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings };
    Decoded { snapshots: vec![snapshot], problems, ..Decoded::default() }
}

/// The game, the player's id and what he did; `None` for a row without a player.
fn line(row: &Row<'_>) -> Result<Option<(String, String, StatLine)>, Problem> {
    let Some(player) = row.told(&["player_id"]) else { return Ok(None) };
    let missing = |column: &str| Problem::at(row.place(column), Refusal::MissingField, "nothing that can be read");
    let season = row.whole(&["season"]).ok_or_else(|| missing("season"))?;
    let week = row.whole(&["week"]).ok_or_else(|| missing("week"))?;
    let own = team(row.cell(&["team", "recent_team"]), season).ok_or_else(|| missing("team"))?;
    let other = team(row.cell(&["opponent_team"]), season).ok_or_else(|| missing("opponent_team"))?;
    let mut stats = BTreeMap::new();
    for (name, columns) in STATS {
        stats.extend(row.told(columns).and_then(|text| Amount::parse(text).ok()).map(|amount| ((*name).to_owned(), amount)));
    }
    stats.extend(touchdowns(row).map(|amount| ("tds".to_owned(), amount)));
    stats.extend(kicking_points(&stats).map(|amount| ("kicking_points".to_owned(), amount)));
    let line = StatLine {
        player: row.told(&["player_display_name", "player_name"]).unwrap_or_default().to_owned(),
        team: Some(own.1.to_owned()),
        position: row.told(&["position"]).map(str::to_owned),
        stats,
        ..StatLine::default()
    };
    Ok(Some((game_id(season, week, own.0, other.0), player.to_owned(), line)))
}

fn touchdowns(row: &Row<'_>) -> Option<Amount> {
    let of = |column: &&str| row.whole(&[column]);
    let offence: i64 = TOUCHDOWNS.iter().map(of).sum::<Option<i64>>()?;
    let [defence, fumbles] = MAY_BE_ONE.map(|column| row.whole(&[column]).unwrap_or_default());
    let is_certain = defence == 0 || fumbles == 0;
    is_certain.then(|| Amount::from_milli((offence + defence + fumbles) * 1000))
}

fn kicking_points(stats: &BTreeMap<String, Amount>) -> Option<Amount> {
    let (goals, extra) = (stats.get("field_goals_kicked")?, stats.get("extra_points_kicked")?);
    Some(Amount::from_milli(goals.milli() * 3 + extra.milli()))
}
