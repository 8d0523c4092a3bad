//! Who plays for whom, as a source states it: a row of a team's roster, and a move from one team to another.

use serde::{Deserialize, Serialize};

/// One player of a team's roster: the value of [`crate::observation::FactKind::Member`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Member {
    /// The player's name in the source's spelling.
    pub player: String,
    /// The team's name in the source's spelling.
    pub team: String,
    /// The position, in the source's abbreviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// The number on the shirt, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jersey: Option<String>,
    /// How the player stands, in the source's word (`Active`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// A move as a league's list of transactions tells it: the value of [`crate::observation::FactKind::Transaction`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Transaction {
    /// The day of it, `2026-11-25`, as the source states it.
    pub on: String,
    /// The team whose move it is, in the source's spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The player, where the source names one apart from the sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player: Option<String>,
    /// The source's own id of the player.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_player_id: Option<String>,
    /// The team that the player left, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_team: Option<String>,
    /// The team that the player plays for from then on, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_team: Option<String>,
    /// What kind of move it is, in the source's word (`Trade`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The source's own sentence.
    pub text: String,
}

/// An official of a game: the value of [`crate::observation::FactKind::Official`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Official {
    /// The name in the source's spelling.
    pub name: String,
    /// What the official does, in the source's word (`Referee`, `Home Plate`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}
