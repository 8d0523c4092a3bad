-- Each index with its query.
comment on index @backfill_plans_pk is 'a plan';
comment on index @backfill_answers_pk is 'what history answered of a moment';
comment on index @backfill_answers_ask is 'start-up: whether the end of a call was noted';
