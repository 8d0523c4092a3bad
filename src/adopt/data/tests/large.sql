-- A large old database: a tenth of the events stand twice under another spelling, a third has odds of its own, each has ten rows of odds.
create temporary table team as select row_number() over () - 1 as team_no, long, short from (values ('Boston Celtics', 'Celtics'),
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
join team h on h.team_no = home join team a on a.team_no = away;
insert into bookmakers select ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'book_' || n, 'Book ' || n from generate_series(0, 4) n;
insert into market_types values ('00000000-0000-4000-8000-00000000000c', 'h2h');
insert into odds_data (event_id, bookmaker_id, market_type_id, outcome_name, outcome_price, implied_probability, last_update)
select id, ('00000000-0000-4000-8000-00000000000' || n / 2)::uuid, '00000000-0000-4000-8000-00000000000c',
    case n % 2 when 0 then home_team else away_team end, -105 - n, 0.52, start_time - interval '1 hour'
from sports_events, generate_series(0, 9) n;
insert into predictions select gen_random_uuid(), id, '-110', 'words' from sports_events tablesample bernoulli (20) repeatable (1);
analyze;
