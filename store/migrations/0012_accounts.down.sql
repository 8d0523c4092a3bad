drop index @adopted_rows_outcome;
-- the report: how many rows of each table came to what, and which wait or were refused
create index adopted_rows_outcome on @adopted_rows (old_table, outcome, old_row);
