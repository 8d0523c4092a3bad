-- What players did: a line a player and game of each listing that tells it, and a row a statistic.

create table @stat_lines (
    listing_id {int} not null,
    subject text not null,
    player text not null,
    team text,
    side text,
    position text,
    did_not_play {int} not null,
    said_at {int} not null,
    observed_at {int} not null,
    constraint stat_lines_pk primary key (listing_id, subject)
) {clustered};
-- what a player did, in all games
create index stat_lines_player on @stat_lines (player, listing_id);

create table @stat_rows (
    listing_id {int} not null,
    subject text not null,
    stat text not null,
    milli {int} not null,
    constraint stat_rows_pk primary key (listing_id, subject, stat)
) {clustered};

drop view @player_game_stats;
create view @player_game_stats {invoker} as
select l.event_id, l.external_id as external_event_id, l.sport as sport_key, p.player as player_name, p.team, s.stat,
    {ratio:s.milli / 1000} as value, {time:p.observed_at} as last_update, (p.did_not_play = 1) as did_not_play, p.side, p.position,
    p.subject as player_id, l.league, e.home_team, e.away_team, {time:e.starts_at} as start_time, {time:p.said_at} as changed_at, l.provider as source
from @stat_lines p
join @listings l on l.listing_id = p.listing_id
left join @stat_rows s on s.listing_id = p.listing_id and s.subject = p.subject
left join @event_rows e on e.event_id = l.event_id;
