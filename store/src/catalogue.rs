//! What is known by name: sports, books, markets, teams and players, as the providers call them.

use odds::observation::{CatalogueKind, FactKind};
use odds::{Line, Seq};

use crate::engine::Param;
use crate::error::{Result, StoreError};
use crate::read::Cut;
use crate::store::Store;

/// A name that a provider gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The provider.
    pub provider: String,
    /// Its key.
    pub key: String,
    /// The name for people.
    pub title: String,
    /// Further properties as JSON, or empty.
    pub detail: String,
}

/// How many listings stand behind a provider's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyCount {
    /// The provider.
    pub provider: String,
    /// Its key of a sport or book.
    pub key: String,
    /// Our league, where we know it; empty for books.
    pub league: Option<String>,
    /// Listings.
    pub listings: i64,
}

/// A market that was seen, with one of its outcomes, from which its meaning can be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarketKnown {
    /// The provider.
    pub provider: String,
    /// The provider's sport key.
    pub sport: String,
    /// The provider's market key.
    pub market: String,
    /// Listings in which it was seen.
    pub listings: i64,
    /// A book that had it.
    pub book: String,
    /// An outcome of it: name, description, point.
    pub outcome: Option<(String, String, Option<Line>)>,
}

/// A participant of contests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TeamKnown {
    /// The provider.
    pub provider: String,
    /// The provider's sport key.
    pub sport: String,
    /// Our league, where we know it.
    pub league: Option<String>,
    /// The provider's name of it.
    pub name: String,
}

/// Somebody whom a market was about: a player, unless the market's meaning says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlayerKnown {
    /// The provider.
    pub provider: String,
    /// The provider's sport key.
    pub sport: String,
    /// Our league, where we know it.
    pub league: Option<String>,
    /// A market about him.
    pub market: String,
    /// An outcome's name in it.
    pub outcome: String,
    /// The provider's words for him.
    pub name: String,
}

