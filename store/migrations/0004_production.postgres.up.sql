-- Changes by month of the world: a month that is too old is detached and dropped, not deleted row by row. What no month holds (back-fill
-- of old years, and the rows that must never go) lies in change_rows_kept. The name, the columns and the key stay what they were, so
-- that a program of the version before goes on reading and writing.
-- Who reads the view holds it before the table: it is taken in that order, so that nobody waits in a circle.
alter view @odds_changes set (security_invoker = true);
alter table @change_rows rename to change_rows_before;
alter table @change_rows_before rename constraint change_rows_pk to change_rows_before_pk;
create table @change_rows (
    listing_id bigint not null,
    slot bigint not null,
    observed_at bigint not null,
    reply_id bigint not null,
    seq bigint not null,
    state bigint not null,
    nanos bigint,
    american bigint,
    changed_at bigint,
    constraint change_rows_pk primary key (listing_id, slot, observed_at, reply_id, seq)
) partition by range (observed_at);
create table @change_rows_kept partition of @change_rows default;
insert into @change_rows select * from @change_rows_before;

-- The view is bound to the table by number, not by name.
create or replace view @odds_changes {invoker} as
select l.event_id, r.listing_id, r.slot, l.provider, l.external_id as listing, l.sport as sport_key, s.book, s.market, s.provider_market, s.period,
    s.subject, s.selection, s.name, s.description, s.outcome_name, {ratio:s.line / 1000} as line, {ratio:s.point / 1000} as point, s.stance,
    case r.state when 0 then 'live' when 1 then 'suspended' else 'withdrawn' end as state, r.nanos as price_nanos, {ratio:r.nanos / 1000000000} as price,
    r.american, {time:r.changed_at} as changed_at, {time:r.observed_at} as observed_at, r.reply_id, r.seq
from @change_rows r
join @slot_rows s on s.listing_id = r.listing_id and s.slot = r.slot
join @listings l on l.listing_id = r.listing_id;
drop table @change_rows_before;

-- Makes the months ahead of a moment, as many as asked for: one that has begun to be kept elsewhere is left alone.
create function @make_months(at timestamptz, ahead integer) returns integer
language plpgsql set lock_timeout = '5s' as $$
declare
    first timestamptz; month text; made integer := 0;
    low bigint; high bigint;
