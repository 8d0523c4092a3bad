//! The directory: which listings there are, and which events they are.

use odds::id::{ListingId, Seq};
use odds::observation::ListingKind;
use odds::{EventId, Moment};

use crate::engine::{Connection, Row};
use crate::error::{Result, StoreError};
use crate::log::Appending;
use crate::store::Store;

/// A listing as the directory shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingRow {
    /// Its number in this store.
    pub id: ListingId,
    /// The provider.
    pub provider: String,
    /// The provider's id of it.
    pub external_id: String,
    /// The provider's sport key.
    pub sport: String,
    /// What kind of listing.
    pub kind: ListingKind,
    /// The event that it is.
    pub event: EventId,
    /// Our league, where we know it.
    pub league: Option<String>,
    /// When it starts, as known today.
    pub starts_at: Option<Moment>,
    /// Where it stands, as known today.
    pub status: Option<String>,
    /// The home participant, in the provider's words.
    pub home: Option<String>,
    /// The away participant.
    pub away: Option<String>,
    /// Whether any quote of it stands.
    pub is_standing: bool,
    /// The entry that met it first.
    pub founded: Seq,
}

/// An event: the listings that are it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// Its listings, the founding one first.
    pub listings: Vec<ListingRow>,
    /// The id that it was asked for by, where that is another one.
    pub asked_as: Option<String>,
}

macro_rules! listing {
    ($tail:literal) => {
        concat!(
            "select listing_id, provider, external_id, sport, kind, event_id, league, starts_at, status, home, away, is_standing, founded_seq from @listings ",
            $tail
        )
    };
}

pub(crate) use listing;

pub(crate) fn read(row: &dyn Row) -> Result<ListingRow> {
    let event = row.text(5)?;
    Ok(ListingRow {
        id: ListingId(row.int(0)?),
        provider: row.text(1)?.to_owned(),
        external_id: row.text(2)?.to_owned(),
        sport: row.text(3)?.to_owned(),
        kind: ListingKind::from_word(row.text(4)?).ok_or_else(|| StoreError::damaged("a listing", "unknown kind"))?,
        event: event.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a listing", error))?,
        league: row.opt_text(6)?.map(str::to_owned),
        starts_at: row.opt_int(7)?.map(Moment::from_micros),
        status: row.opt_text(8)?.map(str::to_owned),
        home: row.opt_text(9)?.map(str::to_owned),
        away: row.opt_text(10)?.map(str::to_owned),
        is_standing: row.int(11)? != 0,
        founded: Seq(row.int(12)?),
    })
}

pub(crate) fn all(connection: &mut dyn Connection, sql: &'static str, params: &[crate::engine::Param<'_>]) -> Result<Vec<ListingRow>> {
    let mut rows = Vec::new();
    connection.query(sql, params, &mut |row| {
        rows.push(read(row)?);
        Ok(())
    })?;
    Ok(rows)
}

/// Puts the listing first that founded an event; the others stay in the order in which they were met.
pub(crate) fn founder_first(event: EventId, rows: &mut [ListingRow]) {
    rows.sort_by_key(|row| (EventId::founded_by(&row.provider, &row.external_id) != event, row.id));
}

/// Listings of a provider's sport, or of a league, that start in a span.
pub(crate) fn under(connection: &mut dyn Connection, under: &crate::compat::Under<'_>) -> Result<Vec<ListingRow>> {
    let sql = listing!(
        "where ((provider = $1 and sport = $2) or league = $3) and starts_at >= $4 and starts_at <= $5 order by starts_at, listing_id"
    );
    all(connection, sql, &[under.provider.into(), under.sport.into(), under.league.into(), under.from.into(), under.to.into()])
}

impl Appending<'_> {
    /// The listings of a provider's sport with a quote that stands.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn standing_listings(&mut self, provider: &str, sport: &str) -> Result<Vec<ListingRow>> {
        self.flush_looks()?;
        let sql = listing!("where provider = $1 and sport = $2 and is_standing = 1 order by listing_id");
        all(self.connection, sql, &[provider.into(), sport.into()])
    }

    /// Makes a listing an event's from now on.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn set_event(&mut self, listing: ListingId, event: EventId) -> Result<()> {
        self.flush_looks()?;
        self.met.forget_rows();
        let event = event.to_string();
        self.connection.execute("update @listings set event_id = $1 where listing_id = $2", &[(&event).into(), listing.0.into()]).map(drop)
    }
}

