-- Accounts of old rows, a million of them at once: most are adopted, and nobody asks for a list of those. The index holds the others alone.
drop index @adopted_rows_outcome;
-- the report: which rows wait, were joined or refused
create index adopted_rows_outcome on @adopted_rows (old_table, outcome, old_row) where outcome <> 'adopted';
