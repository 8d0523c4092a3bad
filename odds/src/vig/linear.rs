//! The two methods that need no solving: the margin by share, and the margin in equal parts.

use super::book::Book;

pub(super) fn multiplicative(book: &Book) -> Vec<f64> {
    book.implied.iter().map(|implied| implied / book.sum).collect()
}

pub(super) fn additive(book: &Book) -> Vec<f64> {
    let part = book.overround() / book.count();
    book.implied.iter().map(|implied| implied - part).collect()
}
