drop table @backfill_answers;
drop table @backfill_plans;
