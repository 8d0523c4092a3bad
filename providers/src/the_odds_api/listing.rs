//! One event with its books: what fits is kept, what does not is a problem with its place, and every outcome is accounted for.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use odds::attribute;
use odds::cover::FactMask;
use odds::line::Line;
use odds::observation::{
    BookScope, BookSeen, FactKind, FactSeen, ListingKind, ListingSeen, MarketSeen, Offer, OutcomeSeen, Problem, Refusal, Scope,
};
use odds::price::Format;
use odds::{Moment, Price};
use serde_json::value::RawValue;

use super::clock::{self, AHEAD_SECS};
use super::form::Form;
use super::loose::{Item, List, Raw, Word, short};
use super::place::Place;
use super::wire::{Book, Event, Market, Outcome};

/// Reads the events of one body, and keeps what cannot be used.
pub(super) struct Reader<'a> {
    /// The form of the prices.
    pub form: Form,
    /// The moment that book times are held against.
    pub latest: Moment,
    /// Whether an event without books is a problem.
    pub is_priced: bool,
    /// Markets that were asked for, where that is known.
    asked_markets: Vec<String>,
    /// What was asked for besides, where that is known.
    pub extras: FactMask,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// Outcomes refused without our knowing which selection they were.
    pub unreadable: u64,
    /// Whether an event could not be named: it may be any of those asked for, so none of them is missing.
    pub has_nameless_events: bool,
    /// Events in which a book could not be named, by id.
    has_nameless_books: HashSet<String>,
    /// Keys of the books, each with the first title that came with it.
    pub titles: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    /// The time read last: neighbours mostly share it.
    last_time: Option<(&'a str, Moment)>,
}

/// What a book's time ahead of the reply costs: told once a book.
#[derive(Default)]
struct Ahead {
    first: Option<(String, String)>,
    outcomes: usize,
}

impl<'a> Reader<'a> {
    /// `asked` is the scope of the request alone.
    pub fn new(form: Form, latest: Moment, is_priced: bool, asked: Scope, extras: FactMask) -> Self {
        Self {
            form,
            latest,
            is_priced,
            asked_markets: asked.markets.unwrap_or_default(),
            extras,
            problems: Vec::new(),
            unreadable: 0,
            has_nameless_events: false,
            has_nameless_books: HashSet::new(),
            titles: BTreeMap::new(),
            last_time: None,
        }
    }

    /// Notes something that cannot be used.
    pub fn problem(&mut self, at: Place, field: &str, reason: Refusal, detail: impl AsRef<str>) {
        self.problems.push(Problem::at(at.path(field), reason, detail));
    }

