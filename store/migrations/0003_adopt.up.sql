-- An old database that is taken over: what became of each of its rows, and ids of other providers that it passes on.

-- One row for each old row, by `table/id`; lint: as many as the old database has.
create table @adopted_rows (
    old_row text not null,
    old_table text not null,
    fingerprint {int} not null,
    outcome text not null,
    listing_id {int},
    reason text not null,
    reply_id {int} not null,
    seq {int} not null,
    constraint adopted_rows_pk primary key (old_row),
    constraint adopted_rows_outcome check (outcome in ('adopted', 'joined', 'waiting', 'refused'))
);
-- the report: how many rows of each table came to what, and which wait or were refused
create index adopted_rows_outcome on @adopted_rows (old_table, outcome, old_row);
-- which old rows are a listing
create index adopted_rows_listing on @adopted_rows (listing_id) where listing_id is not null;

-- Another provider's id of a listing (`espn/401585183`), as the old database has it: evidence for joins.
create table @foreign_ids (
    foreign_id text not null,
    listing_id {int} not null,
    constraint foreign_ids_pk primary key (foreign_id, listing_id)
) {clustered};
-- the ids of a listing that is compared
create index foreign_ids_listing on @foreign_ids (listing_id);

-- What became of each old row, with the event that it is today.
create view @adopted {invoker} as
select r.old_table, substr(r.old_row, length(r.old_table) + 2) as old_id, r.outcome, l.event_id, l.external_id as listing,
    r.reason, r.reply_id, r.seq
from @adopted_rows r
left join @listings l on l.listing_id = r.listing_id;
