drop view @player_game_stats;
drop table @stat_rows;
drop table @stat_lines;
create view @player_game_stats {invoker} as
select e.event_id, e.external_event_id, e.sport_key, e.home_team as player_name, e.home_team as team, e.home_team as stat, e.home_score as value,
    {time:e.updated_at} as last_update
from @event_rows e where 1 = 0;
