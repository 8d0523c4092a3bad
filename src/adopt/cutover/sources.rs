//! One source of each market at each book. Providers call a book by keys of their own (`williamhill_us`, `caesars`), and all of them are one
//! row of the old tables: the freshest source is heard, of two that looked at once the better in rank. A source that says that a market is
//! suspended, or takes it down, is heard too: what another saw earlier does not stand in its place.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use odds::book;

use super::batch::{Quote, folded, is_winner};
use crate::schedule::{RankedKind, Ranks};

/// A market at a book, whoever tells of it: book, market, player.
type Question = (String, String, Option<String>);

/// How fresh a source is; later is fresher.
type Freshness = (i64, Reverse<usize>);

/// A source's last look at a market at a book.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub provider: String,
    pub book: String,
    pub market: String,
    pub player: Option<String>,
    /// In microseconds.
    pub observed_at: i64,
}

impl Look {
    fn of(quote: &Quote) -> Self {
        let Quote { provider, book, market, player, observed_at, .. } = quote;
        let (provider, book, market) = (provider.clone(), book.clone(), market.clone());
        Self { provider, book, market, player: player.clone(), observed_at: *observed_at }
    }

    fn is_by(&self, quote: &Quote) -> bool {
        self.provider == quote.provider && self.book == quote.book
    }

    fn question(&self) -> Question {
        let market = if is_winner(&self.market) { "winner" } else { &self.market };
        (book::key(&self.provider, &self.book).to_owned(), market.to_owned(), self.player.as_deref().map(folded))
    }

    fn freshness(&self, ranks: &Ranks) -> Freshness {
        let kind = if self.player.is_some() { RankedKind::Props } else { RankedKind::Odds };
        (self.observed_at, Reverse(ranks.place(kind, &self.provider)))
    }
}

/// Leaves what the freshest source of each market says to be open; `taken_down` are the markets that a source took down, and when.
pub(super) fn freshest(quotes: Vec<Quote>, taken_down: Vec<Look>, ranks: &Ranks) -> Vec<Quote> {
    let mut heard: HashMap<Question, Look> = HashMap::new();
    for look in quotes.iter().map(Look::of).chain(taken_down) {
        match heard.entry(look.question()) {
            Entry::Vacant(none) => drop(none.insert(look)),
            Entry::Occupied(mut first) if look.freshness(ranks) > first.get().freshness(ranks) => drop(first.insert(look)),
            Entry::Occupied(_) => {}
        }
    }
    let is_heard = |quote: &Quote| heard.get(&Look::of(quote).question()).is_some_and(|look| look.is_by(quote));
    quotes.into_iter().filter(|quote| quote.is_open && is_heard(quote)).collect()
}

/// The words that a list or a row may have for a book: its provider's key first, all that we know it by, and its title last.
pub(super) fn words<'a>(provider: &str, key: &'a str, title: &'a str) -> Vec<&'a str> {
    let mut words = vec![key];
    if let Some(known) = book::known(provider, key) {
        words.extend([known.at_the_odds_api, known.key, known.at_opticodds, known.title].into_iter().filter(|word| !word.is_empty()));
    }
    words.push(title);
    words
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use odds::Price;
    use odds::book::BOOKS;
    use serde_json::Value;

    use super::*;

    fn quote(provider: &str, book: &str, observed_at: i64) -> Quote {
        Quote {
            provider: provider.to_owned(),
            book: book.to_owned(),
            title: book.to_owned(),
            market: "moneyline".to_owned(),
            provider_market: "h2h".to_owned(),
            selection: "home".to_owned(),
            price: Price::from_nanos(2_000_000_000).unwrap(),
            point: None,
            player: None,
            seen_at: Value::Null,
            observed_at,
            is_open: true,
            home: None,
            away: None,
        }
    }

    fn heard(quotes: Vec<Quote>) -> Vec<String> {
        heard_of(quotes, Vec::new())
    }

    fn heard_of(quotes: Vec<Quote>, taken_down: Vec<Look>) -> Vec<String> {
        let ranks = Ranks::of(Vec::new(), vec!["the-odds-api", "opticodds"]);
        freshest(quotes, taken_down, &ranks).into_iter().map(|quote| format!("{}/{}", quote.provider, quote.book)).collect()
    }

    #[test]
    fn of_one_book_under_two_keys_the_freshest_is_heard_and_of_two_at_once_the_better_in_rank() {
        let (api, optic) = (quote("the-odds-api", "williamhill_us", 5), quote("opticodds", "caesars", 9));
        assert_eq!(heard(vec![api.clone(), optic.clone()]), ["opticodds/caesars"]);
        let later = Quote { observed_at: 9, ..api.clone() };
        for both in [vec![later.clone(), optic.clone()], vec![optic.clone(), later]] {
            assert_eq!(heard(both), ["the-odds-api/williamhill_us"]);
        }
        // each market and each book by itself
        let total = Quote { market: "total".to_owned(), ..api.clone() };
        let other = quote("the-odds-api", "fanduel", 1);
        assert_eq!(heard(vec![total, other, optic.clone()]).len(), 3);
        let three_way = Quote { market: "three_way".to_owned(), ..api.clone() };
        assert_eq!(heard(vec![three_way, optic.clone()]), ["opticodds/caesars"], "the winner is one market");
        let suspended = Quote { is_open: false, ..optic.clone() };
        assert_eq!(heard(vec![api.clone(), suspended]), [""; 0], "what was seen before it was suspended is not written in its place");
        let taken_down = vec![Look::of(&optic)];
        assert_eq!(heard_of(vec![api.clone()], taken_down.clone()), [""; 0], "nor before it was taken down");
        let later = Quote { observed_at: 10, ..api };
        assert_eq!(heard_of(vec![later], taken_down), ["the-odds-api/williamhill_us"]);
    }

    #[test]
    fn no_word_names_two_books() {
        let mut named: HashMap<String, &str> = HashMap::new();
        for book in BOOKS {
            for word in [book.at_the_odds_api, book.key, book.at_opticodds, book.title].into_iter().filter(|word| !word.is_empty()) {
                let first = named.entry(folded(word)).or_insert(book.key);
                assert_eq!(*first, book.key, "{word}");
            }
        }
    }
}
