-- The ledger of what we write into tables that are not ours: what was there before, what we wrote, and who was in the way.
-- It is in the same database as those tables: a write and its line here are there together, or not at all.

-- Where the operator stands: each step of the take-over that was finished, in order.
create table @adopt_stages (
    n bigint generated always as identity,
    stage text not null,
    at timestamptz not null default clock_timestamp(),
    detail jsonb not null default '{}',
    constraint adopt_stages_pk primary key (n),
    constraint adopt_stages_stage check (stage in ('applied', 'adopted', 'verified', 'cut_over', 'stopped', 'rolled_back'))
);

-- Rows of the old tables that we wrote into (before is the whole row as it was) or added (before is the row as we left it). Columns that changed
-- without our asking, by a trigger, are apart: they do not go back.
create table @old_rows (
    old_table text not null,
    row_key text not null,
    is_added boolean not null,
    event_id text,
    before jsonb not null,
    apart text[] not null default '{}',
    first_at timestamptz not null,
    written_at timestamptz not null,
    undone text,
    constraint old_rows_pk primary key (old_table, row_key)
);
-- rollback: what is still to be put back
create index old_rows_standing on @old_rows (old_table, row_key) where undone is null;

-- Each field of such a row that we wrote. A field is a column, or a column and a key inside it; before is absent where the key was.
create table @old_fields (
    old_table text not null,
    row_key text not null,
    field text not null,
    before jsonb,
    written jsonb,
    asked jsonb,
    found jsonb,
    state text not null,
    written_at timestamptz not null,
    constraint old_fields_pk primary key (old_table, row_key, field),
    constraint old_fields_state check (state in ('ours', 'theirs', 'put_back', 'kept'))
);
-- findings: fields that somebody else writes too
create index old_fields_theirs on @old_fields (old_table, row_key) where state = 'theirs';

-- Events of which something is still to be written: a row is written at most once a minute.
create table @old_due (
    event_id text not null,
    constraint old_due_pk primary key (event_id)
);

-- Every row of the tables that we may write, as it was when we began.
create table @old_hashes (
    old_table text not null,
    row_key text not null,
    hash text not null,
    constraint old_hashes_pk primary key (old_table, row_key)
);

comment on index @adopt_stages_pk is 'where the operator stands';
comment on index @old_rows_pk is 'whether a row was written lately, and how it was before';
comment on index @old_rows_standing is 'rollback: what is still to be put back';
comment on index @old_fields_pk is 'what was written into a row last';
comment on index @old_fields_theirs is 'findings: fields that somebody else writes too';
comment on index @old_due_pk is 'events of which something is to be written';
comment on index @old_hashes_pk is 'proof of a rollback: how a row was';
