-- The indexes go with what is said of them.
select 1;
