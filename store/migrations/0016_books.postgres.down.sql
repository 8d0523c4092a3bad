drop function @quotes_as_of(text, timestamptz);
-- What stood on an event at a moment, blocks and sealed parts alike.
create function @quotes_as_of(event_id text, at timestamptz)
returns table (
    listing_id bigint, provider text, listing text, slot bigint, book text, market text, name text, description text, point numeric,
    state text, price numeric, american bigint, changed_at timestamptz, first_seen_at timestamptz
)
language sql stable as $$
    select said.listing_id, l.provider, l.external_id, said.slot, c.book, c.market, s.name, s.description, {ratio:s.point / 1000},
        case said.state when 0 then 'live' when 1 then 'suspended' else 'withdrawn' end, {ratio:said.nanos / 1000000000}, said.american,
        {time:said.changed_at}, {time:said.observed_at}
    from (
        select distinct on (listing_id, slot) * from (
            select said.*, lag(state) over world as state_before, lag(nanos) over world as nanos_before
            from (
                select b.listing_id, change.slot, change.state, change.nanos, change.american, change.changed_at, b.observed_at, b.reply_id, b.seq
                from @listings of_event
                join @blocks b on b.listing_id = of_event.listing_id
                cross join lateral @read_block(b.block, b.observed_at) change
                where of_event.event_id = $1 and b.observed_at <= (extract(epoch from $2) * 1000000)::bigint
                union all
                select s.listing_id, change.slot, change.state, change.nanos, change.american, change.changed_at, change.observed_at, change.reply_id, change.seq
                from @listings of_event
                join @sealed s on s.listing_id = of_event.listing_id
                cross join lateral @read_sealed(s.changes) change
                where of_event.event_id = $1 and change.observed_at <= (extract(epoch from $2) * 1000000)::bigint
            ) said
            window world as (partition by listing_id, slot order by observed_at, reply_id, seq)
        ) change
        where state is distinct from state_before or nanos is distinct from nanos_before
        order by listing_id, slot, observed_at desc, reply_id desc, seq desc
    ) said
    join @listings l on l.listing_id = said.listing_id
    join @slots s on s.listing_id = said.listing_id and s.slot = said.slot
    join @cells c on c.listing_id = said.listing_id and c.cell = s.cell
$$;
