//! What a request asked for, told from its own words: the frame inside which absence speaks.

use odds::observation::{BookScope, EVERY_MARKET, ListingScope, Scope};
use odds::reply::{Reply, Request};

use super::markets::ALTERNATE;
use super::words::key_of;

/// The scope of odds that were asked for fixture by fixture. Where the answer is one page of several, or an odd in it could not be
/// told apart, no silence in it says anything.
pub(crate) fn of_odds(request: &Request, listings: &str, sport: String, is_whole: bool) -> Scope {
    if request.is_unknown() || !is_whole {
        return Scope { sport, ..Scope::default() };
    }
    let asked: Vec<String> = request.each(listings).map(str::to_owned).collect();
    Scope {
        sport,
        listings: if asked.is_empty() { ListingScope::Unknown } else { ListingScope::Listed(asked) },
        markets: Some(markets(request)),
        books: books(request),
    }
}

/// Market keys as asked; with the lines that are not the main one, unless the main ones alone were asked for.
pub(crate) fn markets(request: &Request) -> Vec<String> {
    let is_main_alone = request.query.get("is_main").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let named: Vec<String> = request.each("market").chain(request.each("market_name")).map(key_of).collect();
    if named.is_empty() {
        return vec![EVERY_MARKET.to_owned()];
    }
    let alternates: Vec<String> = named.iter().filter(|_| !is_main_alone).map(|key| format!("{key}{ALTERNATE}")).collect();
    named.into_iter().chain(alternates).collect()
}

/// Books as asked, by key.
pub(crate) fn books(request: &Request) -> BookScope {
    let named: Vec<String> = request.each("sportsbook").chain(request.each("sportsbooks")).map(key_of).collect();
    if named.is_empty() { BookScope::Unknown } else { BookScope::Listed(named) }
}

/// The sport that a request names, or that whoever replays a file says.
pub(crate) fn sport(reply: &Reply<'_>) -> Option<String> {
    let query = &reply.request.query;
    let named = query.get("sport").zip(query.get("league")).map(|(sport, league)| format!("{sport}/{league}"));
    named.or_else(|| reply.sport.map(str::to_owned))
}
