//! Two rows that may be one game: under two spellings, with the sides swapped, hours apart. Only suspicions: a join needs evidence.

use super::Check;
use crate::adopt::layout::Layout;
use crate::adopt::sql;

/// Names as they can be compared: in small letters, `Utd` written out; of each its last word. Half day and first
/// letters are one text to be joined by: 100,000 rows are compared in seconds.
fn games(events: &str) -> String {
    format!(
        r"with named as (
            select id, sport, league, home_team, away_team, start_time,
                regexp_replace(lower(btrim(home_team)), '\mutd\M', 'united') as home,
                regexp_replace(lower(btrim(away_team)), '\mutd\M', 'united') as away,
                floor(extract(epoch from start_time) / 43200)::int8 as half_day
            from {events} where isfinite(start_time)),
        game as (
            select *, substring(home from '\S+$') as home_word, substring(away from '\S+$') as away_word,
                concat_ws(' ', half_day, left(home, 1), left(away, 1)) as place, concat_ws(' ', half_day, left(away, 1), left(home, 1)) as swapped_place
            from named),
        slot as materialized (
            select game.*, concat_ws(' ', half_day + later, left(home, 1), left(away, 1)) as slot from game cross join (values (0), (1)) as l(later))"
    )
}

/// Whether two names may be one team's: the same last word, or one begins with the other.
fn alike(one: &str, other: &str, word: &str, other_word: &str) -> String {
    format!(
        "(one.{word} = other.{other_word} or starts_with(one.{one}, other.{other} || ' ') or starts_with(other.{other}, one.{one} || ' '))"
    )
}

fn pairs(events: &str, is_swapped: bool, within: &str) -> String {
    let (home, away, place) = if is_swapped { ("away", "home", "swapped_place") } else { ("home", "away", "place") };
    format!(
        "{games}
        select one.id as id, other.id as other_id, one.home_team, one.away_team, one.start_time, other.home_team as other_home_team,
            other.away_team as other_away_team, other.start_time as other_start_time
        from slot as one join game as other
            on other.{place} = one.slot and (other.start_time, other.id) > (one.start_time, one.id)
        where {homes} and {aways} and {within}",
        games = games(events),
        homes = alike("home", home, "home_word", &format!("{home}_word")),
        aways = alike("away", away, "away_word", &format!("{away}_word")),
    )
}

pub(super) fn checks(layout: &Layout) -> Vec<Check> {
    let Some((schema, table)) = layout.events() else { return Vec::new() };
    let columns = layout.event_columns();
    if !["sport", "league"].iter().all(|name| columns.contains(name)) {
        return Vec::new();
    }
    let (events, about) = (sql::qualified(schema, table), format!("{schema}.{table}"));
    let soon = "other.start_time <= one.start_time + interval '2 hours'";
    let apart = "other.start_time > one.start_time + interval '2 hours' and other.start_time <= one.start_time + interval '12 hours'
        and lower(one.sport) not in ('mlb', 'baseball') and lower(one.league) not in ('mlb', 'baseball')";
    let swapped = "other.start_time <= one.start_time + interval '12 hours' and one.home <> one.away";
    let mut checks = vec![
        Check::of("same_game_twice", &about, "pairs that may be one game under two spellings", pairs(&events, false, soon)),
        Check::of("sides_swapped", &about, "pairs that may be one game with home and away swapped", pairs(&events, true, swapped)),
        Check::of(
            "hours_apart",
            &about,
            "pairs of the same teams 2 to 12 hours apart: local time stored as UTC?",
            pairs(&events, false, apart),
        ),
    ];
    if columns.contains("external_event_id") {
        let same_id = format!(
            "select one.id as id, other.id as other_id, one.external_event_id, one.home_team, one.away_team, one.start_time,
                other.home_team as other_home_team, other.away_team as other_away_team, other.start_time as other_start_time
            from {events} as one join {events} as other on other.external_event_id = one.external_event_id and other.id > one.id"
        );
        checks.push(Check::of("same_external_id_twice", &about, "pairs with one external_event_id", same_id));
    }
    checks
}
