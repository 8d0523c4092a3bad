-- What production needs: the indexes that a large store was found to miss (tests explain every hot statement), and of PostgreSQL alone
-- partitions of odds_changes by time, vacuum of tables that only grow, and each index named with its query.

-- followers: the listings that an entry founded
create index listings_founded on @listings (founded_seq);
-- pages of events by start; who has none comes last
create index listings_by_start on @listings ((coalesce(starts_at, 253370764800000000)), listing_id);
