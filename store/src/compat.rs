//! What an API in a provider's own shape asks of the store: listings by that provider's sport or our league, the catalogue
//! by kind, and the moments at which a sport was observed.

use std::collections::HashSet;

use odds::Moment;

use crate::directory::ListingRow;
use crate::engine::{Connection, Keys};
use crate::error::Result;
use crate::sealed::Sealed;
use crate::store::Store;

/// A row of a provider's catalogue, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The provider's key.
    pub key: String,
    /// The name for people.
    pub title: String,
    /// Further properties as JSON, or empty.
    pub detail: String,
    /// When it was last told anew.
    pub observed_at: Moment,
}

/// Which listings are meant: those of a provider's sport, and those of any provider in one of our leagues.
#[derive(Debug, Clone, Copy)]
pub struct Under<'a> {
    /// The provider's key.
    pub provider: &'a str,
    /// The provider's sport key.
    pub sport: &'a str,
    /// Our league, where it has one.
    pub league: Option<&'a str>,
    /// They start no earlier than this.
    pub from: Moment,
    /// They start no later than this.
    pub to: Moment,
}

/// Which observations are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// Replies with the prices of many listings.
    Sweeps,
    /// Any reply that brought the listing.
    Anything,
}

/// The moments around an observation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Around {
    /// The latest in or before the second that was asked about.
    pub at: Option<Moment>,
    /// The latest before that one's second.
    pub previous: Option<Moment>,
    /// The first after its second.
    pub next: Option<Moment>,
}

const SECOND: i64 = 1_000_000;

/// The last micro-second of a moment's second: an answer in whole seconds leads back to what it speaks of.
#[must_use]
pub const fn end_of_second(at: Moment) -> Moment {
    Moment::from_micros(at.secs() * SECOND + SECOND - 1)
}

impl Store {
    /// Catalogue rows of a provider and kind whose key begins with `prefix`, by key.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn named(&self, provider: &str, kind: &str, prefix: &str) -> Result<Vec<Named>> {
        let end = format!("{prefix}\u{10ffff}");
        self.read(|connection| {
            let mut rows = Vec::new();
            let sql = "select key, title, detail, observed_at from @catalogue where provider = $1 and kind = $2 and key >= $3 and key < $4 order by key";
            connection.query(sql, &[provider.into(), kind.into(), prefix.into(), (&end).into()], &mut |row| {
                rows.push(Named {
                    key: row.text(0)?.to_owned(),
                    title: row.text(1)?.to_owned(),
                    detail: row.text(2)?.to_owned(),
                    observed_at: Moment::from_micros(row.int(3)?),
                });
                Ok(())
            })?;
            rows.retain(|row| row.key.starts_with(prefix));
            Ok(rows)
        })
    }

    /// Listings of a sport and league that start in a span, by start.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_under(&self, under: &Under<'_>) -> Result<Vec<ListingRow>> {
        self.read(|connection| crate::directory::under(connection, under))
    }

    /// The sport keys under which a provider has listings.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sports_of(&self, provider: &str) -> Result<Vec<String>> {
        self.read(|connection| texts(connection, "select distinct sport from @listings where provider = $1 order by sport", provider))
    }

    /// The observations of some listings around a moment: of their sweeps, or of anything that brought them.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn observed_around(&self, listings: &[ListingRow], asked: Moment, which: Observed) -> Result<Around> {
        self.read(|connection| {
            let looks = Looks { listings, which };
            let Some(at) = looks.latest(connection, end_of_second(asked))? else {
                return Ok(Around { next: looks.first(connection, end_of_second(asked))?, ..Around::default() });
            };
            let before = Moment::from_micros(at.secs() * SECOND - 1);
            Ok(Around { at: Some(at), previous: looks.latest(connection, before)?, next: looks.first(connection, end_of_second(at))? })
        })
    }
}

fn texts(connection: &mut dyn Connection, sql: &'static str, param: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    connection.query(sql, &[param.into()], &mut |row| {
        found.push(row.text(0)?.to_owned());
        Ok(())
    })?;
    Ok(found)
}

fn one(connection: &mut dyn Connection, sql: &'static str, listing: &ListingRow, moment: Moment) -> Result<Option<Moment>> {
    let mut found = None;
    connection.query(sql, &[listing.id.0.into(), moment.into()], &mut |row| {
        found = Some(Moment::from_micros(row.int(0)?));
        Ok(())
    })?;
    Ok(found)
}

/// When some listings were observed.
struct Looks<'a> {
    listings: &'a [ListingRow],
    which: Observed,
}

/// Look-ups in the covers' key, listing by listing: no index of its own is needed. What is sealed is asked for after what lies open, so
/// that neither is missed while somebody seals.
impl Looks<'_> {
    fn latest(&self, connection: &mut dyn Connection, until: Moment) -> Result<Option<Moment>> {
        let sql = match self.which {
            Observed::Sweeps => {
                "select c.observed_at from @covers c join @entries e on e.seq = c.seq where c.listing_id = $1 and c.observed_at <= $2
                and e.endpoint in ('odds', 'historical_odds', 'scoreboard', 'fixtures', 'season') order by c.observed_at desc limit 1"
            }
            Observed::Anything => {
                "select observed_at from @covers where listing_id = $1 and observed_at <= $2 order by observed_at desc limit 1"
            }
        };
        let open = self
            .listings
            .iter()
            .try_fold(None, |found, listing| Ok::<_, crate::error::StoreError>(found.max(one(connection, sql, listing, until)?)))?;
        Ok(self.sealed(connection)?.into_iter().filter(|at| *at <= until).max().max(open))
    }

    fn first(&self, connection: &mut dyn Connection, after: Moment) -> Result<Option<Moment>> {
        let sql = match self.which {
            Observed::Sweeps => {
                "select c.observed_at from @covers c join @entries e on e.seq = c.seq where c.listing_id = $1 and c.observed_at > $2
                and e.endpoint in ('odds', 'historical_odds', 'scoreboard', 'fixtures', 'season') order by c.observed_at limit 1"
            }
            Observed::Anything => "select observed_at from @covers where listing_id = $1 and observed_at > $2 order by observed_at limit 1",
        };
        let mut found = Vec::new();
        for listing in self.listings {
            found.extend(one(connection, sql, listing, after)?);
        }
        found.extend(self.sealed(connection)?.into_iter().filter(|at| *at > after));
        Ok(found.into_iter().min())
    }

    /// When those that are sealed were observed.
    fn sealed(&self, connection: &mut dyn Connection) -> Result<Vec<Moment>> {
        let ids: Vec<i64> = self.listings.iter().map(|listing| listing.id.0).collect();
        let parts = Sealed::of_many(connection, &ids)?.parts()?;
        let mut covered: Vec<(i64, Moment)> = parts
            .iter()
            .flat_map(|part| &part.places)
            .filter(|place| place.is_covered)
            .map(|place| (place.seq.0, place.order.at))
            .collect();
        if self.which == Observed::Sweeps && !covered.is_empty() {
            let seqs: HashSet<i64> = covered.iter().map(|(seq, _)| *seq).collect();
            let mut sweeps = HashSet::new();
            let sql = "select seq from @entries where seq in $keys and endpoint in ('odds', 'historical_odds', 'scoreboard', 'fixtures', 'season')";
            connection.for_keys(sql, Keys::Ints(&seqs.into_iter().collect::<Vec<_>>()), &mut |row| {
                sweeps.insert(row.int(0)?);
                Ok(())
            })?;
            covered.retain(|(seq, _)| sweeps.contains(seq));
        }
        Ok(covered.into_iter().map(|(_, at)| at).collect())
    }
}
