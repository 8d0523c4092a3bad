//! A summary's box score to what each player did. Columns are known by their key within their group; those of basketball are
//! recorded, the others general knowledge, and a key that is not known is passed over.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use odds::observation::{EventStatus, FactKind, FactSeen, Refusal};
use odds::stat::{Amount, StatLine, TeamSide};
use serde_json::value::RawValue;

use super::contest::{Contest, fact};
use super::notes::{Notes, place};
use super::wire::{BoxAthlete, BoxGroup, BoxScore, BoxTeam, Field, Items, Text};

/// Our name, the group's word (empty where it has none), the key of the column, and which part of `5-7` it is.
type Column = (&'static str, &'static str, &'static str, usize);

const BASKETBALL: &[Column] = &[
    ("assists", "", "assists", 0),
    ("blocks", "", "blocks", 0),
    ("field_goals_made", "", "fieldGoalsMade-fieldGoalsAttempted", 0),
    ("free_throws_att", "", "freeThrowsMade-freeThrowsAttempted", 1),
    ("free_throws_made", "", "freeThrowsMade-freeThrowsAttempted", 0),
    ("points", "", "points", 0),
    ("rebounds", "", "rebounds", 0),
    ("steals", "", "steals", 0),
    ("threes", "", "threePointFieldGoalsMade-threePointFieldGoalsAttempted", 0),
    ("turnovers", "", "turnovers", 0),
];

const FOOTBALL: &[Column] = &[
    ("def_int", "interceptions", "interceptions", 0),
    ("extra_points_kicked", "kicking", "extraPointsMade/extraPointAttempts", 0),
    ("field_goals_kicked", "kicking", "fieldGoalsMade/fieldGoalAttempts", 0),
    ("kicking_points", "kicking", "totalKickingPoints", 0),
    ("pass_att", "passing", "completions/passingAttempts", 1),
    ("pass_cmp", "passing", "completions/passingAttempts", 0),
    ("pass_int", "passing", "interceptions", 0),
    ("pass_tds", "passing", "passingTouchdowns", 0),
    ("pass_yds", "passing", "passingYards", 0),
    ("rec_longest", "receiving", "longReception", 0),
    ("rec_tds", "receiving", "receivingTouchdowns", 0),
    ("rec_yds", "receiving", "receivingYards", 0),
    ("receptions", "receiving", "receptions", 0),
    ("rush_att", "rushing", "rushingAttempts", 0),
    ("rush_longest", "rushing", "longRushing", 0),
    ("rush_tds", "rushing", "rushingTouchdowns", 0),
    ("rush_yds", "rushing", "rushingYards", 0),
    ("sacks", "defensive", "sacks", 0),
    ("solo_tackles", "defensive", "soloTackles", 0),
    ("tackles_assists", "defensive", "totalTackles", 0),
    ("targets", "receiving", "receivingTargets", 0),
];

/// Touchdowns that the player makes himself, by group: those of the last two may be one and the same.
const TOUCHDOWNS: &[(&str, &str)] = &[
    ("rushing", "rushingTouchdowns"),
    ("receiving", "receivingTouchdowns"),
    ("kickReturns", "kickReturnTouchdowns"),
    ("puntReturns", "puntReturnTouchdowns"),
];
const DEFENSIVE_TOUCHDOWNS: [(&str, &str); 2] = [("defensive", "defensiveTouchdowns"), ("interceptions", "interceptionTouchdowns")];
/// Groups of which whoever stands in another and not in them did nothing.
const NOUGHT_WITHOUT: [&str; 3] = ["passing", "rushing", "receiving"];

const BASEBALL: &[Column] = &[
    ("hits", "batting", "hits", 0),
    ("home_runs", "batting", "homeRuns", 0),
    ("pitcher_earned_runs", "pitching", "earnedRuns", 0),
    ("pitcher_hits_allowed", "pitching", "hits", 0),
    ("pitcher_strikeouts", "pitching", "strikeouts", 0),
    ("pitcher_walks", "pitching", "walks", 0),
    ("rbis", "batting", "RBIs", 0),
    ("runs", "batting", "runs", 0),
    ("strikeouts", "batting", "strikeouts", 0),
    ("walks", "batting", "walks", 0),
];

const HOCKEY: &[Column] = &[
    ("assists", "forwards", "assists", 0),
    ("assists", "defenses", "assists", 0),
    ("blocked_shots", "forwards", "blockedShots", 0),
    ("blocked_shots", "defenses", "blockedShots", 0),
    ("goals", "forwards", "goals", 0),
    ("goals", "defenses", "goals", 0),
    ("saves", "goalies", "saves", 0),
    ("shots", "forwards", "shotsTotal", 0),
    ("shots", "defenses", "shotsTotal", 0),
];

fn columns(sport: &str) -> &'static [Column] {
    match sport.split('/').next().unwrap_or_default() {
        "basketball" => BASKETBALL,
        "football" => FOOTBALL,
        "baseball" => BASEBALL,
        "hockey" => HOCKEY,
        _ => &[],
    }
}

