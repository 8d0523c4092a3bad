-- Who is who: players with their names, ids and teams, by a follower of the log. All of it can be dropped and made again.

create table @player_directory (
    player_id text not null,
    league text not null,
    player text not null,
    detail text not null,
    constraint player_directory_pk primary key (player_id)
) {clustered};

-- A name of a provider, or its id, with the player that it is and how that was decided.
create table @player_names (
    provider text not null,
    league text not null,
    reference text not null,
    player_id text not null,
    own_id text not null,
    name text not null,
    decided text not null,
    rule text not null,
    decided_by text not null,
    is_waiting {int} not null,
    first_at {int} not null,
    last_at {int} not null,
    detail text not null,
    constraint player_names_pk primary key (provider, league, reference)
) {clustered};
-- the names of a player
create index player_names_player on @player_names (player_id);

create table @player_spellings (
    provider text not null,
    league text not null,
    spelling text not null,
    reference text not null,
    sport_key text not null,
    constraint player_spellings_pk primary key (provider, league, spelling, reference, sport_key)
) {clustered};
-- names that the directory knows, by the provider's sport
create index player_spellings_sport on @player_spellings (sport_key, spelling);

create table @player_teams (
    player_id text not null,
    provider text not null,
    team text not null,
    first_at {int} not null,
    last_at {int} not null,
    constraint player_teams_pk primary key (player_id, provider, team)
) {clustered};

drop view @player_props_odds;
create view @player_props_odds {invoker} as
select p.event_id, p.external_event_id, p.sport_key, p.home_team, p.away_team, p.start_time, p.player_name, p.market_key, p.market, p.bookmaker,
    p.line, p.over_odds, p.under_odds, p.last_update, p.provider, p.player_id,
    (select d.player from @player_directory d where d.player_id = p.player_id) as player
from (
    select o.*, (select min(m.player_id) from @player_spellings s
            join @player_names m on m.provider = s.provider and m.league = s.league and m.reference = s.reference
            where s.provider = o.provider and s.league = o.league and s.spelling = o.player_name
            having count(distinct m.player_id) = 1) as player_id
    from (
        select n.event_id, n.listing as external_event_id, n.sport_key, e.home_team, e.away_team, {time:e.starts_at} as start_time,
            n.subject as player_name, n.provider_market as market_key, n.market, n.book as bookmaker, n.line,
            max(case when n.selection in ('over', 'yes') then n.american end) as over_odds,
            max(case when n.selection in ('under', 'no') then n.american end) as under_odds,
            max(n.last_update) as last_update, n.provider, e.league
        from @quotes_now n join @event_rows e on e.event_id = n.event_id
        where n.is_prop and n.subject is not null and n.state <> 'not_observed'
        group by n.listing_id, n.event_id, n.listing, n.sport_key, e.home_team, e.away_team, e.starts_at, n.subject, n.provider_market, n.market,
            n.book, n.line, n.provider, e.league
    ) o
) p;

-- Players of the directory, and names of which it knows no player: those of sports that are no league of ours.
drop view @players;
create view @players {invoker} as
select d.player_id as id, d.player as player_name,
    (select min(s.sport_key) from @player_names m join @player_spellings s
        on s.provider = m.provider and s.league = m.league and s.reference = m.reference where m.player_id = d.player_id) as sport_key,
    (select max(t.team) from @player_teams t where t.player_id = d.player_id
        and t.last_at = (select max(l.last_at) from @player_teams l where l.player_id = d.player_id)) as team,
    d.league
from @player_directory d
where exists (select 1 from @player_names m where m.player_id = d.player_id)
union all
select p.sport_key || '.' || p.player, p.player, p.sport_key,
    (select max(i.team) from @injury_rows i join @listings l on l.listing_id = i.listing_id where i.player = p.player and l.sport = p.sport_key),
    cast(null as text)
from @player_rows p
where not exists (select 1 from @player_spellings s where s.sport_key = p.sport_key and s.spelling = p.player);
