//! What is gathered while rows are read: listings by moment, and what could not be used.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use odds::Moment;
use odds::observation::{BookSeen, Decoded, FactKind, FactSeen, ListingKind, ListingSeen, MarketSeen, Problem, Refusal, Scope, Snapshot};
use odds::reply::Basis;

/// Where a quote stands in its listing.
pub(super) struct Spot<'a> {
    pub(super) book: Cow<'a, str>,
    pub(super) market: Cow<'a, str>,
    pub(super) seen_at: Option<Moment>,
    pub(super) is_whole: bool,
}

/// An event, or a list of people, as its row tells it.
#[derive(Clone)]
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
    /// The id that was spoken of last, and its place.
    last: Option<(Cow<'a, str>, usize)>,
}

/// A whole list of people: it stands where the last of its rows was told.
struct Report<'a> {
    at: Moment,
    basis: Basis,
    told: Told<'a>,
    players: Vec<(Moment, FactSeen<'a>)>,
    by_subject: HashMap<Cow<'a, str>, usize>,
}

/// What stating a fact came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stated {
    New,
    Same,
    /// Rows contradict each other, and none of them is believed; what stood there before, where it is the first contradiction.
    Disputed(Option<String>),
}

/// All that a chunk says.
pub(super) struct Gathered<'a> {
    source: String,
    said: Vec<At<'a>>,
    by_moment: HashMap<(Moment, Basis), usize>,
    last: usize,
    reports: HashMap<(Cow<'a, str>, String), Report<'a>>,
    disputed: HashSet<(String, FactKind, String)>,
    pub(super) problems: Vec<Problem>,
    unreadable: u64,
}

impl<'a> Gathered<'a> {
    pub(super) fn of(source: &str) -> Self {
        let (said, by_moment, reports, disputed, problems) = Default::default();
        Self { source: source.to_owned(), said, by_moment, last: 0, reports, disputed, problems, unreadable: 0 }
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
                said.push(At { at, basis, listings: Vec::new(), by_id: HashMap::new(), last: None });
                said.len() - 1
            });
        }
        let At { listings, by_id, last, .. } = &mut self.said[self.last];
        if let Some((_, place)) = last.as_ref().filter(|(id, _)| *id == told.id) {
            return &mut listings[*place];
        }
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
        *last = Some((told.id.clone(), place));
        &mut listings[place]
    }

    /// States a fact that a row tells of its event, once. Where another row told otherwise, neither stands.
    pub(super) fn state(&mut self, at: Moment, basis: Basis, told: &Told<'a>, fact: FactSeen<'a>) -> Stated {
        let key = || (told.id.to_string(), fact.kind, fact.subject.to_string());
        if !self.disputed.is_empty() && self.disputed.contains(&key()) {
            return Stated::Disputed(None);
        }
        let facts = &mut self.listing(at, basis, told).facts;
        let Some(known) = facts.iter().position(|known| (known.kind, &known.subject) == (fact.kind, &fact.subject)) else {
            facts.push(fact);
            return Stated::New;
        };
        if facts[known].value == fact.value {
            return Stated::Same;
        }
        let before = facts.remove(known).value.into_owned();
        self.disputed.insert(key());
        Stated::Disputed(Some(before))
    }

    /// Whether a listing was spoken of at a moment.
    fn has(&self, at: Moment, basis: Basis, id: &str) -> bool {
        self.by_moment.get(&(at, basis)).is_some_and(|said| self.said[*said].by_id.contains_key(id))
    }

    /// A player's own list, on which he is alone; of rows of one moment the last is true. What is passing was true until just before.
    pub(super) fn own_list(&mut self, at: Moment, basis: Basis, told: &Told<'a>, fact: FactSeen<'a>, is_off: bool, is_passing: bool) {
        if is_passing && !is_off {
            let before = self.listing(at.plus_micros(-1), basis, told);
            before.facts.retain(|known| known.kind != FactKind::Injury);
            before.facts.push(fact);
            if !self.has(at, basis, &told.id) {
                self.listing(at, basis, told);
            }
            return;
        }
        let list = self.listing(at, basis, told);
        list.facts.retain(|known| known.kind != FactKind::Injury);
        if !is_off {
            list.facts.push(fact);
        }
    }

    /// A player on a report. Where he stands on it already, that last told is kept: then, whether both say the same.
    pub(super) fn on_report(&mut self, report: String, (at, basis): (Moment, Basis), told: &Told<'a>, fact: FactSeen<'a>) -> Option<bool> {
        let new = || Report { at, basis, told: told.clone(), players: Vec::new(), by_subject: HashMap::new() };
        let report = self.reports.entry((told.id.clone(), report)).or_insert_with(new);
        if at > report.at {
            (report.at, report.basis) = (at, basis);
        }
        let Some(place) = report.by_subject.get(&fact.subject) else {
            report.by_subject.insert(fact.subject.clone(), report.players.len());
            report.players.push((at, fact));
            return None;
        };
        let known = &mut report.players[*place];
        let is_same = known.1 == fact;
        if at > known.0 {
            *known = (at, fact);
        }
        Some(is_same)
    }

    /// All that was said, in the order of the world.
    pub(super) fn finish(mut self) -> Decoded<'a> {
        let mut reports: Vec<Report<'a>> = std::mem::take(&mut self.reports).into_values().collect();
        reports.sort_by(|one, other| (one.at, &one.told.id).cmp(&(other.at, &other.told.id)));
        for Report { at, basis, told, players, .. } in reports {
            self.listing(at, basis, &told).facts.extend(players.into_iter().map(|(_, fact)| fact));
        }
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
