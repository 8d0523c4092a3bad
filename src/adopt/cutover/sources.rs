//! One source of each market at each book. Providers call a book by keys of their own (`williamhill_us`, `caesars`), and all of them are one
//! row of the old tables: the freshest source is heard, of two that looked at once the better in rank. A source that says that a market is
//! suspended is heard too: what another saw earlier does not stand in its place.

use std::cmp::Reverse;
use std::collections::HashMap;

use odds::book;

use super::batch::{Quote, folded};
use crate::schedule::{RankedKind, Ranks};

/// A market at a book, whoever tells of it: book, market, player.
type Question = (String, String, Option<String>);

/// How fresh a source is; later is fresher.
type Freshness = (i64, Reverse<usize>);

/// Leaves what the freshest source of each market says to be open.
pub(super) fn freshest(quotes: Vec<Quote>, ranks: &Ranks) -> Vec<Quote> {
    let mut heard: HashMap<Question, (Freshness, (String, String))> = HashMap::new();
    for quote in &quotes {
        let kind = if quote.player.is_some() { RankedKind::Props } else { RankedKind::Odds };
        let fresh = (quote.observed_at, Reverse(ranks.place(kind, &quote.provider)));
        let source = || (quote.provider.clone(), quote.book.clone());
        let first = heard.entry(question(quote)).or_insert_with(|| (fresh, source()));
        if fresh > first.0 {
            *first = (fresh, source());
        }
    }
    let is_heard =
        |quote: &Quote| heard.get(&question(quote)).is_some_and(|(_, (provider, book))| *provider == quote.provider && *book == quote.book);
    quotes.into_iter().filter(|quote| quote.is_open && is_heard(quote)).collect()
}

fn question(quote: &Quote) -> Question {
    let market = if quote.is_winner() { "winner" } else { &quote.market };
    (book::key(&quote.provider, &quote.book).to_owned(), market.to_owned(), quote.player.as_deref().map(folded))
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
        let ranks = Ranks::of(Vec::new(), vec!["the-odds-api", "opticodds"]);
        freshest(quotes, &ranks).into_iter().map(|quote| format!("{}/{}", quote.provider, quote.book)).collect()
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
        let suspended = Quote { is_open: false, ..optic };
        assert_eq!(heard(vec![api, suspended]), [""; 0], "what was seen before it was suspended is not written in its place");
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
