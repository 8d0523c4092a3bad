//! The row of an event: what its listings say of it, the newest statement winning.

use odds::board::Board;
use odds::joined;
use odds::observation::{EventStatus, FactKind, ListingKind};
use odds::settlement::Ended;
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
        let boards: Vec<&Board> = listings.iter().map(|kept| &kept.board).collect();
        let newest = |kind| joined::newest_text(&boards, kind);
        let sides = of_event(listings);
        let score = |own, other| joined::score(&boards, sides.as_ref(), own, other);
        let named = |kind| joined::first_text(&boards, kind);
        let status = newest(FactKind::Status);
        let word = status.as_deref().and_then(EventStatus::from_word);
        let starts_at = joined::starts_at(&boards);
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

    pub(super) fn ended(&self) -> Ended<'_> {
        Ended {
            league: self.league.as_deref(),
            is_over: self.is_over,
            is_cancelled: self.is_cancelled,
            home_score: self.home_score,
            away_score: self.away_score,
        }
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
