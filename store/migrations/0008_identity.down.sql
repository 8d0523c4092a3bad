alter table @keys drop column may;
drop index @decisions_undoes;
drop index @decisions_refused;
alter table @decisions drop column subject;
alter table @decisions drop column undoes;
alter table @decisions drop column other_id;
alter table @decisions drop column what;
