//! How fast markets move by how near the start is: a follower that sums, for each sport of a provider, the changes that looks brought
//! and the time between them. The scheduler weighs its looks by it.
//!
//! Two looks at a listing make one figure. Which was the last is held in memory: a restart forgets one span of each listing, and no sum.

use std::collections::{BTreeMap, HashMap};

use odds::timeline::RowContent;
use odds::{ListingId, Moment};
use store::weights::{MarketSpeed, SPEEDS_FOLLOWER};
use store::{Entry, Following, Result, Store};

use super::follower::Follows;
use crate::schedule::cadence::{LIVE_SECS, Phase};
use crate::schedule::weights::Kind;

/// A longer span between two looks hides how often a price moved in it.
const LONGEST_SECS: f64 = 21_600.0;
/// Listings whose last look is held in memory.
const MOST_LISTINGS: usize = 20_000;

/// The follower that learns speeds.
#[derive(Debug, Default)]
pub struct SpeedsFollower {
    looked: HashMap<(ListingId, Kind), Moment>,
}

/// What one entry brought of a listing: when, markets at books that were read, and changes.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    at: Option<Moment>,
    markets: i64,
    changes: i64,
}

type Sums = BTreeMap<(String, String, &'static str, &'static str), (i64, i64)>;

impl SpeedsFollower {
    /// The name of its cursor.
    pub const NAME: &'static str = SPEEDS_FOLLOWER;

    /// Takes a look in: what moved since the last one, and for how long that was.
    fn take(&mut self, (listing, kind): (ListingId, Kind), look: Look, starts_at: Moment) -> Option<(Phase, i64, i64)> {
        let at = look.at?;
        let before = self.looked.get(&(listing, kind)).copied();
        if before.is_some_and(|before| at <= before) {
            return None;
        }
        self.looked.insert((listing, kind), at);
        let span = at.secs_since(before?);
        let ahead = starts_at.secs() - at.secs();
        let phase = Phase::before_start(ahead).or_else(|| (ahead <= 0 && ahead > -LIVE_SECS).then_some(Phase::Live))?;
        (span <= LONGEST_SECS).then_some((phase, look.changes, (span * look.markets as f64) as i64))
    }
}

/// What an endpoint's replies are about; `None` where they bring no prices that the scheduler weighs.
fn kind_of(endpoint: &str) -> Option<Kind> {
    match endpoint {
        _ if endpoint.contains("event_odds") || endpoint.contains("props") => Some(Kind::Props),
        _ if endpoint.contains("odds") => Some(Kind::Odds),
        _ => None,
    }
}

fn looks(entry: &Entry) -> BTreeMap<ListingId, Look> {
    let mut looks: BTreeMap<ListingId, Look> = BTreeMap::new();
    for (listing, row) in &entry.rows {
        let look = looks.entry(*listing).or_default();
        match &row.content {
            RowContent::Cover(cover, _) => {
                look.at = look.at.max(Some(row.order.at));
                look.markets += cover.cells.len() as i64;
            }
            RowContent::Changes(changes) => look.changes += changes.len() as i64,
            RowContent::Missed(_) | RowContent::Facts(_) => {}
        }
    }
    looks
}

impl Follows for SpeedsFollower {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn apply(&mut self, following: &mut Following<'_>, store: &Store, entries: &[Entry]) -> Result<()> {
        let mut starts: HashMap<ListingId, Option<Moment>> = HashMap::new();
        let mut sums = Sums::new();
        if self.looked.len() > MOST_LISTINGS {
            self.looked.clear();
        }
        for entry in entries {
            let Some(kind) = kind_of(&entry.endpoint) else { continue };
            for (listing, look) in looks(entry).into_iter().filter(|(_, look)| look.markets > 0) {
                let start = match starts.get(&listing) {
                    Some(start) => *start,
                    None => *starts.entry(listing).or_insert(store.listing(listing)?.and_then(|row| row.starts_at)),
                };
                let Some(start) = start else { continue };
                if let Some((phase, changes, secs)) = self.take((listing, kind), look, start) {
                    let sum = sums.entry((entry.provider.clone(), entry.sport.clone(), kind.as_str(), phase.key())).or_default();
                    *sum = (sum.0 + changes, sum.1 + secs);
                }
            }
        }
        for ((provider, sport, kind, phase), (changes, market_secs)) in sums {
            let (kind, phase) = (kind.to_owned(), phase.to_owned());
            following.add_market_speed(&provider, &MarketSpeed { sport, kind, phase, changes, market_secs })?;
        }
        Ok(())
    }

    fn at_head(&mut self, _: &mut Following<'_>, _: &Store, _: odds::Seq, _: Moment) -> Result<bool> {
        Ok(false)
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn drop_all(&mut self, following: &mut Following<'_>) -> Result<()> {
        following.drop_market_speeds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: Moment) -> Look {
        Look { at: Some(at), markets: 10, changes: 4 }
    }

    #[test]
    fn two_looks_make_one_figure_and_a_late_or_rare_one_makes_none() {
        let start: Moment = "2026-10-18T17:00:00Z".parse().unwrap();
        let (mut follower, of) = (SpeedsFollower::default(), (ListingId(1), Kind::Odds));
        assert_eq!(follower.take(of, look(start.plus_secs(-2000)), start), None, "the first look tells of no span");
        assert_eq!(follower.take(of, look(start.plus_secs(-1700)), start), Some((Phase::Hour, 4, 3000)));
        assert_eq!(follower.take(of, look(start.plus_secs(-1800)), start), None, "a late reply");
        assert_eq!(follower.take((ListingId(1), Kind::Props), look(start.plus_secs(-1600)), start), None, "props are looked at apart");
        assert_eq!(follower.take(of, look(start.plus_secs(60)), start), Some((Phase::Live, 4, 17_600)));
        assert_eq!(follower.take(of, look(start.plus_secs(60 + 30_000)), start), None, "too long a span, and long over");
    }

    #[test]
    fn endpoints_tell_what_they_bring() {
        assert_eq!(
            ["odds", "event_odds", "historical_event_odds", "scores"].map(kind_of),
            [Some(Kind::Odds), Some(Kind::Props), Some(Kind::Props), None]
        );
    }
}
