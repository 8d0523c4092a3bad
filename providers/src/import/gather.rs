//! What is gathered while rows are read: listings by moment, and what could not be used.

use std::borrow::Cow;
use std::collections::HashMap;

use odds::Moment;
use odds::observation::{BookSeen, Decoded, FactSeen, ListingKind, ListingSeen, MarketSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::Basis;

/// Where a quote stands in its listing.
pub(super) struct Spot<'a> {
    pub(super) book: Cow<'a, str>,
    pub(super) market: Cow<'a, str>,
    pub(super) seen_at: Option<Moment>,
    pub(super) is_whole: bool,
}

/// An event as its row tells it.
pub(super) struct Told<'a> {
    /// The id within the source.
    pub(super) id: Cow<'a, str>,
    pub(super) sport: Cow<'a, str>,
    pub(super) kind: ListingKind,
    pub(super) facts: Vec<FactSeen<'a>>,
}

struct At<'a> {
    at: Moment,
    basis: Basis,
    listings: Vec<ListingSeen<'a>>,
    by_id: HashMap<Cow<'a, str>, usize>,
}

/// All that a chunk says.
pub(super) struct Gathered<'a> {
    source: String,
    said: Vec<At<'a>>,
    by_moment: HashMap<(Moment, Basis), usize>,
    last: usize,
    pub(super) problems: Vec<Problem>,
    unreadable: u64,
}

impl<'a> Gathered<'a> {
    pub(super) fn of(source: &str) -> Self {
        let (said, by_moment, problems) = (Vec::new(), HashMap::new(), Vec::new());
        Self { source: source.to_owned(), said, by_moment, last: 0, problems, unreadable: 0 }
    }

    /// Notes what could not be used.
    pub(super) fn problem(&mut self, place: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) {
        self.problems.push(Problem::at(place, reason, detail));
    }

    /// The same for quotes whose selection is not known, so that they are counted too.
    pub(super) fn unreadable(&mut self, quotes: u64, place: impl Into<String>, reason: Refusal, detail: impl AsRef<str>) {
        self.unreadable += quotes;
        self.problem(place, reason, detail);
    }

    /// What is said of an event at a moment; its facts are told with its first row.
    pub(super) fn listing(&mut self, at: Moment, basis: Basis, told: &Told<'a>) -> &mut ListingSeen<'a> {
        if self.said.get(self.last).is_none_or(|said| (said.at, said.basis) != (at, basis)) {
            let said = &mut self.said;
            self.last = *self.by_moment.entry((at, basis)).or_insert_with(|| {
                said.push(At { at, basis, listings: Vec::new(), by_id: HashMap::new() });
                said.len() - 1
            });
        }
        let At { listings, by_id, .. } = &mut self.said[self.last];
        let place = match by_id.get(&told.id) {
            Some(place) => *place,
            None => {
                let id = Cow::Owned(format!("{}/{}", self.source, told.id));
                let (sport, kind, facts) = (told.sport.clone(), told.kind, told.facts.clone());
                listings.push(ListingSeen { id, sport, kind, facts, ..ListingSeen::default() });
                by_id.insert(told.id.clone(), listings.len() - 1);
                listings.len() - 1
            }
        };
        &mut listings[place]
    }

    /// All that was said, in the order of the world.
    pub(super) fn finish(mut self) -> Decoded<'a> {
        self.said.sort_by_key(|said| said.at);
        let snapshot =
            |said: At<'a>| Snapshot { observed_at: said.at, basis: said.basis, scope: Scope::default(), listings: said.listings };
        let snapshots = self.said.into_iter().map(snapshot).collect();
        Decoded { snapshots, problems: self.problems, unreadable: self.unreadable, ..Decoded::default() }
    }
}

/// The market of a spot; damage in one mention of it is damage to all.
pub(super) fn market_of<'l, 'a>(listing: &'l mut ListingSeen<'a>, spot: &Spot<'a>) -> &'l mut MarketSeen<'a> {
    let books = &mut listing.books;
    let at = books.iter().rposition(|book| book.key == spot.book).unwrap_or_else(|| {
        books.push(BookSeen { key: spot.book.clone(), ..BookSeen::default() });
        books.len() - 1
    });
    let markets = &mut books[at].markets;
    let at = markets.iter().rposition(|market| market.key == spot.market).unwrap_or_else(|| {
        markets.push(MarketSeen { key: spot.market.clone(), seen_at: spot.seen_at, ..MarketSeen::default() });
        markets.len() - 1
    });
    let market = &mut markets[at];
    market.seen_at = market.seen_at.max(spot.seen_at);
    market.is_damaged |= !spot.is_whole;
    market
}
