//! Quotes to books and markets, and what comes along with them to facts. Both dialects, REST and stream end here.

use std::collections::{BTreeMap, BTreeSet};

use odds::line::Line;
use odds::observation::{BookSeen, FactKind, FactSeen, Gone, MarketSeen, Offer, OutcomeSeen, Refusal};
use odds::price::PriceError;
use odds::{Moment, Price, attribute};
use serde_json::{Value, json};

use super::form::Form;
use super::markets::{ALTERNATE, question};
use super::outcome::{OutcomeWords, Parts, read};
use super::wire::{Notes, any_text, as_text, field, moment, named, text};
use super::words::key_of;

/// The market of futures that name none.
const FUTURES: &str = "futures";

/// One quote, in words by which it can be told apart.
#[derive(Debug, Clone)]
pub(crate) struct Quote {
    pub(crate) book: String,
    pub(crate) market: String,
    pub(crate) is_main: bool,
    pub(crate) words: OutcomeWords,
    pub(crate) offer: Result<Offer, Refusal>,
    pub(crate) seen_at: Option<Moment>,
    limit: Option<String>,
    link: Option<String>,
    player: Option<(String, String)>,
}

impl Quote {
    /// The key of its market, with the mark of alternate lines.
    pub(crate) fn market_key(&self) -> String {
        key_as(&self.market, self.is_main)
    }
}

fn key_as(market: &str, is_main: bool) -> String {
    if is_main { market.to_owned() } else { format!("{market}{ALTERNATE}") }
}

/// How quotes of a reply are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'r> {
    /// The form of the prices.
    pub(crate) form: Form,
    /// The sport, for what its markets' answers look like.
    pub(crate) sport: &'r str,
    /// Whether all of it is out of play (`locked-odds`).
    pub(crate) is_locked: bool,
    /// Whether it is an outright's.
    pub(crate) is_future: bool,
}

/// Reads one odd; `None`, with a problem, where we cannot tell which selection it is.
pub(crate) fn quote(notes: &mut Notes, at: &str, row: &Value, reading: Reading<'_>) -> Option<Quote> {
    let found = telling(row, reading).and_then(|(book, title, market, words)| {
        let words = words.filter(|words: &OutcomeWords| !words.name.is_empty()).ok_or("name")?;
        Ok((book, title, market, words))
    });
    let (book, title, market, words) = match found {
        Ok(found) => found,
        Err(missing) => {
            notes.unreadable += 1;
            notes.refuse(format!("{at}.{missing}"), Refusal::MissingField, format!("an odd without its {missing}"));
            return None;
        }
    };
    notes.book(&book, &title);
    let offer = offer(notes, at, row, reading);
    let player =
        text(row, "player_id").zip(text(row, "selection").or_else(|| Some(words.description.clone())).filter(|name| !name.is_empty()));
    Some(Quote {
        book,
        market,
        is_main: field(row, "is_main").as_bool().unwrap_or(true),
        words,
        offer,
        seen_at: moment(field(row, "checked_date")),
        limit: limit(row),
        link: link(row),
        player,
    })
}

type Told = (String, String, String, Option<OutcomeWords>);

/// Book, its title, market and words of an odd, or the name of what is missing.
fn telling(row: &Value, reading: Reading<'_>) -> Result<Told, &'static str> {
    let id = text(row, "id").unwrap_or_default();
    let mut in_id = id.split(':');
    let (_, id_book, id_market, id_rest) = (in_id.next(), in_id.next(), in_id.next(), in_id.next());
    let has_parts = id_rest.is_some();
    let book_names = ["sportsbook", "sports_book", "sports_book_name", "sportsbook_name"];
    let (book_id, title) =
        book_names.iter().map(|name| named(row, name)).find(|(id, name)| id.is_some() || name.is_some()).ok_or("sportsbook")?;
    let title = title.or(book_id.clone()).unwrap_or_default();
    let from_id = id_book.filter(|book| has_parts && !book.is_empty()).map(str::to_owned);
    let book = book_id.or(from_id).unwrap_or_else(|| key_of(&title));
    let label = any_text(row, &["market", "market_name", "bet_type"]);
    let market = text(row, "market_id")
        .or_else(|| id_market.filter(|market| has_parts && !market.is_empty()).map(str::to_owned))
        .or_else(|| label.as_deref().map(key_of))
        .or_else(|| reading.is_future.then(|| FUTURES.to_owned()))
        .ok_or("market")?;
    // A key that our mark stands in would be taken for another market's alternate lines.
    let market = market.replace(ALTERNATE, "_alternate");
    let shape = question(reading.sport, &market).map(|question| question.shape);
    Ok((book, title, market, words(row, shape)?))
}

fn words(row: &Value, shape: Option<super::markets::Shape>) -> Result<Option<OutcomeWords>, &'static str> {
    let name = any_text(row, &["name", "bet_name"]);
    let selection = text(row, "selection").unwrap_or_default();
    let line = text(row, "selection_line").unwrap_or_default();
    let point = match any_text(row, &["points", "bet_points", "selection_points"]) {
        Some(point) => Some(Line::parse(&point).map_err(|_| "points")?),
        None => None,
    };
    if name.is_none() && selection.is_empty() && line.is_empty() {
        return Ok(None);
    }
    let parts = Parts { name: name.as_deref().unwrap_or_default(), selection: &selection, line: &line, point };
    Ok(Some(read(parts, shape)))
}

