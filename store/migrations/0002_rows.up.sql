-- Rows for people who speak SQL: a follower of the log keeps the tables, the views have the names and columns that people know.
-- All of it can be dropped and made again from the log.

-- One row for each event: what its listings say of it, the newest statement winning.
create table @event_rows (
    event_id text not null,
    listing_id {int} not null,
    provider text not null,
    external_event_id text not null,
    kind text not null,
    sport_key text not null,
    league text,
    home_team text,
    away_team text,
    starts_at {int},
    status text,
    home_score {int},
    away_score {int},
    venue text,
    created_at {int} not null,
    updated_at {int} not null,
    is_over {int} not null,
    is_shelved {int} not null,
    is_pruned {int} not null,
    is_history_due {int} not null,
    constraint event_rows_pk primary key (event_id)
);
-- events of a sport by day
create index event_rows_sport on @event_rows (sport_key, starts_at);
-- events whose opening and closing lines are to be told (anew)
create index event_rows_due on @event_rows (starts_at) where is_history_due = 1;
-- events that may be over by now
create index event_rows_open on @event_rows (starts_at) where is_shelved = 0;
-- events whose changes may be pruned by now
create index event_rows_unpruned on @event_rows (starts_at) where is_pruned = 0;

-- What each slot means, in our words and the provider's; lines in thousandths.
create table @slot_rows (
    listing_id {int} not null,
    slot {int} not null,
    cell {int} not null,
    book text not null,
    provider_market text not null,
    market text not null,
    period text not null,
    subject text,
    selection text not null,
    outcome_name text not null,
    name text not null,
    description text not null,
    point {int},
    line {int},
    stance text not null,
    is_prop {int} not null,
    is_alternate {int} not null,
    is_understood {int} not null,
    constraint slot_rows_pk primary key (listing_id, slot)
) {clustered};

-- What is offered at each slot of an event that is not over; sights of their own only where they differ from the cell's.
create table @quote_rows (
    listing_id {int} not null,
    slot {int} not null,
    nanos {int} not null,
    american {int} not null,
    state text not null,
    changed_at {int},
    first_seen_at {int} not null,
    reply_id {int} not null,
    is_best {int} not null,
    is_apart {int} not null,
    observed_at {int},
    book_seen_at {int},
    constraint quote_rows_pk primary key (listing_id, slot)
) {clustered};

-- When each market at a book was last seen.
create table @cell_rows (
    listing_id {int} not null,
    cell {int} not null,
    observed_at {int},
    basis text,
    book_seen_at {int},
    confirmed_by {int},
    constraint cell_rows_pk primary key (listing_id, cell)
) {clustered};

-- Every change: state 0 live, 1 suspended, 2 withdrawn.
create table @change_rows (
    listing_id {int} not null,
    slot {int} not null,
    observed_at {int} not null,
    reply_id {int} not null,
    seq {int} not null,
    state {int} not null,
    nanos {int},
    american {int},
    changed_at {int},
    constraint change_rows_pk primary key (listing_id, slot, observed_at, reply_id, seq)
) {clustered};

-- Injuries as they stand.
create table @injury_rows (
    listing_id {int} not null,
    subject text not null,
    player text not null,
    team text not null,
    status text not null,
    meaning text,
    body_part text,
    comment text,
    expected_return text,
    reported_at {int},
    position text,
    said_at {int} not null,
    observed_at {int} not null,
    constraint injury_rows_pk primary key (listing_id, subject)
) {clustered};

-- Opening, closing and movement of each track of an event that has begun; the slot is the one that it ended on.
create table @historical_rows (
    listing_id {int} not null,
    slot {int} not null,
    opening_nanos {int},
    opening_american {int},
    opening_line {int},
    opening_at {int},
    closing_nanos {int},
    closing_american {int},
    closing_line {int},
    closing_at {int},
    closing_quality text,
    closing_gap_secs {int},
    moves {int} not null,
    movement text not null,
    result text,
    constraint historical_rows_pk primary key (listing_id, slot)
) {clustered};

-- Books, markets and players that were met.
create table @book_rows (
    provider text not null,
    book text not null,
    is_aggregate {int} not null,
    constraint book_rows_pk primary key (provider, book)
) {clustered};
create table @market_rows (
    provider text not null,
    provider_market text not null,
    market text not null,
    period text not null,
    is_prop {int} not null,
    is_understood {int} not null,
    constraint market_rows_pk primary key (provider, provider_market)
) {clustered};
create table @player_rows (
    sport_key text not null,
    player text not null,
    constraint player_rows_pk primary key (sport_key, player)
) {clustered};

create view @sports_events {invoker} as
select e.event_id as id, e.external_event_id, case when e.league is null then e.sport_key else e.league end as sport, e.league, e.sport_key,
    e.home_team, e.away_team, {time:e.starts_at} as start_time,
    case e.status when 'final' then 'completed' when 'delayed' then 'live' when 'suspended' then 'live' else
        case when e.status is null and e.starts_at > {now} then 'scheduled' else e.status end end as status,
    e.home_score, e.away_score, e.venue, {time:e.created_at} as created_at, {time:e.updated_at} as updated_at, e.provider as source
