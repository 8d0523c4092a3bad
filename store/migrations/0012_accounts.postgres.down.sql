drop view @adopted;
alter table @adopted_rows alter column old_row type text collate "default";
create view @adopted {invoker} as
select r.old_table, substr(r.old_row, length(r.old_table) + 2) as old_id, r.outcome, l.event_id, l.external_id as listing,
    r.reason, r.reply_id, r.seq
from @adopted_rows r
left join @listings l on l.listing_id = r.listing_id;
