//! The opening and the closing line of a track: which of its quotes they are, and how far each can be trusted.
//!
//! The figures most often got wrong in systems like ours: a closing price taken in play, or an early price sold as the close because nobody looked later.

mod best;
#[cfg(test)]
mod tests;
mod track;
mod value;

use serde::Serialize;

use crate::line::Line;
use crate::moment::Moment;
use crate::price::Price;
use crate::reply::Basis;

pub use best::{Best, Standing, best_prices};
pub use track::{Start, Track, tracks};
pub use value::{Close, Taken, Value, ValueError, closing_line_value};

/// A closing quote seen at most this long before the start is exact: 10 minutes, in seconds.
pub const EXACT_WITHIN_SECS: i64 = 600;

const MICROS: i64 = 1_000_000;

/// One sighting of a track: what was offered at a moment. A reply that says the same again is a sighting of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// The price; the last one where bets are not taken.
    pub price: Price,
    /// The line, where the market has one.
    pub line: Option<Line>,
    /// Whether bets were taken: false for suspended, withdrawn and not observed.
    pub is_live: bool,
    /// The moment of the world that the sighting is of.
    pub observed_at: Moment,
    /// What that moment rests on.
    pub basis: Basis,
    /// Whether the source itself calls it the closing price. Counts only with [`Basis::Phase`]: a measured time speaks for itself.
    pub is_called_closing: bool,
}

/// How far a closing line can be trusted to be the close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Measured at most [`EXACT_WITHIN_SECS`] before the start.
    Exact,
    /// The source calls it the closing price; no time was measured.
    Phase,
    /// Seen more than once, last at a moment further from the start, or at a moment that was not measured.
    Late,
    /// The only sighting before the start, and not an exact one: it is the first and the last alike.
    FirstSeenOnly,
}

impl Quality {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Phase => "phase",
            Self::Late => "late",
            Self::FirstSeenOnly => "first_seen_only",
        }
    }
}

/// The first measured quote of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The price.
    pub price: Price,
    /// The line.
    pub line: Option<Line>,
    /// When it was seen.
    pub observed_at: Moment,
    /// What that moment rests on: stated or fetched.
    pub basis: Basis,
    /// From then to the start, in seconds, rounded up: at least 1.
    pub gap_secs: i64,
}

/// The last quote of a track before the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// The price.
    pub price: Price,
    /// The line.
    pub line: Option<Line>,
    /// When it was seen; for [`Quality::Phase`] the latest moment at which it can have been.
    pub observed_at: Moment,
    /// What that moment rests on.
    pub basis: Basis,
    /// From then to the start, in seconds, rounded up: at least 1, but 0 for [`Quality::Phase`], which stands at the start itself.
    pub gap_secs: i64,
    /// How far it can be trusted.
    pub quality: Quality,
}

/// The opening line: the first live quote with a measured time, strictly before the start. What was first seen in play opens nothing.
///
/// `starts_at` is the start as it stands at the end of history: a postponed event opens when it first opened. The order of `track` counts only between equal times.
#[must_use]
pub fn opening(track: &[Dated], starts_at: Moment) -> Option<Opening> {
    let first = before(track, starts_at).filter(|quote| quote.basis.is_measured()).min_by_key(|quote| quote.observed_at)?;
    let Dated { price, line, observed_at, basis, .. } = *first;
    Some(Opening { price, line, observed_at, basis, gap_secs: gap_secs(observed_at, starts_at) })
}

/// The closing line: what the source calls closing, else the last live quote strictly before the start.
///
/// A quote whose source says only "before" is never a close. `starts_at` and the order of `track` are as in [`opening`]; of equal times the later in `track` counts.
#[must_use]
pub fn closing(track: &[Dated], starts_at: Moment) -> Option<Closing> {
    called_closing(track).or_else(|| last_before(track, starts_at))
}

/// From the noon that stands for a day back to before the day began, whatever the clocks did in it: 13 hours, in seconds.
pub const BEFORE_NOON_SECS: i64 = 13 * 3600;

/// The closing line where the day of the start is known and no more, told by its noon: what the source calls closing, else the last
/// live quote before the day. It may be hours from the start, so it is never exact.
#[must_use]
pub fn closing_on_day(track: &[Dated], noon: Moment) -> Option<Closing> {
    let measured = |closing: Closing| {
        let several = before(track, noon.plus_secs(-BEFORE_NOON_SECS)).filter(|quote| quote.basis != Basis::Phase).nth(1).is_some();
        let quality = if several { Quality::Late } else { Quality::FirstSeenOnly };
        Closing { quality: if closing.quality == Quality::Exact { quality } else { closing.quality }, ..closing }
    };
    called_closing(track).or_else(|| last_before(track, noon.plus_secs(-BEFORE_NOON_SECS)).map(measured))
}

fn called_closing(track: &[Dated]) -> Option<Closing> {
    let is_called = |quote: &&Dated| quote.is_live && quote.basis == Basis::Phase && quote.is_called_closing;
    let Dated { price, line, observed_at, basis, .. } = *track.iter().filter(is_called).max_by_key(|quote| quote.observed_at)?;
    Some(Closing { price, line, observed_at, basis, gap_secs: 0, quality: Quality::Phase })
}

fn last_before(track: &[Dated], starts_at: Moment) -> Option<Closing> {
    let timed = || before(track, starts_at).filter(|quote| quote.basis != Basis::Phase);
    let Dated { price, line, observed_at, basis, .. } = *timed().max_by_key(|quote| quote.observed_at)?;
    let gap_secs = gap_secs(observed_at, starts_at);
    let quality = if basis.is_measured() && gap_secs <= EXACT_WITHIN_SECS {
        Quality::Exact
    } else if timed().nth(1).is_some() {
        Quality::Late
    } else {
        Quality::FirstSeenOnly
    };
    Some(Closing { price, line, observed_at, basis, gap_secs, quality })
}

/// Live quotes strictly before the start.
fn before(track: &[Dated], starts_at: Moment) -> impl Iterator<Item = &Dated> {
    track.iter().filter(move |quote| quote.is_live && quote.observed_at < starts_at)
}

/// Rounded up, so that a quote strictly before the start never looks as if it stood there, nor one of 600.1 s as if it were of 600.
fn gap_secs(observed_at: Moment, starts_at: Moment) -> i64 {
    (starts_at.micros() - observed_at.micros() + MICROS - 1).div_euclid(MICROS)
}