from @event_rows e where e.kind = 'contest';

create view @quotes_now {invoker} as
select l.event_id, q.listing_id, q.slot, l.provider, l.external_id as listing, l.sport as sport_key, s.book, s.market, s.provider_market, s.period,
    s.subject, s.selection, s.name, s.description, s.outcome_name, {ratio:s.line / 1000} as line, {ratio:s.point / 1000} as point, s.stance,
    q.nanos as price_nanos, {ratio:q.nanos / 1000000000} as price, q.american, {trim:round(1000000000.0 / q.nanos, 6)} as implied_probability, q.state,
    {time:q.changed_at} as changed_at, {time:q.first_seen_at} as first_seen_at,
    {time:case when q.is_apart = 1 then q.observed_at else c.observed_at end} as observed_at,
    {time:case when q.is_apart = 1 then q.book_seen_at else c.book_seen_at end} as book_seen_at,
    {time:case when q.is_apart = 1 then coalesce(q.book_seen_at, q.observed_at) else coalesce(c.book_seen_at, c.observed_at) end} as last_update,
    c.basis as observed_basis, q.reply_id, (q.is_best = 1) as is_best, (s.is_prop = 1) as is_prop, (s.is_alternate = 1) as is_alternate,
    (s.is_understood = 1) as is_understood
from @quote_rows q
join @slot_rows s on s.listing_id = q.listing_id and s.slot = q.slot
join @cell_rows c on c.listing_id = s.listing_id and c.cell = s.cell
join @listings l on l.listing_id = q.listing_id;

create view @odds_data {invoker} as
select n.listing_id || '.' || n.slot as id, n.event_id, n.listing as external_event_id, n.sport_key, e.home_team, e.away_team,
    {time:e.starts_at} as start_time, n.book as bookmaker, n.provider_market as market_key, n.market, n.period, n.outcome_name, n.selection,
    n.description as outcome_description, n.american as outcome_price, n.point as outcome_point, n.price as decimal_odds, n.implied_probability,
    n.is_best as is_best_odds, n.state, n.stance, n.is_prop, n.provider, n.changed_at, n.first_seen_at, n.observed_at, n.last_update
from @quotes_now n join @event_rows e on e.event_id = n.event_id
where n.state <> 'not_observed';

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

create view @odds_changes {invoker} as
select l.event_id, r.listing_id, r.slot, l.provider, l.external_id as listing, l.sport as sport_key, s.book, s.market, s.provider_market, s.period,
    s.subject, s.selection, s.name, s.description, s.outcome_name, {ratio:s.line / 1000} as line, {ratio:s.point / 1000} as point, s.stance,
    case r.state when 0 then 'live' when 1 then 'suspended' else 'withdrawn' end as state, r.nanos as price_nanos, {ratio:r.nanos / 1000000000} as price,
    r.american, {time:r.changed_at} as changed_at, {time:r.observed_at} as observed_at, r.reply_id, r.seq
from @change_rows r
join @slot_rows s on s.listing_id = r.listing_id and s.slot = r.slot
join @listings l on l.listing_id = r.listing_id;

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

create view @injury_reports {invoker} as
select l.provider || '.' || i.listing_id || '.' || i.subject as id, l.sport as sport_key, l.league, i.player as player_name, i.team, i.position,
    i.status as injury_status, i.meaning as injury_meaning, i.body_part, i.comment as description, i.expected_return,
    {time:i.reported_at} as reported_at, {time:i.said_at} as changed_at, {time:i.observed_at} as last_update, l.provider as source
from @injury_rows i join @listings l on l.listing_id = i.listing_id;

create view @bookmakers {invoker} as
select b.provider || '.' || b.book as id, b.book as bookmaker, coalesce(c.title, b.book) as name, b.provider, (b.is_aggregate = 1) as is_aggregate
from @book_rows b left join @catalogue c on c.provider = b.provider and c.kind = 'book' and c.key = b.book;

create view @market_types {invoker} as
select m.provider || '.' || m.provider_market as id, m.provider_market as market_key, m.market as name, m.period, (m.is_prop = 1) as is_player_prop,
    (m.is_understood = 1) as is_understood, m.provider
from @market_rows m;

create view @teams {invoker} as
select sport_key || '.' || name as id, name, sport_key, league from (
    select sport_key, league, home_team as name from @event_rows where home_team is not null and kind = 'contest'
    union select sport_key, league, away_team from @event_rows where away_team is not null and kind = 'contest'
) as named;

create view @players {invoker} as
select p.sport_key || '.' || p.player as id, p.player as player_name, p.sport_key,
    (select max(i.team) from @injury_rows i join @listings l on l.listing_id = i.listing_id where i.player = p.player and l.sport = p.sport_key) as team
from @player_rows p;

-- What players did comes with a later provider: the columns are there, and no row that nobody measured.
create view @player_game_stats {invoker} as
select e.event_id, e.external_event_id, e.sport_key, e.home_team as player_name, e.home_team as team, e.home_team as stat, e.home_score as value,
    {time:e.updated_at} as last_update
from @event_rows e where 1 = 0;
