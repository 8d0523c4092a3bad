-- As it was before listings were sealed.
-- What stood on an event at a moment, in the order of the world: back-fill and late replies included. Whether somebody looked later is
-- not in blocks: the state is what was said last, first_seen_at the moment of who said it first: a value said anew where it stands already is no change.
create or replace function @quotes_as_of(event_id text, at timestamptz)
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
            select b.listing_id, change.slot, change.state, change.nanos, change.american, change.changed_at, b.observed_at, b.reply_id, b.seq,
                lag(change.state) over world as state_before, lag(change.nanos) over world as nanos_before
            from @listings of_event
            join @blocks b on b.listing_id = of_event.listing_id
            cross join lateral @read_block(b.block, b.observed_at) change
            where of_event.event_id = $1 and b.observed_at <= (extract(epoch from $2) * 1000000)::bigint
            window world as (partition by b.listing_id, change.slot order by b.observed_at, b.reply_id, b.seq)
        ) change
        where state is distinct from state_before or nanos is distinct from nanos_before
        order by listing_id, slot, observed_at desc, reply_id desc, seq desc
    ) said
    join @listings l on l.listing_id = said.listing_id
    join @slots s on s.listing_id = said.listing_id and s.slot = said.slot
    join @cells c on c.listing_id = said.listing_id and c.cell = s.cell
$$;
drop function @read_sealed(bytea);

-- The changes of one block. Figures that cannot be ours are not guessed at: damaged bytes end in an error.
create or replace function @read_block(block bytea, observed_at bigint)
returns table (slot bigint, state integer, nanos bigint, american bigint, changed_at bigint)
language plpgsql immutable strict rows 8 as $$
declare
    size constant integer := length(block);
    place integer := 0;
    expected text := 'slot';
    next_slot bigint := 0;
    is_timed boolean := false;
    is_done boolean;
    value bigint;
    step integer;
    shift integer;
    rest bigint;
begin
    while place < size loop
        value := 0;
        shift := 0;
        loop
            if place >= size or shift > 56 then
                raise exception 'stored bytes are damaged at offset %: %', place, expected;
            end if;
            step := get_byte(block, place);
            place := place + 1;
            value := value | ((step & 127)::bigint << shift);
            exit when step < 128;
            shift := shift + 7;
        end loop;
        is_done := false;
        case expected
        when 'slot' then
            slot := next_slot + (value >> 3);
            next_slot := slot + 1;
            state := (value & 3)::integer;
            is_timed := (value & 4) <> 0;
            nanos := null;
            american := null;
            changed_at := null;
            if state = 2 then is_done := true; else expected := 'price'; end if;
        when 'price' then
            rest := value >> 2;
            case value & 3
            when 0 then
                nanos := (rest / 10) * (10 ^ (9 - rest % 10)::numeric)::bigint;
                is_done := true;
            when 1 then
                expected := 'american';
            when 2 then
                expected := 'stake';
            else
                raise exception 'stored bytes are damaged at offset %: price', place;
            end case;
        when 'american' then
            american := (value >> 1) # (-(value & 1));
            nanos := 1000000000 + case when american > 0 then american * 10000000
                else div(200000000000::numeric - american, -2 * american)::bigint end;
            is_done := true;
        when 'stake' then
            nanos := 1000000000 + div(2000000000::numeric * rest + value, 2 * value)::bigint;
            is_done := true;
        when 'time' then
            rest := (value >> 1) # (-(value & 1));
            changed_at := observed_at + case when rest & 1 = 0 then (rest >> 1) * 1000000 else rest >> 1 end;
        end case;
        if is_done and is_timed then
            expected := 'time';
        elsif is_done or expected = 'time' then
            if american is null and nanos is not null then
                american := case when nanos >= 2000000000 then div((nanos - 1000000000)::numeric * 200 + 1000000000, 2000000000)::bigint
                    else -div(200000000000::numeric + (nanos - 1000000000), 2 * (nanos - 1000000000))::bigint end;
            end if;
            return next;
            expected := 'slot';
            is_timed := false;
        end if;
    end loop;
    if expected <> 'slot' then
        raise exception 'stored bytes are damaged at offset %: %', place, expected;
    end if;
end $$;

drop function @odds_of_contract(bigint);
