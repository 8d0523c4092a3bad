//! The quotes of an event, from all its listings, with the best price of each selection marked.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use odds::price::Format;
use odds::{Moment, Price};
use store::boards::Kept;
use store::{EventRow, ListingRow};

use crate::absence::{Absence, with_near};
use crate::asked::{When, is_named, is_wanted};
use crate::players::People;
use crate::problem::Problem;
use crate::sides::EventSides;
use crate::sources::{self, Told, is_book_wanted};
use crate::state::State;
use crate::view::{self, Quote, Shown, standings};

/// Which quotes are wanted.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// Markets, in our words or the providers'.
    pub market: Option<&'a String>,
    /// Books, by our key or the providers'.
    pub book: Option<&'a String>,
    /// The providers whose word alone is wanted; of all, each quote is shown once.
    pub provider: Option<&'a String>,
    /// A part of a player's name in any spelling, or a player's id.
    pub player: Option<&'a String>,
    /// Whether only those about players are wanted, or only the others; `None` takes both.
    pub props: Option<bool>,
    /// Only quotes that changed after this.
    pub updated_after: Option<Moment>,
    /// The format of prices.
    pub format: Format,
    /// As of when.
    pub when: When,
}

/// The quotes of an event that were wished for, and why there are none where that is so.
pub struct Found {
    /// The quotes.
    pub quotes: Vec<Quote>,
    /// What was asked for and is not there.
    pub absent: Vec<Absence>,
}

type Aggregates = HashSet<(String, String)>;

/// What quotes are shown by, beside their boards.
pub struct Knowing<'a> {
    /// What words mean, and whose word counts.
    pub state: &'a State,
    /// Books that are none, by provider and key.
    pub aggregates: &'a Aggregates,
    /// Who the players are.
    pub people: &'a People,
}

/// Quotes of an event's listings on the way, with the markets and books that were met.
#[derive(Default)]
struct Gathered {
    quotes: Vec<Told>,
    markets: BTreeSet<String>,
    books: BTreeSet<String>,
}

