//! ESPN's own words for chances: its projection, and the win probability after each play.

use serde::Deserialize;

use super::{Field, Items, Text};

/// `{"header":"Matchup Predictor","homeTeam":{"gameProjection":"41.5"},"awayTeam":{"gameProjection":"58.5"}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::espn) struct Predictor {
    pub(in crate::espn) home_team: Field<Projection>,
    pub(in crate::espn) away_team: Field<Projection>,
}

/// `{"id":"8","gameProjection":"41.5","teamChanceLoss":"58.5"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::espn) struct Projection {
    pub(in crate::espn) game_projection: Field<Text>,
}

/// `{"homeWinPercentage":0.52,"tiePercentage":0.0,"playId":"4018092454"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::espn) struct WinProbability {
    pub(in crate::espn) home_win_percentage: Field<Text>,
    pub(in crate::espn) tie_percentage: Field<Text>,
    pub(in crate::espn) play_id: Field<Text>,
}

/// A play, of which only its time matters here: `{"id":"4018092454","wallclock":"2026-01-10T01:12:31Z"}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::espn) struct Play {
    pub(in crate::espn) id: Field<Text>,
    pub(in crate::espn) wallclock: Field<Text>,
}

/// Where football has its plays: `{"previous":[{"plays":[..]}],"current":{"plays":[..]}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::espn) struct Drives<'a> {
    #[serde(borrow)]
    pub(in crate::espn) previous: Items<'a>,
    #[serde(borrow)]
    pub(in crate::espn) current: Field<Drive<'a>>,
}

/// `{"plays":[..]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::espn) struct Drive<'a> {
    #[serde(borrow)]
    pub(in crate::espn) plays: Items<'a>,
}