/// One player on the way to his line.
#[derive(Default)]
struct Gathered {
    line: StatLine,
    groups: BTreeSet<String>,
    touchdowns: BTreeMap<(String, String), Amount>,
}

/// What players did, by the box score of a game that has begun. Who did not play is said once it is over: before, he may come in yet.
pub(super) fn facts(notes: &mut Notes, sport: &str, box_score: BoxScore<'_>, contest: &Contest<'_>) -> Vec<FactSeen<'static>> {
    let columns = columns(sport);
    if !contest.standing.is_begun || columns.is_empty() {
        return Vec::new();
    }
    let is_over = contest.standing.status == Some(EventStatus::Final);
    let mut facts = Vec::new();
    for (at, team) in notes.items::<BoxTeam<'_>>("boxscore", "players", box_score.players) {
        let who = notes.need(&at, "team", team.team).unwrap_or_default();
        let name = notes.need_text(&at, "team.displayName", who.display_name);
        let side = notes.text(&at, "team.id", who.id).and_then(|id| side_of(contest, &id));
        let mut players: BTreeMap<String, Gathered> = BTreeMap::new();
        let mut groups = BTreeSet::new();
        for (at, group) in notes.items::<BoxGroup<'_>>(&at, "statistics", team.statistics) {
            let word =
                [group.name.clone(), group.r#type.clone()].into_iter().find_map(|field| notes.text(&at, "name", field)).unwrap_or_default();
            read_group(notes, &at, &word, group, columns, &mut players);
            groups.insert(word);
        }
        let is_football = std::ptr::eq(columns, FOOTBALL);
        for (subject, mut player) in players {
            if is_football {
                fill_football(&mut player, &groups);
            }
            fill_points(&mut player.line, std::ptr::eq(columns, HOCKEY));
            player.line.team.clone_from(&name);
            player.line.side = side;
            facts.extend(stat_fact(subject, player.line, is_over));
        }
    }
    facts
}

fn side_of(contest: &Contest<'_>, id: &str) -> Option<TeamSide> {
    let of = |fact: &&FactSeen<'_>| fact.kind == FactKind::SideId && fact.value == id;
    match contest.facts.iter().find(of)?.subject.as_ref() {
        "home" => Some(TeamSide::Home),
        "away" => Some(TeamSide::Away),
        _ => None,
    }
}

fn stat_fact(subject: String, mut line: StatLine, is_over: bool) -> Option<FactSeen<'static>> {
    line.did_not_play &= is_over && line.stats.is_empty();
    if line.stats.is_empty() && !line.did_not_play {
        return None;
    }
    let value = serde_json::to_string(&line).ok()?;
    Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Stat, value) })
}

