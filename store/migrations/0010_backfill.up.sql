-- Back-fill: what was planned. The calls of a plan stand in the ledger of asks, with the purpose `backfill:` and its id.
create table @backfill_plans (
    plan_id text not null,
    provider text not null,
    goal text not null,
    max_credits {int},
    predicted_credits {int} not null,
    predicted_calls {int} not null,
    made_at {int} not null,
    ended_at {int},
    ended_because text,
    constraint backfill_plans_pk primary key (plan_id)
);

-- What history was asked for, and what came of it: a good answer stands for all moments from its stamp up to the next one.
create table @backfill_answers (
    provider text not null,
    what text not null,
    sport text not null,
    listing text not null,
    day text not null,
    asked_for {int} not null,
    frame text not null,
    plan_id text not null,
    ask_id {int} not null,
    outcome text not null,
    detail text not null,
    attempts {int} not null,
    losses {int} not null,
    stamp {int},
    next_stamp {int},
    constraint backfill_answers_pk primary key (provider, sport, what, listing, day, asked_for, frame)
) {clustered};
-- start-up: whether the end of a call was noted
create index backfill_answers_ask on @backfill_answers (ask_id);
