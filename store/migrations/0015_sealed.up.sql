-- What many replies left in a listing that is over: its blocks and covers in few bytes (the crate odds, module sealed). Every open row of the
-- listing up to the entry `up_to` was moved here.
create table @sealed (
    listing_id {int} not null,
    first_seq {int} not null,
    last_seq {int} not null,
    up_to {int} not null,
    places {int} not null,
    n {int} not null,
    changes {blob} not null,
    covers {blob} not null,
    constraint sealed_pk primary key (listing_id, first_seq)
) {clustered};
-- followers: what an entry brought
create index sealed_seq on @sealed (last_seq);
