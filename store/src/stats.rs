//! Which listings tell what players did: by the rows of the rows follower, as they stand now.

use odds::ListingId;

use crate::error::Result;
use crate::store::Store;

/// A place in the pages of a player's games: the start (0 where none is known) and the listing.
pub type StatPlace = (i64, ListingId);

impl Store {
    /// Every name of a player of whom it is told what he did.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn stat_players(&self) -> Result<Vec<String>> {
        self.read(|connection| {
            let mut names = Vec::new();
            connection.query("select distinct player from @stat_lines order by player", &[], &mut |row| {
                names.push(row.text(0)?.to_owned());
                Ok(())
            })?;
            Ok(names)
        })
    }

    /// The listings that tell what a player of exactly this name did, the newest start first, from behind a place on.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn stat_listings(&self, player: &str, after: Option<StatPlace>, limit: usize) -> Result<Vec<StatPlace>> {
        let (start, listing) = after.unwrap_or((i64::MAX, ListingId(i64::MAX)));
        let sql = "select coalesce(l.starts_at, 0), l.listing_id from @stat_lines p join @listings l on l.listing_id = p.listing_id
            where p.player = $1 and (coalesce(l.starts_at, 0) < $2 or (coalesce(l.starts_at, 0) = $2 and l.listing_id < $3))
            group by l.listing_id, l.starts_at order by coalesce(l.starts_at, 0) desc, l.listing_id desc limit $4";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut places = Vec::new();
            connection.query(sql, &[player.into(), start.into(), listing.0.into(), limit.into()], &mut |row| {
                places.push((row.int(0)?, ListingId(row.int(1)?)));
                Ok(())
            })?;
            Ok(places)
        })
    }
}
