-- What a look is worth: how fast markets moved, learnt from the log by a follower, by how near the start was.
create table @market_speeds (
    provider text not null,
    sport text not null,
    kind text not null,
    phase text not null,
    changes {int} not null,
    market_secs {int} not null,
    constraint market_speeds_pk primary key (provider, sport, kind, phase)
) {clustered};

-- What users ask us for, by day (days since 1970): calls for a league's odds or props, and for what we do not collect.
create table @demand (
    asked_on {int} not null,
    league text not null,
    kind text not null,
    calls {int} not null,
    constraint demand_pk primary key (asked_on, league, kind)
) {clustered};