fn read_group(notes: &mut Notes, at: &str, word: &str, group: BoxGroup<'_>, columns: &[Column], players: &mut BTreeMap<String, Gathered>) {
    let keys = texts(notes, at, "keys", group.keys);
    for (at, row) in notes.items::<BoxAthlete<'_>>(at, "athletes", group.athletes) {
        let Some(athlete) = notes.need(&at, "athlete", row.athlete) else { continue };
        let name = notes.need_text(&at, "athlete.displayName", athlete.display_name);
        let id = notes.text(&at, "athlete.id", athlete.id);
        let Some(subject) = id.or_else(|| name.clone()) else { continue };
        let figures = texts(notes, &at, "stats", row.stats);
        let out = notes.take(&at, "didNotPlay", row.did_not_play).unwrap_or_default();
        if !figures.is_empty() && figures.len() != keys.len() {
            notes.refuse(place(&at, "stats"), Refusal::NotTheShape, format!("{} figures for {} keys", figures.len(), keys.len()));
            continue;
        }
        let position = notes.take(&at, "athlete.position", athlete.position);
        let gathered = players.entry(subject).or_default();
        gathered.line.player = name.unwrap_or_default();
        gathered.line.did_not_play |= out;
        gathered.line.position = position.and_then(|position| notes.text(&at, "athlete.position.abbreviation", position.abbreviation));
        if !figures.is_empty() {
            gathered.groups.insert(word.to_owned());
        }
        for (key, figure) in keys.iter().zip(&figures) {
            take(gathered, word, key, figure, columns);
        }
    }
}

fn take(gathered: &mut Gathered, word: &str, key: &str, figure: &str, columns: &[Column]) {
    for (ours, ..) in columns.iter().filter(|(_, group, column, _)| *group == word && *column == key) {
        let part = columns.iter().find(|column| column.0 == *ours && column.1 == word).map_or(0, |column| column.3);
        let told = if key.contains(['-', '/']) { figure.split(['-', '/']).nth(part) } else { Some(figure) };
        let amount = told.and_then(|told| Amount::parse(told).ok());
        gathered.line.stats.extend(amount.map(|amount| ((*ours).to_owned(), amount)));
    }
    if key.ends_with("Touchdowns") {
        gathered.touchdowns.extend(Amount::parse(figure).ok().map(|amount| ((word.to_owned(), key.to_owned()), amount)));
    }
}

/// Whoever stands in the box score and not in one of its groups did nothing of that kind; and his touchdowns are those of all groups.
fn fill_football(player: &mut Gathered, groups: &BTreeSet<String>) {
    if player.groups.is_empty() {
        return;
    }
    for (ours, group, ..) in FOOTBALL.iter().filter(|(_, group, ..)| NOUGHT_WITHOUT.contains(group)) {
        if groups.contains(*group) && !player.groups.contains(*group) {
            player.line.stats.entry((*ours).to_owned()).or_default();
        }
    }
    let of =
        |(group, key): &(&str, &str)| player.touchdowns.get(&((*group).to_owned(), (*key).to_owned())).map_or(0, |amount| amount.milli());
    if ["rushing", "receiving"].iter().all(|group| groups.contains(*group)) {
        let own: i64 = TOUCHDOWNS.iter().map(of).sum();
        let defence = DEFENSIVE_TOUCHDOWNS.iter().map(of).max().unwrap_or_default();
        player.line.stats.insert("tds".to_owned(), Amount::from_milli(own + defence));
    }
}

/// A hockey player's points are his goals and assists.
fn fill_points(line: &mut StatLine, is_hockey: bool) {
    if let (true, Some(goals), Some(assists)) = (is_hockey, line.stats.get("goals"), line.stats.get("assists")) {
        let points = Amount::from_milli(goals.milli() + assists.milli());
        line.stats.insert("points".to_owned(), points);
    }
}

/// A list of texts; one that is none is left empty in its place.
fn texts(notes: &mut Notes, at: &str, name: &str, list: Items<'_>) -> Vec<String> {
    let read = |raw: &RawValue| match serde_json::from_str::<Field<Text>>(raw.get()) {
        Ok(Field::Read(text)) => text.as_str().to_owned(),
        _ => String::new(),
    };
    notes.take(at, name, list).unwrap_or_default().into_iter().map(read).collect()
}
