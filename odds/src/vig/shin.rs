//! Shin's method: the margin as the book's shelter from a share `z` of bettors who know the result.

use super::book::{Book, ordered};
use super::solve::falling_root;
use super::{Method, VigError};

/// A book this near to fair is fair: prices kept in 1e-9 cannot say it nearer.
const FAIR: f64 = 1e-9;

/// The share of insiders and the probabilities.
///
/// With `a = q^2 / B`, `(sqrt(z^2 + 4(1-z)a) - z) / (2(1-z))` is written as `2a / (sqrt(z^2 + 4(1-z)a) + z)`, which keeps its digits up to `z = 1`.
/// Every term falls as `z` grows (because `a < 1`), from a sum of `sqrt(B)` at 0 to less than 1 at 1: for `B >= 1` there is one root.
pub(super) fn fair(book: &Book) -> Result<(f64, Vec<f64>), VigError> {
    if book.overround() < -FAIR {
        return Err(VigError::Underround { method: Method::Shin, sum: book.sum });
    }
    if book.overround() <= 0.0 {
        return Ok((0.0, super::linear::multiplicative(book)));
    }
    let squares: Vec<f64> = book.implied.iter().map(|implied| implied * implied / book.sum).collect();
    let in_order = ordered(&squares);
    let insiders = falling_root(0.0, 1.0, |z| {
        in_order.iter().fold((-1.0, 0.0), |(excess, slope), square| {
            let root = discriminant(*square, z).sqrt();
            let probability = 2.0 * square / (root + z);
            (excess + probability, slope - probability * (root + z - 2.0 * square) / (root * (root + z)))
        })
    });
    let probabilities = squares.iter().map(|square| 2.0 * square / (discriminant(*square, insiders).sqrt() + insiders)).collect();
    Ok((insiders, probabilities))
}

fn discriminant(square: f64, insiders: f64) -> f64 {
    insiders * insiders + 4.0 * (1.0 - insiders) * square
}
