//! History of one fixture: each move with its own moment where the key may see moves, else the first and the last price, of which only
//! the last has a moment: the start. Moves are of the past, and say nothing of what else stood then.

use std::collections::BTreeMap;

use odds::attribute;
use odds::line::Line;
use odds::observation::{Decoded, FactKind, FactSeen, ListingSeen, Offer, Refusal, Scope, Snapshot};
use odds::reply::Basis;
use odds::{Moment, Price};
use serde_json::{Map, Value};

use super::decode::odds_of;
use super::fixture;
use super::quotes::{self, Extent, Quote, Reading, fact, gather, price, price_of};
use super::wire::{Notes, any_text, field, moment, rows, text};

/// What a fixture's past comes to: quotes by their moment, and facts of now.
#[derive(Default)]
struct Past {
    moves: BTreeMap<Moment, Vec<Quote>>,
    closing: Vec<Quote>,
    facts: Vec<FactSeen<'static>>,
}

/// Reads the history of fixtures.
pub(crate) fn decode(body: &Value, reading: impl Fn(&str) -> quotes::Reading<'_>, now: (Moment, Basis)) -> Option<Decoded<'static>> {
    let mut notes = Notes::default();
    let mut snapshots = Vec::new();
    for (at, row) in rows(body)?.iter().enumerate() {
        let at = format!("data[{at}]");
        let odds = odds_of(&mut notes, &at, row);
        let (Some(id), Some(sport)) = (fixture::id(row), fixture::sport(row)) else {
            notes.refuse(&*at, Refusal::MissingField, "a fixture without its id, sport or league");
            notes.unreadable += odds.len() as u64;
            continue;
        };
        let mut past = Past { facts: fixture::facts(&mut notes, &at, row), ..Past::default() };
        let of_sport = sport.split('/').next().unwrap_or_default().to_owned();
        for (number, odd) in odds.iter().enumerate() {
            read_odd(&mut notes, &format!("{at}.odds[{number}]"), odd, reading(&of_sport), &mut past);
        }
        snapshots.extend(past.snapshots(&id, &sport, moment(field(row, "start_date")), now));
    }
    Some(Decoded { snapshots, catalogue: notes.catalogue(), problems: notes.problems, unreadable: notes.unreadable, ..Decoded::default() })
}

/// The first page of an odd's life: its own price stands for nothing here, its moves do.
fn read_odd(notes: &mut Notes, at: &str, odd: &Value, reading: Reading<'_>, past: &mut Past) {
    let mut bare = odd.clone();
    if let (Some(fields), None) = (bare.as_object_mut(), price_of(odd)) {
        fields.insert("price".to_owned(), stated(odd, "clv").or_else(|| stated(odd, "olv")).unwrap_or_default());
    }
    let Some(quote) = quotes::quote(notes, at, &bare, reading) else { return };
    for (name, is_fit) in [("entries", field(odd, "entries").is_array()), ("clv", field(odd, "clv").is_object())] {
        if !is_fit && !field(odd, name).is_null() {
            notes.refuse(format!("{at}.{name}"), Refusal::NotTheShape, format!("of another type: {}", field(odd, name)));
        }
    }
    let entries = field(odd, "entries").as_array().map_or(&[][..], Vec::as_slice);
    for (number, entry) in entries.iter().enumerate() {
        match at_a_moment(&quote, entry, reading) {
            Ok((moment, quote)) => past.moves.entry(moment).or_default().push(quote),
            Err((name, reason)) => {
                notes.unreadable += 1;
                notes.refuse(
                    format!("{at}.entries[{number}].{name}"),
                    reason,
                    format!("{}: a move that cannot be used", field(entry, name)),
                );
            }
        }
    }
    if entries.is_empty() {
        past.closing.extend(at_the_close(&quote, field(odd, "clv"), reading));
    }
    phases(odd, &quote, &mut past.facts);
}

fn stated(odd: &Value, name: &str) -> Option<Value> {
    Some(field(field(odd, name), "price").clone()).filter(|price| !price.is_null())
}

/// A quote as it stood at a move.
fn at_a_moment(quote: &Quote, entry: &Value, reading: Reading<'_>) -> Result<(Moment, Quote), (&'static str, Refusal)> {
    let at = moment(field(entry, "timestamp")).ok_or(("timestamp", Refusal::BadTime))?;
    let is_suspended = field(entry, "locked").as_bool().unwrap_or(false);
    let figure = price_of(entry).ok_or(("price", Refusal::MissingField))?;
    let price = price(&figure, reading.form).map_err(|error| ("price", error.into()))?;
    let mut quote = quote.clone();
    quote.words.point = point(entry, quote.words.point).map_err(|reason| ("points", reason))?;
    quote.offer = Ok(Offer { price, is_suspended, changed_at: Some(at) });
    Ok((at, quote))
}

fn at_the_close(quote: &Quote, clv: &Value, reading: Reading<'_>) -> Option<Quote> {
    let price: Price = price(&price_of(clv)?, reading.form).ok()?;
    let mut quote = quote.clone();
    quote.words.point = point(clv, quote.words.point).ok()?;
    quote.offer = Ok(Offer { price, is_suspended: false, changed_at: None });
    Some(quote)
}

fn point(entry: &Value, otherwise: Option<Line>) -> Result<Option<Line>, Refusal> {
    match any_text(entry, &["points"]) {
        Some(text) => Line::parse(&text).map(Some).map_err(|_| Refusal::BadLine),
        None => Ok(otherwise),
    }
}

/// Where it opened and closed, in their words: a first price without a moment is never an opening of ours.
fn phases(odd: &Value, quote: &Quote, facts: &mut Vec<FactSeen<'static>>) {
    let told: Map<String, Value> = [("open", "olv"), ("close", "clv")]
        .into_iter()
        .filter(|(_, theirs)| text(field(odd, theirs), "price").is_some())
        .map(|(ours, theirs)| (ours.to_owned(), field(odd, theirs).clone()))
        .collect();
    if !told.is_empty() {
        let words = &quote.words;
        let subject = attribute::of_outcome(&quote.book, &quote.market_key(), &words.name, &words.description, words.point);
        facts.push(fact(FactKind::Attribute, subject, Value::Object(told).to_string()));
    }
}

impl Past {
    fn snapshots(self, id: &str, sport: &str, start: Option<Moment>, (now, basis): (Moment, Basis)) -> Vec<Snapshot<'static>> {
        let listing = |quotes: Vec<Quote>| ListingSeen {
            id: id.to_owned().into(),
            sport: sport.to_owned().into(),
            books: gather(quotes, Extent::Part).books,
            ..ListingSeen::default()
        };
        let at = |observed_at, basis, listing| Snapshot {
            observed_at,
            basis,
            scope: Scope { sport: sport.to_owned(), ..Scope::default() },
            listings: vec![listing],
        };
        let mut snapshots: Vec<_> = self.moves.into_iter().map(|(moment, quotes)| at(moment, Basis::Stated, listing(quotes))).collect();
        if let Some(start) = start.filter(|_| !self.closing.is_empty()) {
            snapshots.push(at(start, Basis::Phase, listing(self.closing)));
        }
        snapshots.push(at(now, basis, ListingSeen { facts: self.facts, ..listing(Vec::new()) }));
        snapshots
    }
}
