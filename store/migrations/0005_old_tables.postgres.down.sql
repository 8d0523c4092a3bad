drop table @old_hashes;
drop table @old_due;
drop table @old_fields;
drop table @old_rows;
drop table @adopt_stages;
