//! What could not be used of a reply, and why: kept, counted and shown.

use serde::{Deserialize, Serialize};

/// Why something in a reply was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The body is not what the endpoint sends (HTML with 200, half a body, another shape).
    NotTheShape,
    /// A field that must be there is missing or of another type.
    MissingField,
    /// The price is no number in the form expected.
    BadPrice,
    /// A price of 1 or less, or beyond the range: suspended or settled quotes look like this.
    ImpossiblePrice,
    /// The point is no number, or too fine.
    BadLine,
    /// A time that cannot be read.
    BadTime,
    /// The book's own time lies further ahead of the reply than clocks differ.
    BookAhead,
    /// The same outcome twice in one reply with different offers: neither is believed.
    Contradiction,
    /// A listing twice in one reply.
    ListingTwice,
    /// An error that the provider reports in place of an answer.
    ProviderError,
    /// It can be read in two ways, and nothing beside it tells which is meant.
    Ambiguous,
    /// It cannot be true beside what else is said in the same place.
    Implausible,
    /// It speaks of something that is not there.
    Orphan,
    /// It can be read, and we have no place for it yet.
    NoPlace,
}

impl Refusal {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotTheShape => "not_the_shape",
            Self::MissingField => "missing_field",
            Self::BadPrice => "bad_price",
            Self::ImpossiblePrice => "impossible_price",
            Self::BadLine => "bad_line",
            Self::BadTime => "bad_time",
            Self::BookAhead => "book_ahead",
            Self::Contradiction => "contradiction",
            Self::ListingTwice => "listing_twice",
            Self::ProviderError => "provider_error",
            Self::Ambiguous => "ambiguous",
            Self::Implausible => "implausible",
            Self::Orphan => "orphan",
            Self::NoPlace => "no_place",
        }
    }
}

impl From<crate::price::PriceError> for Refusal {
    fn from(error: crate::price::PriceError) -> Self {
        match error {
            crate::price::PriceError::NothingToWin | crate::price::PriceError::TooLong => Self::ImpossiblePrice,
            _ => Self::BadPrice,
        }
    }
}

/// Something in a reply that could not be used: kept, counted and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where it stands in the reply (`[3].bookmakers[2].markets[0].outcomes[1].price`, or `row 17, column B365H`).
    pub path: String,
    /// Why it was refused.
    pub reason: Refusal,
    /// What stood there, cut to 120 characters, and what would have been right.
    pub detail: String,
}

impl Problem {
    /// A problem at a place, its detail cut to 120 characters.
    #[must_use]
    pub fn at(path: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) -> Self {
        Self { path: path.into(), reason, detail: detail.as_ref().chars().take(120).collect() }
    }
}
