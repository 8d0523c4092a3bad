//! What is asked: a league's day, a game, the moves of a few days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use odds::Moment;
use odds::observation::{ListingScope, Scope};
use odds::reply::Request;

use super::SPORT;
use crate::ask::{Ask, What};
use crate::provider::Call;

pub(super) const SCHEDULE: &str = "schedule";
pub(super) const BOXSCORE: &str = "boxscore";
pub(super) const FEED: &str = "feed";
pub(super) const TRANSACTIONS: &str = "transactions";

/// Moves are told days late: so many days are asked for at once.
const MOVES_OF_DAYS: i64 = 7;

/// The calls that answer an ask.
pub(super) fn requests(ask: &Ask) -> Vec<Call> {
    if ask.sport != SPORT {
        return Vec::new();
    }
    let found = match ask.what {
        What::Events | What::Scores => schedule(ask).map(|request| (SCHEDULE, request)),
        What::Summary => {
            ask.listing.as_deref().filter(|id| is_game(id)).map(|id| (BOXSCORE, Request::to(format!("/api/v1/game/{id}/boxscore"))))
        }
        What::Injuries => moves(ask).map(|request| (TRANSACTIONS, request)),
        _ => None,
    };
    found.into_iter().map(|(endpoint, request)| Call { endpoint, request, credits: 0 }).collect()
}

/// The zone of the league's day.
pub(super) fn eastern() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

fn day(ask: &Ask) -> Option<Option<Date>> {
    match (&ask.day, ask.at) {
        (Some(day), _) => day.parse().ok().map(Some),
        (None, Some(at)) => Some(Some(at.day_in(&eastern()))),
        (None, None) => Some(None),
    }
}

/// Without a day the API answers for its own today.
fn schedule(ask: &Ask) -> Option<Request> {
    let request = Request::to("/api/v1/schedule").with("sportId", "1").with("hydrate", "probablePitcher,team,linescore");
    Some(match day(ask)? {
        Some(day) => request.with("date", day.to_string()),
        None => request,
    })
}

fn moves(ask: &Ask) -> Option<Request> {
    let end = day(ask)??;
    let start = end.checked_sub(jiff::Span::new().days(MOVES_OF_DAYS)).ok()?;
    let request = Request::to("/api/v1/transactions").with("sportId", "1");
    Some(request.with("startDate", start.to_string()).with("endDate", end.to_string()))
}

fn is_game(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The game of a request for a box score.
pub(super) fn game_of(request: &Request) -> Option<&str> {
    let id = request.path.strip_prefix("/api/v1/game/")?.split('/').next()?;
    is_game(id).then_some(id)
}

/// What a request asked for. A game that moved is missing from its first day and is not gone, so no absence is told by a day.
pub(super) fn scope(endpoint: &str, request: &Request) -> Scope {
    let listings = match endpoint {
        BOXSCORE => game_of(request).map(|id| ListingScope::Listed(vec![id.to_owned()])),
        _ => None,
    };
    Scope { sport: SPORT.to_owned(), listings: listings.unwrap_or_default(), ..Scope::default() }
}

/// The last moment of a day of the league.
pub(super) fn end_of(day: &str) -> Option<Moment> {
    let date: Date = day.get(..10)?.parse().ok()?;
    Some(Moment::from(date.to_datetime(jiff::civil::time(23, 59, 59, 0)).to_zoned(eastern()).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_a_game_and_the_moves_of_a_week_are_asked() {
        let one = |ask: Ask| requests(&ask).pop().map(|call| call.request.canonical());
        let day = |what| one(Ask { day: Some("2026-07-04".to_owned()), ..Ask::of(what, "mlb") }).unwrap();
        assert_eq!(
            day(What::Scores),
            r#"{"path":"/api/v1/schedule","query":{"date":"2026-07-04","hydrate":"probablePitcher,team,linescore","sportId":"1"}}"#
        );
        assert_eq!(
            day(What::Injuries),
            r#"{"path":"/api/v1/transactions","query":{"endDate":"2026-07-04","sportId":"1","startDate":"2026-06-27"}}"#
        );
        let game = |id: &str| one(Ask { listing: Some(id.to_owned()), ..Ask::of(What::Summary, "mlb") });
        assert_eq!(game("745804").as_deref(), Some(r#"{"path":"/api/v1/game/745804/boxscore"}"#));
        assert_eq!(
            (game("../1"), game(""), one(Ask::of(What::Injuries, "mlb")), one(Ask::of(What::Scores, "nba"))),
            (None, None, None, None)
        );
    }

    #[test]
    fn an_evening_is_asked_for_by_its_day_in_new_york() {
        let ask = Ask { at: Some("2026-07-05T02:00:00Z".parse().unwrap()), ..Ask::of(What::Events, "mlb") };
        assert_eq!(requests(&ask)[0].request.query["date"], "2026-07-04");
    }
}
