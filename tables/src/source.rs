//! Where tables come from: a store and what its words mean. Rows are made event by event and handed on in batches, so that it does not
//! matter how many there are.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use jiff::civil::Date;
use odds::market::{Meaning, Words};
use odds::observation::ListingKind;
use odds::player::Directory;
use odds::{EventId, Moment, Seq};
use store::{ListingRow, Store};

use crate::asked::Asked;
use crate::error::Result;
use crate::event::{Place, day_of};
use crate::schema::Table;
use crate::{closing, facts, injuries, odds_table};

/// What slots mean: the providers' knowledge, handed in, so that this room knows no provider.
pub trait Means: Send + Sync {
    /// What the words of a provider's slot mean in a sport; `None` where we do not know.
    fn meaning(&self, provider: &str, sport: &str, words: &Words<'_>) -> Option<Meaning>;
}

/// What takes each batch of rows.
pub type OnBatch<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<()>;

/// Rows after which a batch is handed on.
pub(crate) const ROWS_AT_ONCE: usize = 1 << 16;

/// Where tables come from.
#[derive(Clone)]
pub struct Source {
    /// The store.
    pub store: Arc<Store>,
    /// What words mean.
    pub means: Arc<dyn Means>,
    pub(crate) players: Arc<Directory>,
    /// The last entry when this was made.
    head: Seq,
}

impl Source {
    /// A store with what its words mean, and who is who among players as it stands now.
    ///
    /// # Errors
    /// What the store reports.
    pub fn of(store: Arc<Store>, means: Arc<dyn Means>) -> Result<Self> {
        let (players, head) = (store.players()?, store.head()?.seq);
        Ok(Self { store, means, players, head })
    }

    /// The events that may fit, in the order of their starts as the directory has them; those without a start come last.
    ///
    /// # Errors
    /// What the store reports.
    pub fn places(&self, asked: &Asked) -> Result<Vec<Place>> {
        let mut places = if asked.events.is_empty() { self.all_places(asked.cut.known)? } else { self.some_places(asked)? };
        places.retain(|place| place.listings.iter().any(|listing| asked.wants_sport(&listing.sport, listing.league.as_deref())));
        // today's starts say nothing of those of then
        if asked.cut.as_of == Moment::MAX && asked.cut.known >= self.head {
            places.retain(|place| place.listings.iter().any(|listing| asked.wants_moment(listing.starts_at)));
        }
        Ok(places)
    }

    /// The events that are asked for by name.
    fn some_places(&self, asked: &Asked) -> Result<Vec<Place>> {
        let mut places: Vec<Place> = Vec::with_capacity(asked.events.len());
        for id in &asked.events {
            if let Some(mut event) = self.store.event_known(*id, asked.cut.known)?
                && !places.iter().any(|place| place.id == event.id)
            {
                event.listings.retain(|listing| listing.founded <= asked.cut.known);
                places.push(Place { id: event.id, listings: event.listings });
            }
        }
        Ok(places)
    }

    /// Every event by its listings, in the order of their starts.
    fn all_places(&self, known: Seq) -> Result<Vec<Place>> {
        let mut events: HashMap<EventId, Vec<ListingRow>> = HashMap::new();
        for listing in self.store.listings_known(known)? {
            if listing.kind != ListingKind::InjuryList {
                events.entry(listing.event).or_default().push(listing);
            }
        }
        let mut places: Vec<Place> = events.into_iter().map(|(id, listings)| Place { id, listings: founder_first(id, listings) }).collect();
        let start = |place: &Place| place.listings.iter().find_map(|listing| listing.starts_at).unwrap_or(Moment::MAX);
        places.sort_by_key(|place| (start(place), place.id));
        Ok(places)
    }

    /// The events that may fit, each with the league's day of its start, by what the log says inside the cut.
    ///
    /// # Errors
    /// What the store reports.
    pub fn dated(&self, asked: &Asked) -> Result<Vec<(Option<Date>, Place)>> {
        let places = self.places(asked)?;
        let mut dated = Vec::with_capacity(places.len());
        for place in places {
            let day = self.start_of(asked, &place)?.map(|start| day_of(place.sport(), start));
            dated.push((day, place));
        }
        Ok(dated)
    }

    /// The start that counts: where all listings say the same now, that is known without reading them.
    fn start_of(&self, asked: &Asked, place: &Place) -> Result<Option<Moment>> {
        let mut said = place.listings.iter().map(|listing| listing.starts_at);
        let first = said.next().flatten();
        if asked.cut.as_of == Moment::MAX && said.all(|other| other == first) && asked.cut.known >= self.head {
            return Ok(first);
        }
        Ok(place.read(&self.store, asked.cut)?.and_then(|event| event.starts_at))
    }

    /// Makes a table: `on_batch` takes the rows, in batches, in the order that `docs/tables.md` states.
    ///
    /// # Errors
    /// What the store or `on_batch` reports.
    pub fn make(&self, asked: &Asked, on_batch: OnBatch<'_>) -> Result<()> {
        match asked.table {
            Table::Injuries => injuries::make(self, asked, on_batch),
            _ => self.make_of(asked, &self.places(asked)?, on_batch),
        }
    }

    /// The table `injuries` day by day: a sport, a day and its rows.
    ///
    /// # Errors
    /// What the store reports.
    pub fn injuries_by_day(&self, asked: &Asked) -> Result<Vec<(String, Date, RecordBatch)>> {
        injuries::by_day(self, asked)
    }

    /// The last entry that the log had when this was made.
    #[must_use]
    pub const fn head(&self) -> Seq {
        self.head
    }

    /// The same of events that were looked up before; not for injuries, which are of no event.
    ///
    /// # Errors
    /// What the store or `on_batch` reports.
    pub fn make_of(&self, asked: &Asked, places: &[Place], on_batch: OnBatch<'_>) -> Result<()> {
        let places = self.in_order(asked, places)?;
        match asked.table {
            Table::Odds => odds_table::make(self, asked, &places, on_batch),
            Table::Closing | Table::Props => closing::make(self, asked, &places, on_batch),
            Table::Events | Table::Results | Table::Stats => facts::make(self, asked, &places, on_batch),
            Table::Injuries => Ok(()),
        }
    }

    /// Where some listing of an event says another start than the first, the order is that of the start that counts.
    fn in_order<'a>(&self, asked: &Asked, places: &'a [Place]) -> Result<Vec<&'a Place>> {
        let mut starts = Vec::with_capacity(places.len());
        for place in places {
            starts.push((self.start_of(asked, place)?.unwrap_or(Moment::MAX), place.id, place));
        }
        starts.sort_by_key(|(start, id, _)| (*start, *id));
        Ok(starts.into_iter().map(|(.., place)| place).collect())
    }
}

/// Puts the listing first that founded an event; the others stay in the order in which they were met.
fn founder_first(event: EventId, mut listings: Vec<ListingRow>) -> Vec<ListingRow> {
    listings.sort_by_key(|row| (EventId::founded_by(&row.provider, &row.external_id) != event, row.id));
    listings
}

/// Whether an event inside the cut is of the span and day that are asked for.
pub(crate) fn fits(asked: &Asked, event: &crate::EventKnown) -> bool {
    asked.wants_moment(event.starts_at) && asked.day.is_none_or(|day| day == event.day)
}
