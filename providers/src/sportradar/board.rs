//! Boards of the odds comparison: an event's markets, each with its books, turned round into books with their markets.
//!
//! One market id comes under several names (a period, a line), so a market's key is `id|name`. What is `removed` is not offered, and a
//! removed price of 1.00 never was; a market that still stands with everything removed was read, and offers nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use odds::attribute;
use odds::observation::{BookSeen, FactKind, FactSeen, MarketSeen, Offer, OutcomeSeen, Refusal};
use odds::{Line, Price};
use serde::Serialize;

use super::wire::{Book, Outcome};
use crate::tolerant::{Notes, Object, Objects, fact_of};

/// What an event's markets tell: by book, with the names of the books.
#[derive(Default)]
pub(super) struct Board {
    books: BTreeMap<String, Vec<MarketSeen<'static>>>,
    pub(super) names: BTreeMap<String, String>,
    pub(super) facts: Vec<FactSeen<'static>>,
    /// Of something in it nothing tells which market it was of, so that what is missing says nothing.
    pub(super) is_damaged: bool,
}

/// What an outcome was worth at first.
#[derive(Serialize)]
struct Open<'a> {
    open: OpenPair<'a>,
}

#[derive(Serialize)]
struct OpenPair<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<&'a str>,
    odds: &'a str,
}

impl Board {
    /// Reads a list of markets; `player` is whom they are about, where the list is a player's.
    pub(super) fn read(&mut self, notes: &mut Notes, markets: &Objects<'_>, player: Option<&str>) {
        self.is_damaged |= !markets.is_whole;
        for market in &markets.items {
            let Some(id) = market.need(notes, "id") else {
                notes.unreadable += count(notes, market);
                self.is_damaged = true;
                continue;
            };
            let name = market.text(notes, "name").unwrap_or_default();
            let key = format!("{id}|{name}");
            let books = market.objects(notes, "books");
            self.is_damaged |= !books.is_whole || !market.has("books");
            for book in books.items {
                self.book(notes, &key, &book, player);
            }
        }
    }

    fn book(&mut self, notes: &mut Notes, market: &str, book: &Object<'_>, player: Option<&str>) {
        let tells = book.has("outcomes");
        let book = Book::read(notes, book);
        let Some(key) = book.id else {
            notes.unreadable += book.outcomes.items.len() as u64;
            self.is_damaged = true;
            return;
        };
        if let Some(name) = book.name {
            self.names.entry(key.clone()).or_insert(name);
        }
        let outcomes: Vec<Outcome> = book.outcomes.items.iter().map(|outcome| Outcome::read(notes, outcome)).collect();
        let is_turned = turned(&outcomes);
        let mut seen =
            MarketSeen { key: Cow::Owned(market.to_owned()), is_damaged: !tells || !book.outcomes.is_whole, ..MarketSeen::default() };
        for outcome in outcomes.iter().filter(|outcome| !book.is_removed && !outcome.is_removed) {
            match read_outcome(notes, outcome, player, is_turned) {
                Some(one) => {
                    self.attributes(&key, market, &one, outcome);
                    seen.outcomes.push(one);
                }
                None => seen.is_damaged = true,
            }
        }
        self.sids(&key, market, book.event_id, book.market_id);
        self.add(notes, &book.at, key, seen);
    }

    /// The same market at the same book twice: a player's, or lines apart. Its outcomes stand together.
    fn add(&mut self, notes: &mut Notes, at: &str, key: String, seen: MarketSeen<'static>) {
        let markets = self.books.entry(key).or_default();
        let Some(known) = markets.iter_mut().find(|known| known.key == seen.key) else {
            markets.push(seen);
            return;
        };
        known.is_damaged |= seen.is_damaged;
        for outcome in seen.outcomes {
            let same = |other: &&mut OutcomeSeen<'static>| {
                (&other.name, &other.description, other.point) == (&outcome.name, &outcome.description, outcome.point)
            };
            match known.outcomes.iter_mut().find(same) {
                None => known.outcomes.push(outcome),
                Some(other) if is_same_offer(other, &outcome) => {}
                Some(other) => {
                    notes.refuse(at, Refusal::Contradiction, format!("{} stands twice in {}, at two prices", outcome.name, known.key));
                    other.offer = Err(Refusal::Contradiction);
                }
            }
        }
    }

    fn attributes(&mut self, book: &str, market: &str, one: &OutcomeSeen<'_>, outcome: &Outcome) {
        let subject = attribute::of_outcome(book, market, &one.name, &one.description, one.point);
        if let Some(id) = &outcome.external_id {
            self.facts.push(fact_of(FactKind::Sid, subject.clone(), serde_json::json!(id).to_string()));
        }
        let odds = outcome.open_american.as_deref().or(outcome.open_decimal.as_deref());
        let open = odds.map(|odds| Open { open: OpenPair { line: outcome.open_line.as_deref(), odds } });
        let json = open.and_then(|open| serde_json::to_string(&open).ok());
        self.facts.extend(json.map(|json| fact_of(FactKind::Attribute, subject, json)));
    }

    fn sids(&mut self, book: &str, market: &str, event_id: Option<String>, market_id: Option<String>) {
        let of_book = event_id.map(|id| (attribute::of_book(book), id));
        let of_market = market_id.map(|id| (attribute::of_market(book, market), id));
        for (subject, id) in of_book.into_iter().chain(of_market) {
            if !self.facts.iter().any(|fact| fact.kind == FactKind::Sid && fact.subject == subject) {
                self.facts.push(fact_of(FactKind::Sid, subject, serde_json::json!(id).to_string()));
            }
        }
    }

    /// The books as seen.
    pub(super) fn into_books(mut self) -> Vec<BookSeen<'static>> {
        if self.is_damaged {
            self.books.values_mut().flatten().for_each(|market| market.is_damaged = true);
        }
        self.books.into_iter().map(|(key, markets)| BookSeen { key: Cow::Owned(key), seen_at: None, markets }).collect()
    }
}

