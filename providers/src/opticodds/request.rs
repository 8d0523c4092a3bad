//! Asks to calls. Prices are asked for fixture by fixture: at most five fixtures and five books a call.

use odds::reply::Request;

use super::form;
use super::leagues::Target;
use super::{books, markets};
use crate::{Ask, Call, What};

/// The most fixtures, and the most books, of one call.
const MOST: usize = 5;
/// Leagues with an injury list.
const INJURED: &[&str] = &["nfl", "nba", "nhl", "mlb", "ncaaf", "ncaab"];

/// Endpoints, as the folders of recordings are named, each with its path.
pub(super) const LEAGUES: (&str, &str) = ("leagues", "/leagues");
pub(super) const SPORTSBOOKS: (&str, &str) = ("sportsbooks", "/sportsbooks/active");
pub(super) const MARKETS: (&str, &str) = ("markets", "/markets/active");
pub(super) const TEAMS: (&str, &str) = ("teams", "/teams");
pub(super) const PLAYERS: (&str, &str) = ("players", "/players");
pub(super) const FIXTURES: (&str, &str) = ("fixtures", "/fixtures");
pub(super) const FIXTURES_ACTIVE: (&str, &str) = ("fixtures", "/fixtures/active");
pub(super) const ODDS: (&str, &str) = ("fixtures_odds", "/fixtures/odds");
pub(super) const LAST_POLLED: (&str, &str) = ("sportsbooks_last_polled", "/sportsbooks/last-polled");
pub(super) const HISTORY: (&str, &str) = ("fixtures_odds_historical", "/fixtures/odds/historical");
pub(super) const FUTURES: (&str, &str) = ("futures_odds", "/futures/odds");
pub(super) const INJURIES: (&str, &str) = ("injuries", "/injuries");

fn call((endpoint, path): (&'static str, &str), shape: impl FnOnce(Request) -> Request) -> Call {
    Call { endpoint, request: shape(Request::to(path)), credits: 0 }
}

/// The calls that answer an ask: none where the ask lacks what its endpoint needs.
pub(super) fn calls(ask: &Ask) -> Vec<Call> {
    if ask.what == What::Sports {
        return [LEAGUES, SPORTSBOOKS, MARKETS].map(|endpoint| call(endpoint, |request| request)).into();
    }
    let Some(target) = Target::of(&ask.sport) else { return Vec::new() };
    if target.is_futures {
        return if ask.what == What::Odds { futures(ask, target) } else { Vec::new() };
    }
    let of_league = |request: Request| request.with("sport", target.sport).with("league", target.league);
    match ask.what {
        What::Events => vec![call(FIXTURES_ACTIVE, of_league)],
        What::Scores => vec![call(FIXTURES, of_league)],
        What::Participants => vec![call(TEAMS, of_league), call(PLAYERS, of_league)],
        What::Injuries if INJURED.contains(&target.league) => vec![call(INJURIES, of_league)],
        What::Odds => odds(ask, &main_markets(ask, target), true),
        What::EventOdds => odds(ask, &[], false),
        What::HistoricalEventOdds => history(ask),
        _ => Vec::new(),
    }
}

/// The fixtures that an ask is about, in bundles of one call.
fn fixtures(ask: &Ask) -> Vec<Vec<&str>> {
    let ids: Vec<&str> =
        ask.listing.as_deref().into_iter().chain(ask.listings.iter().map(String::as_str)).filter(|id| !id.is_empty()).collect();
    ids.chunks(MOST).map(<[&str]>::to_vec).collect()
}

/// When the books were last polled, which is how fresh an answer is, then the prices.
fn odds(ask: &Ask, markets: &[String], is_main: bool) -> Vec<Call> {
    let books = books::asked(&ask.books);
    let mut calls = Vec::new();
    for fixtures in fixtures(ask) {
        for books in books.chunks(MOST) {
            let of_these = |request: Request| request.with_each("fixture_id", &fixtures).with_each("sportsbook", books);
            calls.push(call(LAST_POLLED, of_these));
            calls.push(call(ODDS, |request| {
                let request = of_these(request).with("odds_format", form::ASKED).with_each("market", markets);
                if is_main { request.with("is_main", "true") } else { request }
            }));
        }
    }
    calls
}

/// The main markets that are wanted, by the words of The Odds API or their own.
fn main_markets(ask: &Ask, target: Target<'_>) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for word in ask.markets.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        match is_meant(word) {
            Some(is_meant) => wanted.extend(markets::main_of(target.sport).iter().filter(|key| is_meant(key)).map(|key| (*key).to_owned())),
            None => wanted.push(word.to_owned()),
        }
    }
    if wanted.is_empty() {
        wanted.extend(markets::main_of(target.sport).iter().map(|key| (*key).to_owned()));
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

fn is_meant(word: &str) -> Option<fn(&str) -> bool> {
    match word {
        "h2h" => Some(|key| key.starts_with("moneyline")),
        "spreads" => Some(|key| key.ends_with("_spread") || key.ends_with("_line") || key.ends_with("handicap")),
        "totals" => Some(|key| key.starts_with("total_")),
        _ => None,
    }
}

/// One fixture a call; the moves in between only where a market is named, and the key may see them.
fn history(ask: &Ask) -> Vec<Call> {
    let Some(listing) = ask.listing.as_deref().filter(|id| !id.is_empty()) else { return Vec::new() };
    let of_books = |books: &[String]| {
        call(HISTORY, |request| {
            let request = request.with("fixture_id", listing).with_each("sportsbook", books).with("odds_format", form::ASKED);
            if ask.markets.is_empty() { request } else { request.with_each("market", &ask.markets).with("include_timeseries", "true") }
        })
    };
    books::asked(&ask.books).chunks(MOST).map(of_books).collect()
}

fn futures(ask: &Ask, target: Target<'_>) -> Vec<Call> {
    let of_books = |books: &[String]| {
        call(FUTURES, |request| {
            let request = request.with("sport", target.sport).with("league", target.league);
            request.with_each("sportsbook", books).with("odds_format", form::ASKED)
        })
    };
    books::asked(&ask.books).chunks(MOST).map(of_books).collect()
}
