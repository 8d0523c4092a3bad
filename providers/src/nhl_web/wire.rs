//! The API's own words. Every field may be missing: each is read by itself. Names come as `{"default":"..","fr":".."}`.

use serde::Deserialize;
use serde_json::Value;

/// `{"id":2025020123,"season":20252026,"gameType":2,"venue":{"default":".."},"neutralSite":false,"startTimeUTC":"2025-11-01T23:00:00Z",
/// "gameState":"FUT","gameScheduleState":"OK","awayTeam":{..},"homeTeam":{..}}`; in the partner's reply `gameId`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Game {
    pub(super) id: Value,
    pub(super) game_id: Value,
    pub(super) game_type: Value,
    pub(super) venue: Value,
    pub(super) neutral_site: Value,
    #[serde(rename = "startTimeUTC")]
    pub(super) start_time_utc: Value,
    pub(super) game_state: Value,
    pub(super) game_schedule_state: Value,
    pub(super) away_team: Team,
    pub(super) home_team: Team,
}

/// `{"id":2,"abbrev":"NYI","placeName":{"default":"NY Islanders"},"commonName":{"default":"Islanders"},"name":{..},"score":3,"odds":[..]}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Team {
    pub(super) id: Value,
    pub(super) abbrev: Value,
    pub(super) place_name: Value,
    pub(super) common_name: Value,
    pub(super) name: Value,
    pub(super) score: Value,
    pub(super) odds: Value,
}

/// `{"description":"PUCK_LINE","value":150,"qualifier":"-1.5"}` with the partner; `{"providerId":9,"value":"+180"}` elsewhere, which is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Priced {
    pub(super) description: Value,
    pub(super) value: Value,
    pub(super) qualifier: Value,
}

/// A skater: `{"playerId":8474573,"name":{"default":"S. Holm"},"position":"R","goals":0,"assists":1,"points":1,"sog":3,"blockedShots":1}`;
/// a goalie: `{"playerId":1,"position":"G","saves":26,"goalsAgainst":2,"toi":"60:00"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Player {
    pub(super) player_id: Value,
    pub(super) name: Value,
    pub(super) position: Value,
    pub(super) goals: Value,
    pub(super) assists: Value,
    pub(super) points: Value,
    pub(super) sog: Value,
    pub(super) blocked_shots: Value,
    pub(super) saves: Value,
    pub(super) toi: Value,
}

/// `{"teamAbbrev":{"default":"WPG"},"teamName":{"default":"Winnipeg Jets"},"points":22,"wins":11,"losses":1,"otLosses":0,"gamesPlayed":12}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Standing {
    pub(super) team_abbrev: Value,
    pub(super) team_name: Value,
    pub(super) points: Value,
    pub(super) wins: Value,
    pub(super) losses: Value,
    pub(super) ot_losses: Value,
    pub(super) games_played: Value,
}
