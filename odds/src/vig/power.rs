//! The power method: `q^k`, the exponent that brings the sum to 1.

use super::book::{Book, ordered};
use super::solve::falling_root;

/// The exponent and the probabilities. A root always exists: the sum falls from `n` at 0 towards 0.
pub(super) fn fair(book: &Book) -> (f64, Vec<f64>) {
    // -ln q: from the gain, because 1 - q loses its digits for odds-on prices.
    let depths: Vec<f64> = book.gains.iter().map(|gain| gain.ln_1p()).collect();
    let (least, most) = book.gain_range();
    let log_count = book.count().ln();
    let in_order = ordered(&depths);
    let exponent = falling_root(log_count / most.ln_1p(), log_count / least.ln_1p(), |k| {
        in_order.iter().rev().fold((-1.0, 0.0), |(excess, slope), depth| {
            let probability = (-k * depth).exp();
            (excess + probability, slope - depth * probability)
        })
    });
    let probabilities = depths.iter().map(|depth| (-exponent * depth).exp()).collect();
    (exponent, probabilities)
}
