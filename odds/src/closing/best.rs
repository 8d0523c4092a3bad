//! The best price of each selection over books. Backing and laying are two questions: the longest price to back, the shortest to lay.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;

use crate::market::Stance;
use crate::price::Price;

/// What stands at a book on a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Book key.
    pub book: &'a str,
    /// Back or lay.
    pub stance: Stance,
    /// The price.
    pub price: Price,
    /// Whether bets are taken: nothing else can be best.
    pub is_live: bool,
}

/// The best price of a selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Best<'a> {
    /// The price, in the form in which the first of `books` posted it.
    pub price: Price,
    /// Keys of all books that offer it, sorted.
    pub books: Vec<&'a str>,
}

/// The best live price of each selection and stance; a selection without a live price has no entry.
///
/// `K` says what a selection is (event, market, period, subject, side, **line**); the answer does not depend on the order of the quotes.
#[must_use]
pub fn best_prices<'a, K: Ord>(quotes: impl IntoIterator<Item = (K, Standing<'a>)>) -> BTreeMap<(K, Stance), Best<'a>> {
    let mut best = BTreeMap::new();
    for (selection, standing) in quotes.into_iter().filter(|(_, standing)| standing.is_live) {
        match best.entry((selection, standing.stance)) {
            Entry::Vacant(place) => {
                place.insert(Best { price: standing.price, books: vec![standing.book] });
            }
            Entry::Occupied(mut place) => place.get_mut().meet(&standing),
        }
    }
    best
}

impl<'a> Best<'a> {
    fn meet(&mut self, standing: &Standing<'a>) {
        let is_better = match standing.stance {
            Stance::Back => standing.price > self.price,
            Stance::Lay => standing.price < self.price,
        };
        if is_better {
            *self = Self { price: standing.price, books: vec![standing.book] };
        } else if standing.price == self.price {
            self.join(standing);
        }
    }

    fn join(&mut self, standing: &Standing<'a>) {
        if let Err(place) = self.books.binary_search(&standing.book) {
            self.books.insert(place, standing.book);
            if place == 0 {
                self.price = standing.price;
            }
        }
    }
}