    /// Reads one event; `None` where it has no id to keep it under.
    pub fn listing(&mut self, at: Place, event: Event<'a>) -> Option<ListingSeen<'a>> {
        if event.id.as_filled().is_none() {
            let reason = if event.error_code.is_some() { Refusal::ProviderError } else { Refusal::MissingField };
            self.problem(at, "id", reason, event.error_code.map_or_else(|| event.id.complaint("an event's id"), short));
            self.unreadable += count(&event) as u64;
            self.has_nameless_events = true;
            return None;
        }
        let kind = kind(&event);
        let mut seen = ListingSeen { kind, asked: self.extras, ..ListingSeen::default() };
        self.start(at, event.commence_time, &mut seen.facts);
        if kind == ListingKind::Outright {
            title(event.sport_title, &mut seen.facts);
        } else {
            self.side(at, FactKind::Home, "home_team", event.home_team, &mut seen.facts);
            self.side(at, FactKind::Away, "away_team", event.away_team, &mut seen.facts);
        }
        rotation("home", event.home_rotation_number, &mut seen.facts);
        rotation("away", event.away_rotation_number, &mut seen.facts);
        seen.sport = self.sport(at, event.sport_key);
        seen.id = event.id.filled().unwrap_or_default();
        let (books, is_whole) = self.books(at, event.bookmakers, &mut seen.facts);
        seen.books = books;
        if !is_whole {
            self.has_nameless_books.insert(seen.id.to_string());
        }
        Some(seen)
    }

    pub fn sport(&mut self, at: Place, key: Word<'a>) -> Cow<'a, str> {
        if key.as_filled().is_none() {
            self.problem(at, "sport_key", Refusal::MissingField, key.complaint("sport_key"));
        }
        key.filled().unwrap_or_default()
    }

    pub fn side(&mut self, at: Place, kind: FactKind, name: &str, team: Word<'a>, facts: &mut Vec<FactSeen<'a>>) {
        match team {
            Word::Text(value) if !value.is_empty() => facts.push(FactSeen { kind, subject: "".into(), value }),
            other => self.problem(at, name, Refusal::MissingField, other.complaint(name)),
        }
    }

    pub fn start(&mut self, at: Place, time: Raw<'a>, facts: &mut Vec<FactSeen<'a>>) {
        match time {
            None => self.problem(at, "commence_time", Refusal::MissingField, "commence_time is missing"),
            Some(raw) => {
                let value = self.time(at, "commence_time", raw).map(|start| start.to_string());
                facts.extend(value.map(|value| FactSeen { kind: FactKind::Start, subject: "".into(), value: value.into() }));
            }
        }
    }

    fn time(&mut self, at: Place, name: &str, raw: &'a RawValue) -> Option<Moment> {
        let text = raw.get();
        if let Some((last, time)) = self.last_time
            && last == text
        {
            return Some(time);
        }
        let time = clock::moment(raw);
        match time {
            Some(time) => self.last_time = Some((text, time)),
            None => self.problem(at, name, Refusal::BadTime, format!("{}: a time is like 2026-03-31T23:10:00Z", short(raw))),
        }
        time
    }

    /// The books of an event, and whether all of them could be named.
    fn books(&mut self, at: Place, books: List<'a, Book<'a>>, facts: &mut Vec<FactSeen<'a>>) -> (Vec<BookSeen<'a>>, bool) {
        let books = match books {
            List::Of(books) => books,
            List::Missing if !self.is_priced => return (Vec::new(), true),
            other => {
                self.problem(at, "bookmakers", Refusal::NotTheShape, other.complaint("bookmakers"));
                return (Vec::new(), false);
            }
        };
        let (mut seen, many) = (Vec::with_capacity(books.len()), books.len());
        for (book_at, book) in books.into_iter().enumerate() {
            let at = Place { book: Some(book_at), ..at };
            match book {
                Item::Fits(book) => seen.extend(self.book(at, book, facts)),
                Item::Not(raw) => self.problem(at, "", Refusal::NotTheShape, format!("{} is no book", short(raw))),
            }
        }
        let is_whole = seen.len() == many;
        (seen, is_whole)
    }

    /// A book that could not be named may be any of those asked for: of none of them is it said that it was not brought.
    pub fn claim_nothing_of_missing_books(&self, listings: &mut [ListingSeen<'a>], asked: &BookScope) {
        let BookScope::Listed(asked) = asked else { return };
        for listing in listings.iter_mut().filter(|listing| self.has_nameless_books.contains(listing.id.as_ref())) {
            for key in asked {
                if !listing.books.iter().any(|book| book.key == *key) {
                    let mut book = BookSeen { key: key.clone().into(), ..BookSeen::default() };
                    self.claim_nothing_of_missing_markets(&mut book);
                    listing.books.push(book);
                }
            }
        }
    }

    fn book(&mut self, at: Place, book: Book<'a>, facts: &mut Vec<FactSeen<'a>>) -> Option<BookSeen<'a>> {
        let key = match book.key {
            Word::Text(key) if !key.is_empty() => key,
            other => {
                self.problem(at, "key", Refusal::MissingField, other.complaint("a book's key"));
                self.unreadable += book.markets.items().iter().map(count_in_market).sum::<usize>() as u64;
                return None;
            }
        };
        let List::Of(markets) = book.markets else {
            self.problem(at, "markets", Refusal::NotTheShape, book.markets.complaint("markets"));
            let mut seen = BookSeen { key, ..BookSeen::default() };
            self.claim_nothing_of_missing_markets(&mut seen);
            return (!seen.markets.is_empty()).then_some(seen);
        };
        if let Some(title) = book.title.filled()
            && !self.titles.contains_key(&key)
        {
            self.titles.insert(key.clone(), title);
        }
        let seen_at = book.last_update.and_then(|raw| self.time(at, "last_update", raw));
        let mut ahead = Ahead::default();
        let mut seen = BookSeen { seen_at: seen_at.filter(|time| !self.is_ahead(*time)), key, markets: Vec::with_capacity(markets.len()) };
        if seen_at == seen.seen_at {
            extras(facts, || attribute::of_book(&seen.key), [book.link, book.sid, None, None]);
        }
        let mut is_whole = true;
        for (market_at, market) in markets.into_iter().enumerate() {
            let at = Place { market: Some(market_at), ..at };
            let market = self.market(at, market, (&seen.key, seen_at), &mut ahead, facts);
            is_whole &= market.is_some();
            seen.markets.extend(market);
        }
        if !is_whole {
            self.claim_nothing_of_missing_markets(&mut seen);
        }
        if let Some((path, detail)) = ahead.first {
            self.problems.push(Problem::at(path, Refusal::BookAhead, format!("{detail}, with it {} outcomes of the book", ahead.outcomes)));
        }
        Some(seen)
    }

    /// A market that could not be named may be any of those asked for: none of them was taken down.
    fn claim_nothing_of_missing_markets(&self, book: &mut BookSeen<'a>) {
        for key in &self.asked_markets {
            if !book.markets.iter().any(|market| market.key == *key) {
                book.markets.push(MarketSeen { key: key.clone().into(), is_damaged: true, ..MarketSeen::default() });
            }
        }
    }

    fn is_ahead(&self, time: Moment) -> bool {
        time > self.latest.plus_secs(AHEAD_SECS)
    }

    fn market(
        &mut self,
        at: Place,
        market: Item<'a, Market<'a>>,
        (book, book_seen_at): (&str, Option<Moment>),
        ahead: &mut Ahead,
        facts: &mut Vec<FactSeen<'a>>,
    ) -> Option<MarketSeen<'a>> {
        let market = match market {
            Item::Fits(market) => market,
            Item::Not(raw) => {
                self.problem(at, "", Refusal::NotTheShape, format!("{} is no market", short(raw)));
                return None;
            }
        };
        let key = match market.key {
            Word::Text(key) if !key.is_empty() => key,
            other => {
                self.problem(at, "key", Refusal::MissingField, other.complaint("a market's key"));
                self.unreadable += market.outcomes.items().len() as u64;
                return None;
            }
        };
        let own = market.last_update.and_then(|raw| self.time(at, "last_update", raw));
        let mut seen = MarketSeen { seen_at: own.or(book_seen_at), key, ..MarketSeen::default() };
        let late = [own, book_seen_at].into_iter().flatten().find(|time| self.is_ahead(*time));
        let mut facts = late.is_none().then_some(facts);
        if let Some(facts) = facts.as_deref_mut() {
            extras(facts, || attribute::of_market(book, &seen.key), [market.link, market.sid, None, None]);
        }
        self.outcomes(at, market.outcomes, book, &mut seen, facts);
        if let Some(time) = late {
            self.refuse_ahead(at, time, &mut seen, ahead);
        }
        Some(seen)
    }

    /// A quote from after the moment that the reply speaks of would look ahead: its outcomes are named, and nothing is believed of them.
    fn refuse_ahead(&self, at: Place, time: Moment, market: &mut MarketSeen<'a>, ahead: &mut Ahead) {
        market.seen_at = None;
        market.is_damaged = true;
        market.outcomes.iter_mut().for_each(|outcome| outcome.offer = Err(Refusal::BookAhead));
        ahead.outcomes += market.outcomes.len();
        let told =
            || (at.path("last_update"), format!("{time} is over {AHEAD_SECS} s after {}: market {} refused", self.latest, market.key));
        ahead.first.get_or_insert_with(told);
    }

    fn outcomes(
        &mut self,
        at: Place,
        outcomes: List<'a, Outcome<'a>>,
        book: &str,
        market: &mut MarketSeen<'a>,
        mut facts: Option<&mut Vec<FactSeen<'a>>>,
    ) {
        let List::Of(outcomes) = outcomes else {
            self.problem(at, "outcomes", Refusal::NotTheShape, outcomes.complaint("outcomes"));
            market.is_damaged = true;
            return;
        };
        market.outcomes.reserve_exact(outcomes.len());
        for (outcome_at, outcome) in outcomes.into_iter().enumerate() {
            let at = Place { outcome: Some(outcome_at), ..at };
            let Some((seen, with_it)) = self.outcome(at, outcome) else {
                market.is_damaged = true;
                self.unreadable += 1;
                continue;
            };
            if let Some(facts) = facts.as_deref_mut() {
                let OutcomeSeen { name, description, point, .. } = &seen;
                extras(facts, || attribute::of_outcome(book, &market.key, name, description, *point), with_it);
            }
            market.outcomes.push(seen);
        }
    }

    /// Reads one outcome; `None`, with a problem, where we cannot tell which selection it is.
    fn outcome(&mut self, at: Place, outcome: Item<'a, Outcome<'a>>) -> Option<(OutcomeSeen<'a>, Extras<'a>)> {
        let outcome = match outcome {
            Item::Fits(outcome) => outcome,
            Item::Not(raw) => {
                self.problem(at, "", Refusal::NotTheShape, format!("{} is no outcome", short(raw)));
                return None;
            }
        };
        let name = match outcome.name {
            Word::Text(name) if !name.is_empty() => name,
            other => {
                self.problem(at, "name", Refusal::MissingField, other.complaint("an outcome's name"));
                return None;
            }
        };
        let description = match outcome.description {
            Word::Absent => Cow::Borrowed(""),
            Word::Text(description) => description,
            other => {
                self.problem(at, "description", Refusal::MissingField, other.complaint("description"));
                return None;
            }
        };
        let point = self.point(at, outcome.point)?;
        let offer = self.offer(at, outcome.price);
        let with_it = [outcome.link, outcome.sid, outcome.bet_limit, outcome.multiplier];
        Some((OutcomeSeen { name, description, point, offer }, with_it))
    }

    fn point(&mut self, at: Place, point: Raw<'a>) -> Option<Option<Line>> {
        let Some(raw) = point else { return Some(None) };
        match Line::parse(raw.get()) {
            Ok(line) => Some(Some(line)),
            Err(error) => {
                self.problem(at, "point", Refusal::BadLine, format!("{}: {error}; a point is like -7.5", short(raw)));
                None
            }
        }
    }

    fn offer(&mut self, at: Place, price: Raw<'a>) -> Result<Offer, Refusal> {
        let Some(raw) = price else {
            self.problem(at, "price", Refusal::MissingField, "price is missing or null");
            return Err(Refusal::MissingField);
        };
        let (read, like) = match self.form.format {
            Format::American => (Price::parse_american(raw.get()), "an American price is like -110 or 105"),
            Format::Decimal | Format::Fractional => (Price::from_decimal(raw.get()), "a decimal price is like 1.91"),
        };
        if self.form.is_doubtful && Price::parse_american(raw.get()).is_ok() {
            let detail = format!("{}: decimal or American odds, and the reply is not in one form throughout", short(raw));
            self.problem(at, "price", Refusal::BadPrice, detail);
            return Err(Refusal::BadPrice);
        }
        read.map(|price| Offer { price, is_suspended: false, changed_at: None }).map_err(|error| {
            let reason = Refusal::from(error);
            self.problem(at, "price", reason, format!("{}: {error}; {like}", short(raw)));
            reason
        })
    }
}

/// What can come along with a quote, in the order of [`EXTRAS`].
type Extras<'a> = [Raw<'a>; 4];

