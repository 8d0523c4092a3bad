-- The old tables as a follower that can be switched on and off, and what the database of the operator refused.

-- Whether the follower of the old tables is on, and which table holds the events. lint: one row for ever.
create table @old_follower (
    one bigint not null,
    is_on boolean not null,
    events_table text not null,
    switched_at timestamptz not null,
    constraint old_follower_pk primary key (one),
    constraint old_follower_one check (one = 1)
);

-- Columns, and additions of rows, that the operator switched off.
create table @old_switches (
    name text not null,
    off_at timestamptz not null default clock_timestamp(),
    constraint old_switches_pk primary key (name)
);

-- What was not written because the old database would not have it, the reason that it gave last.
create table @old_refused (
    old_table text not null,
    subject text not null,
    event_id text,
    reason text not null,
    at timestamptz not null,
    constraint old_refused_pk primary key (old_table, subject)
);

-- Events whose opening and closing lines were looked at, once they were told.
create table @old_told (
    event_id text not null,
    constraint old_told_pk primary key (event_id)
);

-- When an event's turn comes that had to wait, and what we would write where somebody else writes.
alter table @old_due add not_before timestamptz;
alter table @old_fields add wanted jsonb;

-- rows of an event that we wrote
create index old_rows_event on @old_rows (event_id, old_table);
-- events that began lately: whether their lines are told
create index event_rows_begun on @event_rows (starts_at);

comment on index @old_follower_pk is 'whether the old tables are followed';
comment on index @old_switches_pk is 'what may not be written';
comment on index @old_refused_pk is 'findings: what the old database would not have';
comment on index @old_told_pk is 'whether the lines of an event were looked at';
comment on index @old_rows_event is 'rows of an event that we wrote';
comment on index @event_rows_begun is 'events that began lately: whether their lines are told';
