drop view @players;
drop view @player_props_odds;
drop table @player_teams;
drop table @player_spellings;
drop table @player_names;
drop table @player_directory;
delete from @cursors where follower = 'players';
create view @player_props_odds {invoker} as
select n.event_id, n.listing as external_event_id, n.sport_key, e.home_team, e.away_team, {time:e.starts_at} as start_time,
    n.subject as player_name, n.provider_market as market_key, n.market, n.book as bookmaker, n.line,
    max(case when n.selection in ('over', 'yes') then n.american end) as over_odds,
    max(case when n.selection in ('under', 'no') then n.american end) as under_odds,
    max(n.last_update) as last_update, n.provider
from @quotes_now n join @event_rows e on e.event_id = n.event_id
where n.is_prop and n.subject is not null and n.state <> 'not_observed'
group by n.listing_id, n.event_id, n.listing, n.sport_key, e.home_team, e.away_team, e.starts_at, n.subject, n.provider_market, n.market, n.book, n.line,
    n.provider;
create view @players {invoker} as
select p.sport_key || '.' || p.player as id, p.player as player_name, p.sport_key,
    (select max(i.team) from @injury_rows i join @listings l on l.listing_id = i.listing_id where i.player = p.player and l.sport = p.sport_key) as team
from @player_rows p;