impl Wish<'_> {
    /// The quotes of an event.
    ///
    /// # Errors
    /// What the store reports.
    pub fn find(&self, state: &State, event: &EventRow, sides: Option<&EventSides>, aggregates: &Aggregates) -> Result<Found, Problem> {
        let knowing = Knowing { state, aggregates, people: &People::of(state, self.player)? };
        let mut gathered = Gathered::default();
        for listing in self.known(event) {
            state.with_board(listing, self.when.cut, |kept| self.gather(&knowing, kept, sides, &mut gathered))?;
        }
        Ok(self.found(&knowing, event, gathered))
    }

    /// The quotes of an event whose boards are there already.
    pub fn find_on(&self, knowing: &Knowing<'_>, event: &EventRow, boards: &[Kept], sides: Option<&EventSides>) -> Found {
        let mut gathered = Gathered::default();
        for kept in boards.iter().filter(|kept| is_wanted(self.provider, &kept.listing.provider)) {
            self.gather(knowing, kept, sides, &mut gathered);
        }
        self.found(knowing, event, gathered)
    }

    /// The listings that are wanted and were met by then.
    fn known<'e>(&self, event: &'e EventRow) -> impl Iterator<Item = &'e ListingRow> {
        let met = event.listings.iter().filter(|listing| listing.founded <= self.when.cut.known);
        met.filter(|listing| is_wanted(self.provider, &listing.provider))
    }

    fn gather(&self, knowing: &Knowing<'_>, kept: &Kept, sides: Option<&EventSides>, gathered: &mut Gathered) {
        let shown = Shown { at: self.when.at, format: self.format };
        for standing in standings(kept, &*knowing.state.meanings, self.when.at, sides) {
            let mut quote = standing.quote(shown);
            quote.is_aggregate = knowing.aggregates.contains(&(quote.provider.clone(), quote.provider_book.clone()));
            if quote.is_prop {
                quote.player_id = knowing.people.player_id(kept, quote.subject.as_deref(), self.when.at);
            }
            if self.props.is_some_and(|props| props != quote.is_prop) {
                continue;
            }
            gathered.markets.extend([quote.market.clone(), quote.provider_market.clone()]);
            gathered.books.extend([quote.book.clone(), quote.provider_book.clone()]);
            if self.is_market_wanted(&quote) {
                gathered.quotes.push(Told { quote, price: standing.value.price(), listing: kept.listing.id });
            }
        }
    }

    fn found(&self, knowing: &Knowing<'_>, event: &EventRow, gathered: Gathered) -> Found {
        let mut quotes = sources::once(gathered.quotes, &*knowing.state.meanings);
        mark_best(&mut quotes);
        let quotes: Vec<Quote> = quotes.into_iter().map(|told| told.quote).filter(|quote| self.is_wanted(quote, knowing.people)).collect();
        let met = event.listings.iter().filter(|listing| listing.founded <= self.when.cut.known);
        let providers: BTreeSet<String> = met.map(|listing| listing.provider.clone()).collect();
        let seen = Seen { markets: listed(gathered.markets), books: listed(gathered.books), providers: listed(providers) };
        let absent = self.absent(&quotes, &seen);
        Found { quotes, absent }
    }

    fn is_market_wanted(&self, quote: &Quote) -> bool {
        is_wanted(self.market, &quote.market) || is_wanted(self.market, &quote.provider_market)
    }

    fn is_wanted(&self, quote: &Quote, people: &People) -> bool {
        let is_called = quote.subject.as_deref().is_some_and(|subject| is_named(self.player, subject));
        let is_player = self.player.is_none() || is_called || people.are_wanted(quote.player_id.as_deref());
        is_book_wanted(self.book, &quote.provider, &quote.provider_book)
            && is_player
            && self.updated_after.is_none_or(|after| quote.first_seen_at > after)
    }

    fn absent(&self, quotes: &[Quote], seen: &Seen) -> Vec<Absence> {
        let mut absent = Vec::new();
        for provider in words(self.provider).filter(|provider| !has(&seen.providers, provider)) {
            let reason = with_near("this provider has not listed this event", provider, &seen.providers);
            absent.push(Absence::not_covered(Some(provider), reason));
        }
        for market in words(self.market).filter(|market| !has(&seen.markets, market)) {
            let reason = with_near("no book offered this market on this event to a provider that we ask", market, &seen.markets);
            absent.push(Absence::not_covered(Some(market), reason));
        }
        for book in words(self.book).filter(|book| !has(&seen.books, book)) {
            absent.push(Absence::not_covered(Some(book), with_near("no provider brought this book for this event", book, &seen.books)));
        }
        if quotes.is_empty() && absent.is_empty() {
            absent.push(self.nothing(seen));
        }
        absent
    }

    fn nothing(&self, seen: &Seen) -> Absence {
        if seen.books.is_empty() {
            let what = if self.props == Some(true) { "player props" } else { "quotes" };
            return Absence::not_covered(None, format!("no reply had brought {what} for this event by then"));
        }
        Absence::not_observed(None, "there are quotes for this event, and none of them fits what was asked")
    }
}

struct Seen {
    markets: Vec<String>,
    books: Vec<String>,
    providers: Vec<String>,
}

fn listed(words: BTreeSet<String>) -> Vec<String> {
    words.into_iter().collect()
}

fn words(asked: Option<&String>) -> impl Iterator<Item = &str> {
    asked.into_iter().flat_map(|asked| asked.split(',')).filter(|word| !word.is_empty())
}

fn has(known: &[String], word: &str) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Marks every quote that has the highest live price of its selection. A market that we do not understand is compared within its provider.
fn mark_best(quotes: &mut [Told]) {
    let mut best: BTreeMap<String, i64> = BTreeMap::new();
    let may_be_best = |quote: &Quote| quote.state == view::State::Live && quote.stance == "back" && !quote.is_aggregate;
    for Told { quote, price, .. } in quotes.iter().filter(|told| may_be_best(&told.quote)) {
        let nanos = price.map_or(0, Price::nanos);
        best.entry(sources::selection(quote)).and_modify(|best| *best = nanos.max(*best)).or_insert(nanos);
    }
    for Told { quote, price, .. } in quotes.iter_mut().filter(|told| may_be_best(&told.quote)) {
        quote.is_best = price.is_some_and(|price| best.get(&sources::selection(quote)) == Some(&price.nanos()));
    }
}
