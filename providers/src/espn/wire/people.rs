//! ESPN's own words for people: rows of a roster, moves of a league, officials of a game.

use serde::Deserialize;

use super::{Field, Items, Position, StatusType, Team, Text};

/// A player, or a group of them: `{"id":"4065648","displayName":"Jayson Tatum","jersey":"0","position":{"abbreviation":"SF"},
/// "status":{"name":"Active"}}`, `{"position":"offense","items":[{..}]}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::espn) struct RosterRow<'a> {
    pub(in crate::espn) id: Field<Text>,
    pub(in crate::espn) display_name: Field<Text>,
    pub(in crate::espn) full_name: Field<Text>,
    pub(in crate::espn) jersey: Field<Text>,
    pub(in crate::espn) position: Field<Position>,
    pub(in crate::espn) status: Field<StatusType>,
    #[serde(borrow)]
    pub(in crate::espn) items: Items<'a>,
}

/// `{"date":"2026-11-25T08:00Z","description":"Signed G Al Ash to a two-way contract.","team":{"id":"2","displayName":"Boston Celtics"}}`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::espn) struct MoveRow {
    pub(in crate::espn) date: Field<Text>,
    pub(in crate::espn) description: Field<Text>,
    pub(in crate::espn) team: Field<Team>,
}

/// `{"fullName":"Zach Zarba","displayName":"Zach Zarba","position":{"name":"Referee","id":"40"},"order":1}`: without an id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::espn) struct OfficialRow {
    pub(in crate::espn) display_name: Field<Text>,
    pub(in crate::espn) full_name: Field<Text>,
    pub(in crate::espn) position: Field<Position>,
}
