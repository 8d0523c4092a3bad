//! What is gathered while a page is read: observations by moment, problems by row, and what each row came to.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use odds::Moment;
use odds::observation::{
    BookSeen, CatalogueKind, CatalogueRow, Decoded, FactSeen, ListingKind, ListingSeen, MarketSeen, OutcomeSeen, Problem, Refusal, Scope,
    Snapshot,
};
use odds::reply::Basis;
use odds::rows::{RowFate, RowTold, fingerprint};
use serde_json::value::RawValue;

use super::stats::Lists;
use super::wire::Row;

/// The most that is told of one row.
const NOTE_LENGTH: usize = 300;

/// What rows of other tables need of the event that they point to.
#[derive(Debug, Clone)]
pub(super) struct EventWords {
    pub(super) sport: String,
    pub(super) start: Option<Moment>,
}

/// A row that is being read.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) table: Cow<'a, str>,
    pub(super) id: Cow<'a, str>,
    first_problem: usize,
    fingerprint: i64,
}

/// Where a quote stands: book, market and the moment at which the source says that it read the book.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a> {
    pub(super) book: Cow<'a, str>,
    pub(super) market: Cow<'a, str>,
    pub(super) seen_at: Option<Moment>,
}

/// Who said an outcome at a moment.
#[derive(Default)]
struct SaidBy {
    price: Option<i64>,
    is_contradicted: bool,
    /// The rows that agree, until one says otherwise.
    rows: Vec<usize>,
}

/// All that a page says.
pub(super) struct Reader<'a> {
    /// When the page was taken: nothing in it can have been seen later.
    pub(super) taken_at: Moment,
    pub(super) events: HashMap<Cow<'a, str>, EventWords>,
    problems: Vec<Problem>,
    unreadable: u64,
    rows: Vec<RowTold<'a>>,
    said: BTreeMap<Moment, Vec<ListingSeen<'a>>>,
    said_at: HashMap<(Moment, Cow<'a, str>), usize>,
    /// Who said an outcome, by a hash of all that names it.
    said_by: HashMap<u64, SaidBy>,
    catalogue: BTreeMap<(CatalogueKind, Cow<'a, str>), CatalogueRow<'a>>,
    /// What players did, until all rows of an event are read.
    pub(super) stats: Lists<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(taken_at: Moment) -> Self {
        Self {
            taken_at,
            events: HashMap::new(),
            problems: Vec::new(),
            unreadable: 0,
            rows: Vec::new(),
            said: BTreeMap::new(),
            said_at: HashMap::new(),
            said_by: HashMap::new(),
            catalogue: BTreeMap::new(),
            stats: Lists::new(),
        }
    }

    /// Begins a row: its id is the column `id`, or its place in the page.
    pub(super) fn begin(&self, table: &Cow<'a, str>, row: Option<&Row<'a>>, raw: &RawValue, at: usize) -> Place<'a> {
        let id = row.and_then(|row| row.words("id")).filter(|id| id.len() <= 200 && !id.chars().any(char::is_control));
        Place {
            table: table.clone(),
            id: id.unwrap_or_else(|| Cow::Owned(format!("[{at}]"))),
            first_problem: self.problems.len(),
            fingerprint: fingerprint(raw.get().as_bytes()),
        }
    }

    /// Notes what could not be used of a row.
    pub(super) fn problem(&mut self, place: &Place<'_>, column: &str, reason: Refusal, detail: impl AsRef<str>) {
        let path: String = format!("{}/{}.{column}", place.table, place.id).chars().take(300).collect();
        self.problems.push(Problem::at(path, reason, detail));
    }

    /// The same for a quote whose selection is not known, so that it is counted too.
    pub(super) fn unreadable(&mut self, place: &Place<'_>, column: &str, reason: Refusal, detail: impl AsRef<str>) {
        self.unreadable += 1;
        self.problem(place, column, reason, detail);
    }

    /// Ends a row that cannot be used at all.
    pub(super) fn refuse(&mut self, place: Place<'a>, column: &str, reason: Refusal, detail: impl AsRef<str>) {
        self.problem(&place, column, reason, detail.as_ref());
        let told: String = detail.as_ref().chars().take(NOTE_LENGTH).collect();
        let what = if column.is_empty() { told } else { format!("{column}: {told}") };
        self.end(place, RowFate::Refused(reason, what));
    }

    /// Ends a row that is a listing, or a part of one.
    pub(super) fn keep(&mut self, place: Place<'a>, listing: Cow<'a, str>) {
        let note = self.note(&place);
        self.end(place, RowFate::Kept { listing, note });
    }

    /// What could not be used of the row that is being read.
    pub(super) fn note(&self, place: &Place<'_>) -> String {
        let start = format!("{}/{}.", place.table, place.id);
        let told = self.problems[place.first_problem..].iter().map(|problem| {
            let column = problem.path.strip_prefix(&start).unwrap_or(&problem.path);
            format!("{column}: {} ({})", problem.reason.as_str(), problem.detail)
        });
        told.collect::<Vec<_>>().join("; ").chars().take(NOTE_LENGTH).collect()
    }

    /// Ends a row that is a name.
    pub(super) fn name(&mut self, place: Place<'a>, kind: CatalogueKind, key: Cow<'a, str>, title: Cow<'a, str>, detail: &str) {
        self.add_name(kind, key, title, detail);
        self.end(place, RowFate::Named);
    }

    pub(super) fn add_name(&mut self, kind: CatalogueKind, key: Cow<'a, str>, title: Cow<'a, str>, detail: &str) {
        self.catalogue.entry((kind, key.clone())).or_insert_with(|| CatalogueRow { kind, key, title, detail: detail.to_owned() });
    }

    /// Ends a row with what it came to.
    pub(super) fn end(&mut self, place: Place<'a>, fate: RowFate<'a>) {
        self.rows.push(RowTold { table: place.table, id: place.id, fingerprint: place.fingerprint, fate });
    }

    /// The number that the next row to end will have.
    pub(super) fn next_row(&self) -> usize {
        self.rows.len()
    }

    /// What is said of a listing at a moment.
    pub(super) fn listing(&mut self, at: Moment, id: &Cow<'a, str>, sport: &str, kind: ListingKind) -> &mut ListingSeen<'a> {
        let listings = self.said.entry(at).or_default();
        let place = *self.said_at.entry((at, id.clone())).or_insert_with(|| {
            let sport = Cow::Owned(sport.to_owned());
            listings.push(ListingSeen { id: id.clone(), sport, kind, ..ListingSeen::default() });
            listings.len() - 1
        });
        &mut listings[place]
    }

    /// Adds facts of a listing.
    pub(super) fn facts(&mut self, at: Moment, id: &Cow<'a, str>, sport: &str, facts: Vec<FactSeen<'a>>) {
        self.listing(at, id, sport, ListingKind::Contest).facts.extend(facts);
    }

    /// Adds a quote. Rows that say the same at one moment are duplicates; where one of them says otherwise, all are kept as they are, for
    /// the comparison to refuse them all. Gives the rows that were taken for right until this one; `None` where nothing contradicts.
    pub(super) fn quote(
        &mut self,
        at: Moment,
        id: &Cow<'a, str>,
        sport: &str,
        spot: Spot<'a>,
        outcome: OutcomeSeen<'a>,
    ) -> Option<Vec<usize>> {
        let name = hash_of(&(at, &**id, &*spot.book, &*spot.market, &*outcome.name, &*outcome.description, outcome.point));
        let row = self.next_row();
        let price = offers(&outcome);
        market_of(self.listing(at, id, sport, ListingKind::Contest), spot).outcomes.push(outcome);
        let said = self.said_by.entry(name).or_insert_with(|| SaidBy { price, ..SaidBy::default() });
        said.is_contradicted |= said.price != price;
        if said.is_contradicted {
            return Some(std::mem::take(&mut said.rows));
        }
        said.rows.push(row);
        None
    }

    /// Takes back what was said of a row that another row contradicts.
    pub(super) fn contradict(&mut self, row: usize, detail: &str) {
        if let Some(row) = self.rows.get_mut(row) {
            row.fate = RowFate::Refused(Refusal::Contradiction, detail.to_owned());
        }
    }

    /// All that was said, in the order of the world. Silence means nothing in a page of rows.
    pub(super) fn finish(self) -> Decoded<'a> {
        let scope = Scope::default();
        let snapshot = |(observed_at, listings)| Snapshot { observed_at, basis: Basis::Assumed, scope: scope.clone(), listings };
        Decoded {
            decision: None,
            snapshots: self.said.into_iter().map(snapshot).collect(),
            problems: self.problems,
            unreadable: self.unreadable,
            catalogue: self.catalogue.into_values().collect(),
            next: None,
            rows: self.rows,
        }
    }
}