fn is_same_offer(one: &OutcomeSeen<'_>, other: &OutcomeSeen<'_>) -> bool {
    match (&one.offer, &other.offer) {
        (Ok(one), Ok(other)) => one.price == other.price,
        _ => false,
    }
}

fn count(notes: &mut Notes, market: &Object<'_>) -> u64 {
    let books = market.objects(notes, "books").items;
    books.iter().map(|book| book.objects(notes, "outcomes").items.len() as u64).sum()
}

/// Whether handicaps are told from the home side's view alone: the away side then has a line of the home side, and not its opposite.
/// Which of the two a feed means is not in our notes, so such a market is refused and not guessed.
fn turned(outcomes: &[Outcome]) -> bool {
    let lines = |side: &str| {
        let of_side = outcomes.iter().filter(|outcome| outcome.is_handicap && outcome.kind.as_deref() == Some(side));
        of_side.filter_map(|outcome| Line::parse(outcome.line.as_deref()?).ok()).collect::<Vec<_>>()
    };
    let home = lines("home");
    lines("away").into_iter().any(|line| line.milli() != 0 && home.contains(&line) && !home.contains(&line.negated()))
}

fn read_outcome(notes: &mut Notes, outcome: &Outcome, player: Option<&str>, is_turned: bool) -> Option<OutcomeSeen<'static>> {
    let Some(name) = outcome.kind.clone() else {
        notes.unreadable(format!("{}.type", outcome.at), Refusal::MissingField, "an outcome without type and name");
        return None;
    };
    let point = match outcome.line.as_deref().map(Line::parse) {
        None => None,
        Some(Ok(line)) => Some(line),
        Some(Err(error)) => {
            notes.unreadable(&outcome.at, Refusal::BadLine, format!("{:?}: {error}", outcome.line));
            return None;
        }
    };
    let offer = if is_turned && outcome.is_handicap {
        notes.refuse(&outcome.at, Refusal::Ambiguous, "home and away have the same handicap: whose it is, nothing tells");
        Err(Refusal::Ambiguous)
    } else {
        offer(notes, outcome)
    };
    let description = player.map(str::to_owned).or_else(|| outcome.player.clone()).unwrap_or_default();
    Some(OutcomeSeen { name: Cow::Owned(name), description: Cow::Owned(description), point, offer })
}

/// The price: as American odds where they are told, for that is what the American books post; both forms must say the same.
fn offer(notes: &mut Notes, outcome: &Outcome) -> Result<Offer, Refusal> {
    let american = outcome.american.as_deref().map(Price::parse_american);
    let decimal = outcome.decimal.as_deref().map(Price::from_decimal);
    let read = match (american, decimal) {
        (None, None) => {
            notes.refuse(&outcome.at, Refusal::MissingField, "neither odds_american nor odds_decimal");
            return Err(Refusal::MissingField);
        }
        (Some(Ok(american)), Some(Ok(decimal))) if !agree(american, decimal) => {
            notes.refuse(&outcome.at, Refusal::Contradiction, format!("{american} and {decimal} are two prices"));
            return Err(Refusal::Contradiction);
        }
        (Some(Ok(price)), _) | (_, Some(Ok(price))) => Ok(price),
        (Some(Err(error)), _) | (None, Some(Err(error))) => Err(error),
    };
    read.map(|price| Offer { price, is_suspended: false, changed_at: None }).map_err(|error| {
        let reason = Refusal::from(error);
        notes.refuse(&outcome.at, reason, format!("{:?} / {:?}: {error}", outcome.american, outcome.decimal));
        reason
    })
}

/// Whether two forms of a price are one price: within what rounding to two decimals, or to a whole American figure, can do.
fn agree(american: Price, decimal: Price) -> bool {
    let gap = (american.nanos() - decimal.nanos()).abs();
    gap <= (decimal.nanos() / 100).max(10_000_000)
}
