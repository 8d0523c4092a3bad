drop view @adopted;
drop table @foreign_ids;
drop table @adopted_rows;
