//! The event stream of this dialect: the frames are those of the newer one, the line is asked for in other words.

use odds::reply::Request;

use crate::opticodds::books::{self, name_of};
use crate::opticodds::form;
use crate::opticodds::leagues::Target;
use crate::push::Subscription;

/// The endpoint's name.
pub(super) const ENDPOINT: &str = crate::opticodds::stream::ENDPOINT;
/// The most books of a line.
const MOST_BOOKS: usize = 25;

/// A line for each league and 25 books: with several games, one that is over would fail the reconnection of all.
pub(super) fn subscriptions(sport: &str, wanted: &[String]) -> Vec<Subscription> {
    let Some(target) = Target::of(sport).filter(|target| !target.is_futures) else { return Vec::new() };
    let line = |books: &[String]| Subscription {
        endpoint: ENDPOINT,
        sport: sport.to_owned(),
        request: Request::to("/stream/odds")
            .with("sport", target.sport)
            .with("league", target.league)
            .with_each("sportsbooks", &books.iter().map(|id| name_of(id)).collect::<Vec<_>>())
            .with("odds_format", form::ASKED)
            .with("include_game_updates", "true"),
    };
    books::asked(wanted).chunks(MOST_BOOKS).map(line).collect()
}