begin
    perform pg_advisory_xact_lock(7306);
    for i in 0..ahead loop
        first := date_trunc('month', at at time zone 'UTC') at time zone 'UTC';
        first := ((first at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC';
        month := 'change_rows_' || to_char(first at time zone 'UTC', 'YYYY_MM');
        low := (extract(epoch from first) * 1000000)::bigint;
        high := (extract(epoch from ((first at time zone 'UTC') + interval '1 month') at time zone 'UTC') * 1000000)::bigint;
        if to_regclass('@' || month) is null
            and not exists (select from @change_rows_kept where observed_at >= low and observed_at < high) then
            execute format('create table @%I partition of @change_rows for values from (%s) to (%s)', month, low, high);
            execute format('alter table @%I set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02, fillfactor = 100)', month);
            made := made + 1;
        end if;
    end loop;
    return made;
end $$;

-- Takes away the months that ended before a moment: each is detached first, what must never go is put among what is kept, then it is
-- dropped. Never goes: the newest change of a slot, the last one before the start of its event, and any of an event that is not over. One month at a time, so that
-- locks are short; gives its name, or null where there is none left.
create function @drop_oldest_month(before timestamptz) returns text
language plpgsql set lock_timeout = '5s' as $$
declare month text; high bigint; bounds text;
begin
    perform pg_advisory_xact_lock(7306);
    for month, bounds in
        select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_class c join pg_inherits i on i.inhrelid = c.oid
        where i.inhparent = '@change_rows'::regclass and c.relname ~ '^change_rows_\d{4}_\d\d$' order by c.relname
    loop
        high := substring(bounds from 'TO \(''?(-?\d+)')::bigint;
        if high > (extract(epoch from before) * 1000000)::bigint then
            return null;
        end if;
        execute format('alter table @change_rows detach partition @%I', month);
        execute format('insert into @change_rows_kept
            select r.* from @%I r join @listings l on l.listing_id = r.listing_id left join @event_rows e on e.event_id = l.event_id
            where not exists (select from @change_rows later where later.listing_id = r.listing_id and later.slot = r.slot
                    and (later.observed_at, later.reply_id, later.seq) > (r.observed_at, r.reply_id, r.seq))
                and not exists (select from @%I later where later.listing_id = r.listing_id and later.slot = r.slot
                    and (later.observed_at, later.reply_id, later.seq) > (r.observed_at, r.reply_id, r.seq))
            or e.is_shelved is distinct from 1
            or r.observed_at < e.starts_at and not exists (
                select from @change_rows later where later.listing_id = r.listing_id and later.slot = r.slot and later.observed_at < e.starts_at
                    and (later.observed_at, later.reply_id, later.seq) > (r.observed_at, r.reply_id, r.seq))
                and not exists (select from @%I later where later.listing_id = r.listing_id and later.slot = r.slot and later.observed_at < e.starts_at
                    and (later.observed_at, later.reply_id, later.seq) > (r.observed_at, r.reply_id, r.seq))', month, month, month);
        execute format('drop table @%I', month);
        return month;
    end loop;
    return null;
end $$;

select @make_months(now(), 3);

-- A block holds a few changes, not a thousand: without this, quotes_as_of reads all slots there are.
alter function @read_block(bytea, bigint) rows 8;

-- Tables that only grow: vacuumed by what was added, so that freezing never comes all at once; and those that are changed row by row: early.
do $$
declare name text;
begin
    foreach name in array array['entries', 'blocks', 'covers', 'facts', 'cells', 'slots', 'problems', 'decisions', 'bodies', 'asks', 'historical_rows', 'change_rows_kept'] loop
        execute format('alter table @%I set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = 10000, autovacuum_analyze_scale_factor = 0.02)', name);
    end loop;
    foreach name in array array['listings', 'replies', 'quote_rows', 'cell_rows', 'event_rows', 'injury_rows'] loop
        execute format('alter table @%I set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)', name);
    end loop;
    foreach name in array array['head', 'cursors', 'leases'] loop
        execute format('alter table @%I set (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200)', name);
    end loop;
end $$;

-- Each index with its query.
do $$
declare index text; query text;
begin
    for index, query in values
        ('adopted_rows_listing', 'which old rows are a listing'),
        ('adopted_rows_outcome', 'the report: what came of the rows of a table, and which wait or were refused'),
        ('adopted_rows_pk', 'what became of an old row'),
        ('asks_due', 'the spending of a month, and the last ask of each kind'),
        ('asks_open', 'intents without a reply'),
        ('asks_pk', 'the end of an ask'),
        ('blocks_pk', 'the changes of a listing in the order of the world, up to a moment'),
        ('blocks_seq', 'followers: what an entry changed'),
        ('bodies_pk', 'whether a body is kept, and where'),
        ('book_rows_pk', 'a book of a provider'),
        ('catalogue_pk', 'names by provider, kind and key'),
        ('cell_rows_pk', 'when the markets of a listing were last seen'),
        ('cells_pk', 'the markets of a listing'),
        ('cells_seq', 'followers: the markets that an entry brought'),
        ('change_rows_pk', 'every change of a listing or of one of its slots'),
        ('covers_pk', 'what replies read of a listing, backwards from a moment'),
        ('covers_seq', 'followers: what an entry read'),
        ('cursors_pk', 'how far a follower has read'),
        ('decisions_event', 'which listings were an event, as known at any time'),
        ('decisions_listing', 'the identity of a listing through time'),
        ('decisions_pk', 'followers: what an entry decided'),
        ('entries_pk', 'the log in its order'),
        ('entries_recorded', 'known_at: the cut of the log at a moment'),
        ('entries_reply', 'whether a reply is recorded, and where'),
        ('entries_sweeps', 'which sweeps of a sport came after a listing was last seen'),
        ('event_rows_due', 'events whose opening and closing lines are to be told'),
        ('event_rows_open', 'events that may be over by now'),
        ('event_rows_pk', 'an event'),
        ('event_rows_sport', 'events of a sport by day'),
        ('event_rows_unpruned', 'events whose changes may be pruned by now'),
        ('facts_pk', 'the facts of a listing in the order of the world, up to a moment'),
        ('facts_seq', 'followers: the facts that an entry brought'),
        ('findings_open', 'open findings of a kind and subject'),
        ('findings_pk', 'a finding'),
        ('foreign_ids_listing', 'the ids of other providers of a listing that is compared'),
        ('foreign_ids_pk', 'which listings have an id of another provider'),
        ('head_pk', 'where the log ends'),
        ('historical_rows_pk', 'opening and closing lines of a listing'),
        ('injury_rows_pk', 'the injuries of a list'),
        ('keys_hash', 'the key that a caller shows'),
        ('keys_pk', 'a key to be revoked'),
        ('leases_pk', 'who does what only one may do'),
        ('listings_by_start', 'pages of events by start; who has none comes last'),
        ('listings_event', 'the listings of an event'),
        ('listings_external', 'the listing of a provider by its id'),
        ('listings_external_id', 'an event asked for by an id that only a provider gave'),
        ('listings_founded', 'followers: the listings that an entry founded'),
        ('listings_league', 'events of a league by day; candidates for a join'),
        ('listings_pk', 'a listing'),
        ('listings_sport', 'events of a sport by day'),
        ('listings_standing', 'which listings a sweep can miss'),
        ('market_rows_pk', 'a market of a provider'),
        ('migrations_pkey', 'the version of the schema'),
        ('player_rows_pk', 'a player of a sport'),
        ('problems_pk', 'what could not be used of an entry'),
        ('quote_rows_pk', 'what stands on a listing'),
        ('replies_ask', 'start-up: whether an intent without an end got its reply'),
        ('replies_key', 'whether a reply is archived'),
        ('replies_pending', 'start-up and take-over: what was archived and not recorded'),
        ('replies_pk', 'a reply'),
        ('scopes_body', 'whether a scope has a number'),
        ('scopes_pk', 'what an entry asked for'),
        ('settings_pk', 'what the store is for'),
        ('slot_rows_pk', 'what the slots of a listing mean'),
        ('slots_pk', 'the slots of a listing'),
        ('slots_seq', 'followers: the slots that an entry brought')
    loop
        if to_regclass('@' || index) is not null then
            execute format('comment on index @%I is %L', index, query);
        end if;
    end loop;
end $$;
