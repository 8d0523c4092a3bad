//! What a mapping says of people: what players did, and who is hurt.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Mapping, Only, Text, Time};

/// What players did in the event of a row, one row a player.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    /// The player's name.
    pub player: Text,
    /// The column of the source's own id of the player; the name, unless said.
    pub id: Option<String>,
    /// The team.
    pub team: Option<Text>,
    /// Which side of the event it is: `home` or `away`.
    pub side: Option<Text>,
    /// The position.
    pub position: Option<Text>,
    /// Rows that say that he took no part.
    pub did_not_play: Option<Only>,
    /// Columns by our names of the statistics (`points`, `pass_yds`).
    pub figures: BTreeMap<String, String>,
    /// Whether nothing tells when it was: it stands where the file was gathered, not where the event is over.
    #[serde(default)]
    pub collected: bool,
}

/// Who is hurt, one row a player. The event's id is that of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injuries {
    /// When it was so; of a day alone, its end.
    pub at: Time,
    /// Columns whose equal rows are one whole list, which stands where the last of them was told. Without them each row is a list
    /// of its own, and the list's id should name the player.
    #[serde(default)]
    pub report: Vec<String>,
    /// The player's name.
    pub player: Text,
    /// The column of the source's own id of the player; the name, unless said.
    pub id: Option<String>,
    /// The team.
    pub team: Option<Text>,
    /// The status in the source's words.
    pub status: Text,
    /// Body part or reason.
    pub body_part: Option<Text>,
    /// What the source adds.
    pub comment: Option<Text>,
    /// The position.
    pub position: Option<Text>,
    /// Rows that say that the player is off the list.
    pub off: Option<Only>,
    /// Rows that are true of that moment alone: said, and taken back at once.
    pub passing: Option<Only>,
}

impl Stats {
    pub(super) fn complaints(&self, mapping: &Mapping) -> Vec<String> {
        let wrongs = [
            (self.figures.is_empty(), "stats: figures is empty; it names columns by statistic, like figures = { points = \"PTS\" }"),
            (mapping.rows.together.is_empty(), "stats: needs rows.together, for who is missing among an event's players is gone"),
            (!self.collected && mapping.event.start.is_none(), "stats: event.start is needed, or collected = true"),
            (self.collected && mapping.collected.is_none(), "stats: collected = true needs collected = \"2025-08-29T00:00:00Z\" above"),
        ];
        told(&wrongs)
    }
}

impl Injuries {
    pub(super) fn complaints(&self, mapping: &Mapping) -> Vec<String> {
        let (together, is_whole) = (&mapping.rows.together, !self.report.is_empty());
        let is_apart = is_whole && (together.is_empty() || together.iter().any(|column| !self.report.contains(column)));
        let has_events = !mapping.quote.is_empty() || mapping.result.is_some() || mapping.stats.is_some();
        let wrongs = [
            (has_events, "injury: a list of people has no quote, result or stats; write a mapping for each"),
            (is_apart, "injury: rows.together must name the columns of report, for who is missing in a report is off the list"),
            (
                is_whole && (self.off.is_some() || self.passing.is_some()),
                "injury: off and passing are for lists of one player, without report",
            ),
        ];
        told(&wrongs)
    }
}

fn told(wrongs: &[(bool, &str)]) -> Vec<String> {
    wrongs.iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, told)| (*told).to_owned()).collect()
}
