drop index @listings_founded;
drop index @listings_by_start;
