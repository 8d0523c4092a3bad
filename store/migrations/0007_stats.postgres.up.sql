-- Changed row by row, as other rows are; each index with its query.
alter table @stat_lines set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table @stat_rows set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
comment on index @stat_lines_pk is 'what players did in a listing';
comment on index @stat_lines_player is 'what a player did, in all games';
comment on index @stat_rows_pk is 'the statistics of a listing';
