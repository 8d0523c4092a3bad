//! A box score to what each player did. Who dressed and did not play stands in it with no time on the ice; who did not dress, not at all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::observation::{FactKind, FactSeen, Problem};
use odds::roster::Official;
use odds::stat::{Amount, StatLine, TeamSide};
use serde_json::Value;

use super::game::{fact, named, team_name};
use super::wire::{Game, Player, Team};
use crate::items::{items, text};

/// The figures of both sides.
pub(super) fn facts(body: &Value, game: &Game, is_over: bool, problems: &mut Vec<Problem>) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::new();
    let sides = [("homeTeam", TeamSide::Home, &game.home_team), ("awayTeam", TeamSide::Away, &game.away_team)];
    for (word, side, team) in sides {
        let group = &body["playerByGameStats"][word];
        for list in ["forwards", "defense", "goalies"] {
            let at = format!("playerByGameStats.{word}");
            let players = items::<Player>(group, list, &at, problems);
            facts.extend(players.into_iter().filter_map(|(_, player)| line(&player, list == "goalies", side, team, is_over)));
        }
    }
    facts
}

/// The officials, where a box score names them: `"gameInfo":{"referees":[{"default":".."}],"linesmen":[{"default":".."}]}`, without ids.
pub(super) fn officials(body: &Value, problems: &mut Vec<Problem>) -> Vec<FactSeen<'static>> {
    let mut facts = Vec::new();
    for (list, role) in [("referees", "Referee"), ("linesmen", "Linesman")] {
        for (_, row) in items::<Value>(&body["gameInfo"], list, "gameInfo", problems) {
            let name = named(&row);
            let official = Official { name: name.clone(), role: Some(role.to_owned()) };
            let value = serde_json::to_string(&official).ok().filter(|_| !name.is_empty());
            facts.extend(value.map(|value| FactSeen { subject: Cow::Owned(name), ..fact(FactKind::Official, value) }));
        }
    }
    facts
}

fn line(player: &Player, is_goalie: bool, side: TeamSide, team: &Team, is_over: bool) -> Option<FactSeen<'static>> {
    let (id, name) = (text(&player.player_id), named(&player.name));
    let subject = if id.is_empty() { name.clone() } else { id };
    let told = [
        ("assists", &player.assists),
        ("blocked_shots", &player.blocked_shots),
        ("goals", &player.goals),
        ("points", &player.points),
        ("saves", if is_goalie { &player.saves } else { &Value::Null }),
        ("shots", &player.sog),
    ];
    let amount = |value: &Value| Amount::parse(&text(value)).ok();
    let stats: BTreeMap<String, Amount> = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), amount(value)?))).collect();
    let did_not_play = is_over && is_nought(&text(&player.toi));
    if subject.is_empty() || (stats.is_empty() && !did_not_play) {
        return None;
    }
    let position = Some(text(&player.position)).filter(|text| !text.is_empty());
    let stats = if did_not_play { BTreeMap::new() } else { stats };
    let line = StatLine { player: name, team: team_name(team), side: Some(side), position, did_not_play, stats };
    let value = serde_json::to_string(&line).ok()?;
    Some(FactSeen { subject: Cow::Owned(subject), ..fact(FactKind::Stat, value) })
}

/// `00:00`: no time on the ice.
fn is_nought(time: &str) -> bool {
    !time.is_empty() && time.bytes().all(|byte| matches!(byte, b'0' | b':'))
}
