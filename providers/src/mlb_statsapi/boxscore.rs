//! A box score to what each player did.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::observation::{FactKind, FactSeen, Problem, Refusal};
use odds::stat::{Amount, StatLine, TeamSide};
use serde_json::Value;

use super::schedule::fact;
use super::wire::{BoxSide, Player};
use crate::items::{one, text};

/// Our name and the API's, of batters.
const BATTING: &[(&str, &str)] = &[
    ("doubles", "doubles"),
    ("hits", "hits"),
    ("home_runs", "homeRuns"),
    ("rbis", "rbi"),
    ("runs", "runs"),
    ("stolen_bases", "stolenBases"),
    ("strikeouts", "strikeOuts"),
    ("triples", "triples"),
    ("walks", "baseOnBalls"),
];
/// The same of pitchers.
const PITCHING: &[(&str, &str)] = &[
    ("pitcher_earned_runs", "earnedRuns"),
    ("pitcher_hits_allowed", "hits"),
    ("pitcher_outs", "outs"),
    ("pitcher_strikeouts", "strikeOuts"),
    ("pitcher_walks", "baseOnBalls"),
    ("pitcher_win", "wins"),
];

/// The figures of both sides. Whoever has none is left out, for a bench may come in yet; where the game is over, he took no part.
pub(super) fn facts(teams: &Value, at: &str, is_over: bool, problems: &mut Vec<Problem>) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::new();
    for (word, side) in [("home", TeamSide::Home), ("away", TeamSide::Away)] {
        let at = format!("{at}.{word}");
        let Some(value) = teams.get(word) else {
            problems.push(Problem::at(at, Refusal::MissingField, "missing"));
            continue;
        };
        let Some((at, team)) = one::<BoxSide>(value, at, problems) else { continue };
        let name = Some(text(&team.team.name)).filter(|name| !name.is_empty());
        for (key, player) in &team.players {
            let read = one::<Player>(player, format!("{at}.players.{key}"), problems);
            facts.extend(read.and_then(|(_, player)| line(&player, side, name.as_deref(), is_over)));
        }
    }
    facts
}

fn line(player: &Player, side: TeamSide, team: Option<&str>, is_over: bool) -> Option<FactSeen<'static>> {
    let (id, name) = (text(&player.person.id), text(&player.person.full_name));
    let subject = if id.is_empty() { name.clone() } else { id };
    let mut stats = BTreeMap::new();
    take(&mut stats, BATTING, &player.stats.batting);
    take(&mut stats, PITCHING, &player.stats.pitching);
    if !player.stats.pitching.is_empty() && !stats.contains_key("pitcher_outs") {
        stats.extend(outs(player.stats.pitching.get("inningsPitched")).map(|outs| ("pitcher_outs".to_owned(), outs)));
    }
    let did_not_play = player.stats.batting.is_empty() && player.stats.pitching.is_empty();
    if subject.is_empty() || (stats.is_empty() && !(did_not_play && is_over)) {
        return None;
    }
    let position = Some(text(&player.position.abbreviation)).filter(|text| !text.is_empty());
    let line = StatLine { player: name, team: team.map(str::to_owned), side: Some(side), position, did_not_play, stats };
    let value = serde_json::to_string(&line).ok()?;
    Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Stat, value) })
}

fn take(stats: &mut BTreeMap<String, Amount>, names: &[(&str, &str)], told: &BTreeMap<String, Value>) {
    for (ours, theirs) in names {
        let amount = told.get(*theirs).and_then(|value| Amount::parse(&text(value)).ok());
        stats.extend(amount.map(|amount| ((*ours).to_owned(), amount)));
    }
}

/// `5.2` innings are five and two outs.
fn outs(innings: Option<&Value>) -> Option<Amount> {
    let told = text(innings?);
    let (whole, rest) = told.split_once('.').unwrap_or((&told, "0"));
    let (whole, rest) = (whole.parse::<i32>().ok()?, rest.parse::<i32>().ok()?);
    (rest < 3 && (0..100).contains(&whole)).then(|| Amount::whole(whole * 3 + rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn innings_are_thirds() {
        let read = |text: &str| outs(Some(&Value::from(text))).map(|amount| amount.milli() / 1000);
        assert_eq!([read("5.2"), read("6.0"), read("7"), read("0.1")], [Some(17), Some(18), Some(21), Some(1)]);
        assert_eq!([read("5.3"), read(""), read("-.-")], [None; 3]);
    }
}
