-- History in SQL where listings are sealed: quotes_as_of reads blocks and sealed parts alike. Contracts' prices are read in both.

-- Decimal odds of a contract that pays 1, by its price in millionths.
create function @odds_of_contract(millionths bigint) returns bigint
language sql immutable strict as $$
    select div(2000000000000000::numeric + millionths, 2 * millionths::numeric)::bigint
$$;

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
                nanos := @odds_of_contract(rest);
                is_done := true;
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

-- The changes of a sealed part, with their places; what is asked for in the end are its slots, so few rows are promised. The last price of each slot is kept, for the next is a distance from it.
create function @read_sealed(part bytea)
returns table (observed_at bigint, reply_id bigint, seq bigint, slot bigint, state integer, nanos bigint, american bigint, changed_at bigint)
language plpgsql immutable strict rows 100 as $$
declare
    size constant integer := length(part);
    place integer := 0;
    expected text := 'place';
    has_changes boolean := false;
    is_timed boolean := false;
    is_done boolean;
    changes_left bigint := 0;
    next_slot bigint := 0;
    value bigint;
    step integer;
    shift integer;
    rest bigint;
    form integer;
    figure bigint;
    forms integer[] := '{}';
    figures bigint[] := '{}';
begin
    seq := 0;
    observed_at := 0;
    while place < size loop
        value := 0;
        shift := 0;
        loop
            if place >= size or shift > 56 then
                raise exception 'stored bytes are damaged at offset %: %', place, expected;
            end if;
            step := get_byte(part, place);
            place := place + 1;
            value := value | ((step & 127)::bigint << shift);
            exit when step < 128;
            shift := shift + 7;
        end loop;
        is_done := false;
        case expected
        when 'place' then
            seq := seq + (value >> 2);
            has_changes := (value & 2) <> 0;
            expected := 'moment';
        when 'moment' then
            rest := (value >> 1) # (-(value & 1));
            observed_at := observed_at + case when rest & 1 = 0 then (rest >> 1) * 1000000 else rest >> 1 end;
            if place + 8 > size then
                raise exception 'stored bytes are damaged at offset %: reply', place;
            end if;
            reply_id := 0;
            for byte in 0..7 loop
                reply_id := reply_id | (get_byte(part, place + byte)::bigint << (8 * byte));
            end loop;
            place := place + 8;
            expected := case when has_changes then 'changes' else 'place' end;
        when 'changes' then
            changes_left := value;
            next_slot := 0;
            expected := case when changes_left > 0 then 'slot' else 'place' end;
        when 'slot' then
            slot := next_slot + (value >> 3);
            next_slot := slot + 1;
            state := (value & 3)::integer;
            is_timed := (value & 4) <> 0;
            nanos := null;
            american := null;
            changed_at := null;
            form := null;
            if state = 2 then is_done := true; else expected := 'price'; end if;
        when 'price' then
            if value = 1 then
                expected := 'whole';
            else
                rest := value >> 1;
                form := forms[slot + 1];
                figure := figures[slot + 1] + ((rest >> 1) # (-(rest & 1)));
                if value & 1 = 1 or form is null then
                    raise exception 'stored bytes are damaged at offset %: price', place;
                end if;
                case form
                when 0 then nanos := figure * 10000000;
                when 1 then american := figure;
                else nanos := @odds_of_contract(figure * 10000);
                end case;
                is_done := true;
            end if;
        when 'whole' then
            rest := value >> 2;
            case value & 3
            when 0 then
                nanos := (rest / 10) * (10 ^ (9 - rest % 10)::numeric)::bigint;
                if nanos % 10000000 = 0 then form := 0; figure := nanos / 10000000; end if;
                is_done := true;
            when 1 then
                expected := 'american';
            when 2 then
                expected := 'stake';
            else
                nanos := @odds_of_contract(rest);
                if rest % 10000 = 0 then form := 2; figure := rest / 10000; end if;
                is_done := true;
            end case;
        when 'american' then
            american := (value >> 1) # (-(value & 1));
            form := 1;
            figure := american;
            is_done := true;
        when 'stake' then
            nanos := 1000000000 + div(2000000000::numeric * rest + value, 2 * value)::bigint;
            is_done := true;
        when 'time' then
            rest := (value >> 1) # (-(value & 1));
            changed_at := observed_at + case when rest & 1 = 0 then (rest >> 1) * 1000000 else rest >> 1 end;
        end case;
        if is_done then
            if american is not null then
                nanos := 1000000000 + case when american > 0 then american * 10000000
                    else div(200000000000::numeric - american, -2 * american)::bigint end;
            end if;
            if nanos is not null and slot < 1048576 then
                forms[slot + 1] := form;
                figures[slot + 1] := case when form is null then null else figure end;
            end if;
        end if;
        if is_done and is_timed then
            expected := 'time';
        elsif is_done or expected = 'time' then
            if american is null and nanos is not null then
                american := case when nanos >= 2000000000 then div((nanos - 1000000000)::numeric * 200 + 1000000000, 2000000000)::bigint
                    else -div(200000000000::numeric + (nanos - 1000000000), 2 * (nanos - 1000000000))::bigint end;
            end if;
            return next;
            changes_left := changes_left - 1;
            expected := case when changes_left > 0 then 'slot' else 'place' end;
            is_timed := false;
        end if;
    end loop;
    if expected <> 'place' then
        raise exception 'stored bytes are damaged at offset %: %', place, expected;
    end if;
end $$;

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

-- Each index with its query.
comment on index @sealed_pk is 'what a listing that is over was changed by and how far it was read';
comment on index @sealed_seq is 'followers: what an entry changed in listings that are over';
alter table @sealed set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = 10000, autovacuum_analyze_scale_factor = 0.02);
