//! Asks to calls: all open contracts of a series at once, all that are settled, one event with its contracts or with their candles, one
//! contract's order book or its trades.

use odds::Moment;
use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::depth::contract_of;
use super::series::{self, is_ticker};
use crate::ask::{Ask, What};
use crate::provider::Call;

const ROOT: &str = "/trade-api/v2";
pub(super) const MARKETS: &str = "markets";
pub(super) const EVENT: &str = "event";
pub(super) const ORDER_BOOK: &str = "orderbook";
pub(super) const CANDLES: &str = "candlesticks";
pub(super) const TRADES: &str = "trades";
/// An hour, in minutes: with a minute's candles a game's week would not fit into an answer.
const PERIOD: &str = "60";
/// How long before its day an event's candles begin, and how long after they end, in days.
const CANDLE_DAYS: (i64, i64) = (7, 2);
/// The most contracts in a page (general knowledge); a series of one league's games has fewer.
const LIMIT: &str = "1000";
const SETTLED: &str = "settled";

/// The calls that answer an ask: none for what could not stand in a request.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    let call = |endpoint, request| Some(Call { endpoint, request, credits: 0 });
    let call = match ask.what {
        What::Events | What::Odds if is_ticker(&ask.sport) => {
            let request = Request::to(format!("{ROOT}/markets")).with("limit", LIMIT).with("series_ticker", &*ask.sport);
            call(MARKETS, request.with("status", "open"))
        }
        // A season's answer is all that was ever settled: their times lie weeks beside the games.
        What::Season if is_ticker(&ask.sport) => {
            let request = Request::to(format!("{ROOT}/markets")).with("limit", LIMIT).with("series_ticker", &*ask.sport);
            call(MARKETS, request.with("status", SETTLED))
        }
        What::HistoricalEventOdds => ask.listing.as_deref().filter(|ticker| is_ticker(ticker)).and_then(past),
        What::Summary => ask.listing.as_deref().filter(|ticker| is_ticker(ticker)).and_then(|ticker| match ticker.matches('-').count() {
            0 | 1 => call(EVENT, Request::to(format!("{ROOT}/events/{ticker}")).with("with_nested_markets", "true")),
            _ => call(ORDER_BOOK, Request::to(format!("{ROOT}/markets/{ticker}/orderbook"))),
        }),
        _ => None,
    };
    call.into_iter().collect()
}

/// An event's candles, or a contract's trades.
fn past(ticker: &str) -> Option<Call> {
    let request = |path: String| Request::to(format!("{ROOT}{path}"));
    if ticker.matches('-').count() > 1 {
        return Some(Call {
            endpoint: TRADES,
            request: request("/markets/trades".to_owned()).with("limit", LIMIT).with("ticker", ticker),
            credits: 0,
        });
    }
    let (series, day) = (series::of_ticker(ticker), series::day(ticker)?);
    let zone = series::league(series).map_or(jiff::tz::TimeZone::UTC, odds::sport::League::time_zone);
    let midnight = |day: jiff::civil::Date| Some(Moment::from(day.to_zoned(zone.clone()).ok()?.timestamp()).secs().to_string());
    let from = midnight(day.checked_sub(jiff::Span::new().days(CANDLE_DAYS.0)).ok()?)?;
    let to = midnight(day.checked_add(jiff::Span::new().days(CANDLE_DAYS.1)).ok()?)?;
    let request = request(format!("/series/{series}/events/{ticker}/candlesticks")).with("start_ts", from).with("end_ts", to);
    Some(Call { endpoint: CANDLES, request: request.with("period_interval", PERIOD), credits: 0 })
}

/// The series that a request names.
pub(super) fn series_of(request: &Request) -> Option<&str> {
    request.query.get("series_ticker").map(String::as_str)
}

/// Whether it asked for what is over: that says nothing of what is open.
fn is_of_settled(request: &Request) -> bool {
    request.query.get("status").is_some_and(|status| status == SETTLED)
}

/// What a request asked for: all that is open in a series, where one page held it all.
pub(super) fn scope(endpoint: &str, request: &Request, sport: String, is_whole: bool) -> Scope {
    let listings = match endpoint {
        MARKETS if is_whole && series_of(request).is_some() && !is_of_settled(request) => ListingScope::Sport,
        EVENT if !request.is_unknown() => {
            request.path.rsplit('/').next().map_or(ListingScope::Unknown, |ticker| ListingScope::Listed(vec![ticker.to_owned()]))
        }
        ORDER_BOOK => contract_of(request).map_or(ListingScope::Unknown, |(event, _)| ListingScope::Listed(vec![event.to_owned()])),
        _ => ListingScope::Unknown,
    };
    Scope { sport, listings, ..Scope::default() }
}
