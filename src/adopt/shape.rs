//! Which of the shapes in use an old database has, told by its columns and tables alone.

use std::collections::BTreeSet;

use serde::Serialize;

const BASIC: [&str; 11] =
    ["id", "sport", "league", "home_team", "away_team", "start_time", "odds", "stats", "status", "created_at", "updated_at"];
const SOURCES: [&str; 2] = ["external_event_id", "source"];
const ENHANCED: [&str; 13] = [
    "sport_key",
    "home_team_id",
    "away_team_id",
    "venue",
    "venue_city",
    "weather_conditions",
    "period_scores",
    "final_home_score",
    "final_away_score",
    "attendance",
    "broadcast_info",
    "metadata",
    "external_event_id",
];
const ENHANCED_TABLES: [&str; 15] = [
    "sports_config",
    "teams",
    "players",
    "bookmakers",
    "market_types",
    "odds_data",
    "historical_odds",
    "player_prop_types",
    "player_props_odds",
    "player_game_stats",
    "player_season_stats",
    "injury_reports",
    "news_articles",
    "ai_predictions",
    "model_performance",
];

/// What was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// `basic`, `with sources`, `half enhanced`, `broken half-way`, or `none` where no table holds events.
    pub name: &'static str,
    /// The table that holds the events (`public.sports_events_old`).
    pub events: Option<String>,
    /// Known columns that are there, beside the basic ones.
    pub has_columns: Vec<&'static str>,
    /// Basic columns that are missing.
    pub lacks_columns: Vec<&'static str>,
    /// Columns that no shape has.
    pub own_columns: Vec<String>,
    /// Tables of the enhanced shape that are there.
    pub has_tables: Vec<&'static str>,
    /// Tables of the enhanced shape that are not.
    pub lacks_tables: Vec<&'static str>,
}

/// Whether a table belongs to the enhanced shape, by its name.
#[must_use]
pub fn is_enhanced_table(name: &str) -> bool {
    ENHANCED_TABLES.contains(&name)
}

/// Recognises a shape by the events' schema and table, its columns, and the names of the tables beside it.
#[must_use]
pub fn recognise(events: Option<(&str, &str)>, columns: &BTreeSet<&str>, tables: &BTreeSet<&str>) -> Shape {
    let here = |names: &[&'static str]| names.iter().copied().filter(|name| columns.contains(name)).collect::<Vec<_>>();
    let (sources, enhanced) = (here(&SOURCES), here(&ENHANCED));
    let (has_tables, lacks_tables): (Vec<_>, Vec<_>) = ENHANCED_TABLES.iter().copied().partition(|name| tables.contains(name));
    let lacks_columns: Vec<_> = BASIC.iter().copied().filter(|name| !columns.contains(name)).collect();
    let is_known = |name: &str| BASIC.contains(&name) || SOURCES.contains(&name) || ENHANCED.contains(&name);
    let is_enhanced = enhanced.iter().any(|name| *name != "external_event_id");
    let is_whole = enhanced.len() == ENHANCED.len() && lacks_tables.is_empty() && sources.len() == SOURCES.len();
    let name = match events {
        None => "none",
        Some((_, table)) if table != "sports_events" || !lacks_columns.is_empty() => "broken half-way",
        _ if is_whole => "half enhanced",
        _ if is_enhanced || !has_tables.is_empty() || sources.len() == 1 => "broken half-way",
        _ if sources.is_empty() => "basic",
        _ => "with sources",
    };
    let mut has_columns: Vec<_> = sources.into_iter().chain(enhanced).collect();
    has_columns.sort_unstable();
    has_columns.dedup();
    Shape {
        name,
        events: events.map(|(schema, table)| format!("{schema}.{table}")),
        has_columns,
        lacks_columns: if events.is_some() { lacks_columns } else { Vec::new() },
        own_columns: columns.iter().filter(|name| !is_known(name)).map(|name| (*name).to_owned()).collect(),
        has_tables,
        lacks_tables,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(table: &str, columns: &[&[&'static str]], tables: &[&str]) -> Shape {
        let columns: BTreeSet<&str> = columns.iter().flat_map(|names| names.iter().copied()).collect();
        recognise(Some(("public", table)), &columns, &tables.iter().copied().collect())
    }

    #[test]
    fn each_shape_is_told_by_its_columns_and_tables() {
        assert_eq!(recognise(None, &BTreeSet::new(), &BTreeSet::new()).name, "none");
        assert_eq!(shape("sports_events", &[&BASIC], &["predictions"]).name, "basic");
        assert_eq!(shape("sports_events", &[&BASIC, &SOURCES], &[]).name, "with sources");
        assert_eq!(shape("sports_events", &[&BASIC, &SOURCES, &ENHANCED], &ENHANCED_TABLES).name, "half enhanced");
    }

    #[test]
    fn anything_between_is_broken_half_way_and_says_what_is_there() {
        let renamed = shape("sports_events_old", &[&BASIC], &[]);
        assert_eq!((renamed.name, renamed.events.as_deref()), ("broken half-way", Some("public.sports_events_old")));
        let mixed = shape("sports_events", &[&BASIC, &["venue", "notes"]], &["teams"]);
        assert_eq!((mixed.name, mixed.has_columns, mixed.own_columns), ("broken half-way", vec!["venue"], vec!["notes".to_owned()]));
        assert_eq!((mixed.has_tables, mixed.lacks_tables.len()), (vec!["teams"], ENHANCED_TABLES.len() - 1));
        assert_eq!(shape("sports_events", &[&BASIC, &SOURCES], &["odds_data"]).name, "broken half-way");
        assert_eq!(shape("sports_events", &[&BASIC[..4]], &[]).lacks_columns.len(), BASIC.len() - 4);
    }
}
