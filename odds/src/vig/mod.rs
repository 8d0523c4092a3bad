//! What the prices of one market would be without the book's margin: one answer per method, or a refusal that says why.
//!
//! No method is the true one, so a fair probability never stands without its method's name. Which methods and why: `docs/decisions/0003-vig.md`.

mod book;
mod linear;
mod odds_ratio;
mod power;
mod shin;
mod solve;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;

use crate::price::Price;
use book::Book;

/// How far the sum of fair probabilities may be from 1 before the method is said not to have converged.
const RESIDUAL: f64 = 1e-10;

/// A way of taking the vig out. `q` is an implied probability, `B` the sum of them, `n` how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `q / B`: the margin lies on every answer in proportion.
    Multiplicative,
    /// `q - (B - 1) / n`: the same margin on every answer; can leave (0,1) where there are long shots.
    Additive,
    /// `q^k`: long shots carry more of the margin. The parameter is `k`.
    Power,
    /// `q / (c + q - c q)`: every answer's odds are off by the same ratio. The parameter is `c`.
    OddsRatio,
    /// Shin's insider model. The parameter is `z`, the share of insiders; needs `B` of at least 1.
    Shin,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 5] = [Self::Multiplicative, Self::Additive, Self::Power, Self::OddsRatio, Self::Shin];

    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Multiplicative => "multiplicative",
            Self::Additive => "additive",
            Self::Power => "power",
            Self::OddsRatio => "odds_ratio",
            Self::Shin => "shin",
        }
    }

    /// The method of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The probabilities of a market's answers with the vig taken out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fair {
    /// How it was taken out.
    pub method: Method,
    /// One probability per price, in the order of the prices; each inside (0,1), together 1 within 1e-12.
    pub probabilities: Vec<f64>,
    /// Sum of implied probabilities minus one; negative for an underround book.
    pub overround: f64,
    /// What the method solved for (`k`, `c` or `z`); `None` for methods that solve nothing.
    pub parameter: Option<f64>,
}

/// Why a market has no fair probabilities.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum VigError {
    /// One answer alone has no complement to share the margin with.
    #[error("a market needs at least two answers to take the vig out, this one has {count}")]
    TooFewAnswers {
        /// How many prices there were.
        count: usize,
    },
    /// Decimal odds that are no price.
    #[error("answer {index} has decimal odds {decimal}: not a number above 1 and at most 1,000,000")]
    NotAPrice {
        /// Its place in the input, from 0.
        index: usize,
        /// The figure.
        decimal: f64,
    },
    /// So little is priced that answers must be missing.
    #[error("implied probabilities sum to {sum}, less than one half: answers of this market must be missing")]
    Incomplete {
        /// Sum of implied probabilities.
        sum: f64,
    },
    /// So much is priced that more than one answer must be able to win.
    #[error("implied probabilities sum to {sum}, more than 5: not one market of which exactly one answer wins")]
    Absurd {
        /// Sum of implied probabilities.
        sum: f64,
    },
    /// The method's model has no place for a book that pays out more than it takes.
    #[error("{method} needs implied probabilities of at least 1 in sum, they are {sum}")]
    Underround {
        /// Which method.
        method: Method,
        /// Sum of implied probabilities.
        sum: f64,
    },
    /// The method gives something that is no probability strictly between 0 and 1.
    #[error("{method} gives answer {index} a probability of {probability}, outside (0,1)")]
    OutsideUnit {
        /// Which method.
        method: Method,
        /// Its place in the input, from 0.
        index: usize,
        /// What the method gives.
        probability: f64,
    },
    /// The solver did not bring the sum to 1.
    #[error("{method} did not converge: probabilities sum to {sum}")]
    NoConvergence {
        /// Which method.
        method: Method,
        /// What the probabilities sum to where it gave up.
        sum: f64,
    },
}

impl VigError {
    /// Whether another method may answer for the same prices.
    #[must_use]
    pub const fn is_of_the_method(&self) -> bool {
        matches!(self, Self::Underround { .. } | Self::OutsideUnit { .. } | Self::NoConvergence { .. })
    }
}

/// Takes the vig out of the prices of one market: all its answers at one book, of which exactly one wins.
///
/// The answer does not depend on the order of the prices, to the last bit.
///
/// # Errors
/// [`VigError`]: fewer than two answers, a sum that cannot be one market's, or a method that has no answer for these prices.
pub fn fair(prices: &[Price], method: Method) -> Result<Fair, VigError> {
    remove(&Book::of_prices(prices)?, method)
}

/// The same for decimal odds as floats.
///
/// # Errors
/// As [`fair`], and [`VigError::NotAPrice`] for a figure that is no price.
pub fn fair_of_decimals(decimals: &[f64], method: Method) -> Result<Fair, VigError> {
    remove(&Book::of_decimals(decimals)?, method)
}

/// Sum of implied probabilities minus one.
///
/// # Errors
/// [`VigError::TooFewAnswers`] for fewer than two prices, [`VigError::Incomplete`] and [`VigError::Absurd`] for a sum that cannot be one market's.
pub fn overround(prices: &[Price]) -> Result<f64, VigError> {
    Book::of_prices(prices).map(|book| book.overround())
}

fn remove(book: &Book, method: Method) -> Result<Fair, VigError> {
    let (parameter, probabilities) = match method {
        Method::Multiplicative => (None, linear::multiplicative(book)),
        Method::Additive => (None, linear::additive(book)),
        Method::Power => with_parameter(power::fair(book)),
        Method::OddsRatio => with_parameter(odds_ratio::fair(book)),
        Method::Shin => with_parameter(shin::fair(book)?),
    };
    let probabilities = checked(probabilities, method)?;
    Ok(Fair { method, probabilities, overround: book.overround(), parameter })
}

fn with_parameter((parameter, probabilities): (f64, Vec<f64>)) -> (Option<f64>, Vec<f64>) {
    (Some(parameter), probabilities)
}

/// Takes away the solver's last rounding and holds the result to what a probability is.
fn checked(probabilities: Vec<f64>, method: Method) -> Result<Vec<f64>, VigError> {
    let sum = book::steady_sum(&probabilities);
    let is_near_one = (sum - 1.0).abs() <= RESIDUAL;
    if !is_near_one {
        return Err(VigError::NoConvergence { method, sum });
    }
    let scaled: Vec<f64> = probabilities.iter().map(|probability| probability / sum).collect();
    match scaled.iter().position(|p| !(*p > 0.0 && *p < 1.0)) {
        Some(index) => Err(VigError::OutsideUnit { method, index, probability: scaled[index] }),
        None => Ok(scaled),
    }
}
