drop view @historical_odds;
alter table @historical_rows drop column opening_quality;
alter table @historical_rows drop column opening_gap_secs;
create view @historical_odds {invoker} as
select h.listing_id || '.' || h.slot as id, l.event_id, l.external_id as external_event_id, l.sport as sport_key, e.home_team, e.away_team,
    {time:e.starts_at} as start_time, e.home_score, e.away_score, s.book as bookmaker, s.provider_market as market_key, s.market, s.period,
    s.subject as player_name, s.outcome_name, s.selection, s.stance,
    h.opening_american as opening_price, {ratio:h.opening_nanos / 1000000000} as opening_decimal, {ratio:h.opening_line / 1000} as opening_line,
    {time:h.opening_at} as opening_at,
    h.closing_american as closing_price, {ratio:h.closing_nanos / 1000000000} as closing_decimal, {ratio:h.closing_line / 1000} as closing_line,
    {time:h.closing_at} as closing_at, h.closing_quality, h.closing_gap_secs, h.moves as movements, h.movement, h.result, l.provider
from @historical_rows h
join @slot_rows s on s.listing_id = h.listing_id and s.slot = h.slot
join @listings l on l.listing_id = h.listing_id
join @event_rows e on e.event_id = l.event_id;
