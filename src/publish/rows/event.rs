//! The row of an event: what its listings say of it, the newest statement winning.

use api::sides::{EventSides, is_turned};
use odds::board::{Board, Fact};
use odds::observation::{EventStatus, FactKind, ListingKind};
use odds::{EventId, Moment};
use store::Param;
use store::boards::Kept;

use super::slot::of_event;

/// An event as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventShown {
    event: String,
    listing: i64,
    provider: String,
    external_id: String,
    kind: ListingKind,
    sport: String,
    league: Option<String>,
    home: Option<String>,
    away: Option<String>,
    pub(super) starts_at: Option<Moment>,
    status: Option<String>,
    pub(super) home_score: Option<i64>,
    pub(super) away_score: Option<i64>,
    venue: Option<String>,
    created_at: Moment,
    updated_at: Moment,
    pub(super) is_over: bool,
    pub(super) is_cancelled: bool,
    pub(super) is_shelved: bool,
}

/// Quotes of events that began longer ago than this stand no more, whatever nobody told: in seconds.
pub(super) const SHELVED_AFTER_SECS: i64 = 48 * 3600;

impl EventShown {
    /// What the listings of an event say; the first is the one that founded it. `None` where there is none.
    pub(super) fn of(event: EventId, listings: &[&Kept], now: Option<Moment>) -> Option<Self> {
        let first = listings.first()?;
        let newest = |kind| newest(listings, kind);
        let sides = of_event(listings);
        let score = |own, other| score(listings, sides.as_ref(), own, other);
        let named = |kind| listings.iter().find_map(|kept| kept.board.fact(kind)).map(str::to_owned);
        let status = newest(FactKind::Status);
        let word = status.as_deref().and_then(EventStatus::from_word);
        let starts_at: Option<Moment> = newest(FactKind::Start).and_then(|text| text.parse().ok());
        let said = || listings.iter().flat_map(|kept| kept.board.facts().values().map(|fact| fact.said.at));
        let seen = || listings.iter().filter_map(|kept| kept.board.last().map(|last| last.at)).min().unwrap_or_default();
        let is_over = word.is_some_and(EventStatus::is_over);
        let is_long_past = starts_at.zip(now).is_some_and(|(start, now)| start < now.plus_secs(-SHELVED_AFTER_SECS));
        let listing = &first.listing;
        Some(Self {
            event: event.to_string(),
            listing: listing.id.0,
            provider: listing.provider.clone(),
            external_id: listing.external_id.clone(),
            kind: listing.kind,
            sport: listing.sport.clone(),
            league: listings.iter().find_map(|kept| kept.listing.league.clone()),
            home: named(FactKind::Home).or_else(|| named(FactKind::Title)),
            away: named(FactKind::Away),
            starts_at,
            status,
            home_score: score(FactKind::HomeScore, FactKind::AwayScore),
            away_score: score(FactKind::AwayScore, FactKind::HomeScore),
            venue: newest(FactKind::Venue),
            created_at: said().min().unwrap_or_else(seen),
            updated_at: said().max().unwrap_or_else(seen),
            is_over,
            is_cancelled: word == Some(EventStatus::Cancelled),
            is_shelved: is_over || is_long_past,
        })
    }

    /// Whether it is over, or its start has passed: an event that was put off has no closing line any more.
    pub(super) fn has_begun(&self, now: Option<Moment>) -> bool {
        self.is_over || self.starts_at.zip(now).is_some_and(|(start, now)| start <= now)
    }

    pub(super) fn league(&self) -> Option<&str> {
        self.league.as_deref()
    }

    pub(super) fn values(&self, is_history_due: bool) -> [Param<'_>; 20] {
        [
            (&self.event).into(),
            self.listing.into(),
            (&self.provider).into(),
            (&self.external_id).into(),
            self.kind.as_str().into(),
            (&self.sport).into(),
            self.league.as_deref().into(),
            self.home.as_deref().into(),
            self.away.as_deref().into(),
            self.starts_at.into(),
            self.status.as_deref().into(),
            self.home_score.into(),
            self.away_score.into(),
            self.venue.as_deref().into(),
            self.created_at.into(),
            self.updated_at.into(),
            i64::from(self.is_over).into(),
            i64::from(self.is_shelved).into(),
            0.into(),
            i64::from(is_history_due).into(),
        ]
    }
}

/// The score of a side that was said last: a listing that has the sides the other way round says it as the other's.
fn score(listings: &[&Kept], sides: Option<&EventSides>, own: FactKind, other: FactKind) -> Option<i64> {
    let stated = |kept: &&Kept| {
        let kind = if is_turned(sides, &kept.board) { other } else { own };
        kept.board.facts_of(kind).find(|(subject, _)| subject.is_empty()).map(|(_, fact)| fact.clone())
    };
    let facts = listings.iter().filter_map(stated).filter(|fact| fact.value.is_some());
    facts.max_by_key(|fact| fact.said)?.value?.parse().ok()
}

/// The value of a fact that was said last, over the listings of an event.
fn newest(listings: &[&Kept], kind: FactKind) -> Option<String> {
    let stated =
        |board: &Board| -> Option<Fact> { board.facts_of(kind).find(|(subject, _)| subject.is_empty()).map(|(_, fact)| fact.clone()) };
    let facts = listings.iter().filter_map(|kept| stated(&kept.board)).filter(|fact| fact.value.is_some());
    facts.max_by_key(|fact| fact.said).and_then(|fact| fact.value).map(|value| value.to_string())
}
