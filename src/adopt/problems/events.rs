//! What is wrong with single events: times, names, sources, ids, statuses, stats.

use super::Check;
use crate::adopt::layout::Layout;
use crate::adopt::sql;

/// A kind: its key, what it is, the columns that it needs, and the condition on `event`.
type Kind = (&'static str, &'static str, &'static [&'static str], &'static str);

const KINDS: &[Kind] = &[
    (
        "impossible_time",
        "starts before 1990, in more than three years or never, or is completed and starts in more than a day",
        &["start_time", "status"],
        "not isfinite(event.start_time) or event.start_time < '1990-01-01' or event.start_time > now() + interval '3 years'
            or event.status = 'completed' and event.start_time > now() + interval '1 day'",
    ),
    (
        "stale_scheduled",
        "still scheduled two days after its start",
        &["start_time", "status"],
        "event.status = 'scheduled' and isfinite(event.start_time) and event.start_time < now() - interval '2 days'",
    ),
    (
        "unknown_status",
        "a status outside scheduled, live, completed, cancelled, postponed",
        &["status"],
        "event.status is null or event.status not in ('scheduled', 'live', 'completed', 'cancelled', 'postponed')",
    ),
    ("same_team_twice", "a team that plays itself", &[], "lower(btrim(event.home_team)) = lower(btrim(event.away_team))"),
    (
        "padded_name",
        "spaces around or doubled in a team's name",
        &[],
        r"event.home_team ~ '^\s|\s$|\s\s' or event.away_team ~ '^\s|\s$|\s\s'",
    ),
    (
        "league_not_told",
        "sport and league say the sport alone",
        &["sport", "league"],
        "lower(event.sport) = lower(event.league) and lower(event.sport) in
            ('basketball', 'baseball', 'football', 'american football', 'hockey', 'ice hockey', 'soccer')",
    ),
    ("source_chain", "a chain of sources: the id is of whichever wrote last", &["source"], "event.source ~ '[;,|+/]'"),
    (
        "id_of_another_provider",
        "an external_event_id in the form of a provider that its source does not name",
        &["source", "external_event_id"],
        r"case when event.external_event_id ~ '^\d{9,12}$' then 'espn' when event.external_event_id ~ '^\d{5,8}$' then 'thesportsdb'
            when event.external_event_id ~* '^(sr:|[0-9a-f]{8}-[0-9a-f]{4}-)' then 'sportradar'
            when event.external_event_id ~* '^[0-9a-f]{32}$' then 'theoddsapi' end
            not in (select part from regexp_split_to_table(lower(regexp_replace(coalesce(event.source, ''), '[^A-Za-z;,|+/]', '', 'g')), '[;,|+/]') as part)",
    ),
    (
        "stats_half_written",
        "one side's score without the other's",
        &["stats"],
        r"coalesce(event.stats ->> 'home_score' ~ '^\s*\d+\s*$', false) <> coalesce(event.stats ->> 'away_score' ~ '^\s*\d+\s*$', false)",
    ),
    (
        "score_as_text",
        "scores as texts in stats",
        &["stats"],
        "jsonb_typeof(event.stats -> 'home_score') = 'string' or jsonb_typeof(event.stats -> 'away_score') = 'string'",
    ),
    (
        "unknown_place",
        "city or venue `Unknown` in stats",
        &["stats"],
        "lower(event.stats ->> 'city') = 'unknown' or lower(event.stats ->> 'venue') = 'unknown'",
    ),
    (
        "completed_without_score",
        "completed, and no score of either side in stats",
        &["stats", "status"],
        r"event.status = 'completed' and not coalesce(event.stats ->> 'home_score' ~ '^\s*\d+\s*$', false)
            and not coalesce(event.stats ->> 'away_score' ~ '^\s*\d+\s*$', false)",
    ),
];

pub(super) fn checks(layout: &Layout) -> Vec<Check> {
    let Some((schema, table)) = layout.events() else { return Vec::new() };
    let (events, about, columns) = (sql::qualified(schema, table), format!("{schema}.{table}"), layout.event_columns());
    let fits = |needs: &[&str]| needs.iter().all(|name| columns.contains(name));
    let kinds = KINDS.iter().filter(|(_, _, needs, _)| fits(needs));
    let mut checks: Vec<Check> = kinds
        .map(|(key, title, _, condition)| {
            Check::of(key, &about, *title, format!("select event.* from {events} as event where {condition}"))
        })
        .collect();
    if fits(&["stats"]) {
        checks.push(Check::of("doubleheader_collapsed", &about, "a second game of a day whose first has no row", second_games(&events)));
    }
    checks
}

fn second_games(events: &str) -> String {
    format!(
        r"select event.* from {events} as event where event.stats ->> 'status_detail' ~* '\mgame 2\M' and not exists (
            select from {events} as first where first.home_team = event.home_team and first.away_team = event.away_team
            and first.id <> event.id and first.start_time between event.start_time - interval '12 hours' and event.start_time)"
    )
}