fn hash_of(parts: &impl std::hash::Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

fn offers(outcome: &OutcomeSeen<'_>) -> Option<i64> {
    outcome.offer.ok().map(|offer| offer.price.nanos())
}

/// The market of a spot. A missing outcome in it says nothing: rows hold what somebody wrote, not all that a book offered.
fn market_of<'s, 'a>(listing: &'s mut ListingSeen<'a>, spot: Spot<'a>) -> &'s mut MarketSeen<'a> {
    let book = match listing.books.iter().position(|book| book.key == spot.book) {
        Some(at) => at,
        None => {
            listing.books.push(BookSeen { key: spot.book, seen_at: None, markets: Vec::new() });
            listing.books.len() - 1
        }
    };
    let markets = &mut listing.books[book].markets;
    let market = match markets.iter().position(|market| market.key == spot.market) {
        Some(at) => at,
        None => {
            markets.push(MarketSeen { key: spot.market, is_damaged: true, ..MarketSeen::default() });
            markets.len() - 1
        }
    };
    markets[market].seen_at = markets[market].seen_at.max(spot.seen_at);
    &mut markets[market]
}

/// The moment of a row: the newest of its own stamps, and never later than the page; the page's own where it has none, for it may
/// have been written at any time before.
pub(super) fn moment_of(row: &Row<'_>, stamps: &[&str], taken_at: Moment) -> Moment {
    let newest = stamps.iter().filter_map(|stamp| time(row, stamp)).max();
    newest.map_or(taken_at, |at| at.min(taken_at))
}

/// A time of a column, where it can be read.
pub(super) fn time(row: &Row<'_>, column: &str) -> Option<Moment> {
    row.words(column).and_then(|text| time_of(&text))
}

/// A time as servers and scripts write it: RFC 3339, or the same with a blank and without a zone, which is UTC.
pub(super) fn time_of(text: &str) -> Option<Moment> {
    if let Ok(at) = text.parse::<Moment>() {
        return Some(at);
    }
    let text = text.replacen(' ', "T", 1);
    let text = text.strip_suffix("+00").unwrap_or(&text);
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}
