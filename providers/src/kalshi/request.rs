//! Asks to calls: all open contracts of a series at once, one event with its contracts, or one contract's order book.

use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::depth::contract_of;
use super::series::is_ticker;
use crate::ask::{Ask, What};
use crate::provider::Call;

const ROOT: &str = "/trade-api/v2";
pub(super) const MARKETS: &str = "markets";
pub(super) const EVENT: &str = "event";
pub(super) const ORDER_BOOK: &str = "orderbook";
/// The most contracts in a page (general knowledge); a series of one league's games has fewer.
const LIMIT: &str = "1000";

/// The calls that answer an ask: none for what could not stand in a request.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    let call = |endpoint, request| Some(Call { endpoint, request, credits: 0 });
    let call = match ask.what {
        What::Events | What::Odds if is_ticker(&ask.sport) => {
            let request = Request::to(format!("{ROOT}/markets")).with("limit", LIMIT).with("series_ticker", &*ask.sport);
            call(MARKETS, request.with("status", "open"))
        }
        What::Summary => ask.listing.as_deref().filter(|ticker| is_ticker(ticker)).and_then(|ticker| match ticker.matches('-').count() {
            0 | 1 => call(EVENT, Request::to(format!("{ROOT}/events/{ticker}")).with("with_nested_markets", "true")),
            _ => call(ORDER_BOOK, Request::to(format!("{ROOT}/markets/{ticker}/orderbook"))),
        }),
        _ => None,
    };
    call.into_iter().collect()
}

/// The series that a request names.
pub(super) fn series_of(request: &Request) -> Option<&str> {
    request.query.get("series_ticker").map(String::as_str)
}

/// What a request asked for: all that is open in a series, where one page held it all.
pub(super) fn scope(endpoint: &str, request: &Request, sport: String, is_whole: bool) -> Scope {
    let listings = match endpoint {
        MARKETS if is_whole && series_of(request).is_some() => ListingScope::Sport,
        EVENT if !request.is_unknown() => {
            request.path.rsplit('/').next().map_or(ListingScope::Unknown, |ticker| ListingScope::Listed(vec![ticker.to_owned()]))
        }
        ORDER_BOOK => contract_of(request).map_or(ListingScope::Unknown, |(event, _)| ListingScope::Listed(vec![event.to_owned()])),
        _ => ListingScope::Unknown,
    };
    Scope { sport, listings, ..Scope::default() }
}
