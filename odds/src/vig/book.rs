//! The checked input of every method: what each answer gains, and what they imply together.

use super::VigError;
use crate::price::{LONGEST, NANOS, Price};

/// Below this sum, answers must be missing.
const LEAST_SUM: f64 = 0.5;
/// Above this sum, more than one answer must be able to win.
const MOST_SUM: f64 = 5.0;

/// The answers of one market: at least two, with a sum that can be one market's.
pub(super) struct Book {
    /// Gain per unit of stake (decimal odds minus one), in the order of the input: exact where implied probabilities near 1 would not be.
    pub gains: Vec<f64>,
    /// Implied probabilities, in the order of the input.
    pub implied: Vec<f64>,
    /// Sum of implied probabilities.
    pub sum: f64,
}

impl Book {
    pub fn of_prices(prices: &[Price]) -> Result<Self, VigError> {
        let gains = prices.iter().map(|price| (price.nanos() - NANOS) as f64 / NANOS as f64).collect();
        Self::checked(gains, prices.iter().map(|price| price.implied()).collect())
    }

    pub fn of_decimals(decimals: &[f64]) -> Result<Self, VigError> {
        let is_price = |decimal: f64| decimal > 1.0 && decimal <= LONGEST as f64;
        if let Some(index) = decimals.iter().position(|decimal| !is_price(*decimal)) {
            return Err(VigError::NotAPrice { index, decimal: decimals[index] });
        }
        Self::checked(decimals.iter().map(|decimal| decimal - 1.0).collect(), decimals.iter().map(|decimal| decimal.recip()).collect())
    }

    fn checked(gains: Vec<f64>, implied: Vec<f64>) -> Result<Self, VigError> {
        if implied.len() < 2 {
            return Err(VigError::TooFewAnswers { count: implied.len() });
        }
        let sum = steady_sum(&implied);
        if sum < LEAST_SUM {
            return Err(VigError::Incomplete { sum });
        }
        if sum > MOST_SUM {
            return Err(VigError::Absurd { sum });
        }
        Ok(Self { gains, implied, sum })
    }

    pub fn count(&self) -> f64 {
        self.implied.len() as f64
    }

    pub fn overround(&self) -> f64 {
        self.sum - 1.0
    }

    /// Smallest and largest gain.
    pub fn gain_range(&self) -> (f64, f64) {
        self.gains.iter().fold((f64::INFINITY, 0.0), |(least, most), gain| (gain.min(least), gain.max(most)))
    }
}

/// The sum from the smallest up, so that the order of the input does not show in its last bits.
pub(super) fn steady_sum(values: &[f64]) -> f64 {
    ordered(values).iter().sum()
}

/// The same values from the smallest up, for solvers that sum many times.
pub(super) fn ordered(values: &[f64]) -> Vec<f64> {
    let mut ordered = values.to_vec();
    ordered.sort_unstable_by(f64::total_cmp);
    ordered
}
