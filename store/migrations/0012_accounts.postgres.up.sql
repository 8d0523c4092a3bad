-- Names of rows are compared as bytes: by the rules of a language each comparison costs many times as much, and a load makes twenty a row.
drop view @adopted;
alter table @adopted_rows alter column old_row type text collate "C";
create view @adopted {invoker} as
select r.old_table, substr(r.old_row, length(r.old_table) + 2) as old_id, r.outcome, l.event_id, l.external_id as listing,
    r.reason, r.reply_id, r.seq
from @adopted_rows r
left join @listings l on l.listing_id = r.listing_id;
comment on index @adopted_rows_outcome is 'the report: which rows wait, were joined or refused';
comment on index @adopted_rows_pk is 'what became of an old row';
