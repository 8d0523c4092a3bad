drop index @event_rows_begun;
drop index @old_rows_event;
alter table @old_fields drop column wanted;
alter table @old_due drop column not_before;
drop table @old_told;
drop table @old_refused;
drop table @old_switches;
drop table @old_follower;
