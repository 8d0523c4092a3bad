//! `GET /v4/sports/{sport}/events/{event}/markets`: which markets each book was seen to offer lately. One credit.

use odds::Moment;
use serde::{Deserialize, Serialize};
use store::Cut;

use super::Answer;
use super::asked::{Asked, Books, Dates, Include, Prices};
use super::body::{Bookmaker, EventOdds, Extras, Market, Time};
use super::games::{Game, PROVIDER, event, game, require_sport, sport_title, told};
use super::problem::Wrong;
use super::quotes::{offered, titles};
use crate::state::State;

/// What the catalogue keeps beside a market that was offered.
#[derive(Debug, Deserialize, Serialize)]
struct Detail {
    last_update: Moment,
}

pub(super) fn answer(state: &State, asked: &Asked) -> Result<Answer, Wrong> {
    let words = state.v4.words();
    let prices = Prices {
        markets: Vec::new(),
        books: asked.books(words)?,
        format: odds::price::Format::Decimal,
        dates: asked.dates()?,
        include: Include::default(),
    };
    let id = asked.event_id()?;
    require_sport(state, &asked.sport)?;
    let game = game(state, &asked.sport, id)?;
    let now = (state.now)();
    let told = told(state, &game, Cut::ALL)?;
    if !told.is_on(now) {
        return Err(Wrong::event_not_found());
    }
    let mut seen = seen(state, &game, now)?;
    seen.retain(|(book, ..)| prices.wants_book(book, words));
    let bookmakers = shelved(seen, &titles(state)?, prices.dates);
    let is_missing = bookmakers.is_empty();
    if is_missing {
        state.v4.miss(&asked.sport, "event markets");
    }
    let event = event(&game, &told, &sport_title(state, &asked.sport)?, prices.dates, false);
    let paid = u64::from(!matches!(&prices.books, Books::Listed(books) if books.is_empty()));
    Ok(Answer::of(&EventOdds { event, bookmakers }, paid)?.not_collected(is_missing))
}

/// Book, market and when it was read: of the boards, and of what the provider told to be offered within a day.
fn seen(state: &State, game: &Game, now: Moment) -> Result<Vec<(String, String, Moment)>, Wrong> {
    let mut seen = Vec::new();
    for listing in game.listings.iter().filter(|listing| listing.provider == PROVIDER) {
        seen.extend(state.with_board(listing, Cut::ALL, |kept| offered(kept, now, state))?);
        let prefix = format!("{}/", listing.external_id);
        for row in state.store.named(PROVIDER, "market", &prefix)? {
            let Some((book, market)) = row.key[prefix.len()..].split_once('/') else { continue };
            let is_known = seen.iter().any(|(known, key, _)| known == book && key == market);
            let read_at = serde_json::from_str::<Detail>(&row.detail).map_or(row.observed_at, |detail| detail.last_update);
            if !is_known && now.secs_since(read_at) < 86_400.0 {
                seen.push((book.to_owned(), market.to_owned(), read_at));
            }
        }
    }
    Ok(seen)
}

fn shelved(seen: Vec<(String, String, Moment)>, titles: &std::collections::HashMap<String, String>, dates: Dates) -> Vec<Bookmaker> {
    let mut books: Vec<Bookmaker> = Vec::new();
    for (book, key, at) in seen {
        let market = Market { key, last_update: Some(Time::of(at, dates)), extras: Extras::default(), outcomes: None };
        match books.iter_mut().find(|known| known.key == book) {
            Some(known) => known.markets.push(market),
            None => {
                let title = titles.get(&book).cloned().unwrap_or_else(|| book.clone());
                books.push(Bookmaker { key: book, title, last_update: None, extras: Extras::default(), markets: vec![market] });
            }
        }
    }
    books
}