fn offer(notes: &mut Notes, at: &str, row: &Value, reading: Reading<'_>) -> Result<Offer, Refusal> {
    let Some(figure) = price_of(row) else {
        notes.refuse(format!("{at}.price"), Refusal::MissingField, "price is missing or null");
        return Err(Refusal::MissingField);
    };
    let read = price(&figure, reading.form);
    let changed_at = ["timestamp", "changed_date"].iter().find_map(|name| moment(field(row, name)));
    let is_suspended = reading.is_locked || field(row, "locked").as_bool() == Some(true);
    read.map(|price| Offer { price, is_suspended, changed_at }).map_err(|error| {
        let reason = Refusal::from(error);
        notes.refuse(format!("{at}.price"), reason, format!("{figure}: {error}; read as {:?}", reading.form));
        reason
    })
}

/// The figure of a price, as it is written.
pub(crate) fn price_of(row: &Value) -> Option<String> {
    any_text(row, &["price", "bet_price"])
}

/// Reads a price in a form.
pub(crate) fn price(figure: &str, form: Form) -> Result<Price, PriceError> {
    match form {
        Form::American => Price::parse_american(figure),
        Form::Decimal => Price::from_decimal(figure),
    }
}

fn limit(row: &Value) -> Option<String> {
    let limits = field(row, "limits");
    ["max", "max_stake"].iter().map(|name| field(limits, name)).find(|limit| limit.is_number()).map(Value::to_string)
}

/// Where the quote can be bet on, as JSON: for the desktop, else for whatever it is given for.
fn link(row: &Value) -> Option<String> {
    let links = field(row, "deep_link");
    let link = any_text(links, &["desktop", "ios", "android"]).or_else(|| as_text(links))?;
    Some(Value::from(link).to_string())
}

/// What the quotes of one listing come to.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) books: Vec<BookSeen<'static>>,
    pub(crate) facts: Vec<FactSeen<'static>>,
}

/// How much of a market the quotes of a reply are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All that is on offer.
    Whole,
    /// Some of it: what is missing tells nothing.
    Part,
    /// What has changed, in a feed of changes: besides, lines swap between main and alternate without a word.
    Changes,
}

/// Puts quotes into their books and markets.
pub(crate) fn gather(quotes: Vec<Quote>, extent: Extent) -> Gathered {
    let mut gathered = Gathered::default();
    let mut places: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    let mut players = BTreeSet::new();
    for quote in quotes {
        let key = quote.market_key();
        facts(&mut gathered.facts, &mut players, &quote, &key);
        if extent == Extent::Changes && quote.offer.is_ok_and(|offer| !offer.is_suspended) {
            swap(&mut gathered.books, &mut places, &quote);
        }
        let market = market_of(&mut gathered.books, &mut places, &quote.book, &key);
        market.is_damaged = extent != Extent::Whole;
        market.seen_at = market.seen_at.max(quote.seen_at);
        market.gone.has_other_points |= extent == Extent::Changes && quote.is_main && quote.offer.is_ok_and(|offer| !offer.is_suspended);
        let OutcomeWords { name, description, point } = quote.words;
        market.outcomes.push(OutcomeSeen { name: name.into(), description: description.into(), point, offer: quote.offer });
    }
    gathered
}

/// What stands under one of the two keys of a market stands no longer under the other.
fn swap(books: &mut Vec<BookSeen<'static>>, places: &mut BTreeMap<(String, String), (usize, usize)>, quote: &Quote) {
    let other = market_of(books, places, &quote.book, &key_as(&quote.market, !quote.is_main));
    other.is_damaged = true;
    let OutcomeWords { name, description, point } = quote.words.clone();
    other.gone.named.push((name.into(), description.into(), point));
}

fn market_of<'b>(
    books: &'b mut Vec<BookSeen<'static>>,
    places: &mut BTreeMap<(String, String), (usize, usize)>,
    book: &str,
    market: &str,
) -> &'b mut MarketSeen<'static> {
    let (at, within) = *places.entry((book.to_owned(), market.to_owned())).or_insert_with(|| {
        let at = books.iter().position(|seen| seen.key == book).unwrap_or_else(|| {
            books.push(BookSeen { key: book.to_owned().into(), ..BookSeen::default() });
            books.len() - 1
        });
        books[at].markets.push(MarketSeen { key: market.to_owned().into(), gone: Gone::default(), ..MarketSeen::default() });
        (at, books[at].markets.len() - 1)
    });
    &mut books[at].markets[within]
}

/// A fact of a kind about a subject.
pub(crate) fn fact(kind: FactKind, subject: impl Into<String>, value: impl Into<String>) -> FactSeen<'static> {
    FactSeen { kind, subject: subject.into().into(), value: value.into().into() }
}

fn facts(facts: &mut Vec<FactSeen<'static>>, players: &mut BTreeSet<String>, quote: &Quote, market: &str) {
    let OutcomeWords { name, description, point } = &quote.words;
    let subject = || attribute::of_outcome(&quote.book, market, name, description, *point);
    facts.extend(quote.limit.as_ref().map(|limit| fact(FactKind::BetLimit, subject(), limit.clone())));
    facts.extend(quote.link.as_ref().map(|link| fact(FactKind::Link, subject(), link.clone())));
    if let Some((id, player)) = &quote.player
        && players.insert(player.clone())
    {
        facts.push(fact(FactKind::Attribute, attribute::of_market("player", player), json!({ "id": id }).to_string()));
    }
}
