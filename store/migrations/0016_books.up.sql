-- A book is one, whoever delivers it: our key of it stands beside the provider's. The rows follower writes it; until it has, the provider's
-- key is read, as before.
alter table @book_rows add column key text;
drop view @bookmakers;
drop view @historical_odds;
drop view @odds_changes;
drop view @player_props_odds;
drop view @odds_data;
drop view @quotes_now;

create view @quotes_now {invoker} as
select l.event_id, q.listing_id, q.slot, l.provider, l.external_id as listing, l.sport as sport_key,
    coalesce(b.key, s.book) as book, s.market, s.provider_market, s.period, s.subject, s.selection, s.name, s.description, s.outcome_name, {ratio:s.line / 1000} as line, {ratio:s.point / 1000} as point, s.stance,
    q.nanos as price_nanos, {ratio:q.nanos / 1000000000} as price, q.american, {trim:round(1000000000.0 / q.nanos, 6)} as implied_probability, q.state,
    {time:q.changed_at} as changed_at, {time:q.first_seen_at} as first_seen_at,
    {time:case when q.is_apart = 1 then q.observed_at else c.observed_at end} as observed_at,
    {time:case when q.is_apart = 1 then q.book_seen_at else c.book_seen_at end} as book_seen_at,
    {time:case when q.is_apart = 1 then coalesce(q.book_seen_at, q.observed_at) else coalesce(c.book_seen_at, c.observed_at) end} as last_update,
    c.basis as observed_basis, q.reply_id, (q.is_best = 1) as is_best, (s.is_prop = 1) as is_prop, (s.is_alternate = 1) as is_alternate,
    (s.is_understood = 1) as is_understood, (s.is_milestone = 1) as is_milestone, s.book as provider_book
from @quote_rows q
join @slot_rows s on s.listing_id = q.listing_id and s.slot = q.slot
join @cell_rows c on c.listing_id = s.listing_id and c.cell = s.cell
join @listings l on l.listing_id = q.listing_id
left join @book_rows b on b.provider = l.provider and b.book = s.book;

create view @odds_data {invoker} as
select n.listing_id || '.' || n.slot as id, n.event_id, n.listing as external_event_id, n.sport_key, e.home_team, e.away_team,
    {time:e.starts_at} as start_time, n.book as bookmaker, n.provider_market as market_key, n.market, n.period, n.outcome_name, n.selection,
    n.description as outcome_description, n.american as outcome_price, n.point as outcome_point, n.price as decimal_odds, n.implied_probability,
    n.is_best as is_best_odds, n.state, n.stance, n.is_prop, n.provider, n.changed_at, n.first_seen_at, n.observed_at, n.last_update, n.provider_book
from @quotes_now n join @event_rows e on e.event_id = n.event_id
where n.state <> 'not_observed';

create view @player_props_odds {invoker} as
select p.event_id, p.external_event_id, p.sport_key, p.home_team, p.away_team, p.start_time, p.player_name, p.market_key, p.market, p.bookmaker,
    p.line, p.over_odds, p.under_odds, p.last_update, p.provider, p.player_id,
    (select d.player from @player_directory d where d.player_id = p.player_id) as player, (p.milestones = 1) as is_milestone, p.provider_book
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
            max(n.last_update) as last_update, n.provider, e.league, max(case when n.is_milestone then 1 else 0 end) as milestones,
            n.provider_book
        from @quotes_now n join @event_rows e on e.event_id = n.event_id
        where n.is_prop and n.subject is not null and n.state <> 'not_observed'
        group by n.listing_id, n.event_id, n.listing, n.sport_key, e.home_team, e.away_team, e.starts_at, n.subject, n.provider_market, n.market,
            n.book, n.provider_book, n.line, n.provider, e.league
    ) o
) p;

create view @odds_changes {invoker} as
select l.event_id, r.listing_id, r.slot, l.provider, l.external_id as listing, l.sport as sport_key,
    coalesce(b.key, s.book) as book, s.market, s.provider_market, s.period, s.subject, s.selection, s.name, s.description, s.outcome_name, {ratio:s.line / 1000} as line, {ratio:s.point / 1000} as point, s.stance,
    case r.state when 0 then 'live' when 1 then 'suspended' else 'withdrawn' end as state, r.nanos as price_nanos, {ratio:r.nanos / 1000000000} as price,
    r.american, {time:r.changed_at} as changed_at, {time:r.observed_at} as observed_at, r.reply_id, r.seq, s.book as provider_book
from @change_rows r
join @slot_rows s on s.listing_id = r.listing_id and s.slot = r.slot
join @listings l on l.listing_id = r.listing_id
left join @book_rows b on b.provider = l.provider and b.book = s.book;

create view @historical_odds {invoker} as
select h.listing_id || '.' || h.slot as id, l.event_id, l.external_id as external_event_id, l.sport as sport_key, e.home_team, e.away_team,
    {time:e.starts_at} as start_time, e.home_score, e.away_score, coalesce(b.key, s.book) as bookmaker,
    s.provider_market as market_key, s.market, s.period, s.subject as player_name, s.outcome_name, s.selection, s.stance,
    h.opening_american as opening_price, {ratio:h.opening_nanos / 1000000000} as opening_decimal, {ratio:h.opening_line / 1000} as opening_line,
    {time:h.opening_at} as opening_at,
    h.closing_american as closing_price, {ratio:h.closing_nanos / 1000000000} as closing_decimal, {ratio:h.closing_line / 1000} as closing_line,
    {time:h.closing_at} as closing_at, h.closing_quality, h.closing_gap_secs, h.moves as movements, h.movement, h.result, l.provider,
    {time:h.opening_at} as opening_observed_at, h.opening_gap_secs, h.opening_quality, {time:h.closing_at} as closing_observed_at,
    s.book as provider_book
from @historical_rows h
join @slot_rows s on s.listing_id = h.listing_id and s.slot = h.slot
join @listings l on l.listing_id = h.listing_id
join @event_rows e on e.event_id = l.event_id
left join @book_rows b on b.provider = l.provider and b.book = s.book;

create view @bookmakers {invoker} as
select b.provider || '.' || b.book as id, coalesce(b.key, b.book) as bookmaker, coalesce(c.title, b.book) as name, b.provider, (b.is_aggregate = 1) as is_aggregate,
    b.book as provider_book
from @book_rows b left join @catalogue c on c.provider = b.provider and c.kind = 'book' and c.key = b.book;
