//! The lists without prices: sports, participants, and which markets a book was seen to offer on an event.

use odds::cover::FactMask;
use odds::observation::{CatalogueKind, CatalogueRow, Decoded, Problem, Refusal, Scope, Snapshot};
use odds::reply::Reply;

use super::form::Form;
use super::listing::Reader;
use super::loose::{self, Item, List, Open, Raw, short};
use super::place::Place;
use super::wire::{Book, Event, Market, Participant, Sport};
use super::{clock, scope};

/// Rows of a list, each read by `row`; what has none is a problem at its place.
fn rows<'a, T: Open<'a>>(text: &'a str, row: impl Fn(T) -> Option<CatalogueRow<'a>>) -> Option<Decoded<'a>> {
    let mut decoded = Decoded::default();
    for (at, item) in loose::list::<T>(text)?.into_iter().enumerate() {
        let read = if let Item::Fits(item) = item { row(item) } else { None };
        match read {
            Some(row) => decoded.catalogue.push(row),
            None => decoded.problems.push(Problem::at(format!("[{at}]"), Refusal::MissingField, "a row without its key")),
        }
    }
    Some(decoded)
}

/// The catalogue of sports.
pub(super) fn sports(text: &str) -> Option<Decoded<'_>> {
    rows(text, |sport: Sport<'_>| {
        let key = sport.key.filled()?;
        let title = sport.title.filled().unwrap_or_else(|| key.clone());
        let detail = object(&[
            ("group", sport.group),
            ("description", sport.description),
            ("active", sport.active),
            ("has_outrights", sport.has_outrights),
        ]);
        Some(CatalogueRow { kind: CatalogueKind::Sport, key, title, detail })
    })
}

/// The teams or competitors of a sport.
pub(super) fn participants(text: &str) -> Option<Decoded<'_>> {
    rows(text, |participant: Participant<'_>| {
        let title = participant.full_name.filled().or(participant.name.filled())?;
        let key = participant.id.filled()?;
        Some(CatalogueRow { kind: CatalogueKind::Participant, key, title, detail: String::new() })
    })
}

fn object(fields: &[(&str, Raw<'_>)]) -> String {
    let present: Vec<String> = fields.iter().filter_map(|(name, raw)| raw.map(|raw| format!("\"{name}\":{}", raw.get()))).collect();
    format!("{{{}}}", present.join(","))
}

/// Which markets were seen at which book: catalogue rows, and the event's own facts.
pub(super) fn event_markets<'a>(reply: &Reply<'a>, text: &'a str) -> Option<Decoded<'a>> {
    let mut event: Event<'a> = loose::object(text)?;
    let mut reader = Reader::new(Form::DECIMAL, clock::latest_of(reply), false, Scope::default(), FactMask::default());
    let books = std::mem::take(&mut event.bookmakers);
    let Some(listing) = reader.listing(Place::default(), event) else {
        return Some(Decoded { problems: reader.problems, ..Decoded::default() });
    };
    let mut decoded = Decoded::default();
    match books {
        List::Of(books) => {
            books.into_iter().enumerate().for_each(|(at, book)| seen_at_book(&mut decoded, &mut reader, &listing.id, at, book))
        }
        other => reader.problem(Place::default(), "bookmakers", Refusal::NotTheShape, other.complaint("bookmakers")),
    }
    let listings = vec![listing];
    let scope = scope::scope(reply, &listings);
    decoded.snapshots.push(Snapshot { observed_at: reply.fetched_at, basis: reply.basis, scope, listings });
    decoded.problems = reader.problems;
    Some(decoded)
}

fn seen_at_book<'a>(decoded: &mut Decoded<'a>, reader: &mut Reader<'a>, listing: &str, at: usize, book: Item<'a, Book<'a>>) {
    let place = Place { book: Some(at), ..Place::default() };
    let book = match book {
        Item::Fits(book) => book,
        Item::Not(raw) => return reader.problem(place, "", Refusal::NotTheShape, format!("{} is no book", short(raw))),
    };
    let Some(key) = book.key.as_filled().map(str::to_owned) else {
        return reader.problem(place, "key", Refusal::MissingField, book.key.complaint("a book's key"));
    };
    if let Some(title) = book.title.filled() {
        decoded.catalogue.push(CatalogueRow { kind: CatalogueKind::Book, key: key.clone().into(), title, detail: String::new() });
    }
    let List::Of(markets) = book.markets else {
        return reader.problem(place, "markets", Refusal::NotTheShape, book.markets.complaint("markets"));
    };
    for (at, market) in markets.into_iter().enumerate() {
        match offered(&key, listing, market) {
            Some(row) => decoded.catalogue.push(row),
            None => reader.problem(Place { market: Some(at), ..place }, "key", Refusal::MissingField, "a market without its key"),
        }
    }
}

fn offered<'a>(book: &str, listing: &str, market: Item<'a, Market<'a>>) -> Option<CatalogueRow<'a>> {
    let Item::Fits(market) = market else { return None };
    let title = market.key.filled()?;
    let detail = market.last_update.map_or_else(String::new, |time| format!("{{\"last_update\":{}}}", time.get()));
    Some(CatalogueRow { kind: CatalogueKind::Market, key: format!("{listing}/{book}/{title}").into(), title, detail })
}
