//! The order book of one contract: all bids of both answers, best first, kept as an attribute of the event's listing. Who bids for No
//! at a price offers Yes at the rest, so these two ladders are all there is.
//!
//! No order book is recorded: three spellings of it are heard of (dollars with sizes, the same below another name, cents), and each is read.

use std::borrow::Cow;

use odds::decimal::{format_scaled, parse_scaled};
use odds::observation::{FactKind, ListingKind, ListingSeen, Refusal};
use odds::price::PAYOUT;
use odds::reply::Request;
use serde_json::value::RawValue;

use super::series;
use crate::tolerant::{Notes, Object, fact_of};

/// Where ladders stand in an answer: `{"orderbook_fp":{"yes_dollars":[["0.4000","500.00"]],"no_dollars":[["0.5900","252.00"]]}}`.
const BOOKS: [&str; 2] = ["orderbook_fp", "orderbook"];

/// Whether a body is an order book.
pub(super) fn is_answer(body: &Object<'_>) -> bool {
    BOOKS.iter().any(|name| body.has(name))
}

/// The listing that an order book belongs to, with its ladders; whose it is, only the request says.
pub(super) fn listing(notes: &mut Notes, body: &Object<'_>, request: &Request) -> Option<ListingSeen<'static>> {
    let Some((event, ticker)) = contract_of(request) else {
        notes.refuse("", Refusal::Orphan, "an order book without its request is nobody's");
        return None;
    };
    let book = BOOKS.iter().find_map(|name| body.object(notes, name))?;
    let (yes, no) = (ladder(notes, &book, "yes"), ladder(notes, &book, "no"));
    let value = format!(r#"{{"yes_bids":[{yes}],"no_bids":[{no}]}}"#);
    let is_game = series::day(event).is_some();
    Some(ListingSeen {
        id: Cow::Owned(event.to_owned()),
        sport: Cow::Owned(series::of_ticker(event).to_owned()),
        kind: if is_game { ListingKind::Contest } else { ListingKind::Outright },
        facts: vec![fact_of(FactKind::Attribute, format!("depth/{ticker}"), value)],
        ..ListingSeen::default()
    })
}

/// Event and contract of `/trade-api/v2/markets/{ticker}/orderbook`.
pub(super) fn contract_of(request: &Request) -> Option<(&str, &str)> {
    let ticker = request.path.strip_suffix("/orderbook")?.rsplit('/').next()?;
    ticker.rsplit_once('-').map(|(event, _)| (event, ticker))
}

/// The levels of one answer as JSON pairs of price and contracts, best first; one that cannot be read is refused by itself.
fn ladder(notes: &mut Notes, book: &Object<'_>, answer: &str) -> String {
    let dollars = format!("{answer}_dollars");
    let (name, scale) = if book.has(&dollars) { (dollars, 6) } else { (answer.to_owned(), 4) };
    let Some(raw) = book.raw(&name) else { return String::new() };
    let Ok(rows) = serde_json::from_str::<Vec<&RawValue>>(raw) else {
        notes.refuse(book.place(&name), Refusal::NotTheShape, format!("no list: {raw}"));
        return String::new();
    };
    let mut levels = Vec::with_capacity(rows.len());
    for (at, row) in rows.into_iter().enumerate() {
        match level(row.get(), scale) {
            Some(level) => levels.push(level),
            None => notes.refuse(format!("{}[{at}]", book.place(&name)), Refusal::BadPrice, format!("{}: no price and size", row.get())),
        }
    }
    levels.sort_unstable_by_key(|(price, _)| std::cmp::Reverse(*price));
    let shown = |(price, size): &(i64, i64)| format!(r#"["{}","{}"]"#, format_scaled(*price, 6), format_scaled(*size, 2));
    levels.iter().map(shown).collect::<Vec<_>>().join(",")
}

/// `["0.4000","500.00"]`, or `[40, 500]` in cents: millionths, and hundredths of contracts.
fn level(row: &str, scale: i32) -> Option<(i64, i64)> {
    let [price, size]: [&RawValue; 2] = serde_json::from_str::<Vec<&RawValue>>(row).ok()?.try_into().ok()?;
    let figure = |raw: &RawValue, scale| {
        let scaled = parse_scaled(raw.get().trim_matches('"'), scale).ok().filter(|scaled| scaled.is_exact)?;
        Some(scaled.units).filter(|units| *units > 0)
    };
    Some((figure(price, scale).filter(|price| *price < i64::from(PAYOUT))?, figure(size, 2)?))
}
