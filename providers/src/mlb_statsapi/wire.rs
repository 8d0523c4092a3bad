//! The API's own words. Every field may be missing: each is read by itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// `{"gamePk":745804,"gameType":"R","gameDate":"2024-07-04T17:05:00Z","officialDate":"2024-07-04","status":{..},"teams":{..},
/// "venue":{"name":".."},"doubleHeader":"S","gameNumber":2,"rescheduledFrom":"2024-07-03T23:10:00Z","linescore":{"innings":[..]}}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Game {
    pub(super) game_pk: Value,
    pub(super) game_type: Value,
    pub(super) game_date: Value,
    pub(super) official_date: Value,
    pub(super) status: Status,
    pub(super) teams: Pair<GameTeam>,
    pub(super) venue: Named,
    pub(super) double_header: Value,
    pub(super) game_number: Value,
    pub(super) reschedule_date: Value,
    pub(super) rescheduled_from: Value,
    pub(super) linescore: Linescore,
}

/// `{"abstractGameState":"Final","detailedState":"Postponed","codedGameState":"D","startTimeTBD":false}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    #[serde(rename = "abstractGameState")]
    pub(super) abstract_game_state: Value,
    #[serde(rename = "detailedState")]
    pub(super) detailed_state: Value,
    #[serde(rename = "startTimeTBD")]
    pub(super) start_time_tbd: Value,
}

/// Home and away.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "T: Default + Deserialize<'de>"))]
pub(super) struct Pair<T> {
    pub(super) home: T,
    pub(super) away: T,
}

/// `{"score":2,"team":{"id":121,"name":"New York Mets"},"probablePitcher":{"id":1,"fullName":".."}}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GameTeam {
    pub(super) score: Value,
    pub(super) team: Named,
    pub(super) probable_pitcher: Named,
}

/// `{"id":121,"name":"New York Mets"}`; of people `fullName`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Named {
    pub(super) id: Value,
    pub(super) name: Value,
    pub(super) full_name: Value,
}

/// `{"innings":[{"num":1,"home":{"runs":0},"away":{"runs":1}}]}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Linescore {
    pub(super) innings: Vec<Pair<Runs>>,
}

/// `{"runs":1,"hits":2}`; without `runs` where the half was not played.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Runs {
    pub(super) runs: Value,
}

/// A side of a box score: `{"team":{..},"players":{"ID660271":{..}},"bench":[1],"bullpen":[2]}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BoxSide {
    pub(super) team: Named,
    pub(super) players: BTreeMap<String, Value>,
}

/// `{"person":{"id":660271,"fullName":".."},"position":{"abbreviation":"DH"},"stats":{"batting":{"hits":2},"pitching":{"outs":18}}}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Player {
    pub(super) person: Named,
    pub(super) position: Position,
    pub(super) stats: Stats,
}

/// `{"abbreviation":"DH"}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    pub(super) abbreviation: Value,
}

/// Groups of figures, empty for whoever had none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) batting: BTreeMap<String, Value>,
    pub(super) pitching: BTreeMap<String, Value>,
}

/// `{"id":1,"person":{"id":621242,"fullName":".."},"fromTeam":{"id":139,"name":".."},"toTeam":{"id":121,"name":".."},"date":"2024-06-13",
/// "typeCode":"SC","typeDesc":"Status Change","description":"New York Mets placed RHP .. on the 15-day injured list. Right hand."}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Transaction {
    pub(super) id: Value,
    pub(super) person: Named,
    pub(super) from_team: Named,
    pub(super) to_team: Named,
    pub(super) date: Value,
    pub(super) type_desc: Value,
    pub(super) description: Value,
}

/// `{"official":{"id":427058,"fullName":".."},"officialType":"Home Plate"}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OfficialRow {
    pub(super) official: Named,
    pub(super) official_type: Value,
}
