//! What the rules look at, read from the store once: small figures, so that boards are folded one by one and let go.

use std::collections::BTreeMap;
use std::time::Duration;

use odds::Moment;
use odds::observation::ListingKind;
use store::meanings::{MeaningChange, MeaningRead, WordCount};
use store::old_tables::{OldConflict, OldRefusal};
use store::quality::{AskRow, Named, Pending, ProblemCount, Sweep, Unbalanced};
use store::{Cut, ListingRow, Store};

use super::agreement::{self, Told};
use super::identity::{self, Apart};
use super::standing::{Standing, standing};
use crate::clock::Clock;
use crate::decode::Providers;
use crate::publish::RowsFollower;
use crate::settings::Settings;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// One is too many; the first hundred show the pattern.
const UNBALANCED_AT_MOST: i64 = 100;
/// The same of fields and rows of old tables.
const OLD_AT_MOST: i64 = 100;

/// All that the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Now.
    pub now: Moment,
    /// How far the wall is behind what was told already.
    pub clock_behind_secs: f64,
    /// The cadence that is aimed at for odds.
    pub odds_every: Duration,
    /// Markets that are asked for.
    pub asked_markets: Vec<String>,
    /// The monthly ceiling of credits, where the operator set one for all.
    pub credits_per_month: Option<u64>,
    /// The same of providers that have one of their own.
    pub own_credits_per_month: BTreeMap<&'static str, u64>,
    /// Listings from a day ago to two weeks ahead.
    pub listings: Vec<ListingRow>,
    /// Of those, the ones that are not an event by the word of a person.
    pub apart: Apart,
    /// Of those, the ones with quotes that stand.
    pub standing: Vec<Standing>,
    /// Sweeps that were fetched in the last day.
    pub sweeps: Vec<Sweep>,
    /// Entries whose sums do not hold.
    pub unbalanced: Vec<Unbalanced>,
    /// Problems of the last day.
    pub problems: Vec<ProblemCount>,
    /// Replies that wait to be recorded.
    pub pending: Pending,
    /// The ledger of asks of this month.
    pub asks: Vec<AskRow>,
    /// Sports that no league of ours is known for.
    pub unknown_sports: Vec<Named>,
    /// Books that no catalogue names.
    pub unknown_books: Vec<Named>,
    /// Every word that was met, with how often.
    pub words: Vec<WordCount>,
    /// By which versions of meanings the rows were made.
    pub meanings: Vec<MeaningRead>,
    /// What newer versions changed.
    pub meaning_changes: Vec<MeaningChange>,
    /// Live quotes of events that several providers list.
    pub told: Vec<Told>,
    /// What the store was made for, where it is written down.
    pub purpose: Option<String>,
    /// Whether it holds what was fetched live.
    pub has_live_entries: bool,
    /// Fields of old rows that somebody else writes too.
    pub old_conflicts: Vec<OldConflict>,
    /// What the old database would not have.
    pub old_refusals: Vec<OldRefusal>,
}

/// Reads it.
///
/// # Errors
/// What the store reports.
pub fn gather(store: &Store, providers: &Providers, settings: &Settings, clock: &dyn Clock) -> store::Result<Seen> {
    let now = clock.now();
    let listings = store.listings_between(now.plus_secs(-DAY), now.plus_secs(14 * DAY))?;
    let shared = agreement::shared(listings.iter().filter(|row| row.is_standing && row.kind == ListingKind::Contest));
    let (mut stand, mut told) = (Vec::new(), Vec::new());
    for row in listings.iter().filter(|row| row.is_standing && row.kind == ListingKind::Contest) {
        // one that is never asked (an old database) cannot be late
        if let Some(provider) = providers.get(&row.provider).filter(|provider| !provider.offers().asks.is_empty()) {
            let kept = store.board(row.clone(), Cut::ALL)?;
            stand.push(standing(&kept, &**provider));
            if let Some(sides) = shared.get(&row.event) {
                told.extend(agreement::told(&kept, &**provider, sides.as_ref()));
            }
        }
    }
    let known = |sport: &Named| providers.get(&sport.provider).is_some_and(|provider| provider.league(&sport.key).is_some());
    Ok(Seen {
        now,
        clock_behind_secs: clock.behind_secs(),
        odds_every: settings.cadence.odds,
        asked_markets: settings.ask.markets.clone(),
        credits_per_month: settings.credits.per_month,
        own_credits_per_month: settings.providers.iter().filter_map(|own| Some((own.key, own.credits.per_month?))).collect(),
        sweeps: store.live_sweeps_since(now.plus_secs(-DAY))?,
        unbalanced: store.unbalanced(UNBALANCED_AT_MOST)?,
        problems: store.problems_since(now.plus_secs(-DAY))?,
        pending: store.pending()?,
        asks: store.asks_due_since(month_of(now))?,
        unknown_sports: store.sports_of_listings()?.into_iter().filter(|sport| !known(sport)).collect(),
        unknown_books: store.books_without_a_name()?,
        words: store.word_counts()?,
        meanings: store.meanings(RowsFollower::NAME)?,
        meaning_changes: store.meaning_changes()?,
        told,
        purpose: store.purpose()?,
        has_live_entries: store.has_live_entries()?,
        old_conflicts: store.old_conflicts(OLD_AT_MOST)?,
        old_refusals: store.old_refusals(OLD_AT_MOST)?,
        standing: stand,
        apart: identity::apart(store, &listings)?,
        listings,
    })
}

/// The first moment of the month, UTC: credits are counted in months.
pub(super) fn month_of(now: Moment) -> Moment {
    let day = now.day_in(&jiff::tz::TimeZone::UTC).first_of_month();
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(now, |start| start.timestamp().into())
}
