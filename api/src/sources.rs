//! One quote of each book, whoever delivers it: of several sources of one event the freshest is shown, with all of them listed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use odds::book;
use odds::{ListingId, Moment, Price};
use serde::Serialize;
use utoipa::ToSchema;

use crate::asked::is_wanted;
use crate::state::Meanings;
use crate::view::{Quote, ShownPrice, State};

/// What one provider says of a quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Source {
    /// The provider.
    pub provider: String,
    /// Its own key of the book.
    pub book: String,
    /// Its price in the format that was asked for; absent once it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<ShownPrice>,
    /// How the quote stands there.
    pub state: State,
    /// The moment at which it was last seen to stand there.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub observed_at: Option<Moment>,
    /// The reply that brought the price: `/v1/replies/{id}`.
    pub reply: String,
}

/// A quote with what is needed to choose among several of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub quote: Quote,
    pub price: Option<Price>,
    pub listing: ListingId,
}

/// How fresh a source is: later is fresher.
type Freshness = (bool, Option<Moment>, Reverse<usize>, Reverse<String>, Reverse<ListingId>);

/// Whether a book is among those asked for, by our key or its provider's own.
pub(crate) fn is_book_wanted(asked: Option<&String>, provider: &str, own: &str) -> bool {
    is_wanted(asked, own) || is_wanted(asked, book::key(provider, own))
}

/// Leaves one source of each quote. Where several listings have it, the one that looked comes before those that are stale or not
/// observed, then the newest look, then the better rank. That a source took it down counts from when it did so: one that looked
/// later and still saw it is believed, so that a source of fewer lines does not take down another's.
pub(crate) fn once(told: Vec<Told>, meanings: &dyn Meanings) -> Vec<Told> {
    let mut by_question: HashMap<String, BTreeMap<ListingId, Vec<usize>>> = HashMap::new();
    for (at, one) in told.iter().enumerate() {
        by_question.entry(question(&one.quote)).or_default().entry(one.listing).or_default().push(at);
    }
    let mut sources: HashMap<usize, Vec<Source>> = HashMap::new();
    let mut is_left_out = vec![false; told.len()];
    for listings in by_question.into_values().filter(|listings| listings.len() > 1) {
        let mut ranked: Vec<(Freshness, Vec<usize>)> = listings
            .into_values()
            .filter_map(|indices| Some((indices.iter().map(|at| freshness(&told[*at], meanings)).max()?, indices)))
            .collect();
        ranked.sort_by(|(a, _), (b, _)| b.cmp(a));
        let listed: Vec<Source> = ranked.iter().filter_map(|(_, indices)| Some(source(&told[*indices.first()?].quote))).collect();
        for (place, (_, indices)) in ranked.into_iter().enumerate() {
            for at in indices {
                if place == 0 {
                    sources.insert(at, listed.clone());
                } else {
                    is_left_out[at] = true;
                }
            }
        }
    }
    let mut left = Vec::with_capacity(told.len());
    for (at, mut one) in told.into_iter().enumerate().filter(|(at, _)| !is_left_out[*at]) {
        one.quote.sources = sources.remove(&at).unwrap_or_default();
        left.push(one);
    }
    left
}

fn freshness(told: &Told, meanings: &dyn Meanings) -> Freshness {
    let quote = &told.quote;
    let has_looked = matches!(quote.state, State::Live | State::Suspended | State::Withdrawn);
    let seen_at = if quote.state == State::Withdrawn { Some(quote.first_seen_at) } else { quote.observed_at };
    let rank = meanings.rank(&quote.provider);
    (has_looked, seen_at, Reverse(rank), Reverse(quote.provider.clone()), Reverse(told.listing))
}

fn source(quote: &Quote) -> Source {
    Source {
        provider: quote.provider.clone(),
        book: quote.provider_book.clone(),
        price: quote.price.clone(),
        state: quote.state,
        observed_at: quote.observed_at,
        reply: quote.reply.clone(),
    }
}

/// The same for the same selection at the same book. Books and markets that we do not know are the same at one provider alone.
fn question(quote: &Quote) -> String {
    let is_known = quote.is_understood && book::known(&quote.provider, &quote.provider_book).is_some();
    let provider = if is_known { "" } else { &quote.provider };
    [provider, &quote.book, quote.stance, &selection(quote)].join("\u{1f}")
}

/// The same for the same selection at any book. A market that we do not understand is compared within its provider.
pub(crate) fn selection(quote: &Quote) -> String {
    let provider = if quote.is_understood { "" } else { &quote.provider };
    let line = quote.line.map_or_else(String::new, |line| line.to_string());
    [provider, &quote.market, &quote.period, quote.subject.as_deref().unwrap_or(""), &quote.selection, &line].join("\u{1f}")
}
