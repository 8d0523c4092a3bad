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
);
insert into @change_rows select * from @change_rows_before;
create or replace view @odds_changes {invoker} as
select l.event_id, r.listing_id, r.slot, l.provider, l.external_id as listing, l.sport as sport_key, s.book, s.market, s.provider_market, s.period,
    s.subject, s.selection, s.name, s.description, s.outcome_name, {ratio:s.line / 1000} as line, {ratio:s.point / 1000} as point, s.stance,
    case r.state when 0 then 'live' when 1 then 'suspended' else 'withdrawn' end as state, r.nanos as price_nanos, {ratio:r.nanos / 1000000000} as price,
    r.american, {time:r.changed_at} as changed_at, {time:r.observed_at} as observed_at, r.reply_id, r.seq
from @change_rows r
join @slot_rows s on s.listing_id = r.listing_id and s.slot = r.slot
join @listings l on l.listing_id = r.listing_id;
drop table @change_rows_before;
alter function @read_block(bytea, bigint) rows 1000;
drop function @make_months(timestamptz, integer);
drop function @drop_oldest_month(timestamptz);
do $$
declare name text;
begin
    for name in select relname from pg_class where relnamespace = 'predictive_play'::regnamespace and relkind = 'r' and reloptions is not null loop
        execute format('alter table @%I reset (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor, autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold)', name);
    end loop;
end $$;
