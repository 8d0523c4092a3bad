//! What credits are spent for: each purpose can have a ceiling of its own, below the provider's.

use providers::What;

/// What an ask is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Featured odds, live.
    Odds,
    /// Props, live, with the looks that tell which there are.
    Props,
    /// History.
    Backfill,
    /// Listings, scores, catalogues: what is asked by the clock.
    Other,
}

/// Every purpose, in the order of all figures by purpose.
pub const PURPOSES: [Purpose; 4] = [Purpose::Odds, Purpose::Props, Purpose::Backfill, Purpose::Other];

impl Purpose {
    /// What a live ask is paid for.
    #[must_use]
    pub const fn of(what: What) -> Self {
        match what {
            What::Odds => Self::Odds,
            What::EventOdds | What::EventMarkets => Self::Props,
            What::HistoricalOdds | What::HistoricalEvents | What::HistoricalEventOdds => Self::Backfill,
            _ => Self::Other,
        }
    }

    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Odds => "live odds",
            Self::Props => "live props",
            Self::Backfill => "back-fill",
            Self::Other => "other",
        }
    }
}

/// A figure for each purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByPurpose<T>([T; 4]);

impl<T> ByPurpose<T> {
    /// The figures that a function gives.
    #[must_use]
    pub fn from_fn(of: impl FnMut(Purpose) -> T) -> Self {
        Self(PURPOSES.map(of))
    }

    /// Of one purpose.
    #[must_use]
    pub const fn of(&self, purpose: Purpose) -> &T {
        &self.0[purpose as usize]
    }

    /// Of one purpose, to be changed.
    pub const fn of_mut(&mut self, purpose: Purpose) -> &mut T {
        &mut self.0[purpose as usize]
    }
}
