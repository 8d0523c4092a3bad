-- A person's decisions: what was decided, where that is more than what the listing is from then on (refused, undone); the other listing
-- of a pair that is never to be offered again; the entry whose decisions were taken back; and what kind of name is spoken of.
alter table @decisions add column what text;
alter table @decisions add column other_id {int};
alter table @decisions add column undoes {int};
alter table @decisions add column subject text not null default 'listing';
-- pairs that are never to be offered again
create index decisions_refused on @decisions (listing_id) where what = 'refused';
-- decisions that were taken back
create index decisions_undoes on @decisions (undoes) where undoes is not null;

-- What a key may beside reading: nothing, or decide.
alter table @keys add column may text not null default '';
