//! The odds-ratio method: every answer's odds divided by the same `c`, which is one shift of all logits.

use super::book::{Book, ordered};
use super::solve::falling_root;

/// The ratio and the probabilities. With the gain `g = (1 - q) / q`, `q / (c + q - c q)` is `1 / (1 + c g)`.
pub(super) fn fair(book: &Book) -> (f64, Vec<f64>) {
    let (least, most) = book.gain_range();
    let others = book.count() - 1.0;
    let in_order = ordered(&book.gains);
    // Solved for ln c, where far-apart prices are as near as close ones.
    let shift = falling_root((others / most).ln(), (others / least).ln(), |shift| {
        let ratio = shift.exp();
        in_order.iter().rev().fold((-1.0, 0.0), |(excess, slope), gain| {
            let probability = (ratio * gain + 1.0).recip();
            (excess + probability, slope - probability * (1.0 - probability))
        })
    });
    let ratio = shift.exp();
    (ratio, book.gains.iter().map(|gain| (ratio * gain + 1.0).recip()).collect())
}
