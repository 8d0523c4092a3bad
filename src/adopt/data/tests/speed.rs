//! How long a large old database takes, beside its own dump and restore. Run by hand, in release:
//! `cargo test --release -p predictive-play --lib a_hundred_thousand -- --ignored --nocapture`.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use super::*;

/// Events and odds, made by the server itself: a tenth of the events stand twice under another spelling, a third has odds of its own.
const LARGE: &str = r#"
create temporary table team as select row_number() over () - 1 as n, long, short from (values ('Boston Celtics', 'Celtics'),
    ('Los Angeles Clippers', 'LA Clippers'), ('Los Angeles Lakers', 'LA Lakers'), ('Miami Heat', 'Heat'), ('Utah Jazz', 'Jazz'),
    ('Chicago Bulls', 'Bulls'), ('Denver Nuggets', 'Nuggets'), ('Phoenix Suns', 'Suns'), ('Dallas Mavericks', 'Mavs'),
    ('Toronto Raptors', 'Raptors'), ('Atlanta Hawks', 'Hawks'), ('Detroit Pistons', 'Pistons'), ('Houston Rockets', 'Rockets'),
    ('Indiana Pacers', 'Pacers'), ('Memphis Grizzlies', 'Grizzlies'), ('Orlando Magic', 'Magic')) as names (long, short);
insert into sports_events (id, sport, league, home_team, away_team, start_time, odds, stats, status, created_at, updated_at,
        external_event_id, source)
select ('00000000-0000-4000-8000-' || lpad(to_hex((n::bigint * 2654435761) % 4294967296), 12, '0'))::uuid, league, league,
    case when n % 10 = 9 then h.short else h.long end, case when n % 10 = 9 then a.short else a.long end, start,
    case n % 3 when 0 then '{"moneyline": {"home": -110, "away": "+105"}}'::jsonb else '{}' end,
    jsonb_build_object('home_score', 90 + n % 40, 'away_score', 95 + n % 20, 'venue', 'Unknown'), 'completed', start - interval '2 days',
    start + interval '3 hours', case when n % 2 = 0 then (401000000 + n)::text end, case when n % 2 = 0 then 'ESPN' end
from (select n, case g % 2 when 0 then 'NBA' else 'WNBA' end as league, timestamptz '2014-01-01' + (g / 6) * interval '5 hours' as start,
        (g * 7) % 16 as home, (g * 7 + 1 + g % 15) % 16 as away
    from (select n, case when n % 10 = 9 then n - 1 else n end as g from generate_series(0, 99999) n) numbered) made
join team h on h.n = home join team a on a.n = away;
insert into bookmakers select ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'book_' || n, 'Book ' || n from generate_series(0, 4) n;
insert into market_types values ('00000000-0000-4000-8000-00000000000c', 'h2h');
insert into odds_data (event_id, bookmaker_id, market_type_id, outcome_name, outcome_price, implied_probability, last_update)
select id, ('00000000-0000-4000-8000-00000000000' || n / 2)::uuid, '00000000-0000-4000-8000-00000000000c',
    case n % 2 when 0 then home_team else away_team end, -105 - n, 0.52, start_time - interval '1 hour'
from sports_events, generate_series(0, 9) n;
insert into predictions select gen_random_uuid(), id, '-110', 'words' from sports_events tablesample bernoulli (20) repeatable (1);
analyze;
"#;

fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

#[test]
#[ignore = "large: run by hand, in release"]
fn a_hundred_thousand_old_events_are_taken_over_in_a_minute() {
    let Some(old) = old_database(LARGE) else { return };
    let cluster = testkit::postgres::shared().unwrap();
    let other = cluster.database();
    let pipe =
        format!("'{}' '{}' | '{}' -q '{}'", cluster.program("pg_dump").display(), old.url, cluster.program("psql").display(), other.url);
    let began = Instant::now();
    assert!(Command::new("sh").args(["-c", &pipe]).stdout(std::process::Stdio::null()).status().unwrap().success());
    let dumped = began.elapsed().as_secs_f64();
    for fresh in Fresh::all() {
        let engine = fresh.store().engine().name();
        let began = Instant::now();
        let progress = take_over(&old, &fresh.recorder);
        let taken = began.elapsed().as_secs_f64();
        let counts = fresh.store().adopted_counts().unwrap();
        assert_eq!(counts.iter().map(|(.., count)| *count).sum::<i64>() as usize, progress.read);
        let began = Instant::now();
        let again = take_over(&old, &fresh.recorder);
        let passed = began.elapsed().as_secs_f64();
        assert_eq!(again.known, progress.read);
        say(&format!(
            "{engine}: {} rows in {taken:.1} s, pg_dump | psql {dumped:.1} s, ratio {:.1}; a second run {passed:.1} s",
            progress.read,
            taken / dumped
        ));
        counts.iter().for_each(|(table, outcome, count)| say(&format!("  {table} {} {count}", outcome.as_str())));
    }
}
