//! Going through events by their starts, a page at a time: what every list of events has in common.

use odds::id::{ListingId, Seq};
use odds::{EventId, Moment};
use store::{EventRow, EventsAsked, ListingRow};

use crate::asked::{EventPlace, When, cursor, is_named, is_wanted, place};
use crate::contest::{self, Event, is_of_sport};
use crate::problem::Problem;
use crate::sides::{self, EventSides};
use crate::state::State;

/// Which events are wanted.
pub struct Walk<'a> {
    /// Sports, leagues or providers' keys.
    pub sport: Option<&'a String>,
    /// Statuses.
    pub status: Option<&'a String>,
    /// A part of a participant's name.
    pub participant: Option<&'a String>,
    /// No earlier start.
    pub from: Option<Moment>,
    /// No later start.
    pub to: Option<Moment>,
    /// No event of an earlier day of its league than the day before the one asked about.
    pub is_recent: bool,
    /// Where the former page ended.
    pub cursor: Option<&'a String>,
    /// How many.
    pub limit: usize,
    /// As of when.
    pub when: When,
}

/// An event on the way.
pub struct Met {
    /// Its listings.
    pub row: EventRow,
    /// Its sides, where they are known.
    pub sides: Option<EventSides>,
    /// As it is shown.
    pub event: Event,
}

const CHUNK: i64 = 200;
/// A start on the league's day before today's is no longer ago than this, in whatever zone.
const RECENT_SECS: i64 = 50 * 3600;
/// A page looks at no more events than this, so that a filter that fits nothing ends; the cursor goes on from there.
const MOST_LOOKED_AT: usize = 2000;

impl Walk<'_> {
    /// Hands on each event that fits until `limit` were taken; gives where the next page begins.
    ///
    /// # Errors
    /// What the store reports, or a cursor that is none.
    pub fn each(&self, state: &State, mut on_event: impl FnMut(Met) -> Result<bool, Problem>) -> Result<Option<String>, Problem> {
        let mut after = self.start()?;
        let (mut taken, mut looked_at) = (0, 0);
        loop {
            let rows = state.store.events_by_start(self.asked(after))?;
            for row in &rows {
                after = (row.starts_at.unwrap_or(Moment::MAX), row.id);
                looked_at += 1;
                if let Some(met) = self.meet(state, row)?
                    && on_event(met)?
                {
                    taken += 1;
                }
                if taken == self.limit || looked_at == MOST_LOOKED_AT {
                    return self.rest(state, after);
                }
            }
            if rows.len() < CHUNK as usize {
                return Ok(None);
            }
        }
    }

    /// A page that ends exactly where the list does has no next.
    fn rest(&self, state: &State, after: EventPlace) -> Result<Option<String>, Problem> {
        let more = state.store.events_by_start(EventsAsked { limit: 1, ..self.asked(after) })?;
        Ok((!more.is_empty()).then(|| place(&[after.0.micros(), after.1.0])))
    }

    fn start(&self) -> Result<EventPlace, Problem> {
        let start = cursor::<2>(self.cursor)?;
        Ok(start.map_or((Moment::MIN, ListingId(0)), |[at, listing]| (Moment::from_micros(at), ListingId(listing))))
    }

    /// Starts move: as of an earlier moment every event is looked at, for today's start says nothing of the one of then.
    fn asked(&self, after: EventPlace) -> EventsAsked {
        let recent = self.is_recent.then(|| self.when.at.plus_secs(-RECENT_SECS));
        let (from, to) = if self.when.is_now() { (self.from.or(recent), self.to) } else { (None, None) };
        EventsAsked { from: from.unwrap_or(Moment::MIN), to: to.unwrap_or(Moment::MAX), after, limit: CHUNK }
    }

    fn meet(&self, state: &State, founder: &ListingRow) -> Result<Option<Met>, Problem> {
        let Some(row) = listings(state, founder.event, self.when.cut.known)? else { return Ok(None) };
        if !row.listings.iter().any(|listing| is_of_sport(listing, self.sport)) {
            return Ok(None);
        }
        let told = contest::told(state, &row, self.when)?;
        let event = contest::event(&row, &told).filter(|event| self.fits(event));
        let sides = sides::of(&told);
        Ok(event.map(|event| Met { row, sides, event }))
    }

    fn fits(&self, event: &Event) -> bool {
        let starts_at = event.starts_at.unwrap_or(Moment::MAX);
        let names = [&event.home, &event.away, &event.title];
        self.from.is_none_or(|from| from <= starts_at)
            && (!self.is_recent || is_recent(&event.sport, starts_at, self.when.at))
            && self.to.is_none_or(|to| starts_at <= to)
            && self.status.is_none_or(|_| event.status.as_deref().is_some_and(|status| is_wanted(self.status, status)))
            && (self.participant.is_none() || names.into_iter().flatten().any(|name| is_named(self.participant, name)))
    }
}

/// Whether a start lies on the league's own day before today's, or later.
fn is_recent(sport: &str, starts_at: Moment, at: Moment) -> bool {
    let zone = odds::sport::league(sport).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    let today = at.day_in(&zone);
    starts_at.day_in(&zone) >= today.yesterday().unwrap_or(today)
}

fn listings(state: &State, event: EventId, known: Seq) -> Result<Option<EventRow>, Problem> {
    Ok(state.store.event_known(event, known)?)
}
