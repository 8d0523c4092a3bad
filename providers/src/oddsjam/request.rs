//! Asks to calls. Prices are asked for game by game, so that an answer is as likely as can be to be one page: what is missing from one
//! of several pages tells nothing.

use odds::reply::Request;

use crate::opticodds::books::{self, name_of};
use crate::opticodds::form;
use crate::opticodds::leagues::Target;
use crate::{Ask, Call, What};

/// The most books of one call: as the newer dialect has it.
const MOST_BOOKS: usize = 5;
/// Leagues with an injury list, as far as is known.
const INJURED: &[&str] = &["NFL", "NBA", "NHL", "MLB", "NCAAF", "NCAAB"];

fn call(endpoint: &'static str, path: &str, shape: impl FnOnce(Request) -> Request) -> Call {
    Call { endpoint, request: shape(Request::to(path)), credits: 0 }
}

/// The calls that answer an ask: none where the ask lacks what its endpoint needs.
pub(super) fn calls(ask: &Ask) -> Vec<Call> {
    if ask.what == What::Sports {
        return [("leagues", "/leagues"), ("sportsbooks", "/sportsbooks")]
            .map(|(endpoint, path)| call(endpoint, path, |request| request))
            .into();
    }
    let Some(target) = Target::of(&ask.sport) else { return Vec::new() };
    let of_league = |request: Request| request.with("sport", target.sport).with("league", target.league);
    if target.is_futures {
        let of_books = |books: &[String]| {
            call("futures_odds", "/future-odds", |request| with_books(of_league(request), books).with("odds_format", form::ASKED))
        };
        let is_odds = ask.what == What::Odds;
        return books::asked(&ask.books).chunks(MOST_BOOKS).filter(|_| is_odds).map(of_books).collect();
    }
    match ask.what {
        What::Events => vec![call("games", "/games", of_league)],
        What::Scores => vec![call("scores", "/scores", of_league)],
        What::Participants => vec![call("teams", "/teams", of_league), call("players", "/players", of_league)],
        What::Injuries if INJURED.contains(&target.league) => vec![call("injuries", "/injuries", of_league)],
        What::Odds => odds(ask, "odds", "/game-odds", |request| request.with("is_main", "true")),
        What::EventOdds => odds(ask, "odds", "/game-odds", |request| request),
        What::HistoricalEventOdds => odds(ask, "historical_odds", "/game-odds/history", |request| request),
        _ => Vec::new(),
    }
}

fn odds(ask: &Ask, endpoint: &'static str, path: &str, shape: impl Fn(Request) -> Request) -> Vec<Call> {
    let games = ask.listing.iter().chain(&ask.listings).filter(|id| !id.is_empty());
    let books = books::asked(&ask.books);
    let of_game = |game: &String| {
        let of_books = |books: &[String]| {
            call(endpoint, path, |request| shape(with_books(request.with("game_id", game), books).with("odds_format", form::ASKED)))
        };
        books.chunks(MOST_BOOKS).map(of_books).collect::<Vec<_>>()
    };
    games.flat_map(of_game).collect()
}

fn with_books(request: Request, books: &[String]) -> Request {
    request.with_each("sportsbook", &books.iter().map(|id| name_of(id)).collect::<Vec<_>>())
}
