//! An event as every table has it: its listings, its start and its day, its sides and how it ended, by the facts inside a cut.

use jiff::civil::Date;
use odds::board::{Board, Order};
use odds::joined;
use odds::market::is_player_key;
use odds::observation::{EventStatus, FactKind, ListingKind};
use odds::settlement::{Ended, Told};
use odds::sides::{EventSides, is_turned};
use odds::sport::League;
use odds::stat::StatLine;
use odds::{EventId, Moment};
use store::{Cut, ListingRow, Store, StoreError};

use crate::error::Result;
use crate::frame::Cell;

/// The listings that are an event, the founding one first, with what the directory says of its day.
#[derive(Debug, Clone)]
pub struct Place {
    /// The event.
    pub id: EventId,
    /// Its listings.
    pub listings: Vec<ListingRow>,
}

impl Place {
    /// The sport as the tables name it: our league, or the provider's key.
    #[must_use]
    pub fn sport(&self) -> &str {
        let league = self.listings.iter().find_map(|listing| listing.league.as_deref());
        league.or(self.listings.first().map(|listing| listing.sport.as_str())).unwrap_or_default()
    }

    /// The event by the facts inside a cut; `None` where nothing was said of it by then.
    ///
    /// # Errors
    /// What the store reports.
    pub fn read(&self, store: &Store, cut: Cut) -> Result<Option<EventKnown>> {
        let mut known = Vec::with_capacity(self.listings.len());
        for listing in &self.listings {
            if let Some(board) = store.facts_at(listing.id, cut)? {
                known.push((listing.clone(), board));
            }
        }
        Ok((!known.is_empty()).then(|| EventKnown::of(self, known)))
    }
}

/// The days since 1970-01-01 of a moment in a sport's own zone.
pub(crate) fn day_of(sport: &str, at: Moment) -> Date {
    at.day_in(&odds::sport::league(sport).map_or(jiff::tz::TimeZone::UTC, League::time_zone))
}

/// A day as Arrow counts it: from 1970-01-01.
pub(crate) fn day_number(day: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    day.since(epoch).map_or(0, |span| span.get_days())
}

/// An event by the facts of its listings.
#[derive(Debug)]
pub struct EventKnown {
    /// Its id.
    pub id: EventId,
    /// The sport as the tables name it.
    pub sport: String,
    /// The league's day of its start.
    pub day: Option<Date>,
    /// When it starts.
    pub starts_at: Option<Moment>,
    pub(crate) id_text: String,
    pub(crate) is_start_exact: bool,
    pub(crate) home: Option<String>,
    pub(crate) away: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) venue: Option<String>,
    pub(crate) league: Option<String>,
    pub(crate) kind: ListingKind,
    pub(crate) home_score: Option<i64>,
    pub(crate) away_score: Option<i64>,
    pub(crate) sides: Option<EventSides>,
    /// The listings that had spoken, with what they say.
    pub(crate) listings: Vec<(ListingRow, Board)>,
}

impl EventKnown {
    fn of(place: &Place, listings: Vec<(ListingRow, Board)>) -> Self {
        let boards: Vec<&Board> = listings.iter().map(|(_, board)| board).collect();
        let sides = listings.iter().find_map(|(listing, board)| EventSides::of_board(listing.league.as_deref(), board));
        let starts_at = joined::starts_at(&boards);
        let sport = place.sport().to_owned();
        Self {
            id: place.id,
            id_text: place.id.to_string(),
            day: starts_at.map(|at| day_of(&sport, at)),
            starts_at,
            is_start_exact: starts_at.is_some_and(|at| joined::is_start_exact(&boards, at)),
            home: joined::first_text(&boards, FactKind::Home),
            away: joined::first_text(&boards, FactKind::Away),
            title: joined::first_text(&boards, FactKind::Title),
            status: joined::newest_text(&boards, FactKind::Status),
            venue: joined::first_text(&boards, FactKind::Venue),
            league: listings.iter().find_map(|(listing, _)| listing.league.clone()),
            kind: listings[0].0.kind,
            home_score: joined::score(&boards, sides.as_ref(), FactKind::HomeScore, FactKind::AwayScore),
            away_score: joined::score(&boards, sides.as_ref(), FactKind::AwayScore, FactKind::HomeScore),
            sides,
            listings,
            sport,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.status.as_deref().and_then(EventStatus::from_word).is_some_and(EventStatus::is_over)
    }

    /// Whether it is over, or its start has passed: an event that was put off has no closing line any more.
    pub(crate) fn has_begun(&self, at: Moment) -> bool {
        self.is_over() || self.starts_at.is_some_and(|start| start <= at)
    }

    pub(crate) fn ended(&self) -> Ended<'_> {
        Ended {
            league: self.league.as_deref(),
            is_over: self.is_over(),
            is_cancelled: self.status.as_deref().and_then(EventStatus::from_word) == Some(EventStatus::Cancelled),
            home_score: self.home_score,
            away_score: self.away_score,
        }
    }

    /// What its listings tell of its players.
    pub(crate) fn told(&self) -> Result<Vec<Told>> {
        let mut told = Vec::new();
        for (listing, board) in &self.listings {
            for (_, fact) in board.facts_of(FactKind::Stat) {
                if let Some(value) = &fact.value {
                    told.push(Told::by(&listing.provider, stat_line(listing, value)?));
                }
            }
        }
        Ok(told)
    }

    pub(crate) fn is_turned(&self, board: &Board) -> bool {
        is_turned(self.sides.as_ref(), board)
    }

    /// The cells that nearly every table begins with: sport, day, event, start, home, away.
    pub(crate) fn head(&self) -> [Cell<'_>; 6] {
        [
            Cell::Text(&self.sport),
            Cell::date(self.day.map(day_number)),
            Cell::Text(&self.id_text),
            Cell::time(self.starts_at),
            Cell::text(self.home.as_deref()),
            Cell::text(self.away.as_deref()),
        ]
    }

    /// Whoever spoke last of its score, with when.
    pub(crate) fn score_said(&self) -> Option<(Order, &(ListingRow, Board))> {
        let said = |board: &Board| {
            let facts = [FactKind::HomeScore, FactKind::AwayScore].into_iter().flat_map(|kind| board.facts_of(kind));
            facts.filter(|(subject, fact)| subject.is_empty() && fact.value.is_some()).map(|(_, fact)| fact.said).max()
        };
        self.listings.iter().filter_map(|one| Some((said(&one.1)?, one))).max_by_key(|(said, _)| *said)
    }
}

/// A player's line out of a fact.
pub(crate) fn stat_line(listing: &ListingRow, value: &str) -> Result<StatLine> {
    let damaged =
        |error: serde_json::Error| StoreError::Damaged { what: format!("a stat of listing {}", listing.id), source: error.into() };
    Ok(serde_json::from_str(value).map_err(damaged)?)
}

/// Whether a slot is about a player: by its meaning, or its key where we know none.
pub(crate) fn is_prop(meaning: Option<&odds::market::Meaning>, market: &str) -> bool {
    meaning.map_or_else(|| is_player_key(market), |meaning| meaning.kind.is_prop())
}