const EXTRAS: [FactKind; 4] = [FactKind::Link, FactKind::Sid, FactKind::BetLimit, FactKind::Multiplier];

/// What came along with a quote, each as a fact of its own: limits change oftener than links.
fn extras<'a>(facts: &mut Vec<FactSeen<'a>>, subject: impl FnOnce() -> String, extras: Extras<'a>) {
    if extras.iter().all(Option::is_none) {
        return;
    }
    let subject = subject();
    let present = EXTRAS.into_iter().zip(extras).filter_map(|(kind, raw)| Some((kind, raw?)));
    facts.extend(present.map(|(kind, raw)| FactSeen { kind, subject: subject.clone().into(), value: raw.get().into() }));
}

/// Two sides make a contest. None make an outright, unless a market in it asks about sides: then they are missing.
fn kind(event: &Event<'_>) -> ListingKind {
    let has_side = !matches!((&event.home_team, &event.away_team), (Word::Absent, Word::Absent));
    let asks_about_sides = || markets(event).filter_map(|market| market.key.as_filled()).any(|key| !key.starts_with("outrights"));
    if has_side || asks_about_sides() { ListingKind::Contest } else { ListingKind::Outright }
}

fn title<'a>(title: Word<'a>, facts: &mut Vec<FactSeen<'a>>) {
    facts.extend(title.filled().map(|value| FactSeen { kind: FactKind::Title, subject: "".into(), value }));
}

fn rotation<'a>(side: &'static str, number: Raw<'a>, facts: &mut Vec<FactSeen<'a>>) {
    let number = number.filter(|raw| raw.get().bytes().all(|byte| byte.is_ascii_digit()));
    facts.extend(number.map(|raw| FactSeen { kind: FactKind::Rotation, subject: side.into(), value: raw.get().into() }));
}

fn markets<'e, 'a>(event: &'e Event<'a>) -> impl Iterator<Item = &'e Market<'a>> {
    let books = event.bookmakers.items().iter().filter_map(|book| if let Item::Fits(book) = book { Some(book) } else { None });
    books.flat_map(|book| book.markets.items()).filter_map(|market| if let Item::Fits(market) = market { Some(market) } else { None })
}

/// How many outcomes stand in an event.
pub(super) fn count(event: &Event<'_>) -> usize {
    markets(event).map(|market| market.outcomes.items().len()).sum()
}

fn count_in_market(market: &Item<'_, Market<'_>>) -> usize {
    if let Item::Fits(market) = market { market.outcomes.items().len() } else { 0 }
}