impl Store {
    /// The names of a kind that providers gave, by provider and key.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn catalogue(&self, kind: CatalogueKind) -> Result<Vec<Named>> {
        self.catalogue_known(kind, Cut::ALL.known)
    }

    /// The same as recorded up to an entry. Only the newest wording is kept: what was worded otherwise then is left out.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn catalogue_known(&self, kind: CatalogueKind, known: Seq) -> Result<Vec<Named>> {
        let sql = "select provider, key, title, detail from @catalogue where kind = $1 and seq <= $2 order by provider, key";
        self.collect(sql, &[kind.as_str().into(), known.0.into()], &|row| {
            Ok(Named {
                provider: row.text(0)?.to_owned(),
                key: row.text(1)?.to_owned(),
                title: row.text(2)?.to_owned(),
                detail: row.text(3)?.to_owned(),
            })
        })
    }

    /// A provider's keys of a kind.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn catalogue_keys(&self, provider: &str, kind: CatalogueKind) -> Result<Vec<String>> {
        let sql = "select key from @catalogue where provider = $1 and kind = $2";
        self.collect(sql, &[provider.into(), kind.as_str().into()], &|row| Ok(row.text(0)?.to_owned()))
    }

    /// Each provider's sports that have listings.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sports_listed(&self) -> Result<Vec<KeyCount>> {
        self.sports_known(Cut::ALL.known)
    }

    /// The same as recorded up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sports_known(&self, known: Seq) -> Result<Vec<KeyCount>> {
        let sql = "select provider, sport, league, count(*) from @listings where founded_seq <= $1
            group by provider, sport, league order by provider, sport, league";
        self.collect(sql, &[known.0.into()], &|row| {
            Ok(KeyCount {
                provider: row.text(0)?.to_owned(),
                key: row.text(1)?.to_owned(),
                league: row.opt_text(2)?.map(str::to_owned),
                listings: row.int(3)?,
            })
        })
    }

    /// Each provider's books that were in listings, as recorded up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn books_known(&self, known: Seq) -> Result<Vec<KeyCount>> {
        let sql = "select l.provider, c.book, count(distinct c.listing_id) from @cells c join @listings l on l.listing_id = c.listing_id
            where c.seq <= $1 group by l.provider, c.book order by l.provider, c.book";
        self.collect(sql, &[known.0.into()], &|row| {
            Ok(KeyCount { provider: row.text(0)?.to_owned(), key: row.text(1)?.to_owned(), league: None, listings: row.int(2)? })
        })
    }

    /// Each provider's markets that were seen, by sport, as recorded up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn markets_known(&self, known: Seq) -> Result<Vec<MarketKnown>> {
        let sql = "select l.provider, l.sport, c.market, count(distinct c.listing_id), min(c.listing_id)
            from @cells c join @listings l on l.listing_id = c.listing_id where c.market <> '' and c.seq <= $1
            group by l.provider, l.sport, c.market order by l.provider, l.sport, c.market";
        let mut markets = self.collect(sql, &[known.0.into()], &|row| {
            let market = MarketKnown {
                provider: row.text(0)?.to_owned(),
                sport: row.text(1)?.to_owned(),
                market: row.text(2)?.to_owned(),
                listings: row.int(3)?,
                book: String::new(),
                outcome: None,
            };
            Ok((market, row.int(4)?))
        })?;
        let sql =
            "select c.book, s.name, s.description, s.point from @cells c join @slots s on s.listing_id = c.listing_id and s.cell = c.cell
            where c.listing_id = $1 and c.market = $2 and s.seq <= $3 order by s.slot limit 1";
        for (market, listing) in &mut markets {
            let outcome = self.collect(sql, &[(*listing).into(), (&market.market).into(), known.0.into()], &|row| {
                let point = row.opt_int(3)?.and_then(|milli| i32::try_from(milli).ok()).map(Line::from_milli);
                Ok((row.text(0)?.to_owned(), (row.text(1)?.to_owned(), row.text(2)?.to_owned(), point)))
            })?;
            if let Some((book, outcome)) = outcome.into_iter().next() {
                (market.book, market.outcome) = (book, Some(outcome));
            }
        }
        Ok(markets.into_iter().map(|(market, _)| market).collect())
    }

    /// Every name that a side of a contest has.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn teams_listed(&self) -> Result<Vec<TeamKnown>> {
        let sql = "select provider, sport, league, home from @listings where kind = 'contest' and home is not null
            union select provider, sport, league, away from @listings where kind = 'contest' and away is not null order by 4, 1, 2";
        self.collect(sql, &[], &team)
    }

    /// Every name that a side of a contest had been given inside a cut.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn teams_known(&self, cut: Cut) -> Result<Vec<TeamKnown>> {
        let sql = "select distinct l.provider, l.sport, l.league, f.value from @facts f join @listings l on l.listing_id = f.listing_id
            where l.kind = 'contest' and f.kind in ($1, $2) and f.value is not null and f.observed_at <= $3 and f.seq <= $4 order by 4, 1, 2";
        let [home, away] = [FactKind::Home, FactKind::Away].map(|kind| kind as i64);
        self.collect(sql, &[home.into(), away.into(), cut.as_of.into(), cut.known.0.into()], &team)
    }

    /// Everybody whom a market's outcomes were about, once for each market, as recorded up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn players_known(&self, known: Seq) -> Result<Vec<PlayerKnown>> {
        let sql = "select l.provider, l.sport, l.league, c.market, min(s.name), s.description from @slots s
            join @cells c on c.listing_id = s.listing_id and c.cell = s.cell join @listings l on l.listing_id = s.listing_id
            where s.description <> '' and s.seq <= $1 group by l.provider, l.sport, l.league, c.market, s.description order by 6, 1, 2, 4";
        self.collect(sql, &[known.0.into()], &|row| {
            Ok(PlayerKnown {
                provider: row.text(0)?.to_owned(),
                sport: row.text(1)?.to_owned(),
                league: row.opt_text(2)?.map(str::to_owned),
                market: row.text(3)?.to_owned(),
                outcome: row.text(4)?.to_owned(),
                name: row.text(5)?.to_owned(),
            })
        })
    }

    /// Every row of an answer.
    pub(crate) fn collect<T>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
        read: &dyn Fn(&dyn crate::engine::Row) -> Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(|connection| {
            let mut rows = Vec::new();
            connection.query(sql, params, &mut |row| {
                rows.push(read(row)?);
                Ok(())
            })?;
            Ok(rows)
        })
    }
}

fn team(row: &dyn crate::engine::Row) -> Result<TeamKnown> {
    Ok(TeamKnown {
        provider: row.text(0)?.to_owned(),
        sport: row.text(1)?.to_owned(),
        league: row.opt_text(2)?.map(str::to_owned),
        name: row.text(3)?.to_owned(),
    })
}