impl Store {
    /// A listing by its number.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listing(&self, id: ListingId) -> Result<Option<ListingRow>> {
        self.read(|connection| Ok(all(connection, listing!("where listing_id = $1"), &[id.0.into()])?.pop()))
    }

    /// A listing by its number, with the event that it was by the decisions up to an entry.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listing_known(&self, id: ListingId, known: Seq) -> Result<Option<ListingRow>> {
        self.read(|connection| {
            let Some(mut listing) = all(connection, listing!("where listing_id = $1"), &[id.0.into()])?.pop() else { return Ok(None) };
            let sql = "select event_id from @decisions where listing_id = $1 and seq <= $2 order by seq desc, i desc limit 1";
            connection.query(sql, &[id.0.into(), known.0.into()], &mut |row| {
                listing.event = row.text(0)?.parse().map_err(|error: odds::id::NotAnId| StoreError::damaged("a decision", error))?;
                Ok(())
            })?;
            Ok(Some(listing))
        })
    }

    /// A listing by the provider's id.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listing_of(&self, provider: &str, external_id: &str) -> Result<Option<ListingRow>> {
        self.read(|connection| {
            Ok(all(connection, listing!("where provider = $1 and external_id = $2"), &[provider.into(), external_id.into()])?.pop())
        })
    }

    /// An event and its listings; `None` where no listing is it.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn event(&self, id: EventId) -> Result<Option<EventRow>> {
        let text = id.to_string();
        let mut listings =
            self.read(|connection| all(connection, listing!("where event_id = $1 order by listing_id"), &[(&text).into()]))?;
        founder_first(id, &mut listings);
        Ok((!listings.is_empty()).then_some(EventRow { id, listings, asked_as: None }))
    }

    /// All listings that start in a span, or have no start, of every provider.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_between(&self, from: Moment, to: Moment) -> Result<Vec<ListingRow>> {
        let sql = listing!("where starts_at >= $1 and starts_at <= $2 order by starts_at, listing_id");
        self.read(|connection| all(connection, sql, &[from.into(), to.into()]))
    }

    /// The listings of a provider's sport that start in a span.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_of_sport(&self, provider: &str, sport: &str, from: Moment, to: Moment) -> Result<Vec<ListingRow>> {
        let sql = listing!("where sport = $1 and starts_at >= $2 and starts_at <= $3 and provider = $4 order by starts_at, listing_id");
        self.read(|connection| all(connection, sql, &[sport.into(), from.into(), to.into(), provider.into()]))
    }

    /// The listings of one of our leagues that start in a span, whoever lists them.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn listings_of_league(&self, league: &str, from: Moment, to: Moment) -> Result<Vec<ListingRow>> {
        let sql = listing!("where league = $1 and starts_at >= $2 and starts_at <= $3 order by starts_at, listing_id");
        self.read(|connection| all(connection, sql, &[league.into(), from.into(), to.into()]))
    }

    /// The same, without those of which only the day of the start is known: the hour that stands for it is nobody's.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn timed_listings_of_league(&self, league: &str, from: Moment, to: Moment) -> Result<Vec<ListingRow>> {
        let sql = listing!(
            "where league = $1 and starts_at >= $2 and starts_at <= $3 and not exists (select 1 from @facts f
                where f.listing_id = @listings.listing_id and f.kind = 10 and f.subject = 'start' and f.value is not null)
            order by starts_at, listing_id"
        );
        self.read(|connection| all(connection, sql, &[league.into(), from.into(), to.into()]))
    }

    /// Every listing, in the order of the providers' ids.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn all_listings(&self) -> Result<Vec<ListingRow>> {
        self.read(|connection| all(connection, listing!("order by provider, external_id"), &[]))
    }
}
